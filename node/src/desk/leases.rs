//! References to pay under and hours at a counter, as the hub leased them to this spot.

use vereda_sync::answer::Provenance;
use vereda_sync::catalogue::{Scarce, Service};
use vereda_sync::record::document::Document;
use vereda_sync::record::lease::{self, Reserved, Value};
use vereda_sync::record::request;
use vereda_web::desk::port::{DeskError, Hours, Leases, Low, Payment, Session, Tills};
use vereda_web::words;

use super::{SpotDesk, fault, record_id};
use crate::clock;
use crate::node::Node;
use crate::store::derived;
use crate::store::draft::{self, Draft};
use crate::store::leases::Left;

/// Most values looked at or offered at once.
const MAX_OFFERED: u32 = 50;
/// So few that the desk says so.
const LOW: u64 = 3;
/// The field of a request's draft.
const HOUR: &str = "@hour";

/// What a request got or waits for, in Portuguese.
pub(crate) fn said_of(document: &Document) -> Vec<String> {
    [Scarce::PaymentReference, Scarce::Appointment]
        .into_iter()
        .filter_map(|kind| words::reserved::reserved(kind, &Reserved::of(document, kind)))
        .collect()
}

/// Whether a reference can still be paid under.
fn is_good(value: &Value, node: &Node) -> bool {
    value.over() > clock::minute_in_portugal(node.now_ms())
}

impl SpotDesk {
    /// How an open fee stands beside the till.
    pub(super) fn later(&self, request: &str) -> Result<Payment, DeskError> {
        let record = record_id(request)?;
        let read = self
            .node
            .with_document(record, |d| Reserved::of(d, Scarce::PaymentReference));
        Ok(match read.map_err(fault)? {
            Some(Reserved::Has(value)) if is_good(&value, &self.node) => Payment::Later(value),
            Some(Reserved::Owed) => Payment::Awaited,
            _ => Payment::Due,
        })
    }

    /// References that are left here under which that fee can be paid, those for this very sum first; none
    /// where the service has none.
    pub(super) fn references(
        &self,
        service: Option<&Service>,
        fee_cents: u32,
    ) -> Result<Option<Vec<Left>>, DeskError> {
        let kind = Scarce::PaymentReference;
        let Some(service) = service.filter(|s| s.scarce.contains(&kind)) else {
            return Ok(None);
        };
        let left = self.node.values_left((&service.id, kind), MAX_OFFERED);
        let fee = u64::from(fee_cents);
        let sum = |left: &Left| match left.value {
            Value::Reference { cents, .. } => cents,
            Value::Slot { .. } => None,
        };
        let mut left = left.map_err(fault)?;
        left.retain(|left| sum(left).is_none_or(|cents| cents == fee));
        left.sort_by_key(|left| sum(left).is_none());
        Ok(Some(left))
    }

    fn hours_left(&self, service: &Service) -> Result<Vec<Left>, DeskError> {
        let kind = (service.id.as_str(), Scarce::Appointment);
        self.node.values_left(kind, MAX_OFFERED).map_err(fault)
    }

    /// The hours that a request can be recorded with; none where its service has none.
    pub(super) fn hours(
        &self,
        request: &str,
        service: &Service,
    ) -> Result<Option<Hours>, DeskError> {
        if !service.scarce.contains(&Scarce::Appointment) {
            return Ok(None);
        }
        let left = self.hours_left(service)?;
        Ok(Some(Hours {
            chosen: self.chosen(request, &left)?.map(|left| left.value.clone()),
            left: left.into_iter().map(|left| left.value).collect(),
        }))
    }

    /// The hours that a recorded request can be given; `None` where it does not wait for one.
    pub(super) fn hours_owed(&self, request: &str) -> Result<Option<Hours>, DeskError> {
        let line = derived::request(&self.node.store.read(), request).map_err(fault)?;
        let Some(line) = line.filter(|line| line.owes.hour) else {
            return Ok(None);
        };
        let service = self.node.service(&line.service, line.edition);
        let left = service.map_or(Ok(vec![]), |s| self.hours_left(s))?;
        Ok(Some(Hours {
            chosen: None,
            left: left.into_iter().map(|left| left.value).collect(),
        }))
    }

    /// The hour that was chosen for a request, if it is still left.
    fn chosen<'l>(&self, request: &str, left: &'l [Left]) -> Result<Option<&'l Left>, DeskError> {
        let kept = draft::field(&self.node.store.read(), request, HOUR).map_err(fault)?;
        Ok(kept.and_then(|kept| left.iter().find(|left| left.value.line() == kept.value)))
    }

    /// The hour that a request is going to be recorded with, and its lease.
    pub(super) fn hour_of(
        &self,
        request: &str,
        service: &Service,
    ) -> Result<(Reserved, Option<Left>), DeskError> {
        if !service.scarce.contains(&Scarce::Appointment) {
            return Ok((Reserved::No, None));
        }
        let left = self.hours_left(service)?;
        Ok(match self.chosen(request, &left)? {
            Some(left) => (Reserved::Has(left.value.clone()), Some(left.clone())),
            None => (Reserved::Owed, None),
        })
    }

    /// The choice is made: the record says it now.
    pub(super) fn forget_hour(&self, request: &str) -> Result<(), DeskError> {
        draft::clear(&self.node.store.write(), request, [HOUR]).map_err(fault)
    }
}

impl Leases for SpotDesk {
    fn pay_later(&self, session: &Session, request: &str) -> Result<(), DeskError> {
        // A double click finds what the first one did.
        let _one = self.till_turn();
        let view = Tills::payment(self, session, request)?;
        match view.payment {
            Payment::Due | Payment::Awaited => {}
            Payment::Later(_) => return Ok(()),
            Payment::Free | Payment::Settled { .. } => {
                return Err(DeskError::NotNow(
                    "Neste pedido não há nada por pagar.".into(),
                ));
            }
        }
        let (record, person) = (record_id(request)?, session.person.name.as_str());
        let read = self
            .node
            .with_document(record, |d| request::Summary::of(d))
            .map_err(fault)?;
        let summary = read.flatten().ok_or(DeskError::NotFound)?;
        let service = self.node.service(&summary.service, summary.edition);
        let left = self
            .references(service, view.fee_cents)?
            .ok_or_else(|| DeskError::NotNow("Este serviço não se paga por referência.".into()))?;
        let kind = Scarce::PaymentReference;
        match left.first() {
            Some(left) => {
                let has = Reserved::Has(left.value.clone());
                self.node
                    .use_value((person, record), left, |d, a, at| {
                        lease::reserve(d, a, at, kind, &has)
                    })
                    .map_err(fault)
            }
            None if view.payment == Payment::Awaited => Ok(()),
            None => self
                .node
                .change(
                    record,
                    person,
                    |d, a, at| lease::reserve(d, a, at, kind, &Reserved::Owed),
                    |_| Ok(()),
                )
                .map_err(fault),
        }
    }

    fn choose_hour(&self, session: &Session, request: &str, line: &str) -> Result<(), DeskError> {
        let it = self.to_confirm(request)?;
        let service = it.standing.service.ok_or(DeskError::NotFound)?;
        if it.standing.is_closed() {
            return Err(DeskError::NotNow("Este pedido já foi registado.".into()));
        }
        if line.is_empty() {
            return self.forget_hour(request);
        }
        let left = self.hours_left(service)?;
        if left.iter().all(|left| left.value.line() != line) {
            return Err(DeskError::NotNow(
                "Entretanto essa hora foi dada a outro pedido, ou já passou. Escolha outra.".into(),
            ));
        }
        let draft = Draft {
            field: HOUR.into(),
            value: line.into(),
            provenance: Provenance::Typed,
            revision: 0,
            session: session.id.clone(),
            by: session.person.name.clone(),
            at_ms: clock::now_ms(),
        };
        draft::put(&self.node.store.write(), request, &draft).map_err(fault)
    }

    fn give_hour(&self, session: &Session, request: &str, line: &str) -> Result<(), DeskError> {
        let not_now = |why: &str| Err(DeskError::NotNow(why.into()));
        let (record, summary) = (record_id(request)?, self.recorded(request)?.1);
        let kind = Scarce::Appointment;
        // A double click, or another desk was faster.
        let stands = self.node.with_document(record, |d| Reserved::of(d, kind));
        match stands.map_err(fault)? {
            Some(Reserved::Owed) => {}
            Some(Reserved::Has(has)) if has.line() == line => return Ok(()),
            Some(Reserved::Has(_)) => return not_now("Este pedido já tem uma hora marcada."),
            _ => return not_now("Este pedido não espera por nenhuma hora."),
        }
        let service = self.node.service(&summary.service, summary.edition);
        let left = self.hours_left(service.ok_or(DeskError::NotFound)?)?;
        let Some(left) = left.iter().find(|left| left.value.line() == line) else {
            return not_now(
                "Entretanto essa hora foi dada a outro pedido, ou já passou. Escolha outra.",
            );
        };
        let has = Reserved::Has(left.value.clone());
        let person = session.person.name.as_str();
        self.node
            .use_value((person, record), left, |d, a, at| {
                lease::reserve(d, a, at, kind, &has)
            })
            .map_err(fault)
    }

    fn running_low(&self) -> Result<Vec<Low>, DeskError> {
        let mut low = vec![];
        for service in &self.node.catalogue().services {
            for &scarce in &service.scarce {
                let kind = (service.id.as_str(), scarce);
                let left = self.node.left_if_any(kind, LOW).map_err(fault)?;
                low.extend(left.map(|left| Low {
                    service: service.title.clone(),
                    scarce,
                    left,
                }));
            }
        }
        Ok(low)
    }
}
