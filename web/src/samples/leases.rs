//! Values that agencies give out one by one, for the samples.

use vereda_sync::catalogue::Scarce;
use vereda_sync::record::lease::{Reserved, Value, Wrong};

use super::{housing, words};
use crate::console::leases::Pasted;
use crate::console::port::{ListRow, SpotStock, StockView};
use crate::desk::port::{DeskError, Hours, Leases, Low, Session};
use crate::samples::fake::FakeDesk;

fn value(scarce: Scarce, line: &str) -> Value {
    Value::parse(scarce, line).expect("a value")
}

pub(crate) fn reference() -> Value {
    value(Scarce::PaymentReference, "21312;123456789;5,00;2026-12-31")
}

fn slot(hour: &str) -> Value {
    let line = format!("Centro de Emprego de Portimão;2026-12-03;{hour}");
    value(Scarce::Appointment, &line)
}

pub(crate) fn hour() -> Reserved {
    Reserved::Has(slot("10:30"))
}

pub(crate) fn hours(chosen: bool) -> Hours {
    let left = vec![slot("09:30"), slot("10:30"), slot("14:00")];
    Hours {
        chosen: chosen.then(|| left[1].clone()),
        left,
    }
}

pub(crate) fn low() -> Vec<Low> {
    let of = |scarce, left| Low {
        service: housing().title,
        scarce,
        left,
    };
    vec![of(Scarce::PaymentReference, 3), of(Scarce::Appointment, 0)]
}

pub(crate) fn stock() -> StockView {
    let service = words("Certidão permanente predial", "Land registry certificate");
    let list = |id: &str, doubtful, is_withdrawn| ListRow {
        id: id.into(),
        service: service.clone(),
        scarce: Scarce::PaymentReference,
        given: 100,
        leased: 40,
        used: 22,
        free: if is_withdrawn { 0 } else { 60 - doubtful },
        doubtful,
        is_withdrawn,
    };
    let spot = |name: &str, left, doubtful| SpotStock {
        spot: name.into(),
        service: service.clone(),
        scarce: Scarce::PaymentReference,
        leased: 20,
        used: 20 - left - doubtful,
        left,
        doubtful,
    };
    StockView {
        kinds: vec![
            (
                "certidao-predial".into(),
                service.clone(),
                Scarce::PaymentReference,
            ),
            (
                "inscricao-emprego".into(),
                words("Inscrição para emprego", "Job registration"),
                Scarce::Appointment,
            ),
        ],
        lists: vec![
            list("l1", 0, false),
            list("l2", 60, false),
            list("l3", 0, true),
        ],
        spots: vec![spot("Espaço Móvel 07", 8, 0), spot("Loulé 2", 0, 4)],
    }
}

pub(crate) fn wrong() -> Pasted {
    Pasted {
        kind: "payment-reference certidao-predial".into(),
        text: "21312;123 456;18,00;2026-12-31\n21312;123456780;18,00;31-12-2026".into(),
        lines: vec![(1, Wrong::Reference), (2, Wrong::Day)],
        ..Pasted::default()
    }
}

impl Leases for FakeDesk {
    fn pay_later(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn choose_hour(&self, _: &Session, _: &str, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn give_hour(&self, _: &Session, _: &str, line: &str) -> Result<(), DeskError> {
        match line {
            "" => Err(DeskError::NotNow("Escolha uma hora.".into())),
            _ => Ok(()),
        }
    }
    fn running_low(&self) -> Result<Vec<Low>, DeskError> {
        Ok(low())
    }
}
