//! `vereda diagnose`: what helps to find a fault, without anything of people, as a file.

use std::path::Path;

use super::say;
use crate::config::Config;
use crate::diagnosis;
use crate::node::Node;
use crate::whole;

/// Writes it.
///
/// # Errors
/// When the store does not open, or the file cannot be written.
pub fn run(config: Config, to: &Path) -> anyhow::Result<()> {
    let bundle = diagnosis::bundle(&Node::open(config)?)?;
    whole::put(to, &bundle, whole::PUBLIC)?;
    say(&format!("{} bytes in {}", bundle.len(), to.display()))
}
