//! Virtual devices *under* the real daemons, for tests and the demonstration.
//!
//! The product never knows: it talks to the real `pcscd`, whose virtual reader
//! holds a card that is played here. Everything runs in a namespace of its own,
//! so that it meets neither a daemon of the machine nor its ports.
//!
//! From a test: [`Devices::start`], then [`Devices::insert`] and so on. By hand:
//! `devices --run-dir DIR`, then the same as lines on its input (`help` lists
//! them). Clients find the daemon by `PCSCLITE_CSOCK_NAME=DIR/pcscd/pcscd.comm`.
//!
//! The cards hold invented people only, in number series that are not given out.

pub mod cc1;
pub mod commands;
mod control;
pub mod fault;
pub mod numbers;
pub mod pcscd;
pub mod people;
pub mod vpcd;

pub use control::{BIN_VARIABLE, Devices, DevicesError, SOCKET_VARIABLE, socket_path};
pub use fault::Fault;
pub use people::Person;
