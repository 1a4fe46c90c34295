//! Values that agencies give out one by one: what the hub was given, what is leased to which journal, and what
//! was used here.

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::catalogue::Scarce;
use vereda_sync::id::RecordId;
use vereda_sync::record::lease::{Lease, Lot, Stock, Value};

use super::journal::count;
use super::{Result, StoreError};

/// Derives a list that the hub was given.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put_stock(db: &Connection, row: i64, stock: &Stock) -> Result<()> {
    let lot = &stock.lot;
    let mut insert = db.prepare_cached(
        "INSERT OR REPLACE INTO given(record, key, service, scarce, line, over, epoch, withdrawn)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for value in &lot.values {
        insert.execute(params![
            row,
            value.key(&lot.service),
            lot.service,
            lot.scarce.code(),
            value.line(),
            value.over(),
            stock.epoch,
            stock.withdrawn.is_some(),
        ])?;
    }
    Ok(())
}

/// Derives what is leased to a journal.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put_lease(db: &Connection, row: i64, lease: &Lease) -> Result<()> {
    let lot = &lease.lot;
    let mut insert = db.prepare_cached(
        "INSERT OR REPLACE INTO leased(record, key, service, scarce, line, over, node, journal, withdrawn, used)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for value in &lot.values {
        let key = value.key(&lot.service);
        let used = lease.used.iter().find(|(used, _)| *used == key);
        insert.execute(params![
            row,
            key,
            lot.service,
            lot.scarce.code(),
            value.line(),
            value.over(),
            lease.to,
            lease.journal,
            lease.withdrawn.contains(&key),
            used.map(|(_, request)| request),
        ])?;
    }
    Ok(())
}

/// At the hub: whether a value was ever given or leased.
///
/// # Errors
/// When the store does not answer.
pub fn is_known(db: &Connection, key: &str) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM given WHERE key = ?1) OR EXISTS (SELECT 1 FROM leased WHERE key = ?1)",
        )?
        .query_row([key], |r| r.get(0))?)
}

/// At the hub: services and kinds of which something was given that is not over.
///
/// # Errors
/// When the store does not answer.
pub fn kinds(db: &Connection, now: &str) -> Result<Vec<(String, Scarce)>> {
    let mut rows = db.prepare_cached(
        "SELECT service, scarce FROM given WHERE over > ?1 GROUP BY service, scarce ORDER BY service, scarce",
    )?;
    let found = rows.query_map([now], |r| {
        Ok((r.get(0)?, Scarce::from_code(&r.get::<_, String>(1)?)))
    })?;
    let found: Vec<(String, Option<Scarce>)> = found.collect::<rusqlite::Result<_>>()?;
    let found = found.into_iter();
    Ok(found.filter_map(|(s, k)| Some((s, k?))).collect())
}

/// At the hub: values that it may lease, those first that are over first. Of lists of this epoch alone: from
/// before a restore, nobody knows here what was leased.
///
/// # Errors
/// When the store does not answer.
pub fn free(
    db: &Connection,
    (service, scarce): (&str, Scarce),
    (epoch, now): (&str, &str),
    limit: u64,
) -> Result<Vec<Value>> {
    let mut rows = db.prepare_cached(
        "SELECT line FROM given g WHERE service = ?1 AND scarce = ?2 AND over > ?4 AND epoch = ?3 AND withdrawn = 0
         AND NOT EXISTS (SELECT 1 FROM leased l WHERE l.key = g.key) GROUP BY key ORDER BY over, key LIMIT ?5",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let lines = rows.query_map(params![service, scarce.code(), epoch, now, limit], |r| {
        r.get::<_, String>(0)
    })?;
    lines
        .map(|line| {
            Value::parse(scarce, &line?).map_err(|_| StoreError::Damaged("a value does not read"))
        })
        .collect()
}

/// So many values are left to that journal of a node.
///
/// # Errors
/// When the store does not answer.
pub fn left(
    db: &Connection,
    (node, journal): (&str, &str),
    (service, scarce): (&str, Scarce),
    now: &str,
) -> Result<u64> {
    let mut rows = db.prepare_cached(
        "SELECT count(*) FROM leased l WHERE node = ?1 AND service = ?3 AND scarce = ?4 AND over > ?5
         AND used IS NULL AND withdrawn = 0 AND journal = ?2
         AND NOT EXISTS (SELECT 1 FROM spent s WHERE s.key = l.key)",
    )?;
    let n = rows.query_row(params![node, journal, service, scarce.code(), now], |r| {
        r.get(0)
    })?;
    Ok(count(n))
}

/// A value that is left, with its lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The lease.
    pub lease: RecordId,
    /// The value.
    pub value: Value,
}

/// Values that are left to that journal of a node, those first that are over first; at most `limit`.
///
/// # Errors
/// When the store does not answer.
pub fn offered(
    db: &Connection,
    (node, journal): (&str, &str),
    (service, scarce): (&str, Scarce),
    (now, limit): (&str, u32),
) -> Result<Vec<Left>> {
    let mut rows = db.prepare_cached(
        "SELECT r.id, l.line FROM leased l JOIN record r USING (record)
         WHERE l.node = ?1 AND l.service = ?3 AND l.scarce = ?4 AND l.over > ?5
         AND l.used IS NULL AND l.withdrawn = 0 AND l.journal = ?2
         AND NOT EXISTS (SELECT 1 FROM spent s WHERE s.key = l.key) ORDER BY l.over, l.key LIMIT ?6",
    )?;
    let lines = rows.query_map(
        params![node, journal, service, scarce.code(), now, limit],
        |r| Ok((RecordId(r.get(0)?), r.get::<_, String>(1)?)),
    )?;
    let mut all = vec![];
    for line in lines {
        let (lease, line) = line?;
        if let Ok(value) = Value::parse(scarce, &line) {
            all.push(Left { lease, value });
        }
    }
    Ok(all)
}

/// Marks a value as used here, once and for ever: in the transaction that says so in its lease.
///
/// # Errors
/// [`StoreError::Spent`] when it was used already, or is not for `journal`; when the store does not answer.
pub fn spend(
    db: &Connection,
    (lease, key): (RecordId, &str),
    (node, journal): (&str, &str),
    at_ms: i64,
) -> Result<()> {
    let ours: bool = db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM leased l JOIN record r USING (record)
             WHERE r.id = ?1 AND l.key = ?2 AND l.node = ?3 AND l.journal = ?4 AND l.withdrawn = 0)",
        )?
        .query_row(params![lease.0, key, node, journal], |r| r.get(0))?;
    let new = ours
        && db
            .prepare_cached("INSERT OR IGNORE INTO spent(key, at) VALUES (?1, ?2)")?
            .execute(params![key, at_ms])?
            == 1;
    match new {
        true => Ok(()),
        false => Err(StoreError::Spent),
    }
}

/// The lease of a value to that node that is not known as used, here or there.
///
/// # Errors
/// When the store does not answer.
pub fn unused(db: &Connection, node: &str, key: &str) -> Result<Option<RecordId>> {
    Ok(db
        .prepare_cached(
            "SELECT r.id FROM leased l JOIN record r USING (record)
             WHERE l.key = ?2 AND l.node = ?1 AND l.used IS NULL AND l.withdrawn = 0
             AND NOT EXISTS (SELECT 1 FROM spent s WHERE s.key = l.key)",
        )?
        .query_row([node, key], |r| Ok(RecordId(r.get(0)?)))
        .optional()?)
}

/// Of a kind, whether anything was ever leased to that node.
///
/// # Errors
/// When the store does not answer.
pub fn are_any(db: &Connection, node: &str, (service, scarce): (&str, Scarce)) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM leased WHERE node = ?1 AND service = ?2 AND scarce = ?3)",
        )?
        .query_row(params![node, service, scarce.code()], |r| r.get(0))?)
}

/// How a node stands with the values of a service: at the hub, of all its journals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Id of the node.
    pub node: String,
    /// Its journal, hex.
    pub journal: String,
    /// The service.
    pub service: String,
    /// The kind.
    pub scarce: Scarce,
    /// Ever leased.
    pub leased: u64,
    /// Used.
    pub used: u64,
    /// Neither used, nor withdrawn, nor over.
    pub left: u64,
}

/// What was leased, by node, service, kind and journal.
///
/// # Errors
/// When the store does not answer.
pub fn standings(db: &Connection, now: &str) -> Result<Vec<Standing>> {
    let mut rows = db.prepare_cached(
        "SELECT node, journal, service, scarce, count(*), count(used),
             sum(used IS NULL AND withdrawn = 0 AND over > ?1)
         FROM leased GROUP BY node, service, scarce, journal ORDER BY node, service, scarce",
    )?;
    let found = rows.query_map([now], |r| {
        let scarce = Scarce::from_code(&r.get::<_, String>(3)?);
        Ok(scarce.map(|scarce| -> rusqlite::Result<Standing> {
            Ok(Standing {
                node: r.get(0)?,
                journal: r.get(1)?,
                service: r.get(2)?,
                scarce,
                leased: count(r.get(4)?),
                used: count(r.get(5)?),
                left: count(r.get(6)?),
            })
        }))
    })?;
    let mut all = vec![];
    for line in found {
        if let Some(line) = line? {
            all.push(line?);
        }
    }
    Ok(all)
}

/// A list as it was given, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The list.
    pub id: RecordId,
    /// The service.
    pub service: String,
    /// The kind.
    pub scarce: Scarce,
    /// How many.
    pub given: u64,
    /// Of them leased.
    pub leased: u64,
    /// Of them used.
    pub used: u64,
    /// Neither leased nor over, and of this epoch.
    pub free: u64,
    /// From before the hub was restored, and not leased as far as it knows.
    pub doubtful: u64,
    /// The agency took it back.
    pub is_withdrawn: bool,
}

/// The lists that the hub was given, newest first.
///
/// # Errors
/// When the store does not answer.
pub fn lists(db: &Connection, (epoch, now): (&str, &str), limit: u32) -> Result<Vec<Given>> {
    let mut rows = db.prepare_cached(
        "SELECT r.id, g.service, g.scarce, count(*), count(l.key), count(l.used),
             sum(l.key IS NULL AND g.over > ?2 AND g.epoch = ?1 AND g.withdrawn = 0),
             sum(l.key IS NULL AND g.over > ?2 AND g.epoch <> ?1 AND g.withdrawn = 0), max(g.withdrawn)
         FROM given g JOIN record r USING (record) LEFT JOIN leased l ON l.key = g.key
         WHERE g.record IN (SELECT DISTINCT record FROM given ORDER BY record DESC LIMIT ?3)
         GROUP BY g.record ORDER BY g.record DESC",
    )?;
    let found = rows.query_map(params![epoch, now, limit], |r| {
        let scarce = Scarce::from_code(&r.get::<_, String>(2)?);
        Ok(scarce.map(|scarce| -> rusqlite::Result<Given> {
            Ok(Given {
                id: RecordId(r.get(0)?),
                service: r.get(1)?,
                scarce,
                given: count(r.get(3)?),
                leased: count(r.get(4)?),
                used: count(r.get(5)?),
                free: count(r.get(6)?),
                doubtful: count(r.get(7)?),
                is_withdrawn: r.get(8)?,
            })
        }))
    })?;
    let mut all = vec![];
    for line in found {
        if let Some(line) = line? {
            all.push(line?);
        }
    }
    Ok(all)
}

/// The leases that hold values of a list which are not used: with their keys.
///
/// # Errors
/// When the store does not answer.
pub fn unused_of(db: &Connection, list: RecordId) -> Result<Vec<(RecordId, String)>> {
    let mut rows = db.prepare_cached(
        "SELECT lr.id, l.key FROM given g JOIN leased l ON l.key = g.key
         JOIN record lr ON lr.record = l.record
         WHERE g.record = (SELECT record FROM record_by_id WHERE id = ?1) AND l.used IS NULL AND l.withdrawn = 0 ORDER BY lr.record",
    )?;
    let found = rows.query_map([list.0], |r| Ok((RecordId(r.get(0)?), r.get(1)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The last journal that the hub knows of a node, hex.
///
/// # Errors
/// When the store does not answer.
pub fn last_journal(db: &Connection, node: &str) -> Result<Option<String>> {
    Ok(db
        .prepare_cached(
            "SELECT lower(hex(id)) FROM journal WHERE node = ?1 ORDER BY journal DESC LIMIT 1",
        )?
        .query_row([node], |r| r.get(0))
        .optional()?)
}

/// A lot of values.
#[must_use]
pub fn lot((service, scarce): &(String, Scarce), values: Vec<Value>) -> Lot {
    Lot {
        service: service.clone(),
        scarce: *scarce,
        values,
    }
}
