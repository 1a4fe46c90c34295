//! Seals over journals, kept: a node's word on what it wrote, the hub's receipts.

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::exchange::custody::{Says, Sealed};
use vereda_sync::exchange::message::Head;
use vereda_sync::id::JournalId;

use super::Result;
use super::journal::{count, signed};

/// Keeps a seal with the certificate (DER) of who put it, unless one over more is
/// here, or one over the same.
///
/// # Errors
/// When the store does not answer.
pub fn keep(db: &Connection, says: Says, sealed: &Sealed, certificate: &[u8]) -> Result<()> {
    let head = &sealed.head;
    db.prepare_cached(
        "INSERT INTO custody(journal, holds, size, root, at, seal, certificate)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT(journal, holds) DO UPDATE
         SET size = ?3, root = ?4, at = ?5, seal = ?6, certificate = ?7 WHERE size < ?3",
    )?
    .execute(params![
        head.journal.0,
        code(says),
        signed(head.size),
        head.root,
        signed(sealed.at_ms),
        sealed.seal,
        certificate
    ])?;
    Ok(())
}

/// Forgets the seals over more than so much of a journal: what they were over has moved
/// elsewhere, and is sealed there again.
///
/// # Errors
/// When the store does not answer.
pub fn forget_past(db: &Connection, journal: JournalId, size: u64) -> Result<()> {
    db.prepare_cached("DELETE FROM custody WHERE journal = ?1 AND size > ?2")?
        .execute(params![journal.0, signed(size)])?;
    Ok(())
}

/// The seal over most of a journal, with the certificate of who put it.
///
/// # Errors
/// When the store does not answer.
pub fn of(db: &Connection, says: Says, journal: JournalId) -> Result<Option<(Sealed, Vec<u8>)>> {
    Ok(db
        .prepare_cached(
            "SELECT size, root, at, seal, certificate FROM custody WHERE journal = ?1 AND holds = ?2",
        )?
        .query_row(params![journal.0, code(says)], |r| {
            let head = Head {
                journal,
                size: count(r.get(0)?),
                root: r.get(1)?,
            };
            let sealed = Sealed {
                head,
                at_ms: count(r.get(2)?),
                seal: r.get(3)?,
            };
            Ok((sealed, r.get(4)?))
        })
        .optional()?)
}

/// As the table has it.
fn code(says: Says) -> i64 {
    match says {
        Says::Wrote => 0,
        Says::Holds => 1,
        Says::Archived => 2,
    }
}
