//! Tickets to the contact centre, derived from their records.

use rusqlite::{Connection, params};
use vereda_sync::id::RecordId;
use vereda_sync::record::ticket::{State, Ticket, handed as handed_to};

use super::rulings::Who;
use super::{Result, derived, journal, records};

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
    /// The citizen waited at the desk.
    pub is_urgent: bool,
    /// Since when the contact centre has the next word, milliseconds since 1970.
    pub since_ms: i64,
    /// It is with the second line.
    pub handed: Option<Handed>,
    /// Who has it in hand, at the hub.
    pub hand: Option<Who>,
}

/// That a question is with the second line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// Whom there, by name; or empty.
    pub to: String,
    /// Why.
    pub reason: String,
    /// Who handed it over.
    pub by: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
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
    let handed = ticket.escalated.as_ref();
    let (to, reason) = handed.map_or(("", ""), handed_to);
    db.prepare_cached(
        "INSERT OR REPLACE INTO ticket_term(record, urgent, since, handed, handed_by, handed_to, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        row,
        ticket.is_urgent,
        ticket.waits_since.unix_ms(),
        handed.map(|act| act.at.unix_ms()),
        handed.map_or("", |act| act.by.as_str()),
        to,
        reason
    ])?;
    if ticket.state != State::Waits {
        // It is in nobody's hands any longer.
        db.prepare_cached("DELETE FROM ticket_hand WHERE record = ?1")?
            .execute([row])?;
    }
    Ok(())
}

fn lines(db: &Connection, rest: &str, params: impl rusqlite::Params) -> Result<Vec<TicketLine>> {
    let at_hub = derived::AT_HUB;
    let mut rows = db.prepare_cached(&format!(
        // What was derived before version 12 has no term: it waits since something last happened.
        "SELECT q.id, q.subject, q.about, q.state, q.spot, q.changed, {at_hub}, coalesce(t.urgent, 0),
         coalesce(t.since, q.changed), t.handed, t.handed_by, t.handed_to, t.reason, h.person, h.name
         FROM ticket q LEFT JOIN ticket_term t USING (record) LEFT JOIN ticket_hand h USING (record) {rest}"
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
            is_urgent: r.get(7)?,
            since_ms: r.get(8)?,
            handed: match r.get::<_, Option<i64>>(9)? {
                Some(at_ms) => Some(Handed {
                    at_ms,
                    by: r.get(10)?,
                    to: r.get(11)?,
                    reason: r.get(12)?,
                }),
                None => None,
            },
            hand: match r.get::<_, Option<String>>(13)? {
                Some(id) => Some(Who {
                    id,
                    name: r.get(14)?,
                }),
                None => None,
            },
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

/// All tickets that wait for an answer: with the second line, with a citizen at the desk, oldest first; then what was answered
/// last.
///
/// # Errors
/// When the store does not answer.
pub fn for_the_contact_centre(db: &Connection, limit: u32) -> Result<Vec<TicketLine>> {
    lines(
        db,
        "ORDER BY q.state <> 'waits', t.handed IS NULL, coalesce(t.urgent, 0) DESC,
         CASE q.state WHEN 'waits' THEN coalesce(t.since, q.changed) ELSE -q.changed END LIMIT ?1",
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

/// Somebody takes a ticket in hand at the hub; `None`: nobody has it any longer.
///
/// # Errors
/// When the store does not answer.
pub fn hand(db: &Connection, id: RecordId, who: Option<&Who>, now_ms: i64) -> Result<()> {
    let Some(row) = records::find_record(db, id)? else {
        return Ok(());
    };
    match who {
        Some(who) => db
            .prepare_cached(
                "INSERT OR REPLACE INTO ticket_hand(record, person, name, at) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![row, who.id, who.name, now_ms])?,
        None => db
            .prepare_cached("DELETE FROM ticket_hand WHERE record = ?1")?
            .execute([row])?,
    };
    Ok(())
}
