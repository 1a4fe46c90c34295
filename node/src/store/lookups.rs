//! Look-ups beyond what a spot holds, derived from their records; and what is here only because one found it.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::exchange::LENT;
use vereda_sync::id::{JournalId, RecordId};
use vereda_sync::record::lookup::{Answered, Found, Lookup, MAX_FOUND, RECEIPT};

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
    borrow(db, row, lookup.lent())
}

/// Derives what is lent for a record.
pub(super) fn borrow<'a>(
    db: &Connection,
    row: i64,
    answers: impl Iterator<Item = &'a Answered>,
) -> Result<()> {
    db.prepare_cached("DELETE FROM borrowed WHERE record = ?1")?
        .execute([row])?;
    let mut lent: BTreeMap<RecordId, i64> = BTreeMap::new();
    for answer in answers {
        for found in &answer.found {
            let until_ms = lent.entry(found.request).or_insert(answer.until_ms);
            *until_ms = answer.until_ms.max(*until_ms);
        }
    }
    let mut insert =
        db.prepare_cached("INSERT INTO borrowed(record, request, until) VALUES (?1, ?2, ?3)")?;
    for (request, until_ms) in lent {
        insert.execute(params![row, request.0, until_ms])?;
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

/// Look-ups of a node that wait for the hub's answer, oldest first.
///
/// # Errors
/// When the store does not answer.
pub fn waiting_of(db: &Connection, node: &str, limit: u32) -> Result<Vec<RecordId>> {
    let mut rows = db.prepare_cached(
        "SELECT id FROM lookup WHERE node = ?1 AND state = 'waits' ORDER BY asked LIMIT ?2",
    )?;
    let found = rows.query_map(params![node, limit], |r| Ok(RecordId(r.get(0)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// How many look-ups of a node are known that it asked for since then.
///
/// # Errors
/// When the store does not answer.
pub fn asked_since(db: &Connection, node: &str, since_ms: i64) -> Result<u64> {
    Ok(db
        .prepare_cached("SELECT count(*) FROM lookup WHERE node = ?1 AND asked >= ?2")?
        .query_row(params![node, since_ms], |r| r.get(0).map(journal::count))?)
}

/// Places of all that is here of what a node looked up and may still read, each with until when, and that it
/// does not hold anyway; at most 10,000 of them.
///
/// # Errors
/// When the store does not answer.
pub fn loans(
    db: &Connection,
    (node, holds): (&str, &[String]),
    now_ms: i64,
) -> Result<Vec<((JournalId, u64), i64)>> {
    let mut rows = db.prepare_cached(LOANS)?;
    let found = rows.query_map(params![node, now_ms, LENT], |r| {
        let scope: String = r.get(0)?;
        let place = (JournalId(r.get(1)?), r.get(2).map(journal::count)?);
        Ok((scope, (place, r.get(3)?)))
    })?;
    let mut out = Vec::new();
    for found in found {
        let (scope, loan) = found?;
        if !holds.contains(&scope) && out.len() < MAX_LOANS {
            out.push(loan);
        }
    }
    Ok(out)
}

/// Whether a record is to be read here, as it was looked up.
///
/// # Errors
/// When the store does not answer.
pub fn is_borrowed(db: &Connection, request: RecordId, now_ms: i64) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM borrowed b JOIN lookup q USING (record)
             WHERE b.request = ?1 AND b.until > ?2 AND q.own)",
        )?
        .query_row(params![request.0, now_ms], |r| r.get(0))?)
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
/// there are. None that is lent here itself, or of a scope that the asking node holds anyway.
///
/// # Errors
/// When the store does not answer.
pub fn find(
    db: &Connection,
    (by, number): (&str, &str),
    holds: &[String],
) -> Result<(Vec<Found>, u64)> {
    let rows = match by {
        RECEIPT => {
            let mut of = db.prepare_cached("SELECT record FROM request WHERE number = ?1")?;
            let rows = of.query_map([number], |r| r.get(0))?;
            rows.collect::<rusqlite::Result<Vec<i64>>>()?
        }
        _ => derived::with_number(db, (by, number))?,
    };
    let mut one = db.prepare_cached(
        "SELECT r.id, q.number, q.service, q.spot, q.at, r.scope FROM request q JOIN record r USING (record)
         WHERE q.record = ?1 AND q.number IS NOT NULL AND r.scope <> ?2",
    )?;
    let mut found = Vec::new();
    for row in rows {
        let request = one.query_row(params![row, LENT], |r| {
            if holds.contains(&r.get(5)?) {
                return Ok(None);
            }
            let found = Found {
                request: RecordId(r.get(0)?),
                number: r.get(1)?,
                service: r.get(2)?,
                spot: r.get(3)?,
            };
            Ok(Some((r.get::<_, i64>(4)?, found)))
        });
        found.extend(request.optional()?.flatten());
    }
    found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let more = found.len().saturating_sub(MAX_FOUND) as u64;
    let found = found.into_iter().take(MAX_FOUND);
    Ok((found.map(|(_, found)| found).collect(), more))
}

/// Most entries that are lent to a spot nearby at one meeting.
const MAX_LOANS: usize = 10_000;

/// Of what a node looked up: where its entries are, those that are here with what they say.
const LOANS: &str = "
    SELECT r.scope, j.id, e.idx, max(b.until) FROM lookup q JOIN borrowed b ON b.record = q.record
    JOIN record r ON r.record = (SELECT record FROM record_by_id WHERE id = b.request)
    JOIN entry e ON e.record = r.record JOIN journal j ON j.journal = e.journal
    WHERE q.node = ?1 AND b.until > ?2 AND r.scope <> ?3 AND length(e.body) > 0
    GROUP BY e.entry ORDER BY e.entry";

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
        for query in [LENT_UNTIL, OVERDUE, LOANS] {
            let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
            let any = vec![0; plan.parameter_count()];
            let steps = plan
                .query_map(rusqlite::params_from_iter(any), |r| r.get(3))
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
