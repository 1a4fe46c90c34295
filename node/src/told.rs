//! How a node is, as a file: where no link is, the hub hears of it by stick, under the node's seal.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Instant;

use anyhow::{Context, ensure};
use vereda_sync::condition::{Condition, MAX_BYTES};
use vereda_sync::exchange::custody::{File, Says};
use vereda_web::desk::port::Event;

use crate::bundle::CONDITION_SUFFIX;
use crate::condition;
use crate::link::enrolled;
use crate::link::seal::Seal;
use crate::link::tls;
use crate::node::Node;
use crate::sealed_file::Form;
use crate::store::fleet;
use crate::whole;

const FORM: Form = Form {
    magic: b"vereda condition 1\n",
    says: File::Condition,
    max_body_bytes: MAX_BYTES,
};
/// Largest file, in bytes.
pub(crate) const MAX_FILE_BYTES: usize = FORM.max_bytes();

/// Since when this program runs.
pub(crate) static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Whether a file says that it is one.
pub(crate) fn is_told(file: &[u8]) -> bool {
    file.starts_with(FORM.magic)
}

/// At a spot: how it is, under its seal.
///
/// # Errors
/// When the store does not answer, or the key cannot seal.
pub(crate) fn sealed(node: &Node) -> anyhow::Result<Vec<u8>> {
    let hub = node.config.hub.as_ref().context("no hub")?;
    let free = condition::free_bytes(node);
    let said = condition::of(node, BEGAN.elapsed().as_secs(), free)?;
    let (seal, certificate) = (Seal::load(&hub.key)?, tls::certificate(&hub.certificate)?);
    FORM.seal(&said.encode(), (&seal, certificate.as_ref()), said.wall_ms)
}

/// Whoever sealed it, if a node of this authority did.
///
/// # Errors
/// In words, when none did.
pub(crate) fn by(file: &[u8], authority: &Path) -> anyhow::Result<String> {
    let opened = FORM.open_of(file, authority, Says::Wrote)?;
    let opened = opened.context("this is not how a node is")?;
    Ok(tls::neighbour(opened.certificate)?.node)
}

/// At a spot: writes how it is into a folder, in place of what it wrote there before.
///
/// # Errors
/// When the stick or the store does not answer.
pub(crate) fn write(node: &Node, folder: &Path) -> anyhow::Result<PathBuf> {
    let path = folder.join(format!("{}{CONDITION_SUFFIX}", node.config.node.id));
    whole::put(&path, &sealed(node)?, whole::PUBLIC)?;
    Ok(path)
}

/// At the hub: keeps how a node said that it is, if that is news. Gives the node, and whether.
///
/// # Errors
/// In words, when it is of no node of this hub.
pub(crate) fn take(node: &Node, file: &[u8]) -> anyhow::Result<(String, bool)> {
    let sync = node.config.sync.as_ref().context("no `[sync]`")?;
    let opened = FORM
        .open_of(file, &sync.authority, Says::Wrote)?
        .context("this is not how a node is")?;
    let by = tls::neighbour(opened.certificate)?;
    let stands = enrolled::standing(&sync.enrolled, &by.certificate);
    ensure!(
        stands.is_some_and(|stands| stands.enrolled().is_some()),
        "{} sealed it with a certificate that is not on the list of enrolled nodes",
        by.node
    );
    let said = Condition::decode(opened.body)?;
    let now_ms = node.now_ms();
    let db = node.store.write();
    let before = fleet::told(&db, &by.node)?;
    // As far as its clock was off when it spoke itself, it is now.
    let skew_ms = before.as_ref().map_or(0, |before| before.skew_ms);
    let at_ms = i64::try_from(said.wall_ms).unwrap_or(i64::MAX);
    let at_ms = at_ms.saturating_sub(skew_ms).min(now_ms);
    if before.is_some_and(|before| before.at_ms >= at_ms) {
        return Ok((by.node, false));
    }
    let tx = db.unchecked_transaction()?;
    fleet::keep(&tx, &by.node, &said, at_ms)?;
    tx.commit()?;
    drop(db);
    node.tell(Event::Strip);
    Ok((by.node, true))
}
