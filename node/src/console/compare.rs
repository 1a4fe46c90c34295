//! Both sides of a conflict, beside each other.

use vereda_sync::answer::Answer;
use vereda_sync::catalogue::{Field, Kind, Service, Settlement, Words};
use vereda_sync::conflict::fingerprint;
use vereda_sync::duplicate::{self, Comparison, Contradiction, Likeness, Reason};
use vereda_sync::record::attendance::IDENTITY;
use vereda_sync::record::decision;
use vereda_sync::record::declaration::{DECLARATION, PROOF};
use vereda_sync::record::document::{Document, Statement};
use vereda_sync::record::representation::{self, REPRESENTATION};
use vereda_sync::record::request;
use vereda_sync::record::tour::{Position, Tour};
use vereda_web::console::port::{Compared, Conflict, ConflictRow, DecidedRow, Side, Weighed};
use vereda_web::desk::port::{Agreed, DeskError, HistoryLine, Session};

use super::{HubConsole, rule};
use crate::clock;
use crate::desk::requests::history;
use crate::desk::{confirm, fault, messages, record_id, rows};
use crate::store::derived::{self, ConflictLine, Disagree, RequestLine};
use crate::store::{fleet, rulings, spot, tours};

/// Statements with different values, oldest first; of like ones the latest.
pub(super) fn distinct(all: Vec<Statement>) -> Vec<Statement> {
    let mut out: Vec<Statement> = Vec::new();
    for s in all {
        out.retain(|o| o.answer.value != s.answer.value);
        out.push(s);
    }
    out
}

/// What tells a person apart in a value conflict, beside the field itself.
const CONTEXT: [&str; 5] = [
    "full-name",
    "birth-date",
    "nif",
    "phone",
    representation::NAME,
];

impl HubConsole {
    pub(super) fn compare(&self, session: &Session, id: &str) -> Result<Conflict, DeskError> {
        let line = derived::conflict(&self.node.store.read(), id).map_err(fault)?;
        match line {
            Some(line) => match line.kind {
                Disagree::Values => self.compare_values(session, &line),
                Disagree::Requests => self.compare_requests(session, &line),
                Disagree::Identity => self.compare_identity(session, &line),
            },
            None => self.decided_conflict(session, id),
        }
    }

    fn compare_values(
        &self,
        session: &Session,
        line: &ConflictLine,
    ) -> Result<Conflict, DeskError> {
        let mut row = self.row(session, line)?.ok_or(DeskError::NotFound)?;
        let request = self.request_of(line.record)?.ok_or(DeskError::NotFound)?;
        let service = self.node.service(&request.service, request.edition);
        let field = line
            .field
            .as_deref()
            .and_then(|f| rows::field_of(service, f))
            .ok_or(DeskError::NotFound)?;
        let statements = self.statements(&request, &field.id)?;
        let found = self.node.with_document(record_id(&request.id)?, |d| {
            (d.answers().clone(), agreed_in(d))
        });
        let (answers, agreed) = found.map_err(fault)?.unwrap_or_default();
        let mut compared = vec![Compared {
            label: field.label.clone(),
            values: statements
                .iter()
                .map(|s| Some(read(&field, &s.answer)))
                .collect(),
            differs: true,
        }];
        for id in CONTEXT.into_iter().filter(|id| *id != field.id) {
            let Some((same, answer)) = rows::field_of(service, id).zip(answers.get(id)) else {
                continue;
            };
            compared.push(Compared {
                label: same.label.clone(),
                values: vec![Some(read(&same, answer)); statements.len()],
                differs: false,
            });
        }
        let shown = fingerprint(statements.iter().map(|s| s.act.id.as_str()));
        self.tell_stale(&mut row, &shown)?;
        let proposed =
            (row.settlement == Settlement::Later).then(|| statements.len().saturating_sub(1));
        let timeline = self.timeline(&[&request])?;
        let sides = statements.into_iter().map(|s| Side {
            request: request.id.clone(),
            position: self.place_of(&s.act.spot, s.act.stop.as_deref(), s.act.at.unix_ms()),
            at: clock::of(&s.act),
            spot: s.act.spot,
            mediator: s.act.by,
            stop: s.act.stop,
            number: request.number.clone(),
            agreed: agreed.clone(),
        });
        Ok(Conflict {
            sides: sides.collect(),
            compared,
            rule: rule(field.kind).into(),
            proposed,
            likeness: vec![],
            shown,
            timeline,
            open_at: vec![],
            beside: self.beside(session, line)?,
            alike: self.alike_of(&row, line)?,
            decided: None,
            row,
        })
    }

    fn compare_requests(
        &self,
        session: &Session,
        line: &ConflictLine,
    ) -> Result<Conflict, DeskError> {
        let row = self.row(session, line)?.ok_or(DeskError::NotFound)?;
        let other = line.other.ok_or(DeskError::NotFound)?;
        let mut both: Vec<RequestLine> = [line.record, other]
            .into_iter()
            .filter_map(|r| self.request_of(r).transpose())
            .collect::<Result<_, _>>()?;
        both.sort_by_key(|r| (r.at_ms, r.row));
        let [a, b] = &both[..] else {
            return Err(DeskError::NotFound);
        };
        let service = self.node.service(&a.service, a.edition);
        let (side_a, answers_a) = self.side(a)?;
        let (side_b, answers_b) = self.side(b)?;
        let compared = fields(service)
            .filter_map(|field| {
                let (x, y) = (answers_a.get(&field.id), answers_b.get(&field.id));
                if x.is_none() && y.is_none() {
                    return None;
                }
                let differs = x.map(|a| &a.value) != y.map(|a| &a.value);
                let values = [x, y].map(|answer| answer.map(|a| read(field, a))).to_vec();
                Some(Compared {
                    label: field.label.clone(),
                    values,
                    differs,
                })
            })
            .collect();
        let db = self.node.store.read();
        let keys = |row| derived::keys_of(&db, row).map_err(fault);
        let comparison = match (keys(a.row)?, keys(b.row)?) {
            (Some((_, x)), Some((_, y))) => duplicate::compare(&x, &y),
            _ => None,
        };
        drop(db);
        Ok(Conflict {
            shown: as_they_stand(a, b),
            sides: vec![side_a, side_b],
            compared,
            rule: rule_of(comparison.as_ref()).into(),
            proposed: None,
            likeness: same_number(a, b)
                .into_iter()
                .chain(comparison.iter().flat_map(|c| &c.reasons).map(weighed))
                .collect(),
            timeline: self.timeline(&[a, b])?,
            open_at: vec![],
            beside: self.beside(session, line)?,
            alike: self.alike_of(&row, line)?,
            decided: None,
            row,
        })
    }

    /// What was typed, beside the card that was read elsewhere for the same number.
    fn compare_identity(
        &self,
        session: &Session,
        line: &ConflictLine,
    ) -> Result<Conflict, DeskError> {
        let mut row = self.row(session, line)?.ok_or(DeskError::NotFound)?;
        let (typed, card) = self.typed_and_card(line)?;
        let (side_typed, said) = self.side(&typed)?;
        let (side_card, read_off) = self.side(&card)?;
        let fields = IDENTITY.fields.iter().filter_map(|field| {
            let both = [said.get(&field.id), read_off.get(&field.id)];
            let differs = both[0].map(|a| &a.value) != both[1].map(|a| &a.value);
            both.iter().any(Option::is_some).then(|| Compared {
                label: field.label.clone(),
                values: both.map(|answer| answer.map(|a| read(field, a))).to_vec(),
                differs,
            })
        });
        let why = {
            let db = self.node.store.read();
            let of = |row| derived::identity_of(&db, row).map_err(fault);
            let both = of(typed.row)?.zip(of(card.row)?);
            both.and_then(|(typed, card)| duplicate::contradicts(&typed, &card))
        };
        let shown = as_they_stand(&typed, &card);
        self.tell_stale(&mut row, &shown)?;
        Ok(Conflict {
            shown,
            sides: vec![side_typed, side_card],
            compared: fields.collect(),
            rule: "O cartão que se leu noutro balcão diz outra coisa do mesmo número. Duas pessoas decidem: fica o que diz o cartão, ou os dois são verdade (mudou de nome). Se o número é de outra pessoa, devolva o pedido ao balcão, na página dele.".into(),
            proposed: Some(1),
            likeness: why.unwrap_or_default().iter().map(contradiction).collect(),
            timeline: self.timeline(&[&typed, &card])?,
            open_at: vec![],
            beside: self.beside(session, line)?,
            alike: self.alike_of(&row, line)?,
            decided: None,
            row,
        })
    }

    /// Says of what was proposed whether more arrived since.
    fn tell_stale(&self, row: &mut ConflictRow, shown: &str) -> Result<(), DeskError> {
        let Some(proposed) = &mut row.proposed else {
            return Ok(());
        };
        let kept = rulings::proposal(&self.node.store.read(), &row.id).map_err(fault)?;
        proposed.is_stale = kept.is_some_and(|kept| kept.shown != shown);
        Ok(())
    }

    /// The request that was typed, and that of which the card was read.
    pub(super) fn typed_and_card(
        &self,
        line: &ConflictLine,
    ) -> Result<(RequestLine, RequestLine), DeskError> {
        let typed = self.request_of(line.record)?;
        let card = line.other.map(|row| self.request_of(row)).transpose()?;
        typed.zip(card.flatten()).ok_or(DeskError::NotFound)
    }

    pub(super) fn side(
        &self,
        line: &RequestLine,
    ) -> Result<(Side, std::collections::BTreeMap<String, Answer>), DeskError> {
        let read = |d: &mut Document| {
            request::Summary::of(d).map(|s| (s, d.answers().clone(), agreed_in(d)))
        };
        let found = self
            .node
            .with_document(record_id(&line.id)?, read)
            .map_err(fault)?
            .flatten();
        let (s, answers, agreed) = found.ok_or(DeskError::NotFound)?;
        let at = clock::of_request(&s);
        Ok((
            Side {
                request: line.id.clone(),
                position: self.place_of(&s.spot, s.stop.as_deref(), s.at.unix_ms()),
                spot: s.spot,
                mediator: s.mediator,
                stop: s.stop,
                at,
                number: s.number,
                agreed,
            },
            answers,
        ))
    }

    /// Where a spot was: the stop that it held on that day, by its name; else where it says that it stands. A place that
    /// cannot be found out is not worth a page that cannot be shown.
    fn place_of(&self, spot: &str, stop: Option<&str>, at_ms: i64) -> Option<Position> {
        let planned =
            stop.and_then(|stop| self.planned_place(stop, &clock::day(at_ms)).ok().flatten());
        planned.or_else(|| {
            let db = self.node.store.read();
            let node = spot::named(&db, spot).ok()??;
            let told = fleet::told(&db, &node).ok()??;
            told.condition.place?.position
        })
    }

    fn planned_place(&self, stop: &str, day: &str) -> Result<Option<Position>, DeskError> {
        let tours = tours::at_place(&self.node.store.read(), day, stop).map_err(fault)?;
        for tour in tours {
            let found = self.node.with_document(tour, |d| {
                let tour = Tour::of(d)?;
                let mut stops = tour.stops.iter().map(|s| s.plan());
                stops
                    .find(|plan| plan.place == stop && plan.position.is_some())?
                    .position
            });
            if let Some(position) = found.map_err(fault)?.flatten() {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    /// What happened to requests, oldest first; of several each line says of which side.
    fn timeline(&self, requests: &[&RequestLine]) -> Result<Vec<HistoryLine>, DeskError> {
        let mut all = vec![];
        for (side, request) in ('A'..).zip(requests) {
            let service = self.node.service(&request.service, request.edition);
            let read = |d: &mut Document| history(d, service);
            let record = record_id(&request.id)?;
            let mut lines = self
                .node
                .with_document(record, read)
                .map_err(fault)?
                .unwrap_or_default();
            if requests.len() > 1 {
                lines
                    .iter_mut()
                    .for_each(|line| line.text = format!("{side}: {}", line.text));
            }
            all.append(&mut lines);
        }
        all.sort_by_key(|line| line.at.unix_ms);
        Ok(all)
    }

    /// How many conflicts are about the same contact detail; one, where each is decided alone.
    fn alike_of(&self, row: &ConflictRow, line: &ConflictLine) -> Result<u64, DeskError> {
        match &line.field {
            Some(field) if row.settlement == Settlement::Later => {
                derived::count_about(&self.node.store.read(), field).map_err(fault)
            }
            _ => Ok(1),
        }
    }

    /// The other conflicts of the same request.
    fn beside(
        &self,
        session: &Session,
        line: &ConflictLine,
    ) -> Result<Vec<(String, Words)>, DeskError> {
        let lines = derived::conflicts_of(&self.node.store.read(), line.record).map_err(fault)?;
        let mut beside = vec![];
        for other in lines.iter().filter(|other| other.id != line.id) {
            let row = self.row(session, other)?;
            beside.extend(row.map(|row| (row.id, row.what)));
        }
        Ok(beside)
    }

    /// A conflict that is no longer there: who decided it, and how.
    fn decided_conflict(&self, session: &Session, id: &str) -> Result<Conflict, DeskError> {
        let lines = derived::decisions_of(&self.node.store.read(), id).map_err(fault)?;
        let line = lines.first().ok_or(DeskError::NotFound)?;
        let decided = self.decided_row(line)?.ok_or(DeskError::NotFound)?;
        let as_line = ConflictLine {
            id: id.to_owned(),
            kind: match messages::decision_act(&self.node, line)? {
                _ if lines.len() > 1 => Disagree::Requests,
                Some((_, act, _)) if act.kind == decision::IDENTIFIED => Disagree::Identity,
                _ => Disagree::Values,
            },
            record: line.record,
            other: None,
            field: None,
            since_ms: decided.at.unix_ms,
            scope: String::new(),
        };
        let row = self.row(session, &as_line)?.ok_or(DeskError::NotFound)?;
        Ok(Conflict {
            row: ConflictRow {
                what: decided.what.clone(),
                ..row
            },
            sides: vec![],
            compared: vec![],
            rule: String::new(),
            proposed: None,
            likeness: vec![],
            shown: String::new(),
            timeline: vec![],
            open_at: vec![],
            beside: vec![],
            alike: 0,
            decided: Some(DecidedRow { ..decided }),
        })
    }
}

/// A fingerprint of two requests as they stand now.
fn as_they_stand(a: &RequestLine, b: &RequestLine) -> String {
    let changed = [a.changed_ms, b.changed_ms].map(|ms| ms.to_string());
    fingerprint([a.id.as_str(), b.id.as_str(), &changed[0], &changed[1]])
}

fn agreed_in(d: &Document) -> Option<Agreed> {
    request::confirmation(d).and_then(confirm::agreed)
}

fn fields(service: Option<&Service>) -> impl Iterator<Item = &Field> {
    let of_service = service
        .into_iter()
        .flat_map(|s| s.steps.iter().flat_map(|step| &step.fields));
    let identity = IDENTITY.fields.iter();
    let known = move |f: &&Field| !IDENTITY.fields.iter().any(|i| i.id == f.id);
    identity
        .chain(&REPRESENTATION.fields)
        .chain(&DECLARATION.fields)
        .chain(&PROOF.fields)
        .chain(of_service.filter(known))
        .filter(|f| f.kind != Kind::Consent)
}

fn read(field: &Field, answer: &Answer) -> (String, vereda_sync::answer::Provenance) {
    (rows::shown(field, &answer.value), answer.provenance)
}

fn same_number(a: &RequestLine, b: &RequestLine) -> Option<Weighed> {
    let same = a.number.is_some() && a.number == b.number;
    same.then(|| Weighed {
        text: "O número é o mesmo: um só impresso de papel foi registado duas vezes.".into(),
        bits: None,
    })
}

fn number(field: &str) -> String {
    field
        .to_uppercase()
        .replace("DOCUMENT-NUMBER", "número do documento")
}

fn contradiction(contradiction: &Contradiction) -> Weighed {
    let text = match contradiction {
        Contradiction::Number(field) => format!("O {} é o mesmo.", number(field)),
        Contradiction::Name => "O nome é de outra pessoa.".into(),
        Contradiction::BirthDate => "A data de nascimento é outra.".into(),
    };
    Weighed { text, bits: None }
}

/// How sure it is that two requests are one, in words.
fn rule_of(comparison: Option<&Comparison>) -> &'static str {
    match comparison.map(|c| c.bits) {
        Some(10..) => {
            "É quase certo que é o mesmo pedido, feito duas vezes: uma pessoa decide qual fica, ou se são dois."
        }
        Some(..0) => {
            "Só o número diz que é a mesma pessoa: num dos dois pode estar trocado. Uma pessoa decide se são dois, ou qual fica."
        }
        _ => "Parece o mesmo pedido feito duas vezes: uma pessoa decide qual fica, ou se são dois.",
    }
}

fn weighed(reason: &Reason) -> Weighed {
    Weighed {
        text: likeness_text(&reason.what),
        bits: (reason.bits != 0).then_some(reason.bits),
    }
}

pub(crate) fn likeness_text(likeness: &Likeness) -> String {
    match likeness {
        Likeness::Number(field) => format!("O {} é o mesmo.", number(field)),
        Likeness::OtherNumber(field) => format!("O {} é diferente.", number(field)),
        Likeness::Name => "O nome é o mesmo.".into(),
        Likeness::NearName(1) => "O nome difere numa letra.".into(),
        Likeness::NearName(letters) => format!("O nome difere em {letters} letras."),
        Likeness::ShorterName => "Um dos nomes é mais curto; o resto é igual.".into(),
        Likeness::PartOfName => "Só parte do nome é igual.".into(),
        Likeness::OtherGivenName => "O nome próprio é outro.".into(),
        Likeness::OtherName => "O nome é outro.".into(),
        Likeness::BirthDate => "A data de nascimento é a mesma.".into(),
        Likeness::NearBirthDate => "A data de nascimento difere como num engano a escrever.".into(),
        Likeness::OtherBirthDate => "A data de nascimento é outra.".into(),
        Likeness::DaysApart(0) => "Pedidos no mesmo dia.".into(),
        Likeness::DaysApart(1) => "Um dia entre os dois pedidos.".into(),
        Likeness::DaysApart(days) => format!("{days} dias entre os dois pedidos."),
    }
}
