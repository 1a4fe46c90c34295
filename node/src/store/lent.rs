//! At the hub: cases that went to a spot which does not hold their scope. They are in a scope of that
//! spot as well: what is in them and what comes of them is published there too.

use rusqlite::{Connection, params};

use super::journal::{self, Appended};
use super::{Result, StoreError};

/// The scopes in which a record is beside its own.
///
/// # Errors
/// When the store does not answer.
pub fn scopes(db: &Connection, record: i64) -> Result<Vec<String>> {
    let mut rows = db.prepare_cached("SELECT scope FROM lent WHERE record = ?1 ORDER BY scope")?;
    let scopes = rows.query_map([record], |r| r.get(0))?;
    Ok(scopes.collect::<rusqlite::Result<_>>()?)
}

/// From now on a record is in that scope too; gives whether that is new.
///
/// # Errors
/// When the store does not answer.
pub fn keep(db: &Connection, record: i64, scope: &str) -> Result<bool> {
    let new = db
        .prepare_cached("INSERT OR IGNORE INTO lent(record, scope) VALUES (?1, ?2)")?
        .execute(params![record, scope])?;
    Ok(new == 1)
}

/// All of a record that was published in a scope, in that order.
///
/// # Errors
/// When the store does not answer.
pub fn published(db: &Connection, record: i64, scope: &str) -> Result<Vec<Appended>> {
    let mut rows = db.prepare_cached(
        "SELECT f.entry FROM feed f JOIN entry e USING (entry) WHERE f.scope = ?2 AND e.record = ?1 ORDER BY f.seq",
    )?;
    let places = rows.query_map(params![record, scope], |r| r.get(0))?;
    let appended = places.map(|place| {
        let place = place?;
        let leaf = journal::leaf_at(db, place)?;
        let leaf = leaf.ok_or(StoreError::Damaged(
            "a feed names an entry that is not here",
        ))?;
        Ok(Appended { place, leaf })
    });
    appended.collect()
}
