//! How a command reaches a node that runs. A running node has records and its journal in
//! memory, so nobody else may write to its store: the command hands it the file over a
//! socket beside the store, and shows what became of it. The stick itself need not be
//! visible to the node.
//!
//! Who works on the store holds the lock beside it: the node for its life, the command
//! while it imports for a node that is stopped.

use std::fs::{File, Permissions};
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tokio::net::UnixListener;

use super::Refused;
use super::intake::{self, Outcome, Side};
use crate::node::Node;

/// Longest that nothing may move while a file is handed over.
const IDLE: Duration = Duration::from_secs(30);
/// Longest that a command waits for the node to take a file in.
const TAKING_IN: Duration = Duration::from_secs(600);
/// Largest answer, in bytes.
const MAX_ANSWER_BYTES: u64 = 2 << 20;

/// What became of a file, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether it was refused.
    pub refused: bool,
    /// In words.
    pub said: String,
    /// A receipt that goes beside it: the file's name, the file.
    pub receipt: Option<(String, Vec<u8>)>,
}

impl From<Result<Outcome, Refused>> for Answer {
    fn from(outcome: Result<Outcome, Refused>) -> Self {
        let refused = outcome.is_err();
        let (said, receipt) = match outcome {
            Err(refused) => (refused.to_string(), None),
            Ok(outcome) => {
                let said = outcome.to_string();
                match outcome {
                    Outcome::Taken(answer) => (said, answer.receipt),
                    Outcome::Ordered { word, .. } => (said, word),
                    _ => (said, None),
                }
            }
        };
        Self {
            refused,
            said,
            receipt,
        }
    }
}

/// The right to work on a store; ends when it is dropped.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, not read")] File);

/// Takes the lock of a store; `None` while somebody has it.
///
/// # Errors
/// What the disk says.
pub fn lock(store: &Path) -> anyhow::Result<Option<Lock>> {
    let path = store.with_extension("lock");
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let shown = || path.display().to_string();
    if !path.exists() {
        File::create(&path).with_context(shown)?;
    }
    // To read is enough: the command may be run by another than the node's own user.
    let file = File::open(&path).with_context(shown)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(error).with_context(shown),
    }
}

fn socket(store: &Path) -> PathBuf {
    store.with_extension("door")
}

/// Opens the door of a running node. Call with the lock held.
///
/// # Errors
/// When there can be no socket beside the store.
pub fn open(node: Arc<Node>) -> anyhow::Result<impl Future<Output = ()> + Send> {
    let path = socket(&node.config.store.path);
    // One that a killed node left: nobody listens, as the lock is ours.
    match std::fs::remove_file(&path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e.into()),
        _ => (),
    }
    let listener = UnixListener::bind(&path).with_context(|| path.display().to_string())?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(async move {
        loop {
            let served = match listener.accept().await {
                Ok((stream, _)) => {
                    let node = node.clone();
                    let serve = move || serve(&node, stream.into_std()?);
                    tokio::task::spawn_blocking(serve).await.map_err(Into::into)
                }
                Err(error) => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    Err(error.into())
                }
            };
            if let Err(error) = served.and_then(|served: anyhow::Result<()>| served) {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "a bundle could not be handed over"
                );
            }
        }
    })
}

fn serve(node: &Node, mut stream: UnixStream) -> anyhow::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(IDLE))?;
    stream.set_write_timeout(Some(IDLE))?;
    let answer = import(node, &stream);
    tracing::info!(said = answer.said, "a file was handed over");
    stream.write_all(&serde_json::to_vec(&answer)?)?;
    Ok(())
}

/// Takes in a file at this node.
#[must_use]
pub fn import(node: &Node, file: impl Read) -> Answer {
    let imported = match Side::of(&node.config) {
        Some(side) => intake::import(node, side, file),
        None => Err(Refused::NoKey(
            "this node has no hub in its configuration: it has no use for bundles".into(),
        )),
    };
    imported.into()
}

/// Hands a file to the node that runs on this store.
///
/// # Errors
/// When it cannot be reached.
pub fn hand_over(store: &Path, file: &mut impl Read) -> anyhow::Result<Answer> {
    let path = socket(store);
    let mut stream = UnixStream::connect(&path).with_context(|| {
        format!(
            "the node runs and does not answer at {}: stop it, then import again",
            path.display()
        )
    })?;
    stream.set_write_timeout(Some(TAKING_IN))?;
    stream.set_read_timeout(Some(TAKING_IN))?;
    match io::copy(file, &mut stream) {
        // The node has seen enough: what it says tells why.
        Err(e)
            if [io::ErrorKind::BrokenPipe, io::ErrorKind::ConnectionReset].contains(&e.kind()) => {}
        copied => {
            copied.context("reading the stick")?;
        }
    }
    // Gone already if the node has seen enough.
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    // A node that has not read all resets the connection after its answer.
    let _ = stream.take(MAX_ANSWER_BYTES).read_to_end(&mut answer);
    serde_json::from_slice(&answer).context("the node ended before it answered: import again")
}
