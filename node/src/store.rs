//! The store: one encrypted SQLite file that holds the truth (journals, blobs,
//! drafts) and what is derived from it (lists, conflicts, messages).
//!
//! SQLCipher, WAL, `synchronous = FULL`: when a call returns `Ok`, a power cut
//! no longer takes anything back. One connection writes, under a lock; one reads
//! beside it, and never waits for a commit.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use holding::Holding;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

pub mod agencies;
pub mod archive;
pub mod assessments;
pub mod audit;
pub mod beyond;
pub mod blob;
pub mod bounds;
pub mod bundle;
pub mod by_rule;
pub mod canned;
pub mod cases;
pub mod catalogue;
pub mod complaints;
pub mod custody;
pub mod derived;
pub mod desks;
pub mod draft;
pub mod enrolment;
pub mod erased;
pub mod errands;
pub mod feed;
pub mod figures;
pub mod fleet;
pub mod here;
pub mod holding;
pub mod homes;
pub mod households;
pub mod identities;
pub mod journal;
pub mod key;
pub mod leases;
pub mod lent;
pub mod lookups;
pub mod notices;
pub mod occurrences;
pub mod opinion;
pub mod orders;
pub mod outbox;
pub mod packs;
pub mod parked;
pub mod people;
pub mod published;
pub mod purged;
pub mod quarantine;
pub mod queue;
pub mod reach;
pub mod records;
pub mod retention;
pub mod revoked;
pub mod rulings;
pub mod schema;
pub mod spot;
pub mod staff;
pub mod statistics;
pub mod tickets;
pub mod tills;
pub mod tours;
pub mod twice;
pub mod unheard;

/// What went wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full. Nothing was acknowledged, nothing that was is lost.
    #[error("the disk is full: free some space; nothing that was acknowledged is lost")]
    DiskFull,
    /// The disk answers with errors. Nothing was acknowledged, nothing that was is lost.
    #[error(
        "the disk answers with errors (SQLite {0}): copy what is on it and replace it; nothing that was acknowledged is lost"
    )]
    DiskFailing(i32),
    /// The file is there, but this key does not open it.
    #[error(
        "the database {0} does not open with this key: put back the key file that belongs to it (a wrong key destroys nothing)"
    )]
    WrongKey(PathBuf),
    /// Made by a newer version.
    #[error(
        "the database was written by a newer version of Vereda (schema {found}; this one knows {known}): install that version again"
    )]
    Newer {
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Made before there was a first release: there is no way from there to here.
    #[error(
        "the database was written before the first release of Vereda (schema {found}; this one knows {known}): set it aside, or run the demonstration with --fresh"
    )]
    Older {
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Anything else that SQLite says.
    #[error("database: {0}")]
    Sqlite(rusqlite::Error),
    /// A key or database file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What.
        error: std::io::Error,
    },
    /// A record's document.
    #[error(transparent)]
    Document(#[from] vereda_sync::record::document::DocumentError),
    /// It is here to be read and no more.
    #[error("the record is lent to be read, until {until_ms}: its own spot may change it")]
    OnlyLent {
        /// Until when, milliseconds since 1970.
        until_ms: i64,
    },
    /// It is outside of what may be read here: as if there were none.
    #[error("no such record within the bounds")]
    OutOfBounds,
    /// A value of an agency was used already, or is this node's to use no longer.
    #[error("the value is used already, or leased here no longer")]
    Spent,
    /// What the store holds contradicts itself.
    #[error("the store is damaged: {0}")]
    Damaged(&'static str),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let extended = error.sqlite_error().map(|e| e.extended_code);
        match (error.sqlite_error_code(), extended) {
            (Some(rusqlite::ErrorCode::DiskFull), _) => Self::DiskFull,
            (Some(rusqlite::ErrorCode::SystemIoFailure), Some(code)) if is_no_space(code) => {
                Self::DiskFull
            }
            (Some(rusqlite::ErrorCode::SystemIoFailure), Some(code)) => Self::DiskFailing(code),
            _ => Self::Sqlite(error),
        }
    }
}

/// A full disk shows as an I/O error where a file cannot be made longer. A write that finds no
/// room is no I/O error to SQLite: those that are, are errors of the disk.
fn is_no_space(extended_code: i32) -> bool {
    const IOERR_TRUNCATE: i32 = 10 | (6 << 8);
    const IOERR_SHMSIZE: i32 = 10 | (19 << 8);
    [IOERR_TRUNCATE, IOERR_SHMSIZE].contains(&extended_code)
}

/// The result of every call.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The store of one node.
#[derive(Debug)]
pub struct Store {
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
    /// Reads as well, for somebody who may not see everything.
    bounded: Mutex<Connection>,
    path: PathBuf,
}

/// Largest database that is written anew to let go of the past, in pages of 4 KiB that are in use: it is held in memory
/// meanwhile, and desks wait.
const MAX_REWRITTEN_PAGES: i64 = 16 << 10;
/// In `meta`, from what erases or purges a record to the end of [`Store::let_go_of_the_past`].
const PAST: &str = "past";

impl Store {
    /// Opens the store, making it when it is not there yet.
    ///
    /// # Errors
    /// [`StoreError::WrongKey`], [`StoreError::Newer`], or what the disk says.
    pub fn open(path: &Path, key: &key::StoreKey) -> Result<Self> {
        Self::over(path, |db| {
            Ok(db.pragma_update(None, "key", key.pragma())?)
        })
    }

    /// A store on connections that `unlock` is given first, before anything is read: there
    /// [`Store::open`] says the key.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn over(path: &Path, unlock: impl Fn(&Connection) -> Result<()>) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| StoreError::File {
                path: folder.into(),
                error,
            })?;
        }
        let writer = connect(path, &unlock, OpenFlags::default())?;
        write_anew(&writer)?;
        schema::migrate(&writer)?;
        let reader = connect(
            path,
            &unlock,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        let bounded = connect(
            path,
            &unlock,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        bounds::cover_all(&bounded)?;
        Ok(Self {
            writer: Mutex::new(writer),
            reader: Mutex::new(reader),
            bounded: Mutex::new(bounded),
            path: path.to_owned(),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps as many pages at hand as a hub needs.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn widen(&self) -> Result<()> {
        self.write()
            .pragma_update(None, "cache_size", -HUB_CACHE_KIB)?;
        Ok(())
    }

    /// Has the index by which records are found at hand again. Their ids are random: of what arrives
    /// every new record looks at another page of it, which to read anew takes longer than all else
    /// that a record needs. For after the start, and what pushed it out of the cache.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn recall_records(&self) -> Result<()> {
        let count = "SELECT coalesce(max(record), 0) FROM record";
        let records: i64 = self.write().query_row(count, [], |r| r.get(0))?;
        if records * RECALLED_BYTES > HUB_CACHE_KIB * 1024 / 2 {
            return Ok(());
        }
        for first in 0..=u8::MAX {
            // A piece at a time: nobody waits for all of it.
            let last = [[first].as_slice(), &[u8::MAX; 32]].concat();
            self.write()
                .prepare_cached(
                    "SELECT count(*) FROM record WHERE fresh = 0 AND id BETWEEN ?1 AND ?2",
                )?
                .query_row(rusqlite::params![[first], last], |_| Ok(()))?;
        }
        Ok(())
    }

    /// The connection that writes; hold it shortly.
    #[track_caller]
    pub fn write(&self) -> Holding<'_> {
        Holding::take(&self.writer, &[&self.reader, &self.bounded])
    }

    /// The connection that reads: everything, or what may be read within the bounds of this thread.
    #[track_caller]
    pub fn read(&self) -> Holding<'_> {
        match bounds::here() {
            None => Holding::take(&self.reader, &[]),
            Some(_) => Holding::take(&self.bounded, &[]),
        }
    }

    /// Whoever waits for what is taken before the store must not hold it: where it is tested, that
    /// is a panic that says where, also when nobody else was in the way.
    #[track_caller]
    pub fn must_not_be_held(&self) {
        holding::must_not_be_held(&[&self.writer, &self.reader, &self.bounded]);
    }

    /// What was erased or purged before is nowhere in the files any longer, also when the power went before this was done: writes the database anew, where it is small enough, as
    /// pages that were balanced keep what once stood in them; writes the log that runs ahead of the database into it,
    /// and empties it.
    ///
    /// # Errors
    /// When the store does not answer, or another process reads it.
    pub fn let_go_of_the_past(&self) -> Result<()> {
        let db = self.write();
        if meta::<i64>(&db, PAST)?.is_none() {
            return Ok(());
        }
        // Nobody reads what was before meanwhile.
        let _readers = [&self.reader, &self.bounded].map(|it| Holding::take(it, &[]));
        let pages = |pragma: &str| db.query_row(pragma, [], |r| r.get::<_, i64>(0));
        let used = pages("PRAGMA page_count")? - pages("PRAGMA freelist_count")?;
        if used <= MAX_REWRITTEN_PAGES {
            let begun = Instant::now();
            db.execute_batch("VACUUM")?;
            let ms = begun.elapsed().as_millis();
            tracing::info!(used, ms, "the database is written anew");
        }
        let busy: bool = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0))?;
        match busy {
            true => Err(StoreError::Damaged("another process reads the store")),
            false => {
                db.execute("DELETE FROM meta WHERE key = ?1", [PAST])?;
                Ok(())
            }
        }
    }

    /// A value of the node itself.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn meta<T: rusqlite::types::FromSql>(&self, key: &str) -> Result<Option<T>> {
        meta(&self.read(), key)
    }
}

/// A value of the node itself, on an open connection.
///
/// # Errors
/// When the store does not answer.
pub fn meta<T: rusqlite::types::FromSql>(db: &Connection, key: &str) -> Result<Option<T>> {
    Ok(db
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |r| r.get(0))
        .optional()?)
}

/// In a transaction that erases or purges: what it deletes is owed to [`Store::let_go_of_the_past`].
fn leave_past(db: &Connection) -> Result<()> {
    set_meta(db, PAST, 1)
}

/// Sets a value of the node itself.
///
/// # Errors
/// When the store does not answer.
pub fn set_meta(db: &Connection, key: &str, value: impl rusqlite::ToSql) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO meta(key, value) VALUES (?1, ?2) ON CONFLICT(key) DO UPDATE SET value = ?2",
    )?
    .execute(rusqlite::params![key, value])?;
    Ok(())
}

/// Most memory for pages of the connection that reads, in KiB. Pages in the cache
/// are plain; those out of it are decrypted at every look. The search of 100,000
/// records reads 4 MB, so that SQLite's 2 MB would never hold what comes next.
const READER_CACHE_KIB: i64 = 8 << 10;
/// The same for the connection that writes. A photograph of 50 MB goes through it and is never
/// looked at again: what it keeps is only memory.
const WRITER_CACHE_KIB: i64 = 2 << 10;
/// And at a hub, which writes what many spots bring: what is derived touches pages all over its
/// indexes, and after a million changes what a record needs lies anywhere.
const HUB_CACHE_KIB: i64 = 64 << 10;
/// Bytes of a record in the index by its id, in pages that are two thirds full.
const RECALLED_BYTES: i64 = 60;

/// Writes what a process that died left in the WAL into the database, and syncs that.
///
/// A sync that failed, and then the end of that process, leave commits that the kernel shows and
/// the disk may not have; it will not report that twice. What is appended after such a gap is lost
/// with it at the next power cut, however well it was synced. So nothing builds on that WAL.
fn write_anew(db: &Connection) -> Result<()> {
    // Busy is another process that lives: then this WAL is its own, and not left behind.
    db.busy_timeout(std::time::Duration::ZERO)?;
    let left = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    db.busy_timeout(BUSY)?;
    match left {
        Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => Ok(()),
        left => Ok(left?),
    }
}

/// Longest that one connection waits for another.
const BUSY: std::time::Duration = std::time::Duration::from_secs(10);

/// Opens a copy of a store, to read.
fn open_copy(path: &Path, key: &key::StoreKey) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.pragma_update(None, "key", key.pragma())?;
    Ok(db)
}

fn connect(
    path: &Path,
    unlock: &impl Fn(&Connection) -> Result<()>,
    flags: OpenFlags,
) -> Result<Connection> {
    let db = Connection::open_with_flags(path, flags)?;
    unlock(&db)?;
    match db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())) {
        Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            return Err(StoreError::WrongKey(path.into()));
        }
        other => other?,
    }
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "journal_mode", "WAL")
        .or_else(|e| match e.sqlite_error_code() {
            Some(rusqlite::ErrorCode::ReadOnly) => Ok(()),
            _ => Err(e),
        })?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", "ON")?;
    let reads = flags.contains(OpenFlags::SQLITE_OPEN_READ_ONLY);
    let cache_kib = if reads {
        READER_CACHE_KIB
    } else {
        WRITER_CACHE_KIB
    };
    db.pragma_update(None, "cache_size", -cache_kib)?;
    db.set_prepared_statement_cache_capacity(128);
    Ok(db)
}
