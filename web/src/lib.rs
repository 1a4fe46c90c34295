//! What people see: the desk of the mediator, the screen of the citizen, the
//! console of the hub, the state of a receipt. Pages are rendered here from views; what the views hold
//! comes through ports ([`desk::port::Desk`], [`citizen::port::CitizenScreens`],
//! [`console::port::Console`], [`verify::port::Receipts`]) that the node implements.
//!
//! Reading order: [`place`] (whose day it is), [`guard`] (who gets in), `gate` (sessions and forms), `layout`
//! and [`words`] (how pages and values look), then a surface.

pub mod access;
pub mod assets;
pub mod citizen;
pub mod console;
pub mod desk;
pub mod guard;
pub mod map;
pub mod moment;
pub mod own_pin;
pub mod place;
pub mod texts;
pub mod verify;
pub mod words;

mod accessibility;
mod assessment;
mod complaint;
mod gate;
mod home;
mod layout;
mod lookup;
mod occurrence;
mod plain;
#[cfg(test)]
mod router_tests;
#[cfg(test)]
mod samples;
mod shot;
mod sign_in;
mod ticket;
mod tour;

pub use gate::MAX_FORM_BYTES;
pub use guard::HostGuard;
pub use tour::calendar;
