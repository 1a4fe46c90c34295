//! What the pages about complaints need, at the desk and at the console.

use super::{By, DeskError, RequestRow, Session};

/// Longest answer that is written down, in characters.
pub const MAX_REPLY_CHARS: usize = 8_000;

/// The complaint log of a spot: requests that are to be answered within a term of the catalogue.
pub trait Complaints {
    /// Complaints recorded here: those that wait by the day on which their term ends, then the others,
    /// newest first; at most 100.
    ///
    /// # Errors
    /// When the store does not answer.
    fn complaints(&self, session: &Session) -> Result<Vec<ComplaintRow>, DeskError>;
    /// One complaint with its answers.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when that request needs no answer.
    fn complaint(&self, session: &Session, request: &str) -> Result<ComplaintView, DeskError>;
    /// Writes an answer down: on which day (`yyyy-mm-dd`), by whom and what.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when something is missing, or the day cannot be.
    fn keep_reply(
        &self,
        session: &Session,
        request: &str,
        on: &str,
        from: &str,
        text: &str,
    ) -> Result<(), DeskError>;
}

/// How a complaint stands with its term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The last day, `yyyy-mm-dd`.
    pub due: String,
    /// Working days until then from today: 0 on the last day, negative once as many are gone since.
    pub days_left: i64,
    /// The last day is gone.
    pub is_over: bool,
    /// The day on which it was answered.
    pub answered: Option<String>,
    /// It was withdrawn: nobody has to answer.
    pub is_withdrawn: bool,
}

impl Term {
    /// Nobody answered, and the term goes on or is over.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.answered.is_none() && !self.is_withdrawn
    }

    /// The answer came after the term, or has not come and the term is over.
    #[must_use]
    pub fn is_late(&self) -> bool {
        match &self.answered {
            Some(day) => *day > self.due,
            None => self.is_open() && self.is_over,
        }
    }
}

/// A complaint as a row.
#[derive(Debug, Clone)]
pub struct ComplaintRow {
    /// The request that it is.
    pub row: RequestRow,
    /// Its term.
    pub term: Term,
}

/// One complaint.
#[derive(Debug, Clone)]
pub struct ComplaintView {
    /// The request that it is.
    pub row: RequestRow,
    /// The day on which it was recorded, `yyyy-mm-dd`.
    pub recorded_on: String,
    /// Its term.
    pub term: Term,
    /// What was answered, by day.
    pub replies: Vec<ReplyView>,
    /// The language that the citizen reads on the screen, by its code in [`crate::texts::LANGUAGES`].
    pub language: String,
}

/// An answer as it was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyView {
    /// The day on which it was given, `yyyy-mm-dd`.
    pub on: String,
    /// The hub wrote it down, and not a spot.
    pub is_of_hub: bool,
    /// Who answered.
    pub from: String,
    /// What.
    pub text: String,
    /// Who wrote it down.
    pub by: By,
}
