//! What is likely: learned while it is coded, alike at both ends.
//!
//! Everything is told by bits, each under a context: a number that stands for all that is known
//! when it comes. Bits under one context share a probability. What follows the same things as
//! last time is told by one bit, nearly for nothing: see [`Model::ranked`]. There is only integer
//! arithmetic, so that all machines learn the same.

use super::coder::{Coder, SCALE};

/// Bits that have a probability of their own, unless they fall together: 2^17.
const BITS: u32 = 17;
/// Contexts in which something follows, unless they fall together: 2^15.
const RANKS: u32 = 15;
/// How often a bit was seen counts up to here: what is old is slowly forgotten.
const MOST_SEEN: u32 = 255;
/// What was taught counts for so much, beside what is seen.
const MOST_TAUGHT: u32 = 6;
/// Low bits of a probability: how often it was seen.
const SEEN_BITS: u32 = 10;
/// What follows nothing.
const NOTHING: u16 = u16::MAX;
/// Leading bits of a number that are learned; those below are as good as random.
const LEARNED: u32 = 3;

/// What followed in a context, the latest first, and how often in a row it was the same.
#[derive(Debug, Clone, Copy)]
struct Rank {
    next: [u16; 3],
    row: u16,
}

/// All that was learned. Arrays, so that no index needs to be compared with a length.
#[derive(Debug, Clone)]
pub(super) struct Model {
    bits: Box<[u32; 1 << BITS]>,
    ranks: Box<[Rank; 1 << RANKS]>,
}

/// 2^16 / (n + 1.5), for every n that the low bits of a probability can say.
static STEPS: [u16; 1 << SEEN_BITS] = {
    let mut steps = [0; 1 << SEEN_BITS];
    let mut n = 0;
    while n < 1 << SEEN_BITS {
        let seen = if n < MOST_SEEN { n } else { MOST_SEEN };
        steps[n as usize] = ((2 << 16) / (2 * seen + 3)) as u16;
        n += 1;
    }
    steps
};

/// What something is known not to be: of two contexts the three that came last.
pub(super) struct Not {
    /// As many as are compared in one step.
    those: [u16; 8],
    many: usize,
}

impl Not {
    pub(super) fn yet() -> Self {
        Self {
            those: [NOTHING; 8],
            many: 0,
        }
    }

    fn has(&self, one: u16) -> bool {
        self.those.iter().fold(false, |has, n| has | (*n == one))
    }

    fn add(&mut self, one: u16) {
        self.those[self.many & 7] = one;
        self.many += 1;
    }
}

/// So many of the same, on the heap from the beginning.
fn all<T: Clone, const N: usize>(one: T) -> Box<[T; N]> {
    match vec![one; N].into_boxed_slice().try_into() {
        Ok(all) => all,
        // As many were made as there are.
        Err(_) => unreachable!(),
    }
}

/// A context of these.
pub(super) fn context(what: u32, of: u32, and: u32) -> u32 {
    let mixed = (what.wrapping_mul(0x9e37_79b1) ^ of).wrapping_mul(0x85eb_ca77);
    let mixed = (mixed ^ (mixed >> 15) ^ and).wrapping_mul(0xc2b2_ae3d);
    mixed ^ (mixed >> 16)
}

impl Model {
    pub(super) fn new() -> Self {
        let nothing = Rank {
            next: [NOTHING; 3],
            row: 0,
        };
        Self {
            bits: all(1 << 31),
            ranks: all(nothing),
        }
    }

    /// What was learned so far was only to begin with.
    pub(super) fn taught(&mut self) {
        for bit in self.bits.iter_mut() {
            let seen = (*bit & ((1 << SEEN_BITS) - 1)).min(MOST_TAUGHT);
            *bit = *bit >> SEEN_BITS << SEEN_BITS | seen;
        }
    }

    /// One bit under a context.
    #[inline]
    pub(super) fn bit(&mut self, coder: &mut impl Coder, context: u32, bit: bool) -> bool {
        let slot = &mut self.bits[(context & ((1 << BITS) - 1)) as usize];
        let known = *slot;
        let bit = coder.bit((known >> (32 - SCALE)).clamp(1, (1 << SCALE) - 1), bit);
        let (seen, one) = (known & ((1 << SEEN_BITS) - 1), known >> SEEN_BITS);
        let step = i64::from(STEPS[seen as usize]);
        let target = if bit { (1 << (32 - SEEN_BITS)) - 1 } else { 0 };
        let moved = ((i64::from(target) - i64::from(one)) * step) >> 16;
        // Between what it was and the target.
        let one = (i64::from(one) + moved) as u32;
        *slot = one << SEEN_BITS | (seen + 1).min(MOST_SEEN);
        bit
    }

    /// A number of so many bits, at most 8.
    pub(super) fn symbol(
        &mut self,
        coder: &mut impl Coder,
        context: u32,
        width: u32,
        value: u32,
    ) -> u32 {
        let mut node = 1;
        for at in (0..width).rev() {
            let bit = self.bit(coder, context ^ node, value >> at & 1 == 1);
            node = node << 1 | u32::from(bit);
        }
        node & ((1 << width) - 1)
    }

    /// Any number: how many bits it has, then the first of them; the rest is as good as random.
    pub(super) fn number(&mut self, coder: &mut impl Coder, what: u32, value: u64) -> u64 {
        let width = self.symbol(coder, what, 7, u64::BITS - value.leading_zeros());
        let width = width.min(u64::BITS);
        let mut read = u64::from(width > 0);
        for at in (0..width.saturating_sub(1)).rev() {
            let bit = value >> at & 1 == 1;
            let bit = match width - at <= LEARNED + 1 {
                true => self.bit(coder, context(what, width, read as u32), bit),
                false => coder.bit(1 << (SCALE - 1), bit),
            };
            read = read << 1 | u64::from(bit);
        }
        read
    }

    /// Whether what comes now is one of those that came last in the context, and which.
    /// `not` are those that it is known not to be.
    pub(super) fn ranked(
        &mut self,
        coder: &mut impl Coder,
        context: u32,
        value: u16,
        not: &mut Not,
    ) -> Option<u16> {
        let rank = self.ranks[(context & ((1 << RANKS) - 1)) as usize];
        let of = context >> 31;
        for (place, one) in (0..).zip(rank.next) {
            if one == NOTHING || not.has(one) {
                continue;
            }
            let sure = self::context(u32::from(rank.row) << 2 | place, u32::from(one), of | 6);
            if self.bit(coder, sure, value == one) {
                return Some(one);
            }
            not.add(one);
        }
        None
    }

    /// In this context, that came.
    pub(super) fn learn(&mut self, context: u32, value: u16) {
        let rank = &mut self.ranks[(context & ((1 << RANKS) - 1)) as usize];
        let [first, second, third] = rank.next;
        if value == first {
            rank.row = (rank.row + 1).min(15);
            return;
        }
        let rest = if value == second { third } else { second };
        (rank.next, rank.row) = ([value, first, rest], 0);
    }
}
