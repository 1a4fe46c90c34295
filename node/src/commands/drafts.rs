//! `vereda drafts`: the hub opens the copy of what was being typed at a spot.

use std::fs::File;
use std::path::Path;

use anyhow::Context;

use super::say;
use crate::bundle::cipher::SecretKey;
use crate::config::Config;
use crate::keep::Content;
use crate::keep::sealed::{self, Opener};

/// Prints what is in the copy, as JSON.
///
/// # Errors
/// When it is no copy, or not for this hub.
pub fn run(config: &Config, file: &Path) -> anyhow::Result<()> {
    let shown = || file.display().to_string();
    let key = config
        .sync
        .as_ref()
        .and_then(|sync| sync.bundle_key.as_deref());
    let key = key.context("a copy is opened at the hub, with `bundle_key` of `[sync]`; at a spot under \"Cópia\", with its recovery code")?;
    let key = SecretKey::load(key)?;
    let (header, bytes) =
        sealed::read(File::open(file).with_context(shown)?).with_context(shown)?;
    let content = sealed::open(&header, &bytes, &Opener::Hub(&key.to_hex()))
        .with_context(|| format!("{}: it is not for this hub, or it is damaged", shown()))?;
    let content: Content = serde_json::from_slice(&content).with_context(shown)?;
    let at = jiff::Timestamp::from_millisecond(header.at_ms).unwrap_or_default();
    say(&serde_json::to_string_pretty(&serde_json::json!({
        "node": header.node,
        "spot": header.spot,
        "at": at.to_string(),
        "attendances": content.attendances,
        "day": content.day,
    }))?)
}
