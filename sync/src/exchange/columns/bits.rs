//! Digits as bits: n digits take ⌈n · log₂ 10⌉, up to 18 at a time.

/// Digits that go together.
const TOGETHER: usize = 18;

fn width(digits: usize) -> u32 {
    // 10^n < 2^width: 3322/1000 is just above log2(10), exact up to 18 digits.
    u32::try_from((digits * 3322).div_ceil(1000)).unwrap_or(64)
}

/// Writes bits, the lowest first.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    open: u128,
    held: u32,
}

impl Writer {
    /// Only ASCII digits.
    pub(super) fn digits(&mut self, digits: &[u8]) {
        for some in digits.chunks(TOGETHER) {
            let value = some
                .iter()
                .fold(0u64, |v, d| v * 10 + u64::from(d.wrapping_sub(b'0') % 10));
            self.open |= u128::from(value) << self.held;
            self.held += width(some.len());
            while self.held >= 8 {
                self.bytes.push((self.open & 0xff) as u8);
                self.open >>= 8;
                self.held -= 8;
            }
        }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.held > 0 {
            self.bytes.push((self.open & 0xff) as u8);
        }
        self.bytes
    }
}

/// Reads them again.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    open: u128,
    held: u32,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            open: 0,
            held: 0,
        }
    }

    /// Appends so many digits to `out`; `None` at the end or when they are no digits.
    pub(super) fn digits(&mut self, count: usize, out: &mut Vec<u8>) -> Option<()> {
        let mut left = count;
        while left > 0 {
            let some = left.min(TOGETHER);
            let bits = width(some);
            while self.held < bits {
                let (byte, rest) = self.bytes.split_first()?;
                self.open |= u128::from(*byte) << self.held;
                self.held += 8;
                self.bytes = rest;
            }
            let mut value = u64::try_from(self.open & ((1u128 << bits) - 1)).ok()?;
            self.open >>= bits;
            self.held -= bits;
            let from = out.len();
            for _ in 0..some {
                out.push(b'0' + (value % 10) as u8);
                value /= 10;
            }
            if value != 0 {
                return None;
            }
            out[from..].reverse();
            left -= some;
        }
        Some(())
    }

    /// Nothing but the last byte's rest is left.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.open == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn digits_go_there_and_back(all in proptest::collection::vec("[0-9]{0,40}", 0..20)) {
            let mut w = Writer::default();
            all.iter().for_each(|digits| w.digits(digits.as_bytes()));
            let bytes = w.finish();
            let mut r = Reader::new(&bytes);
            for digits in &all {
                let mut out = Vec::new();
                proptest::prop_assert_eq!(r.digits(digits.len(), &mut out), Some(()));
                proptest::prop_assert_eq!(&out, digits.as_bytes());
            }
            proptest::prop_assert!(r.is_empty());
        }
    }
}
