//! The commands of those who run a node.

pub mod archive;
pub mod audit;
pub mod bundle;
pub mod catalogue;
pub mod diagnose;
pub mod doctor;
pub mod drafts;
pub mod enrol;
pub mod erase;
pub mod export;
pub mod inspect;
pub mod prove;
pub mod publish;
pub mod purge;
pub mod quarantine;
pub mod rebuild;
pub mod restored;
pub mod verify;

use std::io::Write;

/// Prints a line; a closed pipe is no fault.
fn say(line: &str) -> anyhow::Result<()> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}
