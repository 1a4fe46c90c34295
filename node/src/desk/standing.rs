//! A form as it stands: the answers of its record with the draft over them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::catalogue::{Asked, Field, Kind, Service, Step, Values, Words, without};
use vereda_sync::check::{Refusal, check};
use vereda_sync::hlc::Hlc;
use vereda_sync::id::RecordId;
use vereda_sync::record::attendance::IDENTITY;
use vereda_sync::record::declaration::DECLARATION;
use vereda_sync::record::document::{Attached, Document};
use vereda_sync::record::late::Late;
use vereda_sync::record::occurrence::Under;
use vereda_sync::record::outcome::{Contact, OUTCOME};
use vereda_sync::record::papers::{self, Needed};
use vereda_sync::record::representation::REPRESENTATION;
use vereda_sync::record::voice;
use vereda_sync::record::{self, attendance, request};
use vereda_web::desk::port::{DeskError, Next};

use super::{confirm::recorded_on, fault, record_id, typing::was_taken_out};
use crate::clock;
use crate::node::Node;
use crate::occurrences::Relief;
use crate::store::Store;
use crate::store::blob::{self, Attachment as Attaching};
use crate::store::draft::{self, Draft};
use crate::store::holding::Holding;

/// A form as it stands: the record's answers with the draft over them.
pub(super) struct Standing<'n> {
    pub(super) record: RecordId,
    /// `None`: the identity form of an attendance.
    pub(super) service: Option<&'n Service>,
    /// Of an attendance: the steps of its form.
    pub(super) about_citizen: Vec<&'static Step>,
    /// The edition of the catalogue under which the request stands.
    pub(super) edition: u32,
    pub(super) attendance: String,
    pub(super) citizen: Option<String>,
    done: Vec<String>,
    closed: bool,
    /// Effective values by field.
    pub(super) values: BTreeMap<String, Answer>,
    pub(super) drafts: BTreeMap<String, Draft>,
    attaching: Vec<Attaching>,
    /// It is asked for in one conversation with others, by somebody who lost everything.
    together: bool,
    /// What holds because of an occurrence: today, or when it was recorded.
    pub(super) relief: Option<Relief>,
    /// What stood on paper first.
    pub(super) late: Option<Late>,
    /// The day on which its conditions are looked at, `yyyy-mm-dd`; of a recorded request that
    /// of its recording.
    pub(super) today: String,
}

impl<'n> Standing<'n> {
    /// Reads the form, or says why it cannot be filled in.
    pub(super) fn read(node: &'n Node, form: &str) -> Result<Self, DeskError> {
        Self::read_by(node, form, Store::read)
    }

    /// Reads the form through one of the store's connections: one that has just written has the
    /// pages plain in memory, the other would have to decrypt them again.
    pub(super) fn read_by(
        node: &'n Node,
        form: &str,
        connection: impl FnOnce(&'n Store) -> Holding<'n>,
    ) -> Result<Self, DeskError> {
        let record = record_id(form)?;
        let read = node
            .with_document(record, |d| Self::of_document(node, record, d))
            .map_err(fault)?;
        let mut standing = read.ok_or(DeskError::NotFound)??;
        if let Some(service) = standing.service.filter(|_| !standing.closed) {
            standing.relief = Relief::today(node, &service.id)?;
        }
        let db = connection(&node.store);
        for draft in draft::of_form(&db, form).map_err(fault)? {
            let answer = Answer {
                value: draft.value.clone(),
                provenance: draft.provenance,
            };
            standing.values.insert(draft.field.clone(), answer);
            standing.drafts.insert(draft.field.clone(), draft);
        }
        let photos = standing.photo_fields();
        if !photos.is_empty() || standing.late.is_some() {
            standing.attaching = blob::attachments(&db, form).map_err(fault)?;
        }
        for field in photos {
            let ids: Vec<String> = standing
                .photos(&field)
                .map(|a| voice::named(a.blob.id, &a.blob.media_type))
                .collect();
            standing.values.insert(
                field,
                Answer {
                    value: ids.join(" "),
                    provenance: Provenance::Scanned,
                },
            );
        }
        Ok(standing)
    }

    fn of_document(node: &'n Node, record: RecordId, d: &mut Document) -> Result<Self, DeskError> {
        let values = d.answers().clone();
        let citizen = values.get("full-name").map(|a| a.value.clone());
        let drafts = BTreeMap::new();
        match d.kind() {
            Some(record::Kind::Attendance) => {
                let summary = attendance::Summary::of(d).ok_or(DeskError::NotFound)?;
                let steps = [
                    (answers_outcome(&values), &*OUTCOME),
                    (summary.identified, &*IDENTITY),
                    (summary.represented_by, &*REPRESENTATION),
                    (summary.declared, &*DECLARATION),
                ];
                let done = steps.into_iter().filter(|(done, _)| *done);
                let done = done.map(|(_, step)| step.id.clone()).collect();
                let attendance = record.to_string();
                let closed = summary.ended.is_some();
                let mut about_citizen = vec![&*IDENTITY];
                about_citizen.extend(summary.represented.then_some(&*REPRESENTATION));
                about_citizen.extend(summary.undocumented.then_some(&*DECLARATION));
                Ok(Self {
                    record,
                    service: None,
                    about_citizen,
                    edition: 0,
                    attendance,
                    citizen,
                    done,
                    closed,
                    values,
                    drafts,
                    attaching: vec![],
                    relief: None,
                    together: false,
                    late: Late::of(d),
                    today: clock::today(),
                })
            }
            Some(record::Kind::Request) => {
                let service = service_of(node, d).ok_or_else(|| {
                    DeskError::NotNow("Este serviço já não está no catálogo deste posto. O pedido continua guardado.".into())
                })?;
                let attendance = d.text("attendance").unwrap_or_default().to_owned();
                let closed = d.text("number").is_some();
                let done = request::finished_steps(d);
                let today = match closed {
                    true => recorded_on(d),
                    false => clock::today(),
                };
                let service = Some(service);
                Ok(Self {
                    record,
                    service,
                    about_citizen: vec![],
                    edition: edition_of(d),
                    attendance,
                    citizen,
                    done,
                    closed,
                    values,
                    drafts,
                    attaching: vec![],
                    relief: Relief::of_recorded(d),
                    together: request::is_together(d),
                    late: Late::of(d),
                    today,
                })
            }
            _ => Err(DeskError::NotFound),
        }
    }

    /// The fields of photographs, each time of those that are asked several times.
    fn photo_fields(&self) -> Vec<String> {
        let steps = self.service.into_iter().flat_map(|s| &s.steps);
        let with_photos = steps.filter(|s| s.fields.iter().any(|f| f.kind == Kind::Photos));
        with_photos
            .flat_map(Step::every_instance)
            .flat_map(|s| {
                let photos = s.fields.iter().filter(|f| f.kind == Kind::Photos);
                photos.map(|f| f.id.clone()).collect::<Vec<_>>()
            })
            .collect()
    }

    pub(super) fn steps(&self) -> Vec<Cow<'n, Step>> {
        match self.service {
            Some(service) => service.steps_for(&self.values, &self.today),
            None => self
                .about_citizen
                .iter()
                .copied()
                .map(Cow::Borrowed)
                .collect(),
        }
    }

    /// The steps among which one stands: how the citizen is told the outcome is asked apart from who they
    /// are, and only if somebody wants it.
    pub(super) fn steps_with(&self, step: &str) -> Vec<Cow<'n, Step>> {
        match self.service {
            None if step == OUTCOME.id => vec![Cow::Borrowed(&*OUTCOME)],
            _ => self.steps(),
        }
    }

    /// The values that conditions may look at: those of what is asked.
    pub(super) fn asked(&self) -> Asked<'_, BTreeMap<String, Answer>> {
        match self.service {
            Some(service) => service.asked(&self.values, &self.today),
            None => Asked::all(&self.values),
        }
    }

    /// The fields of a step that apply.
    pub(super) fn shown<'s>(&self, step: &'s Step) -> BTreeSet<&'s str> {
        let asked = self.asked();
        let fields = step.fields_for(&asked, &self.today);
        fields.map(|f| f.id.as_str()).collect()
    }

    /// What conditions of the step look at that stands on others.
    pub(super) fn elsewhere(&self, step: &Step) -> BTreeMap<String, String> {
        let conditions = step.fields.iter().filter_map(|f| f.when.as_ref());
        let looked_at = conditions.flat_map(|w| w.leaves()).map(|w| &w.field);
        let asked = self.asked();
        looked_at
            .filter(|id| step.fields.iter().all(|f| f.id != **id))
            .filter_map(|id| Some((id.clone(), asked.value(id)?.to_owned())))
            .collect()
    }

    /// What the form costs, as it stands.
    pub(super) fn fee_cents(&self) -> u32 {
        self.settle(self.price_cents()).0
    }

    /// What is paid of what would be `due`; and what the request is to say of the occurrence under which it is recorded.
    pub(super) fn settle(&self, due: u32) -> (u32, Option<Under>) {
        match &self.relief {
            Some(relief) => {
                let (fee_cents, under) = relief.settle(due);
                (fee_cents, Some(under))
            }
            None => (due, None),
        }
    }

    /// What it would cost without an occurrence.
    fn price_cents(&self) -> u32 {
        self.service
            .map_or(0, |s| s.fee_cents(&self.values, &self.today))
    }

    /// Why it costs nothing, where there is an exemption, or an occurrence waives the fee.
    pub(super) fn exempt(&self) -> Option<Words> {
        self.exempt_by(&self.values)
    }

    /// The same, by these values.
    pub(super) fn exempt_by(&self, values: &BTreeMap<String, Answer>) -> Option<Words> {
        let service = self.service?;
        let exempt = super::papers::exempt(service, values, &self.today);
        let due = || service.fee_cents(values, &self.today);
        exempt.or_else(|| self.relief.as_ref()?.reason(due()))
    }

    /// Why papers may be missing.
    pub(super) fn because(&self) -> Option<String> {
        let lost = || Some("perdeu-se com tudo o resto; entrega quando o tiver".to_owned());
        super::papers::because(self.relief.as_ref()).or_else(|| lost().filter(|_| self.together))
    }

    /// The papers that are needed, as it stands.
    pub(super) fn papers(&self) -> Vec<Needed> {
        self.service
            .map(|s| papers::needed(s, &self.values, &self.today))
            .unwrap_or_default()
    }

    /// Why a step is not there: it may have been taken out at another desk.
    pub(super) fn gone(&self, step: &str) -> DeskError {
        match self.values.contains_key(&without(step)) {
            true => was_taken_out(),
            false => DeskError::NotFound,
        }
    }

    /// Whether the step is one of several times, which can be taken out.
    pub(super) fn may_take_out(&self, step: &str) -> bool {
        let of = |s: &Service| s.take_out(step, &self.values, &self.today);
        self.service.and_then(of).is_some()
    }

    /// Where the desk goes from that step: to the first after it that is not finished, else to any.
    pub(super) fn next_after(&self, step: &str) -> Next {
        let steps = self.steps();
        let open = |s: &&Cow<'_, Step>| s.id != step && !self.is_done(&s.id);
        let after = steps.iter().skip_while(|s| s.id != step).find(open);
        let next = after.or_else(|| steps.iter().find(open));
        next.map_or(Next::CheckAnswers, |s| Next::Step(s.id.clone()))
    }

    /// Whether it is recorded, or the attendance is over.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(super) fn is_done(&self, step: &str) -> bool {
        self.done.iter().any(|d| d == step)
    }

    /// The steps that are not finished.
    pub(super) fn unfinished(&self) -> Vec<Cow<'n, Step>> {
        self.steps()
            .into_iter()
            .filter(|s| !self.is_done(&s.id))
            .collect()
    }

    /// The title of the form.
    pub(super) fn title(&self) -> Words {
        self.service
            .as_ref()
            .map_or_else(|| IDENTITY.title.clone(), |s| s.title.clone())
    }

    /// Whether the citizen may write a field where they are let. What others wrote of a number
    /// is hidden from whoever stands near until they want it shown; photographs are taken at the
    /// desk.
    pub(super) fn is_for_citizen(&self, field: &Field, revealed: bool) -> bool {
        let is_others = |a: &Answer| !a.value.is_empty() && a.provenance != Provenance::Citizen;
        let is_hidden = !revealed
            && field.kind.is_masked()
            && self.values.get(&field.id).is_some_and(is_others);
        field.kind != Kind::Photos && !is_hidden
    }

    /// What is to mend in a field; photographs are the mediator's to take.
    pub(super) fn wrong(&self, field: &Field) -> Option<Refusal> {
        if field.kind == Kind::Photos {
            return None;
        }
        let value = self.values.get(&field.id).map_or("", |a| a.value.as_str());
        check(field, value, &self.today).err()
    }

    /// The photographs of those fields, as records name them.
    pub(super) fn attached<'f>(&self, fields: impl Iterator<Item = &'f str>) -> Vec<Attached> {
        let photos = fields.flat_map(|field| self.photos(field));
        photos
            .map(|a| Attached {
                blob: a.blob.id,
                name: a.name.clone(),
                media_type: a.blob.media_type.clone(),
                bytes: a.blob.bytes,
                at: Hlc::default(),
                seen: a.seen,
                spoken: a.spoken.clone(),
            })
            .collect()
    }

    /// A step with, after each field of photographs, what the voice notes beside them say.
    pub(super) fn spoken(&self, mut step: Step) -> Step {
        if self.service.is_some() {
            let fields = std::mem::take(&mut step.fields).into_iter();
            step.fields = fields
                .flat_map(|f| {
                    let said = f.spoken.then(|| voice::field(&f));
                    iter::once(f).chain(said)
                })
                .collect();
        }
        step
    }

    pub(super) fn photos<'s, 'f>(
        &'s self,
        field: &'f str,
    ) -> impl Iterator<Item = &'s Attaching> + use<'s, 'f, 'n> {
        self.attaching.iter().filter(move |a| a.field == field)
    }

    pub(super) fn open(&self) -> Result<(), DeskError> {
        if !self.closed {
            return Ok(());
        }
        Err(DeskError::NotNow(match self.service {
            Some(_) => "Este pedido já foi registado. Para mudar um valor, abra-o em «Pedidos» e corrija-o lá.".into(),
            None => "Este atendimento já foi fechado. Para continuar, comece outro.".into(),
        }))
    }
}

/// Whether it was chosen how the citizen is told the outcome.
fn answers_outcome(values: &BTreeMap<String, Answer>) -> bool {
    Contact::chosen(values).is_some()
}

/// The service of a request, in the edition under which it stands.
pub(super) fn service_of<'n>(node: &'n Node, d: &Document) -> Option<&'n Service> {
    node.service(d.text("service")?, edition_of(d))
}

fn edition_of(d: &Document) -> u32 {
    let edition = d.number("edition").and_then(|n| u32::try_from(n).ok());
    edition.unwrap_or(0)
}
