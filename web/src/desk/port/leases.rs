//! What the pages about values that agencies give out one by one need.

use vereda_sync::catalogue::{Scarce, Words};
use vereda_sync::record::lease::Value;

use super::{DeskError, Session};

/// References to pay under and hours at a counter that the hub leased to this spot.
pub trait Leases {
    /// A recorded request gets a reference to be paid under, later; or waits for one when none is left.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when there is nothing to pay, or it has one.
    fn pay_later(&self, session: &Session, request: &str) -> Result<(), DeskError>;
    /// Chooses the hour that a request is recorded with, as [`Value::line`] writes it; empty: none.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when another request got it meanwhile.
    fn choose_hour(&self, session: &Session, request: &str, line: &str) -> Result<(), DeskError>;
    /// Gives a recorded request that waits for one that hour, as [`Value::line`] writes it.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it has one, or another request got it meanwhile.
    fn give_hour(&self, session: &Session, request: &str, line: &str) -> Result<(), DeskError>;
    /// What is nearly used up here.
    ///
    /// # Errors
    /// When the store does not answer.
    fn running_low(&self) -> Result<Vec<Low>, DeskError>;
}

/// The hours that a request can be recorded with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// The one that was chosen.
    pub chosen: Option<Value>,
    /// Those that are left, soonest first; at most 50.
    pub left: Vec<Value>,
}

/// Of a kind of value few are left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Low {
    /// The service.
    pub service: Words,
    /// The kind.
    pub scarce: Scarce,
    /// How many.
    pub left: u64,
}
