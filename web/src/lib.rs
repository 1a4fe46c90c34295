//! What people see: the desk of the mediator, the screen of the citizen, the
//! console of the hub. Pages are rendered here from views; what the views hold
//! comes through ports ([`desk::port::Desk`], [`citizen::port::CitizenScreens`],
//! [`console::port::Console`]) that the node implements.

pub mod citizen;
pub mod console;
pub mod desk;
pub mod moment;
