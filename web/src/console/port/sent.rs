//! What the page about word to citizens needs.

use vereda_sync::record::outcome::Way;

use crate::desk::port::{DeskError, Session};
use crate::moment::Moment;

/// Word that the hub sends to citizens of how their requests ended.
pub trait SentToCitizens {
    /// How it stands: what could not be handed over, what waits, what was handed over last; at most 100 of each.
    ///
    /// # Errors
    /// When the store does not answer.
    fn sent(&self) -> Result<SentView, DeskError>;
    /// What could not be handed over is tried anew.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when there is no such one that failed.
    fn send_again(&self, session: &Session, request: &str, outcome: &str) -> Result<(), DeskError>;
}

/// How it stands with word to citizens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SentView {
    /// The ways that are configured; none: nothing is sent.
    pub ways: Vec<Way>,
    /// What could not be handed over, newest first, and how many those are.
    pub failed: (Vec<SentRow>, u64),
    /// What waits, and how many those are.
    pub waiting: (Vec<SentRow>, u64),
    /// What was handed over, newest first, and how many those are.
    pub handed: (Vec<SentRow>, u64),
}

/// Word to one citizen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentRow {
    /// Id of the request.
    pub request: String,
    /// Its number.
    pub number: Option<String>,
    /// The citizen.
    pub citizen: String,
    /// Id of the outcome.
    pub outcome: String,
    /// What happened, in Portuguese.
    pub what: String,
    /// The way.
    pub way: Way,
    /// Where it goes, hidden but for what tells it from others.
    pub hint: String,
    /// So many times it was tried in vain.
    pub tries: u32,
    /// What went wrong, the last time; or empty.
    pub trouble: String,
    /// When it was handed over or given up, or is tried next.
    pub at: Moment,
}
