//! What the pages about the copy of what is being typed need.

use super::{DeskError, Session};
use crate::moment::Moment;

/// A copy of what is being typed, kept off the node, and what comes back from one.
pub trait Keeping {
    /// How it stands with the copy; `None` where none is kept.
    fn keeping(&self) -> Option<KeepView>;
    /// Makes a new recovery code in place of the one before; it is shown this once.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] where no copy is kept, and at any desk but the node's own.
    fn new_recovery_code(&self, session: &Session) -> Result<String, DeskError>;
    /// The copies that lie on what is plugged in, the newest first.
    ///
    /// # Errors
    /// When the system does not say what is plugged in.
    fn copies(&self) -> Result<Vec<CopyRow>, DeskError>;
    /// Brings the conversations of a copy back here, by the code of its spot; gives how many.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when the code does not open it, or all of it is here;
    /// [`DeskError::NotFound`] when it is gone.
    fn recover(&self, session: &Session, copy: &str, code: &str) -> Result<usize, DeskError>;
}

/// How it stands with the copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepView {
    /// When the last one was made.
    pub last: Option<Moment>,
    /// Since when something was typed that is in no copy, where that is too long.
    pub lacking: Option<Moment>,
    /// Why none is made, and what to do.
    pub trouble: Option<String>,
    /// It lies on the disk of the node itself.
    pub on_same_disk: bool,
    /// A recovery code opens it.
    pub by_code: bool,
    /// The hub opens it.
    pub by_hub: bool,
}

/// A copy on something that is plugged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyRow {
    /// By this it is told from the others.
    pub id: String,
    /// What the spot that it is of is called.
    pub spot: String,
    /// Of when.
    pub at: Moment,
    /// It is of this spot.
    pub is_own: bool,
}

/// Where an attendance comes from that was brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The spot, as people call it.
    pub spot: String,
    /// Of when the copy was.
    pub at: Moment,
}
