//! Machines and screens that joined this spot, who has an attendance, and attendances that were brought back.

use rusqlite::{Connection, OptionalExtension, params};

use super::Result;
use super::people::token_hash;

/// A machine or a screen that joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// Its id.
    pub id: String,
    /// As it was called when it joined.
    pub name: String,
    /// A citizen's screen, and no desk.
    pub is_screen: bool,
    /// Since when, milliseconds since 1970.
    pub at_ms: i64,
    /// When it was heard of last, to the minute, milliseconds since 1970.
    pub heard_ms: i64,
}

const JOINED: &str = "id, name, screen, at, heard";

fn joined_of(r: &rusqlite::Row<'_>) -> rusqlite::Result<Joined> {
    Ok(Joined {
        id: r.get(0)?,
        name: r.get(1)?,
        is_screen: r.get(2)?,
        at_ms: r.get(3)?,
        heard_ms: r.get(4)?,
    })
}

/// All that joined, in that order.
///
/// # Errors
/// When the store does not answer.
pub fn all(db: &Connection) -> Result<Vec<Joined>> {
    let mut rows = db.prepare_cached(&format!("SELECT {JOINED} FROM joined ORDER BY at, id"))?;
    Ok(rows
        .query_map([], joined_of)?
        .collect::<rusqlite::Result<_>>()?)
}

/// The one with that token.
///
/// # Errors
/// When the store does not answer.
pub fn of_token(db: &Connection, token: &str) -> Result<Option<Joined>> {
    let mut rows = db.prepare_cached(&format!("SELECT {JOINED} FROM joined WHERE token = ?1"))?;
    Ok(rows.query_row([token_hash(token)], joined_of).optional()?)
}

/// Keeps one that joined; of its token only the hash.
///
/// # Errors
/// When the store does not answer.
pub fn join(db: &Connection, joined: &Joined, token: &str) -> Result<()> {
    db.execute(
        "INSERT INTO joined(id, token, name, screen, at, heard) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            joined.id,
            token_hash(token),
            joined.name,
            joined.is_screen,
            joined.at_ms,
            joined.heard_ms
        ],
    )?;
    Ok(())
}

/// It was heard of.
///
/// # Errors
/// When the store does not answer.
pub fn heard(db: &Connection, id: &str, now_ms: i64) -> Result<()> {
    db.prepare_cached("UPDATE joined SET heard = ?2 WHERE id = ?1")?
        .execute(params![id, now_ms])?;
    Ok(())
}

/// Takes one out, and ends the sessions at it; gives these.
///
/// # Errors
/// When the store does not answer.
pub fn remove(db: &Connection, id: &str) -> Result<Vec<String>> {
    db.execute("DELETE FROM joined WHERE id = ?1", [id])?;
    let mut rows = db.prepare_cached("DELETE FROM session WHERE desk = ?1 RETURNING id")?;
    Ok(rows
        .query_map([id], |r| r.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Until when nobody signs in at a desk, milliseconds since 1970.
///
/// # Errors
/// When the store does not answer.
pub fn locked_until(db: &Connection, id: &str) -> Result<i64> {
    Ok(db
        .query_row("SELECT locked_until FROM joined WHERE id = ?1", [id], |r| {
            r.get(0)
        })
        .optional()?
        .unwrap_or(0))
}

/// Counts a PIN that was tried at a desk: after so many wrong ones it is locked until then; a right one
/// forgets them.
///
/// # Errors
/// When the store does not answer.
pub fn count_pin(
    db: &Connection,
    id: &str,
    was_wrong: bool,
    (most, until_ms): (u32, i64),
) -> Result<()> {
    db.execute(
        "UPDATE joined SET
             locked_until = CASE WHEN ?2 AND tries + 1 >= ?3 THEN ?4 ELSE 0 END,
             tries = CASE WHEN ?2 AND tries + 1 < ?3 THEN tries + 1 ELSE 0 END
         WHERE id = ?1",
        params![id, was_wrong, most, until_ms],
    )?;
    Ok(())
}

/// Who has an attendance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// At which desk; empty for the node's own.
    pub desk: String,
    /// Who wrote there, as they are called.
    pub person: String,
    /// Since when, milliseconds since 1970.
    pub at_ms: i64,
    /// They took it over: nobody else writes in it until they take it over in turn.
    pub was_taken: bool,
}

/// Who has it; `None` when nobody here wrote in it.
///
/// # Errors
/// When the store does not answer.
pub fn holder(db: &Connection, attendance: &str) -> Result<Option<Holder>> {
    Ok(db
        .prepare_cached("SELECT desk, person, at, taken FROM holder WHERE attendance = ?1")?
        .query_row([attendance], |r| {
            Ok(Holder {
                desk: r.get(0)?,
                person: r.get(1)?,
                at_ms: r.get(2)?,
                was_taken: r.get(3)?,
            })
        })
        .optional()?)
}

/// Somebody has it from now on.
///
/// # Errors
/// When the store does not answer.
pub fn hold(db: &Connection, attendance: &str, holder: &Holder) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO holder(attendance, desk, person, at, taken) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT(attendance) DO UPDATE SET desk = ?2, person = ?3, at = ?4, taken = ?5",
    )?
    .execute(params![
        attendance,
        holder.desk,
        holder.person,
        holder.at_ms,
        holder.was_taken
    ])?;
    Ok(())
}

/// Nobody has it: it was closed.
///
/// # Errors
/// When the store does not answer.
pub fn let_go(db: &Connection, attendance: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM holder WHERE attendance = ?1")?
        .execute([attendance])?;
    Ok(())
}

/// Where an attendance comes from that was brought back: what the spot is called, and of when the copy was, milliseconds
/// since 1970.
///
/// # Errors
/// When the store does not answer.
pub fn recovered(db: &Connection, attendance: &str) -> Result<Option<(String, i64)>> {
    Ok(db
        .prepare_cached("SELECT spot, at FROM recovered WHERE attendance = ?1")?
        .query_row([attendance], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?)
}

/// Whether what was that attendance elsewhere was brought back here.
///
/// # Errors
/// When the store does not answer.
pub fn was_recovered(db: &Connection, origin: &str) -> Result<bool> {
    Ok(db.query_row(
        "SELECT EXISTS (SELECT 1 FROM recovered WHERE origin = ?1)",
        [origin],
        |r| r.get(0),
    )?)
}

/// An attendance was brought back: it, what it was elsewhere, and the spot.
///
/// # Errors
/// When the store does not answer.
pub fn keep_recovered(
    db: &Connection,
    (attendance, origin, spot): (&str, &str, &str),
    at_ms: i64,
) -> Result<()> {
    db.execute(
        "INSERT INTO recovered(attendance, origin, spot, at) VALUES (?1, ?2, ?3, ?4)",
        params![attendance, origin, spot, at_ms],
    )?;
    Ok(())
}
