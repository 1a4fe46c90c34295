//! Notices of the hub, derived from their records.

use rusqlite::{Connection, params};
use vereda_sync::exchange::LENT;
use vereda_sync::id::RecordId;
use vereda_sync::record::notice::{self, Notice, To};

use super::{Result, records};

/// Derives a notice anew; nothing of one that another spot wrote: those of the hub come in no scope that
/// spots share.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(
    db: &Connection,
    row: i64,
    id: RecordId,
    node: &str,
    notice: &Notice,
) -> Result<()> {
    let scope = records::scope_of(db, row)?;
    if ![notice::SCOPE, LENT].contains(&scope.as_str()) {
        return Ok(());
    }
    let open = notice.to.is_for(node) && notice.seen_at(node).is_none();
    db.prepare_cached(
        "INSERT OR REPLACE INTO notice(record, id, at, until, urgent, text, open, everybody)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        row,
        id.0,
        notice.by.at.unix_ms(),
        notice.until.to_string(),
        notice.is_urgent,
        notice.text,
        open,
        notice.to == To::All
    ])?;
    Ok(())
}

fn ids(db: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Vec<RecordId>> {
    let mut rows = db.prepare_cached(sql)?;
    let found = rows.query_map(params, |r| r.get(0).map(RecordId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Notices that nobody at this node has read and that are still shown on that day; urgent ones first, then
/// by their age.
///
/// # Errors
/// When the store does not answer.
pub fn unread(db: &Connection, today: &str) -> Result<Vec<RecordId>> {
    ids(
        db,
        "SELECT id FROM notice WHERE open = 1 AND until >= ?1 ORDER BY urgent DESC, at LIMIT 50",
        [today],
    )
}

/// What the urgent ones among them say, oldest first, at most 3.
///
/// # Errors
/// When the store does not answer.
pub fn urgent(db: &Connection, today: &str) -> Result<Vec<String>> {
    let mut rows = db.prepare_cached(
        "SELECT text FROM notice WHERE open = 1 AND until >= ?1 AND urgent ORDER BY at LIMIT 3",
    )?;
    let found = rows.query_map([today], |r| r.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// At the hub: records of notices to everybody that are still shown on that day and were not given to that
/// node, oldest first; at most 50.
///
/// # Errors
/// When the store does not answer.
pub fn missed(db: &Connection, node: &str, today: &str) -> Result<Vec<i64>> {
    let mut rows = db.prepare_cached(
        "SELECT record FROM notice n WHERE everybody AND until >= ?2
         AND NOT EXISTS (SELECT 1 FROM lent l WHERE l.record = n.record AND l.node = ?1) ORDER BY at LIMIT 50",
    )?;
    let found = rows.query_map([node, today], |r| r.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// All notices, newest first.
///
/// # Errors
/// When the store does not answer.
pub fn all(db: &Connection, limit: u32) -> Result<Vec<RecordId>> {
    ids(
        db,
        "SELECT id FROM notice ORDER BY at DESC LIMIT ?1",
        [limit],
    )
}
