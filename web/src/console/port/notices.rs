//! What the pages about notices to the spots need.

use crate::desk::port::{By, DeskError, Person, Session};

/// What the hub tells the spots.
pub trait Notices {
    /// Notices, newest first; at most 50.
    ///
    /// # Errors
    /// When the store does not answer.
    fn notices(&self) -> Result<Vec<NoticeRow>, DeskError>;
    /// One notice, and who has read it.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn notice(&self, notice: &str) -> Result<NoticeView, DeskError>;
    /// The spots that can be told something, by id and name.
    ///
    /// # Errors
    /// When the store does not answer.
    fn spots_to_tell(&self) -> Result<Vec<Person>, DeskError>;
    /// Tells spots something.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when something is missing, or there is no such spot.
    fn tell(&self, session: &Session, told: &Told) -> Result<(), DeskError>;
}

/// A notice as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// What.
    pub text: String,
    /// The last day on which it is shown, `yyyy-mm-dd`.
    pub until: String,
    /// Every page of the desk shows it.
    pub is_urgent: bool,
    /// Ids of the spots; `None`: all.
    pub to: Option<Vec<String>>,
}

/// A notice as a row.
#[derive(Debug, Clone)]
pub struct NoticeRow {
    /// Its id.
    pub id: String,
    /// What it says.
    pub text: String,
    /// Every page of the desk shows it.
    pub is_urgent: bool,
    /// The last day on which it is shown, `yyyy-mm-dd`.
    pub until: String,
    /// That day is gone.
    pub is_over: bool,
    /// Who wrote it.
    pub by: By,
    /// Spots that have read it.
    pub seen: u64,
    /// Spots that it is for and that have not.
    pub missing: u64,
}

/// One notice.
#[derive(Debug, Clone)]
pub struct NoticeView {
    /// As lists show it.
    pub row: NoticeRow,
    /// Who has read it, one of each spot, oldest first.
    pub seen: Vec<By>,
    /// Names of the spots that have not.
    pub missing: Vec<String>,
}
