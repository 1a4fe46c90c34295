//! The log of who saw and changed what, with its checkpoints.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::audit::{Access, leaf};
use vereda_sync::id::RecordId;
use vereda_sync::journal::{Frontier, Hash, proof};

use super::journal::{count, signed};
use super::{Result, StoreError};

pub mod of_spots;
pub mod seen;

/// Since version 12. Derived of nothing: it is never made anew.
pub(super) const AUDIT: &str = "
-- At the hub and at a spot: every access to what is said of people, each a line; `at` and `person` are those of the line, to find it by.
CREATE TABLE audit (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, person TEXT NOT NULL, line TEXT NOT NULL);
CREATE INDEX audit_person ON audit(person, seq);
CREATE TABLE audit_about (id BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (id, seq)) WITHOUT ROWID;
-- How far the Merkle tree over the lines is; one row.
CREATE TABLE audit_log (log INTEGER PRIMARY KEY CHECK (log = 1), frontier BLOB NOT NULL, name BLOB NOT NULL);
-- The roots over every 256 lines: so a proof over a long log needs few of them.
CREATE TABLE audit_block (block INTEGER PRIMARY KEY, root BLOB NOT NULL);
CREATE TABLE audit_checkpoint (size INTEGER PRIMARY KEY, at INTEGER NOT NULL, note TEXT NOT NULL, seal BLOB NOT NULL,
    certificate BLOB NOT NULL);
-- At the hub: how far each spot has seen this log grow, under its own seal.
CREATE TABLE audit_witness (node TEXT PRIMARY KEY, size INTEGER NOT NULL, at INTEGER NOT NULL, seal BLOB NOT NULL,
    certificate BLOB NOT NULL);
-- At a spot: how far it has seen the log of the hub grow; and what contradicts that, if it was ever shown something that does.
CREATE TABLE audit_seen (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, at INTEGER NOT NULL, note TEXT NOT NULL,
    seal BLOB NOT NULL, certificate BLOB NOT NULL, wrong TEXT, wrong_note TEXT, wrong_seal BLOB);
-- At the hub: the logs of spots, as they handed them in, under their seals. One that goes on otherwise is another log.
CREATE TABLE audit_spot (spot INTEGER PRIMARY KEY, node TEXT NOT NULL, log BLOB NOT NULL, frontier BLOB NOT NULL,
    note TEXT, seal BLOB, certificate BLOB, UNIQUE (node, log));
CREATE TABLE audit_spot_line (spot INTEGER NOT NULL, node TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
    person TEXT NOT NULL, line TEXT NOT NULL, PRIMARY KEY (spot, seq)) WITHOUT ROWID;
CREATE INDEX audit_spot_line_at ON audit_spot_line(at);
CREATE TABLE audit_spot_about (id BLOB NOT NULL, node TEXT NOT NULL, spot INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (id, spot, seq)) WITHOUT ROWID;
";

/// Lines of a block are 2 to the power of this.
const BLOCK_LEVEL: u32 = 8;
const BLOCK: u64 = 1 << BLOCK_LEVEL;

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
        "INSERT INTO audit_log(log, frontier, name) VALUES (1, ?1, randomblob(16)) ON CONFLICT(log) DO UPDATE SET frontier = ?1",
    )?
    .execute([frontier.to_bytes()])?;
    let size = frontier.size();
    if size.is_multiple_of(BLOCK) {
        let root = root_between(tx, size - BLOCK..size, 0)?;
        tx.prepare_cached("INSERT OR REPLACE INTO audit_block(block, root) VALUES (?1, ?2)")?
            .execute(params![signed(size / BLOCK - 1), root])?;
    }
    Ok(())
}

/// The root over those lines (counted from 0), which begin where a tree is split; the first `blocks` blocks of the log are
/// known by their roots.
fn root_between(db: &Connection, part: Range<u64>, blocks: u64) -> Result<Hash> {
    let mut tree = Frontier::default();
    let mut at = part.start;
    if at.is_multiple_of(BLOCK) {
        let mut rows = db.prepare_cached(
            "SELECT root FROM audit_block WHERE block >= ?1 AND block < ?2 ORDER BY block",
        )?;
        let until = (part.end / BLOCK).min(blocks);
        let roots = rows.query_map(params![signed(at / BLOCK), signed(until)], |r| r.get(0))?;
        for root in roots {
            tree.push_full(BLOCK_LEVEL, root?);
            at += BLOCK;
        }
    }
    let mut rows =
        db.prepare_cached("SELECT line FROM audit WHERE seq > ?1 AND seq <= ?2 ORDER BY seq")?;
    let lines = rows.query_map(params![signed(at), signed(part.end)], |r| {
        r.get::<_, String>(0)
    })?;
    for line in lines {
        tree.push(leaf(&line?));
    }
    match tree.size() == part.end - part.start {
        true => Ok(tree.root()),
        false => Err(StoreError::Damaged("the log of accesses")),
    }
}

/// That the log of `size` lines begins with that of `old` lines (RFC 6962); `None` when it cannot be said.
///
/// # Errors
/// When the store does not answer, or lines are missing.
pub fn consistency(db: &Connection, size: u64, old: u64) -> Result<Option<Vec<Hash>>> {
    let blocks = frontier(db)?.size() / BLOCK;
    proof::consistency_of(size, old, |part| root_between(db, part, blocks))
}

/// By what a spot's log is known at the hub; `None` while nothing stands in it.
///
/// # Errors
/// When the store does not answer.
pub fn name(db: &Connection) -> Result<Option<[u8; 16]>> {
    Ok(db
        .prepare_cached("SELECT name FROM audit_log")?
        .query_row([], |r| r.get(0))
        .optional()?)
}

/// The hub knows a log by that name that is not how this one begins: this store was put back from a copy. It is another
/// log from here on, and handed in as a whole.
///
/// # Errors
/// When the store does not answer.
pub fn rename(db: &Connection) -> Result<()> {
    db.execute("UPDATE audit_log SET name = randomblob(16)", [])?;
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

/// The last checkpoint, as it was sealed.
///
/// # Errors
/// When the store does not answer.
pub fn newest(db: &Connection) -> Result<Option<Checkpoint>> {
    let last = last_checkpoint(db)?.map_or(0, |(size, _)| size);
    Ok(checkpoints(db, last.saturating_sub(1), 1)?.pop())
}

/// The last checkpoint: its size, and when.
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
