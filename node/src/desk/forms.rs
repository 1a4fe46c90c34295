//! Forms: one page at a time, every keystroke durable, a finished step one
//! change of the record.

use std::collections::{BTreeMap, BTreeSet};

use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::catalogue::{Field, Service, Step, without};
use vereda_sync::check::{Refusal, check};
use vereda_sync::id::BlobId;
use vereda_sync::record::declaration::{self, DECLARATION};
use vereda_sync::record::outcome::OUTCOME;
use vereda_sync::record::papers;
use vereda_sync::record::representation::REPRESENTATION;
use vereda_sync::record::voice;
use vereda_sync::record::{attendance, capacity, kin, representation, request};
use vereda_web::desk::port::{Attachment, DeskError, Form, FormField, Next, Session, StepMark};

use super::{
    SpotDesk,
    authority::authority_holds,
    bedside::may_be_asked,
    editions::admitted,
    fault, record_id,
    stage::{Stage, Writing},
    standing::Standing,
    typing::Writer,
};
use crate::clock;
use crate::store::Store;
use crate::store::blob::{self, Attachment as Attaching};
use crate::store::draft::{self};

impl SpotDesk {
    /// Opens a form at a step: from now on the desk's citizen screen follows it.
    pub(super) fn open_form(
        &self,
        session: &Session,
        form: &str,
        step: Option<&str>,
    ) -> Result<Form, DeskError> {
        let notice = self.bring_up(session, form)?;
        // The step that was asked for may be gone with the older edition.
        let step = step.filter(|_| notice.is_none());
        let mut opened = self.read_form(session, form, step)?;
        opened.notice = notice;
        let step = opened.step.id.clone();
        self.set_stage(
            session,
            Stage::Following {
                writing: self.writing(session, form, &step)?,
                form: form.to_owned(),
                step,
            },
        )?;
        Ok(opened)
    }

    pub(super) fn read_form(
        &self,
        session: &Session,
        form: &str,
        step: Option<&str>,
    ) -> Result<Form, DeskError> {
        let standing = Standing::read(&self.node, form)?;
        standing.open()?;
        let steps = standing.steps_with(step.unwrap_or_default());
        let shown = match step {
            Some(id) => steps.iter().find(|s| s.id == id),
            None => steps
                .iter()
                .find(|s| !standing.is_done(&s.id))
                .or(steps.last()),
        };
        let step = shown
            .ok_or_else(|| standing.gone(step.unwrap_or_default()))?
            .clone()
            .into_owned();
        let step = standing.spoken(step);
        let empty = |f: &&Field| {
            standing
                .values
                .get(&f.id)
                .is_none_or(|a| a.value.is_empty())
        };
        let fillable = step
            .fields
            .iter()
            .filter(empty)
            .filter_map(|f| f.card.as_deref());
        let now = clock::now_ms();
        let shown = standing.shown(&step);
        let fields = step.fields.iter();
        let mut fields: Vec<FormField> = fields
            .map(|f| self.form_field(&standing, &shown, f))
            .collect();
        self.look_at_photos(fields.iter_mut().flat_map(|f| &mut f.attachments))?;
        Ok(Form {
            id: form.to_owned(),
            attendance: standing.attendance.clone(),
            title: match step.id == OUTCOME.id {
                true => OUTCOME.title.clone(),
                false => standing.title(),
            },
            steps: steps
                .iter()
                .map(|s| StepMark {
                    id: s.id.clone(),
                    title: s.title.clone(),
                    done: standing.is_done(&s.id),
                    current: s.id == step.id,
                })
                .collect(),
            fields,
            fee_cents: standing.fee_cents(),
            exempt: standing.exempt(),
            papers: standing.papers(),
            because: standing.because(),
            citizen: standing.citizen.clone(),
            revision: standing
                .drafts
                .values()
                .map(|d| d.revision)
                .max()
                .unwrap_or(0),
            // Somebody who typed here within two minutes has it open.
            also_open_by: standing
                .drafts
                .values()
                .find(|d| d.session != session.id && now - d.at_ms < 120_000)
                .map(|d| d.by.clone()),
            may_take_out: standing.may_take_out(&step.id),
            citizen_writes: self.writing(session, form, &step.id)? != Writing::No,
            card_can_fill: standing.service.is_none() && self.card_knows(session, fillable),
            may_undo: self.last_run(session, form, &step)?.is_some(),
            elsewhere: standing.elsewhere(&step),
            today: standing.today.clone(),
            notice: None,
            held: self.holder_of(session, &standing.attendance)?,
            step,
        })
    }

    fn form_field(&self, standing: &Standing, shown: &BTreeSet<&str>, field: &Field) -> FormField {
        let answer = standing
            .values
            .get(&field.id)
            .filter(|a| !a.value.is_empty());
        let saved = standing
            .drafts
            .get(&field.id)
            .map(|d| clock::moment(d.at_ms, self.node.clock_is_sure()));
        let hidden = answer.is_some_and(|a| field.hides(a.provenance));
        FormField {
            field: field.clone(),
            hidden,
            value: answer
                .filter(|_| !hidden)
                .map(|a| a.value.clone())
                .unwrap_or_default(),
            provenance: answer.map(|a| a.provenance),
            saved,
            shown: shown.contains(field.id.as_str()),
            attachments: standing.photos(&field.id).map(attachment).collect(),
        }
    }

    pub(super) fn finish(
        &self,
        session: &Session,
        form: &str,
        step: &str,
        typed: &[(String, String)],
    ) -> Result<Next, DeskError> {
        let next = self.finish_alone(session, form, step, typed)?;
        let together = self.node.with_document(record_id(form)?, |d| {
            let attendance = d.text("attendance").map(str::to_owned);
            attendance.filter(|_| request::is_together(d))
        });
        match together.map_err(fault)?.flatten() {
            Some(attendance) => {
                self.know_of_all(session, &attendance)?;
                self.next_together(&attendance, form, self.next_in(form, step, next)?)
            }
            None => Ok(next),
        }
    }

    /// What was known already is not gone through again.
    fn next_in(&self, form: &str, step: &str, next: Next) -> Result<Next, DeskError> {
        match next {
            Next::Step(_) => Ok(Standing::read(&self.node, form)?.next_after(step)),
            other => Ok(other),
        }
    }

    /// Finishes a step, whatever is asked for beside.
    pub(super) fn finish_alone(
        &self,
        session: &Session,
        form: &str,
        step: &str,
        typed: &[(String, String)],
    ) -> Result<Next, DeskError> {
        self.may_write(session, form)?;
        let mut standing = Standing::read_by(&self.node, form, Store::write)?;
        standing.open()?;
        let step = standing
            .steps_with(step)
            .into_iter()
            .find(|s| s.id == step)
            .ok_or_else(|| standing.gone(step))?;
        let step = standing.spoken(step.into_owned());
        self.take_typed(
            &Writer::at_desk(session),
            (form, &step.fields),
            typed,
            &mut standing.values,
            |_| Ok(()),
        )?;
        let answers = checked(&step, &standing)?;
        if step.id == REPRESENTATION.id && standing.service.is_none() {
            is_another(&standing.values, &answers)?;
        }
        if step.id == DECLARATION.id && !declaration::are_others(&standing.values, &answers) {
            return Err(DeskError::NotNow(
                "Cada testemunha é outra pessoa: o número de um documento é o da outra testemunha, do cidadão ou de quem o representa. Veja os documentos.".into(),
            ));
        }
        let attached = standing.attached(step.fields.iter().map(|f| f.id.as_str()));
        let is_request = standing.service.is_some();
        let mut answers = answers;
        if let Some(service) = standing.service {
            let mut after = standing.values.clone();
            after.extend(answers.clone());
            answers.extend(papers::idle(service, &after, &standing.today));
        }
        let agreement = match !is_request && step.id == OUTCOME.id {
            true => self.agreement(session, form, &answers)?,
            false => None,
        };
        let fields: Vec<&str> = step.fields.iter().map(|f| f.id.as_str()).collect();
        self.node
            .change(
                standing.record,
                &session.person.name,
                |d, author, at| match is_request {
                    true => request::finish_step(d, author, at, &step.id, &answers, &attached),
                    false => {
                        let step = (step.id.as_str(), agreement.as_ref());
                        attendance::finish_agreed(d, author, at, step, &answers)
                    }
                },
                |db| draft::clear(db, form, fields.iter().copied()),
            )
            .map_err(fault)?;
        self.end_writing(session, (form, &step.id))?;
        standing.values.extend(answers);
        if step.id == OUTCOME.id && !is_request {
            return Ok(match self.ready_to_check(form)? {
                Some(request) => Next::CheckOf(request),
                None => Next::Attendance,
            });
        }
        if !is_request {
            let mut after = standing
                .about_citizen
                .iter()
                .skip_while(|s| s.id != step.id);
            let next = after.nth(1).map(|s| Next::Step(s.id.clone()));
            return Ok(next.unwrap_or(Next::Attendance));
        }
        Ok(standing.next_after(&step.id))
    }

    /// Takes one time of a step out: in one change its answers go, with what is being typed into
    /// it. The other times keep their numbers, so that whoever writes in them goes on there.
    pub(super) fn take_time_out(
        &self,
        session: &Session,
        form: &str,
        time: &str,
    ) -> Result<Next, DeskError> {
        self.may_write(session, form)?;
        let standing = Standing::read_by(&self.node, form, Store::write)?;
        standing.open()?;
        // A second click finds it gone already.
        if standing.values.contains_key(&without(time)) {
            return Ok(standing.next_after(time));
        }
        let service = standing.service.ok_or(DeskError::NotFound)?;
        let mut said = service
            .take_out(time, &standing.values, &standing.today)
            .ok_or_else(|| {
                DeskError::NotNow("Este é o único: corrija-o em vez de o retirar.".into())
            })?;
        // So goes what the voice notes of this time say.
        let spoken: Vec<String> = said.keys().map(|field| voice::said(field).id).collect();
        let spoken = spoken
            .into_iter()
            .filter(|id| standing.values.contains_key(id));
        said.extend(spoken.map(|id| (id, String::new())));
        let photos: Vec<(&str, BlobId)> = said
            .keys()
            .flat_map(|field| standing.photos(field))
            .map(|a| (a.field.as_str(), a.blob.id))
            .collect();
        let person = &session.person.name;
        self.node
            .change(
                standing.record,
                person,
                |d, author, at| request::take_out(d, author, at, time, &said),
                |db| {
                    draft::clear(db, form, said.keys().map(String::as_str))?;
                    let mut photos = photos.iter();
                    photos.try_for_each(|(field, id)| blob::detach(db, form, field, *id))
                },
            )
            .map_err(fault)?;
        let standing = Standing::read_by(&self.node, form, Store::write)?;
        Ok(standing.next_after(time))
    }

    pub(super) fn open_request(
        &self,
        session: &Session,
        id: &str,
        service: &str,
    ) -> Result<String, DeskError> {
        self.open_with(session, id, service, false)
    }

    /// Begins a request, `together` with others in one conversation.
    pub(super) fn open_with(
        &self,
        session: &Session,
        id: &str,
        service: &str,
        together: bool,
    ) -> Result<String, DeskError> {
        self.may_write(session, id)?;
        let catalogue = self.node.catalogue();
        let service = catalogue.service(service).ok_or(DeskError::NotFound)?;
        let record = record_id(id)?;
        let read = self.node.with_document(record, |d| {
            attendance::Summary::of(d).map(|s| (s, d.answers().clone()))
        });
        let (summary, mut identity) = read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)?;
        if summary.ended.is_some() {
            return Err(DeskError::NotNow(
                "Este atendimento já foi fechado. Comece outro com «Próximo cidadão».".into(),
            ));
        }
        if !summary.identified {
            return Err(DeskError::NotNow(
                "Primeiro identifique o cidadão: com o cartão, ou escrevendo os dados.".into(),
            ));
        }
        let represented = summary.represented;
        let listed = self.resident_of(id)?;
        if let Some((_, resident)) = &listed {
            may_be_asked(resident, &identity, represented)?;
        }
        let kin = kin::for_request(&identity);
        identity.retain(|field, _| {
            attendance::is_identity(field)
                || capacity::is_of(field)
                || (represented && representation::is_of(field))
                || (summary.undocumented && declaration::is_of(field))
        });
        admitted(service, &identity)?;
        if represented {
            may_represent(service, summary.represented_by, &identity)?;
        }
        if summary.undocumented && !summary.declared {
            return Err(DeskError::NotNow(
                "Primeiro o cidadão declara quem é, com as testemunhas que houver: é o que vale enquanto não há documentos.".into(),
            ));
        }
        let edition = catalogue.edition;
        let shared = match &listed {
            Some(resident) => self.shared_with(resident, service)?,
            None => BTreeMap::new(),
        };
        identity.extend(kin);
        identity.extend(shared.clone());
        let late = self.late_for(id, &service.id)?;
        let household = self.named_household(id)?;
        let begun = self.node.begin(&session.person.name, |author, at| {
            let of = (service.id.as_str(), edition);
            let beside = request::Beside {
                together,
                late: late.as_ref(),
                household,
            };
            request::begin_with(author, at, of, record, (&identity, &beside))
        });
        let request = begun.map_err(fault)?.to_string();
        self.finish_shared(session, &request, &shared)?;
        if !together {
            self.propose_of_household(session, id, &request)?;
        }
        Ok(request)
    }
}

/// Checks the fields of a step that apply; those that do not apply any more are emptied.
fn checked(step: &Step, standing: &Standing) -> Result<BTreeMap<String, Answer>, DeskError> {
    let mut refused: Vec<(String, Refusal)> = Vec::new();
    let mut answers = BTreeMap::new();
    let applies = standing.shown(step);
    for field in &step.fields {
        let answer = standing.values.get(&field.id);
        if !applies.contains(field.id.as_str()) {
            let empty = Answer {
                value: String::new(),
                provenance: Provenance::Typed,
            };
            answers.insert(field.id.clone(), empty);
            continue;
        }
        match check(
            field,
            answer.map_or("", |a| a.value.as_str()),
            &standing.today,
        ) {
            Ok(value) => {
                let provenance = answer.map_or(Provenance::Typed, |a| a.provenance);
                answers.insert(field.id.clone(), Answer { value, provenance });
            }
            Err(refusal) => refused.push((field.id.clone(), refusal)),
        }
    }
    if refused.is_empty() {
        Ok(answers)
    } else {
        Err(DeskError::Refused(refused))
    }
}

/// Nobody represents themselves.
fn is_another(
    citizen: &BTreeMap<String, Answer>,
    answers: &BTreeMap<String, Answer>,
) -> Result<(), DeskError> {
    let said = |of: &BTreeMap<String, Answer>, field: &str| {
        let value = of.get(field).map(|a| a.value.clone());
        value.filter(|v| !v.is_empty())
    };
    let nif = said(answers, representation::NIF);
    if nif.is_some() && nif == said(citizen, "nif") {
        return Err(DeskError::NotNow(
            "O NIF de quem representa é o da própria pessoa. Escreva o de quem veio por ela, ou diga no atendimento que veio a própria.".into(),
        ));
    }
    Ok(())
}

/// Whether somebody may ask for the service in the citizen's place, today.
fn may_represent(
    service: &Service,
    is_known: bool,
    answers: &BTreeMap<String, Answer>,
) -> Result<(), DeskError> {
    if service.who.other_with.is_empty() {
        return Err(DeskError::NotNow(format!(
            "«{}» só o próprio pode pedir: a entidade não aceita representante.",
            service.title.pt()
        )));
    }
    if !is_known {
        return Err(DeskError::NotNow(
            "Primeiro identifique quem representa o cidadão, e com que autoridade.".into(),
        ));
    }
    authority_holds(service, answers)
}

pub(super) fn attachment(a: &Attaching) -> Attachment {
    Attachment {
        blob: a.blob.id.to_string(),
        name: a.name.clone(),
        media_type: a.blob.media_type.clone(),
        bytes: a.blob.bytes,
        taken: clock::moment(a.blob.at_ms, true),
        here: true,
        seen: a.seen,
        spoken: a.spoken.clone(),
        shot: None,
    }
}
