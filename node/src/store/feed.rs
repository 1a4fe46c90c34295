//! Feeds: what is new in a scope, numbered without gaps. The hub keeps the
//! items; a spot keeps how far it has come, and the root over all of it.

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::exchange::message::{Cursor, Source, tag};
use vereda_sync::id::{ChangeId, JournalId};
use vereda_sync::journal::{Entry, Frontier, Hash};

use super::journal::{self, count, entry_of, leaf_at, place, signed};
use super::{Result, StoreError};

/// A scope's feed as far as it is known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The hub's epoch in which the count holds.
    pub epoch: [u8; 16],
    /// Items and root.
    pub frontier: Frontier,
}

/// The feed of a scope, if it has begun.
///
/// # Errors
/// When the store does not answer.
pub fn scope(db: &Connection, scope: &str) -> Result<Option<Scope>> {
    let row = db
        .prepare_cached("SELECT epoch, frontier FROM scope WHERE scope = ?1")?
        .query_row([scope], |r| {
            Ok((r.get(0)?, Frontier::from_bytes(r.get_ref(1)?.as_blob()?)))
        })
        .optional()?;
    match row {
        None => Ok(None),
        Some((epoch, Some(frontier))) => Ok(Some(Scope { epoch, frontier })),
        Some((_, None)) => Err(StoreError::Damaged("a scope's frontier")),
    }
}

/// Keeps how far a feed is.
///
/// # Errors
/// When the store does not answer.
pub fn keep_scope(db: &Connection, name: &str, scope: &Scope) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO scope(scope, epoch, seq, frontier) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT(scope) DO UPDATE SET epoch = ?2, seq = ?3, frontier = ?4",
    )?
    .execute(params![
        name,
        scope.epoch,
        signed(scope.frontier.size()),
        scope.frontier.to_bytes()
    ])?;
    Ok(())
}

/// Forgets how far a feed is known: it will be offered from its beginning.
///
/// # Errors
/// When the store does not answer.
pub fn forget(db: &Connection, name: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM scope WHERE scope = ?1")?
        .execute([name])?;
    Ok(())
}

/// Where a spot stands in the feeds of its scopes.
///
/// # Errors
/// When the store does not answer.
pub fn cursors(db: &Connection, scopes: &[String]) -> Result<Vec<Cursor>> {
    scopes
        .iter()
        .map(|name| {
            let known = scope(db, name)?.filter(|s| s.frontier.size() > 0);
            Ok(known.map_or_else(
                || Cursor::nothing(name),
                |s| Cursor {
                    scope: name.clone(),
                    epoch: tag(&s.epoch),
                    seq: s.frontier.size(),
                    tag: tag(&s.frontier.root()),
                },
            ))
        })
        .collect()
}

/// At the hub: an entry becomes the next item of its scope's feed.
///
/// # Errors
/// When the store does not answer.
pub fn publish(
    db: &Connection,
    name: &str,
    scope: &mut Scope,
    entry_row: i64,
    leaf: Hash,
) -> Result<()> {
    scope.frontier.push(leaf);
    db.prepare_cached("INSERT INTO feed(scope, seq, entry) VALUES (?1, ?2, ?3)")?
        .execute(params![name, signed(scope.frontier.size()), entry_row])?;
    Ok(())
}

/// Items of a feed after `seq`, at most `limit`, until they hold `max_bytes`.
///
/// # Errors
/// When the store does not answer.
pub fn items(
    db: &Connection,
    scope: &str,
    after: u64,
    limit: u32,
    max_bytes: usize,
) -> Result<Vec<(Source, Entry)>> {
    let mut rows = db.prepare_cached(
        "SELECT r.id, e.change, e.body, j.id, e.idx FROM feed f JOIN entry e USING (entry)
         JOIN record r ON r.record = e.record JOIN journal j ON j.journal = e.journal
         WHERE f.scope = ?1 AND f.seq > ?2 ORDER BY f.seq LIMIT ?3",
    )?;
    let mut out = Vec::new();
    let mut bytes = 0;
    let found = rows.query_map(params![scope, signed(after), limit], |r| {
        Ok((
            Source {
                journal: JournalId(r.get(3)?),
                index: count(r.get(4)?),
                own: false,
            },
            entry_of(r)?,
        ))
    })?;
    for item in found {
        let item = item?;
        bytes += item.1.bytes.len();
        out.push(item);
        if bytes >= max_bytes {
            break;
        }
    }
    Ok(out)
}

/// Another spot brought the entry in that place; the hub has not yet. What is here under
/// another place too, as from a journal that was begun anew, is no hearsay.
///
/// # Errors
/// When the store does not answer.
pub fn keep_hearsay(db: &Connection, place: i64) -> Result<()> {
    db.prepare_cached(
        "INSERT OR IGNORE INTO hearsay(entry) SELECT entry FROM entry e WHERE entry = ?1
         AND NOT EXISTS (SELECT 1 FROM entry o WHERE o.record = e.record AND o.change = e.change
             AND o.entry <> e.entry AND o.entry NOT IN (SELECT entry FROM hearsay))",
    )?
    .execute([place])?;
    Ok(())
}

/// Whether the entry in that place is known from another spot alone.
///
/// # Errors
/// When the store does not answer.
pub fn is_hearsay(db: &Connection, place: i64) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM hearsay WHERE entry = ?1)")?
        .query_row([place], |r| r.get(0))?)
}

/// Whether anything is known from another spot alone.
///
/// # Errors
/// When the store does not answer.
pub fn has_hearsay(db: &Connection) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM hearsay)")?
        .query_row([], |r| r.get(0))?)
}

/// The hub has that change of a record, in whatever place.
///
/// # Errors
/// When the store does not answer.
pub fn drop_hearsay_of(db: &Connection, record: i64, change: ChangeId) -> Result<()> {
    db.prepare_cached(
        "DELETE FROM hearsay WHERE entry IN (SELECT entry FROM entry WHERE record = ?1 AND change = ?2)",
    )?
    .execute(params![record, change.0])?;
    Ok(())
}

/// The hub has the entry in that place.
///
/// # Errors
/// When the store does not answer.
pub fn drop_hearsay(db: &Connection, place: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM hearsay WHERE entry = ?1")?
        .execute([place])?;
    Ok(())
}

/// The hub has a journal up to there.
///
/// # Errors
/// When the store does not answer.
pub fn drop_hearsay_within(db: &Connection, journal: i64, size: u64) -> Result<()> {
    db.prepare_cached("DELETE FROM hearsay WHERE entry BETWEEN ?1 AND ?2")?
        .execute([journal::place(journal, 1)?, journal::place(journal, size)?])?;
    Ok(())
}

/// The leaf of an entry that is here already.
///
/// # Errors
/// When the store does not answer.
pub fn leaf_of(db: &Connection, journal: JournalId, index: u64) -> Result<Option<Hash>> {
    match journal::row_of(db, journal)? {
        Some(journal) => leaf_at(db, place(journal, index)?),
        None => Ok(None),
    }
}
