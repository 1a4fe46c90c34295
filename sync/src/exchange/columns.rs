//! Changes by column: a frame that carries only what cannot be derived.
//!
//! What is not sent: hashes of changes that stand in the same frame, actors and
//! counts that follow from the change before, the times that acts carry already,
//! keys and the order of operations that another change had (its *shape*), check
//! and framing bytes of Automerge. What is sent goes into streams, like to like,
//! so that zstd finds it again; digits go as bits. What comes out is every change
//! to the byte, as a digest over their hashes shows. A change that would not come
//! out so goes as it is.
//!
//! ```text
//! frame  = 2, length, structure (zstd, with the dictionary), numbers (zstd), digest
//! digest = the first 8 bytes of SHA-256 over the hashes of all changes that went by column
//! ```

mod bits;
mod decode;
mod encode;
mod shape;
mod value;

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

pub(super) use decode::decode;
pub(super) use encode::encode;

/// First byte of such a frame. A frame of zstd alone begins with 0x28.
pub(super) const MARK: u8 = 2;
const DIGEST_BYTES: usize = 8;
/// Most operations in all changes of a frame that go by column.
const MAX_OPERATIONS: usize = 65_536;
/// Most operations that one replaces, and most changes that one builds on.
const MAX_OVER: usize = 64;
/// Level of zstd. Level 6 gains 3 % of the bytes for a third more of the time.
const LEVEL: i32 = 3;

/// Words that records of this version are made of. Both sides must have the same:
/// it belongs to the protocol's version, and holds nothing of any person.
const DICTIONARY: &[u8] = include_bytes!("columns/dictionary.txt");

/// The dictionary's lines: names with a number of their own.
static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let text = std::str::from_utf8(DICTIONARY).unwrap_or_default();
    text.lines().filter(|line| !line.is_empty()).collect()
});

fn digest(hashes: impl IntoIterator<Item = [u8; 32]>) -> [u8; DIGEST_BYTES] {
    let mut sum = Sha256::new();
    hashes.into_iter().for_each(|hash| sum.update(hash));
    sum.finalize().first_chunk().copied().unwrap_or_default()
}

/// What the next change of a record is likely to build on: the last one in the frame.
#[derive(Debug, Clone)]
struct Last {
    hash: automerge::ChangeHash,
    actor: usize,
    seq: u64,
    max_op: u64,
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
