//! Into columns.

use std::collections::{BTreeMap, HashMap};
use std::panic::catch_unwind;

use super::shape::{self, Does, Names, Said, Slot};
use super::value::{self, Numbers, Stream};
use super::{LEVEL, Last, MAGIC, MAX_OPERATIONS, MAX_OVER, Words, digest, flag, zigzag};
use crate::exchange::ExchangeError;
use crate::id::RecordId;
use crate::journal::Entry;
use crate::varint;
use automerge::legacy::{Key, Op, OpType};
use automerge::{ActorId, Change, ChangeHash, ExpandedChange, ScalarValue};

/// Packs entries by column.
///
/// # Errors
/// When zstd refuses, which it has no reason to.
pub(in crate::exchange) fn encode(
    entries: &[Entry],
    encoding: u8,
) -> Result<Vec<u8>, ExchangeError> {
    let words = Words::of(encoding).ok_or(ExchangeError::Malformed("encoding"))?;
    let mut frame = Frame::new(words);
    for (at, entry) in entries.iter().enumerate() {
        frame.put(at, entry);
    }
    frame.finish(entries.len())
}

struct Frame {
    heads: Vec<u8>,
    shapes: Vec<u8>,
    known_shapes: HashMap<Vec<Slot>, usize>,
    words: &'static Words,
    names: Names,
    streams: BTreeMap<usize, Stream>,
    numbers: Numbers,
    actors: Vec<ActorId>,
    actor: usize,
    time: u64,
    raw: Vec<u8>,
    hashes: Vec<[u8; 32]>,
    operations: usize,
    /// Entries by record: where its last one stands, and that one if it went by column.
    records: HashMap<RecordId, (usize, Option<Last>)>,
    /// Where records begin in this frame.
    begun: HashMap<[u8; 32], usize>,
}

impl Frame {
    fn new(words: &'static Words) -> Self {
        Self {
            words,
            heads: Vec::new(),
            shapes: Vec::new(),
            known_shapes: HashMap::new(),
            names: Names::begin(words),
            streams: BTreeMap::new(),
            numbers: Numbers::default(),
            actors: Vec::new(),
            actor: 0,
            time: 0,
            raw: Vec::new(),
            hashes: Vec::new(),
            operations: 0,
            records: HashMap::new(),
            begun: HashMap::new(),
        }
    }
}

/// A change that can go by column.
struct Fitting {
    change: ExpandedChange,
    hash: ChangeHash,
    slots: Vec<Slot>,
    said: Vec<Option<Said>>,
    over: Vec<Vec<u64>>,
    foreign: Option<ActorId>,
}

impl Frame {
    fn put(&mut self, at: usize, entry: &Entry) {
        let fitting = self.fitting(entry);
        let begins = entry.record.0 == entry.change.0;
        let before = self.records.get(&entry.record).filter(|_| !begins).cloned();
        let mut fields = Vec::new();
        match &before {
            None if begins => varint::put(&mut fields, 0),
            Some((there, _)) => varint::put(&mut fields, (at - there + 1) as u64),
            None => {
                varint::put(&mut fields, 1);
                self.numbers.bytes.extend(entry.record.0);
            }
        }
        let last = match fitting {
            Some(fitting) => Some(self.put_columns(at, fitting, before.and_then(|b| b.1), fields)),
            None => {
                self.heads.push(flag::RAW);
                self.heads.extend(fields);
                varint::put_prefixed(&mut self.raw, &entry.bytes);
                if entry.bytes.is_empty() {
                    // Only the leaf goes: nothing else tells the change.
                    self.raw.extend(entry.change.0);
                }
                None
            }
        };
        self.records.insert(entry.record, (at, last));
        if begins {
            self.begun.insert(entry.record.0, at);
        }
    }

    /// The change in its parts, if the other side can make it again of them.
    fn fitting(&mut self, entry: &Entry) -> Option<Fitting> {
        // The hub packs what strangers wrote. The guard let it pass, but only the reading
        // tells whether Automerge can bear it, and nobody else's news may wait for that.
        let (hash, expanded) = catch_unwind(|| taken_apart(&entry.bytes)).ok()??;
        let operations = self.operations + expanded.operations.len();
        let lists = expanded.operations.iter().map(|op| op.pred.len());
        let longest = lists.chain([expanded.deps.len()]).max().unwrap_or(0);
        if operations > MAX_OPERATIONS || longest > MAX_OVER {
            return None;
        }
        let mut foreign = None;
        let mut slots = Vec::with_capacity(expanded.operations.len());
        let (mut said, mut over) = (Vec::new(), Vec::new());
        for op in &expanded.operations {
            let (slot, act) = shape::slot(op, &expanded.actor_id, &mut foreign, &mut self.names)?;
            slots.push(slot);
            said.push(act);
            let before = op.pred.iter();
            let before = before.map(|id| shape::reference(id, &expanded.actor_id, &mut foreign));
            over.push(before.collect::<Option<Vec<u64>>>()?);
            if !is_plain(op) {
                return None;
            }
        }
        self.operations = operations;
        Some(Fitting {
            hash,
            change: expanded,
            slots,
            said,
            over,
            foreign,
        })
    }

    fn put_columns(
        &mut self,
        at: usize,
        it: Fitting,
        last: Option<Last>,
        mut fields: Vec<u8>,
    ) -> Last {
        let change = &it.change;
        let mut flags = 0;
        let deps = last.as_ref().map(|last| vec![last.hash]);
        if deps.unwrap_or_default() != change.deps {
            flags |= flag::DEPS;
            varint::put(&mut fields, change.deps.len() as u64);
            let hashes = change.deps.iter().flat_map(|hash| hash.0);
            self.numbers.bytes.extend(hashes);
        }
        let actor = self.actor_number(&change.actor_id);
        if actor != self.actor {
            flags |= flag::ACTOR;
            varint::put(&mut fields, actor as u64);
            self.actor = actor;
        }
        let seq = last.as_ref().filter(|last| last.actor == actor);
        if seq.map_or(1, |last| last.seq + 1) != change.seq {
            flags |= flag::SEQ;
            varint::put(&mut fields, change.seq);
        }
        let start = last.as_ref().map_or(1, |last| last.max_op + 1);
        if start != change.start_op.get() {
            flags |= flag::START;
            varint::put(&mut fields, change.start_op.get());
        }
        if it.over.iter().any(|over| !over.is_empty()) {
            flags |= flag::OVER;
            varint::put(&mut fields, it.over.len() as u64);
            for over in &it.over {
                varint::put(&mut fields, over.len() as u64);
                over.iter().for_each(|id| varint::put(&mut fields, *id));
            }
        }
        if let Some(foreign) = &it.foreign {
            flags |= flag::FOREIGN;
            let foreign = self.actor_number(foreign);
            varint::put(&mut fields, foreign as u64);
        }
        let shape = self.shape_number(&it.slots);
        varint::put(&mut fields, shape as u64);
        let values = change.operations.iter().zip(&it.said);
        for (slot, (op, said)) in it.slots.iter().zip(values) {
            self.put_value(at, slot, (op, said.as_ref()), &change.actor_id, &mut fields);
        }
        // The act's time says it in whole seconds.
        let seconds = (self.time >> 16).cast_signed() / 1000;
        if seconds != change.time {
            flags |= flag::TIME;
            varint::put(&mut fields, zigzag(change.time.wrapping_sub(seconds)));
        }
        self.heads.push(flags);
        self.heads.extend(fields);
        self.hashes.push(it.hash.0);
        Last {
            hash: it.hash,
            actor,
            seq: change.seq,
            max_op: change.start_op.get() + (change.operations.len() as u64).saturating_sub(1),
        }
    }

    fn put_value(
        &mut self,
        at: usize,
        slot: &Slot,
        (op, said): (&Op, Option<&Said>),
        actor: &ActorId,
        fields: &mut Vec<u8>,
    ) {
        let Key::Map(key) = &op.key else {
            return;
        };
        if let Some(id) = shape::act_id(key) {
            self.put_time(id.at.0, fields);
            let node = self.names.number("node");
            self.put_text(at, node, id.node);
        }
        let key = slot.key.unwrap_or(0);
        match (&slot.does, &op.action) {
            (Does::Text, OpType::Put(ScalarValue::Str(text))) => self.put_text(at, key, text),
            (Does::Number, OpType::Put(ScalarValue::Uint(value))) => {
                let stream = self.streams.entry(key).or_default();
                varint::put(&mut stream.words, *value);
            }
            (Does::Bytes, OpType::Put(ScalarValue::Bytes(bytes))) => {
                let derived = crate::record::document::unique(actor.to_bytes(), self.time);
                let stream = self.streams.entry(key).or_default();
                if bytes[..] == derived {
                    varint::put(&mut stream.words, 0);
                } else {
                    varint::put(&mut stream.words, bytes.len() as u64 + 1);
                    self.numbers.bytes.extend(bytes);
                }
            }
            (Does::Act(words), _) => {
                let values = said.into_iter().flat_map(Said::values);
                for ((word, _), value) in words.iter().zip(values) {
                    if let Some(text) = value.as_str() {
                        self.put_text(at, *word, text);
                    }
                }
            }
            _ => (),
        }
    }

    fn put_text(&mut self, at: usize, name: usize, text: &str) {
        let begun = &self.begun;
        let back = |id: &[u8; 32]| begun.get(id).map(|there| (at - there) as u64);
        let stream = self.streams.entry(name).or_default();
        stream.put(text, &mut self.numbers, back);
    }

    fn put_time(&mut self, time: u64, fields: &mut Vec<u8>) {
        let ms = (time >> 16).cast_signed() - (self.time >> 16).cast_signed();
        let counter = time & 0xffff;
        varint::put(fields, zigzag(ms) << 1 | u64::from(counter != 0));
        if counter != 0 {
            varint::put(fields, counter);
        }
        self.time = time;
    }

    fn actor_number(&mut self, actor: &ActorId) -> usize {
        if let Some(known) = self.actors.iter().position(|a| a == actor) {
            return known;
        }
        self.actors.push(actor.clone());
        self.actors.len() - 1
    }

    fn shape_number(&mut self, slots: &[Slot]) -> usize {
        if let Some(number) = self.known_shapes.get(slots) {
            return *number;
        }
        let number = self.known_shapes.len();
        shape::put(slots, &mut self.shapes);
        self.known_shapes.insert(slots.to_vec(), number);
        number
    }

    fn finish(self, entries: usize) -> Result<Vec<u8>, ExchangeError> {
        let mut structure = Vec::new();
        varint::put(&mut structure, entries as u64);
        varint::put(&mut structure, self.names.new.len() as u64);
        for name in &self.names.new {
            varint::put_prefixed(&mut structure, name.as_bytes());
        }
        varint::put(&mut structure, self.known_shapes.len() as u64);
        structure.extend(self.shapes);
        varint::put_prefixed(&mut structure, &self.heads);
        varint::put(&mut structure, self.streams.len() as u64);
        for (name, stream) in &self.streams {
            varint::put(&mut structure, *name as u64);
            varint::put_prefixed(&mut structure, &stream.tags);
            varint::put_prefixed(&mut structure, &stream.words);
        }
        structure.extend(self.raw);
        let mut numbers = Vec::new();
        varint::put(&mut numbers, self.actors.len() as u64);
        for actor in &self.actors {
            varint::put_prefixed(&mut numbers, actor.to_bytes());
        }
        varint::put_prefixed(&mut numbers, &self.numbers.digits.finish());
        numbers.extend(self.numbers.bytes);

        let refused = |_| ExchangeError::Malformed("frame");
        let with_words = zstd::bulk::Compressor::with_prepared_dictionary(&self.words.packs);
        let structure = with_words.and_then(|mut c| c.compress(&structure));
        let structure = structure.map_err(refused)?;
        let smaller = zstd::bulk::compress(&numbers, LEVEL).map_err(refused)?;
        let mut out = vec![self.words.encoding];
        varint::put_prefixed(&mut out, structure.get(MAGIC.len()..).unwrap_or_default());
        // Few numbers have nothing in common.
        match smaller.strip_prefix(&MAGIC) {
            Some(smaller) if smaller.len() < numbers.len() => {
                out.push(1);
                out.extend(smaller);
            }
            _ => {
                out.push(0);
                out.extend(numbers);
            }
        }
        out.extend(digest(self.hashes));
        Ok(out)
    }
}

/// A change's hash and parts, if those make it again to the byte.
fn taken_apart(bytes: &[u8]) -> Option<(ChangeHash, ExpandedChange)> {
    let change = Change::from_bytes(bytes.to_vec()).ok()?;
    let expanded = change.decode();
    let bounded = expanded.start_op.get() <= u64::from(u32::MAX)
        && expanded.seq <= u64::from(u32::MAX)
        && expanded.message.is_none()
        && expanded.extra_bytes.is_empty()
        && expanded.author.is_none();
    let again = bounded && Change::from(expanded.clone()).raw_bytes() == bytes;
    again.then(|| (change.hash(), expanded))
}

/// Whether the texts of an operation can go as words.
fn is_plain(op: &Op) -> bool {
    let key = matches!(&op.key, Key::Map(key) if value::is_plain(key));
    key && match &op.action {
        OpType::Put(ScalarValue::Str(text)) => value::is_plain(text) && !text.contains("\\u00"),
        _ => true,
    }
}
