//! Papers: nothing is recorded while one that is needed was not seen, unless somebody writes why; and
//! what is owed is marked wherever the request goes, until it is there.

use vereda::desk::SpotDesk;
use vereda_sync::record::papers::{Said, Standing};
use vereda_web::citizen::port::{CitizenScreens, Stage};
use vereda_web::console::port::Console;
use vereda_web::desk::port::{Confirmation, Desk, DeskError, Session};

use crate::support::{Folder, desk, hub, identified, node, pairs, sign_in};

/// A certificate for somebody else's matter, up to the check of the answers; `for_whom` says whose.
fn certificate(desk: &SpotDesk, session: &Session, purpose: &str) -> String {
    let attendance = identified(desk, session, "Maria Rosa", "123456789");
    let request = desk
        .begin_request(session, &attendance, "registo-criminal")
        .unwrap();
    let finish = |step: &str, typed: &[(&str, &str)]| {
        desk.finish_step(session, &request, step, &pairs(typed))
            .unwrap();
    };
    finish("purpose", &[("purpose", purpose), ("for-whom", "self")]);
    finish("contact", &[("phone", "912 345 678")]);
    request
}

fn standing(desk: &SpotDesk, session: &Session, request: &str) -> Vec<(String, Standing)> {
    let check = desk.check_answers(session, request).unwrap();
    let papers = check.papers.into_iter();
    papers.map(|n| (n.paper.id, n.standing)).collect()
}

fn is_refused(done: Result<impl std::fmt::Debug, DeskError>, why: &str) {
    match done {
        Err(DeskError::NotNow(said)) => assert!(said.contains(why), "{said}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_recorded_before_each_paper_was_seen_or_is_owed_with_a_reason() {
    let folder = Folder::new();
    let spot = node(&folder, "m07", "vehicle");
    let desk = desk(&spot);
    let ana = sign_in(&desk, "ana.m");
    let request = certificate(&desk, &ana, "adoption");
    let check = desk.check_answers(&ana, &request).unwrap();
    assert_eq!(
        check.exempt.unwrap().pt(),
        "Para adoção e voluntariado o certificado é grátis."
    );
    let card = |standing| vec![("card".to_owned(), standing)];
    assert_eq!(standing(&desk, &ana, &request), card(Standing::Open));
    desk.confirm_by_word(&ana, &request).unwrap();
    is_refused(
        desk.record(&ana, &request),
        "Falta o documento «Cartão de Cidadão»",
    );

    let say = |said| desk.say_of_papers(&ana, &request, Some("card"), said);
    is_refused(say(Said::Owed("  ".into())), "porque falta");
    is_refused(say(Said::Owed("x".repeat(301))), "cabem 300");
    is_refused(
        desk.say_of_papers(&ana, &request, Some("authority"), Said::Seen),
        "já não é preciso",
    );
    // That the mediator saw it takes nothing back of what the citizen confirmed.
    let written = spot
        .store
        .read()
        .query_row("SELECT count(*) FROM entry", [], |r| r.get::<_, i64>(0));
    say(Said::Seen).unwrap();
    say(Said::Seen).unwrap();
    let now = spot
        .store
        .read()
        .query_row("SELECT count(*) FROM entry", [], |r| r.get::<_, i64>(0));
    assert_eq!(
        now.unwrap(),
        written.unwrap() + 1,
        "a second click writes nothing"
    );
    let confirmed = || desk.check_answers(&ana, &request).unwrap().confirmation;
    assert!(matches!(confirmed(), Confirmation::Given(_)));
    // That they owe it was not on what they confirmed: they are asked again.
    say(Said::Owed("ardeu na\ncasa".into())).unwrap();
    assert_eq!(
        standing(&desk, &ana, &request),
        card(Standing::Owed("ardeu na casa".into()))
    );
    assert_eq!(confirmed(), Confirmation::NotAsked);
    desk.confirm_by_word(&ana, &request).unwrap();
    desk.record(&ana, &request).unwrap();

    // It is marked wherever the request goes.
    assert!(desk.requests(&ana, "rosa").unwrap()[0].owes.paper);
    let receipt = desk.receipt(&ana, &request).unwrap();
    assert_eq!(
        receipt.papers[0].standing,
        Standing::Owed("ardeu na casa".into())
    );
    assert!(receipt.exempt.is_some());
    let page = desk.request(&ana, &request).unwrap();
    assert!(page.row.owes.paper && page.papers[0].is_owed());
    let told = |text: &str| page.history.iter().any(|line| line.text.contains(text));
    assert!(
        told("Documentos vistos: Cartão de Cidadão.")
            && told("Documentos que faltam: Cartão de Cidadão.")
    );
    is_refused(say(Said::Nothing), "já foi registado");
    // Until it is brought.
    say(Said::Seen).unwrap();
    assert!(!desk.requests(&ana, "rosa").unwrap()[0].owes.paper);
    is_refused(say(Said::Seen), "já foi registado");
}

#[test]
fn what_is_needed_follows_the_answers_and_one_click_sees_all() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let request = certificate(&desk, &ana, "work");
    let needed = |step| {
        let form = desk.form(&ana, &request, Some(step)).unwrap();
        form.papers
            .into_iter()
            .map(|n| n.paper.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(needed("purpose"), ["card"]);
    // Already as it is typed.
    desk.keystroke(&ana, &request, "for-whom", "other", 0)
        .unwrap();
    assert_eq!(needed("purpose"), ["card", "authority"]);
    desk.say_of_papers(&ana, &request, None, Said::Owed("fica para amanhã".into()))
        .unwrap();
    let for_self = pairs(&[("purpose", "work"), ("for-whom", "self")]);
    desk.finish_step(&ana, &request, "purpose", &for_self)
        .unwrap();
    desk.say_of_papers(&ana, &request, Some("card"), Said::Seen)
        .unwrap();
    desk.confirm_by_word(&ana, &request).unwrap();
    desk.record(&ana, &request).unwrap();
    // What is no longer needed is owed by nobody.
    assert!(!desk.requests(&ana, "rosa").unwrap()[0].owes.paper);
}

#[test]
fn the_citizen_reads_what_they_owe_before_they_agree() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let token = desk.open_screen().unwrap();
    let Stage::Unpaired { code } = desk.screen(&token).unwrap().stage else {
        panic!()
    };
    desk.pair_screen(&ana, &code).unwrap();
    let request = certificate(&desk, &ana, "adoption");
    desk.ask_confirmation(&ana, &request).unwrap();
    let shown = || match desk.screen(&token).unwrap().stage {
        Stage::Confirm(confirm) => confirm,
        other => panic!("{other:?}"),
    };
    let before = shown();
    assert!(before.exempt.is_some());
    desk.say_of_papers(&ana, &request, None, Said::Owed("ardeu".into()))
        .unwrap();
    let after = shown();
    assert!(after.papers[0].is_owed());
    assert_ne!(before.shown, after.shown, "other words, another consent");
}

#[test]
fn the_console_reads_it_too() {
    let folder = Folder::new();
    let (central, console) = hub(&folder);
    let desk = desk(&central);
    let ana = sign_in(&desk, "ana.m");
    let request = certificate(&desk, &ana, "work");
    desk.say_of_papers(&ana, &request, None, Said::Owed("ardeu".into()))
        .unwrap();
    desk.confirm_by_word(&ana, &request).unwrap();
    desk.record(&ana, &request).unwrap();
    assert!(console.requests("rosa").unwrap()[0].owes.paper);
    assert!(console.request(&request).unwrap().papers[0].is_owed());
}
