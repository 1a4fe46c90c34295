//! What travels in an exchange. Each message is a type byte and its fields;
//! the link puts the length (four bytes, big-endian) before it.

use std::fmt;

use crate::exchange::ExchangeError;
use crate::exchange::custody::{MAX_SEAL_BYTES, Sealed};
use crate::exchange::frame::MAX_PACKED_BYTES;
use crate::id::JournalId;
use crate::journal::Hash;
use crate::varint::{self, Reader};

/// Largest message, in bytes.
pub const MAX_MESSAGE_BYTES: usize = MAX_PACKED_BYTES + (64 << 10);
const MAX_NAME_BYTES: usize = 200;
const MAX_LIST: usize = 1_024;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The node opens: who it is, what it has, how far it knows the feeds.
    Hello(Hello),
    /// The hub answers: who it is, what it holds of the node's journals.
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
        journal: JournalId,
        /// Index of the first entry, from 1.
        first: u64,
        /// The entries.
        packed: Vec<u8>,
    },
    /// The hub has everything up to here on disk.
    Ack {
        /// Of which journal.
        journal: JournalId,
        /// How many entries, from the first.
        size: u64,
    },
    /// The node has sent all and vouches for it: compare.
    Checkpoint(Sealed),
    /// Sizes and roots agree: the hub vouches for having custody of all of it.
    Proof(Sealed),
    /// News of a scope.
    Feed(Feed),
    /// The scope has no more news now; its root after that, to compare.
    FeedEnd {
        /// Which scope.
        scope: String,
        /// Items of the feed so far.
        seq: u64,
        /// Root over all of them.
        root: Hash,
    },
    /// This side will not go on.
    Refuse(Refusal),
    /// Two nodes meet: who says it, and what is here of the scopes that may be shared.
    Meet {
        /// Protocol version.
        version: u16,
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

/// The node's opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// Protocol version.
    pub version: u16,
    /// The node's name, as people read it.
    pub name: String,
    /// Its wall clock, milliseconds since 1970.
    pub wall_ms: u64,
    /// Whether it has the hub's receipts for all of its journals as they are now.
    pub receipted: bool,
    /// Its journals.
    pub journals: Vec<Head>,
    /// How far it knows each scope's feed.
    pub cursors: Vec<Cursor>,
}

/// How far a node knows a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Which scope.
    pub scope: String,
    /// The hub's epoch in which the count holds; zero for none yet.
    pub epoch: [u8; 16],
    /// Items known.
    pub seq: u64,
    /// The beginning of the root over them: enough to see that nothing is new.
    pub tag: Tag,
}

/// The beginning of a root.
pub type Tag = [u8; 8];

/// The beginning of a root.
#[must_use]
pub fn tag(root: &Hash) -> Tag {
    root.first_chunk().copied().unwrap_or_default()
}

/// The hub's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// Protocol version.
    pub version: u16,
    /// The hub's name.
    pub name: String,
    /// Its epoch: changes when the hub is restored from a backup.
    pub epoch: [u8; 16],
    /// Its wall clock, milliseconds since 1970.
    pub wall_ms: u64,
    /// What it holds of the node's journals, in the order of the hello; also of
    /// journals that the node did not name, with what it holds.
    pub held: Vec<(JournalId, u64)>,
}

/// News of a scope.
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

/// Why a side will not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The other speaks a protocol that is not understood.
    Version,
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
    /// The node is no longer enrolled. All that it announced is at the hub, in quarantine:
    /// that is no custody, and nothing may be purged on it.
    Revoked,
    /// Too many of the node's records build on changes that are not here yet.
    Parked,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Version => "the other side speaks another version of the protocol",
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

const REFUSALS: [Refusal; 8] = [
    Refusal::Version,
    Refusal::NotEnrolled,
    Refusal::NotYours,
    Refusal::Diverged,
    Refusal::NotNow,
    Refusal::Quarantined,
    Refusal::Revoked,
    Refusal::Parked,
];

impl Message {
    /// The message as it travels, without its length.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Hello(h) => {
                out.push(1);
                varint::put(&mut out, u64::from(h.version));
                varint::put_prefixed(&mut out, h.name.as_bytes());
                varint::put(&mut out, h.wall_ms);
                out.push(u8::from(h.receipted));
                varint::put(&mut out, h.journals.len() as u64);
                h.journals.iter().for_each(|j| put_head(&mut out, j));
                varint::put(&mut out, h.cursors.len() as u64);
                for c in &h.cursors {
                    varint::put_prefixed(&mut out, c.scope.as_bytes());
                    out.extend(c.epoch);
                    varint::put(&mut out, c.seq);
                    out.extend(c.tag);
                }
            }
            Self::Welcome(w) => {
                out.push(2);
                varint::put(&mut out, u64::from(w.version));
                varint::put_prefixed(&mut out, w.name.as_bytes());
                out.extend(w.epoch);
                varint::put(&mut out, w.wall_ms);
                varint::put(&mut out, w.held.len() as u64);
                for (journal, size) in &w.held {
                    out.extend(journal.0);
                    varint::put(&mut out, *size);
                }
            }
            Self::Same { wall_ms } => {
                out.push(10);
                varint::put(&mut out, *wall_ms);
            }
            Self::Frame {
                journal,
                first,
                packed,
            } => {
                out.push(3);
                out.extend(journal.0);
                varint::put(&mut out, *first);
                varint::put_prefixed(&mut out, packed);
            }
            Self::Ack { journal, size } => {
                out.push(4);
                out.extend(journal.0);
                varint::put(&mut out, *size);
            }
            Self::Checkpoint(sealed) => {
                out.push(5);
                put_sealed(&mut out, sealed);
            }
            Self::Proof(sealed) => {
                out.push(6);
                put_sealed(&mut out, sealed);
            }
            Self::Feed(f) => {
                out.push(7);
                varint::put_prefixed(&mut out, f.scope.as_bytes());
                varint::put(&mut out, f.first);
                put_sources(&mut out, &f.sources);
                varint::put_prefixed(&mut out, &f.packed);
            }
            Self::FeedEnd { scope, seq, root } => {
                out.push(8);
                varint::put_prefixed(&mut out, scope.as_bytes());
                varint::put(&mut out, *seq);
                out.extend(root);
            }
            Self::Meet {
                version,
                name,
                here,
            } => {
                out.push(11);
                varint::put(&mut out, u64::from(*version));
                varint::put_prefixed(&mut out, name.as_bytes());
                varint::put(&mut out, here.len() as u64);
                for reach in here {
                    varint::put_prefixed(&mut out, reach.scope.as_bytes());
                    varint::put(&mut out, reach.journals.len() as u64);
                    for (journal, size) in &reach.journals {
                        out.extend(journal.0);
                        varint::put(&mut out, *size);
                    }
                }
            }
            Self::Share(share) => {
                out.push(12);
                varint::put_prefixed(&mut out, share.scope.as_bytes());
                put_sources(&mut out, &share.sources);
                varint::put_prefixed(&mut out, &share.packed);
            }
            Self::Shared { scope } => {
                out.push(13);
                varint::put_prefixed(&mut out, scope.as_bytes());
            }
            Self::Refuse(refusal) => {
                out.push(9);
                out.push(
                    REFUSALS
                        .iter()
                        .position(|r| r == refusal)
                        .map_or(0, |p| u8::try_from(p).unwrap_or(0)),
                );
            }
        }
        out
    }

    /// Reads a message. Bounded by [`MAX_MESSAGE_BYTES`] and by its own length.
    ///
    /// # Errors
    /// [`ExchangeError::Malformed`] with the kind of message.
    pub fn decode(bytes: &[u8]) -> Result<Self, ExchangeError> {
        if bytes.len() > MAX_MESSAGE_BYTES {
            return Err(ExchangeError::Malformed("too large"));
        }
        let mut r = Reader(bytes);
        let (name, message) = match r.byte() {
            Some(1) => ("hello", hello(&mut r)),
            Some(2) => ("welcome", welcome(&mut r)),
            Some(3) => ("frame", frame(&mut r)),
            Some(4) => ("ack", ack(&mut r)),
            Some(5) => ("checkpoint", sealed(&mut r).map(Self::Checkpoint)),
            Some(6) => ("proof", sealed(&mut r).map(Self::Proof)),
            Some(7) => ("feed", feed(&mut r)),
            Some(8) => ("feed end", feed_end(&mut r)),
            Some(9) => (
                "refusal",
                r.byte()
                    .and_then(|b| REFUSALS.get(usize::from(b)))
                    .map(|b| Self::Refuse(*b)),
            ),
            Some(11) => ("meeting", meet(&mut r)),
            Some(12) => ("share", share(&mut r)),
            Some(13) => ("shared", scope(&mut r).map(|scope| Self::Shared { scope })),
            Some(10) => ("same", r.unsigned().map(|wall_ms| Self::Same { wall_ms })),
            _ => ("kind", None),
        };
        message
            .filter(|_| r.is_empty())
            .ok_or(ExchangeError::Malformed(name))
    }
}

fn put_head(out: &mut Vec<u8>, head: &Head) {
    out.extend(head.journal.0);
    varint::put(out, head.size);
    out.extend(head.root);
}

pub(crate) fn put_sealed(out: &mut Vec<u8>, sealed: &Sealed) {
    put_head(out, &sealed.head);
    varint::put(out, sealed.at_ms);
    varint::put_prefixed(out, &sealed.seal);
}

pub(crate) fn sealed(r: &mut Reader<'_>) -> Option<Sealed> {
    Some(Sealed {
        head: head(r)?,
        at_ms: r.unsigned()?,
        seal: r.prefixed(MAX_SEAL_BYTES)?.to_vec(),
    })
}

fn put_sources(out: &mut Vec<u8>, sources: &[Source]) {
    let mut journals: Vec<JournalId> = sources.iter().map(|s| s.journal).collect();
    journals.sort_unstable();
    journals.dedup();
    varint::put(out, journals.len() as u64);
    journals.iter().for_each(|j| out.extend(j.0));
    varint::put(out, sources.len() as u64);
    for source in sources {
        let journal = journals.binary_search(&source.journal).unwrap_or(0) as u64;
        varint::put(out, journal << 1 | u64::from(source.own));
        varint::put(out, source.index);
    }
}

fn sources(r: &mut Reader<'_>) -> Option<Vec<Source>> {
    let journals = list(r, |r| r.array().map(JournalId))?;
    list(r, |r| {
        let tag = r.unsigned()?;
        let journal = *journals.get(usize::try_from(tag >> 1).ok()?)?;
        Some(Source {
            journal,
            index: r.unsigned()?,
            own: tag & 1 == 1,
        })
    })
}

fn scope(r: &mut Reader<'_>) -> Option<String> {
    r.text(MAX_NAME_BYTES).map(str::to_owned)
}

fn head(r: &mut Reader<'_>) -> Option<Head> {
    Some(Head {
        journal: JournalId(r.array()?),
        size: r.unsigned()?,
        root: r.array()?,
    })
}

fn list<T>(
    r: &mut Reader<'_>,
    mut item: impl FnMut(&mut Reader<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let count = r.length().filter(|n| *n <= MAX_LIST)?;
    (0..count).map(|_| item(r)).collect()
}

fn hello(r: &mut Reader<'_>) -> Option<Message> {
    Some(Message::Hello(Hello {
        version: u16::try_from(r.unsigned()?).ok()?,
        name: r.text(MAX_NAME_BYTES)?.to_owned(),
        wall_ms: r.unsigned()?,
        receipted: match r.byte()? {
            0 => false,
            1 => true,
            _ => return None,
        },
        journals: list(r, head)?,
        cursors: list(r, |r| {
            Some(Cursor {
                scope: r.text(MAX_NAME_BYTES)?.to_owned(),
                epoch: r.array()?,
                seq: r.unsigned()?,
                tag: r.array()?,
            })
        })?,
    }))
}

fn welcome(r: &mut Reader<'_>) -> Option<Message> {
    Some(Message::Welcome(Welcome {
        version: u16::try_from(r.unsigned()?).ok()?,
        name: r.text(MAX_NAME_BYTES)?.to_owned(),
        epoch: r.array()?,
        wall_ms: r.unsigned()?,
        held: list(r, |r| Some((JournalId(r.array()?), r.unsigned()?)))?,
    }))
}

fn frame(r: &mut Reader<'_>) -> Option<Message> {
    let (journal, first) = (JournalId(r.array()?), r.unsigned().filter(|f| *f > 0)?);
    Some(Message::Frame {
        journal,
        first,
        packed: r.prefixed(MAX_PACKED_BYTES)?.to_vec(),
    })
}

fn ack(r: &mut Reader<'_>) -> Option<Message> {
    Some(Message::Ack {
        journal: JournalId(r.array()?),
        size: r.unsigned()?,
    })
}

fn feed(r: &mut Reader<'_>) -> Option<Message> {
    Some(Message::Feed(Feed {
        scope: scope(r)?,
        first: r.unsigned().filter(|f| *f > 0)?,
        sources: sources(r)?,
        packed: r.prefixed(MAX_PACKED_BYTES)?.to_vec(),
    }))
}

fn meet(r: &mut Reader<'_>) -> Option<Message> {
    Some(Message::Meet {
        version: u16::try_from(r.unsigned()?).ok()?,
        name: r.text(MAX_NAME_BYTES)?.to_owned(),
        here: list(r, |r| {
            Some(Reach {
                scope: scope(r)?,
                journals: list(r, |r| Some((JournalId(r.array()?), r.unsigned()?)))?,
            })
        })?,
    })
}

fn share(r: &mut Reader<'_>) -> Option<Message> {
    Some(Message::Share(Share {
        scope: scope(r)?,
        sources: sources(r)?,
        packed: r.prefixed(MAX_PACKED_BYTES)?.to_vec(),
    }))
}

fn feed_end(r: &mut Reader<'_>) -> Option<Message> {
    Some(Message::FeedEnd {
        scope: r.text(MAX_NAME_BYTES)?.to_owned(),
        seq: r.unsigned()?,
        root: r.array()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_go_there_and_back() {
        let journal = JournalId([4; 16]);
        let head = Head {
            journal,
            size: 300,
            root: [5; 32],
        };
        let sealed = Sealed {
            head,
            at_ms: 1_790_000_000_000,
            seal: vec![3; 66],
        };
        for message in [
            Message::Hello(Hello {
                version: 1,
                name: "Espaço Móvel 07".into(),
                wall_ms: 1_790_000_000_000,
                receipted: true,
                journals: vec![head],
                cursors: vec![Cursor {
                    scope: "monchique".into(),
                    epoch: [1; 16],
                    seq: 7,
                    tag: [9; 8],
                }],
            }),
            Message::Welcome(Welcome {
                version: 1,
                name: "Central".into(),
                epoch: [2; 16],
                wall_ms: 3,
                held: vec![(journal, 299)],
            }),
            Message::Same {
                wall_ms: 1_790_000_000_000,
            },
            Message::Frame {
                journal,
                first: 1,
                packed: vec![1, 2, 3],
            },
            Message::Ack { journal, size: 300 },
            Message::Checkpoint(sealed.clone()),
            Message::Proof(sealed),
            Message::Feed(Feed {
                scope: "monchique".into(),
                first: 8,
                sources: vec![
                    Source {
                        journal,
                        index: 1,
                        own: true,
                    },
                    Source {
                        journal: JournalId([6; 16]),
                        index: 900,
                        own: false,
                    },
                ],
                packed: vec![9],
            }),
            Message::FeedEnd {
                scope: "monchique".into(),
                seq: 9,
                root: [7; 32],
            },
            Message::Refuse(Refusal::Diverged),
            Message::Meet {
                version: 1,
                name: "Espaço Móvel 08".into(),
                here: vec![Reach {
                    scope: "monchique".into(),
                    journals: vec![(journal, 300)],
                }],
            },
            Message::Share(Share {
                scope: "monchique".into(),
                sources: vec![Source {
                    journal,
                    index: 301,
                    own: false,
                }],
                packed: vec![9],
            }),
            Message::Shared {
                scope: "monchique".into(),
            },
        ] {
            let bytes = message.encode();
            assert_eq!(Message::decode(&bytes), Ok(message));
            for cut in 0..bytes.len() {
                assert!(Message::decode(&bytes[..cut]).is_err());
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn garbage_never_panics(kind in 0u8..15, bytes: Vec<u8>) {
            let _ = Message::decode(&[&[kind], &bytes[..]].concat());
        }
    }
}
