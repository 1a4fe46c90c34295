//! What the pages about forms of paper need.

use vereda_sync::catalogue::{Service, Words};
use vereda_sync::record::late::Late;

use super::{By, DeskError, Session};

/// Most forms of one service in one pack.
pub const MAX_OF_SERVICE: u16 = 30;

/// Blank forms on paper for when the machine fails: printed before, entered later.
pub trait Packs {
    /// What can be printed, and the packs that are out.
    ///
    /// # Errors
    /// When the store does not answer.
    fn packs(&self, session: &Session) -> Result<PacksView, DeskError>;
    /// Makes a pack: so many forms of each service, by its id. Gives its id; its numbers are used by nothing else
    /// from now on.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it is none, or too many.
    fn make_pack(&self, session: &Session, asked: &[(String, u16)]) -> Result<String, DeskError>;
    /// One pack with its forms.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when it is not known here.
    fn pack(&self, session: &Session, pack: &str) -> Result<PackView, DeskError>;
    /// A form of a pack is lost, or all of it that is blank: its number is not entered any more. Twice is as once.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] without a reason, of another spot's pack, and of a form that was entered.
    fn void_blanks(
        &self,
        session: &Session,
        pack: &str,
        number: Option<&str>,
        reason: &str,
    ) -> Result<(), DeskError>;
    /// A form that was voided turned up. Twice is as once.
    ///
    /// # Errors
    /// As [`Packs::void_blanks`].
    fn find_blank(&self, session: &Session, pack: &str, number: &str) -> Result<(), DeskError>;
    /// The form with that number, as it was typed or scanned, to be entered.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] with what is wrong with the number, or why it cannot be entered.
    fn blank(&self, session: &Session, typed: &str) -> Result<ToEnter, DeskError>;
    /// Begins to enter a form: gives the attendance. Twice is as once.
    ///
    /// # Errors
    /// As [`Packs::blank`], and [`DeskError::NotNow`] with what cannot be of when and where.
    fn enter_late(&self, session: &Session, typed: &TypedLate) -> Result<String, DeskError>;
}

/// What can be printed, and what is out.
#[derive(Debug, Clone, Default)]
pub struct PacksView {
    /// The services, in the order of the catalogue: id, title.
    pub services: Vec<(String, Words)>,
    /// The packs, the latest first.
    pub packs: Vec<PackRow>,
}

/// A pack in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackRow {
    /// Its id.
    pub id: String,
    /// The spot that printed it.
    pub spot: String,
    /// It is of this spot.
    pub is_own: bool,
    /// Who made it, and when.
    pub by: By,
    /// Forms that are still blank, as far as is known here.
    pub blank: u64,
    /// Forms that were entered.
    pub entered: u64,
    /// Forms that were voided.
    pub voided: u64,
}

/// A pack with its forms.
#[derive(Debug, Clone)]
pub struct PackView {
    /// In a line.
    pub row: PackRow,
    /// Its forms, in the order in which they are printed.
    pub blanks: Vec<BlankView>,
    /// The services of its forms, as they were when it was made.
    pub services: Vec<Service>,
    /// The edition of the catalogue.
    pub edition: u32,
}

/// A form of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlankView {
    /// Its number.
    pub number: String,
    /// The id of its service.
    pub service: String,
    /// The title of it.
    pub title: Words,
    /// How it stands.
    pub state: BlankState,
}

/// How a form of a pack stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlankState {
    /// Out on paper.
    Blank,
    /// It is being entered: the attendance.
    Begun(String),
    /// It was entered: the request.
    Entered(String),
    /// It does not count any more: who said so, and why.
    Voided(By, String),
}

/// A form that can be entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToEnter {
    /// Its number.
    pub number: String,
    /// The title of its service.
    pub title: Words,
    /// The day on which it was printed, `yyyy-mm-dd`: it was not filled in before.
    pub printed: String,
    /// It is being entered already: the attendance.
    pub begun: Option<String>,
    /// What is proposed: today, this stop, whoever is signed in.
    pub typed: TypedLate,
}

/// What is typed of when, where and by whom a form was filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedLate {
    /// The number.
    pub number: String,
    /// `yyyy-mm-dd`.
    pub day: String,
    /// `hh:mm`.
    pub hour: String,
    /// Where.
    pub place: String,
    /// By whom.
    pub person: String,
}

impl TypedLate {
    /// What was said of a form that is being entered.
    #[must_use]
    pub fn of(late: &Late) -> Self {
        Self {
            number: late.number.clone(),
            day: late.day.to_string(),
            hour: late.hour.to_string(),
            place: late.place.clone(),
            person: late.person.clone(),
        }
    }
}
