//! What a revoked node had not delivered: taken into quarantine, and what an operator makes of
//! it there.

use anyhow::{Context, bail, ensure};
use rusqlite::Connection;
use vereda_sync::exchange::custody::Sealed;
use vereda_sync::id::JournalId;
use vereda_sync::journal::Entry;

use super::Node;
use super::intake::{self, Intake, Sender, Stop};
use crate::link::enrolled::scopes_of;
use crate::store::journal::{Appended, Journal};
use crate::store::quarantine::{self, Cause, Held, Put, Room};
use crate::store::{erased, feed, journal, records};

/// What became of a frame of a revoked node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Impounded {
    /// Entries of the journal that are in the hub's custody: from before.
    pub held: u64,
    /// Entries of it that are here, in custody or in quarantine.
    pub here: u64,
    /// Entries that are new in quarantine.
    pub new: u64,
    /// Why it does not go on.
    pub stopped: Option<Stop>,
}

/// What became of a release.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Released {
    /// Entries that were taken in.
    pub entries: u64,
    /// Why what is left could not be, in words.
    pub left: Vec<String>,
}

impl Node {
    /// At the hub: takes a frame of a node that was revoked on `day` into quarantine, as far as
    /// it continues what is here of the journal. Nothing of it is published or derived.
    ///
    /// # Errors
    /// When the frame cannot be read or the store does not answer.
    pub fn impound(
        &self,
        (node, day): (&str, &str),
        id: JournalId,
        first: u64,
        packed: &[u8],
    ) -> anyhow::Result<Impounded> {
        let verdicts = self.examined(packed)?;
        let db = self.store.write();
        let tx = db.unchecked_transaction()?;
        let journal = of(&tx, id, node)?;
        let held = journal.map_or(0, |j| j.frontier.size());
        let before = quarantine::reach(&tx, id, held)?;
        let (mut here, mut stopped) = (before, None);
        let mut room = Room::of(&tx, node)?;
        let reason = format!("{node} was revoked on {day}");
        for (index, verdict) in (first..).zip(verdicts) {
            if index > here + 1 {
                break;
            }
            let (entry, bytes, cause, reason) = match verdict {
                Ok(entry) => {
                    let leaf = entry.leaf();
                    if index <= here {
                        let there = match index <= held {
                            true => feed::leaf_of(&tx, id, index)?,
                            false => quarantine::entry(&tx, id, index)?.map(|e| e.leaf()),
                        };
                        if there == Some(leaf) {
                            continue;
                        }
                        stopped = Some(Stop::Diverged);
                        break;
                    }
                    let named = (entry.record, entry.change);
                    let bytes = match erased::is_id(&tx, entry.record)? {
                        true => vec![],
                        false => entry.bytes,
                    };
                    (Some(named), bytes, Cause::Revoked, reason.clone())
                }
                Err((refused, bytes)) => (None, bytes, Cause::Guard, refused.to_string()),
            };
            let put = Put {
                node,
                place: (id, index),
                entry,
                cause,
                reason: &reason,
                bytes: &bytes,
            };
            if entry.is_none() || !room.takes(bytes.len()) {
                stopped = Some(Stop::Quarantined);
                if entry.is_none() {
                    intake::put_aside(&tx, &put, (&mut None, self.now_ms()))?;
                }
                break;
            }
            quarantine::insert(&tx, &put, self.now_ms())?;
            here = index;
        }
        tx.commit()?;
        Ok(Impounded {
            held,
            here,
            new: here - before,
            stopped,
        })
    }

    /// At the hub: keeps the word of a revoked node on its journal, if that is over what is here
    /// of it, in custody and in quarantine. Gives whether it is. The seal was examined.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn keep_word(
        &self,
        node: &str,
        sealed: &Sealed,
        certificate: &[u8],
    ) -> anyhow::Result<bool> {
        let db = self.store.write();
        let head = &sealed.head;
        let journal = of(&db, head.journal, node)?;
        let here = quarantine::frontier(&db, head.journal, journal.as_ref(), head.size)?;
        let agrees = here.is_some_and(|f| f.root() == head.root);
        let new = journal.is_none_or(|j| j.frontier.size() < head.size);
        if agrees && new {
            quarantine::keep_seal(&db, node, sealed, certificate)?;
        }
        Ok(agrees)
    }

    /// At the hub: takes entries out of quarantine, as if `sender` had sent them now, in the order
    /// of their journals. What cannot be taken in stays, with the reason.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn release(&self, sender: &Sender, person: &str) -> anyhow::Result<Released> {
        ensure!(!sender.scopes.is_empty(), "a scope must be named");
        let epoch = self.epoch()?;
        let mut inner = self.inner();
        let db = self.store.write();
        let tx = db.unchecked_transaction()?;
        let waiting = quarantine::list(&tx, Some(&sender.node), false, u32::MAX)?;
        let mut intake = Intake::begin(&epoch, sender, self.now_ms());
        let mut released = Released::default();
        let mut stopped: Option<JournalId> = None;
        for held in &waiting {
            let Some((id, entry)) = named(&tx, held)? else {
                released
                    .left
                    .push(format!("entry {}: {}", held.index, held.reason));
                continue;
            };
            if stopped == Some(id) {
                continue;
            }
            match release_one(&tx, &mut intake, &mut inner.documents, (id, held, &entry))? {
                None => {
                    let verdict = format!("released by {person}");
                    quarantine::settle(&tx, held.row, (&verdict, true), self.now_ms())?;
                    released.entries += 1;
                }
                Some(why) => {
                    released
                        .left
                        .push(format!("journal {id}, entry {}: {why}", held.index));
                    // What follows one of its own cannot go before it.
                    stopped = (held.cause == Cause::Revoked).then_some(id).or(stopped);
                }
            }
        }
        intake.publishing.keep(&tx)?;
        tx.commit()?;
        drop(db);
        drop(inner);
        self.derive_arrived()?;
        Ok(released)
    }

    /// At the hub: takes in what came before the record that it changes, where that has arrived since. What its
    /// author may not write stays, for an operator. Gives how many were taken in.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn release_early(&self) -> anyhow::Result<u64> {
        let Some(sync) = self.config.sync.as_ref().filter(|_| self.is_hub()) else {
            return Ok(0);
        };
        let ready = quarantine::no_longer_early(&self.store.read())?;
        let mut released = 0;
        for of_node in ready.chunk_by(|a, b| a.node == b.node) {
            let node = of_node[0].node.clone();
            let scopes = scopes_of(&sync.enrolled, &node);
            if scopes.is_empty() {
                // It was revoked since: that is for an operator.
                continue;
            }
            let (epoch, sender) = (self.epoch()?, Sender { node, scopes });
            let mut inner = self.inner();
            let db = self.store.write();
            let tx = db.unchecked_transaction()?;
            let mut intake = Intake::begin(&epoch, &sender, self.now_ms());
            for held in of_node {
                let Some((id, entry)) = named(&tx, held)? else {
                    continue;
                };
                let why = release_one(&tx, &mut intake, &mut inner.documents, (id, held, &entry))?;
                quarantine::arrived(&tx, held.row, why.as_deref())?;
                released += u64::from(why.is_none());
            }
            intake.publishing.keep(&tx)?;
            tx.commit()?;
        }
        if released > 0 {
            tracing::info!(released, "what came before its record is taken in");
            self.derive_arrived()?;
        }
        Ok(released)
    }

    /// At the hub: an operator will not have what waits of a node taken in. It is kept, with who
    /// said so and why. Gives how many that were.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn reject(&self, node: &str, person: &str, reason: &str) -> anyhow::Result<u64> {
        if reason.trim().is_empty() {
            bail!("say why");
        }
        let db = self.store.write();
        let tx = db.unchecked_transaction()?;
        let waiting = quarantine::list(&tx, Some(node), false, u32::MAX)?;
        let verdict = format!("rejected by {person}: {reason}");
        for held in &waiting {
            quarantine::settle(&tx, held.row, (&verdict, false), self.now_ms())?;
        }
        tx.commit()?;
        Ok(waiting.len() as u64)
    }
}

/// The journal with that id, which no other node may have written.
fn of(db: &Connection, id: JournalId, node: &str) -> anyhow::Result<Option<Journal>> {
    let journal = journal::find(db, id)?;
    if let Some(journal) = &journal {
        ensure!(
            !journal.own && journal.node == node,
            "the journal belongs to another node"
        );
    }
    Ok(journal)
}

/// The entry that something in quarantine is, if the guard let it pass.
fn named(db: &Connection, held: &Held) -> anyhow::Result<Option<(JournalId, Entry)>> {
    let (Some(journal), Some(_)) = (held.journal, held.record) else {
        return Ok(None);
    };
    let entry = quarantine::entry(db, journal, held.index)?;
    Ok(entry.map(|entry| (journal, entry)))
}

/// Takes an entry in; gives why not, if it cannot be.
fn release_one(
    db: &Connection,
    intake: &mut Intake<'_>,
    documents: &mut lru::LruCache<vereda_sync::id::RecordId, super::Held>,
    (id, held, entry): (JournalId, &Held, &Entry),
) -> anyhow::Result<Option<String>> {
    let node = &intake.from.node;
    let mut journal = match journal::find(db, id)? {
        Some(journal) => journal,
        None => journal::begin(db, id, node, false)?,
    };
    ensure!(
        !journal.own && journal.node == *node,
        "the journal belongs to another node"
    );
    let size = journal.frontier.size();
    match held.cause {
        Cause::Scope | Cause::Early if held.index <= size => {
            let row = records::find_record(db, entry.record)?.context("no such record")?;
            let scope = records::scope_of(db, row)?;
            if intake::is_early(Some(&scope), entry, intake.from) {
                return Ok(Some("its record has not arrived yet".into()));
            }
            if !intake.from.scopes.contains(&scope) {
                return Ok(Some(format!("it is of the scope {scope}")));
            }
            if erased::is(db, row)? {
                return Ok(None);
            }
            let place = journal::place(journal.row, held.index)?;
            let leaf = entry.leaf();
            if feed::leaf_of(db, id, held.index)? != Some(leaf) {
                return Ok(Some("another entry stands in its place".into()));
            }
            journal::fill(db, place, &entry.bytes)?;
            let of = (row, scope.as_str());
            let appended = Appended { place, leaf };
            intake.publishing.publish(db, of, appended)?;
            documents.pop(&entry.record);
            Ok(None)
        }
        Cause::Revoked if held.index == size + 1 => {
            let row = records::find_record(db, entry.record)?;
            let scope = row.map(|row| records::scope_of(db, row)).transpose()?;
            // Refused again it would only go from one quarantine into the other.
            if intake::is_early(scope.as_deref(), entry, intake.from) {
                return Ok(Some("its record has not arrived yet".into()));
            }
            if let Some(scope) = scope.filter(|s| !intake.from.scopes.contains(s)) {
                return Ok(Some(format!("it is of the scope {scope}")));
            }
            let stop = intake.take(db, &mut journal, entry, documents)?;
            journal::keep_frontier(db, &journal)?;
            Ok(stop.map(|_| "too many records of the node wait for changes of others".into()))
        }
        Cause::Revoked if held.index <= size => {
            // The node was enrolled again and sent it itself.
            match feed::leaf_of(db, id, held.index)? == Some(entry.leaf()) {
                true => Ok(None),
                false => Ok(Some("another entry stands in its place".into())),
            }
        }
        Cause::Revoked => Ok(Some("what comes before it is not here".into())),
        _ => Ok(Some("it is no entry that could be taken in".into())),
    }
}
