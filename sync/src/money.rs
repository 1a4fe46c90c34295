//! Euro in whole cents, and cash counted by denomination. Sums are exact; nothing overflows.

use std::collections::BTreeMap;

/// The notes and coins, in cents, largest first.
pub const DENOMINATIONS: [u32; 15] = [
    50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1,
];

/// Most pieces of one denomination that anybody counts.
pub const MAX_PIECES: u32 = 10_000;

/// Largest sum that is read, in cents: nine digits of euros.
pub const MAX_CENTS: u64 = 99_999_999_999;

/// Reads a sum as people write it: `5`, `5,00`, `5.5`, `1 250,50`, `1.250,50 €`. In cents.
///
/// `None`: it is no sum, has more than two decimals, or is more than [`MAX_CENTS`].
#[must_use]
pub fn cents(typed: &str) -> Option<u64> {
    if typed.len() > 32 {
        return None;
    }
    let bare: String = typed
        .trim()
        .trim_end_matches('€')
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    // The last mark parts the cents, if at most two digits are behind it; another the thousands.
    let (whole, mark, rest) = match bare.rfind([',', '.']) {
        Some(at) if bare.len() - at <= 3 => (&bare[..at], bare.get(at..=at), &bare[at + 1..]),
        _ => (bare.as_str(), None, ""),
    };
    let thousands = match (whole.contains(','), whole.contains('.')) {
        (true, true) => return None,
        (true, _) => ",",
        _ => ".",
    };
    let mut groups = whole.split(thousands);
    let first = groups.next()?;
    let mut digits = first.to_owned();
    for group in groups {
        if group.len() != 3 || first.len() > 3 || mark == Some(thousands) {
            return None;
        }
        digits.push_str(group);
    }
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if digits.is_empty() || !is_number(&digits) || !is_number(rest) {
        return None;
    }
    let whole: u64 = digits.parse().ok()?;
    let rest: u64 = format!("{rest:0<2}").parse().ok()?;
    let sum = whole.checked_mul(100)?.checked_add(rest)?;
    (sum <= MAX_CENTS).then_some(sum)
}

/// Cash by denomination: what was counted, piece by piece.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted(BTreeMap<u32, u32>);

impl Counted {
    /// So many pieces of a denomination. `None`: there is no such, or more than
    /// [`MAX_PIECES`] of it.
    #[must_use]
    pub fn with(mut self, denomination: u32, pieces: u32) -> Option<Self> {
        if !DENOMINATIONS.contains(&denomination) || pieces > MAX_PIECES {
            return None;
        }
        match pieces {
            0 => self.0.remove(&denomination),
            _ => self.0.insert(denomination, pieces),
        };
        Some(self)
    }

    /// Pieces of a denomination.
    #[must_use]
    pub fn pieces(&self, denomination: u32) -> u32 {
        self.0.get(&denomination).copied().unwrap_or(0)
    }

    /// The sum, in cents.
    #[must_use]
    pub fn cents(&self) -> u64 {
        let pieces = self.0.iter();
        pieces
            .map(|(denomination, pieces)| u64::from(*denomination) * u64::from(*pieces))
            .sum()
    }

    /// As records hold it: `2000x3 500x1`, largest first.
    #[must_use]
    pub fn encode(&self) -> String {
        let pieces = self.0.iter().rev();
        let each: Vec<String> = pieces.map(|(d, n)| format!("{d}x{n}")).collect();
        each.join(" ")
    }

    /// The inverse of [`Counted::encode`].
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        text.split_whitespace()
            .try_fold(Self::default(), |counted, each| {
                let (denomination, pieces) = each.split_once('x')?;
                counted.with(denomination.parse().ok()?, pieces.parse().ok()?)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_as_people_write_them() {
        for (typed, is) in [
            ("5", Some(500)),
            ("5,00", Some(500)),
            ("5.5", Some(550)),
            (" 1 250,50 €", Some(125_050)),
            ("1.250,50", Some(125_050)),
            ("1.250", Some(125_000)),
            ("1,250.50", Some(125_050)),
            ("0,05", Some(5)),
            ("5,", Some(500)),
            ("999999999,99", Some(MAX_CENTS)),
            ("1000000000", None),
            ("5,000,1", None),
            ("12.50.00", None),
            ("1250.500", None),
            ("-5", None),
            ("", None),
            ("€", None),
            ("5 euros", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(cents(typed), is, "{typed:?}");
        }
    }

    #[test]
    fn what_was_counted_is_read_back_and_bounded() {
        let counted = Counted::default().with(2_000, 3).unwrap();
        let counted = counted.with(1, 7).unwrap().with(500, 0).unwrap();
        assert_eq!(
            (counted.cents(), counted.encode().as_str()),
            (6_007, "2000x3 1x7")
        );
        assert_eq!(Counted::decode(&counted.encode()), Some(counted));
        for wrong in ["3x1", "2000", "2000x-1", "2000x10001", "x"] {
            assert_eq!(Counted::decode(wrong), None, "{wrong}");
        }
        let most = DENOMINATIONS
            .iter()
            .try_fold(Counted::default(), |c, d| c.with(*d, MAX_PIECES));
        assert_eq!(most.unwrap().cents(), 888_880_000);
    }

    proptest::proptest! {
        #[test]
        fn reading_a_sum_never_panics(typed in "\\PC{0,40}") {
            if let Some(cents) = cents(&typed) {
                proptest::prop_assert!(cents <= MAX_CENTS);
            }
        }
    }
}
