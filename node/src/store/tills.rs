//! The tills and payments of this node's desks, derived from their records.

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::id::RecordId;
use vereda_sync::record::till::{Till, What};

use super::Result;
use super::journal::{count, signed};

/// A till as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TillLine {
    /// Id of the record.
    pub id: RecordId,
    /// Its day, `yyyy-mm-dd`.
    pub day: String,
    /// Counted less expected, in cents; `None` while it is open.
    pub difference: Option<i64>,
}

/// Derives a till anew.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(db: &Connection, row: i64, id: RecordId, own: bool, till: &Till) -> Result<()> {
    let difference = till.closed.as_ref().map(|closing| closing.difference());
    db.prepare_cached(
        "INSERT OR REPLACE INTO till(record, id, own, day, opened, difference) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        row,
        id.0,
        own,
        till.day,
        till.opened.at.unix_ms(),
        difference
    ])?;
    db.prepare_cached("DELETE FROM payment WHERE record = ?1")?
        .execute([row])?;
    let mut insert = db.prepare_cached(
        "INSERT OR REPLACE INTO payment(record, n, request, at) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for movement in &till.movements {
        let is_void = matches!(movement.what, What::Voided { .. });
        if is_void || movement.voided_by.is_some() || movement.request.is_empty() {
            continue;
        }
        let at = movement.act.at.unix_ms();
        insert.execute(params![row, signed(movement.n), movement.request, at])?;
    }
    Ok(())
}

/// The till of this node that is open: the one opened last.
///
/// # Errors
/// When the store does not answer.
pub fn open(db: &Connection) -> Result<Option<RecordId>> {
    one(
        db,
        "SELECT id FROM till WHERE own AND difference IS NULL ORDER BY opened DESC LIMIT 1",
        [],
    )
}

/// The till of this node on that day.
///
/// # Errors
/// When the store does not answer.
pub fn of_day(db: &Connection, day: &str) -> Result<Option<RecordId>> {
    one(
        db,
        "SELECT id FROM till WHERE own AND day = ?1 ORDER BY opened LIMIT 1",
        [day],
    )
}

fn one(db: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Option<RecordId>> {
    Ok(db
        .prepare_cached(sql)?
        .query_row(params, |r| r.get(0).map(RecordId))
        .optional()?)
}

/// The last tills of this node, newest first.
///
/// # Errors
/// When the store does not answer.
pub fn last(db: &Connection, limit: u32) -> Result<Vec<TillLine>> {
    let mut rows = db.prepare_cached(
        "SELECT id, day, difference FROM till WHERE own ORDER BY opened DESC LIMIT ?1",
    )?;
    let found = rows.query_map([limit], |r| {
        Ok(TillLine {
            id: RecordId(r.get(0)?),
            day: r.get(1)?,
            difference: r.get(2)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Where a request was paid for: the till, and the number of the movement. The last, if there
/// are several.
///
/// # Errors
/// When the store does not answer.
pub fn payment_of(db: &Connection, request: &str) -> Result<Option<(RecordId, u64)>> {
    Ok(db
        .prepare_cached(
            "SELECT t.id, p.n FROM payment p JOIN till t USING (record) WHERE p.request = ?1
             ORDER BY p.at DESC LIMIT 1",
        )?
        .query_row([request], |r| Ok((RecordId(r.get(0)?), count(r.get(1)?))))
        .optional()?)
}
