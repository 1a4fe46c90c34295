//! A meeting: two nodes of one authority, without a hub, share the scopes that both hold.
//!
//! ```text
//! one                                        the other
//!  Meet (what is here, by scope) ──────────▶
//!   ◀────────── Meet (what is here, by scope)
//!  Share, Share, … ◀─────────────────▶ Share, Share, …
//!  Shared ────────▶      all that is here is there   ◀──────── Shared
//! ```
//! Both sides are the same [`Meeting`]. It stays open: what is written at one node afterwards
//! is shared at once, so that two desks on one record converge while people look on.
//!
//! A node says how far it is in each journal *of a scope*: it has every entry of that scope up
//! to there. That holds because whoever shares, hub or node, shares each journal in order.
//!
//! What one looked up, the other may lend: single records of scopes that only one of them holds, under
//! [`LENT`]. Nobody says how far they are in that: who names it takes it, and gets all of it at each meeting.

use std::collections::BTreeMap;

use crate::erasure;
use crate::exchange::frame::Encoding;
use crate::exchange::message::{Message, Reach, Refusal, Share, Source, Speaks};
use crate::exchange::{ExchangeError, LENT, frame};
use crate::id::JournalId;
use crate::journal::Entry;

/// What the loop around the machine must do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Do {
    /// Send this.
    Send(Message),
    /// Examine and store these entries, durably.
    Store(Share),
}

/// How far one scope is shared.
#[derive(Debug, Default)]
struct Shared {
    ours: BTreeMap<JournalId, u64>,
    theirs: BTreeMap<JournalId, u64>,
    /// The other has been told that it has all, since it last lacked something.
    told: bool,
    /// The other says that we have all.
    whole: bool,
}

/// One side of a meeting.
#[derive(Debug)]
pub struct Meeting {
    scopes: BTreeMap<String, Shared>,
    encoding: Encoding,
    met: bool,
    /// Whether the other takes what is lent.
    borrows: bool,
}

impl Meeting {
    /// Begins with what is here of the scopes that both may hold.
    #[must_use]
    pub fn begin(name: &str, here: &[Reach]) -> (Self, Vec<Do>) {
        let mut this = Self {
            scopes: BTreeMap::new(),
            encoding: Encoding::default(),
            met: false,
            borrows: false,
        };
        for reach in here {
            let shared = this.scopes.entry(reach.scope.clone()).or_default();
            shared.ours = reach.journals.iter().copied().collect();
        }
        let lent = Reach {
            scope: LENT.to_owned(),
            journals: vec![],
        };
        let meet = Message::Meet {
            speaks: Speaks::ours(),
            name: name.to_owned(),
            here: here.iter().cloned().chain([lent]).collect(),
        };
        (this, vec![Do::Send(meet)])
    }

    /// Takes a message of the other.
    ///
    /// # Errors
    /// When the meeting cannot go on.
    pub fn receive(&mut self, message: Message) -> Result<Vec<Do>, ExchangeError> {
        match message {
            Message::Meet { here, speaks, .. } if !self.met => {
                speaks.agree().map_err(ExchangeError::Refused)?;
                self.encoding = Encoding::best(&speaks.encodings);
                self.met = true;
                self.borrows = here.iter().any(|reach| reach.scope == LENT);
                for reach in here {
                    // A scope that only one of us holds is not shared.
                    if let Some(shared) = self.scopes.get_mut(&reach.scope) {
                        shared.theirs = reach.journals.into_iter().collect();
                    }
                }
                Ok(vec![])
            }
            Message::Share(share) if self.met && share.scope == LENT => Ok(vec![Do::Store(share)]),
            Message::Share(share) if self.met => {
                let shared = self.scopes.get_mut(&share.scope);
                let shared = shared.ok_or(ExchangeError::Refused(Refusal::NotYours))?;
                shared.whole = false;
                for source in &share.sources {
                    raise(&mut shared.theirs, source.journal, source.index);
                    raise(&mut shared.ours, source.journal, source.index);
                }
                Ok(vec![Do::Store(share)])
            }
            Message::Shared { scope } if self.met => {
                let shared = self.scopes.get_mut(&scope);
                shared
                    .ok_or(ExchangeError::Refused(Refusal::NotYours))?
                    .whole = true;
                Ok(vec![])
            }
            Message::Refuse(refusal) => Err(ExchangeError::Refused(refusal)),
            _ => Err(ExchangeError::Unexpected("not for a meeting")),
        }
    }

    /// Journals have grown here, by whatever way: to these sizes.
    pub fn grown(&mut self, journals: &[(JournalId, u64)]) {
        for shared in self.scopes.values_mut() {
            for (journal, size) in journals {
                raise(&mut shared.ours, *journal, *size);
            }
        }
    }

    /// What the other lacks: read entries of that scope from that journal, after that index,
    /// and call [`Meeting::share`]. `None` when there is nothing to be said now.
    #[must_use]
    pub fn wants(&self) -> Option<(&str, JournalId, u64)> {
        let waits = self.erasures_wait();
        let scopes = self.scopes.iter().filter(|_| self.met);
        let scopes = scopes.filter(|(scope, _)| !waits || *scope == erasure::SCOPE);
        scopes.into_iter().find_map(|(scope, shared)| {
            let lacks = shared.lacks();
            lacks.map(|(journal, after)| (scope.as_str(), journal, after))
        })
    }

    /// What was erased comes first: the dead must not be lent to whoever knows that they are.
    fn erasures_wait(&self) -> bool {
        let erasures = self.scopes.get(erasure::SCOPE);
        erasures.is_some_and(|shared| !shared.whole)
    }

    /// Whether the other takes what is lent, and takes it now.
    #[must_use]
    pub fn may_lend(&self) -> bool {
        self.met && self.borrows && !self.erasures_wait()
    }

    /// Lends entries: as many of the first of them as go at once. Gives how many.
    ///
    /// # Errors
    /// When they are too large to go.
    pub fn lend(&self, entries: &[(Source, Entry)]) -> Result<(usize, Do), ExchangeError> {
        let (sources, entries): (Vec<_>, Vec<_>) = entries.iter().cloned().unzip();
        let fits = frame::fitting(&entries);
        let share = Message::Share(Share {
            scope: LENT.to_owned(),
            sources: sources.into_iter().take(fits).collect(),
            packed: frame::pack_as(&entries[..fits], self.encoding)?,
        });
        Ok((fits, Do::Send(share)))
    }

    /// Entries read from the store, as [`Meeting::wants`] asked, each with its index. None:
    /// the journal has no more of that scope.
    ///
    /// # Errors
    /// When they are not what was asked for.
    pub fn share(
        &mut self,
        scope: &str,
        journal: JournalId,
        mut found: Vec<(u64, Entry)>,
    ) -> Result<Option<Do>, ExchangeError> {
        let shared = self.scopes.get_mut(scope);
        let shared = shared.ok_or(ExchangeError::Unexpected("share"))?;
        let Some(upto) = found.last().map(|(index, _)| *index) else {
            let size = shared.ours.get(&journal).copied().unwrap_or(0);
            raise(&mut shared.theirs, journal, size);
            return Ok(None);
        };
        let mut filling = frame::Filling::default();
        let fits = found
            .iter()
            .take_while(|(_, entry)| filling.takes(entry.bytes.len()));
        let fits = fits.count();
        found.truncate(fits);
        let upto = found.last().map_or(upto, |(index, _)| *index);
        raise(&mut shared.theirs, journal, upto);
        shared.told = false;
        let (indexes, entries): (Vec<u64>, Vec<Entry>) = found.into_iter().unzip();
        let source = |index| Source {
            journal,
            index,
            own: false,
        };
        Ok(Some(Do::Send(Message::Share(Share {
            scope: scope.to_owned(),
            sources: indexes.into_iter().map(source).collect(),
            packed: frame::pack_as(&entries, self.encoding)?,
        }))))
    }

    /// Once nothing is wanted any more: tells the other so, for each scope, once.
    #[must_use]
    pub fn tell(&mut self) -> Vec<Do> {
        let done = self
            .scopes
            .iter_mut()
            .filter(|(_, s)| self.met && !s.told && s.lacks().is_none());
        done.map(|(scope, shared)| {
            shared.told = true;
            Do::Send(Message::Shared {
                scope: scope.clone(),
            })
        })
        .collect()
    }

    /// Whether both have all that the other has.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.met && self.scopes.values().all(|s| s.told && s.whole)
    }
}

impl Shared {
    /// A journal of which the other lacks something, and up to where it has it.
    fn lacks(&self) -> Option<(JournalId, u64)> {
        self.ours.iter().find_map(|(journal, size)| {
            let there = self.theirs.get(journal).copied().unwrap_or(0);
            (there < *size).then_some((*journal, there))
        })
    }
}

fn raise(sizes: &mut BTreeMap<JournalId, u64>, journal: JournalId, size: u64) {
    let known = sizes.entry(journal).or_default();
    *known = size.max(*known);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::frame::tests::entries;

    const SCOPE: &str = "monchique";
    const JOURNAL: JournalId = JournalId([7; 16]);

    fn here(size: u64) -> Vec<Reach> {
        vec![Reach {
            scope: SCOPE.into(),
            journals: vec![(JOURNAL, size)],
        }]
    }

    fn sent(does: Do) -> Message {
        match does {
            Do::Send(message) => message,
            Do::Store(_) => panic!("nothing to send"),
        }
    }

    #[test]
    fn what_the_other_lacks_is_shared_once_and_both_know_when_all_is() {
        let all = entries(2);
        let (mut one, meet_one) = Meeting::begin("Um", &here(6));
        let (mut other, meet_other) = Meeting::begin("Outro", &here(2));
        assert_eq!(one.wants(), None, "nothing before the other has spoken");
        for does in meet_one {
            other.receive(sent(does)).unwrap();
        }
        for does in meet_other {
            one.receive(sent(does)).unwrap();
        }
        assert_eq!(other.wants(), None);
        assert_eq!(one.wants(), Some((SCOPE, JOURNAL, 2)));
        let found = (3..).zip(all[2..].iter().cloned()).collect();
        let share = one.share(SCOPE, JOURNAL, found).unwrap().unwrap();
        let stored = other.receive(sent(share)).unwrap();
        assert!(matches!(&stored[..], [Do::Store(share)] if share.sources.len() == 4));
        assert_eq!(one.wants(), None);
        assert_eq!(other.wants(), None, "what came is not sent back");
        for does in one.tell() {
            other.receive(sent(does)).unwrap();
        }
        assert!(!one.is_whole());
        for does in other.tell() {
            one.receive(sent(does)).unwrap();
        }
        assert!(one.is_whole() && other.is_whole());
        assert!(one.tell().is_empty());

        // Written while they are together: shared at once.
        one.grown(&[(JOURNAL, 7)]);
        assert_eq!(one.wants(), Some((SCOPE, JOURNAL, 6)));
        // It was of another scope.
        assert_eq!(one.share(SCOPE, JOURNAL, vec![]), Ok(None));
        assert_eq!(one.wants(), None);
    }

    #[test]
    fn it_lends_to_who_takes_it_once_the_erasures_are_there() {
        let erasures = Reach {
            scope: erasure::SCOPE.into(),
            journals: vec![],
        };
        let (mut one, meet) = Meeting::begin("Um", std::slice::from_ref(&erasures));
        let (mut other, _) = Meeting::begin("Outro", std::slice::from_ref(&erasures));
        assert!(!one.may_lend());
        for does in meet {
            other.receive(sent(does)).unwrap();
        }
        assert!(!other.may_lend(), "who was erased there is not known yet");
        let told = Message::Shared {
            scope: erasure::SCOPE.into(),
        };
        other.receive(told.clone()).unwrap();
        assert!(other.may_lend());
        let source = |index| Source {
            journal: JOURNAL,
            index,
            own: false,
        };
        let all: Vec<_> = (1..).map(source).zip(entries(2)).collect();
        let (lent, share) = other.lend(&all).unwrap();
        assert_eq!(lent, all.len());
        let share = sent(share);
        // One that is older names no such scope, and is lent nothing.
        one.receive(Message::Meet {
            speaks: Speaks::ours(),
            name: "Outro".into(),
            here: vec![erasures],
        })
        .unwrap();
        one.receive(told).unwrap();
        assert!(!one.may_lend());
        let stored = one.receive(share).unwrap();
        assert!(
            matches!(&stored[..], [Do::Store(share)] if share.scope == LENT && share.sources.len() == lent)
        );
    }

    #[test]
    fn a_scope_that_only_one_holds_is_neither_given_nor_taken() {
        let (mut one, _) = Meeting::begin("Um", &here(6));
        let other = vec![Reach {
            scope: "aljezur".into(),
            journals: vec![],
        }];
        let (mut two, _) = Meeting::begin("Outro", &other);
        let meet = |here| Message::Meet {
            speaks: Speaks::ours(),
            name: "x".into(),
            here,
        };
        one.receive(meet(other)).unwrap();
        two.receive(meet(here(6))).unwrap();
        let share = Share {
            scope: SCOPE.into(),
            sources: vec![],
            packed: vec![],
        };
        assert_eq!(
            two.receive(Message::Share(share)),
            Err(ExchangeError::Refused(Refusal::NotYours))
        );
    }
}
