//! Several conflicts at once: all of a request, or like cases of contact details. Each is seen before, and decided as if alone.

use vereda_sync::catalogue::Settlement;
use vereda_web::console::port::{Batch, Conflict, Decided, Decision, Together};
use vereda_web::desk::port::{DeskError, Event, Session};

use super::HubConsole;
use crate::desk::fault;
use crate::store::derived::{self, Disagree};

/// Most that are shown at once.
const MOST: usize = 50;

impl Together for HubConsole {
    fn alike(
        &self,
        session: &Session,
        conflict: &str,
        batch: Batch,
    ) -> Result<Vec<Conflict>, DeskError> {
        let lines = {
            let db = self.node.store.read();
            let line = derived::conflict(&db, conflict).map_err(fault)?;
            // Decided meanwhile, and the others with it perhaps: nothing is left to be decided together.
            let Some(line) = line else {
                return Ok(vec![]);
            };
            match (batch, &line.field) {
                (Batch::Record, _) => derived::conflicts_of(&db, line.record),
                (Batch::Like, Some(field)) => derived::conflicts_about(&db, field, MOST),
                (Batch::Like, None) => return Err(DeskError::NotFound),
            }
            .map_err(fault)?
        };
        let mut found = vec![];
        let values = lines.iter().filter(|l| l.kind == Disagree::Values);
        for line in values.take(MOST) {
            let one = self.compare(session, &line.id)?;
            let may = batch == Batch::Record || one.row.settlement == Settlement::Later;
            found.extend(may.then_some(one));
        }
        Ok(found)
    }

    fn decide_all(
        &self,
        session: &Session,
        decisions: Vec<(String, Decision)>,
    ) -> Result<Vec<Decided>, DeskError> {
        let mut said = vec![];
        for (conflict, decision) in decisions.into_iter().take(MOST) {
            // One that cannot be decided keeps no other from it.
            let came = self.write_decision(session, &conflict, &decision);
            said.push(Decided { conflict, came });
        }
        self.node.tell(Event::Messages);
        Ok(said)
    }
}
