//! At the hub: what is over and kept no longer, what is held back from that, and how much went by which rule.

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::id::RecordId;

use super::journal::{count, signed};
use super::purged::Candidate;
use super::{Result, statistics};

/// Since version 12. Derived of nothing: what it says of is gone.
pub(super) const RETENTION: &str = "
-- Records that are erased by no rule: somebody said why, and who.
CREATE TABLE hold (record INTEGER PRIMARY KEY, why TEXT NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL);
-- How many records went, by rule and day.
CREATE TABLE erased_by_rule (rule TEXT NOT NULL, day TEXT NOT NULL, records INTEGER NOT NULL, PRIMARY KEY (rule, day)) WITHOUT ROWID;
-- What they had added to the figures, which say nothing of anybody and stay.
CREATE TABLE counted_past (
    record INTEGER PRIMARY KEY, month TEXT NOT NULL, region TEXT NOT NULL, service TEXT NOT NULL, spot TEXT NOT NULL,
    what INTEGER NOT NULL
);
";

/// Nothing was heard of it since `?1`, nothing of it waits for an answer, nobody holds it back, and its agency was told
/// (if, `?2`, agencies are told here at all).
const AT_REST: &str = "r.dirty = 0 AND r.record NOT IN (SELECT record FROM erased) AND r.record NOT IN (SELECT record FROM hold)
    AND NOT EXISTS (SELECT 1 FROM conflict c WHERE c.record = r.record OR c.other = r.record)
    AND NOT EXISTS (SELECT 1 FROM task t WHERE t.record = r.record AND t.why = 'asked')
    AND NOT EXISTS (SELECT 1 FROM complaint p WHERE p.record = r.record AND p.open = 1)
    AND (NOT ?2 OR r.record NOT IN (SELECT record FROM agency_due))
    AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.record = r.record AND e.at >= ?1)";

/// Requests of a service that nobody works at any longer, and of which nothing was heard since then (milliseconds since
/// 1970); the longest untouched first.
///
/// # Errors
/// When the store does not answer.
pub fn requests(
    db: &Connection,
    (before_ms, tells): (i64, bool),
    service: &str,
    limit: u32,
) -> Result<Vec<Candidate>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT r.record, r.id FROM request q JOIN record r USING (record)
         WHERE q.number IS NOT NULL AND q.changed < ?1 AND q.service = ?3
         AND q.life IN ('recorded', 'withdrawn', 'forwarded', 'accepted', 'refused', 'completed') AND {AT_REST}
         ORDER BY q.changed LIMIT ?4"
    ))?;
    let found = rows.query_map(params![before_ms, tells, service, limit], candidate)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Attendances that ended before then, of which no request is here.
///
/// # Errors
/// When the store does not answer.
pub fn attendances(
    db: &Connection,
    (before_ms, tells): (i64, bool),
    limit: u32,
) -> Result<Vec<Candidate>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT r.record, r.id FROM attendance a JOIN record r USING (record)
         WHERE a.closed = 1 AND a.opened < ?1 AND coalesce(a.ended, a.opened) < ?1
         AND NOT EXISTS (SELECT 1 FROM request q WHERE q.attendance = a.id) AND {AT_REST}
         ORDER BY a.opened LIMIT ?3"
    ))?;
    let found = rows.query_map(params![before_ms, tells, limit], candidate)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn candidate(row: &rusqlite::Row<'_>) -> rusqlite::Result<Candidate> {
    Ok(Candidate {
        row: row.get(0)?,
        id: RecordId(row.get(1)?),
    })
}

/// The services of which there are requests.
///
/// # Errors
/// When the store does not answer.
pub fn services(db: &Connection) -> Result<Vec<String>> {
    let mut rows = db.prepare_cached("SELECT DISTINCT service FROM request ORDER BY service")?;
    Ok(rows
        .query_map([], |r| r.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Keeps what a record that goes by rule added to the figures; before it goes.
///
/// # Errors
/// When the store does not answer.
pub fn keep_figures(db: &Connection, row: i64) -> Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO counted_past SELECT record, month, region, service, spot, what FROM counted WHERE record = ?1")?
        .execute([row])?;
    statistics::add_past(db, Some(row))
}

/// So many records went by a rule on a day.
///
/// # Errors
/// When the store does not answer.
pub fn keep_erased(db: &Connection, rule: &str, day: &str, records: u64) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO erased_by_rule(rule, day, records) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET records = records + excluded.records",
    )?
    .execute(params![rule, day, signed(records)])?;
    Ok(())
}

/// How many records went by each rule, and on which day the last of them.
///
/// # Errors
/// When the store does not answer.
pub fn erased(db: &Connection) -> Result<Vec<(String, u64, String)>> {
    let mut rows =
        db.prepare_cached("SELECT rule, sum(records), max(day) FROM erased_by_rule GROUP BY rule")?;
    let rows = rows.query_map([], |r| Ok((r.get(0)?, count(r.get(1)?), r.get(2)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Why a record is held back from every rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its row.
    pub record: i64,
    /// Why.
    pub why: String,
    /// Who said so: id and name.
    pub who: (String, String),
    /// When, milliseconds since 1970.
    pub at_ms: i64,
}

/// Holds a record back.
///
/// # Errors
/// When the store does not answer.
pub fn hold(db: &Connection, hold: &Hold) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO hold(record, why, person, name, at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        hold.record,
        hold.why,
        hold.who.0,
        hold.who.1,
        hold.at_ms
    ])?;
    Ok(())
}

/// Holds it back no longer; gives whether it was.
///
/// # Errors
/// When the store does not answer.
pub fn let_go(db: &Connection, record: i64) -> Result<bool> {
    Ok(db
        .prepare_cached("DELETE FROM hold WHERE record = ?1")?
        .execute([record])?
        > 0)
}

/// All that is held back, the latest first; at most 500.
///
/// # Errors
/// When the store does not answer.
pub fn held(db: &Connection) -> Result<Vec<Hold>> {
    let mut rows = db.prepare_cached(
        "SELECT record, why, person, name, at FROM hold ORDER BY at DESC, record LIMIT 500",
    )?;
    let rows = rows.query_map([], |r| {
        Ok(Hold {
            record: r.get(0)?,
            why: r.get(1)?,
            who: (r.get(2)?, r.get(3)?),
            at_ms: r.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The record of the request with that number.
///
/// # Errors
/// When the store does not answer.
pub fn numbered(db: &Connection, number: &str) -> Result<Option<i64>> {
    Ok(db
        .prepare_cached("SELECT record FROM request WHERE number = ?1")?
        .query_row([number], |r| r.get(0))
        .optional()?)
}
