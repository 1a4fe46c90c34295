//! Occurrences for the samples.

use vereda_sync::day::Date;
use vereda_sync::record::occurrence::{Declared, Waives};

use super::fake::FakeDesk;
use super::{ago, words};
use crate::console::port::OccurrencesAtHub;
use crate::desk::port::{
    By, CrewChanged, DeskError, OccurrenceState, OccurrenceView, Occurrences, OccurrencesView,
    Offered, Session, TypedOccurrence, TypedWaives,
};

fn by(who: &str) -> By {
    By {
        who: who.into(),
        at: ago(7_200),
    }
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap_or(Date::FIRST)
}

/// One that a crew declared; `is_confirmed`: the hub said so too.
pub(crate) fn fire(is_confirmed: bool) -> OccurrenceView {
    OccurrenceView {
        id: "o1".into(),
        declared: Declared {
            name: "Incêndio de Monchique".into(),
            municipalities: vec!["Monchique".into(), "Silves".into()],
            scopes: vec!["monchique".into()],
            from: date("2026-11-20"),
            until: date("2026-12-31"),
            reason: "Casas ardidas em Alferce e Marmelete; a Proteção Civil pediu o balcão.".into(),
            waives: Waives::Only(vec!["cc-renewal".into(), "imt-licence".into()]),
            relaxes: true,
            first: vec!["housing-aid".into()],
            languages: vec!["uk".into()],
        },
        state: OccurrenceState::InForce,
        by: by("Ana Martins"),
        spot: Some("Espaço Móvel 07".into()),
        confirmed: is_confirmed.then(|| by("Carla Nunes")),
        is_own: true,
        changed: is_confirmed.then(|| (by("Carla Nunes"), "O fogo chegou a Silves.".into())),
        crew_changed: is_confirmed.then(|| CrewChanged {
            by: by("Ana Martins, Espaço Móvel 07"),
            reason: "Também em Odemira.".into(),
            from: "2026-11-20".into(),
            until: "2027-01-10".into(),
            municipalities: vec!["Monchique".into(), "Odemira".into()],
        }),
        waived: vec![
            "Renovação do Cartão de Cidadão".into(),
            "Carta de condução".into(),
        ],
        first: vec!["Apoio à habitação ardida".into()],
        languages: vec!["ucraniano".into()],
        requests: 12,
        waived_cents: 19_800,
    }
}

/// One of the hub's that was ended.
pub(crate) fn flood() -> OccurrenceView {
    let fire = fire(true);
    OccurrenceView {
        id: "o2".into(),
        declared: Declared {
            name: "Cheias do Arade".into(),
            municipalities: vec![],
            waives: Waives::All,
            relaxes: false,
            ..fire.declared
        },
        state: OccurrenceState::Ended(by("Carla Nunes"), "A água baixou.".into()),
        by: by("Carla Nunes, Central do Algarve"),
        spot: None,
        is_own: false,
        changed: None,
        crew_changed: None,
        waived: vec![],
        first: vec![],
        languages: vec![],
        requests: 0,
        waived_cents: 0,
        ..fire
    }
}

fn services() -> Vec<Offered> {
    [
        ("housing-aid", "Apoio à habitação ardida", 0),
        ("cc-renewal", "Renovação do Cartão de Cidadão", 1_800),
        ("imt-licence", "Carta de condução", 3_000),
    ]
    .map(|(id, title, fee_cents)| Offered {
        id: id.into(),
        title: words(title, title),
        fee_cents,
    })
    .to_vec()
}

pub(crate) fn typed() -> TypedOccurrence {
    TypedOccurrence {
        name: "Incêndio de Monchique".into(),
        from: "2026-11-22".into(),
        until: "2025-12-31".into(),
        reason: "Casas ardidas.".into(),
        waives: TypedWaives::Only,
        waived: vec!["cc-renewal".into()],
        relaxes: true,
        first: vec!["housing-aid".into()],
        languages: vec!["uk".into()],
        ..TypedOccurrence::default()
    }
}

pub(crate) fn view(is_empty: bool) -> OccurrencesView {
    OccurrencesView {
        here: if is_empty { vec![] } else { vec![fire(false)] },
        others: if is_empty { vec![] } else { vec![flood()] },
        services: services(),
        today: "2026-11-22".into(),
    }
}

pub(crate) fn at_hub(is_empty: bool) -> OccurrencesAtHub {
    OccurrencesAtHub {
        all: match is_empty {
            true => vec![],
            false => vec![fire(false), flood()],
        },
        services: services(),
        scopes: vec!["monchique".into(), "loule".into()],
        today: "2026-11-22".into(),
    }
}

impl Occurrences for FakeDesk {
    fn occurrences(&self, _: &Session) -> Result<OccurrencesView, DeskError> {
        Ok(view(false))
    }
    fn declare_occurrence(&self, _: &Session, _: &TypedOccurrence) -> Result<String, DeskError> {
        Ok("o1".into())
    }
    fn change_occurrence(
        &self,
        _: &Session,
        _: &str,
        _: &TypedOccurrence,
        _: &str,
    ) -> Result<(), DeskError> {
        Ok(())
    }
    fn end_occurrence(&self, _: &Session, _: &str, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
}
