//! Into columns.

use std::collections::HashMap;

use super::change::{self, Change, Scratch};
use super::coder::Encoder;
use super::model::{Model, context};
use super::slot::{Does, Known, Learned, Place, Slot, name, node_of};
use super::{Last, MAGIC, MAX_OPERATIONS, Words, digest, flag, of, zigzag};
use crate::exchange::ExchangeError;
use crate::guard;
use crate::id::RecordId;
use crate::journal::Entry;
use crate::varint;

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
    let count = entries.len() as u64;
    frame.number(of::COUNT, 0, count);
    for (at, entry) in entries.iter().enumerate() {
        frame.put(at, entry);
    }
    frame.finish(words)
}

struct Frame {
    coder: Encoder,
    learned: Learned,
    plain: Vec<u8>,
    actors: Vec<Vec<u8>>,
    /// So many of them the other side knows.
    told: usize,
    actor: Option<usize>,
    time: u64,
    flags: u8,
    hashes: Vec<[u8; 32]>,
    operations: usize,
    /// Bytes that went by letters.
    spelled: usize,
    /// Entries by record: where its last one stands, and that one if it went by column.
    records: HashMap<RecordId, (usize, Option<Last>)>,
    /// Where records begin in this frame.
    begun: HashMap<[u8; 32], usize>,
    scratch: Scratch,
}

/// A change that can go by column.
struct Fitting<'a> {
    hash: [u8; 32],
    /// Without its operations.
    change: Change<'a>,
    operations: Vec<Known<'a>>,
}

impl Frame {
    fn new(words: &Words) -> Self {
        Self {
            coder: Encoder::new(),
            learned: words.learned.clone(),
            plain: Vec::new(),
            actors: Vec::new(),
            told: 0,
            actor: None,
            time: 0,
            flags: 0,
            hashes: Vec::new(),
            operations: 0,
            spelled: 0,
            records: HashMap::new(),
            begun: HashMap::new(),
            scratch: Scratch::default(),
        }
    }

    fn number(&mut self, what: u32, and: u32, value: u64) {
        let what = context(what, and, 0);
        self.learned.model.number(&mut self.coder, what, value);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            Model::as_is(&mut self.coder, 8, u64::from(*byte));
        }
    }

    fn put(&mut self, at: usize, entry: &Entry) {
        let fitting = self.fitting(&entry.bytes);
        let begins = entry.record.0 == entry.change.0;
        let before = self.records.get(&entry.record).filter(|_| !begins).cloned();
        let back = match &before {
            None if begins => 0,
            Some((there, _)) => (at - there + 1) as u64,
            None => 1,
        };
        self.number(of::RECORD, 0, back);
        if back == 1 {
            self.bytes(&entry.record.0);
        }
        let last = before.and_then(|before| before.1);
        let last = match fitting {
            Some(fitting) => Some(self.put_columns(at, fitting, last)),
            None => {
                self.put_flags(flag::RAW, last.as_ref());
                varint::put_prefixed(&mut self.plain, &entry.bytes);
                if entry.bytes.is_empty() {
                    // Only the leaf goes: nothing else tells the change.
                    self.plain.extend(entry.change.0);
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
    fn fitting<'a>(&mut self, bytes: &'a [u8]) -> Option<Fitting<'a>> {
        let (hash, mut change) = change::take_apart(bytes, &mut self.scratch)?;
        let operations = std::mem::take(&mut change.operations);
        let operations = operations.into_iter().map(Known::of);
        let operations: Vec<Known<'_>> = operations.collect::<Option<_>>()?;
        let names = |known: &Known<'_>| 1 + known.said.as_ref().map_or(0, |said| said.len());
        let names = operations.iter().map(names).sum();
        let many = self.operations + operations.len();
        let spelled = self.spelled + bytes.len();
        if many > MAX_OPERATIONS
            || spelled > guard::MAX_CHANGE_BYTES
            || !self.learned.has_room(operations.len(), names)
        {
            return None;
        }
        (self.operations, self.spelled) = (many, spelled);
        Some(Fitting {
            hash,
            change,
            operations,
        })
    }

    fn put_flags(&mut self, flags: u8, last: Option<&Last>) {
        let what = context(of::FLAGS, u32::from(self.flags), u32::from(last.is_some()));
        let model = &mut self.learned.model;
        model.symbol(&mut self.coder, what, 8, u32::from(flags));
        self.flags = flags;
    }

    fn put_columns(&mut self, at: usize, it: Fitting<'_>, last: Option<Last>) -> Last {
        let Fitting {
            hash,
            change,
            operations,
        } = it;
        let actor = self.actor_number(&change.actor);
        let foreign = change.foreign.as_ref().map(|f| self.actor_number(f));
        let same_actor = last.as_ref().filter(|last| last.actor == actor);
        let seq = same_actor.map_or(1, |last| last.seq + 1);
        let start = last.as_ref().map_or(1, |last| last.max_op + 1);
        let deps: Vec<[u8; 32]> = last.iter().map(|last| last.hash).collect();
        let time = operations.iter().rev().find_map(|op| op.act);
        let seconds = super::seconds(time.unwrap_or(self.time));
        let flags = [
            (flag::DEPS, deps != change.deps),
            (flag::ACTOR, self.actor != Some(actor)),
            (flag::SEQ, seq != change.seq),
            (flag::START, start != change.start),
            (
                flag::OVER,
                operations.iter().any(|op| !op.operation.over.is_empty()),
            ),
            (flag::FOREIGN, foreign.is_some()),
            (flag::TIME, seconds != change.time),
        ];
        let flags = flags.iter().filter(|(_, has)| *has);
        let flags = flags.fold(0, |all, (flag, _)| all | flag);
        self.put_flags(flags, last.as_ref());
        let has = |what: u8| flags & what != 0;
        if has(flag::DEPS) {
            self.number(of::DEPS, 0, change.deps.len() as u64);
            change.deps.iter().for_each(|hash| self.bytes(hash));
        }
        if has(flag::ACTOR) {
            self.put_actor(actor, &change.actor);
            self.actor = Some(actor);
        }
        if has(flag::SEQ) {
            self.number(of::SEQ, 0, change.seq);
        }
        if has(flag::START) {
            self.number(of::START, 0, change.start);
        }
        if let (Some(number), Some(foreign)) = (foreign, &change.foreign) {
            self.put_actor(number, foreign);
        }
        if has(flag::TIME) {
            self.number(of::TIME, 0, zigzag(change.time.wrapping_sub(seconds)));
        }
        let mut place = Place::first(deps.is_empty());
        let count = operations.len() as u64;
        for known in operations {
            let slot = known.slot(&mut self.learned.names);
            self.put_slot(&mut place, Some(&slot));
            if let (true, Some(map)) = (has(flag::FOREIGN), known.operation.map) {
                let what = context(of::WHOSE, 0, 0);
                let model = &mut self.learned.model;
                model.bit(&mut self.coder, what, map & 1 == 1);
            }
            if has(flag::OVER) {
                let over = &known.operation.over;
                self.number(of::OVER, 0, over.len() as u64);
                over.iter().for_each(|id| self.number(of::REPLACED, 0, *id));
            }
            self.put_value(at, &slot, &known, &change.actor, &mut place);
        }
        self.put_slot(&mut place, None);
        self.hashes.push(hash);
        Last {
            hash,
            actor,
            seq: change.seq,
            max_op: change.start + count.saturating_sub(1),
        }
    }

    fn put_slot(&mut self, place: &mut Place, slot: Option<&Slot>) {
        self.learned.slot(&mut self.coder, place, slot);
    }

    fn put_value(
        &mut self,
        at: usize,
        slot: &Slot,
        known: &Known<'_>,
        actor: &[u8],
        place: &mut Place,
    ) {
        if let Some(time) = known.act {
            self.put_time(time);
            self.put_text(at, name::NODE, node_of(&known.operation.key));
        }
        if let Some(blob) = &known.blob {
            self.bytes(&blob.0);
        }
        let key = slot.key.name();
        let name = u32::try_from(key).unwrap_or(0);
        match (&slot.does, &known.operation.does) {
            (Does::Text, change::Does::Text(text)) => self.put_text(at, key, text),
            (Does::Number, change::Does::Number(value)) => self.number(of::VALUE, name, *value),
            (Does::Bytes, change::Does::Bytes(bytes)) => {
                let derived = crate::record::document::unique(actor, self.time);
                if bytes[..] == derived {
                    self.number(of::BYTES, name, 0);
                } else {
                    self.number(of::BYTES, name, bytes.len() as u64 + 1);
                    self.plain.extend(&**bytes);
                }
            }
            (Does::Act(words), _) => {
                for ((word, _), (said, value)) in words.iter().zip(known.said.iter().flatten()) {
                    if let Some(text) = value {
                        self.put_text(at, *word, text);
                        place.hear(said, text);
                    }
                }
            }
            _ => (),
        }
    }

    fn put_text(&mut self, at: usize, name: usize, text: &str) {
        let begun = &self.begun;
        let back = |id: &[u8; 32]| begun.get(id).map(|there| (at - there) as u64);
        let (coder, plain) = (&mut self.coder, &mut self.plain);
        self.learned.put_text(coder, name, text, back, plain);
    }

    fn put_time(&mut self, time: u64) {
        let ms = (time >> 16).cast_signed() - (self.time >> 16).cast_signed();
        self.number(of::MS, 0, zigzag(ms));
        self.number(of::COUNTER, 0, time & 0xffff);
        self.time = time;
    }

    fn put_actor(&mut self, number: usize, actor: &[u8]) {
        self.number(of::ACTOR, 0, number as u64);
        if number == self.told {
            self.number(of::ACTOR_BYTES, 0, actor.len() as u64);
            self.bytes(actor);
            self.told += 1;
        }
    }

    fn actor_number(&mut self, actor: &[u8]) -> usize {
        if let Some(known) = self.actors.iter().position(|a| a == actor) {
            return known;
        }
        self.actors.push(actor.to_vec());
        self.actors.len() - 1
    }

    fn finish(self, words: &Words) -> Result<Vec<u8>, ExchangeError> {
        let mut out = vec![words.encoding];
        varint::put_prefixed(&mut out, &self.coder.finish());
        if !self.plain.is_empty() {
            let refused = |_| ExchangeError::Malformed("frame");
            let with_words = zstd::bulk::Compressor::with_prepared_dictionary(&words.packs);
            let smaller = with_words.and_then(|mut c| c.compress(&self.plain));
            let smaller = smaller.map_err(refused)?;
            out.extend(smaller.get(MAGIC.len()..).unwrap_or_default());
        }
        out.extend(digest(self.hashes));
        Ok(out)
    }
}
