//! How far others saw a log grow: at a spot, of its hub's; at the hub, what the spots put their seals to.

use rusqlite::{Connection, OptionalExtension, params};

use super::Checkpoint;
use crate::store::Result;
use crate::store::journal::{count, signed};

/// What contradicts a log that was seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// In words.
    pub why: String,
    /// What was shown, and the seal under it.
    pub note: String,
    /// The seal.
    pub seal: Vec<u8>,
}

/// How far a spot saw a log grow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The last checkpoint that goes on from those before.
    pub checkpoint: Checkpoint,
    /// What contradicts it.
    pub wrong: Option<Contradiction>,
}

/// At a spot: how far it saw a log grow, and what contradicts that.
///
/// # Errors
/// When the store does not answer.
pub fn of(db: &Connection, origin: &str) -> Result<Option<Seen>> {
    let mut rows = db.prepare_cached(
        "SELECT size, at, note, seal, certificate, wrong, wrong_note, wrong_seal FROM audit_seen WHERE origin = ?1",
    )?;
    let found = rows.query_row([origin], |r| {
        let checkpoint = Checkpoint {
            size: count(r.get(0)?),
            at_ms: r.get(1)?,
            note: r.get(2)?,
            seal: r.get(3)?,
            certificate: r.get(4)?,
        };
        let wrong: (Option<String>, Option<String>, Option<Vec<u8>>) =
            (r.get(5)?, r.get(6)?, r.get(7)?);
        let wrong = match wrong {
            (Some(why), Some(note), Some(seal)) => Some(Contradiction { why, note, seal }),
            _ => None,
        };
        Ok(Seen { checkpoint, wrong })
    });
    Ok(found.optional()?)
}

/// At a spot: every log that it saw, by its origin.
///
/// # Errors
/// When the store does not answer.
pub fn origins(db: &Connection) -> Result<Vec<String>> {
    let mut rows = db.prepare_cached("SELECT origin FROM audit_seen ORDER BY origin")?;
    Ok(rows
        .query_map([], |r| r.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// At a spot: the log was seen to grow so far. What contradicted it before stays.
///
/// # Errors
/// When the store does not answer.
pub fn grew(db: &Connection, origin: &str, to: &Checkpoint) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO audit_seen(origin, size, at, note, seal, certificate) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT(origin) DO UPDATE SET size = ?2, at = ?3, note = ?4, seal = ?5, certificate = ?6",
    )?
    .execute(params![
        origin,
        signed(to.size),
        to.at_ms,
        to.note,
        to.seal,
        to.certificate
    ])?;
    Ok(())
}

/// At a spot: keeps the first thing that contradicts a log.
///
/// # Errors
/// When the store does not answer.
pub fn contradict(db: &Connection, origin: &str, by: &Contradiction) -> Result<()> {
    db.prepare_cached(
        "UPDATE audit_seen SET wrong = ?2, wrong_note = ?3, wrong_seal = ?4 WHERE origin = ?1 AND wrong IS NULL",
    )?
    .execute(params![origin, by.why, by.note, by.seal])?;
    Ok(())
}

/// A spot's seal under how far it saw this log grow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The spot.
    pub node: String,
    /// Lines.
    pub size: u64,
    /// When it came, milliseconds since 1970.
    pub at_ms: i64,
    /// The seal.
    pub seal: Vec<u8>,
    /// Of the spot, DER.
    pub certificate: Vec<u8>,
}

/// At the hub: keeps a spot's seal, unless it put one under more.
///
/// # Errors
/// When the store does not answer.
pub fn keep(db: &Connection, witness: &Witness) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO audit_witness(node, size, at, seal, certificate) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT(node) DO UPDATE SET size = ?2, at = ?3, seal = ?4, certificate = ?5 WHERE size <= ?2",
    )?
    .execute(params![
        witness.node,
        signed(witness.size),
        witness.at_ms,
        witness.seal,
        witness.certificate
    ])?;
    Ok(())
}

/// At the hub: every spot's seal, by how far it goes.
///
/// # Errors
/// When the store does not answer.
pub fn witnesses(db: &Connection) -> Result<Vec<Witness>> {
    let mut rows = db.prepare_cached(
        "SELECT node, size, at, seal, certificate FROM audit_witness ORDER BY size, node",
    )?;
    let rows = rows.query_map([], |r| {
        Ok(Witness {
            node: r.get(0)?,
            size: count(r.get(1)?),
            at_ms: r.get(2)?,
            seal: r.get(3)?,
            certificate: r.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// At the hub: how many spots saw the log grow, and the size and time of the last of them.
///
/// # Errors
/// When the store does not answer.
pub fn witnessed(db: &Connection) -> Result<(u64, Option<(u64, i64)>)> {
    let spots = db
        .prepare_cached("SELECT count(*) FROM audit_witness")?
        .query_row([], |r| r.get(0).map(count))?;
    let last = db
        .prepare_cached("SELECT size, at FROM audit_witness ORDER BY size DESC, at LIMIT 1")?
        .query_row([], |r| Ok((count(r.get(0)?), r.get(1)?)))
        .optional()?;
    Ok((spots, last))
}
