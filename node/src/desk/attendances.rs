//! Attendances: who is served now, and who they are.

use vereda_hardware::card::{CardState, Identity};
use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::hlc::Hlc;
use vereda_sync::record::attendance::{self, IDENTITY};
use vereda_sync::record::declaration::DECLARATION;
use vereda_sync::record::document::{Author, Document, DocumentError, Written};
use vereda_sync::record::representation::REPRESENTATION;
use vereda_sync::record::{Life, request};
use vereda_web::desk::port::{Attendance, DeskError, Event, OpenAttendance, Session, Today};

use super::{SpotDesk, fault, record_id, rows, stage::Stage, undo};
use crate::clock;
use crate::store::derived;
use crate::store::desks;
use crate::store::draft::{self, Draft};

/// Requests of before that are listed at once.
const BEFORE: u32 = 8;

impl SpotDesk {
    pub(super) fn read_today(&self, session: &Session) -> Result<Today, DeskError> {
        let db = self.node.store.read();
        let open = derived::open_attendances(&db).map_err(fault)?;
        let recent = derived::recent_own(&db, 10).map_err(fault)?;
        let served_today = derived::served_since(&db, clock::today_began_ms()).map_err(fault)?;
        drop(db);
        Ok(Today {
            low: vereda_web::desk::port::Leases::running_low(self)?,
            arrival: self.arrival()?,
            keep: vereda_web::desk::port::Keeping::keeping(self),
            next_stop: self.next_stop()?,
            occurrences: self.occurrences_here()?,
            open: open
                .into_iter()
                .map(|line| self.open_attendance(session, line))
                .collect::<Result<_, _>>()?,
            queue: self.read_queue(session)?,
            messages: self.unread_messages()?,
            cases: self.waiting(session)?,
            complaints: self.due_complaints()?,
            remedies: self.owed_remedies()?,
            answered: self.answered_tickets()?,
            twice: self.twice_here()?,
            recent: recent.into_iter().map(|line| self.row(line)).collect(),
            served_today,
        })
    }

    fn open_attendance(
        &self,
        session: &Session,
        line: derived::AttendanceLine,
    ) -> Result<OpenAttendance, DeskError> {
        let db = self.node.store.read();
        let requests = derived::of_attendance(&db, &line.id).map_err(fault)?;
        let recorded = requests.iter().filter(|q| q.number.is_some()).count() as u64;
        let in_progress = requests.into_iter().rev().find(|q| q.life == Life::Draft);
        let mut saved_ms = line.opened_ms;
        for form in [
            Some(line.id.as_str()),
            in_progress.as_ref().map(|q| q.id.as_str()),
        ]
        .into_iter()
        .flatten()
        {
            let drafts = draft::of_form(&db, form).map_err(fault)?;
            saved_ms = drafts.iter().map(|d| d.at_ms).fold(saved_ms, i64::max);
        }
        drop(db);
        let request = match in_progress {
            None => None,
            Some(q) => {
                let progress = self.node.with_document(record_id(&q.id)?, |d| {
                    let service = self.node.service(&q.service, q.edition)?;
                    let (answers, done) = (d.answers(), request::finished_steps(d));
                    let steps = service.steps_for(answers, &clock::today());
                    let at = steps
                        .iter()
                        .take_while(|s| done.iter().any(|d| *d == s.id))
                        .count();
                    let changed_ms = d.changed().map_or(0, Hlc::unix_ms);
                    Some(((at + 1).min(steps.len()), steps.len(), changed_ms))
                });
                let (at, of, changed_ms) = progress.map_err(fault)?.flatten().unwrap_or((1, 1, 0));
                saved_ms = saved_ms.max(changed_ms);
                Some((q.id, rows::service_title(&self.node, &q.service), at, of))
            }
        };
        Ok(OpenAttendance {
            held: self.holder_of(session, &line.id)?,
            recovered: self.recovered(&line.id)?,
            id: line.id,
            citizen: line.citizen,
            request,
            recorded,
            saved: clock::moment(saved_ms, self.node.clock_is_sure()),
            mediator: line.mediator,
        })
    }

    pub(super) fn read_attendance(
        &self,
        session: &Session,
        id: &str,
    ) -> Result<Attendance, DeskError> {
        let read = self.node.with_document(record_id(id)?, |d| {
            let answers = d.answers();
            let who = rows::known(&IDENTITY, answers);
            let acts = rows::known(&REPRESENTATION, answers);
            let declares = rows::known(&DECLARATION, answers);
            let keys = derived::keys_of_asker(answers);
            Some((attendance::Summary::of(d)?, who, (acts, declares), keys))
        });
        let (summary, identity, (representation, declaration), keys) =
            read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)?;
        let db = self.node.store.read();
        let requests = derived::of_attendance(&db, id).map_err(fault)?;
        // Who is not identified yet asked nothing before.
        let before = match summary.identified {
            true => derived::asked_before(&db, &keys, id, BEFORE).map_err(fault)?,
            false => vec![],
        };
        drop(db);
        let mut twice = Vec::new();
        for draft in requests.iter().filter(|q| q.life == Life::Draft) {
            twice.extend(self.twice_before(&draft.id)?);
        }
        let late = self.late_of(id)?;
        let booked = match &late {
            Some(late) => self.form_to_enter(id, late)?,
            None => self.booked_service(id)?,
        };
        let booked = booked.filter(|service| requests.iter().all(|q| q.service != *service));
        Ok(Attendance {
            held: self.holder_of(session, id)?,
            recovered: self.recovered(id)?,
            booked: booked.map(|id| {
                let title = rows::service_title(&self.node, &id);
                (id, title)
            }),
            late,
            before: before.into_iter().map(|line| self.row(line)).collect(),
            id: id.to_owned(),
            citizen: summary.citizen,
            identified: summary.identified,
            identity,
            represented: summary.represented,
            representation,
            undocumented: summary.undocumented,
            declaration,
            requests: requests.into_iter().map(|line| self.row(line)).collect(),
            closed: summary.ended.is_some(),
            household: self.members(id)?,
            twice,
        })
    }

    pub(super) fn set_represented(
        &self,
        session: &Session,
        id: &str,
        represented: bool,
    ) -> Result<(), DeskError> {
        self.turn(
            session,
            id,
            |now| now.represented == represented,
            |d, author, at| attendance::represent(d, author, at, represented),
        )
    }

    pub(super) fn set_undocumented(
        &self,
        session: &Session,
        id: &str,
        undocumented: bool,
    ) -> Result<(), DeskError> {
        self.turn(
            session,
            id,
            |now| now.undocumented == undocumented,
            |d, author, at| attendance::declare(d, author, at, undocumented),
        )
    }

    /// Changes what is said of the citizen, unless it is so already.
    fn turn(
        &self,
        session: &Session,
        id: &str,
        is_so: impl FnOnce(&Attendance) -> bool,
        write: impl FnOnce(&mut Document, &Author, Hlc) -> Result<Written, DocumentError>,
    ) -> Result<(), DeskError> {
        self.may_write(session, id)?;
        let now = self.read_attendance(session, id)?;
        if is_so(&now) {
            return Ok(());
        }
        // The requests say already for whom they were asked, and by whom.
        if now.closed || !now.requests.is_empty() {
            return Err(DeskError::NotNow(
                "Este atendimento já tem pedidos, que dizem quem pediu. Comece outro com «Próximo cidadão».".into(),
            ));
        }
        self.node
            .change(record_id(id)?, &session.person.name, write, |_| Ok(()))
            .map_err(fault)
    }

    pub(super) fn fill_from_card(&self, session: &Session, id: &str) -> Result<(), DeskError> {
        self.may_write(session, id)?;
        let record = record_id(id)?;
        let CardState::Ready(card) = self.card_at(session) else {
            return Err(DeskError::NotNow(
                "Não há um cartão lido no leitor. Insira o cartão e espere que seja lido.".into(),
            ));
        };
        let answers = self
            .node
            .with_document(record, |d| (d.kind(), d.answers().clone()))
            .map_err(fault)?;
        let Some((Some(vereda_sync::record::Kind::Attendance), answers)) = answers else {
            return Err(DeskError::NotFound);
        };
        let drafts = draft::of_form(&self.node.store.read(), id).map_err(fault)?;
        let (mut writes, mut before) = (Vec::new(), Vec::new());
        for field in &IDENTITY.fields {
            let draft = drafts.iter().find(|d| d.field == field.id);
            let known = draft.map(|d| (d.value.as_str(), d.provenance)).or_else(|| {
                answers
                    .get(&field.id)
                    .map(|a| (a.value.as_str(), a.provenance))
            });
            // What a person typed is never overwritten without being asked. What a booking said is no more than
            // somebody's word on the telephone.
            let gives_way = [Provenance::Chip, Provenance::Copied];
            let keeps =
                known.is_some_and(|(value, how)| !value.is_empty() && !gives_way.contains(&how));
            let value = datum(&card, &field.id);
            if keeps || value.is_empty() {
                continue;
            }
            let stood = known.map(|(value, provenance)| Answer {
                value: value.to_owned(),
                provenance,
            });
            before.push((field.id.as_str(), stood.unwrap_or_else(undo::nothing)));
            writes.push(Draft {
                field: field.id.clone(),
                value,
                provenance: Provenance::Chip,
                revision: self.node.next_revision(),
                session: session.id.clone(),
                by: session.person.name.clone(),
                at_ms: clock::now_ms(),
            });
        }
        if writes.is_empty() {
            return Ok(());
        }
        let db = self.node.store.write();
        let tx = db.unchecked_transaction().map_err(|e| fault(e.into()))?;
        let stood = before.iter().map(|(field, answer)| (*field, answer));
        draft::begin_run(&tx, id, &session.person.name, stood).map_err(fault)?;
        for write in &writes {
            draft::put(&tx, id, write).map_err(fault)?;
        }
        tx.commit().map_err(|e| fault(e.into()))?;
        drop(db);
        self.node.tell(Event::Record { id: id.to_owned() });
        Ok(())
    }

    pub(super) fn close(&self, session: &Session, id: &str) -> Result<(), DeskError> {
        let now = self.read_attendance(session, id)?;
        if now.closed {
            return Ok(());
        }
        self.may_write(session, id)?;
        let person = &session.person.name;
        self.node
            .change(record_id(id)?, person, attendance::close, |db| {
                desks::let_go(db, id)
            })
            .map_err(fault)?;
        // Who only asked something is not asked back.
        if now.requests.iter().any(|q| q.life != Life::Draft) {
            self.ask_how_it_was(session)
        } else {
            self.set_stage(session, Stage::Idle)
        }
    }

    /// The reader stands at the node's own desk: whose card is in it is who sits there, and nobody at another. In
    /// training it holds invented ones.
    pub(super) fn card_at(&self, session: &Session) -> CardState {
        if !session.desk.is_empty() && self.training.is_none() {
            return CardState::NoReader;
        }
        self.card
            .as_ref()
            .map_or(CardState::NoReader, |reader| reader.state())
    }

    /// Whether the card in the reader knows any of these fields.
    pub(super) fn card_knows<'a>(
        &self,
        session: &Session,
        mut fields: impl Iterator<Item = &'a str>,
    ) -> bool {
        match self.card_at(session) {
            CardState::Ready(card) => fields.any(|field| !datum(&card, field).is_empty()),
            _ => false,
        }
    }
}

/// What the chip says of a field of the identity.
fn datum(card: &Identity, field: &str) -> String {
    match field {
        "full-name" => card.full_name(),
        "birth-date" => card.birth_date.clone(),
        "nic" => card.nic.clone(),
        "document-number" => card.document_number.clone(),
        "nif" => card.nif.clone(),
        "niss" => card.niss.clone(),
        "sns" => card.sns.clone(),
        "nationality" => card.nationality.clone(),
        _ => String::new(),
    }
}
