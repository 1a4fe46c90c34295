//! The router: looks at requests that changed, off the way of those who bring them, and puts what is new for an agency into
//! its feed.
//!
//! A request is told of once it is recorded, the citizen confirmed it, and nothing about it waits for a person: no value, no
//! other request that seems to be the same. So of what was made twice the agency hears once.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::{Connection, OptionalExtension};
use vereda_sync::conflict;
use vereda_sync::id::RecordId;
use vereda_sync::record::agency::{self, Hub, Speaker};
use vereda_sync::record::request::{self, Summary};

use super::{event, said};
use crate::node::Node;
use crate::store::agencies::{self, Disclosed, Entry, What};
use crate::store::{Result, StoreError, derived, erased};

/// Requests looked at in one transaction.
const AT_ONCE: u32 = 64;
/// Acts written down in one transaction.
const WRITTEN_AT_ONCE: u32 = 64;

/// At the start: looks again at what no agency was told of, as another is configured perhaps.
///
/// # Errors
/// When the store does not answer.
pub fn begin(node: &Node) -> Result<()> {
    let db = node.store.write();
    agencies::owe_untold(&db)?;
    agencies::forget_keys(&db, node.now_ms())
}

/// Looks at all requests that changed; gives how many events that made.
///
/// # Errors
/// When the store does not answer.
pub fn route(node: &Node) -> Result<u64> {
    let mut made = 0;
    let undo_ms = node
        .config
        .agencies
        .as_ref()
        .map_or(0, |it| 60_000 * i64::from(it.undo_minutes));
    let decided_ms = node.now_ms() - undo_ms;
    loop {
        if agencies::due(&node.store.read(), 1, decided_ms)?.is_empty() {
            return Ok(made);
        }
        let db = node.store.write();
        let tx = db.unchecked_transaction()?;
        for row in agencies::due(&tx, AT_ONCE, decided_ms)? {
            // What came from outside is read here again: a panic ends with this request.
            let looked = catch_unwind(AssertUnwindSafe(|| look(node, &tx, row)));
            match looked {
                Ok(Ok(news)) => {
                    for (agency, entry) in news {
                        agencies::publish(&tx, &agency, row, &entry)?;
                        made += 1;
                    }
                }
                Ok(Err(StoreError::Document(error))) => {
                    tracing::warn!(row, %error, "a request cannot be read, and no agency is told of it");
                }
                Ok(Err(error)) => return Err(error),
                Err(_) => tracing::error!(
                    row,
                    "a request made the router panic, and no agency is told of it"
                ),
            }
            agencies::looked_at(&tx, row)?;
        }
        tx.commit()?;
    }
}

/// What agencies are to be told of a request now.
fn look(node: &Node, db: &Connection, row: i64) -> Result<Vec<(String, Entry)>> {
    let id: Option<[u8; 32]> = db
        .prepare_cached("SELECT id FROM record WHERE record = ?1")?
        .query_row([row], |r| r.get(0))
        .optional()?;
    let Some(record) = id.map(RecordId) else {
        return Ok(vec![]);
    };
    let now_ms = node.now_ms();
    if erased::is(db, row)? {
        let mut news = Vec::new();
        for agency in agencies::told(db, row)? {
            let last = agencies::last(db, &agency, row)?;
            if last.is_some_and(|(what, _)| what != What::Erased) {
                news.push((agency, event::erased(record, now_ms)));
            }
        }
        return Ok(news);
    }
    // What is not derived yet, and what is undecided, is looked at again when it is.
    if agencies::is_unsettled(db, row)? {
        return Ok(vec![]);
    }
    let document = derived::load(db, row)?;
    let Some(summary) = Summary::of(&document).filter(|s| s.number.is_some()) else {
        return Ok(vec![]);
    };
    // Two spots that say the same do not disagree.
    if !conflict::of(&document).is_empty() || request::confirmation(&document).is_none() {
        return Ok(vec![]);
    }
    let Some(service) = node.service(&summary.service, summary.edition) else {
        return Ok(vec![]);
    };
    let agency = service.agency.as_str();
    let configured = node.config.agencies.iter().flat_map(|it| &it.agencies);
    if !configured.into_iter().any(|it| it.id == agency) {
        return Ok(vec![]);
    }
    let last = agencies::last(db, agency, row)?;
    let is_withdrawn = event::is_withdrawn(&document, &summary);
    let what = match (&last, is_withdrawn) {
        // It was withdrawn before anybody was told of it.
        (None, true) => return Ok(vec![]),
        (None, false) => What::Recorded,
        (Some(_), true) => What::Withdrawn,
        (Some(_), false) => What::Amended,
    };
    let of = (record, &document);
    let told = event::told(of, &summary, service);
    let entry = event::entry(of, (what, &told), now_ms);
    if last.is_some_and(|(_, shown)| shown == entry.shown) {
        return Ok(vec![]);
    }
    Ok(vec![(agency.to_owned(), entry)])
}

/// Writes down in requests what agencies were given of them; gives how many acts that made.
///
/// # Errors
/// When the store does not answer.
pub fn write_down(node: &Node) -> Result<u64> {
    let mut written = 0;
    loop {
        let unsaid = agencies::unsaid(&node.store.read(), WRITTEN_AT_ONCE)?;
        if unsaid.is_empty() {
            return Ok(written);
        }
        // One act of a request at a time: the next one builds on it.
        let mut seen = BTreeSet::new();
        let (mut now, mut gone): (Vec<Disclosed>, Vec<Disclosed>) = Default::default();
        for it in unsaid {
            let db = node.store.read();
            let is_gone = erased::is_id(&db, RecordId(it.record))? || it.fields.is_empty();
            match is_gone {
                true => gone.push(it),
                false if seen.insert(it.record) => now.push(it),
                false => (),
            }
        }
        if !gone.is_empty() {
            let db = node.store.write();
            gone.iter()
                .try_for_each(|it| agencies::keep_said(&db, it))?;
        }
        written += now.len() as u64;
        if now.is_empty() {
            continue;
        }
        match write_acts(node, &now) {
            Err(StoreError::Document(_) | StoreError::Damaged(_)) => {}
            other => {
                other?;
                continue;
            }
        }
        // One that cannot be written keeps none of the others: it stays noted in the store.
        for it in &now {
            match write_acts(node, std::slice::from_ref(it)) {
                Err(error @ (StoreError::Document(_) | StoreError::Damaged(_))) => {
                    let record = RecordId(it.record);
                    tracing::warn!(%record, %error, "what an agency was told cannot be written in the request");
                    agencies::keep_said(&node.store.write(), it)?;
                }
                other => other?,
            }
        }
    }
}

/// All of them, or none.
fn write_acts(node: &Node, now: &[Disclosed]) -> Result<()> {
    let mark = |statement: &[u8]| said::mark(node.secret(), statement);
    let mark: &dyn Fn(&[u8]) -> String = &mark;
    let changes = now.iter().map(|it| {
        let name = said::name_of(node, &it.agency);
        let record = RecordId(it.record);
        let write = move |d: &mut _, author: &_, at| {
            let told = agency::Told {
                event: &it.event,
                what: &it.what,
                fields: &it.fields,
                way: &it.way,
            };
            let who = Speaker {
                agency: &it.agency,
                name: &name,
            };
            let hub = Hub { record, mark };
            agency::tell(d, (author, at), who, &told, hub)
        };
        (record, write)
    });
    node.change_all(&node.config.node.name, changes, |db| {
        now.iter().try_for_each(|it| agencies::keep_said(db, it))
    })
}
