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
    /// The day as a copy has it, by the code of its spot, to be printed. Nothing of it is kept here.
    ///
    /// # Errors
    /// As [`Keeping::recover`].
    fn day_of_copy(
        &self,
        session: &Session,
        copy: &str,
        code: &str,
    ) -> Result<DayOfCopy, DeskError>;
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

/// The day of a spot, as a copy has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayOfCopy {
    /// What the spot is called.
    pub spot: String,
    /// Of when the copy is.
    pub at: Moment,
    /// `yyyy-mm-dd`.
    pub day: String,
    /// The stops of that day.
    pub stops: Vec<DayStop>,
    /// Who was being served (empty: not known yet), by whom, since when.
    pub open: Vec<(String, String, Moment)>,
    /// The numbers that were given: with the service, and when.
    pub recorded: Vec<(String, String, Moment)>,
    /// The till: its day, whether it was closed, what is to be in it in cents.
    pub till: Option<(String, bool, i64)>,
}

/// A stop of that day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayStop {
    /// `10:00–12:00`.
    pub hours: String,
    /// Where.
    pub place: String,
    /// It was held, or does not take place.
    pub over: bool,
    /// Who is still to come there.
    pub awaited: Vec<Awaited>,
}

/// Somebody who is booked and has not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// `hh:mm`.
    pub hour: String,
    /// The name.
    pub name: String,
    /// The telephone, or empty.
    pub phone: String,
    /// The service, or empty.
    pub service: String,
}

/// Where an attendance comes from that was brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The spot, as people call it.
    pub spot: String,
    /// Of when the copy was.
    pub at: Moment,
}
