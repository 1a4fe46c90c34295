//! Samples of machines that enrol.

use maud::Markup;

use super::ago;
use crate::console::fleet::enrol::{code_content, content};
use crate::console::frame::Frame;
use crate::console::port::{CodeRow, CodeState, EnrolmentView, MadeCode, NewNode, RenewalRow};

fn codes() -> Vec<CodeRow> {
    let row = |handle: &str, node: &str, state| CodeRow {
        handle: handle.into(),
        node: node.into(),
        name: "Espaço Móvel 09".into(),
        by: "Carla Nunes".into(),
        made: ago(300),
        state,
    };
    vec![
        row("7KQ4", "movel-09", CodeState::Good(ago(-600))),
        row("0410", "movel-10", CodeState::Used(ago(90))),
        row("MPJT", "loule-3", CodeState::Late),
        row("B9D5", "loule-4", CodeState::Withdrawn),
        row("3M0C", "loule-5", CodeState::Guessed),
    ]
}

fn renewal(node: &str, answered: Option<bool>) -> RenewalRow {
    RenewalRow {
        certificate: "ab".repeat(32),
        node: node.into(),
        name: "Solidário 02".into(),
        ended: ago(96 * 86_400),
        asked: (ago(3_700), ago(20)),
        key: "7KQ4-2ZD8".into(),
        proven: (Some(ago(150 * 86_400)), Some(ago(150 * 86_400))),
        unsent: Some((14, ago(151 * 86_400))),
        answered: answered.map(|agreed| ("Carla Nunes".into(), ago(60), agreed)),
    }
}

/// Every state of the pages.
pub(crate) fn pages(frame: &Frame) -> Vec<(&'static str, &'static str, Markup)> {
    let view = EnrolmentView {
        is_here: true,
        scopes: vec!["monchique".into(), "aljezur".into()],
        codes: codes(),
        renewals: vec![
            renewal("solidario-02", None),
            renewal("movel-11", Some(true)),
            renewal("movel-12", Some(false)),
        ],
    };
    let calm = EnrolmentView {
        codes: vec![],
        renewals: vec![],
        ..view.clone()
    };
    let elsewhere = EnrolmentView {
        is_here: false,
        ..calm.clone()
    };
    let typed = NewNode {
        name: "Espaço Móvel 07".into(),
        id: "movel-07".into(),
        prefix: "M07".into(),
        kind: "fixed".into(),
        scopes: vec!["aljezur".into()],
        ..NewNode::default()
    };
    let nothing = NewNode::default();
    let made = MadeCode {
        code: "7KQ4-2ZD8-9M3C-V0TX-51HB".into(),
        address: "central.exemplo.pt:8445".into(),
        name: "Espaço Móvel 09".into(),
        until: ago(-900),
    };
    let title = "Inscrever um posto";
    vec![
        ("inscrever", title, content(frame, &calm, (&nothing, ""))),
        (
            "inscrever-cheio",
            title,
            content(frame, &view, (&nothing, "")),
        ),
        (
            "inscrever-erro",
            title,
            content(
                frame,
                &calm,
                (
                    &typed,
                    "Já há um posto com esse identificador: escolha outro.",
                ),
            ),
        ),
        (
            "inscrever-sem-chave",
            title,
            content(frame, &elsewhere, (&nothing, "")),
        ),
        ("inscrever-codigo", title, code_content(frame, &made)),
    ]
}
