//! `vereda quarantine`: what came and was not taken in, and an operator's way out of it.

use std::path::Path;

use anyhow::{Context, bail};
use vereda_sync::exchange::custody::{Says, Sealed};
use vereda_sync::id::JournalId;
use vereda_sync::journal::{Frontier, Hash, leaf, proof};

use super::say;
use crate::bundle::door;
use crate::config::Config;
use crate::link::seal;
use crate::node::{Node, Sender};
use crate::store::quarantine::{self, Held};
use crate::store::{Result, Store, custody, journal};

/// Most that is listed.
const MAX_LISTED: u32 = 10_000;

/// Something in quarantine, and whether its author can still deny it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub held: Held,
    /// The author's sealed checkpoint is over it: shown by the way from its leaf to that root.
    pub covered: bool,
}

/// What is in quarantine, each with whether the word of its author covers it.
///
/// # Errors
/// When the store does not answer.
pub fn lines(store: &Store, node: Option<&str>, settled: bool, most: u32) -> Result<Vec<Line>> {
    let held = quarantine::list(&store.read(), node, settled, most)?;
    let mut lines = Vec::with_capacity(held.len());
    let mut last: Option<(JournalId, Option<Covering>)> = None;
    for held in held {
        let Some(journal) = held.journal else {
            lines.push(Line {
                held,
                covered: false,
            });
            continue;
        };
        if last.as_ref().is_none_or(|(id, _)| *id != journal) {
            last = Some((journal, Covering::of(store, journal)?));
        }
        let covering = last.as_ref().and_then(|(_, covering)| covering.as_ref());
        let covered = covering.is_some_and(|c| c.covers(&held));
        lines.push(Line { held, covered });
    }
    Ok(lines)
}

/// The leaves of a journal, in custody and in quarantine, that its author put a seal to.
struct Covering {
    leaves: Vec<Hash>,
    root: Hash,
    /// All of it was held against the root.
    agrees: bool,
}

impl Covering {
    fn of(store: &Store, id: JournalId) -> Result<Option<Self>> {
        let db = store.read();
        let journal = journal::find(&db, id)?;
        let Some((sealed, certificate)) = word(&db, id)? else {
            return Ok(None);
        };
        if seal::examine(&certificate, Says::Wrote, &sealed).is_err() {
            return Ok(None);
        }
        let size = sealed.head.size;
        let held = journal.as_ref().map_or(0, |j| j.frontier.size()).min(size);
        let mut leaves = match &journal {
            Some(journal) if held > 0 => journal::leaves(&db, journal.row, held)?,
            _ => vec![],
        };
        for index in held + 1..=size {
            match quarantine::entry(&db, id, index)? {
                Some(entry) => leaves.push(entry.leaf()),
                None => return Ok(None),
            }
        }
        let mut frontier = Frontier::default();
        leaves.iter().for_each(|leaf| frontier.push(*leaf));
        Ok(Some(Self {
            agrees: frontier.root() == sealed.head.root,
            root: sealed.head.root,
            leaves,
        }))
    }

    fn covers(&self, held: &Held) -> bool {
        let Some((record, change)) = held.record.zip(held.change) else {
            return false;
        };
        let leaf = leaf(record, change);
        let at = usize::try_from(held.index)
            .ok()
            .and_then(|i| i.checked_sub(1));
        self.agrees && at.and_then(|at| self.leaves.get(at)) == Some(&leaf)
    }

    /// The hashes beside the way from that entry to the root.
    fn path(&self, index: u64) -> Option<Vec<Hash>> {
        let path = proof::inclusion(&self.leaves, index)?;
        let at = usize::try_from(index.checked_sub(1)?).ok()?;
        let head = (self.leaves.len() as u64, self.root);
        proof::is_included(*self.leaves.get(at)?, index, head, &path).then_some(path)
    }
}

/// The word of a journal's author that is over most of it.
fn word(db: &rusqlite::Connection, id: JournalId) -> Result<Option<(Sealed, Vec<u8>)>> {
    let in_quarantine = quarantine::seal(db, id)?;
    let in_custody = custody::of(db, Says::Wrote, id)?;
    let all = in_quarantine.into_iter().chain(in_custody);
    Ok(all.max_by_key(|(sealed, _)| sealed.head.size))
}

/// The proof that the author of something in quarantine wrote it: the hashes beside its way to
/// the root that the author put a seal to, from below; `None` when no word of the author covers it.
///
/// # Errors
/// When the store does not answer.
pub fn inclusion(store: &Store, journal: JournalId, index: u64) -> Result<Option<Vec<Hash>>> {
    Ok(Covering::of(store, journal)?.and_then(|covering| covering.path(index)))
}

/// Prints what is in quarantine, record by record.
///
/// # Errors
/// When the store does not answer.
pub fn list(node: &Node, whose: Option<&str>) -> anyhow::Result<()> {
    let lines = lines(&node.store, whose, true, MAX_LISTED)?;
    let waiting = quarantine::waiting(&node.store.read())?;
    say(&format!(
        "{waiting} changes in quarantine wait for an operator"
    ))?;
    for Line { held, covered } in lines {
        let hex = |id: String| id.chars().take(12).collect::<String>();
        let journal = held.journal.map_or("-".into(), |j| hex(j.to_string()));
        let record = held.record.map_or("-".into(), |r| hex(r.to_string()));
        let seal = match covered {
            true => "under its author's seal",
            false => "not under a seal",
        };
        say(&format!(
            "{:<16} journal {journal}, entry {:<6} record {record:<12} {:>7} bytes, {seal}: {}{}",
            held.node,
            held.index,
            held.bytes,
            held.reason,
            held.verdict.map(|v| format!("; {v}")).unwrap_or_default()
        ))?;
    }
    Ok(())
}

/// Prints what is in quarantine, of one node if given.
///
/// # Errors
/// When the store does not answer.
pub fn run_list(config: Config, whose: Option<&str>) -> anyhow::Result<()> {
    list(&Node::open(config)?, whose)
}

/// Takes what waits of a node in, as if it were enrolled for these scopes.
///
/// # Errors
/// When the hub runs, or the store does not answer.
pub fn release(config: Config, whose: &str, scopes: &[String]) -> anyhow::Result<()> {
    let _lock = alone(&config.store.path)?;
    let node = hub(config)?;
    let sender = Sender {
        node: whose.to_owned(),
        scopes: scopes.to_vec(),
    };
    let released = node.release(&sender, &operator())?;
    say(&format!(
        "{} changes of {whose} are taken in",
        released.entries
    ))?;
    for left in &released.left {
        say(&format!("  left in quarantine: {left}"))?;
    }
    Ok(())
}

/// Keeps what waits of a node in quarantine for good, with the reason.
///
/// # Errors
/// When the hub runs, or the store does not answer.
pub fn reject(config: Config, whose: &str, reason: &str) -> anyhow::Result<()> {
    let _lock = alone(&config.store.path)?;
    let node = hub(config)?;
    let rejected = node.reject(whose, &operator(), reason)?;
    say(&format!(
        "{rejected} changes of {whose} are rejected; they are kept"
    ))
}

/// The store's lock: a node that runs has in memory what this changes.
pub(super) fn alone(store: &Path) -> anyhow::Result<door::Lock> {
    door::lock(store)?.context("the node is running: stop it first")
}

pub(super) fn hub(config: Config) -> anyhow::Result<Node> {
    let node = Node::open(config)?;
    if !node.is_hub() {
        bail!("this is a spot: only the hub does that");
    }
    Ok(node)
}

/// Who works at this machine, as the system names them.
pub(super) fn operator() -> String {
    std::env::var("USER").unwrap_or_else(|_| "an operator at the machine".into())
}
