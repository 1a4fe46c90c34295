//! The link between spots and the hub: HTTP/2 over TLS 1.3, both sides with a
//! certificate of one authority.
//!
//! ```text
//! POST /v1/exchange          messages of `vereda_sync::exchange` both ways at once
//! HEAD /v1/blobs/{id}        how much of a photograph the hub holds
//! PUT  /v1/blobs/{id}        the rest of it, from there on
//! GET  /v1/blobs/{id}        the other way, by range
//! GET  /v1/bundles/{id}      how much the hub holds of a bundle's part that is carried for another
//! PUT  /v1/bundles/{id}      the rest of it, from there on; the answer is the receipt
//! GET  /v1/receipts/{id}     the receipt for a journal, if that size and root are held
//! POST /.well-known/est/simplereenroll   a newer certificate
//! GET  /v1/orders            what the spot is to do; PUT /v1/words: what became of it
//! PUT  /v1/condition         how the spot is; the answer says which lost nodes' work it is to bring
//! ```
//! A spot runs [`start_caller`] for its life, and [`start_peers`] for the spots near it; the
//! hub runs [`start_listener`]. All
//! perform what the state machines of `sync` say, and keep it before they say so.

use std::num::NonZero;
use std::sync::LazyLock;
use std::time::Duration;

use tokio::sync::Semaphore;

mod archives;
mod arrival;
mod audit;
mod bell;
mod blobs;
mod bundles;
mod caller;
mod carry;
mod catalogue;
mod condition;
mod connection;
mod cutting;
mod deriving;
pub(crate) mod enrolled;
mod enrolling;
mod errands;
mod exchange;
mod fault;
mod hand_in;
mod hub;
mod listener;
mod losses;
mod orders;
mod pace;
mod peers;
mod people;
pub(crate) mod pieces;
mod renewing;
pub mod seal;
mod state;
pub mod tls;
mod updates;
mod visit;
pub mod wire;

pub use arrival::Arrival;
pub use caller::{LinkHandle, start_caller};
pub use deriving::DERIVING;
pub use listener::{ListenerHandle, start_listener};
pub use peers::{PeersHandle, start_peers};
pub use renewing::{First, enrol};

/// Longest that connecting and agreeing on keys may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Longest that nothing may move.
const IDLE: Duration = Duration::from_secs(30);
/// Between two questions whether the other side is still there.
const PING_EVERY: Duration = Duration::from_secs(10);
/// Longest for the answer to such a question.
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// Path of the exchange.
const EXCHANGE: &str = "/v1/exchange";
/// Header with the bytes of a blob that are held.
const UPLOAD_OFFSET: &str = "upload-offset";

/// A task that ends with its handle.
#[derive(Debug)]
struct Task(tokio::task::AbortHandle);

impl Task {
    fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(work).abort_handle())
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Work on the store, away from the threads that serve connections.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let turn = TURNS.acquire().await?;
    // Held until the work is done, also when nobody waits for it any longer.
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    })
    .await?
}

/// So much of that work at once: the rest of many spots that come together waits without a thread,
/// as what each thread has once used of memory stays with it.
static TURNS: LazyLock<Semaphore> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    Semaphore::new(2 * cores)
});
