//! What another node shares at a meeting: examined, stored, and never taken for more than
//! its word. The hub's feed settles later what two nodes hold differently.

use anyhow::ensure;
use lru::LruCache;
use rusqlite::Connection;
use vereda_sync::erasure;
use vereda_sync::exchange::LENT;
use vereda_sync::exchange::frame::Verdict;
use vereda_sync::exchange::message::{Share, Source};
use vereda_sync::id::RecordId;
use vereda_sync::journal::Entry;

use super::erase;
use super::intake::{Parking, kept, put_aside};
use crate::store::quarantine::{Cause, Put as Aside};
use crate::store::{Store, derived, erased, feed, journal, lookups, purged, records, unheard};

/// What became of a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// Entries that were not here.
    pub new: u64,
    /// Entries that were refused and are in quarantine.
    pub refused: u64,
    /// The rest was left: too many records from there wait for changes that are not here.
    pub full: bool,
}

/// Stores what the node `from` shares; what cannot be is quarantined and the rest taken.
pub(super) fn take(
    store: &Store,
    from: &str,
    share: &Share,
    verdicts: Vec<Verdict>,
    (documents, now_ms): (&mut LruCache<RecordId, super::Held>, i64),
) -> anyhow::Result<Taken> {
    ensure!(
        verdicts.len() == share.sources.len(),
        vereda_sync::exchange::ExchangeError::Malformed("share")
    );
    let db = store.write();
    let tx = db.unchecked_transaction()?;
    let mut taken = Taken::default();
    let mut parking = Parking::of(from);
    let mut room = None;
    for (source, verdict) in share.sources.iter().zip(verdicts) {
        let (why, cause, entry, bytes) = match verdict {
            Ok(entry) => {
                let put = put(&tx, &share.scope, *source, &entry, (&mut parking, now_ms))?;
                match put {
                    Put::New(row) if erasure::is(&entry.bytes) => {
                        erase::apply(&tx, row, &entry, documents)?;
                        taken.new += 1;
                        continue;
                    }
                    Put::New(row) => {
                        derived::mark_dirty(&tx, row)?;
                        documents.pop(&entry.record);
                        taken.new += 1;
                        continue;
                    }
                    Put::Here | Put::Ours | Put::NotAsked => continue,
                    Put::Full => {
                        // Past it nothing may be taken, or its journal would have a gap here.
                        taken.full = true;
                        break;
                    }
                    Put::Refused(why, cause) => {
                        let named = (entry.record, entry.change);
                        (why.to_owned(), cause, Some(named), entry.bytes)
                    }
                }
            }
            Err((refused, bytes)) => (refused.to_string(), Cause::Guard, None, bytes),
        };
        taken.refused += 1;
        let aside = Aside {
            node: from,
            place: (source.journal, source.index),
            entry,
            cause,
            reason: &why,
            bytes: &bytes,
        };
        put_aside(&tx, &aside, (&mut room, now_ms))?;
    }
    tx.commit()?;
    Ok(taken)
}

enum Put {
    /// It was not here; the row of its record.
    New(i64),
    /// It was here.
    Here,
    /// It is of a journal of ours, and not in it.
    Ours,
    /// It is lent, and nobody here looked it up, or that is over.
    NotAsked,
    /// It cannot be.
    Refused(&'static str, Cause),
    /// No more records may wait for what is not here.
    Full,
}

fn put(
    db: &Connection,
    scope: &str,
    source: Source,
    entry: &Entry,
    (parking, now_ms): (&mut Parking<'_>, i64),
) -> anyhow::Result<Put> {
    let lent = scope == LENT;
    if lent && !is_asked(db, entry.record, now_ms)? {
        return Ok(Put::NotAsked);
    }
    if let Some(here) = feed::leaf_of(db, source.journal, source.index)? {
        return Ok(match here == entry.leaf() {
            true if lent => refilled(db, source, entry)?,
            true => Put::Here,
            false => Put::Refused(
                "another entry is here in this place of the journal",
                Cause::Place,
            ),
        });
    }
    let known = journal::find(db, source.journal)?;
    if known.is_some_and(|j| j.own && j.acked > j.frontier.size()) {
        // The hub knows more of it, as our disk was copied or put back: from there it comes. What
        // another heard of us may have moved to a new journal since.
        return Ok(Put::Ours);
    }
    let row = records::record_row(db, entry.record, scope)?;
    if lent && purged::is(db, row)? {
        // It was lent before, and is once more.
        purged::recall(db, row)?;
    }
    if scope == erasure::SCOPE && !erasure::is(&entry.bytes) {
        return Ok(Put::Refused("it is no erasure", Cause::Scope));
    }
    let entry = &*kept(db, row, entry)?;
    if entry.bytes.is_empty() && !erased::is(db, row)? && !purged::is(db, row)? {
        let why = "it came without its body, and its record was not erased";
        return Ok(Put::Refused(why, Cause::Bare));
    }
    if scope != erasure::SCOPE && records::scope_of(db, row)? != scope {
        return Ok(Put::Refused("the record is of another scope", Cause::Scope));
    }
    if !parking.admits(db, row, entry, now_ms)? {
        return Ok(Put::Full);
    }
    let journal = match journal::row_of(db, source.journal)? {
        Some(row) => row,
        None => journal::begin(db, source.journal, "", false)?.row,
    };
    if let Some(place) = journal::insert(db, journal, source.index, row, entry, now_ms)? {
        unheard::keep_hearsay(db, place)?;
    }
    Ok(Put::New(row))
}

/// Whether a record is here because it was looked up, or is to come for that.
fn is_asked(db: &Connection, record: RecordId, now_ms: i64) -> anyhow::Result<bool> {
    let elsewhere = match records::find_record(db, record)? {
        Some(row) => ![LENT, erasure::SCOPE].contains(&records::scope_of(db, row)?.as_str()),
        None => false,
    };
    Ok(!elsewhere && lookups::is_borrowed(db, record, now_ms)?)
}

/// What was lent before and is over comes again, in its place.
fn refilled(db: &Connection, source: Source, entry: &Entry) -> anyhow::Result<Put> {
    let (Some(row), Some(journal)) = (
        records::find_record(db, entry.record)?,
        journal::find(db, source.journal)?,
    ) else {
        return Ok(Put::Here);
    };
    if erased::is(db, row)? {
        return Ok(Put::Here);
    }
    if purged::is(db, row)? {
        purged::recall(db, row)?;
    }
    Ok(match journal::refill(db, &journal, source.index, entry)? {
        true => Put::New(row),
        false => Put::Here,
    })
}
