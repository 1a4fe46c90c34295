//! Spots near each other, without a hub: they find each other on the local network, prove
//! that one authority enrolled them, and share the scopes that both hold for as long as they
//! are together.
//!
//! ```text
//! POST /v1/meeting           messages of `vereda_sync::exchange::meeting` both ways, kept open
//! POST /v1/meeting/errands   what is carried for the other one and for the hub ([`super::errands`])
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::Response;
use axum::routing::post;
use hyper::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use vereda_web::desk::port::{Event, Near};

use super::blobs::Refused;
use super::hub::Peer;
use super::wire::{self, Messages};
use super::{Task, connection, errands, listener, tls};
use crate::config::{Hub, Peers as Config};
use crate::exchange::Neighbour;
use crate::node::Node;
use crate::store::revoked;

mod discovery;
mod together;

/// Path of a meeting.
const MEETING: &str = "/v1/meeting";
/// Most spots that are met at once.
const MAX_NEAR: usize = 16;
/// Before a spot that could not be met is tried again.
const RETRY: std::time::Duration = std::time::Duration::from_secs(3);

/// The spots nearby; ends when it is dropped.
#[derive(Debug)]
pub struct PeersHandle {
    /// Where this one listens for them.
    pub address: SocketAddr,
    company: Company,
    _tasks: Vec<Task>,
}

impl PeersHandle {
    /// Who is near, by name.
    #[must_use]
    pub fn near(&self) -> Vec<Near> {
        self.company.near()
    }
}

/// Starts to listen for other spots, to look for them, and to meet them.
///
/// # Errors
/// When a certificate does not serve or the address is taken.
pub fn start_peers(node: Arc<Node>, hub: &Hub, config: &Config) -> anyhow::Result<PeersHandle> {
    let tls = tls::server_of_spot(&hub.certificate, &hub.key, &hub.authority)?;
    let listener = std::net::TcpListener::bind(config.listen)
        .with_context(|| format!("listening for other spots at {}", config.listen))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let company = Company {
        node: node.clone(),
        here: Arc::default(),
    };
    let router = Router::new()
        .route(MEETING, post(meeting))
        .route(errands::AT_PEER, post(hand_over))
        .with_state(company.clone());
    let accept = listener::accept(
        TcpListener::from_std(listener)?,
        TlsAcceptor::from(Arc::new(tls)),
        (router, None),
        MAX_NEAR,
    );
    let (found, finds) = mpsc::channel(MAX_NEAR);
    let callers = Callers {
        company: company.clone(),
        hub: hub.clone(),
        known: config.known.clone(),
    };
    let mut tasks = vec![Task::spawn(accept), Task::spawn(callers.run(finds))];
    if config.discover {
        let authority = tls::fingerprint_of(&hub.authority)?;
        let own = discovery::Own {
            node: node.config.node.id.clone(),
            authority,
            port: address.port(),
        };
        let look = discovery::run(own, config.interfaces.clone(), found);
        tasks.push(Task::spawn(async move {
            if let Err(error) = look.await {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "other spots cannot be looked for"
                );
            }
        }));
    }
    Ok(PeersHandle {
        address,
        company,
        _tasks: tasks,
    })
}

/// `POST /v1/meeting`.
async fn meeting(
    State(company): State<Company>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Result<Response, StatusCode> {
    let with = company.admit(&peer.certificate).map_err(|error| {
        tracing::warn!(error = format!("{error:#}"), "a spot nearby was refused");
        StatusCode::FORBIDDEN
    })?;
    let (out, answer) = wire::outgoing();
    tokio::spawn(async move {
        let ended = together::run(&company, with, Messages::of(body), out).await;
        tracing::debug!(?ended, "a meeting ended");
    });
    Ok(Response::new(answer))
}

/// `POST /v1/meeting/errands`.
async fn hand_over(
    State(company): State<Company>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Result<Response, Refused> {
    let with = company.admit(&peer.certificate);
    let with = with.map_err(|_| Refused::Status(StatusCode::FORBIDDEN))?;
    errands::at_peer(Arc::clone(&company.node), with.node, body).await
}

/// The spots that are being met.
#[derive(Debug, Clone)]
struct Company {
    node: Arc<Node>,
    here: Arc<Mutex<BTreeMap<u64, (Neighbour, Near)>>>,
}

impl Company {
    fn near(&self) -> Vec<Near> {
        let here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = BTreeSet::new();
        let once = here.values().filter(|(with, _)| seen.insert(&with.node));
        once.map(|(_, near)| near.clone()).collect()
    }

    /// Who has that certificate, if this node may meet it.
    fn admit(&self, certificate: &[u8]) -> anyhow::Result<Neighbour> {
        let with = tls::neighbour(certificate)?;
        let own = &self.node.config.node;
        anyhow::ensure!(
            with.node != own.id,
            "another machine goes by the name of this node: a copied disk, or keys that were given away"
        );
        anyhow::ensure!(
            own.scopes.iter().any(|scope| with.scopes.contains(scope)),
            "{} and this node have no scope in common",
            with.node
        );
        self.still_accepts(&with)?;
        Ok(with)
    }

    /// The hub may have said meanwhile that it accepts that spot no longer.
    fn still_accepts(&self, with: &Neighbour) -> anyhow::Result<()> {
        anyhow::ensure!(
            !revoked::is(&self.node.store.read(), &with.certificate)?,
            "the hub accepts {} no longer: its certificate was revoked",
            with.node
        );
        Ok(())
    }

    /// Whether that spot is being met already.
    fn meets(&self, with: &Neighbour) -> bool {
        let here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        here.values().any(|(other, _)| other.node == with.node)
    }

    fn enter(&self, with: Neighbour) -> Entered {
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        let place = here.last_key_value().map_or(0, |(last, _)| last + 1);
        let near = Near {
            name: with.node.clone(),
            whole: false,
        };
        here.insert(place, (with, near));
        drop(here);
        self.node.tell(Event::Strip);
        Entered {
            company: self.clone(),
            place,
        }
    }
}

/// A spot is near for as long as this is kept.
struct Entered {
    company: Company,
    place: u64,
}

impl Entered {
    fn change(&self, change: impl FnOnce(&mut Near)) {
        let mut here = self.company.here.lock();
        let here = here.as_mut().map(|here| here.get_mut(&self.place));
        let Ok(Some((_, near))) = here else {
            return;
        };
        let before = near.clone();
        change(near);
        let changed = *near != before;
        if changed {
            self.company.node.tell(Event::Strip);
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let here = self.company.here.lock();
        here.unwrap_or_else(PoisonError::into_inner)
            .remove(&self.place);
        self.company.node.tell(Event::Strip);
    }
}

/// Calls the spots that are known or were found.
struct Callers {
    company: Company,
    hub: Hub,
    known: Vec<String>,
}

impl Callers {
    async fn run(self, mut finds: mpsc::Receiver<discovery::Found>) {
        let mut calls = JoinSet::new();
        let mut called = BTreeMap::new();
        for address in &self.known {
            let call = call(
                self.company.clone(),
                self.hub.clone(),
                vec![address.clone()],
            );
            calls.spawn(call);
        }
        while let Some(found) = finds.recv().await {
            match found {
                discovery::Found::Here { name, addresses } if called.len() < MAX_NEAR => {
                    let call = call(self.company.clone(), self.hub.clone(), addresses);
                    if let Some(before) = called.insert(name, calls.spawn(call)) {
                        before.abort();
                    }
                }
                discovery::Found::Here { name, .. } => {
                    tracing::warn!(name, "too many spots are near to meet this one too");
                }
                discovery::Found::Gone { name } => {
                    if let Some(call) = called.remove(&name) {
                        call.abort();
                    }
                }
            }
            while calls.try_join_next().is_some() {}
        }
        // Nobody is looked for: those that are known are called all the same.
        while calls.join_next().await.is_some() {}
    }
}

/// Calls a spot at one of its addresses, again and again.
async fn call(company: Company, hub: Hub, addresses: Vec<String>) {
    loop {
        for address in &addresses {
            if let Err(error) = call_once(&company, &hub, address).await {
                let error = format!("{error:#}");
                tracing::debug!(address, error, "a spot nearby could not be met");
            }
        }
        sleep(RETRY).await;
    }
}

async fn call_once(company: &Company, hub: &Hub, address: &str) -> anyhow::Result<()> {
    let connection = connection::to_spot(hub, address).await?;
    let with = company.admit(&connection.certificate)?;
    if company.meets(&with) {
        return Ok(());
    }
    let handed = errands::with_peer(&company.node, &with.node, connection.requests.clone());
    if let Err(error) = handed.await {
        let error = format!("{error:#}");
        tracing::debug!(address, error, "nothing was handed over for others");
    }
    let (out, body) = wire::outgoing();
    let request = hyper::Request::post(MEETING).body(body)?;
    let answer = connection.requests.clone().send_request(request).await?;
    anyhow::ensure!(
        answer.status().is_success(),
        "it answers {}",
        answer.status()
    );
    let messages = Messages::of(Body::new(answer.into_body()));
    together::run(company, with, messages, out).await
}
