//! What the desk's pages need from the node.
//!
//! The calls block (they end in a commit to disk), so the pages call them off
//! the asynchronous threads. Whatever returns `Ok` is durable.

use tokio::sync::broadcast;
use vereda_hardware::card::CardState;
use vereda_sync::answer::Answer;
use vereda_sync::catalogue::{Service, Words};
use vereda_sync::check::Refusal;
use vereda_sync::record::{late, papers};

use crate::moment::Moment;
use crate::own_pin::OwnPin;

mod agreed;
mod assessments;
mod calendar;
mod carrying;
mod cases;
mod complaints;
mod desks;
mod figures;
mod form;
mod help;
mod homes;
mod household;
mod keeping;
mod leases;
mod looks;
mod lookups;
mod lost;
mod occurrences;
mod outcome;
mod packs;
mod queue;
mod request;
mod sticks;
mod strip;
mod tills;
mod today;
mod tours;
mod twice;
mod whereabouts;

pub use agreed::Agreed;
pub use assessments::{
    AssessedStandard, AssessmentRow, AssessmentView, Assessments, AssessmentsView, History,
    OwedRemedy, Tally,
};
pub use calendar::{CalendarStop, CalendarView};
pub use carrying::{CarriedLoan, CarriedScope, CarriedView, CarriedVisit, Carrying};
pub use cases::{
    Addressees, By, Case, Cases, FollowUp, HandedOver, MAX_CASE_CHARS, Parked, ProofOwed, Question,
    Returned, Waiting, Withdrawal,
};
pub use complaints::{ComplaintRow, ComplaintView, Complaints, MAX_REPLY_CHARS, ReplyView, Term};
pub use desks::{Admitted, DeskRow, Desks, DesksView, Door, Holder, JoinRefusal, OfferView};
pub use figures::{Answered, Figures, FiguresView, Opinions, Span, hundredth};
pub use form::{
    AnsweredStep, Attachment, BlobPiece, CheckAnswers, Confirmation, Form, FormField, Intake, Next,
    Saved, Shot, StepMark,
};
pub use help::{About, Help, MAX_SAID_CHARS, Said, SecondLine, TicketRow, TicketView};
pub use homes::{
    BatchView, BedsideView, FacilityView, Homes, HomesView, InBatch, ListRow, ListView,
    ResidentView, StopAhead, TypedFacility, TypedKin, TypedResident, TypedVisit,
};
pub use household::{Households, Member, OfHousehold};
pub use keeping::{Awaited, CopyRow, DayOfCopy, DayStop, KeepView, Keeping, Recovered};
pub use leases::{Hours, Leases, Low};
pub use looks::Looks;
pub use lookups::{
    FoundRequest, LentNearby, LookupRow, LookupState, LookupView, Lookups, MAX_REASON_CHARS,
    MIN_REASON_CHARS,
};
pub use lost::{LostOffer, LostRequest, LostThings, LostView, LostWho};
pub use occurrences::{
    CrewChanged, OccurrenceState, OccurrenceView, Occurrences, OccurrencesView, Offered,
    TypedOccurrence, TypedWaives,
};
pub use outcome::{Outcomes, Telling};
pub use packs::{
    BlankState, BlankView, MAX_OF_SERVICE, PackRow, PackView, Packs, PacksView, ToEnter, TypedLate,
};
pub use queue::{Queue, QueueView};
pub use request::{Disclosure, HistoryLine, Receipt, Request, RequestRow, Statement, Verify};
pub use sticks::{Became, ReadFile, SavedOn, Stick, StickState, StickWork, Sticks, SticksView};
pub use strip::{Link, Near, ScreenLink, Strip, Training};
pub use tills::{
    Late, Paid, Payment, PaymentView, Second, ShownTill, TillNow, TillView, Tills, ToClose,
};
pub use today::{Arrival, Matter, Message, NewProgram, OpenAttendance, Today};
pub use tours::{
    BookingState, BookingView, MarkView, NextStop, StopView, ToBring, TourRow, TourView, Tours,
    ToursView, TypedBooking, TypedStop,
};
pub use twice::{MadeTwice, Twice, TwiceHere};
pub use whereabouts::{Parts, Told, Whereabouts, WhereaboutsView};

/// The desk as a whole: people, attendances, forms, requests, messages; money is in [`Tills`], the
/// contact centre in [`Help`], who waits in [`Queue`], figures in [`Figures`], what becomes of requests in
/// [`Cases`], what others hold in [`Lookups`], what is to be answered in [`Complaints`], how the spot stands
/// with its own standards in [`Assessments`], what agencies give out one by one in [`Leases`], who is told how
/// it ended in [`Outcomes`], what goes by memory stick in [`Sticks`], whose data is here in [`Carrying`], where the
/// work is in [`Whereabouts`], where the vehicle goes in [`Tours`], whom it sees in care homes in [`Homes`], which
/// machines are desks in [`Desks`], what of it is kept elsewhere in [`Keeping`], which rules hold after a disaster in
/// [`Occurrences`], who lost everything in [`LostThings`], who lives together in [`Households`], what seems to be asked for twice in [`MadeTwice`], what is on paper in [`Packs`].
pub trait Desk:
    Tills
    + Help
    + Queue
    + Cases
    + Complaints
    + Assessments
    + Figures
    + Lookups
    + Leases
    + Outcomes
    + Tours
    + Homes
    + Sticks
    + Carrying
    + Whereabouts
    + Desks
    + Keeping
    + Occurrences
    + LostThings
    + Households
    + MadeTwice
    + Packs
    + Looks
    + OwnPin
    + Send
    + Sync
    + 'static
{
    /// Who may sign in here, in the order in which they are listed.
    fn mediators(&self) -> Vec<Person>;
    /// Signs a mediator in at a desk of this spot (empty for the node's own), without a network. The token
    /// goes into the cookie.
    ///
    /// # Errors
    /// Why not, and how many tries are left.
    fn sign_in_at(&self, desk: &str, mediator: &str, pin: &str) -> Result<String, SignInRefusal>;
    /// [`Desk::sign_in_at`] the node's own desk.
    ///
    /// # Errors
    /// As there.
    fn sign_in(&self, mediator: &str, pin: &str) -> Result<String, SignInRefusal> {
        self.sign_in_at("", mediator, pin)
    }
    /// The session of a token, if it is still good.
    fn session(&self, token: &str) -> Option<Session>;
    /// Ends a session; its citizen screen goes idle.
    fn sign_out(&self, token: &str);
    /// What the catalogue calls a field of a form, in Portuguese. It is asked without a session: it says nothing
    /// of what was answered.
    fn label_of(&self, form: &str, field: &str) -> Option<String>;
    /// A token of one session against forged forms; compared in constant time.
    fn form_guard(&self, session: &Session) -> String;

    /// The time, to tell ages by.
    fn now(&self) -> Moment;
    /// The strip on top of every page.
    fn strip(&self, session: &Session) -> Strip;
    /// What the card reader sees now. It stands at the node's own desk: no other is shown whose card is in it.
    fn card(&self, session: &Session) -> CardState;
    /// At a desk for training: puts the card of somebody invented into its reader, by the id in
    /// [`Training::cards`]; an empty one takes out what is in it.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] at a real desk, and for nobody's id.
    fn insert_card(&self, person: &str) -> Result<(), DeskError>;
    /// Everything that changes, as it changes; pages render afresh what it touches.
    fn events(&self) -> broadcast::Receiver<Event>;
    /// Another number after every event that a list or a record may show: what a page was drawn
    /// at, so that nothing is missed until its events come.
    fn happened(&self) -> u64;

    /// The first page.
    fn today(&self, session: &Session) -> Result<Today, DeskError>;
    /// "Next citizen": a new attendance; gives its id.
    fn begin_attendance(&self, session: &Session) -> Result<String, DeskError>;
    /// One attendance: who is served, what was asked.
    fn attendance(&self, session: &Session, attendance: &str) -> Result<Attendance, DeskError>;
    /// Fills the identity form of the attendance from the card in the reader.
    /// Only empty fields and fields read from a chip are written.
    fn identity_from_card(&self, session: &Session, attendance: &str) -> Result<(), DeskError>;
    /// Somebody acts for the citizen in this attendance (`true`), or it is the citizen after all.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] once it has requests: they say who asked.
    fn represent(
        &self,
        session: &Session,
        attendance: &str,
        represented: bool,
    ) -> Result<(), DeskError>;
    /// The citizen has no documents and declares who they are, or has them after all.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] once it has requests: they say how the citizen is known.
    fn declare(
        &self,
        session: &Session,
        attendance: &str,
        undocumented: bool,
    ) -> Result<(), DeskError>;
    /// Closes an attendance; unfinished requests are parked, not lost.
    fn close_attendance(&self, session: &Session, attendance: &str) -> Result<(), DeskError>;

    /// The services that match, best first; all for an empty query.
    fn services(&self, query: &str) -> Vec<Service>;
    /// Starts a request of that service; gives its id.
    fn begin_request(
        &self,
        session: &Session,
        attendance: &str,
        service: &str,
    ) -> Result<String, DeskError>;

    /// A form (of an attendance: its identity; of a request: its service's
    /// steps) at one step; `None` is the first step that is not finished.
    /// Opening it makes it what the paired citizen screen follows.
    fn form(&self, session: &Session, form: &str, step: Option<&str>) -> Result<Form, DeskError>;
    /// As [`Desk::form`], only to draw it again (live events): it does not change
    /// what the citizen screen follows and causes no event.
    fn glance(&self, session: &Session, form: &str, step: Option<&str>) -> Result<Form, DeskError>;
    /// One keystroke: the field's whole value as it now reads. When it returns,
    /// the value is on disk. `base` is the revision that the page last saw; a
    /// second desk that wrote meanwhile is told by [`DeskError::Elsewhere`].
    fn keystroke(
        &self,
        session: &Session,
        form: &str,
        field: &str,
        value: &str,
        base: u64,
    ) -> Result<Saved, DeskError>;
    /// Lets the citizen write the answers of a step on their screen, or takes it back. The screen
    /// must show that step; else [`DeskError::NotNow`].
    fn let_citizen_write(
        &self,
        session: &Session,
        form: &str,
        step: &str,
        writes: bool,
    ) -> Result<(), DeskError>;
    /// Takes back what this mediator wrote last in a step: a field as it read before they began to write in
    /// it, or all that came from a card. Gives the (first) field.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when there is nothing, or somebody else wrote there since.
    fn undo(&self, session: &Session, form: &str, step: &str) -> Result<String, DeskError>;
    /// Finishes a step: checks all its fields and writes one change of the
    /// record. `typed` are the values as the page sent them (they win over the draft).
    fn finish_step(
        &self,
        session: &Session,
        form: &str,
        step: &str,
        typed: &[(String, String)],
    ) -> Result<Next, DeskError>;
    /// The mediator writes a private answer in the citizen's place ([`FormField::hidden`]): what the
    /// citizen wrote goes and is shown to nobody.
    ///
    /// # Errors
    /// When there is no such field.
    fn take_private(&self, session: &Session, form: &str, field: &str) -> Result<(), DeskError>;
    /// Takes one time of a step that repeats (`invoice.2`) out of a request, from wherever it stands.
    /// The others keep their ids: what is typed elsewhere meanwhile lands in none of them.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it is the only one.
    fn take_out(&self, session: &Session, form: &str, step: &str) -> Result<Next, DeskError>;
    /// Begins to take in a photograph or scan for a field, piece by piece.
    fn attach(
        &self,
        session: &Session,
        form: &str,
        field: &str,
        name: &str,
    ) -> Result<Box<dyn Intake>, DeskError>;
    /// Takes an attachment off a draft again.
    fn detach(
        &self,
        session: &Session,
        form: &str,
        field: &str,
        blob: &str,
    ) -> Result<(), DeskError>;
    /// One piece of a blob from `offset`, at most 256 KiB; with its media type
    /// and whole size in bytes.
    fn blob(&self, blob: &str, offset: u64) -> Result<BlobPiece, DeskError>;

    /// The mediator saw a paper that a request needs, or writes why it comes later, or takes that
    /// back; `None` are all of which nothing is said yet. Of a recorded request, what was
    /// owed is seen.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] without a reason, or of a recorded request anything else.
    fn say_of_papers(
        &self,
        session: &Session,
        request: &str,
        paper: Option<&str>,
        said: papers::Said,
    ) -> Result<(), DeskError>;

    /// "Check your answers" of a request.
    fn check_answers(&self, session: &Session, request: &str) -> Result<CheckAnswers, DeskError>;
    /// Shows the answers on the citizen's screen and asks for the confirmation there.
    fn ask_confirmation(&self, session: &Session, request: &str) -> Result<(), DeskError>;
    /// The citizen confirmed by word to the mediator (no second screen in use).
    fn confirm_by_word(&self, session: &Session, request: &str) -> Result<(), DeskError>;
    /// Records the confirmed request; gives its number.
    fn record(&self, session: &Session, request: &str) -> Result<String, DeskError>;
    /// The receipt of a recorded request.
    fn receipt(&self, session: &Session, request: &str) -> Result<Receipt, DeskError>;

    /// Requests known here, newest first, by name, number or receipt.
    fn requests(&self, session: &Session, query: &str) -> Result<Vec<RequestRow>, DeskError>;
    /// One request with its history.
    fn request(&self, session: &Session, request: &str) -> Result<Request, DeskError>;
    /// Corrects one value of a recorded request.
    fn correct(
        &self,
        session: &Session,
        request: &str,
        field: &str,
        value: &str,
        reason: &str,
    ) -> Result<(), DeskError>;
    /// A document proved who the citizen is who had none: which (an option of
    /// [`vereda_sync::record::declaration::PROOF_KIND`]) and its number. Of this request, and of
    /// what was asked for at the same attendance. Where nothing is owed nothing is written.
    ///
    /// # Errors
    /// [`DeskError::Refused`] when it is none.
    fn prove(
        &self,
        session: &Session,
        request: &str,
        kind: &str,
        number: &str,
    ) -> Result<(), DeskError>;
    /// Adds a note; notes of all spots are kept side by side.
    fn add_note(&self, session: &Session, request: &str, text: &str) -> Result<(), DeskError>;

    /// What the hub tells that cannot wait and nobody here has read: every page shows it. At most 3.
    fn urgent(&self) -> Vec<String>;
    /// The mediator has read a message; of a notice the hub hears who and when.
    fn acknowledge(&self, session: &Session, message: &str) -> Result<(), DeskError>;
    /// Pairs this desk with the citizen screen that shows `code`.
    fn pair_screen(&self, session: &Session, code: &str) -> Result<(), DeskError>;
    /// Lets go of the citizen screen.
    fn unpair_screen(&self, session: &Session) -> Result<(), DeskError>;
    /// Tries to reach the hub now instead of at the next turn.
    fn sync_now(&self);
}

/// Somebody of the staff list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Stable id.
    pub id: String,
    /// Name as it is shown.
    pub name: String,
}

/// A signed-in mediator at a desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Id of the session; not the token.
    pub id: String,
    /// Who.
    pub person: Person,
    /// The desk of the spot at which they are: the id of a machine that joined; empty for the node's own.
    pub desk: String,
}

/// Why somebody could not sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInRefusal {
    /// The list that the hub gave is over: it has to be heard again first.
    ListOver,
    /// The PIN is wrong.
    WrongPin {
        /// Tries until it locks.
        tries_left: u32,
    },
    /// Too many wrong PINs.
    Locked {
        /// Minutes until it opens again.
        minutes: u32,
    },
    /// Not on the staff list of this spot.
    Unknown,
    /// The PIN is right, and of one use: they choose one of their own first.
    OwnPinFirst,
    /// The PIN of one use was not used in time.
    OnceOver,
    /// The store does not answer; the reference is in the log.
    Unavailable(String),
}

/// Why the desk could not do what was asked. The first ones tell the mediator
/// what to do; the last is for those who run the node.
#[derive(Debug)]
pub enum DeskError {
    /// No such attendance, request, step or field.
    NotFound,
    /// Values that cannot stay as they are, by field id.
    Refused(Vec<(String, Refusal)>),
    /// Another desk wrote this field meanwhile.
    Elsewhere {
        /// What the other wrote.
        value: String,
        /// Who.
        by: String,
        /// The revision to build on.
        revision: u64,
    },
    /// Not in the state for it: an explanation in Portuguese that says what to do.
    NotNow(String),
    /// What was sent is too large; `max` in bytes.
    TooLarge {
        /// The most that is taken.
        max: u64,
    },
    /// Another desk took the attendance over: here it is only read, until it is taken back.
    Held {
        /// Who has it.
        by: String,
        /// At which desk, as people call it.
        desk: String,
    },
    /// The file is not an image that can be shown.
    NotAnImage,
    /// The file is no sound that can be played.
    NotASound,
    /// The disk is full: nothing was acknowledged; what was typed is still on the page.
    DiskFull,
    /// Anything else; the reference is in the log.
    Broken {
        /// Short code to tell the support.
        reference: String,
    },
}

/// Something changed; who shows it renders afresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A value of a form was typed (durably).
    Typed {
        /// The form.
        form: String,
        /// The field.
        field: String,
        /// The session that typed.
        session: String,
    },
    /// A form or record changed beyond one field, or the citizen answered.
    Record {
        /// Attendance or request.
        id: String,
    },
    /// A screen must look again: paired, unpaired, told to follow another form.
    Screens,
    /// Link, unsent or proof changed.
    Strip,
    /// The card reader's state changed.
    Card,
    /// Messages for mediators changed, or records arrived from elsewhere.
    Messages,
}

/// One attendance.
#[derive(Debug, Clone)]
pub struct Attendance {
    /// Its id; also the id of its identity form.
    pub id: String,
    /// The citizen, as far as known.
    pub citizen: Option<String>,
    /// Whether the identity step is finished.
    pub identified: bool,
    /// What is known of the citizen: label, value as people read it, provenance.
    pub identity: Vec<(Words, Answer)>,
    /// Somebody acts for the citizen.
    pub represented: bool,
    /// Who, and by what authority, as far as known: as `identity`.
    pub representation: Vec<(Words, Answer)>,
    /// The citizen has no documents.
    pub undocumented: bool,
    /// What they declare instead, as far as known: as `identity`.
    pub declaration: Vec<(Words, Answer)>,
    /// Requests of this attendance.
    pub requests: Vec<RequestRow>,
    /// What they were booked for and have not asked yet: the service's id and name.
    pub booked: Option<(String, Words)>,
    /// What this citizen asked before, as far as this node holds it: newest first, a few.
    pub before: Vec<RequestRow>,
    /// Whether it was closed.
    pub closed: bool,
    /// Another desk has it.
    pub held: Option<Holder>,
    /// It was brought back from a copy.
    pub recovered: Option<Recovered>,
    /// It was on paper first: its form is being entered.
    pub late: Option<late::Late>,
    /// Who else of the household is or was served.
    pub household: Vec<Member>,
    /// What seems the same as requests of it that are not recorded yet, at other spots.
    pub twice: Vec<Twice>,
}
