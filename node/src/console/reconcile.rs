//! The queue of what disagrees: who has what in hand, what waits for a second person, how much there is.

use vereda_sync::catalogue::{Settlement, Words};
use vereda_sync::conflict;
use vereda_sync::record::tour::Tour;
use vereda_web::console::port::{
    Agreeing, Backlog, ByRule, Conflict, ConflictKind, ConflictRow, DecidedRow, Decision, Keep,
    Proposed, Queue, QueueFilter, Reconciling, Ruled, Whose,
};
use vereda_web::desk::port::{DeskError, Event, Person, Session};

use super::HubConsole;
use crate::clock;
use crate::desk::{decision_text, fault, messages, rows};
use crate::store::by_rule::{self, Rule, Settled};
use crate::store::derived::{self, ConflictLine, DecisionLine, Disagree, RequestLine};
use crate::store::records;
use crate::store::rulings::{self, Proposal, Who};

/// Most conflicts that are looked through for a page.
const MAX_LOOKED_AT: u32 = 1_000;
/// Most rows of a page.
const MAX_ROWS: usize = 100;
/// Of how long ago decisions count for the figures.
const FIGURES_MS: i64 = 7 * 24 * 3_600_000;
/// Most that rules settled that are looked through, and shown.
const MAX_BY_RULE: u32 = 500;
const MAX_SHOWN_BY_RULE: usize = 50;
/// Before another value, as a proposal keeps it.
const OTHER: &str = "outro:";
const BOTH: &str = "ambos";

pub(super) fn keep_code(keep: &Keep) -> String {
    match keep {
        Keep::Side(side) => side.to_string(),
        Keep::Other(value) => format!("{OTHER}{value}"),
        Keep::Both => BOTH.to_owned(),
    }
}

/// What [`keep_code`] wrote.
pub(super) fn keep_of(code: &str) -> Option<Keep> {
    match code.strip_prefix(OTHER) {
        Some(value) => Some(Keep::Other(value.to_owned())),
        None if code == BOTH => Some(Keep::Both),
        None => code.parse().ok().map(Keep::Side),
    }
}

pub(super) fn who(session: &Session) -> Who {
    Who {
        id: session.person.id.clone(),
        name: session.person.name.clone(),
    }
}

impl HubConsole {
    pub(super) fn row(
        &self,
        session: &Session,
        line: &ConflictLine,
    ) -> Result<Option<ConflictRow>, DeskError> {
        let Some(request) = self.request_of(line.record)? else {
            return Ok(None);
        };
        let (_, title) = self.service(&request);
        let mut spots = vec![request.spot.clone()];
        let (kind, what, settlement) = match (&line.field, line.other) {
            (Some(field), _) => {
                let service = self.node.service(&request.service, request.edition);
                let definition = rows::field_of(service, field);
                let what = definition.as_ref().map_or_else(
                    || Words::from([("pt", field.as_str())]),
                    |f| f.label.clone(),
                );
                let sides = self.statements(&request, field)?;
                spots = sides.into_iter().map(|s| s.act.spot).collect();
                let settlement = definition.as_ref().map(conflict::settlement);
                (
                    ConflictKind::Value,
                    what,
                    settlement.unwrap_or(Settlement::Person),
                )
            }
            (None, other) => {
                if let Some(other) = other.map(|row| self.request_of(row)).transpose()?.flatten() {
                    spots.push(other.spot);
                }
                match line.kind {
                    Disagree::Identity => {
                        let what = Words::from([("pt", "Quem é")]);
                        (ConflictKind::Identity, what, Settlement::Two)
                    }
                    _ => (ConflictKind::Duplicate, title.clone(), Settlement::Person),
                }
            }
        };
        spots.dedup();
        let db = self.node.store.read();
        let assigned = rulings::assigned(&db, &line.id).map_err(fault)?;
        let proposal = rulings::proposal(&db, &line.id).map_err(fault)?;
        let proposed = proposal.and_then(|p| {
            Some(Proposed {
                own: p.by.id == session.person.id,
                by: p.by.name,
                at: clock::moment(p.at_ms, true),
                keep: keep_of(&p.keep)?,
                reason: p.reason,
                is_stale: false,
                objection: p.objection,
            })
        });
        Ok(Some(ConflictRow {
            id: line.id.clone(),
            kind,
            what,
            citizen: request.citizen,
            service: title,
            spots,
            settlement,
            since: clock::moment(line.since_ms, true),
            region: line.scope.clone(),
            assigned: assigned.map(|Who { id, name }| Person { id, name }),
            proposed,
        }))
    }

    pub(super) fn decided_row(&self, line: &DecisionLine) -> Result<Option<DecidedRow>, DeskError> {
        let Some((request, act, service)) = messages::decision_act(&self.node, line)? else {
            return Ok(None);
        };
        let service = self.node.latest(&service);
        let field = |id: &str| rows::field_of(service, id);
        let what = act
            .more
            .get("field")
            .and_then(|f| field(f))
            .map(|f| f.label);
        Ok(Some(DecidedRow {
            id: line.conflict.clone(),
            what: what.unwrap_or_else(|| rows::service_title(&self.node, &request.service)),
            citizen: request.citizen,
            text: decision_text(&act, field),
            reason: act.more.get("reason").cloned().unwrap_or_default(),
            at: clock::of(&act),
            undoable: self.may_take_back(line)?,
            by: act.by,
        }))
    }

    /// The next conflict that this person can do something about.
    pub(super) fn next_for(&self, session: &Session) -> Result<Option<String>, DeskError> {
        let db = self.node.store.read();
        for line in derived::conflicts(&db, MAX_LOOKED_AT).map_err(fault)? {
            let me = &session.person.id;
            let assigned = rulings::assigned(&db, &line.id).map_err(fault)?;
            let proposal = rulings::proposal(&db, &line.id).map_err(fault)?;
            let waits = proposal.is_some_and(|p| p.by.id == *me && p.objection.is_none());
            if assigned.is_none_or(|who| who.id == *me) && !waits {
                return Ok(Some(line.id));
            }
        }
        Ok(None)
    }

    pub(super) fn ruled(&self, session: &Session, second: bool) -> Result<Ruled, DeskError> {
        self.node.tell(Event::Messages);
        Ok(Ruled {
            waits_for_second: second,
            next: self.next_for(session)?,
        })
    }
}

fn kind_of(disagree: Disagree) -> ConflictKind {
    match disagree {
        Disagree::Values => ConflictKind::Value,
        Disagree::Requests => ConflictKind::Duplicate,
        Disagree::Identity => ConflictKind::Identity,
    }
}

/// Whether a filter shows a row.
fn is_shown(row: &ConflictRow, filter: &QueueFilter, session: &Session) -> bool {
    let mine = |person: &Person| person.id == session.person.id;
    let whose = match filter.whose {
        Whose::All => true,
        Whose::Mine => row.assigned.as_ref().is_some_and(mine),
        Whose::Nobodys => row.assigned.is_none() && row.proposed.is_none(),
        Whose::ForSecond => row
            .proposed
            .as_ref()
            .is_some_and(|p| !p.own && p.objection.is_none()),
    };
    whose && filter.harm.is_none_or(|harm| harm == row.settlement)
}

impl Reconciling for HubConsole {
    fn queue(&self, session: &Session, filter: &QueueFilter) -> Result<Queue, DeskError> {
        let (lines, regions, backlog) = {
            let db = self.node.store.read();
            let since_ms = clock::now_ms() - FIGURES_MS;
            (
                derived::conflicts(&db, MAX_LOOKED_AT).map_err(fault)?,
                derived::conflict_scopes(&db).map_err(fault)?,
                rulings::backlog(&db, since_ms).map_err(fault)?,
            )
        };
        let of_kind = |line: &&ConflictLine| {
            let kind = filter.kind;
            let is_of_kind = kind.is_none_or(|k| k == kind_of(line.kind));
            is_of_kind && (filter.region.is_empty() || filter.region == line.scope)
        };
        let looks_at_each = filter.harm.is_some() || filter.whose != Whose::All;
        let (mut rows, mut all) = (Vec::new(), 0);
        for line in lines.iter().filter(of_kind) {
            if !looks_at_each && rows.len() >= MAX_ROWS {
                all += 1;
                continue;
            }
            let Some(row) = self.row(session, line)? else {
                continue;
            };
            if is_shown(&row, filter, session) {
                all += 1;
                if rows.len() < MAX_ROWS {
                    rows.push(row);
                }
            }
        }
        Ok(Queue {
            rows,
            all,
            regions,
            backlog: Backlog {
                waiting: backlog.waiting,
                for_second: backlog.for_second,
                oldest: backlog.oldest_ms.map(|ms| clock::moment(ms, true)),
                decided: backlog.decided,
                median_s: backlog.median_s,
                ninth_s: backlog.ninth_s,
            },
        })
    }

    fn decided(&self) -> Result<Vec<DecidedRow>, DeskError> {
        let lines = derived::latest_decisions(&self.node.store.read(), 50).map_err(fault)?;
        let mut rows: Vec<DecidedRow> = Vec::new();
        for line in &lines {
            // A duplicate writes into both requests; it was one decision.
            if rows
                .iter()
                .all(|r| r.id != line.conflict || r.citizen.is_empty())
            {
                rows.extend(self.decided_row(line)?);
            }
        }
        Ok(rows)
    }

    fn by_rule(&self) -> Result<Vec<ByRule>, DeskError> {
        let settled = by_rule::latest(&self.node.store.read(), MAX_BY_RULE).map_err(fault)?;
        let mut rows = vec![];
        for one in settled {
            rows.extend(match one.rule {
                Rule::Edition => self.older_edition(&one)?,
                Rule::Schedule => self.held_anyway(&one)?,
                Rule::Status => self.amended_after(&one)?,
            });
            if rows.len() == MAX_SHOWN_BY_RULE {
                break;
            }
        }
        Ok(rows)
    }

    fn conflict(&self, session: &Session, conflict: &str) -> Result<Conflict, DeskError> {
        let mut page = self.compare(session, conflict)?;
        if page.decided.is_none() {
            page.open_at = self.looking.look(conflict, &session.person);
        }
        Ok(page)
    }

    fn decide(
        &self,
        session: &Session,
        conflict: &str,
        decision: Decision,
    ) -> Result<Ruled, DeskError> {
        let second = self.write_decision(session, conflict, &decision)?;
        self.ruled(session, second)
    }

    fn second(
        &self,
        session: &Session,
        conflict: &str,
        says: Agreeing,
    ) -> Result<Ruled, DeskError> {
        self.hear_second(session, conflict, says)?;
        self.ruled(session, false)
    }

    fn take(&self, session: &Session, conflict: &str, take: bool) -> Result<(), DeskError> {
        // What is not seen is not taken; and what is decided meanwhile neither.
        let seen = derived::conflict(&self.node.store.read(), conflict).map_err(fault)?;
        seen.ok_or_else(gone)?;
        let db = self.node.store.write();
        let line = derived::conflict(&db, conflict).map_err(fault)?;
        let line = line.ok_or_else(gone)?;
        let who = take.then(|| who(session));
        rulings::assign(&db, &line, who.as_ref(), clock::now_ms()).map_err(fault)?;
        drop(db);
        self.node.tell(Event::Messages);
        Ok(())
    }

    fn take_back(&self, session: &Session, conflict: &str, reason: &str) -> Result<(), DeskError> {
        self.undo(session, conflict, reason)?;
        self.node.tell(Event::Messages);
        Ok(())
    }
}

impl HubConsole {
    /// A request that was recorded under an older edition, if its service is another in the newer one.
    fn older_edition(&self, settled: &Settled) -> Result<Option<ByRule>, DeskError> {
        let Some(request) = self.request_of(settled.record)? else {
            return Ok(None);
        };
        let newer = settled.about.parse().unwrap_or(0);
        // Exactly as they were: one that the newer edition lacks changed too.
        let service = |edition| {
            self.node
                .edition(edition)
                .and_then(|c| c.service(&request.service))
        };
        if service(request.edition) == service(newer) {
            return Ok(None);
        }
        let text = format!(
            "Registado com a edição {} do catálogo, quando na central já estava a {newer}.",
            request.edition
        );
        let rule = "Vale a edição em vigor no balcão quando o cidadão confirmou.";
        Ok(Some(self.of_request(settled, request, (text, rule))))
    }

    /// A request that was amended after its agency had said something of it.
    fn amended_after(&self, settled: &Settled) -> Result<Option<ByRule>, DeskError> {
        let request = self.request_of(settled.record)?;
        let text = "Um balcão emendou o pedido depois de a entidade se ter pronunciado.";
        let rule = "O que a entidade disse fica; a emenda segue para ela como acrescento.";
        Ok(request.map(|request| self.of_request(settled, request, (text.into(), rule))))
    }

    /// What a rule settled about a request.
    fn of_request(
        &self,
        settled: &Settled,
        request: RequestLine,
        (text, rule): (String, &'static str),
    ) -> ByRule {
        let (_, title) = self.service(&request);
        let number = request.number.as_deref().unwrap_or_default();
        ByRule {
            what: format!("{number} · {}", title.pt()),
            address: format!("/pedido/{}", request.id),
            whose: request.citizen,
            text,
            rule,
            at: clock::moment(settled.at_ms, true),
        }
    }

    /// A stop that was held, though it was moved or cancelled meanwhile.
    fn held_anyway(&self, settled: &Settled) -> Result<Option<ByRule>, DeskError> {
        let id = records::id_of(&self.node.store.read(), settled.record).map_err(fault)?;
        let read = self.node.with_document(id, |d| Tour::of(d));
        let Some(tour) = read.map_err(fault)?.flatten() else {
            return Ok(None);
        };
        let Some(stop) = tour.stops.iter().find(|stop| stop.id == settled.about) else {
            return Ok(None);
        };
        let plan = stop.plan();
        Ok(Some(ByRule {
            what: plan.place.clone(),
            whose: tour.spot.clone(),
            address: format!("/percurso/{id}"),
            text: match stop.moved_after() {
                Some(_) => "A equipa esteve lá; entretanto o plano tinha mudado.".into(),
                None => "A equipa esteve lá; entretanto a paragem tinha sido cancelada.".into(),
            },
            rule: "O que aconteceu vale mais do que o que estava planeado.",
            at: clock::moment(settled.at_ms, true),
        }))
    }
}

/// Somebody else was faster.
pub(super) fn gone() -> DeskError {
    DeskError::NotNow("Outro operador já decidiu este conflito. Veja em «Decididos».".into())
}

/// What a person proposes now.
pub(super) fn proposal_of(session: &Session, decision: &Decision) -> Proposal {
    Proposal {
        by: who(session),
        at_ms: clock::now_ms(),
        keep: keep_code(&decision.keep),
        reason: decision.reason.trim().to_owned(),
        shown: decision.shown.clone(),
        objection: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_proposed_reads_back() {
        let other = Keep::Other("outro:PT50 1".into());
        for keep in [Keep::Side(0), Keep::Side(3), Keep::Both, other] {
            assert_eq!(keep_of(&keep_code(&keep)), Some(keep));
        }
        assert_eq!(keep_of("nada"), None);
    }
}
