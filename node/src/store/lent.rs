//! At the hub: records that are given to a spot which does not hold their scope, as their case went
//! there. Each such spot has a feed of its own, of those alone.

use rusqlite::{Connection, params};
use vereda_sync::exchange::LENT;
use vereda_sync::id::BlobId;

use super::journal::{self, Appended};
use super::{Result, StoreError};

/// The feed of what is lent to that spot. It asks for it as [`LENT`].
#[must_use]
pub fn feed(node: &str) -> String {
    format!("{LENT} {node}")
}

/// The spots to which a record is lent.
///
/// # Errors
/// When the store does not answer.
pub fn to(db: &Connection, record: i64) -> Result<Vec<String>> {
    let mut rows = db.prepare_cached("SELECT node FROM lent WHERE record = ?1 ORDER BY node")?;
    let nodes = rows.query_map([record], |r| r.get(0))?;
    Ok(nodes.collect::<rusqlite::Result<_>>()?)
}

/// Whether a record is lent to that spot to be written.
///
/// # Errors
/// When the store does not answer.
pub fn is_to(db: &Connection, record: i64, node: &str) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM lent WHERE record = ?1 AND node = ?2 AND until IS NULL)",
        )?
        .query_row(params![record, node], |r| r.get(0))?)
}

/// From now on a record is lent to that spot: to be read `until` then, or as its own. Gives whether it was
/// not lent there so far.
///
/// # Errors
/// When the store does not answer.
pub fn keep(db: &Connection, record: i64, node: &str, until_ms: Option<i64>) -> Result<bool> {
    let known = to(db, record)?.iter().any(|to| to == node);
    db.prepare_cached(
        "INSERT INTO lent(record, node, until) VALUES (?1, ?2, ?3)
         ON CONFLICT (record, node) DO UPDATE SET until = max(until, excluded.until)",
    )?
    .execute(params![record, node, until_ms])?;
    Ok(!known)
}

/// Ends what was lent until then; gives how many.
///
/// # Errors
/// When the store does not answer.
pub fn end(db: &Connection, now_ms: i64) -> Result<usize> {
    Ok(db
        .prepare_cached("DELETE FROM lent WHERE until <= ?1")?
        .execute([now_ms])?)
}

/// Whether a record that is lent to that spot names the blob.
///
/// # Errors
/// When the store does not answer.
pub fn names(db: &Connection, blob: BlobId, node: &str) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM named n JOIN lent l USING (record) WHERE n.blob = ?1 AND l.node = ?2)",
        )?
        .query_row(params![blob.0, node], |r| r.get(0))?)
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
