//! Records that build on changes which are not here: parked until those come, and known as
//! that, with whose entry it was and since when.

use rusqlite::{Connection, params};
use vereda_sync::id::{ChangeId, RecordId};

use super::Result;
use super::journal::count;

/// Parks a record, unless it is already; an entry of `node` builds on what is not here.
///
/// # Errors
/// When the store does not answer.
pub fn keep(db: &Connection, record: i64, node: &str, now_ms: i64) -> Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO parked(record, node, since) VALUES (?1, ?2, ?3)")?
        .execute(params![record, node, now_ms])?;
    Ok(())
}

/// The record could be derived: nothing is missing any longer.
///
/// # Errors
/// When the store does not answer.
pub fn end(db: &Connection, record: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM parked WHERE record = ?1")?
        .execute([record])?;
    Ok(())
}

/// Whether the record is parked.
///
/// # Errors
/// When the store does not answer.
pub fn is(db: &Connection, record: i64) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM parked WHERE record = ?1)")?
        .query_row([record], |r| r.get(0))?)
}

/// How many records are parked for entries of that node.
///
/// # Errors
/// When the store does not answer.
pub fn of_node(db: &Connection, node: &str) -> Result<u64> {
    Ok(db
        .prepare_cached("SELECT count(*) FROM parked WHERE node = ?1")?
        .query_row([node], |r| r.get(0).map(count))?)
}

/// Whether a change with this body is among what is here of the record.
///
/// # Errors
/// When the store does not answer.
pub fn is_here(db: &Connection, record: i64, change: ChangeId) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM entry WHERE record = ?1 AND change = ?2 AND length(body) > 0)",
        )?
        .query_row(params![record, change.0], |r| r.get(0))?)
}

/// How many records are parked, and since when the oldest is, milliseconds since 1970.
///
/// # Errors
/// When the store does not answer.
pub fn figures(db: &Connection) -> Result<(u64, Option<i64>)> {
    Ok(db
        .prepare_cached("SELECT count(*), min(since) FROM parked")?
        .query_row([], |r| Ok((count(r.get(0)?), r.get(1)?)))?)
}

/// Parked records, those of longest standing first: id, whose entry, since when.
///
/// # Errors
/// When the store does not answer.
pub fn list(db: &Connection, limit: u32) -> Result<Vec<(RecordId, String, i64)>> {
    let mut rows = db.prepare_cached(
        "SELECT r.id, p.node, p.since FROM parked p JOIN record r USING (record) ORDER BY p.since LIMIT ?1",
    )?;
    Ok(rows
        .query_map([limit], |r| Ok((RecordId(r.get(0)?), r.get(1)?, r.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?)
}
