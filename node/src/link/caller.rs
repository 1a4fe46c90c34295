//! The spot's side, for the node's life: connect, exchange, wait, again.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};
use vereda_sync::exchange::message::Refusal;
use vereda_web::desk::port::Link;

use super::arrival::{Arrival, Arrivals};
use super::bell::Bell;
use super::condition;
use super::connection::{Connection, server_name};
use super::exchange;
use super::fault::Fault;
use super::orders::Obeying;
use super::renewing;
use super::state::{Phase, State};
use super::{Task, blocking, carry};
use crate::config::Hub;
use crate::exchange::Ended;
use crate::node::{Node, random};
use crate::told::BEGAN;

/// What is written together is sent together.
const DEBOUNCE: Duration = Duration::from_millis(300);
/// First pause after a failure, and the shortest.
const RETRY: Duration = Duration::from_secs(1);
/// Most exchanges that begin anew one after the other.
const MAX_ANEW: u32 = 4;

/// The link of a spot; ends when it is dropped.
#[derive(Debug)]
pub struct LinkHandle {
    state: State,
    arrivals: Arrivals,
    now: Arc<Notify>,
    _task: Task,
}

impl LinkHandle {
    /// How the link is.
    #[must_use]
    pub fn state(&self) -> Link {
        self.state.shown()
    }

    /// When it brought work to the hub last, after it had not reached it.
    #[must_use]
    pub fn arrival(&self) -> Option<Arrival> {
        self.arrivals.last()
    }

    /// Tries at once, whatever was waited for.
    pub fn sync_now(&self) {
        self.now.notify_one();
    }
}

/// Starts the link of a spot with its hub.
///
/// # Errors
/// When the address cannot be one. What only the hub or a file can tell shows
/// in the state: the desk works without.
pub fn start_caller(node: Arc<Node>, config: &Hub) -> anyhow::Result<LinkHandle> {
    server_name(config)?;
    LazyLock::force(&BEGAN);
    let state = State::new(node.clone());
    let (now, arrivals) = (Arc::new(Notify::new()), Arrivals::default());
    let caller = Caller {
        node,
        hub: config.clone(),
        state: state.clone(),
        arrivals: arrivals.clone(),
        now: now.clone(),
        pause: RETRY,
        began: Instant::now(),
    };
    Ok(LinkHandle {
        state,
        arrivals,
        now,
        _task: Task::spawn(caller.run()),
    })
}

struct Caller {
    node: Arc<Node>,
    hub: Hub,
    state: State,
    arrivals: Arrivals,
    now: Arc<Notify>,
    pause: Duration,
    began: Instant,
}

impl Caller {
    async fn run(mut self) {
        loop {
            let Err(fault) = self.session().await else {
                sleep(DEBOUNCE).await;
                continue;
            };
            let failed = Instant::now();
            let again = failed + jittered(self.pause);
            self.pause = (self.pause * 2).min(Duration::from_secs(self.hub.retry_max_s.into()));
            match fault.words() {
                Some(words) => {
                    tracing::warn!(%fault, "the hub must not be talked to");
                    self.state.set(Phase::Refused(words));
                }
                None => {
                    tracing::info!(%fault, "the hub cannot be reached");
                    self.state.set(Phase::Down(again));
                }
            }
            let node = self.node.clone();
            let unsent = async {
                // However fast changes come, not more than one try a second.
                sleep_until(failed + RETRY).await;
                node.unsent.notified().await;
            };
            tokio::select! {
                () = sleep_until(again) => (),
                () = self.now.notified() => (),
                () = unsent => (),
            }
        }
    }

    /// Connects and exchanges until something breaks, or there is another certificate to connect with.
    async fn session(&mut self) -> Result<(), Fault> {
        renewing::late(&self.node, &self.hub, false).await?;
        let connection = match Connection::open(&self.hub).await {
            // The hub's clock says so, and this one not.
            Err(Fault::Ended) => return renewing::late(&self.node, &self.hub, true).await,
            opened => opened?,
        };
        let (node, arrivals) = (self.node.clone(), self.arrivals.clone());
        let reached = blocking(move || Ok(arrivals.reached(&node)?));
        reached.await.map_err(Fault::Own)?;
        let (go, renewed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let mut obeying = Obeying {
            node: self.node.clone(),
            requests: connection.requests.clone(),
            hub: self.hub.clone(),
            renewed: renewed.clone(),
        };
        let (records, way) = watch::channel(true);
        let _carry = Task::spawn(carry::run(
            self.node.clone(),
            connection.requests.clone(),
            self.state.clone(),
            (go.clone(), way),
            (connection.certificate.clone(), obeying.clone()),
        ));
        let exchanged = Arc::new(Notify::new());
        let _telling = Task::spawn(condition::run(
            self.node.clone(),
            connection.requests.clone(),
            self.began,
            exchanged.clone(),
        ));
        let _renewing = Task::spawn(renewing::run(
            self.node.clone(),
            connection.requests.clone(),
            self.hub.clone(),
            renewed.clone(),
        ));
        let (mut anew, mut bell) = (0, Bell::default());
        let poll = Duration::from_secs(self.hub.poll_s.into());
        loop {
            records.send_replace(true);
            let ended = exchange::run(&self.node, &connection, &self.state).await;
            records.send_replace(false);
            match ended {
                Err(fault @ (Fault::Hub(_) | Fault::Refused(_))) => {
                    // Whoever is let in no longer may still hear that it is to lay down what it holds.
                    if let Err(error) = obeying.round().await {
                        tracing::debug!(error = format!("{error:#}"), "the hub orders nothing");
                    }
                    return Err(fault);
                }
                Err(fault) => return Err(fault),
                Ok(Ended::Anew) if anew < MAX_ANEW => {
                    anew += 1;
                    continue;
                }
                Ok(Ended::Anew) => return Err(Fault::Hub(Refusal::Diverged)),
                Ok(Ended::Well) => anew = 0,
            }
            self.pause = RETRY;
            self.state.set(Phase::Up);
            go.notify_one();
            exchanged.notify_one();
            tokio::select! {
                () = self.node.unsent.notified() => sleep(DEBOUNCE).await,
                () = self.now.notified() => (),
                // Between two exchanges: nothing is interrupted.
                () = renewed.notified() => return Ok(()),
                () = bell.rings(&self.node, &connection, poll) => (),
            }
            if connection.is_closed() {
                return Err(connection.explain(Fault::Down("the connection was closed".into())));
            }
        }
    }
}

/// Half as long to half again as long: not all spots come back at once.
fn jittered(pause: Duration) -> Duration {
    let random: u32 = random().map_or(0, u32::from_be_bytes);
    pause.mul_f64(0.5 + f64::from(random) / f64::from(u32::MAX))
}
