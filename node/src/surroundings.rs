//! What a node takes from the world besides its disk and its links: time and chance.
//! They are given to it, so that a simulation can give others, and the same ones again.

use std::fmt::Debug;

use crate::store::{Result, StoreError};

/// The world around a node.
pub trait Surroundings: Debug + Send + Sync {
    /// The wall clock: milliseconds since 1970, as far as it is right.
    fn now_ms(&self) -> i64;

    /// Bytes that nobody can foresee.
    ///
    /// # Errors
    /// When there are none.
    fn fill(&self, bytes: &mut [u8]) -> Result<()>;
}

/// The machine that the node runs on.
#[derive(Debug, Clone, Copy)]
pub struct Machine;

impl Surroundings for Machine {
    fn now_ms(&self) -> i64 {
        crate::clock::now_ms()
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        getrandom::fill(bytes).map_err(|_| StoreError::Damaged("the system gives no randomness"))
    }
}
