//! What a desk does with a request beyond filling it in: the citizen withdraws it, somebody is to look
//! again, it came back, it goes to another desk, it waits.

use super::{DeskError, Person, RequestRow, Session, Telling};
use crate::moment::Moment;

/// Most characters of a note or reason of a case.
pub const MAX_CASE_CHARS: usize = 2_000;

/// The cases of this desk.
pub trait Cases {
    /// The citizen withdraws a recorded request: who says so, and why. There is no way back but a
    /// new request.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it cannot be, or something is missing.
    fn withdraw(
        &self,
        session: &Session,
        request: &str,
        who: &str,
        reason: &str,
    ) -> Result<(), DeskError>;
    /// What was heard or done since; `on` is the day on which to look again, `yyyy-mm-dd`, or empty.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when there is no text, or the day is gone.
    fn follow_up(
        &self,
        session: &Session,
        request: &str,
        text: &str,
        on: &str,
    ) -> Result<(), DeskError>;
    /// Somebody looked again, as was asked for.
    ///
    /// # Errors
    /// When there is no such request.
    fn look_after(&self, session: &Session, request: &str) -> Result<(), DeskError>;
    /// Hands in again what was sent back. `because`: why refused values stay as they are.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when a refused value still stands and nobody says why.
    fn hand_in(&self, session: &Session, request: &str, because: &str) -> Result<(), DeskError>;
    /// Answers a question of an agency, by its id; the answer goes there with the next exchange.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when nothing is said, or another spot has the case.
    fn answer_agency(
        &self,
        session: &Session,
        request: &str,
        question: &str,
        text: &str,
    ) -> Result<(), DeskError>;
    /// To whom a request may be handed over.
    ///
    /// # Errors
    /// When there is no such request.
    fn addressees(&self, session: &Session, request: &str) -> Result<Addressees, DeskError>;
    /// Hands it over to [`Addressees`]: `to` is `pessoa:ID` or `posto:ID`; or `codigo:ID` of a spot
    /// that is not known here, of another scope perhaps: the hub finds it.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it cannot go there.
    fn hand_over(
        &self,
        session: &Session,
        request: &str,
        to: &str,
        note: &str,
    ) -> Result<(), DeskError>;
    /// This desk has the case from now on.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it was not handed to this spot.
    fn take_over(&self, session: &Session, request: &str) -> Result<(), DeskError>;
    /// A draft waits, and why.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it is no draft, or nobody says why.
    fn park(&self, session: &Session, request: &str, reason: &str) -> Result<(), DeskError>;
    /// It goes on.
    ///
    /// # Errors
    /// When there is no such request.
    fn resume(&self, session: &Session, request: &str) -> Result<(), DeskError>;
}

/// Who said something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Mediator or operator, and the spot.
    pub who: String,
    /// When.
    pub at: Moment,
}

/// What is open in the case of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Case {
    /// The citizen withdrew it.
    pub withdrawn: Option<Withdrawal>,
    /// Somebody is to look again, by day.
    pub to_look_at: Vec<FollowUp>,
    /// The citizen is still to prove who they are.
    pub proof: Option<ProofOwed>,
    /// It came back.
    pub returned: Vec<Returned>,
    /// What its agency asks.
    pub asked: Vec<Question>,
    /// It goes to another desk, which has not taken it over.
    pub handed_over: Option<HandedOver>,
    /// It waits.
    pub parked: Option<Parked>,
    /// Who is told how it ended.
    pub telling: Telling,
    /// This spot has it.
    pub is_here: bool,
    /// Name of the spot that has it, as far as it is known here.
    pub holder: String,
}

/// A question of an agency that nobody answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Its id.
    pub id: String,
    /// Name of the agency.
    pub agency: String,
    /// What it asks.
    pub text: String,
    /// When it came.
    pub at: Moment,
}

/// A withdrawal by the citizen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Who says that the citizen withdraws.
    pub said_by: String,
    /// Why.
    pub reason: String,
    /// Who wrote it down.
    pub by: By,
    /// The hub has it. That the agency has, nobody here knows.
    pub at_hub: bool,
}

/// A follow-up with a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// The day, `yyyy-mm-dd`.
    pub on: String,
    /// The day has come.
    pub is_due: bool,
    /// What there is to look at.
    pub text: String,
    /// Who wrote it.
    pub by: By,
}

/// A proof of identity that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofOwed {
    /// The last day on which it is expected, `yyyy-mm-dd`.
    pub until: String,
    /// That day has come.
    pub is_due: bool,
}

/// A value that hub or agency refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Id of the field.
    pub field: String,
    /// Its label.
    pub label: String,
    /// The value that was refused, as people read it.
    pub refused: String,
    /// It was corrected since.
    pub is_corrected: bool,
    /// Why it was refused.
    pub reason: String,
    /// Who sent it back.
    pub by: By,
}

/// A hand-over that was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// The spot, and the mediator if it is for one.
    pub to: String,
    /// It is for this spot.
    pub is_for_us: bool,
    /// What the other desk should know.
    pub note: String,
    /// Who handed it over.
    pub by: By,
}

/// A draft that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// Why.
    pub reason: String,
    /// Who let it wait, and since when.
    pub by: By,
}

/// Work of this desk in one request.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The request.
    pub row: RequestRow,
    /// What is to be done.
    pub case: Case,
}

/// To whom a request may be handed over.
#[derive(Debug, Clone)]
pub struct Addressees {
    /// The request.
    pub row: RequestRow,
    /// Other mediators of this spot.
    pub people: Vec<Person>,
    /// Other spots that are known here: id and name.
    pub spots: Vec<Person>,
    /// The code of this spot: others give it to hand something over to here.
    pub own_code: String,
}
