//! A spot holds itself against the standards of the catalogue: every answer stays as it is typed, the
//! figures freeze when it is recorded, and what was promised waits until somebody says it is done.

use std::sync::Arc;

use vereda::desk::SpotDesk;
use vereda::node::Node;
use vereda_sync::catalogue::{Measure, Standard};
use vereda_sync::check::Refusal;
use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::record::assessment::{self, Verdict};
use vereda_web::console::port::Assessed;
use vereda_web::desk::port::{AssessmentView, Assessments, Desk, DeskError, Session, Tally};

use crate::support::{Folder, demo, desk, hub, node, opened, pairs, sign_in};

/// The observed standards of the demonstration.
const OBSERVED: [&str; 9] = [
    "horario",
    "segundo-ecra",
    "precos",
    "livro",
    "acesso",
    "privacidade",
    "dados",
    "comprovativo",
    "sozinho",
];

fn day(from_today: i64) -> String {
    let today = Date::parse(&vereda::clock::today()).unwrap();
    today.days_on(from_today).to_string()
}

/// As it is typed: `22/11/2026`.
fn typed_day(from_today: i64) -> String {
    let day = day(from_today);
    let mut parts: Vec<&str> = day.split('-').collect();
    parts.reverse();
    parts.join("/")
}

/// All that is looked at is met, but for these.
fn answers(but: &[(&str, &str)]) -> Vec<(String, String)> {
    let met = OBSERVED.map(|id| (id, "met"));
    let met = met
        .iter()
        .filter(|(id, _)| but.iter().all(|(b, _)| b != id));
    let all: Vec<(&str, &str)> = met.chain(but).copied().collect();
    pairs(&all)
}

fn of<'v>(
    view: &'v AssessmentView,
    standard: &str,
) -> &'v vereda_web::desk::port::AssessedStandard {
    let found = view.standards.iter().find(|s| s.standard.id == standard);
    found.unwrap()
}

/// What is wrong, by field.
fn refused(result: Result<(), DeskError>) -> Vec<(String, Refusal)> {
    match result {
        Err(DeskError::Refused(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

fn not_now(result: Result<(), DeskError>, why: &str) {
    match result {
        Err(DeskError::NotNow(said)) => assert!(said.contains(why), "{said}"),
        other => panic!("{other:?}"),
    }
}

fn open(folder: &Folder) -> (Arc<Node>, SpotDesk, Session) {
    let node = node(folder, "movel-07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    (node, desk, ana)
}

#[test]
fn what_is_answered_stays_as_it_is_typed_until_it_is_whole() {
    let folder = Folder::new();
    let id = {
        let (_node, desk, ana) = open(&folder);
        assert!(desk.assessments(&ana).unwrap().is_offered);
        let id = desk.begin_assessment(&ana).unwrap();
        assert_eq!(desk.begin_assessment(&ana).unwrap(), id, "it goes on");
        desk.keystroke(&ana, &id, "livro", "missed", 0).unwrap();
        desk.keystroke(&ana, &id, "livro.note", "Está atrás da por", 0)
            .unwrap();
        assert!(matches!(
            desk.keystroke(&ana, &id, "nenhum", "met", 0),
            Err(DeskError::NotFound)
        ));
        id
    };
    // The plug is pulled.
    let (_node, desk, ana) = open(&folder);
    let view = desk.assessment(&ana, &id).unwrap();
    let livro = of(&view, "livro");
    assert_eq!(livro.verdict, Some(Verdict::Missed));
    let field = |field: &str| livro.fields.iter().find(|f| f.field.id == field).unwrap();
    assert_eq!(field("livro.note").value, "Está atrás da por");
    assert!(field("livro.todo").shown);
    assert_eq!(of(&view, "precos").verdict, None);

    let wrong = answers(&[
        ("livro.note", "Está atrás da porta."),
        ("livro.todo", "Mudá-lo de sítio."),
        ("precos", "partly"),
        ("precos.by", "31/02/2027"),
        ("acesso", "splendid"),
        ("dados", "missed"),
        ("dados.by", &typed_day(-1)),
        ("dados.todo", "Treinar."),
    ]);
    let wrong: Vec<_> = wrong
        .into_iter()
        .filter(|(id, _)| id != "horario" && id != "livro")
        .collect();
    let said = refused(desk.record_assessment(&ana, &id, &wrong));
    let fields: Vec<&str> = said.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(
        fields,
        ["horario", "precos.by", "livro.by", "acesso", "dados.by"]
    );
    assert_eq!(said[0].1, Refusal::Missing);
    assert!(matches!(said[4].1, Refusal::Early { .. }));
    let view = desk.assessment(&ana, &id).unwrap();
    assert!(view.recorded.is_none());
    let kept = of(&view, "livro")
        .fields
        .iter()
        .find(|f| f.field.id == "livro.note");
    assert_eq!(
        kept.unwrap().value,
        "Está atrás da porta.",
        "a refusal loses nothing"
    );

    let right = answers(&[
        ("livro", "missed"),
        ("livro.by", &typed_day(20)),
        ("precos.by", ""),
        ("precos", "partly"),
        ("dados", "met"),
    ]);
    desk.record_assessment(&ana, &id, &right).unwrap();
    let view = desk.assessment(&ana, &id).unwrap();
    assert_eq!(view.recorded.as_ref().unwrap().who, "Ana Martins");
    let tally = Tally {
        met: 7,
        partly: 1,
        missed: 1,
        // Nobody waited, complained or was asked.
        aside: 3,
    };
    assert_eq!(view.tally(), tally);
    let livro = of(&view, "livro");
    assert_eq!(
        (livro.todo.as_str(), livro.by.clone()),
        ("Mudá-lo de sítio.", day(20))
    );
    assert_eq!(of(&view, "dados").todo, "", "it is met after all");
    not_now(
        desk.record_assessment(&ana, &id, &right),
        "já foi registada",
    );
    not_now(
        desk.keystroke(&ana, &id, "livro", "met", 0).map(|_| ()),
        "já foi registada",
    );
    not_now(desk.drop_assessment(&ana, &id), "já foi registada");
    let seen = desk.assessments(&ana).unwrap();
    assert!(seen.drafts.is_empty());
    assert_eq!((seen.recorded[0].owed, seen.recorded[0].late), (1, 0));
}

#[test]
fn figures_are_those_of_the_period_and_freeze() {
    let folder = Folder::new();
    let (node, desk, ana) = open(&folder);
    let (first, second) = (
        desk.begin_attendance(&ana).unwrap(),
        desk.begin_attendance(&ana).unwrap(),
    );
    desk.close_attendance(&ana, &first).unwrap();
    let faces = |n: u32, face| {
        for _ in 0..n {
            vereda::store::opinion::add(&node.store.write(), &day(0), face).unwrap();
        }
    };
    use vereda_web::citizen::port::Face;
    faces(3, Some(Face::Good));
    faces(2, Some(Face::Bad));
    // Before the period, and after it.
    vereda::store::opinion::add(&node.store.write(), &day(-30), Some(Face::Bad)).unwrap();
    let id = desk.begin_assessment(&ana).unwrap();
    let before = desk.assessment(&ana, &id).unwrap();
    assert_eq!((before.from.clone(), before.to.clone()), (day(-29), day(0)));
    let good = of(&before, "satisfacao");
    let figure = good.figure.unwrap();
    assert_eq!((figure.value, figure.of), (Some(60), 5));
    assert_eq!(good.verdict, Some(Verdict::Missed));
    let asked: Vec<&str> = good.fields.iter().map(|f| f.field.id.as_str()).collect();
    assert_eq!(
        asked,
        ["satisfacao.note", "satisfacao.todo", "satisfacao.by"]
    );
    faces(5, Some(Face::Good));
    desk.record_assessment(&ana, &id, &answers(&[])).unwrap();
    faces(9, Some(Face::Bad));
    desk.close_attendance(&ana, &second).unwrap();
    let after = desk.assessment(&ana, &id).unwrap();
    let good = of(&after, "satisfacao");
    assert_eq!(good.figure.unwrap().value, Some(80));
    assert_eq!(good.verdict, Some(Verdict::Met));
    assert_eq!(of(&after, "espera").verdict, Some(Verdict::Aside));
}

/// As if an assessment had been recorded so many days ago.
fn promised(node: &Node, by: &str) -> RecordId {
    let standard = Standard {
        id: "livro".into(),
        text: "O aviso está à vista.".into(),
        help: String::new(),
        measure: None::<Measure>,
        target: None,
    };
    let begun = node.begin("Ana Martins", |author, at| {
        assessment::begin(author, at, 1, &[standard])
    });
    let id = begun.unwrap();
    let found = [assessment::Finding {
        standard: "livro".into(),
        verdict: Verdict::Missed,
        figure: None,
        note: String::new(),
        todo: "Afixar o aviso.".into(),
        by: by.into(),
    }];
    let today = Date::parse(&day(0)).unwrap();
    let record =
        |d: &mut _, author: &_, at| assessment::record(d, author, at, (today, today), &found);
    node.change(id, "Ana Martins", record, |_| Ok(())).unwrap();
    id
}

#[test]
fn what_was_promised_waits_from_a_few_days_before_until_it_is_done() {
    let folder = Folder::new();
    let (node, desk, ana) = open(&folder);
    let late = promised(&node, &day(-2)).to_string();
    let soon = promised(&node, &day(3)).to_string();
    promised(&node, &day(4));
    let waits = || {
        let remedies = desk.today(&ana).unwrap().remedies.into_iter();
        remedies
            .map(|r| (r.assessment, r.is_late))
            .collect::<Vec<_>>()
    };
    assert_eq!(waits(), [(late.clone(), true), (soon.clone(), false)]);
    not_now(
        desk.remedied(&ana, &late, "livro", " "),
        "Escreva o que se fez",
    );
    not_now(
        desk.remedied(&ana, &late, "livro", &"a".repeat(501)),
        "cabem 500",
    );
    not_now(
        desk.remedied(&ana, &late, "precos", "Sim."),
        "nada por fazer",
    );
    for _a_double_click in 0..2 {
        desk.remedied(&ana, &late, "livro", " Afixado à porta. ")
            .unwrap();
    }
    assert_eq!(waits(), [(soon, false)]);
    let view = desk.assessment(&ana, &late).unwrap();
    let (word, by) = of(&view, "livro").done.clone().unwrap();
    assert_eq!(
        (word.as_str(), by.who.as_str()),
        ("Afixado à porta.", "Ana Martins")
    );
    // The same of the journals alone.
    let before = desk.assessments(&ana).unwrap();
    assert_eq!(before.history.days.len(), 3);
    vereda::store::derived::reset(&node.store.write()).unwrap();
    assert!(desk.assessments(&ana).unwrap().recorded.is_empty());
    node.derive_arrived().unwrap();
    assert_eq!(desk.assessments(&ana).unwrap(), before);
    assert_eq!(waits().len(), 1);
}

#[test]
fn a_draft_is_dropped_and_another_begun() {
    let folder = Folder::new();
    let (node, desk, ana) = open(&folder);
    let id = desk.begin_assessment(&ana).unwrap();
    desk.keystroke(&ana, &id, "livro.note", "Nada.", 0).unwrap();
    desk.drop_assessment(&ana, &id).unwrap();
    assert!(matches!(
        desk.assessment(&ana, &id),
        Err(DeskError::NotFound)
    ));
    let drafts = vereda::store::draft::of_form(&node.store.read(), &id).unwrap();
    assert!(drafts.is_empty());
    assert_ne!(desk.begin_assessment(&ana).unwrap(), id);
    not_now(desk.keep_assessment(&ana, &id, &[]), "deitada fora");
}

#[test]
fn a_catalogue_without_standards_offers_none() {
    let folder = Folder::new();
    let copy = folder.0.join("catalogue");
    for part in ["", "services", "languages"] {
        std::fs::create_dir_all(copy.join(part)).unwrap();
        for entry in std::fs::read_dir(demo("catalogue").join(part)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() && !path.ends_with("standards.toml") {
                std::fs::copy(&path, copy.join(part).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    let node = opened(&folder, "movel-08", "vehicle", &copy, "").unwrap();
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    assert!(!desk.assessments(&ana).unwrap().is_offered);
    not_now(desk.begin_assessment(&ana).map(|_| ()), "não traz normas");
}

#[test]
fn the_console_reads_what_was_recorded_and_no_draft() {
    let folder = Folder::new();
    let (node, console) = hub(&folder);
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    assert!(console.assessed().unwrap().is_empty());
    let draft = desk.begin_assessment(&ana).unwrap();
    assert!(matches!(
        console.assessment(&draft),
        Err(DeskError::NotFound)
    ));
    let id = promised(&node, &day(-1)).to_string();
    let spots = console.assessed().unwrap();
    let spot = &spots[0];
    assert_eq!((spot.name.as_str(), spot.is_due), ("Espaço central", false));
    assert_eq!(
        spot.short,
        [("O aviso está à vista.".to_owned(), Verdict::Missed)]
    );
    assert_eq!(spot.owed, [("Afixar o aviso.".to_owned(), day(-1), true)]);
    let (view, history) = console.assessment(&id).unwrap();
    assert_eq!(view.standards.len(), 1);
    assert_eq!(history.rows[0].1, [Some(Verdict::Missed)]);
}
