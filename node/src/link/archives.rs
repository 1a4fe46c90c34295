//! The hub's word that it holds a journal and a copy of it off its disk: a spot asks for it after
//! an exchange, when it could be for more than before.
//!
//! ```text
//! GET /v1/archives/{journal}?size=N   200 with the sealed word, as a message, when it is over more than N
//! ```

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::Context;
use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use hyper::{Request, StatusCode};
use serde::Deserialize;
use tokio::time::{Instant, timeout};
use vereda_sync::exchange::custody::{MAX_SEAL_BYTES, Says, Sealed};
use vereda_sync::id::JournalId;

use super::blobs::Refused;
use super::carry::Carrier;
use super::hub::{Hub, Peer};
use super::{IDLE, blocking};
use crate::exchange::archived::{self, Wanting};
use crate::node::Node;

/// Largest answer, in bytes.
const MAX_ANSWER_BYTES: usize = MAX_SEAL_BYTES + 256;
/// Pause before the hub is asked again for a journal that did not grow.
const ASK_AGAIN: Duration = Duration::from_secs(3_600);

/// What a question says of the journal.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    /// As much is known to be archived.
    size: u64,
}

/// `GET`: 200 with the word when it is over more than is known, else 404.
pub(super) async fn word(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(journal): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let spot = hub.enrolled.spot(&peer.fingerprint).await;
    let spot = spot.ok_or(Refused::Status(StatusCode::FORBIDDEN))?;
    let id = JournalId::from_hex(&journal).ok_or(Refused::Status(StatusCode::BAD_REQUEST))?;
    let found = blocking(move || {
        let head = archived::head(&hub.node, &spot.id, id, asked.size)?;
        head.map(|head| hub.seal.put(Says::Archived, head, hub.node.wall_ms()))
            .transpose()
    })
    .await?;
    let sealed = found.ok_or(Refused::Status(StatusCode::NOT_FOUND))?;
    Ok((StatusCode::OK, sealed.to_bytes()).into_response())
}

/// The spot's side, for the life of a connection.
pub(super) struct Asking {
    node: Arc<Node>,
    /// The hub's certificate, DER.
    hub: Arc<[u8]>,
    /// By journal, when it was asked for and how much of it was proven then.
    asked: HashMap<JournalId, (u64, Instant)>,
}

impl Asking {
    pub(super) fn new(node: Arc<Node>, hub: Arc<[u8]>) -> Self {
        Self {
            node,
            hub,
            asked: HashMap::new(),
        }
    }

    /// Asks for every journal of which more could be archived than is known.
    pub(super) async fn round(&mut self, carrier: &mut Carrier) -> anyhow::Result<()> {
        let node = self.node.clone();
        let wanting = blocking(move || archived::wanting(&node));
        for Wanting { id, proven, known } in wanting.await? {
            let lately = |(was, at): &(u64, Instant)| *was == proven && at.elapsed() < ASK_AGAIN;
            if self.asked.get(&id).is_some_and(lately) {
                continue;
            }
            self.asked.insert(id, (proven, Instant::now()));
            let request = Request::get(format!("/v1/archives/{id}?size={known}"));
            let request = request.body(Body::empty())?;
            let answer = carrier.ask_within_idle(request, &AtomicU64::new(0)).await?;
            if answer.status() != StatusCode::OK {
                continue;
            }
            let body = Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect();
            let body = timeout(IDLE, body).await.context("nothing moves")?;
            let body = body.map_err(|e| anyhow::anyhow!("{e}"))?.to_bytes();
            let word = Sealed::from_bytes(&body).context("the hub's answer is no word")?;
            anyhow::ensure!(
                word.head.journal == id,
                "the hub's word is on another journal"
            );
            let (node, hub) = (self.node.clone(), self.hub.clone());
            blocking(move || archived::keep(&node, &hub, &word)).await?;
        }
        Ok(())
    }
}

/// Purges what is over, and what the configuration says is old enough; at most once in [`ASK_AGAIN`].
pub(super) async fn purge(node: &Arc<Node>, last: &mut Option<Instant>) -> anyhow::Result<()> {
    if last.is_some_and(|at| at.elapsed() < ASK_AGAIN) || !node.clock_is_sure() {
        return Ok(());
    }
    *last = Some(Instant::now());
    let work = node.clone();
    let purged = blocking(move || work.purge_what_is_over()).await?;
    let kept = purged.kept.len();
    match purged.records {
        0 => tracing::debug!(kept, "nothing was old enough and archived"),
        records => tracing::info!(
            records,
            kept,
            "old records that the hub archived are purged"
        ),
    }
    Ok(())
}
