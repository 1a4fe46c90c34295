//! `vereda archive`: a copy of the hub's store, off its disk, and the hub's word that there is one.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Context, ensure};

use super::say;
use crate::clock;
use crate::config::{Config, Kind};
use crate::store::key::StoreKey;
use crate::store::{Store, archive};

fn device(path: &Path) -> anyhow::Result<u64> {
    let found = std::fs::metadata(path).with_context(|| path.display().to_string())?;
    Ok(found.dev())
}

/// Makes the copy. The hub may run meanwhile.
///
/// # Errors
/// When there is such a file, when it would be on the store's own disk, or the copy could not be made whole; then nothing counts as archived.
pub fn run(config: &Config, to: &Path) -> anyhow::Result<()> {
    ensure!(
        config.node.kind == Kind::Hub,
        "only the hub archives: spots have their work at the hub"
    );
    // The hub will put its seal to that: spots let go of their work on it.
    let folder = to.parent().filter(|f| !f.as_os_str().is_empty());
    ensure!(
        device(folder.unwrap_or(Path::new(".")))? != device(&config.store.path)?,
        "{} is on the same disk as the store: one fault would take both; name a file on another one",
        to.display()
    );
    let key = StoreKey::load(&config.store.key_file, &config.store.path)?;
    let store = Store::open(&config.store.path, &key)?;
    let heads = archive::make(&store, &key, to, clock::now_ms())?;
    let entries: u64 = heads.iter().map(|head| head.size).sum();
    say(&format!(
        "{}: {} journals with {entries} entries, read again after it was written.",
        to.display(),
        heads.len()
    ))?;
    say(
        "Spots hear of it at their next exchange, and may purge what is in it: keep it off this disk, and its key apart from it.",
    )
}
