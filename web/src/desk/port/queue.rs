//! What the queue of a busy stop needs: turns ("senhas") given, called, served.

use super::{DeskError, Session};
use crate::moment::Moment;

/// The queue of this spot, of today.
pub trait Queue {
    /// Gives the next turn; gives its number. When this returns, it is on disk.
    ///
    /// # Errors
    /// When the store does not answer.
    fn give_turn(&self, session: &Session) -> Result<u32, DeskError>;
    /// Calls who waits longest; gives the number, or nothing when nobody waits. Two desks never
    /// call one number.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] while the desk has called somebody who has not come.
    fn call_turn(&self, session: &Session) -> Result<Option<u32>, DeskError>;
    /// Who was called did not come.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when the number was not called, or is served.
    fn drop_turn(&self, session: &Session, number: u32) -> Result<(), DeskError>;
    /// Who was called is here: begins the attendance, with how long they waited; gives its id.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when the number was not called, or is served.
    fn serve_turn(&self, session: &Session, number: u32) -> Result<String, DeskError>;
}

/// The queue as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueView {
    /// How many wait.
    pub waiting: u32,
    /// Who waits longest: the number, and since when.
    pub next: Option<(u32, Moment)>,
    /// Who was called to this desk and has not come yet: the number, and when.
    pub called: Option<(u32, Moment)>,
}
