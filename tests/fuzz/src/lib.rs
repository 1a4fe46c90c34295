//! Every decoder of bytes from outside, one file each: what it is given, and what must hold.
//!
//! A target takes any bytes. Where the product would turn most of them away at a checksum, the
//! target puts the right one on, as a hostile peer can, so that depth is reached. It panics when
//! something is wrong with the product; what the product contains (a panic inside Automerge, in
//! [`change`]) is contained here too.
//!
//! Two engines drive the targets. `cargo nextest run -p vereda-fuzz` mutates the corpus without
//! looking at coverage, a bounded number of times, the same in every run. `cargo xtask fuzz
//! [TARGET] [--minutes N]` is libFuzzer, guided by coverage, on the stable compiler.

#![expect(
    clippy::unwrap_used,
    reason = "what a target makes itself is right, or the target is wrong"
)]

pub mod card;
pub mod catalogue;
pub mod change;
pub mod condition;
pub mod config;
pub mod copy;
pub mod corpus;
pub mod frame;
pub mod frontier;
mod invented;
pub mod message;
pub mod mutate;
pub mod packed;
pub mod seal;
pub mod typed;
pub mod wire;

/// A target: its name, what it does with an input, good inputs to begin from, and how many
/// mutated ones a short run tries.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// As on the command line; also its folder in the corpus.
    pub name: &'static str,
    /// Panics when the product is wrong.
    pub case: fn(&[u8]),
    /// Inputs that the product takes, made of invented data.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Cases of a short run.
    pub cases: u32,
}

macro_rules! targets {
    ($($name:ident: $cases:literal),* $(,)?) => {
        /// All of them.
        pub const TARGETS: &[Target] = &[
            $(Target { name: stringify!($name), case: $name::case, seeds: $name::seeds, cases: $cases }),*
        ];
    };
}

targets! {
    copy: 4_000,
    message: 60_000,
    wire: 10_000,
    packed: 10_000,
    frame: 4_000,
    change: 4_000,
    frontier: 40_000,
    seal: 1_500,
    catalogue: 600,
    condition: 40_000,
    config: 4_000,
    card: 30_000,
    typed: 5_000,
}
