//! A form that is filled in, step by step, with its photographs, until it is confirmed.

use std::collections::BTreeMap;

use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::catalogue::{Field, Service, Step, Words};
use vereda_sync::record::declaration::Proof;
use vereda_sync::record::late::Late;
use vereda_sync::record::papers::Needed;
use vereda_sync::record::sighting::Sighting;
use vereda_sync::record::tour::Position;
use vereda_sync::record::voice::Spoken;

use super::{Agreed, DeskError, Holder, Hours, OfHousehold, ScreenLink, Twice};
use crate::moment::Moment;

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
    /// Why papers may be missing, where an occurrence lets them.
    pub because: Option<String>,
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
    /// Another desk has the attendance.
    pub held: Option<Holder>,
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

/// A photograph, scan or voice note.
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
    /// Where the machine stood when it was taken in, if its browser said so.
    pub seen: Option<Sighting>,
    /// Of a voice note: how it was recorded.
    pub spoken: Option<Spoken>,
    /// What it says of itself, where that was looked at.
    pub shot: Option<Shot>,
}

/// What a photograph says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shot {
    /// When it was taken by the clock of the machine: `yyyy-mm-dd` and `hh:mm`.
    pub taken: Option<(String, String)>,
    /// So many days before it was taken in.
    pub age_days: Option<u32>,
    /// It names a day that cannot be.
    pub has_odd_date: bool,
    /// Where.
    pub position: Option<Position>,
    /// How far off that may be, in metres, where it says so.
    pub accuracy_m: Option<u32>,
    /// That is in the sea, or in another country.
    pub is_elsewhere: bool,
    /// So is where the machine stood.
    pub seen_elsewhere: bool,
    /// So many kilometres lie between what the photograph says and where the machine stood.
    pub apart_km: Option<u32>,
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
    /// To this step of another request of the same conversation.
    StepOf(String, String),
    /// To how the conversation of this attendance about what was lost stands.
    Lost(String),
}

/// Takes a blob in, piece by piece, never whole in memory.
pub trait Intake: Send {
    /// Where the machine stands from which it is taken in, as its browser says.
    fn stood(&mut self, seen: Sighting);
    /// It is to be a voice note, of so many seconds where its browser counted them. Said before the first piece.
    fn is_voice(&mut self, seconds: Option<u32>);
    /// Adds a piece.
    ///
    /// # Errors
    /// [`DeskError::NotAnImage`] or [`DeskError::NotASound`] as soon as the first bytes tell,
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
    /// Why papers may be missing, where an occurrence lets them.
    pub because: Option<String>,
    /// The papers that it needs.
    pub papers: Vec<Needed>,
    /// The hours at a counter that it can have; none where the service has none.
    pub hours: Option<Hours>,
    /// Of who declared who they are: whether it is proven.
    pub identity: Option<Proof>,
    /// What stood on paper first.
    pub late: Option<Late>,
    /// Photographs of that form.
    pub of_paper: Vec<Attachment>,
    /// How far the confirmation is.
    pub confirmation: Confirmation,
    /// Whether a citizen screen follows.
    pub screen: ScreenLink,
    /// What others of the household asked for.
    pub household: Vec<OfHousehold>,
    /// What seems to be the same, made at another spot.
    pub twice: Vec<Twice>,
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
