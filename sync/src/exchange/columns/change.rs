//! A change of Automerge's, as far as records are made of it: taken apart and put together again.
//!
//! Layout: <https://automerge.org/automerge-binary-format-spec/>, change chunks. Only maps with
//! texts, numbers, bytes, truths and maps in them are known here, and one other author whose
//! operations a change speaks of. Who takes a change apart puts it together again and compares:
//! what is written otherwise than Automerge does would not come out.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use super::{MAX_ACTOR_BYTES, MAX_COUNTER, MAX_OPERATIONS, MAX_OVER};
use crate::varint::{self, Reader};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE_CHUNK: u8 = 1;

/// Columns, in the order in which they stand.
mod column {
    pub(super) const MAP_AUTHOR: u64 = 0x01;
    pub(super) const MAP: u64 = 0x02;
    pub(super) const KEY: u64 = 0x15;
    pub(super) const INSERT: u64 = 0x34;
    pub(super) const ACTION: u64 = 0x42;
    pub(super) const KIND: u64 = 0x56;
    pub(super) const VALUE: u64 = 0x57;
    pub(super) const OVER: u64 = 0x70;
    pub(super) const OVER_AUTHOR: u64 = 0x71;
    pub(super) const OVER_COUNTER: u64 = 0x73;
}
/// So many.
const COLUMNS: usize = 10;

const MAKE: u64 = 0;
const PUT: u64 = 1;

/// What a value is, in the low bits of its kind; above them its length.
mod kind {
    pub(super) const NONE: u64 = 0;
    pub(super) const NO: u64 = 1;
    pub(super) const YES: u64 = 2;
    pub(super) const NUMBER: u64 = 3;
    pub(super) const TEXT: u64 = 6;
    pub(super) const BYTES: u64 = 7;
}

/// A change in its parts.
#[derive(Debug, PartialEq)]
pub(super) struct Change<'a> {
    pub(super) deps: Vec<[u8; 32]>,
    pub(super) actor: Cow<'a, [u8]>,
    /// The one other author that it speaks of.
    pub(super) foreign: Option<Cow<'a, [u8]>>,
    pub(super) seq: u64,
    pub(super) start: u64,
    pub(super) time: i64,
    pub(super) operations: Vec<Operation<'a>>,
}

/// An operation. Others are told by counter · 2, + 1 when they are the other author's.
#[derive(Debug, PartialEq)]
pub(super) struct Operation<'a> {
    /// What made the map; `None`: it is the root.
    pub(super) map: Option<u64>,
    pub(super) key: Cow<'a, str>,
    pub(super) does: Does<'a>,
    /// Those that it replaces.
    pub(super) over: Cow<'a, [u64]>,
}

/// What an operation does.
#[derive(Debug, PartialEq)]
pub(super) enum Does<'a> {
    Make,
    Flag(bool),
    Number(u64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

/// A change's hash and parts, if those make it again to the byte.
pub(super) fn take_apart<'a>(
    bytes: &'a [u8],
    scratch: &mut Scratch,
) -> Option<([u8; 32], Change<'a>)> {
    let change = read(bytes)?;
    let (again, hash) = put_together(&change, scratch);
    (again == bytes).then_some((hash, change))
}

fn read(bytes: &[u8]) -> Option<Change<'_>> {
    let mut r = Reader(bytes);
    // Checksum and length are compared with all else.
    if r.array()? != MAGIC || r.bytes(4).is_none() || r.byte()? != CHANGE_CHUNK {
        return None;
    }
    r.unsigned()?;
    let deps = r.length().filter(|n| *n <= MAX_OVER)?;
    let deps = (0..deps).map(|_| r.array()).collect::<Option<_>>()?;
    let actor = r.prefixed(MAX_ACTOR_BYTES)?.into();
    let counter = |r: &mut Reader<'_>| r.unsigned().filter(|n| (1..=MAX_COUNTER).contains(n));
    let (seq, start) = (counter(&mut r)?, counter(&mut r)?);
    let time = r.signed()?;
    if r.byte()? != 0 {
        return None; // a message
    }
    let foreign = match r.byte()? {
        0 => None,
        1 => Some(r.prefixed(MAX_ACTOR_BYTES)?.into()),
        _ => return None,
    };
    let count = r.length().filter(|n| *n <= 16)?;
    let sizes = (0..count).map(|_| Some((r.unsigned()?, r.length()?)));
    let sizes = sizes.collect::<Option<Vec<_>>>()?;
    let mut columns = Columns::default();
    for (column, size) in sizes {
        *columns.of(column)? = r.bytes(size)?;
    }
    let operations = operations(&columns, foreign.is_some())?;
    r.is_empty().then_some(Change {
        deps,
        actor,
        foreign,
        seq,
        start,
        time,
        operations,
    })
}

#[derive(Default)]
struct Columns<'a> {
    map_author: &'a [u8],
    map: &'a [u8],
    key: &'a [u8],
    insert: &'a [u8],
    action: &'a [u8],
    kind: &'a [u8],
    value: &'a [u8],
    over: &'a [u8],
    over_author: &'a [u8],
    over_counter: &'a [u8],
}

impl<'a> Columns<'a> {
    fn of(&mut self, column: u64) -> Option<&mut &'a [u8]> {
        Some(match column {
            column::MAP_AUTHOR => &mut self.map_author,
            column::MAP => &mut self.map,
            column::KEY => &mut self.key,
            column::INSERT => &mut self.insert,
            column::ACTION => &mut self.action,
            column::KIND => &mut self.kind,
            column::VALUE => &mut self.value,
            column::OVER => &mut self.over,
            column::OVER_AUTHOR => &mut self.over_author,
            column::OVER_COUNTER => &mut self.over_counter,
            _ => return None,
        })
    }
}

fn operations<'a>(columns: &Columns<'a>, foreign: bool) -> Option<Vec<Operation<'a>>> {
    let unsigned = Reader::unsigned;
    let mut map_author = Runs::new(columns.map_author, unsigned);
    let mut map = Runs::new(columns.map, unsigned);
    let mut key = Runs::new(columns.key, |r| r.text(usize::MAX));
    let mut action = Runs::new(columns.action, unsigned);
    let mut kind = Runs::new(columns.kind, unsigned);
    let mut values = Reader(columns.value);
    let mut over = Runs::new(columns.over, unsigned);
    let mut over_author = Runs::new(columns.over_author, unsigned);
    let mut over_counter = Runs::new(columns.over_counter, Reader::signed);
    let reference = |author: u64, counter: u64| {
        let known = author <= u64::from(foreign) && counter <= MAX_COUNTER;
        known.then_some(counter * 2 + author)
    };
    let mut all = Vec::new();
    let mut counter = 0_i64;
    while let Some(action) = action.next() {
        if all.len() == MAX_OPERATIONS {
            return None;
        }
        let map = match (map_author.next().flatten(), map.next().flatten()) {
            (None, None) => None,
            (Some(author), Some(counter)) => Some(reference(author, counter)?),
            _ => return None,
        };
        let kind = kind.next()??;
        let value = values.bytes(usize::try_from(kind >> 4).ok()?)?;
        let does = match (action?, kind & 15) {
            (MAKE, kind::NONE) if value.is_empty() => Does::Make,
            (PUT, truth @ (kind::NO | kind::YES)) if value.is_empty() => {
                Does::Flag(truth == kind::YES)
            }
            (PUT, kind::NUMBER) => Does::Number(Reader(value).unsigned()?),
            (PUT, kind::TEXT) => Does::Text(std::str::from_utf8(value).ok()?.into()),
            (PUT, kind::BYTES) => Does::Bytes(value.into()),
            _ => return None,
        };
        let count = over.next()??;
        if count > MAX_OVER as u64 {
            return None;
        }
        let one = |_| {
            counter = counter.checked_add(over_counter.next()??)?;
            reference(over_author.next()??, u64::try_from(counter).ok()?)
        };
        all.push(Operation {
            map,
            key: key.next()??.into(),
            does,
            over: (0..count).map(one).collect::<Option<Vec<_>>>()?.into(),
        });
    }
    Some(all)
}

/// The values of a column; nothing may be there. What is malformed ends it.
struct Runs<'a, T> {
    bytes: Reader<'a>,
    read: fn(&mut Reader<'a>) -> Option<T>,
    left: u64,
    /// The value of a run; `None`: each has its own.
    same: Option<Option<T>>,
}

impl<'a, T: Copy> Runs<'a, T> {
    fn new(bytes: &'a [u8], read: fn(&mut Reader<'a>) -> Option<T>) -> Self {
        Self {
            bytes: Reader(bytes),
            read,
            left: 0,
            same: None,
        }
    }

    fn next(&mut self) -> Option<Option<T>> {
        if self.left == 0 {
            let run = self.bytes.signed()?;
            self.left = run.unsigned_abs();
            self.same = match run {
                0 => {
                    self.left = self.bytes.unsigned()?;
                    Some(None)
                }
                1.. => Some(Some((self.read)(&mut self.bytes)?)),
                _ => None,
            };
        }
        self.left = self.left.checked_sub(1)?;
        match self.same {
            Some(same) => Some(same),
            None => (self.read)(&mut self.bytes).map(Some),
        }
    }
}

/// What a change is put together in: used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    body: Vec<u8>,
    columns: Vec<u8>,
    values: Vec<u8>,
    kinds: Vec<u64>,
    over: Vec<u64>,
}

/// The change's bytes, as Automerge writes them, and its hash.
pub(super) fn put_together(change: &Change<'_>, scratch: &mut Scratch) -> (Vec<u8>, [u8; 32]) {
    let body = &mut scratch.body;
    body.clear();
    varint::put(body, change.deps.len() as u64);
    change.deps.iter().for_each(|hash| body.extend(hash));
    varint::put_prefixed(body, &change.actor);
    varint::put(body, change.seq);
    varint::put(body, change.start);
    varint::put_signed(body, change.time);
    body.push(0);
    body.push(u8::from(change.foreign.is_some()));
    if let Some(foreign) = &change.foreign {
        varint::put_prefixed(body, foreign);
    }
    put_columns(&change.operations, scratch);
    let body = &scratch.body;
    let mut bytes = Vec::with_capacity(body.len() + 16);
    bytes.extend(MAGIC);
    bytes.extend([0; 4]);
    bytes.push(CHANGE_CHUNK);
    varint::put_prefixed(&mut bytes, body);
    let hash: [u8; 32] = Sha256::digest(&bytes[8..]).into();
    bytes[4..8].copy_from_slice(&hash[..4]);
    (bytes, hash)
}

/// Appends the columns to the body.
fn put_columns(operations: &[Operation<'_>], scratch: &mut Scratch) {
    let Scratch {
        body,
        columns: out,
        values,
        kinds,
        over,
    } = scratch;
    out.clear();
    values.clear();
    kinds.clear();
    kinds.extend(operations.iter().map(|op| put_value(op, values)));
    over.clear();
    over.extend(operations.iter().flat_map(|op| &*op.over));
    let count = operations.len();
    let unsigned = |out: &mut Vec<u8>, value: u64| varint::put(out, value);
    let mut sizes = [(0, 0); COLUMNS];
    let (mut many, mut before) = (0, 0);
    let mut end = |column: u64, out: &[u8]| {
        if let (true, Some(size)) = (out.len() > before, sizes.get_mut(many)) {
            *size = (column, out.len() - before);
            (many, before) = (many + 1, out.len());
        }
    };
    let of = |at: usize| &operations[at];
    put_runs(count, |at| of(at).map.map(|id| id & 1), out, unsigned);
    end(column::MAP_AUTHOR, out);
    put_runs(count, |at| of(at).map.map(|id| id >> 1), out, unsigned);
    end(column::MAP, out);
    let text = |out: &mut Vec<u8>, key: &str| varint::put_prefixed(out, key.as_bytes());
    put_runs(count, |at| Some(&*of(at).key), out, text);
    end(column::KEY, out);
    if count > 0 {
        varint::put(out, count as u64);
    }
    end(column::INSERT, out);
    let action = |at: usize| Some(u64::from(of(at).does != Does::Make));
    put_runs(count, action, out, unsigned);
    end(column::ACTION, out);
    put_runs(count, |at| Some(kinds[at]), out, unsigned);
    end(column::KIND, out);
    out.extend_from_slice(values);
    end(column::VALUE, out);
    put_runs(count, |at| Some(of(at).over.len() as u64), out, unsigned);
    end(column::OVER, out);
    put_runs(over.len(), |at| Some(over[at] & 1), out, unsigned);
    end(column::OVER_AUTHOR, out);
    let counter = |at: usize| (over[at] >> 1).cast_signed();
    let step = |at: usize| Some(counter(at) - at.checked_sub(1).map_or(0, counter));
    put_runs(over.len(), step, out, varint::put_signed);
    end(column::OVER_COUNTER, out);
    varint::put(body, many as u64);
    for (column, size) in &sizes[..many] {
        varint::put(body, *column);
        varint::put(body, *size as u64);
    }
    body.extend_from_slice(out);
}

/// Appends a value; gives its kind.
fn put_value(op: &Operation<'_>, out: &mut Vec<u8>) -> u64 {
    let from = out.len();
    let kind = match &op.does {
        Does::Make => kind::NONE,
        Does::Flag(false) => kind::NO,
        Does::Flag(true) => kind::YES,
        Does::Number(value) => {
            varint::put(out, *value);
            kind::NUMBER
        }
        Does::Text(text) => {
            out.extend_from_slice(text.as_bytes());
            kind::TEXT
        }
        Does::Bytes(bytes) => {
            out.extend_from_slice(bytes);
            kind::BYTES
        }
    };
    ((out.len() - from) as u64) << 4 | kind
}

/// A column of runs: of one value, of values that each differ from the next, of nothing.
/// Nothing but nothing is no column.
fn put_runs<T: PartialEq>(
    count: usize,
    value: impl Fn(usize) -> Option<T>,
    out: &mut Vec<u8>,
    put: impl Fn(&mut Vec<u8>, T),
) {
    let ends = |at: usize| at + 1 == count || value(at + 1) != value(at);
    let (from, mut is_empty) = (out.len(), true);
    let mut at = 0;
    while at < count {
        let begun = at;
        while !ends(at) {
            at += 1;
        }
        at += 1;
        match value(begun) {
            None => {
                varint::put_signed(out, 0);
                varint::put(out, (at - begun) as u64);
                continue;
            }
            Some(value) if at - begun > 1 => {
                varint::put_signed(out, (at - begun) as i64);
                put(out, value);
            }
            Some(_) => {
                while at < count && ends(at) && value(at).is_some() {
                    at += 1;
                }
                varint::put_signed(out, -((at - begun) as i64));
                (begun..at).filter_map(&value).for_each(|one| put(out, one));
            }
        }
        is_empty = false;
    }
    if is_empty {
        out.truncate(from);
    }
}

#[cfg(test)]
mod tests {
    use automerge::transaction::{CommitOptions, Transactable};
    use automerge::{ActorId, AutoCommit, ObjType, ROOT, ScalarValue};
    use proptest::prelude::*;

    use super::*;

    /// One operation: in which map, under which key, what.
    type Doing = (usize, u8, u8, String);

    /// Changes of two authors in turn, as Automerge writes them.
    fn changes(rounds: &[(bool, i64, Vec<Doing>)]) -> Vec<Vec<u8>> {
        let mut doc = AutoCommit::new();
        let mut maps = vec![ROOT];
        let mut all = Vec::new();
        for (other, time, doings) in rounds {
            doc.set_actor(ActorId::from([u8::from(*other); 16]));
            for (map, key, what, text) in doings {
                let map = maps[map % maps.len()].clone();
                let key = format!("k{key}");
                match what {
                    0 if maps.len() < 5 => {
                        maps.push(doc.put_object(&map, key, ObjType::Map).unwrap());
                    }
                    1 => doc.put(&map, key, true).unwrap(),
                    2 => doc.put(&map, key, false).unwrap(),
                    3 => doc.put(&map, key, text.len() as u64 * 77).unwrap(),
                    4 => doc
                        .put(&map, key, ScalarValue::Bytes(text.clone().into()))
                        .unwrap(),
                    _ => doc.put(&map, key, text.as_str()).unwrap(),
                }
            }
            let options = CommitOptions::default().with_time(*time);
            if doc.commit_with(options).is_some() {
                all.push(doc.get_last_local_change().unwrap().raw_bytes().to_vec());
            }
        }
        all
    }

    proptest! {
        #[test]
        fn every_change_of_maps_is_made_again_as_automerge_writes_it(
            rounds in prop::collection::vec(
                (
                    any::<bool>(),
                    -1_i64 << 40..1 << 40,
                    prop::collection::vec((0..6_usize, 0..4_u8, 0..9_u8, "\\PC{0,9}"), 1..12),
                ),
                1..6,
            )
        ) {
            for bytes in changes(&rounds) {
                let (hash, change) = take_apart(&bytes, &mut Scratch::default()).expect("it is one that we know");
                let theirs = automerge::Change::from_bytes(bytes.clone()).unwrap();
                prop_assert_eq!(hash, theirs.hash().0);
                prop_assert_eq!(change.operations.len(), theirs.len());
            }
        }

        #[test]
        fn garbage_never_panics(body: Vec<u8>) {
            let mut bytes = MAGIC.to_vec();
            bytes.extend([0; 4]);
            bytes.push(CHANGE_CHUNK);
            varint::put_prefixed(&mut bytes, &body);
            prop_assert!(take_apart(&bytes, &mut Scratch::default()).is_none());
        }

        #[test]
        fn a_change_with_any_byte_another_is_made_again_or_not_known(
            at in 0_usize..400, by in 1_u8..,
        ) {
            let doing = |n: u8| (usize::from(n % 3), n, n, "texto".repeat(usize::from(n)));
            let doings: Vec<Doing> = (0..9).map(doing).collect();
            let mut bytes = changes(&[(false, 7, doings)]).remove(0);
            let length = bytes.len();
            bytes[9 + at % (length - 9)] ^= by;
            let hash = Sha256::digest(&bytes[8..]);
            bytes[4..8].copy_from_slice(&hash[..4]);
            if let Some((_, change)) = take_apart(&bytes, &mut Scratch::default()) {
                prop_assert_eq!(put_together(&change, &mut Scratch::default()).0, bytes);
            }
        }
    }
}
