//! What the pages about the spots' machines need.

use vereda_sync::record::tour::Position;

use crate::desk::port::{DeskError, Session, TourRow};
use crate::moment::Moment;

/// The fleet: how its nodes are, what of it needs somebody, and what becomes of one that is lost.
pub trait Fleet {
    /// The nodes that are looked for, what is wrong with any, and where all are.
    ///
    /// # Errors
    /// When the store does not answer.
    fn fleet(&self, wanted: &Wanting) -> Result<FleetView, DeskError>;
    /// One node.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn fleet_node(&self, session: &Session, node: &str) -> Result<NodeView, DeskError>;
    /// Somebody has an alarm in hand: it is no longer counted until it gets worse.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] without a note, or when it is over; [`DeskError::NotFound`].
    fn take_alarm(
        &self,
        session: &Session,
        node: &str,
        alarm: &str,
        note: &str,
    ) -> Result<(), DeskError>;
    /// Somebody says that a node is lost or stolen, and why: a second person has to agree.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] without a reason, or when it is not enrolled.
    fn report_lost(&self, session: &Session, node: &str, reason: &str) -> Result<(), DeskError>;
    /// The second person agrees: it is accepted no longer from now on, on connections that are open too.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] to whoever said it first, and when nobody did.
    fn agree_lost(&self, session: &Session, node: &str) -> Result<(), DeskError>;
    /// It was found, before anybody agreed.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when a second person agreed.
    fn not_lost(&self, session: &Session, node: &str) -> Result<(), DeskError>;
}

/// Which nodes are to be shown, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanting {
    /// Part of the name, the id or the place; empty: all.
    pub text: String,
    /// In which order.
    pub order: Order,
    /// Only those with an alarm.
    pub alarmed: bool,
    /// From 0.
    pub page: u32,
}

/// In which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// What needs somebody first.
    #[default]
    Need,
    /// By name.
    Name,
    /// The oldest proof first.
    Proof,
    /// What has most unsent first.
    Unsent,
}

/// The page of all nodes.
#[derive(Debug, Clone, Default)]
pub struct FleetView {
    /// The nodes of this page, at most 100.
    pub rows: Vec<NodeRow>,
    /// How many there are of what is looked for.
    pub found: u64,
    /// How many there are.
    pub all: u64,
    /// How many pages.
    pub pages: u32,
    /// All that is looked for and has a position.
    pub marks: Vec<FleetMark>,
    /// What nobody has in hand, the worst first; at most 9.
    pub alarms: Vec<AlarmRow>,
    /// How many of those there are.
    pub open: u64,
    /// How many somebody has in hand.
    pub in_hand: u64,
    /// Nodes whose certificate has ended, and that wait for somebody to agree to another.
    pub waiting: u64,
}

/// A node on the map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetMark {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where.
    pub at: Position,
    /// How old its last proof is.
    pub age: ProofAge,
}

/// How old the last proof of a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProofAge {
    /// Of this day.
    Fresh,
    /// Older.
    Old,
    /// Nothing was ever proven.
    Never,
    /// So old that somebody has to ask.
    TooOld,
    /// It is accepted no longer.
    Revoked,
}

/// A node in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How it said that it is.
    pub how: Option<How>,
    /// The last exchange that began.
    pub seen: Option<Moment>,
    /// When all that it has was last proven to be here.
    pub proven: Option<Moment>,
    /// How old that is.
    pub age: ProofAge,
    /// Alarms that nobody has in hand.
    pub open: u64,
    /// Alarms that somebody has.
    pub in_hand: u64,
}

/// How a node said that it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct How {
    /// When it said so.
    pub told: Moment,
    /// The version of its program.
    pub program: String,
    /// The edition of its catalogue.
    pub catalogue: u32,
    /// The newest edition is another one.
    pub is_behind: bool,
    /// Since when its edition was the newest, if the hub ever had it.
    pub catalogue_since: Option<Moment>,
    /// How full its battery is, 0 to 100, and whether it is on mains; `None`: it has none.
    pub battery: Option<(u8, bool)>,
    /// Bytes that are free.
    pub free_bytes: Option<u64>,
    /// How far its clock is ahead of the hub's, in seconds.
    pub skew_s: i64,
    /// For how long its program runs, in seconds.
    pub up_s: u64,
    /// Somebody is signed in.
    pub attended: bool,
    /// Changes that are unsent.
    pub unsent: u64,
    /// Requests that they belong to.
    pub requests: u64,
    /// Photographs and scans that are unsent.
    pub photographs: u64,
    /// Since when, by the hub's clock.
    pub unsent_since: Option<Moment>,
    /// Where it is: the name of the place, and when it held that stop.
    pub place: Option<(String, Option<Moment>)>,
    /// On the map.
    pub position: Option<Position>,
}

/// What is wrong with a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmKind {
    /// Nothing was proven since then, or ever.
    Silent(Option<Moment>),
    /// Its journal is not what the hub has: a copied or restored disk.
    Forked,
    /// So many changes of it wait in quarantine.
    Flagged(u64),
    /// So many bytes are free.
    Disk(u64),
    /// Its battery is so full, 0 to 100; it is not on mains, and nobody is signed in.
    Battery(u8),
    /// Its clock is so many seconds ahead.
    Clock(i64),
    /// Its program, and the newest.
    Program(String, String),
    /// Its edition of the catalogue, and the newest.
    Catalogue(u32, u32),
    /// Its certificate ends on that day, `yyyy-mm-dd`; or ended.
    Certificate(String, bool),
}

impl AlarmKind {
    /// As addresses and the store name it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Silent(_) => "sem-prova",
            Self::Forked => "diario",
            Self::Flagged(_) => "quarentena",
            Self::Disk(_) => "disco",
            Self::Battery(_) => "bateria",
            Self::Clock(_) => "relogio",
            Self::Program(..) => "programa",
            Self::Catalogue(..) => "catalogo",
            Self::Certificate(..) => "certificado",
        }
    }
}

/// An alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// What is wrong.
    pub kind: AlarmKind,
    /// How bad it is, from 1: of one kind a larger one is worse.
    pub grade: u32,
    /// Who has it in hand, since when, and what they noted.
    pub in_hand: Option<(String, Moment, String)>,
}

/// An alarm with whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmRow {
    /// The node's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The alarm.
    pub alarm: Alarm,
}

/// A point of a node's picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FleetPoint {
    /// When.
    pub at: Moment,
    /// How full the battery was, 0 to 100.
    pub battery: Option<u8>,
    /// Changes that were unsent.
    pub unsent: u64,
}

/// One node.
#[derive(Debug, Clone)]
pub struct NodeView {
    /// As in the table.
    pub row: NodeRow,
    /// Its certificate may be used: it was not revoked.
    pub is_enrolled: bool,
    /// The day of its enrolment and the day on which its certificate ends, `yyyy-mm-dd`.
    pub certificate: Option<(String, String)>,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// Changes of its journals that are here.
    pub changes: u64,
    /// What is wrong with it.
    pub alarms: Vec<Alarm>,
    /// The last two weeks.
    pub points: Vec<FleetPoint>,
    /// Changes of it in quarantine.
    pub aside: u64,
    /// Conflicts that it has a side of, by id and what they are about; at most 20.
    pub conflicts: Vec<(String, String)>,
    /// Its tours of today.
    pub tours: Vec<TourRow>,
    /// It is lost, or somebody says so.
    pub loss: Option<Loss>,
    /// What it is known to have written that never came.
    pub missing: Vec<Missing>,
}

/// Somebody says that a node is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Who.
    pub by: String,
    /// Whoever looks says so.
    pub own: bool,
    /// When.
    pub at: Moment,
    /// Why.
    pub reason: String,
    /// The second person, and when they agreed.
    pub agreed: Option<(String, Moment)>,
}

/// Entries of a journal that never came as such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The beginning of the journal's id.
    pub journal: String,
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// Where they are, as far as anybody knows.
    pub place: Whereabout,
}

/// Where entries are that never came.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whereabout {
    /// What they say is here: another spot brought it.
    Recovered,
    /// In quarantine here.
    Aside,
    /// In a sealed part here, which waits for what comes before it.
    Part,
    /// These spots carry them, sealed.
    Carried(Vec<String>),
    /// These spots heard of them.
    Heard(Vec<String>),
    /// Nobody is known to have them but the node itself.
    Nowhere,
}
