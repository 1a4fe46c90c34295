//! A decision: a change in the record, with its reason.

use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::check::{Refusal, check};
use vereda_sync::hlc::Hlc;
use vereda_sync::record::document::{Author, Document};
use vereda_sync::record::{outcome, request};
use vereda_web::console::port::{Decision, Keep};
use vereda_web::desk::port::{DeskError, Event, Session};

use super::HubConsole;
use crate::clock;
use crate::desk::{fault, record_id, rows};
use crate::store::derived::{self, ConflictLine};

/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 1_000;

impl HubConsole {
    pub(super) fn write_decision(
        &self,
        session: &Session,
        id: &str,
        decision: &Decision,
    ) -> Result<(), DeskError> {
        let reason = decision.reason.trim();
        if reason.is_empty() {
            return Err(DeskError::Refused(vec![(
                "reason".into(),
                Refusal::Missing,
            )]));
        }
        if reason.chars().count() > MAX_REASON_CHARS {
            return Err(DeskError::Refused(vec![(
                "reason".into(),
                Refusal::TooLong {
                    max: MAX_REASON_CHARS,
                },
            )]));
        }
        let line = derived::conflict(&self.node.store.read(), id).map_err(fault)?;
        let line = line.ok_or_else(|| {
            DeskError::NotNow(
                "Outro operador já decidiu este conflito. Veja em «Decididos».".into(),
            )
        })?;
        if self.compare(id)?.shown != decision.shown {
            return Err(DeskError::NotNow(
                "Entretanto chegou mais sobre este conflito. Veja os dois lados outra vez antes de decidir.".into(),
            ));
        }
        match line.is_duplicate {
            true => self.decide_duplicate(session, &line, &decision.keep, reason),
            false => self.decide_value(session, &line, &decision.keep, reason),
        }?;
        self.node.tell(Event::Messages);
        Ok(())
    }

    fn decide_value(
        &self,
        session: &Session,
        line: &ConflictLine,
        keep: &Keep,
        reason: &str,
    ) -> Result<(), DeskError> {
        let request = self.request_of(line.record)?.ok_or(DeskError::NotFound)?;
        let service = self.node.service(&request.service, request.edition);
        let field = line
            .field
            .as_deref()
            .and_then(|f| rows::field_of(service, f))
            .ok_or(DeskError::NotFound)?;
        let answer = match keep {
            Keep::Side(side) => {
                let statements = self.statements(&request, &field.id)?;
                statements
                    .get(*side)
                    .ok_or(DeskError::NotFound)?
                    .answer
                    .clone()
            }
            // It is no contact without consent, which only the citizen gives.
            Keep::Other(_) if field.id == outcome::FIELD => {
                return Err(DeskError::NotNow(
                    "Escolha um dos lados: um contacto novo só o cidadão o dá, num balcão.".into(),
                ));
            }
            Keep::Other(value) => {
                let value = check(&field, value, &clock::today())
                    .map_err(|refusal| DeskError::Refused(vec![("other".into(), refusal)]))?;
                Answer {
                    value,
                    provenance: Provenance::Decided,
                }
            }
            Keep::Both => return Err(DeskError::NotFound),
        };
        let person = &session.person.name;
        let record = record_id(&request.id)?;
        self.node
            .change(
                record,
                person,
                |d, a, at| request::decide(d, a, at, &field.id, &answer, reason),
                |_| Ok(()),
            )
            .map_err(fault)
    }

    fn decide_duplicate(
        &self,
        session: &Session,
        line: &ConflictLine,
        keep: &Keep,
        reason: &str,
    ) -> Result<(), DeskError> {
        let rows = [Some(line.record), line.other].into_iter().flatten();
        let mut both: Vec<_> = rows
            .filter_map(|row| self.request_of(row).transpose())
            .collect::<Result<_, _>>()?;
        both.sort_by_key(|r| (r.at_ms, r.row));
        let [a, b] = &both[..] else {
            return Err(DeskError::NotFound);
        };
        use request::Duplicate::{Kept, NotTheSame, Withdrawn};
        let in_order = match keep {
            Keep::Both => [(a, NotTheSame, b), (b, NotTheSame, a)],
            Keep::Side(0) => [(b, Withdrawn, a), (a, Kept, b)],
            Keep::Side(1) => [(a, Withdrawn, b), (b, Kept, a)],
            Keep::Side(_) | Keep::Other(_) => return Err(DeskError::NotFound),
        };
        let mut changes = Vec::new();
        for (this, decision, other) in in_order {
            let number = other.number.as_deref().unwrap_or_default();
            let other = (record_id(&other.id)?, number);
            let write = move |d: &mut Document, a: &Author, at: Hlc| {
                request::settle_duplicate(d, a, at, decision, other, reason)
            };
            changes.push((record_id(&this.id)?, write));
        }
        // Both or neither: no request is kept against one that still counts.
        let person = &session.person.name;
        self.node
            .change_all(person, changes, |_| Ok(()))
            .map_err(fault)
    }
}
