//! What the page needs for somebody who lost everything.

use vereda_sync::catalogue::{Lost, Words};

use super::{DeskError, Member, RequestRow, Session};

/// Somebody lost their papers, or their house: one conversation about all of it, that asks each thing once.
pub trait LostThings {
    /// How that conversation stands in an attendance.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn lost(&self, session: &Session, attendance: &str) -> Result<LostView, DeskError>;
    /// Begins a request for each of these services that has none yet in this attendance. Gives those that cannot be begun,
    /// and why.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when none is chosen, or the attendance is closed.
    fn begin_lost(
        &self,
        session: &Session,
        attendance: &str,
        services: &[String],
    ) -> Result<Vec<(Words, String)>, DeskError>;
}

/// How the conversation stands.
#[derive(Debug, Clone)]
pub struct LostView {
    /// The attendance.
    pub attendance: String,
    /// The citizen, once known.
    pub citizen: Option<String>,
    /// What comes first.
    pub who: LostWho,
    /// What can have been lost, and is not asked for yet: by what the catalogue has for it.
    pub open: Vec<LostOffer>,
    /// What is asked for.
    pub begun: Vec<LostRequest>,
    /// Who else of the household is or was served.
    pub household: Vec<Member>,
}

/// Whether it is known who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostWho {
    /// Nobody was identified: with documents, or without, which can still be said.
    Unknown {
        /// It was said that they have no documents.
        undocumented: bool,
    },
    /// They have no documents, and have not declared who they are.
    ToDeclare,
    /// It is known.
    Known,
}

/// A service for what was lost.
#[derive(Debug, Clone)]
pub struct LostOffer {
    /// What was lost.
    pub what: Lost,
    /// The service's id.
    pub service: String,
    /// Its name.
    pub title: Words,
    /// It is given once to a household, and that one of it asked for it already.
    pub asked: Option<RequestRow>,
}

/// A request of the conversation.
#[derive(Debug, Clone)]
pub struct LostRequest {
    /// Its id.
    pub id: String,
    /// The service's name.
    pub title: Words,
    /// What it still lacks: the steps that are not finished, by id and name.
    pub lacks: Vec<(String, Words)>,
    /// Its number, once recorded.
    pub number: Option<String>,
}
