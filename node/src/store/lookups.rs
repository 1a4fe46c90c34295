//! Look-ups beyond what a spot holds, derived from their records; and what is here only because one found it.

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::exchange::LENT;
use vereda_sync::id::RecordId;
use vereda_sync::record::lookup::{Found, Lookup, MAX_FOUND, RECEIPT, State};

use super::{Result, derived, journal};

/// Derives a look-up anew.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(
    db: &Connection,
    row: i64,
    id: RecordId,
    own: bool,
    (node, lookup): (&str, &Lookup),
) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO lookup(record, id, own, node, state, asked) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        row,
        id.0,
        own,
        node,
        lookup.state.code(),
        lookup.asked.at.unix_ms()
    ])?;
    db.prepare_cached("DELETE FROM borrowed WHERE record = ?1")?
        .execute([row])?;
    if let State::Answered(answer) = &lookup.state {
        let mut insert = db.prepare_cached(
            "INSERT OR REPLACE INTO borrowed(record, request, until) VALUES (?1, ?2, ?3)",
        )?;
        for found in &answer.found {
            insert.execute(params![row, found.request.0, answer.until_ms])?;
        }
    }
    Ok(())
}

/// A look-up as lists need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookupLine {
    /// Its record.
    pub id: RecordId,
    /// The hub has proven custody of every entry of it that was written here.
    pub at_hub: bool,
}

fn lines(db: &Connection, rest: &str, params: impl rusqlite::Params) -> Result<Vec<LookupLine>> {
    let at_hub = derived::AT_HUB;
    let mut rows = db.prepare_cached(&format!("SELECT q.id, {at_hub} FROM lookup q {rest}"))?;
    let found = rows.query_map(params, |r| {
        Ok(LookupLine {
            id: RecordId(r.get(0)?),
            at_hub: r.get(1)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The latest look-ups: of this node, or all.
///
/// # Errors
/// When the store does not answer.
pub fn latest(db: &Connection, own: bool, limit: u32) -> Result<Vec<LookupLine>> {
    let of = if own { "WHERE q.own" } else { "" };
    lines(db, &format!("{of} ORDER BY q.asked DESC LIMIT ?1"), [limit])
}

/// One look-up.
///
/// # Errors
/// When the store does not answer.
pub fn one(db: &Connection, id: RecordId) -> Result<Option<LookupLine>> {
    Ok(lines(db, "WHERE q.id = ?1", [id.0])?.pop())
}

/// Look-ups that wait for the hub's answer, oldest first, each with the node that asks.
///
/// # Errors
/// When the store does not answer.
pub fn waiting(db: &Connection, limit: u32) -> Result<Vec<(RecordId, String)>> {
    let mut rows = db.prepare_cached(
        "SELECT id, node FROM lookup WHERE state = 'waits' ORDER BY asked LIMIT ?1",
    )?;
    let found = rows.query_map([limit], |r| Ok((RecordId(r.get(0)?), r.get(1)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// How many look-ups of a node were answered that it asked for since then.
///
/// # Errors
/// When the store does not answer.
pub fn answered_since(db: &Connection, node: &str, since_ms: i64) -> Result<u64> {
    Ok(db
        .prepare_cached(
            "SELECT count(*) FROM lookup WHERE node = ?1 AND asked >= ?2 AND state = 'answered'",
        )?
        .query_row(params![node, since_ms], |r| r.get(0).map(journal::count))?)
}

/// Recorded requests of who has that number, latest first, also those that were withdrawn; and how many more
/// there are.
///
/// # Errors
/// When the store does not answer.
pub fn find(db: &Connection, (by, number): (&str, &str)) -> Result<(Vec<Found>, u64)> {
    let rows = match by {
        RECEIPT => {
            let mut of = db.prepare_cached("SELECT record FROM request WHERE number = ?1")?;
            let rows = of.query_map([number], |r| r.get(0))?;
            rows.collect::<rusqlite::Result<Vec<i64>>>()?
        }
        _ => derived::with_number(db, (by, number))?,
    };
    let mut one = db.prepare_cached(
        "SELECT r.id, q.number, q.service, q.spot, q.at FROM request q JOIN record r USING (record)
         WHERE q.record = ?1 AND q.number IS NOT NULL",
    )?;
    let mut found = Vec::new();
    for row in rows {
        let request = one.query_row([row], |r| {
            let found = Found {
                request: RecordId(r.get(0)?),
                number: r.get(1)?,
                service: r.get(2)?,
                spot: r.get(3)?,
            };
            Ok((r.get::<_, i64>(4)?, found))
        });
        found.extend(request.optional()?);
    }
    found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let more = found.len().saturating_sub(MAX_FOUND) as u64;
    let found = found.into_iter().take(MAX_FOUND);
    Ok((found.map(|(_, found)| found).collect(), more))
}

/// Of a request: until when it is lent to be read, where it is here for nothing else.
const LENT_UNTIL: &str = "
    SELECT max(b.until) FROM borrowed b JOIN record r ON r.record = (SELECT record FROM record_by_id WHERE id = ?1)
    WHERE b.request = ?1 AND r.scope = ?2";

/// What is here for nothing else, and was lent until then.
const OVERDUE: &str = "
    SELECT r.record, r.id FROM borrowed b JOIN record r ON r.record = (SELECT record FROM record_by_id WHERE id = b.request)
    WHERE r.scope = ?1 AND r.record NOT IN (SELECT record FROM purged)
    AND r.record NOT IN (SELECT record FROM erased)
    GROUP BY r.record HAVING max(b.until) <= ?2";

/// Until when a record may be read here that is only here because it was looked up, milliseconds since
/// 1970; `None` when it is here anyway.
///
/// # Errors
/// When the store does not answer.
pub fn lent_until(db: &Connection, request: RecordId) -> Result<Option<i64>> {
    Ok(db
        .prepare_cached(LENT_UNTIL)?
        .query_row(params![request.0, LENT], |r| r.get(0))?)
}

/// What was only here because it was looked up, and may not be read any longer.
///
/// # Errors
/// When the store does not answer.
pub fn overdue(db: &Connection, now_ms: i64) -> Result<Vec<(i64, RecordId)>> {
    let mut rows = db.prepare_cached(OVERDUE)?;
    let found = rows.query_map(params![LENT, now_ms], |r| {
        Ok((r.get(0)?, RecordId(r.get(1)?)))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lent_is_found_without_going_through_all_records() {
        let db = Connection::open_in_memory().unwrap();
        super::super::schema::migrate(&db).unwrap();
        for query in [LENT_UNTIL, OVERDUE] {
            let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
            let steps = plan
                .query_map(params![[0_u8; 32], 0], |r| r.get(3))
                .unwrap();
            let steps: Vec<String> = steps.collect::<rusqlite::Result<_>>().unwrap();
            for table in ["record", "r"] {
                let whole = |s: &String| {
                    s == &format!("SCAN {table}") || s.starts_with(&format!("SCAN {table} "))
                };
                assert!(!steps.iter().any(whole), "{steps:?}");
            }
            let by_row = "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)";
            assert!(steps.iter().any(|s| s == by_row), "{steps:?}");
            let of_id = |s: &String| s.contains("INDEX record_settled (id=?)");
            assert!(steps.iter().any(of_id), "{steps:?}");
        }
    }
}
