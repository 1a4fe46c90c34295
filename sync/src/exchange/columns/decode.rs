//! Out of columns.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::panic::catch_unwind;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Change, ChangeHash, ExpandedChange, ObjType, ScalarValue};
use serde_json::{Map, Value};

use super::shape::{self, Does, Slot};
use super::value::Reading;
use super::{
    DIGEST_BYTES, Last, MAGIC, MAX_OPERATIONS, MAX_OVER, Words, bits, digest, flag, unzigzag,
};
use crate::exchange::frame::{MAX_ENTRIES, MAX_PACKED_BYTES, MAX_PLAIN_BYTES, Unexamined};
use crate::guard;
use crate::hlc::Hlc;
use crate::id::{ChangeId, RecordId};
use crate::record::act::ActId;
use crate::varint::Reader;

/// Most bytes of texts in all changes of a frame, also of those that are the same again.
const MAX_TEXT_BYTES: usize = 2 << 20;
/// Highest counter of an operation or a change.
const MAX_COUNTER: u64 = u32::MAX as u64;
const MAX_ACTOR_BYTES: usize = 64;

/// Unpacks a frame that went by column. Bounded in size before anything is
/// decompressed; what it can grow to is bounded while it grows.
pub(in crate::exchange) fn decode(packed: &[u8]) -> Option<Vec<Unexamined>> {
    if packed.len() > MAX_PACKED_BYTES {
        return None;
    }
    let mut r = Reader(packed);
    let words = Words::of(r.byte()?)?;
    let structure = r.prefixed(MAX_PACKED_BYTES)?;
    let is_packed = r.byte()?;
    let numbers = r.bytes(r.0.len().checked_sub(DIGEST_BYTES)?)?;
    let sum: [u8; DIGEST_BYTES] = r.array()?;
    let mut with_words = zstd::bulk::Decompressor::with_prepared_dictionary(&words.unpacks).ok()?;
    let structure = [&MAGIC, structure].concat();
    let structure = with_words.decompress(&structure, MAX_PLAIN_BYTES).ok()?;
    let numbers = match is_packed {
        0 => numbers.to_vec(),
        1 => zstd::bulk::decompress(&[&MAGIC, numbers].concat(), MAX_PLAIN_BYTES).ok()?,
        _ => return None,
    };
    let (entries, hashes) = Frame::read(words, &structure, &numbers)?;
    (digest(hashes) == sum).then_some(entries)
}

struct Frame<'a> {
    heads: Reader<'a>,
    shapes: Vec<Vec<Slot>>,
    names: Vec<&'a str>,
    /// The name under which the nodes of acts go.
    node: usize,
    streams: BTreeMap<usize, Reading<'a>>,
    digits: bits::Reader<'a>,
    bytes: Reader<'a>,
    actors: Vec<ActorId>,
    actor: usize,
    time: u64,
    raw: Reader<'a>,
    done: Vec<Done>,
    operations: usize,
    text_bytes: usize,
}

/// What stands before the operations of a change.
struct Head {
    deps: Vec<ChangeHash>,
    actor: ActorId,
    foreign: Option<ActorId>,
    seq: u64,
    start: u64,
    slots: Vec<Slot>,
    /// For each operation those that it replaces.
    over: Vec<Vec<OpId>>,
}

/// An entry that was made again.
struct Done {
    entry: Unexamined,
    hash: [u8; 32],
    /// `None` when it went as it is: nobody builds on it by column.
    last: Option<Last>,
}

impl<'a> Frame<'a> {
    fn read(
        words: &Words,
        structure: &'a [u8],
        numbers: &'a [u8],
    ) -> Option<(Vec<Unexamined>, Vec<[u8; 32]>)> {
        let mut r = Reader(structure);
        let count = r.length().filter(|n| *n <= MAX_ENTRIES)?;
        let mut names: Vec<&'a str> = words.names.clone();
        for _ in 0..bounded(&mut r)? {
            names.push(r.text(structure.len())?);
        }
        let shapes = (0..bounded(&mut r)?).map(|_| shape::take(&mut r));
        let shapes = shapes.collect::<Option<Vec<_>>>()?;
        let heads = Reader(r.prefixed(structure.len())?);
        let mut streams = BTreeMap::new();
        for _ in 0..bounded(&mut r)? {
            let name = r.length()?;
            let stream = Reading {
                tags: Reader(r.prefixed(structure.len())?),
                words: Reader(r.prefixed(structure.len())?),
                last: String::new(),
            };
            streams.insert(name, stream);
        }
        let raw = r;
        let mut r = Reader(numbers);
        let actors = (0..bounded(&mut r)?).map(|_| r.prefixed(MAX_ACTOR_BYTES));
        let actors = actors
            .map(|a| a.map(ActorId::from))
            .collect::<Option<_>>()?;
        let digits = bits::Reader::new(r.prefixed(numbers.len())?);
        let mut frame = Self {
            heads,
            shapes,
            node: names.iter().position(|name| *name == "node")?,
            names,
            streams,
            digits,
            bytes: r,
            actors,
            actor: 0,
            time: 0,
            raw,
            done: Vec::with_capacity(count),
            operations: 0,
            text_bytes: 0,
        };
        for at in 0..count {
            let done = frame.entry(at)?;
            frame.done.push(done);
        }
        frame.is_used_up().then_some(())?;
        let columns = frame.done.iter().filter(|d| d.last.is_some());
        let hashes = columns.map(|d| d.hash).collect();
        Some((frame.done.into_iter().map(|d| d.entry).collect(), hashes))
    }

    fn is_used_up(&self) -> bool {
        let streams = self.streams.values();
        self.heads.is_empty()
            && self.raw.is_empty()
            && self.bytes.is_empty()
            && self.digits.is_empty()
            && streams
                .into_iter()
                .all(|s| s.tags.is_empty() && s.words.is_empty())
    }

    fn entry(&mut self, at: usize) -> Option<Done> {
        let flags = self.heads.byte()?;
        let (record, same_as, before) = match self.heads.length()? {
            0 => (None, None, None),
            1 => (Some(RecordId(self.bytes.array()?)), None, None),
            back => {
                let there = (at + 1).checked_sub(back)?;
                let earlier = self.done.get(there)?;
                let last = earlier.last.clone();
                match earlier.entry.record {
                    Some(record) => (Some(record), None, last),
                    None => (None, earlier.entry.same_as.or(Some(there)), last),
                }
            }
        };
        let mut bare = None;
        let (bytes, hash, last) = if flags & flag::RAW != 0 {
            let bytes = self.raw.prefixed(guard::MAX_CHANGE_BYTES)?.to_vec();
            // A change that the guard refuses has no hash that counts.
            let hash = match bytes.is_empty() {
                true => bare.insert(ChangeId(self.raw.array()?)).0,
                false => guard::examine(&bytes).map_or([0; 32], |e| e.change.0),
            };
            (bytes, hash, None)
        } else {
            let (change, last) = self.change(at, flags, before)?;
            let bytes = change.raw_bytes().to_vec();
            (bytes, last.hash.0, Some(last))
        };
        let entry = Unexamined {
            record,
            same_as,
            bytes,
            bare,
        };
        Some(Done { entry, hash, last })
    }

    /// What stands before the operations of a change.
    fn head(&mut self, flags: u8, before: Option<&Last>) -> Option<Head> {
        let has = |what: u8| flags & what != 0;
        let deps = if has(flag::DEPS) {
            let count = self.heads.length().filter(|n| *n <= MAX_OVER)?;
            (0..count)
                .map(|_| self.bytes.array().map(ChangeHash))
                .collect::<Option<Vec<_>>>()?
        } else {
            before.iter().map(|last| last.hash).collect()
        };
        if has(flag::ACTOR) {
            self.actor = self.heads.length()?;
        }
        let actor = self.actors.get(self.actor)?.clone();
        let seq = match before {
            _ if has(flag::SEQ) => self.heads.unsigned()?,
            Some(last) if last.actor == self.actor => last.seq + 1,
            _ => 1,
        };
        let start = match before {
            _ if has(flag::START) => self.heads.unsigned()?,
            Some(last) => last.max_op + 1,
            None => 1,
        };
        if start > MAX_COUNTER || seq > MAX_COUNTER {
            return None;
        }
        // What the operations replace stands before the shape says how many there are.
        let over = has(flag::OVER).then(|| self.heads.clone());
        if over.is_some() {
            self.skip_over()?;
        }
        let foreign = match has(flag::FOREIGN) {
            true => Some(self.actors.get(self.heads.length()?)?.clone()),
            false => None,
        };
        let slots = self.shapes.get(self.heads.length()?)?.clone();
        self.operations += slots.len();
        if self.operations > MAX_OPERATIONS {
            return None;
        }
        let over = match over {
            Some(heads) => Self::over(heads, slots.len(), &actor, foreign.as_ref())?,
            None => vec![vec![]; slots.len()],
        };
        Some(Head {
            deps,
            actor,
            foreign,
            seq,
            start,
            slots,
            over,
        })
    }

    fn change(&mut self, at: usize, flags: u8, before: Option<Last>) -> Option<(Change, Last)> {
        let head = self.head(flags, before.as_ref())?;
        let mut operations = Vec::with_capacity(head.slots.len());
        for (slot, over) in head.slots.iter().zip(head.over) {
            let (actor, foreign) = (&head.actor, head.foreign.as_ref());
            operations.push(self.operation(at, slot, over, actor, foreign)?);
        }
        let seconds = (self.time >> 16).cast_signed() / 1000;
        let time = match flags & flag::TIME {
            0 => seconds,
            _ => seconds.wrapping_add(unzigzag(self.heads.unsigned()?)),
        };
        let expanded = ExpandedChange {
            operations,
            actor_id: head.actor,
            hash: None,
            seq: head.seq,
            start_op: NonZeroU64::new(head.start)?,
            time,
            message: None,
            deps: head.deps,
            extra_bytes: vec![],
            author: None,
        };
        // Automerge's encoder was not made for what strangers choose.
        let change = catch_unwind(|| Change::from(expanded)).ok()?;
        let last = Last {
            hash: change.hash(),
            actor: self.actor,
            seq: head.seq,
            max_op: head.start + (head.slots.len() as u64).saturating_sub(1),
        };
        Some((change, last))
    }

    /// Passes over the lists of replaced operations: they end where the number of
    /// lists says, which stands first.
    fn skip_over(&mut self) -> Option<()> {
        for _ in 0..bounded(&mut self.heads)? {
            for _ in 0..bounded(&mut self.heads)? {
                self.heads.unsigned()?;
            }
        }
        Some(())
    }

    fn over(
        mut heads: Reader<'_>,
        operations: usize,
        actor: &ActorId,
        foreign: Option<&ActorId>,
    ) -> Option<Vec<Vec<OpId>>> {
        let lists = heads.length().filter(|n| *n == operations)?;
        let mut all = Vec::with_capacity(lists);
        for _ in 0..lists {
            let count = heads.length().filter(|n| *n <= MAX_OVER)?;
            let ids = (0..count).map(|_| operation_id(heads.unsigned()?, actor, foreign));
            all.push(ids.collect::<Option<Vec<_>>>()?);
        }
        Some(all)
    }

    fn operation(
        &mut self,
        at: usize,
        slot: &Slot,
        pred: Vec<OpId>,
        actor: &ActorId,
        foreign: Option<&ActorId>,
    ) -> Option<Op> {
        let obj = match slot.map.checked_sub(1) {
            None => ObjectId::Root,
            Some(id) => ObjectId::Id(operation_id(id, actor, foreign)?),
        };
        let key = match slot.key {
            Some(name) => (*self.names.get(name)?).to_owned(),
            None => {
                let time = Hlc(self.time()?);
                let node = self.text(at, self.node)?;
                ActId {
                    at: time,
                    node: &node,
                }
                .to_string()
            }
        };
        let name = slot.key.unwrap_or(0);
        let action = match &slot.does {
            Does::Text => OpType::Put(self.text(at, name)?.into()),
            Does::Number => {
                let value = self.streams.get_mut(&name)?.words.unsigned()?;
                OpType::Put(ScalarValue::Uint(value))
            }
            Does::Bytes => {
                let len = self.streams.get_mut(&name)?.words.length()?;
                let bytes = match len.checked_sub(1) {
                    None => crate::record::document::unique(actor.to_bytes(), self.time).to_vec(),
                    Some(len) => self.bytes.bytes(len)?.to_vec(),
                };
                OpType::Put(ScalarValue::Bytes(bytes))
            }
            Does::Make => OpType::Make(ObjType::Map),
            Does::Flag(value) => OpType::Put(ScalarValue::Boolean(*value)),
            Does::Act(words) => {
                let mut said = Map::new();
                for (word, is_text) in words {
                    let name = (*self.names.get(*word)?).to_owned();
                    let value = match is_text {
                        true => Value::String(self.text(at, *word)?),
                        false => Value::Bool(true),
                    };
                    said.insert(name, value);
                }
                OpType::Put(Value::Object(said).to_string().into())
            }
        };
        Some(Op {
            action,
            obj,
            key: Key::Map(key.into()),
            pred: pred.into(),
            insert: false,
        })
    }

    fn text(&mut self, at: usize, name: usize) -> Option<String> {
        let done = &self.done;
        let record = |back: u64| {
            let there = at.checked_sub(usize::try_from(back).ok()?)?;
            done.get(there).map(|d| d.hash)
        };
        let stream = self.streams.get_mut(&name)?;
        let text = stream.take(&mut self.digits, &mut self.bytes, record)?;
        self.text_bytes += text.len();
        (self.text_bytes <= MAX_TEXT_BYTES).then_some(text)
    }

    fn time(&mut self) -> Option<u64> {
        let coded = self.heads.unsigned()?;
        let ms = (self.time >> 16).cast_signed();
        let ms = ms.checked_add(unzigzag(coded >> 1))?;
        let counter = if coded & 1 == 1 {
            self.heads.unsigned().filter(|c| *c <= 0xffff)?
        } else {
            0
        };
        let ms = u64::try_from(ms).ok().filter(|ms| *ms < 1 << 48)?;
        self.time = ms << 16 | counter;
        Some(self.time)
    }
}

/// A count of things that take at least a byte each.
fn bounded(r: &mut Reader<'_>) -> Option<usize> {
    let left = r.0.len();
    r.length().filter(|n| *n <= left)
}

fn operation_id(coded: u64, actor: &ActorId, foreign: Option<&ActorId>) -> Option<OpId> {
    let counter = Some(coded >> 1).filter(|c| *c <= MAX_COUNTER)?;
    let actor = match coded & 1 {
        0 => actor,
        _ => foreign?,
    };
    Some(OpId::new(counter, actor))
}
