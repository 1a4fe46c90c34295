//! Somebody without documents declares who they are: it is asked for as it is due, marked wherever
//! the request goes, and ends with the document that proves it.

use vereda::desk::SpotDesk;
use vereda_sync::record::declaration::Proof;
use vereda_web::citizen::port::{CitizenScreens, Stage};
use vereda_web::console::port::Console;
use vereda_web::desk::port::{Desk, DeskError, Next, Session};

use crate::screens::code;
use crate::support::{Folder, desk, hub, identified, node, pairs, saw_papers, sign_in};

const ONE_WITNESS: [(&str, &str); 6] = [
    ("dec-why", "lost"),
    ("dec-witnesses", "one"),
    ("dec-1-name", "Amália Reis"),
    ("dec-1-document", "12345678 9 ZZ1"),
    ("dec-1-knows", "Vizinha há vinte anos"),
    ("dec-honour", "yes"),
];

fn declare(
    desk: &SpotDesk,
    who: &Session,
    attendance: &str,
    more: &[(&str, &str)],
) -> Result<Next, DeskError> {
    let mut typed: Vec<_> = ONE_WITNESS.to_vec();
    typed.retain(|(field, _)| more.iter().all(|(id, _)| id != field));
    typed.extend(more);
    desk.finish_step(who, attendance, "declaration", &pairs(&typed))
}

/// A request of somebody who declared who they are, and who proves it by today; up to its check.
fn certificate(desk: &SpotDesk, who: &Session) -> (String, String) {
    let attendance = identified(desk, who, "Maria Rosa", "");
    desk.declare(who, &attendance, true).unwrap();
    let today = vereda::clock::today();
    declare(desk, who, &attendance, &[("dec-until", &today)]).unwrap();
    let request = begin(desk, who, &attendance);
    (attendance, request)
}

fn begin(desk: &SpotDesk, who: &Session, attendance: &str) -> String {
    let request = desk
        .begin_request(who, attendance, "registo-criminal")
        .unwrap();
    let finish = |step: &str, typed: &[(&str, &str)]| {
        desk.finish_step(who, &request, step, &pairs(typed))
            .unwrap();
    };
    finish("purpose", &[("purpose", "work"), ("for-whom", "self")]);
    finish("contact", &[("phone", "912 345 678")]);
    saw_papers(desk, who, &request);
    request
}

fn record(desk: &SpotDesk, who: &Session, request: &str) {
    desk.confirm_by_word(who, request).unwrap();
    desk.record(who, request).unwrap();
}

#[test]
fn nothing_is_asked_for_before_it_is_declared_and_witnesses_are_others() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria Rosa", "");
    desk.declare(&ana, &attendance, true).unwrap();
    let begun = desk.begin_request(&ana, &attendance, "registo-criminal");
    assert!(matches!(begun, Err(DeskError::NotNow(why)) if why.contains("declara")));
    // Who does not declare it on honour, or does not say by when, is told at the field.
    let wrong = declare(&desk, &ana, &attendance, &[("dec-honour", "")]);
    let Err(DeskError::Refused(wrong)) = wrong else {
        panic!("{wrong:?}")
    };
    let wrong: Vec<&str> = wrong.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(wrong, ["dec-until", "dec-honour"]);
    let today = vereda::clock::today();
    let twice = [
        ("dec-until", today.as_str()),
        ("dec-honour", "yes"),
        ("dec-witnesses", "two"),
        ("dec-2-name", "Amália Reis"),
        ("dec-2-document", "123456789ZZ1"),
        ("dec-2-knows", "Prima"),
    ];
    let twice = declare(&desk, &ana, &attendance, &twice);
    assert!(matches!(twice, Err(DeskError::NotNow(why)) if why.contains("outra pessoa")));
    // One is enough; what was typed of the other is not kept.
    let one = [("dec-witnesses", "one")];
    assert_eq!(
        declare(&desk, &ana, &attendance, &one).unwrap(),
        Next::Attendance
    );
    let seen = desk.attendance(&ana, &attendance).unwrap();
    let names: Vec<_> = seen
        .declaration
        .iter()
        .map(|(label, _)| label.pt())
        .collect();
    assert!(
        names.contains(&"Testemunha 1: nome completo") && !names.iter().any(|n| n.contains('2'))
    );
    // They had them after all: nothing of it goes with the request.
    desk.declare(&ana, &attendance, false).unwrap();
    let request = begin(&desk, &ana, &attendance);
    assert_eq!(desk.request(&ana, &request).unwrap().identity, None);
    let late = desk.declare(&ana, &attendance, true);
    assert!(
        matches!(late, Err(DeskError::NotNow(_))),
        "requests say how they are known"
    );
}

#[test]
fn it_is_marked_wherever_the_request_goes_until_a_document_proves_it() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let token = desk.open_screen().unwrap();
    desk.pair_screen(&ana, &code(desk.screen(&token).unwrap().stage))
        .unwrap();
    let (attendance, request) = certificate(&desk, &ana);
    let owed = Some(Proof::Owed(vereda::clock::today()));

    let check = desk.check_answers(&ana, &request).unwrap();
    assert_eq!(
        (check.steps[0].id.as_str(), &check.identity),
        ("declaration", &owed)
    );
    let fields = check.steps[0].answers.iter().map(|(f, _, _)| f.id.as_str());
    assert_eq!(fields.filter(|id| id.starts_with("dec-1")).count(), 3);
    desk.ask_confirmation(&ana, &request).unwrap();
    let Stage::Confirm(confirm) = desk.screen(&token).unwrap().stage else {
        panic!()
    };
    assert_eq!(
        (confirm.steps[0].title.has("ne"), &confirm.identity),
        (true, &owed)
    );
    let early = desk.prove(&ana, &request, "passport", "P 1");
    assert!(
        matches!(early, Err(DeskError::NotNow(_))),
        "not recorded yet"
    );
    assert!(desk.today(&ana).unwrap().cases.is_empty());
    record(&desk, &ana, &request);
    let Stage::Recorded(recorded) = desk.screen(&token).unwrap().stage else {
        panic!()
    };
    assert_eq!(recorded.identity, owed);
    assert_eq!(desk.receipt(&ana, &request).unwrap().identity, owed);
    assert_eq!(desk.request(&ana, &request).unwrap().identity, owed);
    assert!(desk.requests(&ana, "rosa").unwrap()[0].owes.proof);
    let due = &desk.today(&ana).unwrap().cases;
    assert!(due.len() == 1 && due[0].case.proof.as_ref().is_some_and(|p| p.is_due));

    // What was asked for with it is proven with it; nothing is written twice.
    let other = begin(&desk, &ana, &attendance);
    record(&desk, &ana, &other);
    let wrong = desk.prove(&ana, &request, "a friend", "");
    assert!(matches!(wrong, Err(DeskError::Refused(wrong)) if wrong.len() == 2));
    for _ in 0..2 {
        desk.prove(&ana, &request, "passport", "P 123456").unwrap();
    }
    for request in [&request, &other] {
        let page = desk.request(&ana, request).unwrap();
        let Some(Proof::Given { document, number }) = page.identity else {
            panic!("{:?}", page.identity)
        };
        assert_eq!(
            (document.as_str(), number.as_str()),
            ("passport", "P 123456")
        );
        let told = page
            .history
            .iter()
            .filter(|l| l.text.contains("Passaporte n.º P 123456"));
        assert_eq!(told.count(), 1);
    }
    assert!(
        desk.requests(&ana, "rosa")
            .unwrap()
            .iter()
            .all(|row| !row.owes.proof)
    );
    assert!(desk.today(&ana).unwrap().cases.is_empty());
}

#[test]
fn the_console_reads_it_too() {
    let folder = Folder::new();
    let (central, console) = hub(&folder);
    let desk = desk(&central);
    let ana = sign_in(&desk, "ana.m");
    let (_, request) = certificate(&desk, &ana);
    record(&desk, &ana, &request);
    assert!(console.requests("rosa").unwrap()[0].owes.proof);
    let page = console.request(&request).unwrap();
    assert!(matches!(page.identity, Some(Proof::Owed(_))));
    assert!(
        page.answers
            .iter()
            .any(|(field, _)| field.id == "dec-1-knows")
    );
}
