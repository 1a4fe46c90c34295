//! One value that somebody stated, and how we know it.

use serde::{Deserialize, Serialize};

/// How a value came to be known. The screens mark every field with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provenance {
    /// Read from the chip of the citizen's card.
    Chip,
    /// Typed at the desk.
    Typed,
    /// Written by the citizen, on the screen on their side.
    Citizen,
    /// Photographed or scanned at the desk.
    Scanned,
    /// Copied from an earlier step or record.
    Copied,
    /// Decided by an operator at the hub.
    Decided,
}

impl Provenance {
    /// The word stored in records; never shown to people.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Chip => "chip",
            Self::Typed => "typed",
            Self::Citizen => "citizen",
            Self::Scanned => "scanned",
            Self::Copied => "copied",
            Self::Decided => "decided",
        }
    }

    /// The inverse of [`Provenance::code`]. A code of a newer version reads as
    /// [`Provenance::Typed`], the weakest claim.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code {
            "chip" => Self::Chip,
            "citizen" => Self::Citizen,
            "scanned" => Self::Scanned,
            "copied" => Self::Copied,
            "decided" => Self::Decided,
            _ => Self::Typed,
        }
    }
}

/// A value with its provenance, as drafts and forms carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The value in its canonical form (dates `yyyy-mm-dd`, numbers without
    /// spaces, money in euros `1250.00`, choices by their id).
    pub value: String,
    /// How it is known.
    pub provenance: Provenance,
}
