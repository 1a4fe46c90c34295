//! What this node carries, by why it is here.

use rusqlite::{Connection, params};
use vereda_sync::exchange::LENT;
use vereda_sync::id::RecordId;

use super::Result;
use super::journal::count;

/// Somebody booked or listed for a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The booking, or the resident.
    pub id: RecordId,
    /// Whether it is a resident of a list.
    pub is_resident: bool,
    /// The tour.
    pub tour: RecordId,
    /// Its stop.
    pub stop: String,
    /// Its last planned day, `yyyy-mm-dd`; empty when the tour is not here.
    pub day: String,
}

/// A request that is here for nothing else than that it was lent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lent {
    /// Its record.
    pub id: RecordId,
    /// Its number.
    pub number: String,
    /// Whose it is.
    pub citizen: String,
    /// Until when it may be read, milliseconds since 1970; without, its case went here.
    pub until_ms: Option<i64>,
    /// It was lent for a visit, not as somebody looked it up.
    pub for_visit: bool,
}

/// Requests and attendances of a scope that are here with what they say, each scope once; without those that are
/// only lent.
///
/// # Errors
/// When the store does not answer.
pub fn by_scope(db: &Connection) -> Result<Vec<(String, u64, u64)>> {
    let mut rows = db.prepare_cached(
        "SELECT scope, sum(requests), sum(attendances) FROM (
             SELECT r.scope, 1 AS requests, 0 AS attendances FROM request q JOIN record r USING (record)
                 WHERE q.number IS NOT NULL
             UNION ALL SELECT r.scope, 0, 1 FROM attendance a JOIN record r USING (record))
         WHERE scope <> ?1 GROUP BY scope ORDER BY scope",
    )?;
    let found = rows.query_map([LENT], |r| {
        Ok((r.get(0)?, count(r.get(1)?), count(r.get(2)?)))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Who is booked or listed and not let go of yet, by day; at most so many, and how many there are.
///
/// # Errors
/// When the store does not answer.
pub fn expected(db: &Connection, node: &str, limit: u32) -> Result<(Vec<Expected>, u64)> {
    const ALL: &str = "
        SELECT b.id, 0 AS resident, b.tour, b.stop, b.hour FROM booking b JOIN tour t ON t.id = b.tour AND t.node = ?1
        UNION ALL SELECT s.id, 1, l.tour, l.stop, '' FROM resident s JOIN resident_list l ON l.id = s.list AND l.node = ?1";
    let all = db
        .prepare_cached(&format!("SELECT count(*) FROM ({ALL})"))?
        .query_row([node], |r| r.get(0).map(count))?;
    let mut rows = db.prepare_cached(&format!(
        "SELECT e.id, e.resident, e.tour, e.stop,
                coalesce((SELECT max(v.day) FROM tour t JOIN visit v USING (record) WHERE t.id = e.tour AND v.stop = e.stop), '') AS day
         FROM ({ALL}) e ORDER BY day, e.tour, e.stop, e.resident, e.hour LIMIT ?2"
    ))?;
    let found = rows.query_map(params![node, limit], |r| {
        Ok(Expected {
            id: RecordId(r.get(0)?),
            is_resident: r.get(1)?,
            tour: RecordId(r.get(2)?),
            stop: r.get(3)?,
            day: r.get(4)?,
        })
    })?;
    Ok((found.collect::<rusqlite::Result<_>>()?, all))
}

/// Requests that are here for nothing else than that they were lent, at most so many: those first whose time ends first.
///
/// # Errors
/// When the store does not answer.
pub fn lent(db: &Connection, limit: u32) -> Result<Vec<Lent>> {
    let mut rows = db.prepare_cached(
        "SELECT r.id, coalesce(q.number, ''), q.citizen, (SELECT max(b.until) FROM borrowed b WHERE b.request = r.id) AS until,
                EXISTS (SELECT 1 FROM borrowed b WHERE b.request = r.id AND b.record NOT IN (SELECT record FROM lookup))
         FROM request q JOIN record r USING (record) WHERE r.scope = ?1 ORDER BY until, q.changed DESC LIMIT ?2",
    )?;
    let found = rows.query_map(params![LENT, limit], |r| {
        Ok(Lent {
            id: RecordId(r.get(0)?),
            number: r.get(1)?,
            citizen: r.get(2)?,
            until_ms: r.get(3)?,
            for_visit: r.get(4)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Photographs, and their bytes.
///
/// # Errors
/// When the store does not answer.
pub fn photographs(db: &Connection) -> Result<(u64, u64)> {
    Ok(db
        .prepare_cached("SELECT count(*), coalesce(sum(bytes), 0) FROM blob")?
        .query_row([], |r| Ok((count(r.get(0)?), count(r.get(1)?))))?)
}
