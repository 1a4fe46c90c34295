//! Facilities, the lists of their residents by visit, and who is at the bedside, derived from their records.

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::exchange::LENT;
use vereda_sync::id::RecordId;
use vereda_sync::record::facility::Facility;
use vereda_sync::record::resident::Resident;
use vereda_sync::record::resident_list::{ResidentList, SCOPE};

use super::{Result, lookups, records};

/// Whether the hub wrote it: its lists come in no scope that spots share.
fn is_the_hubs(db: &Connection, row: i64) -> Result<bool> {
    let scope = records::scope_of(db, row)?;
    Ok([SCOPE, LENT].contains(&scope.as_str()))
}

/// Derives a facility anew.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(db: &Connection, row: i64, id: RecordId, facility: &Facility) -> Result<()> {
    let about = facility.about();
    db.prepare_cached(
        "INSERT OR REPLACE INTO facility(record, id, name, key) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![row, id.0, about.name, about.key()])?;
    Ok(())
}

/// Derives a list anew; nothing of one that a spot wrote for another.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put_list(db: &Connection, row: i64, id: RecordId, list: &ResidentList) -> Result<()> {
    if !list.is_own && !is_the_hubs(db, row)? {
        return Ok(());
    }
    let visit = &list.visit;
    db.prepare_cached(
        "INSERT OR REPLACE INTO resident_list(record, id, facility, tour, stop, node) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![row, id.0, visit.facility.0, visit.tour.0, visit.stop, visit.spot])?;
    Ok(())
}

/// Derives a resident anew; nothing of one that a spot wrote on the list of another.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put_resident(
    db: &Connection,
    row: i64,
    id: RecordId,
    resident: &Resident,
) -> Result<()> {
    if !resident.is_own && !is_the_hubs(db, row)? {
        return Ok(());
    }
    let (place, who) = (&resident.place, &resident.listed);
    let stands = resident.withdrawn.is_none();
    let nif = Some(&who.nif).filter(|nif| stands && !nif.is_empty());
    let person = who.person_key().filter(|_| stands);
    let lent = match &resident.lent {
        // Whom the crew adds it may look up, with a reason; who came was seen.
        _ if nif.is_none() || resident.is_own || resident.attendance.is_some() => i64::MAX,
        Some(lent) => lent.until_ms,
        None => 0,
    };
    db.prepare_cached(
        "INSERT OR REPLACE INTO resident(record, id, list, node, facility, nif, person, attendance, lent)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        row,
        id.0,
        place.list.0,
        place.spot,
        place.facility.0,
        nif,
        person,
        resident.attendance.map(|id| id.to_string()),
        lent
    ])?;
    lookups::borrow(db, row, resident.lent.iter())
}

fn ids(db: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Vec<RecordId>> {
    let mut rows = db.prepare_cached(sql)?;
    let found = rows.query_map(params, |r| r.get(0).map(RecordId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn is(db: &Connection, table: &str, id: RecordId) -> Result<bool> {
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE id = ?1)");
    Ok(db.prepare_cached(&sql)?.query_row([id.0], |r| r.get(0))?)
}

/// The row of a facility that is known here.
///
/// # Errors
/// When the store does not answer.
pub fn row_of_facility(db: &Connection, id: RecordId) -> Result<Option<i64>> {
    Ok(db
        .prepare_cached("SELECT record FROM facility WHERE id = ?1")?
        .query_row([id.0], |r| r.get(0))
        .optional()?)
}

/// Whether that is a list that counts here.
///
/// # Errors
/// When the store does not answer.
pub fn is_list(db: &Connection, id: RecordId) -> Result<bool> {
    is(db, "resident_list", id)
}

/// Whether that is a resident who counts here.
///
/// # Errors
/// When the store does not answer.
pub fn is_resident(db: &Connection, id: RecordId) -> Result<bool> {
    is(db, "resident", id)
}

/// Facilities by name; at most so many.
///
/// # Errors
/// When the store does not answer.
pub fn facilities(db: &Connection, limit: u32) -> Result<Vec<RecordId>> {
    ids(
        db,
        "SELECT id FROM facility ORDER BY name COLLATE NOCASE, record LIMIT ?1",
        [limit],
    )
}

/// A facility of that name in that municipality.
///
/// # Errors
/// When the store does not answer.
pub fn called(db: &Connection, key: &str) -> Result<Option<RecordId>> {
    let found = ids(
        db,
        "SELECT id FROM facility WHERE key = ?1 ORDER BY record LIMIT 1",
        [key],
    )?;
    Ok(found.into_iter().next())
}

/// Lists of a node, or of all, of visits from that day on by day; of those whose tour is known here.
///
/// # Errors
/// When the store does not answer.
pub fn ahead(db: &Connection, node: Option<&str>, day: &str, limit: u32) -> Result<Vec<RecordId>> {
    ids(
        db,
        "SELECT l.id FROM resident_list l JOIN tour t ON t.id = l.tour JOIN visit v ON v.record = t.record AND v.stop = l.stop
         WHERE v.day >= ?2 AND (?1 IS NULL OR l.node = ?1) ORDER BY v.day, l.record LIMIT ?3",
        params![node, day, limit],
    )
}

/// Lists of visits before that day, the latest first.
///
/// # Errors
/// When the store does not answer.
pub fn past(db: &Connection, node: Option<&str>, day: &str, limit: u32) -> Result<Vec<RecordId>> {
    ids(
        db,
        "SELECT l.id FROM resident_list l JOIN tour t ON t.id = l.tour JOIN visit v ON v.record = t.record AND v.stop = l.stop
         WHERE v.day < ?2 AND (?1 IS NULL OR l.node = ?1) ORDER BY v.day DESC, l.record DESC LIMIT ?3",
        params![node, day, limit],
    )
}

/// The list of a visit to a facility, if there is one.
///
/// # Errors
/// When the store does not answer.
pub fn of_visit(
    db: &Connection,
    facility: RecordId,
    tour: RecordId,
    stop: &str,
) -> Result<Option<RecordId>> {
    let found = ids(
        db,
        "SELECT id FROM resident_list WHERE tour = ?1 AND stop = ?2 AND facility = ?3 ORDER BY record LIMIT 1",
        params![tour.0, stop, facility.0],
    )?;
    Ok(found.into_iter().next())
}

/// The residents of a list of that node; at most so many. Whom another node wrote on it counts for nothing.
///
/// # Errors
/// When the store does not answer.
pub fn residents(
    db: &Connection,
    (list, node): (RecordId, &str),
    limit: u32,
) -> Result<Vec<RecordId>> {
    ids(
        db,
        "SELECT id FROM resident WHERE list = ?1 AND node = ?2 ORDER BY record LIMIT ?3",
        params![list.0, node, limit],
    )
}

/// Residents on lists of other facilities who have that NIF, or that name and date of birth; at most 20.
///
/// # Errors
/// When the store does not answer.
pub fn elsewhere(db: &Connection, resident: RecordId) -> Result<Vec<RecordId>> {
    ids(
        db,
        "SELECT o.id FROM resident r JOIN resident o ON o.nif = r.nif AND o.facility <> r.facility WHERE r.id = ?1
         UNION SELECT o.id FROM resident r JOIN resident o ON o.person = r.person AND o.facility <> r.facility
            AND (o.nif IS NULL OR r.nif IS NULL OR o.nif = r.nif) WHERE r.id = ?1
         LIMIT 20",
        [resident.0],
    )
}

/// The resident who is served in that attendance, hex.
///
/// # Errors
/// When the store does not answer.
pub fn of_attendance(db: &Connection, attendance: &str) -> Result<Option<RecordId>> {
    let found = ids(
        db,
        "SELECT id FROM resident WHERE attendance = ?1 ORDER BY record LIMIT 1",
        [attendance],
    )?;
    Ok(found.into_iter().next())
}

/// With which list a session is at the bedside, hex.
///
/// # Errors
/// When the store does not answer.
pub fn bedside(db: &Connection, session: &str) -> Result<Option<String>> {
    Ok(db
        .prepare_cached("SELECT list FROM bedside WHERE session = ?1")?
        .query_row([session], |r| r.get(0))
        .optional()?)
}

/// A session goes to the bedside with a list, or comes from there. Sessions that are over are forgotten.
///
/// # Errors
/// When the store does not answer.
pub fn keep_bedside(db: &Connection, session: &str, list: Option<&str>) -> Result<()> {
    db.execute(
        "DELETE FROM bedside WHERE session = ?1 OR session NOT IN (SELECT id FROM session)",
        [session],
    )?;
    if let Some(list) = list {
        db.execute(
            "INSERT INTO bedside(session, list) VALUES (?1, ?2)",
            [session, list],
        )?;
    }
    Ok(())
}
