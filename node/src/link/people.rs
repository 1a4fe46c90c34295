//! Who may sign in comes down the link: at every connection a spot asks for a newer list than it has.
//!
//! ```text
//! GET /v1/people?after=N&form=2   200 with the sealed list of the spot that asks, when it is newer than number N
//! POST /v1/people/said            204: PINs that were chosen at the spot, hashed, and who signed in there when ([`Said`])
//! ```
//!
//! A PIN never leaves the machine where it was typed. Its hash goes up over the link, under the spot's certificate; the hub
//! takes it of whom it lets sign in at that spot, who has no role at the hub itself, and only in place of the PIN that it
//! knows: what comes late, or twice, changes nothing.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::Context;
use axum::body::Body;
use axum::extract::{Extension, Query, State};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use hyper::{Request, StatusCode};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout};

use super::blobs::Refused;
use super::carry::Carrier;
use super::hub::{Hub, Peer};
use super::{IDLE, blocking, tls};
use crate::config::Sync;
use crate::node::Node;
use crate::node::fingerprint_of_pin;
use crate::roster::{self, MAX_FILE_BYTES};
use crate::staff::{AT_DESKS, AT_THE_HUB, FORM_WITH_DAYS, Member, is_hash};
use crate::store::staff as kept;

/// Pause before the hub is asked again on one connection.
const ASK_AGAIN: Duration = Duration::from_secs(15);
/// Longest that a whole list may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a question says.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    /// Number of the list that the spot has; 0: none.
    after: u64,
    /// The newest form that the spot reads; a spot of before does not say it.
    #[serde(default = "first_form")]
    form: u32,
}

fn first_form() -> u32 {
    1
}

/// Largest [`Said`], in bytes.
const MAX_SAID_BYTES: usize = 256 << 10;
/// A PIN that was chosen later than now by this much was chosen by a clock that is wrong, in milliseconds.
const MAX_AHEAD_MS: i64 = 10 * 60 * 1000;

/// What a spot says of its people.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    pins: Vec<SaidPin>,
    /// Who signed in when, milliseconds since 1970.
    seen: Vec<(String, i64)>,
}

/// A PIN that somebody chose at the spot.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidPin {
    person: String,
    /// SHA-256 of the hash that it takes the place of, hexadecimal.
    replaces: String,
    /// Hashed.
    pin: String,
    /// Milliseconds since 1970.
    at_ms: i64,
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
        let asks = (&*staff, asked.form);
        roster::for_node(&db, asks, (&spot.id, &spot.scopes), seal)
    });
    match newest.await? {
        Some((number, file)) if number > asked.after => Ok(file.into_response()),
        _ => Err(Refused::Status(StatusCode::NOT_FOUND)),
    }
}

/// `POST`: takes what a spot says of its people, as far as it may say it.
pub(super) async fn said(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Result<Response, Refused> {
    let spot = hub.enrolled.spot(&peer.fingerprint).await;
    let spot = spot.ok_or(Refused::Status(StatusCode::FORBIDDEN))?;
    let collected = timeout(IDLE, Limited::new(body, MAX_SAID_BYTES).collect()).await;
    let body = collected
        .map_err(|_| Refused::Status(StatusCode::REQUEST_TIMEOUT))?
        .map_err(|_| Refused::Status(StatusCode::PAYLOAD_TOO_LARGE))?;
    let said: Said = serde_json::from_slice(&body.to_bytes())
        .map_err(|_| Refused::Status(StatusCode::BAD_REQUEST))?;
    let most = kept::TOLD_AT_ONCE as usize;
    if said.pins.len() > most || said.seen.len() > most {
        return Err(Refused::Status(StatusCode::PAYLOAD_TOO_LARGE));
    }
    blocking(move || {
        let (node, of) = (&hub.node, (spot.id.as_str(), spot.scopes.as_slice()));
        for pin in &said.pins {
            take_pin(node, of, pin)?;
        }
        let staff = node.staff();
        let now_ms = node.now_ms();
        let db = node.store.write();
        let tx = db.unchecked_transaction()?;
        for (person, at_ms) in &said.seen {
            let member = staff.find(person, AT_DESKS);
            if member.is_some_and(|member| staff.serves_at(member, of)) {
                kept::keep_sign_in(&tx, person, (*at_ms).min(now_ms))?;
            }
        }
        Ok(tx.commit()?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Takes a PIN that was chosen at a spot, in place of the one that the hub knows. Of two that took the place of the same
/// one, the later stays.
fn take_pin(node: &Node, spot: (&str, &[String]), said: &SaidPin) -> anyhow::Result<()> {
    let _turn = node.staff_list.turn();
    let (staff, now_ms) = (node.staff(), node.now_ms());
    let Some(member) = staff.find(&said.person, AT_DESKS) else {
        return Ok(());
    };
    let refused = |why: &str| {
        tracing::warn!(
            person = member.id,
            spot = spot.0,
            why,
            "a PIN of a spot was not taken"
        );
        Ok(())
    };
    if !staff.serves_at(member, spot) {
        return refused("they do not sign in there");
    }
    if member.has_any(AT_THE_HUB) {
        return refused("it would open the console");
    }
    if !is_hash(&said.pin) || said.at_ms > now_ms + MAX_AHEAD_MS {
        return refused("it is no hash of a PIN, or of tomorrow");
    }
    if member.pin == said.pin {
        return Ok(());
    }
    let (chosen_ms, was) = kept::chosen(&node.store.read(), &member.id)?;
    let follows = fingerprint_of_pin(&member.pin) == said.replaces;
    let is_later = chosen_ms > 0 && was == said.replaces && said.at_ms > chosen_ms;
    if !follows && !is_later {
        return refused("they have another one by now");
    }
    let own = Member {
        pin: said.pin.clone(),
        once: None,
        ..member.clone()
    };
    let by = (member.id.as_str(), member.name.as_str());
    let what = format!("{}: escolheu outro PIN em {}", member.id, spot.0);
    let chosen = Some((said.at_ms, said.replaces.as_str()));
    Ok(node.keep_member(&own, by, &what, chosen)?)
}

/// The spot's side, for the life of a connection.
#[derive(Debug)]
pub(super) struct Hearing {
    node: Arc<Node>,
    asked: Option<Instant>,
    /// The hub is one of before, that is told nothing.
    is_deaf: bool,
}

impl Hearing {
    pub(super) fn new(node: Arc<Node>) -> Self {
        Self {
            node,
            asked: None,
            is_deaf: false,
        }
    }

    /// Asks for a newer list, when it was not asked for lately.
    pub(super) async fn round(&mut self, carrier: &mut Carrier) -> anyhow::Result<()> {
        if let Err(error) = self.say(carrier).await {
            let error = format!("{error:#}");
            tracing::info!(
                error,
                "the hub was not told of PINs and sign-ins; the next round does"
            );
        }
        if self.asked.is_some_and(|at| at.elapsed() < ASK_AGAIN) {
            return Ok(());
        }
        self.asked = Some(Instant::now());
        let after = self.node.staff_list.given().map_or(0, |given| given.number);
        let path = format!("/v1/people?after={after}&form={FORM_WITH_DAYS}");
        let request = Request::get(path).body(Body::empty())?;
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

    /// Tells the hub what it does not know of the people here.
    async fn say(&mut self, carrier: &mut Carrier) -> anyhow::Result<()> {
        let node = self.node.clone();
        let (pins, seen) = blocking(move || {
            let db = node.store.read();
            let mut pins = kept::own_pins(&db)?;
            pins.retain(|own| !own.told);
            pins.truncate(kept::TOLD_AT_ONCE as usize);
            Ok((pins, kept::untold_sign_ins(&db)?))
        })
        .await?;
        if pins.is_empty() && (seen.is_empty() || self.is_deaf) {
            return Ok(());
        }
        let said = Said {
            pins: pins
                .iter()
                .map(|own| SaidPin {
                    person: own.person.clone(),
                    replaces: fingerprint_of_pin(&own.replaces),
                    pin: own.pin.clone(),
                    at_ms: own.at_ms,
                })
                .collect(),
            seen: seen.clone(),
        };
        let body = Body::from(serde_json::to_vec(&said)?);
        let request = Request::post("/v1/people/said").body(body)?;
        let answer = carrier.ask_within_idle(request, &AtomicU64::new(0)).await?;
        match answer.status() {
            StatusCode::NO_CONTENT => {
                // What was asked for before does not know it yet.
                self.asked = None;
                let node = self.node.clone();
                blocking(move || Ok(kept::keep_told(&node.store.write(), &pins, &seen)?)).await
            }
            // A hub of before has no such address.
            StatusCode::NOT_FOUND => {
                self.is_deaf = true;
                Ok(())
            }
            other => anyhow::bail!("the hub answers {other}"),
        }
    }
}
