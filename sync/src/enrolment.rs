//! The code by which a new machine enrols: it says for which node, that whoever has it may, and which authority the hub
//! has to be of, so that nobody can stand in the middle of a first contact.
//!
//! `7KQ4-2ZD8-9M3C-V0TX-51HB`: four letters name the code at the hub, four are its secret, twelve are the beginning of the
//! SHA-256 of the authority's public key (60 bits). Crockford's alphabet, as it is typed from another screen.

use crate::number::letters;

/// Letters of a group.
const GROUP: usize = 4;
/// Letters of a whole code.
const LETTERS: usize = 5 * GROUP;
/// Longest that is looked at of what somebody typed, in bytes.
const MAX_TYPED: usize = 64;

/// A code that enrols one machine, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Names it at the hub; no secret.
    pub handle: String,
    /// What makes it good.
    pub secret: String,
    /// The beginning of what the authority's key is known by, in three groups.
    pub authority: String,
}

impl Code {
    /// A code of that randomness, for the authority whose public key (as its certificate has it) has this SHA-256.
    #[must_use]
    pub fn new(random: [u8; 5], authority: &[u8; 32]) -> Self {
        let drawn = letters(random);
        Self {
            handle: drawn[..GROUP].to_owned(),
            secret: drawn[GROUP + 1..].to_owned(),
            authority: mark(authority),
        }
    }

    /// Reads what was typed, if it can be one: lower case, other hyphens and spaces, and I, L, O for 1, 1, 0 are forgiven.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > MAX_TYPED {
            return None;
        }
        let letter = |c: char| match c.to_ascii_uppercase() {
            'I' | 'L' => Some('1'),
            'O' => Some('0'),
            'U' => None,
            c => Some(c),
        };
        let typed = typed.chars().filter(char::is_ascii_alphanumeric);
        let all: String = typed.map(letter).collect::<Option<_>>()?;
        if all.len() != LETTERS {
            return None;
        }
        let group = |n: usize| &all[n * GROUP..(n + 1) * GROUP];
        Some(Self {
            handle: group(0).to_owned(),
            secret: group(1).to_owned(),
            authority: [group(2), group(3), group(4)].join("-"),
        })
    }

    /// Whether it is for the authority whose public key has this SHA-256.
    #[must_use]
    pub fn is_of(&self, authority: &[u8; 32]) -> bool {
        self.authority == mark(authority)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{}", self.handle, self.secret, self.authority)
    }
}

/// By what two people compare a key on the telephone, of its SHA-256: `7KQ4-2ZD8`.
#[must_use]
pub fn spoken(key: &[u8; 32]) -> String {
    letters([key[0], key[1], key[2], key[3], key[4]])
}

/// The beginning of the SHA-256 of an authority's key: 60 bits in three groups.
fn mark(authority: &[u8; 32]) -> String {
    let part = |at: usize| {
        let mut bytes = [0; 5];
        bytes.copy_from_slice(&authority[at..at + 5]);
        letters(bytes)
    };
    format!("{}-{}", part(0), &part(5)[..GROUP])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_typed_as_people_type() {
        let code = Code::new([1, 2, 3, 4, 5], &[0xa5; 32]);
        assert_eq!(code.to_string(), "0410-6105-MPJT-B9D5-MPJT");
        for typed in [
            "0410-6105-MPJT-B9D5-MPJT",
            " o4io 6lo5 mpjt b9d5 mpjt\n",
            "04106105MPJTB9D5MPJT",
        ] {
            assert_eq!(Code::parse(typed), Some(code.clone()), "{typed}");
        }
        for wrong in ["", "0410-6105", "U410-6105-MPJT-B9D5-MPJT", &"0".repeat(65)] {
            assert_eq!(Code::parse(wrong), None, "{wrong}");
        }
        assert!(code.is_of(&[0xa5; 32]));
        assert!(!code.is_of(&[0xa4; 32]));
        assert_eq!(spoken(&[1; 32]).len(), 9);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(random: [u8; 5], key: [u8; 32]) {
            let code = Code::new(random, &key);
            prop_assert_eq!(Code::parse(&code.to_string()), Some(code.clone()));
            prop_assert!(code.is_of(&key));
        }

        #[test]
        fn whatever_is_typed_breaks_nothing(typed in ".{0,80}") {
            let _ = Code::parse(&typed);
        }
    }
}
