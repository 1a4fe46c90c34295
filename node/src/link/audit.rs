//! The logs of accesses over the link. A spot sees the hub's log grow and puts its seal to it, so that the hub cannot take
//! back what it showed; and hands in its own.
//!
//! ```text
//! GET  /v1/audit?after=N      200 with the last checkpoint of the hub's log, unless it is the one over N lines: then 404
//! POST /v1/audit              the spot's seal under a checkpoint; 204
//! GET  /v1/accesses?log=L     200 with how far the spot's log L is at the hub
//! PUT  /v1/accesses           lines that come after that, under the spot's seal; 204, 409 when others follow, 422 with why
//! ```
//! Bodies are JSON, bytes in Base64.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::Context;
use axum::body::Body;
use axum::extract::{Extension, Query, State};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use hyper::{Request, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout};

use super::blobs::Refused;
use super::carry::Carrier;
use super::hub::{Hub, Peer};
use super::{IDLE, blocking};
use crate::audit::of_spots::{self, Handed, Held, Next, Taken};
use crate::audit::seen::{self, Countersigned, Shown};
use crate::config;
use crate::node::Node;

/// Where the hub's log is seen.
pub(super) const SEEN: &str = "/v1/audit";
/// Where spots hand in theirs.
pub(super) const HANDED: &str = "/v1/accesses";
/// Largest checkpoint with its proof, in bytes.
const MAX_SEEN_BYTES: usize = 64 << 10;
/// Pause before the hub's log is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(600);
/// Most messages with lines of one round.
const MOST_AT_ONCE: u32 = 50;

/// What a question says.
#[derive(Debug, Deserialize)]
pub(super) struct After {
    after: u64,
}

/// What a question says.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    log: String,
}

/// `GET /v1/audit`.
pub(super) async fn show(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Query(asked): Query<After>,
) -> Result<Response, Refused> {
    spot(&hub, &peer).await?;
    let shown = blocking(move || seen::show(&hub.node, asked.after)).await?;
    shown.map_or(Err(Refused::Status(StatusCode::NOT_FOUND)), |shown| {
        json(&shown)
    })
}

/// `POST /v1/audit`.
pub(super) async fn witness(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Result<StatusCode, Refused> {
    let spot = spot(&hub, &peer).await?;
    let said: Countersigned = received(body, MAX_SEEN_BYTES).await?;
    let is_one = blocking(move || seen::witness(&hub.node, (&spot, &peer.certificate), &said));
    match is_one.await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Refused::Status(StatusCode::UNPROCESSABLE_ENTITY)),
    }
}

/// `GET /v1/accesses`.
pub(super) async fn held(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Query(asked): Query<Which>,
) -> Result<Response, Refused> {
    let spot = spot(&hub, &peer).await?;
    let held = blocking(move || of_spots::held(&hub.node, &spot, &asked.log)).await?;
    held.map_or(Err(Refused::Status(StatusCode::BAD_REQUEST)), |held| {
        json(&held)
    })
}

/// `PUT /v1/accesses`.
pub(super) async fn take(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Result<Response, Refused> {
    let spot = spot(&hub, &peer).await?;
    let handed: Handed = received(body, of_spots::MAX_BYTES).await?;
    let taken = blocking(move || of_spots::take(&hub.node, (&spot, &peer.certificate), handed));
    Ok(match taken.await? {
        Taken::All => StatusCode::NO_CONTENT.into_response(),
        Taken::NotNext => StatusCode::CONFLICT.into_response(),
        Taken::Wrong(why) => (StatusCode::UNPROCESSABLE_ENTITY, why).into_response(),
    })
}

async fn spot(hub: &Hub, peer: &Peer) -> Result<String, Refused> {
    let spot = hub.enrolled.spot(&peer.fingerprint).await;
    spot.map(|spot| spot.id)
        .ok_or(Refused::Status(StatusCode::FORBIDDEN))
}

fn json(what: &impl Serialize) -> Result<Response, Refused> {
    Ok(serde_json::to_vec(what)
        .map_err(anyhow::Error::from)?
        .into_response())
}

async fn received<T: DeserializeOwned>(body: Body, most: usize) -> Result<T, Refused> {
    let body = timeout(IDLE, Limited::new(body, most).collect()).await;
    let body = body
        .map_err(|_| Refused::Status(StatusCode::REQUEST_TIMEOUT))?
        .map_err(|_| Refused::Status(StatusCode::PAYLOAD_TOO_LARGE))?;
    serde_json::from_slice(&body.to_bytes()).map_err(|_| Refused::Status(StatusCode::BAD_REQUEST))
}

/// The spot's side, for the life of a connection.
pub(super) struct Logs {
    node: Arc<Node>,
    hub: Arc<config::Hub>,
    /// When the hub's log was looked at.
    looked: Option<Instant>,
    /// How many lines of its own the hub was found to have.
    handed: Option<u64>,
    /// A hub of before, which knows nothing of logs.
    is_missing: bool,
}

impl Logs {
    pub(super) fn new(node: Arc<Node>, hub: config::Hub) -> Self {
        Self {
            node,
            hub: Arc::new(hub),
            looked: None,
            handed: None,
            is_missing: false,
        }
    }

    /// Hands in what is new, and looks at the hub's log now and then.
    pub(super) async fn round(&mut self, carrier: &mut Carrier) -> anyhow::Result<()> {
        if !self.is_missing {
            self.hand_in(carrier).await?;
        }
        if self.is_missing || self.looked.is_some_and(|at| at.elapsed() < LOOK_AGAIN) {
            return Ok(());
        }
        self.looked = Some(Instant::now());
        self.look(carrier).await
    }

    async fn hand_in(&mut self, carrier: &mut Carrier) -> anyhow::Result<()> {
        for _ in 0..MOST_AT_ONCE {
            let node = self.node.clone();
            let own = blocking(move || of_spots::own(&node)).await?;
            let Some((log, _)) = own.filter(|(_, size)| self.handed != Some(*size)) else {
                return Ok(());
            };
            let asked = Request::get(format!("{HANDED}?log={log}")).body(Body::empty())?;
            let Some(held) = self.asked::<Held>(carrier, asked).await? else {
                self.is_missing = true;
                return Ok(());
            };
            let (node, hub) = (self.node.clone(), self.hub.clone());
            let next = blocking(move || of_spots::next(&node, &hub, &held)).await?;
            let next = match next {
                Next::Lines(next) => serde_json::to_vec(&*next)?,
                Next::AnotherLog => continue,
                Next::Nothing(size) => {
                    self.handed = Some(size);
                    return Ok(());
                }
            };
            let put = Request::put(HANDED).body(Body::from(next))?;
            let answer = carrier.ask_within_idle(put, &AtomicU64::new(0)).await?;
            anyhow::ensure!(
                answer.status() == StatusCode::NO_CONTENT,
                "the hub does not take the log of accesses: {}",
                answer.status()
            );
        }
        Ok(())
    }

    async fn look(&mut self, carrier: &mut Carrier) -> anyhow::Result<()> {
        let node = self.node.clone();
        let size = blocking(move || seen::size(&node)).await?;
        let asked = Request::get(format!("{SEEN}?after={size}")).body(Body::empty())?;
        let Some(shown) = self.asked::<Shown>(carrier, asked).await? else {
            return Ok(());
        };
        let (node, hub) = (self.node.clone(), self.hub.clone());
        let seal = blocking(move || {
            let seal = seen::see(&node, &hub, &shown)?;
            Ok(seal.map(|seal| serde_json::to_vec(&seal)).transpose()?)
        });
        let Some(seal) = seal.await? else {
            return Ok(());
        };
        let post = Request::post(SEEN).body(Body::from(seal))?;
        let answer = carrier.ask_within_idle(post, &AtomicU64::new(0)).await?;
        anyhow::ensure!(
            answer.status() == StatusCode::NO_CONTENT,
            "the hub does not take the seal under its log: {}",
            answer.status()
        );
        Ok(())
    }

    /// `None` when there is nothing there.
    async fn asked<T: DeserializeOwned>(
        &self,
        carrier: &mut Carrier,
        request: Request<Body>,
    ) -> anyhow::Result<Option<T>> {
        let answer = carrier.ask_within_idle(request, &AtomicU64::new(0)).await?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            other => anyhow::bail!("the hub answers {other}"),
        }
        let body = Limited::new(answer.into_body(), MAX_SEEN_BYTES).collect();
        let body = timeout(IDLE, body).await.context("nothing moves")?;
        let body = body.map_err(|e| anyhow::anyhow!("{e}"))?.to_bytes();
        Ok(Some(serde_json::from_slice(&body)?))
    }
}
