//! The citizen's screen: follows the desk live, reveals, confirms.

pub mod port;
