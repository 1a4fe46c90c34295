//! What the contact centre needs beside the questions themselves.

use vereda_sync::catalogue::Words;

use crate::desk::port::{By, DeskError, Session};

/// Longest name of an answer that is kept, in characters.
pub const MAX_TITLE_CHARS: usize = 80;

/// What an answer that is kept may leave open, and what stands there when it is used.
pub const PLACEHOLDERS: [(&str, &str); 5] = [
    ("{nome}", "o primeiro nome do cidadão"),
    ("{numero}", "o número do pedido"),
    ("{servico}", "o serviço"),
    ("{posto}", "o posto que pergunta"),
    ("{agente}", "o seu nome"),
];

/// How the contact centre works: who has a question in hand, the second line, the answers that it keeps.
pub trait ContactCentre {
    /// Somebody takes a question in hand, or gives it back: so others see it, and nobody is kept out.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn take_ticket(&self, session: &Session, ticket: &str, take: bool) -> Result<(), DeskError>;
    /// The second line has it from now on; the desk is told that it takes longer, and why. `handed`: to whom there, by
    /// id, or empty; and why.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it does not wait, nobody says why, or there is no such person.
    fn escalate(
        &self,
        session: &Session,
        ticket: &str,
        handed: (&str, &str),
    ) -> Result<(), DeskError>;
    /// The answers that are kept, by service and title; at most 500.
    ///
    /// # Errors
    /// When the store does not answer.
    fn canned(&self) -> Result<Vec<Canned>, DeskError>;
    /// One of them.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn canned_one(&self, id: i64) -> Result<Canned, DeskError>;
    /// The services of which one can be, by id and title.
    fn services_to_answer(&self) -> Vec<(String, Words)>;
    /// Keeps an answer: a new one, or in place of that one.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when something is missing, a placeholder is unknown, or there are too many.
    fn keep_canned(
        &self,
        session: &Session,
        id: Option<i64>,
        typed: &CannedText,
    ) -> Result<(), DeskError>;
    /// Lets go of one.
    ///
    /// # Errors
    /// When the store does not answer.
    fn drop_canned(&self, session: &Session, id: i64) -> Result<(), DeskError>;
    /// An answer that is kept, with what is known of the question in its places; what is not known stays as it is.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn filled(&self, session: &Session, ticket: &str, canned: i64) -> Result<String, DeskError>;
}

/// An answer as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CannedText {
    /// What it is called.
    pub title: String,
    /// Of which service, by id; or empty: of any.
    pub service: String,
    /// What it says.
    pub text: String,
}

/// An answer that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canned {
    /// Its number.
    pub id: i64,
    /// As it is written.
    pub written: CannedText,
    /// Of which service.
    pub service: Option<Words>,
    /// Who wrote it last.
    pub by: By,
}
