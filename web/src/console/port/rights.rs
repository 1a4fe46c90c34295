//! Who may see and do what at the console, and of which regions.

use crate::desk::port::{DeskError, Session};
use crate::moment::Moment;

/// What somebody does at the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Settles what disagrees.
    Operator,
    /// Answers desks, at the contact centre.
    Agent,
    /// Looks after spots, people and the catalogue.
    Administrator,
    /// Reads what was done, and changes nothing.
    Auditor,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Operator,
        Self::Agent,
        Self::Administrator,
        Self::Auditor,
    ];

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Operator => "operador",
            Self::Agent => "agente do centro de contacto",
            Self::Administrator => "administrador",
            Self::Auditor => "auditor",
        }
    }
}

/// How far somebody's word goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entitled {
    /// What they do.
    pub roles: Vec<Role>,
    /// Names of the regions where they do it; `None`: everywhere.
    pub regions: Option<Vec<String>>,
}

/// Somebody asked for something of another region by its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeyondRow {
    /// Who.
    pub who: String,
    /// When.
    pub at: Moment,
    /// At which address: what is there is not shown here either.
    pub address: String,
    /// How often within an hour.
    pub times: u64,
}

/// Roles and regions. Every other call of the console is made [`Rights::within`].
pub trait Rights {
    /// How far the word of somebody who is signed in goes; none without a role.
    fn entitled(&self, session: &Session) -> Entitled;
    /// Names of people who have any of those roles, at most ten: whom to ask.
    fn holders(&self, roles: &[Role]) -> Vec<String>;
    /// Runs `call` so that what it reads is of the regions of somebody who is signed in, and nothing else is
    /// there; of nobody, nothing is.
    fn within(&self, session: Option<&Session>, call: &mut dyn FnMut());
    /// Somebody asked for an address that names these ids: written down where one of them is there, beyond their
    /// regions.
    fn note_beyond(&self, session: &Session, address: &str, ids: &[String]);
    /// What was written down, the latest first; at most 200.
    ///
    /// # Errors
    /// When the store does not answer.
    fn beyond(&self) -> Result<Vec<BeyondRow>, DeskError>;
}
