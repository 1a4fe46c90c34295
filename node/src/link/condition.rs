//! How a spot is: told with every connection, when it changed after an exchange, and every few minutes.
//!
//! ```text
//! PUT /v1/condition   200 with the hub's answer; 404 from a hub that does not know of it, which is not asked again
//! ```

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http2::SendRequest;
use hyper::{Request, StatusCode};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use vereda_sync::condition::{Answer, Condition, MAX_BYTES, OfOthers};
use vereda_sync::id::JournalId;
use vereda_web::desk::port::Event;

use super::blobs::Refused;
use super::enrolled::Standing;
use super::hub::{Hub, Peer};
use super::{IDLE, blocking};
use crate::condition;
use crate::node::Node;
use crate::store::{fleet, published, revoked};

/// Where it is told.
pub(super) const PATH: &str = "/v1/condition";
/// It is told at least so often, while there is a connection.
const EVERY: Duration = Duration::from_secs(300);
/// It is not looked at more often.
const LEAST: Duration = Duration::from_secs(5);
/// The hub does not take it more often from one node, in milliseconds.
const LEAST_AT_HUB_MS: i64 = 500;

/// `PUT`: keeps what a spot says of itself. Of a node that was revoked too, unless its id is another's now.
pub(super) async fn told(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Result<Response, Refused> {
    let standing = hub.enrolled.standing(&peer.fingerprint).await;
    let (spot, is_enrolled) = match standing {
        Some(Standing::Enrolled(spot)) => (spot, true),
        Some(Standing::Revoked(spot, _)) => (spot, false),
        None => return Err(Refused::Status(StatusCode::FORBIDDEN)),
    };
    let collected = timeout(IDLE, Limited::new(body, MAX_BYTES).collect()).await;
    let body = collected
        .map_err(|_| Refused::Status(StatusCode::REQUEST_TIMEOUT))?
        .map_err(|_| Refused::Status(StatusCode::PAYLOAD_TOO_LARGE))?;
    let condition = Condition::decode(&body.to_bytes())
        .map_err(|_| Refused::Status(StatusCode::BAD_REQUEST))?;
    let list = hub.enrolled.0.clone();
    let kept = blocking(move || {
        let node = &hub.node;
        if !is_enrolled && super::enrolled::spots(&list).contains(&spot.id) {
            return Ok(Some(Answer::default()));
        }
        let now_ms = node.now_ms();
        let db = node.store.write();
        let last = fleet::told(&db, &spot.id)?;
        if last.is_some_and(|last| (0..LEAST_AT_HUB_MS).contains(&(now_ms - last.at_ms))) {
            return Ok(None);
        }
        let tx = db.unchecked_transaction()?;
        let is_news = fleet::keep(&tx, &spot.id, &condition, now_ms)?;
        published::keep_uptake(&tx, &spot.id, condition.catalogue, now_ms)?;
        tx.commit()?;
        let orphaned = match is_enrolled {
            true => fleet::orphaned(&db, &spot.id)?,
            false => vec![],
        };
        drop(db);
        if is_enrolled && let Some(office) = &hub.office {
            office.settle(&spot)?;
        }
        if is_news {
            node.tell(Event::Strip);
        }
        Ok(Some(Answer { orphaned }))
    });
    match kept.await? {
        Some(answer) => Ok((StatusCode::OK, answer.encode()).into_response()),
        None => Err(Refused::Status(StatusCode::TOO_MANY_REQUESTS)),
    }
}

/// The spot's side, for the life of a connection. `exchanged` is told of every exchange that ended well.
pub(super) async fn run(
    node: Arc<Node>,
    requests: SendRequest<Body>,
    began: Instant,
    exchanged: Arc<Notify>,
) {
    let mut telling = Telling {
        node,
        requests,
        began,
        disk: None,
        said: None,
        orphaned: vec![],
    };
    let mut has_exchanged = false;
    loop {
        match telling.tell().await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::debug!(
                    error = format!("{error:#}"),
                    "the hub does not know how this spot is; it is told again"
                );
            }
        }
        // Only when what the hub has is all here is it known what it lacks.
        if has_exchanged && let Err(error) = telling.adopt().await {
            tracing::warn!(
                error = format!("{error:#}"),
                "what a lost node wrote is not brought yet"
            );
        }
        let looked = Instant::now();
        tokio::select! {
            () = sleep(EVERY) => {}
            () = exchanged.notified() => {
                has_exchanged = true;
                sleep_until(looked + LEAST).await;
            }
        }
    }
}

struct Telling {
    node: Arc<Node>,
    requests: SendRequest<Body>,
    began: Instant,
    /// Bytes that are free, and when that was looked at: it takes a process.
    disk: Option<(Option<u64>, Instant)>,
    /// What the hub was told last, and when; and how many revocations were known here: with one more the hub may want
    /// what is here of the node.
    said: Option<(Condition, Instant, u64)>,
    /// Journals of lost nodes, as the hub named them last.
    orphaned: Vec<JournalId>,
}

impl Telling {
    /// Says how this spot is, if that is otherwise than it said. Gives whether the hub wants to know.
    async fn tell(&mut self) -> anyhow::Result<bool> {
        let node = self.node.clone();
        let up_s = self.began.elapsed().as_secs();
        let disk = self.disk.filter(|(_, at)| at.elapsed() < EVERY);
        let (condition, free, revoked) = blocking(move || {
            let free = disk.map_or_else(|| condition::free_bytes(&node), |(free, _)| free);
            let revoked = revoked::known(&node.store.read())?;
            Ok((condition::of(&node, up_s, free)?, free, revoked))
        })
        .await?;
        if disk.is_none() {
            self.disk = Some((free, Instant::now()));
        }
        let is_same = |(before, at, known): &(Condition, Instant, u64)| {
            at.elapsed() < EVERY && *known == revoked && same(before) == same(&condition)
        };
        if self.said.as_ref().is_some_and(is_same) {
            return Ok(true);
        }
        let of_others = self
            .said
            .as_ref()
            .and_then(|(said, ..)| said.of_others.clone());
        let mut sent = condition.clone();
        sent.of_others = sent.of_others.filter(|now| of_others.as_ref() != Some(now));
        let request = Request::put(PATH).body(Body::from(sent.encode()))?;
        let answer = timeout(IDLE, self.requests.send_request(request));
        let answer = answer.await.context("nothing moves")??;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => return Ok(false),
            other => anyhow::bail!("the hub answers {other}"),
        }
        let body = Limited::new(answer.into_body(), MAX_BYTES).collect();
        let body = timeout(IDLE, body).await.context("nothing moves")?;
        let body = body.map_err(|e| anyhow::anyhow!("{e}"))?.to_bytes();
        self.orphaned = Answer::decode(&body)?.orphaned;
        self.said = Some((condition, Instant::now(), revoked));
        Ok(true)
    }

    /// What this spot has of lost nodes goes into its own journal: nobody else will bring it.
    async fn adopt(&mut self) -> anyhow::Result<()> {
        if self.orphaned.is_empty() {
            return Ok(());
        }
        let (node, orphaned) = (self.node.clone(), std::mem::take(&mut self.orphaned));
        blocking(move || node.adopt_of(&orphaned)).await?;
        Ok(())
    }
}

/// What is told at once when it changes.
type Same<'c> = (
    u32,
    Option<bool>,
    bool,
    (u64, u64),
    Option<&'c vereda_sync::condition::Place>,
    Option<&'c OfOthers>,
);

fn same(condition: &Condition) -> Same<'_> {
    (
        condition.catalogue,
        condition.battery.map(|b| b.on_mains),
        condition.attended,
        (condition.unsent.changes, condition.unsent.photographs),
        condition.place.as_ref(),
        condition.of_others.as_ref(),
    )
}
