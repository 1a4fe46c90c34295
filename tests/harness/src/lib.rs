//! The harness of tests and benchmarks: folders on the real disk, spots made of
//! the demonstration's files, programs that end with what started them, a plain
//! HTTP client, invented people. Everything that looks random follows a seed.

pub mod folder;
pub mod http;
pub mod invented;
pub mod program;
pub mod raw;
pub mod satellite;
pub mod spot;
