//! Slots: an operation without its value. What slots follow each other is learned, so that a
//! step of a form whose like was there before says little more than its values.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::change::{self, Operation};
use super::coder::Coder;
use super::model::{Model, Not, context};
use super::text::{self, Last};
use super::{of, unzigzag, zigzag};
use crate::guard;
use crate::id::BlobId;
use crate::record::act::ActId;

/// What an operation does, without its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Does {
    /// Puts a text.
    Text,
    /// Puts a number.
    Number,
    /// Puts bytes.
    Bytes,
    /// Makes a map.
    Make,
    /// Puts true or false.
    Flag(bool),
    /// Puts an act: JSON with these words, each a text or (false) simply true.
    Act(Vec<(usize, bool)>),
}

/// Under which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Name(usize),
    /// An act's id.
    Act,
    /// That of a photograph or scan.
    Blob,
}

impl Key {
    /// The name of the texts under it.
    pub(super) fn name(self) -> usize {
        match self {
            Self::Name(name) => name,
            Self::Act => name::NOTES,
            Self::Blob => name::BLOBS,
        }
    }
}

/// An operation without its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Slot {
    /// The map: 0 the root, else the counter of what made it, plus 1; whose it is stands apart.
    pub(super) map: u64,
    pub(super) key: Key,
    pub(super) does: Does,
}

/// What an act says: words, each with a text or (none) simply true.
pub(super) type Said<'a> = Vec<(Cow<'a, str>, Option<Cow<'a, str>>)>;

/// An operation that can go by column.
pub(super) struct Known<'a> {
    pub(super) operation: Operation<'a>,
    /// The time of the act that its key is the id of.
    pub(super) act: Option<u64>,
    /// The blob that its key is the id of.
    pub(super) blob: Option<BlobId>,
    /// What that act says.
    pub(super) said: Option<Said<'a>>,
}

impl<'a> Known<'a> {
    /// `None` when it could not be made again.
    pub(super) fn of(operation: Operation<'a>) -> Option<Self> {
        let is_name = |name: &str| name.len() <= MAX_NAME_BYTES && text::is_plain(name);
        let text = match &operation.does {
            change::Does::Text(text) => Some(text),
            _ => None,
        };
        if !is_name(&operation.key) || !text.is_none_or(|text| text::is_plain(text)) {
            return None;
        }
        let act = act_id(&operation.key);
        let said = match (act, text) {
            (Some(_), Some(Cow::Borrowed(text))) => said(text).filter(|said| {
                let plain = |(word, text): &(Cow<'_, str>, Option<Cow<'_, str>>)| {
                    is_name(word) && text.as_ref().is_none_or(|text| text::is_plain(text))
                };
                said.len() <= MAX_WORDS && said.iter().all(plain)
            }),
            _ => None,
        };
        let is_blob = |id: &BlobId| id.to_string() == operation.key;
        let blob = BlobId::from_hex(&operation.key).filter(is_blob);
        Some(Self {
            operation,
            act,
            blob,
            said,
        })
    }

    /// Its slot, with numbers for the names in it.
    pub(super) fn slot(&self, names: &mut Names) -> Slot {
        let key = match (self.act, &self.blob) {
            (Some(_), _) => Key::Act,
            (_, Some(_)) => Key::Blob,
            _ => Key::Name(names.number(&self.operation.key)),
        };
        let does = match (&self.said, &self.operation.does) {
            (Some(said), _) => {
                let words = said.iter();
                Does::Act(
                    words
                        .map(|(word, text)| (names.number(word), text.is_some()))
                        .collect(),
                )
            }
            (None, change::Does::Text(_)) => Does::Text,
            (None, change::Does::Number(_)) => Does::Number,
            (None, change::Does::Bytes(_)) => Does::Bytes,
            (None, change::Does::Make) => Does::Make,
            (None, change::Does::Flag(value)) => Does::Flag(*value),
        };
        let map = self.operation.map.map_or(0, |id| (id >> 1) + 1);
        Slot { map, key, does }
    }
}

/// Where the node stands in an act's id.
const NODE_AT: usize = 17;

/// The node of an act's id.
pub(super) fn node_of(id: &str) -> &str {
    id.get(NODE_AT..).unwrap_or_default()
}

/// The time of the act whose id a key is, if writing that again gives the same key.
fn act_id(key: &str) -> Option<u64> {
    if key.as_bytes().get(NODE_AT - 1) != Some(&b'.') {
        return None;
    }
    let id = ActId::parse(key)?;
    (id.to_string() == key).then_some(id.at.0)
}

/// The words of an act, when writing them again gives the same text.
fn said(text: &str) -> Option<Said<'_>> {
    let ActWords(said) = serde_json::from_str(text).ok()?;
    (write_act(&said) == text).then_some(said)
}

/// An act with these words.
fn write_act(said: &Said<'_>) -> String {
    let mut out = String::with_capacity(160);
    for (at, (word, text)) in said.iter().enumerate() {
        put_word(&mut out, at == 0, word, text.as_deref());
    }
    end_act(&mut out, said.is_empty());
    out
}

/// Writes a word of an act, and the text to it, or (none) simply true.
pub(super) fn put_word(out: &mut String, is_first: bool, word: &str, text: Option<&str>) {
    out.push(if is_first { '{' } else { ',' });
    put_quoted(out, word);
    out.push(':');
    match text {
        Some(text) => put_quoted(out, text),
        None => out.push_str("true"),
    }
}

/// Ends an act; one that says nothing begins here too.
pub(super) fn end_act(out: &mut String, is_empty: bool) {
    out.push_str(if is_empty { "{}" } else { "}" });
}

/// As JSON. Most texts stand in it as they are.
fn put_quoted(out: &mut String, text: &str) {
    let is_as_is = |b: u8| b >= b' ' && b != b'"' && b != b'\\';
    if text.bytes().all(is_as_is) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        // Nothing fails: it is text, and it goes into memory.
        out.push_str(&serde_json::to_string(text).unwrap_or_default());
    }
}

/// Reads the words of an act in their order, and copies only what was escaped.
struct ActWords<'a>(Said<'a>);

impl<'de> Deserialize<'de> for ActWords<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Reading).map(Self)
    }
}

/// A word, or the text to it; `None`: true.
struct Word<'a>(Option<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Word<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ReadingWord)
    }
}

struct ReadingWord;

impl<'de> Visitor<'de> for ReadingWord {
    type Value = Word<'de>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a text, or true")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Word(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Word(Some(Cow::Owned(text.to_owned()))))
    }

    fn visit_bool<E: Error>(self, is: bool) -> Result<Self::Value, E> {
        match is {
            true => Ok(Word(None)),
            false => Err(E::custom("false")),
        }
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Said<'de>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an act")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut said = Vec::with_capacity(6);
        while let Some((word, text)) = map.next_entry::<Word<'_>, Word<'_>>()? {
            said.push((word.0.unwrap_or_default(), text.0));
        }
        Ok(said)
    }
}

/// Names that have the same number in all words.
pub(super) mod name {
    /// Under which new names are spelled.
    pub(in super::super) const NAMES: usize = 0;
    /// The nodes of acts.
    pub(in super::super) const NODE: usize = 1;
    /// Texts under acts.
    pub(in super::super) const NOTES: usize = 2;
    /// Texts under photographs.
    pub(in super::super) const BLOBS: usize = 3;
    pub(super) const FIRST: [&str; 4] = ["", "node", "notes", "blobs"];
}

/// Numbers for names; those of the words are known.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    all: Vec<Cow<'static, str>>,
    numbers: HashMap<Cow<'static, str>, usize>,
    /// So many the other side knows.
    told: usize,
}

impl Names {
    pub(super) fn number(&mut self, name: &str) -> usize {
        match self.numbers.get(name) {
            Some(number) => *number,
            None => self.add(Cow::Owned(name.to_owned())),
        }
    }

    fn add(&mut self, name: Cow<'static, str>) -> usize {
        let number = self.all.len();
        self.numbers.insert(name.clone(), number);
        self.all.push(name);
        number
    }

    pub(super) fn get(&self, number: usize) -> Option<&str> {
        self.all.get(number).map(|name| &**name)
    }
}

/// All that is learned of a frame while it is coded; of the words, all that every frame begins
/// with.
#[derive(Debug, Clone)]
pub(super) struct Learned {
    pub(super) model: Model,
    pub(super) names: Names,
    slots: Vec<Arc<Slot>>,
    numbers: HashMap<Arc<Slot>, u16>,
    /// By name.
    pub(super) texts: Vec<Last>,
    /// So many may still be read. No honest frame has more than its changes have bytes.
    pub(super) letters: usize,
}

/// Where in a change the next slot stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The slots before it, and what the act is.
    before: u32,
    last: u16,
}

impl Place {
    pub(super) fn first(begins: bool) -> Self {
        Self {
            before: u32::from(begins),
            last: END,
        }
    }

    fn after(&mut self, slot: u16) {
        self.before = context(of::BEFORE, self.before, u32::from(slot));
        self.last = slot;
    }

    /// What the act is foretells what is done.
    pub(super) fn hear(&mut self, word: &str, said: &str) {
        if FORETELLS.contains(&word) {
            let sum = said
                .bytes()
                .fold(0, |sum, b| context(of::BEFORE, sum, u32::from(b)));
            self.before = context(of::BEFORE, self.before, sum);
        }
    }
}

/// Words of an act that say what it is.
const FORETELLS: [&str; 2] = ["act", "step"];
/// No slot: the change ends.
const END: u16 = 0;
/// How a slot is told that nobody foretold.
mod told {
    pub(super) const END: u32 = 0;
    pub(super) const NEW: u32 = 1;
    pub(super) const KNOWN: u32 = 2;
}
/// Most slots that differ: far more than records have.
const MAX_SLOTS: usize = 1 << 14;
/// Most names.
const MAX_NAMES: usize = 1 << 14;
/// Most bytes of a name.
const MAX_NAME_BYTES: usize = 256;
/// Most words of an act.
const MAX_WORDS: usize = 64;

impl Learned {
    /// From the words of an encoding: see [`super::Words`].
    pub(super) fn of(text: &'static str) -> Option<Self> {
        let mut this = Self {
            model: Model::new(),
            names: Names::default(),
            slots: Vec::new(),
            numbers: HashMap::new(),
            texts: Vec::new(),
            letters: guard::MAX_CHANGE_BYTES,
        };
        for name in name::FIRST {
            this.names.add(Cow::Borrowed(name));
        }
        let mut nowhere = super::coder::Nowhere;
        for line in text
            .lines()
            .filter(|l| !l.is_empty() && !l.starts_with('#'))
        {
            let (what, rest) = line.split_once(' ')?;
            match what {
                "slots" => {
                    for word in rest.split(' ') {
                        let slot = this.read_slot(word)?;
                        this.intern(slot)?;
                    }
                }
                "change" => {
                    let (act, words) = rest.split_once(' ')?;
                    let mut place = Place::first(words.starts_with("0."));
                    for word in words.split(' ') {
                        let slot = this.read_slot(word)?;
                        let is_act = matches!(slot.does, Does::Act(_));
                        this.slot(&mut nowhere, &mut place, Some(&slot))??;
                        if is_act {
                            let mut said = act.split('/');
                            for word in FORETELLS {
                                said.next()
                                    .into_iter()
                                    .for_each(|said| place.hear(word, said));
                            }
                        }
                    }
                    this.slot(&mut nowhere, &mut place, None)?;
                }
                "say" => {
                    let (name, said) = rest.split_once(' ')?;
                    let name = this.names.number(name);
                    this.put_text(&mut nowhere, name, said, |_| None, &mut Vec::new());
                }
                _ => return None,
            }
        }
        this.names.told = this.names.all.len();
        this.model.taught();
        this.texts.iter_mut().for_each(|last| last.text.clear());
        Some(this)
    }

    /// `map.key=does`.
    fn read_slot(&mut self, word: &str) -> Option<Slot> {
        let (at, does) = word.split_once('=').unwrap_or((word, "text"));
        let (map, key) = at.split_once('.')?;
        let key = match key {
            "*" => Key::Act,
            "#" => Key::Blob,
            key => Key::Name(self.names.number(key)),
        };
        let does = match does {
            "text" => Does::Text,
            "number" => Does::Number,
            "bytes" => Does::Bytes,
            "map" => Does::Make,
            words => {
                let words = words.split(',').map(|word| match word.strip_suffix('!') {
                    Some(word) => (self.names.number(word), false),
                    None => (self.names.number(word), true),
                });
                Does::Act(words.collect())
            }
        };
        let map = map.parse().ok()?;
        self.names.told = self.names.all.len();
        Some(Slot { map, key, does })
    }

    /// Whether so many slots and names more are known apart.
    pub(super) fn has_room(&self, slots: usize, names: usize) -> bool {
        self.slots.len() + slots <= MAX_SLOTS && self.names.told + names <= MAX_NAMES
    }

    fn intern(&mut self, slot: Slot) -> Option<u16> {
        if self.slots.len() == MAX_SLOTS {
            return None;
        }
        let slot = Arc::new(slot);
        self.slots.push(Arc::clone(&slot));
        let number = u16::try_from(self.slots.len()).ok()?;
        self.numbers.insert(slot, number);
        Some(number)
    }

    /// Codes the next slot of a change: the outer `None` when there are too many, the inner one
    /// at the change's end.
    #[expect(clippy::option_option, reason = "an end is not a failure")]
    pub(super) fn slot<C: Coder>(
        &mut self,
        c: &mut C,
        place: &mut Place,
        slot: Option<&Slot>,
    ) -> Option<Option<Arc<Slot>>> {
        let number = match slot {
            None => Some(END),
            Some(slot) => self.numbers.get(slot).copied(),
        };
        let (long, short) = (
            context(of::LONG_SLOT, place.before, 0) | 1 << 31,
            context(of::SHORT_SLOT, u32::from(place.last), 0) & !(1 << 31),
        );
        let mut not = Not::yet();
        // What is new was never there.
        let value = number.unwrap_or(u16::MAX - 1);
        let found = self.model.ranked(c, long, value, &mut not);
        let found = found.or_else(|| self.model.ranked(c, short, value, &mut not));
        let number = match found {
            Some(number) => number,
            None => self.unforeseen(c, place.last, number, slot)?,
        };
        self.model.learn(long, number);
        self.model.learn(short, number);
        place.after(number);
        match number.checked_sub(1) {
            None => Some(None),
            Some(at) => Some(Some(Arc::clone(self.slots.get(usize::from(at))?))),
        }
    }

    fn unforeseen<C: Coder>(
        &mut self,
        c: &mut C,
        last: u16,
        number: Option<u16>,
        slot: Option<&Slot>,
    ) -> Option<u16> {
        let how = match number {
            Some(END) => told::END,
            None => told::NEW,
            Some(_) => told::KNOWN,
        };
        match self.model.symbol(c, context(of::TOLD, 0, 0), 2, how) {
            told::END => Some(END),
            told::NEW => {
                let slot = self.spell(c, slot)?;
                self.intern(slot)
            }
            _ => {
                let step = i64::from(number.unwrap_or(0)) - i64::from(last);
                let step = self.model.number(c, context(of::STEP, 0, 0), zigzag(step));
                let number = i64::from(last).checked_add(unzigzag(step))?;
                u16::try_from(number)
                    .ok()
                    .filter(|n| usize::from(*n) <= self.slots.len())
            }
        }
    }

    /// A slot in all its parts; the decoder gives none.
    fn spell<C: Coder>(&mut self, c: &mut C, slot: Option<&Slot>) -> Option<Slot> {
        let none = Slot {
            map: 0,
            key: Key::Act,
            does: Does::Text,
        };
        let slot = slot.unwrap_or(&none);
        let map = self.model.number(c, context(of::MAP, 0, 0), slot.map);
        let (kind, name) = match slot.key {
            Key::Name(name) => (0, name),
            Key::Act => (1, 0),
            Key::Blob => (2, 0),
        };
        let key = match self.model.symbol(c, context(of::KEY, 0, 0), 2, kind) {
            0 => Key::Name(self.name(c, name)?),
            1 => Key::Act,
            2 => Key::Blob,
            _ => return None,
        };
        let (what, words) = match &slot.does {
            Does::Text => (0, &[][..]),
            Does::Number => (1, &[][..]),
            Does::Bytes => (2, &[][..]),
            Does::Make => (3, &[][..]),
            Does::Flag(value) => (4 + u32::from(*value), &[][..]),
            Does::Act(words) => (6, &words[..]),
        };
        let does = match self.model.symbol(c, context(of::DOES, 0, 0), 3, what) {
            0 => Does::Text,
            1 => Does::Number,
            2 => Does::Bytes,
            3 => Does::Make,
            4 => Does::Flag(false),
            5 => Does::Flag(true),
            6 => {
                let count = words.len() as u64;
                let count = self.model.number(c, context(of::WORDS, 0, 0), count);
                let count = usize::try_from(count).ok().filter(|n| *n <= MAX_WORDS)?;
                let mut read = Vec::with_capacity(count);
                for at in 0..count {
                    let (word, is_text) = words.get(at).copied().unwrap_or_default();
                    let word = self.name(c, word)?;
                    read.push((word, self.model.bit(c, context(of::IS_TEXT, 0, 0), is_text)));
                }
                Does::Act(read)
            }
            _ => return None,
        };
        Some(Slot { map, key, does })
    }

    /// A name: its number, or itself when it is new.
    fn name<C: Coder>(&mut self, c: &mut C, number: usize) -> Option<usize> {
        let is_new = number == self.names.told;
        if !self.model.bit(c, context(of::NEW_NAME, 0, 0), is_new) {
            let read = self.model.number(c, context(of::NAME, 0, 0), number as u64);
            return usize::try_from(read).ok().filter(|n| *n < self.names.told);
        }
        if self.names.told == MAX_NAMES {
            return None;
        }
        let name = self.names.get(number).unwrap_or_default().to_owned();
        let room = MAX_NAME_BYTES.min(self.letters);
        let (of, mut read) = (name::NAMES as u32, String::new());
        match C::READS {
            true => self.model.take_letters(c, of, room, &mut read)?,
            false => self.model.put_letters(c, of, &name),
        }
        self.letters -= read.len().min(self.letters);
        if self.names.told == self.names.all.len() {
            self.names.add(Cow::Owned(read));
        }
        self.names.told += 1;
        Some(self.names.told - 1)
    }
}
