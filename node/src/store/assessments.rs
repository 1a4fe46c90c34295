//! Assessments of spots against the standards of service, derived from their records.

use rusqlite::{Connection, params};
use vereda_sync::hlc::Hlc;
use vereda_sync::id::RecordId;
use vereda_sync::record::assessment::Assessment;

use super::Result;

/// Derives an assessment anew.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(
    db: &Connection,
    row: i64,
    id: RecordId,
    own: bool,
    assessment: &Assessment,
) -> Result<()> {
    let recorded = assessment.recorded.as_ref();
    db.prepare_cached(
        "INSERT OR REPLACE INTO assessment(record, id, own, node, begun, recorded, dropped)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        row,
        id.0,
        own,
        assessment.node,
        assessment.opened.at.unix_ms(),
        recorded.map(|r| Hlc::unix_ms(r.act.at)),
        assessment.dropped
    ])?;
    db.prepare_cached("DELETE FROM remedy WHERE record = ?1")?
        .execute([row])?;
    let mut insert = db
        .prepare_cached("INSERT INTO remedy(record, standard, own, due) VALUES (?1, ?2, ?3, ?4)")?;
    for found in assessment.owed() {
        insert.execute(params![row, found.standard, own, found.by])?;
    }
    Ok(())
}

fn ids(db: &Connection, rest: &str, params: impl rusqlite::Params) -> Result<Vec<RecordId>> {
    let mut rows = db.prepare_cached(&format!("SELECT id FROM assessment {rest}"))?;
    let found = rows.query_map(params, |r| r.get(0).map(RecordId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Assessments of this node that are being answered, the latest first.
///
/// # Errors
/// When the store does not answer.
pub fn drafts(db: &Connection) -> Result<Vec<RecordId>> {
    ids(
        db,
        "WHERE own AND recorded IS NULL AND NOT dropped ORDER BY begun DESC LIMIT 10",
        [],
    )
}

/// Assessments of a node that were recorded, the latest first.
///
/// # Errors
/// When the store does not answer.
pub fn of_node(db: &Connection, node: &str, limit: u32) -> Result<Vec<RecordId>> {
    ids(
        db,
        "WHERE node = ?1 AND recorded IS NOT NULL ORDER BY recorded DESC LIMIT ?2",
        params![node, limit],
    )
}

/// Nodes with one that was recorded.
///
/// # Errors
/// When the store does not answer.
pub fn nodes(db: &Connection) -> Result<Vec<String>> {
    let mut rows = db.prepare_cached(
        "SELECT DISTINCT node FROM assessment WHERE recorded IS NOT NULL ORDER BY node LIMIT 2000",
    )?;
    let found = rows.query_map([], |r| r.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// What this node owes until that day: assessment and standard, what is due first.
///
/// # Errors
/// When the store does not answer.
pub fn owed(db: &Connection, until: &str) -> Result<Vec<(RecordId, String)>> {
    let mut rows = db.prepare_cached(
        "SELECT a.id, r.standard FROM remedy r JOIN assessment a USING (record)
         WHERE r.own AND r.due <= ?1 ORDER BY r.due, r.record, r.standard LIMIT 50",
    )?;
    let found = rows.query_map([until], |r| Ok((RecordId(r.get(0)?), r.get(1)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
