//! A spot renews its certificate: by itself from two thirds of its time on, over the connection that it has; once it has
//! ended, at the hub's door for that, where somebody has to agree.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http2::SendRequest;
use hyper::{Request, StatusCode};
use rustls::pki_types::ServerName;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use vereda_sync::enrolment::spoken;
use vereda_sync::exchange::custody::Says;

use super::enrolling::{PROVEN, RENEW};
use super::fault::Fault;
use super::visit::{Failed, Visit};
use super::{IDLE, blocking, fault, tls};
use crate::authority::issue::holds;
use crate::clock;
use crate::config::Hub;
use crate::enrolment::device::Keys;
use crate::enrolment::pkcs7;
use crate::node::Node;
use crate::store::{custody, journal};

mod first;

pub use first::{First, enrol};

/// It is looked at so often.
const LOOK: Duration = Duration::from_secs(3_600);
/// After a try that failed.
const AGAIN: Duration = Duration::from_secs(600);

/// How a certificate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It holds for long.
    Good,
    /// It is time for another.
    Due,
    /// It ended, milliseconds since 1970.
    Ended(i64),
}

fn standing(node: &Node, hub: &Hub) -> anyhow::Result<Standing> {
    Keys::of(hub).settle()?;
    let (from, to) = holds(&tls::certificate(&hub.certificate)?)?;
    let now = i64::try_from(node.wall_ms()).unwrap_or(i64::MAX);
    Ok(match now {
        now if now >= to => Standing::Ended(to),
        now if now - from >= (to - from) / 3 * 2 => Standing::Due,
        _ => Standing::Good,
    })
}

/// For the life of a connection; `renewed` is told when there is another certificate to connect with.
pub(super) async fn run(
    node: Arc<Node>,
    mut requests: SendRequest<Body>,
    hub: Hub,
    renewed: Arc<Notify>,
) {
    loop {
        let (at, of) = (node.clone(), hub.clone());
        let pause = match blocking(move || standing(&at, &of)).await {
            Ok(Standing::Good) => LOOK,
            Ok(_) => match renew(&node, &mut requests, &hub, false).await {
                Ok(true) => {
                    renewed.notify_one();
                    return;
                }
                // A hub where nobody signs: somebody enrols this node anew.
                Ok(false) => LOOK,
                Err(error) => {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "this node's certificate could not be renewed yet"
                    );
                    AGAIN
                }
            },
            Err(error) => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "this node's certificate cannot be looked at"
                );
                LOOK
            }
        };
        sleep(pause).await;
    }
}

/// Asks for another certificate under the one that holds, for the same key or a new one. Gives whether the hub signs any.
pub(super) async fn renew(
    node: &Arc<Node>,
    requests: &mut SendRequest<Body>,
    hub: &Hub,
    new_key: bool,
) -> anyhow::Result<bool> {
    let of = hub.clone();
    let request = blocking(move || Keys::of(&of).request(new_key)).await?;
    let asked = Request::post(RENEW).body(Body::from(STANDARD.encode(request)))?;
    let answer = timeout(IDLE, requests.send_request(asked)).await??;
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => return Ok(false),
        other => bail!("the hub answers {other}"),
    }
    let body = Limited::new(answer.into_body(), pkcs7::MAX_BYTES).collect();
    let body = timeout(IDLE, body).await?;
    let body = body.map_err(|e| anyhow::anyhow!("{e}"))?.to_bytes();
    take(node.config.node.id.clone(), hub, body.to_vec()).await?;
    tracing::info!("this node has a newer certificate");
    Ok(true)
}

async fn take(id: String, hub: &Hub, body: Vec<u8>) -> anyhow::Result<()> {
    let of = hub.clone();
    blocking(move || {
        let all = pkcs7::carried(&body).context("what the hub sent is no certificate")?;
        let certificate = all.first().context("the hub sent no certificate")?;
        Keys::of(&of).take(certificate, &id)
    })
    .await
}

/// Before a connection: if the certificate has ended (or the hub said so), another is asked for, and nothing else is said
/// until it is here.
pub(super) async fn late(node: &Arc<Node>, hub: &Hub, hub_says: bool) -> Result<(), Fault> {
    let (at, of) = (node.clone(), hub.clone());
    // What is wrong with the files, who connects says.
    let stands = blocking(move || standing(&at, &of)).await.ok();
    let ended_ms = match stands {
        Some(Standing::Ended(at)) => Some(at),
        _ if hub_says => None,
        _ => return Ok(()),
    };
    let Some(address) = &hub.renewal else {
        return Err(Fault::Ended);
    };
    let (at, of) = (node.clone(), hub.clone());
    let (request, key, proven) = blocking(move || {
        let keys = Keys::of(&of);
        Ok((keys.request(false)?, keys.asked()?, proven(&at)?))
    })
    .await
    .map_err(Fault::Own)?;
    let visited = async {
        let of = hub.clone();
        let config = blocking(move || tls::client(&of.certificate, &of.key, &of.authority)).await;
        let config = config.map_err(|e| Failed::Line(format!("{e:#}")))?;
        let mut visit = Visit::to(address, name_of(hub, address), config).await?;
        let headers: Vec<(&str, String)> =
            proven.iter().map(|ms| (PROVEN, ms.to_string())).collect();
        visit.ask(RENEW, &request, &headers).await
    };
    let said = visited.await.map_err(|failed| match failed {
        Failed::Tls(error) => fault::of_tls(&error).unwrap_or(Fault::Down(error.to_string())),
        Failed::Line(error) => Fault::Down(error),
    })?;
    match said.status {
        StatusCode::OK => {
            let id = node.config.node.id.clone();
            let taken = take(id, hub, said.body.to_vec()).await;
            taken.map_err(|e| Fault::Down(format!("{e:#}")))
        }
        StatusCode::ACCEPTED => Err(Fault::Refused(waits(ended_ms, &key, proven))),
        StatusCode::FORBIDDEN => Err(Fault::Refused(
            "O certificado deste posto acabou e a central não dá outro: o posto foi retirado, ou um administrador não concordou. Fale com a central; o que está neste posto fica como está.".into(),
        )),
        StatusCode::NOT_FOUND => Err(Fault::Ended),
        other => Err(Fault::Down(format!("the hub answers {other}"))),
    }
}

/// What is said at the desk, with the two things by which an administrator knows that it is this machine.
fn waits(ended_ms: Option<i64>, key: &[u8; 32], proven: Option<i64>) -> String {
    let ended = ended_ms.map_or_else(String::new, |ms| format!(" em {}", shown(ms, "%d/%m/%Y")));
    let last = proven.map_or_else(|| "nunca".to_owned(), |ms| shown(ms, "%d/%m/%Y às %H:%M"));
    format!(
        "O certificado deste posto acabou{ended}. Já se pediu outro à central: espera que um administrador concorde. Se ele telefonar, leia-lhe isto: chave {}; última prova {last}. O trabalho continua e fica guardado aqui.",
        spoken(key)
    )
}

fn shown(ms: i64, form: &str) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(
        |_| "?".into(),
        |at| at.to_zoned(clock::zone()).strftime(form).to_string(),
    )
}

/// When the hub last gave its receipt for what is here, by its own clock, milliseconds since 1970.
fn proven(node: &Node) -> anyhow::Result<Option<i64>> {
    let db = node.store.read();
    let mut last = None;
    for own in journal::all(&db)?.into_iter().filter(|j| j.own) {
        if let Some((receipt, _)) = custody::of(&db, Says::Holds, own.id)? {
            last = last.max(i64::try_from(receipt.at_ms).ok());
        }
    }
    Ok(last)
}

/// The name that the hub's certificate must have.
fn name_of(hub: &Hub, address: &str) -> ServerName<'static> {
    let host = address.rsplit_once(':').map_or("", |(host, _)| host);
    let name = hub.name.as_deref().unwrap_or(host);
    let name = ServerName::try_from(name.trim_matches(['[', ']']).to_owned());
    // A name that is none fits no certificate.
    name.unwrap_or(ServerName::from(std::net::Ipv4Addr::UNSPECIFIED))
}

/// Whether a file is there; an empty one is none.
fn is_there(file: &std::path::Path) -> bool {
    std::fs::metadata(file).is_ok_and(|m| m.len() > 0)
}

/// What the hub says of a refusal, as an error.
fn refused(said: &super::visit::Said) -> anyhow::Result<()> {
    ensure!(said.status == StatusCode::OK, "the hub: {}", said.words());
    Ok(())
}
