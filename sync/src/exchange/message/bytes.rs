//! Messages as bytes: a type byte and the fields; the link puts the length (four bytes,
//! big-endian) before it, so that a last field needs none.

use super::{
    Cursor, Hello, Message, News, Number, Outline, Reach, Refusal, Run, Share, Speaks, Vouched,
    Welcome, Whose, runs, sources,
};
use crate::exchange::custody::MAX_SEAL_BYTES;
use crate::exchange::frame::MAX_PACKED_BYTES;
use crate::exchange::message::MAX_MESSAGE_BYTES;
use crate::exchange::{ExchangeError, OLDEST, VERSION};
use crate::id::JournalId;
use crate::varint::{self, Reader};

const MAX_NAME_BYTES: usize = 200;
const MAX_LIST: usize = 1_024;
const MAX_ENCODINGS: usize = 32;
/// Most bytes of what a later version adds.
const MAX_MORE_BYTES: usize = 4 << 10;

const REFUSALS: [Refusal; 9] = [
    Refusal::TooOld,
    Refusal::NotEnrolled,
    Refusal::NotYours,
    Refusal::Diverged,
    Refusal::NotNow,
    Refusal::Quarantined,
    Refusal::TooNew,
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
                put_hello(&mut out, h);
            }
            Self::Welcome(w) => {
                out.push(2);
                put_speaks(&mut out, &w.speaks);
                out.extend(w.epoch);
                varint::put(&mut out, w.wall_ms);
                varint::put(&mut out, w.held.len() as u64);
                w.held.iter().for_each(|size| varint::put(&mut out, *size));
                put_sizes(&mut out, &w.more);
                varint::put(&mut out, 0);
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
                varint::put(&mut out, u64::from(*journal));
                varint::put(&mut out, *first);
                out.extend(packed);
            }
            Self::Ack { journal, size } => {
                out.push(4);
                varint::put(&mut out, u64::from(*journal));
                varint::put(&mut out, *size);
            }
            Self::Checkpoint(vouched) => {
                out.push(5);
                put_vouched(&mut out, vouched);
            }
            Self::Proof(vouched) => {
                out.push(6);
                put_vouched(&mut out, vouched);
            }
            Self::News(news) => {
                out.push(7);
                varint::put(&mut out, u64::from(news.scope));
                varint::put(&mut out, news.first);
                put_runs(&mut out, &news.runs);
                out.extend(&news.packed);
            }
            Self::FeedEnd { scope, seq, tag } => {
                out.push(8);
                varint::put(&mut out, u64::from(*scope));
                varint::put(&mut out, *seq);
                out.extend(tag);
            }
            Self::Refuse(refusal) => {
                out.push(9);
                let code = REFUSALS.iter().position(|r| r == refusal);
                out.push(code.map_or(u8::MAX, |p| u8::try_from(p).unwrap_or(u8::MAX)));
            }
            Self::Meet { speaks, name, here } => {
                out.push(11);
                put_speaks(&mut out, speaks);
                varint::put_prefixed(&mut out, name.as_bytes());
                varint::put(&mut out, here.len() as u64);
                for reach in here {
                    varint::put_prefixed(&mut out, reach.scope.as_bytes());
                    put_sizes(&mut out, &reach.journals);
                }
                varint::put(&mut out, 0);
            }
            Self::Share(share) => {
                out.push(12);
                varint::put_prefixed(&mut out, share.scope.as_bytes());
                put_runs(&mut out, &runs(&share.sources, |_| None));
                out.extend(&share.packed);
            }
            Self::Shared { scope } => {
                out.push(13);
                varint::put_prefixed(&mut out, scope.as_bytes());
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
            Some(1) => ("hello", hello(&mut r).map(Self::Hello)),
            Some(2) => ("welcome", welcome(&mut r).map(Self::Welcome)),
            Some(3) => ("frame", frame(&mut r)),
            Some(4) => ("ack", ack(&mut r)),
            Some(5) => ("checkpoint", vouched(&mut r).map(Self::Checkpoint)),
            Some(6) => ("proof", vouched(&mut r).map(Self::Proof)),
            Some(7) => ("news", news(&mut r).map(Self::News)),
            Some(8) => ("feed end", feed_end(&mut r)),
            Some(9) => ("refusal", r.byte().map(|code| Self::Refuse(refusal(code)))),
            Some(10) => ("same", r.unsigned().map(|wall_ms| Self::Same { wall_ms })),
            Some(11) => ("meeting", meet(&mut r)),
            Some(12) => ("share", share(&mut r).map(Self::Share)),
            Some(13) => ("shared", scope(&mut r).map(|scope| Self::Shared { scope })),
            _ => ("kind", None),
        };
        message
            .filter(|_| r.is_empty())
            .ok_or(ExchangeError::Malformed(name))
    }
}

fn refusal(code: u8) -> Refusal {
    let known = REFUSALS.get(usize::from(code));
    known.copied().unwrap_or(Refusal::Unknown)
}

fn put_speaks(out: &mut Vec<u8>, speaks: &Speaks) {
    varint::put(out, u64::from(speaks.newest));
    varint::put(out, u64::from(speaks.oldest));
    varint::put_prefixed(out, &speaks.encodings);
}

fn speaks(r: &mut Reader<'_>) -> Option<Speaks> {
    Some(Speaks {
        newest: number(r)?,
        oldest: number(r)?,
        encodings: r.prefixed(MAX_ENCODINGS)?.to_vec(),
    })
}

fn put_hello(out: &mut Vec<u8>, h: &Hello) {
    put_speaks(out, &h.speaks);
    varint::put_prefixed(out, h.name.as_bytes());
    varint::put(out, h.wall_ms);
    out.push(u8::from(h.receipted));
    varint::put(out, h.journals.len() as u64);
    for outline in &h.journals {
        out.extend(outline.journal.0);
        varint::put(out, outline.size);
        out.extend(outline.tag);
    }
    let known = |c: &&Cursor| c.seq > 0;
    let epoch = h.cursors.iter().find(known).map(|c| c.epoch);
    let epoch = epoch.unwrap_or_default();
    out.extend(epoch);
    varint::put(out, h.cursors.len() as u64);
    for c in &h.cursors {
        varint::put_prefixed(out, c.scope.as_bytes());
        let seq = if c.epoch == epoch { c.seq } else { 0 };
        varint::put(out, seq);
        if seq > 0 {
            out.extend(c.tag);
        }
    }
    varint::put(out, 0);
}

fn hello(r: &mut Reader<'_>) -> Option<Hello> {
    // Who speaks no version that is spoken here may have another layout: it gets its answer.
    let mut versions = r.clone();
    let (newest, oldest) = (number(&mut versions)?, number(&mut versions)?);
    if newest < OLDEST || oldest > VERSION {
        r.0 = &[];
        return Some(Hello {
            speaks: Speaks {
                newest,
                oldest,
                encodings: vec![],
            },
            name: String::new(),
            wall_ms: 0,
            receipted: false,
            journals: vec![],
            cursors: vec![],
        });
    }
    let (speaks, name) = (speaks(r)?, r.text(MAX_NAME_BYTES)?.to_owned());
    let wall_ms = r.unsigned()?;
    // Bits to come are for versions to come.
    let receipted = r.byte()? & 1 == 1;
    let journals = list(r, |r| {
        Some(Outline {
            journal: JournalId(r.array()?),
            size: r.unsigned()?,
            tag: r.array()?,
        })
    })?;
    let epoch = r.array()?;
    let cursors = list(r, |r| {
        let scope = scope(r)?;
        Some(match r.unsigned()? {
            0 => Cursor::nothing(&scope),
            seq => Cursor {
                scope,
                epoch,
                seq,
                tag: r.array()?,
            },
        })
    })?;
    r.prefixed(MAX_MORE_BYTES)?;
    Some(Hello {
        speaks,
        name,
        wall_ms,
        receipted,
        journals,
        cursors,
    })
}

fn welcome(r: &mut Reader<'_>) -> Option<Welcome> {
    let welcome = Welcome {
        speaks: speaks(r)?,
        epoch: r.array()?,
        wall_ms: r.unsigned()?,
        held: list(r, |r| r.unsigned())?,
        more: sizes(r)?,
    };
    r.prefixed(MAX_MORE_BYTES)?;
    Some(welcome)
}

fn put_sizes(out: &mut Vec<u8>, sizes: &[(JournalId, u64)]) {
    varint::put(out, sizes.len() as u64);
    for (journal, size) in sizes {
        out.extend(journal.0);
        varint::put(out, *size);
    }
}

fn sizes(r: &mut Reader<'_>) -> Option<Vec<(JournalId, u64)>> {
    list(r, |r| Some((JournalId(r.array()?), r.unsigned()?)))
}

fn put_vouched(out: &mut Vec<u8>, vouched: &Vouched) {
    varint::put(out, u64::from(vouched.journal));
    out.extend(vouched.tag);
    varint::put(out, vouched.at_ms);
    out.extend(&vouched.seal);
}

fn vouched(r: &mut Reader<'_>) -> Option<Vouched> {
    Some(Vouched {
        journal: number(r)?,
        tag: r.array()?,
        at_ms: r.unsigned()?,
        seal: rest(r, MAX_SEAL_BYTES)?,
    })
}

/// Runs of journals that are named once: `number · 2` for the receiver's own, `place · 2 + 1` for
/// one of those that stand before the runs.
fn put_runs(out: &mut Vec<u8>, runs: &[Run]) {
    let named = runs.iter().filter_map(|run| match run.journal {
        Whose::Journal(journal) => Some(journal),
        Whose::Yours(_) => None,
    });
    let mut named: Vec<JournalId> = named.collect();
    named.sort_unstable();
    named.dedup();
    varint::put(out, named.len() as u64);
    named.iter().for_each(|journal| out.extend(journal.0));
    varint::put(out, runs.len() as u64);
    for run in runs {
        let journal = match run.journal {
            Whose::Yours(number) => u64::from(number) << 1,
            Whose::Journal(journal) => (named.binary_search(&journal).unwrap_or(0) as u64) << 1 | 1,
        };
        varint::put(out, journal);
        varint::put(out, run.first);
        varint::put(out, run.count);
    }
}

fn take_runs(r: &mut Reader<'_>) -> Option<Vec<Run>> {
    let named = list(r, |r| r.array().map(JournalId))?;
    let mut all = 0u64;
    list(r, |r| {
        let journal = r.unsigned()?;
        let run = Run {
            journal: match journal & 1 {
                0 => Whose::Yours(Number::try_from(journal >> 1).ok()?),
                _ => Whose::Journal(*named.get(usize::try_from(journal >> 1).ok()?)?),
            },
            first: r.unsigned()?,
            count: r.unsigned()?,
        };
        // A run of many is as many items: bounded before anybody counts them out.
        all = all.checked_add(run.count)?;
        (run.count > 0 && all <= MAX_LIST as u64).then_some(run)
    })
}

fn list<T>(
    r: &mut Reader<'_>,
    mut item: impl FnMut(&mut Reader<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let count = r.length().filter(|n| *n <= MAX_LIST)?;
    (0..count).map(|_| item(r)).collect()
}

fn number(r: &mut Reader<'_>) -> Option<Number> {
    Number::try_from(r.unsigned()?).ok()
}

fn scope(r: &mut Reader<'_>) -> Option<String> {
    r.text(MAX_NAME_BYTES).map(str::to_owned)
}

/// What is left of the message.
fn rest(r: &mut Reader<'_>, most: usize) -> Option<Vec<u8>> {
    let length = r.0.len();
    let rest = r.bytes(length).filter(|_| length <= most)?;
    Some(rest.to_vec())
}

fn frame(r: &mut Reader<'_>) -> Option<Message> {
    Some(Message::Frame {
        journal: number(r)?,
        first: r.unsigned().filter(|f| *f > 0)?,
        packed: rest(r, MAX_PACKED_BYTES)?,
    })
}

fn ack(r: &mut Reader<'_>) -> Option<Message> {
    Some(Message::Ack {
        journal: number(r)?,
        size: r.unsigned()?,
    })
}

fn news(r: &mut Reader<'_>) -> Option<News> {
    Some(News {
        scope: number(r)?,
        first: r.unsigned().filter(|f| *f > 0)?,
        runs: take_runs(r)?,
        packed: rest(r, MAX_PACKED_BYTES)?,
    })
}

fn feed_end(r: &mut Reader<'_>) -> Option<Message> {
    Some(Message::FeedEnd {
        scope: number(r)?,
        seq: r.unsigned()?,
        tag: r.array()?,
    })
}

fn meet(r: &mut Reader<'_>) -> Option<Message> {
    let meet = Message::Meet {
        speaks: speaks(r)?,
        name: r.text(MAX_NAME_BYTES)?.to_owned(),
        here: list(r, |r| {
            Some(Reach {
                scope: scope(r)?,
                journals: sizes(r)?,
            })
        })?,
    };
    r.prefixed(MAX_MORE_BYTES)?;
    Some(meet)
}

fn share(r: &mut Reader<'_>) -> Option<Share> {
    Some(Share {
        scope: scope(r)?,
        sources: sources(&take_runs(r)?, |_| None)?,
        packed: rest(r, MAX_PACKED_BYTES)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speaks() -> Speaks {
        Speaks {
            newest: VERSION,
            oldest: OLDEST,
            encodings: vec![2, 9],
        }
    }

    fn hello() -> Hello {
        Hello {
            speaks: speaks(),
            name: "Espaço Móvel 07".into(),
            wall_ms: 1_790_000_000_000,
            receipted: true,
            journals: vec![Outline {
                journal: JournalId([4; 16]),
                size: 300,
                tag: [5; 8],
            }],
            cursors: vec![
                Cursor {
                    scope: "monchique".into(),
                    epoch: [1; 8],
                    seq: 7,
                    tag: [9; 8],
                },
                Cursor::nothing("aljezur"),
            ],
        }
    }

    fn all() -> Vec<Message> {
        let (journal, other) = (JournalId([4; 16]), JournalId([6; 16]));
        let vouched = Vouched {
            journal: 1,
            tag: [8; 8],
            at_ms: 1_790_000_000_000,
            seal: vec![3; 66],
        };
        let run = |journal, first, count| Run {
            journal,
            first,
            count,
        };
        vec![
            Message::Hello(hello()),
            Message::Welcome(Welcome {
                speaks: speaks(),
                epoch: [2; 16],
                wall_ms: 3,
                held: vec![299, 0],
                more: vec![(other, 5)],
            }),
            Message::Same {
                wall_ms: 1_790_000_000_000,
            },
            Message::Frame {
                journal: 0,
                first: 1,
                packed: vec![1, 2, 3],
            },
            Message::Ack {
                journal: 2,
                size: 300,
            },
            Message::Checkpoint(vouched.clone()),
            Message::Proof(vouched),
            Message::News(News {
                scope: 0,
                first: 8,
                runs: vec![
                    run(Whose::Yours(0), 1, 500),
                    run(Whose::Journal(other), 900, 1),
                    run(Whose::Journal(journal), 3, 2),
                ],
                packed: vec![9],
            }),
            Message::FeedEnd {
                scope: 1,
                seq: 9,
                tag: [7; 8],
            },
            Message::Refuse(Refusal::Diverged),
            Message::Meet {
                speaks: speaks(),
                name: "Espaço Móvel 08".into(),
                here: vec![Reach {
                    scope: "monchique".into(),
                    journals: vec![(journal, 300)],
                }],
            },
            Message::Share(Share {
                scope: "monchique".into(),
                sources: [301, 302, 7]
                    .map(|index| crate::exchange::message::Source {
                        journal,
                        index,
                        own: false,
                    })
                    .into(),
                packed: vec![9],
            }),
            Message::Shared {
                scope: "monchique".into(),
            },
        ]
    }

    #[test]
    fn messages_go_there_and_back() {
        for message in all() {
            let bytes = message.encode();
            assert_eq!(Message::decode(&bytes), Ok(message.clone()));
            for cut in 0..bytes.len() {
                assert_ne!(Message::decode(&bytes[..cut]), Ok(message.clone()));
            }
        }
    }

    #[test]
    fn what_a_later_version_adds_to_a_hello_is_passed_over() {
        let message = Message::Hello(hello());
        let mut bytes = message.encode();
        // Newer, with bits and fields that are not known here.
        bytes[1] = u8::try_from(VERSION + 2).unwrap();
        bytes.pop();
        varint::put_prefixed(&mut bytes, b"what comes with version 5");
        let mut expected = hello();
        expected.speaks.newest = VERSION + 2;
        assert_eq!(Message::decode(&bytes), Ok(Message::Hello(expected)));
        bytes.pop();
        assert!(Message::decode(&bytes).is_err());
    }

    #[test]
    fn who_speaks_nothing_in_common_is_read_far_enough_to_be_told() {
        for (newest, oldest, told) in [
            (VERSION + 9, VERSION + 2, Refusal::TooNew),
            (OLDEST - 1, 1, Refusal::TooOld),
        ] {
            let mut bytes = vec![1];
            varint::put(&mut bytes, u64::from(newest));
            varint::put(&mut bytes, u64::from(oldest));
            bytes.extend(b"another layout altogether");
            let Ok(Message::Hello(hello)) = Message::decode(&bytes) else {
                panic!("{newest}");
            };
            assert_eq!(hello.speaks.agree(), Err(told));
        }
        assert_eq!(speaks().agree(), Ok(VERSION));
        let unknown = Message::decode(&[9, 200]);
        assert_eq!(unknown, Ok(Message::Refuse(Refusal::Unknown)));
    }

    #[test]
    fn runs_are_bounded_before_they_are_counted_out() {
        let run = |count| {
            let run = Run {
                journal: Whose::Yours(0),
                first: 1,
                count,
            };
            let news = News {
                scope: 0,
                first: 1,
                runs: vec![run; 2],
                packed: vec![],
            };
            Message::decode(&Message::News(news).encode())
        };
        assert!(run(MAX_LIST as u64 / 2).is_ok());
        for bomb in [0, MAX_LIST as u64 / 2 + 1, u64::MAX / 2, u64::MAX] {
            assert!(run(bomb).is_err(), "{bomb}");
        }
    }

    proptest::proptest! {
        #[test]
        fn garbage_never_panics(kind in 0u8..15, bytes: Vec<u8>) {
            let _ = Message::decode(&[&[kind], &bytes[..]].concat());
        }
    }
}
