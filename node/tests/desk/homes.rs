//! A visit to a care home: who is to be seen, that they consent and decide, who may ask in their place, one service
//! for several of them, who else may be told.

use std::collections::BTreeMap;
use std::sync::Arc;

use vereda::desk::SpotDesk;
use vereda::node::Node;
use vereda_sync::day::Date;
use vereda_sync::record::capacity::{Capacity, Consent};
use vereda_sync::record::kin::May;
use vereda_sync::record::resident::Reason;
use vereda_sync::record::tour::{self, Hour, Plan};
use vereda_web::console::port::{HomesPlanning, Planning};
use vereda_web::desk::port::{
    Desk, DeskError, Homes, InBatch, ListView, Session, TypedFacility, TypedKin, TypedResident,
    TypedVisit,
};

use crate::support::{Folder, desk, hub, node, pairs, saw_papers, sign_in};

fn day(from_today: i64) -> String {
    let today = Date::parse(&vereda::clock::today()).unwrap();
    today.days_on(from_today).to_string()
}

fn not_now<T: std::fmt::Debug>(result: Result<T, DeskError>, why: &str) {
    match result {
        Err(DeskError::NotNow(said)) => assert!(said.contains(why), "{said}"),
        other => panic!("{why}: {other:?}"),
    }
}

fn home(name: &str) -> TypedFacility {
    TypedFacility {
        name: name.into(),
        sort: "home".into(),
        municipality: "Monchique".into(),
        rooms: "1-3, 4A".into(),
        contacts: vec![[
            "Direção".into(),
            "Ilda Encarnação".into(),
            "282 000 000".into(),
        ]],
        ..TypedFacility::default()
    }
}

fn today() -> TypedVisit {
    TypedVisit {
        day: day(0),
        from: "10:00".into(),
        to: "12:00".into(),
        ..TypedVisit::default()
    }
}

fn resident(name: &str, nif: &str, room: &str) -> TypedResident {
    TypedResident {
        name: name.into(),
        birth: "02/03/1941".into(),
        nif: nif.into(),
        room: room.into(),
        services: vec!["registo-criminal".into()],
        ..TypedResident::default()
    }
}

const THREE: [(&str, &str, &str); 3] = [
    ("Maria do Rosário", "199900078", "1"),
    ("José Amaro", "123456789", "2"),
    ("Rosa Brito", "299999998", "4A"),
];

/// A list of three at a home, today.
fn listed(desk: &SpotDesk, ana: &Session) -> String {
    let lar = desk
        .keep_facility(ana, None, &home("Lar da Serra"))
        .unwrap();
    let list = desk.plan_visit(ana, &lar, &today()).unwrap();
    for (name, nif, room) in THREE {
        desk.list_resident(ana, &list, &resident(name, nif, room))
            .unwrap();
    }
    list
}

fn ids(view: &ListView) -> Vec<String> {
    view.residents.iter().map(|r| r.id.clone()).collect()
}

/// Confirms who they are, as it was proposed.
fn identified(desk: &SpotDesk, ana: &Session, attendance: &str) {
    desk.finish_step(ana, attendance, "identity", &[]).unwrap();
}

fn shared() -> BTreeMap<String, String> {
    let all = [("purpose", "volunteering"), ("for-whom", "self")];
    all.map(|(f, v)| (f.to_owned(), v.to_owned())).into()
}

fn recorded(desk: &SpotDesk, ana: &Session, attendance: &str) -> String {
    let request = desk
        .begin_request(ana, attendance, "registo-criminal")
        .unwrap();
    desk.finish_step(ana, &request, "contact", &pairs(&[("phone", "912345678")]))
        .unwrap();
    saw_papers(desk, ana, &request);
    desk.confirm_by_word(ana, &request).unwrap();
    desk.record(ana, &request).unwrap();
    request
}

fn spot(folder: &Folder) -> (Arc<Node>, SpotDesk, Session) {
    let node = node(folder, "movel-07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    (node, desk, ana)
}

#[test]
fn a_facility_is_kept_once_and_a_visit_is_on_a_day_that_can_be() {
    let folder = Folder::new();
    let (_, desk, ana) = spot(&folder);
    let with = |change: fn(&mut TypedFacility)| {
        let mut typed = home("Lar da Serra");
        change(&mut typed);
        typed
    };
    for (wrong, why) in [
        (with(|f| f.name = " ".into()), "Escreva o nome"),
        (with(|f| f.rooms = "1-900".into()), "quartos a mais"),
        (with(|f| f.rooms = "a".repeat(30)), "longo de mais"),
        (with(|f| f.contacts[0][2] = "dela".into()), "telefone"),
        (with(|f| f.contacts[0][0].clear()), "função"),
        (with(|f| f.note = "a".repeat(501)), "longo de mais"),
    ] {
        not_now(desk.keep_facility(&ana, None, &wrong), why);
    }
    let lar = desk
        .keep_facility(&ana, None, &home("Lar da Serra"))
        .unwrap();
    let again = desk.keep_facility(&ana, None, &home("Lar da Serra"));
    assert_eq!(again.unwrap(), lar, "a second click");
    let other = with(|f| f.rooms = "7".into());
    not_now(desk.keep_facility(&ana, None, &other), "Já há um lar");
    desk.keep_facility(&ana, Some(&lar), &other).unwrap();
    desk.keep_facility(&ana, Some(&lar), &home("Lar da Serra"))
        .unwrap();
    let known = desk.facility(&ana, &lar).unwrap();
    assert_eq!(known.about.rooms, ["1", "2", "3", "4A"]);
    assert_eq!(known.about.contacts[0].role, "Direção");

    let on = |day: String| TypedVisit { day, ..today() };
    not_now(
        desk.plan_visit(&ana, &lar, &on(day(-365))),
        "confira o dia e o ano",
    );
    not_now(desk.plan_visit(&ana, &lar, &on(day(800))), "confira o ano");
    not_now(
        desk.plan_visit(&ana, &lar, &on("amanhã".into())),
        "Escolha o dia",
    );
    let list = desk.plan_visit(&ana, &lar, &today()).unwrap();
    assert_eq!(desk.plan_visit(&ana, &lar, &today()).unwrap(), list);
    // The visit is a stop of a tour, and at it the same list stands.
    let stops = desk.stops_ahead(&ana).unwrap();
    assert_eq!(stops[0].plan.place, "Lar da Serra");
    let at = TypedVisit {
        stop: stops[0].id.clone(),
        ..TypedVisit::default()
    };
    assert_eq!(desk.plan_visit(&ana, &lar, &at).unwrap(), list);
}

#[test]
fn who_is_listed_is_listed_once_and_by_room() {
    let folder = Folder::new();
    let (_, desk, ana) = spot(&folder);
    let list = listed(&desk, &ana);
    let add = |typed: &TypedResident| desk.list_resident(&ana, &list, typed);
    let with = |change: fn(&mut TypedResident)| {
        let mut typed = resident("Abel Nunes", "", "10");
        change(&mut typed);
        typed
    };
    for (wrong, why) in [
        (with(|r| r.name.clear()), "Escreva o nome"),
        (with(|r| r.birth = "31/02/1941".into()), "calendário"),
        (with(|r| r.birth = "01/01/2999".into()), "ainda não chegou"),
        (with(|r| r.nif = "123456788".into()), "NIF"),
        (with(|r| r.hour = "cedo".into()), "hora"),
        (with(|r| r.services = vec!["nenhum".into()]), "catálogo"),
    ] {
        not_now(add(&wrong), why);
    }
    add(&with(|_| {})).unwrap();
    add(&with(|r| r.nif = "123456789".into())).unwrap();
    let view = desk.residents(&ana, &list).unwrap();
    let rooms: Vec<&str> = view.residents.iter().map(|r| r.room.as_str()).collect();
    assert_eq!(
        rooms,
        ["1", "2", "4A", "10"],
        "the number is José's already"
    );
    assert_eq!(view.residents[0].birth, "1941-03-02");
    let abel = &view.residents[3].id;
    not_now(desk.take_off(&ana, abel, " "), "Escreva porque");
    desk.take_off(&ana, abel, "mudou de lar").unwrap();
    desk.take_off(&ana, abel, "mudou de lar").unwrap();
    let view = desk.residents(&ana, &list).unwrap();
    assert_eq!(view.progress(), (0, 3));
    assert!(view.residents[3].taken_off.is_some(), "it stays to be seen");
}

#[test]
fn one_service_for_three_is_asked_once_confirmed_by_each_and_goes_on_after_a_power_cut() {
    let folder = Folder::new();
    let (list, batch, attendance, request) = {
        let (_, desk, ana) = spot(&folder);
        let list = listed(&desk, &ana);
        let all = ids(&desk.residents(&ana, &list).unwrap());
        let service = desk.for_several("registo-criminal").unwrap();
        let fields: Vec<&str> = service.shared_fields().map(|f| f.id.as_str()).collect();
        assert!(fields.contains(&"purpose") && !fields.contains(&"full-name"));
        let begin = |chosen: &[String], shared: &BTreeMap<String, String>| {
            desk.begin_batch(&ana, &list, "registo-criminal", chosen, shared)
        };
        not_now(begin(&[], &shared()), "Escolha pelo menos um");
        let wrong = BTreeMap::from([("purpose".to_owned(), "nothing".to_owned())]);
        assert!(matches!(begin(&all, &wrong), Err(DeskError::Refused(_))));
        let batch = begin(&all, &shared()).unwrap();
        assert_eq!(begin(&all, &shared()).unwrap(), batch, "a second click");

        // The first consents; who they are is confirmed, and only what is theirs is asked.
        let first = desk.next_resident(&ana, &list, None).unwrap().unwrap();
        assert_eq!(first, all[0]);
        let rui = sign_in(&desk, "rui.p");
        let consent = |who| desk.consents(who, &first, Capacity::Own, Consent::Spoken);
        let attendance = consent(&ana).unwrap();
        assert_eq!(consent(&rui).unwrap(), attendance, "two desks at once");
        identified(&desk, &ana, &attendance);
        let at = desk.resident(&ana, &first).unwrap();
        assert!(at.is_identified);
        assert_eq!(at.said, Some((Capacity::Own, Consent::Spoken)));
        assert_eq!(at.next.unwrap().0, "registo-criminal");
        let request = desk
            .begin_request(&ana, &attendance, "registo-criminal")
            .unwrap();
        let form = desk.form(&ana, &request, None).unwrap();
        assert_eq!(form.step.id, "contact", "the purpose was asked for all");
        // Rosa sleeps.
        desk.leave_out(&ana, &all[2], Reason::Asleep, "").unwrap();
        not_now(
            desk.leave_out(&ana, &all[1], Reason::Other, " "),
            "Escreva porque",
        );
        (list, batch, attendance, request)
    };
    // The plug is pulled; the next day at another desk.
    let (_, desk, _) = spot(&folder);
    let rui = sign_in(&desk, "rui.p");
    let view = desk.residents(&rui, &list).unwrap();
    let how: Vec<InBatch> = view
        .batch(&batch)
        .unwrap()
        .residents
        .iter()
        .map(|(_, how, _)| *how)
        .collect();
    assert_eq!(how, [InBatch::Begun, InBatch::Waits, InBatch::LeftOut]);
    desk.finish_step(&rui, &request, "contact", &pairs(&[("phone", "912345678")]))
        .unwrap();
    saw_papers(&desk, &rui, &request);
    desk.confirm_by_word(&rui, &request).unwrap();
    desk.record(&rui, &request).unwrap();
    let page = desk.request(&rui, &request).unwrap();
    let value = |field: &str| {
        let found = page.answers.iter().find(|(f, _)| f.id == field);
        found.map(|(_, said)| said[0].value.clone())
    };
    assert_eq!(value("purpose").as_deref(), Some("volunteering"));
    assert_eq!(value("cap-consent").as_deref(), Some("spoken"));
    assert_eq!(value("full-name").as_deref(), Some("Maria do Rosário"));

    // José consents with support; Rosa woke, and said no.
    let all = ids(&view);
    assert_eq!(
        desk.next_resident(&rui, &list, None).unwrap(),
        Some(all[1].clone())
    );
    let of_jose = desk.consents(&rui, &all[1], Capacity::Assent, Consent::Spoken);
    not_now(of_jose, "com apoio");
    let of_jose = desk
        .consents(&rui, &all[1], Capacity::Assent, Consent::Supported)
        .unwrap();
    identified(&desk, &rui, &of_jose);
    recorded(&desk, &rui, &of_jose);
    let of_rosa = desk
        .consents(&rui, &all[2], Capacity::Own, Consent::Spoken)
        .unwrap();
    identified(&desk, &rui, &of_rosa);
    let begun = desk
        .begin_request(&rui, &of_rosa, "registo-criminal")
        .unwrap();
    desk.finish_step(&rui, &begun, "contact", &pairs(&[("phone", "912345678")]))
        .unwrap();
    desk.leave_out(&rui, &all[2], Reason::Declined, "").unwrap();
    not_now(desk.confirm_by_word(&rui, &begun), "disse que não");
    not_now(desk.begin_request(&rui, &of_rosa, "cesd"), "disse que não");
    assert_eq!(desk.next_resident(&rui, &list, None).unwrap(), None);
    let view = desk.residents(&rui, &list).unwrap();
    let batch = view.batch(&batch).unwrap();
    assert!(batch.is_done());
    assert_eq!(batch.count(InBatch::Recorded), 2);
    assert_eq!(view.progress(), (3, 3));
    // Each is an attendance of its own.
    assert_ne!(attendance, of_jose);
    not_now(desk.take_off(&rui, &all[0], "engano"), "já foi atendido");
}

#[test]
fn who_asks_for_a_resident_needs_an_authority_that_holds_and_reaches() {
    let folder = Folder::new();
    let (_, desk, ana) = spot(&folder);
    let list = listed(&desk, &ana);
    let all = ids(&desk.residents(&ana, &list).unwrap());
    not_now(
        desk.consents(&ana, &all[0], Capacity::General, Consent::Spoken),
        "é o acompanhante que decide",
    );
    let attendance = desk
        .consents(&ana, &all[0], Capacity::General, Consent::Represented)
        .unwrap();
    identified(&desk, &ana, &attendance);
    let begin = || desk.begin_request(&ana, &attendance, "registo-criminal");
    not_now(begin(), "quem representa");
    // Nor is it asked as if he had come himself, who does not decide.
    desk.represent(&ana, &attendance, false).unwrap();
    not_now(begin(), "quem consente");
    desk.represent(&ana, &attendance, true).unwrap();
    let represents = |more: &[(&str, &str)]| {
        let mut typed = vec![
            ("rep-name", "Rosa Lopes"),
            ("rep-document", "PT 1234567"),
            ("rep-proof", "Sentença de 2 de novembro"),
        ];
        typed.extend(more);
        desk.finish_step(&ana, &attendance, "representation", &pairs(&typed))
    };
    let (ended, later) = (day(-1), day(30));
    // One that ended is refused at its field.
    let of_ended = [
        ("rep-authority", "guardian"),
        ("rep-powers", "general"),
        ("rep-until", ended.as_str()),
    ];
    match represents(&of_ended) {
        Err(DeskError::Refused(wrong)) => assert_eq!(wrong[0].0, "rep-until"),
        other => panic!("{other:?}"),
    }
    for (said, why) in [
        (
            vec![
                ("rep-authority", "guardian"),
                ("rep-powers", "general"),
                ("rep-from", later.as_str()),
            ],
            "só começa em",
        ),
        (vec![("rep-authority", "legal")], "só representam menores"),
        (
            vec![("rep-authority", "guardian"), ("rep-powers", "assent")],
            "só autoriza",
        ),
        (
            vec![
                ("rep-authority", "guardian"),
                ("rep-powers", "special"),
                ("rep-matters", "health"),
            ],
            "não chega a «",
        ),
        (vec![("rep-authority", "heir")], "certidões e certificados"),
    ] {
        let mut said = said;
        // What an earlier try left does not stay.
        if said.iter().all(|(field, _)| *field != "rep-from") {
            said.push(("rep-from", ""));
        }
        said.push(("rep-until", ""));
        represents(&said).unwrap();
        not_now(begin(), why);
    }
    represents(&[
        ("rep-authority", "guardian"),
        ("rep-powers", "special"),
        ("rep-matters", "certificates"),
        ("rep-from", ""),
        ("rep-until", ""),
    ])
    .unwrap();
    let request = recorded_of(&desk, &ana, &begin().unwrap());
    let page = desk.request(&ana, &request).unwrap();
    assert_eq!(page.representative.as_deref(), Some("Rosa Lopes"));
    assert!(page.answers.iter().any(|(f, _)| f.id == "rep-matters"));
}

fn recorded_of(desk: &SpotDesk, ana: &Session, request: &str) -> String {
    let step = |step: &str, typed: &[(&str, &str)]| {
        desk.finish_step(ana, request, step, &pairs(typed)).unwrap();
    };
    step(
        "purpose",
        &[("purpose", "volunteering"), ("for-whom", "self")],
    );
    step("contact", &[("phone", "912345678")]);
    saw_papers(desk, ana, request);
    desk.confirm_by_word(ana, request).unwrap();
    desk.record(ana, request).unwrap();
    request.to_owned()
}

#[test]
fn who_is_close_is_told_what_the_resident_lets_them_be_told_and_no_more() {
    let folder = Folder::new();
    let (_, desk, ana) = spot(&folder);
    let list = listed(&desk, &ana);
    let all = ids(&desk.residents(&ana, &list).unwrap());
    let kin = |may| TypedKin {
        name: "Rosa Lopes".into(),
        relation: "filha".into(),
        phone: "912 345 678".into(),
        may,
    };
    not_now(desk.say_kin(&ana, &all[0], &kin(May::Visit)), "Primeiro");
    let attendance = desk
        .consents(&ana, &all[0], Capacity::Own, Consent::Signed)
        .unwrap();
    identified(&desk, &ana, &attendance);
    let nameless = TypedKin {
        name: " ".into(),
        ..kin(May::Visit)
    };
    not_now(desk.say_kin(&ana, &all[0], &nameless), "Escreva o nome");
    desk.say_kin(&ana, &all[0], &kin(May::Visit)).unwrap();
    let begin = desk.begin_request(&ana, &attendance, "registo-criminal");
    let request = recorded_of(&desk, &ana, &begin.unwrap());
    let told = || desk.request(&ana, &request).unwrap().case.telling.kin;
    assert_eq!(
        told(),
        None,
        "that the visit was says nothing of the request"
    );
    for _a_double_click in 0..2 {
        desk.say_kin(&ana, &all[0], &kin(May::Outcome)).unwrap();
    }
    assert_eq!(told().unwrap().name, "Rosa Lopes");
    desk.say_kin(&ana, &all[0], &kin(May::Nothing)).unwrap();
    assert_eq!(told(), None);
    assert_eq!(desk.resident(&ana, &all[0]).unwrap().kin, None);
    let page = desk.request(&ana, &request).unwrap();
    let stands = |id: &str| page.answers.iter().any(|(f, _)| f.id == id);
    assert!(!stands("kin-name") && !stands("kin-phone"));
}

#[test]
fn a_session_is_at_the_bedside_until_it_leaves_also_after_a_power_cut() {
    let folder = Folder::new();
    let token;
    let list = {
        let (_, desk, _) = spot(&folder);
        token = desk.sign_in("ana.m", crate::support::PIN).unwrap();
        let ana = desk.session(&token).unwrap();
        let list = listed(&desk, &ana);
        assert_eq!(desk.bedside(&ana), None);
        assert!(desk.go_to_bedside(&ana, Some(&"0".repeat(64))).is_err());
        desk.go_to_bedside(&ana, Some(&list)).unwrap();
        list
    };
    let (_, desk, other) = spot(&folder);
    let ana = desk.session(&token).unwrap();
    assert_eq!(desk.bedside(&ana), Some(list));
    assert_eq!(desk.bedside(&other), None);
    desk.go_to_bedside(&ana, None).unwrap();
    assert_eq!(desk.bedside(&ana), None);
}

#[test]
fn the_same_resident_on_the_lists_of_two_homes_stands_on_both_until_somebody_says_which() {
    let folder = Folder::new();
    let (node, console) = hub(&folder);
    let teresa = {
        let token =
            vereda_web::console::port::Console::sign_in(&console, "teresa.n", crate::support::PIN);
        vereda_web::console::port::Console::session(&console, &token.unwrap()).unwrap()
    };
    // As if the vehicle had been enrolled.
    let lists = [
        ("Lar da Serra", "10:00", "12:00"),
        ("Residência do Mar", "14:00", "16:00"),
    ];
    let lists = lists.map(|(name, from, to)| {
        let lar = console.keep_facility(&teresa, None, &home(name)).unwrap();
        let plan = Plan {
            day: Date::parse(&day(0)).unwrap(),
            from: Hour::parse(from).unwrap(),
            to: Hour::parse(to).unwrap(),
            zone: String::new(),
            place: name.into(),
            municipality: String::new(),
            district: String::new(),
            position: None,
            offers: vec![],
            services: String::new(),
            bring: String::new(),
            note: String::new(),
        };
        let begun = node.begin("Teresa", |author, at| {
            tour::begin(author, at, "movel-07", &plan)
        });
        let tour = begun.unwrap().to_string();
        let stop = console.planned_tour(&tour).unwrap().stops[0].id.clone();
        let visit = TypedVisit {
            stop: format!("{tour}/{stop}"),
            ..TypedVisit::default()
        };
        console.plan_visit(&teresa, &lar, &visit).unwrap()
    });
    let [here, there] = &lists;
    let add = |list: &str, typed: &TypedResident| {
        console.list_resident(&teresa, list, typed).unwrap();
    };
    add(here, &resident("Maria do Rosário", "199900078", "1"));
    add(here, &resident("José Amaro", "", "2"));
    add(here, &resident("Rosa Brito", "299999998", "3"));
    add(there, &resident("Maria Rosário", "199900078", "7"));
    // Without a number by name and date of birth; of two numbers that differ they are two people.
    add(there, &resident("JOSE AMARO", "123456789", "8"));
    add(there, &resident("Rosa Brito", "123456789", "9"));
    let marked = |list: &str| -> Vec<bool> {
        let view = console.residents(list).unwrap();
        let standing = view.standing_residents();
        standing.map(|r| !r.elsewhere.is_empty()).collect()
    };
    assert_eq!(marked(here), [true, true, false]);
    let row = console.homes().unwrap().ahead;
    assert_eq!(row.iter().map(|r| r.elsewhere).sum::<u64>(), 4);
    let view = console.residents(here).unwrap();
    assert!(view.residents[0].elsewhere[0].contains("Residência do Mar"));
    let maria = console.residents(there).unwrap().residents[0].id.clone();
    console.lives_here(&teresa, &maria).unwrap();
    assert_eq!(marked(here), [true, false]);
    let view = console.residents(here).unwrap();
    let off = view.residents.iter().find_map(|r| r.taken_off.as_deref());
    assert_eq!(off, Some("Vive noutro lar: Residência do Mar"));
}
