//! A catalogue as it travels: one file, under the hub's seal, verified offline before it is used.
//!
//! ```text
//! "vereda catalogue 1\n", when it was signed (8 bytes, ms since 1970), the hub's certificate and its
//! seal (each 4 bytes of length, DER), then the catalogue (JSON) to the end
//! ```
//! Numbers are big-endian. The seal is over the SHA-256 of the time and the catalogue.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use sha2::{Digest, Sha256};
use vereda_sync::catalogue::{Catalogue, MAX_CATALOGUE_BYTES};
use vereda_sync::exchange::custody::{File, Says};

use crate::link::seal::{self, Seal};

const MAGIC: &[u8] = b"vereda catalogue 1\n";
/// Longest certificate or seal, in bytes.
const MAX_PART_BYTES: usize = 16 << 10;

/// Largest file, in bytes.
pub const MAX_FILE_BYTES: usize = MAX_CATALOGUE_BYTES + 2 * MAX_PART_BYTES + 64;

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
/// When the key cannot sign.
pub fn sign(
    catalogue: &Catalogue,
    key: &Seal,
    certificate: &[u8],
    at_ms: u64,
) -> anyhow::Result<Vec<u8>> {
    let body = catalogue.canonical();
    ensure!(
        body.len() <= MAX_CATALOGUE_BYTES,
        "the catalogue has {} bytes as it travels; at most {MAX_CATALOGUE_BYTES} are read",
        body.len()
    );
    let seal = key.put_under(File::Catalogue, &digest(at_ms, &body))?;
    let mut file = MAGIC.to_vec();
    file.extend(at_ms.to_be_bytes());
    for part in [certificate, &seal] {
        file.extend(u32::try_from(part.len())?.to_be_bytes());
        file.extend(part);
    }
    file.extend(body);
    Ok(file)
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
    let said = || format!("the signed catalogue {}", path.display());
    let mut file = Vec::new();
    std::fs::File::open(path)
        .and_then(|f| f.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut file))
        .with_context(said)?;
    ensure!(
        file.len() <= MAX_FILE_BYTES,
        "{}: larger than any catalogue",
        said()
    );
    Ok(file)
}

/// The same, of bytes that are here.
///
/// # Errors
/// As [`load`].
pub fn read(file: &[u8], authority: &Path) -> anyhow::Result<Signed> {
    let parts =
        split(file).context("this is no signed catalogue: `vereda catalogue sign` makes one")?;
    let digest = digest(parts.at_ms, parts.body);
    seal::examine_file(parts.certificate, File::Catalogue, &digest, parts.seal)
        .context("it was changed after it was signed")?;
    seal::vouched(parts.certificate, authority, Says::Holds, parts.at_ms)
        .context("no hub of this authority signed it")?;
    let catalogue = Catalogue::from_canonical(parts.body)?;
    Ok(Signed {
        catalogue,
        at_ms: parts.at_ms,
    })
}

struct Parts<'f> {
    at_ms: u64,
    certificate: &'f [u8],
    seal: &'f [u8],
    body: &'f [u8],
}

fn split(file: &[u8]) -> Option<Parts<'_>> {
    let rest = file.strip_prefix(MAGIC)?;
    let (at_ms, rest) = rest.split_first_chunk::<8>()?;
    let (certificate, rest) = part(rest)?;
    let (seal, body) = part(rest)?;
    let at_ms = u64::from_be_bytes(*at_ms);
    (body.len() <= MAX_CATALOGUE_BYTES).then_some(Parts {
        at_ms,
        certificate,
        seal,
        body,
    })
}

fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    (length <= MAX_PART_BYTES).then(|| rest.split_at_checked(length))?
}

fn digest(at_ms: u64, body: &[u8]) -> [u8; 32] {
    let mut sha = Sha256::new();
    sha.update(at_ms.to_be_bytes());
    sha.update(body);
    sha.finalize().into()
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
