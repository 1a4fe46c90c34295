//! `vereda verify`: the whole store against itself and against the seals over it,
//! offline. Every change is hashed anew, every journal's root computed anew and held
//! against what the node sealed and what the hub gave a receipt for; every photograph
//! is read.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use jiff::Timestamp;
use vereda_sync::erasure;
use vereda_sync::exchange::custody::{Says, Sealed};
use vereda_sync::guard;
use vereda_sync::journal::{Entry, Frontier};

use super::say;
use crate::config::Config;
use crate::link::seal;
use crate::node::Node;
use crate::store::journal::Journal;
use crate::store::{blob, custody, erased, journal, purged, quarantine};

/// Bytes of entries that are read at once.
const BATCH_BYTES: usize = 4 << 20;

/// What was examined, and what was found wrong with it.
#[derive(Debug, Default)]
pub struct Report {
    /// Entries of journals.
    pub entries: u64,
    /// Photographs and scans.
    pub photographs: u64,
    /// Seals of nodes and receipts of the hub.
    pub seals: u64,
    /// What is wrong, in words.
    pub wrong: Vec<String>,
    /// A line for each journal.
    pub journals: Vec<String>,
}

/// Examines the store and prints what it found; fails when something is wrong.
///
/// # Errors
/// When the store cannot be read at all.
pub fn run(config: Config) -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let node = Node::open(config)?;
    let config = &node.config;
    let authority = config.hub.as_ref().map(|hub| hub.authority.as_path());
    let authority = authority.or(config.sync.as_ref().map(|sync| sync.authority.as_path()));
    let report = examine(&node, authority)?;
    for line in &report.journals {
        say(line)?;
    }
    for wrong in &report.wrong {
        say(&format!("  WRONG   {wrong}"))?;
    }
    say(&format!(
        "{} entries, {} photographs and {} seals examined in {:.1} s",
        report.entries,
        report.photographs,
        report.seals,
        began.elapsed().as_secs_f64()
    ))?;
    if report.wrong.is_empty() {
        say("Nothing is missing and nothing was changed.")?;
        return Ok(ExitCode::SUCCESS);
    }
    say(
        "Do not delete anything. Stop this node, keep its disk, and call the support: what the hub has a receipt for comes back from there.",
    )?;
    Ok(ExitCode::FAILURE)
}

/// Examines the whole store of a node. `authority` is the certificate of who vouches
/// for the devices; without one no seal proves who put it.
///
/// # Errors
/// When the store cannot be read.
pub fn examine(node: &Node, authority: Option<&Path>) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let journals = journal::all(&node.store.read())?;
    for journal in &journals {
        examine_journal(node, journal, authority, &mut report)?;
    }
    examine_quarantine(node, authority, &mut report)?;
    examine_photographs(node, &mut report)?;
    Ok(report)
}

fn examine_journal(
    node: &Node,
    journal: &Journal,
    authority: Option<&Path>,
    report: &mut Report,
) -> anyhow::Result<()> {
    // A spot has of others' journals what came with the feeds: no more can be said of those.
    let whole = journal.own || node.is_hub();
    let seals = seals_over(node, journal)?;
    let mut walk = Walk {
        journal,
        frontier: Frontier::default(),
        archived: seals
            .iter()
            .filter(|(says, ..)| *says == Says::Archived)
            .map(|(_, sealed, _)| sealed.head.size)
            .max()
            .unwrap_or(0),
        roots: seals.iter().map(|(_, s, _)| (s.head.size, None)).collect(),
    };
    let entries = walk.all(node, whole, report)?;
    if whole && walk.frontier != journal.frontier {
        report.wrong.push(format!(
            "journal {}: {} entries are here, and the store says {}",
            journal.id,
            walk.frontier.size(),
            journal.frontier.size()
        ));
    }
    let mut held = String::from("no receipt yet");
    for ((says, sealed, certificate), (_, root)) in seals.iter().zip(&walk.roots) {
        report.seals += 1;
        match examine_seal(authority, (*says, sealed, certificate), *root) {
            Err(why) => {
                report
                    .wrong
                    .push(format!("journal {}: {}: {why:#}", journal.id, name(*says)))
            }
            Ok(()) if *says == Says::Holds => {
                let at = i64::try_from(sealed.at_ms).unwrap_or(i64::MAX);
                let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::MAX);
                held = format!("{} with a receipt of {at:.0}", sealed.head.size);
            }
            Ok(()) => {}
        }
    }
    report.journals.push(match journal.own {
        true => format!("  {}  written here: {entries} entries, {held}", journal.id),
        false => format!("  {}  of {}: {entries} entries", journal.id, journal.node),
    });
    Ok(())
}

fn name(says: Says) -> &'static str {
    match says {
        Says::Wrote => "the seal of the node",
        Says::Holds => "the receipt of the hub",
        Says::Archived => "the word of the hub that it archived it",
    }
}

/// Who says what of a journal, with their certificate.
type SealOver = (Says, Sealed, Vec<u8>);

fn seals_over(node: &Node, journal: &Journal) -> anyhow::Result<Vec<SealOver>> {
    let db = node.store.read();
    let mut all = Vec::new();
    for says in [Says::Wrote, Says::Holds, Says::Archived] {
        let found = custody::of(&db, says, journal.id)?;
        all.extend(found.map(|(sealed, certificate)| (says, sealed, certificate)));
    }
    Ok(all)
}

/// A journal, walked from its first entry on.
struct Walk<'a> {
    journal: &'a Journal,
    frontier: Frontier,
    /// As much of it the hub says to have a copy of: what was purged must be in that, but for what
    /// its feed brought of a purged record since.
    archived: u64,
    /// The sizes at which the root is asked for, with the root once known.
    roots: Vec<(u64, Option<[u8; 32]>)>,
}

impl Walk<'_> {
    /// Gives how many entries there are.
    fn all(&mut self, node: &Node, whole: bool, report: &mut Report) -> anyhow::Result<u64> {
        let (mut next, mut count) = (1, 0);
        self.note_roots();
        loop {
            // Let go between batches: a node that runs is not held up.
            let batch =
                journal::entries_at(&node.store.read(), self.journal.row, next, BATCH_BYTES)?;
            let Some((last, _)) = batch.last() else {
                return Ok(count);
            };
            next = last + 1;
            for (index, entry) in &batch {
                count += 1;
                report.entries += 1;
                if entry.bytes.is_empty() {
                    // Only its leaf is here: there must be a reason for that.
                    let aside = quarantine::entry(&node.store.read(), self.journal.id, *index)?;
                    let agrees = aside.is_some_and(|a| {
                        (a.record, a.change) == (entry.record, entry.change) && is_whole(&a)
                    });
                    let db = node.store.read();
                    let purged = purged::is_id(&db, entry.record)?
                        && (!self.journal.own
                            || self.archived >= *index
                            || purged::came_bare(&db, self.journal.row, *index)?);
                    if !agrees && !purged && !erased::is_id(&db, entry.record)? {
                        report.wrong.push(format!(
                            "journal {}, entry {index} of record {}: what was written is missing",
                            self.journal.id, entry.record
                        ));
                    }
                } else if erasure::is(&entry.bytes) {
                    if !node.is_sealed(&entry.bytes) {
                        report.wrong.push(format!(
                            "journal {}, entry {index}: an erasure of record {} without the hub's seal",
                            self.journal.id, entry.record
                        ));
                    }
                } else if erased::is_id(&node.store.read(), entry.record)? {
                    report.wrong.push(format!(
                        "journal {}, entry {index}: the record {} was erased, and this of it is still here",
                        self.journal.id, entry.record
                    ));
                } else if !is_whole(entry) {
                    report.wrong.push(format!(
                        "journal {}, entry {index} of record {}: it was changed after it was written",
                        self.journal.id, entry.record
                    ));
                }
                if whole && *index != self.frontier.size() + 1 {
                    report.wrong.push(format!(
                        "journal {}: the entries {} to {} are missing",
                        self.journal.id,
                        self.frontier.size() + 1,
                        index - 1
                    ));
                    return Ok(count);
                }
                self.frontier.push(entry.leaf());
                self.note_roots();
            }
        }
    }

    fn note_roots(&mut self) {
        for (size, root) in &mut self.roots {
            if *size == self.frontier.size() {
                *root = Some(self.frontier.root());
            }
        }
    }
}

/// Whether the change is the one that its id stands for.
fn is_whole(entry: &Entry) -> bool {
    guard::examine(&entry.bytes).map(|e| e.change) == Ok(entry.change)
}

/// What is in quarantine is still what it was, and what revoked nodes put their seals to.
fn examine_quarantine(
    node: &Node,
    authority: Option<&Path>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let (held, seals) = {
        let db = node.store.read();
        let held = quarantine::list(&db, None, false, u32::MAX)?;
        (held, quarantine::seals(&db)?)
    };
    for held in held.iter().filter(|h| h.record.is_some()) {
        let Some(journal) = held.journal else {
            continue;
        };
        let entry = quarantine::entry(&node.store.read(), journal, held.index)?;
        report.entries += 1;
        if entry.is_none_or(|entry| !is_whole(&entry)) {
            report.wrong.push(format!(
                "in quarantine, entry {} of {}: it was changed after it came",
                held.index, held.node
            ));
        }
    }
    for (whose, sealed, certificate) in seals {
        report.seals += 1;
        let (id, size) = (sealed.head.journal, sealed.head.size);
        let root = {
            let db = node.store.read();
            let journal = journal::find(&db, id)?;
            match journal.as_ref().filter(|j| j.frontier.size() >= size) {
                // Released since, or delivered by the node, enrolled again.
                Some(journal) => {
                    let mut frontier = Frontier::default();
                    let leaves = journal::leaves(&db, journal.row, size)?;
                    leaves.iter().for_each(|leaf| frontier.push(*leaf));
                    Some(frontier.root())
                }
                None => quarantine::frontier(&db, id, journal.as_ref(), size)?.map(|f| f.root()),
            }
        };
        let seal = (Says::Wrote, &sealed, certificate.as_slice());
        if let Err(why) = examine_seal(authority, seal, root) {
            report.wrong.push(format!(
                "journal {id}, of which the end is in quarantine: the seal of {whose}: {why:#}"
            ));
        }
    }
    Ok(())
}

fn examine_seal(
    authority: Option<&Path>,
    (says, sealed, certificate): (Says, &Sealed, &[u8]),
    root: Option<[u8; 32]>,
) -> anyhow::Result<()> {
    seal::examine(certificate, says, sealed)?;
    if let Some(authority) = authority {
        seal::vouched(certificate, authority, says, sealed.at_ms)?;
    }
    match root {
        None => anyhow::bail!("it covers {} entries, which are not here", sealed.head.size),
        Some(root) if root != sealed.head.root => {
            anyhow::bail!("it is over other entries than those that are here")
        }
        Some(_) => Ok(()),
    }
}

fn examine_photographs(node: &Node, report: &mut Report) -> anyhow::Result<()> {
    let ids = blob::all(&node.store.read())?;
    for id in ids {
        report.photographs += 1;
        if blob::hash(&node.store, &id.0)? != id.0 {
            report
                .wrong
                .push(format!("photograph {id}: it was changed or is cut short"));
        }
    }
    Ok(())
}
