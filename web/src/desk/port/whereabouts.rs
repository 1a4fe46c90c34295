//! What the page about where the work is needs.

use super::{DeskError, Near, Session};
use crate::moment::Moment;

/// Where the work of this spot is, and whose work is here.
pub trait Whereabouts {
    /// As it is now.
    ///
    /// # Errors
    /// When the store does not answer.
    fn whereabouts(&self, session: &Session) -> Result<WhereaboutsView, DeskError>;
}

/// Where the work is.
#[derive(Debug, Clone, Default)]
pub struct WhereaboutsView {
    /// Requests recorded here that the hub does not have, or not all of.
    pub requests: u64,
    /// Photographs that it does not have.
    pub photographs: u64,
    /// Whether anything at all is not there.
    pub is_unsent: bool,
    /// When the hub last proved that it had all.
    pub proven: Option<Moment>,
    /// The spots that are near.
    pub near: Vec<Near>,
    /// What others recorded and is here, and not at the hub as far as is known.
    pub told: Vec<Told>,
    /// Sealed work of others that is taken along.
    pub parts: Vec<Parts>,
    /// Spots for which receipts of the hub are brought back, each with how many.
    pub receipts: Vec<(String, u64)>,
    /// Spots whose certificate the hub accepts no longer, each with since when, `yyyy-mm-dd`; the latest first.
    pub revoked: Vec<(String, String)>,
}

/// What a spot recorded and told this one.
#[derive(Debug, Clone)]
pub struct Told {
    /// The spot's name.
    pub spot: String,
    /// Its requests.
    pub requests: u64,
    /// When this one takes them to the hub itself, if they are not there by then.
    pub taken_over: Moment,
}

/// Sealed work of a spot.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The spot's name.
    pub spot: String,
    /// Files that are here.
    pub here: u64,
    /// Of them, those that the hub has and waits for others.
    pub handed: u64,
    /// Since when.
    pub since: Moment,
}
