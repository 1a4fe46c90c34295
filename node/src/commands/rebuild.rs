//! `vereda rebuild`: the derived tables, anew from the journals.

use std::time::Instant;

use anyhow::Context;

use super::say;
use crate::config::Config;
use crate::node::Node;
use crate::store::derived;

/// Makes the derived tables anew.
///
/// # Errors
/// When the store does not answer, or another process holds it.
pub fn run(config: Config) -> anyhow::Result<()> {
    let node = Node::open(config)?;
    let began = Instant::now();
    let records =
        derived::reset(&node.store.write()).context("is the node still running? Stop it first")?;
    say(&format!("{records} records to derive from their journals"))?;
    let done = node.derive_arrived()?;
    let aside: i64 =
        node.store
            .read()
            .query_row("SELECT count(*) FROM record WHERE dirty = 2", [], |r| {
                r.get(0)
            })?;
    let seconds = began.elapsed().as_secs_f64();
    say(&format!(
        "{} derived in {seconds:.1} s",
        done - u64::try_from(aside).unwrap_or(0)
    ))?;
    if aside > 0 {
        say(&format!(
            "{aside} could not be derived and are set aside; `vereda inspect … records` names them"
        ))?;
    }
    Ok(())
}
