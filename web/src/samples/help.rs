//! Tickets for the samples.

use vereda_sync::record::ticket::State;

use super::{ago, housing, words};
use crate::desk::port::{About, DeskError, Help, Said, Session, TicketRow, TicketView};
use crate::samples::fake::FakeDesk;

pub(crate) fn about() -> About {
    About {
        request: "r1".into(),
        number: Some("M07-4821-7QK-3".into()),
        service: housing().title,
        citizen: "Maria do Rosário Conceição".into(),
    }
}

pub(crate) fn row(state: State) -> TicketRow {
    TicketRow {
        id: "t1".into(),
        subject: "A apólice do seguro está em nome do marido, já falecido. Serve?".into(),
        about: Some(about()),
        state,
        spot: "Espaço Móvel 07".into(),
        changed: ago(5_400),
        at_hub: state != State::Waits,
    }
}

pub(crate) fn rows() -> Vec<TicketRow> {
    vec![
        row(State::Answered),
        TicketRow {
            id: "t2".into(),
            subject: "O terminal não imprime o talão.".into(),
            about: None,
            ..row(State::Waits)
        },
        row(State::Closed),
    ]
}

pub(crate) fn ticket(state: State) -> TicketView {
    let said = |text: &str, is_answer, by: &str, seconds| Said {
        text: text.into(),
        is_answer,
        by: by.into(),
        at: ago(seconds),
    };
    let mut all = vec![said(
        "A apólice do seguro está em nome do marido, já falecido. Serve?\nA certidão de óbito está junta.",
        false,
        "Ana Martins, Espaço Móvel 07",
        90_000,
    )];
    if state != State::Waits {
        all.push(said(
            "Serve, com a habilitação de herdeiros. Junte-a em fotografia.",
            true,
            "Carla Nunes, central",
            5_400,
        ));
    }
    TicketView {
        row: row(state),
        said: all,
        context: vec![
            (words("Telefone", "Telephone"), "••• 5 678".into()),
            (
                words("O que ficou destruído", "What was destroyed"),
                "O telhado.".into(),
            ),
        ],
    }
}

impl Help for FakeDesk {
    fn tickets(&self, _: &Session) -> Result<Vec<TicketRow>, DeskError> {
        Ok(rows())
    }
    fn about(&self, _: &Session, request: &str) -> Result<About, DeskError> {
        match request {
            "r1" => Ok(about()),
            _ => Err(DeskError::NotFound),
        }
    }
    fn open_ticket(&self, _: &Session, _: &str, question: &str) -> Result<String, DeskError> {
        match question.trim() {
            "" => Err(DeskError::NotNow("Escreva a pergunta.".into())),
            _ => Ok("t1".into()),
        }
    }
    fn ticket(&self, _: &Session, id: &str) -> Result<TicketView, DeskError> {
        match id {
            "t1" => Ok(ticket(State::Answered)),
            _ => Err(DeskError::NotFound),
        }
    }
    fn say(&self, _: &Session, _: &str, text: &str) -> Result<(), DeskError> {
        self.open_ticket(&super::session(), "", text).map(|_| ())
    }
    fn close_ticket(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
}
