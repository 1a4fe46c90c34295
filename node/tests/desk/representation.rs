//! Somebody acts for the citizen: both are known, the catalogue says whether they may, and it is
//! marked wherever the request goes.

use vereda_web::citizen::port::{CitizenScreens, Stage};
use vereda_web::desk::port::{Desk, DeskError, Next};

use crate::screens::code;
use crate::support::{Folder, desk, identified, node, pairs, saw_papers, sign_in};

const ACTS: [(&str, &str); 5] = [
    ("rep-name", "Rosa Lopes"),
    ("rep-document", "PT 1234567"),
    ("rep-nif", "123456789"),
    ("rep-authority", "family"),
    ("rep-proof", "Autorização de 2 de novembro"),
];

#[test]
fn both_identities_go_with_the_request() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let token = desk.open_screen().unwrap();
    desk.pair_screen(&ana, &code(desk.screen(&token).unwrap().stage))
        .unwrap();
    let attendance = identified(&desk, &ana, "Maria do Rosário", "199900078");
    desk.represent(&ana, &attendance, true).unwrap();
    let begin = || desk.begin_request(&ana, &attendance, "registo-criminal");
    assert!(
        matches!(begin(), Err(DeskError::NotNow(_))),
        "not known who"
    );
    // The citizen's screen follows who acts, as every step.
    let form = desk
        .form(&ana, &attendance, Some("representation"))
        .unwrap();
    assert_eq!(form.steps.len(), 2);
    desk.keystroke(&ana, &attendance, "rep-name", "Rosa Lo", form.revision)
        .unwrap();
    let Stage::Following(following) = desk.screen(&token).unwrap().stage else {
        panic!()
    };
    assert_eq!(following.fields[0].value, "Rosa Lo");
    assert!(following.fields[0].field.label.has("uk"));
    // Who is missing what is told at the field; a day that is over is none.
    let finish = |typed: &[(&str, &str)]| {
        desk.finish_step(&ana, &attendance, "representation", &pairs(typed))
    };
    let mut late = ACTS.to_vec();
    late.push(("rep-until", "01/02/2020"));
    match finish(&late) {
        Err(DeskError::Refused(wrong)) => assert_eq!(wrong[0].0, "rep-until"),
        other => panic!("{other:?}"),
    }
    let mut acts = ACTS.to_vec();
    let today = vereda::clock::today();
    acts.push(("rep-until", &today));
    assert_eq!(finish(&acts).unwrap(), Next::Attendance);
    let seen = desk.attendance(&ana, &attendance).unwrap();
    assert_eq!(seen.citizen.as_deref(), Some("Maria do Rosário"));
    assert_eq!(seen.representation[0].1.value, "Rosa Lopes");

    let request = begin().unwrap();
    let step = |step: &str, typed: &[(&str, &str)]| {
        desk.finish_step(&ana, &request, step, &pairs(typed))
            .unwrap();
    };
    step("purpose", &[("purpose", "work"), ("for-whom", "self")]);
    step("contact", &[("phone", "912345678")]);
    let check = desk.check_answers(&ana, &request).unwrap();
    assert_eq!(check.citizen, "Maria do Rosário");
    let (first, answer, _) = &check.steps[0].answers[0];
    assert_eq!(
        (first.id.as_str(), answer.as_ref().unwrap().value.as_str()),
        ("rep-name", "Rosa Lopes")
    );
    saw_papers(&desk, &ana, &request);
    desk.confirm_by_word(&ana, &request).unwrap();
    desk.record(&ana, &request).unwrap();
    let receipt = desk.receipt(&ana, &request).unwrap();
    assert_eq!(receipt.representative.as_deref(), Some("Rosa Lopes"));
    let page = desk.request(&ana, &request).unwrap();
    assert_eq!(page.representative.as_deref(), Some("Rosa Lopes"));
    assert!(page.answers.iter().any(|(f, _)| f.id == "rep-authority"));
    // What was asked for was asked by somebody: that does not change behind it.
    assert!(matches!(
        desk.represent(&ana, &attendance, false),
        Err(DeskError::NotNow(_))
    ));
}

#[test]
fn where_the_agency_takes_no_other_person_it_is_said_and_nobody_represents_themselves() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria do Rosário", "123456789");
    desk.represent(&ana, &attendance, true).unwrap();
    match desk.finish_step(&ana, &attendance, "representation", &pairs(&ACTS)) {
        Err(DeskError::NotNow(why)) => assert!(why.contains("própria"), "{why}"),
        other => panic!("{other:?}"),
    }
    let other = ACTS.map(|(field, value)| match field {
        "rep-nif" => (field, ""),
        _ => (field, value),
    });
    desk.finish_step(&ana, &attendance, "representation", &pairs(&other))
        .unwrap();
    match desk.begin_request(&ana, &attendance, "cesd") {
        Err(DeskError::NotNow(why)) => assert!(why.contains("só o próprio"), "{why}"),
        other => panic!("{other:?}"),
    }
    // Nobody came for her after all: nothing of the other goes with the request.
    desk.represent(&ana, &attendance, false).unwrap();
    let request = desk.begin_request(&ana, &attendance, "cesd").unwrap();
    assert_eq!(desk.request(&ana, &request).unwrap().representative, None);
}
