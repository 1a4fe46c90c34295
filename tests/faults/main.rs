//! Real faults against the real programs. Which case is shown by which test: `README.md` here.
#![expect(
    clippy::unwrap_used,
    reason = "a test that unwraps fails where it should"
)]

mod clock;
mod cuts;
mod damage;
mod disk;
mod list;
mod nearby;
mod power;
mod satellite;
mod syscalls;
mod world;
