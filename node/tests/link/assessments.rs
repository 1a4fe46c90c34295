//! What a spot finds of itself reaches the hub with the rest; a spot beside it counts it as nobody's of its own.

use std::sync::Arc;

use vereda::console::HubConsole;
use vereda::desk::{LinkView, SpotDesk};
use vereda_sync::catalogue::Standard;
use vereda_sync::day::Date;
use vereda_sync::record::assessment::{self, Finding, Verdict};
use vereda_web::console::port::Assessed;
use vereda_web::desk::port::{Assessments, DeskError, Link, Person, Session};

use crate::world::{World, heads, until};

struct NoView;

impl LinkView for NoView {
    fn link(&self) -> Link {
        Link::None
    }

    fn sync_now(&self) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_assessment_reaches_the_hub_and_is_its_spots_own() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut home) = (
        world.spot("van", &["monchique"]),
        world.spot("home", &["monchique"]),
    );
    let standard = Standard {
        id: "livro".into(),
        text: "O aviso está à vista.".into(),
        help: String::new(),
        measure: None,
        target: None,
    };
    let begun = van.node.begin("Ana", |author, at| {
        assessment::begin(author, at, 1, &[standard])
    });
    let id = begun.unwrap();
    let today = Date::parse(&vereda::clock::today()).unwrap();
    let found = [Finding {
        standard: "livro".into(),
        verdict: Verdict::Missed,
        figure: None,
        note: String::new(),
        todo: "Afixar.".into(),
        by: today.to_string(),
    }];
    let record =
        |d: &mut _, author: &_, at| assessment::record(d, author, at, (today, today), &found);
    van.node.change(id, "Ana", record, |_| Ok(())).unwrap();
    let console = HubConsole::new(Arc::clone(&hub.node));
    let latest = |name: &str| {
        let mut spots = console.assessed().unwrap().into_iter();
        let spot = spots.rfind(|spot| spot.name == name);
        spot.map(|spot| (spot.latest.is_some(), spot.is_due, spot.owed.len()))
    };
    van.connect(hub.address);
    home.connect(hub.address);
    until("the hub has it", || {
        latest("Posto van") == Some((true, false, 1))
    })
    .await;
    until("the other has it", || !heads(&home.node, id).is_empty()).await;
    // The other spot of the same scope lists only its own, and cannot change this one.
    let desk = SpotDesk::new(Arc::clone(&home.node), None, Box::new(NoView));
    let rui = Session {
        id: "rui".into(),
        person: Person {
            id: "rui".into(),
            name: "Rui".into(),
        },
        desk: String::new(),
    };
    assert!(desk.assessments(&rui).unwrap().recorded.is_empty());
    let refused = desk.remedied(&rui, &id.to_string(), "livro", "Está.");
    assert!(matches!(refused, Err(DeskError::NotFound)), "{refused:?}");
    let forged = |d: &mut _, author: &_, at| assessment::done(d, author, at, "livro", "Está.");
    home.node.change(id, "Rui", forged, |_| Ok(())).unwrap();
    until("the forged change is at the hub", || {
        heads(&hub.node, id) == heads(&home.node, id)
    })
    .await;
    assert_eq!(latest("Posto van"), Some((true, false, 1)), "still owed");
    let done = |d: &mut _, author: &_, at| assessment::done(d, author, at, "livro", "Afixado.");
    van.node.change(id, "Ana", done, |_| Ok(())).unwrap();
    until("the hub hears that it is done", || {
        latest("Posto van") == Some((true, false, 0))
    })
    .await;
}
