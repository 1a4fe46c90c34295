//! Real faults against the real programs.
#![expect(
    clippy::unwrap_used,
    reason = "a test that unwraps fails where it should"
)]

mod disk;
mod power;
mod syscalls;
mod world;
