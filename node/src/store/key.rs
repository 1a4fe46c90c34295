//! The key of the store: 32 random bytes in a file of their own, readable by
//! the node only. Whoever has the disk without that file has nothing.

use std::path::Path;

use super::{Result, StoreError};
use crate::whole::{self, SECRET};

/// The key that opens a store.
#[derive(Clone)]
pub struct StoreKey([u8; 32]);

impl std::fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoreKey(…)")
    }
}

impl StoreKey {
    /// From raw bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads the key file (64 hexadecimal digits). It is made when neither it
    /// nor the store is there; never when the store is: then a new key would
    /// only hide that the right one is missing.
    ///
    /// # Errors
    /// A file that is missing, unreadable, or of another shape.
    pub fn load(file: &Path, store: &Path) -> Result<Self> {
        let fault = |error| StoreError::File {
            path: file.into(),
            error,
        };
        match std::fs::read_to_string(file) {
            Ok(text) => Self::parse(text.trim()).ok_or_else(|| {
                fault(std::io::Error::other(
                    "a store key is 64 hexadecimal digits",
                ))
            }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !store.exists() => {
                Self::create(file).map_err(fault)
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                Err(fault(std::io::Error::other(
                    "the key of the store is missing while the store is there; put the key file back",
                )))
            }
            Err(e) => Err(fault(e)),
        }
    }

    fn parse(hex: &str) -> Option<Self> {
        let halves = hex.len() == 64 && hex.is_ascii();
        let half = |range| vereda_sync::id::JournalId::from_hex(&hex[range]).map(|id| id.0);
        let (a, b) = halves.then(|| Some((half(0..32)?, half(32..64)?)))??;
        let mut key = [0; 32];
        key[..16].copy_from_slice(&a);
        key[16..].copy_from_slice(&b);
        Some(Self(key))
    }

    fn create(file: &Path) -> std::io::Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(std::io::Error::other)?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        // A torn key file would lock everything away.
        whole::put(file, format!("{}\n", hex(&key)).as_bytes(), SECRET)?;
        Ok(Self(key))
    }

    /// As SQLCipher takes it: raw, so that no derivation slows the start.
    pub(super) fn pragma(&self) -> String {
        format!("x'{}'", hex(&self.0))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
