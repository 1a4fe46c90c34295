//! The desk of the mediator.

pub mod port;
