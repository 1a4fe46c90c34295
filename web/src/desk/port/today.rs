//! What "Hoje" shows.

use vereda_sync::catalogue::Words;

use super::{
    ComplaintRow, Holder, KeepView, Low, NextStop, OccurrenceView, OwedRemedy, QueueView,
    Recovered, RequestRow, TicketRow, TwiceHere, Waiting,
};
use crate::moment::Moment;

/// The first page of the day.
#[derive(Debug, Clone)]
pub struct Today {
    /// Attendances begun here and not closed.
    pub open: Vec<OpenAttendance>,
    /// Who waits.
    pub queue: QueueView,
    /// What the hub or other spots tell this desk.
    pub messages: Vec<Message>,
    /// Requests in which something waits for this desk, what waits longest first.
    pub cases: Vec<Waiting>,
    /// Requests of this spot that seem to be made at another one too.
    pub twice: Vec<TwiceHere>,
    /// Complaints whose term is over, or ends within three working days.
    pub complaints: Vec<ComplaintRow>,
    /// What was promised when the spot was assessed and is due soon, or is late.
    pub remedies: Vec<OwedRemedy>,
    /// Tickets that the contact centre answered.
    pub answered: Vec<TicketRow>,
    /// Requests recorded here last, newest first, at most 10.
    pub recent: Vec<RequestRow>,
    /// Attendances closed today.
    pub served_today: u64,
    /// What is nearly used up here.
    pub low: Vec<Low>,
    /// Today this spot came back to the hub with work.
    pub arrival: Option<Arrival>,
    /// Occurrences that hold here today.
    pub occurrences: Vec<OccurrenceView>,
    /// Where the vehicle goes next today.
    pub next_stop: Option<NextStop>,
    /// How it stands with the copy of what is being typed, where one is kept.
    pub keep: Option<KeepView>,
}

/// A newer version of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProgram {
    /// Its number, as `1.2.3`.
    pub version: String,
    /// What changed, for mediators.
    pub notes: String,
}

/// A spot that came back to the hub with work, and how it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Since when the hub is reached.
    pub since: Moment,
    /// Requests that it brought.
    pub requests: u64,
    /// Photographs that it brought.
    pub photographs: u64,
    /// Changes and photographs that it brought, together.
    pub all: u64,
    /// So many of them are still to be sent.
    pub left: u64,
    /// When the hub last proved that it holds everything from here.
    pub proven: Option<Moment>,
    /// Records from here and for here that the hub holds.
    pub at_hub: u64,
    /// Conflicts that an operator has not decided.
    pub conflicts: u64,
    /// Records that left this spot meanwhile, as the hub keeps them.
    pub purged: u64,
    /// Spots that the hub accepts no longer, as it said meanwhile.
    pub revoked: u64,
    /// The newer version of the program that is here and begins with the next start.
    pub program: Option<NewProgram>,
    /// The catalogue that came, if one did: its edition.
    pub catalogue: Option<u32>,
    /// Whether this spot's clock agrees with the hub's.
    pub clock_agrees: bool,
}

/// An attendance in progress.
#[derive(Debug, Clone)]
pub struct OpenAttendance {
    /// Its id.
    pub id: String,
    /// The citizen, as far as known.
    pub citizen: Option<String>,
    /// The request being filled in: id, service, step number and number of steps.
    pub request: Option<(String, Words, usize, usize)>,
    /// Requests of it that are recorded.
    pub recorded: u64,
    /// Last durable keystroke or step.
    pub saved: Moment,
    /// Who serves.
    pub mediator: String,
    /// Another desk has it, and is not heard of.
    pub held: Option<Holder>,
    /// It was brought back from a copy.
    pub recovered: Option<Recovered>,
}

/// A decision, or what the hub tells the desk.
#[derive(Debug, Clone)]
pub struct Message {
    /// Id for [`super::Desk::acknowledge`].
    pub id: String,
    /// What it is about.
    pub about: Matter,
    /// What was decided, or what the hub tells, in Portuguese words.
    pub text: String,
    /// Who decided or wrote it.
    pub by: String,
    /// When.
    pub at: Moment,
}

/// What a message is about.
#[derive(Debug, Clone)]
pub enum Matter {
    /// A decision on a request.
    Request {
        /// Its id.
        id: String,
        /// Its number.
        number: String,
        /// The citizen's name.
        citizen: String,
        /// The operator's reason.
        reason: String,
    },
    /// The work of the spot.
    Notice {
        /// It cannot wait.
        is_urgent: bool,
        /// The last day on which it counts, `yyyy-mm-dd`.
        until: String,
    },
}
