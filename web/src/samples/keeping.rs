//! The copy of what is being typed, for the samples.

use super::ago;
use crate::desk::keeping::Shown;
use crate::desk::port::{
    Awaited, CopyRow, DayOfCopy, DayStop, DeskError, KeepView, Keeping, Recovered, Session,
};
use crate::samples::fake::FakeDesk;

pub(crate) fn well() -> KeepView {
    KeepView {
        last: Some(ago(7)),
        lacking: None,
        trouble: None,
        on_same_disk: false,
        by_code: true,
        by_hub: true,
    }
}

pub(crate) fn pulled() -> KeepView {
    KeepView {
        lacking: Some(ago(300)),
        trouble: Some("A pen ou o disco da cópia não está ligado. Ligue-o outra vez.".into()),
        ..well()
    }
}

pub(crate) fn late() -> KeepView {
    KeepView {
        lacking: Some(ago(50)),
        on_same_disk: true,
        by_hub: false,
        ..well()
    }
}

pub(crate) fn new() -> KeepView {
    KeepView {
        last: None,
        by_code: false,
        ..well()
    }
}

fn copies() -> Vec<CopyRow> {
    vec![CopyRow {
        id: "c1".into(),
        spot: "Espaço Móvel 02".into(),
        at: ago(2_400),
        is_own: false,
    }]
}

pub(crate) fn day(is_empty: bool) -> DayOfCopy {
    let some = |n: usize| if is_empty { 0 } else { n };
    let awaited = Awaited {
        hour: "10:30".into(),
        name: "Maria do Rosário Conceição".into(),
        phone: "912 345 678".into(),
        service: "Cartão europeu de saúde".into(),
    };
    let stop = |hours: &str, place: &str, over| DayStop {
        hours: hours.into(),
        place: place.into(),
        over,
        awaited: if over { vec![] } else { vec![awaited.clone()] },
    };
    let stops = [
        stop("08:30–09:30", "Marmelete, Monchique", true),
        stop("10:00–12:00", "Alferce, Monchique", false),
    ];
    let open = [
        (
            "José Amaro Duarte".to_owned(),
            "Ana Martins".to_owned(),
            ago(900),
        ),
        (String::new(), "Rui Pires".to_owned(), ago(300)),
    ];
    let given = (
        "M07-4821-7QK9-3".to_owned(),
        "Morada".to_owned(),
        ago(4_000),
    );
    DayOfCopy {
        spot: "Espaço Móvel 07".into(),
        at: ago(40),
        day: "2026-11-21".into(),
        stops: stops.into_iter().take(some(2)).collect(),
        open: open.into_iter().take(some(2)).collect(),
        recorded: std::iter::repeat_n(given, some(3)).collect(),
        till: (!is_empty).then(|| ("2026-11-21".into(), false, 12_350)),
    }
}

pub(crate) fn shown(keep: Option<KeepView>) -> Shown {
    Shown {
        copies: if keep.is_some() { copies() } else { vec![] },
        keep,
        ..Shown::default()
    }
}

pub(crate) fn with_code() -> Shown {
    Shown {
        code: Some("7QK3M-2WQ7H-5JX4M-9TB6R-0ZC8V".into()),
        ..shown(Some(well()))
    }
}

pub(crate) fn refused() -> Shown {
    Shown {
        problem: "Este código não abre a cópia de Espaço Móvel 02. Confirme-o no papel.".into(),
        ..shown(Some(well()))
    }
}

pub(crate) fn recovered() -> Recovered {
    Recovered {
        spot: "Espaço Móvel 02".into(),
        at: ago(2_400),
    }
}

impl Keeping for FakeDesk {
    fn keeping(&self) -> Option<KeepView> {
        Some(well())
    }
    fn new_recovery_code(&self, _: &Session) -> Result<String, DeskError> {
        Ok("7QK3M-2WQ7H-5JX4M-9TB6R-0ZC8V".into())
    }
    fn copies(&self) -> Result<Vec<CopyRow>, DeskError> {
        Ok(copies())
    }
    fn day_of_copy(&self, _: &Session, _: &str, _: &str) -> Result<DayOfCopy, DeskError> {
        Ok(day(false))
    }
    fn recover(&self, _: &Session, copy: &str, _: &str) -> Result<usize, DeskError> {
        match copy {
            "c1" => Ok(1),
            _ => Err(DeskError::NotFound),
        }
    }
}
