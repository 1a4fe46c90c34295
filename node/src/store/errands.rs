//! What a spot carries for others in files that prove themselves.

use rusqlite::{Connection, params};

use super::Result;

/// Since version 12. Derived of nothing: it came from others.
pub(super) const ERRANDS: &str = "
-- At a spot. `name`: what it is, and whose; `addressee`: a node, or empty for the hub.
CREATE TABLE errand (name TEXT PRIMARY KEY, addressee TEXT NOT NULL, at INTEGER NOT NULL, file BLOB NOT NULL) WITHOUT ROWID;
";

/// Most files that are carried: the oldest go first.
const MOST: u32 = 64;

/// A file that is carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    /// What it is, and whose.
    pub name: String,
    /// For which node; empty: for the hub.
    pub addressee: String,
    /// As it came.
    pub file: Vec<u8>,
}

/// Carries a file, in place of one of that name; those that came before then (milliseconds since 1970) are let go of.
///
/// # Errors
/// When the store does not answer.
pub fn keep(db: &Connection, errand: &Errand, (now_ms, oldest_ms): (i64, i64)) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO errand(name, addressee, at, file) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![errand.name, errand.addressee, now_ms, errand.file])?;
    db.prepare_cached(
        "DELETE FROM errand WHERE at < ?1 OR name IN (SELECT name FROM errand ORDER BY at DESC, name LIMIT -1 OFFSET ?2)",
    )?
    .execute(params![oldest_ms, MOST])?;
    Ok(())
}

/// What is carried for a node, or for the hub (empty).
///
/// # Errors
/// When the store does not answer.
pub fn of(db: &Connection, addressee: &str) -> Result<Vec<Errand>> {
    let mut rows = db.prepare_cached(
        "SELECT name, addressee, file FROM errand WHERE addressee = ?1 ORDER BY at, name",
    )?;
    let rows = rows.query_map([addressee], |r| {
        Ok(Errand {
            name: r.get(0)?,
            addressee: r.get(1)?,
            file: r.get(2)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The names of all that is carried.
///
/// # Errors
/// When the store does not answer.
pub fn names(db: &Connection) -> Result<Vec<String>> {
    let mut rows = db.prepare_cached("SELECT name FROM errand ORDER BY name")?;
    Ok(rows
        .query_map([], |r| r.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// It was handed over.
///
/// # Errors
/// When the store does not answer.
pub fn done(db: &Connection, errand: &Errand) -> Result<()> {
    db.prepare_cached("DELETE FROM errand WHERE name = ?1 AND file = ?2")?
        .execute(params![errand.name, errand.file])?;
    Ok(())
}
