//! Yes or no, coded in as many bits as it says: a binary arithmetic coder.
//!
//! The same model runs at both ends, and what it codes with is either side of this: so a model
//! is written once, and the two cannot differ.

/// Bits of a probability.
pub(super) const SCALE: u32 = 16;

/// Codes bits, each with the probability (of 2^16, neither 0 nor all) that it is one.
pub(super) trait Coder {
    /// Whether it is what comes out that counts, and nothing goes in.
    const READS: bool;

    /// Gives the bit: the encoder the one it was given, the decoder the one that was.
    fn bit(&mut self, one: u32, bit: bool) -> bool;
}

/// Writes.
#[derive(Debug)]
pub(super) struct Encoder {
    low: u32,
    high: u32,
    out: Vec<u8>,
}

/// Where the range from `low` to `high` is divided; at least one value on both sides.
fn middle(low: u32, high: u32, one: u32) -> u32 {
    let range = u64::from(high - low);
    // Below 2^32, as `one` is below 2^16.
    low + ((range * u64::from(one)) >> SCALE) as u32
}

impl Encoder {
    pub(super) fn new() -> Self {
        Self {
            low: 0,
            high: u32::MAX,
            out: Vec::new(),
        }
    }

    /// What was written.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.low > 0 {
            // The first bytes differ, so that this one, and zeros behind it, is between the two.
            self.out.push((self.low >> 24) as u8 + 1);
        }
        self.out
    }
}

impl Coder for Encoder {
    const READS: bool = false;

    fn bit(&mut self, one: u32, bit: bool) -> bool {
        let middle = middle(self.low, self.high, one);
        match bit {
            true => self.high = middle,
            false => self.low = middle + 1,
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.out.push((self.high >> 24) as u8);
            self.low <<= 8;
            self.high = self.high << 8 | 0xff;
        }
        bit
    }
}

/// Reads. Past the end there are zeros; whether it went too far, [`Decoder::is_over`] tells.
#[derive(Debug)]
pub(super) struct Decoder<'a> {
    low: u32,
    high: u32,
    held: u32,
    bytes: &'a [u8],
    at: usize,
}

/// Bytes that a decoder holds.
const HELD: usize = 4;

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut this = Self {
            low: 0,
            high: u32::MAX,
            held: 0,
            bytes,
            at: 0,
        };
        (0..HELD).for_each(|_| this.shift());
        this
    }

    fn shift(&mut self) {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.held = self.held << 8 | u32::from(byte);
        self.at += 1;
    }

    /// More was read than was written.
    pub(super) fn is_over(&self) -> bool {
        self.at > self.bytes.len() + HELD
    }

    /// All was read, and no more: an encoder writes a byte at its end, or none.
    pub(super) fn is_done(&self) -> bool {
        self.at + 1 >= self.bytes.len() + HELD && !self.is_over()
    }
}

impl Coder for Decoder<'_> {
    const READS: bool = true;

    #[inline]
    fn bit(&mut self, one: u32, _: bool) -> bool {
        let middle = middle(self.low, self.high, one);
        let bit = self.held <= middle;
        match bit {
            true => self.high = middle,
            false => self.low = middle + 1,
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.low <<= 8;
            self.high = self.high << 8 | 0xff;
            self.shift();
        }
        bit
    }
}

/// Writes nothing: what a model is taught with.
#[derive(Debug)]
pub(super) struct Nowhere;

impl Coder for Nowhere {
    const READS: bool = false;

    fn bit(&mut self, _: u32, bit: bool) -> bool {
        bit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn bits_go_there_and_back(
            bits in proptest::collection::vec((1_u32..1 << SCALE, proptest::prelude::any::<bool>()), 0..3_000)
        ) {
            let mut encoder = Encoder::new();
            for (one, bit) in &bits {
                encoder.bit(*one, *bit);
            }
            let bytes = encoder.finish();
            let mut decoder = Decoder::new(&bytes);
            for (one, bit) in &bits {
                proptest::prop_assert_eq!(decoder.bit(*one, false), *bit);
                proptest::prop_assert!(!decoder.is_over());
            }
            proptest::prop_assert!(decoder.is_done());
        }
    }

    #[test]
    fn what_was_likely_takes_next_to_nothing() {
        let mut encoder = Encoder::new();
        (0..10_000).for_each(|_| {
            encoder.bit((1 << SCALE) - 1, true);
        });
        assert!(encoder.finish().len() <= 1);
    }

    #[test]
    fn reading_past_the_end_is_noticed() {
        let mut decoder = Decoder::new(&[1, 2, 3]);
        (0..400).for_each(|_| {
            decoder.bit(1 << (SCALE - 1), false);
        });
        assert!(decoder.is_over());
    }
}
