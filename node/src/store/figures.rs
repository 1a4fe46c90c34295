//! What happened in a time, to be counted.

use rusqlite::{Connection, params};

use super::Result;
use super::journal::count;

/// An attendance of this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attended {
    /// When it began, milliseconds since 1970.
    pub opened_ms: i64,
    /// When it was closed, milliseconds since 1970.
    pub ended_ms: Option<i64>,
    /// How long its citizen waited for their turn, in seconds.
    pub waited_s: Option<u64>,
}

/// Attendances of this node that began from then until then; those that were on paper first by when that was,
/// and how long they took is not known.
///
/// # Errors
/// When the store does not answer.
pub fn attended(db: &Connection, from_ms: i64, to_ms: i64) -> Result<Vec<Attended>> {
    // Open and closed ones each have an index of their own.
    let of = |closed| {
        format!(
            "SELECT opened, ended, waited FROM attendance a
             WHERE closed = {closed} AND opened >= ?1 AND opened < ?2 AND own
             AND NOT EXISTS (SELECT 1 FROM late l WHERE l.record = a.record)"
        )
    };
    let late = "SELECT l.at, NULL, NULL FROM late l JOIN attendance a USING (record)
         WHERE l.own AND l.at >= ?1 AND l.at < ?2";
    let all = format!("{} UNION ALL {} UNION ALL {late}", of(0), of(1));
    let mut rows = db.prepare_cached(&all)?;
    let found = rows.query_map(params![from_ms, to_ms], |r| {
        Ok(Attended {
            opened_ms: r.get(0)?,
            ended_ms: r.get(1)?,
            waited_s: r.get::<_, Option<i64>>(2)?.map(count),
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// A request recorded at this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The service.
    pub service: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// Whether it was withdrawn since.
    pub withdrawn: bool,
}

/// Requests recorded at this node from then until then; those that were on paper first by when that was.
///
/// # Errors
/// When the store does not answer.
pub fn recorded(db: &Connection, from_ms: i64, to_ms: i64) -> Result<Vec<Recorded>> {
    let mut rows = db.prepare_cached(
        "SELECT service, at, life = 'withdrawn' FROM request INDEXED BY request_recorded
         WHERE number IS NOT NULL AND own AND at >= ?1 AND at < ?2
         AND NOT EXISTS (SELECT 1 FROM late l WHERE l.record = request.record)
         UNION ALL SELECT q.service, l.at, q.life = 'withdrawn' FROM late l JOIN request q USING (record)
         WHERE l.own AND l.at >= ?1 AND l.at < ?2 AND q.number IS NOT NULL",
    )?;
    let found = rows.query_map(params![from_ms, to_ms], |r| {
        Ok(Recorded {
            service: r.get(0)?,
            at_ms: r.get(1)?,
            withdrawn: r.get(2)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The numbers that this node gave since then: number, service, when in milliseconds since 1970; at most so many.
///
/// # Errors
/// When the store does not answer.
pub fn numbers_since(
    db: &Connection,
    from_ms: i64,
    limit: u32,
) -> Result<Vec<(String, String, i64)>> {
    let mut rows = db.prepare_cached(
        "SELECT number, service, at FROM request INDEXED BY request_recorded
         WHERE number IS NOT NULL AND own AND at >= ?1 ORDER BY at LIMIT ?2",
    )?;
    let found = rows.query_map(params![from_ms, limit], |r| {
        Ok((r.get(0)?, r.get(1)?, r.get(2)?))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
