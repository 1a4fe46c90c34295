//! The one executable of Vereda: its roles, spot and hub, and the commands of
//! those who run them. [`node`] is what both roles have in common; [`desk`] and
//! [`console`] are what people use; [`exchange`] is how they become equal and [`link`] the way
//! between them; [`agencies`] are told by the hub what was asked of them; [`store`] is where everything is kept.

mod accept;
pub mod agencies;
pub mod audit;
pub mod authority;
pub mod bundle;
pub mod catalogue;
pub mod clock;
pub mod commands;
mod condition;
pub mod config;
pub mod console;
pub mod courier;
pub mod desk;
pub mod diagnosis;
mod disk;
pub mod enrolment;
pub mod errands;
pub mod exchange;
mod fleet;
mod help;
mod homes;
pub mod keep;
pub mod lan;
pub mod link;
pub mod node;
mod occurrences;
pub mod orders;
pub mod people;
mod post;
pub mod roster;
mod sealed_file;
pub mod serve;
pub mod staff;
pub mod store;
pub mod surroundings;
mod told;
mod tours;
pub mod training;
pub mod updates;
pub mod verification;
mod whole;
mod written;
