//! The hub's door for machines that have no certificate that holds, with the addresses of EST (RFC 7030), over TLS that asks
//! for a certificate and does without.
//!
//! ```text
//! GET  /.well-known/est/cacerts          the authority's certificate (PKCS#7, Base64)
//! POST /.well-known/est/simpleenroll     a request (PKCS#10, Base64), `authorization: Basic` with the first two groups of a code
//!                                        as name and password: 200 the certificate; 401 no such code; 403 used, late
//! POST /.well-known/est/simplereenroll   the same with a certificate that has ended: 202 until somebody agrees, 200, 403
//! GET  /v1/settings                      with a certificate that was enrolled by a code: who the node is, and where its hub is
//! ```
//! Over the spots' own door (`[sync]`) `simplereenroll` answers at once: there only certificates come in that hold.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, body::Body};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::service::{Service as _, service_fn};
use hyper::{HeaderMap, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;

use super::blobs::Refused;
use super::enrolled::Standing;
use super::hub::{Hub, Peer};
use super::{HANDSHAKE, IDLE, Task, blocking, tls};
use crate::accept::within;
use crate::authority::issue::{MAX_REQUEST_BYTES, holds};
use crate::config::{Enrolment, Sync};
use crate::enrolment::{Answer, Office, pkcs7};

mod verifier;

pub(super) use verifier::{Ended, Pinned};

/// Where a certificate is asked for with a code.
pub(super) const ENROL: &str = "/.well-known/est/simpleenroll";
/// Where one is renewed.
pub(super) const RENEW: &str = "/.well-known/est/simplereenroll";
/// The authority's certificate.
const AUTHORITY: &str = "/.well-known/est/cacerts";
/// Who the node is.
pub(super) const SETTINGS: &str = "/v1/settings";
/// When all of a node was last proven to be at the hub, as it says, milliseconds since 1970.
pub(super) const PROVEN: &str = "vereda-proven";

/// Most connections at once.
const MAX_CONNECTIONS: usize = 64;
/// Longest life of a connection.
const LONGEST: Duration = Duration::from_secs(60);
/// So many wrong codes of one address in so long a time; then nothing of it is looked at for a while.
const MAX_WRONG: u32 = 10;
const WRONG_WITHIN: Duration = Duration::from_secs(600);
/// Most addresses that are remembered.
const MAX_ADDRESSES: usize = 4_096;
/// When a node asks again whether somebody agreed, in seconds.
const ASK_AGAIN: &str = "30";

/// What the door has.
#[derive(Debug)]
struct Door {
    hub: Arc<Hub>,
    office: Arc<Office>,
    wrong: Mutex<HashMap<IpAddr, (u32, Instant)>>,
}

/// Who is at the other end.
#[derive(Debug, Clone)]
struct From {
    address: IpAddr,
    peer: Option<Peer>,
}

impl Door {
    /// In how many seconds that address may show another code; 0: now.
    fn pause(&self, address: IpAddr) -> u64 {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let left = wrong
            .get(&address)
            .filter(|(n, _)| *n >= MAX_WRONG)
            .map(|(_, since)| WRONG_WITHIN.saturating_sub(since.elapsed()));
        left.map_or(0, |left| left.as_secs())
    }

    fn was_wrong(&self, address: IpAddr) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.retain(|_, (_, since)| since.elapsed() < WRONG_WITHIN);
        if wrong.len() < MAX_ADDRESSES || wrong.contains_key(&address) {
            wrong.entry(address).or_insert((0, Instant::now())).0 += 1;
        }
    }
}

/// Opens the door; ends with its task.
pub(super) fn start(
    hub: &Arc<Hub>,
    office: Arc<Office>,
    (sync, config): (&Sync, &Enrolment),
) -> anyhow::Result<(SocketAddr, Task)> {
    let tls = tls::for_machines(&sync.certificate, &sync.key, &sync.authority)?;
    let listener = std::net::TcpListener::bind(config.listen)
        .with_context(|| format!("listening at {} for machines that enrol", config.listen))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let listener = TcpListener::from_std(listener)?;
    let door = Arc::new(Door {
        hub: Arc::clone(hub),
        office,
        wrong: Mutex::default(),
    });
    let router = Router::new()
        .route(AUTHORITY, get(authority))
        .route(ENROL, post(enrol))
        .route(RENEW, post(renew_late))
        .route(SETTINGS, get(settings))
        .with_state(door);
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let serve = move |stream, from: SocketAddr| {
        within(
            LONGEST,
            serve(stream, from.ip(), acceptor.clone(), router.clone()),
        )
    };
    tracing::info!(%address, "machines can enrol");
    let accept = async move { crate::accept::accept(listener, MAX_CONNECTIONS, serve).await };
    Ok((address, Task::spawn(accept)))
}

async fn serve(
    stream: TcpStream,
    address: IpAddr,
    acceptor: TlsAcceptor,
    router: Router,
) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let stream = timeout(HANDSHAKE, acceptor.accept(stream)).await??;
    let certificate = stream.get_ref().1.peer_certificates();
    let peer = certificate.and_then(<[_]>::first).map(|shown| Peer {
        fingerprint: tls::fingerprint(shown).into(),
        certificate: shown.to_vec().into(),
    });
    let from = From { address, peer };
    let router = TowerToHyperService::new(router);
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HANDSHAKE)
        .max_buf_size(16 << 10);
    server
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(4)
        .max_header_list_size(8 << 10);
    let served = server.serve_connection(
        TokioIo::new(stream),
        service_fn(move |mut request: hyper::Request<_>| {
            request.extensions_mut().insert(from.clone());
            router.call(request)
        }),
    );
    served.await.map_err(|error| anyhow::anyhow!("{error}"))
}

async fn authority(State(door): State<Arc<Door>>) -> Response {
    certificates(&[door.office.issuing().authority_der()])
}

fn certificates(all: &[&[u8]]) -> Response {
    let headers = [
        (CONTENT_TYPE.as_str(), "application/pkcs7-mime"),
        ("content-transfer-encoding", "base64"),
    ];
    (headers, pkcs7::carry(all)).into_response()
}

fn said(answer: Answer) -> Response {
    match answer {
        Answer::Given(certificate) => certificates(&[&certificate]),
        Answer::Waits => (StatusCode::ACCEPTED, [(RETRY_AFTER, ASK_AGAIN)]).into_response(),
        Answer::Wrong => (
            StatusCode::UNAUTHORIZED,
            [(WWW_AUTHENTICATE, "Basic realm=\"vereda\"")],
            "there is no such code: look at it again, or ask an administrator for another\n",
        )
            .into_response(),
        Answer::Refused(why) => (StatusCode::FORBIDDEN, format!("{why}\n")).into_response(),
        Answer::Malformed(why) => (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response(),
    }
}

/// The request for a certificate that a body holds, DER.
async fn request_in(body: Body) -> Result<Vec<u8>, Refused> {
    let collected = timeout(IDLE, Limited::new(body, 2 * MAX_REQUEST_BYTES).collect()).await;
    let body = collected
        .map_err(|_| Refused::Status(StatusCode::REQUEST_TIMEOUT))?
        .map_err(|_| Refused::Status(StatusCode::PAYLOAD_TOO_LARGE))?
        .to_bytes();
    let text: Vec<u8> = body
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    STANDARD
        .decode(text)
        .map_err(|_| Refused::Status(StatusCode::BAD_REQUEST))
}

/// Name and password of `authorization: Basic`.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let shown = STANDARD.decode(value.strip_prefix("Basic ")?.trim()).ok()?;
    let shown = String::from_utf8(shown).ok().filter(|s| s.len() <= 64)?;
    let (name, password) = shown.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

async fn enrol(
    State(door): State<Arc<Door>>,
    Extension(from): Extension<From>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let pause = door.pause(from.address);
    if pause > 0 {
        let again = [(RETRY_AFTER, pause.to_string())];
        return Ok((StatusCode::TOO_MANY_REQUESTS, again).into_response());
    }
    let Some((handle, secret)) = basic(&headers) else {
        return Ok(said(Answer::Wrong));
    };
    let request = request_in(body).await?;
    let office = Arc::clone(&door.office);
    let answer = blocking(move || office.enrol((&handle, &secret), &request)).await?;
    if answer == Answer::Wrong {
        door.was_wrong(from.address);
    }
    Ok(said(answer))
}

/// How whoever shows that certificate stands.
async fn standing(hub: &Hub, peer: Option<&Peer>) -> Result<crate::authority::Enrolled, Refused> {
    let peer = peer.ok_or(Refused::Status(StatusCode::UNAUTHORIZED))?;
    match hub.enrolled.standing(&peer.fingerprint).await {
        Some(Standing::Enrolled(spot)) => Ok(spot),
        _ => Err(Refused::Status(StatusCode::FORBIDDEN)),
    }
}

async fn renew_late(
    State(door): State<Arc<Door>>,
    Extension(from): Extension<From>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let spot = standing(&door.hub, from.peer.as_ref()).await?;
    let peer = from.peer.ok_or(Refused::Status(StatusCode::UNAUTHORIZED))?;
    let request = request_in(body).await?;
    let heard = headers
        .get(PROVEN)
        .and_then(|ms| ms.to_str().ok()?.parse().ok());
    let office = Arc::clone(&door.office);
    let node = Arc::clone(&door.hub.node);
    let answer = blocking(move || {
        let (_, ended_ms) = holds(&peer.certificate)?;
        match ended_ms < i64::try_from(node.wall_ms())? {
            true => office.renew_late(&spot, &request, (ended_ms, heard)),
            // It ended by the node's own clock alone.
            false => office.renew(&spot, &request),
        }
    });
    Ok(said(answer.await?))
}

async fn settings(
    State(door): State<Arc<Door>>,
    Extension(from): Extension<From>,
) -> Result<Response, Refused> {
    let spot = standing(&door.hub, from.peer.as_ref()).await?;
    let office = Arc::clone(&door.office);
    let welcome = blocking(move || {
        let welcome = office.welcome(&spot)?;
        Ok(welcome
            .map(|welcome| toml::to_string(&welcome))
            .transpose()?)
    });
    let welcome = welcome.await?;
    let welcome = welcome.ok_or(Refused::Status(StatusCode::NOT_FOUND))?;
    Ok(welcome.into_response())
}

/// `POST` at the spots' own door: under a certificate that holds.
pub(super) async fn renew(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Result<Response, Refused> {
    let spot = standing(&hub, Some(&peer)).await?;
    let office = hub.office.clone();
    let office = office.ok_or(Refused::Status(StatusCode::NOT_FOUND))?;
    let request = request_in(body).await?;
    let answer = blocking(move || office.renew(&spot, &request)).await?;
    Ok(said(answer))
}
