//! At the hub: the logs of spots, as they handed them in.

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::audit::Access;
use vereda_sync::id::RecordId;
use vereda_sync::journal::Frontier;

use crate::store::journal::{self, signed};
use crate::store::{Result, StoreError};

/// A spot's log, as far as it was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpotLog {
    /// Whose.
    pub node: String,
    /// Its lines are found by this.
    pub row: i64,
    /// By this the spot knows it.
    pub log: Vec<u8>,
    /// How far it is.
    pub frontier: Frontier,
    /// What the spot sealed last, with its seal and certificate.
    pub sealed: Option<(String, Vec<u8>, Vec<u8>)>,
}

/// Longest list of a spot's logs: each restored copy begins one.
const MOST_LOGS: u32 = 64;

fn read(r: &rusqlite::Row<'_>) -> rusqlite::Result<(SpotLog, Vec<u8>)> {
    let sealed: (Option<String>, Option<Vec<u8>>, Option<Vec<u8>>) =
        (r.get(4)?, r.get(5)?, r.get(6)?);
    let log = SpotLog {
        row: r.get(0)?,
        node: r.get(1)?,
        log: r.get(2)?,
        frontier: Frontier::default(),
        sealed: match sealed {
            (Some(note), Some(seal), Some(certificate)) => Some((note, seal, certificate)),
            _ => None,
        },
    };
    Ok((log, r.get(3)?))
}

fn whole((mut log, frontier): (SpotLog, Vec<u8>)) -> Result<SpotLog> {
    log.frontier =
        Frontier::from_bytes(&frontier).ok_or(StoreError::Damaged("a spot's log of accesses"))?;
    Ok(log)
}

const COLUMNS: &str = "SELECT spot, node, log, frontier, note, seal, certificate FROM audit_spot";

/// A spot's log by its name.
///
/// # Errors
/// When the store does not answer.
pub fn find(db: &Connection, node: &str, log: &[u8]) -> Result<Option<SpotLog>> {
    let found = db
        .prepare_cached(&format!("{COLUMNS} WHERE node = ?1 AND log = ?2"))?
        .query_row(params![node, log], read)
        .optional()?;
    found.map(whole).transpose()
}

/// All logs of spots.
///
/// # Errors
/// When the store does not answer.
pub fn all(db: &Connection) -> Result<Vec<SpotLog>> {
    let mut rows = db.prepare_cached(&format!("{COLUMNS} ORDER BY node, spot"))?;
    let rows = rows.query_map([], read)?;
    rows.map(|row| whole(row?)).collect()
}

/// Begins a log of a spot; `None`: it has too many.
///
/// # Errors
/// When the store does not answer.
pub fn begin(db: &Connection, node: &str, log: &[u8]) -> Result<Option<SpotLog>> {
    let known: u32 = db
        .prepare_cached("SELECT count(*) FROM audit_spot WHERE node = ?1")?
        .query_row([node], |r| r.get(0))?;
    if known >= MOST_LOGS {
        return Ok(None);
    }
    db.prepare_cached("INSERT INTO audit_spot(node, log, frontier) VALUES (?1, ?2, ?3)")?
        .execute(params![node, log, Frontier::default().to_bytes()])?;
    find(db, node, log)
}

/// Appends lines, of which the tree is `frontier` then, and what was sealed of it.
///
/// # Errors
/// When the store does not answer.
pub fn append(db: &Connection, to: &SpotLog, lines: &[(Access, String)]) -> Result<()> {
    for (access, line) in lines {
        let seq = signed(access.seq);
        db.prepare_cached(
            "INSERT INTO audit_spot_line(spot, node, seq, at, person, line) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![to.row, to.node, seq, access.at, access.person, line])?;
        for id in access.about.iter().filter_map(|id| RecordId::from_hex(id)) {
            db.prepare_cached(
                "INSERT OR IGNORE INTO audit_spot_about(id, node, spot, seq) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![id.0, to.node, to.row, seq])?;
        }
    }
    let (note, seal, certificate) = match &to.sealed {
        Some((note, seal, certificate)) => (Some(note), Some(seal), Some(certificate)),
        None => (None, None, None),
    };
    db.prepare_cached(
        "UPDATE audit_spot SET frontier = ?2, note = coalesce(?3, note), seal = coalesce(?4, seal), certificate = coalesce(?5, certificate)
         WHERE spot = ?1",
    )?
    .execute(params![to.row, to.frontier.to_bytes(), note, seal, certificate])?;
    Ok(())
}

/// Lines of a log from that number on, as they stand: number, when, who, line; at most `limit`.
///
/// # Errors
/// When the store does not answer.
pub fn lines(
    db: &Connection,
    log: i64,
    from: u64,
    limit: u32,
) -> Result<Vec<(u64, i64, String, String)>> {
    let mut rows = db.prepare_cached(
        "SELECT seq, at, person, line FROM audit_spot_line WHERE spot = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3",
    )?;
    let rows = rows.query_map(params![log, signed(from), limit], |r| {
        Ok((journal::count(r.get(0)?), r.get(1)?, r.get(2)?, r.get(3)?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn accesses(
    db: &Connection,
    rest: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<(String, Access)>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT audit_spot_line.node, line FROM audit_spot_line {rest}"
    ))?;
    let lines = rows.query_map(params, |r| {
        Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?))
    })?;
    let read = |row: rusqlite::Result<(String, String)>| {
        let (node, line) = row?;
        let access = Access::decode(&line).ok_or(StoreError::Damaged("a line of a spot's log"))?;
        Ok((node, access))
    };
    lines.map(read).collect()
}

/// What was seen at spots, the latest first, of one person or (empty) of all, before that time (milliseconds since 1970);
/// each with its spot.
///
/// # Errors
/// When the store does not answer.
pub fn latest(
    db: &Connection,
    person: &str,
    before_ms: Option<i64>,
    limit: u32,
) -> Result<Vec<(String, Access)>> {
    accesses(
        db,
        "WHERE at < ?2 AND (?1 = '' OR person = ?1) ORDER BY at DESC, seq DESC LIMIT ?3",
        params![person, before_ms.unwrap_or(i64::MAX), limit],
    )
}

/// How many lines spots have handed in.
///
/// # Errors
/// When the store does not answer.
pub fn count(db: &Connection) -> Result<u64> {
    Ok(db
        .prepare_cached("SELECT count(*) FROM audit_spot_line")?
        .query_row([], |r| r.get(0).map(journal::count))?)
}

/// What was about a record at spots, the latest first, each with its spot.
///
/// # Errors
/// When the store does not answer.
pub fn about(db: &Connection, record: RecordId, limit: u32) -> Result<Vec<(String, Access)>> {
    accesses(
        db,
        "JOIN audit_spot_about USING (spot, seq) WHERE id = ?1 ORDER BY at DESC, seq DESC LIMIT ?2",
        params![record.0, limit],
    )
}
