//! What the pages about occurrences need at the console.

use crate::desk::port::{DeskError, OccurrenceView, Offered, RequestRow, Session, TypedOccurrence};

/// Occurrences: declared here, or by a crew and answered here.
pub trait Declaring {
    /// All, the latest first; what can be offered; and for whose spots one can be.
    ///
    /// # Errors
    /// When the store does not answer.
    fn occurrences(&self) -> Result<OccurrencesAtHub, DeskError>;
    /// One, with the requests that were recorded under it, the latest first, at most 50.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn occurrence(&self, id: &str) -> Result<(OccurrenceView, Vec<RequestRow>), DeskError>;
    /// Declares one for the spots of these scopes. Gives its id.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] with what is missing or cannot be.
    fn declare_occurrence(
        &self,
        session: &Session,
        typed: &TypedOccurrence,
        scopes: &[String],
    ) -> Result<String, DeskError>;
    /// Says that what a crew declared holds: from now on for all spots of its scope.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when the crew ended it.
    fn confirm_occurrence(&self, session: &Session, id: &str) -> Result<(), DeskError>;
    /// Changes the period, the places or the rules of one of the hub's, or of a crew's that it confirmed. What was recorded before stays as it was.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] with what is missing or cannot be, or when it is over.
    fn change_occurrence(
        &self,
        session: &Session,
        id: &str,
        typed: &TypedOccurrence,
        reason: &str,
    ) -> Result<(), DeskError>;
    /// Ends one. What was recorded under it stays as it was.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] without a reason.
    fn end_occurrence(&self, session: &Session, id: &str, reason: &str) -> Result<(), DeskError>;
}

/// What the list at the console shows.
#[derive(Debug, Clone, Default)]
pub struct OccurrencesAtHub {
    /// All of them.
    pub all: Vec<OccurrenceView>,
    /// What is offered.
    pub services: Vec<Offered>,
    /// For the spots of which scopes one can be.
    pub scopes: Vec<String>,
    /// Today, `yyyy-mm-dd`.
    pub today: String,
}
