//! One keystroke: what is written in a field, by whom, durable before anybody else sees it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rusqlite::Connection;
use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::catalogue::{Field, Kind, Service, without};
use vereda_sync::check::{MAX_VALUE_BYTES, check};
use vereda_sync::record;
use vereda_sync::record::attendance::IDENTITY;
use vereda_sync::record::declaration::DECLARATION;
use vereda_sync::record::document::Document;
use vereda_sync::record::outcome::OUTCOME;
use vereda_sync::record::representation::REPRESENTATION;
use vereda_sync::record::voice;
use vereda_web::desk::port::{DeskError, Event, Saved, Session};

use super::{
    SpotDesk, fault, record_id,
    standing::{Standing, service_of},
    undo,
};
use crate::clock;
use crate::store::Store;
use crate::store::draft::{self, Draft};

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
    pub(super) fn at_desk(session: &'a Session) -> Self {
        Self {
            session: &session.id,
            by: &session.person.name,
            provenance: Provenance::Typed,
        }
    }
}

impl SpotDesk {
    pub(super) fn type_at_desk(
        &self,
        session: &Session,
        (form, field): (&str, &str),
        value: &str,
        base: u64,
    ) -> Result<Saved, DeskError> {
        let writer = Writer::at_desk(session);
        let may = self.may_type(session, form)?;
        self.type_value(&writer, (form, field), value, base, may)
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
                let mut asked = asked.chain(&DECLARATION.fields).chain(&OUTCOME.fields);
                asked.find(|f| f.id == field).map(Cow::Borrowed)
            }
            Some(record::Kind::Request) if d.text("number").is_none() => {
                let service = service_of(&self.node, d);
                let photographs = voice::of_field(field);
                let asked = photographs.unwrap_or(field);
                service.map_or(Ok(()), |s| still_asked(s, d.answers(), asked))?;
                match photographs {
                    Some(_) => super::rows::field_of(service, field).map(Cow::Owned),
                    None => service.and_then(|s| s.field(field)),
                }
            }
            Some(record::Kind::Request) => {
                return Err(DeskError::NotNow(
                    "Este pedido já foi registado. Para mudar um valor, abra-o em «Pedidos» e corrija-o lá.".into(),
                ));
            }
            Some(record::Kind::Assessment) => Some(Cow::Owned(self.assessed(d, field)?)),
            _ => None,
        };
        match definition {
            Some(f) if f.kind != Kind::Photos => Ok((f, d.answers().get(field).cloned())),
            _ => Err(DeskError::NotFound),
        }
    }

    /// What the page sent becomes part of the draft first: whatever is wrong
    /// with it, it is not lost.
    pub(super) fn take_typed(
        &self,
        writer: &Writer<'_>,
        (form, fields): (&str, &[Field]),
        typed: &[(String, String)],
        values: &mut BTreeMap<String, Answer>,
        may: impl FnOnce(&Connection) -> Result<(), DeskError>,
    ) -> Result<(), DeskError> {
        let mut writes = Vec::new();
        for (field, value) in typed {
            let known = fields.iter().find(|f| f.id == *field);
            let Some(known) = known.filter(|f| f.kind != Kind::Photos) else {
                continue;
            };
            let before = values.get(field);
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
            values.insert(write.field, answer);
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
        self.may_write(session, form)?;
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

pub(super) fn was_taken_out() -> DeskError {
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

/// Whether a page says what is known already, perhaps written another way (a
/// date that the card gave as `1957-10-07` stands on the page as `07/10/1957`).
/// Then it is known as it was known before.
fn says_the_same(field: &Field, before: Option<&Answer>, value: &str) -> bool {
    let before = before.map_or("", |a| a.value.as_str());
    let canonical = |value: &str| check(field, value, &clock::today()).ok();
    before == value || canonical(before).is_some_and(|known| canonical(value) == Some(known))
}
