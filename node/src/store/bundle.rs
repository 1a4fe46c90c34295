//! Bundles in the store: parts that are kept as they came, and receipts on their way back.

use rusqlite::{Connection, params};
use vereda_sync::bundle::{Header, Receipt};
use vereda_sync::id::{JournalId, PartId};

use super::journal::{count, place, signed};
use super::{Result, StoreError};

/// A part that is kept as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its id.
    pub id: PartId,
    /// What it says in plain.
    pub header: Header,
    /// Size in bytes.
    pub bytes: u64,
    /// When it came, milliseconds since 1970.
    pub at_ms: i64,
    /// The key of its pieces.
    pub pieces: Vec<u8>,
    /// The hub has it too, and waits for others.
    pub handed: bool,
    /// Why it is still here.
    pub note: Option<String>,
}

/// Keeps a part whose pieces are here.
///
/// # Errors
/// When the store does not answer.
pub fn keep(db: &Connection, part: &Part) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO bundle_part(part, node, journal, header, bytes, at, pieces, note)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        part.id.0,
        part.header.node,
        part.header.journal().0,
        part.header.encode(),
        signed(part.bytes),
        part.at_ms,
        part.pieces,
        part.note
    ])?;
    Ok(())
}

/// All parts that are kept, each journal's in the order of its entries.
///
/// # Errors
/// When the store does not answer.
pub fn all(db: &Connection) -> Result<Vec<Part>> {
    let mut rows = db.prepare_cached(
        "SELECT part, header, bytes, at, pieces, handed, note FROM bundle_part ORDER BY journal",
    )?;
    let found = rows.query_map([], |r| {
        let header: Vec<u8> = r.get(1)?;
        Ok(Header::decode(&header).ok().map(|header| Part {
            id: PartId(r.get(0).unwrap_or_default()),
            header,
            bytes: r.get(2).map_or(0, count),
            at_ms: r.get(3).unwrap_or_default(),
            pieces: r.get(4).unwrap_or_default(),
            handed: r.get(5).unwrap_or_default(),
            note: r.get(6).unwrap_or_default(),
        }))
    })?;
    let mut parts = found
        .map(|part| part?.ok_or(StoreError::Damaged("the header of a bundle's part")))
        .collect::<Result<Vec<Part>>>()?;
    parts.sort_by_key(|p| (p.header.journal(), p.header.first, p.header.part));
    Ok(parts)
}

/// Whether that part is kept.
///
/// # Errors
/// When the store does not answer.
pub fn is_kept(db: &Connection, id: PartId) -> Result<bool> {
    let mut rows = db.prepare_cached("SELECT 1 FROM bundle_part WHERE part = ?1")?;
    Ok(rows.exists([id.0])?)
}

/// Whether a part is kept whose pieces are under that key.
///
/// # Errors
/// When the store does not answer.
pub fn has_pieces(db: &Connection, key: &[u8]) -> Result<bool> {
    let mut rows = db.prepare_cached("SELECT 1 FROM bundle_part WHERE pieces = ?1")?;
    Ok(rows.exists([key])?)
}

/// How many parts are kept, and how many bytes they have.
///
/// # Errors
/// When the store does not answer.
pub fn kept(db: &Connection) -> Result<(u64, u64)> {
    let mut rows =
        db.prepare_cached("SELECT count(*), coalesce(sum(bytes), 0) FROM bundle_part")?;
    Ok(rows.query_row([], |r| Ok((count(r.get(0)?), count(r.get(1)?))))?)
}

/// Says of a part why it is still here, and whether the hub has it.
///
/// # Errors
/// When the store does not answer.
pub fn note(db: &Connection, id: PartId, handed: bool, note: &str) -> Result<()> {
    db.prepare_cached(
        "UPDATE bundle_part SET handed = ?2, note = ?3 WHERE part = ?1 AND (handed <> ?2 OR note IS NOT ?3)",
    )?
    .execute(params![id.0, handed, note])?;
    Ok(())
}

/// Lets go of a part with its pieces.
///
/// # Errors
/// When the store does not answer.
pub fn drop_part(db: &Connection, id: PartId) -> Result<()> {
    let tx = db.unchecked_transaction()?;
    tx.execute(
        "DELETE FROM blob_piece WHERE blob = (SELECT pieces FROM bundle_part WHERE part = ?1)",
        [id.0],
    )?;
    tx.execute("DELETE FROM bundle_part WHERE part = ?1", [id.0])?;
    Ok(tx.commit()?)
}

/// Keeps a receipt for another node, as the hub gave it, unless one over more is here;
/// gives whether it was new.
///
/// # Errors
/// When the store does not answer.
pub fn keep_receipt(db: &Connection, receipt: &Receipt, file: &[u8], at_ms: i64) -> Result<bool> {
    let head = &receipt.held.head;
    let new = db
        .prepare_cached(
            "INSERT INTO bundle_receipt(journal, node, size, file, at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT(journal) DO UPDATE SET node = ?2, size = ?3, file = ?4, at = ?5 WHERE size < ?3",
        )?
        .execute(params![
            head.journal.0,
            receipt.node,
            signed(head.size),
            file,
            at_ms
        ])?;
    Ok(new == 1)
}

/// The receipts for other nodes that are here: whose, of which journal, the file.
///
/// # Errors
/// When the store does not answer.
pub fn receipts(db: &Connection) -> Result<Vec<(String, JournalId, Vec<u8>)>> {
    let mut rows =
        db.prepare_cached("SELECT node, journal, file FROM bundle_receipt ORDER BY node")?;
    Ok(rows
        .query_map([], |r| Ok((r.get(0)?, JournalId(r.get(1)?), r.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?)
}

/// The sizes of a journal's changes from `first` to `last`, in order, in bytes.
///
/// # Errors
/// When the store does not answer.
pub fn sizes(
    db: &Connection,
    journal: i64,
    first: u64,
    last: u64,
    mut each: impl FnMut(u64),
) -> Result<()> {
    let mut rows = db.prepare_cached(
        "SELECT length(body) FROM entry WHERE entry BETWEEN ?1 AND ?2 ORDER BY entry",
    )?;
    for bytes in rows.query_map([place(journal, first)?, place(journal, last)?], |r| {
        r.get(0)
    })? {
        each(count(bytes?));
    }
    Ok(())
}
