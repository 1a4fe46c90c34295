//! What the pages about care homes need, at the desk and at the console.

use std::collections::BTreeMap;

use vereda_sync::catalogue::{Service, Words};
use vereda_sync::record::capacity::{Capacity, Consent};
use vereda_sync::record::facility::About;
use vereda_sync::record::kin::{Kin, May};
use vereda_sync::record::resident::Reason;
use vereda_sync::record::tour::{Plan, Standing};

use super::{By, DeskError, RequestRow, Session};

/// Visits to care homes: where they go, who is to be seen, what is done at the bedside.
pub trait Homes {
    /// The lists of this spot's visits, and the facilities that it knows.
    ///
    /// # Errors
    /// When the store does not answer.
    fn homes(&self, session: &Session) -> Result<HomesView, DeskError>;
    /// One facility.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn facility(&self, session: &Session, facility: &str) -> Result<FacilityView, DeskError>;
    /// Writes a facility down, or what is known of one otherwise; gives its id.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] with what is missing or cannot be.
    fn keep_facility(
        &self,
        session: &Session,
        facility: Option<&str>,
        typed: &TypedFacility,
    ) -> Result<String, DeskError>;
    /// The stops of this spot's tours from today on to which a list can be tied.
    ///
    /// # Errors
    /// When the store does not answer.
    fn stops_ahead(&self, session: &Session) -> Result<Vec<StopAhead>, DeskError>;
    /// Begins the list of a visit of this spot; gives its id.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] with what is missing or cannot be.
    fn plan_visit(
        &self,
        session: &Session,
        facility: &str,
        typed: &TypedVisit,
    ) -> Result<String, DeskError>;
    /// A list of this spot.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when it is none of this spot.
    fn residents(&self, session: &Session, list: &str) -> Result<ListView, DeskError>;
    /// One resident of it.
    ///
    /// # Errors
    /// As [`Homes::residents`].
    fn resident(&self, session: &Session, resident: &str) -> Result<BedsideView, DeskError>;
    /// Writes somebody on a list of this spot.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] with what is missing or cannot be.
    fn list_resident(
        &self,
        session: &Session,
        list: &str,
        typed: &TypedResident,
    ) -> Result<(), DeskError>;
    /// Takes somebody off.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] without a reason, or when they were seen.
    fn take_off(&self, session: &Session, resident: &str, reason: &str) -> Result<(), DeskError>;
    /// They consent, or somebody asks in their place: gives the attendance in which they are served.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when that consent does not do for their capacity.
    fn consents(
        &self,
        session: &Session,
        resident: &str,
        capacity: Capacity,
        consent: Consent,
    ) -> Result<String, DeskError>;
    /// Nothing is asked for them, and why. Twice is as once.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] when the reason is another one and is not written.
    fn leave_out(
        &self,
        session: &Session,
        resident: &str,
        reason: Reason,
        note: &str,
    ) -> Result<(), DeskError>;
    /// They say who may be told what.
    ///
    /// # Errors
    /// [`DeskError::NotNow`] before they consented, and with what is missing.
    fn say_kin(&self, session: &Session, resident: &str, typed: &TypedKin)
    -> Result<(), DeskError>;
    /// A service as it could be done for several: its shared fields.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    fn for_several(&self, service: &str) -> Result<Service, DeskError>;
    /// Begins a batch; gives its id.
    ///
    /// # Errors
    /// [`DeskError::Refused`] with the shared values that cannot stay, [`DeskError::NotNow`] without residents.
    fn begin_batch(
        &self,
        session: &Session,
        list: &str,
        service: &str,
        residents: &[String],
        shared: &BTreeMap<String, String>,
    ) -> Result<String, DeskError>;
    /// The resident who comes next: of the latest batch that is not done, else of the list; `None`: all were
    /// seen or left out.
    ///
    /// # Errors
    /// As [`Homes::residents`].
    fn next_resident(
        &self,
        session: &Session,
        list: &str,
        after: Option<&str>,
    ) -> Result<Option<String>, DeskError>;
    /// The list with which this session is at the bedside.
    fn bedside(&self, session: &Session) -> Option<String>;
    /// The session goes to the bedside with a list, or comes from there.
    ///
    /// # Errors
    /// As [`Homes::residents`].
    fn go_to_bedside(&self, session: &Session, list: Option<&str>) -> Result<(), DeskError>;
}

/// A facility as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedFacility {
    /// Its scope; only asked where there are several.
    pub scope: String,
    /// Its name.
    pub name: String,
    /// A code of [`vereda_sync::record::facility::Sort`].
    pub sort: String,
    /// The place.
    pub place: String,
    /// Its municipality, or empty.
    pub municipality: String,
    /// Street and number, or empty.
    pub address: String,
    /// Rooms, by commas or lines; `1-12` are twelve of them.
    pub rooms: String,
    /// Contacts: role, name and telephone of each.
    pub contacts: Vec<[String; 3]>,
    /// A note, or empty.
    pub note: String,
}

impl TypedFacility {
    /// What is known, to be changed.
    #[must_use]
    pub fn of(about: &About) -> Self {
        let contacts = about.contacts.iter();
        Self {
            scope: String::new(),
            name: about.name.clone(),
            sort: about.sort.code().into(),
            place: about.place.clone(),
            municipality: about.municipality.clone(),
            address: about.address.clone(),
            rooms: about.rooms.join(", "),
            contacts: contacts
                .map(|c| [c.role.clone(), c.name.clone(), c.phone.clone()])
                .collect(),
            note: about.note.clone(),
        }
    }
}

/// A visit as it is typed: a stop that is planned, or a day on which one is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedVisit {
    /// `tour/stop`, or empty.
    pub stop: String,
    /// Who goes; only asked at the console.
    pub spot: String,
    /// The day, `yyyy-mm-dd`.
    pub day: String,
    /// `hh:mm`.
    pub from: String,
    /// `hh:mm`.
    pub to: String,
}

/// A resident as they are typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedResident {
    /// Their name.
    pub name: String,
    /// Their date of birth as people write it, or empty.
    pub birth: String,
    /// Their NIF, or empty.
    pub nif: String,
    /// Their room, or empty.
    pub room: String,
    /// `hh:mm`, or empty.
    pub hour: String,
    /// Ids of services.
    pub services: Vec<String>,
    /// A code of [`Capacity`], or empty.
    pub capacity: String,
    /// A note, or empty.
    pub note: String,
}

/// Somebody close as they are typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedKin {
    /// Their name.
    pub name: String,
    /// What they are to the resident.
    pub relation: String,
    /// Their telephone.
    pub phone: String,
    /// What they may be told.
    pub may: May,
}

/// A stop to which a list can be tied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopAhead {
    /// `tour/stop`.
    pub id: String,
    /// The spot's name.
    pub spot: String,
    /// What is planned.
    pub plan: Plan,
}

/// What a spot has of care homes.
#[derive(Debug, Clone, Default)]
pub struct HomesView {
    /// Visits from today on, by day.
    pub ahead: Vec<ListRow>,
    /// Those before, the latest first.
    pub past: Vec<ListRow>,
    /// The facilities that are known, by name.
    pub facilities: Vec<FacilityView>,
    /// The scopes in which one can be written down; of one nobody is asked.
    pub scopes: Vec<String>,
}

/// A list as a row.
#[derive(Debug, Clone)]
pub struct ListRow {
    /// Its id.
    pub id: String,
    /// The facility's name.
    pub facility: String,
    /// Who goes.
    pub spot: String,
    /// The day, `yyyy-mm-dd`.
    pub day: String,
    /// `10:00–12:00`.
    pub hours: String,
    /// How the visit stands.
    pub standing: Standing,
    /// How many are on it.
    pub residents: u64,
    /// How many were seen or left out.
    pub done: u64,
    /// How many are on the list of another facility as well.
    pub elsewhere: u64,
}

/// A facility.
#[derive(Debug, Clone)]
pub struct FacilityView {
    /// Its id.
    pub id: String,
    /// What is known.
    pub about: About,
    /// What somebody else wrote meanwhile: until it is written again both stand.
    pub others: Vec<(About, By)>,
    /// Who wrote it.
    pub by: By,
}

/// A list.
#[derive(Debug, Clone)]
pub struct ListView {
    /// Its id.
    pub id: String,
    /// Where.
    pub facility: FacilityView,
    /// Who goes.
    pub spot: String,
    /// The tour.
    pub tour: String,
    /// What is planned of the stop.
    pub plan: Plan,
    /// How the stop stands.
    pub standing: Standing,
    /// It was held on another day, or at another hour or place, than is planned now.
    pub moved: Option<String>,
    /// Today, `yyyy-mm-dd`.
    pub today: String,
    /// Who is on it, by room; who was taken off comes last.
    pub residents: Vec<ResidentView>,
    /// What is done for several, oldest first.
    pub batches: Vec<BatchView>,
}

impl ListView {
    /// Those who were not taken off.
    pub fn standing_residents(&self) -> impl Iterator<Item = &ResidentView> {
        self.residents.iter().filter(|r| r.taken_off.is_none())
    }

    /// How many were seen or left out, of how many.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let all = self.standing_residents();
        let done = all.filter(|r| r.is_settled()).count();
        (done, self.standing_residents().count())
    }

    /// A batch by its id.
    #[must_use]
    pub fn batch(&self, id: &str) -> Option<&BatchView> {
        self.batches.iter().find(|batch| batch.id == id)
    }
}

/// A resident on a list.
#[derive(Debug, Clone)]
pub struct ResidentView {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their date of birth, `yyyy-mm-dd`, or empty.
    pub birth: String,
    /// Their NIF, or empty.
    pub nif: String,
    /// Their room, or empty.
    pub room: String,
    /// `hh:mm`, or empty.
    pub hour: String,
    /// What they are listed for: id and name.
    pub services: Vec<(String, Words)>,
    /// What was known of their capacity.
    pub capacity: Option<Capacity>,
    /// A note, or empty.
    pub note: String,
    /// Their requests of elsewhere that may be read for the visit: id, number, service.
    pub earlier: Vec<(String, String, Words)>,
    /// Who wrote them down.
    pub by: By,
    /// In which attendance they are served, where it is known here.
    pub attendance: Option<String>,
    /// They were served; the attendance may be gone.
    pub came: bool,
    /// Nothing is asked for them: why, what else, who says so.
    pub left_out: Option<(Reason, String, By)>,
    /// They were taken off, and why.
    pub taken_off: Option<String>,
    /// Their requests of this visit, each with the id of its service.
    pub requests: Vec<(String, RequestRow)>,
    /// The same resident on the list of another facility, in Portuguese.
    pub elsewhere: Vec<String>,
}

impl ResidentView {
    /// Something was recorded for them, or nothing is to be asked.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let mut requests = self.requests.iter();
        let is_done = !self.requests.is_empty() && requests.all(|(_, row)| row.number.is_some());
        self.left_out.is_some() || is_done || (self.came && self.attendance.is_none())
    }
}

/// How a resident stands in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InBatch {
    /// They are still to be seen.
    Waits,
    /// Their request is begun.
    Begun,
    /// It is recorded.
    Recorded,
    /// They are left out.
    LeftOut,
}

/// One service for several residents.
#[derive(Debug, Clone)]
pub struct BatchView {
    /// Its id.
    pub id: String,
    /// Id of the service.
    pub service: String,
    /// Its name.
    pub title: Words,
    /// Who it is for: id of the resident, how they stand, their request.
    pub residents: Vec<(String, InBatch, Option<String>)>,
    /// What was asked once: field and value as people read it.
    pub shared: Vec<(Words, String)>,
    /// Who made it.
    pub by: By,
}

impl BatchView {
    /// How many of them stand so.
    #[must_use]
    pub fn count(&self, how: InBatch) -> usize {
        self.residents
            .iter()
            .filter(|(_, it, _)| *it == how)
            .count()
    }

    /// Nobody of it is still to be seen.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.count(InBatch::Waits) + self.count(InBatch::Begun) == 0
    }
}

/// A resident at the bedside.
#[derive(Debug, Clone)]
pub struct BedsideView {
    /// The list.
    pub list: ListView,
    /// Who.
    pub resident: ResidentView,
    /// What they said of their capacity and consent, once they did.
    pub said: Option<(Capacity, Consent)>,
    /// Their identity is confirmed.
    pub is_identified: bool,
    /// Of one for whom somebody asks: who, once it is known.
    pub representative: Option<String>,
    /// The attendance takes no more requests.
    pub is_closed: bool,
    /// Whom they let be told something.
    pub kin: Option<Kin>,
    /// The service of a batch that comes next for them: id and name.
    pub next: Option<(String, Words)>,
}
