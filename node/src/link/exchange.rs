//! One exchange at a spot: [`Calling`] beside a stream. It never waits to send without also
//! taking in: else both sides could wait for each other.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use vereda_sync::exchange::Message;

use super::connection::Connection;
use super::fault::Fault;
use super::state::State;
use super::wire::{self, Messages};
use super::{EXCHANGE, IDLE, Task, blocking};
use crate::exchange::{self, Calling, Ended};
use crate::node::Node;

/// Messages that may wait to be stored before the network waits.
const QUEUE: usize = 8;
/// While nothing moves, between two looks at what that means for the strip.
const LOOK: Duration = Duration::from_secs(5);

/// Runs one exchange.
pub(super) async fn run(
    node: &Arc<Node>,
    connection: &Connection,
    state: &State,
) -> Result<Ended, Fault> {
    let (node, seal) = (node.clone(), connection.seal.clone());
    let hub = connection.certificate.clone();
    let begun = blocking(move || Calling::begin(node, seal, hub)).await;
    let (calling, first) = begun.map_err(Fault::Own)?;
    let (out, body) = wire::outgoing();
    let mut running = Running {
        calling: Arc::new(Mutex::new(calling)),
        pending: first.iter().map(wire::framed).collect(),
    };
    let (mut incoming, _pump) = send(connection, body);
    let ended = running.talk(&out, &mut incoming, state).await;
    let ended = ended.map_err(|fault| connection.explain(fault))?;
    // Ends the request; the hub then ends its answer, and nothing is reset.
    drop(out);
    let _ = timeout(IDLE, async { while incoming.recv().await.is_some() {} }).await;
    Ok(ended)
}

type Incoming = mpsc::Receiver<Result<Message, Fault>>;

/// Sends the request and takes in what comes, also while the request still goes out.
fn send(connection: &Connection, body: Body) -> (Incoming, Task) {
    let (to, incoming) = mpsc::channel(QUEUE);
    let mut requests = connection.requests.clone();
    let pump = Task::spawn(async move {
        let asked = async {
            let request = hyper::Request::post(EXCHANGE)
                .body(body)
                .map_err(|e| Fault::Down(e.to_string()))?;
            requests
                .send_request(request)
                .await
                .map_err(|e| Fault::Down(e.to_string()))
        };
        let mut messages = match asked.await {
            Ok(answer) if answer.status().is_success() => {
                Messages::of(Body::new(answer.into_body()))
            }
            Ok(answer) => {
                let why = format!("the hub answers {}", answer.status());
                let _ = to.send(Err(Fault::Down(why))).await;
                return;
            }
            Err(fault) => {
                let _ = to.send(Err(fault)).await;
                return;
            }
        };
        while let Some(message) = messages.next().await.transpose() {
            let broken = message.is_err();
            if to.send(message.map_err(Fault::from)).await.is_err() || broken {
                return;
            }
        }
    });
    (incoming, pump)
}

struct Running {
    calling: Arc<Mutex<Calling>>,
    /// What has to go out, in order.
    pending: VecDeque<Bytes>,
}

impl Running {
    async fn talk(
        &mut self,
        out: &mpsc::Sender<Result<Bytes, std::io::Error>>,
        incoming: &mut Incoming,
        state: &State,
    ) -> Result<Ended, Fault> {
        let mut moved = Instant::now();
        loop {
            let (ended, wants, (done, total)) = {
                let calling = self.calling.lock();
                let calling = calling.unwrap_or_else(PoisonError::into_inner);
                (calling.ended(), calling.wants(), calling.progress())
            };
            state.entries(done, total);
            if let Some(ended) = ended {
                return Ok(ended);
            }
            tokio::select! {
                biased;
                message = incoming.recv() => {
                    let message = message.ok_or_else(|| Fault::Down("the hub ended the exchange".into()))??;
                    self.calling(move |calling| calling.receive(message)).await?;
                    moved = Instant::now();
                }
                permit = out.reserve(), if !self.pending.is_empty() || wants => {
                    let permit = permit.map_err(|_| Fault::Down("the stream broke".into()));
                    // A broken stream shows on the incoming side with its reason.
                    let Ok(permit) = permit else {
                        let last = timeout(IDLE, incoming.recv()).await.ok().flatten();
                        return Err(last.and_then(Result::err).unwrap_or_else(|| Fault::Down("the stream broke".into())));
                    };
                    if self.pending.is_empty() {
                        self.calling(Calling::upload).await?;
                    }
                    if let Some(bytes) = self.pending.pop_front() {
                        permit.send(Ok(bytes));
                    }
                    moved = Instant::now();
                }
                () = sleep(LOOK) => state.look(),
                () = sleep_until(moved + IDLE) => {
                    return Err(Fault::Down("nothing moves".into()));
                }
            }
        }
    }

    /// Lets the exchange go on, on its store, and takes what it has to say.
    async fn calling(
        &mut self,
        step: impl FnOnce(&mut Calling) -> Result<Vec<Message>, exchange::Fault> + Send + 'static,
    ) -> Result<(), Fault> {
        let calling = self.calling.clone();
        let said = blocking(move || {
            let mut calling = calling.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(step(&mut calling))
        });
        let said = said.await.map_err(Fault::Own)??;
        self.pending.extend(said.iter().map(wire::framed));
        Ok(())
    }
}
