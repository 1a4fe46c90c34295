//! What the pages about tours need, at the desk and at the console.

use vereda_sync::catalogue::Words;
use vereda_sync::record::tour::{Happened, Hour, Plan, Standing};

use super::{By, CalendarView, DeskError, Session};
use crate::map::Ground;
use crate::place::{self, Zone};

/// The tours of this spot: what is planned, what came of it, who is booked.
pub trait Tours {
    /// Today's tours with all that is in them, and the others in a line each.
    ///
    /// # Errors
    /// When the store does not answer.
    fn tours(&self, session: &Session) -> Result<ToursView, DeskError>;
    /// A month of this spot's tours, `yyyy-mm`; this month without, or where there is none such.
    ///
    /// # Errors
    /// When the store does not answer.
    fn tour_month(&self, session: &Session, month: Option<&str>)
    -> Result<CalendarView, DeskError>;
    /// One tour of this spot.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when it is none of this spot.
    fn tour(&self, session: &Session, tour: &str) -> Result<TourView, DeskError>;
    /// The services that can be offered at a stop, by id and name.
    ///
    /// # Errors
    /// When the store does not answer.
    fn tour_services(&self) -> Result<Vec<(String, Words)>, DeskError>;
    /// The crew has these things on board for a stop, as they read on the list, and not the others.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when it is no stop of this spot.
    fn take_on_board(
        &self,
        session: &Session,
        tour: &str,
        stop: &str,
        items: &[String],
    ) -> Result<(), DeskError>;
    /// Plans a tour with its first stop; gives its id.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] with what is missing or cannot be.
    fn plan_tour(&self, session: &Session, first: &TypedStop) -> Result<String, DeskError>;
    /// Plans a stop of a tour of this spot: another one, or one that is there otherwise.
    ///
    /// # Errors
    /// As [`Tours::plan_tour`].
    fn plan_stop(
        &self,
        session: &Session,
        tour: &str,
        stop: Option<&str>,
        typed: &TypedStop,
    ) -> Result<(), DeskError>;
    /// Says what happened at a stop. Twice is as once.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when it cannot be: a stop of another day was not held today.
    fn mark(
        &self,
        session: &Session,
        tour: &str,
        stop: &str,
        what: &Happened,
    ) -> Result<(), DeskError>;
    /// Takes back what this spot said of a stop, by its act. Twice is as once.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when there is no such tour here.
    fn undo_mark(&self, session: &Session, tour: &str, mark: &str) -> Result<(), DeskError>;
    /// Who was booked is here: begins the attendance, with name and number to be confirmed, and gives its id. Whom
    /// another desk serves already is not served twice.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when there is no such booking here.
    fn attend_booking(&self, session: &Session, booking: &str) -> Result<String, DeskError>;
    /// Who was booked did not come.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when they did.
    fn absent_booking(&self, session: &Session, booking: &str) -> Result<(), DeskError>;
}

/// The next stop of today, in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStop {
    /// The place.
    pub place: String,
    /// `10:00–12:00`, as it is now.
    pub hours: String,
    /// How many are booked there and awaited.
    pub awaited: u64,
}

/// A stop as it is typed; days `yyyy-mm-dd`, hours `hh:mm`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedStop {
    /// The day.
    pub day: String,
    /// When the vehicle is to be there.
    pub from: String,
    /// When it goes on.
    pub to: String,
    /// Whose days and hours these are, where that is known and is not here: `de São Paulo`. Shown, and not sent.
    pub clock: String,
    /// The place.
    pub place: String,
    /// Its municipality, or empty.
    pub municipality: String,
    /// Its district, or empty.
    pub district: String,
    /// `37,3184; -8,5561`, or empty.
    pub position: String,
    /// Ids of the services that are offered there; none: all.
    pub offers: Vec<String>,
    /// What else is said of what is offered, or empty.
    pub services: String,
    /// What to bring, or empty.
    pub bring: String,
    /// A note, or empty.
    pub note: String,
}

impl TypedStop {
    /// What is planned, to be changed.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self {
            day: plan.day.to_string(),
            from: plan.from.to_string(),
            to: plan.to.to_string(),
            clock: clock_of(plan),
            place: plan.place.clone(),
            municipality: plan.municipality.clone(),
            district: plan.district.clone(),
            position: plan.position.map_or_else(String::new, |at| at.text()),
            offers: plan.offers.clone(),
            services: plan.services.clone(),
            bring: plan.bring.clone(),
            note: plan.note.clone(),
        }
    }
}

/// A booking as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedBooking {
    /// Who comes.
    pub name: String,
    /// Their NIF, or empty.
    pub nif: String,
    /// Their telephone, or empty.
    pub phone: String,
    /// Id of the service, or empty.
    pub service: String,
    /// `hh:mm`.
    pub hour: String,
    /// A note, or empty.
    pub note: String,
}

/// The tours of one spot.
#[derive(Debug, Clone, Default)]
pub struct ToursView {
    /// Those with a stop today.
    pub today: Vec<TourView>,
    /// Those that begin later, the next first; at most 50.
    pub coming: Vec<TourRow>,
    /// Those that are over, the latest first; at most 20.
    pub past: Vec<TourRow>,
}

/// A tour as a row.
#[derive(Debug, Clone)]
pub struct TourRow {
    /// Its id.
    pub id: String,
    /// The spot's name.
    pub spot: String,
    /// Its first day, `yyyy-mm-dd`.
    pub first: String,
    /// Its last.
    pub last: String,
    /// The places in order.
    pub places: Vec<String>,
    /// How many stops were held.
    pub held: u64,
    /// How many do not take place.
    pub cancelled: u64,
    /// How many people are booked and not withdrawn.
    pub booked: u64,
    /// Something that somebody should look at, or empty.
    pub trouble: String,
}

/// One tour.
#[derive(Debug, Clone)]
pub struct TourView {
    /// Its id.
    pub id: String,
    /// The spot's name.
    pub spot: String,
    /// The spot planned it itself.
    pub is_own: bool,
    /// Who reads this may change what is planned.
    pub may_plan: bool,
    /// Today, `yyyy-mm-dd`.
    pub today: String,
    /// Whose days and hours another stop is planned in, where that is not this place's clock: `de São Paulo`.
    pub clock: String,
    /// Its stops in order.
    pub stops: Vec<StopView>,
}

impl TourView {
    /// A stop by its id.
    #[must_use]
    pub fn stop(&self, id: &str) -> Option<&StopView> {
        self.stops.iter().find(|stop| stop.id == id)
    }

    /// The next stop of today, if one is ahead.
    #[must_use]
    pub fn next(&self) -> Option<&StopView> {
        self.stops.iter().find(|stop| stop.is_next)
    }
}

/// One stop.
#[derive(Debug, Clone)]
pub struct StopView {
    /// Its id within the tour.
    pub id: String,
    /// Its number, from 1.
    pub number: usize,
    /// What is planned.
    pub plan: Plan,
    /// Who planned it.
    pub by: By,
    /// What somebody else planned meanwhile: until it is planned again both stand.
    pub others: Vec<(Plan, By)>,
    /// How it stands.
    pub standing: Standing,
    /// What was said of it, oldest first.
    pub marks: Vec<MarkView>,
    /// It was held on this day, at these hours and this place, and the plan says otherwise now.
    pub moved: Option<String>,
    /// It is the next of today.
    pub is_next: bool,
    /// What lies at its position; `None`: it has none.
    pub ground: Option<Ground>,
    /// Who is booked, by hour.
    pub bookings: Vec<BookingView>,
    /// The names of the services that are offered there; none: all.
    pub offers: Vec<String>,
    /// What is to be brought, and whether it is on board.
    pub bring: Vec<ToBring>,
    /// What stands against it, in Portuguese: another vehicle there, two stops at once.
    pub clashes: Vec<String>,
}

/// Something that is to be brought to a stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToBring {
    /// What, with how many.
    pub item: String,
    /// Why, where nobody typed it; empty otherwise.
    pub why: String,
    /// The crew says that it is on board.
    pub is_on_board: bool,
}

impl StopView {
    /// `10:00–12:00`, later when it is late; where clocks show something else than here, `10:00–12:00, hora de São
    /// Paulo (13:00–15:00 em Lisboa)`.
    #[must_use]
    pub fn hours(&self) -> String {
        let late = match self.standing {
            Standing::Late(minutes) => minutes,
            _ => 0,
        };
        let (from, to) = (self.plan.from.later(late), self.plan.to.later(late));
        format!("{from}–{to}{}", elsewhere(&self.plan, (from, to)))
    }

    /// What names it on a page on which other tours may stand as well.
    #[must_use]
    pub fn anchor(&self) -> String {
        self.id.replace('.', "-")
    }

    /// How many are booked and were not withdrawn.
    #[must_use]
    pub fn booked(&self) -> u64 {
        let stand = self.bookings.iter().filter(|b| b.stands());
        stand.count() as u64
    }
}

/// `de São Paulo`, where that clock is not the one of this place.
fn clock_of(plan: &Plan) -> String {
    let zone = Zone::of_record((!plan.zone.is_empty()).then_some(&plan.zone));
    let elsewhere = zone.filter(|zone| *zone != place::here());
    elsewhere.map_or_else(String::new, Zone::of)
}

/// What is said after the hours of a plan of another zone than that of this place.
fn elsewhere(plan: &Plan, (from, to): (Hour, Hour)) -> String {
    let zone = match plan.zone.as_str() {
        "" => Zone::LISBON,
        name => Zone::named(name).unwrap_or_else(place::here),
    };
    let day = plan.day.to_string();
    let ms = |hour: Hour| zone.ms_at(&day, &hour.to_string());
    let here = place::here();
    match ms(from).zip(ms(to)) {
        Some((from_ms, to_ms)) if !zone.agrees(here, from_ms) || !zone.agrees(here, to_ms) => {
            let (from, to) = (here.hour_at(from_ms), here.hour_at(to_ms));
            format!(", hora {} ({from}–{to} {})", zone.of(), here.at())
        }
        _ => String::new(),
    }
}

/// Something that was said of a stop.
#[derive(Debug, Clone)]
pub struct MarkView {
    /// Its act: by that it is taken back.
    pub act: String,
    /// What.
    pub what: Happened,
    /// The crew said so; otherwise the hub.
    pub by_crew: bool,
    /// Who.
    pub by: By,
    /// Who reads this may take it back.
    pub is_mine: bool,
}

/// What became of a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookingState {
    /// They are awaited.
    Waits,
    /// They came; the attendance, where it is known here.
    Came(Option<String>),
    /// They did not come.
    Absent,
    /// It was withdrawn, and why.
    Withdrawn(String),
}

/// Somebody who is booked.
#[derive(Debug, Clone)]
pub struct BookingView {
    /// Its id.
    pub id: String,
    /// Who.
    pub name: String,
    /// Their NIF, or empty.
    pub nif: String,
    /// Their telephone, or empty.
    pub phone: String,
    /// For what, or none.
    pub service: Option<Words>,
    /// `hh:mm`.
    pub hour: String,
    /// Their requests of elsewhere that may be read for the visit: id, number, service.
    pub earlier: Vec<(String, String, Words)>,
    /// The stop moved, and this hour is outside of it now.
    pub is_outside: bool,
    /// A note, or empty.
    pub note: String,
    /// What became of it.
    pub state: BookingState,
    /// Who wrote it down.
    pub by: By,
}

impl BookingView {
    /// It was not withdrawn.
    #[must_use]
    pub fn stands(&self) -> bool {
        !matches!(self.state, BookingState::Withdrawn(_))
    }
}
