//! What the pages about occurrences need, of a desk and of the console.

use vereda_sync::catalogue::Words;
use vereda_sync::record::occurrence::Declared;

use super::{By, DeskError, Session};

/// Occurrences: what happened at a place, and which rules hold there meanwhile.
pub trait Occurrences {
    /// What holds here today, and all others that are known.
    ///
    /// # Errors
    /// When the store does not answer.
    fn occurrences(&self, session: &Session) -> Result<OccurrencesView, DeskError>;
    /// Declares one for this spot, until the hub answers. Gives its id.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] with what is missing or cannot be.
    fn declare_occurrence(
        &self,
        session: &Session,
        typed: &TypedOccurrence,
    ) -> Result<String, DeskError>;
    /// Changes the period, the places or the rules of one that this spot declared and the hub has not answered. What was recorded before stays as it was.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] with what is missing or cannot be, or when it is over, or the hub's to change.
    fn change_occurrence(
        &self,
        session: &Session,
        id: &str,
        typed: &TypedOccurrence,
        reason: &str,
    ) -> Result<(), DeskError>;
    /// Ends one that this spot declared and the hub has not answered.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] without a reason, or when it is the hub's to end.
    fn end_occurrence(&self, session: &Session, id: &str, reason: &str) -> Result<(), DeskError>;
}

/// What the page of a desk shows.
#[derive(Debug, Clone, Default)]
pub struct OccurrencesView {
    /// Those that hold here today.
    pub here: Vec<OccurrenceView>,
    /// The others, the latest first.
    pub others: Vec<OccurrenceView>,
    /// What is offered.
    pub services: Vec<Offered>,
    /// Today, `yyyy-mm-dd`.
    pub today: String,
}

/// A service that may come first, or be free.
#[derive(Debug, Clone)]
pub struct Offered {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: Words,
    /// What anybody pays at the desk, in cents.
    pub fee_cents: u32,
}

/// Whether one holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OccurrenceState {
    /// It begins later.
    Ahead,
    /// It holds.
    InForce,
    /// Its time is over.
    Over,
    /// Somebody ended it, and why.
    Ended(By, String),
}

/// What a crew changed that the hub had answered already.
#[derive(Debug, Clone)]
pub struct CrewChanged {
    /// Who, when.
    pub by: By,
    /// Why.
    pub reason: String,
    /// The first day, as the crew has it, `yyyy-mm-dd`.
    pub from: String,
    /// The last day.
    pub until: String,
    /// The municipalities.
    pub municipalities: Vec<String>,
}

/// An occurrence as people see it.
#[derive(Debug, Clone)]
pub struct OccurrenceView {
    /// Its id.
    pub id: String,
    /// What was declared.
    pub declared: Declared,
    /// Whether it holds.
    pub state: OccurrenceState,
    /// Who declared it.
    pub by: By,
    /// The spot whose crew did; none: the hub.
    pub spot: Option<String>,
    /// Who said so at the hub, if somebody did.
    pub confirmed: Option<By>,
    /// This node declared it.
    pub is_own: bool,
    /// Who changed it last since, and why.
    pub changed: Option<(By, String)>,
    /// What its crew changed without having heard that the hub had answered: the hub's word counts.
    pub crew_changed: Option<CrewChanged>,
    /// The services that are free by it, where it says which: in Portuguese.
    pub waived: Vec<String>,
    /// The services that come first, in Portuguese.
    pub first: Vec<String>,
    /// The languages of the place, in Portuguese.
    pub languages: Vec<String>,
    /// Requests that were recorded under it, as far as is known here.
    pub requests: u64,
    /// What they did not pay, in cents.
    pub waived_cents: u64,
}

/// One as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedOccurrence {
    /// What people call it.
    pub name: String,
    /// Municipalities, with commas or line ends between them.
    pub municipalities: String,
    /// Its first day, `yyyy-mm-dd`.
    pub from: String,
    /// Its last day, `yyyy-mm-dd`.
    pub until: String,
    /// Why.
    pub reason: String,
    /// Which fees are waived.
    pub waives: TypedWaives,
    /// Of [`TypedWaives::Only`]: which, by id.
    pub waived: Vec<String>,
    /// Papers need not be seen.
    pub relaxes: bool,
    /// The services that come first, by id.
    pub first: Vec<String>,
    /// Languages, by code.
    pub languages: Vec<String>,
}

/// Which fees are waived, as it is chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TypedWaives {
    /// None.
    #[default]
    Nothing,
    /// All.
    All,
    /// Those that are chosen.
    Only,
}
