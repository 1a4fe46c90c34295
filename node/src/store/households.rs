//! Who is served with others of their household.

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::id::RecordId;
use vereda_sync::record::household::MAX_MEMBERS;

use super::Result;

/// Keeps to whose household an attendance or a request says that it belongs.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(db: &Connection, row: i64, household: Option<RecordId>) -> Result<()> {
    let Some(household) = household else {
        db.prepare_cached("DELETE FROM household WHERE record = ?1")?
            .execute([row])?;
        return Ok(());
    };
    db.prepare_cached("INSERT OR REPLACE INTO household(record, household) VALUES (?1, ?2)")?
        .execute(params![row, household.to_string()])?;
    Ok(())
}

/// Somebody of a household, by their attendance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberLine {
    /// Id of the attendance, hex.
    pub attendance: String,
    /// Their name, once known.
    pub citizen: Option<String>,
    /// Whether the attendance was closed.
    pub closed: bool,
    /// Whether it was begun at this node.
    pub own: bool,
}

/// By what the others of a request's household know it: what it says, else its attendance.
///
/// # Errors
/// When the store does not answer.
pub fn of_request(db: &Connection, row: i64) -> Result<Option<String>> {
    Ok(db
        .prepare_cached(
            "SELECT coalesce(h.household, q.attendance) FROM request q LEFT JOIN household h USING (record)
             WHERE q.record = ?1",
        )?
        .query_row([row], |r| r.get(0))
        .optional()?
        .flatten())
}

/// The others of a household, in the order in which they came; not who is served in `attendance`.
///
/// # Errors
/// When the store does not answer.
pub fn members(db: &Connection, household: &str, attendance: &str) -> Result<Vec<MemberLine>> {
    let mut rows = db.prepare_cached(
        "SELECT id, citizen, closed, own FROM attendance WHERE id <> ?2 AND record IN (
             SELECT record FROM household WHERE household = ?1 UNION ALL
             SELECT record FROM record_by_id WHERE id = unhex(?1)) ORDER BY opened LIMIT ?3",
    )?;
    let of = |r: &rusqlite::Row<'_>| {
        Ok(MemberLine {
            attendance: r.get(0)?,
            citizen: r.get(1)?,
            closed: r.get(2)?,
            own: r.get(3)?,
        })
    };
    let found = rows.query_map(params![household, attendance, MAX_MEMBERS as u32], of)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
