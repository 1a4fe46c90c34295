//! What another node shares at a meeting: examined, stored, and never taken for more than
//! its word. The hub's feed settles later what two nodes hold differently.

use anyhow::ensure;
use lru::LruCache;
use rusqlite::Connection;
use vereda_sync::exchange::frame::Verdict;
use vereda_sync::exchange::message::{Share, Source};
use vereda_sync::id::RecordId;
use vereda_sync::journal::Entry;

use super::intake::quarantine;
use crate::store::{Store, derived, feed, journal};

/// What became of a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// Entries that were not here.
    pub new: u64,
    /// Entries that were refused and are in quarantine.
    pub refused: u64,
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
    for (source, verdict) in share.sources.iter().zip(verdicts) {
        let refused = match verdict {
            Ok(entry) => {
                let put = put(&tx, &share.scope, *source, &entry, now_ms)?;
                match put {
                    Put::New(row) => {
                        derived::mark_dirty(&tx, row)?;
                        documents.pop(&entry.record);
                        taken.new += 1;
                        continue;
                    }
                    Put::Here => continue,
                    Put::Refused(why) => (why.to_owned(), entry.bytes),
                }
            }
            Err((refused, bytes)) => (refused.to_string(), bytes),
        };
        let (why, bytes) = refused;
        taken.refused += 1;
        let place = (source.journal, source.index);
        quarantine(&tx, (from, now_ms), place.0, place.1, &why, &bytes)?;
    }
    tx.commit()?;
    Ok(taken)
}

enum Put {
    /// It was not here; the row of its record.
    New(i64),
    /// It was here.
    Here,
    /// It cannot be.
    Refused(&'static str),
}

fn put(
    db: &Connection,
    scope: &str,
    source: Source,
    entry: &Entry,
    now_ms: i64,
) -> anyhow::Result<Put> {
    if let Some(here) = feed::leaf_of(db, source.journal, source.index)? {
        return Ok(match here == entry.leaf() {
            true => Put::Here,
            false => Put::Refused("another entry is here in this place of the journal"),
        });
    }
    let row = journal::record_row(db, entry.record, scope)?;
    let of: String = db
        .prepare_cached("SELECT scope FROM record WHERE record = ?1")?
        .query_row([row], |r| r.get(0))?;
    if of != scope {
        return Ok(Put::Refused("the record is of another scope"));
    }
    let journal = match journal::row_of(db, source.journal)? {
        Some(row) => row,
        None => journal::begin(db, source.journal, "", false)?.row,
    };
    if let Some(place) = journal::insert(db, journal, source.index, row, entry, now_ms)? {
        feed::keep_hearsay(db, place)?;
    }
    Ok(Put::New(row))
}
