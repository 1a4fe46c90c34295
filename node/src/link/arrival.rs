//! A spot that comes back to its hub with work: what it brought, so that its crew sees when all of it is there.

use std::sync::{Arc, Mutex, PoisonError};

use crate::node::Node;
use crate::store::{Result, blob, journal, purged, revoked};

/// When a spot that brought work reached the hub again, and how it stood then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// Requests that had not been there.
    pub requests: u64,
    /// Changes of whatever records.
    pub changes: u64,
    /// Photographs.
    pub photographs: u64,
    /// Records that had been purged by then.
    pub purged: u64,
    /// Certificates that were known to be revoked by then.
    pub revoked: u64,
    /// Edition of the catalogue that was in force.
    pub edition: u32,
}

/// The last one of this process.
#[derive(Debug, Clone, Default)]
pub(super) struct Arrivals(Arc<Mutex<Option<Arrival>>>);

impl Arrivals {
    /// The hub is reached again. Who brings no request is not thought to have been away.
    pub(super) fn reached(&self, node: &Node) -> Result<()> {
        let db = node.store.read();
        let unsent = journal::unsent(&db)?;
        if unsent.requests == 0 {
            return Ok(());
        }
        let arrival = Arrival {
            at_ms: node.now_ms(),
            requests: unsent.requests,
            changes: unsent.changes,
            photographs: blob::unsent(&db, &node.config.node.id)?.len() as u64,
            purged: purged::figures(&db)?,
            revoked: revoked::known(&db)?,
            edition: node.catalogue().edition,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(arrival);
        Ok(())
    }

    pub(super) fn last(&self) -> Option<Arrival> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
