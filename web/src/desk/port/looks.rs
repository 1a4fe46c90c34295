//! Who looked at whose data at a desk.

use super::{DeskError, Session};
use crate::access::Accessed;

/// The log of a spot.
pub trait Looks {
    /// Writes down that somebody opened a page that says something of somebody; the same page not again at once.
    ///
    /// # Errors
    /// When it cannot be written down. At a desk the page is shown all the same: whoever sits there must be helped.
    fn note_look(&self, session: &Session, accessed: &Accessed) -> Result<(), DeskError>;
}
