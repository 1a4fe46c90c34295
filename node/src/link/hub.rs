//! One exchange at the hub: [`Answering`] beside a stream.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::Response;
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};
use vereda_sync::exchange::Message;
use vereda_sync::exchange::message::Refusal;

use super::enrolled::{AllowList, Standing};
use super::seal::Seal;
use super::wire::{self, Messages, WireError};
use super::{IDLE, blocking};
use crate::exchange::{self, Answering, Answers, Impounding};
use crate::node::Node;

/// What all connections share.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) node: Arc<Node>,
    pub(super) enrolled: AllowList,
    pub(super) seal: Seal,
    /// The spots that exchange now. Dropping the sender ends the exchange.
    running: Mutex<HashMap<String, oneshot::Sender<()>>>,
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    /// By this the list of enrolled nodes knows it.
    pub(super) fingerprint: Arc<str>,
    /// DER.
    pub(super) certificate: Arc<[u8]>,
}

/// What ends an exchange.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Exchange(#[from] exchange::Fault),
    #[error(transparent)]
    Wire(WireError),
    #[error("nothing moves")]
    Idle,
}

impl From<WireError> for Fault {
    fn from(error: WireError) -> Self {
        match error {
            WireError::Message(error) => Self::Exchange(error.into()),
            broken => Self::Wire(broken),
        }
    }
}

impl Hub {
    pub(super) fn new(node: Arc<Node>, enrolled: AllowList, seal: Seal) -> Self {
        Self {
            node,
            enrolled,
            seal,
            running: Mutex::default(),
        }
    }

    /// The exchange of that spot begins; one that still runs is ended by that.
    fn begin(&self, spot: &str) -> oneshot::Receiver<()> {
        let (mine, ended) = oneshot::channel();
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|_, other| !other.is_closed());
        running.insert(spot.to_owned(), mine);
        ended
    }
}

/// `POST /v1/exchange`.
pub(super) async fn exchange(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Response {
    let Some(standing) = hub.enrolled.standing(&peer.fingerprint).await else {
        tracing::warn!(certificate = %peer.fingerprint, "a node that is not enrolled was refused");
        return Response::new(Body::from(wire::framed(&Message::Refuse(
            Refusal::NotEnrolled,
        ))));
    };
    let (out, answer) = wire::outgoing();
    tokio::spawn(async move {
        let (certificate, node) = (peer.certificate, hub.node.clone());
        let with = |spot| exchange::Peer { spot, certificate };
        let (ended, answering): (_, Box<dyn Answers>) = match standing {
            Standing::Enrolled(spot) => (
                hub.begin(&spot.id),
                Box::new(Answering::new(node, hub.seal.clone(), with(spot))),
            ),
            Standing::Revoked(spot, day) => (
                // Not under its id: that may be another device's by now.
                hub.begin(&spot.fingerprint),
                Box::new(Impounding::new(node, with(spot), day)),
            ),
        };
        let mut running = Running {
            answering: Arc::new(Mutex::new(answering)),
            out,
        };
        let mut messages = Messages::of(body);
        let talked = tokio::select! {
            talked = running.talk(&mut messages) => talked,
            _ = ended => Err(exchange::Fault::refuse(Refusal::NotNow).into()),
        };
        if let Err(fault) = talked {
            tracing::debug!(%fault, "an exchange ended early");
            running.say_goodbye(fault).await;
        }
    });
    Response::new(answer)
}

struct Running {
    answering: Arc<Mutex<Box<dyn Answers>>>,
    out: mpsc::Sender<Result<Bytes, std::io::Error>>,
}

impl Running {
    async fn talk(&mut self, messages: &mut Messages) -> Result<(), Fault> {
        loop {
            let feeds = {
                let answering = self.answering.lock();
                answering.unwrap_or_else(PoisonError::into_inner).feeds()
            };
            tokio::select! {
                message = messages.next() => {
                    let Some(message) = message? else { return Ok(()) };
                    let said = self.answering(move |answering| answering.receive(message)).await??;
                    for message in said {
                        self.send(&message).await?;
                    }
                }
                room = self.out.reserve(), if feeds => {
                    let room = room.map_err(|_| Fault::Wire(WireError::Cut))?;
                    if let Some(message) = self.answering(|answering| answering.feed()).await?? {
                        room.send(Ok(wire::framed(&message)));
                    }
                }
                () = sleep(IDLE) => return Err(Fault::Idle),
            }
        }
    }

    /// Lets the exchange go on, on its store.
    async fn answering<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut dyn Answers) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let answering = self.answering.clone();
        let stepped = blocking(move || {
            let mut answering = answering.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(step(&mut **answering))
        });
        Ok(stepped.await.map_err(exchange::Fault::Own)?)
    }

    async fn send(&self, message: &Message) -> Result<(), Fault> {
        timeout(IDLE, self.out.send(Ok(wire::framed(message))))
            .await
            .map_err(|_| Fault::Idle)?
            .map_err(|_| Fault::Wire(WireError::Cut))
    }

    async fn say_goodbye(&self, fault: Fault) {
        let Fault::Exchange(fault) = fault else {
            return;
        };
        let last = self.answering(move |answering| answering.goodbye(&fault));
        if let Ok(Some(message)) = last.await {
            let _ = self.send(&message).await;
        }
    }
}
