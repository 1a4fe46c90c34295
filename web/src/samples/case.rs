//! Cases for the samples.

use vereda_sync::record::Life;

use super::{ago, outcome, people, row};
use crate::desk::port::{
    Addressees, By, Case, Cases, DeskError, Disclosure, FollowUp, HandedOver, Parked, Person,
    ProofOwed, Question, Request, Returned, Session, Waiting, Withdrawal,
};
use crate::samples::fake::FakeDesk;

fn by(who: &str, seconds: i64) -> By {
    By {
        who: who.into(),
        at: ago(seconds),
    }
}

fn returned(is_corrected: bool) -> Returned {
    Returned {
        field: "iban".into(),
        label: "IBAN".into(),
        refused: "PT50 0002 0123 1234 5678 9015 4".into(),
        is_corrected,
        reason: "O banco diz que a conta já não existe.".into(),
        by: by("Carla Nunes, Central do Algarve", 7_200),
    }
}

fn question() -> Question {
    Question {
        id: "q1".into(),
        agency: "CCDR".into(),
        text: "A casa está habitada, ou mudaram-se todos?".into(),
        at: ago(4_000),
    }
}

/// What its agency was told.
pub(crate) fn disclosed() -> Vec<Disclosure> {
    let told = |what: &str, seconds, fields: &[&str]| Disclosure {
        agency: "CCDR".into(),
        at: ago(seconds),
        what: what.into(),
        fields: fields.iter().map(|f| (*f).to_owned()).collect(),
    };
    let all = [
        "Nome completo",
        "Data de nascimento",
        "NIF",
        "IBAN",
        "Telefone",
        "Fotografias",
    ];
    vec![
        told("pedido registado", 80_000, &all),
        told("alteração do pedido", 9_000, &all),
    ]
}

fn handed_over(is_for_us: bool) -> HandedOver {
    HandedOver {
        to: "Rui Pereira, Espaço Móvel 07".into(),
        is_for_us,
        note: "Mora agora com a filha em Loulé; falta a caderneta.".into(),
        by: by("Teresa Guerreiro, Loulé 2", 9_000),
    }
}

fn parked() -> Parked {
    Parked {
        reason: "Volta na quinta-feira com a caderneta predial.".into(),
        by: by("Ana Martins, Espaço Móvel 07", 80_000),
    }
}

fn follow_up(is_due: bool) -> FollowUp {
    FollowUp {
        on: if is_due { "2026-11-21" } else { "2026-12-01" }.into(),
        is_due,
        text: "Perguntar à CCDR se a vistoria foi marcada.".into(),
        by: by("Ana Martins, Espaço Móvel 07", 500_000),
    }
}

fn here() -> Case {
    Case {
        is_here: true,
        holder: "Espaço Móvel 07".into(),
        ..Case::default()
    }
}

/// What waits for a desk on «Hoje».
pub(crate) fn waiting() -> Vec<Waiting> {
    let cases = [
        (
            Life::Returned,
            Case {
                returned: vec![returned(false)],
                ..here()
            },
        ),
        (
            Life::Accepted,
            Case {
                asked: vec![question()],
                ..here()
            },
        ),
        (
            Life::Received,
            Case {
                handed_over: Some(handed_over(true)),
                ..Case::default()
            },
        ),
        (
            Life::Draft,
            Case {
                parked: Some(parked()),
                ..here()
            },
        ),
        (
            Life::Received,
            Case {
                to_look_at: vec![follow_up(true)],
                ..here()
            },
        ),
        (
            Life::Received,
            Case {
                proof: Some(ProofOwed {
                    until: "2026-11-20".into(),
                    is_due: true,
                }),
                ..here()
            },
        ),
        (
            Life::Returned,
            Case {
                telling: outcome::telling(true),
                ..here()
            },
        ),
    ];
    let waiting = cases
        .into_iter()
        .zip(["DD", "JJ", "EE", "FF", "GG", "HH", "II"]);
    waiting
        .map(|((life, case), id)| Waiting {
            row: row(id, life, "Ilda Encarnação", false),
            case,
        })
        .collect()
}

/// A request in each state of its case, by name.
pub(crate) fn requests() -> Vec<(&'static str, Request)> {
    let of = |life, case| Request {
        row: row("BB", life, "José Amaro Duarte", false),
        case,
        ..super::request()
    };
    let withdrawn = |at_hub| Case {
        withdrawn: Some(Withdrawal {
            said_by: "a filha, com procuração".into(),
            reason: "A casa foi vendida.".into(),
            by: by("Ana Martins, Espaço Móvel 07", 300),
            at_hub,
        }),
        ..here()
    };
    vec![
        ("desistencia", of(Life::Withdrawn, withdrawn(false))),
        (
            "desistencia-central",
            of(
                Life::Withdrawn,
                Case {
                    telling: outcome::over(),
                    ..withdrawn(true)
                },
            ),
        ),
        (
            "devolvido",
            of(
                Life::Returned,
                Case {
                    returned: vec![returned(false)],
                    telling: outcome::telling(true),
                    to_look_at: vec![follow_up(true), follow_up(false)],
                    ..here()
                },
            ),
        ),
        (
            "devolvido-corrigido",
            of(
                Life::Returned,
                Case {
                    returned: vec![returned(true)],
                    ..here()
                },
            ),
        ),
        (
            "devolvido-outro",
            of(
                Life::Returned,
                Case {
                    returned: vec![returned(false)],
                    holder: "Loulé 2".into(),
                    ..Case::default()
                },
            ),
        ),
        (
            "entidade",
            Request {
                disclosed: disclosed(),
                ..of(
                    Life::Accepted,
                    Case {
                        asked: vec![question()],
                        ..here()
                    },
                )
            },
        ),
        (
            "concluido",
            Request {
                disclosed: disclosed(),
                ..of(Life::Completed, here())
            },
        ),
        (
            "entregue",
            of(
                Life::Received,
                Case {
                    handed_over: Some(handed_over(true)),
                    ..Case::default()
                },
            ),
        ),
        (
            "parado",
            of(
                Life::Draft,
                Case {
                    parked: Some(parked()),
                    ..here()
                },
            ),
        ),
    ]
}

pub(crate) fn addressees(known: bool) -> Addressees {
    let spot = |id: &str, name: &str| Person {
        id: id.into(),
        name: name.into(),
    };
    Addressees {
        row: row("BB", Life::Received, "José Amaro Duarte", false),
        people: people().split_off(if known { 1 } else { 3 }),
        spots: match known {
            true => vec![spot("loule-2", "Loulé 2"), spot("aljezur", "Aljezur")],
            false => vec![],
        },
        own_code: "movel-07".into(),
    }
}

impl Cases for FakeDesk {
    fn withdraw(&self, _: &Session, _: &str, _: &str, reason: &str) -> Result<(), DeskError> {
        match reason.trim() {
            "" => Err(DeskError::NotNow("Escreva o motivo.".into())),
            _ => Ok(()),
        }
    }
    fn follow_up(&self, _: &Session, _: &str, _: &str, _: &str) -> Result<(), DeskError> {
        Err(DeskError::DiskFull)
    }
    fn look_after(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn answer_agency(&self, _: &Session, _: &str, _: &str, _: &str) -> Result<(), DeskError> {
        Ok(())
    }

    fn hand_in(&self, _: &Session, _: &str, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn addressees(&self, _: &Session, _: &str) -> Result<Addressees, DeskError> {
        Ok(addressees(true))
    }
    fn hand_over(&self, _: &Session, _: &str, to: &str, _: &str) -> Result<(), DeskError> {
        match to {
            "" => Err(DeskError::NotNow("Escolha a quem.".into())),
            _ => Ok(()),
        }
    }
    fn take_over(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn park(&self, _: &Session, _: &str, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn resume(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
}
