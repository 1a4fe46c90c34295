//! Samples of the fleet.

use vereda_sync::record::tour::Position;

use super::ago;
use crate::console::port::{
    Alarm, AlarmKind, AlarmRow, FleetMark, FleetPoint, FleetView, How, Loss, Missing, NodeRow,
    NodeView, Order, ProofAge, Wanting, Whereabout,
};

fn how(unsent: u64) -> How {
    How {
        told: ago(40),
        program: "0.1.0".into(),
        catalogue: 3,
        is_behind: true,
        catalogue_since: Some(ago(86_400)),
        battery: Some((62, false)),
        free_bytes: Some(40 << 30),
        skew_s: -7,
        up_s: 30_000,
        attended: true,
        unsent,
        requests: unsent / 3,
        photographs: unsent / 7,
        unsent_since: (unsent > 0).then(|| ago(3 * 3_600)),
        place: Some(("Alferce".into(), Some(ago(5_000)))),
        position: Some(Position {
            lat: 373_337,
            lon: -84_889,
        }),
    }
}

fn row(id: &str, name: &str, age: ProofAge, proven: Option<i64>) -> NodeRow {
    NodeRow {
        id: id.into(),
        name: name.into(),
        how: Some(how(0)),
        seen: proven.map(ago),
        proven: proven.map(ago),
        age,
        open: 0,
        in_hand: 0,
    }
}

fn rows() -> Vec<NodeRow> {
    let fixed = How {
        battery: None,
        is_behind: false,
        place: Some(("Loulé".into(), None)),
        attended: false,
        ..how(0)
    };
    vec![
        NodeRow {
            open: 2,
            in_hand: 1,
            how: Some(How {
                told: ago(9 * 3_600),
                ..how(14)
            }),
            ..row(
                "movel-07",
                "Espaço Móvel 07",
                ProofAge::TooOld,
                Some(400_000),
            )
        },
        NodeRow {
            how: None,
            ..row("aljezur", "Aljezur", ProofAge::Never, None)
        },
        NodeRow {
            in_hand: 1,
            ..row("movel-08", "Espaço Móvel 08", ProofAge::Old, Some(90_000))
        },
        NodeRow {
            how: Some(fixed),
            ..row("loule-2", "Loulé 2", ProofAge::Fresh, Some(60))
        },
        row(
            "movel-03",
            "Espaço Móvel 03",
            ProofAge::Revoked,
            Some(9_000_000),
        ),
    ]
}

fn alarms() -> Vec<Alarm> {
    let alarm = |kind| Alarm {
        kind,
        grade: 1,
        in_hand: None,
    };
    vec![
        alarm(AlarmKind::Silent(Some(ago(400_000)))),
        alarm(AlarmKind::Forked),
        alarm(AlarmKind::Flagged(3)),
        alarm(AlarmKind::Disk(900 << 20)),
        alarm(AlarmKind::Battery(9)),
        Alarm {
            in_hand: Some((
                "Carla Nunes".into(),
                ago(600),
                "Telefonei; trazem-no amanhã.".into(),
            )),
            ..alarm(AlarmKind::Clock(7_300))
        },
        alarm(AlarmKind::Program("0.1.0".into(), "0.2.0".into())),
        alarm(AlarmKind::Catalogue(3, 4)),
        alarm(AlarmKind::Certificate("2026-11-30".into(), false)),
    ]
}

fn marks() -> Vec<FleetMark> {
    let places = [
        (
            "movel-07",
            "Espaço Móvel 07",
            373_337,
            -84_889,
            ProofAge::TooOld,
        ),
        ("monchique", "Monchique", 373_184, -85_561, ProofAge::Fresh),
        ("loule-2", "Loulé 2", 371_376, -80_201, ProofAge::Fresh),
        (
            "movel-08",
            "Espaço Móvel 08",
            387_167,
            -91_333,
            ProofAge::Old,
        ),
        ("aljezur", "Bragança", 418_061, -67_567, ProofAge::Never),
        (
            "movel-03",
            "Espaço Móvel 03",
            401_110,
            -82_500,
            ProofAge::Revoked,
        ),
    ];
    let marks = places
        .into_iter()
        .map(|(id, name, lat, lon, age)| FleetMark {
            id: id.into(),
            name: name.into(),
            at: Position { lat, lon },
            age,
        });
    marks.collect()
}

/// Pages of the table: what is usual, nothing wrong, nobody found, nobody there, one of several pages.
pub(crate) fn pages() -> Vec<(&'static str, FleetView, Wanting)> {
    let listed: Vec<AlarmRow> = alarms()
        .into_iter()
        .filter(|alarm| alarm.in_hand.is_none())
        .chain([Alarm {
            kind: AlarmKind::Certificate("2026-11-01".into(), true),
            grade: 100,
            in_hand: None,
        }])
        .map(|alarm| AlarmRow {
            id: "movel-07".into(),
            name: "Espaço Móvel 07".into(),
            alarm,
        })
        .collect();
    let view = FleetView {
        found: 5,
        all: 5,
        pages: 1,
        marks: marks(),
        open: listed.len() as u64,
        alarms: listed,
        in_hand: 1,
        waiting: 2,
        rows: rows(),
    };
    let calm = FleetView {
        alarms: vec![],
        open: 0,
        waiting: 0,
        ..view.clone()
    };
    let sought = Wanting {
        text: "Móvel".into(),
        order: Order::Unsent,
        alarmed: true,
        page: 1,
    };
    let many = FleetView {
        found: 812,
        all: 1_000,
        pages: 9,
        open: 40,
        ..view.clone()
    };
    let nobody = FleetView {
        rows: vec![],
        found: 0,
        marks: vec![],
        ..calm.clone()
    };
    let nothing = FleetView {
        all: 0,
        ..nobody.clone()
    };
    vec![
        ("", view, Wanting::default()),
        ("-bem", calm, Wanting::default()),
        ("-muitos", many, sought.clone()),
        ("-ninguem", nobody, sought),
        ("-nada", nothing, Wanting::default()),
    ]
}

fn points() -> Vec<FleetPoint> {
    let point = |n: i64| FleetPoint {
        at: ago((40 - n) * 3_600),
        battery: Some(u8::try_from(100 - (n * 7) % 80).unwrap_or(100)),
        unsent: u64::try_from((n * n) % 60).unwrap_or(0),
    };
    (0..40).map(point).collect()
}

fn loss(agreed: bool, own: bool) -> Loss {
    Loss {
        by: "Carla Nunes".into(),
        own,
        at: ago(1_200),
        reason: "Furtado esta noite do parque em Monchique; a GNR tem a queixa.".into(),
        agreed: agreed.then(|| ("Jorge Lima".to_owned(), ago(600))),
    }
}

fn missing() -> Vec<Missing> {
    let one = |first, last, place| Missing {
        journal: "3f09c1d2".into(),
        first,
        last,
        place,
    };
    vec![
        one(101, 104, Whereabout::Recovered),
        one(105, 105, Whereabout::Aside),
        one(106, 109, Whereabout::Part),
        one(
            110,
            112,
            Whereabout::Carried(vec!["Espaço Móvel 08".into()]),
        ),
        one(
            113,
            113,
            Whereabout::Heard(vec!["Espaço Móvel 08".into(), "Loulé 2".into()]),
        ),
        one(114, 120, Whereabout::Nowhere),
    ]
}

/// Nodes: with everything wrong, well, silent for ever, proposed as lost by somebody and by whoever looks, lost.
pub(crate) fn nodes() -> Vec<(&'static str, NodeView)> {
    let [first, never, old, fixed, gone] = rows().try_into().unwrap_or_else(|_| panic!("five"));
    let bad = NodeView {
        row: first,
        is_enrolled: true,
        certificate: Some(("2026-09-01".into(), "2026-11-30".into())),
        scopes: vec!["monchique".into(), "aljezur".into()],
        changes: 10_233,
        alarms: alarms(),
        points: points(),
        aside: 3,
        conflicts: vec![("c1".into(), "IBAN".into())],
        tours: super::tours::planned(false).ahead,
        loss: None,
        missing: missing(),
    };
    let well = NodeView {
        row: fixed,
        alarms: vec![],
        aside: 0,
        conflicts: vec![],
        tours: vec![],
        missing: vec![],
        points: vec![],
        ..bad.clone()
    };
    let silent = NodeView {
        row: never,
        changes: 0,
        certificate: None,
        scopes: vec![],
        alarms: vec![Alarm {
            kind: AlarmKind::Silent(None),
            grade: 1,
            in_hand: None,
        }],
        ..well.clone()
    };
    let proposed = |own| NodeView {
        row: old.clone(),
        loss: Some(loss(false, own)),
        ..bad.clone()
    };
    let lost = |missing| NodeView {
        row: gone.clone(),
        is_enrolled: false,
        loss: Some(loss(true, false)),
        missing,
        ..well.clone()
    };
    let none = lost(vec![]);
    vec![
        ("", bad.clone()),
        ("-bem", well.clone()),
        ("-calado", silent),
        ("-proposto", proposed(false)),
        ("-proposto-meu", proposed(true)),
        ("-levado", lost(missing())),
        ("-levado-tudo", none),
    ]
}
