//! The console of the hub: lists what disagrees and writes down who decided.

use std::sync::Arc;

use tokio::sync::broadcast;
use vereda_sync::catalogue::{Kind, Words};
use vereda_sync::conflict;
use vereda_sync::id::BlobId;
use vereda_sync::record::complaint;
use vereda_web::console::port::{self, AsideRow, Cause, Settle, Summary};
use vereda_web::desk::port::{
    BlobPiece, ComplaintRow, ComplaintView, DeskError, Event, LookupRow, Payment, Person, Request,
    RequestRow, Session, SignInRefusal, TicketRow, TicketView,
};

use vereda_web::own_pin::{OwnPin, PinRefusal};
use vereda_web::texts::PORTUGUESE;

use crate::audit::writing::Lately;
use crate::clock;
use crate::commands::quarantine::{Line, lines};
use crate::desk::requests::Reader;
use crate::desk::{self, fault, lookups, photos, requests, rows};
use crate::help::{self, Side};
use crate::link::enrolled::scopes_of;
use crate::node::{Node, Sender};
use crate::people::People;
use crate::staff::AT_THE_HUB;
use crate::store::derived::{self, RequestLine};
use crate::store::statistics as statistics_of;
use crate::store::{StoreError, blob, bounds, complaints, parked, quarantine, spot, tickets};

mod accounts;
mod agencies;
mod assessments;
mod batch;
mod catalogue;
pub(crate) mod compare;
mod contact;
mod decide;
mod enrolment;
mod fleet;
pub(crate) mod give_back;
mod homes;
mod leases;
mod looking;
mod notices;
mod occurrences;
mod orders;
mod people;
mod reconcile;
mod retention;
mod rights;
mod sent;
mod statistics;
mod tours;

use looking::Looking;

/// Most complaints listed at once.
const MAX_COMPLAINTS: u32 = 200;
/// Most tickets listed at once.
const MAX_TICKETS: u32 = 200;
/// Most requests listed at once.
const MAX_REQUESTS: u32 = 50;
/// Most conflicts listed at once.
const MAX_LISTED: u32 = 500;

/// The console of one hub.
#[derive(Debug)]
pub struct HubConsole {
    node: Arc<Node>,
    people: People,
    looking: Looking,
    lately: Lately,
    fleet: fleet::Remembered,
}

impl HubConsole {
    /// The console of this node.
    #[must_use]
    pub fn new(node: Arc<Node>) -> Self {
        let people = People::new(Arc::clone(&node), AT_THE_HUB);
        Self {
            node,
            people,
            looking: Looking::default(),
            lately: Lately::new(accounts::ANEW),
            fleet: fleet::Remembered::default(),
        }
    }

    fn request_of(&self, row: i64) -> Result<Option<RequestLine>, DeskError> {
        let db = self.node.store.read();
        let id: Option<String> = db
            .query_row(
                "SELECT lower(hex(id)) FROM record WHERE record = ?1",
                [row],
                |r| r.get(0),
            )
            .map_err(|e| fault(e.into()))?;
        id.map(|id| derived::request(&db, &id).map_err(fault))
            .transpose()
            .map(Option::flatten)
    }

    fn service(&self, request: &RequestLine) -> (Option<&vereda_sync::catalogue::Service>, Words) {
        (
            self.node.service(&request.service, request.edition),
            rows::service_title(&self.node, &request.service),
        )
    }

    fn statements(
        &self,
        request: &RequestLine,
        field: &str,
    ) -> Result<Vec<vereda_sync::record::document::Statement>, DeskError> {
        let record = crate::desk::record_id(&request.id)?;
        let found = self
            .node
            .with_document(record, |d| compare::distinct(conflict::sides(d, field)))
            .map_err(fault)?;
        Ok(found.unwrap_or_default())
    }
}

impl port::Console for HubConsole {
    fn operators(&self) -> Vec<Person> {
        self.people.all()
    }

    fn sign_in(&self, operator: &str, pin: &str) -> Result<String, SignInRefusal> {
        self.people.sign_in_at("", operator, pin)
    }

    fn session(&self, token: &str) -> Option<Session> {
        self.people.session(token)
    }

    fn sign_out(&self, token: &str) {
        self.people.sign_out(token);
    }

    fn form_guard(&self, session: &Session) -> String {
        self.people.form_guard(session)
    }

    fn events(&self) -> broadcast::Receiver<Event> {
        self.node.events()
    }

    fn happened(&self) -> u64 {
        self.node.happened()
    }

    fn summary(&self) -> Summary {
        let alarms = self.open_alarms().unwrap_or(0);
        let db = self.node.store.read();
        let (conflicts, oldest) = derived::conflict_count(&db).unwrap_or_default();
        let (parked, oldest_parked) = parked::figures(&db).unwrap_or_default();
        let count = |sql: &str| {
            db.query_row(sql, [], |r| r.get::<_, i64>(0))
                .ok()
                .and_then(|n| u64::try_from(n).ok())
        };
        Summary {
            hub: self.node.config.node.name.clone(),
            records: match bounds::here() {
                None => count("SELECT coalesce(max(record), 0) FROM record").unwrap_or(0),
                Some(_) => statistics_of::counted(&db).unwrap_or(0),
            },
            conflicts,
            oldest_conflict: oldest.map(|ms| clock::moment(ms, true)),
            tickets: tickets::waiting(&db).unwrap_or(0),
            late_complaints: complaints::late(&db, &clock::today()).unwrap_or(0),
            alarms,
            quarantined: quarantine::waiting(&db).unwrap_or(0),
            parked,
            oldest_parked: oldest_parked.map(|ms| clock::moment(ms, true)),
            now: clock::moment(clock::now_ms(), true),
        }
    }

    fn requests(&self, query: &str) -> Result<Vec<RequestRow>, DeskError> {
        let lines = derived::search(&self.node.store.read(), query, MAX_REQUESTS);
        let lines = lines.map_err(fault)?.into_iter();
        Ok(lines.map(|line| rows::row(&self.node, line)).collect())
    }

    fn request(&self, request: &str) -> Result<Request, DeskError> {
        requests::read(&self.node, request, Payment::Free, Reader::Console)
    }

    fn blob(&self, blob: &str, offset: u64) -> Result<BlobPiece, DeskError> {
        let id = BlobId::from_hex(blob).ok_or(DeskError::NotFound)?;
        let named = blob::named_by(&self.node.store.read(), id).map_err(fault)?;
        match named.is_empty() {
            true => Err(DeskError::NotFound),
            false => photos::piece(&self.node, blob, offset),
        }
    }

    fn give_back(
        &self,
        session: &Session,
        request: &str,
        field: &str,
        reason: &str,
    ) -> Result<(), DeskError> {
        self.send_back(session, request, field, reason)
    }

    fn tickets(&self) -> Result<Vec<TicketRow>, DeskError> {
        let lines = tickets::for_the_contact_centre(&self.node.store.read(), MAX_TICKETS);
        let lines = lines.map_err(fault)?.into_iter();
        let rows = lines.map(|line| help::row(&self.node, line));
        let mut rows: Vec<TicketRow> = rows.collect::<Result<_, _>>()?;
        // With the second line first, then whose term ends first; what does not wait stays behind, as it is.
        rows.sort_by_key(|row| {
            let due = row.term.as_ref().map(|term| term.due.clone());
            (due.is_none(), row.second_line.is_none(), due)
        });
        Ok(rows)
    }

    fn ticket(&self, ticket: &str) -> Result<TicketView, DeskError> {
        let mut view = help::view(&self.node, ticket)?;
        if let Some(about) = &view.row.about {
            view.context = help::context(&self.node, &about.request)?;
        }
        Ok(view)
    }

    fn answer(&self, session: &Session, ticket: &str, text: &str) -> Result<(), DeskError> {
        if let Some(open) = contact::left_open(text) {
            return Err(DeskError::NotNow(format!(
                "Falta pôr no lugar de {open} o que lá deve estar: quem lê não sabe o que é."
            )));
        }
        help::say(&self.node, session, ticket, text, Side::Centre)
    }

    fn lookups(&self) -> Result<Vec<LookupRow>, DeskError> {
        lookups::latest(&self.node, false)
    }

    fn complaints(&self) -> Result<Vec<ComplaintRow>, DeskError> {
        desk::complaints::list(&self.node, false, MAX_COMPLAINTS)
    }

    fn complaint(&self, request: &str) -> Result<ComplaintView, DeskError> {
        desk::complaints::view(&self.node, request, PORTUGUESE.to_owned())
    }

    fn answer_complaint(
        &self,
        session: &Session,
        request: &str,
        answer: (&str, &str, &str),
    ) -> Result<(), DeskError> {
        desk::complaints::keep(&self.node, session, request, answer, complaint::Side::Hub)
    }

    fn aside(&self) -> Result<Vec<AsideRow>, DeskError> {
        let names = spot::names(&self.node.store.read()).map_err(fault)?;
        let lines = lines(&self.node.store, None, false, MAX_LISTED);
        let lines = lines.map_err(fault)?;
        let rows = lines.into_iter().map(|Line { held, covered }| AsideRow {
            spot: names.get(&held.node).unwrap_or(&held.node).clone(),
            node: held.node,
            index: held.index,
            record: held
                .record
                .map(|r| r.to_string().chars().take(12).collect()),
            cause: match held.cause {
                quarantine::Cause::Guard => Cause::Unreadable,
                quarantine::Cause::Place => Cause::Place,
                quarantine::Cause::Scope => Cause::Scope,
                quarantine::Cause::Revoked => Cause::Revoked,
                quarantine::Cause::Bare => Cause::Bare,
                quarantine::Cause::Early => Cause::Early,
            },
            reason: held.reason,
            bytes: held.bytes,
            covered,
            at: clock::moment(held.at_ms, true),
        });
        Ok(rows.collect())
    }

    fn settle_aside(&self, session: &Session, node: &str, how: Settle) -> Result<(), DeskError> {
        let by = &session.person.name;
        let unable = |error: anyhow::Error| match error.downcast::<StoreError>() {
            Ok(error) => fault(error),
            Err(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "the quarantine could not be settled"
                );
                DeskError::NotNow("Não foi possível; a razão está no registo da central.".into())
            }
        };
        let Settle::Reject { reason } = how else {
            // What it may write, and then what this hub is for: who receives it has seen why it is here.
            let sync = self.node.config.sync.as_ref();
            let mut scopes = sync.map_or_else(Vec::new, |s| scopes_of(&s.enrolled, node));
            scopes.extend_from_slice(&self.node.config.node.scopes);
            let node = node.to_owned();
            let released = self.node.release(&Sender { node, scopes }, by);
            return match released.map_err(unable)?.left.len() {
                0 => Ok(()),
                n => Err(DeskError::NotNow(format!(
                    "O resto foi recebido; ficaram {n} que ainda não o podem ser: falta o que vem antes delas, ou não se conseguem ler."
                ))),
            };
        };
        let rejected = self.node.reject(node, by, &reason);
        rejected.map(|_| ()).map_err(unable)
    }
}

impl OwnPin for HubConsole {
    fn change_pin(
        &self,
        desk: &str,
        person: &str,
        pins: (&str, &str),
    ) -> Result<String, PinRefusal> {
        self.people.change_pin_at(desk, person, pins)
    }
}

/// Whether a value of this kind is money or identity, for the words of a rule.
fn rule(kind: Kind) -> &'static str {
    match kind {
        Kind::Iban | Kind::Money => "Uma pessoa decide: é dinheiro.",
        Kind::Phone | Kind::Email | Kind::PostalCode => {
            "Contacto: propõe-se o que o cidadão disse por último; o operador confirma."
        }
        Kind::Name
        | Kind::Date
        | Kind::Nic
        | Kind::DocumentNumber
        | Kind::Nif
        | Kind::Niss
        | Kind::Sns => "Uma pessoa decide: é identidade.",
        _ => "Uma pessoa decide.",
    }
}
