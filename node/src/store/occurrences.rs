//! Occurrences and the requests that were recorded under them, derived from their records.

use rusqlite::{Connection, Row, params};
use vereda_sync::day::Date;
use vereda_sync::exchange::LENT;
use vereda_sync::id::RecordId;
use vereda_sync::record::occurrence::{self, Declared, Occurrence, Under};

use super::{Result, records};

/// One that holds rules here today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// What requests say: of what a crew declared that, also after the hub answered.
    pub occurrence: RecordId,
    /// What was declared.
    pub declared: Declared,
    /// The hub said so.
    pub is_confirmed: bool,
}

/// Derives an occurrence anew. It is the hub's where it came in no scope that spots share.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(db: &Connection, row: i64, id: RecordId, occurrence: &Occurrence) -> Result<()> {
    let scope = records::scope_of(db, row)?;
    let is_hubs = [occurrence::SCOPE, LENT].contains(&scope.as_str());
    let declared = &occurrence.declared;
    db.prepare_cached(
        "INSERT OR REPLACE INTO occurrence(record, id, hub, node, root, first, last, ended, at, scopes, declared)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        row,
        id.0,
        is_hubs,
        occurrence.node,
        occurrence.of.filter(|_| is_hubs).unwrap_or(id).0,
        declared.from.to_string(),
        declared.until.to_string(),
        occurrence.ended.is_some(),
        occurrence.by.at.unix_ms(),
        format!(" {} ", declared.scopes.join(" ")),
        declared.encode(),
    ])?;
    Ok(())
}

/// A request says under which it was recorded.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put_under(db: &Connection, row: i64, under: Option<&Under>) -> Result<()> {
    db.prepare_cached("DELETE FROM under_occurrence WHERE record = ?1")?
        .execute([row])?;
    if let Some(under) = under {
        db.prepare_cached(
            "INSERT INTO under_occurrence(record, occurrence, waived) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![row, under.occurrence.0, under.waived_cents])?;
    }
    Ok(())
}

/// Those that hold at that node on that day: the hub's, and what its own crew declared and the hub has not answered.
/// The hub's first, then the latest first; at most 20.
///
/// # Errors
/// When the store does not answer.
pub fn in_force(db: &Connection, node: &str, day: Date) -> Result<Vec<InForce>> {
    let mut rows = db.prepare_cached(
        "SELECT root, declared, hub FROM occurrence o WHERE ended = 0 AND first <= ?2 AND last >= ?2 AND (hub OR (node = ?1
             AND NOT EXISTS (SELECT 1 FROM occurrence a WHERE a.hub AND a.root = o.id)))
         ORDER BY hub DESC, at DESC, record DESC LIMIT 20",
    )?;
    let found = rows.query_map(params![node, day.to_string()], |r| {
        let declared: String = r.get(1)?;
        Ok((RecordId(r.get(0)?), declared, r.get(2)?))
    })?;
    let mut all = Vec::new();
    for found in found {
        let (occurrence, declared, is_confirmed) = found?;
        all.extend(Declared::decode(&declared).map(|declared| InForce {
            occurrence,
            declared,
            is_confirmed,
        }));
    }
    Ok(all)
}

fn id(row: &Row<'_>) -> rusqlite::Result<RecordId> {
    row.get(0).map(RecordId)
}

/// All that are known, without the hub's answers to crews, the latest first.
///
/// # Errors
/// When the store does not answer.
pub fn all(db: &Connection, limit: u32) -> Result<Vec<RecordId>> {
    let mut rows = db.prepare_cached(
        "SELECT id FROM occurrence WHERE root = id ORDER BY at DESC, record DESC LIMIT ?1",
    )?;
    let found = rows.query_map([limit], id)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Whether that is one that counts; whether it is the hub's.
///
/// # Errors
/// When the store does not answer.
pub fn is_hubs(db: &Connection, id: RecordId) -> Result<Option<bool>> {
    let mut rows = db.prepare_cached("SELECT hub FROM occurrence WHERE id = ?1")?;
    let mut rows = rows.query_map([id.0], |r| r.get(0))?;
    Ok(rows.next().transpose()?)
}

/// What the hub answered to what a crew declared: the last.
///
/// # Errors
/// When the store does not answer.
pub fn answer_to(db: &Connection, of: RecordId) -> Result<Option<RecordId>> {
    let mut rows = db.prepare_cached(
        "SELECT id FROM occurrence WHERE hub AND root = ?1 AND id <> ?1 ORDER BY at DESC, record DESC LIMIT 1",
    )?;
    let mut rows = rows.query_map([of.0], id)?;
    Ok(rows.next().transpose()?)
}

/// Whether the hub declared it, or confirmed what a crew did: it said so, whatever it said later.
///
/// # Errors
/// When the store does not answer.
pub fn is_confirmed(db: &Connection, of: RecordId) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM occurrence WHERE hub AND root = ?1)")?
        .query_row([of.0], |r| r.get(0))?)
}

/// How many requests of this spot were recorded between those times without their fee, because of an occurrence, and how
/// much that is, in cents.
///
/// # Errors
/// When the store does not answer.
pub fn waived_between(db: &Connection, from_ms: i64, until_ms: i64) -> Result<(u64, u64)> {
    let counted = db
        .prepare_cached(
            "SELECT count(*), coalesce(sum(u.waived), 0) FROM under_occurrence u JOIN request q USING (record)
             WHERE u.waived > 0 AND q.own AND q.at >= ?1 AND q.at < ?2",
        )?
        .query_row([from_ms, until_ms], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?)))?;
    let positive = |n: i64| u64::try_from(n).unwrap_or(0);
    Ok((positive(counted.0), positive(counted.1)))
}

/// How many requests were recorded under it, and what they did not pay, in cents.
///
/// # Errors
/// When the store does not answer.
pub fn tally(db: &Connection, of: RecordId) -> Result<(u64, u64)> {
    let counted = db
        .prepare_cached(
            "SELECT count(*), coalesce(sum(waived), 0) FROM under_occurrence WHERE occurrence = ?1",
        )?
        .query_row([of.0], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?)))?;
    let positive = |n: i64| u64::try_from(n).unwrap_or(0);
    Ok((positive(counted.0), positive(counted.1)))
}

/// The requests that were recorded under it, hex, the latest first.
///
/// # Errors
/// When the store does not answer.
pub fn requests(db: &Connection, of: RecordId, limit: u32) -> Result<Vec<String>> {
    let mut rows = db.prepare_cached(
        "SELECT lower(hex(r.id)) FROM under_occurrence u JOIN record r USING (record) WHERE u.occurrence = ?1
         ORDER BY u.record DESC LIMIT ?2",
    )?;
    let found = rows.query_map(params![of.0, limit], |r| r.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// At the hub: records of its own that are not over on that day, for a spot of one of these scopes, and were not given
/// to it; at most 50.
///
/// # Errors
/// When the store does not answer.
pub fn missed(
    db: &Connection,
    (node, scopes): (&str, &[String]),
    today: &str,
) -> Result<Vec<(i64, Date)>> {
    let mut rows = db.prepare_cached(
        "SELECT record, last FROM occurrence o WHERE hub AND ended = 0 AND last >= ?2 AND instr(scopes, ' ' || ?3 || ' ')
         AND NOT EXISTS (SELECT 1 FROM lent l WHERE l.record = o.record AND l.node = ?1) ORDER BY at LIMIT 50",
    )?;
    let mut all: Vec<(i64, Date)> = Vec::new();
    for scope in scopes {
        let found = rows.query_map(params![node, today, scope], |r| {
            Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?))
        })?;
        for found in found {
            let (record, last) = found?;
            let is_new = all.iter().all(|(known, _)| *known != record);
            all.extend(
                Date::parse(&last)
                    .filter(|_| is_new)
                    .map(|last| (record, last)),
            );
        }
    }
    Ok(all)
}
