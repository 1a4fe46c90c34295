//! The catalogue comes down the link: a hub hands out the signed file that it is configured with,
//! a spot verifies it and works under it from then on. To publish is to put a newer file there.
//!
//! ```text
//! GET /v1/catalogue?after=N   200 with the signed file, packed by zstd, when it is newer than edition N
//! ```

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use axum::body::Body;
use axum::extract::{Extension, Query, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::{Request, StatusCode};
use serde::Deserialize;
use tokio::time::{Instant, timeout};

use super::blobs::Refused;
use super::blocking;
use super::carry::Carrier;
use super::hub::{Hub, Peer};
use crate::catalogue::signed::{self, MAX_FILE_BYTES};
use crate::node::Node;

/// Pause before the hub is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(600);
/// Longest that a whole catalogue may take: 8 MB at 64 kbit/s.
const PATIENCE: Duration = Duration::from_secs(1_000);
/// Packed once for every spot.
const LEVEL: i32 = 19;

/// What a question says.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    /// The newest edition that the spot has.
    after: u32,
}

/// The signed file as it goes out, and what its file looked like on disk when it was read.
#[derive(Debug)]
pub(super) struct Published {
    edition: u32,
    packed: Bytes,
    stamp: (SystemTime, u64),
}

/// `GET`: 200 with the file when there is a newer one, else 404.
pub(super) async fn published(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let spot = hub.enrolled.spot(&peer.fingerprint).await;
    spot.ok_or(Refused::Status(StatusCode::FORBIDDEN))?;
    let newest = blocking(move || newest(&hub.node, &hub.published)).await?;
    match newest {
        Some((edition, packed)) if edition > asked.after => Ok(packed.into_response()),
        _ => Err(Refused::Status(StatusCode::NOT_FOUND)),
    }
}

/// What is published now. A file that was put in place since is verified and taken here first;
/// one that is wrong changes nothing.
fn newest(
    node: &Node,
    published: &Mutex<Option<Published>>,
) -> anyhow::Result<Option<(u32, Bytes)>> {
    let path = &node.config.catalogue.file;
    if !signed::is_signed(path) {
        return Ok(None);
    }
    let mut published = published.lock().unwrap_or_else(PoisonError::into_inner);
    let stamp = std::fs::metadata(path).and_then(|m| Ok((m.modified()?, m.len())));
    let stamp = stamp.with_context(|| path.display().to_string())?;
    if published.as_ref().is_none_or(|p| p.stamp != stamp) {
        let authority = node.config.authority().context("no authority")?;
        match taken(node, path, authority) {
            Ok((edition, packed)) => {
                *published = Some(Published {
                    edition,
                    packed,
                    stamp,
                });
            }
            Err(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "the catalogue that was put in place is not handed out"
                );
                if let Some(published) = published.as_mut() {
                    published.stamp = stamp;
                }
            }
        }
    }
    let published = published.as_ref();
    Ok(published.map(|p| (p.edition, p.packed.clone())))
}

/// A file that was put in place: verified, the newest here, and packed.
fn taken(node: &Node, path: &Path, authority: &Path) -> anyhow::Result<(u32, Bytes)> {
    let file = signed::bytes(path)?;
    let catalogue = signed::read(&file, authority)?.catalogue;
    let edition = catalogue.edition;
    node.take_edition(catalogue)?;
    let newest = node.catalogue().edition;
    ensure!(
        edition == newest,
        "edition {edition} is older than edition {newest}, which is here: publish under a newer number"
    );
    Ok((edition, zstd::bulk::compress(&file, LEVEL)?.into()))
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
        let request = Request::get(format!("/v1/catalogue?after={after}")).body(Body::empty())?;
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
            node.take_edition(read.catalogue)?;
            Ok(())
        })
        .await
    }
}
