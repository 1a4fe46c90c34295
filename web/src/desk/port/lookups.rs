//! What the pages about look-ups beyond the spot's scope need, at the desk and at the console.

use vereda_sync::catalogue::Words;

use super::{DeskError, RequestRow, Session};
use crate::moment::Moment;

/// Longest reason, in characters; the shortest has [`MIN_REASON_CHARS`].
pub const MAX_REASON_CHARS: usize = 300;
/// A reason that says nothing is none.
pub const MIN_REASON_CHARS: usize = 10;

/// Look-ups beyond the scope: the hub is asked, with a reason, for the requests of one person.
pub trait Lookups {
    /// The numbers to look up by: id and label, a person's before that of a receipt.
    fn numbers(&self) -> Vec<(String, Words)>;
    /// Which of them is known of the citizen of an attendance, first what is surest: id and number.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn known_number(
        &self,
        session: &Session,
        attendance: &str,
    ) -> Result<Option<(String, String)>, DeskError>;
    /// Asks; gives the look-up's id.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when the number cannot be one, there is no reason, or there is no hub to ask.
    fn look_up(
        &self,
        session: &Session,
        by: &str,
        number: &str,
        reason: &str,
    ) -> Result<String, DeskError>;
    /// Look-ups of this spot, newest first; at most 50.
    ///
    /// # Errors
    /// When the store does not answer.
    fn lookups(&self, session: &Session) -> Result<Vec<LookupRow>, DeskError>;
    /// One of them, with what was found.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn lookup(&self, session: &Session, lookup: &str) -> Result<LookupView, DeskError>;
}

/// A look-up as a row.
#[derive(Debug, Clone)]
pub struct LookupRow {
    /// Its id.
    pub id: String,
    /// Which number.
    pub by: Words,
    /// The number, masked.
    pub number: String,
    /// Why.
    pub reason: String,
    /// Who asked, and where.
    pub who: String,
    /// When.
    pub at: Moment,
    /// How far it is with the hub.
    pub state: LookupState,
    /// What spots nearby lent.
    pub near: Vec<LentNearby>,
}

/// What a spot nearby lent, as the hub could not be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LentNearby {
    /// Its name.
    pub spot: String,
    /// So many requests.
    pub found: usize,
    /// Until when they may be read.
    pub until: Moment,
    /// That is over.
    pub over: bool,
}

/// How far a look-up is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupState {
    /// It waits for the hub.
    Waits {
        /// The hub has it.
        at_hub: bool,
    },
    /// The hub answered.
    Answered {
        /// So many requests were lent.
        found: usize,
        /// So many more are not.
        more: u64,
        /// Until when they may be read.
        until: Moment,
        /// That is over.
        over: bool,
    },
    /// The hub would not, and why.
    Refused(String),
}

/// A look-up with what was found.
#[derive(Debug, Clone)]
pub struct LookupView {
    /// The look-up.
    pub row: LookupRow,
    /// What was found, latest first.
    pub found: Vec<FoundRequest>,
}

/// A request that was found.
#[derive(Debug, Clone)]
pub struct FoundRequest {
    /// Number of its receipt.
    pub number: String,
    /// Its service.
    pub service: Words,
    /// Where it was recorded.
    pub spot: String,
    /// The request, when it is here.
    pub here: Option<RequestRow>,
}
