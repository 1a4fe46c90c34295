//! What the page needs on which machines become nodes.

use crate::desk::port::{DeskError, Session};
use crate::moment::Moment;

/// How machines enrol, and nodes get another certificate that were away for too long.
pub trait Enrolling {
    /// What is under way.
    ///
    /// # Errors
    /// When the store does not answer.
    fn enrolment(&self) -> Result<EnrolmentView, DeskError>;
    /// Makes a code for a new node. It is shown once: nobody can look it up later.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] with what is missing or taken, or where no certificates are signed.
    fn make_enrolment_code(&self, session: &Session, node: &NewNode)
    -> Result<MadeCode, DeskError>;
    /// Takes a code back that was not used.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it was used, or is not there.
    fn withdraw_enrolment_code(&self, session: &Session, handle: &str) -> Result<(), DeskError>;
    /// Says whether a node whose certificate has ended gets another, of the key that whoever says so compared:
    /// the key, and whether they agree.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when somebody answered already, or it asks for another key now.
    fn answer_renewal(
        &self,
        session: &Session,
        certificate: &str,
        answer: (&str, bool),
    ) -> Result<(), DeskError>;
    /// How many nodes wait for somebody to agree.
    ///
    /// # Errors
    /// When the store does not answer.
    fn renewals_waiting(&self) -> Result<u64, DeskError>;
}

/// A node that is to be, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewNode {
    /// What people read.
    pub name: String,
    /// Its id.
    pub id: String,
    /// What its numbers begin with.
    pub prefix: String,
    /// `vehicle`, `care-home` or `fixed`.
    pub kind: String,
    /// The place where it stands, or today's stop.
    pub stop: String,
    /// On the map.
    pub position: String,
    /// The time zone, where that is not Lisbon's.
    pub zone: String,
    /// Its scopes.
    pub scopes: Vec<String>,
}

/// A code, as it is shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeCode {
    /// The code.
    pub code: String,
    /// Where machines enrol.
    pub address: String,
    /// The name of the node.
    pub name: String,
    /// Until when it is good.
    pub until: Moment,
}

/// The page.
#[derive(Debug, Clone, Default)]
pub struct EnrolmentView {
    /// Certificates are signed at this hub.
    pub is_here: bool,
    /// The scopes that a node can have.
    pub scopes: Vec<String>,
    /// The latest codes.
    pub codes: Vec<CodeRow>,
    /// Nodes that wait for another certificate, and those that were answered last.
    pub renewals: Vec<RenewalRow>,
}

/// A code that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRow {
    /// Names it.
    pub handle: String,
    /// The id and name of its node.
    pub node: String,
    /// The same.
    pub name: String,
    /// Who made it.
    pub by: String,
    /// When.
    pub made: Moment,
    /// What became of it.
    pub state: CodeState,
}

/// What became of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeState {
    /// It is good until then.
    Good(Moment),
    /// It was used then.
    Used(Moment),
    /// Nobody used it in time.
    Late,
    /// Somebody took it back.
    Withdrawn,
    /// Too many wrong ones were shown for it.
    Guessed,
}

/// A node whose certificate has ended, and that asks for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenewalRow {
    /// The certificate that ended.
    pub certificate: String,
    /// The node's id.
    pub node: String,
    /// Its name.
    pub name: String,
    /// When it ended.
    pub ended: Moment,
    /// When it asked first and last.
    pub asked: (Moment, Moment),
    /// By which its key is compared on the telephone.
    pub key: String,
    /// When all of it was last proven to be here, as it says and as this hub knows.
    pub proven: (Option<Moment>, Option<Moment>),
    /// Changes that it had unsent when it last said how it is, and when that was.
    pub unsent: Option<(u64, Moment)>,
    /// Who answered, when, and whether they agreed.
    pub answered: Option<(String, Moment, bool)>,
}
