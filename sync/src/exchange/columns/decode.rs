//! Out of columns.

use std::ops::Range;

use super::change::{self, Change, Operation, Scratch};
use super::coder::Decoder;
use super::model::{Model, context};
use super::slot::{Does, Key, Learned, Place, Slot, end_act, name, put_word};
use super::text::put_hex;
use super::{
    DIGEST_BYTES, Last, MAGIC, MAX_ACTOR_BYTES, MAX_COUNTER, MAX_OPERATIONS, MAX_OVER, Words,
    digest, flag, of, unzigzag,
};
use crate::exchange::frame::{MAX_ENTRIES, MAX_PACKED_BYTES, MAX_PLAIN_BYTES, Unexamined};
use crate::guard;
use crate::id::{ChangeId, RecordId};
use crate::varint::Reader;

/// Most bytes of keys and texts in all changes of a frame, also of those that are the same again.
const MAX_TEXT_BYTES: usize = 2 << 20;

/// Unpacks a frame that went by column. Bounded in size before anything is
/// decompressed; what it can grow to is bounded while it grows.
pub(in crate::exchange) fn decode(packed: &[u8]) -> Option<Vec<Unexamined>> {
    if packed.len() > MAX_PACKED_BYTES {
        return None;
    }
    let mut r = Reader(packed);
    let words = Words::of(r.byte()?)?;
    let coded = r.prefixed(MAX_PACKED_BYTES)?;
    let plain = r.bytes(r.0.len().checked_sub(DIGEST_BYTES)?)?;
    let sum: [u8; DIGEST_BYTES] = r.array()?;
    let plain = match plain {
        [] => vec![],
        plain => {
            let with_words = zstd::bulk::Decompressor::with_prepared_dictionary(&words.unpacks);
            let plain = [&MAGIC, plain].concat();
            with_words.ok()?.decompress(&plain, MAX_PLAIN_BYTES).ok()?
        }
    };
    let mut frame = Frame {
        coder: Decoder::new(coded),
        learned: words.learned.clone(),
        plain: Reader(&plain),
        actors: Vec::new(),
        actor: 0,
        time: 0,
        flags: 0,
        done: Vec::new(),
        operations: 0,
        over: 0,
        text_bytes: 0,
        said: String::new(),
        heard: String::new(),
        made: Vec::new(),
        scratch: Scratch::default(),
    };
    let count = frame.number(of::COUNT, 0);
    let count = usize::try_from(count).ok().filter(|n| *n <= MAX_ENTRIES)?;
    for at in 0..count {
        let done = frame.entry(at)?;
        // What was not written is not worth reading on.
        if frame.coder.is_over() {
            return None;
        }
        frame.done.push(done);
    }
    if !frame.coder.is_done() || !frame.plain.is_empty() {
        return None;
    }
    let columns = frame.done.iter().filter(|done| done.last.is_some());
    let is_whole = digest(columns.map(|done| done.hash)) == sum;
    is_whole.then(|| frame.done.into_iter().map(|done| done.entry).collect())
}

struct Frame<'a> {
    coder: Decoder<'a>,
    learned: Learned,
    plain: Reader<'a>,
    actors: Vec<Vec<u8>>,
    actor: usize,
    time: u64,
    flags: u8,
    done: Vec<Done>,
    operations: usize,
    /// Operations that others replace.
    over: usize,
    text_bytes: usize,
    /// All keys and texts of a change.
    said: String,
    /// A text of an act.
    heard: String,
    /// The operations of a change.
    made: Vec<Made>,
    scratch: Scratch,
}

/// An operation whose key and text stand in what the change says.
struct Made {
    map: Option<u64>,
    key: Range<usize>,
    does: Doing,
    over: Vec<u64>,
}

enum Doing {
    Make,
    Flag(bool),
    Number(u64),
    Text(Range<usize>),
    Bytes(Vec<u8>),
}

impl Made {
    fn operation<'a>(&'a self, said: &'a str) -> Option<Operation<'a>> {
        let text = |at: &Range<usize>| said.get(at.clone());
        Some(Operation {
            map: self.map,
            key: text(&self.key)?.into(),
            does: match &self.does {
                Doing::Make => change::Does::Make,
                Doing::Flag(value) => change::Does::Flag(*value),
                Doing::Number(value) => change::Does::Number(*value),
                Doing::Text(at) => change::Does::Text(text(at)?.into()),
                Doing::Bytes(bytes) => change::Does::Bytes(bytes.as_slice().into()),
            },
            over: self.over.as_slice().into(),
        })
    }
}

/// An entry that was made again.
struct Done {
    entry: Unexamined,
    hash: [u8; 32],
    /// `None` when it went as it is: nobody builds on it by column.
    last: Option<Last>,
}

impl Frame<'_> {
    fn number(&mut self, what: u32, and: u32) -> u64 {
        let what = context(what, and, 0);
        self.learned.model.number(&mut self.coder, what, 0)
    }

    fn length(&mut self, what: u32, and: u32, most: usize) -> Option<usize> {
        let number = usize::try_from(self.number(what, and)).ok()?;
        (number <= most).then_some(number)
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let byte = |_| Model::as_is(&mut self.coder, 8, 0).to_le_bytes()[0];
        (0..count).map(byte).collect()
    }

    fn hash(&mut self) -> [u8; 32] {
        self.bytes(32).try_into().unwrap_or_default()
    }

    fn entry(&mut self, at: usize) -> Option<Done> {
        let (record, same_as, before) = match self.length(of::RECORD, 0, MAX_ENTRIES)? {
            0 => (None, None, None),
            1 => (Some(RecordId(self.hash())), None, None),
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
        let what = context(
            of::FLAGS,
            u32::from(self.flags),
            u32::from(before.is_some()),
        );
        let flags = self.learned.model.symbol(&mut self.coder, what, 8, 0);
        self.flags = flags.to_le_bytes()[0];
        let mut bare = None;
        let (bytes, hash, last) = if self.flags & flag::RAW != 0 {
            let bytes = self.plain.prefixed(guard::MAX_CHANGE_BYTES)?.to_vec();
            // A change that the guard refuses has no hash that counts.
            let hash = match bytes.is_empty() {
                true => bare.insert(ChangeId(self.plain.array()?)).0,
                false => guard::examine(&bytes).map_or([0; 32], |e| e.change.0),
            };
            (bytes, hash, None)
        } else {
            let (bytes, last) = self.change(at, before)?;
            (bytes, last.hash, Some(last))
        };
        let entry = Unexamined {
            record,
            same_as,
            bytes,
            bare,
            made: last.as_ref().map(|last| ChangeId(last.hash)),
        };
        Some(Done { entry, hash, last })
    }

    fn change(&mut self, at: usize, before: Option<Last>) -> Option<(Vec<u8>, Last)> {
        let flags = self.flags;
        let has = |what: u8| flags & what != 0;
        let mut place = Place::first(before.is_none());
        let deps = match has(flag::DEPS) {
            true => {
                let count = self.length(of::DEPS, 0, MAX_OVER)?;
                (0..count).map(|_| self.hash()).collect()
            }
            false => before.iter().map(|last| last.hash).collect(),
        };
        if has(flag::ACTOR) {
            self.actor = self.actor_number()?;
        }
        let same_actor = before.as_ref().filter(|last| last.actor == self.actor);
        let seq = match has(flag::SEQ) {
            true => self.number(of::SEQ, 0),
            false => same_actor.map_or(1, |last| last.seq + 1),
        };
        let start = match has(flag::START) {
            true => self.number(of::START, 0),
            false => before.as_ref().map_or(1, |last| last.max_op + 1),
        };
        let counts = 1..=MAX_COUNTER;
        if !counts.contains(&seq) || !counts.contains(&start) {
            return None;
        }
        let foreign = match has(flag::FOREIGN) {
            true => Some(self.actor_number()?),
            false => None,
        };
        let beside = match has(flag::TIME) {
            true => unzigzag(self.number(of::TIME, 0)),
            false => 0,
        };
        self.said.clear();
        self.made.clear();
        while let Some(slot) = self.learned.slot(&mut self.coder, &mut place, None)? {
            self.operations += 1;
            if self.operations > MAX_OPERATIONS || self.coder.is_over() {
                return None;
            }
            let map = match slot.map.checked_sub(1) {
                Some(made) if made <= MAX_COUNTER => {
                    let what = context(of::WHOSE, 0, 0);
                    let model = &mut self.learned.model;
                    let whose = has(flag::FOREIGN) && model.bit(&mut self.coder, what, false);
                    Some(made << 1 | u64::from(whose))
                }
                Some(_) => return None,
                None => None,
            };
            let over = match has(flag::OVER) {
                true => self.over(foreign.is_some())?,
                false => vec![],
            };
            let key = self.key(at, &slot)?;
            let does = self.does(at, &slot, &mut place)?;
            self.made.push(Made {
                map,
                key,
                does,
                over,
            });
        }
        let operations = self.made.iter().map(|made| made.operation(&self.said));
        let operations: Vec<Operation<'_>> = operations.collect::<Option<_>>()?;
        let count = operations.len() as u64;
        let change = Change {
            deps,
            actor: self.actors.get(self.actor)?.into(),
            foreign: match foreign {
                Some(foreign) => Some(self.actors.get(foreign)?.into()),
                None => None,
            },
            seq,
            start,
            time: super::seconds(self.time).wrapping_add(beside),
            operations,
        };
        let (bytes, hash) = change::put_together(&change, &mut self.scratch);
        let last = Last {
            hash,
            actor: self.actor,
            seq,
            max_op: start + count.saturating_sub(1),
        };
        Some((bytes, last))
    }

    fn actor_number(&mut self) -> Option<usize> {
        let number = self.length(of::ACTOR, 0, self.actors.len())?;
        if number == self.actors.len() {
            let length = self.length(of::ACTOR_BYTES, 0, MAX_ACTOR_BYTES)?;
            let actor = self.bytes(length);
            self.actors.push(actor);
        }
        Some(number)
    }

    fn over(&mut self, foreign: bool) -> Option<Vec<u64>> {
        let count = self.length(of::OVER, 0, MAX_OVER)?;
        self.over += count;
        if self.over > MAX_OPERATIONS {
            return None;
        }
        let ids = (0..count).map(|_| self.number(of::REPLACED, 0));
        let known = |id: u64| id >> 1 <= MAX_COUNTER && (foreign || id & 1 == 0);
        ids.map(|id| known(id).then_some(id)).collect()
    }

    /// The key of an operation, in what the change says.
    fn key(&mut self, at: usize, slot: &Slot) -> Option<Range<usize>> {
        let from = self.said.len();
        match slot.key {
            Key::Name(name) => {
                let name = self.learned.names.get(name)?;
                self.text_bytes += name.len();
                (self.text_bytes <= MAX_TEXT_BYTES).then_some(())?;
                self.said.push_str(name);
            }
            Key::Blob => {
                self.text_bytes += 64;
                let blob = self.hash();
                put_hex(&blob, &mut self.said);
            }
            Key::Act => {
                put_hex(&self.time()?.to_be_bytes(), &mut self.said);
                self.said.push('.');
                self.text(at, name::NODE)?;
                self.said.push_str(&self.heard);
            }
        }
        Some(from..self.said.len())
    }

    /// What an operation does.
    fn does(&mut self, at: usize, slot: &Slot, place: &mut Place) -> Option<Doing> {
        let name = slot.key.name();
        let of = u32::try_from(name).ok()?;
        let from = self.said.len();
        Some(match &slot.does {
            Does::Text => {
                self.text(at, name)?;
                self.said.push_str(&self.heard);
                Doing::Text(from..self.said.len())
            }
            Does::Number => Doing::Number(self.number(of::VALUE, of)),
            Does::Bytes => {
                let length = self.length(of::BYTES, of, guard::MAX_CHANGE_BYTES)?;
                Doing::Bytes(match length.checked_sub(1) {
                    None => {
                        let actor = self.actors.get(self.actor)?;
                        crate::record::document::unique(actor, self.time).to_vec()
                    }
                    Some(length) => self.plain.bytes(length)?.to_vec(),
                })
            }
            Does::Make => Doing::Make,
            Does::Flag(value) => Doing::Flag(*value),
            Does::Act(words) => {
                for (nth, (word, is_text)) in words.iter().enumerate() {
                    if *is_text {
                        self.text(at, *word)?;
                    }
                    let said = is_text.then_some(self.heard.as_str());
                    let word = self.learned.names.get(*word)?;
                    self.text_bytes += word.len();
                    (self.text_bytes <= MAX_TEXT_BYTES).then_some(())?;
                    put_word(&mut self.said, nth == 0, word, said);
                    if let Some(said) = said {
                        place.hear(word, said);
                    }
                }
                end_act(&mut self.said, words.is_empty());
                Doing::Text(from..self.said.len())
            }
        })
    }

    /// The next text under a name, to be heard.
    fn text(&mut self, at: usize, name: usize) -> Option<()> {
        let room = MAX_TEXT_BYTES.checked_sub(self.text_bytes)?;
        let done = &self.done;
        let record = |back: u64| {
            let there = at.checked_sub(usize::try_from(back).ok()?)?;
            done.get(there).map(|done| done.hash)
        };
        let (coder, plain) = (&mut self.coder, &mut self.plain);
        self.heard.clear();
        let out = (&mut self.heard, room);
        self.learned.take_text(coder, name, record, plain, out)?;
        self.text_bytes += self.heard.len();
        Some(())
    }

    fn time(&mut self) -> Option<u64> {
        let ms = (self.time >> 16).cast_signed();
        let ms = ms.checked_add(unzigzag(self.number(of::MS, 0)))?;
        let counter = self.number(of::COUNTER, 0);
        let ms = u64::try_from(ms).ok().filter(|ms| *ms < 1 << 48)?;
        if counter > 0xffff {
            return None;
        }
        self.time = ms << 16 | counter;
        Some(self.time)
    }
}
