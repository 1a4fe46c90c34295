//! A request: as a row, on paper, and as a whole.

use vereda_sync::answer::Provenance;
use vereda_sync::catalogue::{Field, Service, Words};
use vereda_sync::record::Life;
use vereda_sync::record::declaration::Proof;
use vereda_sync::record::late::Late;
use vereda_sync::record::lease::Reserved;
use vereda_sync::record::occurrence::Under;
use vereda_sync::record::outcome::Contact;
use vereda_sync::record::papers::Needed;
use vereda_sync::record::request::Owed;

use super::{Agreed, Attachment, Case, Hours, OfHousehold, Payment, Term, Twice};
use crate::moment::Moment;

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
    /// It stood on paper first.
    pub late: bool,
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
    /// What stood on paper first.
    pub late: Option<Late>,
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
    /// Where the citizen can see how far it is, with its number and a code, if the hub has such a page.
    pub verify: Option<Verify>,
    /// Whether it was printed before ("2.ª via").
    pub copy: bool,
    /// The language that the citizen reads it in on the screen, by its code in
    /// [`crate::texts::LANGUAGES`]; Portuguese when no screen shows it.
    pub language: String,
}

/// Where the state of a receipt can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verify {
    /// The address of the page.
    pub address: String,
    /// What is asked for there besides the number.
    pub code: String,
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
    /// Under which occurrence it was recorded, and whether the hub says so by now.
    pub under: Option<(Under, bool)>,
    /// What stood on paper first.
    pub late: Option<Late>,
    /// Of that, the other requests under its number, by id: it was entered twice.
    pub same_number: Vec<String>,
    /// What others of the household asked for.
    pub household: Vec<OfHousehold>,
    /// What seems to be the same, made at another spot.
    pub twice: Vec<Twice>,
    /// What its agency was told, oldest first.
    pub disclosed: Vec<Disclosure>,
}

/// That an agency was told of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// Name of the agency.
    pub agency: String,
    /// When it was.
    pub at: Moment,
    /// What had happened, in Portuguese.
    pub what: String,
    /// The questions whose answers it was given, in Portuguese.
    pub fields: Vec<String>,
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
