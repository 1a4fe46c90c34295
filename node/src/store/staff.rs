//! People as this node changed them. At the hub: who is otherwise than the file says, what waits for a second person. At a
//! spot: PINs that were chosen there. At both: who signed in when, and PINs that are not to be chosen again.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Result, StoreError};
use crate::staff::Member;

/// Since version 12. Derived of nothing.
pub(super) const STAFF: &str = "
-- At the hub: somebody as they are since they were changed at the console. `member`: JSON. `of_file`: they came from the
-- staff file, and are gone when they no longer stand there. `pin_at`: when they chose their PIN themselves, ms, else 0;
-- `pin_was`: the SHA-256 of the hash that it took the place of.
CREATE TABLE staff (
    id TEXT PRIMARY KEY, member TEXT NOT NULL, of_file INTEGER NOT NULL, name TEXT NOT NULL, changed INTEGER NOT NULL,
    pin_at INTEGER NOT NULL DEFAULT 0, pin_was TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
-- What one administrator proposes and another has to agree to, one for each person. `was`: what the proposal was made of.
-- `half`: the half of a PIN of one use that is shown to whoever agrees.
CREATE TABLE staff_proposal (
    id TEXT PRIMARY KEY, was TEXT NOT NULL, member TEXT NOT NULL, half TEXT NOT NULL, person TEXT NOT NULL,
    name TEXT NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID;
-- PINs that somebody had, hashed.
CREATE TABLE used_pin (person TEXT NOT NULL, at INTEGER NOT NULL, pin TEXT NOT NULL, PRIMARY KEY (person, at)) WITHOUT ROWID;
-- When somebody signed in last. `told`: the hub knows.
CREATE TABLE signed_in (person TEXT PRIMARY KEY, at INTEGER NOT NULL, told INTEGER NOT NULL) WITHOUT ROWID;
-- At a spot: a PIN that was chosen there, in place of which, both hashed. `told`: the hub heard of it.
CREATE TABLE own_pin (
    person TEXT PRIMARY KEY, replaces TEXT NOT NULL, pin TEXT NOT NULL, at INTEGER NOT NULL, told INTEGER NOT NULL
) WITHOUT ROWID;
";

/// PINs of one person that are not chosen again.
pub const REMEMBERED_PINS: u32 = 5;
/// Most of either that are told at once.
pub const TOLD_AT_ONCE: u32 = 200;

/// Somebody as the hub's store has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// As they are.
    pub member: Member,
    /// They came from the staff file.
    pub of_file: bool,
    /// Who changed them last.
    pub by: String,
    /// When, milliseconds since 1970.
    pub changed_ms: i64,
}

fn read_member(json: &str) -> Result<Member> {
    serde_json::from_str(json).map_err(|_| StoreError::Damaged("the people"))
}

fn written(member: &Member) -> String {
    serde_json::to_string(member).unwrap_or_default()
}

/// Everybody that the hub's store has.
///
/// # Errors
/// When the store does not answer.
pub fn all(db: &Connection) -> Result<Vec<Kept>> {
    let mut rows =
        db.prepare_cached("SELECT member, of_file, name, changed FROM staff ORDER BY id")?;
    let rows = rows.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
    rows.map(|row| {
        let (member, of_file, by, changed_ms): (String, _, _, _) = row?;
        Ok(Kept {
            member: read_member(&member)?,
            of_file,
            by,
            changed_ms,
        })
    })
    .collect()
}

/// Who changed somebody last at the console, and when.
///
/// # Errors
/// When the store does not answer.
pub fn changed(db: &Connection, id: &str) -> Result<Option<(String, i64)>> {
    let mut row = db.prepare_cached("SELECT name, changed FROM staff WHERE id = ?1")?;
    Ok(row
        .query_row([id], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?)
}

/// Somebody is so from now on; what was proposed of them is of somebody else then, and goes.
///
/// # Errors
/// When the store does not answer.
pub fn keep(db: &Connection, kept: &Kept) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO staff(id, member, of_file, name, changed) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT(id) DO UPDATE SET member = ?2, name = ?4, changed = ?5",
    )?
    .execute(params![
        kept.member.id,
        written(&kept.member),
        kept.of_file,
        kept.by,
        kept.changed_ms
    ])?;
    Ok(())
}

/// When somebody chose their PIN, and the SHA-256 of what it took the place of; 0 and empty when another gave it to them.
///
/// # Errors
/// When the store does not answer.
pub fn chosen(db: &Connection, id: &str) -> Result<(i64, String)> {
    let mut row = db.prepare_cached("SELECT pin_at, pin_was FROM staff WHERE id = ?1")?;
    let found = row.query_row([id], |r| Ok((r.get(0)?, r.get(1)?)));
    Ok(found.optional()?.unwrap_or_default())
}

/// The PIN that somebody has was chosen then, in place of that one; by another with 0 and nothing.
///
/// # Errors
/// When the store does not answer.
pub fn keep_chosen(db: &Connection, id: &str, (at_ms, was): (i64, &str)) -> Result<()> {
    db.prepare_cached("UPDATE staff SET pin_at = ?2, pin_was = ?3 WHERE id = ?1")?
        .execute(params![id, at_ms, was])?;
    Ok(())
}

/// What waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What it was made of; empty: of nobody, they are new.
    pub was: String,
    /// As they would be.
    pub member: Member,
    /// The half of their PIN of one use that whoever agrees is shown; empty: they keep theirs.
    pub half: String,
    /// Who proposes it: id and name.
    pub by: (String, String),
    /// When, milliseconds since 1970.
    pub at_ms: i64,
}

fn proposal_of(r: &rusqlite::Row<'_>) -> rusqlite::Result<(String, Proposal)> {
    let blank: Member = Member::nobody();
    Ok((
        r.get(1)?,
        Proposal {
            was: r.get(0)?,
            member: blank,
            half: r.get(2)?,
            by: (r.get(3)?, r.get(4)?),
            at_ms: r.get(5)?,
        },
    ))
}

/// All that wait, the oldest first.
///
/// # Errors
/// When the store does not answer.
pub fn proposals(db: &Connection) -> Result<Vec<Proposal>> {
    let mut rows = db.prepare_cached(
        "SELECT was, member, half, person, name, at FROM staff_proposal ORDER BY at, id",
    )?;
    let rows = rows.query_map([], proposal_of)?;
    rows.map(|row| {
        let (json, proposal) = row?;
        Ok(Proposal {
            member: read_member(&json)?,
            ..proposal
        })
    })
    .collect()
}

/// What waits of one person.
///
/// # Errors
/// When the store does not answer.
pub fn proposal(db: &Connection, id: &str) -> Result<Option<Proposal>> {
    Ok(proposals(db)?
        .into_iter()
        .find(|proposal| proposal.member.id == id))
}

/// Somebody proposes it.
///
/// # Errors
/// When the store does not answer.
pub fn propose(db: &Connection, proposal: &Proposal) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO staff_proposal(id, was, member, half, person, name, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        proposal.member.id,
        proposal.was,
        written(&proposal.member),
        proposal.half,
        proposal.by.0,
        proposal.by.1,
        proposal.at_ms
    ])?;
    Ok(())
}

/// Nobody proposes it any longer.
///
/// # Errors
/// When the store does not answer.
pub fn drop_proposal(db: &Connection, id: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM staff_proposal WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

/// A PIN that somebody had is not chosen again for a while.
///
/// # Errors
/// When the store does not answer.
pub fn remember_pin(db: &Connection, person: &str, pin: &str, now_ms: i64) -> Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO used_pin(person, at, pin) VALUES (?1, ?2, ?3)")?
        .execute(params![person, now_ms, pin])?;
    db.prepare_cached(
        "DELETE FROM used_pin WHERE person = ?1 AND at NOT IN
             (SELECT at FROM used_pin WHERE person = ?1 ORDER BY at DESC LIMIT ?2)",
    )?
    .execute(params![person, REMEMBERED_PINS])?;
    Ok(())
}

/// PINs that somebody had lately, hashed.
///
/// # Errors
/// When the store does not answer.
pub fn remembered_pins(db: &Connection, person: &str) -> Result<Vec<String>> {
    let mut rows = db.prepare_cached("SELECT pin FROM used_pin WHERE person = ?1")?;
    let pins = rows.query_map([person], |r| r.get(0))?;
    Ok(pins.collect::<rusqlite::Result<_>>()?)
}

/// Somebody signed in.
///
/// # Errors
/// When the store does not answer.
pub fn keep_sign_in(db: &Connection, person: &str, at_ms: i64) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO signed_in(person, at, told) VALUES (?1, ?2, 0)
         ON CONFLICT(person) DO UPDATE SET at = max(at, excluded.at), told = 0",
    )?
    .execute(params![person, at_ms])?;
    Ok(())
}

/// When everybody signed in last, of whom it is known.
///
/// # Errors
/// When the store does not answer.
pub fn sign_ins(db: &Connection) -> Result<std::collections::HashMap<String, i64>> {
    let mut rows = db.prepare_cached("SELECT person, at FROM signed_in")?;
    let rows = rows.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Sign-ins that the hub does not know of, at most [`TOLD_AT_ONCE`].
///
/// # Errors
/// When the store does not answer.
pub fn untold_sign_ins(db: &Connection) -> Result<Vec<(String, i64)>> {
    let mut rows =
        db.prepare_cached("SELECT person, at FROM signed_in WHERE told = 0 ORDER BY at LIMIT ?1")?;
    let rows = rows.query_map([TOLD_AT_ONCE], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A PIN that was chosen at a spot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPin {
    /// Whose.
    pub person: String,
    /// In place of which, hashed.
    pub replaces: String,
    /// Hashed.
    pub pin: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// The hub heard of it.
    pub told: bool,
}

/// All of them.
///
/// # Errors
/// When the store does not answer.
pub fn own_pins(db: &Connection) -> Result<Vec<OwnPin>> {
    let mut rows =
        db.prepare_cached("SELECT person, replaces, pin, at, told FROM own_pin ORDER BY at")?;
    let rows = rows.query_map([], |r| {
        Ok(OwnPin {
            person: r.get(0)?,
            replaces: r.get(1)?,
            pin: r.get(2)?,
            at_ms: r.get(3)?,
            told: r.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Somebody chose a PIN here. One that they chose before, and that is not everywhere yet, is in its place of the same.
///
/// # Errors
/// When the store does not answer.
pub fn keep_own_pin(db: &Connection, own: &OwnPin) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO own_pin(person, replaces, pin, at, told) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![own.person, own.replaces, own.pin, own.at_ms, own.told])?;
    Ok(())
}

/// The list has another PIN of that person by now.
///
/// # Errors
/// When the store does not answer.
pub fn drop_own_pin(db: &Connection, person: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM own_pin WHERE person = ?1")?
        .execute([person])?;
    Ok(())
}

/// The hub heard of these.
///
/// # Errors
/// When the store does not answer.
pub fn keep_told(db: &Connection, pins: &[OwnPin], seen: &[(String, i64)]) -> Result<()> {
    let tx = db.unchecked_transaction()?;
    for own in pins {
        tx.prepare_cached("UPDATE own_pin SET told = 1 WHERE person = ?1 AND pin = ?2")?
            .execute(params![own.person, own.pin])?;
    }
    for (person, at_ms) in seen {
        tx.prepare_cached("UPDATE signed_in SET told = 1 WHERE person = ?1 AND at = ?2")?
            .execute(params![person, at_ms])?;
    }
    Ok(tx.commit()?)
}
