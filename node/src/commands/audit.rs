//! `vereda audit verify`: the log of who saw what against the tree over it and the hub's seals, offline.

use std::process::ExitCode;

use super::say;
use crate::audit;
use crate::config::Config;
use crate::node::Node;

/// Examines the log and prints what it found; fails when something is wrong.
///
/// # Errors
/// When the store cannot be read at all.
pub fn verify(config: Config) -> anyhow::Result<ExitCode> {
    let node = Node::open(config)?;
    let authority = node
        .config
        .sync
        .as_ref()
        .map(|sync| sync.authority.as_path());
    let found = audit::examine(&node, authority)?;
    for wrong in &found.wrong {
        say(&format!("  WRONG   {wrong}"))?;
    }
    say(&format!(
        "{} lines and {} checkpoints examined; {} lines since the last one",
        found.lines, found.checkpoints, found.unsealed
    ))?;
    if found.wrong.is_empty() {
        say("No line is missing and none was changed.")?;
        return Ok(ExitCode::SUCCESS);
    }
    say(
        "Keep this disk as it is, and tell the data protection officer: somebody changed what was written down.",
    )?;
    Ok(ExitCode::FAILURE)
}
