//! Tills and payments for the samples: made as a spot makes them.

use std::collections::BTreeMap;

use vereda_sync::hlc::Hlc;
use vereda_sync::money::Counted;
use vereda_sync::record::document::{Author, actor};
use vereda_sync::record::till::{self, How, Till};

use super::{NOW, housing, people};
use crate::desk::port::{
    DeskError, Late, Paid, Payment, PaymentView, Second, Session, ShownTill, TillNow, TillView,
    Tills, ToClose,
};
use crate::samples::fake::FakeDesk;

fn author(person: &str) -> Author {
    Author {
        actor: actor("movel-07", &[1; 16]),
        node: "movel-07".into(),
        spot: "Espaço Móvel 07".into(),
        stop: Some("Alferce".into()),
        person: person.into(),
        clock_sure: true,
        zone: None,
    }
}

fn at(minutes_ago: i64) -> Hlc {
    let ms = NOW.unix_ms - minutes_ago * 60_000;
    Hlc::new(u64::try_from(ms).unwrap_or(0), 0)
}

fn float() -> Counted {
    Counted::decode("1000x2 500x4 100x10").expect("a float")
}

/// A till in which something of every kind happened.
fn made(closed: bool) -> Till {
    let ana = author("Ana Martins");
    let (mut d, _) = till::open(&ana, at(400), "2026-11-21", &float()).expect("a till");
    let pay = |cents, how, reference, reason| till::Payment {
        request: "r1",
        number: "M07-4821-7QK-3",
        cents,
        how,
        reference,
        reason,
    };
    for (minutes, payment) in [
        (300, pay(500, How::Cash, "", "")),
        (250, pay(3_000, How::Terminal, "004821", "")),
        (200, pay(1_800, How::Cash, "", "")),
        (
            150,
            pay(500, How::Exempt, "", "Voluntariado, com declaração."),
        ),
    ] {
        till::receive(&mut d, &ana, at(minutes), &payment).expect("received");
    }
    till::void(
        &mut d,
        &ana,
        at(140),
        3,
        "Cobrado duas vezes.",
        "Rui Pereira",
    )
    .expect("voided");
    if closed {
        let counted = Counted::decode("1000x2 500x4 100x9").expect("counted");
        till::close(
            &mut d,
            &ana,
            at(30),
            &counted,
            "Troco dado a mais, não se sabe a quem.",
            "Rui Pereira",
        )
        .expect("closed");
        let late = pay(500, How::Cash, "", "Pago à saída, depois do fecho.");
        till::receive(&mut d, &ana, at(10), &late).expect("late");
    }
    Till::of(&d).expect("a till")
}

pub(crate) fn till(closed: bool) -> TillView {
    let mut view = no_till();
    view.days
        .insert(0, ("2026-11-21".into(), closed.then_some(-600)));
    view.till = Some(ShownTill {
        id: "c1".into(),
        till: made(closed),
        counted: Counted::decode("1000x2 500x4 100x9"),
        waived: (3, 5_400),
        citizens: BTreeMap::from([("r1".to_owned(), "Maria do Rosário Conceição".to_owned())]),
    });
    view
}

pub(crate) fn no_till() -> TillView {
    TillView {
        today: "2026-11-21".into(),
        till: None,
        others: people().split_off(1),
        second_person_cents: 500,
        days: vec![
            ("2026-11-20".into(), Some(0)),
            ("2026-11-19".into(), Some(50)),
        ],
    }
}

pub(crate) fn paid() -> Payment {
    Payment::Settled {
        day: "2026-11-21".into(),
        movement: Box::new(made(false).movements.remove(0)),
    }
}

pub(crate) fn payment(payment: Payment, till: TillNow) -> PaymentView {
    PaymentView {
        request: "r1".into(),
        number: "M07-4821-7QK-3".into(),
        service: housing().title,
        citizen: "Maria do Rosário Conceição".into(),
        fee_cents: 500,
        payment,
        till,
        references: Some(3),
    }
}

impl Tills for FakeDesk {
    fn till(&self, _: &Session, day: Option<&str>) -> Result<TillView, DeskError> {
        match day {
            None => Ok(till(false)),
            Some("2026-11-21") => Ok(till(true)),
            Some(_) => Err(DeskError::NotFound),
        }
    }
    fn open_till(&self, _: &Session, _: &Counted) -> Result<(), DeskError> {
        Ok(())
    }
    fn keep_count(&self, _: &Session, _: &str, _: &Counted) -> Result<(), DeskError> {
        Ok(())
    }
    fn close_till(&self, _: &Session, _: &str, closing: &ToClose<'_>) -> Result<(), DeskError> {
        match closing.second.pin {
            "1234" => Ok(()),
            _ => Err(DeskError::NotNow(
                "Segunda pessoa: o PIN não está certo.".into(),
            )),
        }
    }
    fn void(
        &self,
        _: &Session,
        _: &str,
        _: u64,
        reason: &str,
        _: &Second<'_>,
    ) -> Result<(), DeskError> {
        match reason {
            "" => Err(DeskError::NotNow(
                "Escreva porque se anula o movimento.".into(),
            )),
            _ => Ok(()),
        }
    }
    fn add_late(&self, _: &Session, _: &str, _: &Late<'_>) -> Result<(), DeskError> {
        Ok(())
    }
    fn payment(&self, _: &Session, request: &str) -> Result<PaymentView, DeskError> {
        match request {
            "r1" => Ok(payment(Payment::Due, TillNow::Open)),
            _ => Err(DeskError::NotFound),
        }
    }
    fn receive(&self, _: &Session, _: &str, paid: &Paid<'_>) -> Result<(), DeskError> {
        match (paid.how, paid.reference) {
            (How::Terminal, "") => Err(DeskError::NotNow(
                "Escreva a referência que está no talão do terminal.".into(),
            )),
            _ => Ok(()),
        }
    }
}
