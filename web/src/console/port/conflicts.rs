//! What disagrees: the queue, both sides, who decides.

use vereda_sync::answer::Provenance;
use vereda_sync::catalogue::{Settlement, Words};
use vereda_sync::record::tour::Position;

use crate::desk::port::{Agreed, DeskError, HistoryLine, Person, Session};
use crate::moment::Moment;

/// What was written apart, and how people settle it.
pub trait Reconciling {
    /// What waits, oldest first; at most 100 rows.
    ///
    /// # Errors
    /// When the store does not answer.
    fn queue(&self, session: &Session, filter: &QueueFilter) -> Result<Queue, DeskError>;
    /// The latest decisions, newest first, at most 50.
    ///
    /// # Errors
    /// When the store does not answer.
    fn decided(&self) -> Result<Vec<DecidedRow>, DeskError>;
    /// What a rule settled without anybody, newest first, at most 50.
    ///
    /// # Errors
    /// When the store does not answer.
    fn by_rule(&self) -> Result<Vec<ByRule>, DeskError>;
    /// One conflict, both sides. Others who look at it see for some minutes that this person does.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when there is none.
    fn conflict(&self, session: &Session, conflict: &str) -> Result<Conflict, DeskError>;
    /// Decides; what needs two persons is proposed to the second one.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when another operator decided it meanwhile or more arrived.
    fn decide(
        &self,
        session: &Session,
        conflict: &str,
        decision: Decision,
    ) -> Result<Ruled, DeskError>;
    /// What the second person says of what was proposed.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when nothing is proposed any longer, or by themselves.
    fn second(&self, session: &Session, conflict: &str, says: Agreeing)
    -> Result<Ruled, DeskError>;
    /// Takes a conflict in hand, or gives it back.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it is no longer there.
    fn take(&self, session: &Session, conflict: &str, take: bool) -> Result<(), DeskError>;
    /// Takes the decision about a conflict back: it waits again.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when something was built on it, or nobody says why.
    fn take_back(&self, session: &Session, conflict: &str, reason: &str) -> Result<(), DeskError>;
}

/// Several conflicts at once.
pub trait Together {
    /// The conflicts that may be decided together with one, itself among them; at most 50. None when it was decided.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when others are never decided with such a one.
    fn alike(
        &self,
        session: &Session,
        conflict: &str,
        batch: Batch,
    ) -> Result<Vec<Conflict>, DeskError>;
    /// Decides each as if alone, and says what came of each.
    ///
    /// # Errors
    /// When the store does not answer; what was decided before stands.
    fn decide_all(
        &self,
        session: &Session,
        decisions: Vec<(String, Decision)>,
    ) -> Result<Vec<Decided>, DeskError>;
}

/// What is decided together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// All values of a request that disagree.
    Record,
    /// The same contact detail of several requests.
    Like,
}

/// What came of one of several decisions.
#[derive(Debug)]
pub struct Decided {
    /// The conflict.
    pub conflict: String,
    /// Whether it waits for a second person now; or why it could not be decided.
    pub came: Result<bool, DeskError>,
}

/// Which conflicts are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueFilter {
    /// Of that kind.
    pub kind: Option<ConflictKind>,
    /// Of that harm.
    pub harm: Option<Settlement>,
    /// Of that region; empty: of all.
    pub region: String,
    /// In whose hands.
    pub whose: Whose,
}

/// In whose hands conflicts are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Whose {
    /// Whoever's.
    #[default]
    All,
    /// Of who asks.
    Mine,
    /// Nobody's.
    Nobodys,
    /// Proposed by somebody else, so that who asks may agree.
    ForSecond,
}

/// What waits.
#[derive(Debug, Clone)]
pub struct Queue {
    /// The rows.
    pub rows: Vec<ConflictRow>,
    /// How many there are, of those that are shown.
    pub all: u64,
    /// The regions that have any.
    pub regions: Vec<String>,
    /// The figures of all of it.
    pub backlog: Backlog,
}

/// How much waits, and how long what was decided in the last seven days had waited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Conflicts that wait.
    pub waiting: u64,
    /// Of them, those that wait for a second person.
    pub for_second: u64,
    /// Since when the oldest waits.
    pub oldest: Option<Moment>,
    /// Decided in seven days.
    pub decided: u64,
    /// Half of those had waited no longer, in seconds.
    pub median_s: Option<u64>,
    /// Nine in ten of those had waited no longer, in seconds.
    pub ninth_s: Option<u64>,
}

/// What a rule settled.
#[derive(Debug, Clone)]
pub struct ByRule {
    /// What it was about: a request's number and service, a stop.
    pub what: String,
    /// Whose it is: a citizen, a spot.
    pub whose: String,
    /// Where the console shows it.
    pub address: String,
    /// What disagreed, in Portuguese.
    pub text: String,
    /// Which rule settled it, in Portuguese.
    pub rule: &'static str,
    /// When.
    pub at: Moment,
}

/// What came of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruled {
    /// A second person has to agree first: nothing is decided.
    pub waits_for_second: bool,
    /// The next conflict for this person, if there is one.
    pub next: Option<String>,
}

/// What somebody proposed for a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// Who.
    pub by: String,
    /// It is who asks.
    pub own: bool,
    /// When.
    pub at: Moment,
    /// What is to be kept.
    pub keep: Keep,
    /// Why.
    pub reason: String,
    /// More arrived since: it holds no longer.
    pub is_stale: bool,
    /// Who did not agree, and why.
    pub objection: Option<(String, String)>,
}

/// What the second person says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreeing {
    /// They agree with what they were shown (its fingerprint).
    Agrees(String),
    /// They do not, and why; never empty.
    Objects(String),
    /// Who proposed it takes it back.
    Withdraws,
}

/// Kinds of conflict that are settled here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictKind {
    /// One field, several values written apart.
    Value,
    /// The same request made twice.
    Duplicate,
    /// What was typed of a citizen, and their card that was read elsewhere: in this order.
    Identity,
}

/// A conflict as a row.
#[derive(Debug, Clone)]
pub struct ConflictRow {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: ConflictKind,
    /// The field's label, or the service made twice.
    pub what: Words,
    /// The citizen.
    pub citizen: String,
    /// The service.
    pub service: Words,
    /// The spots that disagree.
    pub spots: Vec<String>,
    /// Who settles it: the harm it can do.
    pub settlement: Settlement,
    /// Since when it stands here.
    pub since: Moment,
    /// The region (scope) of the record.
    pub region: String,
    /// Who has it in hand.
    pub assigned: Option<Person>,
    /// What somebody proposed, where a second person is needed.
    pub proposed: Option<Proposed>,
}

/// A conflict with both (or more) sides.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// The row.
    pub row: ConflictRow,
    /// The sides; for [`ConflictKind::Duplicate`] each is a request.
    pub sides: Vec<Side>,
    /// Compared fields: label and a value for each side (`None`: not given).
    pub compared: Vec<Compared>,
    /// What the rule says, in Portuguese.
    pub rule: String,
    /// The side that the rule proposes, if it proposes one.
    pub proposed: Option<usize>,
    /// For duplicates: why they are held to be the same, line by line.
    pub likeness: Vec<Weighed>,
    /// Fingerprint of what is shown: a decision on something else is refused.
    pub shown: String,
    /// What happened to the requests, oldest first; of several each line says of which side.
    pub timeline: Vec<HistoryLine>,
    /// Who else has it open now, by name.
    pub open_at: Vec<String>,
    /// Other conflicts of the same request: id, and what each is about.
    pub beside: Vec<(String, Words)>,
    /// How many conflicts are about the same contact detail, itself among them.
    pub alike: u64,
    /// Decided meanwhile: by whom and how.
    pub decided: Option<DecidedRow>,
}

/// One side.
#[derive(Debug, Clone)]
pub struct Side {
    /// The request.
    pub request: String,
    /// Spot.
    pub spot: String,
    /// Mediator.
    pub mediator: String,
    /// Stop, if known.
    pub stop: Option<String>,
    /// Where that is, as far as the hub knows it.
    pub position: Option<Position>,
    /// When it was written.
    pub at: Moment,
    /// Number of the request.
    pub number: Option<String>,
    /// What the citizen agreed to there.
    pub agreed: Option<Agreed>,
}

/// Something that speaks for one person, or against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    /// What, in Portuguese.
    pub text: String,
    /// How much, in bits; below zero against it. `None` where nothing is weighed.
    pub bits: Option<i32>,
}

/// One compared field.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The field.
    pub label: Words,
    /// By side: value as people read it, and how it is known.
    pub values: Vec<Option<(String, Provenance)>>,
    /// Whether they differ.
    pub differs: bool,
}

/// A decision by an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is kept.
    pub keep: Keep,
    /// Why; never empty.
    pub reason: String,
    /// [`Conflict::shown`] of the page on which it was decided.
    pub shown: String,
}

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keep {
    /// The value of this side, or this request (the others are withdrawn and linked).
    Side(usize),
    /// Another value (not for duplicates); it is checked like any other.
    Other(String),
    /// Both requests stand: they are not the same (duplicates only).
    Both,
}

/// A decision that was taken.
#[derive(Debug, Clone)]
pub struct DecidedRow {
    /// The conflict.
    pub id: String,
    /// What it was about.
    pub what: Words,
    /// The citizen.
    pub citizen: String,
    /// What was decided, in Portuguese.
    pub text: String,
    /// The reason.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Moment,
    /// Nothing was built on it yet: it can be taken back.
    pub undoable: bool,
}
