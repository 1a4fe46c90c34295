//! Copies of the hub's store off its disk: what is in them, and how they are made.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::exchange::message::Head;
use vereda_sync::id::JournalId;

use super::journal::{self, count, signed};
use super::key::StoreKey;
use super::{Result, Store, StoreError};

/// Makes a copy of the store under that name, encrypted with the same key, and keeps what is in
/// it. When this returns, the copy is whole, synced, and was read again. Gives its journals.
///
/// # Errors
/// When there is a file of that name, or the disk says so; then nothing counts as archived.
pub fn make(store: &Store, key: &StoreKey, to: &Path, now_ms: i64) -> Result<Vec<Head>> {
    let fault = |error| StoreError::File {
        path: to.into(),
        error,
    };
    if to.exists() {
        return Err(fault(std::io::Error::other(
            "it is there already: an archive is never written over",
        )));
    }
    let beside = to.with_extension("new");
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(fault(error)),
        _ => (),
    }
    let name = beside.to_str().ok_or_else(|| {
        fault(std::io::Error::other(
            "the name of an archive is plain text",
        ))
    })?;
    // One snapshot, whatever is written meanwhile.
    store.write().execute("VACUUM INTO ?1", [name])?;
    std::fs::File::open(&beside)
        .and_then(|file| file.sync_all())
        .map_err(fault)?;
    let heads = read(&beside, key)?;
    let named = std::fs::rename(&beside, to).and_then(|()| {
        let folder = to.parent().filter(|f| !f.as_os_str().is_empty());
        std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    });
    named.map_err(fault)?;
    let db = store.write();
    let tx = db.unchecked_transaction()?;
    for head in &heads {
        tx.prepare_cached(
            "INSERT INTO archive(journal, size, root, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT(journal) DO UPDATE SET size = ?2, root = ?3, at = ?4 WHERE size < ?2",
        )?
        .execute(params![
            head.journal.0,
            signed(head.size),
            head.root,
            now_ms
        ])?;
    }
    tx.commit()?;
    Ok(heads)
}

/// What is in a copy: it must open with the key and be whole.
fn read(copy: &Path, key: &StoreKey) -> Result<Vec<Head>> {
    let db = super::open_copy(copy, key)?;
    let said: String = db.query_row("PRAGMA integrity_check(1)", [], |r| r.get(0))?;
    if said != "ok" {
        return Err(StoreError::Damaged("the archive"));
    }
    let journals = journal::all(&db)?;
    let mut heads = Vec::with_capacity(journals.len());
    for journal in journals {
        let head = journal.head();
        if journal::root_at(&db, &head)? != Some(head.root) {
            return Err(StoreError::Damaged("the archive"));
        }
        heads.push(head);
    }
    Ok(heads)
}

/// How much of a journal is archived.
///
/// # Errors
/// When the store does not answer.
pub fn of(db: &Connection, journal: JournalId) -> Result<Option<Head>> {
    Ok(db
        .prepare_cached("SELECT size, root FROM archive WHERE journal = ?1")?
        .query_row([journal.0], |r| {
            Ok(Head {
                journal,
                size: count(r.get(0)?),
                root: r.get(1)?,
            })
        })
        .optional()?)
}
