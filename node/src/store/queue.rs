//! The queue of a busy stop: turns of one day, given, called and ended. It stays at this node.

use rusqlite::{Connection, OptionalExtension, params};

use super::Result;

/// A turn that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Its number, from 1 each day.
    pub number: u32,
    /// When it was given, milliseconds since 1970.
    pub given_ms: i64,
    /// When it was called, milliseconds since 1970.
    pub called_ms: Option<i64>,
}

fn turn_of(r: &rusqlite::Row<'_>) -> rusqlite::Result<Turn> {
    Ok(Turn {
        number: r.get(0)?,
        given_ms: r.get(1)?,
        called_ms: r.get(2)?,
    })
}

/// Gives the next number of a day; those of other days are gone.
///
/// # Errors
/// When the store does not answer.
pub fn give(db: &Connection, day: &str, now_ms: i64) -> Result<u32> {
    let tx = db.unchecked_transaction()?;
    tx.execute("DELETE FROM turn WHERE day <> ?1", [day])?;
    let number = tx.query_row(
        "INSERT INTO turn(day, number, given)
         SELECT ?1, coalesce(max(number), 0) + 1, ?2 FROM turn WHERE day = ?1 RETURNING number",
        params![day, now_ms],
        |r| r.get(0),
    )?;
    tx.commit()?;
    Ok(number)
}

/// Who waits: nobody called them, or the desk that did was left. `?1` is the day, `?2` now.
const WAITS: &str = "day = ?1 AND NOT ended
     AND (called IS NULL OR session NOT IN (SELECT id FROM session WHERE until > ?2))";

/// Calls who waits longest to a session.
///
/// # Errors
/// When the store does not answer.
pub fn call(db: &Connection, day: &str, session: &str, now_ms: i64) -> Result<Option<u32>> {
    Ok(db
        .query_row(
            &format!(
                "UPDATE turn SET called = ?2, session = ?3 WHERE day = ?1
                 AND number = (SELECT min(number) FROM turn WHERE {WAITS}) RETURNING number"
            ),
            params![day, now_ms, session],
            |r| r.get(0),
        )
        .optional()?)
}

/// The turn that was called to a session and has not ended.
///
/// # Errors
/// When the store does not answer.
pub fn called(db: &Connection, day: &str, session: &str) -> Result<Option<Turn>> {
    Ok(db
        .prepare_cached(
            "SELECT number, given, called FROM turn
             WHERE day = ?1 AND session = ?2 AND called IS NOT NULL AND NOT ended ORDER BY number LIMIT 1",
        )?
        .query_row([day, session], turn_of)
        .optional()?)
}

/// Ends a turn that was called: served, or nobody came. Gives the turn; nothing when it was not
/// called or has ended.
///
/// # Errors
/// When the store does not answer.
pub fn end(db: &Connection, day: &str, number: u32) -> Result<Option<Turn>> {
    Ok(db
        .query_row(
            "UPDATE turn SET ended = 1 WHERE day = ?1 AND number = ?2 AND called IS NOT NULL AND NOT ended
             RETURNING number, given, called",
            params![day, number],
            turn_of,
        )
        .optional()?)
}

/// How many wait, and who of them longest.
///
/// # Errors
/// When the store does not answer.
pub fn waiting(db: &Connection, day: &str, now_ms: i64) -> Result<(u32, Option<Turn>)> {
    let waiting = db
        .prepare_cached(&format!("SELECT count(*) FROM turn WHERE {WAITS}"))?
        .query_row(params![day, now_ms], |r| r.get(0))?;
    let next = db
        .prepare_cached(&format!(
            "SELECT number, given, called FROM turn WHERE {WAITS} ORDER BY number LIMIT 1"
        ))?
        .query_row(params![day, now_ms], turn_of)
        .optional()?;
    Ok((waiting, next))
}
