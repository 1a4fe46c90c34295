//! Orders of the hub to single nodes. At the hub: what was ordered, and what became of it; at a node: what it was told, and
//! what it did. A number that was given once stays given, so nothing of this is derived.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Result;
use super::journal::count;

/// The tables, since version 12.
pub(crate) const ORDERS: &str = "
-- At the hub. `file`: sealed, once it may be given. `second`: who agreed, where two people have to. `state`: as the node said.
CREATE TABLE node_order (
    node TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, at_once INTEGER NOT NULL, reason TEXT NOT NULL,
    person TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, second TEXT, agreed INTEGER, file BLOB, withdrawn INTEGER,
    heard INTEGER, ended INTEGER, state TEXT, why TEXT, word BLOB, attached BLOB, PRIMARY KEY (node, number)
) WITHOUT ROWID;
-- At a node. `word`: what it says of it, under its own seal. `told`: the hub has that.
CREATE TABLE order_taken (
    number INTEGER PRIMARY KEY, file BLOB NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, why TEXT NOT NULL, word BLOB,
    told INTEGER NOT NULL DEFAULT 0
);
";

/// An order, as the hub keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// For whom.
    pub node: String,
    /// Its number: milliseconds since 1970, or one more than the last.
    pub number: u64,
    /// What is to be done.
    pub kind: String,
    /// Without waiting for what is unsent.
    pub at_once: bool,
    /// Why.
    pub reason: String,
    /// Who ordered it: id and name.
    pub by: (String, String),
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// The second person, and when they agreed.
    pub agreed: Option<(String, i64)>,
    /// As it travels; `None`: it waits for a second person.
    pub file: Option<Vec<u8>>,
    /// Somebody took it back.
    pub is_withdrawn: bool,
    /// When the node said first that it has it, and when it said last what became of it.
    pub heard_ms: Option<i64>,
    /// The same.
    pub ended_ms: Option<i64>,
    /// What became of it, as the node says, and why.
    pub state: Option<(String, String)>,
    /// Whether something came with that.
    pub has_attached: bool,
}

const KEPT: &str = "node, number, kind, at_once, reason, person, name, at, second, agreed, file, withdrawn, heard, ended,
    state, why, attached IS NOT NULL";

fn kept_of(r: &Row<'_>) -> rusqlite::Result<Kept> {
    let (second, agreed): (Option<String>, Option<i64>) = (r.get(8)?, r.get(9)?);
    let (state, why): (Option<String>, Option<String>) = (r.get(14)?, r.get(15)?);
    Ok(Kept {
        node: r.get(0)?,
        number: count(r.get(1)?),
        kind: r.get(2)?,
        at_once: r.get(3)?,
        reason: r.get(4)?,
        by: (r.get(5)?, r.get(6)?),
        at_ms: r.get(7)?,
        agreed: second.zip(agreed),
        file: r.get(10)?,
        is_withdrawn: r.get::<_, Option<i64>>(11)?.is_some(),
        heard_ms: r.get(12)?,
        ended_ms: r.get(13)?,
        state: state.zip(why),
        has_attached: r.get(16)?,
    })
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The next number for a node: by the clock, so that a hub that was restored gives none twice.
///
/// # Errors
/// When the store does not answer.
pub fn next_number(db: &Connection, node: &str, now_ms: i64) -> Result<u64> {
    let last: Option<i64> = db
        .prepare_cached("SELECT max(number) FROM node_order WHERE node = ?1")?
        .query_row([node], |r| r.get(0))?;
    Ok(count(last.map_or(now_ms, |last| (last + 1).max(now_ms))))
}

/// Keeps an order.
///
/// # Errors
/// When the store does not answer.
pub fn keep(db: &Connection, order: &Kept) -> Result<()> {
    db.execute(
        "INSERT INTO node_order(node, number, kind, at_once, reason, person, name, at, file)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            order.node,
            signed(order.number),
            order.kind,
            order.at_once,
            order.reason,
            order.by.0,
            order.by.1,
            order.at_ms,
            order.file
        ],
    )?;
    Ok(())
}

/// A second person agreed: it may be given, under that number.
///
/// # Errors
/// When the store does not answer.
pub fn agree(
    db: &Connection,
    (node, was, number): (&str, u64, u64),
    (name, now_ms): (&str, i64),
    file: &[u8],
) -> Result<()> {
    db.execute(
        "UPDATE node_order SET second = ?3, agreed = ?4, file = ?5, number = ?6
         WHERE node = ?1 AND number = ?2 AND file IS NULL AND withdrawn IS NULL",
        params![node, signed(was), name, now_ms, file, signed(number)],
    )?;
    Ok(())
}

/// Somebody takes it back that no node has heard of. Gives whether.
///
/// # Errors
/// When the store does not answer.
pub fn withdraw(db: &Connection, (node, number): (&str, u64), now_ms: i64) -> Result<bool> {
    let n = db.execute(
        "UPDATE node_order SET withdrawn = ?3 WHERE node = ?1 AND number = ?2 AND heard IS NULL AND withdrawn IS NULL",
        params![node, signed(number), now_ms],
    )?;
    Ok(n > 0)
}

/// One order.
///
/// # Errors
/// When the store does not answer.
pub fn one(db: &Connection, node: &str, number: u64) -> Result<Option<Kept>> {
    let mut row = db.prepare_cached(&format!(
        "SELECT {KEPT} FROM node_order WHERE node = ?1 AND number = ?2"
    ))?;
    Ok(row
        .query_row(params![node, signed(number)], kept_of)
        .optional()?)
}

/// The orders of a node, the latest first.
///
/// # Errors
/// When the store does not answer.
pub fn of(db: &Connection, node: &str, limit: u32) -> Result<Vec<Kept>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT {KEPT} FROM node_order WHERE node = ?1 ORDER BY number DESC LIMIT ?2"
    ))?;
    let found = rows.query_map(params![node, limit], kept_of)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The first order for a node after that number that may be given: its file. To a node that was revoked only what it
/// has to do then.
///
/// # Errors
/// When the store does not answer.
pub fn next(
    db: &Connection,
    node: &str,
    after: u64,
    of_kind: Option<&str>,
) -> Result<Option<Vec<u8>>> {
    let mut row = db.prepare_cached(
        "SELECT file FROM node_order WHERE node = ?1 AND number > ?2 AND file IS NOT NULL AND withdrawn IS NULL
             AND ended IS NULL AND (?3 IS NULL OR kind = ?3) ORDER BY number LIMIT 1",
    )?;
    Ok(row
        .query_row(params![node, signed(after), of_kind], |r| r.get(0))
        .optional()?)
}

/// The first order for a node after that number that may be given, with its number.
///
/// # Errors
/// When the store does not answer.
pub fn next_of(db: &Connection, node: &str, after: u64) -> Result<Option<(u64, Vec<u8>)>> {
    let mut row = db.prepare_cached(
        "SELECT number, file FROM node_order WHERE node = ?1 AND number > ?2 AND file IS NOT NULL AND withdrawn IS NULL
             AND ended IS NULL ORDER BY number LIMIT 1",
    )?;
    let found = row.query_row(params![node, signed(after)], |r| {
        Ok((count(r.get(0)?), r.get(1)?))
    });
    Ok(found.optional()?)
}

/// What a node says of an order. What ended stays as it ended.
///
/// # Errors
/// When the store does not answer.
pub fn heard(
    db: &Connection,
    (node, number): (&str, u64),
    (state, why, is_end): (&str, &str, bool),
    (word, attached): (&[u8], Option<&[u8]>),
    now_ms: i64,
) -> Result<bool> {
    let n = db.execute(
        "UPDATE node_order SET heard = coalesce(heard, ?6), ended = iif(?5, ?6, ended), state = ?3, why = ?4, word = ?7,
             attached = coalesce(?8, attached)
         WHERE node = ?1 AND number = ?2 AND ended IS NULL AND file IS NOT NULL",
        params![node, signed(number), state, why, is_end, now_ms, word, attached],
    )?;
    Ok(n > 0)
}

/// What came with the outcome of an order.
///
/// # Errors
/// When the store does not answer.
pub fn attached(db: &Connection, node: &str, number: u64) -> Result<Option<Vec<u8>>> {
    let mut row =
        db.prepare_cached("SELECT attached FROM node_order WHERE node = ?1 AND number = ?2")?;
    Ok(row
        .query_row(params![node, signed(number)], |r| r.get(0))
        .optional()?
        .flatten())
}

/// An order, as a node keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its number.
    pub number: u64,
    /// As it came.
    pub file: Vec<u8>,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// What became of it.
    pub state: String,
    /// Why, or what was done.
    pub why: String,
    /// The same under the node's seal.
    pub word: Option<Vec<u8>>,
    /// The hub has that.
    pub told: bool,
}

/// The last number that this node was given; 0: none.
///
/// # Errors
/// When the store does not answer.
pub fn last_taken(db: &Connection) -> Result<u64> {
    let last: Option<i64> =
        db.query_row("SELECT max(number) FROM order_taken", [], |r| r.get(0))?;
    Ok(last.map_or(0, count))
}

/// This node was given an order.
///
/// # Errors
/// When the store does not answer, or it has that number.
pub fn take(db: &Connection, (number, file): (u64, &[u8]), state: &str, now_ms: i64) -> Result<()> {
    db.execute(
        "INSERT INTO order_taken(number, file, at, state, why) VALUES (?1, ?2, ?3, ?4, '')",
        params![signed(number), file, now_ms, state],
    )?;
    // Of what is long over and told nobody asks again.
    db.execute(
        "DELETE FROM order_taken WHERE told = 1 AND number NOT IN
             (SELECT number FROM order_taken ORDER BY number DESC LIMIT 64)",
        [],
    )?;
    Ok(())
}

/// What became of it, under the node's seal.
///
/// # Errors
/// When the store does not answer.
pub fn became(db: &Connection, number: u64, (state, why): (&str, &str), word: &[u8]) -> Result<()> {
    db.execute(
        "UPDATE order_taken SET state = ?2, why = ?3, word = ?4, told = 0 WHERE number = ?1",
        params![signed(number), state, why, word],
    )?;
    Ok(())
}

/// The hub has what this node said last of it.
///
/// # Errors
/// When the store does not answer.
pub fn told(db: &Connection, number: u64, word: &[u8]) -> Result<()> {
    db.execute(
        "UPDATE order_taken SET told = 1 WHERE number = ?1 AND word = ?2",
        params![signed(number), word],
    )?;
    Ok(())
}

/// All that this node was given and keeps, in order.
///
/// # Errors
/// When the store does not answer.
pub fn taken(db: &Connection) -> Result<Vec<Taken>> {
    let mut rows = db.prepare_cached(
        "SELECT number, file, at, state, why, word, told FROM order_taken ORDER BY number",
    )?;
    let found = rows.query_map([], |r| {
        Ok(Taken {
            number: count(r.get(0)?),
            file: r.get(1)?,
            at_ms: r.get(2)?,
            state: r.get(3)?,
            why: r.get(4)?,
            word: r.get(5)?,
            told: r.get(6)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
