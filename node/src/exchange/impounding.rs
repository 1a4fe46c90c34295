//! An exchange at the hub with a node that was revoked: what it had not delivered is taken into
//! quarantine, and nothing is given to it. Acknowledged is only what the hub has custody of, so
//! that the node keeps the rest as it is.

use std::collections::BTreeSet;
use std::sync::Arc;

use vereda_sync::exchange::callee::{Callee, Do};
use vereda_sync::exchange::custody::{Says, Sealed};
use vereda_sync::exchange::message::{
    Head, Hello, Message, Number, Outline, Refusal, Speaks, Vouched, Welcome, tag,
};
use vereda_sync::exchange::{ExchangeError, VERSION};
use vereda_sync::id::JournalId;

use super::Fault;
use super::answering::Peer;
use crate::link::seal;
use crate::node::{Node, Stop};
use crate::store::{journal, quarantine, spot};

/// The hub's side, on its store.
#[derive(Debug)]
pub struct Impounding {
    node: Arc<Node>,
    peer: Peer,
    /// The day on which the node was revoked.
    day: String,
    callee: Callee,
    announced: BTreeSet<JournalId>,
    /// Journals that are here as the node says, in custody or in quarantine.
    whole: BTreeSet<JournalId>,
    new: u64,
}

impl Impounding {
    /// An exchange with that node, which was revoked on `day`.
    #[must_use]
    pub fn new(node: Arc<Node>, peer: Peer, day: String) -> Self {
        Self {
            node,
            peer,
            day,
            callee: Callee::default(),
            announced: BTreeSet::new(),
            whole: BTreeSet::new(),
            new: 0,
        }
    }

    /// Takes a message of the node; gives what to say to it.
    ///
    /// # Errors
    /// When the exchange cannot go on, and once all that was announced is here; then
    /// [`Impounding::goodbye`].
    pub fn receive(&mut self, message: Message) -> Result<Vec<Message>, Fault> {
        let mut said = Vec::new();
        for effect in self.callee.receive(message)? {
            said.extend(self.perform(effect)?);
        }
        Ok(said)
    }

    /// The last word.
    pub fn goodbye(&self, fault: &Fault) -> Message {
        let refusal = match fault {
            Fault::Exchange(ExchangeError::Refused(refusal)) => *refusal,
            Fault::Exchange(_) | Fault::InQuarantine(_) => Refusal::NotEnrolled,
            Fault::Own(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, "an exchange failed here");
                Refusal::NotNow
            }
        };
        Message::Refuse(refusal)
    }

    fn perform(&mut self, effect: Do) -> Result<Option<Message>, Fault> {
        match effect {
            Do::Send(message) => Ok(Some(message)),
            Do::Welcome(hello) => self.welcome(&hello).map(Some),
            // Nothing is given.
            Do::SendFeed { .. } => Ok(None),
            Do::Store {
                number,
                journal,
                first,
                packed,
            } => self.store((number, journal), first, &packed).map(Some),
            Do::Compare { outline, vouched } => self.compare(outline, vouched),
        }
    }

    fn welcome(&mut self, hello: &Hello) -> Result<Message, Fault> {
        let spot = &self.peer.spot.id;
        tracing::warn!(spot, day = self.day, "a revoked node came with its work");
        if hello.journals.len() > journal::MAX_JOURNALS {
            return Err(Fault::refuse(Refusal::NotEnrolled));
        }
        let mut held = Vec::new();
        {
            let db = self.node.store.read();
            for head in &hello.journals {
                let journal = journal::find(&db, head.journal).map_err(Fault::from)?;
                if journal.as_ref().is_some_and(|j| !j.is_of(spot)) {
                    return Err(Fault::refuse(Refusal::NotYours));
                }
                let size = journal.as_ref().map_or(0, |j| j.frontier.size());
                let here = quarantine::frontier(&db, head.journal, journal.as_ref(), head.size)?;
                let vouched = quarantine::seal(&db, head.journal)?
                    .is_some_and(|(word, _)| Outline::from(word.head) == *head);
                let agrees = here.is_some_and(|f| tag(&f.root()) == head.tag);
                if agrees && (vouched || size == head.size) {
                    self.whole.insert(head.journal);
                }
                // No more than it has: it would begin a new journal.
                held.push(size.min(head.size));
            }
        }
        self.announced = hello.journals.iter().map(|h| h.journal).collect();
        self.settled()?;
        Ok(Message::Welcome(Welcome {
            speaks: Speaks {
                newest: hello.speaks.newest.min(VERSION),
                ..Speaks::ours()
            },
            epoch: self.node.epoch()?,
            wall_ms: self.node.wall_ms(),
            held,
            more: vec![],
        }))
    }

    /// Says goodbye once all that was announced is here.
    fn settled(&mut self) -> Result<(), Fault> {
        match self.announced.is_subset(&self.whole) {
            true => Err(Fault::refuse(Refusal::Revoked)),
            false => Ok(()),
        }
    }

    fn store(
        &mut self,
        (number, journal): (Number, JournalId),
        first: u64,
        packed: &[u8],
    ) -> Result<Message, Fault> {
        let from = (self.peer.spot.id.as_str(), self.day.as_str());
        let taken = self.node.impound(from, journal, first, packed)?;
        self.new += taken.new;
        if taken.new > 0 {
            self.trouble(&words(&self.day, self.new));
        }
        match taken.stopped {
            None => (),
            Some(Stop::Diverged) => {
                self.trouble(spot::DIVERGED);
                return Err(Fault::refuse(Refusal::Diverged));
            }
            // It is full, or a change cannot be read: what came before it is kept.
            Some(_) => return Err(Fault::refuse(Refusal::NotEnrolled)),
        }
        let size = taken.held.min(first.saturating_sub(1));
        Ok(Message::Ack {
            journal: number,
            size,
        })
    }

    fn compare(&mut self, theirs: Outline, vouched: Vouched) -> Result<Option<Message>, Fault> {
        if vouched.seal.is_empty() {
            // Its word is worth nothing here without: after a refusal it seals at once.
            return Err(Fault::refuse(Refusal::NotNow));
        }
        let journal = theirs.journal;
        let here = {
            let db = self.node.store.read();
            let held = journal::find(&db, journal)?;
            quarantine::frontier(&db, journal, held.as_ref(), theirs.size)?
        };
        let Some(root) = here
            .map(|f| f.root())
            .filter(|root| tag(root) == vouched.tag)
        else {
            return Ok(None);
        };
        let size = theirs.size;
        let sealed = Sealed {
            head: Head {
                journal,
                size,
                root,
            },
            at_ms: vouched.at_ms,
            seal: vouched.seal,
        };
        seal::examine(&self.peer.certificate, Says::Wrote, &sealed)
            .map_err(|_| ExchangeError::Malformed("seal"))?;
        let spot = &self.peer.spot.id;
        if self.node.keep_word(spot, &sealed, &self.peer.certificate)? {
            self.whole.insert(journal);
            self.settled()?;
        }
        Ok(None)
    }

    fn trouble(&self, words: &str) {
        let kept = spot::keep_trouble(&self.node.store.write(), &self.peer.spot.id, words);
        if let Err(error) = kept {
            tracing::error!(%error, "the trouble of a spot could not be kept");
        }
    }
}

/// What operators read of a revoked node that delivered something.
pub fn words(day: &str, new: u64) -> String {
    format!(
        "Inscrição retirada em {day}. Entregou depois {new} alterações, que estão em quarentena: decida o que fazer com elas."
    )
}
