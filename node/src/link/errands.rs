//! What spots carry for each other, over the link and when they meet.
//!
//! ```text
//! POST /v1/errands            to the hub: what is for it; 200 with what waits for nodes that the spot may meet
//! POST /v1/meeting/errands    to another spot: what is for it and for the hub; 200 with the same of that one
//! ```
//! Both ways JSON ([`Bag`]).

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http2::SendRequest;
use hyper::{Request, StatusCode};
use tokio::time::{Instant, timeout};

use super::blobs::Refused;
use super::hub::{Hub, Peer};
use super::{IDLE, blocking};
use crate::errands::{self, Bag, MAX_BYTES};
use crate::node::Node;

/// Where the hub takes them and gives them.
pub(super) const AT_HUB: &str = "/v1/errands";
/// Where spots do.
pub(super) const AT_PEER: &str = "/v1/meeting/errands";
/// Pause before the hub is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(60);
/// Most times that two who meet hand over what came of what was handed over.
const MOST_TURNS: u32 = 3;

/// `POST /v1/errands`.
pub(super) async fn at_hub(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Result<Response, Refused> {
    let spot = hub.enrolled.spot(&peer.fingerprint).await;
    let spot = spot.ok_or(Refused::Status(StatusCode::FORBIDDEN))?;
    let bag = received(body).await?;
    let node = Arc::clone(&hub.node);
    let given = blocking(move || {
        let given = errands::at_hub(&node, &spot, &bag)?;
        Ok(serde_json::to_vec(&given)?)
    });
    Ok(given.await?.into_response())
}

/// `POST /v1/meeting/errands`, of a spot that may be met.
pub(super) async fn at_peer(
    node: Arc<Node>,
    peer: String,
    body: Body,
) -> Result<Response, Refused> {
    let bag = received(body).await?;
    let given = blocking(move || {
        errands::from_peer(&node, &bag)?;
        Ok(serde_json::to_vec(&errands::to_peer(&node, &peer)?)?)
    });
    Ok(given.await?.into_response())
}

async fn received(body: Body) -> Result<Bag, Refused> {
    let body = timeout(4 * IDLE, Limited::new(body, MAX_BYTES).collect()).await;
    let body = body
        .map_err(|_| Refused::Status(StatusCode::REQUEST_TIMEOUT))?
        .map_err(|_| Refused::Status(StatusCode::PAYLOAD_TOO_LARGE))?;
    serde_json::from_slice(&body.to_bytes()).map_err(|_| Refused::Status(StatusCode::BAD_REQUEST))
}

/// Sends a bag; `None`: the other side knows of no such thing.
async fn sent(
    requests: &mut SendRequest<Body>,
    path: &'static str,
    bag: &Bag,
) -> anyhow::Result<Option<Bag>> {
    let request = Request::post(path).body(Body::from(serde_json::to_vec(bag)?))?;
    let answer = timeout(4 * IDLE, requests.send_request(request));
    let answer = answer.await.context("nothing moves")??;
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => return Ok(None),
        other => anyhow::bail!("it answers {other}"),
    }
    let body = Limited::new(answer.into_body(), MAX_BYTES).collect();
    let body = timeout(4 * IDLE, body).await.context("nothing moves")?;
    let body = body.map_err(|e| anyhow::anyhow!("{e}"))?.to_bytes();
    Ok(Some(serde_json::from_slice(&body)?))
}

/// Hands over with a spot that is met, until neither was told anything new.
pub(super) async fn with_peer(
    node: &Arc<Node>,
    peer: &str,
    mut requests: SendRequest<Body>,
) -> anyhow::Result<()> {
    for _ in 0..MOST_TURNS {
        let (here, to) = (Arc::clone(node), peer.to_owned());
        let bag = blocking(move || errands::to_peer(&here, &to)).await?;
        let Some(given) = sent(&mut requests, AT_PEER, &bag).await? else {
            return Ok(());
        };
        let here = Arc::clone(node);
        if !blocking(move || errands::from_peer(&here, &given)).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// The spot's side of a connection to the hub.
pub(super) struct Running {
    node: Arc<Node>,
    asked: Option<Instant>,
}

impl Running {
    pub(super) fn new(node: Arc<Node>) -> Self {
        Self { node, asked: None }
    }

    /// Brings what there is, and asks now and then what waits for others.
    pub(super) async fn round(&mut self, requests: &mut SendRequest<Body>) -> anyhow::Result<()> {
        let node = self.node.clone();
        let (bag, brought) = blocking(move || errands::to_hub(&node)).await?;
        let lately = self.asked.is_some_and(|at| at.elapsed() < ASK_AGAIN);
        if lately && bag.is_empty() {
            return Ok(());
        }
        self.asked = Some(Instant::now());
        let Some(given) = sent(requests, AT_HUB, &bag).await? else {
            return Ok(());
        };
        let node = self.node.clone();
        blocking(move || errands::from_hub(&node, &brought, &given)).await
    }
}
