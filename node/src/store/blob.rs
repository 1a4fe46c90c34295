//! Photographs and scans: content-addressed, in pieces, never whole in memory.

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use vereda_sync::id::{BlobId, RecordId};
use vereda_sync::record::sighting::Sighting;
use vereda_sync::record::voice::Spoken;

use super::journal::{count, signed};
use super::{Result, Store};

/// Size of a piece, in bytes.
pub const PIECE_BYTES: usize = 256 << 10;
/// Largest blob, in bytes.
pub const MAX_BLOB_BYTES: u64 = 64 << 20;

/// A blob as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Its id.
    pub id: BlobId,
    /// Media type.
    pub media_type: String,
    /// Size in bytes.
    pub bytes: u64,
    /// When it came, milliseconds since 1970.
    pub at_ms: i64,
}

/// The blob with that id, if it is here whole.
///
/// # Errors
/// When the store does not answer.
pub fn find(db: &Connection, id: BlobId) -> Result<Option<Blob>> {
    Ok(db
        .prepare_cached("SELECT media_type, bytes, at FROM blob WHERE blob = ?1")?
        .query_row([id.0], |r| {
            Ok(Blob {
                id,
                media_type: r.get(0)?,
                bytes: count(r.get(1)?),
                at_ms: r.get(2)?,
            })
        })
        .optional()?)
}

/// All blobs that are here whole.
///
/// # Errors
/// When the store does not answer.
pub fn all(db: &Connection) -> Result<Vec<BlobId>> {
    let mut rows = db.prepare_cached("SELECT blob FROM blob ORDER BY blob")?;
    Ok(rows
        .query_map([], |r| r.get(0).map(BlobId))?
        .collect::<rusqlite::Result<_>>()?)
}

/// The piece that holds `offset`, from there on.
///
/// # Errors
/// When the store does not answer.
pub fn read(db: &Connection, id: &[u8], offset: u64) -> Result<Vec<u8>> {
    let found: Option<(i64, Vec<u8>)> = db
        .prepare_cached(
            "SELECT offset, bytes FROM blob_piece
             WHERE blob = coalesce((SELECT pieces FROM blob WHERE blob = ?1), ?1) AND offset <= ?2
             ORDER BY offset DESC LIMIT 1",
        )?
        .query_row(params![id, signed(offset)], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?;
    Ok(found.map_or_else(Vec::new, |(start, bytes)| {
        let skip = usize::try_from(offset - count(start)).unwrap_or(usize::MAX);
        bytes.get(skip..).unwrap_or_default().to_vec()
    }))
}

/// SHA-256 of the pieces under a key, from the first one on. The store is let go
/// between them: nobody waits for all of a photograph.
///
/// # Errors
/// When the store does not answer.
pub fn hash(store: &Store, key: &[u8]) -> Result<[u8; 32]> {
    let (mut hash, mut offset) = (Sha256::new(), 0);
    loop {
        let piece = read(&store.read(), key, offset)?;
        if piece.is_empty() {
            return Ok(hash.finalize().into());
        }
        hash.update(&piece);
        offset += piece.len() as u64;
    }
}

/// Adds a piece to a blob that is still coming in, under `key` (its id when the
/// id is known, a random key of the same width before that).
///
/// # Errors
/// When the store does not answer.
pub fn add_piece(db: &Connection, key: &[u8], offset: u64, bytes: &[u8]) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO blob_piece(blob, offset, bytes) VALUES (?1, ?2, ?3) ON CONFLICT(blob, offset) DO NOTHING",
    )?
    .execute(params![key, signed(offset), bytes])?;
    Ok(())
}

/// How many bytes of a blob are here, from its beginning.
///
/// # Errors
/// When the store does not answer.
pub fn held(db: &Connection, key: &[u8]) -> Result<u64> {
    Ok(count(
        db.prepare_cached(
            "SELECT coalesce(max(offset + length(bytes)), 0) FROM blob_piece WHERE blob = ?1",
        )?
        .query_row([key], |r| r.get(0))?,
    ))
}

/// The pieces under `key` are all of the blob `id`.
///
/// # Errors
/// When the store does not answer.
pub fn complete(db: &Connection, key: &[u8], blob: &Blob, origin: &str) -> Result<()> {
    let tx = db.unchecked_transaction()?;
    if super::erased::is_blob(&tx, &blob.id.0)? {
        // It went with the record that named it, and an old device brings it again.
        drop_pieces(&tx, key)?;
        return Ok(tx.commit()?);
    }
    let known: Option<Vec<u8>> = tx
        .prepare_cached("SELECT pieces FROM blob WHERE blob = ?1")?
        .query_row([blob.id.0], |r| r.get(0))
        .optional()?;
    match known {
        // The same picture came before: these pieces are superfluous.
        Some(pieces) if pieces != key => drop_pieces(&tx, key)?,
        Some(_) => {}
        None => {
            if key != blob.id.0 {
                drop_pieces(&tx, &blob.id.0)?;
            }
            tx.prepare_cached(
                "INSERT INTO blob(blob, media_type, bytes, at, origin, pieces) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                blob.id.0,
                blob.media_type,
                signed(blob.bytes),
                blob.at_ms,
                origin,
                key
            ])?;
        }
    }
    Ok(tx.commit()?)
}

/// Throws the pieces under `key` away.
///
/// # Errors
/// When the store does not answer.
pub fn drop_pieces(db: &Connection, key: &[u8]) -> Result<()> {
    db.prepare_cached("DELETE FROM blob_piece WHERE blob = ?1")?
        .execute([key])?;
    Ok(())
}

/// Throws away what was coming in when the node ended, and belongs to no blob.
/// Downloads under their own id stay, to be resumed.
///
/// # Errors
/// When the store does not answer.
pub fn drop_unfinished(db: &Connection) -> Result<()> {
    db.execute(
        "DELETE FROM blob_piece WHERE length(blob) <> 32 AND blob NOT IN (SELECT pieces FROM blob)
         AND blob NOT IN (SELECT pieces FROM bundle_part)",
        [],
    )?;
    Ok(())
}

/// Blobs of this node that the hub has not acknowledged whole, small ones first.
///
/// # Errors
/// When the store does not answer.
pub fn unsent(db: &Connection, origin: &str) -> Result<Vec<Blob>> {
    of_origin(
        db,
        "sent = 0 AND origin = ?1 ORDER BY bytes, at LIMIT 1000",
        origin,
    )
}

fn of_origin(db: &Connection, which: &str, origin: &str) -> Result<Vec<Blob>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT blob, media_type, bytes, at FROM blob WHERE {which}"
    ))?;
    Ok(rows
        .query_map([origin], |r| {
            Ok(Blob {
                id: BlobId(r.get(0)?),
                media_type: r.get(1)?,
                bytes: count(r.get(2)?),
                at_ms: r.get(3)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?)
}

/// The hub acknowledged the blob.
///
/// # Errors
/// When the store does not answer.
pub fn keep_sent(db: &Connection, id: BlobId) -> Result<()> {
    db.prepare_cached("UPDATE blob SET sent = 1 WHERE blob = ?1")?
        .execute([id.0])?;
    Ok(())
}

/// The node that brought a blob, if it is here whole.
///
/// # Errors
/// When the store does not answer.
pub fn origin(db: &Connection, id: BlobId) -> Result<Option<String>> {
    Ok(db
        .prepare_cached("SELECT origin FROM blob WHERE blob = ?1")?
        .query_row([id.0], |r| r.get(0))
        .optional()?)
}

/// A record names the blob.
///
/// # Errors
/// When the store does not answer.
pub fn keep_named(db: &Connection, id: BlobId, record: i64) -> Result<()> {
    db.prepare_cached("INSERT INTO named(blob, record) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![id.0, record])?;
    Ok(())
}

/// The records that name the blob.
///
/// # Errors
/// When the store does not answer.
pub fn named_by(db: &Connection, id: BlobId) -> Result<Vec<RecordId>> {
    let mut rows = db.prepare_cached(
        "SELECT r.id FROM named n JOIN record r USING (record) WHERE n.blob = ?1",
    )?;
    Ok(rows
        .query_map([id.0], |r| r.get(0).map(RecordId))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Whether a record of one of these scopes names the blob.
///
/// # Errors
/// When the store does not answer.
pub fn is_named_in(db: &Connection, id: BlobId, scopes: &[String]) -> Result<bool> {
    let mut rows = db.prepare_cached(
        "SELECT DISTINCT r.scope FROM named n JOIN record r USING (record) WHERE n.blob = ?1",
    )?;
    let named: Vec<String> = rows
        .query_map([id.0], |r| r.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(named.iter().any(|scope| scopes.contains(scope)))
}

/// Blobs that records name and that are not here whole, at most 1,000.
///
/// # Errors
/// When the store does not answer.
pub fn missing(db: &Connection) -> Result<Vec<BlobId>> {
    let mut rows = db.prepare_cached(
        "SELECT DISTINCT blob FROM named n
         WHERE NOT EXISTS (SELECT 1 FROM blob b WHERE b.blob = n.blob) LIMIT 1000",
    )?;
    Ok(rows
        .query_map([], |r| r.get(0).map(BlobId))?
        .collect::<rusqlite::Result<_>>()?)
}

/// All blobs that this node made, oldest first.
///
/// # Errors
/// When the store does not answer.
pub fn made_by(db: &Connection, origin: &str) -> Result<Vec<Blob>> {
    of_origin(db, "origin = ?1 ORDER BY at", origin)
}

/// Ids of the latest blobs that a node brought, at most `count`.
///
/// # Errors
/// When the store does not answer.
pub fn latest_of(db: &Connection, origin: &str, most: usize) -> Result<Vec<BlobId>> {
    let mut rows =
        db.prepare_cached("SELECT blob FROM blob WHERE origin = ?1 ORDER BY at DESC LIMIT ?2")?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    Ok(rows
        .query_map(params![origin, most], |r| r.get(0).map(BlobId))?
        .collect::<rusqlite::Result<_>>()?)
}

/// The hub lost something: what this node made is offered to it again.
///
/// # Errors
/// When the store does not answer.
pub fn offer_again(db: &Connection, origin: &str) -> Result<()> {
    db.execute("UPDATE blob SET sent = 0 WHERE origin = ?1", [origin])?;
    Ok(())
}

/// A photograph or voice note attached to a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The field.
    pub field: String,
    /// The blob.
    pub blob: Blob,
    /// Name of the file.
    pub name: String,
    /// Where the machine stood then, if its browser said so.
    pub seen: Option<Sighting>,
    /// Of a voice note: how it was recorded.
    pub spoken: Option<Spoken>,
}

/// What is said of a blob where it is attached.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Name of the file.
    pub name: &'a str,
    /// Where the machine stood then, if its browser said so.
    pub seen: Option<Sighting>,
    /// Of a voice note: how it was recorded.
    pub spoken: Option<&'a Spoken>,
}

/// Attaches a blob to a field of a draft.
///
/// # Errors
/// When the store does not answer.
pub fn attach(
    db: &Connection,
    form: &str,
    field: &str,
    blob: BlobId,
    about: About<'_>,
    at_ms: i64,
) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO attachment(form, field, blob, name, at, seen, spoken) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO NOTHING",
    )?
    .execute(params![
        form,
        field,
        blob.0,
        about.name,
        at_ms,
        about.seen.map(Sighting::text).unwrap_or_default(),
        about.spoken.map(Spoken::text).unwrap_or_default()
    ])?;
    Ok(())
}

/// Takes it off again. The blob stays: another draft may hold it.
///
/// # Errors
/// When the store does not answer.
pub fn detach(db: &Connection, form: &str, field: &str, blob: BlobId) -> Result<()> {
    db.prepare_cached("DELETE FROM attachment WHERE form = ?1 AND field = ?2 AND blob = ?3")?
        .execute(params![form, field, blob.0])?;
    Ok(())
}

/// All attachments of a form, in the order in which they came.
///
/// # Errors
/// When the store does not answer.
pub fn attachments(db: &Connection, form: &str) -> Result<Vec<Attachment>> {
    let mut rows = db.prepare_cached(
        "SELECT a.field, a.name, b.blob, b.media_type, b.bytes, a.at, a.seen, a.spoken FROM attachment a JOIN blob b USING (blob)
         WHERE a.form = ?1 ORDER BY a.at",
    )?;
    Ok(rows
        .query_map([form], |r| {
            Ok(Attachment {
                field: r.get(0)?,
                name: r.get(1)?,
                seen: Sighting::parse(r.get_ref(6)?.as_str().unwrap_or_default()),
                spoken: Spoken::parse(r.get_ref(7)?.as_str().unwrap_or_default()),
                blob: Blob {
                    id: BlobId(r.get(2)?),
                    media_type: r.get(3)?,
                    bytes: count(r.get(4)?),
                    at_ms: r.get(5)?,
                },
            })
        })?
        .collect::<rusqlite::Result<_>>()?)
}
