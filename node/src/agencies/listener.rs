//! The door for agencies: takes connections, agrees on keys where there is a certificate, hands requests on. Whoever it is,
//! what they may take of this machine is bounded.

use std::time::Duration;

use axum::Router;
use hyper::rt::{Read, Write};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::accept::within;

/// Most connections at once.
const MAX_CONNECTIONS: usize = 128;
/// Most requests at once in one connection.
const MAX_STREAMS: u32 = 16;
/// Most bytes of headers.
const MAX_HEADER_BYTES: usize = 16 << 10;
/// Longest that agreeing on keys may take, and the headers of a request.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest life of a connection: one that says nothing holds its place no longer.
const LONGEST: Duration = Duration::from_secs(600);

/// Takes connections.
pub(super) async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>, router: Router) {
    let serve = move |stream, _| within(LONGEST, agree(stream, acceptor.clone(), router.clone()));
    crate::accept::accept(listener, MAX_CONNECTIONS, serve).await;
}

async fn agree(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    router: Router,
) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    match acceptor {
        Some(acceptor) => {
            let stream = timeout(PATIENCE, acceptor.accept(stream)).await??;
            serve(TokioIo::new(stream), router).await
        }
        None => serve(TokioIo::new(stream), router).await,
    }
}

async fn serve(
    stream: impl Read + Write + Unpin + Send + 'static,
    router: Router,
) -> anyhow::Result<()> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(MAX_HEADER_BYTES);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PATIENCE)
        .keep_alive_timeout(PATIENCE)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(MAX_HEADER_BYTES).unwrap_or(u32::MAX));
    let served = server.serve_connection(stream, TowerToHyperService::new(router));
    served.await.map_err(|error| anyhow::anyhow!("{error}"))
}
