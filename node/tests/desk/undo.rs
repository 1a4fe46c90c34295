//! Taking back what was written last in a form, as it was and by who wrote it.

use vereda_sync::answer::Provenance;
use vereda_web::desk::port::{Desk, DeskError, Session};

use crate::support::{Folder, desk, identified, niss, node, pairs, sign_in};

fn read(desk: &impl Desk, who: &Session, form: &str, field: &str) -> (String, Option<Provenance>) {
    let form = desk.glance(who, form, None).unwrap();
    let found = form.fields.into_iter().find(|f| f.field.id == field);
    let found = found.unwrap();
    (found.value, found.provenance)
}

#[test]
fn what_was_written_in_one_go_is_taken_back_in_one_go_also_after_a_power_cut() {
    let folder = Folder::new();
    let attendance = {
        let desk = desk(&node(&folder, "m07", "vehicle"));
        let ana = sign_in(&desk, "ana.m");
        let attendance = desk.begin_attendance(&ana).unwrap();
        let none = desk.undo(&ana, &attendance, "identity");
        assert!(matches!(none, Err(DeskError::NotNow(_))), "{none:?}");
        let mut base = 0;
        for (field, typed) in [
            ("full-name", "Mari"),
            ("full-name", "Maria"),
            ("birth-date", "03/04/1951"),
            ("full-name", "Mário"),
            ("full-name", "Mário"),
        ] {
            let saved = desk.keystroke(&ana, &attendance, field, typed, base);
            base = saved.unwrap().revision;
        }
        attendance
    };
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    assert!(desk.form(&ana, &attendance, None).unwrap().may_undo);
    let undo = || desk.undo(&ana, &attendance, "identity");
    let value = |field: &str| read(&desk, &ana, &attendance, field).0;
    assert_eq!(undo().unwrap(), "full-name");
    assert_eq!(value("full-name"), "Maria");
    assert_eq!(undo().unwrap(), "birth-date");
    assert_eq!(
        (value("full-name").as_str(), value("birth-date").as_str()),
        ("Maria", "")
    );
    assert_eq!(undo().unwrap(), "full-name");
    assert_eq!(value("full-name"), "");
    assert!(matches!(undo(), Err(DeskError::NotNow(_))));
    assert!(!desk.form(&ana, &attendance, None).unwrap().may_undo);
}

#[test]
fn nobody_takes_back_what_somebody_else_wrote() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let (ana, rui) = (sign_in(&desk, "ana.m"), sign_in(&desk, "rui.p"));
    let attendance = desk.begin_attendance(&ana).unwrap();
    let first = desk.keystroke(&ana, &attendance, "full-name", "Maria", 0);
    let none = desk.undo(&rui, &attendance, "identity");
    assert!(matches!(none, Err(DeskError::NotNow(_))), "{none:?}");
    desk.keystroke(
        &rui,
        &attendance,
        "full-name",
        "Maria Rosa",
        first.unwrap().revision,
    )
    .unwrap();
    let refused = desk.undo(&ana, &attendance, "identity");
    assert!(
        matches!(&refused, Err(DeskError::NotNow(why)) if why.contains("Rui Pires")),
        "{refused:?}"
    );
    assert_eq!(read(&desk, &rui, &attendance, "full-name").0, "Maria Rosa");
    desk.undo(&rui, &attendance, "identity").unwrap();
    assert_eq!(read(&desk, &ana, &attendance, "full-name").0, "Maria");
}

#[test]
fn what_a_step_has_taken_in_is_changed_there_and_not_taken_back() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria Rosa", "123456789");
    let request = desk.begin_request(&ana, &attendance, "cesd").unwrap();
    desk.keystroke(&ana, &request, "sns", "123456789", 0)
        .unwrap();
    let numbers = pairs(&[("niss", &niss("123456789")), ("sns", "123456789")]);
    desk.finish_step(&ana, &request, "numbers", &numbers)
        .unwrap();
    let none = desk.undo(&ana, &request, "numbers");
    assert!(matches!(none, Err(DeskError::NotNow(_))), "{none:?}");
    // What stood in the record comes back as it was known.
    desk.keystroke(&ana, &attendance, "full-name", "Outra", 0)
        .unwrap();
    desk.undo(&ana, &attendance, "identity").unwrap();
    let (name, how) = read(&desk, &ana, &attendance, "full-name");
    assert_eq!(
        (name.as_str(), how),
        ("Maria Rosa", Some(Provenance::Typed))
    );
    let elsewhere = desk.undo(&ana, &attendance, "address");
    assert!(
        matches!(elsewhere, Err(DeskError::NotFound)),
        "{elsewhere:?}"
    );
}
