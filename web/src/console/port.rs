//! What the hub console needs from the node.

use tokio::sync::broadcast;

use crate::desk::port::{
    BlobPiece, ComplaintRow, ComplaintView, DeskError, Event, LookupRow, Person, Request,
    RequestRow, Session, SignInRefusal, TicketRow, TicketView,
};
use crate::moment::Moment;
use crate::own_pin::OwnPin;

mod accounts;
mod agencies;
mod assessments;
mod catalogue;
mod conflicts;
mod contact;
mod enrolment;
mod fleet;
mod homes;
mod leases;
mod notices;
mod occurrences;
mod orders;
mod people;
mod retention;
mod rights;
mod sent;
mod statistics;
mod tours;

pub use accounts::{AccessFilter, AccessRow, AccessesView, Accounts, Held};
pub use agencies::{AgenciesTold, AgencyRow};
pub use assessments::{Assessed, SpotAssessed};
pub use catalogue::{
    CatalogueDesk, EditionRow, EditionsView, Files, ProposalRow, ProposalView, ServiceChanges,
    UptakeRow, Wanted as EditionWanted,
};
pub use conflicts::{
    Agreeing, Backlog, Batch, ByRule, Compared, Conflict, ConflictKind, ConflictRow, Decided,
    DecidedRow, Decision, Keep, Proposed, Queue, QueueFilter, Reconciling, Ruled, Side, Together,
    Weighed, Whose,
};
pub use contact::{Canned, CannedText, ContactCentre, MAX_TITLE_CHARS, PLACEHOLDERS};
pub use enrolment::{CodeRow, CodeState, Enrolling, EnrolmentView, MadeCode, NewNode, RenewalRow};
pub use fleet::{
    Alarm, AlarmKind, AlarmRow, Fleet, FleetMark, FleetPoint, FleetView, How, Loss, Missing,
    NodeRow, NodeView, Order, ProofAge, Wanting, Whereabout,
};
pub use homes::HomesPlanning;
pub use leases::{Leases, ListRow, SpotStock, StockView};
pub use notices::{NoticeRow, NoticeView, Notices, Told};
pub use occurrences::{Declaring, OccurrencesAtHub};
pub use orders::{OrderEnd, OrderRow, Ordering, Remedy};
pub use people::{
    AnyRole, Done, Named, PeopleDesk, PeopleView, PersonRow, PersonTyped, PersonView, Seen, Waits,
    WhichPeople,
};
pub use retention::{HeldBack, Keeps, MAX_HOLD_CHARS, Retaining, RetentionView, RuleRow};
pub use rights::{BeyondRow, Entitled, Rights, Role};
pub use sent::{SentRow, SentToCitizens, SentView};
pub use statistics::{
    Counted, Cursor, Line, MAX_MONTHS, OpenLine, Statistics, StatisticsView, Tally, WAITS, Wanted,
};
pub use tours::{PlannedTours, Planning};

/// The console of the hub; what it tells the spots is in [`Notices`], what agencies give
/// out one by one in [`Leases`], how spots assess themselves in [`Assessed`], where vehicles go in [`Planning`], whom they see in care homes in [`HomesPlanning`], which rules hold after a disaster in [`Declaring`], what disagrees in [`Reconciling`] and, several at once, [`Together`], what is counted in [`Statistics`], how the spots' machines are in [`Fleet`], how they enrol in [`Enrolling`], what they are told to do in [`Ordering`], what the catalogue becomes in [`CatalogueDesk`], how the contact centre works in [`ContactCentre`], what citizens were sent in [`SentToCitizens`], who may see and do what in [`Rights`], who did in [`Accounts`], how far agencies are in [`AgenciesTold`], how long all of it is kept in [`Retaining`], who the people are in [`PeopleDesk`], how they choose their PINs in [`OwnPin`]. The calls block; what returns `Ok` is durable.
pub trait Console:
    Notices
    + Leases
    + Assessed
    + Planning
    + HomesPlanning
    + Declaring
    + Reconciling
    + Together
    + Statistics
    + Fleet
    + Enrolling
    + Ordering
    + CatalogueDesk
    + Rights
    + Accounts
    + AgenciesTold
    + Retaining
    + ContactCentre
    + SentToCitizens
    + PeopleDesk
    + OwnPin
    + Send
    + Sync
    + 'static
{
    /// Who may sign in here.
    fn operators(&self) -> Vec<Person>;
    /// As at the desk.
    ///
    /// # Errors
    /// Why not, and how many tries are left.
    fn sign_in(&self, operator: &str, pin: &str) -> Result<String, SignInRefusal>;
    /// The session of a token.
    fn session(&self, token: &str) -> Option<Session>;
    /// Ends a session.
    fn sign_out(&self, token: &str);
    /// A token of one session against forged forms.
    fn form_guard(&self, session: &Session) -> String;
    /// Everything that changes.
    fn events(&self) -> broadcast::Receiver<Event>;
    /// Another number after every event that a page may show: what it was drawn at, so that nothing is
    /// missed until its events come.
    fn happened(&self) -> u64;

    /// Figures on top of every page.
    fn summary(&self) -> Summary;
    /// Requests held here, newest first, by name or number; at most 50.
    fn requests(&self, query: &str) -> Result<Vec<RequestRow>, DeskError>;
    /// One request as it stands, without its money.
    fn request(&self, request: &str) -> Result<Request, DeskError>;
    /// Sends a recorded request back to the desk that has it: a value cannot be as it is, and why.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it cannot go back, or nobody says why.
    fn give_back(
        &self,
        session: &Session,
        request: &str,
        field: &str,
        reason: &str,
    ) -> Result<(), DeskError>;
    /// What desks ask: what waits first, oldest first; at most 200.
    fn tickets(&self) -> Result<Vec<TicketRow>, DeskError>;
    /// One ticket, with what the request says that it is about.
    fn ticket(&self, ticket: &str) -> Result<TicketView, DeskError>;
    /// Answers a ticket.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when the answer is empty or too long.
    fn answer(&self, session: &Session, ticket: &str, text: &str) -> Result<(), DeskError>;
    /// What spots looked up beyond their scope, newest first; at most 50.
    fn lookups(&self) -> Result<Vec<LookupRow>, DeskError>;
    /// Complaints of all spots: those that wait by the day on which their term ends, then the others, newest
    /// first; at most 200.
    fn complaints(&self) -> Result<Vec<ComplaintRow>, DeskError>;
    /// One complaint with its answers.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when that request needs no answer.
    fn complaint(&self, request: &str) -> Result<ComplaintView, DeskError>;
    /// The hub answers a complaint: on which day (`yyyy-mm-dd`), in whose name, and what. It stands beside
    /// what a spot may write down meanwhile.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when something is missing, or the day cannot be.
    fn answer_complaint(
        &self,
        session: &Session,
        request: &str,
        answer: (&str, &str, &str),
    ) -> Result<(), DeskError>;
    /// One piece of what is attached to a request, from `offset`, at most 256 KiB; with its media type and whole size in
    /// bytes.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when no record names it, or it has not come yet.
    fn blob(&self, blob: &str, offset: u64) -> Result<BlobPiece, DeskError>;
    /// What came and was not taken in, and waits for an operator: at most 500, by spot.
    fn aside(&self) -> Result<Vec<AsideRow>, DeskError>;
    /// Settles all of it that came from one spot.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when some of it cannot be taken in; the rest is.
    fn settle_aside(&self, session: &Session, node: &str, how: Settle) -> Result<(), DeskError>;
}

/// Figures on top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Name of the hub.
    pub hub: String,
    /// Records held.
    pub records: u64,
    /// Conflicts that wait.
    pub conflicts: u64,
    /// Since when the oldest waits.
    pub oldest_conflict: Option<Moment>,
    /// Tickets that wait for an answer.
    pub tickets: u64,
    /// Complaints that nobody answered within their term.
    pub late_complaints: u64,
    /// Alarms of the fleet that nobody has in hand.
    pub alarms: u64,
    /// Changes in quarantine that wait for an operator.
    pub quarantined: u64,
    /// Records that wait for changes which are not here.
    pub parked: u64,
    /// Since when the oldest does.
    pub oldest_parked: Option<Moment>,
    /// Now.
    pub now: Moment,
}

/// Why something is in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It cannot be read, or is larger than a change can be.
    Unreadable,
    /// Another one stands in its place of the journal.
    Place,
    /// The spot may not write in the scope of the record.
    Scope,
    /// The spot was revoked before it came.
    Revoked,
    /// It came without what was written, and its record is not known as erased.
    Bare,
    /// It came before the record that it changes.
    Early,
}

/// What an operator makes of what is in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settle {
    /// It is taken in, as if the spot had been allowed to send it.
    Release,
    /// It stays out, and is kept.
    Reject {
        /// Why; never empty.
        reason: String,
    },
}

/// A change in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsideRow {
    /// Id of the spot that sent it; none when it had to give way to what the hub has.
    pub node: String,
    /// The spot's name.
    pub spot: String,
    /// Its number in the journal.
    pub index: u64,
    /// The beginning of the record's id, if it can be read.
    pub record: Option<String>,
    /// Why it is here.
    pub cause: Cause,
    /// The same as the node says it, in English.
    pub reason: String,
    /// Size.
    pub bytes: u64,
    /// The spot put its seal to it.
    pub covered: bool,
    /// When it came.
    pub at: Moment,
}
