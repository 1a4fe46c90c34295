//! A meeting with another spot, on the store.

use std::sync::Arc;

use vereda_sync::erasure;
use vereda_sync::exchange::frame;
use vereda_sync::exchange::meeting::{Do, Meeting as Machine};
use vereda_sync::exchange::message::{Message, Refusal};

use super::Fault;
use crate::node::Node;
use crate::store::reach;

/// Another spot, as its certificate has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its id.
    pub node: String,
    /// The scopes that it may hold.
    pub scopes: Vec<String>,
}

/// One side of a meeting, on its store.
#[derive(Debug)]
pub struct Meeting {
    node: Arc<Node>,
    with: Neighbour,
    machine: Machine,
}

impl Meeting {
    /// Begins; gives what to say first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn begin(node: Arc<Node>, with: Neighbour) -> anyhow::Result<(Self, Vec<Message>)> {
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
        };
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
        let sizes = reach::sizes(&self.node.store.read())?;
        self.machine.grown(&sizes);
        Ok(())
    }

    /// The next that the other lacks, or that it has all; nothing when that is said.
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
