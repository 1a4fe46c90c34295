//! What should happen does.

use std::time::{Duration, Instant};

use vereda_web::desk::port::Link;

use crate::world::{World, changes, heads, note, request, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_arrives_and_is_proven() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    for n in 0..40 {
        request(&spot.node, &format!("Maria {n}"));
    }
    assert!(!spot.is_proven());
    spot.connect(hub.address);
    spot.proven().await;
    until("the link is up", || spot.link() == Link::Up).await;
    assert_eq!(changes(&hub.node), changes(&spot.node));
    let (proven, trouble) = hub.spot("movel-07");
    assert!(proven.is_some() && trouble.is_none());
    until("the hub lists them", || {
        let db = hub.node.store.read();
        let listed: i64 = db
            .query_row("SELECT count(*) FROM request", [], |r| r.get(0))
            .unwrap();
        listed == 40
    })
    .await;

    // What is written while the link is up follows by itself, long before the next poll.
    let late = request(&spot.node, "Tarde");
    spot.proven().await;
    assert!(!heads(&hub.node, late).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spots_of_a_scope_share_and_others_do_not() {
    let world = World::new();
    let hub = world.hub(None);
    let mut a = world.spot("movel-07", &["monchique"]);
    let mut b = world.spot("movel-08", &["monchique"]);
    let mut other = world.spot("fixo-01", &["aljezur"]);
    let (of_a, of_b, of_other) = (
        request(&a.node, "Ana"),
        request(&b.node, "Beatriz"),
        request(&other.node, "Carla"),
    );
    for spot in [&mut a, &mut b, &mut other] {
        spot.connect(hub.address);
    }
    until("both have both", || {
        !heads(&a.node, of_b).is_empty() && !heads(&b.node, of_a).is_empty()
    })
    .await;
    for spot in [&a, &b, &other] {
        spot.proven().await;
    }
    assert_eq!(changes(&hub.node).0.len(), 12);
    for foreign in [of_a, of_b] {
        assert!(heads(&other.node, foreign).is_empty());
    }
    assert!(heads(&a.node, of_other).is_empty() && heads(&b.node, of_other).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_edits_of_one_record_converge_at_all_three() {
    let world = World::new();
    let hub = world.hub(None);
    let mut a = world.spot("movel-07", &["monchique"]);
    let mut b = world.spot("movel-08", &["monchique"]);
    let record = request(&a.node, "Ana");
    a.connect(hub.address);
    b.connect(hub.address);
    until("b has it", || !heads(&b.node, record).is_empty()).await;
    for n in 0..5 {
        note(&a.node, record, &format!("a {n}"));
        note(&b.node, record, &format!("b {n}"));
    }
    until("the heads are equal", || {
        let at_hub = heads(&hub.node, record);
        let all = changes(&hub.node).0.len() == 14;
        all && at_hub == heads(&a.node, record) && at_hub == heads(&b.node, record)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_hub_writes_reaches_the_spots() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let record = request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.proven().await;
    note(&hub.node, record, "da central");
    until("the spot has it", || {
        heads(&spot.node, record) == heads(&hub.node, record)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connected_spot_is_told_at_once_that_something_came() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let record = request(&spot.node, "Ana");
    // It would not ask by itself before an hour is over.
    spot.connect_asking_every(hub.address, 3_600);
    spot.receipted().await;
    for text in ["da central", "outra vez"] {
        let begun = Instant::now();
        note(&hub.node, record, text);
        until("the spot has it", || {
            heads(&spot.node, record) == heads(&hub.node, record)
        })
        .await;
        // Without a bell it waits much longer than anybody would for a bell.
        assert!(begun.elapsed() < Duration::from_secs(10), "no bell rang");
    }
}
