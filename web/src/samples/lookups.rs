//! Look-ups for the samples.

use vereda_sync::catalogue::Words;
use vereda_sync::record::Life;

use super::{ago, housing, row as request, words};
use crate::desk::port::{
    DeskError, FoundRequest, LentNearby, LookupRow, LookupState, LookupView, Lookups, Session,
};
use crate::samples::fake::FakeDesk;

pub(crate) fn waits(at_hub: bool) -> LookupState {
    LookupState::Waits { at_hub }
}

pub(crate) fn answered(found: usize, over: bool) -> LookupState {
    LookupState::Answered {
        found,
        more: if found > 0 { 3 } else { 0 },
        until: ago(if over { 3_600 } else { -250_000 }),
        over,
    }
}

pub(crate) fn refused() -> LookupState {
    LookupState::Refused(
        "Este posto já consultou a central 200 vezes em 24 horas. Ligue ao centro de contacto."
            .into(),
    )
}

pub(crate) fn row(state: LookupState) -> LookupRow {
    LookupRow {
        id: "k1".into(),
        by: words("NIF — número de contribuinte", "NIF — tax number"),
        number: "••• ••6 789".into(),
        reason: "Evacuada de Oleiros; perdeu os papéis e não sabe em que ponto está o pedido."
            .into(),
        who: "Ana Martins, Espaço Móvel 07".into(),
        at: ago(600),
        state,
        near: vec![],
    }
}

/// Two spots nearby lent; of one that is over.
pub(crate) fn nearby(state: LookupState) -> LookupRow {
    let lent = |spot: &str, over: bool| LentNearby {
        spot: spot.into(),
        found: 1,
        until: ago(if over { 3_600 } else { -80_000 }),
        over,
    };
    LookupRow {
        near: vec![
            lent("Espaço Móvel 12", false),
            lent("Espaço Solidário 02", true),
        ],
        ..row(state)
    }
}

pub(crate) fn rows() -> Vec<LookupRow> {
    let states = [
        waits(false),
        waits(true),
        answered(2, false),
        answered(0, false),
        answered(2, true),
        refused(),
    ];
    let near = nearby(waits(false));
    states.into_iter().map(row).chain([near]).collect()
}

/// Lent by spots nearby, while the hub has not answered.
pub(crate) fn view_nearby() -> LookupView {
    LookupView {
        row: nearby(waits(false)),
        ..view(answered(2, false))
    }
}

pub(crate) fn view(state: LookupState) -> LookupView {
    let over = matches!(state, LookupState::Answered { over: true, .. });
    let found = |id: &str, here: bool| FoundRequest {
        number: format!("OLE-4821-{id}-K"),
        service: housing().title,
        spot: "Espaço Cidadão de Oleiros".into(),
        here: here.then(|| request(id, Life::Received, "Maria do Rosário Conceição", false)),
    };
    let any = matches!(state, LookupState::Answered { found: 1.., .. });
    LookupView {
        row: row(state),
        found: match any {
            true => vec![found("r1", !over), found("r2", false)],
            false => vec![],
        },
    }
}

pub(crate) fn numbers() -> Vec<(String, Words)> {
    vec![
        (
            "nif".into(),
            words("NIF — número de contribuinte", "NIF — tax number"),
        ),
        (
            "receipt".into(),
            words("Número do comprovativo", "Number of the receipt"),
        ),
    ]
}

impl Lookups for FakeDesk {
    fn numbers(&self) -> Vec<(String, Words)> {
        numbers()
    }
    fn known_number(
        &self,
        _: &Session,
        attendance: &str,
    ) -> Result<Option<(String, String)>, DeskError> {
        match attendance {
            "a1" => Ok(Some(("nif".into(), "123456789".into()))),
            _ => Err(DeskError::NotFound),
        }
    }
    fn look_up(&self, _: &Session, _: &str, _: &str, reason: &str) -> Result<String, DeskError> {
        match reason.trim() {
            "" => Err(DeskError::NotNow(
                "Escreva porque é preciso consultar: fica guardado com o seu nome.".into(),
            )),
            _ => Ok("k1".into()),
        }
    }
    fn lookups(&self, _: &Session) -> Result<Vec<LookupRow>, DeskError> {
        Ok(rows())
    }
    fn lookup(&self, _: &Session, id: &str) -> Result<LookupView, DeskError> {
        match id {
            "k1" => Ok(view(answered(2, false))),
            _ => Err(DeskError::NotFound),
        }
    }
}
