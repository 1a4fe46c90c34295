//! The node's side of an exchange.

use crate::exchange::custody::Sealed;
use crate::exchange::frame::{self, Encoding};
use crate::exchange::message::{
    Cursor, Feed, Head, Hello, Message, News, Number, Speaks, Tag, Vouched, Welcome, sources, tag,
};
use crate::exchange::{ExchangeError, OLDEST, VERSION};
use crate::id::JournalId;
use crate::journal::Entry;

/// Frames that may be under way without an acknowledgement.
const WINDOW_FRAMES: u32 = 32;
/// So few new entries are agreed on now and sealed at the next quiet exchange: two seals are
/// more than a step is on the wire.
const FEW_ENTRIES: u64 = 64;

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
    SealCheckpoint {
        /// Its number in the hello.
        number: Number,
        /// What.
        head: Head,
    },
    /// Examine the hub's seal and keep it durably: custody of the journal up to here.
    KeepProof(Sealed),
    /// The hub has all of this, but did not seal it yet.
    KeepAgreed(Head),
    /// Nothing is new: the hub still has custody of all of this, as its receipts say.
    KeepSame(Vec<Head>),
    /// The hub's epoch is another than the cursors': its feeds begin anew.
    BeginEpoch([u8; 16]),
    /// The hub's clock, to compare ours with: milliseconds since 1970.
    CompareClock(u64),
    /// Store news, durably, then go on: items from `first` on.
    StoreFeed(Feed),
    /// Compare the beginning of the scope's root after `seq` items with ours; when they differ,
    /// forget the cursor, so that the feed is offered again from its beginning.
    CompareFeed {
        /// Which scope.
        scope: String,
        /// Items.
        seq: u64,
        /// Of the hub's root.
        tag: Tag,
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
    /// Entries that the hub had acknowledged when the exchange began.
    before: u64,
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
    /// Sends again from there. A word that was given too early is not answered.
    fn go_back(&mut self, to: u64) {
        (self.sent, self.acked, self.before) = (to, to, to);
        self.checkpointed = false;
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

#[derive(Debug)]
struct Scope {
    name: String,
    /// News may come.
    open: bool,
}

/// The node's state machine.
#[derive(Debug)]
pub struct Caller {
    /// As the hello numbers them.
    own: Vec<Own>,
    scopes: Vec<Scope>,
    epoch: Option<[u8; 16]>,
    receipted: bool,
    /// The last exchange ended well: this one will be followed by others.
    is_known: bool,
    encoding: Encoding,
    welcomed: bool,
    finished: bool,
}

impl Caller {
    /// Begins: `journals` with how much of each the hub acknowledged before; `receipted`
    /// when receipts for all of them, as they are, are here; `epoch` of the hub as it was
    /// when they last spoke. An empty name: the hub knows it, from an exchange before that ended
    /// well; and few entries need no seal at once.
    #[must_use]
    pub fn begin(
        (name, wall_ms): (&str, u64),
        journals: &[(Head, u64)],
        receipted: bool,
        (epoch, cursors): (Option<[u8; 16]>, &[Cursor]),
    ) -> (Self, Vec<Do>) {
        let own = journals.iter().map(|(head, acked)| {
            let acked = (*acked).min(head.size);
            Own {
                head: *head,
                before: acked,
                sent: acked,
                acked,
                in_flight: 0,
                stale: 0,
                ahead: None,
                checkpointed: false,
                proven: false,
            }
        });
        let hello = Hello {
            speaks: Speaks::ours(),
            name: name.to_owned(),
            wall_ms,
            receipted,
            journals: journals.iter().map(|(head, _)| (*head).into()).collect(),
            cursors: cursors.to_vec(),
        };
        let scopes = cursors.iter().map(|cursor| Scope {
            name: cursor.scope.clone(),
            open: true,
        });
        let mut this = Self {
            own: own.collect(),
            scopes: scopes.collect(),
            epoch,
            receipted,
            is_known: name.is_empty(),
            encoding: Encoding::default(),
            welcomed: false,
            finished: false,
        };
        let mut out = vec![Do::Send(Message::Hello(hello))];
        if !receipted {
            this.checkpoint(&mut out);
        }
        (this, out)
    }

    /// The entries to be sent next: journal, first index. `None` when the window
    /// is full or all is sent. Read some from the store and call [`Caller::upload`].
    #[must_use]
    pub fn wants(&self) -> Option<(JournalId, u64)> {
        if self.own.iter().map(|o| o.in_flight).sum::<u32>() >= WINDOW_FRAMES {
            return None;
        }
        // A journal goes in its order; of several, what is soon done goes first.
        let waiting = self.own.iter().filter(|o| o.sent < o.head.size);
        waiting
            .min_by_key(|o| o.head.size - o.sent)
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
        let mut all = (0..).zip(&mut self.own);
        let own = all.find(|(_, o)| o.head.journal == journal && o.sent + 1 == first);
        let (number, own) = own.ok_or(ExchangeError::Unexpected("upload"))?;
        let left = usize::try_from(own.head.size - own.sent).unwrap_or(usize::MAX);
        let entries = &entries[..frame::fitting(entries).min(left)];
        if entries.is_empty() {
            return Err(ExchangeError::Unexpected("empty upload"));
        }
        own.sent += entries.len() as u64;
        own.in_flight += 1;
        let mut out = vec![Do::Send(Message::Frame {
            journal: number,
            first,
            packed: frame::pack_as(entries, self.encoding)?,
        })];
        self.checkpoint(&mut out);
        Ok(out)
    }

    /// How much is acknowledged of what the hub did not have, in entries.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        self.own.iter().fold((0, 0), |(done, all), o| {
            (done + o.acked - o.before, all + o.head.size - o.before)
        })
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
                self.scopes.clear();
                self.own.iter_mut().for_each(|own| own.proven = true);
                let heads = self.own.iter().map(|own| own.head).collect();
                out.extend([Do::CompareClock(wall_ms), Do::KeepSame(heads)]);
            }
            _ if !self.welcomed && !matches!(message, Message::Refuse(_)) => {
                return Err(ExchangeError::Unexpected("before the welcome"));
            }
            Message::Ack { journal, size } => {
                let own = self
                    .own
                    .get_mut(usize::from(journal))
                    .ok_or(ExchangeError::Unexpected("ack of no journal"))?;
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
                    let journal = own.head.journal;
                    out.push(Do::KeepAck { journal, size });
                }
                own.leave(&mut out);
            }
            Message::Proof(vouched) => self.proof(vouched, &mut out)?,
            Message::News(news) => out.push(Do::StoreFeed(self.feed(news)?)),
            Message::FeedEnd { scope, seq, tag } => {
                let known = self.scopes.get_mut(usize::from(scope)).filter(|s| s.open);
                let known = known.ok_or(ExchangeError::Unexpected("the end of no feed"))?;
                known.open = false;
                let scope = known.name.clone();
                out.push(Do::CompareFeed { scope, seq, tag });
            }
            Message::Refuse(refusal) => return Err(ExchangeError::Refused(refusal)),
            _ => return Err(ExchangeError::Unexpected("not for a node")),
        }
        self.finish(&mut out);
        Ok(out)
    }

    /// The hub's word on a journal that we said is all sent.
    fn proof(&mut self, vouched: Vouched, out: &mut Vec<Do>) -> Result<(), ExchangeError> {
        let own = self.own.get_mut(usize::from(vouched.journal));
        // It may answer a word that was given before the welcome told to go back: roots that
        // agree say all the same that all is there.
        let own = own.filter(|o| tag(&o.head.root) == vouched.tag);
        let own = own.ok_or(ExchangeError::Unexpected("proof of something else"))?;
        own.proven = true;
        if own.acked < own.head.size {
            // The word is given for all of it: an acknowledgement was lost, or needed none.
            own.acked = own.head.size;
        }
        out.push(match vouched.seal.is_empty() {
            true => Do::KeepAgreed(own.head),
            false => Do::KeepProof(Sealed {
                head: own.head,
                at_ms: vouched.at_ms,
                seal: vouched.seal,
            }),
        });
        Ok(())
    }

    fn feed(&self, news: News) -> Result<Feed, ExchangeError> {
        let scope = self.scopes.get(usize::from(news.scope));
        let scope = scope.filter(|s| s.open);
        let scope = scope.ok_or(ExchangeError::Unexpected("news of no scope"))?;
        let journal = |number: Number| {
            let own = self.own.get(usize::from(number));
            own.map(|own| own.head.journal)
        };
        Ok(Feed {
            scope: scope.name.clone(),
            first: news.first,
            sources: sources(&news.runs, journal).ok_or(ExchangeError::Malformed("news"))?,
            packed: news.packed,
        })
    }

    fn welcome(&mut self, welcome: Welcome, out: &mut Vec<Do>) -> Result<(), ExchangeError> {
        let spoken = welcome.speaks.newest;
        if !(OLDEST..=VERSION).contains(&spoken) || welcome.held.len() != self.own.len() {
            return Err(ExchangeError::Malformed("welcome"));
        }
        self.encoding = Encoding::best(&welcome.speaks.encodings);
        self.welcomed = true;
        out.push(Do::CompareClock(welcome.wall_ms));
        // What a hub acknowledged before it was restored, it may have lost, and since then have
        // taken something else in its place.
        let restored = self.epoch.is_some_and(|known| known != welcome.epoch);
        if self.epoch != Some(welcome.epoch) {
            out.push(Do::BeginEpoch(welcome.epoch));
        }
        for (own, held) in self.own.iter_mut().zip(welcome.held) {
            let (journal, was_said) = (own.head.journal, own.checkpointed);
            own.ahead = (held > own.head.size).then_some(held);
            if restored {
                own.go_back(0);
                if held == own.head.size {
                    // Most likely nothing was lost: the roots tell, without sending anything again.
                    own.sent = held;
                    own.checkpointed = was_said;
                }
            } else if held < own.acked {
                // The hub lost something since it acknowledged it: send again from there.
                own.go_back(held);
                let size = held;
                out.push(Do::KeepAck { journal, size });
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

    /// For each journal that is all sent, the word on it. It goes at once behind the entries, so
    /// that a backlog of any length takes one round trip.
    fn checkpoint(&mut self, out: &mut Vec<Do>) {
        for (number, own) in (0..).zip(&mut self.own) {
            let is_due = !own.checkpointed && !own.proven && own.ahead.is_none();
            if !is_due || own.sent != own.head.size {
                continue;
            }
            own.checkpointed = true;
            let new = own.head.size - own.before;
            let is_few = self.is_known && (1..=FEW_ENTRIES).contains(&new);
            out.push(match is_few || self.receipted {
                true => Do::Send(Message::Checkpoint(Vouched {
                    journal: number,
                    tag: tag(&own.head.root),
                    at_ms: 0,
                    seal: vec![],
                })),
                false => Do::SealCheckpoint {
                    number,
                    head: own.head,
                },
            });
        }
    }

    fn finish(&mut self, out: &mut Vec<Do>) {
        let open = self.scopes.iter().any(|scope| scope.open);
        let done = self.welcomed && !open && self.own.iter().all(|o| o.proven);
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
        let number = 0;
        let (mut caller, _) = Caller::begin(("", 0), &[(head, 0)], false, (None, &[]));
        let welcome = Welcome {
            speaks: Speaks::ours(),
            epoch: [3; 16],
            wall_ms: 0,
            held: vec![0],
            more: vec![],
        };
        caller.receive(Message::Welcome(welcome)).unwrap();
        assert_eq!(caller.wants(), Some((journal, 1)));
        // The store gives all that is there by now, more than was announced.
        let effects = caller.upload(journal, 1, &all).unwrap();
        let Some(Do::Send(Message::Checkpoint(vouched))) = effects.last() else {
            panic!("{effects:?}");
        };
        assert_eq!((vouched.journal, vouched.tag), (number, tag(&head.root)));
        assert_eq!(caller.wants(), None);
        let ack = caller
            .receive(Message::Ack {
                journal: number,
                size: 5,
            })
            .unwrap();
        assert_eq!(ack, [Do::KeepAck { journal, size: 5 }]);
    }

    /// Found by the simulator, seed 5025: frames and word were under way when the welcome told
    /// that the hub had been restored, and it had what was missing before them.
    #[test]
    fn a_proof_counts_that_crosses_the_news_of_a_restored_hub() {
        let (journal, all) = (JournalId([1; 16]), entries(3));
        let head = Head {
            journal,
            size: 9,
            root: [2; 32],
        };
        let hub = (Some([3; 16]), &[][..]);
        let (mut caller, _) = Caller::begin(("", 0), &[(head, 4)], false, hub);
        let sent = caller.upload(journal, 5, &all[4..]).unwrap();
        assert!(matches!(sent[..], [_, Do::Send(Message::Checkpoint(_))]));
        let welcome = Welcome {
            speaks: Speaks::ours(),
            epoch: [4; 16],
            wall_ms: 0,
            held: vec![4],
            more: vec![],
        };
        caller.receive(Message::Welcome(welcome)).unwrap();
        assert_eq!(caller.wants(), Some((journal, 1)), "all is compared again");
        caller
            .receive(Message::Ack {
                journal: 0,
                size: 9,
            })
            .unwrap();
        let proof = caller.receive(Message::Proof(Vouched {
            journal: 0,
            tag: tag(&head.root),
            at_ms: 0,
            seal: vec![],
        }));
        assert_eq!(proof, Ok(vec![Do::KeepAgreed(head), Do::Finish]));
    }
}
