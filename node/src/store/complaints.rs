//! Requests that are to be answered by a day, derived from their records.

use rusqlite::{Connection, params};
use vereda_sync::record::complaint::Complaint;
use vereda_sync::record::request::Summary;
use vereda_web::desk::port::Answered;

use super::Result;
use super::derived::{self, RequestLine};
use super::journal::count;

/// A complaint as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComplaintLine {
    /// The request that it is.
    pub request: RequestLine,
    /// The last day of its term, `yyyy-mm-dd`.
    pub due: String,
    /// The day on which it was answered.
    pub answered: Option<String>,
}

/// Derives a complaint anew.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(
    db: &Connection,
    row: i64,
    own: bool,
    summary: &Summary,
    complaint: &Complaint,
) -> Result<()> {
    let answered = complaint.answered().map(|day| day.to_string());
    db.prepare_cached(
        "INSERT OR REPLACE INTO complaint(record, own, at, due, answered, open) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        row,
        own,
        summary.at.unix_ms(),
        complaint.due.to_string(),
        answered,
        answered.is_none() && !complaint.is_withdrawn
    ])?;
    Ok(())
}

fn lines(
    db: &Connection,
    found: Vec<(String, String, Option<String>)>,
) -> Result<Vec<ComplaintLine>> {
    let mut lines = Vec::new();
    for (id, due, answered) in found {
        lines.extend(derived::request(db, &id)?.map(|request| ComplaintLine {
            request,
            due,
            answered,
        }));
    }
    Ok(lines)
}

/// Complaints of this node that wait and whose term ends on that day or before, what ends first first; at
/// most 20.
///
/// # Errors
/// When the store does not answer.
pub fn due(db: &Connection, until: &str) -> Result<Vec<ComplaintLine>> {
    let mut rows = db.prepare_cached(
        "SELECT q.id, c.due, c.answered FROM complaint c JOIN request q USING (record)
         WHERE c.open = 1 AND c.due <= ?1 AND c.own ORDER BY c.due, c.record LIMIT 20",
    )?;
    let found = rows.query_map([until], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    lines(db, found.collect::<rusqlite::Result<_>>()?)
}

/// Complaints of this node alone, or of all nodes: first those that wait, by the day on which their
/// term ends; then the others, newest first.
///
/// # Errors
/// When the store does not answer.
pub fn list(db: &Connection, own_only: bool, limit: u32) -> Result<Vec<ComplaintLine>> {
    let of = |which: &str, order: &str| {
        format!(
            "SELECT q.id, c.due, c.answered FROM complaint c JOIN request q USING (record)
             WHERE c.open = {which} AND (c.own OR NOT ?1) ORDER BY {order} LIMIT ?2"
        )
    };
    let mut found: Vec<(String, String, Option<String>)> = Vec::new();
    for sql in [of("1", "c.due, c.record"), of("0", "c.at DESC")] {
        let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(limit));
        let mut rows = db.prepare_cached(&sql)?;
        let rows = rows.query_map(params![own_only, left], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })?;
        found.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    lines(db, found)
}

/// How many wait whose term ended before that day.
///
/// # Errors
/// When the store does not answer.
pub fn late(db: &Connection, today: &str) -> Result<u64> {
    Ok(db
        .prepare_cached("SELECT count(*) FROM complaint WHERE open = 1 AND due < ?1")?
        .query_row([today], |r| r.get(0).map(count))?)
}

/// Complaints recorded at this node from then until then, as they stand on the day `today`. Those that
/// were withdrawn do not count.
///
/// # Errors
/// When the store does not answer.
pub fn between(db: &Connection, from_ms: i64, to_ms: i64, today: &str) -> Result<Answered> {
    let mut rows = db.prepare_cached(
        "SELECT coalesce(sum(answered <= due), 0), coalesce(sum(answered > due), 0),
                coalesce(sum(open AND due >= ?3), 0), coalesce(sum(open AND due < ?3), 0)
         FROM complaint WHERE at >= ?1 AND at < ?2 AND own AND (open OR answered IS NOT NULL)",
    )?;
    Ok(rows.query_row(params![from_ms, to_ms, today], |r| {
        Ok(Answered {
            in_time: count(r.get(0)?),
            too_late: count(r.get(1)?),
            waiting: count(r.get(2)?),
            overdue: count(r.get(3)?),
        })
    })?)
}
