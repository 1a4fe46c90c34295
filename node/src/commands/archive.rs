//! `vereda archive`: a copy of the hub's store, off its disk, and the hub's word that there is one.

use std::path::Path;

use anyhow::ensure;

use super::say;
use crate::clock;
use crate::config::{Config, Kind};
use crate::store::key::StoreKey;
use crate::store::{Store, archive};

/// Makes the copy. The hub may run meanwhile.
///
/// # Errors
/// When there is such a file, or the copy could not be made whole; then nothing counts as archived.
pub fn run(config: &Config, to: &Path) -> anyhow::Result<()> {
    ensure!(
        config.node.kind == Kind::Hub,
        "only the hub archives: spots have their work at the hub"
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
