//! Newer versions of this program: published at the hub under its seal, fetched by spots while they are connected, and
//! begun when the spot is next started. Nobody has to do anything for it but turn the machine off and on.
//!
//! They lie in the folder `updates` beside the store, at hub and spot: of each the program itself, and beside it,
//! ending in `.vupd`, what it is ([`Release`]), sealed by the hub.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use vereda_sync::exchange::custody::File;

use crate::config::Config;
use crate::link::seal::Seal;
use crate::sealed_file::Form;

mod kept;

pub use kept::{begin_newest, settled, waiting};
pub(crate) use kept::{finish, held, part_of};

/// What a sealed release is.
const FORM: Form = Form {
    magic: b"vereda program 1\n",
    says: File::Program,
    max_body_bytes: 16 << 10,
};
/// Largest sealed release, in bytes.
pub(crate) const MAX_SEALED_BYTES: usize = FORM.max_bytes();
/// Largest program, in bytes.
pub const MAX_PROGRAM_BYTES: u64 = 256 << 20;
/// Longest text about what changed, in characters.
const MAX_NOTES_CHARS: usize = 400;
/// How a sealed release ends.
const SEALED: &str = "vupd";
/// Most files in the folder that are looked at.
const MAX_FILES: usize = 64;

/// A version, as `1.2.3`: three numbers, ordered as such.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(u16, u16, u16);

impl Version {
    /// That of this program.
    #[must_use]
    pub fn own() -> Self {
        Self::parse(env!("CARGO_PKG_VERSION")).unwrap_or(Self(0, 0, 0))
    }

    /// The last version with the same first number: what was asked of one of them all of them do.
    #[must_use]
    pub fn newest_alike(self) -> Self {
        Self(self.0, u16::MAX, u16::MAX)
    }

    /// Reads `1.2.3`; `None` of anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(|number| {
            let is_plain =
                (1..=5).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
            is_plain.then(|| number.parse().ok())?
        });
        let version = Self(numbers.next()??, numbers.next()??, numbers.next()??);
        numbers.next().is_none().then_some(version)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl TryFrom<String> for Version {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a version is three numbers, as 1.2.3")
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

/// A version of this program that a hub publishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Its number.
    pub version: Version,
    /// For which machines: as [`target`] says it.
    pub target: String,
    /// Size of the program, in bytes.
    pub bytes: u64,
    /// SHA-256 of the program, 64 lowercase hexadecimal digits.
    pub sha256: String,
    /// What changed, for mediators: plain Portuguese, in a sentence or two.
    pub notes: String,
}

impl Release {
    /// The file of the program.
    #[must_use]
    pub fn program(&self) -> String {
        format!("vereda-{}-{}", self.version, self.target)
    }

    fn check(&self) -> anyhow::Result<()> {
        ensure!(
            (1..=MAX_PROGRAM_BYTES).contains(&self.bytes),
            "a program of {} bytes",
            self.bytes
        );
        let is_digest = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        ensure!(
            self.sha256.len() == 64 && self.sha256.bytes().all(is_digest),
            "its SHA-256 is no such thing"
        );
        // It becomes part of a name.
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b);
        ensure!(
            (1..=40).contains(&self.target.len()) && self.target.bytes().all(is_plain),
            "its target is no such thing"
        );
        ensure!(
            self.notes.chars().count() <= MAX_NOTES_CHARS,
            "what changed is said in at most {MAX_NOTES_CHARS} characters"
        );
        Ok(())
    }

    /// Seals it with the hub's key.
    ///
    /// # Errors
    /// When it says what cannot be, or the key cannot sign.
    pub fn seal(&self, by: (&Seal, &[u8]), at_ms: u64) -> anyhow::Result<Vec<u8>> {
        self.check()?;
        FORM.seal(&serde_json::to_vec(self)?, by, at_ms)
    }

    /// Reads one that a hub of this authority sealed.
    ///
    /// # Errors
    /// In words, what is wrong with it.
    pub fn open(file: &[u8], authority: &Path) -> anyhow::Result<Self> {
        let opened = FORM
            .open(file, authority)?
            .context("this is no sealed release: `vereda publish` makes one")?;
        let release: Self = serde_json::from_slice(opened.body)?;
        release.check()?;
        Ok(release)
    }
}

/// Which machines this program runs on, as `x86_64-linux`.
#[must_use]
pub fn target() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

/// Where they lie.
#[must_use]
pub fn folder(config: &Config) -> PathBuf {
    let beside = config.store.path.parent().unwrap_or(Path::new("."));
    beside.join("updates")
}

/// The releases in a folder that hold, for these machines and newer than that version, the newest first; each with its
/// sealed file. What is wrong there is said in the log, and passed over.
pub(crate) fn published(
    folder: &Path,
    authority: &Path,
    (target, after): (&str, Version),
) -> Vec<(Release, Vec<u8>)> {
    let Ok(files) = std::fs::read_dir(folder) else {
        return vec![];
    };
    let files = files.flatten().map(|file| file.path());
    let sealed = files.filter(|path| path.extension().is_some_and(|e| e == SEALED));
    let mut found: Vec<(Release, Vec<u8>)> = Vec::new();
    for path in sealed.take(MAX_FILES) {
        let read = FORM
            .bytes(&path, "the release")
            .and_then(|file| Ok((Release::open(&file, authority)?, file)));
        match read {
            Ok(one) => found.push(one),
            Err(error) => tracing::warn!(
                file = %path.display(),
                error = format!("{error:#}"),
                "a release is passed over"
            ),
        }
    }
    found.retain(|(it, _)| it.target == target && it.version > after);
    found.sort_by_key(|(it, _)| std::cmp::Reverse(it.version));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        let v = |text| Version::parse(text).unwrap();
        assert!(v("0.10.0") > v("0.9.12") && v("1.0.0") > v("0.99.99"));
        assert_eq!(v("1.2.3").to_string(), "1.2.3");
        for odd in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "1.2.x",
            "1.2.-3",
            "1.2.99999",
            "a/../b.1.2",
            " 1.2.3",
        ] {
            assert_eq!(Version::parse(odd), None, "{odd}");
        }
        assert!(Version::own() > Version(0, 0, 0));
    }
}
