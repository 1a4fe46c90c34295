//! How the citizen is told how a request ended: asked once for an attendance, kept in each of its requests
//! as it is recorded, changed or taken back there; and that they were told.

use std::collections::BTreeMap;

use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::catalogue::{Asked, Kind, Service, Step};
use vereda_sync::check::check;
use vereda_sync::id::RecordId;
use vereda_sync::record::Life;
use vereda_sync::record::act::Act;
use vereda_sync::record::case::said;
use vereda_sync::record::outcome::{self, Agreement, CONSENT, Contact, OUTCOME, Way, notice};
use vereda_web::desk::port::{self, AnsweredStep, DeskError, Event, Outcomes, Session};
use vereda_web::texts::PORTUGUESE;

use super::cases::{by, ids, not_now};
use super::screens::screen_id;
use super::standing::Standing;
use super::{SpotDesk, fault, messages, record_id, rows};
use crate::clock;
use crate::store::derived;
use crate::store::draft::{self, Draft};

/// What an attendance says of how its citizen is told.
pub(super) struct ToldBy {
    pub(super) contact: Contact,
    provenance: Provenance,
    agreement: Agreement,
    /// As it was asked, for who is shown all answers.
    pub(super) step: AnsweredStep,
}

/// How it stands with telling, as pages show it.
pub(super) fn view(it: &outcome::Telling, service: Option<&Service>) -> port::Telling {
    let agreed = it.agreed.as_ref().and_then(|act| {
        let at = clock::of(act);
        Some((Agreement::of(act)?, at))
    });
    port::Telling {
        contact: it.contact.clone(),
        // Who comes by themselves agreed to nothing.
        agreed: agreed.filter(|_| {
            it.contact
                .as_ref()
                .is_some_and(|(c, _)| c.way != Way::Comes)
        }),
        is_contested: it.is_contested,
        to_tell: it.to_tell.iter().map(|act| what(act, service)).collect(),
        attempts: it.attempts.iter().map(by).collect(),
        told: it.told.as_ref().map(by),
        handed: it
            .told
            .as_ref()
            .filter(|act| notice::is_handed(act))
            .and_then(notice::way),
        is_over: it.is_over,
        kin: None,
    }
}

/// What came of a request, for whoever tells it.
fn what(act: &Act, service: Option<&Service>) -> String {
    match act.kind.as_str() {
        "returned" => {
            let field = rows::field_of(service, said(act, "field"));
            let label = field.map_or_else(String::new, |f| format!(" «{}»", f.label.pt()));
            format!(
                "O pedido foi devolvido: falta corrigir{label}. {}",
                said(act, "reason")
            )
        }
        "agency-completed" => messages::agency_text(act, "concluiu o pedido"),
        "agency-refused" => messages::agency_text(act, "recusou o pedido"),
        "replied" => format!("A reclamação tem resposta de {}.", said(act, "from")),
        _ => match said(act, "other-number") {
            "" => format!("O pedido foi retirado. {}", said(act, "reason")),
            other => format!("O pedido foi retirado: era o mesmo que o n.º {other}, que fica."),
        },
    }
}

impl SpotDesk {
    /// What the attendance says; `None` too where it is not at this node.
    pub(super) fn told_by(&self, attendance: &str) -> Result<Option<ToldBy>, DeskError> {
        let Some(record) = RecordId::from_hex(attendance) else {
            return Ok(None);
        };
        let read = self.node.with_document(record, |d| {
            let (contact, provenance) = Contact::chosen(d.answers())?;
            Some(ToldBy {
                agreement: Agreement::in_attendance(d)?,
                step: answered(d.answers()),
                contact,
                provenance,
            })
        });
        Ok(read.map_err(fault)?.flatten())
    }

    /// The request says it too, before it is recorded.
    pub(super) fn keep_told_by(
        &self,
        session: &Session,
        record: RecordId,
        told_by: Option<&ToldBy>,
    ) -> Result<(), DeskError> {
        let stands = self.node.with_document(record, |d| {
            let stands = d.answers().get(outcome::FIELD);
            stands.map(|a| (a.value.clone(), a.provenance))
        });
        let stands = stands.map_err(fault)?.flatten();
        let wanted = told_by.map(|t| (t.contact.value(), t.provenance));
        if stands == wanted {
            return Ok(());
        }
        let person = &session.person.name;
        self.node
            .change(
                record,
                person,
                |d, author, at| match told_by {
                    Some(t) => {
                        let contact = (&t.contact, t.provenance);
                        outcome::agree(d, author, at, contact, &t.agreement)
                    }
                    None => outcome::take_back(d, author, at),
                },
                |_| Ok(()),
            )
            .map_err(fault)
    }

    /// To what the citizen agrees as the step is finished: on their own screen if they ticked it there.
    pub(super) fn agreement(
        &self,
        session: &Session,
        form: &str,
        answers: &BTreeMap<String, Answer>,
    ) -> Result<Option<Agreement>, DeskError> {
        let Some((contact, _)) = Contact::chosen(answers) else {
            return Ok(None);
        };
        let on_screen = answers
            .get(CONSENT)
            .is_some_and(|a| a.provenance == Provenance::Citizen);
        let screen = match on_screen {
            true => self.screen_of(session)?.map(|(token, _)| screen_id(&token)),
            false => None,
        };
        let language = self.language_of(session, form)?;
        let edition = self.node.catalogue().edition;
        Ok(Some(Agreement::to(&contact, &language, (edition, screen))))
    }

    /// The request of the attendance that has all its answers and is not recorded: the one that was being
    /// checked.
    pub(super) fn ready_to_check(&self, attendance: &str) -> Result<Option<String>, DeskError> {
        let all = derived::of_attendance(&self.node.store.read(), attendance).map_err(fault)?;
        let drafts = all.into_iter().rev().filter(|q| q.life == Life::Draft);
        for draft in drafts {
            if Standing::read(&self.node, &draft.id).is_ok_and(|s| s.unfinished().is_empty()) {
                return Ok(Some(draft.id));
            }
        }
        Ok(None)
    }

    /// Numbers and addresses that were answered in this attendance, by the field that they are proposed for.
    fn proposed(&self, attendance: &str) -> Result<BTreeMap<&'static str, Answer>, DeskError> {
        let all = derived::of_attendance(&self.node.store.read(), attendance).map_err(fault)?;
        let mut proposed = BTreeMap::new();
        for request in all {
            let Ok(standing) = Standing::read(&self.node, &request.id) else {
                continue;
            };
            for step in standing.steps() {
                propose(&mut proposed, &step, &standing.values);
            }
        }
        Ok(proposed)
    }

    fn open_attendance_of(&self, id: &str) -> Result<Standing<'_>, DeskError> {
        let standing = Standing::read(&self.node, id)?;
        if standing.service.is_some() {
            return Err(DeskError::NotFound);
        }
        standing.open()?;
        Ok(standing)
    }
}

/// What a step answers of how somebody can be reached: a telephone, an e-mail address, and an address where
/// there is a postal code. What was answered first stays.
fn propose(proposed: &mut BTreeMap<&str, Answer>, step: &Step, values: &BTreeMap<String, Answer>) {
    let right = |id: &str, kind: Kind| {
        let field = step.fields.iter().find(|f| f.id == id && f.kind == kind)?;
        let answer = values
            .get(id)
            .filter(|a| !a.value.is_empty() && !field.private)?;
        let value = check(field, &answer.value, &clock::today()).ok()?;
        Some(Answer {
            value,
            provenance: answer.provenance,
        })
    };
    for field in &step.fields {
        let of = match field.kind {
            Kind::Phone => "tell-phone",
            Kind::Email => "tell-mail",
            _ => continue,
        };
        if let Some(answer) = right(&field.id, field.kind) {
            proposed.entry(of).or_insert(answer);
        }
    }
    let kinds = [Kind::Text, Kind::PostalCode];
    if step.fields.iter().all(|f| f.kind != Kind::PostalCode) {
        return;
    }
    let lines = step.fields.iter().filter(|f| kinds.contains(&f.kind));
    let lines: Vec<String> = lines
        .filter_map(|f| Some(right(&f.id, f.kind)?.value))
        .collect();
    if lines.len() > 1 {
        let value = lines.join(", ");
        let provenance = Provenance::Typed;
        proposed
            .entry("tell-letter")
            .or_insert(Answer { value, provenance });
    }
}

/// The step with what was answered; the consent has words of its own, which stood where it was given.
fn answered(answers: &BTreeMap<String, Answer>) -> AnsweredStep {
    let asked = Asked::all(answers);
    let today = clock::today();
    let fields = OUTCOME.fields_for(&asked, &today);
    AnsweredStep {
        id: OUTCOME.id.clone(),
        title: OUTCOME.title.clone(),
        answers: fields
            .filter(|f| f.id != CONSENT)
            .map(|f| (f.clone(), answers.get(&f.id).cloned(), vec![]))
            .collect(),
    }
}

impl Outcomes for SpotDesk {
    fn ask_outcome(&self, session: &Session, id: &str) -> Result<(), DeskError> {
        let standing = self.open_attendance_of(id)?;
        let mut proposed = self.proposed(id)?;
        // What was typed or chosen before is never written over.
        proposed.retain(|field, _| {
            standing
                .values
                .get(*field)
                .is_none_or(|a| a.value.is_empty())
        });
        let drafts = proposed.into_iter().map(|(field, answer)| Draft {
            field: field.to_owned(),
            value: answer.value,
            provenance: answer.provenance,
            revision: self.node.next_revision(),
            session: session.id.clone(),
            by: session.person.name.clone(),
            at_ms: clock::now_ms(),
        });
        let drafts: Vec<Draft> = drafts.collect();
        let db = self.node.store.write();
        let tx = db.unchecked_transaction().map_err(|e| fault(e.into()))?;
        for draft in &drafts {
            draft::put(&tx, id, draft).map_err(fault)?;
        }
        tx.commit().map_err(|e| fault(e.into()))
    }

    fn drop_outcome(&self, session: &Session, id: &str) -> Result<(), DeskError> {
        self.open_attendance_of(id)?;
        self.forget_told_by(session, record_id(id)?)?;
        self.node.tell(Event::Record { id: id.to_owned() });
        Ok(())
    }

    fn tell_by(
        &self,
        session: &Session,
        id: &str,
        typed: &[(&str, &str)],
    ) -> Result<(), DeskError> {
        let (record, line) = self.line(id)?;
        if line.life == Life::Draft {
            return not_now("Este pedido ainda não está registado: escolha em «Conferir».");
        }
        let now = self.read_case(record)?.telling;
        if now.is_contested {
            return not_now(
                "Dois postos escreveram formas diferentes de avisar: a central decide. Junte uma nota com o que o cidadão disse.",
            );
        }
        if now.is_over {
            return not_now("O cidadão já foi avisado de como o pedido terminou.");
        }
        let contact = Contact::checked(typed, &clock::today()).map_err(DeskError::Refused)?;
        if now.contact.is_some_and(|(stands, _)| stands == contact) {
            return Ok(());
        }
        let edition = self.node.catalogue().edition;
        let agreement = Agreement::to(&contact, PORTUGUESE, (edition, None));
        let known = (&contact, Provenance::Typed);
        self.write_case(session, record, &|d, _, author, at| {
            outcome::agree(d, author, at, known, &agreement)
        })
    }

    fn take_back_outcome(&self, session: &Session, id: &str) -> Result<(), DeskError> {
        let (record, line) = self.line(id)?;
        let mut records = vec![record];
        if let Some(attendance) = &line.attendance {
            let all = derived::of_attendance(&self.node.store.read(), attendance);
            for other in all.map_err(fault)?.iter().filter(|q| q.id != id) {
                records.push(record_id(&other.id)?);
            }
            // So that no request that is still open begins with it.
            records.extend(RecordId::from_hex(attendance));
        }
        for record in records {
            self.forget_told_by(session, record)?;
        }
        Ok(())
    }

    fn told(&self, session: &Session, id: &str, reached: bool) -> Result<(), DeskError> {
        let (record, _) = self.line(id)?;
        let now = self.read_case(record)?.telling;
        // A second click, or another desk was faster.
        let Some((contact, _)) = now.contact.filter(|_| !now.to_tell.is_empty()) else {
            return Ok(());
        };
        self.write_case(session, record, &|d, case, author, at| match reached {
            true => {
                let of = ids(&case.telling.to_tell);
                outcome::tell(d, author, at, (&of, contact.way))
            }
            false => outcome::not_reached(d, author, at, contact.way),
        })
    }
}

impl SpotDesk {
    /// Empties what a request or an attendance says of it, and what is being typed.
    fn forget_told_by(&self, session: &Session, record: RecordId) -> Result<(), DeskError> {
        let read = self.node.with_document(record, |d| {
            let says = |field: &str| d.answers().contains_key(field);
            says(outcome::FIELD) || OUTCOME.fields.iter().any(|f| says(&f.id))
        });
        let fields = || OUTCOME.fields.iter().map(|f| f.id.as_str());
        let form = record.to_string();
        match read.map_err(fault)? {
            Some(true) => self
                .node
                .change(record, &session.person.name, outcome::take_back, |db| {
                    draft::clear(db, &form, fields())
                })
                .map_err(fault),
            Some(false) => draft::clear(&self.node.store.write(), &form, fields()).map_err(fault),
            // Of another spot's attendance only the requests came.
            None => Ok(()),
        }
    }
}
