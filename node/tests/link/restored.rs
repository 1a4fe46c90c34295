//! Disks that went back in time, or exist twice.

use vereda::store::journal;

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
