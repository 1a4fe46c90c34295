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
use tokio::task::AbortHandle;
use vereda_web::HostGuard;

use super::HubReceipts;
use crate::accept::{accept, within};
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
    let serve = move |stream, from| within(LONGEST, serve(stream, from, router.clone()));
    let task = tokio::spawn(accept(listener, MAX_CONNECTIONS, serve)).abort_handle();
    Ok(VerifyHandle { address, task })
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
