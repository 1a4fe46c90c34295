//! Devices of a spot: a port each, pure parsers, one real driver each.
//!
//! A port returns evidence, not a boolean: the card's port says whether a
//! daemon, a reader and a card are there, how far the reading is, what was read
//! or why not. An absent device is a state, never an error of the program.
//!
//! The card, the memory sticks that are plugged in, and the battery. Printer, position and scanner come as
//! siblings of [`card`]. Simulated devices stand *under* the real daemons (see the
//! `vereda-devices` crate), so nothing in here knows of simulation.

pub mod card;
pub mod power;
pub mod stick;
