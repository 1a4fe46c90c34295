//! Entries of others that the hub has not sent: what another spot told (`hearsay`), and what the
//! hub had before it was restored and has not named since (`lost`). They are shown as known, not
//! as being at the hub; whose author does not bring them in time are adopted by who has them.

use rusqlite::{Connection, params};
use vereda_sync::id::{ChangeId, JournalId, RecordId};
use vereda_sync::journal::Entry;

use super::Result;
use super::journal::{entry_of, place};

/// Another spot brought the entry in that place; the hub has not yet. What is here under
/// another place too, as from a journal that was begun anew, is no hearsay.
///
/// # Errors
/// When the store does not answer.
pub fn keep_hearsay(db: &Connection, place: i64) -> Result<()> {
    db.prepare_cached(
        "INSERT OR IGNORE INTO hearsay(entry) SELECT entry FROM entry e WHERE entry = ?1
         AND NOT EXISTS (SELECT 1 FROM entry o WHERE o.record = e.record AND o.change = e.change
             AND o.entry <> e.entry AND o.entry NOT IN (SELECT entry FROM unheard))",
    )?
    .execute([place])?;
    Ok(())
}

/// Whether the entry in that place is known from another spot alone.
///
/// # Errors
/// When the store does not answer.
pub fn is_hearsay(db: &Connection, place: i64) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM hearsay WHERE entry = ?1)")?
        .query_row([place], |r| r.get(0))?)
}

/// The hub's feed of a scope begins anew, as it was restored: all that others wrote there may be
/// lost, until the feed names it.
///
/// # Errors
/// When the store does not answer.
pub fn doubt(db: &Connection, scope: &str, now_ms: i64) -> Result<()> {
    db.execute(
        "INSERT OR IGNORE INTO lost(entry, since)
         SELECT entry, ?2 FROM entry e JOIN journal j USING (journal) JOIN record r USING (record)
         WHERE r.scope = ?1 AND NOT j.own
         AND NOT EXISTS (SELECT 1 FROM hearsay h WHERE h.entry = e.entry)",
        params![scope, now_ms],
    )?;
    Ok(())
}

/// Whether there are any: mostly there are none.
///
/// # Errors
/// When the store does not answer.
pub fn are_any(db: &Connection) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM unheard)")?
        .query_row([], |r| r.get(0))?)
}

/// How many records are known that are at the hub, as far as the hub has said.
///
/// # Errors
/// When the store does not answer.
pub fn records_heard(db: &Connection) -> Result<u64> {
    // A join would read every entry there is: what is unheard of has few.
    let records = db
        .prepare_cached(
            "SELECT coalesce(max(record), 0) - (SELECT count(DISTINCT
                 (SELECT e.record FROM entry e WHERE e.entry = u.entry)) FROM unheard u) FROM record",
        )?
        .query_row([], |r| r.get(0))?;
    Ok(super::journal::count(records))
}

/// The hub has the entry in that place.
///
/// # Errors
/// When the store does not answer.
pub fn named(db: &Connection, place: i64) -> Result<()> {
    for forget in [
        "DELETE FROM hearsay WHERE entry = ?1",
        "DELETE FROM lost WHERE entry = ?1",
    ] {
        db.prepare_cached(forget)?.execute([place])?;
    }
    Ok(())
}

/// The hub has a journal up to there.
///
/// # Errors
/// When the store does not answer.
pub fn named_within(db: &Connection, journal: i64, size: u64) -> Result<()> {
    let places = [place(journal, 1)?, place(journal, size)?];
    for forget in [
        "DELETE FROM hearsay WHERE entry BETWEEN ?1 AND ?2",
        "DELETE FROM lost WHERE entry BETWEEN ?1 AND ?2",
    ] {
        db.prepare_cached(forget)?.execute(places)?;
    }
    Ok(())
}

/// The hub has a change, in whatever journal.
///
/// # Errors
/// When the store does not answer.
pub fn named_in(db: &Connection, record: i64, change: ChangeId) -> Result<()> {
    let mut places =
        db.prepare_cached("SELECT entry FROM entry WHERE record = ?1 AND change = ?2")?;
    for place in places.query_map(params![record, change.0], |r| r.get(0))? {
        named(db, place?)?;
    }
    Ok(())
}

/// An entry moves to another place.
///
/// # Errors
/// When the store does not answer.
pub(super) fn moved(db: &Connection, from: i64, to: i64) -> Result<()> {
    db.prepare_cached("UPDATE lost SET entry = ?2 WHERE entry = ?1")?
        .execute([from, to])?;
    Ok(())
}

/// An entry that waits for its author to bring it to the hub.
#[derive(Debug)]
pub struct Orphan {
    /// Where it is.
    pub place: i64,
    /// The row of its record.
    pub record: i64,
    /// The entry.
    pub entry: Entry,
}

/// Entries of a scope that have waited since `before_ms` (or, by a clock that was wrong, since
/// later than now), at most `limit`: first those that records begin with.
///
/// # Errors
/// When the store does not answer.
pub fn orphans(
    db: &Connection,
    scope: &str,
    (before_ms, now_ms): (i64, i64),
    limit: u32,
) -> Result<Vec<Orphan>> {
    let mut rows = db.prepare_cached(
        "SELECT r.id, e.change, e.body, e.entry, e.record
         FROM unheard u CROSS JOIN entry e USING (entry) JOIN record r USING (record)
         LEFT JOIN lost l USING (entry)
         WHERE r.scope = ?1 AND length(e.body) > 0
         AND NOT coalesce(l.since, e.at) BETWEEN ?2 + 1 AND ?3
         ORDER BY e.change <> r.id, e.at, e.entry LIMIT ?4",
    )?;
    Ok(rows
        .query_map(params![scope, before_ms, now_ms, limit], |r| {
            Ok(Orphan {
                place: r.get(3)?,
                record: r.get(4)?,
                entry: entry_of(r)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?)
}

/// As [`orphans`], of these journals and however new they are.
///
/// # Errors
/// When the store does not answer.
pub fn orphans_of(
    db: &Connection,
    scope: &str,
    journals: &[JournalId],
    limit: u32,
) -> Result<Vec<Orphan>> {
    let mut rows = db.prepare_cached(
        "SELECT r.id, e.change, e.body, e.entry, e.record, j.id
         FROM unheard u CROSS JOIN entry e USING (entry) JOIN record r USING (record) JOIN journal j ON j.journal = e.journal
         WHERE r.scope = ?1 AND length(e.body) > 0 AND NOT j.own ORDER BY e.change <> r.id, e.at, e.entry",
    )?;
    let mut found = rows.query(params![scope])?;
    let mut out = Vec::new();
    while let Some(r) = found.next()? {
        if out.len() < limit as usize && journals.contains(&JournalId(r.get(5)?)) {
            out.push(Orphan {
                place: r.get(3)?,
                record: r.get(4)?,
                entry: entry_of(r)?,
            });
        }
    }
    Ok(out)
}

/// Where a change stands, its record, and its own id.
pub type Named = ((JournalId, u64), RecordId, ChangeId);

/// Changes of others that the hub may lack, in the order in which they were written: at most so many.
///
/// # Errors
/// When the store does not answer.
pub fn named_by_place(db: &Connection, limit: u32) -> Result<Vec<Named>> {
    let mut rows = db.prepare_cached(
        "SELECT j.id, e.idx, r.id, e.change
         FROM unheard u CROSS JOIN entry e USING (entry) JOIN record r USING (record) JOIN journal j ON j.journal = e.journal
         WHERE NOT j.own AND length(e.body) > 0 ORDER BY e.at, e.entry LIMIT ?1",
    )?;
    let found = rows.query_map([limit], |r| {
        let place = (JournalId(r.get(0)?), super::journal::count(r.get(1)?));
        Ok((place, RecordId(r.get(2)?), ChangeId(r.get(3)?)))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Requests of others that the hub has not sent, by the spot that recorded them: how many, and when the oldest of their
/// changes was written, milliseconds since 1970.
///
/// # Errors
/// When the store does not answer.
pub fn requests_by_spot(db: &Connection) -> Result<Vec<(String, u64, i64)>> {
    let mut rows = db.prepare_cached(
        "SELECT q.spot, count(DISTINCT q.record), min(e.at) FROM unheard u JOIN entry e USING (entry)
         JOIN request q ON q.record = e.record WHERE q.number IS NOT NULL AND NOT q.own GROUP BY q.spot ORDER BY q.spot",
    )?;
    Ok(rows
        .query_map([], |r| {
            Ok((r.get(0)?, super::journal::count(r.get(1)?), r.get(2)?))
        })?
        .collect::<rusqlite::Result<_>>()?)
}
