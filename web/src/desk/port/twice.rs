//! What the pages need for a request that seems to be made twice, at two spots that heard of each other.

use super::{DeskError, RequestRow, Session};

/// The same person seems to have asked for the same at another spot. A desk compares, has the citizen withdraw one, or leaves
/// both and says why; what the hub's operator decides later counts.
pub trait MadeTwice {
    /// Both stay, for that reason: this desk is told no more of those two.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] without a reason, or when they are not alike any more; [`DeskError::NotFound`].
    fn leave_both(
        &self,
        session: &Session,
        request: &str,
        other: &str,
        reason: &str,
    ) -> Result<(), DeskError>;
}

/// Another request that seems to be the same.
#[derive(Debug, Clone)]
pub struct Twice {
    /// It.
    pub other: RequestRow,
    /// Why it seems so, a line each, in Portuguese.
    pub why: Vec<String>,
}

/// A request of this spot that seems to be made at another one too.
#[derive(Debug, Clone)]
pub struct TwiceHere {
    /// Ours.
    pub row: RequestRow,
    /// The other.
    pub other: RequestRow,
}
