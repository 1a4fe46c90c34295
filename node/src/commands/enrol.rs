//! `vereda enrol`: this machine becomes a node of a hub.

use super::say;
use crate::link::{self, First};

/// Enrols, and says how it goes on.
///
/// # Errors
/// In words that say what to do.
pub fn run(first: &First<'_>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let config = runtime.block_on(link::enrol(first))?;
    say(&format!(
        "this machine is enrolled; start it with: vereda spot --config {}",
        config.display()
    ))
}
