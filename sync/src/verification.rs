//! What a receipt carries besides its number, so that its state can be asked for by whoever holds it and by nobody
//! else: numbers can be guessed, the id of a record cannot.
//!
//! [`code`] is printed: forty bits that follow from the id and do not tell it. Receipts from before it was carry the
//! beginning of the id in their QR code, `VEREDA:1:NUMBER:BEGINNING`: that is good for the same ([`Check`]).

use sha2::{Digest, Sha256};

use crate::id::RecordId;
use crate::number::letters;

/// Letters and digits of a code.
const CODE: usize = 8;
/// Hexadecimal digits of the beginning of an id, on older receipts.
const BEGINNING: usize = 16;
/// Longest that is looked at of what somebody typed, in bytes.
const MAX_TYPED: usize = 64;
/// How the QR code of an older receipt begins.
const OLDER: &str = "VEREDA:1:";

/// The code of a request, as it is printed: `7KQ4-2ZD8`.
#[must_use]
pub fn code(record: RecordId) -> String {
    let mut hash = Sha256::new();
    hash.update(b"vereda receipt check\0");
    hash.update(record.0);
    let digest = hash.finalize();
    letters([digest[0], digest[1], digest[2], digest[3], digest[4]])
}

/// What somebody shows beside a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// The printed code.
    Code(String),
    /// The beginning of the id, of an older receipt.
    Beginning(String),
}

impl Check {
    /// Reads what was typed or scanned, if it can be one: lower case, other hyphens and spaces, and I, L, O for 1, 1, 0
    /// are forgiven.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > MAX_TYPED {
            return None;
        }
        let compact: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
        if compact.len() == BEGINNING && compact.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Some(Self::Beginning(compact.to_ascii_lowercase()));
        }
        let letter = |c: char| match c.to_ascii_uppercase() {
            'I' | 'L' => Some('1'),
            'O' => Some('0'),
            'U' => None,
            c => Some(c),
        };
        let code: String = compact.chars().map(letter).collect::<Option<_>>()?;
        (code.len() == CODE).then(|| Self::Code(format!("{}-{}", &code[..4], &code[4..])))
    }

    /// Whether it is that record's; as long for one that is not.
    #[must_use]
    pub fn fits(&self, record: RecordId) -> bool {
        match self {
            Self::Code(shown) => same(shown, &code(record)),
            Self::Beginning(shown) => same(shown, &record.to_string()[..BEGINNING]),
        }
    }

    /// As it stands on the receipt.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Code(shown) | Self::Beginning(shown) => shown,
        }
    }
}

/// The number and the check in the QR code of an older receipt.
#[must_use]
pub fn of_older(scanned: &str) -> Option<(&str, &str)> {
    scanned.trim().strip_prefix(OLDER)?.split_once(':')
}

/// What the QR code of a receipt holds: the address of its state, where the hub shows it under one; else number and
/// the beginning of the id, to be typed or scanned there.
///
/// In capitals, which mean the same in the name of a host: of these alone a QR code takes more in fewer, larger squares.
#[must_use]
pub fn qr(address: Option<&str>, number: &str, record: RecordId) -> String {
    match address {
        Some(address) => format!("{}/{number}/{}", address.to_ascii_uppercase(), code(record)),
        None => format!("{OLDER}{number}:{}", &record.to_string()[..BEGINNING]),
    }
}

fn same(a: &str, b: &str) -> bool {
    let differ = a
        .bytes()
        .zip(b.bytes())
        .fold(0, |all, (a, b)| all | (a ^ b));
    a.len() == b.len() && differ == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: RecordId = RecordId([0xa5; 32]);

    #[test]
    fn a_code_is_the_same_for_ever() {
        // Printed on paper: a change of how it is made would make all of it worthless.
        assert_eq!(code(RECORD), "45FY-TN2A");
        assert_ne!(code(RecordId([0xa4; 32])), code(RECORD));
    }

    #[test]
    fn a_code_says_nothing_of_the_id() {
        let (mut near, far) = (RECORD, code(RECORD));
        near.0[31] ^= 1;
        let near = code(near);
        let alike = near.chars().zip(far.chars()).filter(|(a, b)| a == b);
        assert!(alike.count() < 5, "{near} {far}");
    }

    #[test]
    fn what_people_type_is_forgiven_and_another_code_is_not() {
        let printed = code(RECORD);
        for typed in [
            printed.clone(),
            printed.to_lowercase().replace('-', ""),
            format!(" {} ", printed.replace('-', " – ").replace('0', "O")),
        ] {
            assert!(Check::parse(&typed).unwrap().fits(RECORD), "{typed}");
        }
        assert!(!Check::parse("0000-0000").unwrap().fits(RECORD));
        for none in ["", "VP5N", "VP5N-AKDWX", "UUUU-UUUU", &"A".repeat(65)] {
            assert_eq!(Check::parse(none), None, "{none}");
        }
    }

    #[test]
    fn an_older_receipt_is_good_for_the_same() {
        let scanned = qr(None, "M07-7KQ4-2ZD8-6", RECORD);
        let (number, check) = of_older(&scanned).unwrap();
        assert_eq!(number, "M07-7KQ4-2ZD8-6");
        assert!(Check::parse(check).unwrap().fits(RECORD));
        assert!(!Check::parse(check).unwrap().fits(RecordId([0xa4; 32])));
        assert_eq!(of_older("https://exemplo.pt/M07"), None);
        let now = qr(Some("https://exemplo.pt"), number, RECORD);
        assert_eq!(now, format!("HTTPS://EXEMPLO.PT/{number}/{}", code(RECORD)));
    }

    proptest::proptest! {
        #[test]
        fn the_code_of_any_record_is_read_back(id in proptest::array::uniform32(0u8..)) {
            let record = RecordId(id);
            let check = Check::parse(&code(record)).unwrap();
            proptest::prop_assert!(check.fits(record));
            proptest::prop_assert_eq!(check.as_str(), code(record));
        }

        #[test]
        fn reading_never_panics(typed in "\\PC{0,80}") {
            let _ = of_older(&typed);
            if let Some(check) = Check::parse(&typed) {
                let _ = check.fits(RECORD);
                proptest::prop_assert_eq!(Check::parse(check.as_str()), Some(check));
            }
        }
    }
}
