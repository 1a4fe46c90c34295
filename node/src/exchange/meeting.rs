//! A meeting with another spot, on the store.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use vereda_sync::erasure;
use vereda_sync::exchange::frame;
use vereda_sync::exchange::meeting::{Do, Meeting as Machine};
use vereda_sync::exchange::message::{Message, Refusal, Source};
use vereda_sync::id::JournalId;

use super::Fault;
use crate::node::Node;
use crate::store::{journal, lookups, reach};

/// Another spot, as its certificate has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its id.
    pub node: String,
    /// The scopes that it may hold.
    pub scopes: Vec<String>,
    /// Fingerprint of its certificate, hexadecimal.
    pub certificate: String,
}

/// One side of a meeting, on its store.
#[derive(Debug)]
pub struct Meeting {
    node: Arc<Node>,
    with: Neighbour,
    machine: Machine,
    /// Entries that are to be lent, by their places.
    loans: VecDeque<(JournalId, u64)>,
    /// What was lent at this meeting, and until when.
    lent: BTreeMap<(JournalId, u64), i64>,
}

impl Meeting {
    /// Begins; gives what to say first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn begin(node: Arc<Node>, with: Neighbour) -> anyhow::Result<(Self, Vec<Message>)> {
        node.answer_nearby(&with)?;
        let both = node.config.node.scopes.iter();
        let both = both.filter(|scope| with.scopes.contains(scope));
        let both = both.map(String::as_str).chain([erasure::SCOPE]);
        let here = {
            let db = node.store.read();
            let here = both.map(|scope| reach::of(&db, scope));
            here.collect::<Result<Vec<_>, _>>()?
        };
        let (machine, first) = Machine::begin(&node.config.node.name, &here);
        let mut this = Self {
            node,
            with,
            machine,
            loans: VecDeque::new(),
            lent: BTreeMap::new(),
        };
        this.look_for_loans()?;
        let said = this.perform(first).map_err(anyhow::Error::from)?;
        Ok((this, said))
    }

    /// Takes a message of the other; gives what to say to it.
    ///
    /// # Errors
    /// When the meeting cannot go on.
    pub fn receive(&mut self, message: Message) -> Result<Vec<Message>, Fault> {
        let effects = self.machine.receive(message)?;
        self.perform(effects)
    }

    /// Something was written here, or came by another way: what is there to share?
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn look(&mut self) -> Result<(), Fault> {
        self.node.answer_nearby(&self.with)?;
        let sizes = reach::sizes(&self.node.store.read())?;
        self.machine.grown(&sizes);
        Ok(self.look_for_loans()?)
    }

    /// Finds what the other looked up, and was not lent for as long at this meeting: what was over there is
    /// sent once more.
    fn look_for_loans(&mut self) -> anyhow::Result<()> {
        let of = (self.with.node.as_str(), self.with.scopes.as_slice());
        let loans = lookups::loans(&self.node.store.read(), of, self.node.now_ms())?;
        for (place, until_ms) in loans {
            if self.lent.insert(place, until_ms) != Some(until_ms) {
                self.loans.push_back(place);
            }
        }
        Ok(())
    }

    fn lend(&mut self) -> Result<Option<Do>, Fault> {
        let mut loans = Vec::new();
        let mut bytes = 0;
        while bytes < frame::FRAME_BYTES
            && let Some((journal, index)) = self.loans.pop_front()
        {
            // What was purged since it was found is not there to be lent.
            let entry = journal::entry_in(&self.node.store.read(), (journal, index))?;
            if let Some(entry) = entry.filter(|entry| !entry.bytes.is_empty()) {
                bytes += entry.bytes.len();
                let own = false;
                loans.push((
                    Source {
                        journal,
                        index,
                        own,
                    },
                    entry,
                ));
            }
        }
        if loans.is_empty() {
            return Ok(None);
        }
        let (lent, share) = self.machine.lend(&loans)?;
        for (source, _) in loans.drain(lent..).rev() {
            self.loans.push_front((source.journal, source.index));
        }
        Ok(Some(share))
    }

    /// The next that the other lacks, or is lent, or that it has all; nothing when that is said.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn share(&mut self) -> Result<Vec<Message>, Fault> {
        while let Some((scope, journal, after)) = self.machine.wants() {
            let scope = scope.to_owned();
            let of = (scope.as_str(), journal);
            let found = reach::entries(&self.node.store.read(), of, after, frame::FRAME_BYTES)?;
            if let Some(shared) = self.machine.share(&scope, journal, found)? {
                return self.perform(vec![shared]);
            }
        }
        if self.machine.may_lend()
            && let Some(share) = self.lend()?
        {
            return self.perform(vec![share]);
        }
        let told = self.machine.tell();
        self.perform(told)
    }

    /// Whether both have all that the other has.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.machine.is_whole()
    }

    fn perform(&mut self, effects: Vec<Do>) -> Result<Vec<Message>, Fault> {
        let mut said = Vec::new();
        for effect in effects {
            match effect {
                Do::Send(message) => said.push(message),
                Do::Store(share) => {
                    let taken = self.node.take_share(&self.with.node, &share)?;
                    if taken.full {
                        return Err(Fault::refuse(Refusal::Parked));
                    }
                }
            }
        }
        Ok(said)
    }
}
