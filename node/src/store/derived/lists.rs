//! What desk and console read of what is derived: requests, attendances, conflicts, decisions.

use rusqlite::{Connection, OptionalExtension, ToSql, params};
use vereda_sync::record::Life;
use vereda_sync::record::request::Owed;
use vereda_sync::text::fold;

use crate::store::{Result, journal};

/// A request as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// Row of the record.
    pub row: i64,
    /// Id of the record, hex.
    pub id: String,
    /// Made at this node.
    pub own: bool,
    /// Its number.
    pub number: Option<String>,
    /// Service of the catalogue.
    pub service: String,
    /// Edition of the catalogue under which it was made.
    pub edition: u32,
    /// The attendance.
    pub attendance: Option<String>,
    /// The citizen's name.
    pub citizen: String,
    /// Where it was made.
    pub spot: String,
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// Whether that clock was trusted.
    pub sure: bool,
    /// When it last changed since it was recorded (before that: when it began),
    /// milliseconds since 1970.
    pub changed_ms: i64,
    /// As far as the record itself tells.
    pub life: Life,
    /// Fields in conflict.
    pub conflicts: u32,
    /// The hub has proven custody of every entry of it that was written here.
    pub at_hub: bool,
    /// What is still owed.
    pub owes: Owed,
    /// It stood on paper first.
    pub late: bool,
}

/// The last own entry of the record is proven at the hub (true when there is none: then it
/// came from the hub), and the hub has sent the rest of it.
pub(in crate::store) const AT_HUB: &str =
    "NOT EXISTS (SELECT 1 FROM entry e JOIN journal j USING (journal)
     WHERE e.record = q.record AND j.own AND e.idx > j.proven)
     AND NOT EXISTS (SELECT 1 FROM entry e JOIN unheard h USING (entry) WHERE e.record = q.record)";

/// What is owed; who paid at the till needs no reference any more.
const OWES: &str =
    "q.owes & CASE WHEN q.owes & 8 AND EXISTS (SELECT 1 FROM payment p WHERE p.request = q.id)
     THEN ~8 ELSE ~0 END";

fn line_of(r: &rusqlite::Row<'_>) -> rusqlite::Result<RequestLine> {
    Ok(RequestLine {
        row: r.get(0)?,
        id: r.get(1)?,
        own: r.get(2)?,
        number: r.get(3)?,
        service: r.get(4)?,
        attendance: r.get(5)?,
        citizen: r.get(6)?,
        spot: r.get(7)?,
        at_ms: r.get(8)?,
        sure: r.get(9)?,
        changed_ms: r.get(10)?,
        life: life_from(r.get_ref(11)?.as_str().unwrap_or("")),
        conflicts: r.get(12)?,
        at_hub: r.get(13)?,
        edition: r.get(14)?,
        owes: owed(r.get(15)?),
        late: r.get(16)?,
    })
}

fn lines(db: &Connection, rest: &str, params: impl rusqlite::Params) -> Result<Vec<RequestLine>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT q.record, q.id, q.own, q.number, q.service, q.attendance, q.citizen, q.spot, q.at, q.sure, q.changed,
         q.life, q.conflicts, {AT_HUB}, q.edition, {OWES},
         EXISTS (SELECT 1 FROM late l WHERE l.record = q.record) FROM request q {rest}"
    ))?;
    Ok(rows
        .query_map(params, line_of)?
        .collect::<rusqlite::Result<_>>()?)
}

/// One request.
///
/// # Errors
/// When the store does not answer.
pub fn request(db: &Connection, id: &str) -> Result<Option<RequestLine>> {
    Ok(lines(
        db,
        "WHERE q.record = (SELECT record FROM record_by_id WHERE id = unhex(?1))",
        [id],
    )?
    .pop())
}

/// The id of the recorded request with that number.
///
/// # Errors
/// When the store does not answer.
pub fn by_number(db: &Connection, number: &str) -> Result<Option<String>> {
    Ok(db
        .prepare_cached("SELECT id FROM request WHERE number = ?1")?
        .query_row([number], |r| r.get(0))
        .optional()?)
}

/// The ids of the recorded requests with that number, at most so many.
///
/// # Errors
/// When the store does not answer.
pub fn ids_by_number(db: &Connection, number: &str, limit: u32) -> Result<Vec<String>> {
    let mut rows = db.prepare_cached("SELECT id FROM request WHERE number = ?1 LIMIT ?2")?;
    let found = rows.query_map(params![number, limit], |r| r.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Whether a recorded request has a number with that prefix.
///
/// # Errors
/// When the store does not answer.
pub fn any_number_begins(db: &Connection, prefix: &str) -> Result<bool> {
    let (from, to) = (format!("{prefix}-"), format!("{prefix}."));
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM request WHERE number >= ?1 AND number < ?2)")?
        .query_row([from, to], |r| r.get(0))?)
}

/// Requests of an attendance, oldest first.
///
/// # Errors
/// When the store does not answer.
pub fn of_attendance(db: &Connection, attendance: &str) -> Result<Vec<RequestLine>> {
    lines(db, "WHERE q.attendance = ?1 ORDER BY q.at", [attendance])
}

/// Requests of a household, oldest first; not those of that attendance.
///
/// # Errors
/// When the store does not answer.
pub fn of_household(
    db: &Connection,
    household: &str,
    attendance: &str,
) -> Result<Vec<RequestLine>> {
    lines(
        db,
        "WHERE q.attendance IS NOT ?2 AND q.record IN (
             SELECT record FROM household WHERE household = ?1 UNION ALL
             SELECT record FROM request WHERE attendance = ?1) ORDER BY q.at LIMIT 200",
        [household, attendance],
    )
}

/// Recorded requests of whoever has one of these keys ([`super::keys_of_asker`]), newest first; not
/// those of that attendance.
///
/// # Errors
/// When the store does not answer.
pub fn asked_before(
    db: &Connection,
    keys: &[String],
    attendance: &str,
    limit: u32,
) -> Result<Vec<RequestLine>> {
    let mut found: Vec<RequestLine> = Vec::new();
    for key in keys {
        let of_key = lines(
            db,
            "WHERE q.record IN (SELECT a.record FROM asker a JOIN request r USING (record)
             WHERE a.key = ?1 AND r.attendance IS NOT ?2 ORDER BY a.at DESC LIMIT ?3)",
            params![key, attendance, limit],
        )?;
        found.extend(of_key);
    }
    found.sort_by(|a, b| b.at_ms.cmp(&a.at_ms).then_with(|| a.row.cmp(&b.row)));
    found.dedup_by_key(|line| line.row);
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// Words of a query that are looked for; nobody types more.
const MAX_QUERY_WORDS: usize = 8;

/// Recorded requests whose name or number holds all words of `query`, newest first.
///
/// # Errors
/// When the store does not answer.
pub fn search(db: &Connection, query: &str, limit: u32) -> Result<Vec<RequestLine>> {
    let folded = fold(query);
    let words: Vec<&str> = folded.split_whitespace().take(MAX_QUERY_WORDS).collect();
    // The rows are wide and the search reads many: it looks in a narrow index first.
    let holds: String = (2..words.len() + 2)
        .map(|word| format!(" AND instr(folded, ?{word})"))
        .collect();
    let mut parameters: Vec<&dyn ToSql> = vec![&limit];
    parameters.extend(words.iter().map(|word| word as &dyn ToSql));
    lines(
        db,
        &format!(
            "WHERE q.record IN (SELECT record FROM request
             WHERE number IS NOT NULL{holds} ORDER BY changed DESC LIMIT ?1) ORDER BY q.changed DESC"
        ),
        &parameters[..],
    )
}

/// Requests recorded at this node, newest first.
///
/// # Errors
/// When the store does not answer.
pub fn recent_own(db: &Connection, limit: u32) -> Result<Vec<RequestLine>> {
    lines(
        db,
        "WHERE q.number IS NOT NULL AND q.own ORDER BY q.changed DESC LIMIT ?1",
        [limit],
    )
}

/// An attendance as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendanceLine {
    /// Id of the record, hex.
    pub id: String,
    /// The citizen's name, once known.
    pub citizen: Option<String>,
    /// Who serves.
    pub mediator: String,
    /// Milliseconds since 1970.
    pub opened_ms: i64,
}

/// Attendances begun here and not closed, newest first.
///
/// # Errors
/// When the store does not answer.
pub fn open_attendances(db: &Connection) -> Result<Vec<AttendanceLine>> {
    let mut rows = db.prepare_cached(
        "SELECT id, citizen, mediator, opened FROM attendance WHERE closed = 0 AND own = 1 ORDER BY opened DESC LIMIT 50",
    )?;
    Ok(rows
        .query_map([], |r| {
            Ok(AttendanceLine {
                id: r.get(0)?,
                citizen: r.get(1)?,
                mediator: r.get(2)?,
                opened_ms: r.get(3)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?)
}

/// Attendances closed here that began at or after a time.
///
/// # Errors
/// When the store does not answer.
pub fn served_since(db: &Connection, since_ms: i64) -> Result<u64> {
    Ok(journal::count(
        db.prepare_cached(
            "SELECT count(*) FROM attendance WHERE closed = 1 AND own = 1 AND opened >= ?1",
        )?
        .query_row([since_ms], |r| r.get(0))?,
    ))
}

/// What disagrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disagree {
    /// Values of one field.
    Values,
    /// Two requests that seem to be one.
    Requests,
    /// What was typed of a person, and their card that was read elsewhere.
    Identity,
}

/// A conflict that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictLine {
    /// Its id.
    pub id: String,
    /// What disagrees.
    pub kind: Disagree,
    /// The record.
    pub record: i64,
    /// The other record: the other request, or that of which the card was read.
    pub other: Option<i64>,
    /// The field of a value conflict.
    pub field: Option<String>,
    /// Since when, milliseconds since 1970.
    pub since_ms: i64,
    /// The scope of the record.
    pub scope: String,
}

fn conflict_of(r: &rusqlite::Row<'_>) -> rusqlite::Result<ConflictLine> {
    Ok(ConflictLine {
        id: r.get(0)?,
        kind: match r.get_ref(1)?.as_str().unwrap_or("") {
            "duplicate" => Disagree::Requests,
            "identity" => Disagree::Identity,
            _ => Disagree::Values,
        },
        record: r.get(2)?,
        other: r.get(3)?,
        field: r.get(4)?,
        since_ms: r.get(5)?,
        scope: r.get::<_, Option<String>>(6)?.unwrap_or_default(),
    })
}

const CONFLICT: &str = "SELECT c.id, c.kind, c.record, c.other, c.field, c.since, r.scope FROM conflict c JOIN record r USING (record)";

/// Undecided conflicts, oldest first.
///
/// # Errors
/// When the store does not answer.
pub fn conflicts(db: &Connection, limit: u32) -> Result<Vec<ConflictLine>> {
    let mut rows = db.prepare_cached(&format!("{CONFLICT} ORDER BY c.since, c.id LIMIT ?1"))?;
    Ok(rows
        .query_map([limit], conflict_of)?
        .collect::<rusqlite::Result<_>>()?)
}

/// Undecided conflicts of a record, oldest first.
///
/// # Errors
/// When the store does not answer.
pub fn conflicts_of(db: &Connection, row: i64) -> Result<Vec<ConflictLine>> {
    let mut rows = db.prepare_cached(&format!(
        "{CONFLICT} WHERE c.record = ?1 ORDER BY c.since, c.id LIMIT 50"
    ))?;
    Ok(rows
        .query_map([row], conflict_of)?
        .collect::<rusqlite::Result<_>>()?)
}

/// Undecided conflicts about a field, oldest first.
///
/// # Errors
/// When the store does not answer.
pub fn conflicts_about(db: &Connection, field: &str, limit: usize) -> Result<Vec<ConflictLine>> {
    let mut rows = db.prepare_cached(&format!(
        "{CONFLICT} WHERE c.field = ?1 ORDER BY c.since, c.id LIMIT ?2"
    ))?;
    Ok(rows
        .query_map(
            params![field, i64::try_from(limit).unwrap_or(i64::MAX)],
            conflict_of,
        )?
        .collect::<rusqlite::Result<_>>()?)
}

/// How many undecided conflicts are about a field.
///
/// # Errors
/// When the store does not answer.
pub fn count_about(db: &Connection, field: &str) -> Result<u64> {
    Ok(db
        .prepare_cached("SELECT count(*) FROM conflict WHERE field = ?1")?
        .query_row([field], |r| r.get(0).map(journal::count))?)
}

/// The scopes of records that have undecided conflicts.
///
/// # Errors
/// When the store does not answer.
pub fn conflict_scopes(db: &Connection) -> Result<Vec<String>> {
    let mut rows = db.prepare_cached(
        "SELECT DISTINCT r.scope FROM conflict JOIN record r USING (record) WHERE r.scope IS NOT NULL ORDER BY 1 LIMIT 500",
    )?;
    Ok(rows
        .query_map([], |r| r.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// One undecided conflict.
///
/// # Errors
/// When the store does not answer.
pub fn conflict(db: &Connection, id: &str) -> Result<Option<ConflictLine>> {
    let mut rows = db.prepare_cached(&format!("{CONFLICT} WHERE c.id = ?1"))?;
    Ok(rows.query_row([id], conflict_of).optional()?)
}

/// Number of undecided conflicts and since when the oldest waits.
///
/// # Errors
/// When the store does not answer.
pub fn conflict_count(db: &Connection) -> Result<(u64, Option<i64>)> {
    Ok(db
        .prepare_cached("SELECT count(*), min(since) FROM conflict")?
        .query_row([], |r| Ok((journal::count(r.get(0)?), r.get(1)?)))?)
}

/// A decision that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionLine {
    /// Its id.
    pub id: String,
    /// The conflict that it settled.
    pub conflict: String,
    /// The record.
    pub record: i64,
    /// The act in the record.
    pub act: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
}

impl DecisionLine {
    /// The request that it was written into, hexadecimal.
    #[must_use]
    pub fn request(&self) -> &str {
        self.id.split_once('.').map_or(&self.id, |(hex, _)| hex)
    }
}

fn decisions(
    db: &Connection,
    rest: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<DecisionLine>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT d.id, d.conflict, d.record, d.act, d.at FROM decision d {rest}"
    ))?;
    Ok(rows
        .query_map(params, |r| {
            Ok(DecisionLine {
                id: r.get(0)?,
                conflict: r.get(1)?,
                record: r.get(2)?,
                act: r.get(3)?,
                at_ms: r.get(4)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?)
}

/// The latest decisions, newest first.
///
/// # Errors
/// When the store does not answer.
pub fn latest_decisions(db: &Connection, limit: u32) -> Result<Vec<DecisionLine>> {
    decisions(
        db,
        "WHERE d.conflict <> '' ORDER BY d.at DESC LIMIT ?1",
        [limit],
    )
}

/// The decisions that settled a conflict.
///
/// # Errors
/// When the store does not answer.
pub fn decisions_of(db: &Connection, conflict: &str) -> Result<Vec<DecisionLine>> {
    decisions(db, "WHERE d.conflict = ?1 ORDER BY d.at DESC", [conflict])
}

/// Decisions about what was written here that nobody here has read, oldest first.
///
/// # Errors
/// When the store does not answer.
pub fn unread_decisions(db: &Connection) -> Result<Vec<DecisionLine>> {
    decisions(
        db,
        "WHERE d.concerns AND NOT EXISTS (SELECT 1 FROM read_message m WHERE m.message = d.id)
         ORDER BY d.at LIMIT 50",
        [],
    )
}

/// Somebody here has read a message.
///
/// # Errors
/// When the store does not answer.
pub fn mark_read(db: &Connection, message: &str, now_ms: i64) -> Result<()> {
    db.execute(
        "INSERT INTO read_message(message, at) SELECT id, ?2 FROM decision WHERE id = ?1 ON CONFLICT DO NOTHING",
        params![message, now_ms],
    )?;
    Ok(())
}

fn owed(code: i64) -> Owed {
    Owed {
        paper: code & 1 != 0,
        proof: code & 2 != 0,
        hour: code & 4 != 0,
        reference: code & 8 != 0,
    }
}

fn life_from(code: &str) -> Life {
    match code {
        "draft" => Life::Draft,
        "withdrawn" => Life::Withdrawn,
        "returned" => Life::Returned,
        "forwarded" => Life::Forwarded,
        "accepted" => Life::Accepted,
        "refused" => Life::Refused,
        "completed" => Life::Completed,
        _ => Life::Recorded,
    }
}
