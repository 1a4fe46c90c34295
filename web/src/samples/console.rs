//! Samples of the console.

use vereda_sync::answer::Provenance;
use vereda_sync::catalogue::Settlement;
use vereda_sync::record::tour::Position;

use super::{NOW, ago, housing, session, words};
use crate::console::frame::Frame;
use crate::console::port::{
    AsideRow, Backlog, ByRule, Cause, Compared, Conflict, ConflictKind, ConflictRow, DecidedRow,
    Entitled, Keep, Proposed, Queue, Role, Side, Summary, Weighed,
};

pub(crate) fn summary() -> Summary {
    Summary {
        hub: "Central do Algarve".into(),
        records: 51_033,
        conflicts: 23,
        oldest_conflict: Some(ago(2 * 86_400 + 99)),
        tickets: 4,
        late_complaints: 1,
        alarms: 3,
        quarantined: 2,
        parked: 3,
        oldest_parked: Some(ago(3 * 86_400)),
        now: NOW,
    }
}

/// All roles, everywhere.
pub(crate) fn everything() -> Entitled {
    Entitled {
        roles: Role::ALL.to_vec(),
        regions: None,
    }
}

pub(crate) fn frame() -> Frame {
    Frame {
        session: session(),
        summary: summary(),
        guard: "0123456789abcdef".into(),
        entitled: everything(),
        drawn_at: 7,
    }
}

pub(crate) fn rows() -> Vec<ConflictRow> {
    vec![
        row(ConflictKind::Value, "c1"),
        row(ConflictKind::Duplicate, "c2"),
        ConflictRow {
            what: words("Telefone", "Telephone"),
            settlement: Settlement::Later,
            citizen: "Ilda Encarnação".into(),
            since: ago(600),
            region: "loule".into(),
            assigned: Some(session().person),
            ..row(ConflictKind::Value, "c3")
        },
    ]
}

pub(crate) fn row(kind: ConflictKind, id: &str) -> ConflictRow {
    ConflictRow {
        id: id.into(),
        kind,
        what: match kind {
            ConflictKind::Value => words("IBAN", "IBAN"),
            ConflictKind::Duplicate => housing().title,
            ConflictKind::Identity => words("Quem é", "Who it is"),
        },
        citizen: "Maria do Rosário Conceição".into(),
        service: housing().title,
        spots: vec!["Espaço Móvel 07".into(), "Loulé 2".into()],
        settlement: match kind {
            ConflictKind::Value | ConflictKind::Identity => Settlement::Two,
            ConflictKind::Duplicate => Settlement::Person,
        },
        since: ago(5 * 3600),
        region: "monchique".into(),
        assigned: None,
        proposed: (kind == ConflictKind::Value).then(|| proposed(false)),
    }
}

/// What somebody proposed; `own`: who looks.
pub(crate) fn proposed(own: bool) -> Proposed {
    Proposed {
        by: "Carla Nunes".into(),
        own,
        at: ago(1_200),
        keep: Keep::Side(1),
        reason: "Confirmado por telefone com a senhora, que leu o número da caderneta.".into(),
        is_stale: false,
        objection: None,
    }
}

pub(crate) fn by_rule() -> Vec<ByRule> {
    vec![
        ByRule {
            what: "M07-4821-7QK-3 · Renovação da carta de condução".into(),
            whose: "José Amaro Duarte".into(),
            address: "/pedido/r1".into(),
            text: "Registado com a edição 3 do catálogo, quando na central já estava a 4.".into(),
            rule: "Vale a edição em vigor no balcão quando o cidadão confirmou.",
            at: ago(86_400),
        },
        ByRule {
            what: "Alferce".into(),
            whose: "movel-07".into(),
            address: "/percurso/t1".into(),
            text: "A equipa esteve lá; entretanto o plano tinha mudado.".into(),
            rule: "O que aconteceu vale mais do que o que estava planeado.",
            at: ago(90_000),
        },
    ]
}

pub(crate) fn queue(rows: Vec<ConflictRow>) -> Queue {
    Queue {
        all: rows.len() as u64,
        backlog: Backlog {
            waiting: rows.len() as u64,
            for_second: 1,
            oldest: rows.first().map(|row| row.since),
            decided: 41,
            median_s: Some(2_700),
            ninth_s: Some(100_000),
        },
        rows,
        regions: vec!["loule".into(), "monchique".into()],
    }
}

pub(crate) fn conflict(kind: ConflictKind) -> Conflict {
    let value = |v: &str, p| Some((v.to_owned(), p));
    let side = |spot: &str, mediator: &str, stop: Option<&str>, at, number: &str| Side {
        request: "r1".into(),
        spot: spot.into(),
        mediator: mediator.into(),
        stop: stop.map(Into::into),
        position: Some(match stop {
            Some(_) => Position {
                lat: 373_360,
                lon: -85_030,
            },
            None => Position {
                lat: 371_380,
                lon: -80_220,
            },
        }),
        at,
        number: Some(number.into()),
        agreed: Some(super::agreed(super::drawn())),
    };
    let same = |label: &str, v: &str| Compared {
        label: words(label, label),
        values: vec![value(v, Provenance::Chip), value(v, Provenance::Chip)],
        differs: false,
    };
    Conflict {
        row: row(kind, "c1"),
        sides: vec![
            side(
                "Espaço Móvel 07",
                "Ana Martins",
                Some("Alferce"),
                ago(30_000),
                "M07-4821-7QK-3",
            ),
            side(
                "Loulé 2",
                "Rui Pereira",
                None,
                crate::moment::Moment {
                    sure: false,
                    ..ago(18_000)
                },
                "LL2-0917-XA4-9",
            ),
        ],
        compared: vec![
            same("Nome completo", "Maria do Rosário Conceição"),
            Compared {
                label: words("IBAN", "IBAN"),
                values: vec![
                    value("PT50 0035 0651 0000 1234 5678 1", Provenance::Typed),
                    value("PT50 0010 0000 1234 5678 9018 2", Provenance::Copied),
                ],
                differs: true,
            },
            same("Telefone", "912 345 678"),
            Compared {
                label: words("Correio eletrónico", "E-mail"),
                values: vec![None, value("maria@exemplo.pt", Provenance::Typed)],
                differs: kind == ConflictKind::Duplicate,
            },
        ],
        rule: "É dinheiro: decide sempre uma pessoa. A declaração mais recente é a de Loulé 2."
            .into(),
        proposed: (kind == ConflictKind::Duplicate).then_some(0),
        likeness: if kind == ConflictKind::Duplicate {
            let weighed = |text: &str, bits| Weighed {
                text: text.into(),
                bits: Some(bits),
            };
            vec![
                weighed("O NIF é o mesmo.", 23),
                weighed("O nome difere numa letra.", 16),
                weighed("A data de nascimento é outra.", -8),
                Weighed {
                    text: "3 dias entre os dois pedidos.".into(),
                    bits: None,
                },
            ]
        } else {
            vec![]
        },
        shown: "f00d".into(),
        timeline: super::request().history,
        open_at: vec!["Jorge Lima".into()],
        beside: vec![("c9".into(), words("Telefone", "Telephone"))],
        alike: if kind == ConflictKind::Value { 12 } else { 1 },
        decided: None,
    }
}

pub(crate) fn decided() -> Vec<DecidedRow> {
    vec![DecidedRow {
        id: "c0".into(),
        what: words("IBAN", "IBAN"),
        citizen: "José Amaro Duarte".into(),
        text: "Ficou o valor de Loulé 2".into(),
        reason: "Confirmado por telefone com o cidadão.".into(),
        by: "Carla Nunes".into(),
        at: ago(900),
        undoable: true,
    }]
}

pub(crate) fn aside() -> Vec<AsideRow> {
    let row = |cause, record: Option<&str>, reason: &str| AsideRow {
        node: "movel-07".into(),
        spot: "Espaço Móvel 07".into(),
        index: 4_821,
        record: record.map(Into::into),
        cause,
        reason: reason.into(),
        bytes: 412,
        covered: record.is_some(),
        at: ago(7_200),
    };
    vec![
        row(
            Cause::Revoked,
            Some("3f09c1d2a4b5"),
            "movel-07 was revoked on 2026-09-01",
        ),
        row(
            Cause::Scope,
            Some("77aa01d2a4b5"),
            "movel-07 may not write in the scope loule",
        ),
        row(
            Cause::Place,
            Some("0c3301d2a4b5"),
            "another entry is in this place",
        ),
        row(
            Cause::Unreadable,
            None,
            "the change is damaged: its checksum does not agree",
        ),
    ]
}
