//! A vehicle plans its own day: stops stand in order, what happened is said and taken back, and nothing that
//! cannot be is kept.

use std::sync::Arc;

use vereda::desk::SpotDesk;
use vereda::store::derived;
use vereda_hardware::card::{CardReader, CardState, Identity};
use vereda_sync::answer::Provenance;
use vereda_sync::day::Date;
use vereda_sync::record::booking::{self, Booked, Place};
use vereda_sync::record::tour::{self, Happened, Hour, Plan, Standing};
use vereda_web::console::port::Planning;
use vereda_web::desk::port::{Desk, DeskError, Tours, TypedBooking, TypedStop};
use vereda_web::map::Ground;

use crate::support::{Folder, NoLink, desk, hub, node, sign_in};

fn day(from_today: i64) -> String {
    let today = Date::parse(&vereda::clock::today()).unwrap();
    today.days_on(from_today).to_string()
}

fn stop(place: &str, day: &str, from: &str, to: &str) -> TypedStop {
    TypedStop {
        day: day.into(),
        from: from.into(),
        to: to.into(),
        place: place.into(),
        municipality: "Monchique".into(),
        district: "Faro".into(),
        position: "37,3337; -8,4889".into(),
        bring: "Impressos.".into(),
        ..TypedStop::default()
    }
}

fn alferce() -> TypedStop {
    stop("Alferce", &day(0), "10:00", "12:00")
}

fn not_now<T: std::fmt::Debug>(result: Result<T, DeskError>, why: &str) {
    match result {
        Err(DeskError::NotNow(said)) => assert!(said.contains(why), "{said}"),
        other => panic!("{why}: {other:?}"),
    }
}

#[test]
fn a_day_is_planned_marked_and_taken_back_and_the_plug_is_pulled() {
    let folder = Folder::new();
    let tour = {
        let node = node(&folder, "movel-07", "vehicle");
        let desk = desk(&node);
        let ana = sign_in(&desk, "ana.m");
        assert!(desk.tours(&ana).unwrap().today.is_empty());
        let tour = desk.plan_tour(&ana, &alferce()).unwrap();
        assert_eq!(
            desk.plan_tour(&ana, &alferce()).unwrap(),
            tour,
            "twice is once"
        );
        let early = stop("Marmelete", &day(0), "08:30", "09:30");
        for _a_double_click in 0..2 {
            desk.plan_stop(&ana, &tour, None, &early).unwrap();
        }
        let view = desk.tour(&ana, &tour).unwrap();
        let places: Vec<_> = view.stops.iter().map(|s| s.plan.place.as_str()).collect();
        assert_eq!(places, ["Marmelete", "Alferce"]);
        assert_eq!(view.stops[0].ground, Some(Ground::Mainland));
        assert!(view.is_own && view.may_plan);
        assert_eq!(view.next().unwrap().number, 1);
        for _a_double_click in 0..2 {
            desk.mark(&ana, &tour, &view.stops[0].id, &Happened::Held)
                .unwrap();
        }
        desk.mark(&ana, &tour, &view.stops[1].id, &Happened::Late(30))
            .unwrap();
        tour
    };
    let node = node(&folder, "movel-07", "vehicle");
    let desk = desk(&node);
    let rui = sign_in(&desk, "rui.p");
    let view = desk.tours(&rui).unwrap().today.remove(0);
    assert_eq!(view.id, tour);
    assert_eq!(view.stops[0].marks.len(), 1);
    assert_eq!(view.stops[1].standing, Standing::Late(30));
    assert_eq!(view.next().unwrap().number, 2);
    let (first, held) = (&view.stops[0], &view.stops[0].marks[0]);
    not_now(
        desk.plan_stop(&rui, &tour, Some(&first.id), &alferce()),
        "já foi realizada",
    );
    not_now(
        desk.mark(&rui, &tour, &first.id, &Happened::Cancelled("x".into())),
        "desfaça-o primeiro",
    );
    for _a_double_click in 0..2 {
        desk.undo_mark(&rui, &tour, &held.act).unwrap();
    }
    let view = desk.tour(&rui, &tour).unwrap();
    assert_eq!(view.next().unwrap().plan.place, "Marmelete");
    let off = Happened::Cancelled(" estrada cortada ".into());
    desk.mark(&rui, &tour, &view.stops[0].id, &off).unwrap();
    let view = desk.tour(&rui, &tour).unwrap();
    let said = &view.stops[0].marks[0];
    assert_eq!(said.what, Happened::Cancelled("estrada cortada".into()));
    assert_eq!(said.by.who, "Rui Pires, Espaço movel-07");
    // Made anew from the journal it is the same.
    derived::reset(&node.store.write()).unwrap();
    assert!(desk.tours(&rui).unwrap().today.is_empty());
    node.derive_arrived().unwrap();
    assert_eq!(desk.tours(&rui).unwrap().today[0].stops.len(), 2);
}

#[test]
fn what_is_brought_follows_from_the_services_and_what_is_on_board_stays_so() {
    let folder = Folder::new();
    let (tour, stop) = {
        let node = node(&folder, "movel-07", "vehicle");
        let (desk, ana) = (desk(&node), sign_in(&desk(&node), "ana.m"));
        let picked = TypedStop {
            offers: vec![
                "apoio-habitacao".into(),
                "renovacao-cc".into(),
                "apoio-habitacao".into(),
            ],
            bring: "Chaves do salão\n\n  Extensão elétrica  ".into(),
            ..alferce()
        };
        let unknown = TypedStop {
            offers: vec!["nenhum".into()],
            ..alferce()
        };
        not_now(desk.plan_tour(&ana, &unknown), "já não está no catálogo");
        let tour = desk.plan_tour(&ana, &picked).unwrap();
        let stop = desk.tour(&ana, &tour).unwrap().stops.remove(0);
        assert_eq!(stop.offers.len(), 2, "each once: {:?}", stop.offers);
        let items: Vec<&str> = stop.bring.iter().map(|it| it.item.as_str()).collect();
        assert_eq!(items[..2], ["Chaves do salão", "Extensão elétrica"]);
        for part in ["Impressos em branco: ", "Fundo de caixa", "câmara", "(10)"] {
            assert!(
                items.iter().any(|it| it.contains(part)),
                "{part}: {items:?}"
            );
        }
        let (keys, float) = (items[0].to_owned(), "Fundo de caixa e trocos".to_owned());
        let made_up = "Um helicóptero".to_owned();
        for _a_double_click in 0..2 {
            desk.take_on_board(
                &ana,
                &tour,
                &stop.id,
                &[float.clone(), made_up.clone(), keys.clone()],
            )
            .unwrap();
        }
        (tour, stop.id)
    };
    // The plug is pulled; what is on board is on board.
    let node = node(&folder, "movel-07", "vehicle");
    let desk = desk(&node);
    let rui = sign_in(&desk, "rui.p");
    let on_board = |tour: &str| {
        let view = desk.tour(&rui, tour).unwrap();
        let bring = view.stop(&stop).unwrap().bring.clone().into_iter();
        let ready = bring.filter(|it| it.is_on_board);
        ready.map(|it| it.item).collect::<Vec<_>>()
    };
    assert_eq!(
        on_board(&tour),
        ["Chaves do salão", "Fundo de caixa e trocos"]
    );
    desk.take_on_board(&rui, &tour, &stop, &[]).unwrap();
    assert_eq!(on_board(&tour), Vec::<String>::new());
}

#[test]
fn what_cannot_be_is_said_and_nothing_is_kept() {
    let folder = Folder::new();
    let node = node(&folder, "movel-07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let with = |change: fn(&mut TypedStop)| {
        let mut typed = alferce();
        change(&mut typed);
        typed
    };
    for (wrong, why) in [
        (with(|s| s.day = "ontem".into()), "Escolha o dia"),
        (with(|s| s.day = day(-366)), "já passou"),
        (with(|s| s.day = day(500)), "mais de um ano"),
        (with(|s| s.from = "24:00".into()), "hora de chegada"),
        (with(|s| s.to = String::new()), "hora de partida"),
        (with(|s| s.to = "09:00".into()), "depois da chegada"),
        (with(|s| s.place = "  ".into()), "Escreva o lugar"),
        (with(|s| s.place = "a".repeat(81)), "longo de mais"),
        (with(|s| s.bring = "a".repeat(501)), "longo de mais"),
        (with(|s| s.district = "Algarve".into()), "da lista"),
        (
            with(|s| s.position = "à esquerda".into()),
            "Escreva a posição",
        ),
        (with(|s| s.position = "38,5; -11,0".into()), "no mar"),
        (with(|s| s.position = "-8,4889; 37,3337".into()), "no mar"),
    ] {
        not_now(desk.plan_tour(&ana, &wrong), why);
    }
    let none = desk.tours(&ana).unwrap();
    assert!(none.today.is_empty() && none.coming.is_empty());
    let tour = desk
        .plan_tour(&ana, &stop("Alferce", &day(1), "10:00", "12:00"))
        .unwrap();
    let id = desk.tour(&ana, &tour).unwrap().stops[0].id.clone();
    not_now(desk.mark(&ana, &tour, &id, &Happened::Held), "outro dia");
    not_now(desk.mark(&ana, &tour, &id, &Happened::Late(0)), "atraso");
    not_now(
        desk.mark(&ana, &tour, &id, &Happened::Late(9_999)),
        "atraso",
    );
    let no_reason = Happened::Cancelled(" ".into());
    not_now(desk.mark(&ana, &tour, &id, &no_reason), "Escreva porque");
    for missing in ["", "zz", &"0".repeat(64), "../../etc"] {
        assert!(matches!(desk.tour(&ana, missing), Err(DeskError::NotFound)));
        assert!(matches!(
            desk.mark(&ana, &tour, missing, &Happened::Held),
            Err(DeskError::NotFound)
        ));
        assert!(desk.attend_booking(&ana, missing).is_err());
    }
    // Two stops at once are said, and may be right: nobody but the crew knows.
    let beside = stop("Casais", &day(1), "11:00", "13:00");
    desk.plan_stop(&ana, &tour, None, &beside).unwrap();
    let view = desk.tour(&ana, &tour).unwrap();
    assert_eq!(
        view.stops[0].clashes,
        ["Ao mesmo tempo está marcada a paragem Casais, das 11:00 às 13:00."]
    );
    assert_eq!(desk.tours(&ana).unwrap().coming.len(), 1);
    // Also when it stands in another tour of the same day.
    let other = desk.plan_tour(&ana, &stop("Alte", &day(1), "11:30", "12:30"));
    let other = desk.tour(&ana, &other.unwrap()).unwrap();
    assert_eq!(
        other.stops[0].clashes.len(),
        2,
        "{:?}",
        other.stops[0].clashes
    );
}

#[test]
fn a_booking_that_cannot_be_is_not_made() {
    let folder = Folder::new();
    let (node, console) = hub(&folder);
    let teresa = vereda_web::desk::port::Session {
        id: "t".into(),
        person: vereda_web::desk::port::Person {
            id: "teresa.n".into(),
            name: "Teresa Nunes".into(),
        },
        desk: String::new(),
    };
    not_now(
        console.plan_tour(&teresa, "movel-07", &alferce()),
        "que estão inscritos",
    );
    // As if it had been enrolled and had planned it.
    let plan = Plan {
        day: Date::parse(&day(0)).unwrap(),
        from: Hour::parse("10:00").unwrap(),
        to: Hour::parse("12:00").unwrap(),
        zone: String::new(),
        place: "Alferce".into(),
        municipality: String::new(),
        district: String::new(),
        position: None,
        offers: vec![],
        services: String::new(),
        bring: String::new(),
        note: String::new(),
    };
    let tour = node
        .begin("Teresa Nunes", |author, at| {
            tour::begin(author, at, "movel-07", &plan)
        })
        .unwrap()
        .to_string();
    let stop = console.planned_tour(&tour).unwrap().stops[0].id.clone();
    let right = TypedBooking {
        name: "Maria Rosa".into(),
        nif: "123 456 789".into(),
        phone: "+351 912 345 678".into(),
        service: "cesd".into(),
        hour: "10:30".into(),
        note: String::new(),
    };
    let with = |change: fn(&mut TypedBooking)| {
        let mut typed = right.clone();
        change(&mut typed);
        typed
    };
    for (wrong, why) in [
        (with(|b| b.name = " ".into()), "Escreva quem vem"),
        (with(|b| b.name = "a".repeat(200)), "longo de mais"),
        (with(|b| b.hour = "meio-dia".into()), "Escreva a hora"),
        (with(|b| b.hour = "12:00".into()), "das 10:00 às 12:00"),
        (with(|b| b.nif = "123456788".into()), "NIF"),
        (with(|b| b.phone = "dela".into()), "telefone"),
        (with(|b| b.service = "nenhum".into()), "catálogo"),
        (with(|b| b.note = "a".repeat(501)), "longo de mais"),
    ] {
        not_now(console.book(&teresa, &tour, &stop, &wrong), why);
    }
    for _a_double_click in 0..2 {
        console.book(&teresa, &tour, &stop, &right).unwrap();
    }
    let view = console.planned_tour(&tour).unwrap();
    let booked = &view.stops[0].bookings;
    assert_eq!(booked.len(), 1);
    assert_eq!(booked[0].nif, "123456789");
    not_now(
        console.withdraw_booking(&teresa, &booked[0].id, ""),
        "Escreva porque",
    );
    console
        .cancel_stop(&teresa, &tour, &stop, "estrada cortada")
        .unwrap();
    not_now(
        console.book(&teresa, &tour, &stop, &right),
        "já não se marca",
    );
    let row = console.planned().unwrap().ahead.remove(0);
    assert_eq!(row.trouble, "1 marcação numa paragem cancelada");
}

/// A reader with a card in it.
struct Holding(Arc<Identity>);

impl CardReader for Holding {
    fn state(&self) -> CardState {
        CardState::Ready(Arc::clone(&self.0))
    }

    fn subscribe(&self, _: Box<dyn Fn(CardState) + Send + Sync>) {}

    fn read_again(&self) {}
}

#[test]
fn what_a_booking_said_gives_way_to_the_card_and_not_to_what_was_typed() {
    let folder = Folder::new();
    // The hub writes for itself here: what matters is the desk.
    let (node, _) = hub(&folder);
    let plan = Plan {
        day: Date::parse(&day(0)).unwrap(),
        from: Hour::parse("10:00").unwrap(),
        to: Hour::parse("12:00").unwrap(),
        zone: String::new(),
        place: "Alferce".into(),
        municipality: String::new(),
        district: String::new(),
        position: None,
        offers: vec![],
        services: String::new(),
        bring: String::new(),
        note: String::new(),
    };
    let tour = node
        .begin("Teresa", |a, at| tour::begin(a, at, "central", &plan))
        .unwrap();
    let card = Identity {
        given_names: "Maria do Rosário".into(),
        surname: "Conceição".into(),
        nif: "299999998".into(),
        birth_date: "1951-05-03".into(),
        sex: String::new(),
        nationality: String::new(),
        height: String::new(),
        nic: String::new(),
        document_number: String::new(),
        expiry: String::new(),
        issued: String::new(),
        niss: String::new(),
        sns: String::new(),
        father: String::new(),
        mother: String::new(),
        photo: vec![],
    };
    let reader = Holding(Arc::new(card));
    let desk = SpotDesk::new(Arc::clone(&node), Some(Box::new(reader)), Box::new(NoLink));
    let ana = sign_in(&desk, "ana.m");
    let stop = desk.tour(&ana, &tour.to_string()).unwrap().stops[0]
        .id
        .clone();
    let place = Place {
        tour,
        stop,
        spot: "central".into(),
    };
    let who = Booked {
        name: "Maria Rosa".into(),
        nif: "123456789".into(),
        phone: String::new(),
        service: String::new(),
        hour: Hour::parse("10:30").unwrap(),
        note: String::new(),
    };
    let booking = node
        .begin("Teresa", |a, at| booking::book(a, at, &place, &who))
        .unwrap();
    let attendance = desk.attend_booking(&ana, &booking.to_string()).unwrap();
    let value = |field: &str| {
        let form = desk.form(&ana, &attendance, None).unwrap();
        let found = form.fields.into_iter().find(|f| f.field.id == field);
        let found = found.unwrap();
        (found.value.replace(' ', ""), found.provenance)
    };
    assert_eq!(
        value("full-name"),
        ("MariaRosa".into(), Some(Provenance::Copied))
    );
    // The mediator asks for the number, and it is another one.
    let form = desk.form(&ana, &attendance, None).unwrap();
    desk.keystroke(&ana, &attendance, "nif", "299999998", form.revision)
        .unwrap();
    desk.identity_from_card(&ana, &attendance).unwrap();
    let (name, how) = value("full-name");
    assert_eq!(name, "MariadoRosárioConceição");
    assert_eq!(how, Some(Provenance::Chip));
    assert_eq!(
        value("nif").1,
        Some(Provenance::Typed),
        "what was typed stays"
    );
}
