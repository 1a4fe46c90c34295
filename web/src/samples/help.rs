//! Tickets for the samples.

use vereda_sync::catalogue::Words;
use vereda_sync::record::ticket::State;

use super::{ago, housing, words};
use crate::console::help::One;
use crate::console::port::{Canned, CannedText};
use crate::desk::port::{
    About, By, DeskError, Help, Said, SecondLine, Session, Term, TicketRow, TicketView,
};
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
        is_urgent: false,
        second_line: None,
        term: None,
        hand: None,
    }
}

/// A term that ends in so many working days, or is over since so many.
fn term(days_left: i64) -> Term {
    Term {
        due: "2026-11-20".into(),
        days_left,
        is_over: days_left < 0,
        answered: None,
        is_withdrawn: false,
    }
}

/// With the second line, late, with a citizen at the desk, in somebody's hands: as the contact centre sees them.
pub(crate) fn of_the_centre() -> Vec<TicketRow> {
    let people = super::people();
    vec![
        TicketRow {
            second_line: Some(second_line()),
            term: Some(term(-2)),
            hand: Some(people[1].clone()),
            ..row(State::Waits)
        },
        TicketRow {
            id: "t2".into(),
            subject: "O terminal não imprime o talão.".into(),
            about: None,
            is_urgent: true,
            term: Some(term(0)),
            ..row(State::Waits)
        },
        TicketRow {
            id: "t3".into(),
            term: Some(term(3)),
            hand: Some(people[0].clone()),
            ..row(State::Waits)
        },
        row(State::Answered),
        row(State::Closed),
    ]
}

pub(crate) fn second_line() -> SecondLine {
    SecondLine {
        to: "Rui Pereira".into(),
        reason: "Só a entidade o pode dizer: já lhe perguntámos.".into(),
        by: By {
            who: "Carla Nunes".into(),
            at: ago(4_000),
        },
    }
}

/// The page of a question at the console.
pub(crate) fn one_of_the_centre(waits: TicketRow) -> One {
    One {
        view: TicketView {
            row: waits,
            ..ticket(State::Waits)
        },
        canned: canned(),
        people: super::people(),
    }
}

pub(crate) fn canned() -> Vec<Canned> {
    let of = |id, title: &str, service: Option<Words>, text: &str| Canned {
        id,
        written: CannedText {
            title: title.into(),
            service: service.as_ref().map_or("", |_| "housing").into(),
            text: text.into(),
        },
        service,
        by: By {
            who: "Carla Nunes".into(),
            at: ago(90_000),
        },
    };
    vec![
        of(
            1,
            "Apólice em nome de outra pessoa",
            Some(housing().title),
            "Serve, com a habilitação de herdeiros. Diga a {nome} que a junte ao pedido {numero}.",
        ),
        of(
            2,
            "Terminal sem papel",
            None,
            "Bom dia. Abra a tampa e ponha o rolo com o lado brilhante para cima.\n\n{agente}",
        ),
    ]
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
    fn open_ticket(
        &self,
        _: &Session,
        _: (&str, bool),
        question: &str,
    ) -> Result<String, DeskError> {
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
        self.open_ticket(&super::session(), ("", false), text)
            .map(|_| ())
    }
    fn close_ticket(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
}
