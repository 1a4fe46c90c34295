//! What a spot carries, for the samples.

use super::ago;
use crate::desk::port::{
    CarriedLoan, CarriedScope, CarriedView, CarriedVisit, Carrying, DeskError, Session,
};
use crate::moment::Moment;
use crate::samples::fake::FakeDesk;

/// A vehicle in the midst of its day.
pub(crate) fn view() -> CarriedView {
    let people = |all: &[(&str, &str)]| {
        let own = all
            .iter()
            .map(|(name, why)| ((*name).to_owned(), (*why).to_owned()));
        own.collect()
    };
    let visit = |place: &str, day: &str, is_over, all| CarriedVisit {
        place: place.to_owned(),
        day: day.to_owned(),
        is_over,
        people: people(all),
    };
    CarriedView {
        scopes: vec![CarriedScope {
            name: "monchique".to_owned(),
            requests: 312,
            attendances: 207,
        }],
        keep_days: Some(90),
        visits: vec![
            visit(
                "Marmelete",
                "2026-11-22",
                true,
                &[("João Peixeiro", "marcação das 10:30")],
            ),
            visit(
                "Lar de Santa Rita, Alferce",
                "2026-11-23",
                false,
                &[
                    (
                        "Maria Rosa",
                        "marcação das 10:30: Cartão Europeu de Seguro de Doença",
                    ),
                    ("Amélia Sequeira", "residente da lista, quarto 12"),
                ],
            ),
        ],
        more_expected: 4,
        lent: vec![
            CarriedLoan {
                id: "r1".to_owned(),
                number: "S02-26K9-F3TP-7".to_owned(),
                citizen: "Carlos Galhofas".to_owned(),
                until: Some(Moment {
                    unix_ms: ago(0).unix_ms + 36 * 3_600_000,
                    ..ago(0)
                }),
                for_visit: true,
            },
            CarriedLoan {
                id: "r2".to_owned(),
                number: "S02-8WQ1-M2HJ-K".to_owned(),
                citizen: "Rosa Duarte".to_owned(),
                until: None,
                for_visit: false,
            },
        ],
        photographs: (48, 19_400_000),
        for_others: (2, 310_000),
        left: 1_204,
    }
}

impl Carrying for FakeDesk {
    fn carried(&self, _: &Session) -> Result<CarriedView, DeskError> {
        Ok(view())
    }
}
