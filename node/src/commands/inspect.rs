//! `vereda inspect`: a look into the store, for those who run it. Shows ids,
//! counts and states; names of citizens only where a conflict needs them.

use clap::ValueEnum;
use jiff::Timestamp;
use vereda_sync::record::Life;

use super::{quarantine, say};
use crate::config::Config;
use crate::node::Node;
use crate::store::derived::Disagree;
use crate::store::{bundle, derived, erased, journal, parked, purged};

/// What to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Journals: sizes, roots, what the hub has.
    Journals,
    /// Records: the latest, and those set aside.
    Records,
    /// Records that wait for changes which are not here.
    Parked,
    /// Conflicts that wait.
    Conflicts,
    /// What came and was not taken in, record by record.
    Quarantine,
    /// Parts of bundles that are carried or wait, and receipts for other nodes.
    Bundles,
}

/// Prints it.
///
/// # Errors
/// When the store does not answer.
pub fn run(config: Config, what: What) -> anyhow::Result<()> {
    let node = Node::open(config)?;
    match what {
        What::Journals => journals(&node),
        What::Records => records(&node),
        What::Parked => parked(&node),
        What::Conflicts => conflicts(&node),
        What::Quarantine => quarantine::list(&node, None),
        What::Bundles => bundles(&node),
    }
}

fn journals(node: &Node) -> anyhow::Result<()> {
    say(&format!(
        "{:<34}{:<16}{:>9}{:>9}{:>9}  root",
        "journal", "node", "entries", "acked", "proven"
    ))?;
    for j in journal::all(&node.store.read())? {
        let head = j.head();
        let (whose, acked, proven) = match j.own {
            true => (
                format!("{} *", j.node),
                j.acked.to_string(),
                j.proven.to_string(),
            ),
            false => (j.node.clone(), "-".into(), "-".into()),
        };
        let root: String = head.root[..8].iter().map(|b| format!("{b:02x}")).collect();
        say(&format!(
            "{:<34}{whose:<16}{:>9}{acked:>9}{proven:>9}  {root}…",
            j.id.to_string(),
            head.size
        ))?;
    }
    say("* written here; the roots of equal sizes are equal where the journals are")
}

fn records(node: &Node) -> anyhow::Result<()> {
    let db = node.store.read();
    let (records, dirty, aside): (i64, i64, i64) = db.query_row(
        "SELECT count(*), coalesce(sum(dirty = 1), 0), coalesce(sum(dirty = 2), 0)
             - (SELECT count(*) FROM parked JOIN record USING (record) WHERE dirty = 2) FROM record",
        [],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    )?;
    say(&format!(
        "{records} records; {dirty} to be derived; {aside} set aside; {} erased; {} purged",
        erased::count(&db)?,
        purged::figures(&db)?
    ))?;
    let mut rows = db.prepare(
        "SELECT lower(hex(id)) FROM record WHERE dirty = 2
         AND record NOT IN (SELECT record FROM parked) LIMIT 100",
    )?;
    for id in rows.query_map([], |r| r.get::<_, String>(0))? {
        say(&format!("set aside  {}", id?))?;
    }
    for line in derived::search(&db, "", 20)? {
        let life = match (line.life, line.at_hub || node.is_hub()) {
            (Life::Recorded, true) => "at the hub",
            (Life::Recorded, false) => "recorded here",
            (Life::Withdrawn, _) => "withdrawn",
            (Life::Returned, _) => "returned",
            (Life::Forwarded, _) => "forwarded",
            (Life::Accepted, _) => "accepted",
            (Life::Refused, _) => "refused",
            (Life::Completed, _) => "completed",
            (Life::Draft | Life::Received, _) => "draft",
        };
        let number = line.number.as_deref().unwrap_or("-");
        say(&format!(
            "{}  {number:<16} {:<20} {life:<14} {}",
            &line.id[..12],
            line.service,
            line.spot
        ))?;
    }
    Ok(())
}

fn bundles(node: &Node) -> anyhow::Result<()> {
    let db = node.store.read();
    for part in bundle::all(&db)? {
        let header = &part.header;
        say(&format!(
            "{:<16} bundle {}, part {} of {}, {} KiB: {}",
            header.node,
            header.bundle,
            header.part,
            header.parts,
            part.bytes.div_ceil(1 << 10),
            part.note.as_deref().unwrap_or("kept")
        ))?;
    }
    for (whose, journal, _) in bundle::receipts(&db)? {
        say(&format!("{whose:<16} receipt for journal {journal}"))?;
    }
    let (parts, bytes) = bundle::kept(&db)?;
    say(&format!(
        "{parts} parts are kept, {} MiB",
        bytes.div_ceil(1 << 20)
    ))
}

fn conflicts(node: &Node) -> anyhow::Result<()> {
    let db = node.store.read();
    let waiting = derived::conflicts(&db, 1000)?;
    say(&format!("{} conflicts wait", waiting.len()))?;
    for c in waiting {
        let what = match c.kind {
            Disagree::Values => c.field.unwrap_or_default(),
            Disagree::Requests => "the same request twice".into(),
            Disagree::Identity => "a card says otherwise".into(),
        };
        let id: String = db.query_row(
            "SELECT lower(hex(id)) FROM record WHERE record = ?1",
            [c.record],
            |r| r.get(0),
        )?;
        say(&format!("{}  {what:<24} record {}", c.id, &id[..12]))?;
    }
    Ok(())
}

fn parked(node: &Node) -> anyhow::Result<()> {
    let db = node.store.read();
    let (count, _) = parked::figures(&db)?;
    say(&format!(
        "{count} records wait for changes that are not here; they are derived when those come"
    ))?;
    for (record, whose, since_ms) in parked::list(&db, 1000)? {
        let since = Timestamp::from_millisecond(since_ms).unwrap_or(Timestamp::MAX);
        let whose = if whose.is_empty() { "the hub" } else { &whose };
        say(&format!("{record}  of {whose:<16} since {since:.0}"))?;
    }
    Ok(())
}
