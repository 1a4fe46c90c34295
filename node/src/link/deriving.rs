//! Derives what arrives at the hub, off the way of those who bring it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Context;
use tokio::sync::oneshot;

use super::bundles;
use crate::config::Sync;
use crate::node::Node;

/// The thread of the hub that derives what arrives, as the system names it.
pub const DERIVING: &str = "deriving";
/// How long after a failure it is tried again.
const PAUSE: Duration = Duration::from_secs(5);

/// Derives whenever something arrived, and takes in what waited for it.
pub(super) async fn derive(node: Arc<Node>, config: Sync) {
    let deriving = match Deriving::start(Arc::clone(&node), config) {
        Ok(deriving) => deriving,
        Err(error) => {
            tracing::error!(%error, "nothing that arrives is derived: restart the hub");
            return;
        }
    };
    loop {
        if let Err(error) = deriving.once().await {
            tracing::error!(error = format!("{error:#}"), "records could not be derived");
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        node.arrived.notified().await;
    }
}

type Asked = oneshot::Sender<anyhow::Result<()>>;

/// The thread that derives; it has ended when this is dropped. A process that ended under a commit
/// would take the cipher's tables from it.
struct Deriving {
    ask: Option<mpsc::Sender<Asked>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Deriving {
    fn start(node: Arc<Node>, config: Sync) -> anyhow::Result<Self> {
        let (ask, asked) = mpsc::channel::<Asked>();
        let ends = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ends);
        // A thread with a name: the system tells what it costs apart from what taking in costs.
        let thread = thread::Builder::new().name(DERIVING.into());
        let thread = thread.spawn(move || {
            if let Err(error) = node.store.recall_records() {
                tracing::error!(%error, "the index of records could not be read");
            }
            for done in asked {
                // The thread outlives a panic, as it is the only one that derives.
                let derived = catch_unwind(AssertUnwindSafe(|| {
                    node.derive_until(|| end.load(Ordering::Relaxed))?;
                    node.release_early()?;
                    while node.answer_lookups()? > 0 && !end.load(Ordering::Relaxed) {}
                    node.lease_ahead()?;
                    bundles::drain(&node, &config)
                }));
                let derived = derived.unwrap_or_else(|_| Err(anyhow::anyhow!("it panicked")));
                // Nobody waits for it any longer once the listener has ended.
                let _ = done.send(derived);
            }
        })?;
        Ok(Self {
            ask: Some(ask),
            ends,
            thread: Some(thread),
        })
    }

    async fn once(&self) -> anyhow::Result<()> {
        let (done, derived) = oneshot::channel();
        let ask = self.ask.as_ref().context("it has ended")?;
        ask.send(done)?;
        derived.await?
    }
}

impl Drop for Deriving {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        self.ask = None;
        if let Some(thread) = self.thread.take() {
            // It catches its panics, and says them.
            let _ = thread.join();
        }
    }
}
