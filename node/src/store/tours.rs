//! Tours, their stops by day, and who is booked at them, derived from their records.

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::exchange::LENT;
use vereda_sync::id::RecordId;
use vereda_sync::record::booking::{Booking, State};
use vereda_sync::record::tour::{self, Tour};

use super::{Result, lookups, records};

/// Whether the hub wrote it: its tours and bookings come in no scope that spots share.
fn is_the_hubs(db: &Connection, row: i64) -> Result<bool> {
    let scope = records::scope_of(db, row)?;
    Ok([tour::SCOPE, LENT].contains(&scope.as_str()))
}

/// Derives a tour anew; nothing of one that a spot planned for another.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(db: &Connection, row: i64, id: RecordId, tour: &Tour) -> Result<()> {
    if !tour.is_own && !is_the_hubs(db, row)? {
        return Ok(());
    }
    for table in ["tour", "visit"] {
        db.prepare_cached(&format!("DELETE FROM {table} WHERE record = ?1"))?
            .execute([row])?;
    }
    let days = tour.stops.iter().map(|stop| stop.plan().day);
    let Some((first, last)) = days.clone().min().zip(days.max()) else {
        return Ok(());
    };
    db.prepare_cached(
        "INSERT INTO tour(record, id, node, first, last) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        row,
        id.0,
        tour.spot,
        first.to_string(),
        last.to_string()
    ])?;
    let mut insert =
        db.prepare_cached("INSERT INTO visit(record, stop, day, place) VALUES (?1, ?2, ?3, ?4)")?;
    for stop in &tour.stops {
        let plan = stop.plan();
        insert.execute(params![
            row,
            stop.id,
            plan.day.to_string(),
            plan.place_key()
        ])?;
    }
    Ok(())
}

/// Derives a booking anew; nothing of one that the hub did not write.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put_booking(
    db: &Connection,
    row: i64,
    id: RecordId,
    booking: &Booking,
) -> Result<()> {
    if !is_the_hubs(db, row)? {
        return Ok(());
    }
    let place = &booking.place;
    let attendance = match &booking.state {
        State::Came(attendance, _) => Some(attendance.to_string()),
        _ => None,
    };
    let lent = match &booking.lent {
        _ if booking.booked.nif.is_empty() || booking.state != State::Waits => i64::MAX,
        Some(lent) => lent.until_ms,
        None => 0,
    };
    db.prepare_cached(
        "INSERT OR REPLACE INTO booking(record, id, tour, stop, hour, attendance, lent)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        row,
        id.0,
        place.tour.0,
        place.stop,
        booking.booked.hour.to_string(),
        attendance,
        lent
    ])?;
    lookups::borrow(db, row, booking.lent.iter())
}

/// Bookings and residents of a day who are awaited, with a number, and for whom the hub has not lent until then; each
/// with the node that goes.
///
/// # Errors
/// When the store does not answer.
pub fn to_lend(
    db: &Connection,
    day: &str,
    until_ms: i64,
    limit: u32,
) -> Result<Vec<(RecordId, String)>> {
    let mut rows = db.prepare_cached(
        "SELECT b.id, t.node FROM visit v JOIN tour t USING (record) JOIN booking b ON b.tour = t.id AND b.stop = v.stop
         WHERE v.day = ?1 AND b.lent < ?2
         UNION ALL
         SELECT s.id, l.node FROM visit v JOIN tour t USING (record) JOIN resident_list l ON l.tour = t.id AND l.stop = v.stop
         JOIN resident s ON s.list = l.id WHERE v.day = ?1 AND s.lent < ?2
         LIMIT ?3",
    )?;
    let found = rows.query_map(params![day, until_ms, limit], |r| {
        Ok((RecordId(r.get(0)?), r.get(1)?))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The node that goes to see who is booked or listed there, and on which day; `None` when nothing is to be lent for them.
///
/// # Errors
/// When the store does not answer.
pub fn visit_to_lend_for(db: &Connection, id: RecordId) -> Result<Option<(String, String)>> {
    let mut row = db.prepare_cached(
        "SELECT t.node, v.day FROM booking b JOIN tour t ON t.id = b.tour JOIN visit v ON v.record = t.record AND v.stop = b.stop
         WHERE b.id = ?1 AND b.lent = 0
         UNION ALL
         SELECT l.node, v.day FROM resident s JOIN resident_list l ON l.id = s.list
         JOIN tour t ON t.id = l.tour JOIN visit v ON v.record = t.record AND v.stop = l.stop
         WHERE s.id = ?1 AND s.lent = 0",
    )?;
    Ok(row
        .query_row([id.0], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?)
}

fn ids(db: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Vec<RecordId>> {
    let mut rows = db.prepare_cached(sql)?;
    let found = rows.query_map(params, |r| r.get(0).map(RecordId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Whether that is a tour that counts here.
///
/// # Errors
/// When the store does not answer.
pub fn is_known(db: &Connection, tour: RecordId) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM tour WHERE id = ?1)")?
        .query_row([tour.0], |r| r.get(0))?)
}

/// Tours of a node with a stop on that day; at most 20.
///
/// # Errors
/// When the store does not answer.
pub fn on_day(db: &Connection, node: &str, day: &str) -> Result<Vec<RecordId>> {
    ids(
        db,
        "SELECT DISTINCT t.id FROM visit v JOIN tour t USING (record) WHERE v.day = ?1 AND t.node = ?2
         ORDER BY v.record LIMIT 20",
        params![day, node],
    )
}

/// Whether that is a booking that counts here.
///
/// # Errors
/// When the store does not answer.
pub fn is_booking(db: &Connection, booking: RecordId) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM booking WHERE id = ?1)")?
        .query_row([booking.0], |r| r.get(0))?)
}

/// Tours of a node, or of all, that are not over before that day: by their first day.
///
/// # Errors
/// When the store does not answer.
pub fn ahead(db: &Connection, node: Option<&str>, day: &str, limit: u32) -> Result<Vec<RecordId>> {
    ids(
        db,
        "SELECT id FROM tour WHERE last >= ?2 AND (?1 IS NULL OR node = ?1) ORDER BY first, record LIMIT ?3",
        params![node, day, limit],
    )
}

/// Those that were over before that day, the latest first.
///
/// # Errors
/// When the store does not answer.
pub fn past(db: &Connection, node: Option<&str>, day: &str, limit: u32) -> Result<Vec<RecordId>> {
    ids(
        db,
        "SELECT id FROM tour WHERE last < ?2 AND (?1 IS NULL OR node = ?1) ORDER BY last DESC, record DESC LIMIT ?3",
        params![node, day, limit],
    )
}

/// Tours of a node, or of all, with a stop from one day to another, both of them within.
///
/// # Errors
/// When the store does not answer.
pub fn between(
    db: &Connection,
    node: Option<&str>,
    (first, last): (&str, &str),
    limit: u32,
) -> Result<Vec<RecordId>> {
    ids(
        db,
        "SELECT DISTINCT t.id FROM visit v JOIN tour t USING (record)
         WHERE v.day >= ?2 AND v.day <= ?3 AND (?1 IS NULL OR t.node = ?1) ORDER BY t.first, v.record LIMIT ?4",
        params![node, first, last, limit],
    )
}

/// Tours with a stop at that place on that day; at most 20.
///
/// # Errors
/// When the store does not answer.
pub fn at_place(db: &Connection, day: &str, place: &str) -> Result<Vec<RecordId>> {
    ids(
        db,
        "SELECT DISTINCT t.id FROM visit v JOIN tour t USING (record) WHERE v.day = ?1 AND v.place = ?2
         ORDER BY v.record LIMIT 20",
        params![day, place],
    )
}

/// The booking with which somebody came who is served in that attendance, hex.
///
/// # Errors
/// When the store does not answer.
pub fn of_attendance(db: &Connection, attendance: &str) -> Result<Option<RecordId>> {
    let found = ids(
        db,
        "SELECT id FROM booking WHERE attendance = ?1 ORDER BY record LIMIT 1",
        [attendance],
    )?;
    Ok(found.into_iter().next())
}

/// The bookings of a tour by hour; at most so many.
///
/// # Errors
/// When the store does not answer.
pub fn bookings(db: &Connection, tour: RecordId, limit: u32) -> Result<Vec<RecordId>> {
    ids(
        db,
        "SELECT id FROM booking WHERE tour = ?1 ORDER BY hour, record LIMIT ?2",
        params![tour.0, limit],
    )
}
