//! What the pages about care homes need at the console.

use crate::desk::port::{
    DeskError, FacilityView, HomesView, ListView, Person, Session, StopAhead, TypedFacility,
    TypedResident, TypedVisit,
};

/// Facilities, and the lists of residents for visits of all spots.
pub trait HomesPlanning {
    /// Visits of all spots and all facilities, with who can be sent.
    ///
    /// # Errors
    /// When the store does not answer.
    fn homes(&self) -> Result<HomesView, DeskError>;
    /// One facility.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn facility(&self, facility: &str) -> Result<FacilityView, DeskError>;
    /// Writes a facility down, or what is known of one otherwise; gives its id.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] with what is missing or cannot be.
    fn keep_facility(
        &self,
        session: &Session,
        facility: Option<&str>,
        typed: &TypedFacility,
    ) -> Result<String, DeskError>;
    /// The stops to which a list can be tied, and the spots that can be sent on another day.
    ///
    /// # Errors
    /// When the store does not answer.
    fn visits_ahead(&self) -> Result<(Vec<StopAhead>, Vec<Person>), DeskError>;
    /// Begins the list of a visit; gives its id.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] with what is missing or cannot be.
    fn plan_visit(
        &self,
        session: &Session,
        facility: &str,
        typed: &TypedVisit,
    ) -> Result<String, DeskError>;
    /// A list.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn residents(&self, list: &str) -> Result<ListView, DeskError>;
    /// Writes somebody on a list.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] with what is missing or cannot be.
    fn list_resident(
        &self,
        session: &Session,
        list: &str,
        typed: &TypedResident,
    ) -> Result<(), DeskError>;
    /// Takes somebody off.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] without a reason, or when they were seen.
    fn take_off(&self, session: &Session, resident: &str, reason: &str) -> Result<(), DeskError>;
    /// Of somebody who is on the lists of several facilities: they live in this one, and are taken off the
    /// others.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn lives_here(&self, session: &Session, resident: &str) -> Result<(), DeskError>;
}
