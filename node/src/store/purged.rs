//! Records that were purged here: the hub holds them, and a copy off its disk. Places, record and
//! change ids stay.

use rusqlite::{Connection, params};
use vereda_sync::day::Date;
use vereda_sync::id::RecordId;

use super::journal::{count, place};
use super::records::find_record;
use super::{Result, erased};

/// Whether the record in that row was purged.
///
/// # Errors
/// When the store does not answer.
pub fn is(db: &Connection, record: i64) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM purged WHERE record = ?1)")?
        .query_row([record], |r| r.get(0))?)
}

/// Whether the record with that id was purged.
///
/// # Errors
/// When the store does not answer.
pub fn is_id(db: &Connection, record: RecordId) -> Result<bool> {
    let row = find_record(db, record)?;
    row.map_or(Ok(false), |row| is(db, row))
}

/// The hub's feed brought an entry of an own journal back whose record was purged meanwhile: a disk
/// was copied or put back. Its body never was here, and the hub has it.
///
/// # Errors
/// When the store does not answer.
pub(crate) fn keep_bare(db: &Connection, journal: i64, index: u64) -> Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO bare(entry) VALUES (?1)")?
        .execute([place(journal, index)?])?;
    Ok(())
}

/// Whether [`keep_bare`] was said of an entry.
///
/// # Errors
/// When the store does not answer.
pub(crate) fn came_bare(db: &Connection, journal: i64, index: u64) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM bare WHERE entry = ?1)")?
        .query_row([place(journal, index)?], |r| r.get(0))?)
}

/// How many records were purged.
///
/// # Errors
/// When the store does not answer.
pub fn figures(db: &Connection) -> Result<u64> {
    Ok(db
        .prepare_cached("SELECT count(*) FROM purged")?
        .query_row([], |r| r.get(0).map(count))?)
}

/// Purges a record: bodies, what is derived, drafts, photographs that it alone names.
///
/// # Errors
/// When the store does not answer.
pub fn apply(db: &Connection, row: i64, id: RecordId, now_ms: i64) -> Result<()> {
    db.pragma_update(None, "secure_delete", "ON")?;
    let done = erased::forget(db, row, id, false);
    db.pragma_update(None, "secure_delete", "OFF")?;
    done?;
    // Somebody's word and the node's own rule may find it over at once: then it is purged once.
    db.prepare_cached("INSERT OR IGNORE INTO purged(record, at) VALUES (?1, ?2)")?
        .execute(params![row, now_ms])?;
    Ok(())
}

/// What was purged here is lent to us once more: its entries come again.
///
/// # Errors
/// When the store does not answer.
pub(crate) fn recall(db: &Connection, row: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM purged WHERE record = ?1")?
        .execute([row])?;
    Ok(())
}

/// A record that could be purged as far as its own state goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its row.
    pub row: i64,
    /// Its id.
    pub id: RecordId,
}

/// Attendances that are closed and requests that are recorded or withdrawn, settled and untouched since then, by their rows; none
/// of which an agency asks something.
///
/// # Errors
/// When the store does not answer.
pub fn untouched_since(db: &Connection, at_ms: i64) -> Result<Vec<Candidate>> {
    let mut rows = db.prepare_cached(
        "SELECT r.record, r.id FROM record r
         LEFT JOIN request q USING (record) LEFT JOIN attendance a USING (record)
         WHERE r.dirty = 0 AND (a.closed OR q.life IN (
             'recorded', 'withdrawn', 'forwarded', 'accepted', 'refused', 'completed'))
         AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.record = r.record AND e.at >= ?1)
         AND NOT EXISTS (SELECT 1 FROM task t WHERE t.record = r.record AND t.why = 'asked')
         AND r.record NOT IN (SELECT record FROM purged) AND r.record NOT IN (SELECT record FROM erased)
         ORDER BY r.record",
    )?;
    let found = rows.query_map([at_ms], candidate)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Bookings, resident lists and who is on them, of visits before that day, and of visits that are planned no longer, by
/// their rows.
///
/// # Errors
/// When the store does not answer.
pub fn of_visits_before(db: &Connection, day: Date) -> Result<Vec<Candidate>> {
    let mut rows = db.prepare_cached(
        "WITH ahead AS (SELECT t.id AS tour, v.stop AS stop FROM visit v JOIN tour t USING (record) WHERE v.day >= ?1),
         over AS (
             SELECT b.record FROM booking b WHERE (b.tour, b.stop) NOT IN ahead
             UNION
             SELECT l.record FROM resident_list l WHERE (l.tour, l.stop) NOT IN ahead
             UNION
             SELECT s.record FROM resident s WHERE s.list NOT IN (SELECT id FROM resident_list WHERE (tour, stop) IN ahead)
         )
         SELECT r.record, r.id FROM over JOIN record r USING (record) WHERE r.dirty = 0
         AND r.record NOT IN (SELECT record FROM purged) AND r.record NOT IN (SELECT record FROM erased)
         ORDER BY r.record",
    )?;
    let found = rows.query_map([day.to_string()], candidate)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn candidate(row: &rusqlite::Row<'_>) -> rusqlite::Result<Candidate> {
    Ok(Candidate {
        row: row.get(0)?,
        id: RecordId(row.get(1)?),
    })
}

/// Why a record must stay, apart from what is archived of the own journals; `None` when nothing
/// is in the way.
///
/// # Errors
/// When the store does not answer.
pub fn obstacle(db: &Connection, one: &Candidate) -> Result<Option<&'static str>> {
    let has = |sql: &str, value: &dyn rusqlite::ToSql| -> Result<bool> {
        let sql = format!("SELECT EXISTS ({sql})");
        Ok(db.prepare_cached(&sql)?.query_row([value], |r| r.get(0))?)
    };
    let form = one.id.to_string();
    let ways: [(&str, &dyn rusqlite::ToSql, &str); 8] = [
        (
            "SELECT 1 FROM conflict WHERE record = ?1 OR other = ?1",
            &one.row,
            "it is in a conflict",
        ),
        (
            "SELECT 1 FROM draft WHERE form = ?1",
            &form,
            "somebody is typing in it",
        ),
        (
            "SELECT 1 FROM entry e JOIN unheard h USING (entry) WHERE e.record = ?1",
            &one.row,
            "the hub has not sent part of it yet",
        ),
        (
            "SELECT 1 FROM named n JOIN blob b USING (blob) WHERE n.record = ?1 AND NOT b.sent AND b.origin <> ''",
            &one.row,
            "a photograph of it is not at the hub yet",
        ),
        (
            "SELECT 1 FROM request q JOIN attendance a ON q.attendance = a.id WHERE a.record = ?1 AND q.life = 'draft'",
            &one.row,
            "a request of it is not recorded yet",
        ),
        (
            "SELECT 1 FROM task WHERE record = ?1",
            &one.row,
            "something in it waits for a desk",
        ),
        (
            "SELECT 1 FROM complaint WHERE record = ?1 AND open = 1",
            &one.row,
            "it is to be answered",
        ),
        (
            // It alone knows when that ends.
            "SELECT 1 FROM borrowed b JOIN record r ON r.record = (SELECT record FROM record_by_id WHERE id = b.request)
             WHERE b.record = ?1 AND r.scope = '!lent' AND r.record NOT IN (SELECT record FROM purged)",
            &one.row,
            "what was lent for it is still here",
        ),
    ];
    for (sql, value, why) in ways {
        if has(sql, value)? {
            return Ok(Some(why));
        }
    }
    Ok(None)
}
