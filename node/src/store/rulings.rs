//! At the hub: who has which conflict in hand, and what one person proposed that needs a second one. Of this hub alone; what
//! is decided stands in the records.

use rusqlite::{Connection, OptionalExtension, params};

use super::Result;
use super::derived::{self, ConflictLine};

/// A person at the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
}

/// What somebody proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Who.
    pub by: Who,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// What is to be kept, as the console writes it.
    pub keep: String,
    /// Why.
    pub reason: String,
    /// Fingerprint of what they were shown.
    pub shown: String,
    /// Who did not agree, and why.
    pub objection: Option<(String, String)>,
}

/// Who has a conflict in hand.
///
/// # Errors
/// When the store does not answer.
pub fn assigned(db: &Connection, conflict: &str) -> Result<Option<Who>> {
    let mut row = db.prepare_cached("SELECT person, name FROM assigned WHERE conflict = ?1")?;
    let who = row.query_row([conflict], |r| {
        Ok(Who {
            id: r.get(0)?,
            name: r.get(1)?,
        })
    });
    Ok(who.optional()?)
}

/// Somebody takes a conflict in hand; `None`: nobody has it any longer.
///
/// # Errors
/// When the store does not answer.
pub fn assign(db: &Connection, line: &ConflictLine, who: Option<&Who>, now_ms: i64) -> Result<()> {
    tidy(db)?;
    match who {
        Some(who) => db
            .prepare_cached("INSERT OR REPLACE INTO assigned(conflict, record, person, name, at) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![line.id, line.record, who.id, who.name, now_ms])?,
        None => db
            .prepare_cached("DELETE FROM assigned WHERE conflict = ?1")?
            .execute([&line.id])?,
    };
    Ok(())
}

/// What somebody proposed for a conflict.
///
/// # Errors
/// When the store does not answer.
pub fn proposal(db: &Connection, conflict: &str) -> Result<Option<Proposal>> {
    let mut row = db.prepare_cached(
        "SELECT person, name, at, keep, reason, shown, objector, objection FROM proposal WHERE conflict = ?1",
    )?;
    let found = row.query_row([conflict], |r| {
        let objector: Option<String> = r.get(6)?;
        Ok(Proposal {
            by: Who {
                id: r.get(0)?,
                name: r.get(1)?,
            },
            at_ms: r.get(2)?,
            keep: r.get(3)?,
            reason: r.get(4)?,
            shown: r.get(5)?,
            objection: objector.zip(r.get(7)?),
        })
    });
    Ok(found.optional()?)
}

/// Keeps what somebody proposes, in place of what was proposed before.
///
/// # Errors
/// When the store does not answer.
pub fn propose(db: &Connection, line: &ConflictLine, proposal: &Proposal) -> Result<()> {
    tidy(db)?;
    db.prepare_cached(
        "INSERT OR REPLACE INTO proposal(conflict, record, person, name, at, keep, reason, shown) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        line.id,
        line.record,
        proposal.by.id,
        proposal.by.name,
        proposal.at_ms,
        proposal.keep,
        proposal.reason,
        proposal.shown,
    ])?;
    Ok(())
}

/// Somebody else does not agree, and says why.
///
/// # Errors
/// When the store does not answer.
pub fn object(db: &Connection, conflict: &str, objector: &str, why: &str) -> Result<()> {
    db.prepare_cached("UPDATE proposal SET objector = ?2, objection = ?3 WHERE conflict = ?1")?
        .execute([conflict, objector, why])?;
    Ok(())
}

/// It was decided, or whoever proposed it takes it back: nothing waits for a second person.
///
/// # Errors
/// When the store does not answer.
pub fn settled(db: &Connection, conflict: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM proposal WHERE conflict = ?1")?
        .execute([conflict])?;
    db.prepare_cached("DELETE FROM assigned WHERE conflict = ?1")?
        .execute([conflict])?;
    Ok(())
}

/// Nothing is left of a record.
///
/// # Errors
/// When the store does not answer.
pub(super) fn forget(db: &Connection, row: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM proposal WHERE record = ?1")?
        .execute([row])?;
    db.prepare_cached("DELETE FROM assigned WHERE record = ?1")?
        .execute([row])?;
    Ok(())
}

/// What is about conflicts that are no longer there goes.
fn tidy(db: &Connection) -> Result<()> {
    for table in ["proposal", "assigned"] {
        db.prepare_cached(&format!(
            "DELETE FROM {table} WHERE NOT EXISTS (SELECT 1 FROM conflict c WHERE c.id = {table}.conflict)"
        ))?
        .execute([])?;
    }
    Ok(())
}

/// How much waits, and how long what was decided lately had waited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Conflicts that wait for somebody.
    pub waiting: u64,
    /// Of them, those that wait for a second person.
    pub for_second: u64,
    /// Since when the oldest waits, milliseconds since 1970.
    pub oldest_ms: Option<i64>,
    /// Decided since then ([`backlog`]).
    pub decided: u64,
    /// Half of those had waited no longer, in seconds.
    pub median_s: Option<u64>,
    /// Nine in ten of those had waited no longer, in seconds.
    pub ninth_s: Option<u64>,
}

/// The backlog now, and what was decided since then.
///
/// # Errors
/// When the store does not answer.
pub fn backlog(db: &Connection, since_ms: i64) -> Result<Backlog> {
    let count = super::journal::count;
    let (waiting, oldest_ms) = derived::conflict_count(db)?;
    let for_second = db
        .prepare_cached(
            "SELECT count(*) FROM proposal p WHERE EXISTS (SELECT 1 FROM conflict c WHERE c.id = p.conflict)",
        )?
        .query_row([], |r| r.get(0).map(count))?;
    // One decision about two requests is one.
    let of = "FROM (SELECT max(waited) AS waited FROM decision WHERE at >= ?1 AND conflict <> '' GROUP BY conflict)
              WHERE waited IS NOT NULL";
    let decided = db
        .prepare_cached(&format!("SELECT count(*) {of}"))?
        .query_row([since_ms], |r| r.get(0).map(count))?;
    let at_most = |part: u64| -> Result<Option<u64>> {
        let nth = i64::try_from((decided * part / 10).min(decided.saturating_sub(1))).unwrap_or(0);
        let mut row = db.prepare_cached(&format!(
            "SELECT waited {of} ORDER BY waited LIMIT 1 OFFSET ?2"
        ))?;
        let waited = row.query_row([since_ms, nth], |r| r.get(0).map(count));
        Ok(waited.optional()?)
    };
    Ok(Backlog {
        waiting,
        for_second,
        oldest_ms,
        decided,
        median_s: at_most(5)?,
        ninth_s: at_most(9)?,
    })
}
