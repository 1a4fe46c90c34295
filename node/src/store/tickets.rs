//! Tickets to the contact centre, derived from their records.

use rusqlite::{Connection, params};
use vereda_sync::id::RecordId;
use vereda_sync::record::ticket::{State, Ticket};

use super::{Result, derived, journal};

/// A ticket as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketLine {
    /// Id of the record.
    pub id: RecordId,
    /// The beginning of the question.
    pub subject: String,
    /// The request it is about, hex; or empty.
    pub about: String,
    /// How far it is.
    pub state: State,
    /// The spot that asks.
    pub spot: String,
    /// When something last happened, milliseconds since 1970.
    pub changed_ms: i64,
    /// The hub has proven custody of every entry of it that was written here.
    pub at_hub: bool,
}

/// Derives a ticket anew.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(
    db: &Connection,
    row: i64,
    id: RecordId,
    own: bool,
    ticket: &Ticket,
) -> Result<()> {
    let about = ticket.about.map_or_else(String::new, |r| r.to_string());
    let spot = ticket
        .said
        .first()
        .map_or("", |said| said.act.spot.as_str());
    db.prepare_cached(
        "INSERT OR REPLACE INTO ticket(record, id, own, about, subject, state, spot, changed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        row,
        id.0,
        own,
        about,
        ticket.subject(),
        ticket.state.code(),
        spot,
        ticket.changed.unix_ms()
    ])?;
    Ok(())
}

fn lines(db: &Connection, rest: &str, params: impl rusqlite::Params) -> Result<Vec<TicketLine>> {
    let at_hub = derived::AT_HUB;
    let mut rows = db.prepare_cached(&format!(
        "SELECT q.id, q.subject, q.about, q.state, q.spot, q.changed, {at_hub} FROM ticket q {rest}"
    ))?;
    let found = rows.query_map(params, |r| {
        Ok(TicketLine {
            id: RecordId(r.get(0)?),
            subject: r.get(1)?,
            about: r.get(2)?,
            state: State::from_code(r.get_ref(3)?.as_str().unwrap_or("")).unwrap_or(State::Waits),
            spot: r.get(4)?,
            changed_ms: r.get(5)?,
            at_hub: r.get(6)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Tickets asked at this node: those that are open first, newest first among them.
///
/// # Errors
/// When the store does not answer.
pub fn own(db: &Connection, limit: u32) -> Result<Vec<TicketLine>> {
    lines(
        db,
        "WHERE q.own ORDER BY q.state = 'closed', q.changed DESC LIMIT ?1",
        [limit],
    )
}

/// Tickets asked at this node that were answered, oldest first.
///
/// # Errors
/// When the store does not answer.
pub fn answered(db: &Connection) -> Result<Vec<TicketLine>> {
    lines(
        db,
        "WHERE q.own AND q.state = 'answered' ORDER BY q.changed LIMIT 50",
        [],
    )
}

/// All tickets that wait for an answer, oldest first; then what was answered last.
///
/// # Errors
/// When the store does not answer.
pub fn for_the_contact_centre(db: &Connection, limit: u32) -> Result<Vec<TicketLine>> {
    lines(
        db,
        "ORDER BY q.state <> 'waits', CASE q.state WHEN 'waits' THEN q.changed ELSE -q.changed END LIMIT ?1",
        [limit],
    )
}

/// How many wait for an answer.
///
/// # Errors
/// When the store does not answer.
pub fn waiting(db: &Connection) -> Result<u64> {
    Ok(db
        .prepare_cached("SELECT count(*) FROM ticket WHERE state = 'waits'")?
        .query_row([], |r| r.get(0).map(journal::count))?)
}

/// One ticket.
///
/// # Errors
/// When the store does not answer.
pub fn one(db: &Connection, id: RecordId) -> Result<Option<TicketLine>> {
    Ok(lines(db, "WHERE q.id = ?1", [id.0])?.pop())
}
