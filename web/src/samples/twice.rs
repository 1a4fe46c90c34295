//! A request that seems to be made twice, for the samples.

use vereda_sync::record::Life;

use super::fake::FakeDesk;
use super::row;
use crate::desk::port::{DeskError, MadeTwice, RequestRow, Session, Twice, TwiceHere};

fn other() -> RequestRow {
    RequestRow {
        spot: "Espaço Móvel 02".into(),
        ..row("r7", Life::Recorded, "Maria Rosário Conceição", false)
    }
}

pub(crate) fn twice() -> Vec<Twice> {
    vec![Twice {
        other: other(),
        why: vec![
            "O NIF é o mesmo.".into(),
            "O nome difere em 2 letras.".into(),
        ],
    }]
}

pub(crate) fn here() -> TwiceHere {
    TwiceHere {
        row: row("r1", Life::Received, "Maria do Rosário Conceição", false),
        other: other(),
    }
}

impl MadeTwice for FakeDesk {
    fn leave_both(&self, _: &Session, _: &str, _: &str, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
}
