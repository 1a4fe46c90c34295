//! The log of who saw and changed what, with its checkpoints.

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::audit::{Access, leaf};
use vereda_sync::id::RecordId;
use vereda_sync::journal::Frontier;

use super::journal::{count, signed};
use super::{Result, StoreError};

/// Since version 12. Derived of nothing: it is never made anew.
pub(super) const AUDIT: &str = "
-- At the hub: every access to what is said of people, each a line; `at` and `person` are the line''s, to find it by.
CREATE TABLE audit (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, person TEXT NOT NULL, line TEXT NOT NULL);
CREATE INDEX audit_person ON audit(person, seq);
CREATE TABLE audit_about (id BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (id, seq)) WITHOUT ROWID;
-- How far the Merkle tree over the lines is; one row.
CREATE TABLE audit_log (log INTEGER PRIMARY KEY CHECK (log = 1), frontier BLOB NOT NULL);
CREATE TABLE audit_checkpoint (size INTEGER PRIMARY KEY, at INTEGER NOT NULL, note TEXT NOT NULL, seal BLOB NOT NULL,
    certificate BLOB NOT NULL);
";

/// How far the log is.
///
/// # Errors
/// When the store does not answer.
pub fn frontier(db: &Connection) -> Result<Frontier> {
    let kept: Option<Vec<u8>> = db
        .prepare_cached("SELECT frontier FROM audit_log")?
        .query_row([], |r| r.get(0))
        .optional()?;
    match kept {
        None => Ok(Frontier::default()),
        Some(bytes) => {
            Frontier::from_bytes(&bytes).ok_or(StoreError::Damaged("the log of accesses"))
        }
    }
}

/// Appends a line under the next number, which is put into it.
///
/// # Errors
/// When the store does not answer.
pub fn append(db: &Connection, access: Access) -> Result<()> {
    let tx = db.unchecked_transaction()?;
    append_within(&tx, access)?;
    Ok(tx.commit()?)
}

/// As [`append`], in a transaction that does something else as well.
///
/// # Errors
/// When the store does not answer.
pub fn append_within(tx: &Connection, mut access: Access) -> Result<()> {
    let mut frontier = frontier(tx)?;
    access.seq = frontier.size() + 1;
    let (seq, line) = (signed(access.seq), access.encode());
    frontier.push(leaf(&line));
    tx.prepare_cached("INSERT INTO audit(seq, at, person, line) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![seq, access.at, access.person, line])?;
    for id in access.about.iter().filter_map(|id| RecordId::from_hex(id)) {
        tx.prepare_cached("INSERT OR IGNORE INTO audit_about(id, seq) VALUES (?1, ?2)")?
            .execute(params![id.0, seq])?;
    }
    tx.prepare_cached(
        "INSERT INTO audit_log(log, frontier) VALUES (1, ?1) ON CONFLICT(log) DO UPDATE SET frontier = ?1",
    )?
    .execute([frontier.to_bytes()])?;
    Ok(())
}

fn accesses(db: &Connection, rest: &str, params: impl rusqlite::Params) -> Result<Vec<Access>> {
    let mut rows = db.prepare_cached(&format!("SELECT line FROM audit {rest}"))?;
    let lines = rows.query_map(params, |r| r.get::<_, String>(0))?;
    let read = |line: rusqlite::Result<String>| {
        Access::decode(&line?).ok_or(StoreError::Damaged("a line of the log of accesses"))
    };
    lines.map(read).collect()
}

/// The latest first, of one person or (empty) of all, before that number.
///
/// # Errors
/// When the store does not answer.
pub fn latest(
    db: &Connection,
    person: &str,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Access>> {
    let before = before.map_or(i64::MAX, signed);
    match person {
        "" => accesses(
            db,
            "WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2",
            params![before, limit],
        ),
        _ => accesses(
            db,
            "WHERE person = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3",
            params![person, before, limit],
        ),
    }
}

/// What was about a record, the latest first.
///
/// # Errors
/// When the store does not answer.
pub fn about(db: &Connection, record: RecordId, limit: u32) -> Result<Vec<Access>> {
    accesses(
        db,
        "JOIN audit_about USING (seq) WHERE id = ?1 ORDER BY seq DESC LIMIT ?2",
        params![record.0, limit],
    )
}

/// A checkpoint as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Lines that it is over.
    pub size: u64,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// What was sealed.
    pub note: String,
    /// The seal.
    pub seal: Vec<u8>,
    /// Of whoever sealed it, DER.
    pub certificate: Vec<u8>,
}

/// Keeps a checkpoint.
///
/// # Errors
/// When the store does not answer.
pub fn keep(db: &Connection, checkpoint: &Checkpoint) -> Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO audit_checkpoint(size, at, note, seal, certificate) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            signed(checkpoint.size),
            checkpoint.at_ms,
            checkpoint.note,
            checkpoint.seal,
            checkpoint.certificate
        ])?;
    Ok(())
}

/// All checkpoints after so many lines, the oldest first; at most `limit`.
///
/// # Errors
/// When the store does not answer.
pub fn checkpoints(db: &Connection, after: u64, limit: u32) -> Result<Vec<Checkpoint>> {
    let mut rows = db.prepare_cached(
        "SELECT size, at, note, seal, certificate FROM audit_checkpoint WHERE size > ?1 ORDER BY size LIMIT ?2",
    )?;
    let rows = rows.query_map(params![signed(after), limit], |r| {
        Ok(Checkpoint {
            size: count(r.get(0)?),
            at_ms: r.get(1)?,
            note: r.get(2)?,
            seal: r.get(3)?,
            certificate: r.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The last checkpoint.
///
/// # Errors
/// When the store does not answer.
pub fn last_checkpoint(db: &Connection) -> Result<Option<(u64, i64)>> {
    Ok(db
        .prepare_cached("SELECT size, at FROM audit_checkpoint ORDER BY size DESC LIMIT 1")?
        .query_row([], |r| Ok((count(r.get(0)?), r.get(1)?)))
        .optional()?)
}

/// Every line from that number on with its number and what it is found by, at most `limit`; as they stand, also when they cannot be read.
///
/// # Errors
/// When the store does not answer.
pub fn lines(db: &Connection, from: u64, limit: u32) -> Result<Vec<(u64, i64, String, String)>> {
    let mut rows = db.prepare_cached(
        "SELECT seq, at, person, line FROM audit WHERE seq >= ?1 ORDER BY seq LIMIT ?2",
    )?;
    let rows = rows.query_map(params![signed(from), limit], |r| {
        Ok((count(r.get(0)?), r.get(1)?, r.get(2)?, r.get(3)?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
