//! How far the agencies are with what they are told.

use crate::desk::port::DeskError;
use crate::moment::Moment;

/// An agency that is told of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyRow {
    /// Its name.
    pub name: String,
    /// Events in its feed.
    pub events: u64,
    /// Events that it does not have yet.
    pub waiting: u64,
    /// Since when the oldest of them waits.
    pub since: Option<Moment>,
    /// When it last took one.
    pub taken: Option<Moment>,
    /// Events are sent to it; otherwise it fetches them.
    pub is_sent: bool,
    /// How often the next one was tried in vain, and what came of it last.
    pub trouble: Option<(u32, String)>,
}

/// The agencies, as the console sees them.
pub trait AgenciesTold {
    /// All that are configured, by name.
    ///
    /// # Errors
    /// When the store does not answer.
    fn agencies_told(&self) -> Result<Vec<AgencyRow>, DeskError>;
}
