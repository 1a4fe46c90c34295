//! Editions of the catalogue that this node has had: a request is read under the one that it was
//! made under, and an older one never comes back as the newest.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use vereda_sync::catalogue::Catalogue;

use super::Result;

/// Why an edition is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// An older one than was here.
    #[error(
        "edition {edition} of the catalogue is older than edition {known}, which this node has had: put that one back, or publish a newer one"
    )]
    Older {
        /// What it is.
        edition: u32,
        /// The newest that was here.
        known: u32,
    },
    /// The same number with another content.
    #[error(
        "edition {0} of the catalogue is here with other content: what was signed does not change; publish it under the next number"
    )]
    Other(u32),
    /// The store.
    #[error(transparent)]
    Store(#[from] super::StoreError),
}

/// Takes an edition as the newest. One that is not signed may change under its number: it is
/// being written.
///
/// # Errors
/// When it is older than what was here, or not the same.
pub fn adopt(
    db: &Connection,
    catalogue: &Catalogue,
    signed: bool,
    now_ms: i64,
) -> std::result::Result<(), Refused> {
    let sql = super::StoreError::from;
    let newest: Option<u32> = db
        .query_row("SELECT max(edition) FROM catalogue", [], |r| r.get(0))
        .map_err(sql)?;
    let edition = catalogue.edition;
    if let Some(known) = newest.filter(|known| edition < *known) {
        return Err(Refused::Older { edition, known });
    }
    let body = catalogue.canonical();
    let digest = Sha256::digest(&body).to_vec();
    let here: Option<(Vec<u8>, bool)> = db
        .query_row(
            "SELECT digest, signed FROM catalogue WHERE edition = ?1",
            [edition],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
        .optional()
        .map_err(sql)?;
    match here {
        Some((known, was)) if known == digest && was == signed => return Ok(()),
        // What was signed stands.
        Some((known, true)) if known != digest => return Err(Refused::Other(edition)),
        _ => {}
    }
    db.execute(
        "INSERT INTO catalogue(edition, digest, signed, body, at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT(edition) DO UPDATE SET digest = ?2, signed = ?3, body = ?4, at = ?5",
        params![edition, digest, signed, body, now_ms],
    )
    .map_err(sql)?;
    // What no request stands under is let go, once all that is here is derived.
    db.execute(
        "DELETE FROM catalogue WHERE edition < ?1 AND edition NOT IN (SELECT edition FROM request)
         AND NOT EXISTS (SELECT 1 FROM record WHERE dirty = 1)",
        [edition],
    )
    .map_err(sql)?;
    Ok(())
}

/// Whether that edition is here with the same content, signed or not.
///
/// # Errors
/// When the store does not answer.
pub fn is_here(db: &Connection, catalogue: &Catalogue) -> Result<bool> {
    let digest = Sha256::digest(catalogue.canonical()).to_vec();
    let mut row = db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM catalogue WHERE edition = ?1 AND digest = ?2)",
    )?;
    Ok(row.query_row(params![catalogue.edition, digest], |r| r.get(0))?)
}

/// The newest edition that was here, if it is one that a hub signed.
///
/// # Errors
/// When the store does not answer.
pub fn newest_signed(db: &Connection) -> Result<Option<Catalogue>> {
    let newest: Option<(u32, bool, Vec<u8>)> = db
        .query_row(
            "SELECT edition, signed, body FROM catalogue ORDER BY edition DESC LIMIT 1",
            [],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
        )
        .optional()?;
    let signed = newest.filter(|(_, signed, _)| *signed);
    Ok(signed.and_then(|(edition, _, body)| read((edition, body))))
}

/// The editions before this one that are kept, as they were.
///
/// # Errors
/// When the store does not answer.
pub fn before(db: &Connection, edition: u32) -> Result<BTreeMap<u32, Catalogue>> {
    let mut rows = db.prepare("SELECT edition, body FROM catalogue WHERE edition < ?1")?;
    let kept = rows.query_map([edition], |r| Ok((r.get(0)?, r.get(1)?)))?;
    let kept: Vec<(u32, Vec<u8>)> = kept.collect::<rusqlite::Result<_>>()?;
    let kept = kept.into_iter().filter_map(read);
    Ok(kept
        .map(|catalogue| (catalogue.edition, catalogue))
        .collect())
}

fn read((edition, body): (u32, Vec<u8>)) -> Option<Catalogue> {
    let catalogue = Catalogue::from_canonical(&body);
    catalogue
        .inspect_err(|error| tracing::error!(edition, %error, "a kept edition of the catalogue cannot be read"))
        .ok()
}

/// Drafts that are known here, whoever has them, by service.
///
/// # Errors
/// When the store does not answer.
pub fn known_drafts(db: &Connection) -> Result<BTreeMap<String, u64>> {
    let mut rows = db.prepare(
        "SELECT service, count(*) FROM request WHERE number IS NULL AND life = 'draft' GROUP BY service",
    )?;
    let line = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, super::journal::count(r.get(1)?)));
    Ok(rows.query_map([], line)?.collect::<rusqlite::Result<_>>()?)
}

/// Open drafts of this node by service and edition: how many, and which.
///
/// # Errors
/// When the store does not answer.
pub fn open_drafts(db: &Connection) -> Result<Vec<(String, u32, u64)>> {
    let mut rows = db.prepare(
        "SELECT service, edition, count(*) FROM request WHERE number IS NULL AND life = 'draft' AND own
         GROUP BY service, edition ORDER BY service, edition",
    )?;
    let line = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, r.get(1)?, super::journal::count(r.get(2)?)));
    Ok(rows.query_map([], line)?.collect::<rusqlite::Result<_>>()?)
}
