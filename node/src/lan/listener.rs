//! The door on the spot's own network: takes connections, agrees on keys, hands requests on. Whoever it is, what
//! they may take of this machine is bounded, also before they have joined.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use vereda_web::HostGuard;
use vereda_web::desk::port::Event;

use super::authority::{Authority, own_addresses};
use super::{Served, local_name};
use crate::config::Lan;
use crate::node::Node;

/// Most connections at once: ten desks, ten screens, each with a few.
const MAX_CONNECTIONS: usize = 256;
/// And of one address, so that one machine keeps no other out.
const MAX_OF_ONE: usize = 48;
/// Most requests at once in one connection.
const MAX_STREAMS: u32 = 64;
/// Most bytes of headers.
const MAX_HEADER_BYTES: u32 = 16 << 10;
/// Longest that agreeing on keys may take, and the headers of a request.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two questions whether the other side is still there, and the longest for the answer; whoever does not
/// even acknowledge what was sent is gone by then as well.
const PING_EVERY: Duration = Duration::from_secs(5);
const GONE_AFTER: Duration = Duration::from_secs(12);
/// Between two looks at the addresses of this machine and the age of its certificate.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Between two looks at which desks are heard of.
const HEAR_EVERY: Duration = Duration::from_secs(2);

/// A running listener; ends when it is dropped.
#[derive(Debug)]
pub struct LanHandle {
    /// Where it listens.
    pub address: SocketAddr,
    tasks: [AbortHandle; 3],
}

impl Drop for LanHandle {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// Serves `router` to the spot's own network.
///
/// # Errors
/// When the address is taken, or no certificate can be made.
pub fn start(
    node: &Arc<Node>,
    config: &Lan,
    router: impl FnOnce(HostGuard) -> Router,
) -> anyhow::Result<LanHandle> {
    let listener = std::net::TcpListener::bind(config.listen).with_context(|| {
        let address = config.listen;
        format!("{address} cannot be used: change `listen` in `[lan]`, or stop what is there")
    })?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let authority = Authority::of(&node.store, &node.config.node.id)?;
    let guard = HostGuard::new(Vec::<String>::new())
        .over_tls()
        .marked(&address.port().to_string());
    let shown = Arc::new(Shown::default());
    let mut standing = Standing {
        node: Arc::clone(node),
        config: config.clone(),
        port: address.port(),
        authority,
        guard: guard.clone(),
        shown: Arc::clone(&shown),
        addresses: vec![],
    };
    standing.look()?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(shown);
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let listener = TcpListener::from_std(listener)?;
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    tracing::info!(%address, "desks can join");
    Ok(LanHandle {
        address,
        tasks: [
            tokio::spawn(accept(listener, acceptor, router(guard))).abort_handle(),
            tokio::spawn(standing.keep_looking()).abort_handle(),
            tokio::spawn(hear(Arc::clone(node))).abort_handle(),
        ],
    })
}

/// The certificate that is shown now.
#[derive(Debug, Default)]
struct Shown(RwLock<Option<Arc<CertifiedKey>>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// What is to be so while the addresses of the machine change and time goes by.
struct Standing {
    node: Arc<Node>,
    config: Lan,
    port: u16,
    authority: Authority,
    guard: HostGuard,
    shown: Arc<Shown>,
    addresses: Vec<IpAddr>,
}

impl Standing {
    fn look(&mut self) -> anyhow::Result<()> {
        let addresses = match self.config.addresses.is_empty() {
            true => own_addresses(self.config.listen.ip()),
            false => self.config.addresses.clone(),
        };
        let name = local_name(&self.node.config.node.id);
        let names: Vec<String> = std::iter::once(name)
            .chain(addresses.iter().map(ToString::to_string))
            .collect();
        let store = &self.node.store;
        let certified = self
            .authority
            .certified(store, &names, self.node.now_ms())?;
        *self.shown.0.write().unwrap_or_else(PoisonError::into_inner) = Some(certified);
        if addresses != self.addresses {
            let port = self.port;
            let hosts = addresses
                .iter()
                .map(|ip| SocketAddr::new(*ip, port).to_string());
            self.guard
                .serve_as(hosts.chain([format!("{}:{port}", names[0])]));
            self.node.doors.serve(Served {
                port,
                addresses: addresses.clone(),
                fingerprint: self.authority.fingerprint(),
                certificate: self.authority.certificate.as_ref().into(),
            });
            self.addresses = addresses;
            self.node.tell(Event::Messages);
        }
        Ok(())
    }

    async fn keep_looking(mut self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let looked = tokio::task::spawn_blocking(move || {
                let looked = self.look();
                (self, looked)
            });
            let Ok((back, looked)) = looked.await else {
                return;
            };
            self = back;
            if let Err(error) = looked {
                let error = format!("{error:#}");
                tracing::warn!(
                    error,
                    "the certificate of the spot's network is not renewed"
                );
            }
        }
    }
}

/// Tells the desks when one of them is no longer heard of, or is again.
async fn hear(node: Arc<Node>) {
    let mut silent = Vec::new();
    loop {
        tokio::time::sleep(HEAR_EVERY).await;
        let look = Arc::clone(&node);
        let now = tokio::task::spawn_blocking(move || {
            let joined = crate::store::desks::all(&look.store.read()).unwrap_or_default();
            let ids = joined.into_iter().map(|it| it.id).chain([String::new()]);
            ids.filter(|id| look.doors.silence(id).is_some())
                .collect::<Vec<_>>()
        });
        let now = now.await.unwrap_or_default();
        if now != silent {
            silent = now;
            node.tell(Event::Messages);
        }
    }
}

/// So many connections of each address.
#[derive(Debug, Default)]
struct Sources(Mutex<HashMap<IpAddr, usize>>);

/// A place for one of them, given back when it ends.
struct Place(Arc<Sources>, IpAddr);

impl Sources {
    fn place(self: &Arc<Self>, from: IpAddr) -> Option<Place> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_it = all.entry(from).or_default();
        if *of_it >= MAX_OF_ONE {
            return None;
        }
        *of_it += 1;
        Some(Place(Arc::clone(self), from))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_it) = all.get_mut(&self.1) {
            *of_it -= 1;
            if *of_it == 0 {
                all.remove(&self.1);
            }
        }
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, router: Router) {
    let sources = Arc::new(Sources::default());
    let serve = move |stream, from: SocketAddr| {
        let place = sources.place(from.ip());
        let (acceptor, router) = (acceptor.clone(), router.clone());
        async move {
            match place {
                // Held until it ends.
                Some(_place) => serve(stream, acceptor, router).await,
                None => Ok(()),
            }
        }
    };
    crate::accept::accept(listener, MAX_CONNECTIONS, serve).await;
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, router: Router) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    socket2::SockRef::from(&stream).set_tcp_user_timeout(Some(GONE_AFTER))?;
    let stream = Box::new(timeout(PATIENCE, acceptor.accept(stream)).await??);
    let is_2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let (stream, service) = (TokioIo::new(stream), TowerToHyperService::new(router));
    if is_2 {
        http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(GONE_AFTER)
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(MAX_HEADER_BYTES)
            .serve_connection(stream, service)
            .await?;
    } else {
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .max_buf_size(MAX_HEADER_BYTES as usize)
            .serve_connection(stream, service)
            .await?;
    }
    Ok(())
}
