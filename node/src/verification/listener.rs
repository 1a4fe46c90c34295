//! The door of that page: plain HTTP to a proxy on this machine or a private network. Who comes through the proxy may be
//! anybody, so what a connection takes is bounded, and nothing else is behind this door.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;
use vereda_web::HostGuard;

use super::HubReceipts;
use crate::config::Verify;
use crate::node::Node;

/// Most connections at once.
const MAX_CONNECTIONS: usize = 256;
/// Most bytes of headers.
const MAX_HEADER_BYTES: usize = 16 << 10;
/// Longest that the headers of a request may take, also of the next one in a connection.
const PATIENCE: Duration = Duration::from_secs(15);
/// Longest that a connection lives: a proxy opens another.
const LONGEST: Duration = Duration::from_secs(300);

/// A running listener; ends when it is dropped.
#[derive(Debug)]
pub struct VerifyHandle {
    /// Where it listens.
    pub address: SocketAddr,
    task: AbortHandle,
}

impl Drop for VerifyHandle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves the page.
///
/// # Errors
/// When there is no address to listen at, or it is taken.
pub fn start(node: &Arc<Node>, config: &Verify) -> anyhow::Result<VerifyHandle> {
    let listen = config
        .listen
        .context("`[verify]` needs `listen` at a hub: where the proxy reaches the page")?;
    let listener = std::net::TcpListener::bind(listen).with_context(|| {
        format!("{listen} cannot be used: change `listen` in `[verify]`, or stop what is there")
    })?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let guard = HostGuard::new([config.host().to_owned(), address.to_string()]);
    let receipts = Arc::new(HubReceipts(Arc::clone(node)));
    let router = vereda_web::verify::router(receipts, &config.proxies, guard);
    let listener = TcpListener::from_std(listener)?;
    tracing::info!(%address, "receipts can be verified");
    Ok(VerifyHandle {
        address,
        task: tokio::spawn(accept(listener, router)).abort_handle(),
    })
}

async fn accept(listener: TcpListener, router: Router) {
    let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // Dropped with this task: no connection outlives the listener.
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(permit) = free.clone().acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, from)) => {
                let router = router.clone();
                connections.spawn(async move {
                    let served = timeout(LONGEST, serve(stream, from, router)).await;
                    if let Ok(Err(error)) = served {
                        tracing::debug!(error = format!("{error:#}"), "a connection ended");
                    }
                    drop(permit);
                });
            }
            Err(error) => {
                // Out of file handles, mostly: others must end first.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, from: SocketAddr, router: Router) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let router = TowerToHyperService::new(router);
    let with_source = service_fn(move |mut request: hyper::Request<_>| {
        request.extensions_mut().insert(ConnectInfo(from));
        router.call(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), with_source)
        .await?;
    Ok(())
}
