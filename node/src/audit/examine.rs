//! `vereda audit verify`: every line of the log against the tree over it, the hub's seals, those of the spots that saw it
//! grow, and what an auditor brings from one of them.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, ensure};
use rusqlite::Connection;
use vereda_sync::audit::{Access, Noted, leaf};
use vereda_sync::exchange::custody::{File, Says};
use vereda_sync::journal::{Frontier, Hash};

use super::{before_epoch, digest, of_spots};
use crate::link::seal;
use crate::node::Node;
use crate::store::audit::of_spots::SpotLog;
use crate::store::audit::seen::Witness;
use crate::store::audit::{self, Checkpoint, seen};

/// Lines that are read at once.
const TOGETHER: u32 = 10_000;
/// Most faults that are told one by one.
const MOST_SAID: usize = 20;

/// What was examined, and what is wrong with it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// Lines of this node's own log.
    pub lines: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// Lines that no checkpoint is over yet.
    pub unsealed: u64,
    /// Spots that put their seals to it.
    pub witnesses: u64,
    /// The first lines that one of them saw.
    pub witnessed: u64,
    /// Lines of the logs of spots that were handed in here.
    pub of_spots: u64,
    /// In words; some more may be wrong when it is long.
    pub wrong: Vec<String>,
}

impl Examined {
    fn wrong(&mut self, what: impl FnOnce() -> String) {
        if self.wrong.len() < MOST_SAID {
            self.wrong.push(what());
        }
    }
}

/// Holds every line against the tree over it, every checkpoint and every seal; a line that was changed, taken out or moved
/// is told by its number. `authority` vouches for who sealed; `brought` is a checkpoint of this log that somebody kept
/// elsewhere.
///
/// # Errors
/// When the store does not answer.
pub fn examine(
    node: &Node,
    authority: Option<&Path>,
    brought: Option<&str>,
) -> anyhow::Result<Examined> {
    let mut found = Examined::default();
    let db = node.store.read();
    let brought = brought.map(|note| Noted::read(note).context("that is no checkpoint of a log"));
    let brought = brought.transpose()?;
    let mut roots: HashMap<u64, Option<Hash>> = brought.iter().map(|b| (b.size, None)).collect();
    let kept = audit::checkpoints(&db, 0, u32::MAX)?;
    roots.extend(kept.iter().map(|kept| (kept.size, None)));
    let tree = own(&db, &mut found, &mut roots)?;
    let root_of = |size: u64| roots.get(&size).copied().flatten();
    for kept in &kept {
        found.checkpoints += 1;
        if let Err(why) = disagrees(node, kept, root_of(kept.size), authority) {
            found.wrong(|| format!("the checkpoint over {} lines: {why:#}", kept.size));
        }
    }
    found.unsealed = tree.size() - kept.last().map_or(0, |kept| kept.size.min(tree.size()));
    if let Some(brought) = brought
        && root_of(brought.size) != Some(brought.root)
    {
        found.wrong(|| {
            format!(
                "what was seen elsewhere of {} lines: {}",
                brought.size, NOT_THOSE
            )
        });
    }
    for witness in seen::witnesses(&db)? {
        found.witnesses += 1;
        let of = kept.iter().find(|kept| kept.size == witness.size);
        match of
            .context("there is no such checkpoint any more")
            .and_then(|kept| holds(&witness, kept, authority))
        {
            Ok(()) => found.witnessed = found.witnessed.max(witness.size),
            Err(why) => found.wrong(|| {
                format!(
                    "what {} saw of {} lines: {why:#}",
                    witness.node, witness.size
                )
            }),
        }
    }
    let handed: Vec<SpotLog> = audit::of_spots::all(&db)?;
    for log in handed {
        of_a_spot(&db, &log, authority, &mut found)?;
    }
    if audit::frontier(&db)? != tree {
        found.wrong(|| "the log is said to have another root, or another length".into());
    }
    Ok(found)
}

const NOT_THOSE: &str = "the lines are not those that were sealed";

/// The tree over this node's own lines; `roots` are filled in on the way.
fn own(
    db: &Connection,
    found: &mut Examined,
    roots: &mut HashMap<u64, Option<Hash>>,
) -> anyhow::Result<Frontier> {
    let mut tree = Frontier::default();
    let mut next = 1;
    loop {
        let lines = audit::lines(db, next, TOGETHER)?;
        let Some((last, ..)) = lines.last() else {
            return Ok(tree);
        };
        next = last + 1;
        for line in lines {
            found.lines += 1;
            one("", &mut tree, line, found);
            if let Some(root) = roots.get_mut(&tree.size()) {
                *root = Some(tree.root());
            }
        }
    }
}

fn one(
    whose: &str,
    tree: &mut Frontier,
    (seq, at, person, line): (u64, i64, String, String),
    found: &mut Examined,
) {
    if seq != tree.size() + 1 {
        let before = tree.size();
        found.wrong(|| {
            format!("{whose}after line {before} comes line {seq}: what was between is gone")
        });
    }
    let says = Access::decode(&line);
    if !says.is_some_and(|a| a.seq == seq && a.at == at && a.person == person) {
        found.wrong(|| format!("{whose}line {seq} does not say what it is found by"));
    }
    tree.push(leaf(&line));
}

fn disagrees(
    node: &Node,
    kept: &Checkpoint,
    root: Option<Hash>,
    authority: Option<&Path>,
) -> anyhow::Result<()> {
    let root = root.context("there are fewer lines than that")?;
    let noted = Noted::read(&kept.note).context("what was sealed is no checkpoint")?;
    ensure!((noted.size, noted.root) == (kept.size, root), "{NOT_THOSE}");
    ensure!(
        noted
            .origin
            .starts_with(&before_epoch(&node.config.node.id))
            && noted.at_ms == kept.at_ms,
        "what was sealed is of another log"
    );
    let seal = (kept.certificate.as_slice(), kept.seal.as_slice());
    sealed(
        &kept.note,
        File::Audit,
        seal,
        Says::Holds,
        (authority, kept.at_ms),
    )
}

fn holds(witness: &Witness, kept: &Checkpoint, authority: Option<&Path>) -> anyhow::Result<()> {
    let seal = (witness.certificate.as_slice(), witness.seal.as_slice());
    sealed(
        &kept.note,
        File::AuditSeen,
        seal,
        Says::Wrote,
        (authority, witness.at_ms),
    )
}

fn sealed(
    note: &str,
    file: File,
    (certificate, seal): (&[u8], &[u8]),
    says: Says,
    (authority, at_ms): (Option<&Path>, i64),
) -> anyhow::Result<()> {
    seal::examine_file(certificate, file, &digest(note), seal)?;
    match authority {
        Some(authority) => seal::vouched(
            certificate,
            authority,
            says,
            u64::try_from(at_ms).unwrap_or(0),
        ),
        None => Ok(()),
    }
}

/// A log that a spot handed in, against the spot's own seal.
fn of_a_spot(
    db: &Connection,
    log: &SpotLog,
    authority: Option<&Path>,
    found: &mut Examined,
) -> anyhow::Result<()> {
    let whose = format!("of {}: ", log.node);
    let noted = match &log.sealed {
        None => None,
        Some((note, seal, certificate)) => {
            let noted = Noted::read(note);
            let name = of_spots::origin(&log.node, &log.log);
            let held = noted
                .filter(|n| n.origin == name)
                .context("what was sealed is of another log");
            let held = held.and_then(|n| {
                let seal = (certificate.as_slice(), seal.as_slice());
                sealed(note, File::Audit, seal, Says::Wrote, (authority, n.at_ms))
            });
            if let Err(why) = held {
                found.wrong(|| format!("{whose}{why:#}"));
            }
            noted
        }
    };
    let (mut tree, mut root, mut next) = (Frontier::default(), None, 1);
    loop {
        let lines = audit::of_spots::lines(db, log.row, next, TOGETHER)?;
        let Some((last, ..)) = lines.last() else {
            break;
        };
        next = last + 1;
        for line in lines {
            found.of_spots += 1;
            one(&whose, &mut tree, line, found);
            if noted.is_some_and(|noted| noted.size == tree.size()) {
                root = Some(tree.root());
            }
        }
    }
    if noted.map(|noted| noted.root) != root || tree != log.frontier {
        found.wrong(|| format!("{whose}{NOT_THOSE}"));
    }
    Ok(())
}
