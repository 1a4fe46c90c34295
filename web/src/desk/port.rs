//! What the desk's pages need from the node.
//!
//! The calls block (they end in a commit to disk), so the pages call them off
//! the asynchronous threads. Whatever returns `Ok` is durable.

use std::collections::BTreeMap;

use tokio::sync::broadcast;
use vereda_hardware::card::CardState;
use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::catalogue::{Field, Service, Step, Words};
use vereda_sync::check::Refusal;
use vereda_sync::record::Life;
use vereda_sync::record::declaration::Proof;
use vereda_sync::record::lease::Reserved;
use vereda_sync::record::outcome::Contact;
use vereda_sync::record::papers::{self, Needed};
use vereda_sync::record::request::Owed;

use crate::moment::Moment;

mod agreed;
mod assessments;
mod cases;
mod complaints;
mod figures;
mod help;
mod leases;
mod lookups;
mod outcome;
mod queue;
mod sticks;
mod tills;
mod tours;

pub use agreed::Agreed;
pub use assessments::{
    AssessedStandard, AssessmentRow, AssessmentView, Assessments, AssessmentsView, History,
    OwedRemedy, Tally,
};
pub use cases::{
    Addressees, By, Case, Cases, FollowUp, HandedOver, MAX_CASE_CHARS, Parked, ProofOwed, Returned,
    Waiting, Withdrawal,
};
pub use complaints::{ComplaintRow, ComplaintView, Complaints, MAX_REPLY_CHARS, ReplyView, Term};
pub use figures::{Answered, Figures, FiguresView, Opinions, Span, hundredth};
pub use help::{About, Help, MAX_SAID_CHARS, Said, TicketRow, TicketView};
pub use leases::{Hours, Leases, Low};
pub use lookups::{
    FoundRequest, LentNearby, LookupRow, LookupState, LookupView, Lookups, MAX_REASON_CHARS,
    MIN_REASON_CHARS,
};
pub use outcome::{Outcomes, Telling};
pub use queue::{Queue, QueueView};
pub use sticks::{Became, ReadFile, SavedOn, Stick, StickState, StickWork, Sticks, SticksView};
pub use tills::{
    Late, Paid, Payment, PaymentView, Second, ShownTill, TillNow, TillView, Tills, ToClose,
};
pub use tours::{
    BookingState, BookingView, MarkView, NextStop, StopView, TourRow, TourView, Tours, ToursView,
    TypedBooking, TypedStop,
};

/// The desk as a whole: people, attendances, forms, requests, messages; money is in [`Tills`], the
/// contact centre in [`Help`], who waits in [`Queue`], figures in [`Figures`], what becomes of requests in
/// [`Cases`], what others hold in [`Lookups`], what is to be answered in [`Complaints`], how the spot stands
/// with its own standards in [`Assessments`], what agencies give out one by one in [`Leases`], who is told how
/// it ended in [`Outcomes`], what goes by memory stick in [`Sticks`], where the vehicle goes in [`Tours`].
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
    + Sticks
    + Send
    + Sync
    + 'static
{
    /// Who may sign in here, in the order in which they are listed.
    fn mediators(&self) -> Vec<Person>;
    /// Signs a mediator in, without a network. The token goes into the cookie.
    ///
    /// # Errors
    /// Why not, and how many tries are left.
    fn sign_in(&self, mediator: &str, pin: &str) -> Result<String, SignInRefusal>;
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
    /// What the card reader sees now.
    fn card(&self) -> CardState;
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
}

/// Why somebody could not sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInRefusal {
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
    /// The file is not an image that can be shown.
    NotAnImage,
    /// The disk is full: nothing was acknowledged; what was typed is still on the page.
    DiskFull,
    /// Anything else; the reference is in the log.
    Broken {
        /// Short code to tell the support.
        reference: String,
    },
}

/// The strip: place, link, what is unsent, last proof, citizen's screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strip {
    /// Name of the spot.
    pub spot: String,
    /// The stop of today, if any.
    pub stop: Option<String>,
    /// The way to the hub.
    pub link: Link,
    /// Other spots on the same network.
    pub near: Vec<Near>,
    /// Changes written here that the hub has not acknowledged.
    pub unsent_changes: u64,
    /// Requests recorded here of which a change is unsent.
    pub unsent_requests: u64,
    /// Photographs the hub does not have yet.
    pub unsent_blobs: u64,
    /// When the oldest unsent change was written.
    pub oldest_unsent: Option<Moment>,
    /// From that age of it on it is urgent, in days.
    pub urgent_after_days: u16,
    /// When all was last proven to be at the hub.
    pub proven: Option<Moment>,
    /// Records known to be at the hub when it was proven.
    pub proven_records: u64,
    /// Now, to tell ages by.
    pub now: Moment,
    /// Whether a citizen screen is paired with this desk and connected.
    pub screen: ScreenLink,
    /// The language that it is read in, by its code in [`crate::texts::LANGUAGES`].
    pub screen_language: String,
    /// The edition of the catalogue, when it is older than it should ever be.
    pub old_catalogue: Option<u32>,
    /// This desk is for training: nothing here is real, and nothing is ever sent.
    pub training: Option<Training>,
}

/// What the reader of a desk for training can be given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Training {
    /// Invented people who have a card.
    pub cards: Vec<Person>,
    /// Whose is in the reader, by id.
    pub inserted: Option<String>,
}

/// The way to the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// No hub is configured.
    None,
    /// The hub cannot be reached.
    Down {
        /// Seconds until the next try.
        retry_in_s: u32,
    },
    /// Exchanging now.
    Exchanging {
        /// Changes and pieces of photographs done so far.
        done: u64,
        /// All that is known to have to go.
        total: u64,
        /// Seconds that the rest will take if it goes on as lately, roughly; `None`: too soon to
        /// say, or nothing moves.
        left_s: Option<u32>,
    },
    /// The last exchange ended well.
    Up,
    /// The hub answered, but must not be talked to; why, in Portuguese.
    Refused(String),
}

/// Another spot on the same network, with which this one shares what both may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// Its name.
    pub name: String,
    /// Each has all that the other has.
    pub whole: bool,
}

/// The citizen's screen of a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenLink {
    /// None paired.
    None,
    /// Paired, but its page is not connected now.
    Away,
    /// Paired and following.
    Following,
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
    /// Where the vehicle goes next today.
    pub next_stop: Option<NextStop>,
}

/// A spot that came back to the hub with work, and how it stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

/// A decision, or what the hub tells the desk.
#[derive(Debug, Clone)]
pub struct Message {
    /// Id for [`Desk::acknowledge`].
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

/// A request as a row of a list.
#[derive(Debug, Clone)]
pub struct RequestRow {
    /// Its id.
    pub id: String,
    /// Its number, once recorded.
    pub number: Option<String>,
    /// The citizen's name.
    pub citizen: String,
    /// The service.
    pub service: Words,
    /// How far it is.
    pub life: Life,
    /// When it was recorded or last changed.
    pub at: Moment,
    /// Where it was recorded.
    pub spot: String,
    /// Two spots wrote different things and nobody decided yet.
    pub in_conflict: bool,
    /// What is still owed.
    pub owes: Owed,
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
}

/// A form at one step.
#[derive(Debug, Clone)]
pub struct Form {
    /// Id of the attendance or request.
    pub id: String,
    /// The attendance that it belongs to (itself for the identity form).
    pub attendance: String,
    /// Title: the service's, or "Identificação".
    pub title: Words,
    /// All steps that apply, in order.
    pub steps: Vec<StepMark>,
    /// The step shown.
    pub step: Step,
    /// Its fields that exist, revealed or not, with what is in the draft.
    pub fields: Vec<FormField>,
    /// Fee as far as known, in cents.
    pub fee_cents: u32,
    /// Why nothing is paid, where there is an exemption.
    pub exempt: Option<Words>,
    /// The papers that are needed as it is answered now.
    pub papers: Vec<Needed>,
    /// The citizen.
    pub citizen: Option<String>,
    /// Revision to send with the next keystroke.
    pub revision: u64,
    /// Another session that has this form open now.
    pub also_open_by: Option<String>,
    /// The step is one of several times, and can be taken out.
    pub may_take_out: bool,
    /// The citizen is let write this step on their screen.
    pub citizen_writes: bool,
    /// The card is in and its data could fill fields that are empty here.
    pub card_can_fill: bool,
    /// This mediator wrote something here that can be taken back.
    pub may_undo: bool,
    /// The day on which conditions are looked at, `yyyy-mm-dd`.
    pub today: String,
    /// What was answered on other steps and conditions of this one look at.
    pub elsewhere: BTreeMap<String, String>,
    /// What the mediator should know now that the form was opened.
    pub notice: Option<String>,
}

/// A step in the list of steps.
#[derive(Debug, Clone)]
pub struct StepMark {
    /// Id of the step.
    pub id: String,
    /// Its name.
    pub title: Words,
    /// Finished: its change is in the journal.
    pub done: bool,
    /// The one shown.
    pub current: bool,
}

/// A field with what is known of it.
#[derive(Debug, Clone)]
pub struct FormField {
    /// Its definition in the catalogue.
    pub field: Field,
    /// What was typed or read; not yet checked.
    pub value: String,
    /// How it is known; `None` while empty.
    pub provenance: Option<Provenance>,
    /// The citizen wrote it and it is private: `value` is empty here.
    pub hidden: bool,
    /// When it was last durable.
    pub saved: Option<Moment>,
    /// Whether the field's condition holds now (else it stays hidden).
    pub shown: bool,
    /// For photographs: what was taken in.
    pub attachments: Vec<Attachment>,
}

/// A photograph or scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Content address, hex.
    pub blob: String,
    /// Name of the file as it was given.
    pub name: String,
    /// Media type found by looking at it, not told.
    pub media_type: String,
    /// Size in bytes.
    pub bytes: u64,
    /// When it was taken in.
    pub taken: Moment,
    /// Whether it is at this node: records come before their photographs.
    pub here: bool,
}

/// A durable keystroke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// When.
    pub at: Moment,
    /// Revision to send with the next one.
    pub revision: u64,
}

/// Where the desk goes after a finished step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// To this step.
    Step(String),
    /// To "check your answers" (of a request).
    CheckAnswers,
    /// Back to the attendance (its identity is finished).
    Attendance,
    /// To "check your answers" of a request of the attendance.
    CheckOf(String),
}

/// Takes a blob in, piece by piece, never whole in memory.
pub trait Intake: Send {
    /// Adds a piece.
    ///
    /// # Errors
    /// [`DeskError::NotAnImage`] as soon as the first bytes tell,
    /// [`DeskError::TooLarge`] as soon as there are too many.
    fn write(&mut self, piece: &[u8]) -> Result<(), DeskError>;
    /// Ends it: hashed, durable, in the draft.
    ///
    /// # Errors
    /// As [`Intake::write`]; nothing of it remains then.
    fn finish(self: Box<Self>) -> Result<Attachment, DeskError>;
}

/// A piece of a blob.
#[derive(Debug, Clone)]
pub struct BlobPiece {
    /// Media type.
    pub media_type: String,
    /// Size of the whole in bytes.
    pub total_bytes: u64,
    /// The piece; empty at the end.
    pub bytes: Vec<u8>,
}

/// All answers of a request before it is recorded.
#[derive(Debug, Clone)]
pub struct CheckAnswers {
    /// The request.
    pub request: String,
    /// Its attendance.
    pub attendance: String,
    /// The service.
    pub service: Service,
    /// The citizen.
    pub citizen: String,
    /// By step: id, title, and its answers.
    pub steps: Vec<AnsweredStep>,
    /// What it costs, in cents.
    pub fee_cents: u32,
    /// Why nothing is paid, where there is an exemption.
    pub exempt: Option<Words>,
    /// The papers that it needs.
    pub papers: Vec<Needed>,
    /// The hours at a counter that it can have; none where the service has none.
    pub hours: Option<Hours>,
    /// Of who declared who they are: whether it is proven.
    pub identity: Option<Proof>,
    /// How far the confirmation is.
    pub confirmation: Confirmation,
    /// Whether a citizen screen follows.
    pub screen: ScreenLink,
}

/// A step with its answers.
#[derive(Debug, Clone)]
pub struct AnsweredStep {
    /// Id of the step.
    pub id: String,
    /// Its name.
    pub title: Words,
    /// Field and answer; without answer when an optional one was left empty.
    pub answers: Vec<(Field, Option<Answer>, Vec<Attachment>)>,
}

/// How far the citizen's confirmation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmation {
    /// Not asked yet.
    NotAsked,
    /// The citizen's screen is asking.
    Asked,
    /// "Quero corrigir".
    WantsCorrection,
    /// The citizen agreed: on the screen, or by word.
    Given(Box<Agreed>),
}

/// A receipt. It says how final it is.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The request.
    pub request: String,
    /// Its attendance.
    pub attendance: String,
    /// Number of the request.
    pub number: String,
    /// The service.
    pub service: Service,
    /// The citizen.
    pub citizen: String,
    /// Who served.
    pub mediator: String,
    /// Where: spot and stop.
    pub place: String,
    /// When it was recorded.
    pub at: Moment,
    /// What was asked, by the title of its step: label, value as people read it; numbers masked.
    pub answers: Vec<(Words, Vec<(Words, String)>)>,
    /// What it cost, in cents.
    pub fee_cents: u32,
    /// Why nothing was paid, where there is an exemption.
    pub exempt: Option<Words>,
    /// The papers that it needs.
    pub papers: Vec<Needed>,
    /// Of who declared who they are: whether it is proven.
    pub identity: Option<Proof>,
    /// How it stands with that.
    pub payment: Payment,
    /// The hour at a counter that it has or waits for.
    pub hour: Reserved,
    /// How far it is now.
    pub life: Life,
    /// What the citizen agreed to.
    pub agreed: Option<Agreed>,
    /// How they are told how it ended.
    pub told_by: Option<Contact>,
    /// Who asked in the citizen's place.
    pub representative: Option<String>,
    /// What the QR code holds.
    pub qr: String,
    /// Whether it was printed before ("2.ª via").
    pub copy: bool,
    /// The language that the citizen reads it in on the screen, by its code in
    /// [`crate::texts::LANGUAGES`]; Portuguese when no screen shows it.
    pub language: String,
}

/// One request with its history.
#[derive(Debug, Clone)]
pub struct Request {
    /// The row as lists show it.
    pub row: RequestRow,
    /// Its attendance here, if it was made here.
    pub attendance: Option<String>,
    /// How it stands with its fee.
    pub payment: Payment,
    /// References and hours that it got or waits for, in Portuguese.
    pub reserved: Vec<String>,
    /// The hours that it can be given, where it waits for one.
    pub hours: Option<Hours>,
    /// What is open in it beside.
    pub case: Case,
    /// Until when it is to be answered, if it is.
    pub term: Option<Term>,
    /// What the citizen agreed to, once they did.
    pub agreed: Option<Agreed>,
    /// Who asked in the citizen's place.
    pub representative: Option<String>,
    /// Current statements: field, all values that stand (more than one is a conflict).
    pub answers: Vec<(Field, Vec<Statement>)>,
    /// What happened, oldest first.
    pub history: Vec<HistoryLine>,
    /// Notes of all spots, oldest first.
    pub notes: Vec<Statement>,
    /// Photographs.
    pub attachments: Vec<Attachment>,
    /// It was found to be made twice, and that one stands: id and number.
    pub instead: Option<(String, String)>,
    /// It is another spot's, and here to be read until then.
    pub lent_until: Option<Moment>,
    /// The papers that it needs.
    pub papers: Vec<Needed>,
    /// Of who declared who they are: whether it is proven.
    pub identity: Option<Proof>,
}

/// A value with who stated it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The value, canonical.
    pub value: String,
    /// How it is known.
    pub provenance: Provenance,
    /// Mediator or operator.
    pub by: String,
    /// Spot or hub.
    pub spot: String,
    /// When.
    pub at: Moment,
}

/// A line of a request's history, in Portuguese words.
#[derive(Debug, Clone)]
pub struct HistoryLine {
    /// When.
    pub at: Moment,
    /// Who and where.
    pub by: String,
    /// What happened.
    pub text: String,
}
