//! What the pages about tours need at the console.

use vereda_sync::catalogue::Words;

use crate::desk::port::{
    CalendarView, DeskError, Person, Session, TourRow, TourView, TypedBooking, TypedStop,
};

/// Tours of all spots, planned here or there, and who is booked at their stops.
pub trait Planning {
    /// Tours that are not over by day, then those that are, the latest first; and who can be sent on one.
    ///
    /// # Errors
    /// When the store does not answer.
    fn planned(&self) -> Result<PlannedTours, DeskError>;
    /// A month of all tours, `yyyy-mm`; this month without, or where there is none such.
    ///
    /// # Errors
    /// When the store does not answer.
    fn tour_month(&self, month: Option<&str>) -> Result<CalendarView, DeskError>;
    /// One tour.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn planned_tour(&self, tour: &str) -> Result<TourView, DeskError>;
    /// Plans a tour of a spot with its first stop; gives its id.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] with what is missing or cannot be.
    fn plan_tour(
        &self,
        session: &Session,
        spot: &str,
        first: &TypedStop,
    ) -> Result<String, DeskError>;
    /// Plans a stop: another one, or one that is there otherwise.
    ///
    /// # Errors
    /// As [`Planning::plan_tour`]; when the vehicle planned the tour, or held the stop already.
    fn plan_stop(
        &self,
        session: &Session,
        tour: &str,
        stop: Option<&str>,
        typed: &TypedStop,
    ) -> Result<(), DeskError>;
    /// A stop does not take place.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] without a reason.
    fn cancel_stop(
        &self,
        session: &Session,
        tour: &str,
        stop: &str,
        reason: &str,
    ) -> Result<(), DeskError>;
    /// Takes back what the hub said of a stop.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn undo_mark(&self, session: &Session, tour: &str, mark: &str) -> Result<(), DeskError>;
    /// The services that somebody can be booked for, by id and name.
    ///
    /// # Errors
    /// When the store does not answer.
    fn services(&self) -> Result<Vec<(String, Words)>, DeskError>;
    /// Books somebody at a stop.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] with what is missing or cannot be.
    fn book(
        &self,
        session: &Session,
        tour: &str,
        stop: &str,
        typed: &TypedBooking,
    ) -> Result<(), DeskError>;
    /// Withdraws a booking.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] without a reason, or when they came.
    fn withdraw_booking(
        &self,
        session: &Session,
        booking: &str,
        reason: &str,
    ) -> Result<(), DeskError>;
}

/// Tours of all spots.
#[derive(Debug, Clone, Default)]
pub struct PlannedTours {
    /// Those that are not over, by their first day; at most 200.
    pub ahead: Vec<TourRow>,
    /// Those that are, the latest first; at most 50.
    pub past: Vec<TourRow>,
    /// The spots that can be sent on one, by id and name.
    pub spots: Vec<Person>,
}
