//! Where the machine stood from which a photograph was taken in, as its browser says, with the person's permission.
//!
//! It is no word of the photograph, and is kept beside it as what it is: a position, how far off it may be, and how old it
//! was just then. Written `LAT; LON|ACCURACY_M|AGE_S`.

use crate::record::tour::Position;

/// Longest writing of one, in bytes.
pub const MAX_BYTES: usize = 80;
/// A worse accuracy says nothing, in metres.
const WORST_ACCURACY_M: u32 = 100_000;
/// An older position is no position of the photograph, in seconds.
pub const OLDEST_S: u32 = 600;

/// A position of the machine, when a photograph was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// Where.
    pub position: Position,
    /// How far off that may be, in metres.
    pub accuracy_m: u32,
    /// How old it was, in seconds.
    pub age_s: u32,
}

impl Sighting {
    /// Reads one; `None` of what cannot be: nowhere, off by more than a district, or from before.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let mut parts = text.split('|');
        let position = Position::parse(parts.next()?)?;
        let mut number = || parts.next()?.trim().parse::<u32>().ok();
        let (accuracy_m, age_s) = (number()?, number()?);
        let is_nowhere = position.lat == 0 && position.lon == 0;
        let may_be = !is_nowhere && accuracy_m <= WORST_ACCURACY_M && age_s <= OLDEST_S;
        (may_be && parts.next().is_none()).then_some(Self {
            position,
            accuracy_m,
            age_s,
        })
    }

    /// As [`Sighting::parse`] reads it.
    #[must_use]
    pub fn text(self) -> String {
        format!(
            "{}|{}|{}",
            self.position.text(),
            self.accuracy_m,
            self.age_s
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_browser_says_is_read_and_what_cannot_be_is_not() {
        let there = Sighting::parse("37.319200; -8.555600|12|3").unwrap();
        assert_eq!((there.accuracy_m, there.age_s), (12, 3));
        assert_eq!(Sighting::parse(&there.text()), Some(there));
        for odd in [
            "",
            "37.3; -8.5",
            "37.3; -8.5|12",
            "37.3; -8.5|12|3|4",
            "0; 0|12|3",
            "97.3; -8.5|12|3",
            "37.3; -8.5|-1|3",
            "37.3; -8.5|100001|3",
            "37.3; -8.5|12|601",
            "NaN; NaN|12|3",
        ] {
            assert_eq!(Sighting::parse(odd), None, "{odd}");
        }
        let long = format!("37.3; -8.5|12|{}3", "0".repeat(MAX_BYTES));
        assert_eq!(Sighting::parse(&long), None);
    }

    proptest! {
        #[test]
        fn anything_may_come(text in "\\PC{0,120}") {
            if let Some(read) = Sighting::parse(&text) {
                prop_assert_eq!(Sighting::parse(&read.text()), Some(read));
            }
        }
    }
}
