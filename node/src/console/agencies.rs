//! How far the agencies are, for the console.

use vereda_web::console::port::{AgenciesTold, AgencyRow};
use vereda_web::desk::port::DeskError;

use super::HubConsole;
use crate::agencies::name_of;
use crate::clock;
use crate::desk::fault;
use crate::store::agencies;

impl AgenciesTold for HubConsole {
    fn agencies_told(&self) -> Result<Vec<AgencyRow>, DeskError> {
        let configured = self.node.config.agencies.iter().flat_map(|a| &a.agencies);
        let mut rows = vec![];
        for agency in configured {
            let db = self.node.store.read();
            let is_sent = agency.webhook.is_some();
            let standing = agencies::standing(&db, &agency.id, is_sent).map_err(fault)?;
            let sending = agencies::sending(&db, &agency.id).map_err(fault)?;
            rows.push(AgencyRow {
                name: name_of(&self.node, &agency.id),
                events: standing.events,
                waiting: standing.waiting,
                since: standing.since_ms.map(|ms| clock::moment(ms, true)),
                taken: standing.taken_ms.map(|ms| clock::moment(ms, true)),
                is_sent,
                trouble: sending.trouble.map(|why| (sending.tries, why)),
            });
        }
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(rows)
    }
}
