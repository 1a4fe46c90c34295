//! Word that the hub sends to citizens: what is due, what waits to be handed over, what became of it. One for each outcome of
//! a request, whatever is derived anew.

use rusqlite::{Connection, Row, params};
use vereda_sync::record::outcome::{Telling, Way};

use super::Result;
use super::journal::count;

/// What became of word to a citizen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It is to be handed over.
    Waits,
    /// The server or gateway took it.
    Handed,
    /// It was refused, or tried for long enough.
    Failed,
    /// It is not to be sent any longer: it was taken back, told at a desk, or something newer came.
    Dropped,
}

impl State {
    const ALL: [Self; 4] = [Self::Waits, Self::Handed, Self::Failed, Self::Dropped];

    /// The word in the store.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Handed => "handed",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }

    fn from_code(code: &str) -> Self {
        let known = Self::ALL.into_iter().find(|state| state.code() == code);
        known.unwrap_or(Self::Dropped)
    }
}

/// Word to a citizen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The request, by its row.
    pub row: i64,
    /// The request, by its id.
    pub record: [u8; 32],
    /// Of which outcome: the id of its act.
    pub outcome: String,
    /// What happened: the kind of that act.
    pub what: String,
    /// The way.
    pub way: Way,
    /// Where it goes, hidden but for what tells it from others.
    pub hint: String,
    /// When it was made, milliseconds since 1970.
    pub made_ms: i64,
    /// What became of it.
    pub state: State,
    /// So many times it was tried in vain.
    pub tries: u32,
    /// When it is tried next, milliseconds since 1970.
    pub next_ms: i64,
    /// When that last changed, milliseconds since 1970.
    pub changed_ms: i64,
    /// What went wrong, the last time.
    pub trouble: String,
}

/// A request may have news for its citizen: the courier looks at it.
///
/// # Errors
/// When the store does not answer.
pub(super) fn owe(db: &Connection, row: i64, telling: &Telling) -> Result<()> {
    // Looked at is also what waits and is not to be sent any longer.
    let waits = || -> Result<bool> {
        Ok(db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM outbox WHERE record = ?1 AND state = 'waits')",
            )?
            .query_row([row], |r| r.get(0))?)
    };
    let goes = telling.contact.as_ref().is_some_and(|(it, _)| goes(it.way));
    let has_news = !telling.to_tell.is_empty() || telling.taken_on.is_some();
    if goes && has_news || waits()? {
        db.prepare_cached("INSERT OR IGNORE INTO outbox_due(record) VALUES (?1)")?
            .execute([row])?;
    }
    // What disagreed with a request may be free to be told.
    db.prepare_cached(
        "INSERT OR IGNORE INTO outbox_due(record) SELECT record FROM conflict WHERE other = ?1
         UNION SELECT other FROM conflict WHERE record = ?1 AND other IS NOT NULL",
    )?
    .execute([row])?;
    Ok(())
}

/// Lets go of what is over since before then, milliseconds since 1970.
///
/// # Errors
/// When the store does not answer.
pub fn forget_old(db: &Connection, before_ms: i64) -> Result<()> {
    db.execute(
        "DELETE FROM outbox WHERE state IN ('handed', 'failed', 'dropped') AND said = 1 AND changed < ?1",
        [before_ms],
    )?;
    Ok(())
}

/// At the start of the courier: what nobody was sent word of, as nothing was sent.
///
/// # Errors
/// When the store does not answer.
pub fn owe_untold(db: &Connection) -> Result<()> {
    db.execute(
        "INSERT OR IGNORE INTO outbox_due(record) SELECT DISTINCT record FROM task WHERE why = 'to-tell'",
        [],
    )?;
    Ok(())
}

/// Whether word goes that way by itself: the others need a person.
#[must_use]
pub fn goes(way: Way) -> bool {
    matches!(way, Way::Mail | Way::Sms)
}

/// Nothing is left of a record.
///
/// # Errors
/// When the store does not answer.
pub(super) fn forget(db: &Connection, row: i64) -> Result<()> {
    for table in ["outbox", "outbox_due"] {
        db.execute(&format!("DELETE FROM {table} WHERE record = ?1"), [row])?;
    }
    Ok(())
}

/// Requests that the courier is to look at: row and id.
///
/// # Errors
/// When the store does not answer.
pub fn due(db: &Connection, limit: u32) -> Result<Vec<(i64, [u8; 32])>> {
    let mut rows = db.prepare_cached(
        "SELECT d.record, r.id FROM outbox_due d JOIN record r USING (record) ORDER BY d.record LIMIT ?1",
    )?;
    let due = rows.query_map([limit], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(due.collect::<rusqlite::Result<_>>()?)
}

/// The courier has looked at a request.
///
/// # Errors
/// When the store does not answer.
pub fn looked_at(db: &Connection, row: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM outbox_due WHERE record = ?1")?
        .execute([row])?;
    Ok(())
}

/// Word of an outcome is to be handed over; nothing happens where there is such a one already, whatever became of it.
///
/// # Errors
/// When the store does not answer.
pub fn put(
    db: &Connection,
    row: i64,
    (outcome, what): (&str, &str),
    (way, hint): (Way, &str),
    (made_ms, next_ms): (i64, i64),
) -> Result<()> {
    db.prepare_cached(
        "INSERT OR IGNORE INTO outbox(record, outcome, what, way, hint, made, state, tries, next, changed, trouble, said)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waits', 0, ?7, ?6, '', 1)",
    )?
    .execute(params![row, outcome, what, way.code(), hint, made_ms, next_ms])?;
    Ok(())
}

const COLUMNS: &str = "o.record, r.id, o.outcome, o.what, o.way, o.hint, o.made, o.state, o.tries, o.next, o.changed, o.trouble
    FROM outbox o JOIN record r USING (record)";

fn read(r: &Row<'_>) -> rusqlite::Result<Sent> {
    let way: String = r.get(4)?;
    Ok(Sent {
        row: r.get(0)?,
        record: r.get(1)?,
        outcome: r.get(2)?,
        what: r.get(3)?,
        way: Way::ALL
            .into_iter()
            .find(|it| it.code() == way)
            .unwrap_or(Way::Comes),
        hint: r.get(5)?,
        made_ms: r.get(6)?,
        state: State::from_code(r.get_ref(7)?.as_str().unwrap_or("")),
        tries: r.get(8)?,
        next_ms: r.get(9)?,
        changed_ms: r.get(10)?,
        trouble: r.get(11)?,
    })
}

fn some(db: &Connection, rest: &str, params: impl rusqlite::Params) -> Result<Vec<Sent>> {
    let mut rows = db.prepare_cached(&format!("SELECT {COLUMNS} {rest}"))?;
    let found = rows.query_map(params, read)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// What is next to be handed over in that way: what waits longest for its turn.
///
/// # Errors
/// When the store does not answer.
pub fn next(db: &Connection, way: Way, now_ms: i64) -> Result<Option<Sent>> {
    let rest = "WHERE o.state = 'waits' AND o.way = ?1 AND o.next <= ?2 ORDER BY o.next LIMIT 1";
    Ok(some(db, rest, params![way.code(), now_ms])?.pop())
}

/// What waits of a request.
///
/// # Errors
/// When the store does not answer.
pub fn waiting_of(db: &Connection, row: i64) -> Result<Vec<Sent>> {
    some(db, "WHERE o.record = ?1 AND o.state = 'waits'", [row])
}

/// Keeps what became of it. What was handed over or failed is to be written in the request's record.
///
/// # Errors
/// When the store does not answer.
pub fn keep(db: &Connection, it: &Sent) -> Result<()> {
    let is_said = !matches!(it.state, State::Handed | State::Failed);
    db.prepare_cached(
        "UPDATE outbox SET way = ?3, hint = ?4, state = ?5, tries = ?6, next = ?7, changed = ?8, trouble = ?9, said = ?10
         WHERE record = ?1 AND outcome = ?2",
    )?
    .execute(params![
        it.row,
        it.outcome,
        it.way.code(),
        it.hint,
        it.state.code(),
        it.tries,
        it.next_ms,
        it.changed_ms,
        it.trouble,
        is_said
    ])?;
    Ok(())
}

/// What came of it and is to be written in the request's record, oldest first.
///
/// # Errors
/// When the store does not answer.
pub fn unsaid(db: &Connection, limit: u32) -> Result<Vec<Sent>> {
    some(db, "WHERE o.said = 0 ORDER BY o.changed LIMIT ?1", [limit])
}

/// It is written in the request's record.
///
/// # Errors
/// When the store does not answer.
pub fn keep_said(db: &Connection, row: i64, outcome: &str) -> Result<()> {
    db.prepare_cached("UPDATE outbox SET said = 1 WHERE record = ?1 AND outcome = ?2")?
        .execute(params![row, outcome])?;
    Ok(())
}

/// What is in that state, newest first.
///
/// # Errors
/// When the store does not answer.
pub fn list(db: &Connection, state: State, limit: u32) -> Result<Vec<Sent>> {
    let rest = "WHERE o.state = ?1 ORDER BY o.changed DESC LIMIT ?2";
    some(db, rest, params![state.code(), limit])
}

/// How many are in that state.
///
/// # Errors
/// When the store does not answer.
pub fn how_many(db: &Connection, state: State) -> Result<u64> {
    Ok(db
        .prepare_cached("SELECT count(*) FROM outbox WHERE state = ?1")?
        .query_row([state.code()], |r| r.get(0).map(count))?)
}

/// What failed is tried anew from now on; whether there was such a one.
///
/// # Errors
/// When the store does not answer.
pub fn try_again(db: &Connection, row: i64, outcome: &str, now_ms: i64) -> Result<bool> {
    let changed = db
        .prepare_cached(
            "UPDATE outbox SET state = 'waits', tries = 0, made = ?3, next = ?3, changed = ?3, said = 1
             WHERE record = ?1 AND outcome = ?2 AND state = 'failed'",
        )?
        .execute(params![row, outcome, now_ms])?;
    Ok(changed == 1)
}
