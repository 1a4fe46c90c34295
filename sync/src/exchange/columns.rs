//! Changes by column: a frame that carries only what cannot be derived.
//!
//! What is not sent: hashes of changes that stand in the same frame, actors and
//! counts that follow from the change before, the times that acts carry already,
//! digits that only check others, check and framing bytes of Automerge. The rest is
//! coded bit by bit, each with the probability that it has after all that went
//! before (see model.rs), so that what is like something earlier takes next to
//! nothing: what a change of such an act does (slot.rs), what stands under such a
//! key (text.rs). Every frame begins with what [`Words`] teach, so that a request
//! alone is small too; nothing goes over from frame to frame, so that each can be
//! read alone, after a cut and from a stick.
//!
//! The encoder takes a change apart and writes it again (change.rs); the decoder writes
//! it in the same way. So what comes out is every change to the byte, as a digest
//! over their hashes shows, and a change that would not come out so goes as it is.
//!
//! ```text
//! frame  = encoding, length, what is coded, what goes as it is (zstd, with the words; or nothing), digest
//! digest = the first 8 bytes of SHA-256 over the hashes of all changes that went by column
//! coded  = count of entries, entries
//! entry  = how many entries before this the record's last one stands (0: it begins here, 1: its id follows),
//!          flags, what they say is not as foreseen, slots with their values
//! ```
//! As it is go changes that are not of this kind, bytes, and texts of more than a kilobyte.

mod change;
mod coder;
mod decode;
mod encode;
mod model;
mod slot;
mod text;

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

pub(super) use decode::decode;
pub(super) use encode::encode;

/// The encoding that comes with the lowest version of the protocol. It is a frame's first byte.
pub(super) const BASE: u8 = 3;
const DIGEST_BYTES: usize = 8;
/// What every frame of zstd begins with: it need not travel.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Most operations in all changes of a frame that go by column.
const MAX_OPERATIONS: usize = 65_536;
/// Most operations that one replaces, and most changes that one builds on.
const MAX_OVER: usize = 64;
/// Highest counter of an operation or a change.
const MAX_COUNTER: u64 = u32::MAX as u64;
const MAX_ACTOR_BYTES: usize = 64;
/// Level of zstd, for what goes as it is.
const LEVEL: i32 = 3;

/// The words of an encoding: what records are made of, and nothing of any person. Both sides
/// must have the same to the byte, so that one that was released is never changed: a better one
/// gets the next number and stands beside it.
struct Words {
    encoding: u8,
    /// What every frame begins with.
    learned: slot::Learned,
    packs: EncoderDictionary<'static>,
    unpacks: DecoderDictionary<'static>,
}

impl Words {
    fn new(encoding: u8, text: &'static str) -> Option<Self> {
        Some(Self {
            encoding,
            learned: slot::Learned::of(text)?,
            packs: EncoderDictionary::copy(text.as_bytes(), LEVEL),
            unpacks: DecoderDictionary::copy(text.as_bytes()),
        })
    }

    /// Those of an encoding, if it is known here.
    fn of(encoding: u8) -> Option<&'static Self> {
        WORDS.iter().find(|words| words.encoding == encoding)
    }
}

static WORDS: LazyLock<Vec<Words>> = LazyLock::new(|| {
    let all = [Words::new(BASE, include_str!("columns/words.txt"))];
    all.into_iter().flatten().collect()
});

/// The encodings that are known here.
pub(super) fn known() -> impl Iterator<Item = u8> {
    WORDS.iter().map(|words| words.encoding)
}

fn digest(hashes: impl IntoIterator<Item = [u8; 32]>) -> [u8; DIGEST_BYTES] {
    let mut sum = Sha256::new();
    hashes.into_iter().for_each(|hash| sum.update(hash));
    sum.finalize().first_chunk().copied().unwrap_or_default()
}

/// What the next change of a record is likely to build on: the last one in the frame.
#[derive(Debug, Clone)]
struct Last {
    hash: [u8; 32],
    actor: usize,
    seq: u64,
    max_op: u64,
}

/// What contexts are for; up to 15 they are those of texts.
mod of {
    pub(super) const COUNT: u32 = 16;
    pub(super) const RECORD: u32 = 17;
    pub(super) const FLAGS: u32 = 18;
    pub(super) const DEPS: u32 = 19;
    pub(super) const ACTOR: u32 = 20;
    pub(super) const ACTOR_BYTES: u32 = 21;
    pub(super) const SEQ: u32 = 22;
    pub(super) const START: u32 = 23;
    pub(super) const TIME: u32 = 24;
    pub(super) const OVER: u32 = 25;
    pub(super) const REPLACED: u32 = 26;
    pub(super) const VALUE: u32 = 27;
    pub(super) const BYTES: u32 = 28;
    pub(super) const MS: u32 = 29;
    pub(super) const COUNTER: u32 = 30;
    pub(super) const BEFORE: u32 = 31;
    pub(super) const LONG_SLOT: u32 = 32;
    pub(super) const SHORT_SLOT: u32 = 33;
    pub(super) const TOLD: u32 = 34;
    pub(super) const STEP: u32 = 35;
    pub(super) const MAP: u32 = 36;
    pub(super) const KEY: u32 = 37;
    pub(super) const DOES: u32 = 38;
    pub(super) const WORDS: u32 = 39;
    pub(super) const IS_TEXT: u32 = 40;
    pub(super) const NEW_NAME: u32 = 41;
    pub(super) const NAME: u32 = 42;
    pub(super) const WHOSE: u32 = 43;
}

/// The whole seconds of an act's time, which the change says again.
fn seconds(time: u64) -> i64 {
    (time >> 16).cast_signed() / 1000
}

/// What an entry has that was not foreseen.
mod flag {
    pub(super) const RAW: u8 = 1;
    pub(super) const DEPS: u8 = 2;
    pub(super) const ACTOR: u8 = 4;
    pub(super) const SEQ: u8 = 8;
    pub(super) const START: u8 = 16;
    pub(super) const OVER: u8 = 32;
    pub(super) const FOREIGN: u8 = 64;
    pub(super) const TIME: u8 = 128;
}

fn zigzag(value: i64) -> u64 {
    (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

#[cfg(test)]
mod tests;
