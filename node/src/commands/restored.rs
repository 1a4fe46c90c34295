//! `vereda restored`: the hub's store was put back from a copy.

use super::quarantine::{alone, hub};
use super::say;
use crate::config::Config;

/// Begins a new epoch.
///
/// # Errors
/// When the hub runs, it is none, or the store does not answer.
pub fn run(config: Config) -> anyhow::Result<()> {
    let _lock = alone(&config.store.path)?;
    let node = hub(config)?;
    node.begin_epoch()?;
    node.mark()?;
    say("A new epoch begins: at its next exchange every spot brings again what it wrote.")?;
    say(
        "What its author does not bring in three days, whoever else has it brings: spots of the same scope.",
    )
}
