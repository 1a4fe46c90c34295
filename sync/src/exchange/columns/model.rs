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

/// All that was learned.
#[derive(Debug, Clone)]
pub(super) struct Model {
    bits: Vec<u32>,
    ranks: Vec<Rank>,
    /// 2^16 / (n + 1.5).
    steps: [u32; MOST_SEEN as usize + 1],
}

/// What something is known not to be.
pub(super) struct Not([u16; 6]);

impl Not {
    pub(super) fn yet() -> Self {
        Self([NOTHING; 6])
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
        let mut steps = [0; MOST_SEEN as usize + 1];
        (0..).zip(&mut steps).for_each(|(n, step)| {
            *step = (2 << 16) / (2 * n + 3);
        });
        Self {
            bits: vec![1 << 31; 1 << BITS],
            ranks: vec![
                Rank {
                    next: [NOTHING; 3],
                    row: 0
                };
                1 << RANKS
            ],
            steps,
        }
    }

    /// What was learned so far was only to begin with.
    pub(super) fn taught(&mut self) {
        for bit in &mut self.bits {
            let seen = (*bit & ((1 << SEEN_BITS) - 1)).min(MOST_TAUGHT);
            *bit = *bit >> SEEN_BITS << SEEN_BITS | seen;
        }
    }

    /// One bit under a context.
    pub(super) fn bit(&mut self, coder: &mut impl Coder, context: u32, bit: bool) -> bool {
        let at = (context & ((1 << BITS) - 1)) as usize;
        let (Some(slot), steps) = (self.bits.get_mut(at), &self.steps) else {
            return bit;
        };
        let one = (*slot >> (32 - SCALE)).clamp(1, (1 << SCALE) - 1);
        let bit = coder.bit(one, bit);
        let (seen, one) = (*slot & ((1 << SEEN_BITS) - 1), *slot >> SEEN_BITS);
        let step = steps.get(seen as usize).copied().unwrap_or(1);
        let target = if bit { (1 << (32 - SEEN_BITS)) - 1 } else { 0 };
        let moved = ((i64::from(target) - i64::from(one)) * i64::from(step)) >> 16;
        let one = u32::try_from(i64::from(one) + moved).unwrap_or(0);
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
        let rank = self.rank(context);
        let of = context >> 31;
        for (place, one) in (0..).zip(rank.next) {
            if one == NOTHING || not.0.contains(&one) {
                continue;
            }
            let sure = self::context(u32::from(rank.row) << 2 | place, u32::from(one), of | 6);
            if self.bit(coder, sure, value == one) {
                return Some(one);
            }
            not.0.rotate_right(1);
            not.0[0] = one;
        }
        None
    }

    fn rank(&self, context: u32) -> Rank {
        let at = (context & ((1 << RANKS) - 1)) as usize;
        self.ranks.get(at).copied().unwrap_or(Rank {
            next: [NOTHING; 3],
            row: 0,
        })
    }

    /// In this context, that came.
    pub(super) fn learn(&mut self, context: u32, value: u16) {
        let at = (context & ((1 << RANKS) - 1)) as usize;
        let Some(rank) = self.ranks.get_mut(at) else {
            return;
        };
        let [first, second, third] = rank.next;
        if value == first {
            rank.row = (rank.row + 1).min(15);
            return;
        }
        let rest = if value == second { third } else { second };
        (rank.next, rank.row) = ([value, first, rest], 0);
    }
}
