//! Memory sticks for the samples.

use super::ago;
use crate::desk::port::{
    Became, DeskError, ReadFile, SavedOn, Session, Stick, StickState, StickWork, Sticks, SticksView,
};
use crate::samples::fake::FakeDesk;

fn stick(id: &str, name: &str, writable: bool, (parts, receipts): (u64, u64)) -> Stick {
    Stick {
        id: id.into(),
        name: name.into(),
        writable,
        free: Some(7_450 << 20),
        parts,
        receipts,
    }
}

/// Two of them, with what was done last.
pub(crate) fn view(state: Option<StickState>) -> SticksView {
    SticksView {
        sticks: vec![
            stick("p1", "PEN DA ANA", true, (3, 1)),
            stick("p2", "KINGSTON", false, (0, 0)),
        ],
        work: state.map(|state| StickWork {
            stick: "PEN DA ANA".into(),
            since: ago(40),
            state,
        }),
        cannot: None,
    }
}

pub(crate) fn none() -> SticksView {
    SticksView {
        sticks: vec![],
        ..view(None)
    }
}

pub(crate) fn cannot() -> SticksView {
    SticksView {
        cannot: Some(
            "Isto é um treino, ou este posto trabalha sem central: não há para onde levar.".into(),
        ),
        ..none()
    }
}

pub(crate) fn saved() -> StickState {
    StickState::Saved(SavedOn {
        parts: 3,
        kept: 1,
        changes: 312,
        photographs: 4,
        receipts: 1,
    })
}

pub(crate) fn read() -> StickState {
    let node = || "solidario-02".to_owned();
    let all = [
        Became::Carried {
            node: node(),
            new: true,
        },
        Became::Carried {
            node: node(),
            new: false,
        },
        Became::Own,
        Became::Ordered,
        Became::Passes,
        Became::Receipt {
            changes: 312,
            new: true,
        },
        Became::ReceiptCarried {
            node: node(),
            new: true,
        },
        Became::Refused(
            "está estragado ou incompleto: guarde de novo na pen, no posto de onde vem".into(),
        ),
    ];
    let file = |(n, became)| ReadFile {
        name: format!("solidario-02-4f1c22aa-00{n}-of-006.vereda-bundle"),
        became,
    };
    StickState::Read((1..).zip(all).map(file).collect())
}

pub(crate) fn failed() -> StickState {
    StickState::Failed(
        "A pen está cheia. Use outra, ou apague dela o que não faz falta. Nada se perdeu.".into(),
    )
}

impl Sticks for FakeDesk {
    fn sticks(&self) -> Result<SticksView, DeskError> {
        Ok(view(None))
    }
    fn save_to(&self, _: &Session, stick: &str) -> Result<(), DeskError> {
        match stick {
            "p1" => Ok(()),
            "p2" => Err(DeskError::NotNow(
                "Espere: ainda se está a trabalhar com uma pen.".into(),
            )),
            _ => Err(DeskError::NotFound),
        }
    }
    fn read_from(&self, session: &Session, stick: &str) -> Result<(), DeskError> {
        self.save_to(session, stick)
    }
}
