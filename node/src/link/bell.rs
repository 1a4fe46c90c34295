//! A bell that the hub rings at a spot: something came into its feeds, so that an exchange is worth it. Nothing depends on it:
//! a spot whose hub has no bell, or loses a ring, exchanges every now and then anyway.
//!
//! ```text
//! POST /v1/bell   [["monchique", 51033], ["!lent", 2]]: how far the spot knows its feeds
//!                 200 as soon as one is elsewhere, 204 when none was for a while
//! ```

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use http_body_util::{BodyExt, Limited};
use hyper::{Request, StatusCode};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::blobs::Refused;
use super::connection::Connection;
use super::hub::{Hub, Peer};
use super::{IDLE, Task, blocking};
use crate::exchange::{feed_for, known_feeds};
use crate::node::Node;
use crate::store::feed;

/// Where it hangs.
pub(super) const PATH: &str = "/v1/bell";
/// Longest that a spot waits for a ring, before it exchanges anyway, and asks for what has no bell: a catalogue, a program.
const WAIT: Duration = Duration::from_secs(20);
/// The hub looks so often whether a feed grew, while somebody waits.
const LOOK: Duration = Duration::from_millis(250);
/// Largest question, in bytes: some hundred scopes.
const MAX_BYTES: usize = 16 << 10;

/// How far every feed of the hub is, as of a moment ago.
type Heads = Arc<HashMap<String, u64>>;

/// Where spots wait.
#[derive(Debug)]
pub(super) struct Bells(watch::Sender<Heads>);

impl Bells {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(Heads::default()))
    }
}

/// Looks at the feeds as long as it is not dropped; when nobody waits it reads nothing.
pub(super) fn watch_feeds(hub: Arc<Hub>) -> Task {
    Task::spawn(async move {
        loop {
            sleep(LOOK).await;
            if hub.bells.0.receiver_count() == 0 {
                continue;
            }
            let node = hub.node.clone();
            match blocking(move || heads(&node)).await {
                Ok(heads) => {
                    hub.bells.0.send_if_modified(|known| {
                        let is_news = **known != heads;
                        if is_news {
                            *known = Arc::new(heads);
                        }
                        is_news
                    });
                }
                Err(error) => {
                    tracing::error!(
                        error = format!("{error:#}"),
                        "no bell rings: the feeds cannot be read"
                    );
                }
            }
        }
    })
}

fn heads(node: &Node) -> anyhow::Result<HashMap<String, u64>> {
    Ok(feed::lengths(&node.store.read())?)
}

/// `POST`: waits until a feed of the spot is not where it says.
pub(super) async fn wait(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Result<StatusCode, Refused> {
    let spot = hub.enrolled.spot(&peer.fingerprint).await;
    let spot = spot.ok_or(Refused::Status(StatusCode::FORBIDDEN))?;
    let body = timeout(IDLE, Limited::new(body, MAX_BYTES).collect()).await;
    let body = body
        .map_err(|_| Refused::Status(StatusCode::REQUEST_TIMEOUT))?
        .map_err(|_| Refused::Status(StatusCode::PAYLOAD_TOO_LARGE))?;
    let known: Vec<(String, u64)> = serde_json::from_slice(&body.to_bytes())
        .map_err(|_| Refused::Status(StatusCode::BAD_REQUEST))?;
    let known = known
        .into_iter()
        .filter_map(|(scope, seq)| Some((feed_for(&spot, &scope)?, seq)));
    let known: Vec<(String, u64)> = known.collect();
    let mut watched = hub.bells.0.subscribe();
    let node = hub.node.clone();
    // What grew before it came is not waited for. Its own feeds alone are read: all spots ask, again and again.
    let (known, is_elsewhere) = blocking(move || {
        let db = node.store.read();
        for (feed, seq) in &known {
            if feed::length(&db, feed)? != *seq {
                return Ok((known, true));
            }
        }
        Ok((known, false))
    })
    .await?;
    if is_elsewhere {
        return Ok(StatusCode::OK);
    }
    let grew = |heads: &HashMap<String, u64>| {
        known
            .iter()
            .any(|(feed, seq)| heads.get(feed).copied().unwrap_or_default() != *seq)
    };
    let waited = timeout(
        WAIT,
        watched.wait_for(|heads| !heads.is_empty() && grew(heads)),
    )
    .await;
    Ok(match waited {
        Ok(Ok(_)) => StatusCode::OK,
        _ => StatusCode::NO_CONTENT,
    })
}

/// The spot's side, for the life of a connection.
#[derive(Debug, Default)]
pub(super) struct Bell {
    /// The hub has none.
    is_missing: bool,
    /// What was known here when it last rang.
    rang_at: Option<Vec<(String, u64)>>,
}

impl Bell {
    /// Ends when the hub rings, or after a while. `poll` is how long without a bell.
    pub(super) async fn rings(
        &mut self,
        node: &Arc<Node>,
        connection: &Connection,
        poll: Duration,
    ) {
        let here = node.clone();
        let known = blocking(move || known_feeds(&here)).await;
        let Ok(known) = known else {
            return sleep(poll).await;
        };
        // It rang, and the exchange after it brought nothing: it is not asked again at once.
        if self.is_missing || self.rang_at.as_ref() == Some(&known) {
            return sleep(poll).await;
        }
        match asked(connection, &known).await {
            Ok(StatusCode::OK) => self.rang_at = Some(known),
            Ok(StatusCode::NO_CONTENT) => (),
            Ok(StatusCode::NOT_FOUND) => {
                self.is_missing = true;
                sleep(poll).await;
            }
            _ => sleep(poll).await,
        }
    }
}

async fn asked(connection: &Connection, known: &[(String, u64)]) -> anyhow::Result<StatusCode> {
    let request = Request::post(PATH).body(Body::from(Bytes::from(serde_json::to_vec(known)?)))?;
    let mut requests = connection.requests.clone();
    let answer = timeout(WAIT + IDLE, requests.send_request(request)).await??;
    Ok(answer.status())
}
