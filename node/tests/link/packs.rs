//! The hub and the spots of a scope know which numbers are out on paper; one that two spots entered apart is a conflict,
//! never two requests under one number in silence.

use std::collections::BTreeMap;
use std::sync::Arc;

use vereda::console::HubConsole;
use vereda::node::Node;
use vereda::store::derived;
use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::day::Date;
use vereda_sync::record::late::Late;
use vereda_sync::record::tour::Hour;
use vereda_sync::record::{attendance, request};
use vereda_web::console::port::Reconciling;
use vereda_web::desk::port::{BlankState, DeskError, Packs};

use crate::world::{World, desk, somebody, until};

/// What a desk writes when it enters a form of paper.
fn enter(node: &Node, number: &str, service: &str, name: &str) {
    let late = Late {
        number: number.into(),
        service: service.into(),
        day: Date::parse(&vereda::clock::today()).unwrap(),
        hour: Hour::parse("00:00").unwrap(),
        at_ms: vereda::clock::now_ms(),
        place: "Alferce".into(),
        person: "Rui Pires".into(),
    };
    let name = Answer {
        value: name.into(),
        provenance: Provenance::Typed,
    };
    let identity = BTreeMap::from([("full-name".to_owned(), name)]);
    let of = node
        .begin("ana.m", |a, at| attendance::begin_late(a, at, &late))
        .unwrap();
    let begun = node.begin("ana.m", |a, at| {
        let beside = request::Beside {
            late: Some(&late),
            ..request::Beside::default()
        };
        request::begin_with(a, at, (service, 1), of, (&identity, &beside))
    });
    let write = |d: &mut _, a: &_, at| request::record(d, a, at, number, 0, None);
    node.change(begun.unwrap(), "ana.m", write, |_| Ok(()))
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_two_spots_entered_apart_is_a_conflict_at_the_hub() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut van, mut spare) = (
        world.spot("van", &["monchique"]),
        world.spot("spare", &["monchique"]),
    );
    let mut far = world.spot("far", &["faro"]);
    let (at_van, at_spare, at_far) = (desk(&van.node), desk(&spare.node), desk(&far.node));
    let ana = somebody("ana");
    let service = at_van.packs(&ana).unwrap().services[0].0.clone();
    let pack = at_van.make_pack(&ana, &[(service.clone(), 2)]).unwrap();
    let number = at_van.pack(&ana, &pack).unwrap().blanks[0].number.clone();
    for spot in [&mut van, &mut spare, &mut far] {
        spot.connect(hub.address);
    }
    until("the spare laptop knows the pack, as the hub does", || {
        at_spare.blank(&ana, &number).is_ok() && {
            let db = hub.node.store.read();
            let n: i64 = db
                .query_row("SELECT count(*) FROM blank", [], |r| r.get(0))
                .unwrap();
            n == 2
        }
    })
    .await;
    // The laptop that printed it is dead: the spare one enters the form; a spot of another scope does not.
    assert_eq!(at_spare.blank(&ana, &number).unwrap().number, number);
    let refused = at_far.blank(&ana, &number);
    assert!(
        matches!(&refused, Err(DeskError::NotNow(why)) if why.contains("nenhum maço")),
        "{refused:?}"
    );
    let voids = at_spare.void_blanks(&ana, &pack, None, "x");
    assert!(
        matches!(voids, Err(DeskError::NotNow(_))),
        "it printed none of them"
    );
    // Both enter it before either hears of the other.
    enter(&van.node, &number, &service, "Maria Rosa");
    enter(&spare.node, &number, &service, "José Amaro");
    until("the hub has it as a conflict", || {
        derived::conflicts(&hub.node.store.read(), 10)
            .unwrap()
            .iter()
            .any(|c| c.kind == derived::Disagree::Requests)
    })
    .await;
    let console = HubConsole::new(Arc::clone(&hub.node));
    let id = derived::conflicts(&hub.node.store.read(), 10).unwrap()[0]
        .id
        .clone();
    let both = console.conflict(&somebody("carla"), &id).unwrap();
    assert!(
        both.likeness
            .iter()
            .any(|why| why.text.contains("O número é o mesmo")),
        "{:?}",
        both.likeness
    );
    until("both spots say so themselves", || {
        [&at_van, &at_spare].iter().all(|desk| {
            let refused = desk.blank(&ana, &number);
            matches!(refused, Err(DeskError::NotNow(why)) if why.contains("já foi registado"))
        })
    })
    .await;
    let blanks = at_van.pack(&ana, &pack).unwrap().blanks;
    assert!(matches!(blanks[0].state, BlankState::Entered(_)));
    assert_eq!(blanks[1].state, BlankState::Blank);
}
