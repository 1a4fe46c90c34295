//! Rows of lists, and values as people read them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::iter;

use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::catalogue::{Asked, Field, Kind, Service, Step, Words};
use vereda_sync::record::Life;
use vereda_sync::record::act::Act;
use vereda_sync::record::attendance::IDENTITY;
use vereda_sync::record::capacity::BEDSIDE;
use vereda_sync::record::case::{STANDING_FIELD, said};
use vereda_sync::record::declaration::{self, DECLARATION, PROOF};
use vereda_sync::record::document::{Attached, Document};
use vereda_sync::record::kin::KIN;
use vereda_sync::record::outcome;
use vereda_sync::record::papers;
use vereda_sync::record::representation::{self, REPRESENTATION};
use vereda_sync::record::voice;
use vereda_web::desk::port::{AnsweredStep, Attachment, RequestRow};

use super::SpotDesk;
use crate::clock;
use crate::node::Node;
use crate::store::derived::RequestLine;

/// A request as a row, seen from this node.
pub(crate) fn row(node: &Node, line: RequestLine) -> RequestRow {
    let life = match line.life {
        // Custody: a spot knows it by proof; the hub has it by having it.
        Life::Recorded if line.at_hub || node.is_hub() => Life::Received,
        life => life,
    };
    RequestRow {
        id: line.id,
        number: line.number,
        citizen: line.citizen,
        service: service_title(node, &line.service),
        life,
        at: clock::moment(line.at_ms, line.sure),
        spot: line.spot,
        in_conflict: line.conflicts > 0,
        owes: line.owes,
        late: line.late,
    }
}

impl SpotDesk {
    pub(super) fn row(&self, line: RequestLine) -> RequestRow {
        row(&self.node, line)
    }
}

/// Who did it and where, in a line.
pub(crate) fn place(act: &Act) -> String {
    match &act.stop {
        Some(stop) => format!("{}, {} ({stop})", act.by, act.spot),
        None => format!("{}, {}", act.by, act.spot),
    }
}

/// The title of a service, or its id when the catalogue no longer has it.
pub(crate) fn service_title(node: &Node, service: &str) -> Words {
    node.latest(service)
        .map_or_else(|| Words::from([("pt", service)]), |s| s.title.clone())
}

/// The definition of a field: of the service, else of the identity, of who acts for another or of what is declared
/// instead of documents. Of one that is asked several times it names the time, as `id` does.
pub(crate) fn field_of(service: Option<&Service>, id: &str) -> Option<Field> {
    if let Some(paper) = papers::of_field(id) {
        return paper_field(service?, id, paper);
    }
    if let Some(photographs) = voice::of_field(id) {
        let field = service.and_then(|s| s.field(photographs));
        return field.filter(|f| f.spoken).map(|_| voice::said(photographs));
    }
    let of_nobodys_service = || {
        let fields = of_the_attendance().flat_map(|step| &step.fields);
        let mut fields = fields.chain([&*STANDING_FIELD, &*outcome::TELL_FIELD]);
        fields.find(|f| f.id == id).map(Cow::Borrowed)
    };
    let known = service.and_then(|s| s.field(id));
    let known = known.or_else(of_nobodys_service)?;
    Some(Field {
        id: id.to_owned(),
        ..known.into_owned()
    })
}

/// The steps of which a request may have answers besides those of its service.
pub(crate) fn of_the_attendance() -> impl Iterator<Item = &'static Step> {
    [
        &*IDENTITY,
        &*BEDSIDE,
        &*REPRESENTATION,
        &*DECLARATION,
        &*PROOF,
        &*KIN,
    ]
    .into_iter()
}

/// What is said of a paper, as a field: for who is shown two statements of it.
fn paper_field(service: &Service, id: &str, paper: &str) -> Option<Field> {
    let paper = service.documents.iter().find(|p| p.id == paper)?;
    Some(Field::new(id, paper.title.clone(), Kind::Text))
}

/// Photographs and voice notes that belong to a value of a photo field.
pub(crate) fn attachments_of(value: &str, attached: &[Attached]) -> Vec<Attachment> {
    let named = |a: &&Attached| voice::ids(value).any(|id| id == a.blob.to_string());
    attached.iter().filter(named).map(attachment).collect()
}

/// A photograph of a record, for a page.
pub(crate) fn attachment(a: &Attached) -> Attachment {
    Attachment {
        blob: a.blob.to_string(),
        name: a.name.clone(),
        media_type: a.media_type.clone(),
        bytes: a.bytes,
        taken: clock::moment(a.at.unix_ms(), true),
        here: true,
        seen: a.seen,
        spoken: a.spoken.clone(),
        shot: None,
    }
}

/// All steps of a service that apply on that day, with their answers.
pub(crate) fn answered_steps(
    service: &Service,
    document: &Document,
    day: &str,
) -> Vec<AnsweredStep> {
    let answers = document.answers();
    let attached = document.attached();
    let asked = service.asked(answers, day);
    let all = Asked::all(answers);
    // Who acts for another, and who has no documents, stands before all that is asked.
    let acts = representation::representative(answers).is_some();
    let acts = acts.then_some(&*REPRESENTATION);
    let declares = declaration::proof(answers).is_some();
    let declares = declares.then_some(&*DECLARATION);
    let before = acts.into_iter().chain(declares);
    let before = before.map(|step| (Cow::Borrowed(step), &all));
    let steps = service.steps_for(answers, day).into_iter();
    before
        .chain(steps.map(|step| (step, &asked)))
        .map(|(step, asked)| AnsweredStep {
            id: step.id.clone(),
            title: step.title.clone(),
            answers: step
                .fields_for(asked, day)
                .flat_map(|field| {
                    // What voice notes say stands beside them where somebody put it in words.
                    let said = field.spoken.then(|| voice::said(&field.id));
                    let said = said.filter(|said| answers.contains_key(&said.id));
                    iter::once(field.clone()).chain(said)
                })
                .map(|field| {
                    let answer = answers.get(&field.id).cloned();
                    let photos = answer.as_ref().map_or("", |a| a.value.as_str());
                    let photos = if field.kind == Kind::Photos {
                        attachments_of(photos, &attached)
                    } else {
                        vec![]
                    };
                    (field, answer, photos)
                })
                .collect(),
        })
        .collect()
}

/// What stands for a private value in words that a mediator reads.
pub(crate) const PRIVATE: &str = "(valor privado)";

/// An answer as the desk may have it: a private one that the citizen wrote loses its value.
pub(crate) fn for_desk(field: &Field, answer: Answer) -> Answer {
    match field.hides(answer.provenance) {
        true => Answer {
            value: String::new(),
            ..answer
        },
        false => answer,
    }
}

/// All answers as the desk may have them.
pub(crate) fn all_for_desk(mut steps: Vec<AnsweredStep>) -> Vec<AnsweredStep> {
    for (field, answer, _) in steps.iter_mut().flat_map(|s| &mut s.answers) {
        *answer = answer.take().map(|answer| for_desk(field, answer));
    }
    steps
}

/// A value in a message or a history, which nobody needs to read a private one in; nor how somebody is
/// told, which is to be gone once they take it back.
pub(crate) fn told(field: &Field, value: &str) -> String {
    match field.private || field.id == outcome::FIELD {
        true => PRIVATE.to_owned(),
        false => shown(field, value),
    }
}

/// The value that was refused of a field when a request was sent back, for who may read it.
pub(crate) fn refused(field: &Field, act: &Act) -> String {
    let hidden = match said(act, "how") {
        // An older hub did not say how it was known.
        "" => field.private,
        how => field.hides(Provenance::from_code(how)),
    };
    match hidden {
        true => PRIVATE.to_owned(),
        false => shown(field, said(act, "refused")),
    }
}

/// A step as label and answer as people read it, for those fields that are known.
pub(crate) fn known(step: &Step, answers: &BTreeMap<String, Answer>) -> Vec<(Words, Answer)> {
    let known = step.fields.iter();
    known
        .filter_map(|field| {
            let answer = answers.get(&field.id).filter(|a| !a.value.is_empty())?;
            let value = shown(field, &answer.value);
            let provenance = answer.provenance;
            Some((field.label.clone(), Answer { value, provenance }))
        })
        .collect()
}

/// A value as people read it, in Portuguese.
pub(crate) fn shown(field: &Field, value: &str) -> String {
    vereda_web::words::shown(field, value, "pt")
}
