//! node
pub mod clock;
pub mod config;
pub mod node;
pub mod staff;
pub mod store;
pub mod desk; pub mod people;
