//! The log of accesses at the console: what is written down, and what is shown of it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use vereda_sync::audit::{Access, MAX_ABOUT, MAX_SOUGHT};
use vereda_sync::duplicate::NUMBERS;
use vereda_sync::id::{BlobId, RecordId};
use vereda_web::console::port::{AccessRow, Accessed, AccessesView, Accounts, Console, Did, Held};
use vereda_web::desk::port::{DeskError, Session};

use super::HubConsole;
use crate::clock;
use crate::desk::{fault, rows};
use crate::store::derived;
use crate::store::{audit, blob, records};
use crate::tours::not_now;

/// Lines on a page.
const ON_A_PAGE: u32 = 100;
/// Lines that a report lists of one request.
const OF_ONE: u32 = 200;
/// A page that shows itself anew is written down once in so long.
const ANEW: Duration = Duration::from_secs(600);
/// Most pages of which it is known that they were written down.
const MOST_KNOWN: usize = 4_096;

/// Pages that showed themselves anew lately, by person and address.
#[derive(Debug, Default)]
pub(super) struct Lately(Mutex<HashMap<(String, String), Instant>>);

impl Lately {
    /// Whether this is the first time in a while.
    fn is_news(&self, person: &str, accessed: &Accessed) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (
            person.to_owned(),
            format!("{} {}", accessed.page, accessed.ids.join(" ")),
        );
        let now = Instant::now();
        if known.get(&key).is_some_and(|at| now - *at < ANEW) {
            return false;
        }
        if known.len() >= MOST_KNOWN {
            known.retain(|_, at| now - *at < ANEW);
        }
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(key, now);
        true
    }
}

impl HubConsole {
    /// The records that an id of an address stands for: itself, those of a conflict, those that name a photograph.
    fn records_of(&self, id: &str) -> Result<Vec<RecordId>, DeskError> {
        let db = self.node.store.read();
        if let Some(record) = RecordId::from_hex(id)
            && records::find_record(&db, record).map_err(fault)?.is_some()
        {
            return Ok(vec![record]);
        }
        if let Some(line) = derived::conflict(&db, id).map_err(fault)? {
            let rows = [Some(line.record), line.other].into_iter().flatten();
            return rows
                .map(|row| records::id_of(&db, row).map_err(fault))
                .collect();
        }
        match BlobId::from_hex(id) {
            Some(blob) => blob::named_by(&db, blob).map_err(fault),
            None => Ok(vec![]),
        }
    }
}

fn shown(access: Access) -> AccessRow {
    AccessRow {
        seq: access.seq,
        who: (access.person, access.name),
        at: clock::moment(access.at, true),
        did: match access.did {
            vereda_sync::audit::Did::Read => Did::Read,
            vereda_sync::audit::Did::Wrote => Did::Wrote,
            vereda_sync::audit::Did::Refused => Did::Refused,
        },
        page: access.page,
        sought: access.sought,
        by_itself: access.by_itself,
    }
}

impl Accounts for HubConsole {
    fn note_access(&self, session: &Session, accessed: &Accessed) -> Result<(), DeskError> {
        if accessed.by_itself && !self.lately.is_news(&session.person.id, accessed) {
            return Ok(());
        }
        let mut about = vec![];
        for id in &accessed.ids {
            about.extend(self.records_of(id)?.iter().map(RecordId::to_string));
        }
        about.truncate(MAX_ABOUT);
        let access = Access {
            seq: 0,
            at: self.node.now_ms(),
            person: session.person.id.clone(),
            name: session.person.name.clone(),
            did: match accessed.did {
                Did::Read => vereda_sync::audit::Did::Read,
                Did::Wrote => vereda_sync::audit::Did::Wrote,
                Did::Refused => vereda_sync::audit::Did::Refused,
            },
            page: accessed.page.clone(),
            about,
            sought: accessed.sought.chars().take(MAX_SOUGHT).collect(),
            by_itself: accessed.by_itself,
        };
        audit::append(&self.node.store.write(), access).map_err(fault)
    }

    fn accesses(&self, person: &str, before: Option<u64>) -> Result<AccessesView, DeskError> {
        let db = self.node.store.read();
        let found = audit::latest(&db, person, before, ON_A_PAGE + 1).map_err(fault)?;
        let mut rows: Vec<AccessRow> = found.into_iter().map(shown).collect();
        let has_older = rows.len() > ON_A_PAGE as usize;
        rows.truncate(ON_A_PAGE as usize);
        let sealed = audit::last_checkpoint(&db).map_err(fault)?;
        Ok(AccessesView {
            older: rows.last().filter(|_| has_older).map(|row| row.seq),
            rows,
            lines: audit::frontier(&db).map_err(fault)?.size(),
            sealed: sealed.map(|(size, ms)| (size, clock::moment(ms, true))),
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
                Some(record) => {
                    audit::about(&self.node.store.read(), record, OF_ONE).map_err(fault)?
                }
                None => vec![],
            };
            held.push(Held {
                disclosed: self.request(&id)?.disclosed,
                accesses: accesses.into_iter().map(shown).collect(),
                row: rows::row(&self.node, line),
            });
        }
        Ok(held)
    }
}
