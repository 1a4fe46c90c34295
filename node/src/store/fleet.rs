//! At the hub: how its nodes last said that they are, and what of it is kept for a picture. Of this hub alone: nothing of it
//! is derived from journals, and none of it proves anything.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};
use vereda_sync::condition::{
    Battery, Carried, Condition, Heard, MAX_CARRIED, MAX_HELD, Place, Unsent,
};
use vereda_sync::id::JournalId;
use vereda_sync::record::tour::Position;

use super::Result;
use super::journal::{count, signed};

/// A node is drawn with one point in so long, in milliseconds.
const POINT_EVERY_MS: i64 = 3_600_000;
/// Points are kept for so long, in milliseconds: two weeks.
const POINTS_FOR_MS: i64 = 14 * 24 * 3_600_000;
/// Most points of one node: what its clock or the hub's does cannot make more.
const MAX_POINTS: u32 = 24 * 14;

/// How a node last said that it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// When it came, milliseconds since 1970.
    pub at_ms: i64,
    /// How far its clock was ahead of the hub's then, in milliseconds.
    pub skew_ms: i64,
    /// What it said; without journals and what it has of others.
    pub condition: Condition,
}

/// A point of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// How full the battery was, 0 to 100.
    pub battery: Option<u8>,
    /// Bytes that were free.
    pub free_bytes: Option<u64>,
    /// Changes that were unsent.
    pub unsent: u64,
}

/// Keeps what a node says of itself. Gives whether something that people look at is otherwise than before.
///
/// # Errors
/// When the store does not answer.
pub fn keep(db: &Connection, node: &str, condition: &Condition, now_ms: i64) -> Result<bool> {
    let before = told(db, node)?;
    let skew_ms = i64::try_from(condition.wall_ms)
        .unwrap_or(i64::MAX)
        .saturating_sub(now_ms);
    let place = condition.place.as_ref();
    let position = place.and_then(|p| p.position);
    db.prepare_cached(
        "INSERT OR REPLACE INTO condition(node, at, skew, program, catalogue, up, battery, mains, free, attended, changes,
             requests, photographs, since, place, lat, lon, held)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    )?
    .execute(params![
        node,
        now_ms,
        skew_ms,
        condition.program,
        condition.catalogue,
        signed(condition.up_s),
        condition.battery.map(|b| b.percent),
        condition.battery.map(|b| b.on_mains),
        condition.free_bytes.map(signed),
        condition.attended,
        signed(condition.unsent.changes),
        signed(condition.unsent.requests),
        signed(condition.unsent.photographs),
        condition.unsent.since_ms.map(signed),
        place.map(|p| p.name.as_str()),
        position.map(|at| at.lat),
        position.map(|at| at.lon),
        place.and_then(|p| p.held_ms).map(signed),
    ])?;
    keep_point(db, node, condition, now_ms)?;
    keep_claims(db, node, condition, now_ms)?;
    if let Some(others) = &condition.of_others {
        keep_of_others(db, node, (&others.heard, &others.carried), now_ms)?;
    }
    Ok(before.is_none_or(|before| {
        seen(&before.condition) != seen(condition) || condition.of_others.is_some()
    }))
}

/// What people see of it: not every byte that is free, nor every percent.
fn seen(condition: &Condition) -> Condition {
    Condition {
        wall_ms: 0,
        up_s: 0,
        battery: condition.battery.map(|b| Battery {
            percent: b.percent / 5,
            ..b
        }),
        free_bytes: condition.free_bytes.map(|free| free >> 30),
        unsent: Unsent {
            changes: condition.unsent.changes.min(1),
            ..Unsent::default()
        },
        journals: vec![],
        of_others: None,
        ..condition.clone()
    }
}

fn keep_point(db: &Connection, node: &str, condition: &Condition, now_ms: i64) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO condition_past(node, at, battery, free, unsent) SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS
             (SELECT 1 FROM condition_past WHERE node = ?1 AND at BETWEEN ?2 - ?6 AND ?2 + ?6)",
    )?
    .execute(params![
        node,
        now_ms,
        condition.battery.map(|b| b.percent),
        condition.free_bytes.map(signed),
        signed(condition.unsent.changes),
        POINT_EVERY_MS - 1
    ])?;
    db.prepare_cached(
        "DELETE FROM condition_past WHERE node = ?1 AND (at < ?2 OR at NOT IN
             (SELECT at FROM condition_past WHERE node = ?1 ORDER BY at DESC LIMIT ?3))",
    )?
    .execute(params![node, now_ms - POINTS_FOR_MS, MAX_POINTS])?;
    Ok(())
}

/// What it says that it wrote: of that the hub may lack the end. Only of journals that are its own, as far as the hub knows.
fn keep_claims(db: &Connection, node: &str, condition: &Condition, now_ms: i64) -> Result<()> {
    for (journal, size) in &condition.journals {
        claim(db, node, (*journal, *size), now_ms)?;
    }
    db.prepare_cached(
        "DELETE FROM claimed WHERE node = ?1 AND journal NOT IN
             (SELECT journal FROM claimed WHERE node = ?1 ORDER BY at DESC, journal LIMIT 64)",
    )?
    .execute([node])?;
    Ok(())
}

/// Somebody says that a journal of that node has so many entries.
///
/// # Errors
/// When the store does not answer.
pub fn claim(
    db: &Connection,
    node: &str,
    (journal, size): (JournalId, u64),
    now_ms: i64,
) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO claimed(journal, node, size, at) SELECT ?1, ?2, ?3, ?4
             WHERE NOT EXISTS (SELECT 1 FROM journal WHERE id = ?1 AND node NOT IN ('', ?2))
         ON CONFLICT(journal) DO UPDATE SET size = max(size, excluded.size), at = excluded.at WHERE node = ?2",
    )?
    .execute(params![journal.0, node, signed(size), now_ms])?;
    Ok(())
}

fn keep_of_others(
    db: &Connection,
    node: &str,
    (heard, carried): (&[Heard], &[Carried]),
    now_ms: i64,
) -> Result<()> {
    // What is of a lost node stays: when it has come it is no longer named, and it is to be seen that it came.
    db.prepare_cached(
        "DELETE FROM heard_at WHERE node = ?1 AND NOT EXISTS (SELECT 1 FROM revoked v WHERE v.node IN
             (SELECT node FROM journal WHERE id = heard_at.journal UNION SELECT node FROM claimed WHERE journal = heard_at.journal))",
    )?
    .execute([node])?;
    db.prepare_cached("DELETE FROM carried_by WHERE node = ?1")?
        .execute([node])?;
    let mut insert = db.prepare_cached(
        "INSERT OR REPLACE INTO heard_at(node, journal, idx, record, change, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for one in heard.iter().take(MAX_HELD) {
        insert.execute(params![
            node,
            one.journal.0,
            signed(one.index),
            one.record,
            one.change,
            now_ms
        ])?;
    }
    db.prepare_cached(
        "DELETE FROM heard_at WHERE node = ?1 AND (journal, idx) NOT IN
             (SELECT journal, idx FROM heard_at WHERE node = ?1 ORDER BY at DESC, journal, idx LIMIT 1024)",
    )?
    .execute([node])?;
    let mut insert = db.prepare_cached(
        "INSERT OR REPLACE INTO carried_by(node, journal, first, entries, size, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for part in carried.iter().take(MAX_CARRIED) {
        insert.execute(params![
            node,
            part.journal.0,
            signed(part.first),
            signed(part.entries),
            signed(part.size),
            now_ms
        ])?;
    }
    Ok(())
}

const TOLD: &str = "at, skew, program, catalogue, up, battery, mains, free, attended, changes, requests, photographs, since,
    place, lat, lon, held";

fn told_of(r: &Row<'_>) -> rusqlite::Result<Told> {
    let some = |n: Option<i64>| n.map(count);
    let battery: Option<u8> = r.get(5)?;
    let name: Option<String> = r.get(13)?;
    let (lat, lon): (Option<i32>, Option<i32>) = (r.get(14)?, r.get(15)?);
    let held_ms = some(r.get(16)?);
    Ok(Told {
        at_ms: r.get(0)?,
        skew_ms: r.get(1)?,
        condition: Condition {
            program: r.get(2)?,
            catalogue: r.get(3)?,
            up_s: count(r.get(4)?),
            battery: match (battery, r.get::<_, Option<bool>>(6)?) {
                (Some(percent), mains) => Some(Battery {
                    percent,
                    on_mains: mains.unwrap_or(false),
                }),
                (None, _) => None,
            },
            free_bytes: some(r.get(7)?),
            attended: r.get(8)?,
            unsent: Unsent {
                changes: count(r.get(9)?),
                requests: count(r.get(10)?),
                photographs: count(r.get(11)?),
                since_ms: some(r.get(12)?),
            },
            place: name.map(|name| Place {
                name,
                position: lat.zip(lon).map(|(lat, lon)| Position { lat, lon }),
                held_ms,
            }),
            ..Condition::default()
        },
    })
}

/// How a node last said that it is.
///
/// # Errors
/// When the store does not answer.
pub fn told(db: &Connection, node: &str) -> Result<Option<Told>> {
    let mut row = db.prepare_cached(&format!("SELECT {TOLD} FROM condition WHERE node = ?1"))?;
    Ok(row.query_row([node], told_of).optional()?)
}

/// How all nodes last said that they are, by their ids.
///
/// # Errors
/// When the store does not answer.
pub fn all_told(db: &Connection) -> Result<HashMap<String, Told>> {
    let mut rows = db.prepare_cached(&format!("SELECT {TOLD}, node FROM condition"))?;
    let found = rows.query_map([], |r| Ok((r.get(17)?, told_of(r)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The points of a node's picture, oldest first.
///
/// # Errors
/// When the store does not answer.
pub fn points(db: &Connection, node: &str) -> Result<Vec<Point>> {
    let mut rows = db.prepare_cached(
        "SELECT at, battery, free, unsent FROM condition_past WHERE node = ?1 ORDER BY at DESC LIMIT ?2",
    )?;
    let found = rows.query_map(params![node, MAX_POINTS], |r| {
        Ok(Point {
            at_ms: r.get(0)?,
            battery: r.get(1)?,
            free_bytes: r.get::<_, Option<i64>>(2)?.map(count),
            unsent: count(r.get(3)?),
        })
    })?;
    let mut points: Vec<Point> = found.collect::<rusqlite::Result<_>>()?;
    points.reverse();
    Ok(points)
}

/// When the hub first had that version of something as its newest, milliseconds since 1970; `None`: it never had it.
///
/// # Errors
/// When the store does not answer.
pub fn offered_since(db: &Connection, what: &str, version: &str) -> Result<Option<i64>> {
    let mut row =
        db.prepare_cached("SELECT since FROM offered WHERE what = ?1 AND version = ?2")?;
    Ok(row.query_row([what, version], |r| r.get(0)).optional()?)
}

/// The hub has that version of something as its newest.
///
/// # Errors
/// When the store does not answer.
pub fn keep_offered(db: &Connection, what: &str, version: &str, now_ms: i64) -> Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO offered(what, version, since) VALUES (?1, ?2, ?3)")?
        .execute(params![what, version, now_ms])?;
    Ok(())
}

/// Journals of nodes whose certificate was revoked, of which that node has what the hub may lack.
///
/// # Errors
/// When the store does not answer.
pub fn orphaned(db: &Connection, node: &str) -> Result<Vec<JournalId>> {
    let mut rows = db.prepare_cached(
        "SELECT DISTINCT h.journal FROM heard_at h WHERE h.node = ?1 AND EXISTS (SELECT 1 FROM revoked v WHERE v.node IN
             (SELECT node FROM journal WHERE id = h.journal UNION SELECT node FROM claimed WHERE journal = h.journal))
         LIMIT 256",
    )?;
    let found = rows.query_map([node], |r| Ok(JournalId(r.get(0)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// An alarm that somebody has in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InHand {
    /// How bad it was then.
    pub grade: u32,
    /// Who.
    pub name: String,
    /// Since when, milliseconds since 1970.
    pub at_ms: i64,
    /// What they noted.
    pub note: String,
}

/// The alarms that somebody has in hand, by node and kind.
///
/// # Errors
/// When the store does not answer.
pub fn in_hand(db: &Connection) -> Result<HashMap<String, HashMap<String, InHand>>> {
    let mut rows =
        db.prepare_cached("SELECT node, kind, grade, name, at, note FROM alarm_in_hand")?;
    let found = rows.query_map([], |r| {
        let taken = InHand {
            grade: r.get(2)?,
            name: r.get(3)?,
            at_ms: r.get(4)?,
            note: r.get(5)?,
        };
        Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?, taken))
    })?;
    let mut out: HashMap<String, HashMap<String, InHand>> = HashMap::new();
    for row in found {
        let (node, kind, taken) = row?;
        out.entry(node).or_default().insert(kind, taken);
    }
    Ok(out)
}

/// Somebody has an alarm in hand.
///
/// # Errors
/// When the store does not answer.
pub fn take_in_hand(db: &Connection, node: &str, kind: &str, taken: &InHand) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO alarm_in_hand(node, kind, grade, name, at, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![node, kind, taken.grade, taken.name, taken.at_ms, taken.note])?;
    Ok(())
}

/// What that node says of the sizes of its journals.
///
/// # Errors
/// When the store does not answer.
pub fn claims(db: &Connection, node: &str) -> Result<Vec<(JournalId, u64)>> {
    let mut rows =
        db.prepare_cached("SELECT journal, size FROM claimed WHERE node = ?1 ORDER BY journal")?;
    let found = rows.query_map([node], |r| Ok((JournalId(r.get(0)?), count(r.get(1)?))))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Changes of a journal that nodes heard of: index, node, and whether what they say is here, whoever brought it. At most 4096.
///
/// # Errors
/// When the store does not answer.
pub fn heard(db: &Connection, journal: JournalId) -> Result<Vec<(u64, String, bool)>> {
    let mut rows = db.prepare_cached(
        "SELECT h.idx, h.node, h.record, h.change FROM heard_at h WHERE h.journal = ?1 ORDER BY h.idx LIMIT 4096",
    )?;
    let found = rows.query_map([journal.0], |r| {
        Ok((
            count(r.get(0)?),
            r.get(1)?,
            r.get::<_, [u8; 8]>(2)?,
            r.get::<_, [u8; 8]>(3)?,
        ))
    })?;
    let mut here = db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM record_by_id b JOIN entry e ON e.record = b.record
             WHERE b.id BETWEEN ?1 AND ?2 AND substr(e.change, 1, 8) = ?3)",
    )?;
    let mut out = Vec::new();
    for row in found {
        let (index, node, record, change): (u64, String, [u8; 8], [u8; 8]) = row?;
        let (mut from, mut to) = ([0; 32], [u8::MAX; 32]);
        from[..8].copy_from_slice(&record);
        to[..8].copy_from_slice(&record);
        let is_here = here.query_row(params![from, to, change], |r| r.get(0))?;
        out.push((index, node, is_here));
    }
    Ok(out)
}

/// Sealed parts of a journal that nodes carry: node, first entry, how many, and how many the journal had.
///
/// # Errors
/// When the store does not answer.
pub fn carried(db: &Connection, journal: JournalId) -> Result<Vec<(String, u64, u64, u64)>> {
    let mut rows = db.prepare_cached(
        "SELECT node, first, entries, size FROM carried_by WHERE journal = ?1 ORDER BY first, node LIMIT 1024",
    )?;
    let found = rows.query_map([journal.0], |r| {
        Ok((
            r.get(0)?,
            count(r.get(1)?),
            count(r.get(2)?),
            count(r.get(3)?),
        ))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Somebody says that a node is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostNode {
    /// The certificate that it has.
    pub certificate: String,
    /// The id of who said so.
    pub person: String,
    /// Their name.
    pub name: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// Why.
    pub reason: String,
    /// The second person, and when they agreed.
    pub agreed: Option<(String, i64)>,
}

/// What was said last of that node.
///
/// # Errors
/// When the store does not answer.
pub fn lost(db: &Connection, node: &str) -> Result<Option<LostNode>> {
    let mut row = db.prepare_cached(
        "SELECT certificate, person, name, at, reason, second, agreed FROM lost_node WHERE node = ?1 ORDER BY at DESC LIMIT 1",
    )?;
    let found = row.query_row([node], |r| {
        let second: Option<String> = r.get(5)?;
        Ok(LostNode {
            certificate: r.get(0)?,
            person: r.get(1)?,
            name: r.get(2)?,
            at_ms: r.get(3)?,
            reason: r.get(4)?,
            agreed: second.zip(r.get(6)?),
        })
    });
    Ok(found.optional()?)
}

/// Keeps what is said of a node, in place of what was said before of its certificate.
///
/// # Errors
/// When the store does not answer.
pub fn keep_lost(db: &Connection, node: &str, lost: &LostNode) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO lost_node(certificate, node, person, name, at, reason, second, agreed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        lost.certificate,
        node,
        lost.person,
        lost.name,
        lost.at_ms,
        lost.reason,
        lost.agreed.as_ref().map(|(second, _)| second),
        lost.agreed.as_ref().map(|(_, at)| at),
    ])?;
    Ok(())
}

/// It was found before anybody agreed.
///
/// # Errors
/// When the store does not answer.
pub fn found_again(db: &Connection, certificate: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM lost_node WHERE certificate = ?1 AND agreed IS NULL")?
        .execute([certificate])?;
    Ok(())
}
