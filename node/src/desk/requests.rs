//! Requests that are recorded: reading them, correcting a value, adding a note.

use std::borrow::Cow;

use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::catalogue::{Field, Service, Step};
use vereda_sync::check::{Refusal, check};
use vereda_sync::conflict;
use vereda_sync::id::BlobId;
use vereda_sync::record::Life;
use vereda_sync::record::act::Act;
use vereda_sync::record::agency;
use vereda_sync::record::case;
use vereda_sync::record::complaint::Complaint;
use vereda_sync::record::declaration::{self, PROOF, Proof};
use vereda_sync::record::document::{self, Attached, Document};
use vereda_sync::record::late::Late;
use vereda_sync::record::occurrence::Under;
use vereda_sync::record::outcome;
use vereda_sync::record::papers;
use vereda_sync::record::request;
use vereda_sync::record::voice;
use vereda_web::desk::port::{
    Case, DeskError, Disclosure, HistoryLine, Payment, Request, Session, Statement, Telling,
};

use super::{
    SpotDesk, cases, complaints, confirm, fault, household, leases, messages, record_id, rows,
    shots, twice,
};
use crate::clock;
use crate::node::Node;
use crate::store::{blob, derived, occurrences, packs};

/// Longest note or reason, in characters.
const MAX_NOTE_CHARS: usize = 2_000;

impl SpotDesk {
    pub(super) fn read_request(&self, id: &str) -> Result<Request, DeskError> {
        let payment = self.payment_of_request(id)?;
        let mut view = read(&self.node, id, payment, Reader::Desk)?;
        let line = derived::request(&self.node.store.read(), id).map_err(fault)?;
        if let Some(line) = line.filter(|line| line.own) {
            view.twice = twice::of_recorded(&self.node, &line)?;
        }
        view.hours = match view.lent_until {
            None => self.hours_owed(id)?,
            Some(_) => None,
        };
        Ok(view)
    }

    pub(super) fn correct_value(
        &self,
        session: &Session,
        id: &str,
        field: &str,
        value: &str,
        reason: &str,
    ) -> Result<(), DeskError> {
        let (record, line) = self.recorded(id)?;
        let is_said_elsewhere = [case::STANDING, outcome::FIELD].contains(&field);
        if is_said_elsewhere || papers::of_field(field).is_some() {
            return Err(DeskError::NotFound);
        }
        let definition = rows::field_of(self.node.service(&line.service, line.edition), field)
            .ok_or(DeskError::NotFound)?;
        let value = check(&definition, value, &clock::today())
            .map_err(|r| DeskError::Refused(vec![(field.to_owned(), r)]))?;
        let reason = bounded(reason).map_err(|r| DeskError::Refused(vec![("reason".into(), r)]))?;
        if reason.is_empty() {
            return Err(DeskError::Refused(vec![(
                "reason".into(),
                Refusal::Missing,
            )]));
        }
        let in_conflict = self
            .node
            .with_document(record, |d| conflict::of(d).iter().any(|c| c.field == field));
        if in_conflict.map_err(fault)? == Some(true) {
            return Err(DeskError::NotNow(
                "Este valor está em conflito e espera a decisão da central. Junte uma nota com o que o cidadão disse.".into(),
            ));
        }
        let answer = Answer {
            value,
            provenance: Provenance::Typed,
        };
        let person = &session.person.name;
        self.node
            .change(
                record,
                person,
                |d, a, at| request::correct(d, a, at, field, &answer, &reason),
                |_| Ok(()),
            )
            .map_err(fault)
    }

    /// A document proves who somebody is who had none: of this request, and of what they asked for
    /// with it at the same attendance.
    pub(super) fn prove_identity(
        &self,
        session: &Session,
        id: &str,
        kind: &str,
        number: &str,
    ) -> Result<(), DeskError> {
        let (record, line) = self.recorded(id)?;
        let mut refused = Vec::new();
        let mut checked = Vec::new();
        for (field, typed) in PROOF.fields.iter().zip([kind, number]) {
            match check(field, typed, &clock::today()) {
                Ok(value) => checked.push(value),
                Err(refusal) => refused.push((field.id.clone(), refusal)),
            }
        }
        let [kind, number] = &checked[..] else {
            return Err(DeskError::Refused(refused));
        };
        let mut records = vec![record];
        if let Some(attendance) = line.attendance.filter(|_| line.own) {
            let all = derived::of_attendance(&self.node.store.read(), &attendance);
            let others = all.map_err(fault)?.into_iter().filter(|other| {
                other.id != id && !matches!(other.life, Life::Draft | Life::Withdrawn)
            });
            for other in others {
                records.push(record_id(&other.id)?);
            }
        }
        for record in records {
            let standing = self.node.with_document(record, |d| {
                let fields = PROOF.fields.iter().map(|f| f.id.as_str());
                let contested = d.contested().any(|id| fields.clone().any(|f| f == id));
                (declaration::proof(d.answers()), contested)
            });
            match standing.map_err(fault)?.ok_or(DeskError::NotFound)? {
                (Some(Proof::Owed(_)), false) => {}
                // A second click, or a document from another desk.
                _ => continue,
            }
            let write = |d: &mut document::Document, author: &_, at| {
                declaration::prove(d, author, at, kind, number)
            };
            self.node
                .change(record, &session.person.name, write, |_| Ok(()))
                .map_err(fault)?;
        }
        Ok(())
    }

    pub(super) fn note(&self, session: &Session, id: &str, text: &str) -> Result<(), DeskError> {
        let (record, _) = self.recorded(id)?;
        let text = bounded(text).map_err(|r| DeskError::Refused(vec![("note".into(), r)]))?;
        if text.is_empty() {
            return Err(DeskError::Refused(vec![("note".into(), Refusal::Missing)]));
        }
        let person = &session.person.name;
        self.node
            .change(
                record,
                person,
                |d, a, at| request::note(d, a, at, &text),
                |_| Ok(()),
            )
            .map_err(fault)
    }

    pub(super) fn recorded(
        &self,
        id: &str,
    ) -> Result<(vereda_sync::id::RecordId, derived::RequestLine), DeskError> {
        let line = derived::request(&self.node.store.read(), id)
            .map_err(fault)?
            .ok_or(DeskError::NotFound)?;
        match line.life {
            Life::Draft => Err(DeskError::NotNow(
                "Este pedido ainda está a ser preenchido. Continue-o no atendimento.".into(),
            )),
            Life::Withdrawn => Err(DeskError::NotNow(
                "Este pedido foi retirado e já não se muda.".into(),
            )),
            _ => Ok((record_id(id)?, line)),
        }
    }
}

/// Who reads a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A mediator, who is not told what the citizen wrote as private.
    Desk,
    /// Whoever handles it, and is.
    Console,
}

/// What happened to a request, oldest first.
pub(crate) fn history(d: &Document, service: Option<&Service>) -> Vec<HistoryLine> {
    let label = |id: &str| rows::field_of(service, id);
    let happened = |act: &Act| HistoryLine {
        at: clock::of(act),
        by: rows::place(act),
        text: messages::act_text(act, service, label),
    };
    d.acts().map(happened).collect()
}

/// A request with its history, as desk and console show it.
pub(crate) fn read(
    node: &Node,
    id: &str,
    payment: Payment,
    reader: Reader,
) -> Result<Request, DeskError> {
    let record = record_id(id)?;
    let line = derived::request(&node.store.read(), id)
        .map_err(fault)?
        .ok_or(DeskError::NotFound)?;
    let household = household::requests(node, &line)?;
    let service = node.service(&line.service, line.edition);
    let read = node.with_document(record, |d| {
        let known: Vec<&String> = d.fields().collect();
        let asked = service.into_iter().flat_map(|s| &s.steps);
        let who: Vec<Cow<'_, Step>> = rows::of_the_attendance().map(Cow::Borrowed).collect();
        let in_order = who
            .into_iter()
            .chain(asked.flat_map(Step::every_instance))
            .flat_map(|step| step.into_owned().fields);
        let mut answers = Vec::new();
        for field in in_order.filter(|f| known.contains(&&f.id)) {
            let already = answers.iter().any(|(f, _): &(Field, _)| f.id == field.id);
            // What stands again, as a decision was taken back, is shown as it was.
            let statements = standing(conflict::sides(d, &field.id));
            if !already && statements.iter().any(|s| !s.value.is_empty()) {
                answers.push((field, statements));
            }
        }
        // What an older edition asked and this one does not: to be seen, and no more.
        let asked: Vec<String> = answers.iter().map(|(f, _)| f.id.clone()).collect();
        for id in known.into_iter().filter(|id| !asked.contains(id)) {
            let statements = standing(d.statements(id));
            let older = node.once_asked(&line.service, id);
            if let Some(field) = older.filter(|_| statements.iter().any(|s| !s.value.is_empty())) {
                answers.push((field, statements));
            }
        }
        let attached = still_named(d);
        // What voice notes say can be put in words later.
        for id in voice::spoken_of(d.answers()) {
            let statements = standing(d.statements(&id));
            if let Some(field) = rows::field_of(service, &id) {
                answers.push((field, statements));
            }
        }
        let lent_until = node.lent_until(record, d).ok().flatten();
        // So is what two spots said of one paper, and of how the citizen is told the outcome.
        let contested = d.contested().filter(|id| {
            papers::of_field(id).is_some() || (*id == outcome::FIELD && lent_until.is_none())
        });
        for id in contested {
            let statements = standing(d.statements(id));
            let field = rows::field_of(service, id).filter(|_| statements.len() > 1);
            answers.splice(0..0, field.map(|field| (field, statements)));
        }
        // Whether it stands at all is shown when two spots disagree about that.
        let standing = standing(d.statements(case::STANDING));
        if standing.len() > 1 {
            answers.insert(0, (case::STANDING_FIELD.clone(), standing));
        }
        let label = |id: &str| rows::field_of(service, id);
        let history = history(d, service);
        let instead = request::stands_instead(d);
        let instead = instead.map(|(id, number)| (id.to_owned(), number.to_owned()));
        let note = |(act, text)| statement(act, text, Provenance::Typed);
        let notes = d.notes().into_iter().map(note).collect();
        let attachments = attached.iter().map(rows::attachment).collect();
        let papers = match d.text("number").zip(service) {
            Some((_, service)) => papers::needed(service, d.answers(), &confirm::recorded_on(d)),
            None => vec![],
        };
        Request {
            case: match lent_until {
                None => cases::view(node, &line, d),
                // Nobody agreed to be told by whoever only reads it.
                Some(_) => Case {
                    telling: Telling::default(),
                    ..cases::view(node, &line, d)
                },
            },
            term: Complaint::of(d).map(|it| complaints::term_of(node, &it)),
            agreed: request::confirmation(d).and_then(confirm::agreed),
            representative: request::representative(d),
            identity: declaration::proof(d.answers()),
            late: Late::of(d),
            same_number: vec![],
            household: vec![],
            twice: vec![],
            disclosed: match lent_until {
                None => disclosed(d, label),
                Some(_) => vec![],
            },
            attendance: line.attendance.clone().filter(|_| line.own),
            row: rows::row(node, line),
            payment,
            reserved: leases::said_of(d),
            hours: None,
            answers,
            history,
            notes,
            attachments,
            instead,
            lent_until: lent_until.map(|ms| clock::moment(ms, true)),
            papers,
            under: Under::of(d).map(|under| (under, false)),
        }
    });
    let mut request = read.map_err(fault)?.ok_or(DeskError::NotFound)?;
    if reader == Reader::Desk {
        for (field, statements) in &mut request.answers {
            let hidden = statements.iter_mut().filter(|s| field.hides(s.provenance));
            hidden.for_each(|s| s.value.clear());
        }
    }
    // Whoever only reads one request has no business with the others' of the house.
    if request.lent_until.is_none() {
        request.household = household;
    }
    let db = node.store.read();
    if let Some((under, is_confirmed)) = &mut request.under {
        *is_confirmed = occurrences::is_confirmed(&db, under.occurrence).map_err(fault)?;
    }
    if let Some(late) = &request.late {
        request.same_number = packs::recorded_under(&db, &late.number, id).map_err(fault)?;
    }
    for photo in &mut request.attachments {
        let id = BlobId::from_hex(&photo.blob).ok_or(DeskError::NotFound)?;
        photo.here = blob::find(&db, id).map_err(fault)?.is_some();
        shots::look(&db, photo).map_err(fault)?;
    }
    Ok(request)
}

/// What its agency was told, in the words of the questions.
fn disclosed(d: &Document, label: impl Fn(&str) -> Option<Field>) -> Vec<Disclosure> {
    let told = agency::told(d).map(|act| {
        let fields = case::said(act, "fields").split_whitespace();
        let named = |id: &str| label(id).map_or_else(|| id.to_owned(), |f| f.label.pt().to_owned());
        Disclosure {
            agency: case::said(act, "name").to_owned(),
            at: clock::of(act),
            what: messages::told_text(act).to_owned(),
            fields: fields.map(named).collect(),
        }
    });
    told.collect()
}

/// What is attached, without voice notes that were taken off again.
fn still_named(d: &Document) -> Vec<Attached> {
    let mut attached = d.attached();
    attached.retain(|a| {
        let name = voice::named(a.blob, &a.media_type);
        let mut values = d.answers().values();
        !voice::is_voice(&a.media_type)
            || values.any(|v| v.value.split_whitespace().any(|word| word == name))
    });
    attached
}

fn bounded(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.chars().count() > MAX_NOTE_CHARS {
        Err(Refusal::TooLong {
            max: MAX_NOTE_CHARS,
        })
    } else {
        Ok(text.into())
    }
}

/// One statement a value: two spots that say the same do not disagree.
fn standing(all: Vec<document::Statement>) -> Vec<Statement> {
    let mut out: Vec<Statement> = Vec::new();
    for s in all {
        if out.iter().all(|o| o.value != s.answer.value) {
            out.push(statement(s.act, s.answer.value, s.answer.provenance));
        }
    }
    out
}

fn statement(act: Act, value: String, provenance: Provenance) -> Statement {
    let at = clock::of(&act);
    Statement {
        value,
        provenance,
        by: act.by,
        spot: act.spot,
        at,
    }
}
