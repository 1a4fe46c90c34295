//! At the hub: editions of the catalogue that it hands out, and those that somebody proposes. Of this hub alone.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Result;
use super::rulings::Who;

/// What version 12 added for it.
pub const EDITIONS_AT_HUB: &str = "
-- Editions that are handed out, packed as they go. `agreed`: what is sealed beside it, JSON; empty: of before two persons
-- were named. `files`: what it was read from, packed. `withdraws`: the edition that it takes back.
CREATE TABLE edition_published (edition INTEGER PRIMARY KEY, file BLOB NOT NULL, agreed TEXT NOT NULL, at INTEGER NOT NULL,
    withdraws INTEGER, files BLOB);
-- Since when a node says that it has that edition.
CREATE TABLE edition_uptake (node TEXT PRIMARY KEY, edition INTEGER NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
-- Files of a catalogue that somebody sent or writes, packed, and how many faults are in them. `proposer`: who wants it
-- published, since when, for which scopes (JSON), why, and what they were shown.
CREATE TABLE edition_proposal (
    id INTEGER PRIMARY KEY AUTOINCREMENT, person TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, files BLOB NOT NULL,
    faults INTEGER NOT NULL, withdraws INTEGER, proposer TEXT, proposer_name TEXT, proposed INTEGER, scopes TEXT, reason TEXT,
    shown TEXT
);
";

/// Most proposals at a time.
pub const MAX_PROPOSALS: u32 = 20;
/// Editions that are kept to be handed out, and to go back to.
const KEPT: u32 = 40;

/// An edition that is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its number.
    pub edition: u32,
    /// What is sealed beside it, JSON; empty: of before two persons were named.
    pub agreed: String,
    /// When it was published, milliseconds since 1970.
    pub at_ms: i64,
    /// The edition that it takes back.
    pub withdraws: Option<u32>,
}

/// Files of a catalogue that somebody sent or writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its number here.
    pub id: i64,
    /// Who wrote it last.
    pub by: Who,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// The files, packed.
    pub files: Vec<u8>,
    /// How much is wrong with them.
    pub faults: u32,
    /// The edition that it is to take back.
    pub withdraws: Option<u32>,
    /// Somebody wants it published.
    pub wanted: Option<Wanted>,
}

/// Somebody wants an edition published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Who.
    pub by: Who,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// For which scopes; empty is all.
    pub scopes: Vec<String>,
    /// Why.
    pub reason: String,
    /// Fingerprint of what they were shown.
    pub shown: String,
}

/// The editions that are handed out, the newest first.
///
/// # Errors
/// When the store does not answer.
pub fn all(db: &Connection) -> Result<Vec<Published>> {
    let mut rows = db.prepare_cached(
        "SELECT edition, agreed, at, withdraws FROM edition_published ORDER BY edition DESC",
    )?;
    let found = rows.query_map([], |r| {
        Ok(Published {
            edition: r.get(0)?,
            agreed: r.get(1)?,
            at_ms: r.get(2)?,
            withdraws: r.get(3)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// An edition as it goes out, packed.
///
/// # Errors
/// When the store does not answer.
pub fn file(db: &Connection, edition: u32) -> Result<Option<Vec<u8>>> {
    let mut row = db.prepare_cached("SELECT file FROM edition_published WHERE edition = ?1")?;
    Ok(row.query_row([edition], |r| r.get(0)).optional()?)
}

/// The files that an edition was read from, packed, if they were kept.
///
/// # Errors
/// When the store does not answer.
pub fn files(db: &Connection, edition: u32) -> Result<Option<Vec<u8>>> {
    let mut row = db.prepare_cached("SELECT files FROM edition_published WHERE edition = ?1")?;
    let found: Option<Option<Vec<u8>>> = row.query_row([edition], |r| r.get(0)).optional()?;
    Ok(found.flatten())
}

/// Keeps an edition to be handed out. One that is there stays as it is: gives whether it was not.
///
/// # Errors
/// When the store does not answer.
pub fn keep(
    db: &Connection,
    published: &Published,
    file: &[u8],
    files: Option<&[u8]>,
) -> Result<bool> {
    let kept = db
        .prepare_cached(
            "INSERT OR IGNORE INTO edition_published(edition, file, agreed, at, withdraws, files) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            published.edition,
            file,
            published.agreed,
            published.at_ms,
            published.withdraws,
            files
        ])?;
    db.prepare_cached(
        "DELETE FROM edition_published WHERE edition NOT IN (SELECT edition FROM edition_published ORDER BY edition DESC LIMIT ?1)",
    )?
    .execute([KEPT])?;
    Ok(kept > 0)
}

const PROPOSAL: &str = "id, person, name, at, files, faults, withdraws, proposer, proposer_name, proposed, scopes, reason, shown";

fn read(r: &Row<'_>) -> rusqlite::Result<Proposal> {
    let proposer: Option<String> = r.get(7)?;
    let wanted = match proposer {
        None => None,
        Some(id) => {
            let scopes: String = r.get(10)?;
            Some(Wanted {
                by: Who {
                    id,
                    name: r.get(8)?,
                },
                at_ms: r.get(9)?,
                // Written here, by this program.
                scopes: serde_json::from_str(&scopes).unwrap_or_default(),
                reason: r.get(11)?,
                shown: r.get(12)?,
            })
        }
    };
    Ok(Proposal {
        id: r.get(0)?,
        by: Who {
            id: r.get(1)?,
            name: r.get(2)?,
        },
        at_ms: r.get(3)?,
        files: r.get(4)?,
        faults: r.get(5)?,
        withdraws: r.get(6)?,
        wanted,
    })
}

/// The proposals, the newest first.
///
/// # Errors
/// When the store does not answer.
pub fn proposals(db: &Connection) -> Result<Vec<Proposal>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT {PROPOSAL} FROM edition_proposal ORDER BY at DESC, id DESC"
    ))?;
    let found = rows.query_map([], read)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// One proposal.
///
/// # Errors
/// When the store does not answer.
pub fn proposal(db: &Connection, id: i64) -> Result<Option<Proposal>> {
    let mut row = db.prepare_cached(&format!(
        "SELECT {PROPOSAL} FROM edition_proposal WHERE id = ?1"
    ))?;
    Ok(row.query_row([id], read).optional()?)
}

/// Files that somebody sends, as a proposal of their own; `None`: there are too many.
///
/// # Errors
/// When the store does not answer.
pub fn begin(
    db: &Connection,
    who: &Who,
    at_ms: i64,
    (files, faults): (&[u8], u32),
    withdraws: Option<u32>,
) -> Result<Option<i64>> {
    let begun = db
        .prepare_cached(
            "INSERT INTO edition_proposal(person, name, at, files, faults, withdraws) SELECT ?1, ?2, ?3, ?4, ?5, ?6
             WHERE (SELECT count(*) FROM edition_proposal) < ?7",
        )?
        .execute(params![who.id, who.name, at_ms, files, faults, withdraws, MAX_PROPOSALS])?;
    Ok((begun > 0).then(|| db.last_insert_rowid()))
}

/// Files that somebody writes in place of a proposal's: nobody wants it published any longer as it was. Gives whether what
/// they wrote in was still there.
///
/// # Errors
/// When the store does not answer.
pub fn write(
    db: &Connection,
    (id, before): (i64, &[u8]),
    who: &Who,
    at_ms: i64,
    (files, faults): (&[u8], u32),
) -> Result<bool> {
    let written = db
        .prepare_cached(
            "UPDATE edition_proposal SET person = ?3, name = ?4, at = ?5, files = ?6, faults = ?7, withdraws = NULL,
                 proposer = NULL, proposer_name = NULL, proposed = NULL, scopes = NULL, reason = NULL, shown = NULL
             WHERE id = ?1 AND files = ?2",
        )?
        .execute(params![id, before, who.id, who.name, at_ms, files, faults])?;
    Ok(written > 0)
}

/// Somebody wants a proposal published, or (`None`) no longer.
///
/// # Errors
/// When the store does not answer.
pub fn want(db: &Connection, id: i64, wanted: Option<&Wanted>) -> Result<()> {
    let scopes = wanted.map(|w| serde_json::json!(w.scopes).to_string());
    db.prepare_cached(
        "UPDATE edition_proposal SET proposer = ?2, proposer_name = ?3, proposed = ?4, scopes = ?5, reason = ?6, shown = ?7
         WHERE id = ?1",
    )?
    .execute(params![
        id,
        wanted.map(|w| w.by.id.as_str()),
        wanted.map(|w| w.by.name.as_str()),
        wanted.map(|w| w.at_ms),
        scopes,
        wanted.map(|w| w.reason.as_str()),
        wanted.map(|w| w.shown.as_str()),
    ])?;
    Ok(())
}

/// A proposal goes. Gives whether it was there.
///
/// # Errors
/// When the store does not answer.
pub fn remove(db: &Connection, id: i64) -> Result<bool> {
    let gone = db
        .prepare_cached("DELETE FROM edition_proposal WHERE id = ?1")?
        .execute([id])?;
    Ok(gone > 0)
}

/// A node says which edition it has.
///
/// # Errors
/// When the store does not answer.
pub fn keep_uptake(db: &Connection, node: &str, edition: u32, now_ms: i64) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO edition_uptake(node, edition, since) VALUES (?1, ?2, ?3)
         ON CONFLICT(node) DO UPDATE SET edition = ?2, since = ?3 WHERE edition <> ?2",
    )?
    .execute(params![node, edition, now_ms])?;
    Ok(())
}

/// Which edition nodes said that they have, and when they said so first, milliseconds since 1970.
///
/// # Errors
/// When the store does not answer.
pub fn uptake(db: &Connection) -> Result<HashMap<String, (u32, i64)>> {
    let mut rows = db.prepare_cached("SELECT node, edition, since FROM edition_uptake")?;
    let found = rows.query_map([], |r| Ok((r.get(0)?, (r.get(1)?, r.get(2)?))))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
