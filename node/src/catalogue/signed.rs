//! A catalogue as it travels: one file, under the hub's seal, verified offline before it is used. What is sealed names the
//! two persons who agreed to it.
//!
//! ```text
//! body = what is said of it (4 bytes of length, big-endian, then JSON: Agreed), then the catalogue as it is written
//! ```
//! Files of before named nobody. One is still read where its edition is already; as something new nobody takes it.

use std::path::Path;

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};
use vereda_sync::catalogue::{Catalogue, MAX_CATALOGUE_BYTES};
use vereda_sync::exchange::custody::File;
use vereda_sync::text::fold;

use crate::link::seal::Seal;
use crate::sealed_file::Form;

/// The form that a spot asks for: which it can read.
pub const FORM_BY_TWO: u8 = 2;

/// Longest that is said of a catalogue, in bytes.
const MAX_AGREED_BYTES: usize = 64 << 10;
/// Most persons and regions that are named.
const MAX_PERSONS: usize = 8;
const MAX_SCOPES: usize = 1_000;
/// Longest name, id and reason, in characters.
const MAX_CHARS: usize = 300;

const BY_TWO: Form = Form {
    magic: b"vereda catalogue 2\n",
    says: File::Catalogue,
    max_body_bytes: MAX_CATALOGUE_BYTES + MAX_AGREED_BYTES + 4,
};

/// As it was before two persons were named.
const BY_NOBODY: Form = Form {
    magic: b"vereda catalogue 1\n",
    says: File::Catalogue,
    max_body_bytes: MAX_CATALOGUE_BYTES,
};

/// Largest file, in bytes.
pub const MAX_FILE_BYTES: usize = BY_TWO.max_bytes();

/// Somebody who agreed to an edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Their id at the hub.
    pub id: String,
    /// Their name.
    pub name: String,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
}

/// What is sealed beside the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreed {
    /// Who proposed it, and who agreed.
    pub by: Vec<Person>,
    /// For whom it is: spots that write in any of these scopes; empty is all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Why it is published.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl Agreed {
    /// Whether two different persons are named.
    #[must_use]
    pub fn is_by_two(&self) -> bool {
        let is_other = |a: &Person, b: &Person| {
            a.id.trim() != b.id.trim() && fold(a.name.trim()) != fold(b.name.trim())
        };
        let named: Vec<&Person> = self
            .by
            .iter()
            .filter(|p| !p.id.trim().is_empty() && !p.name.trim().is_empty())
            .collect();
        let mut pairs = named.iter().enumerate();
        pairs.any(|(at, a)| named.iter().skip(at + 1).any(|b| is_other(a, b)))
    }

    /// Whether it is for whoever writes in those scopes.
    #[must_use]
    pub fn is_for(&self, scopes: &[String]) -> bool {
        self.scopes.is_empty() || self.scopes.iter().any(|scope| scopes.contains(scope))
    }

    fn is_bounded(&self) -> bool {
        let short = |text: &String| text.chars().count() <= MAX_CHARS;
        self.by.len() <= MAX_PERSONS
            && self.scopes.len() <= MAX_SCOPES
            && self.by.iter().all(|p| short(&p.id) && short(&p.name))
            && self.scopes.iter().all(short)
            && short(&self.reason)
    }
}

/// A signed catalogue, verified.
#[derive(Debug)]
pub struct Signed {
    /// What was signed.
    pub catalogue: Catalogue,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// Who agreed to it; `None`: it is of before two persons were named.
    pub agreed: Option<Agreed>,
}

impl Signed {
    /// It may be taken as something new.
    ///
    /// # Errors
    /// When fewer than two persons agreed to it.
    pub fn by_two(&self) -> anyhow::Result<&Agreed> {
        let by_two = self.agreed.as_ref().filter(|agreed| agreed.is_by_two());
        by_two.with_context(|| {
            format!(
                "edition {} is a catalogue signed by one person: two different persons agree to it, and it names both; \
                 sign it again at the hub",
                self.catalogue.edition
            )
        })
    }
}

/// Signs a catalogue with the hub's key.
///
/// # Errors
/// When fewer than two persons agreed, the key cannot sign, or the catalogue is larger than any that is read.
pub fn sign(
    catalogue: &Catalogue,
    agreed: &Agreed,
    (key, certificate): (&Seal, &[u8]),
    at_ms: u64,
) -> anyhow::Result<Vec<u8>> {
    ensure!(
        agreed.is_by_two(),
        "a catalogue signed by one person is refused everywhere: a second one has to agree"
    );
    ensure!(
        agreed.is_bounded(),
        "a name, the reason or the list of regions is too long"
    );
    let said = serde_json::to_vec(agreed)?;
    ensure!(
        said.len() <= MAX_AGREED_BYTES,
        "the list of regions is too long"
    );
    let mut body = u32::try_from(said.len())?.to_be_bytes().to_vec();
    body.extend(said);
    body.extend(catalogue.canonical());
    BY_TWO
        .seal(&body, (key, certificate), at_ms)
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
    BY_TWO.bytes(path, "the signed catalogue")
}

/// The same, of bytes that are here.
///
/// # Errors
/// As [`load`].
pub fn read(file: &[u8], authority: &Path) -> anyhow::Result<Signed> {
    if let Some(opened) = BY_TWO.open(file, authority)? {
        let (agreed, catalogue) = split(opened.body)?;
        return Ok(Signed {
            catalogue: Catalogue::from_canonical(catalogue)?,
            at_ms: opened.at_ms,
            agreed: Some(agreed),
        });
    }
    let opened = BY_NOBODY
        .open(file, authority)?
        .context("this is no signed catalogue: `vereda catalogue sign` makes one")?;
    Ok(Signed {
        catalogue: Catalogue::from_canonical(opened.body)?,
        at_ms: opened.at_ms,
        agreed: None,
    })
}

fn split(body: &[u8]) -> anyhow::Result<(Agreed, &[u8])> {
    let cut = || "the signed catalogue ends too early";
    let (length, rest) = body.split_first_chunk::<4>().with_context(cut)?;
    let length = usize::try_from(u32::from_be_bytes(*length))?;
    ensure!(
        length <= MAX_AGREED_BYTES,
        "too much is said of the signed catalogue"
    );
    let (said, catalogue) = rest.split_at_checked(length).with_context(cut)?;
    let agreed: Agreed =
        serde_json::from_slice(said).context("who agreed to the catalogue cannot be read")?;
    ensure!(
        agreed.is_bounded(),
        "too much is said of the signed catalogue"
    );
    Ok((agreed, catalogue))
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
