//! What the pages need for people of one household who are served together.

use super::{DeskError, RequestRow, Session};

/// Several people of one household in one conversation: each has an attendance, a confirmation and requests of their own;
/// what is of the house is asked once.
pub trait Households {
    /// Begins an attendance of somebody else of the household of whom that attendance is. A second click gives what the
    /// first began. Gives its id.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it is not known yet who is served, or there are too many; [`DeskError::NotFound`].
    fn begin_beside(&self, session: &Session, attendance: &str) -> Result<String, DeskError>;
}

/// Somebody else of the household.
#[derive(Debug, Clone)]
pub struct Member {
    /// Their attendance.
    pub attendance: String,
    /// Their name, once known.
    pub citizen: Option<String>,
    /// Whether the attendance was closed.
    pub closed: bool,
    /// What they asked for.
    pub requests: Vec<RequestRow>,
}

/// A request of somebody else of the household.
#[derive(Debug, Clone)]
pub struct OfHousehold {
    /// It.
    pub row: RequestRow,
    /// It is for the same as the one that is looked at, which is given once to a household.
    pub repeats: bool,
}
