//! How long the hub keeps what is said of people, and what is held back from that.

use crate::desk::port::{DeskError, RequestRow, Session};
use crate::moment::Moment;

/// Longest reason for holding something back, in characters.
pub const MAX_HOLD_CHARS: usize = 300;

/// What a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeps {
    /// Requests, of this service or (`None`) of every other.
    Requests(Option<String>),
    /// Attendances.
    Attendances,
    /// Who was booked or listed for a visit.
    Visits,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRow {
    /// What it is about.
    pub keeps: Keeps,
    /// Kept for so many months.
    pub months: u16,
    /// Records that go within thirty days, unless something happens to them; at most 1,000 are counted of a service.
    pub soon: u64,
    /// Records that went, of all requests in the first of their rules.
    pub erased: u64,
    /// The day of the last of them, `yyyy-mm-dd`; empty: none went.
    pub last: String,
}

/// A request that no rule erases.
#[derive(Debug, Clone)]
pub struct HeldBack {
    /// The request.
    pub row: RequestRow,
    /// Why.
    pub why: String,
    /// Who said so, and when.
    pub who: String,
    /// When.
    pub at: Moment,
}

/// The page of what is kept.
#[derive(Debug, Clone, Default)]
pub struct RetentionView {
    /// Empty: nothing is erased by rule here.
    pub rules: Vec<RuleRow>,
    /// The latest first.
    pub held: Vec<HeldBack>,
}

/// How long what is said of people is kept.
pub trait Retaining {
    /// The rules, what goes soon, and what is held back.
    ///
    /// # Errors
    /// When the store does not answer.
    fn retention(&self) -> Result<RetentionView, DeskError>;
    /// Holds the request with that number back from every rule.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] in words when there is no such request, or no reason is said.
    fn hold_back(&self, session: &Session, number: &str, why: &str) -> Result<(), DeskError>;
    /// Holds a request (its id) back no longer.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when it is not held back.
    fn let_go(&self, session: &Session, request: &str) -> Result<(), DeskError>;
}
