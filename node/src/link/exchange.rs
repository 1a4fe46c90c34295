//! One exchange at a spot: performs what [`Caller`] says, on the store and on
//! the stream. It never waits to send without also taking in: else both sides
//! could wait for each other.

use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::Context;
use axum::body::Body;
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::timeout;
use vereda_sync::exchange::caller::{Caller, Do};
use vereda_sync::exchange::custody::Says;
use vereda_sync::exchange::frame;
use vereda_sync::exchange::message::{Cursor, Head, Message, Refusal};
use vereda_sync::id::JournalId;
use vereda_web::desk::port::Event;

use super::connection::Connection;
use super::fault::Fault;
use super::seal::{self, Seal};
use super::state::State;
use super::wire::{self, Messages};
use super::{EXCHANGE, IDLE, Task, blocking};
use crate::clock;
use crate::node::Node;
use crate::store::{blob, custody, feed, journal, set_meta};

/// Messages that may wait to be stored before the network waits.
const QUEUE: usize = 8;

/// How an exchange ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// All is sent, proven and received.
    Well,
    /// A new journal was begun: once more, with it.
    Anew,
}

/// Runs one exchange.
pub(super) async fn run(
    node: &Arc<Node>,
    connection: &Connection,
    state: &State,
) -> Result<Ended, Fault> {
    let own = node.clone();
    let (journals, cursors, receipted) = blocking(move || {
        let (journals, cursors) = what_we_have(&own)?;
        let receipted = has_receipts(&own, &journals)?;
        Ok((journals, cursors, receipted))
    })
    .await
    .map_err(Fault::Own)?;
    let who = (node.config.node.name.as_str(), clock::wall_ms());
    let (caller, first) = Caller::begin(who, &journals, receipted, &cursors);
    let (out, body) = wire::outgoing();
    let mut running = Running {
        node: node.clone(),
        caller,
        seal: connection.seal.clone(),
        hub: connection.certificate.clone(),
        epoch: [0; 16],
        held: vec![],
        pending: VecDeque::new(),
        anew: false,
    };
    running.perform(first).await?;
    let (mut incoming, _pump) = send(connection, body);
    let ended = running.talk(&out, &mut incoming, state).await;
    match ended {
        Err(Fault::Hub(Refusal::Diverged)) => running.diverged().await,
        Err(fault) => Err(connection.explain(fault)),
        Ok(ended) => {
            // Ends the request; the hub then ends its answer, and nothing is reset.
            drop(out);
            let _ = timeout(IDLE, async { while incoming.recv().await.is_some() {} }).await;
            Ok(ended)
        }
    }
}

/// A journal, and how much of it the hub acknowledged.
type Acked = (Head, u64);
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

/// Own journals with what is acknowledged of them, and how far the feeds are known.
fn what_we_have(node: &Node) -> anyhow::Result<(Vec<Acked>, Vec<Cursor>)> {
    let db = node.store.read();
    let journals = journal::all(&db)?
        .into_iter()
        // A journal of which the hub knows more is named again once all of it is back.
        .filter(|j| j.own && j.frontier.size() >= j.acked)
        .map(|j| (j.head(), j.acked))
        .collect();
    Ok((journals, feed::cursors(&db, &node.config.node.scopes)?))
}

/// Whether the hub's receipts for these journals are here, for as much as there is.
fn has_receipts(node: &Node, journals: &[Acked]) -> anyhow::Result<bool> {
    let db = node.store.read();
    for (head, _) in journals {
        let receipt = custody::of(&db, Says::Holds, head.journal)?;
        if receipt.is_none_or(|(receipt, _)| receipt.head != *head) {
            return Ok(false);
        }
    }
    Ok(true)
}

struct Running {
    node: Arc<Node>,
    caller: Caller,
    seal: Seal,
    /// The hub's certificate.
    hub: Arc<[u8]>,
    epoch: [u8; 16],
    held: Vec<(JournalId, u64)>,
    /// What has to go out, in order.
    pending: VecDeque<Bytes>,
    anew: bool,
}

impl Running {
    async fn talk(
        &mut self,
        out: &mpsc::Sender<Result<Bytes, std::io::Error>>,
        incoming: &mut Incoming,
        state: &State,
    ) -> Result<Ended, Fault> {
        loop {
            if self.anew {
                return Ok(Ended::Anew);
            }
            if self.caller.is_finished() {
                return Ok(Ended::Well);
            }
            let wants = self.caller.wants();
            tokio::select! {
                biased;
                message = incoming.recv() => {
                    let message = message.ok_or_else(|| Fault::Down("the hub ended the exchange".into()))??;
                    if let Message::Welcome(welcome) = &message {
                        self.epoch = welcome.epoch;
                        self.held.clone_from(&welcome.held);
                    }
                    let effects = self.caller.receive(message)?;
                    self.perform(effects).await?;
                    let (done, total) = self.caller.progress();
                    state.entries(done, total);
                }
                permit = out.reserve(), if !self.pending.is_empty() || wants.is_some() => {
                    let permit = permit.map_err(|_| Fault::Down("the stream broke".into()));
                    // A broken stream shows on the incoming side with its reason.
                    let Ok(permit) = permit else {
                        let last = timeout(IDLE, incoming.recv()).await.ok().flatten();
                        return Err(last.and_then(Result::err).unwrap_or_else(|| Fault::Down("the stream broke".into())));
                    };
                    if self.pending.is_empty() && let Some((journal, first)) = wants {
                        self.upload(journal, first).await?;
                    }
                    if let Some(bytes) = self.pending.pop_front() {
                        permit.send(Ok(bytes));
                    }
                }
                () = tokio::time::sleep(IDLE) => {
                    return Err(Fault::Down("nothing moves".into()));
                }
            }
        }
    }

    async fn upload(&mut self, journal: JournalId, first: u64) -> Result<(), Fault> {
        let node = self.node.clone();
        let entries = blocking(move || {
            let db = node.store.read();
            let row = journal::find(&db, journal)?.context("no such journal")?.row;
            Ok(journal::entries(&db, row, first, frame::FRAME_BYTES)?)
        })
        .await
        .map_err(Fault::Own)?;
        let effects = self.caller.upload(journal, first, &entries)?;
        self.perform(effects).await
    }

    /// Performs effects in order: what is to be kept is on disk before the next one.
    async fn perform(&mut self, effects: Vec<Do>) -> Result<(), Fault> {
        for effect in effects {
            match effect {
                Do::Send(message) => self.pending.push_back(wire::framed(&message)),
                Do::Finish => (),
                Do::SealCheckpoint(head) => {
                    let sealed = self.seal.put(Says::Wrote, head, clock::wall_ms());
                    let sealed = sealed.map_err(Fault::Own)?;
                    let message = Message::Checkpoint(sealed);
                    self.pending.push_back(wire::framed(&message));
                }
                effect => {
                    if let Do::KeepProof(sealed) = &effect {
                        // Without its seal the hub's word is worth nothing tomorrow.
                        seal::examine(&self.hub, Says::Holds, sealed)
                            .map_err(|e| Fault::Down(format!("the hub's receipt: {e:#}")))?;
                    }
                    let (node, epoch, hub) = (self.node.clone(), self.epoch, self.hub.clone());
                    self.anew |= blocking(move || keep(&node, epoch, &hub, effect))
                        .await
                        .map_err(Fault::Own)?;
                }
            }
        }
        Ok(())
    }

    /// The hub holds something else under the name of one of our journals.
    async fn diverged(&mut self) -> Result<Ended, Fault> {
        let (node, held) = (self.node.clone(), self.held.clone());
        let begun = blocking(move || {
            let (journals, _) = what_we_have(&node)?;
            let mut begun = false;
            for (head, acked) in journals {
                let at_hub = held.iter().find(|(j, _)| *j == head.journal);
                // Those of which the hub has no more than it acknowledged are not the cause.
                if let Some((_, held)) = at_hub.filter(|(_, held)| *held > acked) {
                    begun |= node.begin_new_journal(head.journal, *held)?;
                }
            }
            Ok(begun)
        })
        .await
        .map_err(Fault::Own)?;
        if begun {
            Ok(Ended::Anew)
        } else {
            Err(Fault::Hub(Refusal::Diverged))
        }
    }
}

/// Keeps durably; gives whether the exchange must begin anew.
fn keep(node: &Node, epoch: [u8; 16], hub: &[u8], effect: Do) -> anyhow::Result<bool> {
    match effect {
        Do::KeepAck { journal, size } => {
            journal::keep_ack(&node.store.write(), journal, size)?;
        }
        Do::KeepProof(sealed) => {
            let db = node.store.write();
            let tx = db.unchecked_transaction()?;
            journal::keep_proof(&tx, &sealed.head, clock::now_ms())?;
            custody::keep(&tx, Says::Holds, &sealed, hub)?;
            tx.commit()?;
            drop(db);
            node.tell(Event::Strip);
        }
        Do::KeepSame(heads) => {
            let db = node.store.write();
            for head in heads {
                journal::keep_proof(&db, &head, clock::now_ms())?;
            }
            drop(db);
            node.tell(Event::Strip);
        }
        Do::BeginEpoch(epoch) => begin_epoch(node, epoch)?,
        Do::CompareClock(hub_ms) => node.compare_clock(hub_ms)?,
        Do::StoreFeed(feed) => {
            node.take_feed(epoch, &feed)?;
        }
        Do::CompareFeed { scope, seq, root } => {
            let db = node.store.write();
            let known = feed::scope(&db, &scope)?.map_or_else(Default::default, |s| s.frontier);
            if known.size() != seq || known.root() != root {
                tracing::warn!(
                    scope,
                    seq,
                    "the feed is not what the hub has: it begins anew"
                );
                feed::forget(&db, &scope)?;
            }
        }
        Do::BeginNewJournal { journal, held } => {
            return Ok(node.begin_new_journal(journal, held)?);
        }
        Do::Send(_) | Do::SealCheckpoint(_) | Do::Finish => (),
    }
    Ok(false)
}

/// The hub was restored: its feeds begin anew, and what it may have lost is offered again.
fn begin_epoch(node: &Node, epoch: [u8; 16]) -> anyhow::Result<()> {
    let db = node.store.write();
    if crate::store::meta::<[u8; 16]>(&db, "hub_epoch")? == Some(epoch) {
        return Ok(());
    }
    let tx = db.unchecked_transaction()?;
    tx.execute("DELETE FROM scope WHERE epoch <> ?1", [epoch])?;
    blob::offer_again(&tx, &node.config.node.id)?;
    for journal in journal::all(&tx)?.iter().filter(|j| j.own) {
        let kept = journal.frontier.size();
        if kept < journal.acked {
            journal::keep_ack(&tx, journal.id, kept)?;
        }
    }
    set_meta(&tx, "hub_epoch", epoch)?;
    Ok(tx.commit()?)
}
