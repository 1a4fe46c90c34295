//! The hub's door: takes connections, agrees on keys, hands requests on.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::routing::{get, head, post, put};
use axum::{Extension, Router};
use hyper::server::conn::http2;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::bell;
use super::cutting::{self, Watching};
use super::enrolled::AllowList;
use super::hub::{self, Hub, Peer};
use super::seal::Seal;
use super::{
    EXCHANGE, HANDSHAKE, PING_EVERY, PING_TIMEOUT, Task, archives, audit, blobs, bundles,
    catalogue, condition, deriving, enrolling, errands, losses, orders, people, tls, updates,
};
use crate::config::Sync;
use crate::enrolment::Office;
use crate::node::Node;

/// Most connections at once.
const MAX_CONNECTIONS: usize = 1_024;
/// Most requests at once in one connection: an exchange, photographs both ways, and some that end.
const MAX_STREAMS: u32 = 8;
/// Most bytes of headers.
const MAX_HEADER_BYTES: u32 = 8 << 10;

/// A running listener; ends when it is dropped.
#[derive(Debug)]
pub struct ListenerHandle {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where machines enrol, if they do here.
    pub enrolment: Option<SocketAddr>,
    _tasks: Vec<Task>,
}

/// Starts the hub's listener and what derives the records that arrive.
///
/// # Errors
/// When a certificate does not serve or the address is taken.
pub fn start_listener(node: Arc<Node>, config: &Sync) -> anyhow::Result<ListenerHandle> {
    let tls = tls::server(&config.certificate, &config.key, &config.authority)?;
    // The epoch must be there before the first change is published.
    node.epoch()?;
    let listener = std::net::TcpListener::bind(config.listen)
        .with_context(|| format!("listening at {}", config.listen))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let listener = TcpListener::from_std(listener)?;
    let office = Office::of(&node)?.map(Arc::new);
    let hub = Arc::new(Hub::new(
        node.clone(),
        AllowList(config.enrolled.clone(), node.clone()),
        (Seal::load(&config.key)?, office.clone()),
    ));
    let router = Router::new()
        .route(EXCHANGE, post(hub::exchange))
        .route(
            "/v1/blobs/{id}",
            head(blobs::held).get(blobs::get).put(blobs::put),
        )
        .route("/v1/bundles/{id}", get(bundles::held).put(bundles::put))
        .route("/v1/receipts/{id}", get(bundles::receipt))
        .route("/v1/archives/{id}", get(archives::word))
        .route(bell::PATH, post(bell::wait))
        .route(condition::PATH, put(condition::told))
        .route(enrolling::RENEW, post(enrolling::renew))
        .route(errands::AT_HUB, post(errands::at_hub))
        .route(orders::ORDERS, get(orders::next))
        .route(orders::WORDS, put(orders::said))
        .route("/v1/catalogue", get(catalogue::published))
        .route("/v1/people", get(people::published))
        .route(audit::SEEN, get(audit::show).post(audit::witness))
        .route(audit::HANDED, get(audit::held).put(audit::take))
        .route("/v1/people/said", post(people::said))
        .route("/v1/update", get(updates::newest))
        .route("/v1/update/{version}", get(updates::program))
        .layer(Extension(Arc::new(config.clone())))
        .with_state(hub.clone());
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let (accepted, watching) = cutting::watch(AllowList(config.enrolled.clone(), node.clone()));
    tracing::info!(%address, "spots can connect");
    let door = office.zip(node.config.enrolment.as_ref());
    let door = door.map(|(office, it)| enrolling::start(&hub, office, (config, it)));
    let (enrolment, door) = door.transpose()?.unzip();
    let tasks = [
        Task::spawn(accept(
            listener,
            acceptor,
            (router, Some(accepted)),
            MAX_CONNECTIONS,
        )),
        watching,
        bell::watch_feeds(hub),
        Task::spawn(deriving::derive(node, config.clone())),
    ];
    Ok(ListenerHandle {
        address,
        enrolment,
        _tasks: tasks.into_iter().chain(door).collect(),
    })
}

/// Takes connections, at most so many at once; those of whom is accepted no longer are cut, where that is watched.
pub(super) async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    (router, accepted): (Router, Option<Watching>),
    most: usize,
) {
    let serve = move |stream, _| serve(stream, acceptor.clone(), router.clone(), accepted.clone());
    crate::accept::accept(listener, most, serve).await;
}

async fn serve(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    router: Router,
    accepted: Option<Watching>,
) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    losses::bear(&stream);
    // On the heap, as all of this is: what agreeing takes must not stay for the connection's life,
    // nor the connection move through every future that it is handed to.
    let agreed = Box::pin(acceptor.accept(stream).into_fallible());
    let stream = match timeout(HANDSHAKE, agreed).await? {
        Ok(mut stream) => {
            stream.get_mut().1.set_buffer_limit(Some(losses::WAITING));
            Box::new(stream)
        }
        Err((error, stream)) => {
            Box::pin(linger(stream)).await;
            return Err(error.into());
        }
    };
    let certificate = stream
        .get_ref()
        .1
        .peer_certificates()
        .and_then(<[_]>::first)
        .context("no certificate")?;
    let peer = Peer {
        fingerprint: tls::fingerprint(certificate).into(),
        certificate: certificate.to_vec().into(),
    };
    let fingerprint = peer.fingerprint.clone();
    let router = TowerToHyperService::new(router);
    let served = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_TIMEOUT)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_BYTES)
        .serve_connection(
            TokioIo::new(stream),
            service_fn(move |mut request| {
                request.extensions_mut().insert(peer.clone());
                router.call(request)
            }),
        );
    let Some(accepted) = accepted else {
        return Ok(served.await?);
    };
    tokio::select! {
        ended = served => Ok(ended?),
        () = cutting::revoked(accepted, &fingerprint) => {
            tracing::warn!(certificate = %fingerprint, "a connection of a node that is accepted no longer is cut");
            Ok(())
        }
    }
}

/// Lets the alert arrive that says why: closing with unread bytes would reset
/// the connection and take it back.
async fn linger(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let mut rest = [0; 4096];
    let mut left: usize = 64 << 10;
    let _ = timeout(std::time::Duration::from_secs(1), async {
        while let Ok(n @ 1..) = stream.read(&mut rest).await {
            left = left.saturating_sub(n);
            if left == 0 {
                return;
            }
        }
    })
    .await;
}
