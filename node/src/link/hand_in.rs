//! Bundles at a spot that carries them for others: handed in when the hub can be reached,
//! after the spot's own records and photographs. A part is let go of once the hub's
//! receipt for its journal is here; the receipt then goes back by stick.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use tokio::time::{Instant, timeout};
use vereda_sync::id::PartId;

use super::carry::{Carrier, header};
use super::{IDLE, UPLOAD_OFFSET, blocking, pieces};
use crate::bundle::carrier::{self, Word};
use crate::config::Hub;
use crate::node::Node;
use crate::store::bundle::{self, Part};

/// Largest answer to a part, in bytes: a receipt, or a reason.
const MAX_ANSWER_BYTES: usize = 128 << 10;
/// First pause before a part is tried again that the hub did not give a receipt for.
const AGAIN: Duration = Duration::from_secs(10);
/// Longest such pause.
const AGAIN_MAX: Duration = Duration::from_secs(600);

/// Hands in, part by part.
pub(super) struct HandIn {
    node: Arc<Node>,
    hub: Arc<Hub>,
    /// When to try again, and after what pause.
    again: HashMap<PartId, (Instant, Duration)>,
}

impl HandIn {
    pub(super) fn new(node: Arc<Node>, hub: Hub) -> Self {
        Self {
            node,
            hub: Arc::new(hub),
            again: HashMap::new(),
        }
    }

    /// Tries every part whose time it is.
    pub(super) async fn round(&mut self, carrier: &mut Carrier) -> anyhow::Result<()> {
        let node = self.node.clone();
        let parts = blocking(move || Ok(bundle::all(&node.store.read())?)).await?;
        self.again.retain(|id, _| parts.iter().any(|p| p.id == *id));
        let now = Instant::now();
        let mut waited = false;
        for part in &parts {
            if self.again.get(&part.id).is_some_and(|(at, _)| *at > now) {
                continue;
            }
            match self.hand_in(carrier, part).await {
                // What came before it may have waited for it.
                Ok(true) if waited => self.again.clear(),
                Ok(true) => (),
                Ok(false) => {
                    self.postpone(part.id);
                    waited = true;
                }
                // One that fails keeps no other waiting.
                Err(error) => {
                    self.postpone(part.id);
                    let error = format!("{error:#}");
                    tracing::warn!(part = %part.id, error, "a part of a bundle could not be handed in; it is tried again");
                    carrier.still_there()?;
                }
            }
        }
        Ok(())
    }

    fn postpone(&mut self, part: PartId) {
        let pause = self.again.get(&part);
        let pause = pause.map_or(AGAIN, |(_, pause)| (*pause * 2).min(AGAIN_MAX));
        self.again.insert(part, (Instant::now() + pause, pause));
    }

    /// Gives whether the receipt is here, and the part gone.
    async fn hand_in(&self, carrier: &mut Carrier, part: &Part) -> anyhow::Result<bool> {
        let nothing = AtomicU64::new(0);
        if carrier::asks_first(part) {
            let head = part.header.checkpoint.head;
            let root = PartId(head.root);
            let (journal, size) = (head.journal, head.size);
            let asked = Request::get(format!("/v1/receipts/{journal}?size={size}&root={root}"));
            let answer = carrier
                .ask_within_idle(asked.body(Body::empty())?, &nothing)
                .await?;
            if answer.status() == StatusCode::OK {
                let receipt = body(answer).await?;
                return self.hears(part, Word::Receipt(receipt)).await;
            }
        }
        let path = format!("/v1/bundles/{}", part.id);
        let asked = Request::get(&path).body(Body::empty())?;
        let answer = carrier.ask_within_idle(asked, &nothing).await?;
        match answer.status() {
            StatusCode::NOT_FOUND => (),
            StatusCode::ACCEPTED => return self.hears(part, Word::Waits).await,
            other => anyhow::bail!("the hub answers {other}"),
        }
        let held = header(&answer, UPLOAD_OFFSET).unwrap_or(0).min(part.bytes);
        let moved = Arc::new(AtomicU64::new(0));
        let count = moved.clone();
        let pieces = pieces::give(
            self.node.clone(),
            part.pieces.clone(),
            held,
            part.bytes,
            carrier.way.clone(),
            move |offset| count.store(offset, Ordering::Relaxed),
        );
        let put = Request::put(format!("{path}?offset={held}&bytes={}", part.bytes));
        let answer = carrier.ask_within_idle(put.body(pieces)?, &moved).await?;
        match answer.status() {
            StatusCode::CREATED => {
                let receipt = body(answer).await?;
                self.hears(part, Word::Receipt(receipt)).await
            }
            StatusCode::ACCEPTED => self.hears(part, Word::Waits).await,
            StatusCode::UNPROCESSABLE_ENTITY => {
                let why = String::from_utf8_lossy(&body(answer).await?).into_owned();
                self.hears(part, Word::Refused(why)).await
            }
            status => {
                tracing::warn!(part = %part.id, %status, "the hub did not take a part of a bundle");
                Ok(false)
            }
        }
    }

    /// Takes in what the hub says of a part.
    async fn hears(&self, part: &Part, word: Word) -> anyhow::Result<bool> {
        let (node, hub, part) = (self.node.clone(), self.hub.clone(), part.clone());
        blocking(move || carrier::hears(&node, &hub, &part, word)).await
    }
}

/// The body of an answer, bounded in size and time.
async fn body(answer: Response<Incoming>) -> anyhow::Result<Vec<u8>> {
    let all = Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect();
    let all = timeout(IDLE, all).await?;
    let all = all.map_err(|e| anyhow::anyhow!("the hub's answer: {e}"))?;
    Ok(all.to_bytes().to_vec())
}
