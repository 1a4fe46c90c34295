//! What is derived from the journals: lists, search, conflicts, messages. All of
//! it can be thrown away and made anew.

use rusqlite::{Connection, OptionalExtension, ToSql, params};
use vereda_sync::conflict::{self, ValueConflict, duplicate_id, value_id};
use vereda_sync::duplicate::{self, Keys};
use vereda_sync::hlc::Hlc;
use vereda_sync::id::{BlobId, RecordId};
use vereda_sync::record::act::Act;
use vereda_sync::record::document::Document;
use vereda_sync::record::{Life, attendance, request};
use vereda_sync::text::fold;

use super::{Result, journal, schema};

/// What a node derives beyond the plain lists.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Id of this node.
    pub node: String,
    /// Whether requests made twice are looked for here (at the hub).
    pub finds_duplicates: bool,
}

/// At most so many like requests are compared with a new one.
const MAX_CANDIDATES: u32 = 32;

/// What the tables say of a record, as far as its document alone tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    own: bool,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Attendance(attendance::Summary),
    Request(Box<Request>),
    /// A kind that this version does not know.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Request {
    summary: request::Summary,
    conflicts: Vec<ValueConflict>,
    decisions: Vec<Act>,
    photos: Vec<BlobId>,
}

impl Derived {
    fn of(document: &Document, policy: &Policy) -> Self {
        let what = if let Some(summary) = request::Summary::of(document) {
            What::Request(Box::new(Request {
                summary,
                conflicts: conflict::of(document),
                decisions: request::decisions(document).cloned().collect(),
                photos: document.attached().into_iter().map(|a| a.blob).collect(),
            }))
        } else {
            attendance::Summary::of(document).map_or(What::Other, What::Attendance)
        };
        Self {
            own: document.node() == Some(policy.node.as_str()),
            what,
        }
    }
}

/// Derives a record anew from its document. `last` is what this gave before, if
/// nothing was derived of the record since: what is the same is not written again,
/// as with most steps of a request that is not recorded yet.
///
/// # Errors
/// When the store does not answer.
pub fn materialise(
    db: &Connection,
    row: i64,
    id: RecordId,
    document: &Document,
    policy: &Policy,
    last: Option<&Derived>,
) -> Result<Derived> {
    let derived = Derived::of(document, policy);
    if last == Some(&derived) && !policy.finds_duplicates {
        return Ok(derived);
    }
    match &derived.what {
        What::Attendance(summary) => put_attendance(db, row, id, derived.own, summary)?,
        What::Request(request) => {
            put_request(
                db,
                row,
                id,
                derived.own,
                &request.summary,
                request.conflicts.len(),
            )?;
            put_decisions(db, row, id, &request.decisions)?;
            for photo in &request.photos {
                super::blob::keep_named(db, *photo, row)?;
            }
            put_conflicts(db, row, id, &request.conflicts)?;
            if policy.finds_duplicates {
                find_duplicates(db, row, id, document, &request.summary)?;
            }
        }
        What::Other => (),
    }
    db.prepare_cached("UPDATE record SET dirty = 0 WHERE record = ?1 AND dirty = 1")?
        .execute([row])?;
    Ok(derived)
}

/// Nothing is left of a record: nothing is derived of it either.
///
/// # Errors
/// When the store does not answer.
pub fn forget(db: &Connection, row: i64) -> Result<()> {
    for table in schema::DERIVED_TABLES {
        db.execute(&format!("DELETE FROM {table} WHERE record = ?1"), [row])?;
    }
    db.execute("DELETE FROM conflict WHERE other = ?1", [row])?;
    db.execute("UPDATE record SET dirty = 0 WHERE record = ?1", [row])?;
    Ok(())
}

fn put_conflicts(
    db: &Connection,
    row: i64,
    id: RecordId,
    conflicts: &[ValueConflict],
) -> Result<()> {
    db.prepare_cached("DELETE FROM conflict WHERE record = ?1 OR other = ?1")?
        .execute([row])?;
    for conflict in conflicts {
        let since = conflict.sides.iter().map(|s| s.act.at).max();
        let field = &conflict.field;
        put_conflict(
            db,
            &value_id(id, field),
            "value",
            row,
            None,
            Some(field),
            since.unwrap_or_default(),
        )?;
    }
    Ok(())
}

fn put_attendance(
    db: &Connection,
    row: i64,
    id: RecordId,
    own: bool,
    s: &attendance::Summary,
) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO attendance(record, id, own, citizen, identified, closed, mediator, opened)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![row, id.to_string(), own, s.citizen, s.identified, s.closed, s.mediator, s.opened.unix_ms()])?;
    Ok(())
}

fn put_request(
    db: &Connection,
    row: i64,
    id: RecordId,
    own: bool,
    s: &request::Summary,
    conflicts: usize,
) -> Result<()> {
    let folded = fold(&format!(
        "{} {}",
        s.citizen,
        s.number.as_deref().unwrap_or("")
    ));
    db.prepare_cached(
        // The first change says what the update leaves out. Replacing the row would write every
        // index anew.
        "INSERT INTO request(record, id, own, number, service, edition, attendance, citizen, folded, spot,
         stop, mediator, at, sure, changed, life, fee, conflicts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
         ON CONFLICT(record) DO UPDATE SET number = ?4, citizen = ?8, folded = ?9, spot = ?10, stop = ?11,
         mediator = ?12, at = ?13, sure = ?14, changed = ?15, life = ?16, fee = ?17, conflicts = ?18",
    )?
    .execute(params![
        row,
        id.to_string(),
        own,
        s.number,
        s.service,
        s.edition,
        s.attendance.map(|a| a.to_string()),
        s.citizen,
        folded,
        s.spot,
        s.stop,
        s.mediator,
        s.at.unix_ms(),
        s.sure,
        s.changed.unix_ms(),
        life_code(s.life),
        s.fee_cents,
        i64::try_from(conflicts).unwrap_or(i64::MAX),
    ])?;
    Ok(())
}

fn put_decisions(db: &Connection, row: i64, id: RecordId, decisions: &[Act]) -> Result<()> {
    if decisions.is_empty() {
        return Ok(());
    }
    // A decision concerns this desk when it wrote anything of the record.
    let concerns: bool = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM entry JOIN journal USING (journal) WHERE record = ?1 AND own)")?
        .query_row([row], |r| r.get(0))?;
    let mut insert = db.prepare_cached(
        "INSERT OR REPLACE INTO decision(id, conflict, record, act, at, concerns) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for act in decisions {
        let other = |key: &str| act.more.get(key).and_then(|hex| RecordId::from_hex(hex));
        let conflict = match act.more.get("field") {
            Some(field) => value_id(id, field),
            None => match other("other") {
                Some(other) => duplicate_id(id, other),
                None => continue,
            },
        };
        insert.execute(params![
            format!("{id}.{}", act.id),
            conflict,
            row,
            act.id,
            act.at.unix_ms(),
            concerns
        ])?;
    }
    Ok(())
}

fn put_conflict(
    db: &Connection,
    id: &str,
    kind: &str,
    record: i64,
    other: Option<i64>,
    field: Option<&str>,
    since: Hlc,
) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO conflict(id, kind, record, other, field, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![id, kind, record, other, field, since.unix_ms()])?;
    Ok(())
}

fn find_duplicates(
    db: &Connection,
    row: i64,
    id: RecordId,
    document: &Document,
    s: &request::Summary,
) -> Result<()> {
    db.prepare_cached("DELETE FROM block WHERE record = ?1")?
        .execute([row])?;
    let Some(keys) = Keys::of(s, document.answers()) else {
        return Ok(());
    };
    let mut candidates: Vec<(i64, RecordId)> = Vec::new();
    for key in keys.blocks() {
        // One with entries that are not derived yet finds this one, once it can be read.
        let mut same = db.prepare_cached(
            "SELECT b.record, r.id FROM block b JOIN record r USING (record) WHERE b.key = ?1 AND r.dirty = 0
             ORDER BY b.record DESC LIMIT ?2",
        )?;
        let found = same.query_map(params![key, MAX_CANDIDATES], |r| {
            Ok((r.get(0)?, RecordId(r.get(1)?)))
        })?;
        for candidate in found {
            let candidate = candidate?;
            if !candidates.contains(&candidate) {
                candidates.push(candidate);
            }
        }
        db.prepare_cached("INSERT OR IGNORE INTO block(key, record) VALUES (?1, ?2)")?
            .execute(params![key, row])?;
    }
    for (other_row, other_id) in candidates {
        let conflict = duplicate_id(id, other_id);
        let decided: bool = db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM decision WHERE conflict = ?1)")?
            .query_row([&conflict], |r| r.get(0))?;
        if decided {
            continue;
        }
        let Some((other, other_keys)) = keys_of(db, other_row)? else {
            continue;
        };
        if duplicate::compare(&keys, &other_keys).is_some() {
            put_conflict(
                db,
                &conflict,
                "duplicate",
                row,
                Some(other_row),
                None,
                s.at.max(other.at),
            )?;
        }
    }
    Ok(())
}

/// Summary and keys of a request, from its document.
///
/// # Errors
/// When the store does not answer.
pub fn keys_of(db: &Connection, row: i64) -> Result<Option<(request::Summary, Keys)>> {
    let document = load(db, row)?;
    Ok(request::Summary::of(&document)
        .and_then(|s| Some((s.clone(), Keys::of(&s, document.answers())?))))
}

/// A record's document, from its changes.
///
/// # Errors
/// When the store does not answer, or the changes do not make a document.
pub fn load(db: &Connection, row: i64) -> Result<Document> {
    let changes = journal::changes(db, row)?;
    Ok(Document::load(changes.iter().map(Vec::as_slice))?)
}

/// Records with entries that are not in the derived tables yet, at most `limit`.
///
/// # Errors
/// When the store does not answer.
pub fn dirty(db: &Connection, limit: u32) -> Result<Vec<(i64, RecordId)>> {
    let mut rows = db.prepare_cached("SELECT record, id FROM record WHERE dirty = 1 LIMIT ?1")?;
    Ok(rows
        .query_map([limit], |r| Ok((r.get(0)?, RecordId(r.get(1)?))))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Marks a record as having entries that are not in the derived tables yet.
///
/// # Errors
/// When the store does not answer.
pub fn mark_dirty(db: &Connection, row: i64) -> Result<()> {
    db.prepare_cached("UPDATE record SET dirty = 1 WHERE record = ?1 AND dirty <> 1")?
        .execute([row])?;
    Ok(())
}

/// A record could not be derived: it is set aside (2), so that others go on.
///
/// # Errors
/// When the store does not answer.
pub fn set_aside(db: &Connection, row: i64) -> Result<()> {
    db.prepare_cached("UPDATE record SET dirty = 2 WHERE record = ?1")?
        .execute([row])?;
    Ok(())
}

/// Throws all derived tables away and marks every record to be derived anew.
///
/// # Errors
/// When the store does not answer.
pub fn reset(db: &Connection) -> Result<u64> {
    let tx = db.unchecked_transaction()?;
    for table in schema::DERIVED_TABLES {
        tx.execute_batch(&format!("DROP TABLE IF EXISTS {table}"))?;
    }
    tx.execute_batch(schema::DERIVED)?;
    let records = tx.execute("UPDATE record SET dirty = 1", [])?;
    tx.commit()?;
    Ok(records as u64)
}

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
}

/// The last own entry of the record is proven at the hub (true when there is none: then it
/// came from the hub), and none of it is known from another spot alone.
const AT_HUB: &str = "NOT EXISTS (SELECT 1 FROM entry e JOIN journal j USING (journal)
     WHERE e.record = q.record AND j.own AND e.idx > j.proven)
     AND NOT EXISTS (SELECT 1 FROM entry e JOIN hearsay h USING (entry) WHERE e.record = q.record)";

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
    })
}

fn lines(db: &Connection, rest: &str, params: impl rusqlite::Params) -> Result<Vec<RequestLine>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT q.record, q.id, q.own, q.number, q.service, q.attendance, q.citizen, q.spot, q.at, q.sure, q.changed,
         q.life, q.conflicts, {AT_HUB} FROM request q {rest}"
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
        "WHERE q.record = (SELECT record FROM record WHERE id = unhex(?1))",
        [id],
    )?
    .pop())
}

/// Requests of an attendance, oldest first.
///
/// # Errors
/// When the store does not answer.
pub fn of_attendance(db: &Connection, attendance: &str) -> Result<Vec<RequestLine>> {
    lines(db, "WHERE q.attendance = ?1 ORDER BY q.at", [attendance])
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

/// A conflict that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictLine {
    /// Its id.
    pub id: String,
    /// Two requests, not two values.
    pub is_duplicate: bool,
    /// The record.
    pub record: i64,
    /// The other record of a duplicate.
    pub other: Option<i64>,
    /// The field of a value conflict.
    pub field: Option<String>,
    /// Since when, milliseconds since 1970.
    pub since_ms: i64,
}

fn conflict_of(r: &rusqlite::Row<'_>) -> rusqlite::Result<ConflictLine> {
    Ok(ConflictLine {
        id: r.get(0)?,
        is_duplicate: r.get_ref(1)?.as_str().unwrap_or("") == "duplicate",
        record: r.get(2)?,
        other: r.get(3)?,
        field: r.get(4)?,
        since_ms: r.get(5)?,
    })
}

/// Undecided conflicts, oldest first.
///
/// # Errors
/// When the store does not answer.
pub fn conflicts(db: &Connection, limit: u32) -> Result<Vec<ConflictLine>> {
    let mut rows = db.prepare_cached(
        "SELECT id, kind, record, other, field, since FROM conflict ORDER BY since, id LIMIT ?1",
    )?;
    Ok(rows
        .query_map([limit], conflict_of)?
        .collect::<rusqlite::Result<_>>()?)
}

/// One undecided conflict.
///
/// # Errors
/// When the store does not answer.
pub fn conflict(db: &Connection, id: &str) -> Result<Option<ConflictLine>> {
    let mut rows = db.prepare_cached(
        "SELECT id, kind, record, other, field, since FROM conflict WHERE id = ?1",
    )?;
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
}

fn decisions(
    db: &Connection,
    rest: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<DecisionLine>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT d.id, d.conflict, d.record, d.act FROM decision d {rest}"
    ))?;
    Ok(rows
        .query_map(params, |r| {
            Ok(DecisionLine {
                id: r.get(0)?,
                conflict: r.get(1)?,
                record: r.get(2)?,
                act: r.get(3)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?)
}

/// The latest decisions, newest first.
///
/// # Errors
/// When the store does not answer.
pub fn latest_decisions(db: &Connection, limit: u32) -> Result<Vec<DecisionLine>> {
    decisions(db, "ORDER BY d.at DESC LIMIT ?1", [limit])
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

fn life_code(life: Life) -> &'static str {
    match life {
        Life::Draft => "draft",
        Life::Withdrawn => "withdrawn",
        _ => "recorded",
    }
}

fn life_from(code: &str) -> Life {
    match code {
        "draft" => Life::Draft,
        "withdrawn" => Life::Withdrawn,
        _ => Life::Recorded,
    }
}
