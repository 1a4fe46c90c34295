//! What the pages about tickets to the contact centre need, at the desk and at the console.

use vereda_sync::catalogue::Words;
use vereda_sync::record::ticket::State;

use super::{By, DeskError, Person, Session, Term};
use crate::moment::Moment;

/// Longest thing that is said in a ticket, in characters.
pub const MAX_SAID_CHARS: usize = 2_000;

/// Tickets to the contact centre, at the desk that asks.
pub trait Help {
    /// Tickets of this spot: what is open first, then the last that are closed; at most 50.
    ///
    /// # Errors
    /// When the store does not answer.
    fn tickets(&self, session: &Session) -> Result<Vec<TicketRow>, DeskError>;
    /// The request that a new ticket would be about.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn about(&self, session: &Session, request: &str) -> Result<About, DeskError>;
    /// Asks; gives the ticket's id. `about`: a request's id, or empty, and whether the citizen waits at the desk.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when the question is empty or too long.
    fn open_ticket(
        &self,
        session: &Session,
        about: (&str, bool),
        question: &str,
    ) -> Result<String, DeskError>;
    /// One ticket.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn ticket(&self, session: &Session, ticket: &str) -> Result<TicketView, DeskError>;
    /// Says more in it.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when the text is empty or too long.
    fn say(&self, session: &Session, ticket: &str, text: &str) -> Result<(), DeskError>;
    /// The desk needs no more.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn close_ticket(&self, session: &Session, ticket: &str) -> Result<(), DeskError>;
}

/// A ticket as a row.
#[derive(Debug, Clone)]
pub struct TicketRow {
    /// Its id.
    pub id: String,
    /// The beginning of the question.
    pub subject: String,
    /// The request it is about, as far as that is known here.
    pub about: Option<About>,
    /// How far it is.
    pub state: State,
    /// The spot that asks.
    pub spot: String,
    /// When something last happened.
    pub changed: Moment,
    /// Whether the hub has all of it that was written here.
    pub at_hub: bool,
    /// The citizen waited at the desk when it was asked.
    pub is_urgent: bool,
    /// It is with the second line.
    pub second_line: Option<SecondLine>,
    /// At the console, of what waits: until when it is to be answered.
    pub term: Option<Term>,
    /// At the console: who has it in hand.
    pub hand: Option<Person>,
}

/// That a question is with the second line of the contact centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondLine {
    /// Whom there, by name; or empty.
    pub to: String,
    /// Why.
    pub reason: String,
    /// Who handed it over, and when.
    pub by: By,
}

/// The request that a ticket is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its id.
    pub request: String,
    /// Its number, once recorded.
    pub number: Option<String>,
    /// The service.
    pub service: Words,
    /// The citizen.
    pub citizen: String,
}

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What.
    pub text: String,
    /// By the contact centre.
    pub is_answer: bool,
    /// Who, and where.
    pub by: String,
    /// When.
    pub at: Moment,
}

/// One ticket.
#[derive(Debug, Clone)]
pub struct TicketView {
    /// As lists show it.
    pub row: TicketRow,
    /// What was said, oldest first.
    pub said: Vec<Said>,
    /// What the request says, for who answers: label and value. Empty at the desk, which has the
    /// request itself.
    pub context: Vec<(Words, String)>,
}
