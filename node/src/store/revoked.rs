//! Certificates that are accepted no longer, derived from the hub's revocations.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::exchange::LENT;
use vereda_sync::record::revocation::{self, Revocation};

use super::journal::count;
use super::{Result, records};

/// Derives a revocation; nothing of one that a spot made up.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(db: &Connection, row: i64, revocation: &Revocation) -> Result<()> {
    let scope = records::scope_of(db, row)?;
    if ![revocation::SCOPE, LENT].contains(&scope.as_str()) {
        return Ok(());
    }
    db.prepare_cached(
        "INSERT OR REPLACE INTO revoked(record, certificate, node, since) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![
        row,
        revocation.certificate,
        revocation.node,
        revocation.since.to_string()
    ])?;
    Ok(())
}

/// Whether the certificate with that fingerprint was revoked.
///
/// # Errors
/// When the store does not answer.
pub fn is(db: &Connection, fingerprint: &str) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM revoked WHERE certificate = lower(?1))")?
        .query_row([fingerprint], |r| r.get(0))?)
}

/// The fingerprints of all that were, in lower case.
///
/// # Errors
/// When the store does not answer.
pub fn all(db: &Connection) -> Result<HashSet<String>> {
    let mut rows = db.prepare_cached("SELECT certificate FROM revoked")?;
    let found = rows.query_map([], |r| r.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Since which day the certificate with that fingerprint is accepted no longer, `yyyy-mm-dd`.
///
/// # Errors
/// When the store does not answer.
pub fn since(db: &Connection, fingerprint: &str) -> Result<Option<String>> {
    let mut row = db.prepare_cached("SELECT since FROM revoked WHERE certificate = lower(?1)")?;
    Ok(row.query_row([fingerprint], |r| r.get(0)).optional()?)
}

/// How many are known.
///
/// # Errors
/// When the store does not answer.
pub fn known(db: &Connection) -> Result<u64> {
    Ok(db
        .prepare_cached("SELECT count(*) FROM revoked")?
        .query_row([], |r| r.get(0).map(count))?)
}

/// The latest, each with the node's id and the day.
///
/// # Errors
/// When the store does not answer.
pub fn latest(db: &Connection, limit: u32) -> Result<Vec<(String, String)>> {
    let mut rows = db.prepare_cached(
        "SELECT node, since FROM revoked ORDER BY since DESC, record DESC LIMIT ?1",
    )?;
    let found = rows.query_map([limit], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// At the hub: those that were not given to that node, oldest first; at most 50.
///
/// # Errors
/// When the store does not answer.
pub fn missed(db: &Connection, node: &str) -> Result<Vec<i64>> {
    let mut rows = db.prepare_cached(
        "SELECT record FROM revoked v WHERE NOT EXISTS (SELECT 1 FROM lent l WHERE l.record = v.record AND l.node = ?1)
         ORDER BY record LIMIT 50",
    )?;
    let found = rows.query_map([node], |r| r.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
