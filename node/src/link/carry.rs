//! Photographs and scans at a spot: up, small ones first, then down. Beside the
//! exchanges, so that no record waits for a picture.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use hyper::client::conn::http2::SendRequest;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, RANGE};
use hyper::{Request, Response, StatusCode, body::Incoming};
use tokio::sync::Notify;
use tokio::time::Instant;
use vereda_sync::id::BlobId;
use vereda_web::desk::port::Event;

use super::archives::{self, Asking};
use super::audit::Logs;
use super::catalogue::Fetching;
use super::errands::Running;
use super::hand_in::HandIn;
use super::orders::Obeying;
use super::people::Hearing;
use super::pieces::{self, Taken, Way};
use super::state::State;
use super::updates::Updating;
use super::{IDLE, UPLOAD_OFFSET, blocking};
use crate::node::Node;
use crate::store::blob::{self, Blob, MAX_BLOB_BYTES, PIECE_BYTES};

/// Most downloads before uploads are looked at again.
const DOWN_AT_ONCE: usize = 16;
/// First pause before a blob is asked for again that the hub does not have either.
const ASK_AGAIN: Duration = Duration::from_secs(10);
/// Longest such pause.
const ASK_AGAIN_MAX: Duration = Duration::from_secs(600);

/// Carries for the life of a connection, whenever `go` says so.
pub(super) async fn run(
    node: Arc<Node>,
    requests: SendRequest<Body>,
    state: State,
    (go, way): (Arc<Notify>, Way),
    (certificate, mut obeying): (Arc<[u8]>, Obeying),
) {
    let mut purged = None;
    let mut asking = Asking::new(node.clone(), certificate);
    let mut hearing = Hearing::new(node.clone());
    let mut fetching = Fetching::new(node.clone());
    let mut updating = Updating::new(node.clone());
    let mut running = Running::new(node.clone());
    let mut logs = Logs::new(node.clone(), obeying.hub.clone());
    let mut hand_in = HandIn::new(node.clone(), obeying.hub.clone());
    let mut carrier = Carrier {
        node,
        requests,
        state,
        way,
        ask: HashMap::new(),
    };
    loop {
        go.notified().await;
        // First: whoever left signs in no more.
        if let Err(error) = hearing.round(&mut carrier).await {
            tracing::warn!(
                error = format!("{error:#}"),
                "no newer list of people could be taken; the one that is here stays"
            );
        }
        match obeying.round().await {
            Ok(Some(_)) => {
                let newest = Updating::new(carrier.node.clone())
                    .round(&mut carrier)
                    .await;
                let said = match newest {
                    Ok(()) => obeying.nothing_newer().await,
                    failed => failed,
                };
                if let Err(error) = said {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "the program that the hub ordered could not be taken yet"
                    );
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(
                error = format!("{error:#}"),
                "the hub's orders could not be done; they are asked for again"
            ),
        }
        if let Err(error) = carrier.round().await {
            tracing::info!(
                error = format!("{error:#}"),
                "photographs could not be carried; the next round goes on"
            );
        }
        carrier.state.pieces(0, 0);
        if let Err(error) = asking.round(&mut carrier).await {
            tracing::info!(
                error = format!("{error:#}"),
                "the hub could not be asked what it has archived; the next round asks again"
            );
        }
        if let Err(error) = running.round(&mut carrier.requests).await {
            tracing::info!(
                error = format!("{error:#}"),
                "what is carried for others could not be handed over; the next round goes on"
            );
        }
        if let Err(error) = logs.round(&mut carrier).await {
            tracing::error!(
                error = format!("{error:#}"),
                "the logs of accesses do not agree, or could not be carried; see `vereda doctor`"
            );
        }
        if let Err(error) = fetching.round(&mut carrier).await {
            tracing::warn!(
                error = format!("{error:#}"),
                "no newer catalogue could be taken; it is asked for again"
            );
        }
        if let Err(error) = archives::purge(&carrier.node, &mut purged).await {
            tracing::warn!(error = format!("{error:#}"), "nothing could be purged");
        }
        if let Err(error) = hand_in.round(&mut carrier).await {
            tracing::info!(
                error = format!("{error:#}"),
                "bundles could not be handed in; the next round goes on"
            );
        }
        // Last: it is large, and nobody waits for it.
        if let Err(error) = updating.round(&mut carrier).await {
            tracing::warn!(
                error = format!("{error:#}"),
                "no newer version could be taken; it is asked for again"
            );
        }
    }
}

pub(super) struct Carrier {
    node: Arc<Node>,
    requests: SendRequest<Body>,
    state: State,
    pub(super) way: Way,
    /// When to ask again for what the hub did not have, and after what pause.
    ask: HashMap<BlobId, (Instant, Duration)>,
}

impl Carrier {
    async fn round(&mut self) -> anyhow::Result<()> {
        let node = self.node.clone();
        let up =
            blocking(move || Ok(blob::unsent(&node.store.read(), &node.config.node.id)?)).await?;
        let mut left: u64 = up.iter().map(pieces_of).sum();
        let mut done = 0;
        for blob in up {
            let pieces = pieces_of(&blob);
            self.state.pieces(done, done + left);
            self.upload(&blob, (done, done + left)).await?;
            done += pieces;
            left -= pieces;
        }
        let node = self.node.clone();
        let missing = blocking(move || Ok(blob::missing(&node.store.read())?)).await?;
        let now = Instant::now();
        self.ask.retain(|id, _| missing.contains(id));
        let due = missing
            .into_iter()
            .filter(|id| self.ask.get(id).is_none_or(|(at, _)| *at <= now))
            .take(DOWN_AT_ONCE);
        for id in due.collect::<Vec<_>>() {
            if !self.download(id).await? {
                let pause = self
                    .ask
                    .get(&id)
                    .map_or(ASK_AGAIN, |(_, pause)| (*pause * 2).min(ASK_AGAIN_MAX));
                self.ask.insert(id, (Instant::now() + pause, pause));
            }
        }
        Ok(())
    }

    async fn upload(&mut self, blob: &Blob, (done, total): (u64, u64)) -> anyhow::Result<()> {
        let path = format!("/v1/blobs/{}", blob.id);
        let head = Request::head(&path).body(Body::empty())?;
        let answer = self.ask_within_idle(head, &AtomicU64::new(0)).await?;
        let held = match answer.status() {
            StatusCode::OK => return self.keep_sent(blob.id).await,
            StatusCode::NO_CONTENT => header(&answer, UPLOAD_OFFSET).unwrap_or(0),
            StatusCode::NOT_FOUND => 0,
            other => anyhow::bail!("the hub answers {other}"),
        };
        let moved = Arc::new(AtomicU64::new(0));
        let (count, state) = (moved.clone(), self.state.clone());
        let body = pieces::give(
            self.node.clone(),
            blob.id.0.to_vec(),
            held.min(blob.bytes),
            blob.bytes,
            self.way.clone(),
            move |offset| {
                count.store(offset, Ordering::Relaxed);
                state.pieces(done + offset / PIECE_BYTES as u64, total);
            },
        );
        let put = Request::put(format!(
            "{path}?offset={held}&type={}&bytes={}",
            blob.media_type, blob.bytes
        ));
        let answer = self.ask_within_idle(put.body(body)?, &moved).await?;
        match answer.status() {
            StatusCode::CREATED => self.keep_sent(blob.id).await,
            // The next one may still go; this one is tried again in the next round.
            status => {
                tracing::warn!(blob = %blob.id, %status, "the hub did not take a photograph");
                Ok(())
            }
        }
    }

    async fn keep_sent(&self, id: BlobId) -> anyhow::Result<()> {
        let node = self.node.clone();
        blocking(move || {
            blob::keep_sent(&node.store.write(), id)?;
            node.tell(Event::Strip);
            Ok(())
        })
        .await
    }

    /// Gives whether the blob is here now.
    async fn download(&mut self, id: BlobId) -> anyhow::Result<bool> {
        let node = self.node.clone();
        let held = blocking(move || Ok(blob::held(&node.store.read(), &id.0)?)).await?;
        let request = Request::get(format!("/v1/blobs/{id}"))
            .header(RANGE, format!("bytes={held}-"))
            .body(Body::empty())?;
        let answer = self.ask_within_idle(request, &AtomicU64::new(0)).await?;
        match answer.status() {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT => (),
            StatusCode::RANGE_NOT_SATISFIABLE => {
                // More here than there is: what is here is not the blob.
                let node = self.node.clone();
                blocking(move || Ok(blob::drop_pieces(&node.store.write(), &id.0)?)).await?;
                return Ok(false);
            }
            _ => return Ok(false),
        }
        let media_type = answer
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .filter(|t| pieces::is_taken(t))
            .map(str::to_owned);
        let total = header(&answer, CONTENT_LENGTH.as_str()).map(|rest| held.saturating_add(rest));
        let (Some(media_type), Some(total)) = (media_type, total.filter(|t| *t <= MAX_BLOB_BYTES))
        else {
            return Ok(false);
        };
        let taken = pieces::take(
            &self.node,
            (id, media_type, total),
            held,
            "",
            Body::new(answer.into_body()).into_data_stream(),
            |_| (),
        )
        .await?;
        if let Taken::Part(_) = taken {
            anyhow::bail!("the line broke within a photograph");
        }
        Ok(taken == Taken::Whole)
    }

    /// Fails when the connection is over.
    pub(super) fn still_there(&self) -> anyhow::Result<()> {
        anyhow::ensure!(!self.requests.is_closed(), "the connection is over");
        Ok(())
    }

    /// Sends a request; fails when nothing moves for a while.
    pub(super) async fn ask_within_idle(
        &mut self,
        request: Request<Body>,
        moved: &AtomicU64,
    ) -> anyhow::Result<Response<Incoming>> {
        let answer = self.requests.send_request(request);
        tokio::pin!(answer);
        loop {
            let before = moved.load(Ordering::Relaxed);
            tokio::select! {
                answer = &mut answer => return Ok(answer?),
                () = tokio::time::sleep(IDLE) => {
                    anyhow::ensure!(moved.load(Ordering::Relaxed) != before, "nothing moves");
                }
            }
        }
    }
}

fn pieces_of(blob: &Blob) -> u64 {
    blob.bytes.div_ceil(PIECE_BYTES as u64)
}

pub(super) fn header(answer: &Response<Incoming>, name: &str) -> Option<u64> {
    answer.headers().get(name)?.to_str().ok()?.parse().ok()
}
