//! What is asked for a resident at the bedside: only what they consented to, or somebody who may; of a batch
//! with what was asked once for all of it.

use std::collections::BTreeMap;

use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::catalogue::{Service, Values, Words};
use vereda_sync::check::check;
use vereda_sync::id::RecordId;
use vereda_sync::record::attendance;
use vereda_sync::record::capacity::{self, CAPACITY, CONSENT, Capacity, Consent, Insufficient};
use vereda_sync::record::document::{Author, Document, DocumentError, Written};
use vereda_sync::record::kin::{self, Kin, May};
use vereda_sync::record::resident::{self, Reason, Resident};
use vereda_sync::record::resident_list::{self, Batch, MAX_BATCHES};
use vereda_sync::record::tour::{MAX_NAME_CHARS, MAX_REASON_CHARS};
use vereda_web::desk::port::{DeskError, Event, InBatch, Session, TypedKin};

use super::standing::Standing;
use super::{SpotDesk, fault, record_id, rows};
use crate::clock;
use crate::homes;
use crate::store::{derived, homes as stored};
use crate::tours::{self, Side, not_now};
use crate::written;

/// Whether something may be asked for a resident, as it was said of them and as `answers` say: nothing for whom it
/// was said of that nothing is, and of others only as they consented.
pub(super) fn may_be_asked(
    resident: &Resident,
    answers: &BTreeMap<String, Answer>,
    represented: bool,
) -> Result<(), DeskError> {
    match &resident.left_out {
        None => {}
        Some(out) if out.reason == Reason::Declined => {
            return not_now(
                "Este residente disse que não. Se mudou de ideias, registe primeiro o consentimento na página dele.",
            );
        }
        Some(_) => {
            return not_now(
                "Este residente ficou de fora. Se já pode ser atendido, registe primeiro o consentimento na página dele.",
            );
        }
    }
    let capacity = answers.value(CAPACITY).and_then(Capacity::from_code);
    let consent = answers.value(CONSENT).and_then(Consent::from_code);
    match (capacity, consent) {
        // Who asks may have changed since.
        (Some(capacity), _) if represented => suffices(capacity, Consent::Represented),
        (Some(capacity), Some(consent)) if consent != Consent::Represented => {
            suffices(capacity, consent)
        }
        _ => not_now("Primeiro registe, na página do residente, quem consente e como."),
    }
}

fn suffices(capacity: Capacity, consent: Consent) -> Result<(), DeskError> {
    match capacity::suffices(capacity, consent) {
        Ok(()) => Ok(()),
        Err(Insufficient::NeedsRepresentative) => not_now(
            "Com representação geral é o acompanhante que decide: escolha «Pede quem representa», com a sentença, ou deixe de fora.",
        ),
        Err(Insufficient::NeedsAssent) => not_now(
            "Pela sentença pede a própria pessoa, com a autorização do acompanhante presente: escolha «Disse que sim, com apoio».",
        ),
    }
}

type Write = Box<
    dyn FnOnce(&mut Document, &Author, vereda_sync::hlc::Hlc) -> Result<Written, DocumentError>,
>;

impl SpotDesk {
    /// The resident who is served in that attendance.
    pub(super) fn resident_of(
        &self,
        attendance: &str,
    ) -> Result<Option<(RecordId, Resident)>, DeskError> {
        let found = stored::of_attendance(&self.node.store.read(), attendance).map_err(fault)?;
        let Some(id) = found else {
            return Ok(None);
        };
        match homes::known_resident(&self.node, id, Side::Crew) {
            Ok(it) => Ok(Some((id, it))),
            Err(DeskError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn batches_of(&self, (id, it): &(RecordId, Resident)) -> Result<Vec<Batch>, DeskError> {
        let (_, list) = homes::known(&self.node, &it.place.list.to_string(), Side::Crew)?;
        let with = list.batches.into_iter();
        Ok(with.filter(|batch| batch.residents.contains(id)).collect())
    }

    /// What a resident's request gets of the latest batch of its service.
    pub(super) fn shared_with(
        &self,
        resident: &(RecordId, Resident),
        service: &Service,
    ) -> Result<BTreeMap<String, Answer>, DeskError> {
        let batches = self.batches_of(resident)?;
        let Some(batch) = batches.iter().rev().find(|b| b.service == service.id) else {
            return Ok(BTreeMap::new());
        };
        let today = clock::today();
        // Another edition may ask for something else by now.
        let shared = service.shared_fields().filter_map(|field| {
            let value = check(field, batch.shared.get(&field.id)?, &today).ok()?;
            let provenance = Provenance::Copied;
            (!value.is_empty()).then(|| (field.id.clone(), Answer { value, provenance }))
        });
        Ok(shared.collect())
    }

    /// The steps of which everything was asked for all are finished, until the first that asks for something.
    pub(super) fn finish_shared(
        &self,
        session: &Session,
        request: &str,
        shared: &BTreeMap<String, Answer>,
    ) -> Result<(), DeskError> {
        if shared.is_empty() {
            return Ok(());
        }
        let standing = Standing::read(&self.node, request)?;
        let whole = |step: &vereda_sync::catalogue::Step| {
            let shown = standing.shown(step);
            !shown.is_empty() && shown.iter().all(|field| shared.contains_key(*field))
        };
        let steps: Vec<String> = standing
            .steps()
            .iter()
            .filter(|step| whole(step))
            .map(|step| step.id.clone())
            .collect();
        drop(standing);
        for step in steps {
            match self.finish(session, request, &step, &[]) {
                Ok(_) => {}
                // What is not right for this one is asked of this one.
                Err(DeskError::Refused(_)) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What comes next for who is served in that attendance: of a batch, else of what they are listed for.
    pub(super) fn listed_service(&self, attendance: &str) -> Result<Option<String>, DeskError> {
        match self.resident_of(attendance)? {
            Some(resident) => self.next_service(&resident),
            None => Ok(None),
        }
    }

    fn next_service(&self, resident: &(RecordId, Resident)) -> Result<Option<String>, DeskError> {
        let asked = match resident.1.attendance {
            Some(id) => derived::of_attendance(&self.node.store.read(), &id.to_string()),
            None => Ok(vec![]),
        };
        let asked = asked.map_err(fault)?;
        let of_batches = self.batches_of(resident)?;
        let of_batches = of_batches.into_iter().map(|batch| batch.service);
        let mut wanted = of_batches.chain(resident.1.listed.services.clone());
        Ok(wanted.find(|service| {
            asked.iter().all(|row| row.service != *service) && self.node.latest(service).is_some()
        }))
    }

    pub(super) fn next_for(
        &self,
        id: RecordId,
        it: &Resident,
    ) -> Result<Option<(String, Words)>, DeskError> {
        let next = self.next_service(&(id, it.clone()))?;
        Ok(next.map(|service| {
            let title = rows::service_title(&self.node, &service);
            (service, title)
        }))
    }

    /// They consent: in the attendance that is open, or in a new one.
    pub(super) fn keep_consent(
        &self,
        session: &Session,
        id: &str,
        capacity: Capacity,
        consent: Consent,
    ) -> Result<String, DeskError> {
        // Two desks that press at once: the second finds the attendance of the first.
        let _one = self.recording.lock();
        let id = record_id(id)?;
        let it = homes::known_resident(&self.node, id, Side::Crew)?;
        if it.withdrawn.is_some() {
            return not_now(
                "Este residente foi tirado da lista. Se foi engano, junte-o outra vez.",
            );
        }
        suffices(capacity, consent)?;
        let person = &session.person.name;
        let open = match it.attendance {
            Some(id) => self.node.with_document(id, |d| {
                let it = attendance::Summary::of(d)?;
                it.ended.is_none().then_some((id, it.represented))
            }),
            None => Ok(None),
        };
        let open = open.map_err(fault)?.flatten();
        let (attendance, was_represented) = match open {
            Some(known) => known,
            None => {
                let begun = self.node.begin(person, attendance::begin).map_err(fault)?;
                (begun, false)
            }
        };
        let represented = consent == Consent::Represented;
        let form = attendance.to_string();
        if represented != was_represented {
            // What is asked already says who asked.
            self.set_represented(session, &form, represented)?;
        }
        let said: Write =
            Box::new(move |d, author, at| capacity::say(d, author, at, capacity, consent));
        let came: Write = Box::new(move |d, author, at| resident::came(d, author, at, attendance));
        self.node
            .change_all(person, [(attendance, said), (id, came)], |_| Ok(()))
            .map_err(fault)?;
        if open.is_none() {
            let who = &it.listed;
            let known = [
                ("full-name", who.name.as_str()),
                ("birth-date", &who.birth),
                ("nif", &who.nif),
            ];
            self.propose(session, &form, known)?;
        }
        self.node.tell(Event::Record { id: form.clone() });
        Ok(form)
    }

    pub(super) fn keep_left_out(
        &self,
        session: &Session,
        id: &str,
        reason: Reason,
        note: &str,
    ) -> Result<(), DeskError> {
        let id = record_id(id)?;
        let it = homes::known_resident(&self.node, id, Side::Crew)?;
        let note = match reason {
            Reason::Other => {
                written::needed(note, MAX_REASON_CHARS, "Escreva porque fica de fora.")?
            }
            _ => written::fits(note, MAX_REASON_CHARS)?,
        };
        let so_far = it.left_out.as_ref();
        if so_far.is_some_and(|out| out.reason == reason && out.note == note) {
            return Ok(());
        }
        let write =
            |d: &mut Document, author: &_, at| resident::leave_out(d, author, at, reason, note);
        self.node
            .change(id, &session.person.name, write, |_| Ok(()))
            .map_err(fault)
    }

    /// Who may be told what stands in the attendance, and in those requests of it that it concerns.
    pub(super) fn keep_kin(
        &self,
        session: &Session,
        id: &str,
        typed: &TypedKin,
    ) -> Result<(), DeskError> {
        let id = record_id(id)?;
        let it = homes::known_resident(&self.node, id, Side::Crew)?;
        let attendance = it.attendance.ok_or_else(|| {
            DeskError::NotNow(
                "Primeiro o residente consente: depois diz quem pode ser informado.".into(),
            )
        })?;
        let kin = match typed.may {
            May::Nothing => None,
            may => Some(Kin {
                name: written::needed(
                    &typed.name,
                    MAX_NAME_CHARS,
                    "Escreva o nome da pessoa próxima.",
                )?
                .to_owned(),
                relation: written::fits(&typed.relation, MAX_NAME_CHARS)?.to_owned(),
                phone: tours::phone(&typed.phone)?,
                may,
            }),
        };
        let read = self
            .node
            .with_document(attendance, |d| Kin::of(d.answers()));
        if read.map_err(fault)?.ok_or(DeskError::NotFound)? == kin {
            return Ok(());
        }
        let of = derived::of_attendance(&self.node.store.read(), &attendance.to_string());
        let mut changes: Vec<(RecordId, Write)> = vec![(attendance, kin_of(kin.clone()))];
        for row in of.map_err(fault)? {
            let request = record_id(&row.id)?;
            let told = kin.clone().filter(|kin| kin.may == May::Outcome);
            let knows = self.node.with_document(request, |d| Kin::of(d.answers()));
            if knows.map_err(fault)?.flatten() != told {
                changes.push((request, kin_of(told)));
            }
        }
        self.node
            .change_all(&session.person.name, changes, |_| Ok(()))
            .map_err(fault)
    }

    pub(super) fn keep_batch(
        &self,
        session: &Session,
        list: &str,
        (service, residents): (&str, &[String]),
        shared: &BTreeMap<String, String>,
    ) -> Result<String, DeskError> {
        let (id, known) = homes::known(&self.node, list, Side::Crew)?;
        let service = self.node.latest(service).ok_or(DeskError::NotFound)?;
        let on_list = homes::residents_of(&self.node, (id, &known))?;
        let chosen = on_list.iter().filter(|(id, it)| {
            it.withdrawn.is_none() && residents.iter().any(|chosen| *chosen == id.to_string())
        });
        let chosen: Vec<RecordId> = chosen.map(|(id, _)| *id).collect();
        if chosen.is_empty() {
            return not_now("Escolha pelo menos um residente.");
        }
        let today = clock::today();
        let (mut wrong, mut values) = (Vec::new(), BTreeMap::new());
        for field in service.shared_fields() {
            let typed = shared.get(&field.id).map_or("", |typed| typed.trim());
            if typed.is_empty() {
                continue;
            }
            match check(field, typed, &today) {
                Ok(value) => {
                    values.insert(field.id.clone(), value);
                }
                Err(why) => wrong.push((field.id.clone(), why)),
            }
        }
        if !wrong.is_empty() {
            return Err(DeskError::Refused(wrong));
        }
        let is_same = |batch: &&Batch| {
            (batch.service == service.id) && batch.residents == chosen && batch.shared == values
        };
        // A second click finds what the first began.
        if let Some(batch) = known.batches.iter().find(is_same) {
            return Ok(batch.id.clone());
        }
        if known.batches.len() >= MAX_BATCHES {
            return not_now("Esta visita já tem serviços em conjunto a mais: atenda um a um.");
        }
        let mut made = String::new();
        self.node
            .change(
                id,
                &session.person.name,
                |d, author, at| {
                    made = resident_list::batch_id(author, at);
                    resident_list::begin_batch(d, author, at, &service.id, &chosen, &values)
                },
                |_| Ok(()),
            )
            .map_err(fault)?;
        Ok(made)
    }

    /// Whom one goes to next: of the latest batch that is not done, else of the list.
    pub(super) fn who_is_next(
        &self,
        list: &str,
        after: Option<&str>,
    ) -> Result<Option<String>, DeskError> {
        let (id, known) = homes::known(&self.node, list, Side::Crew)?;
        let view = homes::view(&self.node, (id, &known), &self.spot_names()?)?;
        let batch = view.batches.iter().rev().find(|batch| !batch.is_done());
        let order: Vec<(&str, bool)> = match batch {
            Some(batch) => {
                let of = batch.residents.iter();
                let waits = |how: &InBatch| matches!(how, InBatch::Waits | InBatch::Begun);
                of.map(|(id, how, _)| (id.as_str(), waits(how))).collect()
            }
            None => {
                let of = view.standing_residents();
                of.map(|r| (r.id.as_str(), !r.is_settled())).collect()
            }
        };
        let at = order.iter().position(|(id, _)| Some(*id) == after);
        let from = at.map_or(0, |at| at + 1);
        let (before, behind) = order.split_at(from.min(order.len()));
        let mut round = behind.iter().chain(before);
        let next = round.find(|(_, waits)| *waits);
        Ok(next.map(|(id, _)| (*id).to_owned()))
    }
}

fn kin_of(kin: Option<Kin>) -> Write {
    Box::new(move |d, author, at| kin::say(d, author, at, kin.as_ref()))
}
