//! Samples of what a node is told to do.

use maud::Markup;

use super::{ago, fleet};
use crate::console::fleet::orders::{Orders, Typed, content};
use crate::console::frame::Frame;
use crate::console::port::{OrderEnd, OrderRow, Remedy};

fn order(kind: Remedy) -> OrderRow {
    OrderRow {
        number: 1_795_468_153_000,
        kind,
        reason: String::new(),
        by: ("Carla Nunes".into(), ago(3_000)),
        own: false,
        agreed: None,
        waits: false,
        is_withdrawn: false,
        heard: None,
        says: String::new(),
        ended: None,
        has_diagnosis: false,
    }
}

fn orders() -> Vec<OrderRow> {
    let heard = |kind| OrderRow {
        heard: Some(ago(900)),
        ..order(kind)
    };
    let ended = |kind, end, says: &str| OrderRow {
        says: says.into(),
        ended: Some((end, ago(800))),
        ..heard(kind)
    };
    let two = |own| OrderRow {
        reason: "Fica sem uso: a junta fechou.".into(),
        waits: true,
        own,
        ..order(Remedy::LayDown)
    };
    vec![
        two(false),
        two(true),
        OrderRow {
            waits: false,
            agreed: Some(("Jorge Lima".into(), ago(2_000))),
            heard: Some(ago(1_500)),
            says: "espera: faltam entregar 14 registos, 2 fotografias e 0 remessas de outros"
                .into(),
            ..two(false)
        },
        order(Remedy::Update),
        OrderRow {
            is_withdrawn: true,
            ..order(Remedy::LayDownAtOnce)
        },
        OrderRow {
            has_diagnosis: true,
            ..ended(Remedy::Diagnose, OrderEnd::Done, "18233 bytes")
        },
        ended(
            Remedy::Resync,
            OrderEnd::Done,
            "tudo é oferecido e pedido outra vez",
        ),
        ended(
            Remedy::Rotate,
            OrderEnd::Failed,
            "a central não assina certificados",
        ),
        ended(
            Remedy::Rebuild,
            OrderEnd::Refused,
            "é para as versões 0.1.0 a 0.9.0 do programa, e aqui corre a 1.0.0",
        ),
    ]
}

/// Every state of the page.
pub(crate) fn pages(frame: &Frame) -> Vec<(&'static str, Markup)> {
    let node = fleet::nodes().remove(0).1;
    let some = Orders {
        node: node.clone(),
        orders: orders(),
    };
    let none = Orders {
        node,
        orders: vec![],
    };
    let wrong = Typed {
        kind: Remedy::LayDown.code().into(),
        reason: String::new(),
        problem: "Escreva porquê: fica com o seu nome.".into(),
    };
    let nothing = Typed::default();
    vec![
        ("ordens", content(frame, &some, &nothing)),
        ("ordens-nenhuma", content(frame, &none, &nothing)),
        ("ordens-erro", content(frame, &none, &wrong)),
    ]
}
