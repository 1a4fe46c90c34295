//! Packs of paper for the samples.

use vereda_sync::day::Date;
use vereda_sync::record::late::Late;
use vereda_sync::record::tour::Hour;

use super::tours::by;
use super::{housing, words};
use crate::desk::packs::Refused;
use crate::desk::port::{
    BlankState, BlankView, DeskError, PackRow, PackView, Packs, PacksView, Session, ToEnter,
    TypedLate,
};
use crate::samples::fake::FakeDesk;

pub(crate) fn late() -> Late {
    Late {
        number: "M07-4821-7QK9-3".into(),
        service: "housing".into(),
        day: Date::parse("2026-11-20").expect("a day"),
        hour: Hour::parse("10:15").expect("an hour"),
        at_ms: 1_795_200_900_000,
        place: "Alferce, salão da junta".into(),
        person: "Rui Pires".into(),
    }
}

fn row(id: &str, is_own: bool) -> PackRow {
    PackRow {
        id: id.into(),
        spot: if is_own {
            "Espaço Móvel 07".into()
        } else {
            "Loja de Oleiros".into()
        },
        is_own,
        by: by("Ana Martins, Espaço Móvel 07"),
        blank: 2,
        entered: 1,
        voided: 1,
    }
}

pub(crate) fn packs(is_empty: bool) -> PacksView {
    let services = ["housing", "cesd", "address", "benefit"].map(|id| {
        let title = match id {
            "housing" => housing().title,
            "cesd" => words("Cartão europeu de saúde", "Health card"),
            "address" => words("Mudança de morada", "Change of address"),
            _ => words("Subsídio de doença", "Sickness benefit"),
        };
        (id.to_owned(), title)
    });
    PacksView {
        services: services.to_vec(),
        packs: match is_empty {
            true => vec![],
            false => vec![row("p1", true), row("p2", false)],
        },
    }
}

fn blank(number: &str, state: BlankState) -> BlankView {
    BlankView {
        number: number.into(),
        service: housing().id,
        title: housing().title,
        state,
    }
}

pub(crate) fn pack(is_own: bool) -> PackView {
    let voided = BlankState::Voided(by("Rui Pires, Espaço Móvel 07"), "Molhou-se.".into());
    PackView {
        row: row("p1", is_own),
        blanks: vec![
            blank("M07-4821-7QK9-3", BlankState::Blank),
            blank("M07-8R2C-1XW0-N", BlankState::Begun("a1".into())),
            blank("M07-V0JK-55D3-9", BlankState::Entered("r1".into())),
            blank("M07-6PZQ-E81A-M", voided),
        ],
        services: vec![housing()],
        edition: 3,
    }
}

pub(crate) fn to_enter(begun: bool) -> ToEnter {
    ToEnter {
        number: late().number,
        title: housing().title,
        printed: "2026-11-16".into(),
        begun: begun.then(|| "a1".into()),
        typed: TypedLate::of(&late()),
    }
}

pub(crate) fn refused() -> Refused {
    Refused {
        number: "M07-4821-7QK9-4".into(),
        asked: vec![("cesd".into(), 10)],
        problem: "Esse número não está certo: compare-o com o do impresso, letra a letra.".into(),
    }
}

impl Packs for FakeDesk {
    fn packs(&self, _: &Session) -> Result<PacksView, DeskError> {
        Ok(packs(false))
    }
    fn make_pack(&self, _: &Session, _: &[(String, u16)]) -> Result<String, DeskError> {
        Ok("p1".into())
    }
    fn pack(&self, _: &Session, _: &str) -> Result<PackView, DeskError> {
        Ok(pack(true))
    }
    fn void_blanks(&self, _: &Session, _: &str, _: Option<&str>, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn find_blank(&self, _: &Session, _: &str, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn blank(&self, _: &Session, _: &str) -> Result<ToEnter, DeskError> {
        Ok(to_enter(false))
    }
    fn enter_late(&self, _: &Session, _: &TypedLate) -> Result<String, DeskError> {
        Ok("a1".into())
    }
}
