//! Who saw and changed what: for auditors, and for the citizen who asks.

use crate::desk::port::{DeskError, Disclosure, RequestRow, Session};
use crate::moment::Moment;

/// How somebody came to what an address names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// It was shown to them.
    Read,
    /// They changed something.
    Wrote,
    /// It was refused, or is not there for them.
    Refused,
}

/// What is written down of one request to the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accessed {
    /// What came of it.
    pub did: Did,
    /// The pattern of the address: `/pedido/{request}`.
    pub page: String,
    /// What the address names.
    pub ids: Vec<String>,
    /// What was looked for.
    pub sought: String,
    /// A page that was open showed itself anew.
    pub by_itself: bool,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRow {
    /// Its number.
    pub seq: u64,
    /// Who: id and name.
    pub who: (String, String),
    /// When.
    pub at: Moment,
    /// What they did.
    pub did: Did,
    /// The pattern of the address.
    pub page: String,
    /// What was looked for; empty when nothing.
    pub sought: String,
    /// A page that was open showed itself anew.
    pub by_itself: bool,
}

/// The log, as a page of it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessesView {
    /// The latest first.
    pub rows: Vec<AccessRow>,
    /// There are older ones before this number.
    pub older: Option<u64>,
    /// Lines in all, and until which the hub's seal is over them, with when it was put.
    pub lines: u64,
    /// The last seal.
    pub sealed: Option<(u64, Moment)>,
}

/// What is here of a citizen's request, who saw it, and who was told.
#[derive(Debug, Clone)]
pub struct Held {
    /// The request.
    pub row: RequestRow,
    /// Who saw or changed it at the hub, the latest first; at most 200.
    pub accesses: Vec<AccessRow>,
    /// What its agency was told.
    pub disclosed: Vec<Disclosure>,
}

/// The log of accesses.
pub trait Accounts {
    /// Writes down that somebody came to an address. What is shown to them is shown after this.
    ///
    /// # Errors
    /// When it cannot be written down: then nothing is shown.
    fn note_access(&self, session: &Session, accessed: &Accessed) -> Result<(), DeskError>;
    /// The log, of one person (their id) or of all, before a number; at most 100 lines.
    ///
    /// # Errors
    /// When the store does not answer.
    fn accesses(&self, person: &str, before: Option<u64>) -> Result<AccessesView, DeskError>;
    /// Everything that is here of whoever has that number (NIF, NIC, NISS or SNS), and who saw it.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it cannot be such a number.
    fn access_report(&self, number: &str) -> Result<Vec<Held>, DeskError>;
}
