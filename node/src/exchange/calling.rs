//! An exchange that this node began.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::Context;
use vereda_sync::erasure;
use vereda_sync::exchange::caller::{Caller, Do};
use vereda_sync::exchange::custody::Says;
use vereda_sync::exchange::message::{Cursor, Head, Message, Refusal, Vouched, tag};
use vereda_sync::exchange::{ExchangeError, LENT, frame};
use vereda_sync::id::JournalId;
use vereda_web::desk::port::Event;

use super::Fault;
use crate::link::seal::{self, Seal};
use crate::node::Node;
use crate::store::{blob, custody, feed, journal, set_meta, unheard};

/// How an exchange ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All is sent, proven and received.
    Well,
    /// A new journal was begun: once more, with it.
    Anew,
}

/// The caller's side, on its store.
#[derive(Debug)]
pub struct Calling {
    node: Arc<Node>,
    caller: Caller,
    seal: Seal,
    /// The hub's certificate, DER: its receipts must be sealed under it.
    hub: Arc<[u8]>,
    epoch: [u8; 16],
    /// The journals of the hello, in its order.
    said: Vec<JournalId>,
    /// What the hub holds of them.
    held: Vec<(JournalId, u64)>,
    anew: bool,
}

impl Calling {
    /// Begins an exchange with the hub that has this certificate; gives what to say first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn begin(
        node: Arc<Node>,
        seal: Seal,
        certificate: Arc<[u8]>,
    ) -> anyhow::Result<(Self, Vec<Message>)> {
        let (journals, cursors) = what_we_have(&node)?;
        let receipted = has_receipts(&node, &journals)?;
        // The hub knows the name once an exchange of this process ended well.
        let name = match node.introduced.load(Ordering::Relaxed) {
            true => "",
            false => node.config.node.name.as_str(),
        };
        let who = (name, node.wall_ms());
        let hub = (node.store.meta("hub_epoch")?, cursors.as_slice());
        let (caller, first) = Caller::begin(who, &journals, receipted, hub);
        let mut this = Self {
            node: node.clone(),
            caller,
            seal,
            hub: certificate,
            epoch: [0; 16],
            said: journals.iter().map(|(head, _)| head.journal).collect(),
            held: vec![],
            anew: false,
        };
        let said = this.perform(first).map_err(anyhow::Error::from)?;
        Ok((this, said))
    }

    /// Takes a message of the hub; gives what to say to it.
    ///
    /// # Errors
    /// When the exchange cannot go on.
    pub fn receive(&mut self, message: Message) -> Result<Vec<Message>, Fault> {
        if let Message::Welcome(welcome) = &message {
            self.epoch = welcome.epoch;
            let held = self.said.iter().copied().zip(welcome.held.iter().copied());
            self.held = held.collect();
        }
        match self.caller.receive(message) {
            Ok(effects) => {
                let said = self.perform(effects)?;
                if self.caller.is_finished() {
                    self.node.introduced.store(true, Ordering::Relaxed);
                    settle_epoch(&self.node)?;
                    self.node.adopt()?;
                }
                Ok(said)
            }
            Err(ExchangeError::Refused(Refusal::Diverged)) if self.diverged()? => Ok(vec![]),
            Err(ExchangeError::Refused(Refusal::Revoked)) => {
                let (acked, all) = self.caller.progress();
                Err(Fault::InQuarantine(all - acked))
            }
            Err(error) => {
                // The next one says all again, and under seal.
                self.node.introduced.store(false, Ordering::Relaxed);
                Err(error.into())
            }
        }
    }

    /// Whether there are entries to be sent now.
    #[must_use]
    pub fn wants(&self) -> bool {
        self.caller.wants().is_some()
    }

    /// Reads the next entries; gives what to say.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn upload(&mut self) -> Result<Vec<Message>, Fault> {
        let Some((id, first)) = self.caller.wants() else {
            return Ok(vec![]);
        };
        let entries = {
            let db = self.node.store.read();
            let journal = journal::row_of(&db, id)?.context("no such journal")?;
            journal::entries(&db, journal, first, frame::FRAME_BYTES)?
        };
        let effects = self.caller.upload(id, first, &entries)?;
        self.perform(effects)
    }

    /// How much is acknowledged of all there is, in entries.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        self.caller.progress()
    }

    /// How it ended, once it has.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        match (self.anew, self.caller.is_finished()) {
            (true, _) => Some(Ended::Anew),
            (false, true) => Some(Ended::Well),
            (false, false) => None,
        }
    }

    /// Performs effects in order: what is to be kept is on disk before the next one.
    fn perform(&mut self, effects: Vec<Do>) -> Result<Vec<Message>, Fault> {
        let mut said = Vec::new();
        for effect in effects {
            match effect {
                Do::Send(message) => said.push(message),
                Do::SealCheckpoint { number, head } => {
                    let sealed = self.seal.put(Says::Wrote, head, self.node.wall_ms())?;
                    said.push(Message::Checkpoint(Vouched {
                        journal: number,
                        tag: tag(&head.root),
                        at_ms: sealed.at_ms,
                        seal: sealed.seal,
                    }));
                }
                effect => self.keep(effect)?,
            }
        }
        Ok(said)
    }

    fn keep(&mut self, effect: Do) -> Result<(), Fault> {
        let node = &self.node;
        match effect {
            Do::KeepAck { journal, size } => {
                journal::keep_ack(&node.store.write(), journal, size)?;
            }
            Do::KeepProof(sealed) => {
                // Without its seal the hub's word is worth nothing tomorrow.
                seal::examine(&self.hub, Says::Holds, &sealed).map_err(|error| {
                    tracing::warn!(error = format!("{error:#}"), "the hub's receipt");
                    ExchangeError::Malformed("receipt")
                })?;
                let db = node.store.write();
                let tx = db.unchecked_transaction().map_err(anyhow::Error::from)?;
                journal::keep_proof(&tx, &sealed.head, self.node.now_ms())?;
                custody::keep(&tx, Says::Holds, &sealed, &self.hub)?;
                tx.commit().map_err(anyhow::Error::from)?;
                drop(db);
                node.tell(Event::Strip);
            }
            Do::KeepAgreed(head) => {
                journal::keep_proof(&node.store.write(), &head, self.node.now_ms())?;
                node.tell(Event::Strip);
            }
            Do::KeepSame(heads) => {
                let db = node.store.write();
                for head in heads {
                    journal::keep_proof(&db, &head, self.node.now_ms())?;
                }
                drop(db);
                node.tell(Event::Strip);
            }
            Do::BeginEpoch(epoch) => begin_epoch(node, epoch)?,
            Do::CompareClock(hub_ms) => node.compare_clock(hub_ms)?,
            Do::StoreFeed(feed) => {
                node.take_feed(self.epoch, &feed)?;
            }
            Do::CompareFeed {
                scope,
                seq,
                tag: theirs,
            } => {
                let db = node.store.write();
                let known = feed::scope(&db, &scope)?.map_or_else(Default::default, |s| s.frontier);
                if known.size() != seq || tag(&known.root()) != theirs {
                    tracing::warn!(
                        scope,
                        seq,
                        "the feed is not what the hub has: it begins anew"
                    );
                    unheard::doubt(&db, &scope, node.now_ms())?;
                    feed::forget(&db, &scope)?;
                }
            }
            Do::BeginNewJournal { journal, held } => {
                self.anew |= node.begin_new_journal(journal, held)?;
            }
            Do::Send(_) | Do::SealCheckpoint { .. } | Do::Finish => (),
        }
        Ok(())
    }

    /// The hub holds something else under the name of one of our journals. Gives whether
    /// a new one was begun for that.
    fn diverged(&mut self) -> anyhow::Result<bool> {
        // By name: since the hello a journal may have become whole, or another have begun.
        let (journals, _) = what_we_have(&self.node)?;
        for (head, acked) in journals {
            let at_hub = self
                .held
                .iter()
                .find(|(journal, _)| *journal == head.journal);
            // Those of which the hub has no more than it acknowledged are not the cause.
            if let Some((_, held)) = at_hub.filter(|(_, held)| *held > acked) {
                self.anew |= self.node.begin_new_journal(head.journal, *held)?;
            }
        }
        Ok(self.anew)
    }
}

/// A journal, and how much of it the hub acknowledged.
type Acked = (Head, u64);

/// Own journals with what is acknowledged of them, and how far the feeds are known.
fn what_we_have(node: &Node) -> anyhow::Result<(Vec<Acked>, Vec<Cursor>)> {
    let db = node.store.read();
    let journals = journal::all(&db)?
        .into_iter()
        // A journal of which the hub knows more is named again once all of it is back.
        .filter(|j| j.own && j.frontier.size() >= j.acked)
        .map(|j| (j.head(), j.acked))
        .collect();
    Ok((journals, feed::cursors(&db, &read_here(node))?))
}

/// The feeds that a spot reads. What was erased is asked for first: nothing else is taken in before it.
fn read_here(node: &Node) -> Vec<String> {
    let mut scopes = vec![erasure::SCOPE.to_owned()];
    scopes.extend_from_slice(&node.config.node.scopes);
    scopes.push(LENT.to_owned());
    scopes
}

/// How far a spot knows each feed that it reads.
///
/// # Errors
/// When the store does not answer.
pub(crate) fn known_feeds(node: &Node) -> anyhow::Result<Vec<(String, u64)>> {
    let cursors = feed::cursors(&node.store.read(), &read_here(node))?;
    Ok(cursors.into_iter().map(|c| (c.scope, c.seq)).collect())
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

/// The hub was restored: its feeds begin anew, and what it may have lost is offered again.
/// That is all of it: since then, another machine with our disk may have put something else
/// in the place of what was lost.
fn begin_epoch(node: &Node, epoch: [u8; 16]) -> anyhow::Result<()> {
    let db = node.store.write();
    if crate::store::meta::<[u8; 16]>(&db, "hub_epoch")? == Some(epoch) {
        return Ok(());
    }
    let tx = db.unchecked_transaction()?;
    tx.execute("DELETE FROM scope WHERE epoch <> ?1", [epoch])?;
    blob::offer_again(&tx, &node.config.node.id)?;
    for journal in journal::all(&tx)?.iter().filter(|j| j.own) {
        journal::keep_ack(&tx, journal.id, 0)?;
    }
    let restored = crate::store::meta::<[u8; 16]>(&tx, "hub_epoch")?.is_some();
    if restored {
        let scopes = node.config.node.scopes.iter().map(String::as_str);
        for scope in scopes.chain([LENT]) {
            unheard::doubt(&tx, scope, node.now_ms())?;
        }
    }
    set_meta(&tx, "hub_epoch", epoch)?;
    tx.commit()?;
    drop(db);
    if restored {
        // What it erased since its backup it hears of again, under its own seal.
        node.carry_erasures()?;
    }
    Ok(())
}

/// As the hub ordered: its feeds begin anew, and all that is here is offered again.
///
/// # Errors
/// When the store does not answer.
pub(crate) fn from_the_beginning(node: &Node) -> anyhow::Result<()> {
    let db = node.store.write();
    let tx = db.unchecked_transaction()?;
    tx.execute("DELETE FROM scope", [])?;
    blob::offer_again(&tx, &node.config.node.id)?;
    for journal in journal::all(&tx)?.iter().filter(|j| j.own) {
        journal::keep_ack(&tx, journal.id, 0)?;
    }
    Ok(tx.commit()?)
}

/// The hub holds all of it: receipts that it gave before it was restored overstate nothing now.
fn settle_epoch(node: &Node) -> anyhow::Result<()> {
    let epoch: Option<[u8; 16]> = node.store.meta("hub_epoch")?;
    if epoch != node.store.meta("settled_epoch")? {
        set_meta(&node.store.write(), "settled_epoch", epoch)?;
    }
    Ok(())
}
