//! The catalogue comes down the link: a hub hands out what was published at its console, or put in place as the file that
//! it is configured with; a spot verifies it and works under it from then on.
//!
//! ```text
//! GET /v1/catalogue?after=N&form=2   200 with the signed file, packed by zstd, when one for this spot is newer than edition N
//! ```
//! A spot of before says no form: it gets nothing that it could not read, and keeps what it has until its program is newer.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use axum::body::Body;
use axum::extract::{Extension, Query, State};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use hyper::{Request, StatusCode};
use serde::Deserialize;
use tokio::time::{Instant, timeout};

use super::blobs::Refused;
use super::blocking;
use super::carry::Carrier;
use super::hub::{Hub, Peer};
use crate::catalogue::publishing;
use crate::catalogue::signed::{self, FORM_BY_TWO, MAX_FILE_BYTES};
use crate::node::Node;

/// Pause before the hub is asked again: it costs some hundred bytes.
const ASK_AGAIN: Duration = Duration::from_secs(60);
/// Longest that a whole catalogue may take: 8 MB at 64 kbit/s.
const PATIENCE: Duration = Duration::from_secs(1_000);

/// What a question says.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    /// The newest edition that the spot has.
    after: u32,
    /// The newest form that it can read.
    #[serde(default)]
    form: u8,
}

/// What the configured file looked like on disk when it was read last.
pub(super) type Seen = Option<(SystemTime, u64)>;

/// `GET`: 200 with the file when there is a newer one for that spot, else 404.
pub(super) async fn published(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let spot = hub.enrolled.spot(&peer.fingerprint).await;
    let spot = spot.ok_or(Refused::Status(StatusCode::FORBIDDEN))?;
    let newest = blocking(move || {
        look(&hub.node, &hub.catalogue_seen)?;
        publishing::newest_for(&hub.node, &spot.scopes, asked.form)
    });
    match newest.await? {
        Some((edition, packed)) if edition > asked.after => Ok(packed.into_response()),
        _ => Err(Refused::Status(StatusCode::NOT_FOUND)),
    }
}

/// A signed file that was put in place since is verified and taken here first; one that is wrong changes nothing.
fn look(node: &Node, seen: &Mutex<Seen>) -> anyhow::Result<()> {
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    if seen.is_none() {
        publishing::catch_up(node)?;
    }
    let path = &node.config.catalogue.file;
    if !signed::is_signed(path) {
        return Ok(());
    }
    let stamp = std::fs::metadata(path).and_then(|m| Ok((m.modified()?, m.len())));
    let stamp = stamp.with_context(|| path.display().to_string())?;
    if *seen == Some(stamp) {
        return Ok(());
    }
    *seen = Some(stamp);
    let taken = signed::bytes(path).and_then(|file| publishing::take(node, &file));
    if let Err(error) = taken {
        tracing::error!(
            error = format!("{error:#}"),
            "the catalogue that was put in place is not handed out"
        );
    }
    Ok(())
}

/// The spot's side, for the life of a connection.
#[derive(Debug)]
pub(super) struct Fetching {
    node: Arc<Node>,
    asked: Option<Instant>,
}

impl Fetching {
    pub(super) fn new(node: Arc<Node>) -> Self {
        Self { node, asked: None }
    }

    /// Asks for a newer edition, when it was not asked for lately.
    pub(super) async fn round(&mut self, carrier: &mut Carrier) -> anyhow::Result<()> {
        if self.asked.is_some_and(|at| at.elapsed() < ASK_AGAIN) {
            return Ok(());
        }
        self.asked = Some(Instant::now());
        let after = self.node.catalogue().edition;
        let request = Request::get(format!("/v1/catalogue?after={after}&form={FORM_BY_TWO}"))
            .body(Body::empty())?;
        let answer = carrier.ask_within_idle(request, &AtomicU64::new(0)).await?;
        // A hub of before has no such address.
        if answer.status() != StatusCode::OK {
            return Ok(());
        }
        let packed = Limited::new(answer.into_body(), MAX_FILE_BYTES).collect();
        let packed = timeout(PATIENCE, packed)
            .await
            .context("it takes too long")?;
        let packed = packed.map_err(|e| anyhow::anyhow!("{e}"))?.to_bytes();
        let node = self.node.clone();
        blocking(move || {
            let file = zstd::bulk::decompress(&packed, MAX_FILE_BYTES)
                .context("what the hub sent is not packed, or larger than any catalogue")?;
            let authority = node.config.authority().context("no authority")?;
            let read = signed::read(&file, authority)?;
            publishing::may_take(&read, &node.config)?;
            node.take_edition(read.catalogue)?;
            Ok(())
        })
        .await
    }
}
