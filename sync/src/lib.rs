//! What Vereda exists for, without input or output: records, the operations of
//! the desk, conflicts, the journal and the protocol that merges it.
//!
//! Nothing here opens a file or a socket, reads a clock or draws a random
//! number: time, randomness and bytes are passed in, effects are returned. So
//! the whole of it runs under a simulator, and the same input always gives the
//! same bytes.
//!
//! Reading order: [`catalogue`] (what can be asked for), [`record`] (what is
//! written down), [`journal`] (how it is kept), [`exchange`] (how it travels),
//! [`bundle`] (how it travels where there is no link), [`guard`] (what is let in),
//! [`conflict`] and [`duplicate`] (what happens when two spots wrote apart).

pub mod anonymity;
pub mod answer;
pub mod audit;
pub mod bundle;
pub mod catalogue;
pub mod check;
pub mod condition;
pub mod conflict;
pub mod day;
pub mod duplicate;
pub mod enrolment;
pub mod erasure;
pub mod exchange;
pub mod guard;
pub mod hlc;
pub mod id;
pub mod journal;
pub mod money;
pub mod number;
pub mod record;
pub mod text;
mod varint;
pub mod verification;
