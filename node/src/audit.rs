//! The log of who saw and changed what at the hub: written as pages are asked for, sealed every now and then, examined offline.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use sha2::{Digest, Sha256};
use vereda_sync::audit::{Access, checkpoint, leaf, of_checkpoint};
use vereda_sync::exchange::custody::{File, Says};
use vereda_sync::journal::Frontier;

use crate::link::seal::{self, Seal};
use crate::link::tls;
use crate::node::Node;
use crate::store::audit::{self, Checkpoint};

/// The log is sealed so often, when it grew.
pub const SEALED_EVERY: Duration = Duration::from_secs(600);
/// Lines that are read at once.
const TOGETHER: u32 = 10_000;

/// Puts the hub's seal under the log as it is now; gives how many lines that is, or `None` when it did not grow.
///
/// # Errors
/// When the store does not answer, or the hub has no key.
pub fn put_seal(node: &Node) -> anyhow::Result<Option<u64>> {
    let (frontier, last) = {
        let db = node.store.read();
        (audit::frontier(&db)?, audit::last_checkpoint(&db)?)
    };
    let size = frontier.size();
    if size == last.map_or(0, |(size, _)| size) {
        return Ok(None);
    }
    let sync = node
        .config
        .sync
        .as_ref()
        .context("only a hub seals its log")?;
    let at_ms = node.now_ms();
    let note = checkpoint(&origin(node), &frontier, at_ms);
    let kept = Checkpoint {
        size,
        at_ms,
        seal: Seal::load(&sync.key)?.put_under(File::Audit, &digest(&note))?,
        certificate: tls::certificate(&sync.certificate)?.to_vec(),
        note,
    };
    audit::keep(&node.store.write(), &kept)?;
    Ok(Some(size))
}

fn origin(node: &Node) -> String {
    format!("vereda/{}/audit", node.config.node.id)
}

fn digest(note: &str) -> [u8; 32] {
    Sha256::digest(note).into()
}

/// What was examined of the log, and what is wrong with it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// Lines.
    pub lines: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// Lines that no checkpoint is over yet.
    pub unsealed: u64,
    /// In words.
    pub wrong: Vec<String>,
}

/// Holds every line of the log against the tree over it and every checkpoint; a line that was changed, taken out or moved is
/// told by its number. `authority` vouches for who sealed.
///
/// # Errors
/// When the store does not answer.
pub fn examine(node: &Node, authority: Option<&Path>) -> anyhow::Result<Examined> {
    let mut found = Examined::default();
    let mut tree = Frontier::default();
    let db = node.store.read();
    let mut sealed = audit::checkpoints(&db, 0, u32::MAX)?.into_iter().peekable();
    let mut next = 1;
    loop {
        let lines = audit::lines(&db, next, TOGETHER)?;
        let Some((last, ..)) = lines.last() else {
            break;
        };
        let after = last + 1;
        for (seq, at, person, line) in lines {
            if seq != tree.size() + 1 && found.wrong.len() < MOST_SAID {
                found.wrong.push(format!(
                    "after line {} comes line {seq}: what was between is gone",
                    tree.size()
                ));
            }
            found.lines += 1;
            let says = Access::decode(&line);
            let agrees = says.is_some_and(|a| a.seq == seq && a.at == at && a.person == person);
            if !agrees && found.wrong.len() < MOST_SAID {
                found
                    .wrong
                    .push(format!("line {seq} does not say what it is found by"));
            }
            tree.push(leaf(&line));
            while let Some(kept) = sealed.next_if(|kept| kept.size == tree.size()) {
                found.checkpoints += 1;
                let wrong = disagrees(node, &kept, &tree, authority);
                found.wrong.extend(
                    wrong
                        .err()
                        .map(|why| format!("the checkpoint over {} lines: {why:#}", kept.size)),
                );
                found.unsealed = 0;
            }
            found.unsealed += 1;
        }
        next = after;
    }
    if let Some((size, _)) = audit::last_checkpoint(&db)? {
        found.unsealed = tree.size().saturating_sub(size);
    }
    for kept in sealed {
        found.wrong.push(format!(
            "the checkpoint over {} lines: there are only {}",
            kept.size,
            tree.size()
        ));
    }
    let kept = audit::frontier(&db)?;
    if kept != tree {
        found.wrong.push(format!(
            "the log is said to have {} lines with another root",
            kept.size()
        ));
    }
    Ok(found)
}

/// Most faults that are told one by one.
const MOST_SAID: usize = 20;

fn disagrees(
    node: &Node,
    kept: &Checkpoint,
    tree: &Frontier,
    authority: Option<&Path>,
) -> anyhow::Result<()> {
    let again = checkpoint(&origin(node), tree, kept.at_ms);
    anyhow::ensure!(
        of_checkpoint(&again) == of_checkpoint(&kept.note),
        "the lines are not those that were sealed"
    );
    anyhow::ensure!(again == kept.note, "what was sealed is of another log");
    seal::examine_file(
        &kept.certificate,
        File::Audit,
        &digest(&kept.note),
        &kept.seal,
    )?;
    if let Some(authority) = authority {
        let at_ms = u64::try_from(kept.at_ms).unwrap_or(0);
        seal::vouched(&kept.certificate, authority, Says::Holds, at_ms)?;
    }
    Ok(())
}
