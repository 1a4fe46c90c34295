//! A short visit at the hub's door for machines that have no certificate that holds: connect, ask once or twice, leave.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http2::{self, SendRequest};
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::{HANDSHAKE, IDLE, Task};
use crate::enrolment::pkcs7;

/// A visit; over when it is dropped.
#[derive(Debug)]
pub(crate) struct Visit {
    requests: SendRequest<Body>,
    /// The certificate behind the hub's own, if it shows one: its authority's, DER.
    pub(crate) authority: Option<Vec<u8>>,
    _driver: Task,
}

/// What went wrong on a visit.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// TLS says what.
    #[error("{0}")]
    Tls(rustls::Error),
    /// The line, or nobody is there.
    #[error("{0}")]
    Line(String),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        let tls = error.get_ref().and_then(|e| e.downcast_ref());
        tls.map_or_else(
            || Self::Line(error.to_string()),
            |tls: &rustls::Error| Self::Tls(tls.clone()),
        )
    }
}

fn line(error: impl std::fmt::Display) -> Failed {
    Failed::Line(error.to_string())
}

/// What the hub said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    pub(crate) headers: HeaderMap,
}

impl Said {
    /// What it says in words, for whoever sees why not.
    pub(crate) fn words(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let text: String = text.chars().filter(|c| !c.is_control()).take(300).collect();
        match text.trim() {
            "" => self.status.to_string(),
            words => words.to_owned(),
        }
    }
}

impl Visit {
    /// Goes there.
    pub(crate) async fn to(
        address: &str,
        name: ServerName<'static>,
        config: ClientConfig,
    ) -> Result<Self, Failed> {
        let connected = async {
            let stream = TcpStream::connect(address).await?;
            let stream = TlsConnector::from(Arc::new(config))
                .connect(name, stream)
                .await?;
            let shown = stream.get_ref().1.peer_certificates().unwrap_or_default();
            let authority = shown.get(1).map(|authority| authority.to_vec());
            let (requests, driver) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
                .await
                .map_err(line)?;
            Ok(Self {
                requests,
                authority,
                _driver: Task::spawn(async move {
                    if let Err(error) = driver.await {
                        tracing::debug!(%error, "a visit at the hub ended");
                    }
                }),
            })
        };
        timeout(HANDSHAKE, connected)
            .await
            .map_err(|_| Failed::Line("the hub does not answer".into()))?
    }

    /// Asks for a certificate with a request, DER, and such headers.
    pub(crate) async fn ask(
        &mut self,
        path: &str,
        request: &[u8],
        headers: &[(&'static str, String)],
    ) -> Result<Said, Failed> {
        let mut asked = Request::post(path).header("content-type", "application/pkcs10");
        for (name, value) in headers {
            asked = asked.header(*name, value);
        }
        self.send(
            asked
                .body(Body::from(STANDARD.encode(request)))
                .map_err(line)?,
        )
        .await
    }

    /// Fetches something.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Said, Failed> {
        self.send(Request::get(path).body(Body::empty()).map_err(line)?)
            .await
    }

    async fn send(&mut self, request: Request<Body>) -> Result<Said, Failed> {
        let answered = timeout(IDLE, self.requests.send_request(request)).await;
        let answer = answered.map_err(line)?.map_err(line)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = Limited::new(answer.into_body(), pkcs7::MAX_BYTES).collect();
        let body = timeout(IDLE, body).await.map_err(line)?.map_err(line)?;
        Ok(Said {
            status,
            body: body.to_bytes(),
            headers,
        })
    }
}
