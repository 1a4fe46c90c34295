//! A crew declares an occurrence that no hub heard of: fees are waived, papers may be missing, what helps comes first; the
//! request says so for ever; and nothing that cannot be is kept.

use vereda::desk::SpotDesk;
use vereda::store::derived;
use vereda_sync::day::Date;
use vereda_sync::record::occurrence::{self, Declared, Waives};
use vereda_sync::record::papers::{Said, Standing};
use vereda_web::desk::port::{
    Desk, DeskError, OccurrenceState, Occurrences, Session, Tills, Tours, TypedOccurrence,
    TypedStop, TypedWaives,
};

use crate::support::{Folder, desk, identified, node, pairs, sign_in};

fn day(from_today: i64) -> String {
    let today = Date::parse(&vereda::clock::today()).unwrap();
    today.days_on(from_today).to_string()
}

fn fire() -> TypedOccurrence {
    TypedOccurrence {
        name: "Incêndio de Monchique".into(),
        municipalities: "Monchique, Silves".into(),
        from: day(0),
        until: day(20),
        reason: "Casas ardidas em Alferce.".into(),
        waives: TypedWaives::Only,
        waived: vec!["registo-criminal".into()],
        relaxes: true,
        first: vec!["apoio-habitacao".into()],
        languages: vec!["uk".into()],
    }
}

fn not_now<T: std::fmt::Debug>(result: Result<T, DeskError>, why: &str) {
    match result {
        Err(DeskError::NotNow(said)) => assert!(said.contains(why), "{said}"),
        other => panic!("{why}: {other:?}"),
    }
}

/// A certificate that costs 5 €, up to the check of the answers.
fn certificate(desk: &SpotDesk, session: &Session) -> String {
    let attendance = identified(desk, session, "Maria Rosa", "123456789");
    let request = desk
        .begin_request(session, &attendance, "registo-criminal")
        .unwrap();
    let finish = |step: &str, typed: &[(&str, &str)]| {
        desk.finish_step(session, &request, step, &pairs(typed))
            .unwrap();
    };
    finish("purpose", &[("purpose", "work"), ("for-whom", "self")]);
    finish("contact", &[("phone", "912 345 678")]);
    request
}

#[test]
fn what_a_crew_declares_holds_at_once_and_stays_in_what_was_recorded() {
    let folder = Folder::new();
    let (request, id) = {
        let node = node(&folder, "movel-07", "vehicle");
        let desk = desk(&node);
        let ana = sign_in(&desk, "ana.m");
        assert!(desk.today(&ana).unwrap().occurrences.is_empty());
        let before = certificate(&desk, &ana);
        assert_eq!(desk.check_answers(&ana, &before).unwrap().fee_cents, 500);
        desk.confirm_by_word(&ana, &before).unwrap();
        let id = desk.declare_occurrence(&ana, &fire()).unwrap();
        assert_eq!(
            desk.declare_occurrence(&ana, &fire()).unwrap(),
            id,
            "twice is once"
        );
        let here = desk.today(&ana).unwrap().occurrences;
        assert_eq!(here.len(), 1);
        assert!(here[0].confirmed.is_none() && here[0].is_own);
        assert_eq!(desk.services("")[0].id, "apoio-habitacao");
        // What was confirmed cost something: they are asked again.
        not_now(desk.record(&ana, &before), "ainda não confirmou");

        let check = desk.check_answers(&ana, &before).unwrap();
        assert_eq!(check.fee_cents, 0);
        assert_eq!(check.exempt.unwrap().pt(), "Incêndio de Monchique");
        let because = check.because.unwrap();
        assert_eq!(because, "por causa da ocorrência «Incêndio de Monchique»");
        desk.say_of_papers(&ana, &before, None, Said::Owed(because))
            .unwrap();
        desk.confirm_by_word(&ana, &before).unwrap();
        desk.record(&ana, &before).unwrap();
        (before, id)
    };
    // The plug is pulled; made anew from the journal it is the same.
    let node = node(&folder, "movel-07", "vehicle");
    derived::reset(&node.store.write()).unwrap();
    node.derive_arrived().unwrap();
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    desk.end_occurrence(&ana, &id, "apagado").unwrap();
    assert!(desk.today(&ana).unwrap().occurrences.is_empty());
    let receipt = desk.receipt(&ana, &request).unwrap();
    assert_eq!(receipt.fee_cents, 0);
    assert_eq!(receipt.exempt.unwrap().pt(), "Incêndio de Monchique");
    assert!(
        matches!(&receipt.papers[0].standing, Standing::Owed(why) if why.contains("Monchique"))
    );
    let (under, is_confirmed) = desk.request(&ana, &request).unwrap().under.unwrap();
    assert_eq!(
        (under.occurrence.to_string(), under.waived_cents),
        (id.clone(), 500)
    );
    assert!(!is_confirmed && !under.is_confirmed);
    let listed = desk.occurrences(&ana).unwrap().others.remove(0);
    assert!(matches!(&listed.state, OccurrenceState::Ended(_, why) if why == "apagado"));
    assert_eq!((listed.requests, listed.waived_cents), (1, 500));
    desk.open_till(&ana, &Default::default()).unwrap();
    let till = desk.till(&ana, None).unwrap().till.unwrap();
    assert_eq!(till.waived, (1, 500));
    // Afterwards the fee is what it was, and nothing is said.
    let after = certificate(&desk, &ana);
    let check = desk.check_answers(&ana, &after).unwrap();
    assert_eq!((check.fee_cents, check.because), (500, None));
}

#[test]
fn it_holds_where_the_vehicle_stops_today() {
    let folder = Folder::new();
    let node = node(&folder, "movel-07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    desk.declare_occurrence(&ana, &fire()).unwrap();
    let stop = |municipality: &str, from: &str, to: &str| TypedStop {
        day: day(0),
        from: from.into(),
        to: to.into(),
        place: "Centro".into(),
        municipality: municipality.into(),
        ..TypedStop::default()
    };
    let tour = desk
        .plan_tour(&ana, &stop("Loulé", "09:00", "10:00"))
        .unwrap();
    assert!(desk.today(&ana).unwrap().occurrences.is_empty());
    assert_eq!(desk.occurrences(&ana).unwrap().others.len(), 1);
    desk.plan_stop(&ana, &tour, None, &stop("SILVES", "11:00", "12:00"))
        .unwrap();
    assert_eq!(desk.today(&ana).unwrap().occurrences.len(), 1);
}

#[test]
fn what_cannot_be_is_said_and_nothing_is_kept() {
    let folder = Folder::new();
    let node = node(&folder, "movel-07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let with = |change: fn(&mut TypedOccurrence)| {
        let mut typed = fire();
        change(&mut typed);
        typed
    };
    for (wrong, why) in [
        (with(|o| o.name = " ".into()), "nome da ocorrência"),
        (with(|o| o.name = "a".repeat(81)), "longo de mais"),
        (with(|o| o.reason = String::new()), "porque se declara"),
        (with(|o| o.from = "hoje".into()), "primeiro dia"),
        (with(|o| o.until = String::new()), "último dia"),
        (with(|o| o.until = day(-1)), "antes do primeiro"),
        (
            with(|o| (o.from, o.until) = (day(-9), day(-1))),
            "já passou",
        ),
        (with(|o| o.from = day(-366)), "dois meses"),
        (with(|o| o.until = day(700)), "mais de um ano"),
        (with(|o| o.waived = vec![]), "Escolha os serviços"),
        (with(|o| o.waived = vec!["nada".into()]), "no catálogo"),
        (
            with(|o| o.municipalities = "a,".repeat(9) + &"b".repeat(90)),
            "longo de mais",
        ),
    ] {
        not_now(desk.declare_occurrence(&ana, &wrong), why);
    }
    let none = desk.occurrences(&ana).unwrap();
    assert!(none.here.is_empty() && none.others.is_empty());
    let id = desk.declare_occurrence(&ana, &fire()).unwrap();
    not_now(desk.end_occurrence(&ana, &id, "  "), "porque termina");
    assert!(matches!(
        desk.end_occurrence(&ana, &"ab".repeat(32), "x"),
        Err(DeskError::NotFound)
    ));
}

#[test]
fn a_spot_cannot_confirm_in_the_hubs_place() {
    let folder = Folder::new();
    let node = node(&folder, "movel-07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let id = desk.declare_occurrence(&ana, &fire()).unwrap();
    let of = vereda_sync::id::RecordId::from_hex(&id).unwrap();
    let all: Declared = Declared {
        name: "Tudo grátis".into(),
        municipalities: vec![],
        scopes: vec![],
        from: Date::parse(&day(0)).unwrap(),
        until: Date::parse(&day(9)).unwrap(),
        reason: "x".into(),
        waives: Waives::All,
        relaxes: true,
        first: vec![],
        languages: vec![],
    };
    // It says that it answers the crew's, and is in a scope that spots share: it answers nothing.
    node.begin("Ninguém", |author, at| {
        occurrence::declare(author, at, &all, Some(of))
    })
    .unwrap();
    let view = desk.occurrences(&ana).unwrap();
    let one = view.here.iter().find(|one| one.id == id).unwrap();
    assert!(one.confirmed.is_none());
    assert!(view.here.iter().all(|one| one.confirmed.is_none()));
}
