//! Samples of people at the console, and of choosing a PIN.

use maud::Markup;

use super::{ago, console};
use crate::console::frame::{Frame, Part};
use crate::console::people::{self, one};
use crate::console::port::{
    AnyRole, Done, PeopleView, PersonRow, PersonTyped, PersonView, Waits, WhichPeople,
};
use crate::desk::port::SignInRefusal;
use crate::layout::{CONSOLE, DESK};
use crate::own_pin::{OwnPinPage, PinRefusal};

fn named(id: &str, name: &str) -> (String, String) {
    (id.into(), name.into())
}

fn regions() -> Vec<(String, String)> {
    vec![
        named("costa", "Costa Vicentina"),
        named("serra", "Serra de Monchique"),
    ]
}

fn spots() -> Vec<(String, String)> {
    vec![
        named("movel-07", "Espaço Móvel 07"),
        named("loule-2", "Loulé 2"),
    ]
}

fn row() -> PersonRow {
    PersonRow {
        id: "ana.m".into(),
        name: "Ana Martins".into(),
        roles: vec![AnyRole::Mediator, AnyRole::CrewLead],
        regions: Some(vec!["Serra de Monchique".into()]),
        spots: None,
        ends: None,
        is_gone: false,
        once: None,
        signed_in: Some(ago(7_200)),
        own: false,
    }
}

fn rows() -> Vec<PersonRow> {
    vec![
        row(),
        PersonRow {
            id: "eva.s".into(),
            name: "Eva Salgueiro".into(),
            roles: vec![AnyRole::Mediator],
            regions: None,
            spots: Some(vec!["Espaço Móvel 07".into()]),
            ends: Some("2027-01-31".into()),
            once: Some("2026-11-30".into()),
            signed_in: None,
            ..row()
        },
        PersonRow {
            id: "teresa.n".into(),
            name: "Teresa Nunes".into(),
            roles: vec![AnyRole::Operator, AnyRole::Agent, AnyRole::Administrator],
            regions: None,
            own: true,
            ..row()
        },
        PersonRow {
            id: "rui.p".into(),
            name: "Rui Pires".into(),
            is_gone: true,
            signed_in: Some(ago(200 * 86_400)),
            ..row()
        },
    ]
}

fn waits(own: bool, is_stale: bool) -> Waits {
    Waits {
        of: named("jorge.l", "Jorge Lima"),
        by: "Vasco Rebelo".into(),
        own,
        at: ago(1_200),
        what: vec![
            "papéis: operador → operador, administrador".into(),
            "onde: Serra de Monchique → todo o país".into(),
        ],
        shown: "ab12".into(),
        is_stale,
    }
}

fn view(rows: Vec<PersonRow>) -> PeopleView {
    PeopleView {
        found: rows.len() as u64,
        all: 2_300,
        pages: if rows.len() > 1 { 23 } else { 0 },
        waits: if rows.len() > 1 {
            vec![waits(false, false), waits(true, false)]
        } else {
            vec![]
        },
        rows,
        regions: regions(),
        gives_all: true,
        spots: spots(),
        list_days: Some(30),
    }
}

fn typed() -> PersonTyped {
    PersonTyped {
        id: "ana.m".into(),
        name: "Ana Martins".into(),
        roles: vec![AnyRole::Mediator, AnyRole::CrewLead],
        everywhere: false,
        regions: vec!["serra".into()],
        spots: String::new(),
        ends: String::new(),
    }
}

fn one_of(row: Option<PersonRow>, waits: Option<Waits>) -> PersonView {
    PersonView {
        row,
        typed: typed(),
        shown: "cd34".into(),
        changed: Some(("Vasco Rebelo".into(), ago(90_000))),
        waits,
        regions: regions(),
        gives_all: false,
        spots: spots(),
    }
}

/// Name, frame, part, title and content of each page of the console.
pub(crate) fn pages() -> Vec<(&'static str, Frame, Part, &'static str, Markup)> {
    let frame = console::frame;
    let f = frame();
    let which = WhichPeople::default();
    let taken = "O utilizador «ana.m» já é ou já foi de alguém, e não se dá outra vez: o que essa pessoa fez está em seu nome. Escolha outro, como ana.m2.";
    let list = people::content(&f, &view(rows()), &which, &None);
    let of_none = PeopleView {
        list_days: None,
        ..view(vec![])
    };
    let none = people::content(&f, &of_none, &which, &None);
    let retry = Some((typed(), taken.to_owned()));
    let wrong = people::content(&f, &view(rows()), &which, &retry);
    let said = |done: Option<Done>| one::Said {
        done,
        ..one::Said::default()
    };
    let of = |row, waits, done| one::content(&f, &one_of(row, waits), &said(done));
    let meanwhile = one::Said {
        typed: Some(typed()),
        problem: "Vasco Rebelo mudou esta pessoa entretanto. Veja como está agora e guarde outra vez: o que escreveu está em baixo.".into(),
        done: None,
    };
    let pin = |is_half| Done::Pin {
        name: "Ana Martins".into(),
        pin: if is_half { "4821" } else { "482197" }.into(),
        is_half,
        until: "2026-11-30".into(),
    };
    let gone = PersonRow {
        is_gone: true,
        ..row()
    };
    let half = Done::Proposed {
        half: Some("9048".into()),
    };
    let contents = [
        ("pessoas", list),
        ("pessoas-nenhuma", none),
        ("pessoas-erro", wrong),
        ("pessoa", of(Some(row()), None, None)),
        ("pessoa-saiu", of(Some(gone), None, None)),
        ("pessoa-pin", of(Some(row()), None, Some(pin(false)))),
        ("pessoa-meio-pin", of(Some(row()), None, Some(pin(true)))),
        (
            "pessoa-proposta",
            of(None, Some(waits(true, false)), Some(half)),
        ),
        (
            "pessoa-concordar",
            of(Some(row()), Some(waits(false, false)), None),
        ),
        (
            "pessoa-mudou",
            of(Some(row()), Some(waits(false, true)), None),
        ),
        (
            "pessoa-entretanto",
            one::content(&f, &one_of(Some(row()), None), &meanwhile),
        ),
    ];
    contents
        .into_iter()
        .map(|(name, content)| (name, frame(), Part::People, "Pessoas", content))
        .collect()
}

/// Choosing a PIN, by name.
pub(crate) fn own_pin() -> Vec<(&'static str, Markup)> {
    let people = super::people();
    let ask = ["Teresa Nunes".to_owned(), "Vasco Rebelo".to_owned()];
    let page = OwnPinPage {
        place: "Vereda · balcão",
        people: &people,
        chosen: None,
        is_first: false,
        refusal: None,
        ask: &[],
    };
    let own = page.page(&DESK);
    let first = OwnPinPage {
        chosen: Some("m0"),
        is_first: true,
        ..page
    };
    let first_page = first.page(&DESK);
    let weak = PinRefusal::Weak("São algarismos seguidos: é dos primeiros que alguém tenta.");
    let weak = OwnPinPage {
        refusal: Some(&weak),
        ..first
    };
    let wrong: PinRefusal = SignInRefusal::WrongPin { tries_left: 2 }.into();
    let at_hub = OwnPinPage {
        place: "Vereda · central",
        people: &people,
        chosen: Some("m1"),
        is_first: false,
        refusal: Some(&wrong),
        ask: &ask,
    };
    vec![
        ("desk-pin", own),
        ("desk-pin-primeiro", first_page),
        ("desk-pin-fraco", weak.page(&DESK)),
        ("central-pin", at_hub.page(&CONSOLE)),
    ]
}
