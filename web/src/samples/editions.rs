//! Samples of the catalogue desk.

use maud::Markup;
use vereda_sync::catalogue::Fault;

use super::ago;
use crate::console::catalogue::{self, preview, proposal, text};
use crate::console::frame::Frame;
use crate::console::port::{
    EditionRow, EditionWanted, EditionsView, ProposalRow, ProposalView, ServiceChanges, UptakeRow,
};

fn edition(edition: u32, scopes: &[&str], withdraws: Option<u32>) -> EditionRow {
    EditionRow {
        edition,
        at: ago(86_400),
        by: vec![
            ("Teresa Nunes".into(), ago(90_000)),
            ("Vasco Rebelo".into(), ago(86_400)),
        ],
        scopes: scopes.iter().map(|s| (*s).to_owned()).collect(),
        reason: "A taxa do registo criminal muda com a portaria de novembro.".into(),
        withdraws,
        may_withdraw: edition == 5,
    }
}

fn wanted(own: bool, is_stale: bool) -> EditionWanted {
    EditionWanted {
        by: "Teresa Nunes".into(),
        own,
        at: ago(1_200),
        scopes: vec![],
        reason: "A taxa muda no dia 1.".into(),
        is_stale,
        shown: "0123".into(),
    }
}

fn row(id: i64, faults: u32, wanted: Option<EditionWanted>) -> ProposalRow {
    ProposalRow {
        id,
        by: "Teresa Nunes".into(),
        at: ago(1_500),
        faults,
        withdraws: None,
        wanted,
    }
}

fn spot(id: &str, name: &str, has: Option<u32>) -> UptakeRow {
    UptakeRow {
        id: id.into(),
        name: name.into(),
        has: has.map(|edition| (edition, Some(ago(3_600)))),
        program: "0.1.0".into(),
        seen: has.map(|_| ago(300)),
        newest: 5,
    }
}

fn view() -> EditionsView {
    EditionsView {
        newest: 5,
        is_unsigned: false,
        published: vec![
            edition(5, &["aljezur"], None),
            edition(4, &[], Some(3)),
            EditionRow {
                by: vec![],
                reason: String::new(),
                may_withdraw: false,
                ..edition(3, &[], None)
            },
        ],
        proposals: vec![
            row(9, 0, Some(wanted(false, false))),
            ProposalRow {
                withdraws: Some(5),
                ..row(8, 0, Some(wanted(true, false)))
            },
            row(7, 3, None),
            row(6, 0, Some(wanted(true, true))),
            row(5, 0, None),
        ],
        uptake: vec![
            spot("aljezur", "Aljezur", None),
            spot("movel-07", "Espaço Móvel 07", Some(5)),
            spot("movel-08", "Espaço Móvel 08", Some(4)),
        ],
    }
}

fn one(faults: Vec<Fault>, wanted: Option<EditionWanted>) -> ProposalView {
    let is_right = faults.is_empty();
    let cesd = (
        "cesd".to_owned(),
        "Cartão Europeu de Seguro de Doença".to_owned(),
    );
    let changes = vec![
        ServiceChanges {
            service: None,
            lines: vec!["edição 4 → 5".into()],
            drafts: vec![],
            open: 0,
        },
        ServiceChanges {
            service: Some(cesd.clone()),
            lines: vec![
                "taxa ao balcão: nenhuma → 12,50 €".into(),
                "o campo «Telefone» passa a ser obrigatório".into(),
            ],
            drafts: vec!["Passa outra vez por «Os seus números».".into()],
            open: 2,
        },
    ];
    ProposalView {
        row: row(9, u32::try_from(faults.len()).unwrap_or(0), wanted),
        files: ["catalogue.toml", "services/cesd.toml", "languages/en.toml"]
            .map(|name| (name.to_owned(), 1_200))
            .to_vec(),
        files_shown: "4567".into(),
        faults,
        edition: 5,
        base: 4,
        changes: if is_right { changes } else { vec![] },
        services: if is_right { vec![cesd] } else { vec![] },
        places: vec![
            ("aljezur".into(), vec!["Aljezur".into()]),
            (
                "monchique".into(),
                vec!["Espaço Móvel 07".into(), "Espaço Móvel 08".into()],
            ),
        ],
    }
}

fn faults() -> Vec<Fault> {
    let fault = |line| Fault {
        file: "services/cesd.toml".into(),
        line,
        column: 1,
        what: "there is no English for this text".into(),
        remedy: "write it in languages/en.toml as `title` under [service.cesd]".into(),
    };
    (1..=24).map(|n| fault(n * 3)).collect()
}

/// Name, title and content of each.
pub(crate) fn pages(frame: &Frame) -> Vec<(&'static str, &'static str, Markup)> {
    let none = catalogue::Retry::default;
    let refused = catalogue::Retry {
        problem: "Não há «catalogue.toml» no que enviou.".into(),
        reason: String::new(),
    };
    let empty = EditionsView {
        newest: 3,
        is_unsigned: true,
        ..EditionsView::default()
    };
    let of = |view: &ProposalView, retry: &proposal::Retry| proposal::content(frame, view, retry);
    let right = proposal::Retry::default;
    let wrong = proposal::Retry {
        problem: "Escreva porque se publica: fica com o seu nome, dentro do que é selado.".into(),
        reason: String::new(),
        places: Some(vec!["aljezur".into()]),
    };
    let shown = |problem: &str, is_kept| text::Shown {
        name: "services/cesd.toml".into(),
        text: "id = \"cesd\"\nminutes = 5\n\n[[fee]]\ncents = 1250\n".into(),
        files: "4567".into(),
        problem: problem.into(),
        line: Some(3),
        is_kept,
    };
    let service = super::housing();
    let previewed = |language: &str| preview::View {
        proposal: 9,
        service: service.clone(),
        languages: ["pt", "en", "ar"].map(str::to_owned).to_vec(),
        language: language.into(),
    };
    let waits = |own, stale| one(vec![], Some(wanted(own, stale)));
    vec![
        (
            "catalogo",
            "Catálogo",
            catalogue::content(frame, &view(), &none()),
        ),
        (
            "catalogo-recusado",
            "Catálogo",
            catalogue::content(frame, &view(), &refused),
        ),
        (
            "catalogo-pasta",
            "Catálogo",
            catalogue::content(frame, &empty, &none()),
        ),
        ("proposta", "Proposta", of(&one(vec![], None), &right())),
        (
            "proposta-erros",
            "Proposta",
            of(&one(faults(), None), &right()),
        ),
        (
            "proposta-recusada",
            "Proposta",
            of(&one(vec![], None), &wrong),
        ),
        (
            "proposta-espera",
            "Proposta",
            of(&waits(false, false), &right()),
        ),
        (
            "proposta-minha",
            "Proposta",
            of(&waits(true, false), &right()),
        ),
        (
            "proposta-mudou",
            "Proposta",
            of(&waits(false, true), &right()),
        ),
        (
            "proposta-texto",
            "Ficheiro",
            text::content(frame, &one(vec![], None), &shown("", false)),
        ),
        (
            "proposta-texto-guardado",
            "Ficheiro",
            text::content(frame, &one(vec![], None), &shown("", true)),
        ),
        (
            "proposta-texto-erros",
            "Ficheiro",
            text::content(
                frame,
                &one(faults(), Some(wanted(true, false))),
                &shown("", true),
            ),
        ),
        (
            "proposta-texto-recusado",
            "Ficheiro",
            text::content(
                frame,
                &one(vec![], None),
                &shown("Outra pessoa mudou esta proposta entretanto.", false),
            ),
        ),
        (
            "proposta-antevisao",
            "Antevisão",
            preview::content(frame, &previewed("")),
        ),
        (
            "proposta-antevisao-ar",
            "Antevisão",
            preview::content(frame, &previewed("ar")),
        ),
    ]
}
