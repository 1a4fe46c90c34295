//! Disks that went back in time, or exist twice.

use vereda::node::Node;
use vereda::store::{derived, journal};

use crate::world::{World, changes, heads, note, request, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_restored_from_an_older_copy_gets_everything_again() {
    let world = World::new();
    let hub = world.hub(None);
    let mut a = world.spot("movel-07", &["monchique"]);
    let mut b = world.spot("movel-08", &["monchique"]);
    let first = request(&a.node, "Ana");
    a.connect(hub.address);
    b.connect(hub.address);
    a.proven().await;
    let copy = world.back_up(&hub.node);
    let second = request(&a.node, "Beatriz");
    let third = request(&b.node, "Carla");
    until("the spots have all", || {
        heads(&a.node, third).len() == 1 && heads(&b.node, second).len() == 1
    })
    .await;
    note(&b.node, second, "noutro posto");
    b.proven().await;
    let address = hub.stop().await;
    world.restore("central", &copy);
    let hub = world.hub(Some(address));
    hub.node.begin_epoch().unwrap();
    until("the hub has all again", || {
        [first, second, third].iter().all(|r| {
            let at_hub = heads(&hub.node, *r);
            !at_hub.is_empty() && at_hub == heads(&a.node, *r) && at_hub == heads(&b.node, *r)
        })
    })
    .await;
    a.proven().await;
    b.proven().await;
    note(&hub.node, second, "depois");
    until("what the hub writes now arrives", || {
        heads(&a.node, second) == heads(&hub.node, second)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spot_restored_from_an_old_copy_begins_a_new_journal_and_loses_nothing() {
    for more_than_the_hub_has in [false, true] {
        let world = World::new();
        let hub = world.hub(None);
        let mut spot = world.spot("movel-07", &["monchique"]);
        request(&spot.node, "Ana");
        spot.connect(hub.address);
        spot.proven().await;
        spot.link = None;
        // In the copy, some of it was not sent yet.
        let unsent = request(&spot.node, "Beatriz");
        let copy = world.back_up(&spot.node);
        spot.connect(hub.address);
        let lost = request(&spot.node, "Carla");
        spot.proven().await;
        spot.stop().await;

        world.restore("movel-07", &copy);
        let mut spot = world.spot("movel-07", &["monchique"]);
        assert!(heads(&spot.node, lost).is_empty());
        let written = request(&spot.node, "Dália");
        if more_than_the_hub_has {
            for n in 0..20 {
                note(&spot.node, written, &format!("nota {n}"));
            }
        }
        spot.connect(hub.address);
        until("the past is back and the fork is kept", || {
            !heads(&spot.node, lost).is_empty()
                && heads(&hub.node, written) == heads(&spot.node, written)
        })
        .await;
        spot.proven().await;
        assert_eq!(changes(&hub.node).0, changes(&spot.node).0);
        assert!(!heads(&hub.node, unsent).is_empty());
        let own = journal::all(&spot.node.store.read()).unwrap();
        assert_eq!(own.iter().filter(|j| j.own).count(), 2);
        until("the trouble is over", || hub.spot("movel-07").1.is_none()).await;
        request(&spot.node, "Eva");
        spot.proven().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_machines_with_one_disk_both_keep_their_work() {
    let world = World::new();
    let hub = world.hub(None);
    let mut first = world.spot("movel-07", &["monchique"]);
    request(&first.node, "Ana");
    first.connect(hub.address);
    first.proven().await;
    first.link = None;
    let copy = world.back_up(&first.node);
    world.enrol("authority", "movel-99", &["monchique"]);
    // The copy runs under the same id, from another folder.
    let clone = World {
        dir: world.dir.join("clone"),
    };
    std::fs::create_dir_all(clone.dir.join("movel-07")).unwrap();
    for file in ["node.crt", "node.key", "authority.crt"] {
        std::fs::copy(
            world.dir.join("movel-07").join(file),
            clone.dir.join("movel-07").join(file),
        )
        .unwrap();
    }
    std::fs::copy(world.dir.join("store.key"), clone.dir.join("store.key")).unwrap();
    std::fs::write(clone.dir.join("staff.toml"), "").unwrap();
    clone.restore("movel-07", &copy);
    let mut second = clone.spot("movel-07", &["monchique"]);

    let (of_first, of_second) = (
        request(&first.node, "Primeira"),
        request(&second.node, "Segunda"),
    );
    note(&second.node, of_second, "mais");
    first.connect(hub.address);
    first.proven().await;
    first.link = None;
    second.connect(hub.address);
    second.proven().await;
    for record in [of_first, of_second] {
        assert!(!heads(&hub.node, record).is_empty());
    }
    assert!(!heads(&second.node, of_first).is_empty());
}

/// Four days go by for what waits for its author.
fn days_pass(node: &Node) {
    let db = node.store.write();
    let back = 4 * 24 * 3_600_000_i64;
    db.execute("UPDATE lost SET since = since - ?1", [back])
        .unwrap();
    db.execute(
        "UPDATE entry SET at = at - ?1 WHERE entry IN (SELECT entry FROM hearsay)",
        [back],
    )
    .unwrap();
}

fn are_at_the_hub(node: &Node) -> bool {
    let lines = derived::search(&node.store.read(), "", 10).unwrap();
    lines.iter().all(|line| line.at_hub)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_hub_lost_and_only_another_spot_has_comes_back() {
    for noticed in [true, false] {
        comes_back(noticed).await;
    }
}

async fn comes_back(noticed: bool) {
    let world = World::new();
    let hub = world.hub(None);
    let mut a = world.spot("movel-07", &["monchique"]);
    let mut b = world.spot("movel-08", &["monchique"]);
    request(&a.node, "Ana");
    a.connect(hub.address);
    b.connect(hub.address);
    a.proven().await;
    b.proven().await;
    let copy = world.back_up(&hub.node);
    let epoch = hub.node.epoch().unwrap();
    let lost = request(&b.node, "Carla");
    b.proven().await;
    until("the other spot has it too", || {
        heads(&a.node, lost).len() == 1 && are_at_the_hub(&a.node)
    })
    .await;
    // The vehicle burns out, and the hub's disk breaks.
    let store = world.back_up(&b.node);
    b.stop().await;
    if noticed {
        hub.node.mark().unwrap();
        assert!(!hub.node.notice_restore().unwrap());
    }
    let address = hub.stop().await;
    world.restore("central", &copy);
    let hub = world.hub(Some(address));
    assert_eq!(hub.node.notice_restore().unwrap(), noticed);
    assert!(!hub.node.notice_restore().unwrap(), "once");
    assert_eq!(hub.node.epoch().unwrap() != epoch, noticed);
    until("who has it knows that the hub does not", || {
        !are_at_the_hub(&a.node)
    })
    .await;
    a.proven().await;
    assert!(heads(&hub.node, lost).is_empty(), "its author may bring it");

    days_pass(&a.node);
    a.sync_now();
    until("it is at the hub again", || {
        heads(&hub.node, lost) == heads(&a.node, lost) && are_at_the_hub(&a.node)
    })
    .await;
    a.proven().await;
    let brought = changes(&hub.node).1;

    // Its author is found after all: that is no second request.
    world.restore("movel-08", &store);
    let mut b = world.spot("movel-08", &["monchique"]);
    b.connect(hub.address);
    b.proven().await;
    assert!(changes(&hub.node).1 >= brought);
    assert_eq!(heads(&hub.node, lost), heads(&b.node, lost));
    a.sync_now();
    until("all have the same", || {
        changes(&a.node).0 == changes(&hub.node).0 && changes(&b.node).0 == changes(&hub.node).0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_lost_spot_told_another_reaches_the_hub() {
    let world = World::new();
    let hub = world.hub(None);
    let mut a = world.spot("movel-07", &["monchique"]);
    let mut b = world.spot("movel-08", &["monchique"]);
    let told = request(&b.node, "Carla");
    let at = b.meet(&[]);
    a.meet(&[at]);
    // Listed as well: of nothing it would be said that all of it is at the hub.
    until("it was told", || {
        !heads(&a.node, told).is_empty() && !are_at_the_hub(&a.node)
    })
    .await;
    b.stop().await;
    a.connect(hub.address);
    a.proven().await;
    assert!(heads(&hub.node, told).is_empty(), "its author may bring it");
    assert!(!are_at_the_hub(&a.node));

    days_pass(&a.node);
    a.sync_now();
    until("it is at the hub", || {
        heads(&hub.node, told) == heads(&a.node, told) && are_at_the_hub(&a.node)
    })
    .await;
}
