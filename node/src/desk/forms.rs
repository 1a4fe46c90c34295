//! Forms: one page at a time, every keystroke durable, a finished step one
//! change of the record.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::MutexGuard;

use rusqlite::Connection;
use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::catalogue::{Asked, Field, Kind, Service, Step, Values, Words, without};
use vereda_sync::check::{MAX_VALUE_BYTES, Refusal, check};
use vereda_sync::id::{BlobId, RecordId};
use vereda_sync::record::attendance::IDENTITY;
use vereda_sync::record::declaration::{self, DECLARATION};
use vereda_sync::record::document::{Attached, Document};
use vereda_sync::record::papers::{self, Needed};
use vereda_sync::record::representation::REPRESENTATION;
use vereda_sync::record::{self, attendance, representation, request};
use vereda_web::desk::port::{
    Attachment, DeskError, Event, Form, FormField, Next, Saved, Session, StepMark,
};

use super::{
    SpotDesk,
    confirm::recorded_on,
    editions::admitted,
    fault, record_id,
    stage::{Stage, Writing},
    undo,
};
use crate::clock;
use crate::node::Node;
use crate::store::Store;
use crate::store::blob::{self, Attachment as Attaching};
use crate::store::draft::{self, Draft};

/// A form as it stands: the record's answers with the draft over them.
pub(super) struct Standing<'n> {
    pub(super) record: RecordId,
    /// `None`: the identity form of an attendance.
    pub(super) service: Option<&'n Service>,
    /// Of an attendance: the steps of its form.
    about_citizen: Vec<&'static Step>,
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
    fn read_by(
        node: &'n Node,
        form: &str,
        connection: impl FnOnce(&'n Store) -> MutexGuard<'n, Connection>,
    ) -> Result<Self, DeskError> {
        let record = record_id(form)?;
        let read = node
            .with_document(record, |d| Self::of_document(node, record, d))
            .map_err(fault)?;
        let mut standing = read.ok_or(DeskError::NotFound)??;
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
        if !photos.is_empty() {
            standing.attaching = blob::attachments(&db, form).map_err(fault)?;
        }
        for field in photos {
            let ids: Vec<String> = standing
                .photos(&field)
                .map(|a| a.blob.id.to_string())
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
                    today,
                })
            }
            Some(
                record::Kind::Till
                | record::Kind::Ticket
                | record::Kind::Lookup
                | record::Kind::Notice
                | record::Kind::Stock
                | record::Kind::Lease,
            )
            | None => Err(DeskError::NotFound),
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

    /// The values that conditions may look at: those of what is asked.
    pub(super) fn asked(&self) -> Asked<'_, BTreeMap<String, Answer>> {
        match self.service {
            Some(service) => service.asked(&self.values, &self.today),
            None => Asked::all(&self.values),
        }
    }

    /// The fields of a step that apply.
    fn shown<'s>(&self, step: &'s Step) -> BTreeSet<&'s str> {
        let asked = self.asked();
        let fields = step.fields_for(&asked, &self.today);
        fields.map(|f| f.id.as_str()).collect()
    }

    /// What conditions of the step look at that stands on others.
    fn elsewhere(&self, step: &Step) -> BTreeMap<String, String> {
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
        self.service
            .map_or(0, |s| s.fee_cents(&self.values, &self.today))
    }

    /// Why it costs nothing, where there is an exemption.
    pub(super) fn exempt(&self) -> Option<Words> {
        let service = self.service?;
        super::papers::exempt(service, &self.values, &self.today)
    }

    /// The papers that are needed, as it stands.
    pub(super) fn papers(&self) -> Vec<Needed> {
        self.service
            .map(|s| papers::needed(s, &self.values, &self.today))
            .unwrap_or_default()
    }

    /// Why a step is not there: it may have been taken out at another desk.
    fn gone(&self, step: &str) -> DeskError {
        match self.values.contains_key(&without(step)) {
            true => was_taken_out(),
            false => DeskError::NotFound,
        }
    }

    /// Whether the step is one of several times, which can be taken out.
    fn may_take_out(&self, step: &str) -> bool {
        let of = |s: &Service| s.take_out(step, &self.values, &self.today);
        self.service.and_then(of).is_some()
    }

    /// Where the desk goes from that step: to the first after it that is not finished, else to any.
    fn next_after(&self, step: &str) -> Next {
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

    fn is_done(&self, step: &str) -> bool {
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

    fn photos(&self, field: &str) -> impl Iterator<Item = &Attaching> {
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

/// Who types: at the desk, or on the citizen's side.
pub(super) struct Writer<'a> {
    /// The session, or what stands for the screen.
    pub(super) session: &'a str,
    /// As the other side reads it.
    pub(super) by: &'a str,
    /// How what they type is known.
    pub(super) provenance: Provenance,
}

impl<'a> Writer<'a> {
    fn at_desk(session: &'a Session) -> Self {
        Self {
            session: &session.id,
            by: &session.person.name,
            provenance: Provenance::Typed,
        }
    }
}

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
        let steps = standing.steps();
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
        Ok(Form {
            id: form.to_owned(),
            attendance: standing.attendance.clone(),
            title: standing.title(),
            steps: steps
                .iter()
                .map(|s| StepMark {
                    id: s.id.clone(),
                    title: s.title.clone(),
                    done: standing.is_done(&s.id),
                    current: s.id == step.id,
                })
                .collect(),
            fields: step
                .fields
                .iter()
                .map(|f| self.form_field(&standing, &shown, f))
                .collect(),
            fee_cents: standing.fee_cents(),
            exempt: standing.exempt(),
            papers: standing.papers(),
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
            card_can_fill: standing.service.is_none() && self.card_knows(fillable),
            may_undo: self.last_run(session, &standing, &step.id)?.is_some(),
            elsewhere: standing.elsewhere(&step),
            today: standing.today.clone(),
            notice: None,
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

    pub(super) fn type_at_desk(
        &self,
        session: &Session,
        (form, field): (&str, &str),
        value: &str,
        base: u64,
    ) -> Result<Saved, DeskError> {
        let writer = Writer::at_desk(session);
        self.type_value(&writer, (form, field), value, base, |_| Ok(()))
    }

    /// The hot path: one look at the record in memory, one commit. `may` is asked where it is
    /// written, with the store held.
    pub(super) fn type_value(
        &self,
        writer: &Writer<'_>,
        (form, field): (&str, &str),
        value: &str,
        base: u64,
        may: impl FnOnce(&Connection) -> Result<(), DeskError>,
    ) -> Result<Saved, DeskError> {
        if value.len() > MAX_VALUE_BYTES {
            return Err(DeskError::TooLarge {
                max: MAX_VALUE_BYTES as u64,
            });
        }
        let record = record_id(form)?;
        let known = self
            .node
            .with_document(record, |d| self.typeable(d, field))
            .map_err(fault)?;
        let (definition, recorded) = known.ok_or(DeskError::NotFound)??;
        // Taken before the store's lock, as everywhere: first the node's, then the store's.
        let revision = self.node.next_revision();
        // Read where it is written: nobody writes between the two, and the page is in that cache.
        let db = self.node.store.write();
        may(&db)?;
        let draft = draft::field(&db, form, field).map_err(fault)?;
        let stands = match (&draft, &recorded) {
            (Some(draft), _) => Some((&draft.value, draft.provenance)),
            (None, recorded) => recorded.as_ref().map(|a| (&a.value, a.provenance)),
        };
        let is_hidden = |(value, how): (&String, _)| !value.is_empty() && definition.hides(how);
        // Before anything of it is compared, or handed over as what stands elsewhere.
        if writer.provenance != Provenance::Citizen && stands.is_some_and(is_hidden) {
            return Err(is_the_citizens(&definition));
        }
        if let Some(other) = draft
            .as_ref()
            .filter(|d| d.session != writer.session && d.revision > base && d.value != value)
        {
            let (value, by) = (other.value.clone(), other.by.clone());
            return Err(DeskError::Elsewhere {
                value,
                by,
                revision: other.revision,
            });
        }
        let before = draft
            .as_ref()
            .map(|d| Answer {
                value: d.value.clone(),
                provenance: d.provenance,
            })
            .or(recorded);
        let write = Draft {
            field: field.to_owned(),
            value: value.to_owned(),
            provenance: before
                .as_ref()
                .filter(|a| says_the_same(&definition, Some(a), value))
                .map_or(writer.provenance, |a| a.provenance),
            revision,
            session: writer.session.to_owned(),
            by: writer.by.to_owned(),
            at_ms: clock::now_ms(),
        };
        let stood = before.unwrap_or_else(undo::nothing);
        let tx = db.unchecked_transaction().map_err(|e| fault(e.into()))?;
        if stood.value != value {
            let kept = undo::keep(&tx, form, (&stood, draft.as_ref()), (field, writer));
            kept.map_err(fault)?;
        }
        draft::put(&tx, form, &write).map_err(fault)?;
        tx.commit().map_err(|e| fault(e.into()))?;
        drop(db);
        self.node.tell(Event::Typed {
            form: form.to_owned(),
            field: field.to_owned(),
            session: writer.session.to_owned(),
        });
        Ok(Saved {
            at: clock::moment(write.at_ms, self.node.clock_is_sure()),
            revision: write.revision,
        })
    }

    /// A field that may be typed into now, and the record's answer of it.
    pub(super) fn typeable(
        &self,
        d: &Document,
        field: &str,
    ) -> Result<(Cow<'_, Field>, Option<Answer>), DeskError> {
        let definition = match d.kind() {
            Some(record::Kind::Attendance) => {
                let asked = IDENTITY.fields.iter().chain(&REPRESENTATION.fields);
                let mut asked = asked.chain(&DECLARATION.fields);
                asked.find(|f| f.id == field).map(Cow::Borrowed)
            }
            Some(record::Kind::Request) if d.text("number").is_none() => {
                let service = service_of(&self.node, d);
                service.map_or(Ok(()), |s| still_asked(s, d.answers(), field))?;
                service.and_then(|s| s.field(field))
            }
            Some(record::Kind::Request) => {
                return Err(DeskError::NotNow(
                    "Este pedido já foi registado. Para mudar um valor, abra-o em «Pedidos» e corrija-o lá.".into(),
                ));
            }
            Some(
                record::Kind::Till
                | record::Kind::Ticket
                | record::Kind::Lookup
                | record::Kind::Notice
                | record::Kind::Stock
                | record::Kind::Lease,
            )
            | None => None,
        };
        match definition {
            Some(f) if f.kind != Kind::Photos => Ok((f, d.answers().get(field).cloned())),
            _ => Err(DeskError::NotFound),
        }
    }

    pub(super) fn finish(
        &self,
        session: &Session,
        form: &str,
        step: &str,
        typed: &[(String, String)],
    ) -> Result<Next, DeskError> {
        let mut standing = Standing::read_by(&self.node, form, Store::write)?;
        standing.open()?;
        let step = standing
            .steps()
            .into_iter()
            .find(|s| s.id == step)
            .ok_or_else(|| standing.gone(step))?;
        self.take_typed(
            &Writer::at_desk(session),
            (form, &step),
            typed,
            &mut standing,
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
        let attached: Vec<Attached> = step
            .fields
            .iter()
            .flat_map(|f| standing.photos(&f.id))
            .map(|a| Attached {
                blob: a.blob.id,
                name: a.name.clone(),
                media_type: a.blob.media_type.clone(),
                bytes: a.blob.bytes,
                at: vereda_sync::hlc::Hlc::default(),
            })
            .collect();
        let is_request = standing.service.is_some();
        let mut answers = answers;
        if let Some(service) = standing.service {
            let mut after = standing.values.clone();
            after.extend(answers.clone());
            answers.extend(papers::idle(service, &after, &standing.today));
        }
        let fields: Vec<&str> = step.fields.iter().map(|f| f.id.as_str()).collect();
        self.node
            .change(
                standing.record,
                &session.person.name,
                |d, author, at| match is_request {
                    true => request::finish_step(d, author, at, &step.id, &answers, &attached),
                    false => attendance::finish_step(d, author, at, &step.id, &answers),
                },
                |db| draft::clear(db, form, fields.iter().copied()),
            )
            .map_err(fault)?;
        self.end_writing(session, (form, &step.id))?;
        standing.values.extend(answers);
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
        let standing = Standing::read_by(&self.node, form, Store::write)?;
        standing.open()?;
        // A second click finds it gone already.
        if standing.values.contains_key(&without(time)) {
            return Ok(standing.next_after(time));
        }
        let service = standing.service.ok_or(DeskError::NotFound)?;
        let said = service
            .take_out(time, &standing.values, &standing.today)
            .ok_or_else(|| {
                DeskError::NotNow("Este é o único: corrija-o em vez de o retirar.".into())
            })?;
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

    /// What the page sent becomes part of the draft first: whatever is wrong
    /// with it, it is not lost.
    pub(super) fn take_typed(
        &self,
        writer: &Writer<'_>,
        (form, step): (&str, &Step),
        typed: &[(String, String)],
        standing: &mut Standing,
        may: impl FnOnce(&Connection) -> Result<(), DeskError>,
    ) -> Result<(), DeskError> {
        let mut writes = Vec::new();
        for (field, value) in typed {
            let known = step.fields.iter().find(|f| f.id == *field);
            let Some(known) = known.filter(|f| f.kind != Kind::Photos) else {
                continue;
            };
            let before = standing.values.get(field);
            let is_hidden = writer.provenance != Provenance::Citizen
                && before.is_some_and(|a| !a.value.is_empty() && known.hides(a.provenance));
            // A page that was drawn before sends the empty field that it had.
            if is_hidden && value.is_empty() {
                continue;
            }
            if is_hidden {
                return Err(is_the_citizens(known));
            }
            if says_the_same(known, before, value) {
                continue;
            }
            if value.len() > MAX_VALUE_BYTES {
                return Err(DeskError::TooLarge {
                    max: MAX_VALUE_BYTES as u64,
                });
            }
            writes.push(Draft {
                field: field.clone(),
                value: value.clone(),
                provenance: writer.provenance,
                revision: self.node.next_revision(),
                session: writer.session.to_owned(),
                by: writer.by.to_owned(),
                at_ms: clock::now_ms(),
            });
        }
        if writes.is_empty() {
            return Ok(());
        }
        let db = self.node.store.write();
        let tx = db.unchecked_transaction().map_err(|e| fault(e.into()))?;
        may(&tx)?;
        for write in &writes {
            draft::put(&tx, form, write).map_err(fault)?;
        }
        tx.commit().map_err(|e| fault(e.into()))?;
        for write in writes {
            let answer = Answer {
                value: write.value.clone(),
                provenance: write.provenance,
            };
            standing.values.insert(write.field, answer);
        }
        Ok(())
    }

    /// The mediator writes a private answer in the citizen's place: what the citizen wrote goes,
    /// unseen.
    pub(super) fn take_private(
        &self,
        session: &Session,
        form: &str,
        field: &str,
    ) -> Result<(), DeskError> {
        let standing = Standing::read_by(&self.node, form, Store::write)?;
        standing.open()?;
        let definition = standing.service.and_then(|s| s.field(field));
        let definition = definition.ok_or(DeskError::NotFound)?;
        let is_hidden = |a: &Answer| !a.value.is_empty() && definition.hides(a.provenance);
        // A second click.
        if !standing.values.get(field).is_some_and(is_hidden) {
            return Ok(());
        }
        let empty = Draft {
            field: field.to_owned(),
            value: String::new(),
            provenance: Provenance::Typed,
            revision: self.node.next_revision(),
            session: session.id.clone(),
            by: session.person.name.clone(),
            at_ms: clock::now_ms(),
        };
        let db = self.node.store.write();
        let tx = db.unchecked_transaction().map_err(|e| fault(e.into()))?;
        // Nor can what the citizen wrote be had back.
        draft::clear(&tx, form, [field]).map_err(fault)?;
        draft::put(&tx, form, &empty).map_err(fault)?;
        tx.commit().map_err(|e| fault(e.into()))?;
        drop(db);
        self.node.tell(Event::Typed {
            form: form.to_owned(),
            field: field.to_owned(),
            session: session.id.clone(),
        });
        Ok(())
    }

    pub(super) fn open_request(
        &self,
        session: &Session,
        id: &str,
        service: &str,
    ) -> Result<String, DeskError> {
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
        identity.retain(|field, _| {
            attendance::is_identity(field)
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
        let begun = self.node.begin(&session.person.name, |author, at| {
            request::begin(author, at, (&service.id, edition), record, &identity)
        });
        Ok(begun.map_err(fault)?.to_string())
    }
}

/// The service of a request, in the edition under which it stands.
fn service_of<'n>(node: &'n Node, d: &Document) -> Option<&'n Service> {
    node.service(d.text("service")?, edition_of(d))
}

/// Whether the time of a step that a field belongs to was not taken out meanwhile.
pub(super) fn still_asked(
    service: &Service,
    answers: &BTreeMap<String, Answer>,
    field: &str,
) -> Result<(), DeskError> {
    let time = service.time_of(field);
    match time.is_some_and(|time| answers.contains_key(&without(&time))) {
        true => Err(was_taken_out()),
        false => Ok(()),
    }
}

fn was_taken_out() -> DeskError {
    DeskError::NotNow(
        "Isto foi retirado do pedido entretanto, noutro balcão. Nada disto se junta aos outros; se afinal faz falta, acrescente mais um."
            .into(),
    )
}

fn is_the_citizens(field: &Field) -> DeskError {
    DeskError::NotNow(format!(
        "«{}» já foi escrito pelo cidadão no ecrã dele, e é privado. Para o escrever em vez dele, use «Escrever eu»: o que ele escreveu apaga-se, sem ser mostrado.",
        field.label.pt()
    ))
}

fn edition_of(d: &Document) -> u32 {
    let edition = d.number("edition").and_then(|n| u32::try_from(n).ok());
    edition.unwrap_or(0)
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
    authority_holds(answers)
}

/// Whether the authority of whoever acts for the citizen has not run out.
pub(super) fn authority_holds(answers: &BTreeMap<String, Answer>) -> Result<(), DeskError> {
    match representation::holds(answers, &clock::today()) {
        true => Ok(()),
        false => Err(DeskError::NotNow(
            "A autorização de quem representa já não é válida. O pedido não se regista com ela."
                .into(),
        )),
    }
}

/// Whether a page says what is known already, perhaps written another way (a
/// date that the card gave as `1957-10-07` stands on the page as `07/10/1957`).
/// Then it is known as it was known before.
fn says_the_same(field: &Field, before: Option<&Answer>, value: &str) -> bool {
    let before = before.map_or("", |a| a.value.as_str());
    let canonical = |value: &str| check(field, value, &clock::today()).ok();
    before == value || canonical(before).is_some_and(|known| canonical(value) == Some(known))
}

fn attachment(a: &Attaching) -> Attachment {
    Attachment {
        blob: a.blob.id.to_string(),
        name: a.name.clone(),
        media_type: a.blob.media_type.clone(),
        bytes: a.blob.bytes,
        taken: clock::moment(a.blob.at_ms, true),
        here: true,
    }
}
