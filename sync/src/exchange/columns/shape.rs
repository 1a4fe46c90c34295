//! The shape of a change: which operations under which keys, without their values.
//! Changes of one step have one shape, and it is sent once a frame.

use std::collections::HashMap;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, ObjType, ScalarValue};
use serde_json::{Map, Value};

use super::Words;
use crate::record::act::ActId;
use crate::varint::{self, Reader};

/// What an operation does.
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

/// An operation without its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Slot {
    /// The map: 0 the root, else its operation: counter · 2 (+ 1: another's), plus 1.
    pub(super) map: u64,
    /// The key's name; `None` for an act's id.
    pub(super) key: Option<usize>,
    pub(super) does: Does,
}

/// The act's id that a key is, if writing it again gives the same key.
pub(super) fn act_id(key: &str) -> Option<ActId<'_>> {
    ActId::parse(key).filter(|id| id.to_string() == key)
}

/// Numbers for names; those of the dictionary are known.
pub(super) struct Names {
    words: &'static Words,
    numbers: HashMap<String, usize>,
    /// Those that are not in the dictionary, in order.
    pub(super) new: Vec<String>,
}

impl Names {
    pub(super) fn begin(words: &'static Words) -> Self {
        Self {
            words,
            numbers: HashMap::new(),
            new: Vec::new(),
        }
    }

    pub(super) fn number(&mut self, name: &str) -> usize {
        let known = self.words.numbers.get(name);
        if let Some(number) = known.or_else(|| self.numbers.get(name)) {
            return *number;
        }
        let number = self.words.names.len() + self.new.len();
        self.new.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

/// What an act says.
pub(super) type Said = Map<String, Value>;

/// The slot of an operation of `actor`, and what it says if it is an act; `foreign`
/// becomes the one other actor that it may refer to. `None` when the operation does not
/// fit any.
pub(super) fn slot(
    op: &Op,
    actor: &ActorId,
    foreign: &mut Option<ActorId>,
    names: &mut Names,
) -> Option<(Slot, Option<Said>)> {
    let Key::Map(key) = &op.key else {
        return None;
    };
    if op.insert {
        return None;
    }
    let map = match &op.obj {
        ObjectId::Root => 0,
        ObjectId::Id(id) => 1 + reference(id, actor, foreign)?,
    };
    let (key, act) = match act_id(key) {
        Some(_) => (None, true),
        None => (Some(names.number(key)), false),
    };
    if let (true, OpType::Put(ScalarValue::Str(text))) = (act, &op.action)
        && let Some((words, said)) = words(text, names)
    {
        let does = Does::Act(words);
        return Some((Slot { map, key, does }, Some(said)));
    }
    let does = match &op.action {
        OpType::Make(ObjType::Map) => Does::Make,
        OpType::Put(ScalarValue::Str(_)) => Does::Text,
        OpType::Put(ScalarValue::Uint(_)) => Does::Number,
        OpType::Put(ScalarValue::Bytes(_)) => Does::Bytes,
        OpType::Put(ScalarValue::Boolean(value)) => Does::Flag(*value),
        _ => return None,
    };
    Some((Slot { map, key, does }, None))
}

/// An operation's id: counter · 2, + 1 when it is the one other actor's.
pub(super) fn reference(id: &OpId, actor: &ActorId, foreign: &mut Option<ActorId>) -> Option<u64> {
    if id.1 == *actor {
        return Some(id.0 * 2);
    }
    match foreign {
        Some(known) if *known != id.1 => return None,
        Some(_) => {}
        None => *foreign = Some(id.1.clone()),
    }
    Some(id.0 * 2 + 1)
}

/// The words of an act, when writing them again gives the same text.
fn words(text: &str, names: &mut Names) -> Option<(Vec<(usize, bool)>, Said)> {
    let said: Said = serde_json::from_str(text).ok()?;
    let plain = said
        .values()
        .all(|v| v.is_string() || *v == Value::Bool(true));
    let words = said.iter();
    let words = words.map(|(word, value)| (names.number(word), value.is_string()));
    let words = words.collect();
    let again = serde_json::to_string(&said).ok()?;
    (plain && again == text).then_some((words, said))
}

pub(super) fn put(slots: &[Slot], out: &mut Vec<u8>) {
    varint::put(out, slots.len() as u64);
    for slot in slots {
        varint::put(out, slot.map);
        varint::put(out, slot.key.map_or(0, |key| key as u64 + 1));
        match &slot.does {
            Does::Text => out.push(0),
            Does::Number => out.push(1),
            Does::Bytes => out.push(2),
            Does::Make => out.push(3),
            Does::Flag(value) => out.push(4 + u8::from(*value)),
            Does::Act(words) => {
                out.push(6);
                varint::put(out, words.len() as u64);
                for (word, text) in words {
                    varint::put(out, (*word as u64) << 1 | u64::from(*text));
                }
            }
        }
    }
}

/// Reads a shape; every slot and word takes at least a byte.
pub(super) fn take(r: &mut Reader<'_>) -> Option<Vec<Slot>> {
    let count = r.length().filter(|n| *n <= r.0.len())?;
    let mut slots = Vec::with_capacity(count);
    for _ in 0..count {
        let map = r.unsigned()?;
        let key = r.length()?.checked_sub(1);
        let does = match r.byte()? {
            0 => Does::Text,
            1 => Does::Number,
            2 => Does::Bytes,
            3 => Does::Make,
            4 => Does::Flag(false),
            5 => Does::Flag(true),
            6 => {
                let words = r.length().filter(|n| *n <= r.0.len())?;
                let word = |r: &mut Reader<'_>| r.length().map(|w| (w >> 1, w & 1 == 1));
                Does::Act((0..words).map(|_| word(r)).collect::<Option<_>>()?)
            }
            _ => return None,
        };
        slots.push(Slot { map, key, does });
    }
    Some(slots)
}
