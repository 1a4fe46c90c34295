//! At the hub: whose certificate was revoked is told to all spots, so that none of them meets it where no hub is.

use vereda_sync::day::Date;
use vereda_sync::record::revocation::{self, Revocation};

use super::Node;
use crate::link::enrolled;
use crate::store::{Result, revoked};

impl Node {
    /// At the hub: tells of every revocation in the list of enrolled nodes that was not told yet. Gives how many.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn tell_revocations(&self) -> Result<u64> {
        let Some(sync) = self.config.sync.as_ref().filter(|_| self.is_hub()) else {
            return Ok(0);
        };
        let mut told = 0;
        for (node, fingerprint, day) in enrolled::revoked(&sync.enrolled) {
            if revoked::is(&self.store.read(), &fingerprint)? {
                continue;
            }
            let Some(since) = Date::parse(&day) else {
                tracing::error!(
                    node,
                    day,
                    "the day of a revocation cannot be read: write it as 2026-11-23"
                );
                continue;
            };
            tracing::info!(
                node,
                "its certificate is accepted no longer: all spots are told"
            );
            let said = Revocation {
                node,
                certificate: fingerprint,
                since,
            };
            self.begin("", |author, at| revocation::revoke(author, at, &said))?;
            told += 1;
        }
        Ok(told)
    }
}
