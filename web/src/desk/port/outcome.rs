//! What the pages about telling the citizen how a request ended need.

use vereda_sync::answer::Provenance;
use vereda_sync::record::kin::Kin;
use vereda_sync::record::outcome::{Agreement, Contact, Way};

use super::{By, DeskError, Session};
use crate::moment::Moment;

/// How citizens are told how their requests ended.
pub trait Outcomes {
    /// The citizen of this attendance is asked how they want to be told: numbers and addresses that are
    /// known already are proposed in the form.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when the attendance is closed.
    fn ask_outcome(&self, session: &Session, attendance: &str) -> Result<(), DeskError>;
    /// Nobody is to tell them after all, as far as its requests are not recorded.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when the attendance is closed.
    fn drop_outcome(&self, session: &Session, attendance: &str) -> Result<(), DeskError>;
    /// They are to be told of this recorded request so from now on, by what was typed of each field.
    ///
    /// # Errors
    /// What is to mend; [`DeskError::NotNow`] when two spots disagree, or they were told how it ended.
    fn tell_by(
        &self,
        session: &Session,
        request: &str,
        typed: &[(&str, &str)],
    ) -> Result<(), DeskError>;
    /// The citizen takes it back: for this request, and for what they asked for with it.
    ///
    /// # Errors
    /// When there is no such request.
    fn take_back_outcome(&self, session: &Session, request: &str) -> Result<(), DeskError>;
    /// The citizen was told, or could not be reached.
    ///
    /// # Errors
    /// When there is no such request.
    fn told(&self, session: &Session, request: &str, reached: bool) -> Result<(), DeskError>;
}

/// How it stands with telling the citizen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Telling {
    /// How they are told, and how that is known.
    pub contact: Option<(Contact, Provenance)>,
    /// To which words they agreed, and when.
    pub agreed: Option<(Agreement, Moment)>,
    /// Two spots wrote different things.
    pub is_contested: bool,
    /// What they are to be told, in Portuguese.
    pub to_tell: Vec<String>,
    /// What was tried in vain.
    pub attempts: Vec<By>,
    /// When they were last told, and by whom.
    pub told: Option<By>,
    /// It was the hub that told them last, by itself: it handed word over, and knows no more.
    pub handed: Option<Way>,
    /// They were told how it ended.
    pub is_over: bool,
    /// Somebody close whom they let be told as well.
    pub kin: Option<Kin>,
}
