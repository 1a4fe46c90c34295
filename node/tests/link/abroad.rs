//! A spot in another time zone: what the hub plans for it is in its days and hours, and what it says stands at the hub by
//! both clocks.

use std::sync::Arc;

use vereda::clock;
use vereda::console::HubConsole;
use vereda_sync::day::Date;
use vereda_sync::record::tour::Standing;
use vereda_web::console::port::Planning;
use vereda_web::desk::port::{Desk, DeskError, Tours, TypedBooking, TypedStop};
use vereda_web::place::Zone;

use crate::world::{World, desk, request_of, somebody, until};

/// A zone where it is another day than here, whatever the hour: one is most of a day ahead, one half a day behind.
fn of_another_day() -> (Zone, Date) {
    let now_ms = clock::now_ms();
    let here = clock::day_in(now_ms, Zone::LISBON);
    let named = ["Etc/GMT-14", "Etc/GMT+12"].map(|name| Zone::named(name).unwrap());
    let other = named.map(|zone| (zone, clock::day_in(now_ms, zone)));
    other.into_iter().find(|(_, day)| *day != here).unwrap()
}

fn stop(day: Date) -> TypedStop {
    TypedStop {
        day: day.to_string(),
        from: "10:00".into(),
        to: "23:59".into(),
        place: "Consulado".into(),
        ..TypedStop::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hub_plans_in_the_days_of_the_place_and_shows_both_clocks() {
    let world = World::new();
    let hub = world.hub(None);
    let (zone, there) = of_another_day();
    let mut spot = world.spot_as("consulate", &["aljezur"], |config| config.node.zone = zone);
    let list = world.dir.join("authority");
    assert!(vereda::authority::locate(&list, "consulate", zone).unwrap());
    assert!(!vereda::authority::locate(&list, "nobody", zone).unwrap());
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (teresa, ana) = (somebody("teresa"), somebody("ana"));

    // Today there, which is another day here; the day before is over.
    let over = console.plan_tour(&teresa, "consulate", &stop(there.days_on(-1)));
    assert!(matches!(over, Err(DeskError::NotNow(why)) if why.contains("já passou")));
    let tour = console
        .plan_tour(&teresa, "consulate", &stop(there))
        .unwrap();
    let view = console.planned_tour(&tour).unwrap();
    assert_eq!(view.today, there.to_string());
    assert!(view.stops[0].is_next, "it is of today, there");
    let hours = view.stops[0].hours();
    assert!(
        hours.starts_with("10:00–23:59, hora de UTC") && hours.ends_with(" em Lisboa)"),
        "{hours}"
    );
    let planned = console.planned().unwrap();
    assert_eq!((planned.ahead.len(), planned.past.len()), (1, 0));
    assert!(planned.spots[0].name.contains("(hora de UTC"));

    // Who is booked: what is known of them elsewhere goes along until the day is over there.
    let mut far = world.spot("far", &["monchique"]);
    let rosa = request_of(&far.node, ("cesd", "Maria Rosa"), &[("nif", "123456789")]);
    far.connect(hub.address);
    far.proven().await;
    hub.node.derive_arrived().unwrap();
    let maria = TypedBooking {
        name: "Maria Rosa".into(),
        nif: "123456789".into(),
        hour: "10:30".into(),
        ..TypedBooking::default()
    };
    let id = view.stops[0].id.clone();
    console.book(&teresa, &tour, &id, &maria).unwrap();
    // The hub does that by itself, too.
    hub.node.lend_ahead().unwrap();
    assert_eq!(hub.node.lend_ahead().unwrap(), 0, "once");

    spot.connect(hub.address);
    let at_spot = desk(&spot.node);
    until("the spot has the tour", || {
        at_spot.tour(&ana, &tour).is_ok()
    })
    .await;
    until("the request of elsewhere has come along", || {
        at_spot.request(&ana, &rosa.to_string()).is_ok()
    })
    .await;
    let lent = at_spot.request(&ana, &rosa.to_string()).unwrap().lent_until;
    assert_eq!(
        lent.unwrap().unix_ms,
        clock::day_ends_ms_in(there, zone),
        "until the day is over there"
    );

    // What the crew says names its clock, whoever reads it.
    at_spot
        .mark(&ana, &tour, &id, &vereda_sync::record::tour::Happened::Held)
        .unwrap();
    let is_held = || console.planned_tour(&tour).unwrap().stops[0].standing == Standing::Held;
    until("the hub hears of it", is_held).await;
    let mark = console.planned_tour(&tour).unwrap().stops[0].marks[0].by.at;
    assert_eq!(mark.zone, Some(zone));
    // A stop keeps its clock, as does what is planned by the hub itself for a spot at home.
    let home = console.plan_tour(
        &teresa,
        "far",
        &stop(clock::day_in(clock::now_ms(), Zone::LISBON)),
    );
    let home = console.planned_tour(&home.unwrap()).unwrap();
    assert_eq!(home.stops[0].plan.zone, "");
    assert_eq!(home.stops[0].hours(), "10:00–23:59");
}
