//! A decision: a change in the record, with its reason.

use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::check::{Refusal, check};
use vereda_sync::record::request;
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
        let service = self.node.catalogue.service(&request.service);
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
            Keep::Other(value) => {
                let value = check(field, value, &clock::today())
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
        let (first, second) = (record_id(&a.id)?, record_id(&b.id)?);
        let number = |n: &Option<String>| n.clone().unwrap_or_default();
        let (number_a, number_b) = (number(&a.number), number(&b.number));
        let person = &session.person.name;
        match keep {
            Keep::Both => {
                let write = |other, number: &str| {
                    let number = number.to_owned();
                    move |d: &mut _, author: &_, at| {
                        request::keep_both(d, author, at, (other, &number), reason)
                    }
                };
                self.node
                    .change(first, person, write(second, &number_b), |_| Ok(()))
                    .map_err(fault)?;
                self.node
                    .change(second, person, write(first, &number_a), |_| Ok(()))
                    .map_err(fault)
            }
            Keep::Side(side @ (0 | 1)) => {
                let ((kept, kept_number), (gone, gone_number)) = if *side == 0 {
                    ((first, number_a), (second, number_b))
                } else {
                    ((second, number_b), (first, number_a))
                };
                // Withdrawn first: a crash between the two leaves no request kept
                // against one that still counts.
                self.node
                    .change(
                        gone,
                        person,
                        |d, a, at| {
                            request::withdraw_as_duplicate(d, a, at, (kept, &kept_number), reason)
                        },
                        |_| Ok(()),
                    )
                    .map_err(fault)?;
                self.node
                    .change(
                        kept,
                        person,
                        |d, a, at| {
                            request::keep_of_duplicates(d, a, at, (gone, &gone_number), reason)
                        },
                        |_| Ok(()),
                    )
                    .map_err(fault)
            }
            Keep::Side(_) | Keep::Other(_) => Err(DeskError::NotFound),
        }
    }
}
