//! Numbers that people read: issued without a network, never the same twice,
//! and telling nobody how many there were before.
//!
//! `M07-7KQ4-2ZD8-6`: the node's prefix, then seven letters and digits that are a
//! permutation of the node's counter under the node's secret (so neighbours in
//! time are not neighbours in number), then a check character. Crockford's
//! alphabet: no I, L, O, U, so that a number can be read out on the telephone.

use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Half the width of the permuted counter: 20 bits, so 40 bits in 8 characters.
const HALF_BITS: u32 = 20;
const HALF_MASK: u64 = (1 << HALF_BITS) - 1;
/// What comes after the prefix.
const TAIL: &str = "-XXXX-XXXX-X";

/// The number with this counter of the node with this prefix.
///
/// The secret only hides volume; that numbers never collide rests on prefixes
/// being unique and counters never being used twice, also not by a copied or restored disk.
#[must_use]
pub fn number(prefix: &str, secret: &[u8; 32], counter: u64) -> String {
    let permuted = permute(secret, counter & ((1 << (2 * HALF_BITS)) - 1));
    put_together(prefix, permuted)
}

/// The canonical form of a number as somebody typed it, if its check character
/// agrees: lower case, missing hyphens and I, L, O for 1, 1, 0 are forgiven.
#[must_use]
pub fn canonical(typed: &str) -> Option<String> {
    let compact: String = typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_uppercase();
    if compact.len() < 10 || compact.len() > 24 {
        return None;
    }
    let (head, tail) = compact.split_at(compact.len() - 9);
    let tail: String = tail
        .chars()
        .map(|c| match c {
            'I' | 'L' => '1',
            'O' => '0',
            c => c,
        })
        .collect();
    let (body, check) = tail.split_at(8);
    (check == check_letter(&format!("{head}{body}")).to_string())
        .then(|| format!("{head}-{}-{}-{check}", &body[..4], &body[4..]))
}

/// A number in its canonical form as prefix and permuted counter; [`put_together`] is the inverse.
pub(crate) fn take_apart(number: &str) -> Option<(&str, u64)> {
    let prefix = number.get(..number.len().checked_sub(TAIL.len())?)?;
    let letters = number[prefix.len()..].bytes().filter(|b| *b != b'-');
    let body = letters.take(8).try_fold(0, |sum, b| {
        let five = ALPHABET.iter().position(|a| *a == b)?;
        Some(sum << 5 | five as u64)
    })?;
    (put_together(prefix, body) == number).then_some((prefix, body))
}

/// The number with this prefix of this permuted counter.
pub(crate) fn put_together(prefix: &str, permuted: u64) -> String {
    let [_, _, _, bits @ ..] = permuted.to_be_bytes();
    let body = letters(bits);
    let check = check_letter(&format!("{prefix}{}", body.replace('-', "")));
    format!("{prefix}-{body}-{check}")
}

/// A four-round Feistel network: a bijection on 40 bits for any secret.
fn permute(secret: &[u8; 32], counter: u64) -> u64 {
    let (mut left, mut right) = (counter >> HALF_BITS, counter & HALF_MASK);
    for round in 0u8..4 {
        let mut hash = Sha256::new();
        hash.update(secret);
        hash.update([round]);
        hash.update(right.to_be_bytes());
        let digest = hash.finalize();
        let mixed = u64::from_be_bytes([0, 0, 0, 0, digest[0], digest[1], digest[2], digest[3]]);
        (left, right) = (right, left ^ (mixed & HALF_MASK));
    }
    (left << HALF_BITS) | right
}

/// Forty bits as eight letters of the same alphabet, in two groups: what is printed to be compared.
pub(crate) fn letters(bits: [u8; 5]) -> String {
    let bits = bits.iter().fold(0, |sum, b| sum << 8 | u64::from(*b));
    let all: String = (0..8).rev().map(|i| letter(bits >> (5 * i))).collect();
    format!("{}-{}", &all[..4], &all[4..])
}

fn letter(five_bits: u64) -> char {
    char::from(ALPHABET[usize::try_from(five_bits & 31).unwrap_or(0)])
}

/// A polynomial over GF(32) at its generator: every slip of one character and
/// every swap of neighbours is noticed.
fn check_letter(text: &str) -> char {
    letter(text.chars().fold(0, |sum, c| {
        let doubled = sum << 1;
        let reduced = if doubled & 32 == 0 {
            doubled
        } else {
            doubled ^ 0b10_0101
        };
        reduced ^ value(c)
    }))
}

/// Five bits of a character; the prefix may hold letters outside the alphabet.
fn value(c: char) -> u64 {
    let known = ALPHABET
        .iter()
        .position(|a| char::from(*a) == c)
        .map(|p| p as u64);
    known.unwrap_or_else(|| u64::from(c) & 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_never_repeat_and_neighbours_are_far_apart() {
        let secret = [7; 32];
        let all: HashSet<String> = (0..20_000).map(|i| number("M07", &secret, i)).collect();
        assert_eq!(all.len(), 20_000);
        let (a, b) = (number("M07", &secret, 1), number("M07", &secret, 2));
        assert_ne!(a[..9], b[..9], "{a} {b}");
    }

    #[test]
    fn what_people_type_finds_the_number() {
        let n = number("M07", &[1; 32], 42);
        let typed = n.to_lowercase().replace('-', " ").replace('0', "o");
        // The prefix keeps its zero: only the issued part forgives letters.
        let typed = typed.replacen("mo7", "m07", 1);
        assert_eq!(canonical(&typed), Some(n));
    }

    proptest::proptest! {
        #[test]
        fn one_wrong_character_is_noticed(counter in 0u64..1 << 40, at in 4usize..15, to in 0usize..32) {
            let n = number("M07", &[9; 32], counter);
            let mut wrong = n.clone().into_bytes();
            proptest::prop_assume!(wrong[at] != b'-' && wrong[at] != ALPHABET[to]);
            wrong[at] = ALPHABET[to];
            proptest::prop_assert_eq!(canonical(std::str::from_utf8(&wrong).unwrap()), None);
        }

        #[test]
        fn a_number_is_taken_apart_and_put_together(counter in 0u64..1 << 40) {
            let n = number("M07", &[9; 32], counter);
            let (prefix, permuted) = take_apart(&n).unwrap();
            proptest::prop_assert_eq!(put_together(prefix, permuted), n);
        }

        #[test]
        fn reading_never_panics(typed in "\\PC{0,40}") {
            let _ = canonical(&typed);
            if let Some((prefix, permuted)) = take_apart(&typed) {
                proptest::prop_assert_eq!(put_together(prefix, permuted), typed);
            }
        }
    }
}
