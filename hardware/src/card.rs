//! The citizen card: the port, its states and what the chip says.
//!
//! [`CardReader`] is the port; [`pcsc::PcscReader`] is the one real driver.
//! [`read`] holds the dialogue with the chip and [`cc1`] the pure parsing, so
//! that both run against any [`apdu::Channel`] without a daemon.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

pub mod apdu;
pub mod cc1;
pub mod pcsc;
pub mod read;

/// What a card reader shows at this moment. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardState {
    /// The PC/SC daemon does not answer. Tried again by itself.
    NoDaemon,
    /// The daemon runs, but no reader of the wanted name is attached.
    NoReader,
    /// A reader without a card.
    Empty,
    /// A card is being read; both numbers are bytes, and `total` is 0 until the
    /// card has told how much there is.
    Reading {
        /// Bytes read so far.
        done: u32,
        /// Bytes to read, 0 while unknown.
        total: u32,
    },
    /// The chip's data, until the card leaves the reader.
    Ready(Arc<Identity>),
    /// The reading ended without data. It stays until the card leaves the
    /// reader; [`CardFault::Removed`] stays until the next card comes.
    Failed(CardFault),
}

/// Why a card gave no data: each variant is something a mediator can act on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CardFault {
    /// The card left the reader while it was being read.
    #[error("the card was pulled while it was being read: insert it again")]
    Removed,
    /// The chip answers, but it is no citizen card.
    #[error("not a citizen card")]
    Unknown,
    /// A citizen card of 2024 (CC2), which is recognised and not read yet.
    #[error("citizen card of 2024: not read yet, type the data")]
    Unsupported,
    /// The chip's trace file says that the card was never activated.
    #[error("the card is not active: it must be activated at a counter of the issuer")]
    Inactive,
    /// The chip gives no answer, or stops answering while it is in the reader.
    #[error("the card does not answer: check which way it lies and clean its contact")]
    Mute,
    /// The card kept silent for longer than the deadline.
    #[error("the card stalled: take it out and insert it again")]
    Stalled,
    /// Another program holds the card for itself.
    #[error("another program is using the card")]
    InUse,
    /// The chip's data does not have the shape it must have.
    #[error("the chip's data is malformed: {what}")]
    Malformed {
        /// The field or structure that is wrong; never its content.
        what: &'static str,
    },
    /// The daemon went away during the reading.
    #[error("the card service was lost")]
    Daemon,
}

impl CardFault {
    /// A stable key, for translations and for the journal of device events.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Removed => "card-removed",
            Self::Unknown => "card-unknown",
            Self::Unsupported => "card-unsupported",
            Self::Inactive => "card-inactive",
            Self::Mute => "card-mute",
            Self::Stalled => "card-stalled",
            Self::InUse => "card-in-use",
            Self::Malformed { .. } => "card-malformed",
            Self::Daemon => "card-daemon",
        }
    }

    /// What to tell a mediator, in Portuguese.
    #[must_use]
    pub fn advice_pt(&self) -> &'static str {
        match self {
            Self::Removed => "cartão retirado durante a leitura: insira-o de novo",
            Self::Unknown => "não é um cartão de cidadão",
            Self::Unsupported => "cartão de 2024: ainda não lido, escreva os dados",
            Self::Inactive => "cartão por ativar: escreva os dados",
            Self::Mute => "o cartão não responde: veja a posição e limpe o contacto",
            Self::Stalled => "o cartão deixou de responder: retire-o e insira-o de novo",
            Self::InUse => "outro programa está a usar o cartão",
            Self::Malformed { .. } => "dados do chip ilegíveis: escreva os dados",
            Self::Daemon => "o serviço de cartões parou: aguarde",
        }
    }
}

/// What the chip says of its holder: the provenance "chip" of every field.
///
/// Every text is valid UTF-8 without control characters; numbers have the right
/// count of digits. Check digits and the chip's signature are *not* verified
/// here: what the card says is one thing, what it is worth another.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// Surnames, as printed.
    pub surname: String,
    /// Given names, as printed.
    pub given_names: String,
    /// One capital letter, `M` or `F` on the cards seen.
    pub sex: String,
    /// Three capital letters, such as `PRT`.
    pub nationality: String,
    /// ISO date, `yyyy-mm-dd`.
    pub birth_date: String,
    /// Metres as on the chip, such as `1,68`; may be empty.
    pub height: String,
    /// Civil identification number, 8 digits.
    pub nic: String,
    /// Document number as printed, `NNNNNNNN D XXD`.
    pub document_number: String,
    /// ISO date of the last day of validity.
    pub expiry: String,
    /// ISO date of the first day of validity.
    pub issued: String,
    /// Tax number, 9 digits; may be empty (a child).
    pub nif: String,
    /// Social security number, 11 digits; may be empty.
    pub niss: String,
    /// Health service number, 9 digits; may be empty.
    pub sns: String,
    /// The father's whole name; may be empty.
    pub father: String,
    /// The mother's whole name; may be empty.
    pub mother: String,
    /// The photo, JPEG 2000; empty when the chip holds none that looks like one.
    pub photo: Vec<u8>,
}

impl Identity {
    /// Given names and surnames in the Portuguese order.
    #[must_use]
    pub fn full_name(&self) -> String {
        join_name(&self.given_names, &self.surname)
    }

    /// Whether the card's validity ended before `today` (ISO `yyyy-mm-dd`).
    /// Evidence, not a fault: what an expired card is good for is decided by
    /// the service, not by the reader.
    #[must_use]
    pub fn expired_on(&self, today: &str) -> bool {
        // ISO dates with four-digit years sort as text.
        self.expiry.as_str() < today
    }
}

/// Personal data must not reach a log through a careless `{:?}`.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("photo_bytes", &self.photo.len())
            .finish_non_exhaustive()
    }
}

pub(crate) fn join_name(given: &str, surname: &str) -> String {
    let name = format!("{given} {surname}");
    name.trim().to_owned()
}

/// The port: one reader, watched for as long as the value lives.
pub trait CardReader: Send + Sync {
    /// The state at this moment.
    fn state(&self) -> CardState;

    /// Calls `notify` with the present state, before this returns, and then
    /// with every change, in order. It runs on the driver's thread: it must
    /// only pass the state on, neither block nor call `subscribe` itself.
    fn subscribe(&self, notify: Box<dyn Fn(CardState) + Send + Sync>);

    /// Reads the card that is in the reader once more; nothing when it is empty.
    fn read_again(&self);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nobody() {
        let identity = cc1::parse(&cc1::sample::ef02()).expect("a good sample");
        let shown = format!("{:?}", CardState::Ready(Arc::new(identity)));
        assert!(
            !shown.contains("Conceição") && !shown.contains("0000"),
            "{shown}"
        );
    }

    #[test]
    fn the_last_day_is_still_valid() {
        let identity = cc1::parse(&cc1::sample::ef02()).expect("a good sample");
        assert!(!identity.expired_on("2031-02-28"));
        assert!(identity.expired_on("2031-03-01"));
    }
}
