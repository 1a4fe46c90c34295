//! Bundles at a spot that carries them for others: handed in when the hub can be reached,
//! after the spot's own records and photographs. A part is let go of once the hub's
//! receipt for its journal is here; the receipt then goes back by stick.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use axum::body::Body;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use tokio::time::{Instant, timeout};
use vereda_sync::id::PartId;

use super::carry::{Carrier, header};
use super::{IDLE, UPLOAD_OFFSET, blocking, pieces};
use crate::bundle::intake::{self, Outcome, Side};
use crate::config::Hub;
use crate::node::Node;
use crate::store::bundle::{self, Part};

/// Largest answer to a part, in bytes: a receipt, or a reason.
const MAX_ANSWER_BYTES: usize = 128 << 10;
/// Longest reason that is kept, in characters.
const MAX_REASON: usize = 400;
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
        // Of photographs the receipt of a journal says nothing: those are brought first.
        if part.handed || part.header.photograph_bytes == 0 {
            let head = part.header.checkpoint.head;
            let root = PartId(head.root);
            let (journal, size) = (head.journal, head.size);
            let asked = Request::get(format!("/v1/receipts/{journal}?size={size}&root={root}"));
            let answer = carrier
                .ask_within_idle(asked.body(Body::empty())?, &nothing)
                .await?;
            if answer.status() == StatusCode::OK {
                return self.keep(part, body(answer).await?).await;
            }
        }
        let path = format!("/v1/bundles/{}", part.id);
        let asked = Request::get(&path).body(Body::empty())?;
        let answer = carrier.ask_within_idle(asked, &nothing).await?;
        match answer.status() {
            StatusCode::NOT_FOUND => (),
            StatusCode::ACCEPTED => return self.waits(part).await,
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
            move |offset| count.store(offset, Ordering::Relaxed),
        );
        let put = Request::put(format!("{path}?offset={held}&bytes={}", part.bytes));
        let answer = carrier.ask_within_idle(put.body(pieces)?, &moved).await?;
        match answer.status() {
            StatusCode::CREATED => self.keep(part, body(answer).await?).await,
            StatusCode::ACCEPTED => self.waits(part).await,
            StatusCode::UNPROCESSABLE_ENTITY => {
                let why = String::from_utf8_lossy(&body(answer).await?).into_owned();
                let why: String = why.chars().take(MAX_REASON).collect();
                self.note(part, false, format!("the hub refused it: {why}"))
                    .await
            }
            status => {
                tracing::warn!(part = %part.id, %status, "the hub did not take a part of a bundle");
                Ok(false)
            }
        }
    }

    /// The hub's receipt, examined before the part is let go of.
    async fn keep(&self, part: &Part, receipt: Vec<u8>) -> anyhow::Result<bool> {
        let (node, hub, part) = (self.node.clone(), self.hub.clone(), part.clone());
        blocking(move || {
            let taken = intake::import(&node, Side::Spot(&hub), &receipt[..]);
            let taken = taken.context("the hub's receipt for a bundle")?;
            ensure!(
                matches!(&taken, Outcome::ReceiptCarried { node, .. } if *node == part.header.node),
                "the hub's receipt is for something else"
            );
            bundle::drop_part(&node.store.write(), part.id)?;
            tracing::info!(
                node = part.header.node,
                part = part.header.part,
                "a carried part of a bundle is handed in"
            );
            Ok(true)
        })
        .await
    }

    async fn waits(&self, part: &Part) -> anyhow::Result<bool> {
        let why = "the hub has it, and waits for other parts";
        self.note(part, true, why.to_owned()).await
    }

    async fn note(&self, part: &Part, handed: bool, why: String) -> anyhow::Result<bool> {
        let (node, id) = (self.node.clone(), part.id);
        blocking(move || Ok(bundle::note(&node.store.write(), id, handed, &why)?)).await?;
        Ok(false)
    }
}

/// The body of an answer, bounded in size and time.
async fn body(answer: Response<Incoming>) -> anyhow::Result<Vec<u8>> {
    let all = Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect();
    let all = timeout(IDLE, all).await?;
    let all = all.map_err(|e| anyhow::anyhow!("the hub's answer: {e}"))?;
    Ok(all.to_bytes().to_vec())
}
