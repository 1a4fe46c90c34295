//! What the hub plans reaches the spot that goes, and no other; who is booked too. What the crew says comes back, and
//! wins over what was planned meanwhile.

use std::sync::Arc;

use vereda::console::HubConsole;
use vereda::desk::SpotDesk;
use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::record::booking::{self, Booked, Place};
use vereda_sync::record::tour::{self, Happened, Hour, Plan, Standing};
use vereda_web::console::port::Planning;
use vereda_web::desk::port::{
    BookingState, Carrying, Desk, DeskError, Session, TourView, Tours, TypedBooking, TypedStop,
};

use crate::world::{World, desk, heads, request_of, somebody, until};

pub(crate) fn stop(place: &str, from: &str, to: &str) -> TypedStop {
    TypedStop {
        day: vereda::clock::today(),
        from: from.into(),
        to: to.into(),
        place: place.into(),
        ..TypedStop::default()
    }
}

fn maria() -> TypedBooking {
    TypedBooking {
        name: "Maria Rosa".into(),
        nif: "123456789".into(),
        hour: "10:30".into(),
        service: "cesd".into(),
        ..TypedBooking::default()
    }
}

fn today(desk: &SpotDesk, who: &Session) -> Option<TourView> {
    desk.tours(who).unwrap().today.into_iter().next()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tour_and_its_bookings_reach_the_vehicle_and_what_happened_wins() {
    let world = World::new();
    let hub = world.hub(None);
    // Both hold the same scope: the tour is for one of them alone.
    let (mut van, mut other) = (
        world.spot("van", &["monchique"]),
        world.spot("other", &["monchique"]),
    );
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (at_van, at_other) = (desk(&van.node), desk(&other.node));
    let (teresa, ana) = (somebody("teresa"), somebody("ana"));
    let alferce = stop("Alferce", "10:00", "12:00");
    let tour = console.plan_tour(&teresa, "van", &alferce).unwrap();
    let id = console.planned_tour(&tour).unwrap().stops[0].id.clone();
    console.book(&teresa, &tour, &id, &maria()).unwrap();
    van.connect(hub.address);
    other.connect(hub.address);
    until("the van has the tour and who is booked", || {
        today(&at_van, &ana).is_some_and(|t| t.stops[0].bookings.len() == 1)
    })
    .await;
    let view = today(&at_van, &ana).unwrap();
    assert_eq!((view.id.as_str(), view.is_own), (tour.as_str(), false));
    let booked = &view.stops[0].bookings[0];
    assert_eq!(
        (booked.name.as_str(), booked.hour.as_str()),
        ("Maria Rosa", "10:30")
    );

    // Without a network: the crew serves whom was booked, twice pressed, and holds the stop.
    van.link = None;
    let attendance = at_van.attend_booking(&ana, &booked.id).unwrap();
    assert_eq!(
        at_van.attend_booking(&somebody("rui"), &booked.id).unwrap(),
        attendance
    );
    let form = at_van.form(&ana, &attendance, None).unwrap();
    let value = |field: &str| {
        let found = form.fields.iter().find(|f| f.field.id == field);
        found.unwrap().value.clone()
    };
    assert_eq!(value("full-name"), "Maria Rosa");
    assert_eq!(value("nif").replace(' ', ""), "123456789");
    assert!(
        !at_van.attendance(&ana, &attendance).unwrap().identified,
        "it is confirmed first"
    );
    at_van.mark(&ana, &tour, &id, &Happened::Held).unwrap();
    let typed = [
        ("full-name".to_owned(), "Maria Rosa".to_owned()),
        ("birth-date".to_owned(), "02/03/1950".to_owned()),
        ("nif".to_owned(), "123456789".to_owned()),
    ];
    at_van
        .finish_step(&ana, &attendance, "identity", &typed)
        .unwrap();
    let served = at_van.attendance(&ana, &attendance).unwrap();
    assert!(served.identified);
    assert_eq!(
        served.booked.map(|(service, _)| service).as_deref(),
        Some("cesd")
    );
    at_van.begin_request(&ana, &attendance, "cesd").unwrap();
    assert_eq!(at_van.attendance(&ana, &attendance).unwrap().booked, None);
    // Meanwhile the hub moves it, calls it off, and withdraws the booking.
    let moved = stop("Alferce", "15:00", "17:00");
    console
        .plan_stop(&teresa, &tour, Some(&id), &moved)
        .unwrap();
    console
        .cancel_stop(&teresa, &tour, &id, "estrada cortada")
        .unwrap();
    console
        .withdraw_booking(&teresa, &booked.id, "telefonou")
        .unwrap();
    van.connect(hub.address);
    let at_hub = || console.planned_tour(&tour).unwrap().stops.remove(0);
    until("the hub hears it", || at_hub().standing == Standing::Held).await;
    until("the van hears what was planned", || {
        today(&at_van, &ana).unwrap().stops[0].plan.from.to_string() == "15:00"
    })
    .await;
    for stop in [at_hub(), today(&at_van, &ana).unwrap().stops.remove(0)] {
        assert_eq!(stop.standing, Standing::Held);
        assert!(
            stop.moved
                .as_ref()
                .is_some_and(|line| line.contains("10:00 12:00"))
        );
        assert_eq!(stop.marks.len(), 2, "both stay to be seen");
        assert!(matches!(stop.bookings[0].state, BookingState::Came(_)));
    }
    // Nobody else has any of it.
    assert!(today(&at_other, &ana).is_none());
    let record = RecordId::from_hex(&tour).unwrap();
    assert!(heads(&other.node, record).is_empty());
    assert!(heads(&other.node, RecordId::from_hex(&booked.id).unwrap()).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_vehicle_plans_reaches_the_hub_and_people_are_booked_there() {
    let world = World::new();
    let hub = world.hub(None);
    let mut van = world.spot("van", &["monchique"]);
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (at_van, ana, teresa) = (desk(&van.node), somebody("ana"), somebody("teresa"));
    let tour = at_van
        .plan_tour(&ana, &stop("Alferce", "10:00", "12:00"))
        .unwrap();
    van.connect(hub.address);
    until("the hub has it", || {
        !console.planned().unwrap().ahead.is_empty()
    })
    .await;
    let view = console.planned_tour(&tour).unwrap();
    assert!(view.is_own && !view.may_plan);
    assert_eq!(view.spot, "Posto van");
    let id = &view.stops[0].id;
    let moved = stop("Alferce", "15:00", "17:00");
    assert!(console.plan_stop(&teresa, &tour, Some(id), &moved).is_err());
    assert!(console.cancel_stop(&teresa, &tour, id, "não").is_err());
    console.book(&teresa, &tour, id, &maria()).unwrap();
    until("who is booked has come", || {
        today(&at_van, &ana).is_some_and(|t| t.stops[0].bookings.len() == 1)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spot_plans_and_books_for_nobody_but_itself() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut rogue) = (
        world.spot("van", &["monchique"]),
        world.spot("rogue", &["monchique"]),
    );
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (at_van, ana, teresa) = (desk(&van.node), somebody("ana"), somebody("teresa"));
    let plan = Plan {
        day: Date::parse(&vereda::clock::today()).unwrap(),
        from: Hour::parse("10:00").unwrap(),
        to: Hour::parse("12:00").unwrap(),
        zone: String::new(),
        place: "Aljezur".into(),
        municipality: String::new(),
        district: String::new(),
        position: None,
        services: String::new(),
        offers: vec![],
        bring: "O dinheiro da caixa.".into(),
        note: String::new(),
    };
    // A tour for another, a booking at a stop of another, and a word in a tour of another.
    let forged = rogue
        .node
        .begin("Teresa", |author, at| tour::begin(author, at, "van", &plan))
        .unwrap();
    let own = at_van
        .plan_tour(&ana, &stop("Alferce", "10:00", "12:00"))
        .unwrap();
    let id = at_van.tour(&ana, &own).unwrap().stops[0].id.clone();
    van.connect(hub.address);
    rogue.connect(hub.address);
    let record = RecordId::from_hex(&own).unwrap();
    until("the other spot has the van's own tour", || {
        !heads(&rogue.node, record).is_empty()
    })
    .await;
    assert!(
        desk(&rogue.node).tour(&ana, &own).is_err(),
        "it is not its own"
    );
    let place = Place {
        tour: record,
        stop: id.clone(),
        spot: "van".into(),
    };
    let who = Booked {
        name: "Ninguém".into(),
        nif: String::new(),
        phone: String::new(),
        service: String::new(),
        hour: Hour::parse("10:00").unwrap(),
        note: String::new(),
    };
    let false_booking = rogue
        .node
        .begin("Teresa", |author, at| {
            booking::book(author, at, &place, &who)
        })
        .unwrap();
    let off = Happened::Cancelled("porque sim".into());
    rogue
        .node
        .change(
            record,
            "Teresa",
            |d, author, at| tour::mark(d, author, at, (&id, &plan), &off),
            |_| Ok(()),
        )
        .unwrap();
    let before = heads(&rogue.node, record);
    until("all of it has come", || {
        heads(&van.node, record) == before
            && !heads(&van.node, forged).is_empty()
            && !heads(&van.node, false_booking).is_empty()
    })
    .await;
    let today = at_van.tours(&ana).unwrap().today;
    assert_eq!(today.len(), 1, "the forged tour is shown to nobody");
    assert_eq!(today[0].stops[0].standing, Standing::Planned);
    assert!(today[0].stops[0].bookings.is_empty());
    assert!(console.planned_tour(&forged.to_string()).is_err());
    assert!(
        console
            .withdraw_booking(&teresa, &false_booking.to_string(), "x")
            .is_err()
    );
    assert!(
        at_van
            .attend_booking(&ana, &false_booking.to_string())
            .is_err()
    );

    // What the hub planned for one, another that learns its id may not write.
    let planned = console.plan_tour(&teresa, "van", &stop("Casais", "14:00", "15:00"));
    let planned = RecordId::from_hex(&planned.unwrap()).unwrap();
    until("the van has it", || !heads(&van.node, planned).is_empty()).await;
    assert!(heads(&rogue.node, planned).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_booked_is_purged_from_the_vehicle_once_the_day_is_over() {
    let world = World::new();
    let hub = world.hub(None);
    let mut van = world.spot("van", &["monchique"]);
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (at_van, ana, teresa) = (desk(&van.node), somebody("ana"), somebody("teresa"));
    let tour = console.plan_tour(&teresa, "van", &stop("Alferce", "10:00", "12:00"));
    let tour = tour.unwrap();
    let id = console.planned_tour(&tour).unwrap().stops[0].id.clone();
    console.book(&teresa, &tour, &id, &maria()).unwrap();
    van.connect(hub.address);
    until("who is booked has come", || {
        today(&at_van, &ana).is_some_and(|t| t.stops[0].bookings.len() == 1)
    })
    .await;
    let now_ms = i64::try_from(vereda::clock::wall_ms()).unwrap();
    let booked = today(&at_van, &ana).unwrap().stops[0].bookings[0]
        .id
        .clone();
    assert_eq!(
        van.node.purge(now_ms).unwrap().records,
        0,
        "the day is not over"
    );
    let carried = at_van.carried(&ana).unwrap().visits;
    assert_eq!((carried.len(), carried[0].place.as_str()), (1, "Alferce"));
    let (who, why) = &carried[0].people[0];
    assert_eq!(who, &maria().name);
    assert!(why.starts_with("marcação das "), "{why}");
    // Nothing is configured to be let go of.
    assert_eq!(van.node.config.store.keep_days, None);
    let over = || van.node.purge_what_is_over().unwrap().records;
    assert_eq!(over(), 0, "the day is not over");
    let night = "UPDATE visit SET day = '2026-01-05'";
    van.node.store.write().execute_batch(night).unwrap();
    assert_eq!(over(), 1);
    let carried = at_van.carried(&ana).unwrap();
    assert!(carried.visits.is_empty() && carried.left == 1);
    assert!(today(&at_van, &ana).unwrap().stops[0].bookings.is_empty());
    let db = van.node.store.read();
    let left: i64 = db
        .query_row(
            "SELECT count(*) FROM entry e JOIN record r USING (record) WHERE r.id = ?1 AND length(e.body) > 0",
            [RecordId::from_hex(&booked).unwrap().0],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(left, 0);
    assert_eq!(
        console.planned_tour(&tour).unwrap().stops[0].bookings.len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_vehicles_at_one_stop_are_told_at_the_hub() {
    let world = World::new();
    let hub = world.hub(None);
    let _both = (
        world.spot("van", &["monchique"]),
        world.spot("far", &["aljezur"]),
    );
    let console = HubConsole::new(Arc::clone(&hub.node));
    let teresa = somebody("teresa");
    let here = console.plan_tour(&teresa, "van", &stop("Alferce", "10:00", "12:00"));
    let there = console.plan_tour(&teresa, "far", &stop("ALFERCE", "11:00", "13:00"));
    let clashes = |tour: &str| console.planned_tour(tour).unwrap().stops[0].clashes.clone();
    let (here, there) = (here.unwrap(), there.unwrap());
    assert_eq!(clashes(&here), ["far também lá está, das 11:00 às 13:00."]);
    assert_eq!(clashes(&there), ["van também lá está, das 10:00 às 12:00."]);
    let stop = console.planned_tour(&there).unwrap().stops[0].id.clone();
    console
        .cancel_stop(&teresa, &there, &stop, "vai a outra")
        .unwrap();
    assert!(clashes(&here).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_known_elsewhere_of_whom_a_vehicle_will_see_goes_along_until_the_visit_is_over() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut far) = (
        world.spot("van", &["monchique"]),
        world.spot("far", &["aljezur"]),
    );
    let nif = maria().nif;
    let rosa = request_of(&far.node, ("cesd", "Maria Rosa"), &[("nif", &nif)]);
    let other = request_of(&far.node, ("cesd", "Ilda"), &[("nif", "100000002")]);
    far.connect(hub.address);
    far.proven().await;
    hub.node.derive_arrived().unwrap();
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (at_van, ana, teresa) = (desk(&van.node), somebody("ana"), somebody("teresa"));
    let tour = console.plan_tour(&teresa, "van", &stop("Alferce", "10:00", "12:00"));
    let tour = tour.unwrap();
    let id = console.planned_tour(&tour).unwrap().stops[0].id.clone();
    console.book(&teresa, &tour, &id, &maria()).unwrap();
    assert_eq!(
        hub.node.lend_ahead().unwrap(),
        0,
        "it was lent as it was booked"
    );
    van.connect(hub.address);
    until("their request has come", || {
        let today = today(&at_van, &ana);
        today.is_some_and(|t| t.stops[0].bookings.iter().any(|b| b.earlier.len() == 1))
    })
    .await;
    assert!(heads(&van.node, other).is_empty(), "of nobody else");
    let read = at_van.request(&ana, &rosa.to_string()).unwrap();
    assert_eq!(read.row.citizen, "Maria Rosa");
    assert!(read.lent_until.is_some());
    let refused = at_van.add_note(&ana, &rosa.to_string(), "olá");
    assert!(matches!(refused, Err(DeskError::NotNow(_))), "{refused:?}");
    let carried = at_van.carried(&ana).unwrap().lent;
    assert!(carried.len() == 1 && carried[0].for_visit);

    // Nobody else tidies up meanwhile.
    van.link = None;
    // The day is over: what was lent goes first, as the booking alone knows when that is.
    assert_eq!(van.node.end_loans().unwrap(), 0, "the day is not over");
    let night = "UPDATE visit SET day = '2026-01-05'; UPDATE borrowed SET until = 1";
    van.node.store.write().execute_batch(night).unwrap();
    let over = van.node.purge_what_is_over().unwrap();
    assert_eq!((over.records, over.kept.len()), (0, 1), "{over:?}");
    assert_eq!(van.node.end_loans().unwrap(), 1);
    assert_eq!(van.node.purge_what_is_over().unwrap().records, 1);
    assert!(matches!(
        at_van.request(&ana, &rosa.to_string()),
        Err(DeskError::NotFound)
    ));
    assert!(!heads(&hub.node, rosa).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lent_long_before_a_visit_nor_after_nobody_comes() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut far) = (
        world.spot("van", &["monchique"]),
        world.spot("far", &["aljezur"]),
    );
    let nif = maria().nif;
    let rosa = request_of(&far.node, ("cesd", "Maria Rosa"), &[("nif", &nif)]);
    far.connect(hub.address);
    far.proven().await;
    hub.node.derive_arrived().unwrap();
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (at_van, ana, teresa) = (desk(&van.node), somebody("ana"), somebody("teresa"));
    let today_is = Date::parse(&vereda::clock::today()).unwrap();
    let later = TypedStop {
        day: today_is.days_on(30).to_string(),
        ..stop("Marmelete", "10:00", "12:00")
    };
    let tour = console.plan_tour(&teresa, "van", &later).unwrap();
    let id = console.planned_tour(&tour).unwrap().stops[0].id.clone();
    console.book(&teresa, &tour, &id, &maria()).unwrap();
    van.connect(hub.address);
    until("the booking has come", || {
        at_van.carried(&ana).unwrap().visits.len() == 1
    })
    .await;
    assert!(at_van.carried(&ana).unwrap().lent.is_empty());

    let moved = stop("Marmelete", "10:00", "12:00");
    console
        .plan_stop(&teresa, &tour, Some(&id), &moved)
        .unwrap();
    assert_eq!(hub.node.lend_ahead().unwrap(), 1);
    until("it is near now", || {
        at_van.request(&ana, &rosa.to_string()).is_ok()
    })
    .await;
    let booking = today(&at_van, &ana).unwrap().stops[0].bookings[0]
        .id
        .clone();
    console
        .withdraw_booking(&teresa, &booking, "foi a Lagos")
        .unwrap();
    until("the van hears that nobody comes", || {
        today(&at_van, &ana).unwrap().stops[0].bookings[0]
            .earlier
            .is_empty()
    })
    .await;
    assert_eq!(van.node.end_loans().unwrap(), 1);
    assert!(at_van.request(&ana, &rosa.to_string()).is_err());
}
