//! The node's side of an exchange.

use std::collections::BTreeMap;

use crate::exchange::custody::Sealed;
use crate::exchange::frame;
use crate::exchange::message::{Cursor, Feed, Head, Hello, Message, Refusal, Welcome};
use crate::exchange::{ExchangeError, VERSION};
use crate::id::JournalId;
use crate::journal::{Entry, Hash};

/// Frames that may be under way without an acknowledgement.
const WINDOW_FRAMES: u32 = 32;

/// What the loop around the machine must do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Do {
    /// Send this.
    Send(Message),
    /// Keep durably: the hub has this journal up to here.
    KeepAck {
        /// Which.
        journal: JournalId,
        /// Entries.
        size: u64,
    },
    /// Seal this as what we wrote, and send it as a [`Message::Checkpoint`].
    SealCheckpoint(Head),
    /// Examine the hub's seal and keep it durably: custody of the journal up to here.
    KeepProof(Sealed),
    /// Nothing is new: the hub still has custody of all of this, as its receipts say.
    KeepSame(Vec<Head>),
    /// The hub's epoch is another than the cursors': its feeds begin anew.
    BeginEpoch([u8; 16]),
    /// The hub's clock, to compare ours with: milliseconds since 1970.
    CompareClock(u64),
    /// Store news, durably, then go on: items from `first` on.
    StoreFeed(Feed),
    /// Compare the scope's root after `seq` items with ours; when they differ,
    /// forget the cursor, so that the feed is offered again from its beginning.
    CompareFeed {
        /// Which scope.
        scope: String,
        /// Items.
        seq: u64,
        /// The hub's root.
        root: Hash,
    },
    /// The hub knows more of this journal than we do: our disk was restored from
    /// a backup or is a copy. Begin a new journal; our past comes with the feed.
    BeginNewJournal {
        /// The one that must not be continued.
        journal: JournalId,
        /// What the hub holds of it.
        held: u64,
    },
    /// All is sent, proven and received.
    Finish,
}

#[derive(Debug)]
struct Own {
    head: Head,
    /// Sent so far; goes back when the hub holds less than we thought.
    sent: u64,
    acked: u64,
    /// Frames without an acknowledgement.
    in_flight: u32,
    /// Acknowledgements still to come of what was sent before `sent` went back.
    stale: u32,
    /// The hub holds so many, more than we have: once all of ours is compared, no more is
    /// written to it.
    ahead: Option<u64>,
    checkpointed: bool,
    proven: bool,
}

impl Own {
    /// Sends again from there.
    fn go_back(&mut self, to: u64) {
        (self.sent, self.acked) = (to, to);
        self.stale += std::mem::take(&mut self.in_flight);
    }

    /// Leaves the journal of which the hub holds more, once it has compared all of ours.
    fn leave(&mut self, out: &mut Vec<Do>) {
        if let Some(held) = self
            .ahead
            .filter(|_| self.acked == self.head.size && !self.proven)
        {
            self.proven = true;
            let journal = self.head.journal;
            out.push(Do::BeginNewJournal { journal, held });
        }
    }
}

/// The node's state machine.
#[derive(Debug)]
pub struct Caller {
    own: BTreeMap<JournalId, Own>,
    open_scopes: Vec<String>,
    epoch: Option<[u8; 16]>,
    receipted: bool,
    welcomed: bool,
    finished: bool,
}

impl Caller {
    /// Begins: `journals` with how much of each the hub acknowledged before; `receipted`
    /// when receipts for all of them, as they are, are here; `epoch` of the hub as it was
    /// when they last spoke.
    #[must_use]
    pub fn begin(
        (name, wall_ms): (&str, u64),
        journals: &[(Head, u64)],
        receipted: bool,
        (epoch, cursors): (Option<[u8; 16]>, &[Cursor]),
    ) -> (Self, Vec<Do>) {
        let own = journals
            .iter()
            .map(|(head, acked)| {
                let acked = (*acked).min(head.size);
                (
                    head.journal,
                    Own {
                        head: *head,
                        sent: acked,
                        acked,
                        in_flight: 0,
                        stale: 0,
                        ahead: None,
                        checkpointed: false,
                        proven: false,
                    },
                )
            })
            .collect();
        let hello = Hello {
            version: VERSION,
            name: name.to_owned(),
            wall_ms,
            receipted,
            journals: journals.iter().map(|(head, _)| *head).collect(),
            cursors: cursors.to_vec(),
        };
        let this = Self {
            own,
            open_scopes: cursors.iter().map(|c| c.scope.clone()).collect(),
            epoch,
            receipted,
            welcomed: false,
            finished: false,
        };
        (this, vec![Do::Send(Message::Hello(hello))])
    }

    /// The entries to be sent next: journal, first index. `None` when the window
    /// is full or all is sent. Read some from the store and call [`Caller::upload`].
    #[must_use]
    pub fn wants(&self) -> Option<(JournalId, u64)> {
        if self.own.values().map(|o| o.in_flight).sum::<u32>() >= WINDOW_FRAMES {
            return None;
        }
        self.own
            .values()
            .find(|o| o.sent < o.head.size)
            .map(|o| (o.head.journal, o.sent + 1))
    }

    /// Entries read from the store, as [`Caller::wants`] asked. Sends as many as
    /// fit one frame; what was written since the hello waits for the next exchange.
    ///
    /// # Errors
    /// When they are not what was asked for.
    pub fn upload(
        &mut self,
        journal: JournalId,
        first: u64,
        entries: &[Entry],
    ) -> Result<Vec<Do>, ExchangeError> {
        let own = self.own.get_mut(&journal).filter(|o| o.sent + 1 == first);
        let own = own.ok_or(ExchangeError::Unexpected("upload"))?;
        let left = usize::try_from(own.head.size - own.sent).unwrap_or(usize::MAX);
        let entries = &entries[..frame::fitting(entries).min(left)];
        if entries.is_empty() {
            return Err(ExchangeError::Unexpected("empty upload"));
        }
        own.sent += entries.len() as u64;
        own.in_flight += 1;
        let mut out = vec![Do::Send(Message::Frame {
            journal,
            first,
            packed: frame::pack(entries)?,
        })];
        self.checkpoint(&mut out);
        Ok(out)
    }

    /// How much is acknowledged of all there is, in entries.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        self.own
            .values()
            .fold((0, 0), |(done, all), o| (done + o.acked, all + o.head.size))
    }

    /// Whether all is done.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// Takes a message of the hub.
    ///
    /// # Errors
    /// When the exchange cannot go on.
    pub fn receive(&mut self, message: Message) -> Result<Vec<Do>, ExchangeError> {
        let mut out = Vec::new();
        match message {
            Message::Welcome(w) if !self.welcomed => self.welcome(w, &mut out)?,
            Message::Same { wall_ms } if !self.welcomed && self.receipted => {
                self.welcomed = true;
                self.open_scopes.clear();
                self.own.values_mut().for_each(|own| own.proven = true);
                let heads = self.own.values().map(|own| own.head).collect();
                out.extend([Do::CompareClock(wall_ms), Do::KeepSame(heads)]);
            }
            _ if !self.welcomed && !matches!(message, Message::Refuse(_)) => {
                return Err(ExchangeError::Unexpected("before the welcome"));
            }
            Message::Ack { journal, size } => {
                let own = self
                    .own
                    .get_mut(&journal)
                    .ok_or(ExchangeError::Unexpected("ack of a foreign journal"))?;
                if own.stale > 0 {
                    own.stale -= 1;
                    return Ok(out);
                }
                if size > own.sent {
                    return Err(ExchangeError::Unexpected("ack of what was not sent"));
                }
                own.in_flight = own.in_flight.saturating_sub(1);
                if size > own.acked {
                    own.acked = size;
                    out.push(Do::KeepAck { journal, size });
                }
                own.leave(&mut out);
            }
            Message::Proof(sealed) => {
                let own = self.own.get_mut(&sealed.head.journal);
                let own = own.filter(|o| o.head == sealed.head);
                own.ok_or(ExchangeError::Unexpected("proof of something else"))?
                    .proven = true;
                out.push(Do::KeepProof(sealed));
            }
            Message::Feed(feed) if self.open_scopes.contains(&feed.scope) => {
                out.push(Do::StoreFeed(feed))
            }
            Message::FeedEnd { scope, seq, root } if self.open_scopes.contains(&scope) => {
                self.open_scopes.retain(|s| *s != scope);
                out.push(Do::CompareFeed { scope, seq, root });
            }
            Message::Refuse(refusal) => return Err(ExchangeError::Refused(refusal)),
            _ => return Err(ExchangeError::Unexpected("not for a node")),
        }
        self.finish(&mut out);
        Ok(out)
    }

    fn welcome(&mut self, welcome: Welcome, out: &mut Vec<Do>) -> Result<(), ExchangeError> {
        if welcome.version != VERSION {
            return Err(ExchangeError::Refused(Refusal::Version));
        }
        self.welcomed = true;
        out.push(Do::CompareClock(welcome.wall_ms));
        // What a hub acknowledged before it was restored, it may have lost, and since then have
        // taken something else in its place.
        let restored = self.epoch.is_some_and(|known| known != welcome.epoch);
        if self.epoch != Some(welcome.epoch) {
            out.push(Do::BeginEpoch(welcome.epoch));
        }
        for (journal, held) in welcome.held {
            let Some(own) = self.own.get_mut(&journal) else {
                continue;
            };
            own.ahead = (held > own.head.size).then_some(held);
            if restored {
                own.go_back(0);
                if held == own.head.size {
                    // Most likely nothing was lost: the roots tell, without sending anything again.
                    own.sent = held;
                }
            } else if held < own.acked {
                own.go_back(held);
                out.push(Do::KeepAck {
                    journal,
                    size: held,
                });
            } else if own.ahead.is_some() {
                own.sent = own.head.size;
                own.acked = own.head.size;
            }
            own.leave(out);
            // More than was acknowledged: an acknowledgement was lost, or another
            // machine writes this journal. What is sent again (a window at most)
            // lets the hub tell the one from the other before it stores past it.
        }
        self.checkpoint(out);
        Ok(())
    }

    fn checkpoint(&mut self, out: &mut Vec<Do>) {
        for own in self
            .own
            .values_mut()
            .filter(|o| self.welcomed && !o.checkpointed && !o.proven && o.ahead.is_none())
        {
            if own.sent == own.head.size {
                own.checkpointed = true;
                out.push(Do::SealCheckpoint(own.head));
            }
        }
    }

    fn finish(&mut self, out: &mut Vec<Do>) {
        let done =
            self.welcomed && self.open_scopes.is_empty() && self.own.values().all(|o| o.proven);
        if done && !self.finished {
            self.finished = true;
            out.push(Do::Finish);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::frame::tests::entries;

    #[test]
    fn what_is_written_during_an_exchange_waits_for_the_next() {
        let (journal, all) = (JournalId([1; 16]), entries(3));
        let head = Head {
            journal,
            size: 5,
            root: [2; 32],
        };
        let (mut caller, _) = Caller::begin(("Posto", 0), &[(head, 0)], false, (None, &[]));
        let welcome = Welcome {
            version: VERSION,
            name: "Central".into(),
            epoch: [3; 16],
            wall_ms: 0,
            held: vec![],
        };
        caller.receive(Message::Welcome(welcome)).unwrap();
        assert_eq!(caller.wants(), Some((journal, 1)));
        // The store gives all that is there by now, more than was announced.
        let effects = caller.upload(journal, 1, &all).unwrap();
        assert_eq!(effects.last(), Some(&Do::SealCheckpoint(head)));
        assert_eq!(caller.wants(), None);
        let ack = caller.receive(Message::Ack { journal, size: 5 }).unwrap();
        assert_eq!(ack, [Do::KeepAck { journal, size: 5 }]);
    }
}
