//! Complaints for the samples.

use vereda_sync::record::Life;

use super::{ago, row, words};
use crate::desk::port::{
    By, ComplaintRow, ComplaintView, Complaints, DeskError, ReplyView, RequestRow, Session, Term,
};
use crate::samples::fake::FakeDesk;

fn complaint(id: &str, citizen: &str) -> RequestRow {
    RequestRow {
        service: words(
            "Reclamação, elogio ou sugestão (Livro Amarelo)",
            "Complaint, praise or suggestion (Yellow Book)",
        ),
        ..row(id, Life::Received, citizen, false)
    }
}

fn term(due: &str, days_left: i64, answered: Option<&str>) -> Term {
    Term {
        due: due.into(),
        days_left,
        is_over: days_left < 0,
        answered: answered.map(Into::into),
        is_withdrawn: false,
    }
}

pub(crate) fn rows() -> Vec<ComplaintRow> {
    let one = |id: &str, citizen: &str, term| ComplaintRow {
        row: complaint(id, citizen),
        term,
    };
    vec![
        one(
            "R1",
            "Maria do Rosário Conceição",
            term("2026-11-18", -3, None),
        ),
        one("R2", "José Amaro Duarte", term("2026-11-21", 0, None)),
        one("R3", "Ilda Encarnação", term("2026-12-16", 15, None)),
        one(
            "R4",
            "Carmo Ferrão",
            term("2026-11-12", -7, Some("2026-11-10")),
        ),
        one(
            "R5",
            "Zé Bento",
            term("2026-10-12", -28, Some("2026-11-02")),
        ),
        one(
            "R6",
            "Rosa Lopes",
            Term {
                is_withdrawn: true,
                ..term("2026-10-12", -28, None)
            },
        ),
    ]
}

pub(crate) fn view(is_answered: bool, language: &str) -> ComplaintView {
    let reply = ReplyView {
        is_of_hub: false,
        on: "2026-11-20".into(),
        from: "Instituto da Segurança Social, Dr.ª Helena Sá".into(),
        text: "Lamentamos a espera.\nA partir de segunda-feira há duas senhas a mais.".into(),
        by: By {
            who: "Ana Martins, Espaço Móvel 07 (Alferce)".into(),
            at: ago(3_600),
        },
    };
    ComplaintView {
        row: complaint("R1", "Maria do Rosário Conceição"),
        recorded_on: "2026-10-28".into(),
        term: match is_answered {
            true => term("2026-11-18", -3, Some("2026-11-20")),
            false => term("2026-11-18", -3, None),
        },
        replies: is_answered.then_some(reply).into_iter().collect(),
        language: language.into(),
    }
}

impl Complaints for FakeDesk {
    fn complaints(&self, _: &Session) -> Result<Vec<ComplaintRow>, DeskError> {
        Ok(rows())
    }
    fn complaint(&self, _: &Session, request: &str) -> Result<ComplaintView, DeskError> {
        match request {
            "r1" => Ok(view(true, "pt")),
            _ => Err(DeskError::NotFound),
        }
    }
    fn keep_reply(
        &self,
        _: &Session,
        _: &str,
        _: &str,
        _: &str,
        text: &str,
    ) -> Result<(), DeskError> {
        match text {
            "" => Err(DeskError::NotNow("Escreva o que responderam.".into())),
            _ => Ok(()),
        }
    }
}
