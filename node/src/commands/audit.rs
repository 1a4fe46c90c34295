//! `vereda audit`: the logs of who saw what against the trees over them and the seals under those, offline; and what a spot
//! saw of its hub's.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use super::say;
use crate::audit::examine::examine;
use crate::clock;
use crate::config::Config;
use crate::node::Node;
use crate::store::audit::seen;

/// Longest file with a checkpoint, in bytes.
const MAX_SEEN_BYTES: u64 = 4 << 10;

/// Examines the log and prints what it found; fails when something is wrong. `seen` is a file with what [`show_seen`]
/// printed at a spot.
///
/// # Errors
/// When the store cannot be read at all, or the file.
pub fn verify(config: Config, seen: Option<&Path>) -> anyhow::Result<ExitCode> {
    let node = Node::open(config)?;
    let (sync, hub) = (node.config.sync.as_ref(), node.config.hub.as_ref());
    let authority = sync.map(|sync| sync.authority.as_path());
    let authority = authority.or(hub.map(|hub| hub.authority.as_path()));
    let brought = seen.map(read).transpose()?;
    let found = examine(&node, authority, brought.as_deref())?;
    for wrong in &found.wrong {
        say(&format!("  WRONG   {wrong}"))?;
    }
    say(&format!(
        "{} lines and {} checkpoints examined; {} lines since the last one",
        found.lines, found.checkpoints, found.unsealed
    ))?;
    if found.witnesses > 0 {
        say(&format!(
            "{} spots saw it grow; the first {} lines stand under a seal of one of them",
            found.witnesses, found.witnessed
        ))?;
    }
    if found.of_spots > 0 {
        say(&format!(
            "{} lines of the logs of spots examined, under their own seals",
            found.of_spots
        ))?;
    }
    if found.wrong.is_empty() {
        say("No line is missing and none was changed.")?;
        return Ok(ExitCode::SUCCESS);
    }
    say(
        "Keep this disk as it is, and tell the data protection officer: somebody changed what was written down.",
    )?;
    Ok(ExitCode::FAILURE)
}

fn read(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    std::fs::File::open(file)
        .and_then(|f| f.take(MAX_SEEN_BYTES).read_to_string(&mut text))
        .with_context(|| file.display().to_string())?;
    // What stands after the note is for people.
    if let Some((note, _)) = text.split_once("\n\n") {
        text.truncate(note.len() + 1);
    }
    Ok(text)
}

/// At a spot: prints how far it saw its hub's log grow, as `vereda audit verify --seen` reads it at the hub; and after
/// an empty line, when that was, and what contradicts it.
///
/// # Errors
/// When it saw none, or the store cannot be read.
pub fn show_seen(config: Config) -> anyhow::Result<ExitCode> {
    let node = Node::open(config)?;
    let db = node.store.read();
    let mut last: Option<seen::Seen> = None;
    let mut wrong = vec![];
    for origin in seen::origins(&db)? {
        let Some(seen) = seen::of(&db, &origin)? else {
            continue;
        };
        if let Some(by) = &seen.wrong {
            wrong.push(format!("  WRONG   {}\n{}", by.why, by.note));
        }
        if last
            .as_ref()
            .is_none_or(|last| last.checkpoint.at_ms < seen.checkpoint.at_ms)
        {
            last = Some(seen);
        }
    }
    let last = last.context("this spot has not seen the log of a hub yet")?;
    let checkpoint = last.checkpoint;
    say(&checkpoint.note)?;
    say(&format!(
        "{} lines, seen on {}",
        checkpoint.size,
        clock::minute_in(checkpoint.at_ms, node.config.node.zone)
    ))?;
    for wrong in &wrong {
        say(wrong)?;
    }
    Ok(match wrong.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
