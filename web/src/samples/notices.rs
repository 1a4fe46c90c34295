//! Notices for the samples.

use super::{ago, people};
use crate::console::notices::List;
use crate::console::port::{NoticeRow, NoticeView};
use crate::desk::port::{By, Matter, Message};

const TEXT: &str =
    "O portal das Finanças está em baixo até às 16 h.\nRegistem os pedidos: seguem depois.";

pub(crate) fn message(is_urgent: bool) -> Message {
    Message {
        id: format!("n{}", u8::from(is_urgent)),
        about: Matter::Notice {
            is_urgent,
            until: "2026-11-23".into(),
        },
        text: TEXT.into(),
        by: "Carla Nunes, Central do Algarve".into(),
        at: ago(600),
    }
}

fn row(id: &str, is_urgent: bool, missing: u64) -> NoticeRow {
    NoticeRow {
        id: id.into(),
        text: TEXT.into(),
        is_urgent,
        until: "2026-11-23".into(),
        is_over: !is_urgent,
        by: By {
            who: "Carla Nunes".into(),
            at: ago(600),
        },
        seen: 2,
        missing,
    }
}

pub(crate) fn list(is_empty: bool) -> List {
    match is_empty {
        true => List {
            notices: vec![],
            spots: vec![],
        },
        false => List {
            notices: vec![row("n1", true, 1), row("n2", false, 4), row("n3", false, 0)],
            spots: people(),
        },
    }
}

pub(crate) fn view() -> NoticeView {
    let by = |who: &str| By {
        who: who.into(),
        at: ago(300),
    };
    NoticeView {
        row: row("n1", true, 1),
        seen: vec![
            by("Ana Martins, Espaço Móvel 07"),
            by("Rui Pereira, Loulé 2"),
        ],
        missing: vec!["Aljezur".into()],
    }
}
