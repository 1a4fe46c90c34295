//! Open connections of spots that are accepted no longer are cut: a request that goes on for long, as a download, would
//! otherwise outlast the word.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::time::sleep;

use super::enrolled::{AllowList, accepted};
use super::{Task, blocking};
use crate::node::Node;
use crate::store::revoked;

/// How often the list is looked at: a word in it is in force on open connections well within a second.
const LOOK: Duration = Duration::from_millis(250);

/// What a connection watches.
#[derive(Debug, Clone)]
pub(super) struct Watching {
    list: AllowList,
    /// Fingerprints, in lower case, of those that may exchange: anew whenever the list was written or somebody revoked.
    accepted: watch::Receiver<Arc<HashSet<String>>>,
}

/// Watches the list and this hub's own revocations, for as long as the task lives.
pub(super) fn watch(list: AllowList) -> (Watching, Task) {
    let (tell, accepted) = watch::channel(Arc::default());
    let watching = Watching {
        list: list.clone(),
        accepted,
    };
    let task = Task::spawn(async move {
        let mut before = None;
        loop {
            let AllowList(file, node) = list.clone();
            let seen = blocking(move || {
                let now = Some((written(&file), revoked::known(&node.store.read())?));
                Ok((now != before).then(|| (now, look(&node, &file))))
            });
            match seen.await {
                // Whoever the list cannot name now is refused at the next request; nobody is cut for a torn file.
                Ok(Some((now, Some(accepted)))) => {
                    before = now;
                    tell.send_replace(Arc::new(accepted));
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(
                    error = format!("{error:#}"),
                    "who is accepted could not be looked at"
                ),
            }
            sleep(LOOK).await;
        }
    });
    (watching, task)
}

/// When the list was written, and its size in bytes.
fn written(list: &Path) -> Option<(SystemTime, u64)> {
    let file = std::fs::metadata(list).ok()?;
    Some((file.modified().ok()?, file.len()))
}

fn look(node: &Node, list: &Path) -> Option<HashSet<String>> {
    let mut all = accepted(list)?;
    let gone = revoked::all(&node.store.read()).ok()?;
    all.retain(|fingerprint| !gone.contains(fingerprint));
    Some(all)
}

/// Ends when the node with that certificate, which was accepted, is so no longer. How it stands at first the list itself
/// says: it may be newer than what was watched.
pub(super) async fn revoked(mut watching: Watching, fingerprint: &str) {
    watching.accepted.mark_unchanged();
    let mut was = watching.list.spot(fingerprint).await.is_some();
    let fingerprint = fingerprint.to_lowercase();
    while watching.accepted.changed().await.is_ok() {
        let is = watching.accepted.borrow_and_update().contains(&fingerprint);
        if was && !is {
            return;
        }
        was = is;
    }
    // Nobody watches any longer: the listener ends, and its connections with it.
    std::future::pending::<()>().await;
}
