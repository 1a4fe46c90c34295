//! What the page about memory sticks needs.

use super::{DeskError, Session};
use crate::moment::Moment;

/// Work that goes to the hub on a stick, and what comes back on one.
pub trait Sticks {
    /// The sticks that are plugged in, and what is done with one.
    ///
    /// # Errors
    /// When the system does not say what is plugged in.
    fn sticks(&self) -> Result<SticksView, DeskError>;
    /// Begins to put what the hub has not acknowledged on that stick, beside what the desk goes on doing.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when it is gone, [`DeskError::NotNow`] while one is worked on.
    fn save_to(&self, session: &Session, stick: &str) -> Result<(), DeskError>;
    /// Begins to take in what is on that stick: receipts of the hub, and work of others to be carried on.
    ///
    /// # Errors
    /// As [`Sticks::save_to`].
    fn read_from(&self, session: &Session, stick: &str) -> Result<(), DeskError>;
}

/// What is plugged in.
#[derive(Debug, Clone)]
pub struct SticksView {
    /// By name.
    pub sticks: Vec<Stick>,
    /// What is done, or was done last.
    pub work: Option<StickWork>,
    /// Why nothing can be put on a stick here; `None` when it can.
    pub cannot: Option<String>,
}

/// A stick.
#[derive(Debug, Clone)]
pub struct Stick {
    /// By this it is told from the others.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whether it can be written.
    pub writable: bool,
    /// Bytes that are free.
    pub free: Option<u64>,
    /// Parts of bundles that are on it, of whatever node.
    pub parts: u64,
    /// Receipts that are on it.
    pub receipts: u64,
}

/// What is done with a stick.
#[derive(Debug, Clone)]
pub struct StickWork {
    /// Its name.
    pub stick: String,
    /// Since when.
    pub since: Moment,
    /// How far it is.
    pub state: StickState,
}

/// How far the work with a stick is.
#[derive(Debug, Clone)]
pub enum StickState {
    /// It is being written.
    Saving,
    /// It is being read.
    Reading,
    /// All is on it.
    Saved(SavedOn),
    /// All was read.
    Read(Vec<ReadFile>),
    /// It broke off, and why.
    Failed(String),
}

/// What was put on a stick.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SavedOn {
    /// Files with work, and how many of them were there whole already.
    pub parts: usize,
    /// See `parts`.
    pub kept: usize,
    /// Changes in them.
    pub changes: u64,
    /// Photographs in them.
    pub photographs: u64,
    /// Receipts for other spots.
    pub receipts: usize,
}

/// What became of a file of a stick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFile {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub became: Became,
}

/// What becomes of a file that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// Work of another spot: it goes on with this one.
    Carried {
        /// Whose.
        node: String,
        /// It was not here before.
        new: bool,
    },
    /// Work of this spot.
    Own,
    /// The hub holds so much of what was written here.
    Receipt {
        /// Changes, from the first.
        changes: u64,
        /// That was not known.
        new: bool,
    },
    /// A receipt for another spot: it goes on with this one.
    ReceiptCarried {
        /// Whose.
        node: String,
        /// It was not here before.
        new: bool,
    },
    /// The hub ordered this spot something: it does it.
    Ordered,
    /// For another spot, or for the hub: it stays on the stick for them.
    Passes,
    /// It was not taken, and what to do.
    Refused(String),
}
