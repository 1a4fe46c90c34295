//! The till of the day and the payments of requests.

use std::collections::BTreeMap;

use vereda_sync::answer::Provenance;
use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::money::{self, Counted};
use vereda_sync::number;
use vereda_sync::record::document::{Author, Document, DocumentError, Written};
use vereda_sync::record::till::{self, How, Till};
use vereda_sync::record::{Life, request};
use vereda_web::desk::port::{
    self, DeskError, Late, Paid, Payment, PaymentView, Second, Session, ShownTill, TillNow,
    TillView, ToClose,
};
use vereda_web::words;

use super::{SpotDesk, fault, record_id, rows};
use crate::clock;
use crate::store::draft::{self, Draft};
use crate::store::{derived, occurrences, tills};
use crate::written;

/// Days listed.
const DAYS: u32 = 31;
/// Longest reason or reference, in characters.
const MAX_CHARS: usize = 300;
/// The field of a till's draft.
const COUNTED: &str = "counted";

fn not_now<T>(why: impl Into<String>) -> Result<T, DeskError> {
    Err(DeskError::NotNow(why.into()))
}

fn said(typed: &str, missing: &str) -> Result<String, DeskError> {
    written::needed(typed, MAX_CHARS, missing).map(str::to_owned)
}

impl SpotDesk {
    fn read_till(&self, id: RecordId) -> Result<Till, DeskError> {
        let read = self.node.with_document(id, |d| Till::of(d));
        read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)
    }

    fn shown_till(&self, id: RecordId) -> Result<ShownTill, DeskError> {
        let till = self.read_till(id)?;
        let db = self.node.store.read();
        let form = id.to_string();
        let counted = draft::field(&db, &form, COUNTED).map_err(fault)?;
        let mut citizens = BTreeMap::new();
        for movement in till.movements.iter().filter(|m| !m.request.is_empty()) {
            if let Some(line) = derived::request(&db, &movement.request).map_err(fault)? {
                citizens.insert(movement.request.clone(), line.citizen);
            }
        }
        let day = Date::parse(&till.day).unwrap_or(Date::FIRST);
        let of_day = (clock::began_ms(day), clock::began_ms(day.days_on(1)));
        let waived = occurrences::waived_between(&db, of_day.0, of_day.1).map_err(fault)?;
        Ok(ShownTill {
            waived,
            id: form,
            till,
            counted: counted.and_then(|draft| Counted::decode(&draft.value)),
            citizens,
        })
    }

    /// The till that money goes into now: the one that is open, else that of today, closed.
    fn till_now(&self) -> Result<Option<(RecordId, TillNow)>, DeskError> {
        let db = self.node.store.read();
        if let Some(open) = tills::open(&db).map_err(fault)? {
            return Ok(Some((open, TillNow::Open)));
        }
        let of_today = tills::of_day(&db, &clock::today()).map_err(fault)?;
        Ok(of_today.map(|closed| (closed, TillNow::ClosedToday)))
    }

    fn change_till(
        &self,
        session: &Session,
        till: RecordId,
        write: impl FnOnce(
            &mut Document,
            &Author,
            vereda_sync::hlc::Hlc,
        ) -> Result<Written, DocumentError>,
    ) -> Result<(), DeskError> {
        let changed = self
            .node
            .change(till, &session.person.name, write, |_| Ok(()));
        changed.map_err(|error| match error {
            // Another desk was first.
            crate::store::StoreError::Document(DocumentError::Lacks("movement" | "open till")) => {
                DeskError::NotNow(
                    "Entretanto a caixa mudou noutro balcão. Volte à caixa e veja como está."
                        .into(),
                )
            }
            error => fault(error),
        })
    }

    /// The name of the second person, who is not the first and showed who they are.
    fn second(&self, session: &Session, second: &Second<'_>) -> Result<String, DeskError> {
        if second.person.is_empty() {
            return not_now("Falta a segunda pessoa: escolha quem está consigo, e o PIN dela.");
        }
        if second.person == session.person.id {
            return not_now("A segunda pessoa tem de ser outra.");
        }
        let vouched = self.people.vouch(second.person, second.pin);
        let person = vouched.map_err(|why| {
            DeskError::NotNow(format!("Segunda pessoa: {}", words::sign_in(&why)))
        })?;
        Ok(person.name)
    }

    /// How a request of that fee stands with it.
    pub(super) fn payment_of(&self, request: &str, fee_cents: u32) -> Result<Payment, DeskError> {
        if fee_cents == 0 {
            return Ok(Payment::Free);
        }
        let found = tills::payment_of(&self.node.store.read(), request).map_err(fault)?;
        let Some((id, n)) = found else {
            return self.later(request);
        };
        let till = self.read_till(id)?;
        let movement = till.movements.into_iter().find(|m| m.n == n);
        Ok(match movement {
            Some(movement) => Payment::Settled {
                day: till.day,
                movement: Box::new(movement),
            },
            None => Payment::Due,
        })
    }

    /// How a recorded request stands with its fee; a draft costs nothing yet.
    pub(super) fn payment_of_request(&self, request: &str) -> Result<Payment, DeskError> {
        let read = self
            .node
            .with_document(record_id(request)?, |d| request::Summary::of(d));
        let summary = read.map_err(fault)?.flatten();
        self.payment_of(request, summary.map_or(0, |s| s.fee_cents))
    }
}

impl port::Tills for SpotDesk {
    fn till(&self, session: &Session, day: Option<&str>) -> Result<TillView, DeskError> {
        let db = self.node.store.read();
        let found = match day {
            Some(day) => Some(
                tills::of_day(&db, day)
                    .map_err(fault)?
                    .ok_or(DeskError::NotFound)?,
            ),
            None => None,
        };
        let days = tills::last(&db, DAYS).map_err(fault)?;
        drop(db);
        let found = match found {
            Some(found) => Some(found),
            None => self.till_now()?.map(|(id, _)| id),
        };
        let mut others = self.people.all();
        others.retain(|person| person.id != session.person.id);
        Ok(TillView {
            today: clock::today(),
            till: found.map(|id| self.shown_till(id)).transpose()?,
            others,
            second_person_cents: self.node.config.till.second_person_cents,
            days: days.into_iter().map(|t| (t.day, t.difference)).collect(),
        })
    }

    fn open_till(&self, session: &Session, float: &Counted) -> Result<(), DeskError> {
        // One at a time, so that two desks do not open two.
        let _one = self.till_turn();
        let today = clock::today();
        match self.till_now()? {
            Some((_, TillNow::Open)) => {
                return not_now("A caixa já está aberta neste posto.");
            }
            Some(_) => {
                return not_now(
                    "A caixa de hoje já foi fechada. O dinheiro que chegue agora entra nela como adenda.",
                );
            }
            None => {}
        }
        let person = &session.person.name;
        let opened = self
            .node
            .begin(person, |author, at| till::open(author, at, &today, float));
        opened.map_err(fault).map(|_| ())
    }

    fn keep_count(
        &self,
        session: &Session,
        till: &str,
        counted: &Counted,
    ) -> Result<(), DeskError> {
        if self.read_till(record_id(till)?)?.closed.is_some() {
            return not_now("Esta caixa já foi fechada.");
        }
        let draft = Draft {
            field: COUNTED.into(),
            value: counted.encode(),
            provenance: Provenance::Typed,
            revision: 0,
            session: session.id.clone(),
            by: session.person.name.clone(),
            at_ms: clock::now_ms(),
        };
        draft::put(&self.node.store.write(), till, &draft).map_err(fault)
    }

    fn close_till(
        &self,
        session: &Session,
        id: &str,
        closing: &ToClose<'_>,
    ) -> Result<(), DeskError> {
        let _one = self.till_turn();
        let record = record_id(id)?;
        let shown = self.shown_till(record)?;
        if let Some(closed) = &shown.till.closed {
            return not_now(format!("Esta caixa já foi fechada por {}.", closed.act.by));
        }
        let Some(counted) = shown.counted else {
            return not_now("Falta contar o dinheiro antes de fechar.");
        };
        let expected = shown.till.expected();
        if (expected, counted.cents()) != (closing.expected, closing.counted) {
            return not_now(
                "Entretanto a caixa mudou noutro balcão. Veja a diferença de novo antes de fechar.",
            );
        }
        let difference = i64::try_from(counted.cents())
            .unwrap_or(i64::MAX)
            .saturating_sub(expected);
        let explained = match difference {
            0 => closing.explained.trim().chars().take(MAX_CHARS).collect(),
            _ => said(
                closing.explained,
                "Há uma diferença: escreva o que a explica, ou que não se sabe.",
            )?,
        };
        let asks = difference.unsigned_abs() >= self.node.config.till.second_person_cents;
        let second = match asks && difference != 0 {
            true => self.second(session, &closing.second)?,
            false => String::new(),
        };
        self.change_till(session, record, |d, author, at| {
            till::close(d, author, at, &counted, &explained, &second)
        })?;
        draft::clear(&self.node.store.write(), id, [COUNTED]).map_err(fault)
    }

    fn void(
        &self,
        session: &Session,
        id: &str,
        n: u64,
        reason: &str,
        second: &Second<'_>,
    ) -> Result<(), DeskError> {
        let record = record_id(id)?;
        let till = self.read_till(record)?;
        if till.closed.is_some() {
            return not_now(
                "Esta caixa já foi fechada: o que foi contado fica como está. Explique o engano numa adenda.",
            );
        }
        if till.voidable(n).is_none() {
            return not_now("Este movimento já foi anulado, ou não existe.");
        }
        let reason = said(reason, "Escreva porque se anula o movimento.")?;
        let second = self.second(session, second)?;
        self.change_till(session, record, |d, author, at| {
            till::void(d, author, at, n, &reason, &second)
        })
    }

    fn add_late(&self, session: &Session, id: &str, late: &Late<'_>) -> Result<(), DeskError> {
        let record = record_id(id)?;
        if self.read_till(record)?.closed.is_none() {
            return not_now("Esta caixa ainda está aberta: receba no pedido.");
        }
        let Some(cents) = money::cents(late.sum).filter(|cents| *cents > 0) else {
            return not_now("A importância não se lê. Escreva como neste exemplo: 5,00.");
        };
        let reason = said(
            late.paid.reason,
            "Escreva porque o dinheiro chega depois do fecho.",
        )?;
        let reference = terminal_reference(&late.paid)?;
        let (request, number) = match late.number.trim() {
            "" => (String::new(), String::new()),
            typed => {
                let Some(number) = number::canonical(typed) else {
                    return not_now(
                        "O número do pedido não bate certo: confirme-o, ou deixe-o vazio.",
                    );
                };
                let db = self.node.store.read();
                let found = derived::by_number(&db, &number).map_err(fault)?;
                (found.unwrap_or_default(), number)
            }
        };
        let payment = till::Payment {
            request: &request,
            number: &number,
            cents,
            how: late.paid.how,
            reference: &reference,
            reason: &reason,
        };
        self.change_till(session, record, |d, author, at| {
            till::receive(d, author, at, &payment)
        })
    }

    fn payment(&self, _: &Session, id: &str) -> Result<PaymentView, DeskError> {
        let read = self
            .node
            .with_document(record_id(id)?, |d| request::Summary::of(d));
        let summary = read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)?;
        if summary.life == Life::Withdrawn {
            return not_now("Este pedido foi retirado: já não se recebe por ele.");
        }
        let Some(number) = summary.number.filter(|_| summary.life != Life::Draft) else {
            return not_now("Primeiro é preciso registar o pedido; depois recebe-se.");
        };
        Ok(PaymentView {
            request: id.to_owned(),
            number,
            service: rows::service_title(&self.node, &summary.service),
            citizen: summary.citizen,
            fee_cents: summary.fee_cents,
            payment: self.payment_of(id, summary.fee_cents)?,
            references: self
                .references(
                    self.node.service(&summary.service, summary.edition),
                    summary.fee_cents,
                )?
                .map(|left| left.len() as u64),
            till: self.till_now()?.map_or(TillNow::NotOpened, |(_, now)| now),
        })
    }

    fn receive(&self, session: &Session, id: &str, paid: &Paid<'_>) -> Result<(), DeskError> {
        // A double click finds what the first one did.
        let _one = self.till_turn();
        let view = port::Tills::payment(self, session, id)?;
        match view.payment {
            Payment::Free => return not_now("Este pedido não custa nada."),
            Payment::Settled { .. } => return Ok(()),
            Payment::Later(_) => {
                return not_now(
                    "O cidadão já tem uma referência para pagar este pedido: não se recebe aqui enquanto ela valer.",
                );
            }
            Payment::Due | Payment::Awaited => {}
        }
        let Some((till, now)) = self.till_now()? else {
            return not_now(
                "A caixa de hoje ainda não foi aberta. Abra-a em «Caixa» e receba depois.",
            );
        };
        let reference = terminal_reference(paid)?;
        let reason = match (paid.how, now) {
            (How::Exempt, _) => said(paid.reason, "Escreva porque o cidadão não paga.")?,
            (_, TillNow::ClosedToday) => said(
                paid.reason,
                "A caixa de hoje já foi fechada: escreva porque se recebe agora.",
            )?,
            _ => String::new(),
        };
        let payment = till::Payment {
            request: id,
            number: &view.number,
            cents: u64::from(view.fee_cents),
            how: paid.how,
            reference: &reference,
            reason: &reason,
        };
        self.change_till(session, till, |d, author, at| {
            till::receive(d, author, at, &payment)
        })
    }
}

/// What the terminal printed: needed when it was used.
fn terminal_reference(paid: &Paid<'_>) -> Result<String, DeskError> {
    match paid.how {
        How::Terminal => said(
            paid.reference,
            "Escreva a referência que está no talão do terminal.",
        ),
        _ => Ok(String::new()),
    }
}
