//! The desk of a spot: implements what the desk's pages and the citizen's
//! screens ask for. What is written goes through [`Node`]; what is shown is
//! read afresh, so a power cut or a second desk sees the same.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;
use vereda_hardware::card::{CardReader, CardState};
use vereda_sync::catalogue::{Service, search};
use vereda_sync::record::attendance;
use vereda_sync::record::outcome::OUTCOME;
use vereda_sync::record::papers::Said;
use vereda_web::desk::port::{
    self, Attendance, BlobPiece, CheckAnswers, DeskError, Event, Form, Intake, Link, Near, Next,
    Person, Receipt, Request, RequestRow, Saved, ScreenLink, Session, SignInRefusal, Strip, Today,
};
use vereda_web::moment::Moment;
use vereda_web::own_pin::{OwnPin, PinRefusal};
use vereda_web::texts::PORTUGUESE;

use crate::audit::writing::Lately;
use crate::clock;
use crate::link::Arrival;
use crate::node::Node;
use crate::people::People;
use crate::staff::AT_DESKS;
use crate::store::{self, blob, derived, journal, notices};
use crate::training::{InventedReader, Nowhere};

mod arrival;
pub(crate) mod assessments;
mod attendances;
mod authority;
mod bedside;
mod carrying;
pub(crate) mod cases;
pub(crate) mod complaints;
pub(crate) mod confirm;
mod desks;
mod editions;
mod error;
mod figures;
mod forms;
mod help;
mod homes;
pub(crate) mod household;
mod keeping;
pub(crate) mod leases;
mod looks;
pub(crate) mod lookups;
mod lost;
pub(crate) mod messages;
mod occurrences;
mod outcomes;
mod packs;
mod papers;
pub(crate) mod photos;
mod queue;
pub(crate) mod requests;
pub(crate) mod rows;
pub mod screens;
mod shots;
pub mod stage;
mod standing;
mod sticks;
mod tills;
mod tours;
mod twice;
mod typing;
mod undo;
mod whereabouts;
mod writing;

pub use error::{fault, record_id};
pub use messages::decision_text;

/// Requests listed at once: what a person looks through before searching.
const LISTED: u32 = 50;

/// How the desk learns of the link, without knowing it.
pub trait LinkView: Send + Sync {
    /// The way to the hub as it is now.
    fn link(&self) -> Link;
    /// Try now.
    fn sync_now(&self);
    /// The spots that are near.
    fn near(&self) -> Vec<Near> {
        vec![]
    }
    /// When work was brought to the hub last, after it had not been reached.
    fn arrival(&self) -> Option<Arrival> {
        None
    }
}

/// The desk of one spot.
pub struct SpotDesk {
    node: Arc<Node>,
    people: People,
    card: Option<Box<dyn CardReader>>,
    link: Box<dyn LinkView>,
    /// Citizen screens whose page is connected, by token hash: how many pages.
    connected: Mutex<HashMap<[u8; 32], u32>>,
    /// Recording takes a number: one at a time. Whether this process has taken one.
    recording: Mutex<bool>,
    /// The till is opened, closed and paid into by one desk at a time.
    till_turn: Mutex<()>,
    stick_work: sticks::Work,
    looked: Lately,
    /// What a desk for training has besides.
    training: Option<Room>,
}

/// Where mediators train.
struct Room {
    real: Arc<Node>,
    reader: InventedReader,
}

impl fmt::Debug for SpotDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpotDesk")
            .field("node", &self.node.config.node.id)
            .finish_non_exhaustive()
    }
}

impl SpotDesk {
    /// The desk of this node, with its card reader, if it has one.
    pub fn new(
        node: Arc<Node>,
        card: Option<Box<dyn CardReader>>,
        link: Box<dyn LinkView>,
    ) -> Self {
        if let Some(reader) = &card {
            let teller = Arc::clone(&node);
            reader.subscribe(Box::new(move |_| teller.tell(Event::Card)));
        }
        let people = People::new(Arc::clone(&node), AT_DESKS);
        Self {
            node,
            people,
            card,
            link,
            connected: Mutex::default(),
            recording: Mutex::default(),
            till_turn: Mutex::default(),
            stick_work: sticks::Work::default(),
            looked: Lately::new(looks::ANEW),
            training: None,
        }
    }

    /// The desk of a node for training, beside that of `real`: with a reader of invented cards, and
    /// without a link.
    pub(crate) fn for_training(node: Arc<Node>, real: Arc<Node>) -> Self {
        let reader = InventedReader::default();
        let people = People::in_training(Arc::clone(&node), Arc::clone(&real));
        Self {
            people,
            training: Some(Room {
                real,
                reader: reader.clone(),
            }),
            ..Self::new(node, Some(Box::new(reader)), Box::new(Nowhere))
        }
    }

    /// Whoever begins to train finds the services and the clock of the real desk.
    fn follow_real(&self) {
        let Some(room) = &self.training else { return };
        if let Err(error) = self.node.take_edition(room.real.catalogue().clone()) {
            tracing::warn!(%error, "training goes on under an older catalogue");
        }
        if room.real.clock_is_sure() {
            self.node.compare_clock(self.node.wall_ms()).ok();
        }
    }

    fn till_turn(&self) -> MutexGuard<'_, ()> {
        self.till_turn
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl OwnPin for SpotDesk {
    fn change_pin(
        &self,
        desk: &str,
        person: &str,
        pins: (&str, &str),
    ) -> Result<String, PinRefusal> {
        let token = self.people.change_pin_at(desk, person, pins)?;
        self.tell_who_is_where(desk);
        Ok(token)
    }
}

impl port::Desk for SpotDesk {
    fn mediators(&self) -> Vec<Person> {
        self.people.all()
    }

    fn sign_in_at(&self, desk: &str, mediator: &str, pin: &str) -> Result<String, SignInRefusal> {
        self.follow_real();
        let token = self.people.sign_in_at(desk, mediator, pin)?;
        self.tell_who_is_where(desk);
        Ok(token)
    }

    fn session(&self, token: &str) -> Option<Session> {
        let session = self.people.session(token)?;
        self.of_desks().doors.hear(&session.desk);
        Some(session)
    }

    fn sign_out(&self, token: &str) {
        if let Some(session) = self.people.sign_out(token) {
            self.let_go_of_screen(&session);
            self.tell_who_is_where(&session.desk);
        }
    }

    fn form_guard(&self, session: &Session) -> String {
        self.people.form_guard(session)
    }

    fn now(&self) -> Moment {
        clock::moment(clock::now_ms(), self.node.clock_is_sure())
    }

    fn strip(&self, session: &Session) -> Strip {
        let db = self.node.store.read();
        // What is done in training is not waiting to be sent.
        let (unsent, blobs) = match self.training {
            Some(_) => Default::default(),
            None => (
                journal::unsent(&db).unwrap_or_default(),
                blob::unsent(&db, &self.node.config.node.id).map_or(0, |b| b.len() as u64),
            ),
        };
        let proven_records = store::unheard::records_heard(&db).unwrap_or_default();
        let paired = store::people::screen_of_session(&db, &session.id)
            .ok()
            .flatten();
        drop(db);
        let sure = self.node.clock_is_sure();
        Strip {
            spot: self.node.config.node.name.clone(),
            stop: self.node.config.node.stop.clone(),
            link: self.link.link(),
            near: self.link.near(),
            unsent_changes: unsent.changes,
            unsent_requests: unsent.requests,
            unsent_blobs: blobs,
            oldest_unsent: unsent.oldest_ms.map(|ms| clock::moment(ms, sure)),
            urgent_after_days: self
                .node
                .config
                .hub
                .as_ref()
                .map_or(u16::MAX, |hub| hub.urgent_after_days),
            proven: unsent.proven_ms.map(|ms| clock::moment(ms, sure)),
            proven_records,
            now: clock::moment(clock::now_ms(), sure),
            screen: paired
                .as_ref()
                .map_or(ScreenLink::None, |(token, _)| self.screen_link(token)),
            screen_language: paired.map_or_else(|| PORTUGUESE.to_owned(), |(_, s)| s.language),
            list_ends_in: self
                .node
                .roster_days_left()
                .and_then(|days| u32::try_from(days).ok()),
            old_catalogue: self
                .node
                .catalogue_is_old()
                .then_some(self.node.catalogue().edition),
            training: self.training.as_ref().map(|room| port::Training {
                cards: InventedReader::cards(),
                inserted: room.reader.inserted(),
            }),
        }
    }

    fn insert_card(&self, person: &str) -> Result<(), DeskError> {
        let room = self.training.as_ref().ok_or(DeskError::NotFound)?;
        room.reader.insert(person)
    }

    fn card(&self, session: &Session) -> CardState {
        self.card_at(session)
    }

    fn label_of(&self, form: &str, field: &str) -> Option<String> {
        let record = record_id(form).ok()?;
        let known = self.node.with_document(record, |d| {
            let service = standing::service_of(&self.node, d);
            let asked = OUTCOME.fields.iter().find(|f| f.id == field);
            let known = rows::field_of(service, field).or_else(|| asked.cloned());
            known.map(|f| f.label.pt().to_owned())
        });
        known.ok().flatten().flatten()
    }

    fn events(&self) -> broadcast::Receiver<Event> {
        self.node.events()
    }

    fn happened(&self) -> u64 {
        self.node.happened()
    }

    fn today(&self, session: &Session) -> Result<Today, DeskError> {
        self.read_today(session)
    }

    fn begin_attendance(&self, session: &Session) -> Result<String, DeskError> {
        let record = self
            .node
            .begin(&session.person.name, attendance::begin)
            .map_err(fault)?;
        Ok(record.to_string())
    }

    fn attendance(&self, session: &Session, attendance: &str) -> Result<Attendance, DeskError> {
        self.read_attendance(session, attendance)
    }

    fn identity_from_card(&self, session: &Session, attendance: &str) -> Result<(), DeskError> {
        self.fill_from_card(session, attendance)
    }

    fn represent(
        &self,
        session: &Session,
        attendance: &str,
        represented: bool,
    ) -> Result<(), DeskError> {
        self.set_represented(session, attendance, represented)
    }

    fn declare(
        &self,
        session: &Session,
        attendance: &str,
        undocumented: bool,
    ) -> Result<(), DeskError> {
        self.set_undocumented(session, attendance, undocumented)
    }

    fn close_attendance(&self, session: &Session, attendance: &str) -> Result<(), DeskError> {
        self.close(session, attendance)
    }

    fn services(&self, query: &str) -> Vec<Service> {
        let today = clock::today();
        let found = search::search(self.node.catalogue(), query).into_iter();
        let mut services: Vec<Service> = found.filter_map(|s| s.on(&today)).collect();
        self.first_things_first(&mut services);
        services
    }

    fn begin_request(
        &self,
        session: &Session,
        attendance: &str,
        service: &str,
    ) -> Result<String, DeskError> {
        self.open_request(session, attendance, service)
    }

    fn form(&self, session: &Session, form: &str, step: Option<&str>) -> Result<Form, DeskError> {
        self.open_form(session, form, step)
    }

    fn glance(&self, session: &Session, form: &str, step: Option<&str>) -> Result<Form, DeskError> {
        self.read_form(session, form, step)
    }

    fn keystroke(
        &self,
        session: &Session,
        form: &str,
        field: &str,
        value: &str,
        base: u64,
    ) -> Result<Saved, DeskError> {
        self.type_at_desk(session, (form, field), value, base)
    }

    fn let_citizen_write(
        &self,
        session: &Session,
        form: &str,
        step: &str,
        writes: bool,
    ) -> Result<(), DeskError> {
        self.let_write(session, (form, step), writes)
    }

    fn undo(&self, session: &Session, form: &str, step: &str) -> Result<String, DeskError> {
        self.take_back(session, form, step)
    }

    fn finish_step(
        &self,
        session: &Session,
        form: &str,
        step: &str,
        typed: &[(String, String)],
    ) -> Result<Next, DeskError> {
        self.finish(session, form, step, typed)
    }

    fn take_private(&self, session: &Session, form: &str, field: &str) -> Result<(), DeskError> {
        self.take_private(session, form, field)
    }

    fn take_out(&self, session: &Session, form: &str, step: &str) -> Result<Next, DeskError> {
        self.take_time_out(session, form, step)
    }

    fn attach(
        &self,
        session: &Session,
        form: &str,
        field: &str,
        name: &str,
    ) -> Result<Box<dyn Intake>, DeskError> {
        self.begin_photo(session, form, field, name)
    }

    fn detach(
        &self,
        session: &Session,
        form: &str,
        field: &str,
        blob: &str,
    ) -> Result<(), DeskError> {
        self.take_off(session, form, field, blob)
    }

    fn blob(&self, blob: &str, offset: u64) -> Result<BlobPiece, DeskError> {
        self.read_blob(blob, offset)
    }

    fn say_of_papers(
        &self,
        session: &Session,
        request: &str,
        paper: Option<&str>,
        said: Said,
    ) -> Result<(), DeskError> {
        self.said_of_papers(session, request, paper, said)
    }

    fn check_answers(&self, session: &Session, request: &str) -> Result<CheckAnswers, DeskError> {
        self.answers_to_check(session, request)
    }

    fn ask_confirmation(&self, session: &Session, request: &str) -> Result<(), DeskError> {
        self.ask_on_screen(session, request)
    }

    fn confirm_by_word(&self, session: &Session, request: &str) -> Result<(), DeskError> {
        self.confirmed_by_word(session, request)
    }

    fn record(&self, session: &Session, request: &str) -> Result<String, DeskError> {
        self.record_request(session, request)
    }

    fn receipt(&self, session: &Session, request: &str) -> Result<Receipt, DeskError> {
        self.read_receipt(session, request)
    }

    fn requests(&self, _: &Session, query: &str) -> Result<Vec<RequestRow>, DeskError> {
        let lines = derived::search(&self.node.store.read(), query, LISTED).map_err(fault)?;
        Ok(lines.into_iter().map(|line| self.row(line)).collect())
    }

    fn request(&self, _: &Session, request: &str) -> Result<Request, DeskError> {
        self.read_request(request)
    }

    fn correct(
        &self,
        session: &Session,
        request: &str,
        field: &str,
        value: &str,
        reason: &str,
    ) -> Result<(), DeskError> {
        self.correct_value(session, request, field, value, reason)
    }

    fn prove(
        &self,
        session: &Session,
        request: &str,
        kind: &str,
        number: &str,
    ) -> Result<(), DeskError> {
        self.prove_identity(session, request, kind, number)
    }

    fn add_note(&self, session: &Session, request: &str, text: &str) -> Result<(), DeskError> {
        self.note(session, request, text)
    }

    fn urgent(&self) -> Vec<String> {
        notices::urgent(&self.node.store.read(), &clock::today()).unwrap_or_default()
    }

    fn acknowledge(&self, session: &Session, message: &str) -> Result<(), DeskError> {
        self.read(session, message)
    }

    fn pair_screen(&self, session: &Session, code: &str) -> Result<(), DeskError> {
        self.pair(session, code)
    }

    fn unpair_screen(&self, session: &Session) -> Result<(), DeskError> {
        self.let_go_of_screen(session);
        Ok(())
    }

    fn sync_now(&self) {
        self.link.sync_now();
    }
}
