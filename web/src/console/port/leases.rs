//! What the page about values that agencies give out one by one needs.

use vereda_sync::catalogue::{Scarce, Words};
use vereda_sync::record::lease::Wrong;

use crate::desk::port::{DeskError, Session};

/// References to pay under and hours at a counter: what the hub was given, and what spots have of it.
pub trait Leases {
    /// What was given and leased.
    ///
    /// # Errors
    /// When the store does not answer.
    fn stock(&self) -> Result<StockView, DeskError>;
    /// Takes a list in, whole; or gives back what is wrong with its lines, counted from 1, and takes in
    /// nothing. Gives how many values it had.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when the service has nothing of the kind, or the list is empty or too long.
    fn give(
        &self,
        session: &Session,
        kind: (&str, Scarce),
        pasted: &str,
    ) -> Result<Result<usize, Vec<(usize, Wrong)>>, DeskError>;
    /// What is not used of a list is withdrawn.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] without a reason.
    fn withdraw(&self, session: &Session, list: &str, reason: &str) -> Result<(), DeskError>;
}

/// The page.
#[derive(Debug, Clone, Default)]
pub struct StockView {
    /// Services and kinds of which lists can be given.
    pub kinds: Vec<(String, Words, Scarce)>,
    /// The lists, newest first; at most 50.
    pub lists: Vec<ListRow>,
    /// What spots have, by spot, service and kind.
    pub spots: Vec<SpotStock>,
}

/// A list as it was given.
#[derive(Debug, Clone)]
pub struct ListRow {
    /// Its id.
    pub id: String,
    /// The service.
    pub service: Words,
    /// The kind.
    pub scarce: Scarce,
    /// How many values.
    pub given: u64,
    /// Of them leased to spots.
    pub leased: u64,
    /// Of them used.
    pub used: u64,
    /// Not leased yet, and still good.
    pub free: u64,
    /// From before the hub was restored: it cannot know whether they are leased, and leases them no more.
    pub doubtful: u64,
    /// The agency took back what was not used.
    pub is_withdrawn: bool,
}

/// What a spot has of a kind of value.
#[derive(Debug, Clone)]
pub struct SpotStock {
    /// Name of the spot.
    pub spot: String,
    /// The service.
    pub service: Words,
    /// The kind.
    pub scarce: Scarce,
    /// Ever leased to it.
    pub leased: u64,
    /// Used.
    pub used: u64,
    /// Left to use.
    pub left: u64,
    /// Leased to a journal that it has left since: not known as used, and never used from now on.
    pub doubtful: u64,
}
