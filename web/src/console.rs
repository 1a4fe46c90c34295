//! The hub console: what disagrees, and who decides.

pub mod port;
