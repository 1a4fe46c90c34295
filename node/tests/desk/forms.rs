//! Forms: what was typed is there, what is wrong is told, a step is one change.

use vereda_sync::answer::Provenance;
use vereda_sync::check::Refusal;
use vereda_sync::record::Life;
use vereda_web::desk::port::{Confirmation, Desk, DeskError, Next, Session};

use crate::support::{Folder, desk, identified, node, pairs, recorded, saw_papers, sign_in};

#[test]
fn every_keystroke_is_there_after_the_process_is_gone() {
    let folder = Folder::new();
    let attendance = {
        let desk = desk(&node(&folder, "m07", "vehicle"));
        let ana = sign_in(&desk, "ana.m");
        let attendance = desk.begin_attendance(&ana).unwrap();
        let mut revision = 0;
        for typed in ["M", "Ma", "Mar", "Mari", "Maria d"] {
            revision = desk
                .keystroke(&ana, &attendance, "full-name", typed, revision)
                .unwrap()
                .revision;
        }
        attendance
    };
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let form = desk.form(&ana, &attendance, None).unwrap();
    assert_eq!(form.fields[0].value, "Maria d");
    assert!(form.fields[0].saved.is_some());
}

#[test]
fn a_second_desk_is_told_and_nothing_is_lost() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let (ana, rui) = (sign_in(&desk, "ana.m"), sign_in(&desk, "rui.p"));
    let attendance = desk.begin_attendance(&ana).unwrap();
    let first = desk
        .keystroke(&ana, &attendance, "full-name", "Maria", 0)
        .unwrap();
    let told = desk
        .keystroke(&rui, &attendance, "full-name", "Mário", 0)
        .unwrap_err();
    let DeskError::Elsewhere {
        value,
        by,
        revision,
    } = told
    else {
        panic!("{told:?}")
    };
    assert_eq!(
        (value.as_str(), by.as_str(), revision),
        ("Maria", "Ana Martins", first.revision)
    );
    assert_eq!(
        desk.form(&rui, &attendance, None)
            .unwrap()
            .also_open_by
            .as_deref(),
        Some("Ana Martins")
    );
    // Keeping one's own is a decision, taken on what the other wrote.
    desk.keystroke(&rui, &attendance, "full-name", "Mário", revision)
        .unwrap();
    assert_eq!(
        desk.form(&ana, &attendance, None).unwrap().fields[0].value,
        "Mário"
    );
}

#[test]
fn a_wrong_step_is_told_at_its_fields_and_keeps_what_was_typed() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let attendance = desk.begin_attendance(&ana).unwrap();
    let typed = pairs(&[
        ("full-name", ""),
        ("birth-date", "31/02/1950"),
        ("nif", "123456780"),
    ]);
    let refused = desk
        .finish_step(&ana, &attendance, "identity", &typed)
        .unwrap_err();
    let DeskError::Refused(mut fields) = refused else {
        panic!("{refused:?}")
    };
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [
        ("birth-date", Refusal::NoSuchDate),
        ("full-name", Refusal::Missing),
        ("nif", Refusal::CheckDigit),
    ];
    assert_eq!(fields, expected.map(|(f, r)| (f.to_owned(), r)));
    let form = desk.form(&ana, &attendance, None).unwrap();
    assert_eq!(
        form.fields
            .iter()
            .find(|f| f.field.id == "nif")
            .unwrap()
            .value,
        "123456780"
    );
    assert!(!desk.attendance(&ana, &attendance).unwrap().identified);
}

#[test]
fn names_and_births_are_taken_as_people_have_them() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let attendance = desk.begin_attendance(&ana).unwrap();
    let today = desk.form(&ana, &attendance, None).unwrap().today;
    let this_year: i32 = today[..4].parse().unwrap();
    let oldest = format!("01/01/{}", this_year - 118);
    for name in [
        "Deolinda",
        "José d’Ávila O'Neill",
        "Олена Шевченко",
        "محمد بن عبد الله",
        "गीता थापा",
        "王",
    ] {
        let attendance = desk.begin_attendance(&ana).unwrap();
        let typed = pairs(&[("full-name", name), ("birth-date", &oldest)]);
        let done = desk.finish_step(&ana, &attendance, "identity", &typed);
        assert_eq!(done.unwrap(), Next::Attendance, "{name}");
        let form = desk.form(&ana, &attendance, None).unwrap();
        assert_eq!(form.fields[0].value, name);
    }
    let unborn = format!("31/12/{}", this_year + 1);
    for (born, why) in [
        (unborn.as_str(), Refusal::Future),
        ("01/01/0951", Refusal::NoSuchDate),
    ] {
        let typed = pairs(&[("full-name", "Deolinda"), ("birth-date", born)]);
        let refused = desk.finish_step(&ana, &attendance, "identity", &typed);
        let Err(DeskError::Refused(fields)) = refused else {
            panic!("{born}: {refused:?}")
        };
        assert_eq!(fields, [("birth-date".to_owned(), why)]);
    }
}

#[test]
fn a_field_of_a_megabyte_is_refused_and_the_draft_stays() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let attendance = desk.begin_attendance(&ana).unwrap();
    desk.keystroke(&ana, &attendance, "full-name", "Maria", 0)
        .unwrap();
    let huge = "a".repeat(1 << 20);
    assert!(matches!(
        desk.keystroke(&ana, &attendance, "full-name", &huge, 0),
        Err(DeskError::TooLarge { .. })
    ));
    assert!(matches!(
        desk.keystroke(&ana, &attendance, "no-such", "x", 0),
        Err(DeskError::NotFound)
    ));
    assert!(matches!(
        desk.keystroke(&ana, "nonsense", "full-name", "x", 0),
        Err(DeskError::NotFound)
    ));
    assert_eq!(
        desk.form(&ana, &attendance, None).unwrap().fields[0].value,
        "Maria"
    );
}

#[test]
fn steps_follow_the_answers_and_the_fee_follows_the_purpose() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria do Rosário", "123456789");
    let request = desk
        .begin_request(&ana, &attendance, "registo-criminal")
        .unwrap();
    let for_other = pairs(&[("purpose", "work"), ("for-whom", "other")]);
    assert_eq!(
        desk.finish_step(&ana, &request, "purpose", &for_other)
            .unwrap(),
        Next::Step("subject".into())
    );
    assert_eq!(desk.form(&ana, &request, None).unwrap().fee_cents, 500);
    let for_self = pairs(&[("purpose", "adoption"), ("for-whom", "self")]);
    assert_eq!(
        desk.finish_step(&ana, &request, "purpose", &for_self)
            .unwrap(),
        Next::Step("contact".into())
    );
    let contact = pairs(&[("phone", "912345678"), ("email", "")]);
    assert_eq!(
        desk.finish_step(&ana, &request, "contact", &contact)
            .unwrap(),
        Next::CheckAnswers
    );
    let check = desk.check_answers(&ana, &request).unwrap();
    assert_eq!(
        (check.fee_cents, check.confirmation),
        (0, Confirmation::NotAsked)
    );
    assert_eq!(check.steps.len(), 2, "the third party's step is gone");
}

#[test]
fn nothing_is_recorded_unconfirmed_and_a_double_click_gives_one_number() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let request = recorded(&desk, &ana, "Maria do Rosário", "123456789");
    let number = desk.record(&ana, &request).unwrap();
    assert_eq!(desk.record(&ana, &request).unwrap(), number);
    assert_eq!(
        vereda_sync::number::canonical(&number.to_lowercase()),
        Some(number.clone())
    );
    let receipt = desk.receipt(&ana, &request).unwrap();
    assert_eq!(
        (receipt.life, receipt.copy),
        (Life::Recorded, false),
        "provisional until the hub has it"
    );
    assert!(matches!(
        desk.keystroke(&ana, &request, "phone", "1", 0),
        Err(DeskError::NotNow(_))
    ));
    let attendance = identified(&desk, &ana, "João Peixeiro", "299999998");
    let open = desk.begin_request(&ana, &attendance, "cesd").unwrap();
    assert!(matches!(
        desk.record(&ana, &open),
        Err(DeskError::NotNow(_))
    ));
    assert_eq!(desk.requests(&ana, "rosario").unwrap().len(), 1);
    assert_eq!(
        desk.requests(&ana, &number.to_lowercase()).unwrap().len(),
        1
    );
}

#[test]
fn a_correction_needs_a_right_value_and_a_reason() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let request = recorded(&desk, &ana, "Maria do Rosário", "123456789");
    for (value, reason, field) in [("12", "mudou", "phone"), ("911111111", " ", "reason")] {
        let refused = desk
            .correct(&ana, &request, "phone", value, reason)
            .unwrap_err();
        assert!(
            matches!(&refused, DeskError::Refused(f) if f[0].0 == field),
            "{refused:?}"
        );
    }
    desk.correct(&ana, &request, "phone", "911 111 111", "mudou de número")
        .unwrap();
    desk.add_note(&ana, &request, "Prefere de manhã.").unwrap();
    let read = desk.request(&ana, &request).unwrap();
    let (_, phone) = read.answers.iter().find(|(f, _)| f.id == "phone").unwrap();
    assert_eq!(
        (phone[0].value.as_str(), phone[0].provenance),
        ("911111111", Provenance::Typed)
    );
    assert_eq!(read.notes[0].value, "Prefere de manhã.");
    assert!(
        read.history
            .iter()
            .any(|line| line.text.contains("mudou de número"))
    );
}

#[test]
fn what_is_sent_back_unchanged_stays_known_as_it_was() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria do Rosário", "123456789");
    let request = desk
        .begin_request(&ana, &attendance, "apoio-habitacao")
        .unwrap();
    // The page shows the canonical date as people write it, and sends that back.
    desk.finish_step(
        &ana,
        &attendance,
        "identity",
        &pairs(&[("birth-date", "2/3/1950")]),
    )
    .unwrap();
    let before = desk.attendance(&ana, &attendance).unwrap().identity;
    desk.finish_step(
        &ana,
        &attendance,
        "identity",
        &pairs(&[("birth-date", "02-03-1950")]),
    )
    .unwrap();
    assert_eq!(desk.attendance(&ana, &attendance).unwrap().identity, before);
    let form = desk.form(&ana, &attendance, None).unwrap();
    assert!(
        form.fields.iter().all(|f| f.saved.is_none()),
        "no draft is left"
    );
    // Money twice: finishing a step again changes no amount.
    let amount = pairs(&[
        ("quote", "4 800"),
        ("iban", "PT50 0002 0123 1234 5678 9015 4"),
    ]);
    for _ in 0..2 {
        desk.finish_step(&ana, &request, "amount", &amount).unwrap();
        desk.finish_step(&ana, &request, "amount", &[]).unwrap();
    }
    let form = desk.form(&ana, &request, Some("amount")).unwrap();
    assert_eq!(form.fields[0].value, "4800.00");
}

/// A request for the tax records of three properties, the third with its answers just typed.
fn three_properties(desk: &vereda::desk::SpotDesk, ana: &Session) -> String {
    let attendance = identified(desk, ana, "Maria do Rosário", "123456789");
    let request = desk
        .begin_request(ana, &attendance, "caderneta-predial")
        .unwrap();
    desk.finish_step(ana, &request, "owner", &pairs(&[("nif", "123456789")]))
        .unwrap();
    for n in 1..=2 {
        let id = |field: &str| format!("{field}.{n}");
        let typed = [
            ("property-kind", "rural"),
            ("parish", "Marmelete"),
            ("article", "1234"),
            ("properties-more", "yes"),
        ]
        .map(|(field, value)| (id(field), value.to_owned()));
        desk.finish_step(ana, &request, &id("properties"), &typed)
            .unwrap();
    }
    desk.keystroke(ana, &request, "article.3", "77", 0).unwrap();
    request
}

#[test]
fn one_of_several_is_taken_out_from_the_middle_and_what_is_typed_elsewhere_stays_where_it_is() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let (ana, rui) = (sign_in(&desk, "ana.m"), sign_in(&desk, "rui.p"));
    let request = three_properties(&desk, &ana);
    let title = |step: &str| {
        let form = desk.form(&ana, &request, Some(step)).unwrap();
        (form.step.title.pt().to_owned(), form.may_take_out)
    };
    assert_eq!(title("properties.3"), ("Prédio 3".into(), true));
    // Rui has the second open, and types into it; Ana takes it out.
    desk.keystroke(&rui, &request, "article.2", "99", u64::MAX)
        .unwrap();
    let next = desk.take_out(&ana, &request, "properties.2").unwrap();
    assert_eq!(next, Next::Step("properties.3".into()));
    assert_eq!(
        desk.take_out(&ana, &request, "properties.2").unwrap(),
        next,
        "a second click"
    );
    // The third is called the second now; what stands in it stands in it.
    assert_eq!(title("properties.3"), ("Prédio 2".into(), true));
    let third = desk.form(&ana, &request, Some("properties.3")).unwrap();
    let article = third
        .fields
        .iter()
        .find(|f| f.field.id == "article.3")
        .unwrap();
    assert_eq!(article.value, "77");
    // What Rui goes on typing lands nowhere, and he is told.
    for refused in [
        desk.keystroke(&rui, &request, "article.2", "991", u64::MAX)
            .map(|_| ()),
        desk.finish_step(&rui, &request, "properties.2", &[])
            .map(|_| ()),
        desk.form(&rui, &request, Some("properties.2")).map(|_| ()),
    ] {
        match refused {
            Err(DeskError::NotNow(why)) => assert!(why.contains("foi retirado"), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    // The last: the one before no longer says that there is another.
    assert_eq!(
        desk.take_out(&ana, &request, "properties.3").unwrap(),
        Next::CheckAnswers
    );
    let check = desk.check_answers(&ana, &request).unwrap();
    let titles: Vec<&str> = check.steps.iter().map(|s| s.title.pt()).collect();
    assert_eq!(titles, ["O proprietário", "Prédio 1"]);
    assert!(!title("properties.1").1);
    assert!(matches!(
        desk.take_out(&ana, &request, "properties.1"),
        Err(DeskError::NotNow(_))
    ));
    saw_papers(&desk, &ana, &request);
    desk.confirm_by_word(&ana, &request).unwrap();
    desk.record(&ana, &request).unwrap();
    let read = desk.request(&ana, &request).unwrap();
    assert!(
        read.answers
            .iter()
            .all(|(f, _)| !f.id.ends_with(".2") && !f.id.ends_with(".3"))
    );
    let lines: Vec<&str> = read.history.iter().map(|l| l.text.as_str()).collect();
    assert_eq!(
        lines
            .iter()
            .filter(|l| **l == "Retirado um de «Prédio».")
            .count(),
        2,
        "{lines:?}"
    );
    assert!(matches!(
        desk.take_out(&ana, &request, "properties.1"),
        Err(DeskError::NotNow(_))
    ));
}

#[test]
fn several_choices_are_corrected_with_reason_and_history() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria do Rosário", "123456789");
    let request = desk
        .begin_request(&ana, &attendance, "renovacao-carta")
        .unwrap();
    let finish = |step: &str, typed: &[(&str, &str)]| {
        desk.finish_step(&ana, &request, step, &pairs(typed))
            .unwrap();
    };
    finish(
        "licence",
        &[
            ("licence-number", "L-1234567 8"),
            ("licence-until", "01/03/2027"),
            ("categories", "b"),
            ("nif", "123456789"),
        ],
    );
    finish(
        "medical",
        &[
            ("medical-number", "2026-1234567"),
            ("medical-date", &vereda::clock::today()),
        ],
    );
    finish(
        "contact",
        &[
            ("address", "Rua da Serra 1"),
            ("postal-code", "8550-000"),
            ("phone", "912345678"),
        ],
    );
    saw_papers(&desk, &ana, &request);
    desk.confirm_by_word(&ana, &request).unwrap();
    desk.record(&ana, &request).unwrap();
    let correct =
        |value: &str| desk.correct(&ana, &request, "categories", value, "também conduz motas");
    for wrong in ["b zz", ""] {
        assert!(
            matches!(correct(wrong), Err(DeskError::Refused(_))),
            "{wrong:?}"
        );
    }
    correct("b a").unwrap();
    let read = desk.request(&ana, &request).unwrap();
    let (field, said) = read
        .answers
        .iter()
        .find(|(f, _)| f.id == "categories")
        .unwrap();
    assert_eq!(said.len(), 1);
    let mut chosen: Vec<&str> = said[0].value.split(' ').collect();
    chosen.sort_unstable();
    assert_eq!(chosen, ["a", "b"]);
    let told = format!(
        "Corrigido «{}». Motivo: também conduz motas",
        field.label.pt()
    );
    assert!(
        read.history.iter().any(|line| line.text == told),
        "{:?}",
        read.history
    );
}
