//! What a spot holds its own service against. Only those who work there read it: it is in Portuguese
//! alone.

use serde::{Deserialize, Serialize};

/// One standard of service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Standard {
    /// Stable id, `a-z0-9-`: it is the same standard from one assessment to the next.
    pub id: String,
    /// The sentence that holds or does not.
    pub text: String,
    /// What to look at, to know.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// The figure that tells. Without, somebody looks and says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
    /// What the figure is to reach, in the measure's unit: at most so many minutes, at least so many
    /// of a hundred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<u32>,
}

/// Figures that a spot has by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Half of those with a turn waited so long or less, in minutes.
    WaitMedian,
    /// Whoever waited longest, in minutes.
    WaitLongest,
    /// Half of the attendances took so long or less, in minutes.
    DurationMedian,
    /// Complaints of which the answer came in its term, of a hundred that were answered or are late.
    ComplaintsInTerm,
    /// Good faces of a hundred that were given.
    GoodFaces,
}

impl Measure {
    /// Of a hundred: the target is the least. Else minutes: it is the most.
    #[must_use]
    pub fn is_share(self) -> bool {
        matches!(self, Self::ComplaintsInTerm | Self::GoodFaces)
    }

    /// Whether a figure reaches the target.
    #[must_use]
    pub fn reaches(self, figure: u32, target: u32) -> bool {
        match self.is_share() {
            true => figure >= target,
            false => figure <= target,
        }
    }
}

impl Standard {
    /// Most of a catalogue.
    pub const MOST: usize = 40;
    /// The longest sentence, in characters.
    pub const LONGEST_CHARS: usize = 300;
    /// The longest time that a target may be, in minutes: a day.
    pub const LONGEST_MINUTES: u32 = 24 * 60;

    /// The figure that tells, and what it is to reach.
    #[must_use]
    pub fn measured(&self) -> Option<(Measure, u32)> {
        self.measure.zip(self.target)
    }
}
