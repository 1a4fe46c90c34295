//! The citizen writes a step on their screen: only while they are let, only what it shows, every
//! key kept.

use vereda::console::HubConsole;
use vereda::desk::SpotDesk;
use vereda_sync::answer::Provenance;
use vereda_web::citizen::port::{CitizenScreens, Followed, Place, Stage};
use vereda_web::console::port::Console;
use vereda_web::desk::port::{Desk, DeskError, Next, Session};

use crate::catalogue::edited;
use crate::screens::code;
use crate::support::{Folder, PIN, desk, identified, node, opened, pairs, saw_papers, sign_in};

/// A desk with a screen that follows the contact of a request.
fn following(desk: &SpotDesk, session: &Session) -> (String, String) {
    let token = desk.open_screen().unwrap();
    desk.screen_connected(&token, true);
    desk.pair_screen(session, &code(desk.screen(&token).unwrap().stage))
        .unwrap();
    let attendance = identified(desk, session, "Maria do Rosário", "123456789");
    let request = desk
        .begin_request(session, &attendance, "registo-criminal")
        .unwrap();
    desk.finish_step(
        session,
        &request,
        "purpose",
        &pairs(&[("purpose", "work"), ("for-whom", "self")]),
    )
    .unwrap();
    desk.form(session, &request, Some("contact")).unwrap();
    (token, request)
}

fn at<'a>(form: &'a str, step: &'a str, field: &'a str) -> Place<'a> {
    Place { form, step, field }
}

fn field(desk: &SpotDesk, token: &str, id: &str) -> Followed {
    let Stage::Following(following) = desk.screen(token).unwrap().stage else {
        panic!("it follows")
    };
    let mut fields = following.fields.into_iter();
    fields.find(|f| f.field.id == id).unwrap()
}

#[test]
fn a_screen_writes_only_while_it_is_let_and_only_what_it_shows() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let (token, request) = following(&desk, &ana);
    let phone = at(&request, "contact", "phone");
    let not_now = |written| matches!(written, Err(DeskError::NotNow(_)));
    assert!(
        not_now(desk.write(&token, phone, "912345678", 0)),
        "not let"
    );
    assert!(field(&desk, &token, "phone").input.is_none());

    desk.let_citizen_write(&ana, &request, "contact", true)
        .unwrap();
    assert!(field(&desk, &token, "phone").input.is_some());
    desk.write(&token, phone, "912 345 67", 0).unwrap();
    let refused = [
        desk.write(&token, at(&request, "purpose", "purpose"), "other", 0),
        desk.write(&token, at(&request, "contact", "purpose"), "other", 0),
        desk.write(&token, at(&request, "contact", "nif"), "1", 0),
        desk.write(&token, at("00", "contact", "phone"), "1", 0),
        desk.write("made up", phone, "1", 0),
        desk.write(&token, phone, &"9".repeat(20_000), 0),
    ];
    assert!(refused.iter().all(Result::is_err), "{refused:?}");
    assert_eq!(field(&desk, &token, "phone").value, "912 345 67");

    // Through with something to mend: it says what, and the citizen goes on.
    desk.written(&token, (&request, "contact"), &[], true)
        .unwrap();
    assert!(field(&desk, &token, "phone").input.unwrap().wrong.is_some());
    desk.write(&token, phone, "912 345 678", 0).unwrap();
    desk.written(&token, (&request, "contact"), &[], true)
        .unwrap();
    assert!(field(&desk, &token, "phone").input.is_none());
    assert!(not_now(desk.write(&token, phone, "1", 0)), "it is through");
    let form = desk.glance(&ana, &request, Some("contact")).unwrap();
    let kept = form.fields.iter().find(|f| f.field.id == "phone").unwrap();
    assert_eq!(kept.value, "912 345 678");
    assert_eq!(kept.provenance, Some(Provenance::Citizen));

    // Finished by the mediator, it is in the request as the citizen's.
    let sent = pairs(&[("phone", "912345678")]);
    let next = desk.finish_step(&ana, &request, "contact", &sent).unwrap();
    assert_eq!(next, Next::CheckAnswers);
    let check = desk.check_answers(&ana, &request).unwrap();
    let mut answers = check.steps.iter().flat_map(|s| &s.answers);
    let (_, answer, _) = answers.find(|(f, ..)| f.id == "phone").unwrap();
    let answer = answer.as_ref().unwrap();
    assert_eq!(
        (answer.value.as_str(), answer.provenance),
        ("912345678", Provenance::Citizen)
    );
}

#[test]
fn the_mediator_takes_over_and_neither_writes_over_the_other_unseen() {
    let folder = Folder::new();
    let (token, request, base) = {
        let desk = desk(&node(&folder, "m07", "vehicle"));
        let ana = sign_in(&desk, "ana.m");
        let (token, request) = following(&desk, &ana);
        desk.let_citizen_write(&ana, &request, "contact", true)
            .unwrap();
        let phone = at(&request, "contact", "phone");
        let saved = desk.write(&token, phone, "91", 0).unwrap();
        // The mediator's page has not seen it yet.
        match desk.keystroke(&ana, &request, "phone", "93", 0) {
            Err(DeskError::Elsewhere { value, by, .. }) => {
                assert_eq!((value.as_str(), by.as_str()), ("91", "O cidadão"));
            }
            other => panic!("{other:?}"),
        }
        let theirs = desk
            .keystroke(&ana, &request, "phone", "93", saved.revision)
            .unwrap();
        assert!(matches!(
            desk.write(&token, phone, "912", saved.revision),
            Err(DeskError::Elsewhere { .. })
        ));
        desk.write(&token, phone, "912", theirs.revision).unwrap();
        (token, request, theirs.revision)
    };
    // Over a power cut the screen writes on; another step, another desk or the end takes it back.
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let phone = at(&request, "contact", "phone");
    desk.write(&token, phone, "9123", base + 10).unwrap();
    assert_eq!(field(&desk, &token, "phone").value, "9123");
    let rui = sign_in(&desk, "rui.p");
    desk.let_citizen_write(&rui, &request, "contact", false)
        .unwrap();
    desk.write(&token, phone, "91234", base + 10).unwrap();
    assert!(matches!(
        desk.let_citizen_write(&rui, &request, "contact", true),
        Err(DeskError::NotNow(_))
    ));
}

#[test]
fn going_on_or_leaving_takes_the_writing_back() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let (token, request) = following(&desk, &ana);
    let phone = at(&request, "contact", "phone");
    let let_write = || desk.let_citizen_write(&ana, &request, "contact", true);
    let writes = || desk.write(&token, phone, "912345678", u64::MAX).is_ok();
    let_write().unwrap();
    assert!(writes());
    desk.form(&ana, &request, Some("contact")).unwrap();
    assert!(writes(), "the same page, loaded again");
    desk.form(&ana, &request, Some("purpose")).unwrap();
    assert!(!writes(), "another step");
    assert!(let_write().is_err(), "the screen shows another");
    desk.form(&ana, &request, Some("contact")).unwrap();
    let_write().unwrap();
    desk.let_citizen_write(&ana, &request, "contact", false)
        .unwrap();
    assert!(!writes(), "taken back");
    let_write().unwrap();
    desk.finish_step(&ana, &request, "contact", &[]).unwrap();
    assert!(!writes(), "the step is finished");
    desk.form(&ana, &request, Some("contact")).unwrap();
    let_write().unwrap();
    desk.unpair_screen(&ana).unwrap();
    assert!(!writes(), "no desk");
    // Without its script the page sends all at its end; what the screen may not write is left.
    desk.pair_screen(&ana, &code(desk.screen(&token).unwrap().stage))
        .unwrap();
    desk.form(&ana, &request, Some("contact")).unwrap();
    let_write().unwrap();
    let sent = pairs(&[("phone", "933333333"), ("purpose", "other")]);
    desk.written(&token, (&request, "contact"), &sent, true)
        .unwrap();
    let value = |step: &str, id: &str| {
        let form = desk.glance(&ana, &request, Some(step)).unwrap();
        let mut fields = form.fields.into_iter();
        fields.find(|f| f.field.id == id).unwrap().value
    };
    assert_eq!(value("contact", "phone"), "933333333");
    assert_eq!(value("purpose", "purpose"), "work");
}

#[test]
fn what_is_hidden_from_the_citizen_is_not_theirs_to_mend() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let (token, request) = following(&desk, &ana);
    let step = (request.as_str(), "contact");
    let writes = || {
        let form = desk.glance(&ana, &request, Some("contact")).unwrap();
        form.citizen_writes
    };
    desk.keystroke(&ana, &request, "phone", "91", 0).unwrap();
    desk.let_citizen_write(&ana, &request, "contact", true)
        .unwrap();
    assert!(
        field(&desk, &token, "phone").input.is_none(),
        "it is hidden"
    );
    assert!(field(&desk, &token, "email").input.is_some());
    desk.written(&token, step, &[], true).unwrap();
    assert!(!writes(), "and does not hold them up");
    desk.let_citizen_write(&ana, &request, "contact", true)
        .unwrap();
    desk.reveal(&token, true).unwrap();
    desk.written(&token, step, &[], true).unwrap();
    assert!(writes());
    let phone = field(&desk, &token, "phone");
    assert!(phone.input.unwrap().wrong.is_some());
    // Who would rather not is not held up.
    desk.written(&token, step, &[], false).unwrap();
    assert!(!writes());
}

#[test]
fn what_the_citizen_writes_as_private_is_handed_to_no_desk() {
    const SECRET: &str = "912345678";
    let folder = Folder::new();
    let telephone = "id = \"phone\"\n";
    let private = format!("{telephone}private = true\n");
    let crime = "services/registo-criminal.toml";
    let catalogue = edited(&folder, "private", &[(crime, telephone, &private)]);
    let node = opened(&folder, "central", "hub", &catalogue, "").unwrap();
    node.epoch().unwrap();
    let desk = desk(&node);
    let (ana, rui) = (sign_in(&desk, "ana.m"), sign_in(&desk, "rui.p"));
    let (token, request) = following(&desk, &ana);
    let phone = at(&request, "contact", "phone");
    let silent = |shown: &dyn std::fmt::Debug| {
        let shown = format!("{shown:?}");
        assert!(!shown.contains(SECRET), "{shown}");
    };
    let at_desk = || {
        let form = desk.glance(&ana, &request, Some("contact")).unwrap();
        silent(&form);
        form.fields
            .into_iter()
            .find(|f| f.field.id == "phone")
            .unwrap()
    };
    let lets = || {
        desk.let_citizen_write(&ana, &request, "contact", true)
            .unwrap()
    };
    lets();
    desk.write(&token, phone, SECRET, 0).unwrap();
    assert_eq!(
        field(&desk, &token, "phone").value,
        SECRET,
        "their own, whole"
    );
    assert_eq!(
        (at_desk().hidden, at_desk().provenance),
        (true, Some(Provenance::Citizen))
    );
    // Not even to who asks whether it is that: a guess is refused like any other word.
    for (session, guess) in [(&ana, SECRET), (&ana, "93"), (&rui, "93"), (&rui, "")] {
        let typed = desk.keystroke(session, &request, "phone", guess, 0);
        let Err(DeskError::NotNow(why)) = typed else {
            panic!("{typed:?}")
        };
        assert!(
            why.contains("Escrever eu") && !why.contains(SECRET),
            "{why}"
        );
    }
    let guess = desk.finish_step(&ana, &request, "contact", &pairs(&[("phone", SECRET)]));
    assert!(matches!(guess, Err(DeskError::NotNow(_))), "{guess:?}");

    // The mediator writes it after all: what stood there is gone, and comes back nowhere.
    desk.take_private(&ana, &request, "phone").unwrap();
    assert_eq!((at_desk().hidden, at_desk().value.as_str()), (false, ""));
    let form = desk.glance(&ana, &request, Some("contact")).unwrap();
    assert!(!form.may_undo, "nor is it taken back");
    let base = desk
        .glance(&ana, &request, Some("contact"))
        .unwrap()
        .revision;
    desk.keystroke(&ana, &request, "phone", "930000000", base)
        .unwrap();
    assert_eq!(at_desk().provenance, Some(Provenance::Typed));
    desk.take_private(&ana, &request, "phone").unwrap();
    assert_eq!(
        at_desk().value,
        "930000000",
        "their own words are not taken from them"
    );

    // Then the citizen again. The page that had the field sends it empty; what stands is theirs.
    let base = desk
        .glance(&ana, &request, Some("contact"))
        .unwrap()
        .revision;
    desk.write(&token, phone, SECRET, base).unwrap();
    let sent = pairs(&[("phone", "")]);
    desk.finish_step(&ana, &request, "contact", &sent).unwrap();
    assert!(at_desk().hidden, "also as an answer of the record");
    let typed = desk.keystroke(&ana, &request, "phone", "93", u64::MAX);
    assert!(matches!(typed, Err(DeskError::NotNow(_))));
    silent(&desk.check_answers(&ana, &request).unwrap());
    desk.ask_confirmation(&ana, &request).unwrap();
    let Stage::Confirm(confirm) = desk.screen(&token).unwrap().stage else {
        panic!("it asks")
    };
    assert!(
        format!("{:?}", confirm.steps).contains(SECRET),
        "the citizen agrees to what it is"
    );
    saw_papers(&desk, &ana, &request);
    desk.confirm_by_word(&ana, &request).unwrap();
    desk.record(&ana, &request).unwrap();
    let receipt = desk.receipt(&ana, &request).unwrap();
    silent(&receipt);
    assert!(
        receipt
            .answers
            .iter()
            .flat_map(|(_, told)| told)
            .any(|(_, said)| said.contains("preenchido pelo cidadão"))
    );
    silent(&desk.request(&ana, &request).unwrap());

    // Whoever handles it reads it, and what goes back names the question and not the answer.
    let console = HubConsole::new(std::sync::Arc::clone(&node));
    let handled = format!("{:?}", console.request(&request).unwrap().answers);
    assert!(handled.contains(SECRET));
    let teresa = console.sign_in("teresa.n", PIN).unwrap();
    let teresa = console.session(&teresa).unwrap();
    console
        .give_back(&teresa, &request, "phone", "não atende")
        .unwrap();
    let back = desk.request(&ana, &request).unwrap();
    silent(&back);
    assert_eq!(back.case.returned[0].refused, "(valor privado)");
    silent(&desk.today(&ana).unwrap().cases);
}
