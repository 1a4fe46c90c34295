//! What the citizen was shown, agreed to and signed.

use vereda_sync::record::consent::{Confirmed, Signed};
use vereda_web::citizen::port::{CitizenScreens, Reply, Stage};
use vereda_web::desk::port::{Agreed, Confirmation, Desk, DeskError, Session};

use vereda::desk::SpotDesk;

use crate::photos::PNG;
use crate::screens::{RIGHT, code};
use crate::support::{Folder, desk, identified, niss, node, pairs, recorded, saw_papers, sign_in};

const DRAWN: &str = "100,200 140,80 180,210;200,150;220,160 260,140 300,170";

/// A screen that follows the desk of that session.
fn paired(desk: &SpotDesk, session: &Session) -> String {
    let token = desk.open_screen().unwrap();
    let code = code(desk.screen(&token).unwrap().stage);
    desk.pair_screen(session, &code).unwrap();
    token
}

/// What the screen asks to confirm now.
fn asked(desk: &SpotDesk, token: &str) -> vereda_web::citizen::port::Confirm {
    match desk.screen(token).unwrap().stage {
        Stage::Confirm(confirm) => *confirm,
        other => panic!("{other:?}"),
    }
}

fn given(desk: &SpotDesk, session: &Session, request: &str) -> Option<Agreed> {
    match desk.check_answers(session, request).unwrap().confirmation {
        Confirmation::Given(agreed) => Some(*agreed),
        _ => None,
    }
}

/// A request for the funeral subsidy, which is signed, ready to be confirmed.
fn to_sign(desk: &SpotDesk, session: &Session) -> String {
    let attendance = identified(desk, session, "Maria do Rosário", "123456789");
    let request = desk
        .begin_request(session, &attendance, "subsidio-funeral")
        .unwrap();
    let today = vereda::clock::today();
    let finish = |step: &str, typed: &[(&str, &str)]| {
        desk.finish_step(session, &request, step, &pairs(typed))
            .unwrap();
    };
    finish(
        "applicant",
        &[
            ("niss", &niss("123456789")),
            ("nif", "123456789"),
            ("relation", "child"),
            ("phone", "912345678"),
        ],
    );
    finish(
        "deceased",
        &[
            ("deceased-name", "José do Rosário"),
            ("deceased-born", "01/02/1930"),
            ("deceased-died", &today),
            ("deceased-residence", "Alferce"),
        ],
    );
    for field in ["death-scan", "receipt-scan"] {
        let mut photo = desk.attach(session, &request, field, "a.jpg").unwrap();
        photo.write(PNG).unwrap();
        photo.write(field.as_bytes()).unwrap();
        photo.finish().unwrap();
    }
    finish(
        "proofs",
        &[
            ("amount", "1250"),
            ("iban", "PT50000201231234567890154"),
            ("truth", "yes"),
        ],
    );
    request
}

#[test]
fn what_was_shown_is_kept_with_screen_language_and_edition() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let token = paired(&desk, &ana);
    let attendance = identified(&desk, &ana, "Олена Ковальчук", "123456789");
    let request = desk
        .begin_request(&ana, &attendance, "registo-criminal")
        .unwrap();
    let purpose = pairs(&[("purpose", "work"), ("for-whom", "self")]);
    desk.finish_step(&ana, &request, "purpose", &purpose)
        .unwrap();
    let contact = pairs(&[("phone", "912345678")]);
    desk.finish_step(&ana, &request, "contact", &contact)
        .unwrap();
    desk.ask_confirmation(&ana, &request).unwrap();
    let portuguese = asked(&desk, &token);
    // Who read Portuguese and presses when the page is Ukrainian already has not read this one.
    desk.speak(&token, "uk").unwrap();
    let ukrainian = asked(&desk, &token);
    assert_ne!(portuguese.shown, ukrainian.shown);
    assert!(matches!(
        desk.answer(&token, &request, &portuguese.shown, RIGHT),
        Err(DeskError::NotNow(_))
    ));
    assert_eq!(given(&desk, &ana, &request), None);
    desk.answer(&token, &request, &ukrainian.shown, RIGHT)
        .unwrap();
    let agreed = given(&desk, &ana, &request).unwrap();
    let consent = &agreed.consent;
    assert_eq!(
        (consent.how, consent.language.as_str(), consent.edition),
        (Confirmed::OnScreen, "uk", 3)
    );
    assert_eq!((consent.answers, consent.fee_cents), (3, 500));
    assert_eq!(consent.words, ukrainian.shown, "the very words");
    assert_eq!(consent.screen.as_ref().map(String::len), Some(8));
    assert!(
        !token.starts_with(consent.screen.as_deref().unwrap()),
        "no part of the token"
    );
    assert_eq!(consent.signed, None);
    assert!(agreed.before.contains("Ana Martins"), "{agreed:?}");
    // It goes with the request: to its page and to the receipt.
    saw_papers(&desk, &ana, &request);
    desk.record(&ana, &request).unwrap();
    assert_eq!(
        desk.request(&ana, &request).unwrap().agreed.as_ref(),
        Some(&agreed)
    );
    assert_eq!(desk.receipt(&ana, &request).unwrap().agreed, Some(agreed));
}

#[test]
fn by_word_says_that_no_screen_showed_it() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let request = recorded(&desk, &ana, "Maria do Rosário", "123456789");
    let consent = desk
        .request(&ana, &request)
        .unwrap()
        .agreed
        .unwrap()
        .consent;
    assert_eq!(
        (consent.how, consent.screen, consent.language.as_str()),
        (Confirmed::ByWord, None, "pt")
    );
}

#[test]
fn a_service_that_is_signed_is_not_confirmed_without_a_signature() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let token = paired(&desk, &ana);
    let request = to_sign(&desk, &ana);
    desk.ask_confirmation(&ana, &request).unwrap();
    let asks = asked(&desk, &token);
    assert!(asks.service.signature.is_some() && !asks.unsigned);
    for (strokes, name) in [
        ("", ""),
        ("10,10", ""),
        ("<svg/>", " "),
        ("", "x"),
        ("", "a\u{0}b"),
    ] {
        let reply = Reply::Right { strokes, name };
        desk.answer(&token, &request, &asks.shown, reply).unwrap();
        assert!(asked(&desk, &token).unsigned, "{strokes:?} {name:?}");
        assert!(matches!(
            desk.record(&ana, &request),
            Err(DeskError::NotNow(_))
        ));
    }
    let reply = Reply::Right {
        strokes: DRAWN,
        name: "",
    };
    desk.answer(&token, &request, &asks.shown, reply).unwrap();
    let consent = given(&desk, &ana, &request).unwrap().consent;
    let Some(Signed::Drawn(strokes)) = &consent.signed else {
        panic!("{consent:?}")
    };
    assert_eq!(strokes.to_string(), DRAWN);
    assert_eq!(consent.words, asks.shown, "under exactly these words");
    saw_papers(&desk, &ana, &request);
    desk.record(&ana, &request).unwrap();
    assert_eq!(
        desk.receipt(&ana, &request)
            .unwrap()
            .agreed
            .unwrap()
            .consent,
        consent
    );
}

#[test]
fn who_does_not_draw_writes_the_name_and_where_there_is_no_screen_paper_is_signed() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let token = paired(&desk, &ana);
    let request = to_sign(&desk, &ana);
    desk.ask_confirmation(&ana, &request).unwrap();
    let shown = asked(&desk, &token).shown;
    let reply = Reply::Right {
        strokes: "",
        name: " Maria do Rosário ",
    };
    desk.answer(&token, &request, &shown, reply).unwrap();
    let signed = given(&desk, &ana, &request).unwrap().consent.signed;
    assert_eq!(signed, Some(Signed::Typed("Maria do Rosário".into())));
    desk.confirm_by_word(&ana, &request).unwrap();
    let signed = given(&desk, &ana, &request).unwrap().consent.signed;
    assert_eq!(signed, Some(Signed::Paper));
}
