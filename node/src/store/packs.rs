//! Packs of blank forms on paper, and what was entered from them, derived from their records.

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::id::RecordId;
use vereda_sync::record::late::Late;
use vereda_sync::record::pack::Pack;

use super::Result;
use super::journal::count;

/// Derives a pack anew.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(db: &Connection, row: i64, id: RecordId, pack: &Pack) -> Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO pack(record, id, node, at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![row, id.0, pack.node, pack.opened.at.unix_ms()])?;
    db.prepare_cached("DELETE FROM blank WHERE record = ?1")?
        .execute([row])?;
    let mut insert = db.prepare_cached(
        "INSERT INTO blank(record, number, service, voided) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for blank in &pack.blanks {
        insert.execute(params![
            row,
            blank.number,
            blank.service,
            blank.voided.is_some()
        ])?;
    }
    Ok(())
}

/// Keeps that an attendance or a request stood on paper first.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put_late(db: &Connection, row: i64, own: bool, late: Option<&Late>) -> Result<()> {
    let Some(late) = late else { return Ok(()) };
    db.prepare_cached(
        "INSERT OR REPLACE INTO late(record, number, own, at) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![row, late.number, own, late.at_ms])?;
    Ok(())
}

/// How many forms of a pack are what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Still blank, as far as is known here.
    pub blank: u64,
    /// There is a request with the number.
    pub entered: u64,
    /// Voided, and not entered.
    pub voided: u64,
}

/// The packs that are known here, the latest first, those of this node before others; at most so many.
///
/// # Errors
/// When the store does not answer.
pub fn packs(db: &Connection, node: &str, limit: u32) -> Result<Vec<(RecordId, Tally)>> {
    let mut rows = db.prepare_cached(
        "SELECT p.id, p.record FROM pack p ORDER BY p.node <> ?1, p.at DESC, p.record DESC LIMIT ?2",
    )?;
    let found = rows.query_map(params![node, limit], |r| {
        Ok((RecordId(r.get(0)?), r.get::<_, i64>(1)?))
    })?;
    let found: Vec<(RecordId, i64)> = found.collect::<rusqlite::Result<_>>()?;
    found
        .into_iter()
        .map(|(id, row)| Ok((id, tally(db, row)?)))
        .collect()
}

fn tally(db: &Connection, pack: i64) -> Result<Tally> {
    let mut of = db.prepare_cached(
        "SELECT coalesce(sum(is_in), 0), coalesce(sum(voided AND NOT is_in), 0), count(*) FROM (
             SELECT b.voided, EXISTS (SELECT 1 FROM request q WHERE q.number = b.number) AS is_in
             FROM blank b WHERE b.record = ?1)",
    )?;
    Ok(of.query_row([pack], |r| {
        let [entered, voided, all] = [r.get(0)?, r.get(1)?, r.get(2)?].map(count);
        Ok(Tally {
            blank: all - entered - voided,
            entered,
            voided,
        })
    })?)
}

/// The pack that holds the form with that number; one of that node before others.
///
/// # Errors
/// When the store does not answer.
pub fn with_number(db: &Connection, node: &str, number: &str) -> Result<Option<RecordId>> {
    let mut found = db.prepare_cached(
        "SELECT p.id FROM blank b JOIN pack p USING (record) WHERE b.number = ?1
         ORDER BY p.node <> ?2, p.record LIMIT 1",
    )?;
    let id = found.query_row(params![number, node], |r| r.get(0).map(RecordId));
    Ok(id.optional()?)
}

/// The open attendance of this node in which that number is being entered, hex.
///
/// # Errors
/// When the store does not answer.
pub fn being_entered(db: &Connection, number: &str) -> Result<Option<String>> {
    let mut open = db.prepare_cached(
        "SELECT a.id FROM late l JOIN attendance a USING (record)
         WHERE l.number = ?1 AND a.own AND NOT a.closed ORDER BY a.record LIMIT 1",
    )?;
    Ok(open.query_row([number], |r| r.get(0)).optional()?)
}

/// Whether a request of that attendance was begun from the form with that number.
///
/// # Errors
/// When the store does not answer.
pub fn is_begun(db: &Connection, attendance: &str, number: &str) -> Result<bool> {
    let mut begun = db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM late l JOIN request q USING (record)
         WHERE l.number = ?2 AND q.attendance = ?1)",
    )?;
    Ok(begun.query_row([attendance, number], |r| r.get(0))?)
}

/// The other requests that were recorded under that number: id, hex.
///
/// # Errors
/// When the store does not answer.
pub fn recorded_under(db: &Connection, number: &str, but: &str) -> Result<Vec<String>> {
    let mut rows = db.prepare_cached(
        "SELECT id FROM request WHERE number = ?1 AND id <> ?2 ORDER BY record LIMIT 10",
    )?;
    let found = rows.query_map(params![number, but], |r| r.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
