//! What was looked at at a spot: its own log, handed in to the hub line by line, with the spot's seal over how far it is.

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use vereda_sync::audit::{Access, MAX_LINE_BYTES, Noted, checkpoint, leaf};
use vereda_sync::exchange::custody::File;
use vereda_sync::journal::Frontier;

use super::{before_epoch, digest};
use crate::config::Hub;
use crate::link::seal::{self, Seal};
use crate::node::Node;
use crate::people::hex;
use crate::store::audit;
use crate::store::audit::of_spots::{append, begin, find};

/// Most lines that are handed in at once.
const TOGETHER: u32 = 200;
/// Largest message with them, in bytes.
pub const MAX_BYTES: usize = TOGETHER as usize * MAX_LINE_BYTES * 2 + (16 << 10);

/// By what a spot's log is sealed and known.
pub(super) fn origin(node: &str, log: &[u8]) -> String {
    before_epoch(node) + &hex(log)
}

/// How far a log of a spot is at the hub.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    size: u64,
    /// In Base64; empty of an empty one.
    root: String,
}

impl Held {
    fn of(frontier: &Frontier) -> Self {
        Self {
            size: frontier.size(),
            root: STANDARD.encode(frontier.root()),
        }
    }
}

/// Lines as they are handed in.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handed {
    /// Which of the spot's logs, hexadecimal.
    log: String,
    /// They come after so many.
    after: u64,
    lines: Vec<String>,
    /// The checkpoint over them all, and the spot's seal under it in Base64.
    note: String,
    seal: String,
}

/// What a spot hands in next.
#[derive(Debug)]
pub enum Next {
    /// These lines.
    Lines(Box<Handed>),
    /// What the hub has is not how this log begins: it goes on under another name, from its first line.
    AnotherLog,
    /// The hub has all of them, which are so many.
    Nothing(u64),
}

/// What the hub makes of lines that are handed in.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// They are here.
    All,
    /// They do not follow on what is here.
    NotNext,
    /// They are not lines of such a log under that spot's seal.
    Wrong(&'static str),
}

/// At the hub: how far that log of a spot is here.
///
/// # Errors
/// When the store does not answer.
pub fn held(node: &Node, spot: &str, log: &str) -> anyhow::Result<Option<Held>> {
    let Some(log) = name(log) else {
        return Ok(None);
    };
    let found = find(&node.store.read(), spot, &log)?;
    Ok(Some(found.map_or_else(Held::default, |found| {
        Held::of(&found.frontier)
    })))
}

fn name(log: &str) -> Option<[u8; 16]> {
    let number = u128::from_str_radix(log, 16).ok().map(u128::to_be_bytes);
    number.filter(|name| hex(name) == log)
}

/// At the hub: takes in lines of a spot's log.
///
/// # Errors
/// When the store does not answer.
pub fn take(
    node: &Node,
    (spot, certificate): (&str, &[u8]),
    handed: Handed,
) -> anyhow::Result<Taken> {
    let (Some(log), Ok(seal)) = (name(&handed.log), STANDARD.decode(&handed.seal)) else {
        return Ok(Taken::Wrong("no log has such a name"));
    };
    if handed.lines.len() > TOGETHER as usize {
        return Ok(Taken::Wrong("so many lines are not taken at once"));
    }
    let db = node.store.write();
    let tx = db.unchecked_transaction()?;
    let known = match find(&tx, spot, &log)? {
        Some(known) => Some(known),
        None => begin(&tx, spot, &log)?,
    };
    let Some(mut known) = known else {
        return Ok(Taken::Wrong("this spot has begun too many logs"));
    };
    if known.frontier.size() != handed.after {
        return Ok(Taken::NotNext);
    }
    let mut lines = Vec::with_capacity(handed.lines.len());
    for line in handed.lines {
        let access = Some(&line).filter(|line| line.len() <= MAX_LINE_BYTES);
        let access = access.and_then(|line| Access::decode(line));
        let Some(access) = access.filter(|a| a.seq == known.frontier.size() + 1) else {
            return Ok(Taken::Wrong("a line is none, or not the next one"));
        };
        known.frontier.push(leaf(&line));
        lines.push((access, line));
    }
    let noted = Noted::read(&handed.note);
    let is_of_it = noted.is_some_and(|noted| {
        checkpoint(&origin(spot, &log), &known.frontier, noted.at_ms) == handed.note
    });
    if !is_of_it
        || seal::examine_file(certificate, File::Audit, &digest(&handed.note), &seal).is_err()
    {
        return Ok(Taken::Wrong("what is sealed is not what is handed in"));
    }
    known.sealed = Some((handed.note, seal, certificate.to_vec()));
    append(&tx, &known, &lines)?;
    tx.commit()?;
    Ok(Taken::All)
}

/// At a spot: by what the hub knows its log, hexadecimal, and how many lines it has; `None` while nothing stands in it.
///
/// # Errors
/// When the store does not answer.
pub fn own(node: &Node) -> anyhow::Result<Option<(String, u64)>> {
    let db = node.store.read();
    let size = audit::frontier(&db)?.size();
    Ok(audit::name(&db)?.map(|name| (hex(&name), size)))
}

/// At a spot: the lines after what the hub has, under this spot's seal.
///
/// # Errors
/// When the store does not answer or the key cannot sign.
pub fn next(node: &Node, hub: &Hub, held: &Held) -> anyhow::Result<Next> {
    let db = node.store.write();
    let mut tree = Frontier::default();
    while tree.size() < held.size {
        let lines = audit::lines(&db, tree.size() + 1, 1_000)?;
        if lines.is_empty() {
            break;
        }
        let most = usize::try_from(held.size - tree.size()).unwrap_or(usize::MAX);
        lines
            .iter()
            .take(most)
            .for_each(|(.., line)| tree.push(leaf(line)));
    }
    if held.size > 0 && Held::of(&tree) != *held {
        tracing::warn!(
            lines = held.size,
            "the hub has another log of accesses of this spot, which was put back from a copy: it goes on as a new one"
        );
        audit::rename(&db)?;
        return Ok(Next::AnotherLog);
    }
    let lines: Vec<String> = {
        let lines = audit::lines(&db, held.size + 1, TOGETHER)?;
        lines.into_iter().map(|(.., line)| line).collect()
    };
    let Some(log) = audit::name(&db)?.filter(|_| !lines.is_empty()) else {
        return Ok(Next::Nothing(held.size));
    };
    drop(db);
    lines.iter().for_each(|line| tree.push(leaf(line)));
    let note = checkpoint(&origin(&node.config.node.id, &log), &tree, node.now_ms());
    let seal = Seal::load(&hub.key).context("the key of this node")?;
    let seal = seal.put_under(File::Audit, &digest(&note))?;
    Ok(Next::Lines(Box::new(Handed {
        log: hex(&log),
        after: held.size,
        lines,
        note,
        seal: STANDARD.encode(seal),
    })))
}
