//! Unsigned LEB128, the variable-length integers of Automerge's format and of
//! our frames.

/// Appends `value`.
pub(crate) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).unwrap_or(0) | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap_or(0));
}

/// Appends `value` as signed LEB128.
pub(crate) fn put_signed(out: &mut Vec<u8>, mut value: i64) {
    while !(-0x40..0x40).contains(&value) {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push((value & 0x7f) as u8);
}

/// Takes fields off the front of bytes; every method gives `None` at the end
/// or on anything malformed, and never reads past it.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// Signed LEB128.
    pub(crate) fn signed(&mut self) -> Option<i64> {
        let mut value = 0i64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                if shift + 7 < 64 && byte & 0x40 != 0 {
                    value |= -1 << (shift + 7);
                }
                return Some(value);
            }
        }
        None
    }

    pub(crate) fn length(&mut self) -> Option<usize> {
        usize::try_from(self.unsigned()?).ok()
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    /// Length-prefixed bytes of at most `max`.
    pub(crate) fn prefixed(&mut self, max: usize) -> Option<&'a [u8]> {
        let len = self.length()?;
        if len > max { None } else { self.bytes(len) }
    }

    pub(crate) fn text(&mut self, max: usize) -> Option<&'a str> {
        std::str::from_utf8(self.prefixed(max)?).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Appends length-prefixed bytes.
pub(crate) fn put_prefixed(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn unsigned_goes_there_and_back(value: u64) {
            let mut out = Vec::new();
            put(&mut out, value);
            let mut r = Reader(&out);
            proptest::prop_assert_eq!(r.unsigned(), Some(value));
            proptest::prop_assert!(r.is_empty());
        }

        #[test]
        fn signed_goes_there_and_back(value: i64, small in -200_i64..200) {
            for value in [value, small] {
                let mut out = Vec::new();
                put_signed(&mut out, value);
                let mut r = Reader(&out);
                proptest::prop_assert_eq!(r.signed(), Some(value));
                proptest::prop_assert!(r.is_empty());
            }
        }

        #[test]
        fn garbage_never_panics(bytes: Vec<u8>) {
            let mut r = Reader(&bytes);
            while r.unsigned().is_some() {}
            let mut r = Reader(&bytes);
            while r.signed().is_some() {}
            let mut r = Reader(&bytes);
            while r.prefixed(10).is_some() {}
        }
    }
}
