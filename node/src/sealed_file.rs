//! A file as it travels from a hub: what it says, under the hub's seal, verified offline before it is used.
//!
//! ```text
//! what it is (a line), when it was sealed (8 bytes, ms since 1970), the hub's certificate and its
//! seal (each 4 bytes of length, DER), then the body to the end
//! ```
//! Numbers are big-endian. The seal is over the SHA-256 of the time and the body.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, ensure};
use sha2::{Digest, Sha256};
use vereda_sync::exchange::custody::{File, Says};

use crate::link::seal::{self, Seal};

/// Longest certificate or seal, in bytes.
const MAX_PART_BYTES: usize = 16 << 10;

/// A kind of file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    /// Its first line, with the end of the line.
    pub(crate) magic: &'static [u8],
    /// What the seal under it says.
    pub(crate) says: File,
    /// Largest body, in bytes.
    pub(crate) max_body_bytes: usize,
}

/// A file that was verified.
#[derive(Debug)]
pub(crate) struct Opened<'f> {
    /// What was sealed.
    pub(crate) body: &'f [u8],
    /// When, milliseconds since 1970.
    pub(crate) at_ms: u64,
    /// The hub's certificate, DER.
    pub(crate) certificate: &'f [u8],
}

impl Form {
    /// Largest whole file, in bytes.
    #[must_use]
    pub(crate) const fn max_bytes(&self) -> usize {
        self.max_body_bytes + 2 * MAX_PART_BYTES + 64
    }

    /// Seals a body with the hub's key.
    ///
    /// # Errors
    /// When it is too large, or the key cannot sign.
    pub(crate) fn seal(
        &self,
        body: &[u8],
        (key, certificate): (&Seal, &[u8]),
        at_ms: u64,
    ) -> anyhow::Result<Vec<u8>> {
        ensure!(
            body.len() <= self.max_body_bytes,
            "it has {} bytes as it travels; at most {} are read",
            body.len(),
            self.max_body_bytes
        );
        let seal = key.put_under(self.says, &digest(at_ms, body))?;
        let mut file = self.magic.to_vec();
        file.extend(at_ms.to_be_bytes());
        for part in [certificate, &seal] {
            file.extend(u32::try_from(part.len())?.to_be_bytes());
            file.extend(part);
        }
        file.extend(body);
        Ok(file)
    }

    /// What stands in a file on disk, as far as it may be one at all; `what` names it in errors.
    ///
    /// # Errors
    /// When it cannot be read, or is too large.
    pub(crate) fn bytes(&self, path: &Path, what: &str) -> anyhow::Result<Vec<u8>> {
        let said = || format!("{what} {}", path.display());
        let mut file = Vec::new();
        std::fs::File::open(path)
            .and_then(|f| f.take(self.max_bytes() as u64 + 1).read_to_end(&mut file))
            .with_context(said)?;
        ensure!(
            file.len() <= self.max_bytes(),
            "{}: larger than it can be",
            said()
        );
        Ok(file)
    }

    /// Opens one that a hub of this authority sealed; `None` if it is nothing of the kind.
    ///
    /// # Errors
    /// In words, what is wrong with it.
    pub(crate) fn open<'f>(
        &self,
        file: &'f [u8],
        authority: &Path,
    ) -> anyhow::Result<Option<Opened<'f>>> {
        self.open_of(file, authority, Says::Holds)
    }

    /// The same, of one that a hub (it [`Says::Holds`]) or a spot (it [`Says::Wrote`]) of this authority sealed.
    ///
    /// # Errors
    /// In words, what is wrong with it.
    pub(crate) fn open_of<'f>(
        &self,
        file: &'f [u8],
        authority: &Path,
        says: Says,
    ) -> anyhow::Result<Option<Opened<'f>>> {
        let Some(parts) = self.split(file) else {
            return Ok(None);
        };
        let digest = digest(parts.at_ms, parts.body);
        seal::examine_file(parts.certificate, self.says, &digest, parts.seal)
            .context("it was changed after it was signed")?;
        seal::vouched(parts.certificate, authority, says, parts.at_ms).context(match says {
            Says::Wrote => "no spot of this authority signed it",
            Says::Holds | Says::Archived => "no hub of this authority signed it",
        })?;
        Ok(Some(Opened {
            body: parts.body,
            at_ms: parts.at_ms,
            certificate: parts.certificate,
        }))
    }

    fn split<'f>(&self, file: &'f [u8]) -> Option<Parts<'f>> {
        let rest = file.strip_prefix(self.magic)?;
        let (at_ms, rest) = rest.split_first_chunk::<8>()?;
        let (certificate, rest) = part(rest)?;
        let (seal, body) = part(rest)?;
        let at_ms = u64::from_be_bytes(*at_ms);
        (body.len() <= self.max_body_bytes).then_some(Parts {
            at_ms,
            certificate,
            seal,
            body,
        })
    }
}

struct Parts<'f> {
    at_ms: u64,
    certificate: &'f [u8],
    seal: &'f [u8],
    body: &'f [u8],
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
