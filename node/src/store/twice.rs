//! Requests of this spot that seem to be made at another one too, and those of which a desk said that both stay.

use rusqlite::{Connection, params};
use vereda_sync::duplicate::Keys;
use vereda_sync::id::RecordId;

use super::Result;
use super::derived::alike;

/// Looks anew for what seems the same as a request: pairs of one that is ours and one that is not. `left`: of which others it
/// says that both stay.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(
    db: &Connection,
    (row, id, own): (i64, RecordId, bool),
    keys: Option<&Keys>,
    left: &[RecordId],
) -> Result<()> {
    alike::keep(db, row, keys)?;
    db.prepare_cached("DELETE FROM twice WHERE record = ?1 OR other = ?1")?
        .execute([row])?;
    db.prepare_cached("DELETE FROM left_both WHERE record = ?1")?
        .execute([row])?;
    for other in left {
        db.prepare_cached("INSERT OR IGNORE INTO left_both(record, other) VALUES (?1, ?2)")?
            .execute(params![row, other.to_string()])?;
    }
    let Some(keys) = keys else {
        return Ok(());
    };
    let mut insert = db.prepare_cached(
        "INSERT OR IGNORE INTO twice(record, other, at)
         SELECT ?1, ?2, ?3 WHERE (SELECT own FROM request WHERE record = ?1) AND NOT (SELECT own FROM request WHERE record = ?2)
         AND NOT EXISTS (SELECT 1 FROM left_both WHERE record = ?1 AND other = ?4 OR record = ?2 AND other = ?5)",
    )?;
    for one in alike::find(db, (row, id), keys)? {
        let at = keys.at_ms.max(one.at_ms);
        let (ours, theirs) = match own {
            true => ((row, id), (one.row, one.id)),
            false => ((one.row, one.id), (row, id)),
        };
        insert.execute(params![
            ours.0,
            theirs.0,
            at,
            theirs.1.to_string(),
            ours.1.to_string()
        ])?;
    }
    Ok(())
}

/// Pairs of ours and another's that seem the same, latest first: ids, hex.
///
/// # Errors
/// When the store does not answer.
pub fn all(db: &Connection, limit: u32) -> Result<Vec<(String, String)>> {
    pairs(db, None, limit)
}

/// Those of one request of ours.
///
/// # Errors
/// When the store does not answer.
pub fn of(db: &Connection, row: i64) -> Result<Vec<String>> {
    let found = pairs(db, Some(row), 10)?.into_iter();
    Ok(found.map(|(_, other)| other).collect())
}

fn pairs(db: &Connection, row: Option<i64>, limit: u32) -> Result<Vec<(String, String)>> {
    let mut rows = db.prepare_cached(
        "SELECT q.id, p.id FROM twice t JOIN request q ON q.record = t.record JOIN request p ON p.record = t.other
         WHERE (?2 IS NULL OR t.record = ?2) AND q.life <> 'withdrawn' AND p.life <> 'withdrawn' ORDER BY t.at DESC LIMIT ?1",
    )?;
    let found = rows.query_map(params![limit, row], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
