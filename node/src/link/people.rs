//! Who may sign in comes down the link: at every connection a spot asks for a newer list than it has.
//!
//! ```text
//! GET /v1/people?after=N   200 with the sealed list of the spot that asks, when it is newer than number N
//! ```

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::Context;
use axum::body::Body;
use axum::extract::{Extension, Query, State};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use hyper::{Request, StatusCode};
use serde::Deserialize;
use tokio::time::{Instant, timeout};

use super::blobs::Refused;
use super::carry::Carrier;
use super::hub::{Hub, Peer};
use super::{blocking, tls};
use crate::config::Sync;
use crate::node::Node;
use crate::roster::{self, MAX_FILE_BYTES};

/// Pause before the hub is asked again on one connection.
const ASK_AGAIN: Duration = Duration::from_secs(15);
/// Longest that a whole list may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a question says.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    /// Number of the list that the spot has; 0: none.
    after: u64,
}

/// `GET`: 200 with the list when there is a newer one, else 404.
pub(super) async fn published(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Extension(config): Extension<Arc<Sync>>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let spot = hub.enrolled.spot(&peer.fingerprint).await;
    let spot = spot.ok_or(Refused::Status(StatusCode::FORBIDDEN))?;
    let newest = blocking(move || {
        let certificate = tls::certificate(&config.certificate)?;
        let staff = hub.node.staff();
        let db = hub.node.store.write();
        let seal = (&hub.seal, certificate.as_ref());
        roster::for_node(&db, &staff, (&spot.id, &spot.scopes), seal)
    });
    match newest.await? {
        Some((number, file)) if number > asked.after => Ok(file.into_response()),
        _ => Err(Refused::Status(StatusCode::NOT_FOUND)),
    }
}

/// The spot's side, for the life of a connection.
#[derive(Debug)]
pub(super) struct Hearing {
    node: Arc<Node>,
    asked: Option<Instant>,
}

impl Hearing {
    pub(super) fn new(node: Arc<Node>) -> Self {
        Self { node, asked: None }
    }

    /// Asks for a newer list, when it was not asked for lately.
    pub(super) async fn round(&mut self, carrier: &mut Carrier) -> anyhow::Result<()> {
        if self.asked.is_some_and(|at| at.elapsed() < ASK_AGAIN) {
            return Ok(());
        }
        self.asked = Some(Instant::now());
        let after = self.node.staff_list.given().map_or(0, |given| given.number);
        let request = Request::get(format!("/v1/people?after={after}")).body(Body::empty())?;
        let answer = carrier.ask_within_idle(request, &AtomicU64::new(0)).await?;
        // A hub of before has no such address, and one that publishes none says the same.
        if answer.status() != StatusCode::OK {
            return Ok(());
        }
        let file = Limited::new(answer.into_body(), MAX_FILE_BYTES).collect();
        let file = timeout(PATIENCE, file).await.context("it takes too long")?;
        let file = file.map_err(|e| anyhow::anyhow!("{e}"))?.to_bytes();
        let node = self.node.clone();
        blocking(move || node.take_roster(&file)).await
    }
}
