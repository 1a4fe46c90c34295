//! The log of who saw and changed what: written as pages are asked for ([`writing`]), sealed by the hub every now and then,
//! seen to grow by the spots, which put their seals beside the hub's ([`seen`]), and examined offline ([`examine`]). What was
//! looked at at a spot comes to the hub as the spot's own log ([`of_spots`]).

use std::time::Duration;

use anyhow::Context;
use sha2::{Digest, Sha256};
use vereda_sync::audit::checkpoint;
use vereda_sync::exchange::custody::File;

use crate::link::seal::Seal;
use crate::link::tls;
use crate::node::Node;
use crate::people::hex;
use crate::store::audit::{self, Checkpoint};

pub mod examine;
pub mod of_spots;
pub mod seen;
pub mod writing;

/// The log is sealed so often, when it grew.
pub const SEALED_EVERY: Duration = Duration::from_secs(600);

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
    let note = checkpoint(&origin(node)?, &frontier, at_ms);
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

/// The name of a hub's log: a hub that was put back from a copy goes on under another one, as it may lack lines.
fn origin(node: &Node) -> anyhow::Result<String> {
    Ok(format!(
        "{}{}",
        before_epoch(&node.config.node.id),
        hex(&node.epoch()?[..8])
    ))
}

/// How the names of all logs of a node begin.
fn before_epoch(node: &str) -> String {
    format!("vereda/{node}/audit/")
}

fn digest(note: &str) -> [u8; 32] {
    Sha256::digest(note).into()
}
