//! Somebody lost everything: one conversation begins all requests, asks each thing once, and leads from one to the next;
//! each is checked and recorded on its own.

use std::collections::BTreeMap;

use vereda::desk::SpotDesk;
use vereda_sync::answer::Provenance;
use vereda_sync::record::papers::Said;
use vereda_web::desk::port::{Desk, DeskError, LostThings, LostWho, Next, Session};

use crate::support::{Folder, desk, identified, node, pairs, sign_in};

const ALL: [&str; 4] = [
    "segunda-via-cc",
    "segunda-via-carta",
    "cartao-utente",
    "apoio-habitacao",
];

fn begun(desk: &SpotDesk, session: &Session, attendance: &str) -> BTreeMap<String, String> {
    let requests = desk.lost(session, attendance).unwrap().begun;
    let service = |id: &str| {
        let form = desk.glance(session, id, None).unwrap();
        let all = desk.services("");
        let of = all.iter().find(|s| s.title == form.title);
        of.unwrap().id.clone()
    };
    requests
        .into_iter()
        .filter(|request| request.number.is_none())
        .map(|request| (service(&request.id), request.id))
        .collect()
}

fn lacks(desk: &SpotDesk, session: &Session, attendance: &str, request: &str) -> Vec<String> {
    let view = desk.lost(session, attendance).unwrap();
    let one = view.begun.into_iter().find(|r| r.id == request).unwrap();
    one.lacks.into_iter().map(|(step, _)| step).collect()
}

#[test]
fn each_thing_is_asked_once_and_each_request_is_recorded_on_its_own() {
    let folder = Folder::new();
    let attendance = {
        let node = node(&folder, "movel-07", "vehicle");
        let desk = desk(&node);
        let ana = sign_in(&desk, "ana.m");
        let fresh = desk.begin_attendance(&ana).unwrap();
        let unknown = desk.lost(&ana, &fresh).unwrap();
        assert_eq!(
            unknown.who,
            LostWho::Unknown {
                undocumented: false
            }
        );
        let attendance = identified(&desk, &ana, "Maria Rosa", "123456789");
        let view = desk.lost(&ana, &attendance).unwrap();
        assert_eq!(view.who, LostWho::Known);
        let offered: Vec<&str> = view.open.iter().map(|o| o.service.as_str()).collect();
        assert_eq!(offered, ALL);
        assert!(matches!(
            desk.begin_lost(&ana, &attendance, &[]),
            Err(DeskError::NotNow(why)) if why.contains("perdeu")
        ));
        let all = ALL.map(str::to_owned);
        for _a_double_click in 0..2 {
            assert!(desk.begin_lost(&ana, &attendance, &all).unwrap().is_empty());
        }
        let of = begun(&desk, &ana, &attendance);
        assert_eq!(of.len(), 4);
        // The telephone is typed once, with where the card is to be fetched.
        let next = desk
            .finish_step(
                &ana,
                &of["segunda-via-cc"],
                "delivery",
                &pairs(&[("counter", "Loja de Portimão"), ("phone", "912 345 678")]),
            )
            .unwrap();
        assert_eq!(next, Next::Step("loss".into()));
        attendance
    };
    // The plug is pulled; the conversation goes on where it was.
    let node = node(&folder, "movel-07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let of = begun(&desk, &ana, &attendance);
    let (licence, health, house) = (
        &of["segunda-via-carta"],
        &of["cartao-utente"],
        &of["apoio-habitacao"],
    );
    let value = |request: &str, step: &str, field: &str| {
        let form = desk.glance(&ana, request, Some(step)).unwrap();
        let found = form.fields.into_iter().find(|f| f.field.id == field);
        let found = found.unwrap();
        (found.value.replace(' ', ""), found.provenance)
    };
    let copied = |value: &str| (value.to_owned(), Some(Provenance::Copied));
    assert_eq!(value(licence, "contact", "phone").0, "912345678");
    assert_eq!(value(house, "contact", "phone").1, Some(Provenance::Copied));
    // The address goes from the licence to the health card, which asks for one thing more.
    desk.finish_step(
        &ana,
        licence,
        "contact",
        &pairs(&[("address", "Rua de Cima 7"), ("postal-code", "8550-145")]),
    )
    .unwrap();
    assert_eq!(value(health, "address", "address"), copied("RuadeCima7"));
    assert!(lacks(&desk, &ana, &attendance, health).contains(&"address".to_owned()));
    let next = desk
        .finish_step(
            &ana,
            health,
            "address",
            &pairs(&[("locality", "Monchique")]),
        )
        .unwrap();
    // What is corrected in one afterwards is not written over what stands in the others.
    desk.finish_step(
        &ana,
        health,
        "address",
        &pairs(&[("address", "Rua de Baixo 1")]),
    )
    .unwrap();
    let at_licence = value(licence, "contact", "address");
    assert_eq!(at_licence.0, "RuadeCima7");
    assert!(!matches!(next, Next::CheckAnswers), "{next:?}");

    // The health card is whole first: it is checked and recorded alone, its papers owed with one press.
    let next = desk
        .finish_step(&ana, health, "numbers", &pairs(&[("sns", "123456789")]))
        .unwrap();
    assert_eq!(next, Next::Step("loss".into()));
    // How it was lost is asked once; that nobody knows when, too.
    assert!(lacks(&desk, &ana, &attendance, licence).contains(&"loss".to_owned()));
    let next = desk
        .finish_step(&ana, health, "loss", &pairs(&[("lost-how", "destroyed")]))
        .unwrap();
    let at_licence = value(licence, "loss", "lost-how");
    assert_eq!(at_licence, copied("destroyed"));
    assert!(!lacks(&desk, &ana, &attendance, licence).contains(&"loss".to_owned()));
    assert_eq!(lacks(&desk, &ana, &attendance, health), [""; 0]);
    // The conversation goes on in the next one that lacks something.
    assert!(
        matches!(&next, Next::StepOf(request, _) if request != health),
        "{next:?}"
    );
    let because = desk.check_answers(&ana, health).unwrap().because.unwrap();
    assert!(because.contains("perdeu-se"));
    desk.say_of_papers(&ana, health, None, Said::Owed(because))
        .unwrap();
    desk.confirm_by_word(&ana, health).unwrap();
    desk.record(&ana, health).unwrap();
    let view = desk.lost(&ana, &attendance).unwrap();
    let recorded = view.begun.iter().filter(|r| r.number.is_some());
    assert_eq!(recorded.count(), 1);
}

#[test]
fn who_is_not_of_age_hears_what_cannot_be_asked_and_the_rest_is_begun() {
    let folder = Folder::new();
    let node = node(&folder, "movel-07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let attendance = desk.begin_attendance(&ana).unwrap();
    let typed = [
        ("full-name", "Rita Rosa"),
        ("birth-date", "02/03/2015"),
        ("nif", "123456789"),
    ];
    desk.finish_step(&ana, &attendance, "identity", &pairs(&typed))
        .unwrap();
    let all = ALL.map(str::to_owned);
    let refused = desk.begin_lost(&ana, &attendance, &all).unwrap();
    assert_eq!(refused.len(), 1, "the licence: {refused:?}");
    assert_eq!(desk.lost(&ana, &attendance).unwrap().begun.len(), 3);
}
