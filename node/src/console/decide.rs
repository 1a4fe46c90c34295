//! A decision: a change in the record, with its reason.

use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::catalogue::{Field, Settlement};
use vereda_sync::check::{Refusal, check};
use vereda_sync::hlc::Hlc;
use vereda_sync::record::act::Act;
use vereda_sync::record::decision::{self, Ruling};
use vereda_sync::record::document::{Author, Document};
use vereda_sync::record::outcome;
use vereda_web::console::port::{Agreeing, Decision, Keep};
use vereda_web::desk::port::{DeskError, Session};

use super::HubConsole;
use super::reconcile::{gone, keep_of, proposal_of};
use crate::clock;
use crate::desk::{fault, record_id, rows};
use crate::store::derived::{self, ConflictLine, DecisionLine, Disagree, RequestLine};
use crate::store::{agencies, rulings};

/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 1_000;

/// Which side of a conflict about who somebody is the card is on.
const CARD: usize = 1;

/// What is decided is what was seen.
fn more_arrived() -> DeskError {
    DeskError::NotNow(
        "Entretanto chegou mais sobre este conflito. Veja os dois lados outra vez antes de decidir."
            .into(),
    )
}

/// Why, as it is kept; never empty nor too long.
fn reason_of(reason: &str) -> Result<&str, DeskError> {
    let reason = reason.trim();
    let refused = |why| Err(DeskError::Refused(vec![("reason".into(), why)]));
    match reason.chars().count() {
        0 => refused(Refusal::Missing),
        n if n > MAX_REASON_CHARS => refused(Refusal::TooLong {
            max: MAX_REASON_CHARS,
        }),
        _ => Ok(reason),
    }
}

impl HubConsole {
    /// Decides, or proposes to a second person, which is what it gives.
    pub(super) fn write_decision(
        &self,
        session: &Session,
        id: &str,
        decision: &Decision,
    ) -> Result<bool, DeskError> {
        let reason = reason_of(&decision.reason)?;
        let line = derived::conflict(&self.node.store.read(), id).map_err(fault)?;
        let line = line.ok_or_else(gone)?;
        let page = self.compare(session, id)?;
        if page.shown != decision.shown {
            return Err(more_arrived());
        }
        if page.row.settlement != Settlement::Two {
            self.settle(session, &line, &decision.keep, (reason, None))?;
            return Ok(false);
        }
        // What cannot be kept is said now, and not to the second person.
        match (line.kind, &decision.keep) {
            (Disagree::Identity, Keep::Side(CARD) | Keep::Both) => {}
            (Disagree::Identity, _) => return Err(DeskError::NotFound),
            _ => drop(self.answer_kept(&line, &decision.keep)?),
        }
        let proposal = proposal_of(session, decision);
        let before = rulings::proposal(&self.node.store.read(), id).map_err(fault)?;
        let agrees = before.filter(|before| {
            let holds = before.shown == page.shown && before.objection.is_none();
            holds && before.by.id != session.person.id && before.keep == proposal.keep
        });
        if let Some(before) = agrees {
            let proposer = Some(before.by.name.as_str());
            self.settle(session, &line, &decision.keep, (reason, proposer))?;
            return Ok(false);
        }
        rulings::propose(&self.node.store.write(), &line, &proposal).map_err(fault)?;
        Ok(true)
    }

    /// The second person agrees with what was proposed, or does not; or it is taken back.
    pub(super) fn hear_second(
        &self,
        session: &Session,
        id: &str,
        says: Agreeing,
    ) -> Result<(), DeskError> {
        let line = derived::conflict(&self.node.store.read(), id).map_err(fault)?;
        let line = line.ok_or_else(gone)?;
        let proposal = rulings::proposal(&self.node.store.read(), id).map_err(fault)?;
        let proposal = proposal.ok_or_else(|| {
            DeskError::NotNow("A proposta já não existe. Veja o conflito outra vez.".into())
        })?;
        let own = proposal.by.id == session.person.id;
        match says {
            Agreeing::Withdraws if own => {
                rulings::settled(&self.node.store.write(), id).map_err(fault)
            }
            Agreeing::Withdraws => Err(DeskError::NotNow(
                "Só quem propôs retira a proposta. Se não concorda, diga porquê.".into(),
            )),
            _ if own => Err(DeskError::NotNow(
                "Foi quem propôs: tem de ser outra pessoa a concordar.".into(),
            )),
            Agreeing::Objects(why) => {
                let why = reason_of(&why)?;
                let db = self.node.store.write();
                rulings::object(&db, id, &session.person.name, why).map_err(fault)
            }
            Agreeing::Agrees(shown) => {
                let page = self.compare(session, id)?;
                if page.shown != shown || page.shown != proposal.shown {
                    return Err(more_arrived());
                }
                if proposal.objection.is_some() {
                    return Err(DeskError::NotNow(
                        "Alguém não concordou entretanto: é preciso propor de novo.".into(),
                    ));
                }
                let keep = keep_of(&proposal.keep).ok_or(DeskError::NotFound)?;
                let by = Some(proposal.by.name.as_str());
                self.settle(session, &line, &keep, (&proposal.reason, by))
            }
        }
    }

    fn settle(
        &self,
        session: &Session,
        line: &ConflictLine,
        keep: &Keep,
        (reason, proposer): (&str, Option<&str>),
    ) -> Result<(), DeskError> {
        let waited = clock::now_ms().saturating_sub(line.since_ms) / 1_000;
        let ruling = Ruling {
            reason,
            proposer,
            waited_s: u64::try_from(waited).unwrap_or(0),
        };
        match line.kind {
            Disagree::Values => self.decide_value(session, line, keep, ruling),
            Disagree::Requests => self.decide_duplicate(session, line, keep, ruling),
            Disagree::Identity => self.decide_identity(session, line, keep, ruling),
        }?;
        self.looking.forget(&line.id);
        Ok(())
    }

    /// The field of a conflict and what it is to hold.
    fn answer_kept(
        &self,
        line: &ConflictLine,
        keep: &Keep,
    ) -> Result<(RequestLine, Field, Answer), DeskError> {
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
        Ok((request, field, answer))
    }

    fn decide_value(
        &self,
        session: &Session,
        line: &ConflictLine,
        keep: &Keep,
        ruling: Ruling<'_>,
    ) -> Result<(), DeskError> {
        let (request, field, answer) = self.answer_kept(line, keep)?;
        let person = &session.person.name;
        let record = record_id(&request.id)?;
        self.node
            .change(
                record,
                person,
                |d, a, at| decision::decide(d, a, at, &field.id, &answer, ruling),
                |db| rulings::settled(db, &line.id),
            )
            .map_err(fault)
    }

    /// What the card says is taken over, or both are true.
    fn decide_identity(
        &self,
        session: &Session,
        line: &ConflictLine,
        keep: &Keep,
        ruling: Ruling<'_>,
    ) -> Result<(), DeskError> {
        let (typed, card) = self.typed_and_card(line)?;
        let (_, said) = self.side(&typed)?;
        let (_, read_off) = self.side(&card)?;
        let takes_over = |field: &&'static str| {
            let is_other =
                read_off.get(*field).map(|a| &a.value) != said.get(*field).map(|a| &a.value);
            *keep == Keep::Side(CARD) && is_other
        };
        let corrected: Vec<(&str, Answer)> = ["full-name", "birth-date"]
            .into_iter()
            .filter(takes_over)
            .filter_map(|field| {
                let value = read_off.get(field)?.value.clone();
                let provenance = Provenance::Decided;
                (!value.is_empty()).then_some((field, Answer { value, provenance }))
            })
            .collect();
        let number = card.number.as_deref().unwrap_or_default();
        let of_card = (record_id(&card.id)?, number);
        let person = &session.person.name;
        self.node
            .change(
                record_id(&typed.id)?,
                person,
                |d, a, at| decision::settle_identity(d, a, at, &corrected, of_card, ruling),
                |db| rulings::settled(db, &line.id),
            )
            .map_err(fault)
    }

    fn decide_duplicate(
        &self,
        session: &Session,
        line: &ConflictLine,
        keep: &Keep,
        ruling: Ruling<'_>,
    ) -> Result<(), DeskError> {
        let rows = [Some(line.record), line.other].into_iter().flatten();
        let mut both: Vec<_> = rows
            .filter_map(|row| self.request_of(row).transpose())
            .collect::<Result<_, _>>()?;
        both.sort_by_key(|r| (r.at_ms, r.row));
        let [a, b] = &both[..] else {
            return Err(DeskError::NotFound);
        };
        use decision::Duplicate::{Kept, NotTheSame, Withdrawn};
        let in_order = match keep {
            Keep::Both => [(a, NotTheSame, b), (b, NotTheSame, a)],
            Keep::Side(0) => [(b, Withdrawn, a), (a, Kept, b)],
            Keep::Side(1) => [(a, Withdrawn, b), (b, Kept, a)],
            Keep::Side(_) | Keep::Other(_) => return Err(DeskError::NotFound),
        };
        let mut changes = Vec::new();
        for (this, what, other) in in_order {
            let number = other.number.as_deref().unwrap_or_default();
            let other = (record_id(&other.id)?, number);
            let write = move |d: &mut Document, a: &Author, at: Hlc| {
                decision::settle_duplicate(d, a, at, what, other, ruling)
            };
            changes.push((record_id(&this.id)?, write));
        }
        // Both or neither: no request is kept against one that still counts.
        let person = &session.person.name;
        self.node
            .change_all(person, changes, |db| rulings::settled(db, &line.id))
            .map_err(fault)
    }

    /// Whether nothing was built on a decision yet.
    pub(super) fn may_take_back(&self, line: &DecisionLine) -> Result<bool, DeskError> {
        {
            let db = self.node.store.read();
            if agencies::was_told_since(&db, line.record, line.at_ms).map_err(fault)? {
                return Ok(false);
            }
        }
        let found = self.node.with_document(record_id(line.request())?, |d| {
            let mut since = d.acts().skip_while(|act| act.id != line.act);
            let decided = since.next().cloned();
            let field = decided.as_ref().and_then(|act| act.more.get("field"));
            let builds = |act: &Act| match act.kind.as_str() {
                // Somebody changed it again, or it went on.
                "corrected" => act.more.get("field") == field,
                "withdrawn" | "returned" | "handed-in" | "decided" => {
                    field.is_none() || act.more.get("field") == field
                }
                _ => false,
            };
            let keeps = |act: &Act| match act.kind.as_str() {
                "decided" => decision::keeps_sides(act),
                kind => kind != decision::IDENTIFIED,
            };
            let is_known = decided.as_ref().is_some_and(keeps);
            is_known && !since.any(builds)
        });
        Ok(found.map_err(fault)?.unwrap_or(false))
    }

    /// Takes the decision about a conflict back, in all the records that it was written into.
    pub(super) fn undo(&self, session: &Session, id: &str, reason: &str) -> Result<(), DeskError> {
        let reason = reason_of(reason)?;
        let lines = derived::decisions_of(&self.node.store.read(), id).map_err(fault)?;
        if lines.is_empty() {
            return Err(DeskError::NotNow(
                "Esta decisão já foi desfeita, ou nunca existiu.".into(),
            ));
        }
        let mut changes = Vec::new();
        for line in &lines {
            if !self.may_take_back(line)? {
                return Err(DeskError::NotNow(
                    "Já se trabalhou com esta decisão: não se desfaz. Corrija o pedido num balcão."
                        .into(),
                ));
            }
            let write = move |d: &mut Document, a: &Author, at: Hlc| {
                decision::undo(d, a, at, &line.act, reason)
            };
            changes.push((record_id(line.request())?, write));
        }
        let person = &session.person.name;
        self.node
            .change_all(person, changes, |_| Ok(()))
            .map_err(fault)
    }
}
