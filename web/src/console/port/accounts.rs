//! Who saw and changed what: for auditors, and for the citizen who asks.

use crate::access::{Accessed, Did};
use crate::desk::port::{DeskError, Disclosure, RequestRow, Session};
use crate::moment::Moment;

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRow {
    /// Its number.
    pub seq: u64,
    /// The spot at which that was; `None`: at the hub.
    pub spot: Option<String>,
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
    /// There are older ones: what to ask for as `before`.
    pub older: Option<u64>,
    /// Lines in all, and until which the hub's seal is over them, with when it was put.
    pub lines: u64,
    /// The last seal.
    pub sealed: Option<(u64, Moment)>,
    /// How many spots have put their seals beside the hub's, and how many lines the one that saw most of them saw, and when.
    pub witnessed: (u64, Option<(u64, Moment)>),
}

/// AccessFilter accesses are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessFilter {
    /// Those of a person (their id); empty: of all.
    pub person: String,
    /// Those at the spots, not those at the hub.
    pub at_spots: bool,
    /// Only those before: a number of the hub's log, milliseconds since 1970 of those at the spots.
    pub before: Option<u64>,
}

/// What is here of a citizen's request, who saw it, and who was told.
#[derive(Debug, Clone)]
pub struct Held {
    /// The request.
    pub row: RequestRow,
    /// Who saw or changed it at the hub, and who looked at it at a spot, the latest first; at most 200.
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
    /// The log of the hub, or those that the spots handed in; at most 100 lines.
    ///
    /// # Errors
    /// When the store does not answer.
    fn accesses(&self, whose: &AccessFilter) -> Result<AccessesView, DeskError>;
    /// Everything that is here of whoever has that number (NIF, NIC, NISS or SNS), and who saw it.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it cannot be such a number.
    fn access_report(&self, number: &str) -> Result<Vec<Held>, DeskError>;
}
