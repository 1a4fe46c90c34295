//! `vereda erase`: the hub's word that a record is to be forgotten, everywhere and for good.

use anyhow::Context;

use super::export::find;
use super::quarantine::{alone, hub};
use super::say;
use crate::config::Config;
use crate::link::seal::Seal;
use crate::link::tls;

/// Erases a record.
///
/// # Errors
/// When the hub runs, when there is no such record, or the store does not answer.
pub fn run(config: Config, record: &str, reason: &str) -> anyhow::Result<()> {
    let _lock = alone(&config.store.path)?;
    let sync = config.sync.clone().context("only the hub erases")?;
    let node = hub(config)?;
    let record = find(&node, record)?;
    let certificate = tls::certificate(&sync.certificate)?;
    node.erase(record, reason, &Seal::load(&sync.key)?, &certificate)?;
    say(&format!("The record {record} is erased here."))?;
    say(
        "Every spot erases it at its next exchange or meeting; whatever of it an old device brings loses its body. An attendance and its requests are records of their own.",
    )
}
