//! What can be wrong with a virtual card.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// One fault of one card, for as long as it is in the reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// A card in order.
    #[default]
    None,
    /// Keeps silent for ever after that many APDUs.
    Stall(u32),
    /// Is pulled out after that many APDUs.
    Pull(u32),
    /// Its identity file holds noise.
    Garbage,
    /// It announces an identity file of 16 MB.
    Oversized,
    /// Its identity file ends before the size it announces.
    Truncated,
    /// Its trace file says that it was never activated.
    Inactive,
    /// It is no citizen card at all: another ATR, no application.
    Unknown,
    /// It is a citizen card of 2024.
    SecondGeneration,
    /// It answers, but only after so many milliseconds each time.
    Slow(u32),
}

/// A fault that is not known, or one without its number.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "unknown fault: {0} (stall N, pull N, slow MS, garbage, oversized, truncated, blocked, unknown, cc2)"
)]
pub struct UnknownFault(String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let unknown = || UnknownFault(text.to_owned());
        let mut words = text.split_whitespace();
        let name = words.next();
        let mut number = || {
            words
                .next()
                .and_then(|word| word.parse().ok())
                .ok_or_else(unknown)
        };
        let fault = match name {
            None | Some("none") => Self::None,
            Some("stall") => Self::Stall(number()?),
            Some("pull") => Self::Pull(number()?),
            Some("slow") => Self::Slow(number()?),
            Some("garbage") => Self::Garbage,
            Some("oversized") => Self::Oversized,
            Some("truncated") => Self::Truncated,
            Some("blocked" | "inactive") => Self::Inactive,
            Some("unknown") => Self::Unknown,
            Some("cc2") => Self::SecondGeneration,
            Some(_) => return Err(unknown()),
        };
        if words.next().is_some() {
            Err(unknown())
        } else {
            Ok(fault)
        }
    }
}

/// The words that [`Fault::from_str`] takes.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Stall(after) => write!(f, "stall {after}"),
            Self::Pull(after) => write!(f, "pull {after}"),
            Self::Slow(ms) => write!(f, "slow {ms}"),
            Self::Garbage => f.write_str("garbage"),
            Self::Oversized => f.write_str("oversized"),
            Self::Truncated => f.write_str("truncated"),
            Self::Inactive => f.write_str("blocked"),
            Self::Unknown => f.write_str("unknown"),
            Self::SecondGeneration => f.write_str("cc2"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_faults_are_the_same() {
        for text in [
            "none",
            "stall 7",
            "pull 3",
            "slow 40",
            "garbage",
            "oversized",
            "truncated",
            "blocked",
            "unknown",
            "cc2",
        ] {
            assert_eq!(
                text.parse::<Fault>()
                    .map(|fault| fault.to_string())
                    .as_deref(),
                Ok(text)
            );
        }
        for text in ["stall", "stall x", "pull 1 2", "melt"] {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
        assert_eq!("".parse(), Ok(Fault::None));
    }
}
