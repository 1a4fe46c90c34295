//! What happens in a world: drawn from a seed before anything runs, so that it can be
//! listed, and run again with some of it left out.

use std::fmt;

use vereda_tests::invented::Seeded;

use crate::site::{MAX_SPOTS, SCOPES};

/// A world and what happens in it.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// The scopes of each spot.
    pub(crate) spots: Vec<Vec<String>>,
    /// Each with its own chance, so that leaving one out changes no other.
    pub(crate) operations: Vec<(u64, Operation)>,
}

/// Something that happens. Its numbers pick among what is there at that moment, so that
/// it means something whatever was left out before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// A citizen is served at a spot, so far.
    Serve { at: u64, citizen: u64, until: Until },
    /// A field of a recorded request is corrected.
    Correct {
        at: u64,
        request: u64,
        field: u64,
        value: u64,
    },
    /// A note is added to a recorded request.
    Note { at: u64, request: u64 },
    /// An operator decides a conflict.
    Decide { conflict: u64, keep: u64 },
    /// A spot begins to exchange with the hub; so many messages pass.
    Meet { at: u64, messages: u64 },
    /// Two spots meet with no hub; so many messages pass.
    Near { at: u64, with: u64, messages: u64 },
    /// A spot packs for the hub what that did not acknowledge, and receipts for others, onto a
    /// stick, in parts of so many bytes.
    Pack {
        at: u64,
        stick: u64,
        all: bool,
        bytes: u64,
    },
    /// What is on a stick is handed to a machine, in any order.
    Plug { stick: u64, at: Port, fate: Fate },
    /// A spot hands in at the hub what it carries for others: so many parts, and of the last
    /// one so many thousandths.
    HandIn { at: u64, parts: u64, reach: u64 },
    /// The hub's store is copied off its disk.
    Archive,
    /// A spot asks what the hub has archived, or not, and lets go of what was not touched for so
    /// many milliseconds.
    Purge { at: u64, asks: bool, age_ms: i64 },
    /// Exchanges and meetings that are under way go on, in any order, for so many messages.
    Go { messages: u64 },
    /// A line breaks. What was under way to the hub is lost, or still comes, later.
    Cut { line: u64, late: bool },
    /// A machine loses power.
    Crash { at: u64 },
    /// A machine loses power while it writes: so many thousandths of that reach the disk.
    Tear { at: u64, request: u64, reach: u64 },
    /// A second machine starts from a copy of a spot's disk.
    Clone { at: u64 },
    /// A disk is copied.
    BackUp { at: u64 },
    /// A disk is put back as it was copied.
    Restore { copy: u64 },
    /// A machine's clock is set: so many milliseconds from what is right.
    Skew { at: u64, by_ms: i64 },
    /// A spot is enrolled for one scope more, or for the same ones in another order.
    Rescope { at: u64 },
    /// The derived tables of a machine are made anew.
    Rebuild { at: u64 },
    /// A citizen of any region is looked up at a spot.
    LookUp { at: u64, citizen: u64 },
}

/// Where a stick is plugged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Port {
    Hub,
    /// Where it was packed last.
    Packer,
    Spot(u64),
}

/// What becomes of one file of a stick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is read as it was written, as all others.
    Whole,
    /// So many thousandths of it can be read.
    Torn(u64),
    /// One of its bits is another.
    Flipped(u64),
    /// It is not handed over.
    Withheld,
}

/// How far a citizen is served before something else happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Until {
    Begun,
    Identified,
    Asked,
    Answered,
    Recorded,
    Left,
}

/// Sizes of parts: of one entry, of some, of all.
const PARTS_BYTES: [u64; 4] = [1, 18 << 10, 20 << 10, 64 << 20];
const YEAR_MS: i64 = 365 * 24 * 3_600_000;
const SKEWS_MS: [i64; 8] = [
    0,
    0,
    -3_600_000,
    90_000,
    -3 * 24 * 3_600_000,
    2 * 24 * 3_600_000,
    10 * YEAR_MS,
    -10 * YEAR_MS,
];

impl Plan {
    /// The plan of a seed.
    pub(crate) fn of(seed: u64) -> Self {
        let mut draw = Seeded::new(seed);
        let scopes = |draw: &mut Seeded| -> Vec<String> {
            match draw.below(4) {
                0 => vec![SCOPES[1].to_owned()],
                1 => SCOPES.map(str::to_owned).to_vec(),
                _ => vec![SCOPES[0].to_owned()],
            }
        };
        let many = 2 + draw.below(MAX_SPOTS as u64 - 1);
        let spots = (0..many).map(|_| scopes(&mut draw)).collect();
        let weights = weights(&mut draw);
        let operations = 16 + draw.below(45);
        let operations = (0..operations).map(|_| (draw.draw(), operation(&mut draw, &weights)));
        Self {
            seed,
            spots,
            operations: operations.collect(),
        }
    }
}

/// How often each kind of operation happens, in the order of [`operation`]. Some worlds are
/// calm and some are not; in some there is hardly ever a line to the hub.
fn weights(draw: &mut Seeded) -> [u64; 22] {
    let disasters = [0, 1, 1, 2, 4][usize::try_from(draw.below(5)).unwrap_or(0)];
    let remote = draw.below(3) / 2;
    let mut often = |most: u64| draw.below(most + 1);
    [
        4 + often(4),
        2 + often(6),
        1 + often(2),
        1 + often(3),
        (6 + often(6)) / (1 + 4 * remote),
        3 + often(9),
        1 + often(4),
        disasters * often(2) / 2,
        disasters * often(2) / 2,
        disasters * often(1) / 2,
        disasters * often(2),
        disasters * often(3) / 2,
        often(1),
        often(1),
        often(1),
        often(6) + 2 * remote,
        often(5) + 3 * remote,
        often(5) + 4 * remote,
        often(3) + remote,
        2 * often(2),
        2 * often(4),
        often(3),
    ]
}

fn operation(draw: &mut Seeded, weights: &[u64]) -> Operation {
    let mut at = draw.below(weights.iter().sum());
    let kind = weights.iter().position(|weight| {
        let here = at < *weight;
        at = at.saturating_sub(*weight);
        here
    });
    let mut any = || draw.draw() >> 32;
    match kind.unwrap_or_default() {
        0 => Operation::Serve {
            at: any(),
            citizen: any() % 8,
            until: match any() % 10 {
                0 => Until::Begun,
                1 => Until::Identified,
                2 => Until::Asked,
                3 => Until::Answered,
                4..8 => Until::Recorded,
                _ => Until::Left,
            },
        },
        1 => Operation::Correct {
            at: any(),
            request: any(),
            field: any(),
            value: any() % 5,
        },
        2 => Operation::Note {
            at: any(),
            request: any(),
        },
        3 => Operation::Decide {
            conflict: any(),
            keep: any(),
        },
        4 => Operation::Meet {
            at: any(),
            messages: match any() % 2 {
                0 => any() % 12,
                _ => 10_000,
            },
        },
        5 => Operation::Go {
            messages: 1 + any() % 8,
        },
        6 => Operation::Cut {
            line: any(),
            late: any() % 2 == 0,
        },
        7 => Operation::Crash { at: any() },
        8 => Operation::Tear {
            at: any(),
            request: any(),
            reach: any() % 1001,
        },
        9 => Operation::Clone { at: any() },
        10 => Operation::BackUp { at: any() },
        11 => Operation::Restore { copy: any() },
        12 => Operation::Skew {
            at: any(),
            by_ms: SKEWS_MS[usize::try_from(any()).unwrap_or(0) % SKEWS_MS.len()],
        },
        13 => Operation::Rescope { at: any() },
        14 => Operation::Rebuild { at: any() },
        15 => Operation::Near {
            at: any(),
            with: any(),
            messages: match any() % 3 {
                0 => any() % 12,
                _ => 10_000,
            },
        },
        16 => Operation::Pack {
            at: any(),
            stick: any(),
            all: any() % 6 == 0,
            bytes: PARTS_BYTES[usize::try_from(any()).unwrap_or(0) % PARTS_BYTES.len()],
        },
        17 => Operation::Plug {
            stick: any(),
            at: match any() % 6 {
                0..2 => Port::Hub,
                2..4 => Port::Packer,
                _ => Port::Spot(any()),
            },
            fate: match any() % 8 {
                0 => Fate::Torn(any() % 1_000),
                1 => Fate::Flipped(any()),
                2 => Fate::Withheld,
                _ => Fate::Whole,
            },
        },
        18 => Operation::HandIn {
            at: any(),
            parts: 1 + any() % 8,
            reach: 1_000 - (any() % 1_400).saturating_sub(400),
        },
        19 => Operation::Archive,
        20 => Operation::Purge {
            at: any(),
            asks: any() % 4 > 0,
            age_ms: match any() % 3 {
                0 => 3_600_000,
                _ => -1,
            },
        },
        _ => Operation::LookUp {
            at: any(),
            citizen: any() % 8,
        },
    }
}

impl Operation {
    /// Whether it moves what is known of the hub, and not only what is on one disk.
    pub(crate) fn moves(self) -> bool {
        matches!(
            self,
            Self::Meet { .. }
                | Self::Near { .. }
                | Self::Plug { .. }
                | Self::HandIn { .. }
                | Self::Purge { .. }
                | Self::Go { .. }
                | Self::Crash { .. }
                | Self::Tear { .. }
                | Self::Restore { .. }
                | Self::Rescope { .. }
        )
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
