//! Taking connections, at each of this node's doors: so many at once, and none outlives its listener.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How long is waited when the machine has nothing left for one more: others must end first.
const PAUSE: Duration = Duration::from_millis(200);

/// Takes connections for as long as this runs, at most `most` at once; how one of them ends is only noted.
pub(crate) async fn accept<F>(
    listener: TcpListener,
    most: usize,
    serve: impl Fn(TcpStream, SocketAddr) -> F,
) where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let free = Arc::new(Semaphore::new(most));
    // Dropped with this task: no connection outlives the listener.
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(permit) = Arc::clone(&free).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, from)) => {
                let served = serve(stream, from);
                connections.spawn(async move {
                    if let Err(error) = served.await {
                        tracing::debug!(%from, error = format!("{error:#}"), "a connection ended");
                    }
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Serves no longer than that: a connection that says nothing holds its place no longer.
pub(crate) async fn within(
    longest: Duration,
    served: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    // The end of its time is none of its faults.
    tokio::time::timeout(longest, served)
        .await
        .unwrap_or(Ok(()))
}
