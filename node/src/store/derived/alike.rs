//! Requests made twice: what is compared of each, kept beside it, and where to find those that
//! are like a new one without reading a single document.

use std::collections::HashSet;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use vereda_sync::conflict::duplicate_id;
use vereda_sync::duplicate::{self, Keys, WINDOW_MS};
use vereda_sync::id::RecordId;

use crate::store::{Result, StoreError};

/// At most so many like requests are compared with a new one, for each of its keys: the latest
/// of those within days.
const MAX_CANDIDATES: u32 = 32;

/// A request that looks the same.
pub(in crate::store) struct Alike {
    pub(in crate::store) row: i64,
    pub(in crate::store) id: RecordId,
    /// When it was recorded, milliseconds since 1970.
    pub(in crate::store) at_ms: i64,
}

/// Keeps what is compared of a request; `None`: it is not compared.
pub(in crate::store) fn keep(db: &Connection, row: i64, keys: Option<&Keys>) -> Result<()> {
    let before = of(db, row)?;
    if before.as_ref() == keys {
        return Ok(());
    }
    if let Some(before) = before {
        drop_blocks(db, row, &before)?;
    }
    let Some(keys) = keys else {
        db.prepare_cached("DELETE FROM alike WHERE record = ?1")?
            .execute([row])?;
        return Ok(());
    };
    let text = keys.encode();
    db.prepare_cached("INSERT OR REPLACE INTO alike(record, keys) VALUES (?1, ?2)")?
        .execute(params![row, text])?;
    let mut insert =
        db.prepare_cached("INSERT OR IGNORE INTO block(key, at, record) VALUES (?1, ?2, ?3)")?;
    for block in keys.blocks() {
        insert.execute(params![name(&block), keys.at_ms, row])?;
    }
    Ok(())
}

/// Nothing is left of the request: nothing is compared.
pub(super) fn forget(db: &Connection, row: i64) -> Result<()> {
    keep(db, row, None)
}

/// Requests that look the same as that one and that nobody has decided about.
pub(in crate::store) fn find(
    db: &Connection,
    (row, of): (i64, RecordId),
    keys: &Keys,
) -> Result<Vec<Alike>> {
    let (mut seen, mut found) = (HashSet::new(), Vec::new());
    // One with entries that are not derived yet finds this one, once it can be read.
    // SQLite would plan anew for every value of a limit that is not part of the text.
    let mut same = db.prepare_cached(&format!(
        "SELECT b.record, r.id, a.keys FROM block b JOIN record r USING (record) JOIN alike a USING (record)
         WHERE b.key = ?1 AND b.at BETWEEN ?2 AND ?3 AND b.record <> ?4 AND r.dirty = 0
         ORDER BY b.at DESC LIMIT {MAX_CANDIDATES}",
    ))?;
    for block in keys.blocks() {
        let within = (keys.at_ms - WINDOW_MS, keys.at_ms + WINDOW_MS);
        let key = params![name(&block), within.0, within.1, row];
        let mut candidates = same.query(key)?;
        while let Some(candidate) = candidates.next()? {
            let row = candidate.get(0)?;
            if !seen.insert(row) {
                continue;
            }
            let other = decoded(candidate.get_ref(2)?)?;
            if duplicate::compare(keys, &other).is_none() {
                continue;
            }
            let (id, at_ms) = (RecordId(candidate.get(1)?), other.at_ms);
            if !is_decided(db, of, id)? {
                found.push(Alike { row, id, at_ms });
            }
        }
    }
    Ok(found)
}

/// Other requests that stand under that number, and that nobody has decided about.
pub(super) fn with_number(
    db: &Connection,
    (row, of): (i64, RecordId),
    number: &str,
) -> Result<Vec<Alike>> {
    let mut same = db.prepare_cached(&format!(
        "SELECT q.record, r.id, q.at FROM request q JOIN record r USING (record)
         WHERE q.number = ?1 AND q.record <> ?2 AND q.life <> 'withdrawn' AND r.dirty = 0
         ORDER BY q.record LIMIT {MAX_CANDIDATES}",
    ))?;
    let all = same.query_map(params![number, row], |r| {
        Ok(Alike {
            row: r.get(0)?,
            id: RecordId(r.get(1)?),
            at_ms: r.get(2)?,
        })
    })?;
    let mut found = Vec::new();
    for one in all {
        let one = one?;
        if !is_decided(db, of, one.id)? {
            found.push(one);
        }
    }
    Ok(found)
}

/// What is compared of a request.
fn of(db: &Connection, row: i64) -> Result<Option<Keys>> {
    let mut kept = db.prepare_cached("SELECT keys FROM alike WHERE record = ?1")?;
    let mut rows = kept.query([row])?;
    let kept = rows.next()?;
    kept.map(|r| decoded(r.get_ref(0)?)).transpose()
}

fn decoded(kept: ValueRef<'_>) -> Result<Keys> {
    let keys = kept.as_str().ok().and_then(Keys::decode);
    keys.ok_or(StoreError::Damaged("what is compared of a request"))
}

/// The key under which a block stands: what it is made of is long, and somebody's own.
fn name(block: &str) -> i64 {
    let hash = Sha256::digest(block);
    i64::from_be_bytes(hash.first_chunk().copied().unwrap_or_default())
}

fn drop_blocks(db: &Connection, row: i64, keys: &Keys) -> Result<()> {
    let mut delete =
        db.prepare_cached("DELETE FROM block WHERE key = ?1 AND at = ?2 AND record = ?3")?;
    for block in keys.blocks() {
        delete.execute(params![name(&block), keys.at_ms, row])?;
    }
    Ok(())
}

fn is_decided(db: &Connection, id: RecordId, other: RecordId) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM decision WHERE conflict = ?1)")?
        .query_row([duplicate_id(id, other)], |r| r.get(0))?)
}
