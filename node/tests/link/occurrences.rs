//! What the hub declares reaches the spots of its place, also those that come later, and no other; what a crew declared is
//! confirmed or ended by the hub alone.

use std::sync::Arc;

use vereda::console::HubConsole;
use vereda::desk::SpotDesk;
use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::record::occurrence::{self, Waives};
use vereda_web::console::port::{Console, Declaring};
use vereda_web::desk::port::{
    OccurrenceState, OccurrenceView, Occurrences, Session, TypedOccurrence, TypedWaives,
};

use crate::world::{World, desk, heads, somebody, until};

fn day(from_today: i64) -> String {
    let today = Date::parse(&vereda::clock::today()).unwrap();
    today.days_on(from_today).to_string()
}

fn fire(name: &str) -> TypedOccurrence {
    TypedOccurrence {
        name: name.into(),
        from: day(0),
        until: day(20),
        reason: "Casas ardidas.".into(),
        waives: TypedWaives::All,
        ..TypedOccurrence::default()
    }
}

fn here(desk: &SpotDesk, who: &Session) -> Vec<OccurrenceView> {
    desk.occurrences(who).unwrap().here
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hubs_word_reaches_its_place_and_what_a_spot_writes_in_it_is_refused() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut other) = (
        world.spot("van", &["monchique"]),
        world.spot("other", &["loule"]),
    );
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (at_van, at_other) = (desk(&van.node), desk(&other.node));
    let (teresa, ana) = (somebody("teresa"), somebody("ana"));
    let scopes = ["monchique".to_owned()];
    let id = console
        .declare_occurrence(&teresa, &fire("Incêndio"), &scopes)
        .unwrap();
    van.connect(hub.address);
    other.connect(hub.address);
    until("the van has it", || here(&at_van, &ana).len() == 1).await;
    let one = here(&at_van, &ana).remove(0);
    assert!(one.confirmed.is_some() && one.spot.is_none() && !one.is_own);
    assert!(at_van.end_occurrence(&ana, &id, "x").is_err());
    // Somebody who comes to that place later is told too.
    let mut late = world.spot("late", &["monchique"]);
    let at_late = desk(&late.node);
    late.connect(hub.address);
    until("whoever comes later has it", || {
        here(&at_late, &ana).len() == 1
    })
    .await;
    // A spot that writes in it all the same is not heard.
    let record = RecordId::from_hex(&id).unwrap();
    van.node
        .change(
            record,
            "ana",
            |d, a, at| occurrence::end(d, a, at, "forjado"),
            |_| Ok(()),
        )
        .unwrap();
    until("it is set aside", || !console.aside().unwrap().is_empty()).await;
    assert_eq!(
        console.occurrence(&id).unwrap().0.state,
        OccurrenceState::InForce
    );
    assert_eq!(here(&at_late, &ana).len(), 1);
    // The hub ends it, everywhere.
    console.end_occurrence(&teresa, &id, "apagado").unwrap();
    until("it is over", || here(&at_late, &ana).is_empty()).await;
    until("also at the van", || here(&at_van, &ana).is_empty()).await;
    assert!(here(&at_other, &ana).is_empty());
    assert!(heads(&other.node, record).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_crew_declared_holds_for_it_alone_until_the_hub_confirms_it() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut other) = (
        world.spot("van", &["monchique"]),
        world.spot("other", &["monchique"]),
    );
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (at_van, at_other) = (desk(&van.node), desk(&other.node));
    let (teresa, ana) = (somebody("teresa"), somebody("ana"));
    let id = at_van.declare_occurrence(&ana, &fire("Cheia")).unwrap();
    assert_eq!(here(&at_van, &ana).len(), 1);
    van.connect(hub.address);
    other.connect(hub.address);
    let known = || at_other.occurrences(&ana).unwrap().others.len() == 1;
    until("the other spot hears of it", known).await;
    assert!(
        here(&at_other, &ana).is_empty(),
        "it holds there only once the hub says so"
    );
    let view = console.occurrence(&id).unwrap().0;
    assert_eq!(
        (view.confirmed.is_none(), view.spot.as_deref()),
        (true, Some("Posto van"))
    );
    for _a_double_click in 0..2 {
        console.confirm_occurrence(&teresa, &id).unwrap();
    }
    until("the other spot has the hub's word", || {
        here(&at_other, &ana)
            .first()
            .is_some_and(|one| one.confirmed.is_some())
    })
    .await;
    until("the van too, once", || {
        let here = here(&at_van, &ana);
        here.len() == 1 && here[0].confirmed.is_some() && here[0].id == id
    })
    .await;
    assert!(
        at_van.end_occurrence(&ana, &id, "x").is_err(),
        "it is the hub's now"
    );
    console.end_occurrence(&teresa, &id, "baixou").unwrap();
    until("it ends everywhere", || {
        here(&at_van, &ana).is_empty() && here(&at_other, &ana).is_empty()
    })
    .await;
    let over = at_van.occurrences(&ana).unwrap().others.remove(0);
    assert!(matches!(over.state, OccurrenceState::Ended(_, why) if why == "baixou"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_hub_does_not_confirm_ends_where_it_was_declared() {
    let world = World::new();
    let hub = world.hub(None);
    let mut van = world.spot("van", &["monchique"]);
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (at_van, teresa, ana) = (desk(&van.node), somebody("teresa"), somebody("ana"));
    let id = at_van.declare_occurrence(&ana, &fire("Nada")).unwrap();
    van.connect(hub.address);
    until("the hub has it", || console.occurrence(&id).is_ok()).await;
    assert!(console.end_occurrence(&teresa, &id, " ").is_err());
    assert!(
        console.occurrence(&id).unwrap().0.confirmed.is_none(),
        "nothing was said"
    );
    console
        .end_occurrence(&teresa, &id, "não houve incêndio")
        .unwrap();
    until("the van hears it", || here(&at_van, &ana).is_empty()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_hub_changes_holds_everywhere_and_is_the_hubs_to_change() {
    let world = World::new();
    let hub = world.hub(None);
    let mut van = world.spot("van", &["monchique"]);
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (at_van, teresa, ana) = (desk(&van.node), somebody("teresa"), somebody("ana"));
    let scopes = ["monchique".to_owned()];
    let id = console
        .declare_occurrence(&teresa, &fire("Incêndio"), &scopes)
        .unwrap();
    van.connect(hub.address);
    until("the van has it", || here(&at_van, &ana).len() == 1).await;
    let longer = TypedOccurrence {
        until: day(60),
        municipalities: "Monchique, Silves".into(),
        waives: TypedWaives::Nothing,
        ..fire("Incêndio")
    };
    let change = |typed, why| console.change_occurrence(&teresa, &id, typed, why);
    assert!(change(&longer, " ").is_err(), "without a reason");
    let wrong = TypedOccurrence {
        until: day(-1),
        ..longer.clone()
    };
    assert!(change(&wrong, "x").is_err(), "a day that is over");
    for _a_double_click in 0..2 {
        change(&longer, "Ainda arde.").unwrap();
    }
    until("the van has the change", || {
        let now = here(&at_van, &ana).remove(0);
        now.declared.until.to_string() == day(60)
            && now.declared.waives == Waives::Nothing
            && now.changed.is_some_and(|(_, why)| why == "Ainda arde.")
    })
    .await;
    assert!(
        at_van.change_occurrence(&ana, &id, &longer, "x").is_err(),
        "it is the hub's"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crew_changes_its_own_until_the_hub_answered_and_what_it_changed_meanwhile_is_seen() {
    let world = World::new();
    let hub = world.hub(None);
    let mut van = world.spot("van", &["monchique"]);
    let console = HubConsole::new(Arc::clone(&hub.node));
    let (teresa, ana) = (somebody("teresa"), somebody("ana"));
    let id = desk(&van.node)
        .declare_occurrence(&ana, &fire("Cheia"))
        .unwrap();
    let until_day = |at: i64| TypedOccurrence {
        until: day(at),
        ..fire("Cheia")
    };
    let change = |van: &crate::world::TestSpot, at: i64| {
        desk(&van.node).change_occurrence(&ana, &id, &until_day(at), "Chove ainda.")
    };
    change(&van, 25).unwrap();
    assert_eq!(
        here(&desk(&van.node), &ana)[0].declared.until.to_string(),
        day(25)
    );
    van.connect(hub.address);
    until("the hub has what the crew changed", || {
        console
            .occurrence(&id)
            .is_ok_and(|(one, _)| one.declared.until.to_string() == day(25))
    })
    .await;
    van.stop().await;
    // The hub confirms it while the crew is away, and the crew changes it before it hears that.
    assert!(
        console
            .change_occurrence(&teresa, &id, &until_day(30), "x")
            .is_err(),
        "confirmed first"
    );
    console.confirm_occurrence(&teresa, &id).unwrap();
    let mut van = world.spot("van", &["monchique"]);
    change(&van, 40).unwrap();
    van.connect(hub.address);
    until("the operator sees it", || {
        let one = console.occurrence(&id).unwrap().0;
        one.crew_changed.is_some_and(|crew| crew.until == day(40))
            && one.declared.until.to_string() == day(25)
    })
    .await;
    until("the hub's word counts at the van", || {
        let one = here(&desk(&van.node), &ana).remove(0);
        one.confirmed.is_some()
            && one.declared.until.to_string() == day(25)
            && one.crew_changed.is_some()
    })
    .await;
    assert!(change(&van, 50).is_err(), "it is the hub's now");
    console
        .change_occurrence(&teresa, &id, &until_day(40), "Como a equipa disse.")
        .unwrap();
    until("the crew has what it asked for", || {
        let one = here(&desk(&van.node), &ana).remove(0);
        one.declared.until.to_string() == day(40)
    })
    .await;
}
