//! Certificates as EST gives them (RFC 7030, 4.1.3): PKCS#7 that signs nothing and only carries them (RFC 5652, 5), in Base64.
//!
//! ```text
//! ContentInfo { signedData, [0] SignedData { 1, {}, { data }, [0] { certificate… }, {} } }
//! ```

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Most certificates that are read.
const MAX_CERTIFICATES: usize = 4;
/// Largest answer that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 32 << 10;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const CERTIFICATES: u8 = 0xa0;
/// 1.2.840.113549.1.7.2 and 1.2.840.113549.1.7.1, with tag and length.
const SIGNED_DATA: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const DATA: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match content.len() {
        short @ 0..=0x7f => out.push(short as u8),
        long => {
            let bytes = long.to_be_bytes();
            let skip = bytes.iter().take_while(|b| **b == 0).count();
            out.push(0x80 | (bytes.len() - skip) as u8);
            out.extend(&bytes[skip..]);
        }
    }
    out.extend(content);
    out
}

/// Carries certificates, DER each.
pub(crate) fn carry(certificates: &[&[u8]]) -> String {
    let inner = [
        vec![2, 1, 1],
        tagged(SET, &[]),
        tagged(SEQUENCE, &DATA),
        tagged(CERTIFICATES, &certificates.concat()),
        tagged(SET, &[]),
    ];
    let signed = tagged(SEQUENCE, &inner.concat());
    let content = [SIGNED_DATA.to_vec(), tagged(0xa0, &signed)].concat();
    let der = tagged(SEQUENCE, &content);
    // In lines, as MIME has it: other programs read it so.
    let text = STANDARD.encode(der);
    let mut out = String::with_capacity(text.len() + text.len() / 64 + 1);
    for line in text.as_bytes().chunks(64) {
        out.extend(line.iter().map(|b| char::from(*b)));
        out.push('\n');
    }
    out
}

/// Splits the first value off: its tag, content, and what follows.
fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            let length = length.iter().fold(0, |n, b| n << 8 | usize::from(*b));
            (length, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

fn within(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (is, content, rest) = split(bytes)?;
    (is == tag).then_some((content, rest))
}

/// The certificates that are carried, DER each; `None` if it is nothing of the kind.
pub(crate) fn carried(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let text: Vec<u8> = text
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    let der = STANDARD.decode(text).ok()?;
    let (content, _) = within(&der, SEQUENCE)?;
    let content = content.strip_prefix(&SIGNED_DATA)?;
    let (content, _) = within(content, 0xa0)?;
    let (mut content, _) = within(content, SEQUENCE)?;
    for tag in [2, SET, SEQUENCE] {
        (_, content) = within(content, tag)?;
    }
    let (mut all, _) = within(content, CERTIFICATES)?;
    let mut out = Vec::new();
    while !all.is_empty() && out.len() < MAX_CERTIFICATES {
        let (_, rest) = within(all, SEQUENCE)?;
        out.push(all[..all.len() - rest.len()].to_vec());
        all = rest;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_carried_arrives() {
        let certificates = [tagged(SEQUENCE, &[7; 300]), tagged(SEQUENCE, &[8; 90])];
        let text = carry(&[&certificates[0], &certificates[1]]);
        assert_eq!(carried(text.as_bytes()).unwrap(), certificates);
        assert_eq!(
            carried(carry(&[]).as_bytes()).unwrap(),
            Vec::<Vec<u8>>::new()
        );
        assert!(text.lines().all(|line| line.len() <= 64));
    }

    proptest! {
        #[test]
        fn whatever_comes_breaks_nothing(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = carried(&bytes);
            let _ = carried(STANDARD.encode(&bytes).as_bytes());
        }

        #[test]
        fn a_damaged_answer_breaks_nothing(at in 0..400_usize, bit in 0..8_u8) {
            let mut der = STANDARD.decode(carry(&[&tagged(SEQUENCE, &[7; 300])]).replace('\n', "")).unwrap();
            let at = at % der.len();
            der[at] ^= 1 << bit;
            let _ = carried(STANDARD.encode(der).as_bytes());
        }
    }
}
