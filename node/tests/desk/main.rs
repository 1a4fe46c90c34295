//! The contract of the ports that pages use, held against the real node: what
//! returned `Ok` is there after the process is gone; what is wrong is told
//! where; nobody confirms or decides what they did not see.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod abroad;
mod assessments;
mod cases;
mod catalogue;
mod complaints;
mod consent;
mod console;
mod declaration;
mod desks;
mod forms;
mod help;
mod homes;
mod household;
mod keep;
mod lan;
mod lost;
mod occurrences;
mod outcome;
mod packs;
mod papers;
mod people;
mod photos;
mod queue;
mod representation;
mod roles;
mod screens;
mod staff;
mod statistics;
mod store;
mod support;
mod tills;
mod tours;
mod training;
mod undo;
mod voice;
mod writing;
