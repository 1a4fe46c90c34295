//! One exchange at the hub: [`Answering`], or [`Impounding`], beside a stream.

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

use super::bell::Bells;
use super::catalogue::Seen;
use super::enrolled::{AllowList, Standing};
use super::seal::Seal;
use super::wire::{self, Messages, WireError};
use super::{IDLE, blocking};
use crate::enrolment::Office;
use crate::exchange::{self, Answering, Impounding};
use crate::node::Node;

/// What all connections share.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) node: Arc<Node>,
    pub(super) enrolled: AllowList,
    pub(super) seal: Seal,
    /// The catalogue file that was looked at last.
    pub(super) catalogue_seen: Mutex<Seen>,
    pub(super) bells: Bells,
    /// Where certificates are signed, if that is here.
    pub(super) office: Option<Arc<Office>>,
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
    pub(super) fn new(
        node: Arc<Node>,
        enrolled: AllowList,
        (seal, office): (Seal, Option<Arc<Office>>),
    ) -> Self {
        Self {
            node,
            enrolled,
            seal,
            catalogue_seen: Mutex::default(),
            bells: Bells::new(),
            office,
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
        let (ended, side) = match standing {
            Standing::Enrolled(spot) => (
                hub.begin(&spot.id),
                Side::In(Box::new(Answering::new(node, hub.seal.clone(), with(spot)))),
            ),
            Standing::Revoked(spot, day) => (
                // Not under its id: that may be another device's by now.
                hub.begin(&spot.fingerprint),
                Side::Out(Box::new(Impounding::new(node, with(spot), day))),
            ),
        };
        let mut running = Running {
            side: Arc::new(Mutex::new(side)),
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

/// This side of an exchange, by who is at the other end.
enum Side {
    /// A spot that is enrolled.
    In(Box<Answering>),
    /// One that was.
    Out(Box<Impounding>),
}

impl Side {
    fn receive(&mut self, message: Message) -> Result<Vec<Message>, exchange::Fault> {
        match self {
            Self::In(answering) => answering.receive(message),
            Self::Out(impounding) => impounding.receive(message),
        }
    }

    fn feeds(&self) -> bool {
        match self {
            Self::In(answering) => answering.feeds(),
            Self::Out(_) => false,
        }
    }

    fn feed(&mut self) -> Result<Option<Message>, exchange::Fault> {
        match self {
            Self::In(answering) => answering.feed(),
            Self::Out(_) => Ok(None),
        }
    }

    fn goodbye(&mut self, fault: &exchange::Fault) -> Option<Message> {
        match self {
            Self::In(answering) => answering.goodbye(fault),
            Self::Out(impounding) => Some(impounding.goodbye(fault)),
        }
    }
}

struct Running {
    side: Arc<Mutex<Side>>,
    out: mpsc::Sender<Result<Bytes, std::io::Error>>,
}

impl Running {
    async fn talk(&mut self, messages: &mut Messages) -> Result<(), Fault> {
        loop {
            let feeds = {
                let side = self.side.lock();
                side.unwrap_or_else(PoisonError::into_inner).feeds()
            };
            tokio::select! {
                message = messages.next() => {
                    let Some(message) = message? else { return Ok(()) };
                    let said = self.on(move |side| side.receive(message)).await??;
                    for message in said {
                        self.send(&message).await?;
                    }
                }
                room = self.out.reserve(), if feeds => {
                    let room = room.map_err(|_| Fault::Wire(WireError::Cut))?;
                    if let Some(message) = self.on(Side::feed).await?? {
                        room.send(Ok(wire::framed(&message)));
                    }
                }
                () = sleep(IDLE) => return Err(Fault::Idle),
            }
        }
    }

    /// Lets the exchange go on, on its store.
    async fn on<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut Side) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let side = self.side.clone();
        let stepped = blocking(move || {
            Ok(step(
                &mut side.lock().unwrap_or_else(PoisonError::into_inner),
            ))
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
        let last = self.on(move |side| side.goodbye(&fault));
        if let Ok(Some(message)) = last.await {
            let _ = self.send(&message).await;
        }
    }
}
