//! The log of accesses at the console: what is written down, and what is shown of it.

use std::time::Duration;

use vereda_sync::audit::Access;
use vereda_sync::duplicate::NUMBERS;
use vereda_sync::id::RecordId;
use vereda_web::access::Accessed;
use vereda_web::console::port::{AccessFilter, AccessRow, AccessesView, Accounts, Console, Held};
use vereda_web::desk::port::{DeskError, Session};

use super::HubConsole;
use crate::audit::writing;
use crate::clock;
use crate::desk::{fault, rows};
use crate::store::audit::{self, of_spots, seen};
use crate::store::{derived, spot};
use crate::tours::not_now;

/// Lines on a page.
const ON_A_PAGE: u32 = 100;
/// Lines that a report lists of one request.
const OF_ONE: u32 = 200;
/// A page that shows itself anew is written down once in so long.
pub(super) const ANEW: Duration = Duration::from_secs(600);

fn shown(access: Access, spot: Option<String>) -> AccessRow {
    AccessRow {
        seq: access.seq,
        spot,
        who: (access.person, access.name),
        at: clock::moment(access.at, true),
        did: access.did,
        page: access.page,
        sought: access.sought,
        by_itself: access.by_itself,
    }
}

impl HubConsole {
    /// As they are shown: each with the name of its spot.
    fn rows_of(&self, found: Vec<(Option<String>, Access)>) -> Result<Vec<AccessRow>, DeskError> {
        let names = spot::names(&self.node.store.read()).map_err(fault)?;
        let named = |node: String| names.get(&node).cloned().unwrap_or(node);
        let rows = found.into_iter();
        Ok(rows
            .map(|(node, access)| shown(access, node.map(named)))
            .collect())
    }

    /// Who saw a record, here and at spots; the latest first.
    fn about(&self, record: RecordId) -> Result<Vec<AccessRow>, DeskError> {
        let db = self.node.store.read();
        let here = audit::about(&db, record, OF_ONE).map_err(fault)?;
        let at_spots = of_spots::about(&db, record, OF_ONE).map_err(fault)?;
        drop(db);
        let here = here.into_iter().map(|access| (None, access));
        let at_spots = at_spots
            .into_iter()
            .map(|(node, access)| (Some(node), access));
        let mut all: Vec<(Option<String>, Access)> = here.chain(at_spots).collect();
        all.sort_by_key(|(_, access)| std::cmp::Reverse(access.at));
        all.truncate(OF_ONE as usize);
        self.rows_of(all)
    }
}

impl Accounts for HubConsole {
    fn note_access(&self, session: &Session, accessed: &Accessed) -> Result<(), DeskError> {
        if accessed.by_itself && !self.lately.is_news(&session.person.id, accessed) {
            return Ok(());
        }
        writing::write(&self.node, session, accessed).map_err(fault)
    }

    fn accesses(&self, whose: &AccessFilter) -> Result<AccessesView, DeskError> {
        let db = self.node.store.read();
        let (person, before) = (whose.person.as_str(), whose.before);
        let (mut found, lines) = match whose.at_spots {
            false => {
                let found = audit::latest(&db, person, before, ON_A_PAGE + 1).map_err(fault)?;
                let found = found.into_iter().map(|access| (None, access));
                let lines = audit::frontier(&db).map_err(fault)?.size();
                (found.collect::<Vec<_>>(), lines)
            }
            true => {
                let before = before.map(|at| i64::try_from(at).unwrap_or(i64::MAX));
                let found = of_spots::latest(&db, person, before, ON_A_PAGE + 1).map_err(fault)?;
                let found = found.into_iter().map(|(node, access)| (Some(node), access));
                (found.collect(), of_spots::count(&db).map_err(fault)?)
            }
        };
        let has_older = found.len() > ON_A_PAGE as usize;
        found.truncate(ON_A_PAGE as usize);
        let older = found.last().filter(|_| has_older);
        let older = older.map(|(_, access)| match whose.at_spots {
            false => access.seq,
            true => u64::try_from(access.at).unwrap_or(0),
        });
        let moment = |(size, ms): (u64, i64)| (size, clock::moment(ms, true));
        let (spots, last) = seen::witnessed(&db).map_err(fault)?;
        let sealed = audit::last_checkpoint(&db).map_err(fault)?;
        drop(db);
        Ok(AccessesView {
            rows: self.rows_of(found)?,
            older,
            lines,
            sealed: sealed.map(moment),
            witnessed: (spots, last.map(moment)),
        })
    }

    fn access_report(&self, number: &str) -> Result<Vec<Held>, DeskError> {
        let number: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
        if !(8..=12).contains(&number.len()) {
            return not_now(
                "Escreva o NIF, o NIC, o NISS ou o número de utente: 8 a 12 algarismos, sem mais nada.",
            );
        }
        let mut found: Vec<i64> = vec![];
        for field in NUMBERS {
            let db = self.node.store.read();
            let rows = derived::with_number(&db, (field, &number)).map_err(fault)?;
            found.extend(rows);
        }
        found.sort_unstable();
        found.dedup();
        let mut held = vec![];
        for row in found {
            let Some(line) = self.request_of(row)? else {
                continue;
            };
            let id = line.id.clone();
            let accesses = match RecordId::from_hex(&id) {
                Some(record) => self.about(record)?,
                None => vec![],
            };
            held.push(Held {
                disclosed: self.request(&id)?.disclosed,
                accesses,
                row: rows::row(&self.node, line),
            });
        }
        Ok(held)
    }
}
