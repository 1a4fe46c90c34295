//! Real faults against the real programs.
#![expect(
    clippy::unwrap_used,
    reason = "a test that unwraps fails where it should"
)]

mod clock;
mod cuts;
mod damage;
mod disk;
mod power;
mod satellite;
mod syscalls;
mod world;
