//! Look-ups beyond the scope; the console lists the same rows.

use vereda_sync::catalogue::{Field, Words};
use vereda_sync::check::check;
use vereda_sync::duplicate::NUMBERS;
use vereda_sync::number;
use vereda_sync::record::attendance::IDENTITY;
use vereda_sync::record::lookup::{self, Found, Lookup, RECEIPT, State};
use vereda_web::desk::port::{
    self, DeskError, FoundRequest, LentNearby, LookupRow, LookupState, LookupView,
    MAX_REASON_CHARS, MIN_REASON_CHARS, Session,
};
use vereda_web::words;

use super::{SpotDesk, fault, record_id, rows};
use crate::clock;
use crate::node::Node;
use crate::store::lookups::LookupLine;
use crate::store::{derived, lookups};
use crate::written;

/// Look-ups listed at once.
const LISTED: u32 = 50;

/// The fields of the identity by which a person is looked up.
fn fields() -> impl Iterator<Item = &'static Field> {
    let of = |id: &'static str| IDENTITY.fields.iter().find(move |f| f.id == id);
    NUMBERS.into_iter().filter_map(of)
}

fn label(by: &str) -> Words {
    let field = fields().find(|f| f.id == by);
    field.map_or_else(
        || Words::from([("pt", "Número do comprovativo")]),
        |f| f.label.clone(),
    )
}

/// The number as records hold it.
fn number_of(by: &str, typed: &str) -> Result<String, DeskError> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(DeskError::NotNow("Escreva o número.".into()));
    }
    if by == RECEIPT {
        return number::canonical(typed).ok_or_else(|| {
            DeskError::NotNow(
                "Não é um número de comprovativo: confirme-o letra a letra, por exemplo M07-7KQ4-2ZD8-6.".into(),
            )
        });
    }
    let field = fields().find(|f| f.id == by).ok_or(DeskError::NotFound)?;
    check(field, typed, &clock::today())
        .map_err(|refusal| DeskError::NotNow(words::refusal::say(field, &refusal, typed)))
}

fn reason_of(typed: &str) -> Result<String, DeskError> {
    let reason = written::fits(typed, MAX_REASON_CHARS)?;
    match reason.chars().count() {
        n if n < MIN_REASON_CHARS => Err(DeskError::NotNow(
            "Escreva porque é preciso consultar: fica guardado com o seu nome.".into(),
        )),
        _ => Ok(reason.to_owned()),
    }
}

/// A look-up as a row, and what was found.
fn read(node: &Node, line: &LookupLine) -> Result<(LookupRow, Vec<Found>), DeskError> {
    let read = node.with_document(line.id, |d| Lookup::of(d));
    let lookup = read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)?;
    let mut found: Vec<Found> = Vec::new();
    for one in lookup.lent().flat_map(|lent| &lent.found) {
        if found.iter().all(|known| known.request != one.request) {
            found.push(one.clone());
        }
    }
    let state = match lookup.state {
        State::Waits => LookupState::Waits {
            at_hub: line.at_hub || node.is_hub(),
        },
        State::Refused(act) => {
            LookupState::Refused(act.more.get("reason").cloned().unwrap_or_default())
        }
        State::Answered(answer) => LookupState::Answered {
            found: answer.found.len(),
            more: answer.more,
            until: clock::moment(answer.until_ms, true),
            over: answer.until_ms <= node.now_ms(),
        },
    };
    let near = lookup.near.iter().map(|lent| LentNearby {
        spot: lent.act.spot.clone(),
        found: lent.found.len(),
        until: clock::moment(lent.until_ms, true),
        over: lent.until_ms <= node.now_ms(),
    });
    let row = LookupRow {
        near: near.collect(),
        id: line.id.to_string(),
        by: label(&lookup.by),
        number: words::masked(&lookup.number),
        reason: lookup.reason,
        who: rows::place(&lookup.asked),
        at: clock::of(&lookup.asked),
        state,
    };
    Ok((row, found))
}

/// The latest look-ups, newest first: of this spot, or all.
pub(crate) fn latest(node: &Node, own: bool) -> Result<Vec<LookupRow>, DeskError> {
    let lines = lookups::latest(&node.store.read(), own, LISTED).map_err(fault)?;
    let rows = lines.iter().map(|line| Ok(read(node, line)?.0));
    rows.collect()
}

/// One look-up with what was found.
pub(crate) fn view(node: &Node, id: &str) -> Result<LookupView, DeskError> {
    let line = lookups::one(&node.store.read(), record_id(id)?).map_err(fault)?;
    let (row, found) = read(node, &line.ok_or(DeskError::NotFound)?)?;
    let found = found.into_iter().map(|found| {
        let line = derived::request(&node.store.read(), &found.request.to_string());
        Ok(FoundRequest {
            number: found.number,
            service: rows::service_title(node, &found.service),
            spot: found.spot,
            here: line.map_err(fault)?.map(|line| rows::row(node, line)),
        })
    });
    Ok(LookupView {
        row,
        found: found.collect::<Result<_, DeskError>>()?,
    })
}

impl port::Lookups for SpotDesk {
    fn numbers(&self) -> Vec<(String, Words)> {
        let receipt = (RECEIPT.to_owned(), label(RECEIPT));
        let persons = fields().map(|f| (f.id.clone(), f.label.clone()));
        persons.chain([receipt]).collect()
    }

    fn known_number(
        &self,
        _: &Session,
        attendance: &str,
    ) -> Result<Option<(String, String)>, DeskError> {
        let known = self.node.with_document(record_id(attendance)?, |d| {
            let answers = d.answers();
            let known = |f: &'static Field| {
                let answer = answers.get(&f.id).filter(|a| !a.value.is_empty())?;
                Some((f.id.clone(), answer.value.clone()))
            };
            fields().find_map(known)
        });
        known.map_err(fault)?.ok_or(DeskError::NotFound)
    }

    fn look_up(
        &self,
        session: &Session,
        by: &str,
        number: &str,
        reason: &str,
    ) -> Result<String, DeskError> {
        if self.node.config.hub.is_none() && !self.node.is_hub() {
            return Err(DeskError::NotNow(
                "Não há central a quem perguntar: isto é um treino, ou este posto trabalha sozinho.".into(),
            ));
        }
        let number = number_of(by, number)?;
        let reason = reason_of(reason)?;
        let ask = |author: &_, at| lookup::ask(author, at, (by, &number), &reason);
        let asked = self.node.begin(&session.person.name, ask).map_err(fault)?;
        Ok(asked.to_string())
    }

    fn lookups(&self, _: &Session) -> Result<Vec<LookupRow>, DeskError> {
        latest(&self.node, true)
    }

    fn lookup(&self, _: &Session, lookup: &str) -> Result<LookupView, DeskError> {
        view(&self.node, lookup)
    }
}
