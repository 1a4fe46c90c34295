//! A copy of what is being typed, off the node: there within half a minute, readable to nobody but with the code,
//! harmless when its stick is pulled; and the conversation goes on at another spot.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use vereda::keep::{self, sealed};
use vereda::node::Node;
use vereda_sync::answer::Provenance;
use vereda_web::desk::port::{Desk, DeskError, Keeping, Session, Tours, TypedStop};

use crate::support::{Folder, demo, desk, identified, opened, pairs, recorded, sign_in};

fn with_copy(folder: &Folder, id: &str, stick: &Path) -> Arc<Node> {
    let more = format!("[keep]\nfolder = {stick:?}\n");
    opened(folder, id, "vehicle", &demo("catalogue"), &more).unwrap()
}

fn until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(began.elapsed() < limit, "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn opened_copy(stick: &Path, id: &str, code: &str) -> Option<String> {
    let file = std::fs::File::open(keep::file_of(id, stick)).ok()?;
    let (header, bytes) = sealed::read(file).ok()?;
    let code = sealed::RecoveryCode::read(code)?;
    let content = sealed::open(&header, &bytes, &sealed::Opener::Code(&code))?;
    String::from_utf8(content).ok()
}

/// An interview in the middle: identified, a request half answered.
fn interview(desk: &impl Desk, session: &Session, attendance: &str) -> String {
    let request = desk.begin_request(session, attendance, "cesd").unwrap();
    let form = desk.form(session, &request, None).unwrap();
    let field = form.fields[0].field.id.clone();
    desk.keystroke(session, &request, &field, "912 345 678", form.revision)
        .unwrap();
    request
}

#[test]
fn a_conversation_goes_on_at_another_spot_when_the_laptop_is_gone() {
    let folder = Folder::new();
    let stick = folder.0.join("stick");
    std::fs::create_dir(&stick).unwrap();
    let code = {
        let node = with_copy(&folder, "movel-02", &stick);
        let desk = desk(&node);
        let ana = sign_in(&desk, "ana.m");
        keep::start(&node, stick.clone()).unwrap();
        let trouble = until("it says what is missing", Duration::from_secs(5), || {
            desk.keeping().unwrap().trouble
        });
        assert!(trouble.contains("Falta fazer o código"), "{trouble}");
        assert!(
            !keep::file_of("movel-02", &stick).exists(),
            "no copy that nobody opens"
        );
        let code = desk.new_recovery_code(&ana).unwrap();
        let attendance = identified(&desk, &ana, "Maria do Rosário", "123456789");
        let closed = identified(&desk, &ana, "José Amaro", "123456789");
        desk.close_attendance(&ana, &closed).unwrap();
        interview(&desk, &ana, &attendance);
        let began = Instant::now();
        until("it is in the copy", keep::LATE, || {
            opened_copy(&stick, "movel-02", &code).filter(|it| it.contains("912 345 678"))
        });
        assert!(began.elapsed() < keep::LATE);
        let keeping = until("the desk says when", Duration::from_secs(5), || {
            desk.keeping()
                .filter(|it| it.last.is_some() && it.trouble.is_none())
        });
        assert!(keeping.by_code && !keeping.by_hub && keeping.on_same_disk);
        let plain = opened_copy(&stick, "movel-02", &code).unwrap();
        assert!(
            !plain.contains("José Amaro"),
            "who was closed is in no copy"
        );
        let raw = std::fs::read(keep::file_of("movel-02", &stick)).unwrap();
        for text in ["Maria", "123456789", "912 345 678"] {
            let bytes = text.as_bytes();
            assert!(
                !raw.windows(bytes.len()).any(|w| w == bytes),
                "{text} is readable"
            );
        }
        code
    };
    // The laptop is gone; the stick is plugged in elsewhere.
    let node = with_copy(&folder, "movel-07", &stick);
    let desk = desk(&node);
    let rui = sign_in(&desk, "rui.p");
    let copies = desk.copies().unwrap();
    assert_eq!(
        (copies.len(), copies[0].spot.as_str()),
        (1, "Espaço movel-02")
    );
    let copy = &copies[0].id;
    for (wrong, said) in [
        ("curto", "25 letras"),
        ("AAAAA-AAAAA-AAAAA-AAAAA-AAAAA", "não abre a cópia"),
    ] {
        match desk.recover(&rui, copy, wrong) {
            Err(DeskError::NotNow(why)) => assert!(why.contains(said), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(desk.today(&rui).unwrap().open.is_empty());
    assert_eq!(desk.recover(&rui, copy, &code.to_lowercase()).unwrap(), 1);
    let open = desk.today(&rui).unwrap().open;
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].citizen.as_deref(), Some("Maria do Rosário"));
    assert_eq!(open[0].recovered.as_ref().unwrap().spot, "Espaço movel-02");
    let attendance = desk.attendance(&rui, &open[0].id).unwrap();
    assert!(attendance.identified && attendance.recovered.is_some());
    let (request, ..) = open[0].request.clone().unwrap();
    let form = desk.form(&rui, &request, None).unwrap();
    assert_eq!(form.fields[0].value, "912 345 678");
    assert_eq!(form.fields[0].provenance, Some(Provenance::Typed));
    // Twice is once.
    assert!(matches!(
        desk.recover(&rui, copy, &code),
        Err(DeskError::NotNow(_))
    ));
    assert_eq!(desk.today(&rui).unwrap().open.len(), 1);
}

#[test]
fn a_stick_that_is_pulled_is_told_and_what_was_lacking_is_there_once_it_is_back() {
    let folder = Folder::new();
    let stick = folder.0.join("stick");
    std::fs::create_dir(&stick).unwrap();
    let node = with_copy(&folder, "movel-02", &stick);
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let code = desk.new_recovery_code(&ana).unwrap();
    keep::start(&node, stick.clone()).unwrap();
    let attendance = identified(&desk, &ana, "Maria do Rosário", "123456789");
    until("a copy", keep::LATE, || {
        opened_copy(&stick, "movel-02", &code)
    });
    // In the middle of writing: what lies under the name is the one before, whole.
    let beside = keep::file_of("movel-02", &stick).with_added_extension("new");
    std::fs::write(&beside, b"vereda dra").unwrap();
    assert!(opened_copy(&stick, "movel-02", &code).is_some());
    let away = folder.0.join("away");
    std::fs::rename(&stick, &away).unwrap();
    interview(&desk, &ana, &attendance);
    let trouble = until("it is told", keep::LATE, || desk.keeping().unwrap().trouble);
    assert!(trouble.contains("não está ligado"), "{trouble}");
    assert!(!stick.exists(), "nothing is written where the stick was");
    std::fs::rename(&away, &stick).unwrap();
    until("what was lacking is there", keep::LATE, || {
        opened_copy(&stick, "movel-02", &code).filter(|it| it.contains("912 345 678"))
    });
    until("nothing is lacking", Duration::from_secs(5), || {
        desk.keeping()
            .filter(|it| it.trouble.is_none() && it.lacking.is_none())
    });
    assert!(!beside.exists(), "what was half written is gone");
    // Another code: the one before opens no copy that is made from now on.
    let other = desk.new_recovery_code(&ana).unwrap();
    until("sealed anew", keep::LATE, || {
        opened_copy(&stick, "movel-02", &other)
    });
    assert_eq!(opened_copy(&stick, "movel-02", &code), None);
    desk.close_attendance(&ana, &attendance).unwrap();
    until("what was closed is in no copy", keep::LATE, || {
        opened_copy(&stick, "movel-02", &other).filter(|it| !it.contains("Maria"))
    });
}

#[test]
fn what_a_copy_says_is_checked_and_bounded_before_it_is_taken_in() {
    let folder = Folder::new();
    let stick = folder.0.join("stick");
    std::fs::create_dir(&stick).unwrap();
    let node = with_copy(&folder, "movel-07", &stick);
    let desk = desk(&node);
    let rui = sign_in(&desk, "rui.p");
    let code = sealed::RecoveryCode::draw().unwrap();
    let value = |field: &str, value: &str| {
        format!(r#"{{"field":"{field}","value":"{value}","known":"chip","by":""}}"#)
    };
    let long = "x".repeat(100_000);
    let values = [
        value("full-name", "Rosa"),
        value("nif", "999"),
        value("birth-date", &long),
        value("../x", "1"),
    ];
    let kept = format!(
        r#"{{"attendances":[{{"id":"zz","represented":true,"undocumented":false,"done":["identity","made-up"],"values":[{}],
        "requests":[{{"service":"made-up","values":[]}}]}}]}}"#,
        values.join(",")
    );
    let write = |content: &str| {
        let of = ("movel-02", "Espaço Móvel 02", 1);
        let bytes = sealed::seal(of, content.as_bytes(), &[code.public()]).unwrap();
        std::fs::write(keep::file_of("movel-02", &stick), bytes).unwrap();
    };
    for wrong in ["", "[]", r#"{"attendances":[{}]}"#, r#"{"more":1}"#] {
        write(wrong);
        let copy = desk.copies().unwrap().remove(0).id;
        let said = desk.recover(&rui, &copy, &code.groups());
        assert!(
            matches!(said, Err(DeskError::NotNow(_))),
            "{wrong}: {said:?}"
        );
    }
    write(&kept);
    let copy = desk.copies().unwrap().remove(0).id;
    assert_eq!(desk.recover(&rui, &copy, &code.groups()).unwrap(), 1);
    let open = desk.today(&rui).unwrap().open.remove(0);
    let attendance = desk.attendance(&rui, &open.id).unwrap();
    assert!(
        !attendance.identified,
        "what does not pass is no identification"
    );
    assert!(attendance.represented && attendance.requests.is_empty());
    let form = desk.form(&rui, &open.id, None).unwrap();
    let said = |id: &str| {
        form.fields
            .iter()
            .find(|f| f.field.id == id)
            .unwrap()
            .value
            .clone()
    };
    assert_eq!(
        (said("full-name").as_str(), said("nif").as_str()),
        ("Rosa", "999")
    );
    assert_eq!(said("birth-date"), "", "too long to be kept");
    let typed = pairs(&[("nif", "123456789"), ("birth-date", "02/03/1950")]);
    desk.finish_step(&rui, &open.id, "identity", &typed)
        .unwrap();
}

#[test]
fn the_hub_opens_a_copy_that_was_made_for_it() {
    use vereda::bundle::cipher::SecretKey;
    let folder = Folder::new();
    let (stick, keys) = (folder.0.join("stick"), folder.0.join("keys"));
    std::fs::create_dir_all(&stick).unwrap();
    std::fs::create_dir_all(&keys).unwrap();
    let hub = SecretKey::generate();
    let public = keys.join("bundle.pub");
    std::fs::write(&public, hub.public().to_string()).unwrap();
    let more = format!(
        "[keep]\nfolder = {stick:?}\n[hub]\naddress = \"127.0.0.1:1\"\ncertificate = \"a\"\nkey = \"b\"\nauthority = \"c\"\nbundle_key = {public:?}\n"
    );
    let node = opened(&folder, "movel-02", "vehicle", &demo("catalogue"), &more).unwrap();
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    identified(&desk, &ana, "Maria do Rosário", "123456789");
    keep::start(&node, stick.clone()).unwrap();
    let content = until("a copy without any code", keep::LATE, || {
        let file = std::fs::File::open(keep::file_of("movel-02", &stick)).ok()?;
        let (header, bytes) = sealed::read(file).ok()?;
        sealed::open(&header, &bytes, &sealed::Opener::Hub(&hub.to_hex()))
    });
    assert!(
        String::from_utf8(content)
            .unwrap()
            .contains("Maria do Rosário")
    );
}

#[test]
fn the_day_is_in_the_copy_within_a_minute_and_is_printed_elsewhere_by_the_code_alone() {
    let folder = Folder::new();
    let stick = folder.0.join("stick");
    std::fs::create_dir(&stick).unwrap();
    let (code, number) = {
        let node = with_copy(&folder, "movel-02", &stick);
        let desk = desk(&node);
        let ana = sign_in(&desk, "ana.m");
        keep::start(&node, stick.clone()).unwrap();
        let code = desk.new_recovery_code(&ana).unwrap();
        let stop = TypedStop {
            day: vereda::clock::today(),
            from: "10:00".into(),
            to: "12:00".into(),
            place: "Alferce".into(),
            ..TypedStop::default()
        };
        desk.plan_tour(&ana, &stop).unwrap();
        let request = recorded(&desk, &ana, "José Amaro", "123456789");
        let served = desk.request(&ana, &request).unwrap();
        desk.close_attendance(&ana, &served.attendance.unwrap())
            .unwrap();
        identified(&desk, &ana, "Maria do Rosário", "123456789");
        let number = served.row.number.unwrap();
        let began = Instant::now();
        until("it is in the copy", Duration::from_secs(60), || {
            let content = opened_copy(&stick, "movel-02", &code)?;
            let all = [number.as_str(), "Alferce", "Maria do Ros"];
            all.iter().all(|it| content.contains(it)).then_some(())
        });
        assert!(began.elapsed() < Duration::from_secs(60));
        (code, number)
    };
    let node = with_copy(&folder, "movel-03", &stick);
    let desk = desk(&node);
    let rui = sign_in(&desk, "rui.p");
    let copy = desk.copies().unwrap().remove(0).id;
    let day = desk.day_of_copy(&rui, &copy, &code).unwrap();
    assert_eq!(
        (day.spot.as_str(), day.day),
        ("Espaço movel-02", vereda::clock::today())
    );
    assert_eq!(day.stops[0].place, "Alferce");
    assert_eq!(day.open[0].0, "Maria do Rosário");
    assert_eq!(day.recorded[0].0, number);
    assert_eq!(day.till, None);
    let other = sealed::RecoveryCode::draw().unwrap().groups();
    assert!(matches!(
        desk.day_of_copy(&rui, &copy, &other),
        Err(DeskError::NotNow(_))
    ));
    assert!(
        desk.today(&rui).unwrap().open.is_empty(),
        "nothing of it is kept here"
    );
}
