//! `vereda bundle`: what the link does, by stick.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use jiff::Timestamp;
use vereda_sync::bundle::{BundleError, Header, Kind, Receipt, Walk};
use vereda_sync::exchange::custody::Sealed;
use vereda_sync::id::BundleId;

use super::say;
use crate::bundle::export::{self, Wanted};
use crate::bundle::{door, files_in};
use crate::config::Config;
use crate::link::seal;
use crate::node::Node;
use crate::store::Store;
use crate::store::key::StoreKey;

/// Writes what the hub has not acknowledged into a folder.
///
/// # Errors
/// What is missing, or what the stick says.
pub fn export(config: &Config, to: &Path, wanted: Wanted) -> anyhow::Result<()> {
    let path = &config.store.path;
    ensure!(path.exists(), "there is no store at {}", path.display());
    let store = Store::open(path, &StoreKey::load(&config.store.key_file, path)?)?;
    let packed = export::export(config, &store, to, wanted)?;
    for file in packed.parts.iter().chain(&packed.receipts) {
        say(&format!("  {}", file.display()))?;
    }
    if packed.parts.is_empty() {
        say("The hub has everything: there is nothing to pack.")?;
    } else {
        say(&format!(
            "{} entries and {} photographs in {} parts; {} of them were there whole already.",
            packed.entries,
            packed.photographs,
            packed.parts.len(),
            packed.kept
        ))?;
        say(
            "They count as unsent until the hub's receipt is here (`vereda bundle import`, or the next exchange).",
        )?;
    }
    match packed.receipts.len() {
        0 => Ok(()),
        count => say(&format!("{count} receipts for other nodes.")),
    }
}

/// At the hub: writes what it ordered a node onto a stick.
///
/// # Errors
/// When the store does not open, or the stick cannot be written.
pub fn orders(config: &Config, node: &str, to: &Path) -> anyhow::Result<()> {
    ensure!(config.sync.is_some(), "orders are given by the hub");
    ensure!(to.is_dir(), "{} is no folder", to.display());
    let key = StoreKey::load(&config.store.key_file, &config.store.path)?;
    let store = Store::open(&config.store.path, &key)?;
    let written = export::write_orders(&store, node, to)?;
    for file in &written {
        say(&file.display().to_string())?;
    }
    say(match written.len() {
        0 => "There is no order for that node that has not ended.",
        _ => {
            "The node does them when the stick is read there (\"Pen\", or `vereda bundle import`); what became of them goes back on the stick."
        }
    })
}

/// Takes in files, or all bundles and receipts of folders.
///
/// # Errors
/// When the store does not open, or the running node cannot be reached.
pub fn import(config: Config, paths: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let files = files(paths)?;
    ensure!(
        !files.is_empty(),
        "there are no bundles and no receipts in it"
    );
    // Held to the end: no node starts on the store meanwhile.
    let lock = door::lock(&config.store.path)?;
    let store = config.store.path.clone();
    let stopped = match lock {
        Some(_) => Some(Node::open(config)?),
        None => None,
    };
    let mut refused = 0;
    for path in &files {
        let shown = path.display();
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) => {
                refused += 1;
                say(&format!(
                    "  REFUSED {shown}\n          it cannot be read: {error}"
                ))?;
                continue;
            }
        };
        let answer = match &stopped {
            Some(node) => door::import(node, file),
            None => door::hand_over(&store, &mut file).with_context(|| shown.to_string())?,
        };
        if answer.refused {
            refused += 1;
            say(&format!("  REFUSED {shown}\n          {}", answer.said))?;
            continue;
        }
        say(&format!("  ok      {shown}\n          {}", answer.said))?;
        if let Some((name, receipt)) = answer.receipt {
            let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new("."));
            if let Err(error) = export::write_receipt(folder, &name, &receipt) {
                say(&format!(
                    "  note    the receipt {name} could not be written beside it ({error:#}); import again where the stick can be written to"
                ))?;
            }
        }
    }
    if let Some(node) = stopped {
        node.derive_arrived()?;
    }
    if refused == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!(
        "{refused} of {} were refused. Nothing is lost: what no receipt covers is still at its author.",
        files.len()
    ))?;
    Ok(ExitCode::FAILURE)
}

/// What is known of a bundle.
#[derive(Default)]
struct Seen {
    header: Option<Header>,
    /// What was found of each part.
    parts: BTreeMap<u32, String>,
}

/// Shows what files hold, as far as it can be seen without any key.
///
/// # Errors
/// When a folder cannot be read.
pub fn inspect(paths: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let (mut bundles, mut others) = (BTreeMap::<BundleId, Seen>::new(), vec![]);
    let mut damaged = false;
    for path in files(paths)? {
        match look(&path) {
            Ok(Found::Part(header, state)) => {
                damaged |= state.is_err();
                let line = part(&header, &path, state);
                let seen = bundles.entry(header.bundle).or_default();
                // Of two copies of a part the whole one counts.
                if !seen
                    .parts
                    .get(&header.part)
                    .is_some_and(|l| l.ends_with(WHOLE))
                {
                    seen.parts.insert(header.part, line);
                }
                seen.header = Some(*header);
            }
            Ok(Found::Receipt(receipt)) => others.push(format!(
                "receipt of {} for {}: the first {} entries of journal {}, on {}",
                receipt.hub,
                receipt.node,
                receipt.held.head.size,
                receipt.held.head.journal,
                date(&receipt.held)
            )),
            Err(error) => {
                damaged = true;
                others.push(format!("{}: {error:#}", path.display()));
            }
        }
    }
    for (id, seen) in &bundles {
        let Some(header) = &seen.header else { continue };
        say(&format!(
            "bundle {id} of {} ({}), packed on {}, for the hub with the key {}",
            header.name,
            header.node,
            date(&header.checkpoint),
            crate::bundle::cipher::PublicKey(header.hub)
        ))?;
        let size = header.checkpoint.head.size;
        say(&format!(
            "  journal {}, then of {size} entries",
            header.journal()
        ))?;
        for n in 1..=header.parts {
            match seen.parts.get(&n) {
                Some(line) => say(line)?,
                None => say(&format!("  part {n} of {}: not here", header.parts))?,
            }
        }
    }
    others.iter().try_for_each(|line| say(line))?;
    Ok(match damaged {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

const WHOLE: &str = "whole";

fn part(header: &Header, path: &Path, state: Result<(), String>) -> String {
    let entries = match header.entries {
        0 => "no entries".into(),
        n => format!("entries {} to {}", header.first, header.first + n - 1),
    };
    let state = match state {
        Ok(()) => WHOLE.into(),
        Err(why) => format!("{} is DAMAGED: {why}", path.display()),
    };
    format!(
        "  part {} of {}: {entries}, {} KiB of photographs, {state}",
        header.part,
        header.parts,
        header.photograph_bytes.div_ceil(1 << 10)
    )
}

enum Found {
    /// With what is wrong past its header.
    Part(Box<Header>, Result<(), String>),
    Receipt(Receipt),
}

fn look(path: &Path) -> anyhow::Result<Found> {
    let walk = Walk::open(BufReader::new(File::open(path)?))?;
    let (kind, plain) = (walk.kind(), walk.header().to_vec());
    let whole = || -> anyhow::Result<()> {
        let ending = walk.end()?;
        let (certificate, seal) = (&ending.certificate, &ending.seal);
        seal::examine_file(certificate, kind.sealed_as(), &ending.digest, seal)
            .map_err(|_| anyhow::Error::from(BundleError::Damaged("its seal does not hold")))
    };
    let state = whole();
    match kind {
        Kind::Part => {
            let header = Box::new(Header::decode(&plain)?);
            Ok(Found::Part(header, state.map_err(|e| format!("{e:#}"))))
        }
        Kind::Receipt => {
            state?;
            Ok(Found::Receipt(Receipt::decode(&plain)?))
        }
    }
}

fn date(sealed: &Sealed) -> String {
    let at = i64::try_from(sealed.at_ms).unwrap_or(i64::MAX);
    let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::MAX);
    format!("{at:.0}")
}

/// The files that are named, and those of ours in the folders that are.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for path in paths {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        all.append(&mut files_in(path)?);
    }
    Ok(all)
}
