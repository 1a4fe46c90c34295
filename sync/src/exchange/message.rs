//! What travels in an exchange: see `bytes` for how. What both sides know already, which journal
//! stands where in the hello, is told by its number.

use std::fmt;

use crate::exchange::frame::{Encoding, MAX_PACKED_BYTES};
use crate::exchange::{OLDEST, VERSION};
use crate::id::JournalId;
use crate::journal::Hash;

mod bytes;

/// Largest message, in bytes.
pub const MAX_MESSAGE_BYTES: usize = MAX_PACKED_BYTES + (64 << 10);

/// Which journal or scope: as it stands in the hello, from 0.
pub type Number = u16;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The node opens: what it speaks, what it has, how far it knows the feeds.
    Hello(Hello),
    /// The hub answers: what will be spoken, what it holds of the node's journals.
    Welcome(Welcome),
    /// The hub answers: all that the hello names is what is here, and nothing else is.
    /// With that the exchange is over.
    Same {
        /// The hub's wall clock, milliseconds since 1970.
        wall_ms: u64,
    },
    /// Entries of a journal of the node, packed by [`super::frame::pack`].
    Frame {
        /// Whose.
        journal: Number,
        /// Index of the first entry, from 1.
        first: u64,
        /// The entries.
        packed: Vec<u8>,
    },
    /// The hub has everything up to here on disk.
    Ack {
        /// Of which journal.
        journal: Number,
        /// How many entries, from the first.
        size: u64,
    },
    /// The node has sent all that its hello names, and vouches for it: compare.
    Checkpoint(Vouched),
    /// Sizes and roots agree: the hub has all of it, and vouches for that.
    Proof(Vouched),
    /// News of a scope.
    News(News),
    /// The scope has no more news now; the beginning of its root after that, to compare.
    FeedEnd {
        /// Which scope.
        scope: Number,
        /// Items of the feed so far.
        seq: u64,
        /// Of the root over all of them.
        tag: Tag,
    },
    /// This side will not go on.
    Refuse(Refusal),
    /// Two nodes meet: who says it, and what is here of the scopes that may be shared.
    Meet {
        /// What it speaks.
        speaks: Speaks,
        /// The node's name, as people read it.
        name: String,
        /// How far it is in each scope.
        here: Vec<Reach>,
    },
    /// Entries that the other lacks.
    Share(Share),
    /// The other has all that is here of the scope.
    Shared {
        /// Which scope.
        scope: String,
    },
}

/// What a side speaks: a range of versions, and ways to pack changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speaks {
    /// The highest version of the protocol.
    pub newest: u16,
    /// The lowest.
    pub oldest: u16,
    /// The encodings of frames that it reads, besides the one that comes with the lowest version.
    pub encodings: Vec<u8>,
}

impl Speaks {
    /// What this version speaks.
    #[must_use]
    pub fn ours() -> Self {
        Self {
            newest: VERSION,
            oldest: OLDEST,
            encodings: Encoding::known(),
        }
    }

    /// The version that both speak.
    ///
    /// # Errors
    /// [`Refusal::TooOld`] or [`Refusal::TooNew`]: whether it is the other that must be updated, or
    /// this side.
    pub fn agree(&self) -> Result<u16, Refusal> {
        if self.newest < OLDEST {
            return Err(Refusal::TooOld);
        }
        if self.oldest > VERSION {
            return Err(Refusal::TooNew);
        }
        Ok(self.newest.min(VERSION))
    }
}

/// How far a node is in the journals of a scope: it has every entry of the scope up to there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Which scope.
    pub scope: String,
    /// Journals, each with an index.
    pub journals: Vec<(JournalId, u64)>,
}

/// Entries of a scope, from whatever journals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Which scope.
    pub scope: String,
    /// For each entry where it comes from.
    pub sources: Vec<Source>,
    /// The entries, in order.
    pub packed: Vec<u8>,
}

/// A journal's size and root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Which.
    pub journal: JournalId,
    /// Entries.
    pub size: u64,
    /// Root over all of them.
    pub root: Hash,
}

/// A word on a journal of the hello, of the size that stands there: both sides know the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// Which journal.
    pub journal: Number,
    /// The beginning of its root.
    pub tag: Tag,
    /// When, by the clock of who says it, milliseconds since 1970.
    pub at_ms: u64,
    /// The seal over [`super::custody::statement`]. Empty when only a few entries are new: the
    /// sides agree, and seal it once it is quiet.
    pub seal: Vec<u8>,
}

/// The node's opening. Its layout stays as it is, whatever the version; what is added goes to
/// the end, where who does not know it passes over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// What it speaks.
    pub speaks: Speaks,
    /// The node's name, as people read it; empty when it was told before.
    pub name: String,
    /// Its wall clock, milliseconds since 1970.
    pub wall_ms: u64,
    /// Whether it has the hub's receipts for all of its journals as they are now.
    pub receipted: bool,
    /// Its journals.
    pub journals: Vec<Outline>,
    /// How far it knows each scope's feed.
    pub cursors: Vec<Cursor>,
}

/// A journal's size and the beginning of its root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline {
    /// Which.
    pub journal: JournalId,
    /// Entries.
    pub size: u64,
    /// The beginning of the root over all of them.
    pub tag: Tag,
}

impl From<Head> for Outline {
    fn from(head: Head) -> Self {
        Self {
            journal: head.journal,
            size: head.size,
            tag: tag(&head.root),
        }
    }
}

/// How far a node knows a feed. All of a hello are of one epoch; nothing known is of none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Which scope.
    pub scope: String,
    /// The beginning of the hub's epoch in which the count holds.
    pub epoch: Tag,
    /// Items known.
    pub seq: u64,
    /// The beginning of the root over them: enough to see that nothing is new.
    pub tag: Tag,
}

impl Cursor {
    /// Nothing is known of the scope.
    #[must_use]
    pub fn nothing(scope: &str) -> Self {
        Self {
            scope: scope.to_owned(),
            epoch: Tag::default(),
            seq: 0,
            tag: Tag::default(),
        }
    }
}

/// The beginning of a root or an epoch.
pub type Tag = [u8; 8];

/// The beginning of a root or an epoch.
#[must_use]
pub fn tag(whole: &[u8]) -> Tag {
    whole.first_chunk().copied().unwrap_or_default()
}

/// The hub's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// The version that is spoken, and the encodings that the hub reads.
    pub speaks: Speaks,
    /// Its epoch: changes when the hub is restored from a backup.
    pub epoch: [u8; 16],
    /// Its wall clock, milliseconds since 1970.
    pub wall_ms: u64,
    /// What it holds of the hello's journals, in their order.
    pub held: Vec<u64>,
    /// What it holds of journals that the node did not name.
    pub more: Vec<(JournalId, u64)>,
}

/// News of a scope as they travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Which scope.
    pub scope: Number,
    /// Number of the first item, from 1.
    pub first: u64,
    /// Where the items come from, in order.
    pub runs: Vec<Run>,
    /// Entries of the items that the node does not have itself, in order.
    pub packed: Vec<u8>,
}

/// Items that follow each other in one journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The journal.
    pub journal: Whose,
    /// Index of the first.
    pub first: u64,
    /// How many.
    pub count: u64,
}

/// Whose journal it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The receiver's, by its number in the hello: no entries are sent.
    Yours(Number),
    /// Any.
    Journal(JournalId),
}

/// News of a scope, for who stores them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Which scope.
    pub scope: String,
    /// Number of the first item, from 1.
    pub first: u64,
    /// For each item where it comes from.
    pub sources: Vec<Source>,
    /// Entries of the items that the node does not have itself, in order.
    pub packed: Vec<u8>,
}

/// Where an item of a feed comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The journal.
    pub journal: JournalId,
    /// The index in it.
    pub index: u64,
    /// The receiver wrote it itself: no entry is sent.
    pub own: bool,
}

/// Sources as runs; `number` gives that of a receiver's own journal.
#[must_use]
pub fn runs(sources: &[Source], number: impl Fn(&JournalId) -> Option<Number>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for source in sources {
        let yours = number(&source.journal).filter(|_| source.own);
        let journal = yours.map_or(Whose::Journal(source.journal), Whose::Yours);
        match runs.last_mut() {
            Some(last) if last.journal == journal && last.first + last.count == source.index => {
                last.count += 1;
            }
            _ => runs.push(Run {
                journal,
                first: source.index,
                count: 1,
            }),
        }
    }
    runs
}

/// The inverse of [`runs`]; `None` when a number belongs to no journal.
#[must_use]
pub fn sources(
    runs: &[Run],
    journals: impl Fn(Number) -> Option<JournalId>,
) -> Option<Vec<Source>> {
    let mut sources = Vec::new();
    for run in runs {
        let (journal, own) = match run.journal {
            Whose::Yours(number) => (journals(number)?, true),
            Whose::Journal(journal) => (journal, false),
        };
        let indexes = run.first..run.first.checked_add(run.count)?;
        sources.extend(indexes.map(|index| Source {
            journal,
            index,
            own,
        }));
    }
    Some(sources)
}

/// Why a side will not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The one who is refused speaks versions that are too old: it must be updated.
    TooOld,
    /// The node is not enrolled here, or no longer.
    NotEnrolled,
    /// The journal belongs to another node.
    NotYours,
    /// The same sizes, other roots: the histories differ (a cloned or restored disk).
    Diverged,
    /// The hub cannot store now (its disk is full, it is being restored).
    NotNow,
    /// A change of the node is in quarantine: a person must look at it first.
    Quarantined,
    /// The one who is refused speaks versions that are too new: who refuses must be updated.
    TooNew,
    /// For a reason that this version does not know.
    Unknown,
    /// The node is no longer enrolled. All that it announced is at the hub, in quarantine:
    /// that is no custody, and nothing may be purged on it.
    Revoked,
    /// Too many of the node's records build on changes that are not here yet.
    Parked,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooOld => {
                "this node speaks a version of the protocol that is no longer spoken there"
            }
            Self::TooNew => "the other side does not speak this node's version of the protocol yet",
            Self::Unknown => "for a reason that this version does not know",
            Self::NotEnrolled => "this node is not enrolled at the hub",
            Self::NotYours => "the journal belongs to another node",
            Self::Diverged => "the histories differ: a copied or restored disk",
            Self::NotNow => "the hub cannot store now",
            Self::Quarantined => "a change is in quarantine at the hub",
            Self::Revoked => "this node is no longer enrolled; its work is in quarantine",
            Self::Parked => "too many records wait for changes of other nodes",
        })
    }
}
