//! `vereda purge`: lets go of old work that the hub holds, with a copy off its disk.

use anyhow::Context;
use jiff::civil::Date;

use super::quarantine::alone;
use super::say;
use crate::config::Config;
use crate::node::Node;

/// Most records that are named one by one.
const MAX_NAMED: usize = 20;

/// Purges what was last touched before that day.
///
/// # Errors
/// When the node runs, or a word of the hub does not hold; then nothing is purged.
pub fn run(config: Config, before: &str) -> anyhow::Result<()> {
    let _lock = alone(&config.store.path)?;
    let day: Date = before.parse().context("a day is written yyyy-mm-dd")?;
    let at = day.to_zoned(crate::clock::zone())?;
    let at = at.timestamp().as_millisecond();
    let purged = Node::open(config)?.purge(at)?;
    say(&format!(
        "{} records are purged: their places and ids stay, so that proofs hold.",
        purged.records
    ))?;
    if !purged.kept.is_empty() {
        say(&format!("{} had to stay:", purged.kept.len()))?;
    }
    for (record, why) in purged.kept.iter().take(MAX_NAMED) {
        say(&format!("  {record}: {why}"))?;
    }
    match purged.kept.len().saturating_sub(MAX_NAMED) {
        0 => Ok(()),
        more => say(&format!("  and {more} more")),
    }
}
