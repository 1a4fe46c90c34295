//! What the page about what a spot carries needs.

use super::{DeskError, Session};
use crate::moment::Moment;

/// Whose data is here, and why.
pub trait Carrying {
    /// All that this spot carries, by why it does.
    ///
    /// # Errors
    /// When the store does not answer.
    fn carried(&self, session: &Session) -> Result<CarriedView, DeskError>;
}

/// What is here.
#[derive(Debug, Clone, Default)]
pub struct CarriedView {
    /// Requests and attendances of each scope that this spot serves.
    pub scopes: Vec<CarriedScope>,
    /// After how many days without a change they leave by themselves; `None`: not by themselves.
    pub keep_days: Option<u32>,
    /// Visits with who is booked or listed for them, by day.
    pub visits: Vec<CarriedVisit>,
    /// So many more people are expected than are named here.
    pub more_expected: u64,
    /// Requests of elsewhere.
    pub lent: Vec<CarriedLoan>,
    /// Photographs, and their bytes.
    pub photographs: (u64, u64),
    /// Sealed parts of other spots' work that are taken along, and their bytes.
    pub for_others: (u64, u64),
    /// Records that were here and have left.
    pub left: u64,
}

/// Of a scope.
#[derive(Debug, Clone)]
pub struct CarriedScope {
    /// Its name.
    pub name: String,
    /// Recorded requests.
    pub requests: u64,
    /// Attendances.
    pub attendances: u64,
}

/// A stop, and who comes.
#[derive(Debug, Clone)]
pub struct CarriedVisit {
    /// Where.
    pub place: String,
    /// The day, `yyyy-mm-dd`; empty where the tour is not known here.
    pub day: String,
    /// Whether that day is over: what is left waits for the hub's copy.
    pub is_over: bool,
    /// Each with why they are known here.
    pub people: Vec<(String, String)>,
}

/// A request of elsewhere.
#[derive(Debug, Clone)]
pub struct CarriedLoan {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Whose it is.
    pub citizen: String,
    /// Until when it may be read; `None`: its case went here.
    pub until: Option<Moment>,
    /// It was lent for a visit, not as somebody looked it up.
    pub for_visit: bool,
}
