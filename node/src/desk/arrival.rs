//! What a crew sees at the depot: how far the work is that they brought to the hub.

use vereda_web::desk::port::{Arrival, DeskError, NewProgram};

use super::{SpotDesk, fault};
use crate::clock;
use crate::store::{blob, derived, journal, purged, revoked, unheard};
use crate::updates;

impl SpotDesk {
    /// How what was brought to the hub today stands.
    pub(super) fn arrival(&self) -> Result<Option<Arrival>, DeskError> {
        let arrived = self.link.arrival();
        let Some(then) = arrived.filter(|then| then.at_ms >= clock::today_began_ms()) else {
            return Ok(None);
        };
        let db = self.node.store.read();
        let unsent = journal::unsent(&db).map_err(fault)?;
        let photographs = blob::unsent(&db, &self.node.config.node.id).map_err(fault)?;
        let sure = self.node.clock_is_sure();
        let edition = self.node.catalogue().edition;
        Ok(Some(Arrival {
            since: clock::moment(then.at_ms, sure),
            requests: then.requests,
            photographs: then.photographs,
            all: then.changes + then.photographs,
            left: unsent.changes + photographs.len() as u64,
            proven: unsent.proven_ms.map(|ms| clock::moment(ms, sure)),
            at_hub: unheard::records_heard(&db).map_err(fault)?,
            conflicts: derived::conflict_count(&db).map_err(fault)?.0,
            purged: (purged::figures(&db).map_err(fault)?).saturating_sub(then.purged),
            revoked: (revoked::known(&db).map_err(fault)?).saturating_sub(then.revoked),
            program: updates::waiting(&self.node.config).map(|it| NewProgram {
                version: it.version.to_string(),
                notes: it.notes,
            }),
            catalogue: (edition != then.edition).then_some(edition),
            clock_agrees: sure,
        }))
    }
}
