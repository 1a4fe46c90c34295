//! The hub's orders come down the link, and what became of them goes up.
//!
//! ```text
//! GET /v1/orders?after=N   200 with the next order for the node that asks, 404: there is none. To one that was revoked
//!                          only that it lays down what it holds.
//! PUT /v1/words            what the node says of an order, under its seal
//! ```

use std::sync::Arc;

use anyhow::{Context, ensure};
use axum::body::Body;
use axum::extract::{Extension, Query, State};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http2::SendRequest;
use hyper::{Request, StatusCode};
use serde::Deserialize;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::blobs::Refused;
use super::enrolled::Standing;
use super::hub::{Hub, Peer};
use super::{IDLE, blocking, renewing};
use crate::config::Hub as Config;
use crate::node::Node;
use crate::orders::{self, Came, Kind, MAX_ORDER_BYTES, MAX_WORD_BYTES, State as Became};
use crate::store::orders as stored;

/// Where orders are asked for.
pub(super) const ORDERS: &str = "/v1/orders";
/// Where it is said what became of them.
pub(super) const WORDS: &str = "/v1/words";
/// Most steps of one round.
const MAX_STEPS: usize = 16;

/// What a question says.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    /// Number of the last order that the node has; 0: none.
    after: u64,
}

/// `GET /v1/orders`.
pub(super) async fn next(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let (spot, only) = match hub.enrolled.standing(&peer.fingerprint).await {
        Some(Standing::Enrolled(spot)) => (spot, None),
        Some(Standing::Revoked(spot, _)) => (spot, Some(Kind::LayDown.code())),
        None => return Err(Refused::Status(StatusCode::FORBIDDEN)),
    };
    let next = blocking(move || {
        let db = hub.node.store.read();
        Ok(stored::next(&db, &spot.id, asked.after, only)?)
    });
    match next.await? {
        Some(file) => Ok(file.into_response()),
        None => Err(Refused::Status(StatusCode::NOT_FOUND)),
    }
}

/// `PUT /v1/words`: whoever brings it.
pub(super) async fn said(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Result<StatusCode, Refused> {
    if hub.enrolled.standing(&peer.fingerprint).await.is_none() {
        return Err(Refused::Status(StatusCode::FORBIDDEN));
    }
    let collected = timeout(4 * IDLE, Limited::new(body, MAX_WORD_BYTES).collect()).await;
    let body = collected
        .map_err(|_| Refused::Status(StatusCode::REQUEST_TIMEOUT))?
        .map_err(|_| Refused::Status(StatusCode::PAYLOAD_TOO_LARGE))?;
    let node = Arc::clone(&hub.node);
    let taken = blocking(move || {
        let taken = node.take_word(&body.to_bytes());
        Ok(taken.map_err(|error| format!("{error:#}")))
    });
    match taken.await? {
        Ok(_) => Ok(StatusCode::OK),
        Err(error) => {
            tracing::warn!(error, "what a node says of an order was refused");
            Err(Refused::Status(StatusCode::BAD_REQUEST))
        }
    }
}

/// The spot's side, on one connection.
#[derive(Debug, Clone)]
pub(super) struct Obeying {
    pub(super) node: Arc<Node>,
    pub(super) requests: SendRequest<Body>,
    pub(super) hub: Config,
    /// Told when there is another certificate to connect with.
    pub(super) renewed: Arc<Notify>,
}

impl Obeying {
    /// Says what is to be said, does what is to be done, and asks for more. Gives what it needs for that of somebody else.
    pub(super) async fn round(&mut self) -> anyhow::Result<Option<Kind>> {
        for _ in 0..MAX_STEPS {
            if !self.tell().await? {
                return Ok(None);
            }
            let node = self.node.clone();
            let tried = blocking(move || orders::perform(&node)).await?;
            match tried {
                Some((_, Came::Ended(..))) => continue,
                Some((_, Came::Waits(_))) => {
                    self.tell().await?;
                    return Ok(None);
                }
                Some((order, Came::NeedsLink(Kind::Rotate))) => {
                    self.rotate(order.number).await?;
                    // What is said is said under the new key, once the hub knows it: on the next connection.
                    self.renewed.notify_one();
                    return Ok(None);
                }
                Some((_, Came::NeedsLink(kind))) => return Ok(Some(kind)),
                None => {}
            }
            if !self.ask().await? {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// Nothing newer is offered than what runs here.
    pub(super) async fn nothing_newer(&mut self) -> anyhow::Result<()> {
        let node = self.node.clone();
        blocking(move || {
            let Some((order, Came::NeedsLink(Kind::Update))) = orders::perform(&node)? else {
                return Ok(());
            };
            let own = crate::updates::Version::own();
            let why = format!("não há versão mais nova do que a {own}, que já corre");
            node.say_of(order.number, Became::Done, &why, &[])
        })
        .await?;
        self.tell().await?;
        Ok(())
    }

    async fn rotate(&mut self, number: u64) -> anyhow::Result<()> {
        let renewed = renewing::renew(&self.node, &mut self.requests, &self.hub, true).await?;
        let node = self.node.clone();
        let (state, why) = match renewed {
            true => (Became::Done, "tem uma chave nova"),
            false => (Became::Failed, "a central não assina certificados"),
        };
        blocking(move || node.say_of(number, state, why, &[])).await
    }

    /// Gives whether the hub wants to know.
    async fn tell(&mut self) -> anyhow::Result<bool> {
        let node = self.node.clone();
        let all = blocking(move || Ok(stored::taken(&node.store.read())?)).await?;
        for one in all.into_iter().filter(|one| !one.told) {
            let Some(word) = one.word else { continue };
            let request = Request::put(WORDS).body(Body::from(word.clone()))?;
            let answer = timeout(4 * IDLE, self.requests.send_request(request)).await??;
            match answer.status() {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => return Ok(false),
                // It does not know of the order any longer: it was restored. It is not asked again.
                StatusCode::BAD_REQUEST => {}
                other => anyhow::bail!("the hub answers {other}"),
            }
            let node = self.node.clone();
            blocking(move || Ok(stored::told(&node.store.write(), one.number, &word)?)).await?;
        }
        Ok(true)
    }

    /// Gives whether there was one.
    async fn ask(&mut self) -> anyhow::Result<bool> {
        let node = self.node.clone();
        let after = blocking(move || Ok(stored::last_taken(&node.store.read())?)).await?;
        let request = Request::get(format!("{ORDERS}?after={after}")).body(Body::empty())?;
        let answer = timeout(IDLE, self.requests.send_request(request)).await??;
        if answer.status() != StatusCode::OK {
            return Ok(false);
        }
        let file = Limited::new(answer.into_body(), MAX_ORDER_BYTES).collect();
        let file = timeout(IDLE, file).await.context("it takes too long")?;
        let file = file.map_err(|e| anyhow::anyhow!("{e}"))?.to_bytes();
        let node = self.node.clone();
        let number = blocking(move || node.take_order(&file)).await?;
        ensure!(number > after, "the hub gives old orders");
        Ok(true)
    }
}
