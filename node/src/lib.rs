//! node
pub mod authority;
pub mod clock;
pub mod config;
pub mod link;
pub mod node;
pub mod staff;
pub mod store;
