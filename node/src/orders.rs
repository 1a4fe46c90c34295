//! Orders of the hub to a single node: numbered, under the hub's seal, good for some versions of the program alone, and each one
//! of a few things that the node knows how to do. A node does each number once and in order, and says under its own seal
//! what became of it. Both are files, so they go by link or by stick.
//!
//! ```text
//! order   = sealed file of the hub: TOML of an Order
//! word    = sealed file of the node: length of the TOML (4 bytes), TOML of a Word, what is attached
//! ```

use std::path::Path;

use anyhow::{Context, ensure};
use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};
use vereda_sync::exchange::custody::{File, Says};

use crate::link::seal::Seal;
use crate::link::tls;
use crate::node::Node;
use crate::sealed_file::Form;
use crate::store::{orders as stored, revoked};
use crate::updates::Version;

mod perform;

pub(crate) use perform::{Came, perform};

const ORDER: Form = Form {
    magic: b"vereda order 1\n",
    says: File::Order,
    max_body_bytes: 4 << 10,
};
const WORD: Form = Form {
    magic: b"vereda word 1\n",
    says: File::Word,
    max_body_bytes: MAX_ATTACHED_BYTES + (4 << 10),
};
/// Largest attachment of a word, in bytes.
pub const MAX_ATTACHED_BYTES: usize = 1 << 20;
/// Largest order as it travels, in bytes.
pub const MAX_ORDER_BYTES: usize = ORDER.max_bytes();
/// Largest word as it travels, in bytes.
pub const MAX_WORD_BYTES: usize = WORD.max_bytes();
/// Longest that a node says of an order, in characters.
const MAX_WHY_CHARS: usize = 300;

/// What a node can be told to do. Nothing else can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Exchange with the hub from the beginning: all is offered and asked for again.
    Resync,
    /// Make the derived tables anew.
    Rebuild,
    /// Take the program that is offered, now.
    Update,
    /// Make a new key, and have its certificate signed.
    Rotate,
    /// Send what helps to find a fault, without anything of people.
    Diagnose,
    /// Lay down all that it holds of people.
    LayDown,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Resync,
        Self::Rebuild,
        Self::Update,
        Self::Rotate,
        Self::Diagnose,
        Self::LayDown,
    ];

    /// As the store and files name it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Resync => "resync",
            Self::Rebuild => "rebuild",
            Self::Update => "update",
            Self::Rotate => "rotate",
            Self::Diagnose => "diagnose",
            Self::LayDown => "lay-down",
        }
    }

    /// The kind of that code.
    #[must_use]
    pub fn named(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// For whom.
    pub node: String,
    /// Grows with every order for that node.
    pub number: u64,
    /// What to do.
    pub kind: Kind,
    /// Without waiting for what is unsent: the node is lost.
    #[serde(default)]
    pub at_once: bool,
    /// Versions of the program that do it: from, to.
    pub from: Version,
    /// The same.
    pub to: Version,
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The node has it; it does it, or waits for what it needs for that.
    Heard,
    /// It did it.
    Done,
    /// It does not do that.
    Refused,
    /// It tried.
    Failed,
}

impl State {
    /// As the store names it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Heard => "heard",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more comes.
    #[must_use]
    pub fn is_end(self) -> bool {
        self != Self::Heard
    }
}

/// What a node says of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// Who says it.
    pub node: String,
    /// Of which order.
    pub number: u64,
    /// What became of it.
    pub state: State,
    /// Why, or what was done.
    pub why: String,
}

impl Order {
    /// Under the hub's seal.
    ///
    /// # Errors
    /// When the key cannot seal.
    pub fn seal(&self, by: (&Seal, &[u8]), now_ms: i64) -> anyhow::Result<Vec<u8>> {
        let body = toml::to_string(self)?;
        ORDER.seal(body.as_bytes(), by, u64::try_from(now_ms).unwrap_or(0))
    }

    /// Reads one that a hub of this authority sealed; with the fingerprint of its certificate.
    ///
    /// # Errors
    /// In words, what is wrong with it.
    pub fn open(file: &[u8], authority: &Path) -> anyhow::Result<(Self, String)> {
        let opened = ORDER.open(file, authority)?.context("this is no order")?;
        let order = toml::from_str(std::str::from_utf8(opened.body)?)?;
        let by = tls::fingerprint(&CertificateDer::from(opened.certificate));
        Ok((order, by))
    }
}

/// Whether a file says that it is an order.
#[must_use]
pub fn is_order(file: &[u8]) -> bool {
    file.starts_with(ORDER.magic)
}

/// Whether a file says that it is a node's word.
#[must_use]
pub fn is_word(file: &[u8]) -> bool {
    file.starts_with(WORD.magic)
}

impl Word {
    /// Under the node's seal.
    ///
    /// # Errors
    /// When the key cannot seal, or too much is attached.
    pub fn seal(
        &self,
        attached: &[u8],
        by: (&Seal, &[u8]),
        now_ms: i64,
    ) -> anyhow::Result<Vec<u8>> {
        let text = toml::to_string(self)?;
        let mut body = u32::try_from(text.len())?.to_be_bytes().to_vec();
        body.extend(text.as_bytes());
        body.extend(attached);
        WORD.seal(&body, by, u64::try_from(now_ms).unwrap_or(0))
    }

    /// Reads one that a node of this authority sealed; with what is attached, and the fingerprint of its certificate.
    ///
    /// # Errors
    /// In words, what is wrong with it.
    pub fn open(file: &[u8], authority: &Path) -> anyhow::Result<(Self, Vec<u8>, String)> {
        let opened = WORD
            .open_of(file, authority, Says::Wrote)?
            .context("this is no word on an order")?;
        let (length, rest) = opened.body.split_first_chunk::<4>().context("it is cut")?;
        let length = usize::try_from(u32::from_be_bytes(*length))?;
        let (text, attached) = rest.split_at_checked(length).context("it is cut")?;
        let word: Self = toml::from_str(std::str::from_utf8(text)?)?;
        ensure!(
            word.why.chars().count() <= MAX_WHY_CHARS,
            "it says more than a node says"
        );
        let by = tls::neighbour(opened.certificate)?;
        ensure!(
            by.node == word.node,
            "{} sealed what {} should say",
            by.node,
            word.node
        );
        Ok((word, attached.to_vec(), by.certificate))
    }
}

impl Node {
    /// At a node: takes an order, once. Gives its number.
    ///
    /// # Errors
    /// In words, when it is not for this node, not newer than the last, or sealed by nobody who may: then nothing is kept.
    pub fn take_order(&self, file: &[u8]) -> anyhow::Result<u64> {
        let authority = self.config.authority().context("no authority")?;
        let (order, by) = Order::open(file, authority)?;
        ensure!(
            order.node == self.config.node.id,
            "the order is for {}, and this is {}",
            order.node,
            self.config.node.id
        );
        let db = self.store.write();
        ensure!(
            !revoked::is(&db, &by)?,
            "the order is sealed by a key that was revoked"
        );
        let last = stored::last_taken(&db)?;
        ensure!(
            order.number > last,
            "order {} does not follow order {last}, which is here",
            order.number
        );
        let now_ms = self.now_ms();
        stored::take(&db, (order.number, file), State::Heard.code(), now_ms)?;
        drop(db);
        let own = Version::own();
        if (order.from..=order.to).contains(&own) {
            self.say_of(order.number, State::Heard, "", &[])?;
        } else {
            let why = format!(
                "é para as versões {} a {} do programa, e aqui corre a {own}",
                order.from, order.to
            );
            self.say_of(order.number, State::Refused, &why, &[])?;
        }
        tracing::info!(
            number = order.number,
            kind = order.kind.code(),
            "the hub ordered something"
        );
        Ok(order.number)
    }

    /// At a node: says under its seal what became of an order.
    pub(crate) fn say_of(
        &self,
        number: u64,
        state: State,
        why: &str,
        attached: &[u8],
    ) -> anyhow::Result<()> {
        let hub = self.config.hub.as_ref().context("no hub")?;
        let word = Word {
            node: self.config.node.id.clone(),
            number,
            state,
            why: why
                .chars()
                .filter(|c| !c.is_control())
                .take(MAX_WHY_CHARS)
                .collect(),
        };
        let (seal, certificate) = (Seal::load(&hub.key)?, tls::certificate(&hub.certificate)?);
        let file = word.seal(attached, (&seal, certificate.as_ref()), self.now_ms())?;
        let db = self.store.write();
        stored::became(&db, number, (state.code(), &word.why), &file)?;
        Ok(())
    }

    /// At the hub: takes what a node says of an order. Gives who said it, of which order, and whether it was news.
    ///
    /// # Errors
    /// In words, when it is of no node of this hub, or of no order that it was given.
    pub fn take_word(&self, file: &[u8]) -> anyhow::Result<(Word, bool)> {
        let sync = self.config.sync.as_ref().context("no `[sync]`")?;
        let (word, attached, by) = Word::open(file, &sync.authority)?;
        let standing = crate::link::enrolled::standing(&sync.enrolled, &by);
        ensure!(
            standing.is_some(),
            "{} sealed it with a certificate that is on no list here",
            word.node
        );
        let db = self.store.write();
        let order = stored::one(&db, &word.node, word.number)?;
        ensure!(
            order.is_some_and(|order| order.file.is_some()),
            "{} was given no order {}",
            word.node,
            word.number
        );
        let attached = Some(attached.as_slice()).filter(|bytes| !bytes.is_empty());
        let is_news = stored::heard(
            &db,
            (&word.node, word.number),
            (word.state.code(), &word.why, word.state.is_end()),
            (file, attached),
            self.now_ms(),
        )?;
        drop(db);
        if is_news {
            self.tell(vereda_web::desk::port::Event::Strip);
        }
        Ok((word, is_news))
    }
}
