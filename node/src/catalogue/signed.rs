//! A catalogue as it travels: one file, under the hub's seal, verified offline before it is used.

use std::path::Path;

use anyhow::{Context, bail};
use vereda_sync::catalogue::{Catalogue, MAX_CATALOGUE_BYTES};
use vereda_sync::exchange::custody::File;

use crate::link::seal::Seal;
use crate::sealed_file::Form;

const FORM: Form = Form {
    magic: b"vereda catalogue 1\n",
    says: File::Catalogue,
    max_body_bytes: MAX_CATALOGUE_BYTES,
};

/// Largest file, in bytes.
pub const MAX_FILE_BYTES: usize = FORM.max_bytes();

/// A signed catalogue, verified.
#[derive(Debug)]
pub struct Signed {
    /// What was signed.
    pub catalogue: Catalogue,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
}

/// Signs a catalogue with the hub's key.
///
/// # Errors
/// When the key cannot sign, or the catalogue is larger than any that is read.
pub fn sign(
    catalogue: &Catalogue,
    key: &Seal,
    certificate: &[u8],
    at_ms: u64,
) -> anyhow::Result<Vec<u8>> {
    let body = catalogue.canonical();
    FORM.seal(&body, (key, certificate), at_ms)
        .context("the catalogue")
}

/// Reads a signed catalogue that a hub of this authority signed.
///
/// # Errors
/// In words, what is wrong with it.
pub fn load(path: &Path, authority: &Path) -> anyhow::Result<Signed> {
    let file = bytes(path)?;
    read(&file, authority).with_context(|| format!("the signed catalogue {}", path.display()))
}

/// What stands in a file, as it may be at all.
///
/// # Errors
/// When it cannot be read, or is too large.
pub fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    FORM.bytes(path, "the signed catalogue")
}

/// The same, of bytes that are here.
///
/// # Errors
/// As [`load`].
pub fn read(file: &[u8], authority: &Path) -> anyhow::Result<Signed> {
    let opened = FORM
        .open(file, authority)?
        .context("this is no signed catalogue: `vereda catalogue sign` makes one")?;
    Ok(Signed {
        catalogue: Catalogue::from_canonical(opened.body)?,
        at_ms: opened.at_ms,
    })
}

/// Whether a name says that a file is a signed catalogue.
#[must_use]
pub fn is_signed(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "vcat")
}

/// A signed catalogue may only follow an older one.
///
/// # Errors
/// When it does not.
pub fn follows(newer: &Catalogue, older: &Catalogue) -> anyhow::Result<()> {
    if newer.edition <= older.edition {
        bail!(
            "edition {} does not follow edition {}: write `edition = {}` and sign again",
            newer.edition,
            older.edition,
            older.edition + 1
        );
    }
    Ok(())
}
