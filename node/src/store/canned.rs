//! Answers that the contact centre keeps, at the hub. A table and no records: they are working material of the people at the
//! console, no spot ever reads them, and what is sent stands in the ticket in the words that were sent.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Result;

/// Answers at most.
pub const MOST: u32 = 500;

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its number.
    pub id: i64,
    /// What it is called.
    pub title: String,
    /// Of which service it is, by its id; or empty.
    pub service: String,
    /// What it says, with placeholders.
    pub text: String,
    /// Who wrote it last.
    pub name: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
}

const COLUMNS: &str = "id, title, service, text, name, at";

fn read(r: &Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        id: r.get(0)?,
        title: r.get(1)?,
        service: r.get(2)?,
        text: r.get(3)?,
        name: r.get(4)?,
        at_ms: r.get(5)?,
    })
}

/// All of them, by service and title.
///
/// # Errors
/// When the store does not answer.
pub fn all(db: &Connection) -> Result<Vec<Kept>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM canned ORDER BY service, title, id LIMIT {MOST}"
    ))?;
    let all = rows.query_map([], read)?;
    Ok(all.collect::<rusqlite::Result<_>>()?)
}

/// One of them.
///
/// # Errors
/// When the store does not answer.
pub fn one(db: &Connection, id: i64) -> Result<Option<Kept>> {
    let mut row = db.prepare_cached(&format!("SELECT {COLUMNS} FROM canned WHERE id = ?1"))?;
    Ok(row.query_row([id], read).optional()?)
}

/// Keeps an answer, as a new one (`None`) or in place of that one; whether there was room, or such a one.
///
/// # Errors
/// When the store does not answer.
pub fn keep(
    db: &Connection,
    id: Option<i64>,
    (title, service, text): (&str, &str, &str),
    (name, now_ms): (&str, i64),
) -> Result<bool> {
    let kept = match id {
        Some(id) => db.execute(
            "UPDATE canned SET title = ?2, service = ?3, text = ?4, name = ?5, at = ?6 WHERE id = ?1",
            params![id, title, service, text, name, now_ms],
        )?,
        None => db.execute(
            "INSERT INTO canned(title, service, text, name, at) SELECT ?1, ?2, ?3, ?4, ?5
             WHERE (SELECT count(*) FROM canned) < ?6",
            params![title, service, text, name, now_ms, MOST],
        )?,
    };
    Ok(kept == 1)
}

/// Lets go of one.
///
/// # Errors
/// When the store does not answer.
pub fn remove(db: &Connection, id: i64) -> Result<()> {
    db.execute("DELETE FROM canned WHERE id = ?1", [id])?;
    Ok(())
}
