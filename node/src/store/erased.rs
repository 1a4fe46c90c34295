//! Records that were erased: known as that for good, so that whatever of them comes later loses
//! its body. Places, record and change ids stay, so that every root and proof still holds.

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::erasure::MAGIC;
use vereda_sync::id::RecordId;

use super::{Result, derived, parked};

/// Whether the record in that row was erased.
///
/// # Errors
/// When the store does not answer.
pub fn is(db: &Connection, record: i64) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM erased WHERE record = ?1)")?
        .query_row([record], |r| r.get(0))?)
}

/// Whether the record with that id was erased.
///
/// # Errors
/// When the store does not answer.
pub fn is_id(db: &Connection, record: RecordId) -> Result<bool> {
    let row = super::records::find_record(db, record)?;
    row.map_or(Ok(false), |row| is(db, row))
}

/// How many records were erased.
///
/// # Errors
/// When the store does not answer.
pub fn count(db: &Connection) -> Result<u64> {
    Ok(db
        .prepare_cached("SELECT count(*) FROM erased")?
        .query_row([], |r| r.get(0).map(super::journal::count))?)
}

/// The erasures, as the hub put its seal to them, each with the row of its record.
///
/// # Errors
/// When the store does not answer.
pub fn all(db: &Connection) -> Result<Vec<(i64, Vec<u8>)>> {
    let mut rows = db.prepare_cached("SELECT record, statement FROM erased ORDER BY record")?;
    Ok(rows
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Whether a photograph went with the record that named it.
///
/// # Errors
/// When the store does not answer.
pub fn is_blob(db: &Connection, blob: &[u8]) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM erased_blob WHERE blob = ?1)")?
        .query_row([blob], |r| r.get(0))?)
}

/// Erases a record: bodies, what is derived, drafts, photographs that it alone names. Gives
/// whether that was new. What is deleted is overwritten; the log that the database writes ahead
/// still has it until [`super::Store::let_go_of_the_past`].
///
/// # Errors
/// When the store does not answer.
pub fn apply(db: &Connection, row: i64, id: RecordId, statement: &[u8]) -> Result<bool> {
    if is(db, row)? {
        return Ok(false);
    }
    db.pragma_update(None, "secure_delete", "ON")?;
    let done = forget(db, row, id, true);
    db.pragma_update(None, "secure_delete", "OFF")?;
    done?;
    db.prepare_cached("INSERT INTO erased(record, statement) VALUES (?1, ?2)")?
        .execute(params![row, statement])?;
    Ok(true)
}

/// Deletes all of a record but its places and ids. `for_good`: its photographs are not taken in again.
pub(super) fn forget(db: &Connection, row: i64, id: RecordId, for_good: bool) -> Result<()> {
    super::leave_past(db)?;
    super::agencies::forget(db, row)?;
    let form = id.to_string();
    let mut photographs = db.prepare_cached(
        "SELECT n.blob FROM named n WHERE n.record = ?1
         AND NOT EXISTS (SELECT 1 FROM named o WHERE o.blob = n.blob AND o.record <> ?1)
         UNION SELECT a.blob FROM attachment a WHERE a.form = ?2
         AND NOT EXISTS (SELECT 1 FROM named o WHERE o.blob = a.blob AND o.record <> ?1)",
    )?;
    let photographs: Vec<[u8; 32]> = photographs
        .query_map(params![row, form], |r| r.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for blob in photographs {
        let pieces: Option<Vec<u8>> = db
            .prepare_cached("SELECT pieces FROM blob WHERE blob = ?1")?
            .query_row([blob], |r| r.get(0))
            .optional()?;
        for key in pieces.iter().map(Vec::as_slice).chain([&blob[..]]) {
            super::blob::drop_pieces(db, key)?;
        }
        db.execute("DELETE FROM attachment WHERE blob = ?1", [blob])?;
        db.execute("DELETE FROM blob WHERE blob = ?1", [blob])?;
        if for_good {
            db.execute(
                "INSERT OR IGNORE INTO erased_blob(blob) VALUES (?1)",
                [blob],
            )?;
        }
    }
    db.execute("DELETE FROM attachment WHERE form = ?1", [&form])?;
    db.execute("DELETE FROM draft WHERE form = ?1", [&form])?;
    db.execute("DELETE FROM undo WHERE form = ?1", [&form])?;
    db.execute(
        "UPDATE entry SET body = x'' WHERE record = ?1 AND substr(body, 1, 4) <> ?2",
        params![row, MAGIC],
    )?;
    db.execute(
        "UPDATE quarantine SET bytes = x'', verdict = coalesce(verdict, 'its record was erased')
         WHERE record = ?1",
        [id.0],
    )?;
    derived::forget(db, row)?;
    super::rulings::forget(db, row)?;
    parked::end(db, row)
}
