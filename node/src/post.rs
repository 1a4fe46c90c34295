//! One HTTP request to an address that the configuration names: an agency's webhook, a gateway of text messages.

use std::sync::Arc;

use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;

use crate::agencies::Target;

/// What drives a connection ends with whoever asks.
struct Driver(AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends a request and gives the status of its answer with at most so many bytes of what it says; more is an error. With
/// none nothing of it is read. How long it may take is the caller's to say.
///
/// # Errors
/// When nobody answers, or not in HTTP.
pub(crate) async fn post(
    target: &Target,
    tls: Option<&Arc<ClientConfig>>,
    request: Request<Full<Bytes>>,
    most: usize,
) -> anyhow::Result<(StatusCode, Bytes)> {
    let stream = TcpStream::connect((target.host.as_str(), target.port)).await?;
    stream.set_nodelay(true)?;
    match tls {
        Some(tls) => {
            let name = ServerName::try_from(target.host.clone())?;
            let connector = TlsConnector::from(Arc::clone(tls));
            let stream = connector.connect(name, stream).await?;
            exchange(TokioIo::new(stream), request, most).await
        }
        None => exchange(TokioIo::new(stream), request, most).await,
    }
}

async fn exchange(
    stream: impl Read + Write + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
    most: usize,
) -> anyhow::Result<(StatusCode, Bytes)> {
    let (mut requests, connection) = http1::handshake(stream).await?;
    let _driver = Driver(tokio::spawn(connection).abort_handle());
    let answer = requests.send_request(request).await.context("it hung up")?;
    let status = answer.status();
    if most == 0 {
        return Ok((status, Bytes::new()));
    }
    let body = Limited::new(answer.into_body(), most).collect().await;
    let body = body.map_err(|error| anyhow::anyhow!("its answer cannot be read: {error}"))?;
    Ok((status, body.to_bytes()))
}
