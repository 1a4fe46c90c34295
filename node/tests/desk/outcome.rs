//! How the citizen is told how a request ended: asked once, agreed to in exact words, told when there is
//! something to tell, gone when it was taken back.

use vereda::desk::SpotDesk;
use vereda::node::Node;
use vereda::store::derived;
use vereda_sync::answer::Provenance;
use vereda_sync::hlc::Hlc;
use vereda_sync::record::case;
use vereda_sync::record::consent::Confirmed;
use vereda_sync::record::document::{Author, Document};
use vereda_sync::record::outcome::{Agreement, Contact, OUTCOME};
use vereda_web::citizen::port::{CitizenScreens, Place, Stage};
use vereda_web::desk::port::{
    Cases, Confirmation, Desk, DeskError, Next, Outcomes, Session, Telling,
};

use crate::screens::code;
use crate::support::{Folder, desk, identified, node, pairs, recorded, saw_papers, sign_in};

const SMS: [(&str, &str); 3] = [
    ("tell-way", "sms"),
    ("tell-phone", "913 000 111"),
    ("tell-consent", "yes"),
];

fn certificate(desk: &SpotDesk, who: &Session, attendance: &str) -> String {
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

fn telling(desk: &SpotDesk, who: &Session, request: &str) -> Telling {
    desk.request(who, request).unwrap().case.telling
}

fn contact(value: &str) -> Contact {
    Contact::parse(value).unwrap()
}

/// The agency gives it back, as the hub writes that.
fn give_back(node: &Node, request: &str, field: &str) {
    let record = vereda_sync::id::RecordId::from_hex(request).unwrap();
    let write = |d: &mut Document, author: &Author, at: Hlc| {
        case::give_back(d, author, at, field, "não existe")
    };
    node.change(record, "Teresa Nunes", write, |_| Ok(()))
        .unwrap();
}

fn to_tell(desk: &SpotDesk, who: &Session) -> Vec<(String, usize)> {
    let cases = desk.today(who).unwrap().cases.into_iter();
    let cases = cases.filter(|it| !it.case.telling.to_tell.is_empty());
    cases
        .map(|it| (it.row.id, it.case.telling.to_tell.len()))
        .collect()
}

#[test]
fn nobody_has_to_choose_and_then_nobody_is_told() {
    let folder = Folder::new();
    let spot = node(&folder, "m07", "vehicle");
    let desk = desk(&spot);
    let ana = sign_in(&desk, "ana.m");
    let request = recorded(&desk, &ana, "Maria Rosa", "123456789");
    assert_eq!(desk.receipt(&ana, &request).unwrap().told_by, None);
    assert_eq!(telling(&desk, &ana, &request), Telling::default());
    give_back(&spot, &request, "phone");
    assert_eq!(to_tell(&desk, &ana), []);
}

#[test]
fn it_is_asked_once_for_all_requests_with_what_is_known_proposed() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria Rosa", "123456789");
    // Who is identified is not asked for it: it is no step that has to be gone through.
    let steps = desk.form(&ana, &attendance, None).unwrap().steps;
    assert!(steps.iter().all(|s| s.id != OUTCOME.id));
    let request = certificate(&desk, &ana, &attendance);
    desk.ask_outcome(&ana, &attendance).unwrap();
    let form = desk.form(&ana, &attendance, Some(&OUTCOME.id)).unwrap();
    let phone = form.fields.iter().find(|f| f.field.id == "tell-phone");
    assert_eq!(phone.unwrap().value, "912345678");

    // Without consent, or with half a number, it is no choice.
    let typed = pairs(&[("tell-way", "sms"), ("tell-phone", "912")]);
    let refused = desk.finish_step(&ana, &attendance, &OUTCOME.id, &typed);
    let Err(DeskError::Refused(refused)) = refused else {
        panic!("{refused:?}")
    };
    let fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["tell-phone", "tell-consent"]);
    desk.confirm_by_word(&ana, &request).unwrap();
    let next = desk
        .finish_step(&ana, &attendance, &OUTCOME.id, &pairs(&SMS))
        .unwrap();
    assert_eq!(next, Next::CheckOf(request.clone()));

    // Whoever had confirmed had not seen it: they are asked once more.
    let check = desk.check_answers(&ana, &request).unwrap();
    assert!(!matches!(check.confirmation, Confirmation::Given(_)));
    assert!(check.steps.iter().any(|s| s.id == OUTCOME.id));
    record(&desk, &ana, &request);
    let second = certificate(&desk, &ana, &attendance);
    record(&desk, &ana, &second);
    for request in [&request, &second] {
        let now = telling(&desk, &ana, request);
        assert_eq!(
            now.contact,
            Some((contact("sms 913000111"), Provenance::Typed))
        );
        let (agreement, _) = now.agreed.unwrap();
        assert_eq!(
            (agreement.how, agreement.screen),
            (Confirmed::ByWord, None),
            "it was read aloud"
        );
        let receipt = desk.receipt(&ana, request).unwrap();
        assert_eq!(receipt.told_by, Some(contact("sms 913000111")));
    }
}

#[test]
fn the_citizen_writes_and_agrees_on_their_own_screen_in_their_language() {
    let folder = Folder::new();
    let (attendance, request) = {
        let desk = desk(&node(&folder, "m07", "vehicle"));
        let ana = sign_in(&desk, "ana.m");
        let token = desk.open_screen().unwrap();
        desk.screen_connected(&token, true);
        let stage = desk.screen(&token).unwrap().stage;
        desk.pair_screen(&ana, &code(stage)).unwrap();
        desk.speak(&token, "uk").unwrap();
        let attendance = identified(&desk, &ana, "Олена Ковальчук", "123456789");
        let request = certificate(&desk, &ana, &attendance);
        desk.ask_outcome(&ana, &attendance).unwrap();
        desk.form(&ana, &attendance, Some(&OUTCOME.id)).unwrap();
        desk.let_citizen_write(&ana, &attendance, &OUTCOME.id, true)
            .unwrap();
        let Stage::Following(shown) = desk.screen(&token).unwrap().stage else {
            panic!("it follows")
        };
        assert_eq!(shown.step.get("uk"), "Як ви хочете дізнатися про результат");
        let at = |field| Place {
            form: &attendance,
            step: &OUTCOME.id,
            field,
        };
        let saved = desk.write(&token, at("tell-way"), "mail", 0).unwrap();
        desk.write(&token, at("tell-mail"), "olena@exemplo", saved.revision)
            .unwrap();
        (attendance, request)
    };
    // The plug is pulled: what the citizen wrote is there, and on the desk.
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let form = desk.form(&ana, &attendance, Some(&OUTCOME.id)).unwrap();
    let mail = form.fields.iter().find(|f| f.field.id == "tell-mail");
    let mail = mail.unwrap();
    assert_eq!(
        (mail.value.as_str(), mail.provenance),
        ("olena@exemplo", Some(Provenance::Citizen))
    );
    let token = desk.open_screen().unwrap();
    desk.screen_connected(&token, true);
    let stage = desk.screen(&token).unwrap().stage;
    desk.pair_screen(&ana, &code(stage)).unwrap();
    desk.speak(&token, "uk").unwrap();
    desk.form(&ana, &attendance, Some(&OUTCOME.id)).unwrap();
    desk.let_citizen_write(&ana, &attendance, &OUTCOME.id, true)
        .unwrap();
    let typed = pairs(&[("tell-mail", "olena@exemplo.pt"), ("tell-consent", "yes")]);
    desk.written(&token, (&attendance, &OUTCOME.id), &typed, true)
        .unwrap();
    desk.finish_step(&ana, &attendance, &OUTCOME.id, &[])
        .unwrap();
    record(&desk, &ana, &request);
    let now = telling(&desk, &ana, &request);
    let wanted = contact("mail olena@exemplo.pt");
    assert_eq!(now.contact, Some((wanted.clone(), Provenance::Citizen)));
    let (agreement, _) = now.agreed.unwrap();
    assert_eq!(agreement.how, Confirmed::OnScreen);
    assert_eq!(agreement.language, "uk");
    let again = Agreement::to(&wanted, "uk", (agreement.edition, agreement.screen.clone()));
    assert_eq!(again, agreement, "the fingerprint is of these very words");
}

#[test]
fn what_is_to_be_told_waits_until_it_is_told_and_then_the_contact_goes() {
    let folder = Folder::new();
    let spot = node(&folder, "m07", "vehicle");
    let at_desk = desk(&spot);
    let ana = sign_in(&at_desk, "ana.m");
    let request = recorded(&at_desk, &ana, "Maria Rosa", "123456789");
    let desk = at_desk;
    let wrong = desk.tell_by(&ana, &request, &[("tell-way", "mail"), ("tell-mail", "x")]);
    assert!(matches!(wrong, Err(DeskError::Refused(fields)) if fields.len() == 2));
    desk.tell_by(&ana, &request, &SMS).unwrap();
    assert_eq!(to_tell(&desk, &ana), []);
    give_back(&spot, &request, "phone");
    assert_eq!(to_tell(&desk, &ana), [(request.clone(), 1)]);
    desk.told(&ana, &request, false).unwrap();
    let now = telling(&desk, &ana, &request);
    assert_eq!((now.attempts.len(), now.told), (1, None));
    // All that is derived is made anew: the same waits.
    derived::reset(&spot.store.write()).unwrap();
    spot.derive_arrived().unwrap();
    assert_eq!(to_tell(&desk, &ana), [(request.clone(), 1)]);
    for _ in 0..2 {
        // The second click changes nothing.
        desk.told(&ana, &request, true).unwrap();
    }
    assert_eq!(to_tell(&desk, &ana), []);
    let view = desk.request(&ana, &request).unwrap();
    let said = |words: &str| {
        view.history
            .iter()
            .filter(|l| l.text.contains(words))
            .count()
    };
    assert_eq!((said("Cidadão avisado"), said("não se conseguiu")), (1, 1));
    assert!(view.case.telling.contact.is_some(), "it goes on");
    assert!(
        view.history.iter().all(|l| !l.text.contains("913")),
        "no history names the number"
    );

    desk.withdraw(&ana, &request, "a filha", "mudou de ideias")
        .unwrap();
    assert_eq!(to_tell(&desk, &ana), [(request.clone(), 1)]);
    desk.told(&ana, &request, true).unwrap();
    let now = telling(&desk, &ana, &request);
    assert_eq!((now.contact, now.agreed, now.is_over), (None, None, true));
    assert_eq!(desk.receipt(&ana, &request).unwrap().told_by, None);
    let late = desk.tell_by(&ana, &request, &SMS);
    assert!(matches!(late, Err(DeskError::NotNow(why)) if why.contains("já foi avisado")));
}

#[test]
fn taken_back_it_is_gone_from_all_that_was_asked_with_it() {
    let folder = Folder::new();
    let spot = node(&folder, "m07", "vehicle");
    let desk = desk(&spot);
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria Rosa", "123456789");
    let first = certificate(&desk, &ana, &attendance);
    desk.finish_step(&ana, &attendance, &OUTCOME.id, &pairs(&SMS))
        .unwrap();
    record(&desk, &ana, &first);
    let second = certificate(&desk, &ana, &attendance);
    record(&desk, &ana, &second);
    give_back(&spot, &second, "phone");
    desk.take_back_outcome(&ana, &first).unwrap();
    for look in 0..2 {
        for request in [&first, &second] {
            let now = telling(&desk, &ana, request);
            assert_eq!((now.contact, now.agreed), (None, None), "look {look}");
        }
        assert_eq!(to_tell(&desk, &ana), []);
        derived::reset(&spot.store.write()).unwrap();
        spot.derive_arrived().unwrap();
    }
    let third = certificate(&desk, &ana, &attendance);
    let check = desk.check_answers(&ana, &third).unwrap();
    assert!(check.steps.iter().all(|s| s.id != OUTCOME.id));
    // It can be chosen again, and dropped before it is recorded.
    desk.finish_step(&ana, &attendance, &OUTCOME.id, &pairs(&SMS))
        .unwrap();
    desk.drop_outcome(&ana, &attendance).unwrap();
    record(&desk, &ana, &third);
    assert_eq!(telling(&desk, &ana, &third).contact, None);
}
