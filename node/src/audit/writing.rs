//! What somebody looked at becomes a line.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use vereda_sync::audit::{Access, MAX_ABOUT, MAX_SOUGHT};
use vereda_sync::id::{BlobId, RecordId};
use vereda_web::access::Accessed;
use vereda_web::desk::port::{Person, Session};

use crate::node::Node;
use crate::store::{Result, audit, blob, derived, records};

/// Most pages of which it is known that they were written down.
const MOST_KNOWN: usize = 4_096;

/// Pages that were written down lately, by person and address.
#[derive(Debug)]
pub struct Lately {
    known: Mutex<HashMap<(String, String), Instant>>,
    /// One is written down once in so long.
    anew: Duration,
}

impl Lately {
    /// One that is written down once in so long.
    #[must_use]
    pub fn new(anew: Duration) -> Self {
        Self {
            known: Mutex::default(),
            anew,
        }
    }

    /// Whether this is the first time in a while.
    #[must_use]
    pub fn is_news(&self, person: &str, accessed: &Accessed) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let what = format!(
            "{} {} {}",
            accessed.page,
            accessed.ids.join(" "),
            accessed.sought
        );
        let key = (person.to_owned(), what);
        let now = Instant::now();
        if known.get(&key).is_some_and(|at| now - *at < self.anew) {
            return false;
        }
        if known.len() >= MOST_KNOWN {
            known.retain(|_, at| now - *at < self.anew);
        }
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(key, now);
        true
    }
}

/// Writes a line.
///
/// # Errors
/// When the store does not answer.
pub fn write(node: &Node, session: &Session, accessed: &Accessed) -> Result<()> {
    let mut about = vec![];
    for id in &accessed.ids {
        about.extend(records_of(node, id)?.iter().map(RecordId::to_string));
    }
    about.truncate(MAX_ABOUT);
    let Person { id, name } = &session.person;
    let access = Access {
        seq: 0,
        at: node.now_ms(),
        person: id.clone(),
        name: name.clone(),
        did: accessed.did,
        page: accessed.page.clone(),
        about,
        sought: accessed.sought.chars().take(MAX_SOUGHT).collect(),
        by_itself: accessed.by_itself,
    };
    audit::append(&node.store.write(), access)
}

/// The records that an id of an address stands for: itself, those of a conflict, those that name a photograph.
fn records_of(node: &Node, id: &str) -> Result<Vec<RecordId>> {
    let db = node.store.read();
    if let Some(record) = RecordId::from_hex(id)
        && records::find_record(&db, record)?.is_some()
    {
        return Ok(vec![record]);
    }
    if let Some(line) = derived::conflict(&db, id)? {
        let rows = [Some(line.record), line.other].into_iter().flatten();
        return rows.map(|row| records::id_of(&db, row)).collect();
    }
    match BlobId::from_hex(id) {
        Some(blob) => blob::named_by(&db, blob),
        None => Ok(vec![]),
    }
}
