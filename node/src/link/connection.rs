//! A connection to the hub, or to another spot.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::Body;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::fault::{self, Fault};
use super::seal::Seal;
use super::{HANDSHAKE, PING_EVERY, PING_TIMEOUT, Task, losses, tls};
use crate::config::Hub;

/// Bytes of the body that HTTP/2 may have under way in one stream. More only
/// waits in buffers on a slow line, and is lost with it.
const WINDOW_BYTES: u32 = 256 << 10;

/// An open connection; closed when it is dropped.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) requests: SendRequest<Body>,
    /// The other's certificate, DER.
    pub(super) certificate: Arc<[u8]>,
    /// Our own seal, under the certificate that the hub knows us by here.
    pub(super) seal: Seal,
    fault: Seen,
    _line: Task,
    _driver: Task,
}

/// What TLS said when it broke: HTTP keeps only the text of it.
type Seen = Arc<Mutex<Option<rustls::Error>>>;

impl Connection {
    /// Connects.
    pub(super) async fn open(hub: &Hub) -> Result<Self, Fault> {
        match tokio::time::timeout(HANDSHAKE, connect(hub)).await {
            Ok(connected) => connected,
            Err(_) => Err(Fault::Down("the hub does not answer".into())),
        }
    }

    /// Whether it is over.
    pub(super) fn is_closed(&self) -> bool {
        self.requests.is_closed()
    }

    /// Why it broke, if TLS knows better than HTTP.
    pub(super) fn explain(&self, fault: Fault) -> Fault {
        explain(&self.fault, fault)
    }
}

fn explain(seen: &Seen, fault: Fault) -> Fault {
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    match (fault, seen.as_ref().and_then(fault::of_tls)) {
        (Fault::Down(_), Some(told)) => told,
        (fault, _) => fault,
    }
}

/// Connects to another spot, which may be any that the hub's authority enrolled.
pub(super) async fn to_spot(hub: &Hub, address: &str) -> Result<Connection, Fault> {
    let connected = async {
        let (config, seal) = prepare(hub, tls::towards_spot).await?;
        // Nobody looks at the name: the certificate says who it is.
        let name = ServerName::from(std::net::Ipv4Addr::LOCALHOST);
        open(address, name, config, seal).await
    };
    match tokio::time::timeout(HANDSHAKE, connected).await {
        Ok(connected) => connected,
        Err(_) => Err(Fault::Down("the spot does not answer".into())),
    }
}

async fn connect(hub: &Hub) -> Result<Connection, Fault> {
    let (config, seal) = prepare(hub, tls::client).await?;
    open(&hub.address, server_name(hub)?, config, seal).await
}

/// Reads this node's certificate and key.
async fn prepare(
    hub: &Hub,
    configure: fn(&Path, &Path, &Path) -> anyhow::Result<ClientConfig>,
) -> Result<(ClientConfig, Seal), Fault> {
    let (certificate, key, authority) = (
        hub.certificate.clone(),
        hub.key.clone(),
        hub.authority.clone(),
    );
    let own = super::blocking(move || {
        let config = configure(&certificate, &key, &authority)?;
        Ok((config, Seal::load(&key)?))
    });
    own.await.map_err(|e| {
        Fault::Refused(format!(
            "Os ficheiros da inscrição deste posto não servem: {e:#}. Volte a inscrever este posto."
        ))
    })
}

async fn open(
    address: &str,
    name: ServerName<'static>,
    config: ClientConfig,
    seal: Seal,
) -> Result<Connection, Fault> {
    let down = |e: io::Error| Fault::Down(e.to_string());
    let stream = TcpStream::connect(address).await.map_err(down)?;
    stream.set_nodelay(true).map_err(down)?;
    let line = losses::watch(&stream).map_err(down)?;
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .map_err(|e| match tls_error(&e).and_then(fault::of_tls) {
            Some(told) => told,
            None => down(e),
        })?;
    stream.get_mut().1.set_buffer_limit(Some(losses::WAITING));
    let certificate = stream.get_ref().1.peer_certificates();
    let certificate = certificate.and_then(<[_]>::first);
    let certificate = certificate.map_or_else(Default::default, |c| Arc::from(c.as_ref()));
    let fault = Seen::default();
    let watched = Watched {
        stream,
        seen: fault.clone(),
    };
    let (requests, driver) = Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_TIMEOUT)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(WINDOW_BYTES)
        .max_send_buf_size(2 * losses::WAITING)
        .handshake(TokioIo::new(watched))
        .await
        .map_err(|e| explain(&fault, Fault::Down(e.to_string())))?;
    Ok(Connection {
        requests,
        certificate,
        seal,
        fault,
        _line: line,
        _driver: Task::spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(%error, "the connection to the hub ended");
            }
        }),
    })
}

/// The name that the hub's certificate must have.
pub(super) fn server_name(hub: &Hub) -> Result<ServerName<'static>, Fault> {
    let host = hub.address.rsplit_once(':').map_or("", |(host, _)| host);
    let name = hub.name.as_deref().unwrap_or(host);
    ServerName::try_from(name.trim_matches(['[', ']']).to_owned()).map_err(|_| {
        Fault::Refused(format!(
            "`{}` não é o endereço de uma central: corrija a configuração (nome:porto).",
            hub.address
        ))
    })
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// A stream that remembers what TLS said when it broke.
#[derive(Debug)]
struct Watched<S> {
    stream: S,
    seen: Seen,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        if let Some(error) = read.as_ref().err().and_then(tls_error) {
            *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        }
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
