//! Feeds: what is new in a scope, numbered without gaps. The hub keeps the
//! items; a spot keeps how far it has come, and the root over all of it.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::exchange::message::{Cursor, Source, tag};
use vereda_sync::id::JournalId;
use vereda_sync::journal::{Entry, Frontier, Hash};

use super::journal::{self, Appended, count, entry_of, leaf_at, place, signed};
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

/// How many items every feed has.
///
/// # Errors
/// When the store does not answer.
pub fn lengths(db: &Connection) -> Result<HashMap<String, u64>> {
    let mut rows = db.prepare_cached("SELECT scope, seq FROM scope")?;
    let all = rows.query_map([], |r| Ok((r.get(0)?, count(r.get(1)?))))?;
    Ok(all.collect::<rusqlite::Result<_>>()?)
}

/// How long a feed is; 0 when nothing is known of it.
///
/// # Errors
/// When the store does not answer.
pub fn length(db: &Connection, name: &str) -> Result<u64> {
    let length = db
        .prepare_cached("SELECT seq FROM scope WHERE scope = ?1")?
        .query_row([name], |r| r.get(0).map(count))
        .optional()?;
    Ok(length.unwrap_or_default())
}

/// At the hub: an entry becomes the next item of its scope's feed.
///
/// # Errors
/// When the store does not answer.
pub fn publish(db: &Connection, name: &str, scope: &mut Scope, appended: Appended) -> Result<()> {
    scope.frontier.push(appended.leaf);
    db.prepare_cached("INSERT INTO feed(scope, seq, entry) VALUES (?1, ?2, ?3)")?
        .execute(params![name, signed(scope.frontier.size()), appended.place])?;
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
