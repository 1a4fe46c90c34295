//! What the pages about money need from the node.

use std::collections::BTreeMap;

use vereda_sync::catalogue::Words;
use vereda_sync::money::Counted;
use vereda_sync::record::till::{How, Movement, Till};

use vereda_sync::record::lease::Value;

use super::{DeskError, Person, Session};

/// The till of the day, payments, and what is closed.
pub trait Tills {
    /// The till that is open; else that of `day`, or of today.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when a day is asked for that has none.
    fn till(&self, session: &Session, day: Option<&str>) -> Result<TillView, DeskError>;
    /// Opens the till of today with what is in it.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when one is open, or that of today is closed.
    fn open_till(&self, session: &Session, float: &Counted) -> Result<(), DeskError>;
    /// Keeps what was counted until the till is closed: when this returns, it is on disk.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it is closed already.
    fn keep_count(&self, session: &Session, till: &str, counted: &Counted)
    -> Result<(), DeskError>;
    /// Closes a till with what was counted last.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it is closed already, when money came in since `closing` was
    /// shown, when a difference is not explained, or the second person is missing or not who
    /// they say.
    fn close_till(
        &self,
        session: &Session,
        till: &str,
        closing: &ToClose<'_>,
    ) -> Result<(), DeskError>;
    /// Takes a movement back.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it cannot be, the reason is missing, or the second person is not
    /// who they say.
    fn void(
        &self,
        session: &Session,
        till: &str,
        n: u64,
        reason: &str,
        second: &Second<'_>,
    ) -> Result<(), DeskError>;
    /// Adds money that came for a day that was closed.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when the till is open, or something is missing.
    fn add_late(&self, session: &Session, till: &str, late: &Late<'_>) -> Result<(), DeskError>;
    /// How a recorded request stands with its fee.
    ///
    /// # Errors
    /// [`DeskError::NotFound`]; [`DeskError::NotNow`] before it is recorded.
    fn payment(&self, session: &Session, request: &str) -> Result<PaymentView, DeskError>;
    /// The fee of a recorded request is paid, or waived for a reason.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when no till is open, or the reference or reason is missing.
    fn receive(&self, session: &Session, request: &str, paid: &Paid<'_>) -> Result<(), DeskError>;
}

/// A second person, who signs with the own PIN.
#[derive(Debug, Clone, Copy)]
pub struct Second<'a> {
    /// Id of the person; empty if there is none.
    pub person: &'a str,
    /// What was typed.
    pub pin: &'a str,
}

/// What a till is closed with, beside what was counted.
#[derive(Debug, Clone, Copy)]
pub struct ToClose<'a> {
    /// What should be there, as the page showed it, in cents.
    pub expected: i64,
    /// What was counted, as the page showed it, in cents.
    pub counted: u64,
    /// What explains a difference.
    pub explained: &'a str,
    /// Who was there as well.
    pub second: Second<'a>,
}

/// How a fee was settled.
#[derive(Debug, Clone, Copy)]
pub struct Paid<'a> {
    /// How.
    pub how: How,
    /// The terminal's reference.
    pub reference: &'a str,
    /// Why it is waived, or comes after the day was closed.
    pub reason: &'a str,
}

/// Money that came for a day that was closed.
#[derive(Debug, Clone, Copy)]
pub struct Late<'a> {
    /// The request's number, as it was typed; or empty.
    pub number: &'a str,
    /// The sum, as it was typed.
    pub sum: &'a str,
    /// How, and why so late.
    pub paid: Paid<'a>,
}

/// The page of a till.
#[derive(Debug, Clone)]
pub struct TillView {
    /// Today in Portugal, `yyyy-mm-dd`.
    pub today: String,
    /// The till shown; none when that of today is not opened yet.
    pub till: Option<ShownTill>,
    /// Who else could be there as a second person.
    pub others: Vec<Person>,
    /// From which difference on a second person is asked for, in cents.
    pub second_person_cents: u64,
    /// The last days, newest first: day, and counted less expected once closed, in cents.
    pub days: Vec<(String, Option<i64>)>,
}

/// A till, with what is known beside it.
#[derive(Debug, Clone)]
pub struct ShownTill {
    /// Its id.
    pub id: String,
    /// What its record says.
    pub till: Till,
    /// What was counted so far; none before anybody did.
    pub counted: Option<Counted>,
    /// Requests of that day whose fee an occurrence waived, and how much that is, in cents: it never came in.
    pub waived: (u64, u64),
    /// Names of citizens by request, as far as they are known here.
    pub citizens: BTreeMap<String, String>,
}

impl Payment {
    /// Whether money can be taken for it at the desk.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Due | Self::Awaited)
    }
}

/// How a request stands with its fee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payment {
    /// It costs nothing.
    Free,
    /// Not paid yet.
    Due,
    /// Not paid, and a reference was given under which it can be.
    Later(Value),
    /// Not paid, and a reference is to be given.
    Awaited,
    /// Paid, or waived.
    Settled {
        /// The day of the till.
        day: String,
        /// The movement in it.
        movement: Box<Movement>,
    },
}

/// What the page of a payment shows.
#[derive(Debug, Clone)]
pub struct PaymentView {
    /// The request.
    pub request: String,
    /// Its number.
    pub number: String,
    /// The service.
    pub service: Words,
    /// The citizen.
    pub citizen: String,
    /// The fee, in cents.
    pub fee_cents: u32,
    /// How it stands.
    pub payment: Payment,
    /// The till that the money would go into.
    pub till: TillNow,
    /// References under which it could be paid later that are left here; none where the service has none.
    pub references: Option<u64>,
}

/// The till that money goes into now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TillNow {
    /// One is open.
    Open,
    /// That of today, which is closed: as late.
    ClosedToday,
    /// None: it must be opened first.
    NotOpened,
}
