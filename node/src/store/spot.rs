//! At the hub: the spots as they last were.

use rusqlite::{Connection, params};

use super::Result;

/// The spot was here.
///
/// # Errors
/// When the store does not answer.
pub fn keep_seen(db: &Connection, node: &str, name: &str, now_ms: i64) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO spot(node, name, seen) VALUES (?1, ?2, ?3)
         ON CONFLICT(node) DO UPDATE SET name = ?2, seen = ?3",
    )?
    .execute(params![node, name, now_ms])?;
    Ok(())
}

/// All that the spot has written is proven to be here: no trouble is left.
///
/// # Errors
/// When the store does not answer.
pub fn keep_proven(db: &Connection, node: &str, now_ms: i64) -> Result<()> {
    db.prepare_cached("UPDATE spot SET seen = ?2, proven = ?2, trouble = NULL WHERE node = ?1")?
        .execute(params![node, now_ms])?;
    Ok(())
}

/// The spot needs a person; `trouble` says why, in Portuguese.
///
/// # Errors
/// When the store does not answer.
pub fn keep_trouble(db: &Connection, node: &str, trouble: &str) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO spot(node, name, trouble) VALUES (?1, ?1, ?2)
         ON CONFLICT(node) DO UPDATE SET trouble = ?2",
    )?
    .execute(params![node, trouble])?;
    Ok(())
}
