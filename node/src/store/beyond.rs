//! Who asked, by its address, for what is beyond their regions: for the auditors.

use rusqlite::{Connection, params};

use super::Result;
use super::journal::count;

/// Since version 12.
pub(super) const BEYOND: &str = "
-- At the hub: addresses of another region that somebody opened, each once an hour. Derived of nothing.
CREATE TABLE beyond (
    person TEXT NOT NULL, address TEXT NOT NULL, hour INTEGER NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL,
    times INTEGER NOT NULL, PRIMARY KEY (person, address, hour)
) WITHOUT ROWID;
CREATE INDEX beyond_at ON beyond(at);
";

const HOUR_MS: i64 = 3_600_000;
/// Most of one person that are kept of an hour: a program that tries addresses fills no disk.
const MOST_AN_HOUR: i64 = 1_000;

/// An address that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beyond {
    /// Their name.
    pub name: String,
    /// The last time, milliseconds.
    pub at_ms: i64,
    /// The address.
    pub address: String,
    /// How often within the hour.
    pub times: u64,
}

/// Writes one down.
///
/// # Errors
/// When the store does not answer.
pub fn keep(
    db: &Connection,
    (person, name): (&str, &str),
    address: &str,
    at_ms: i64,
) -> Result<()> {
    let hour = at_ms / HOUR_MS;
    db.prepare_cached(
        "INSERT INTO beyond(person, address, hour, name, at, times) SELECT ?1, ?2, ?3, ?4, ?5, 1
         WHERE (SELECT count(*) FROM beyond WHERE person = ?1 AND at >= ?3 * ?6) < ?7
         ON CONFLICT DO UPDATE SET at = ?5, times = times + 1",
    )?
    .execute(params![
        person,
        address,
        hour,
        name,
        at_ms,
        HOUR_MS,
        MOST_AN_HOUR
    ])?;
    Ok(())
}

/// The latest first.
///
/// # Errors
/// When the store does not answer.
pub fn latest(db: &Connection, limit: u32) -> Result<Vec<Beyond>> {
    let mut rows = db.prepare_cached(
        "SELECT name, at, address, times FROM beyond ORDER BY at DESC, person, address LIMIT ?1",
    )?;
    let found = rows.query_map([limit], |r| {
        Ok(Beyond {
            name: r.get(0)?,
            at_ms: r.get(1)?,
            address: r.get(2)?,
            times: count(r.get(3)?),
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
