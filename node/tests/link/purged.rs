//! Archived at the hub, then purged at the spot: what is left proves as much as before.

use std::path::PathBuf;

use vereda::commands::prove::{check, prove};
use vereda::node::Node;
use vereda::store::key::StoreKey;
use vereda::store::{Store, archive, custody, journal, quarantine};
use vereda_sync::exchange::custody::Says;
use vereda_sync::exchange::message::Head;
use vereda_sync::id::RecordId;
use vereda_sync::record::attendance;

use crate::bundles::wrong;
use crate::world::{TestHub, TestSpot, World, heads, note, request, until};

/// After all that any test writes.
const LATER: i64 = i64::MAX;

pub(crate) fn archived(world: &World, hub: &TestHub, name: &str) -> (PathBuf, Vec<Head>) {
    let key = StoreKey::load(&hub.node.config.store.key_file, hub.node.store.path()).unwrap();
    let file = world.dir.join(name);
    let heads = archive::make(&hub.node.store, &key, &file, 1).unwrap();
    let again = archive::make(&hub.node.store, &key, &file, 1);
    assert!(
        again
            .unwrap_err()
            .to_string()
            .contains("never written over")
    );
    (file, heads)
}

fn known(spot: &TestSpot) -> u64 {
    let db = spot.node.store.read();
    let own = journal::all(&db).unwrap().remove(0);
    let word = custody::of(&db, Says::Archived, own.id).unwrap();
    word.map_or(0, |(word, _)| word.head.size)
}

fn bodies(node: &Node, record: RecordId) -> i64 {
    let sql = "SELECT count(*) FROM entry e JOIN record r USING (record) WHERE r.id = ?1 AND length(body) > 0";
    let db = node.store.read();
    db.query_row(sql, [record.0], |r| r.get(0)).unwrap()
}

fn green(world: &World, nodes: &[&Node]) {
    for node in nodes {
        assert_eq!(
            wrong(world, node),
            Vec::<String>::new(),
            "{}",
            node.config.node.id
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_the_hub_archived_is_purged_and_its_proofs_still_hold() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let old = request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.proven().await;
    // In the hub's custody is not enough.
    let refused = spot.node.purge(LATER).unwrap();
    assert_eq!((refused.records, refused.kept.len()), (0, 1));
    assert!(refused.kept[0].1.contains("a copy of it"), "{refused:?}");

    let (_, copied) = archived(&world, &hub, "archive.db");
    spot.link = None;
    let new = request(&spot.node, "Beatriz");
    spot.connect(hub.address);
    let own = journal::all(&spot.node.store.read()).unwrap().remove(0);
    let head = *copied.iter().find(|h| h.journal == own.id).unwrap();
    until("the hub says so", || known(&spot) == head.size).await;
    spot.proven().await;
    assert!(hub.node.purge(LATER).is_err(), "the hub purges nothing");
    // Nothing that was touched since.
    assert_eq!(spot.node.purge(0).unwrap().records, 0);
    let purged = spot.node.purge(LATER).unwrap();
    assert_eq!((purged.records, purged.kept.len()), (1, 1), "{purged:?}");
    assert_eq!(purged.kept[0].0, new);
    assert_eq!((bodies(&spot.node, old), bodies(&hub.node, old)), (0, 2));
    assert!(heads(&spot.node, old).is_empty() && !heads(&spot.node, new).is_empty());
    green(&world, &[&spot.node, &hub.node]);
    let authority = world.dir.join("authority/authority.crt");
    for node in [&spot.node, &hub.node] {
        let proof = world.dir.join("proof.json");
        std::fs::write(&proof, prove(node, old, None).unwrap()).unwrap();
        check(&proof, &authority, None).unwrap();
    }
    // A feed that begins anew does not bring it back; nor does what others write of it.
    spot.link = None;
    let forget = "DELETE FROM scope";
    spot.node.store.write().execute_batch(forget).unwrap();
    hub.node.derive_arrived().unwrap();
    note(&hub.node, old, "da central");
    spot.connect(hub.address);
    until("the feed is here again", || {
        let db = spot.node.store.read();
        let scope = vereda::store::feed::scope(&db, "monchique").unwrap();
        let there = vereda::store::feed::scope(&hub.node.store.read(), "monchique").unwrap();
        scope.is_some() && scope.map(|s| s.frontier) == there.map(|s| s.frontier)
    })
    .await;
    assert_eq!(bodies(&spot.node, old), 0);
    green(&world, &[&spot.node, &hub.node]);
    // Were the hub's word not its own, nothing would go, and it is found.
    let tamper = "UPDATE custody SET at = at + 1 WHERE holds = 2";
    spot.node.store.write().execute_batch(tamper).unwrap();
    assert!(spot.node.purge(LATER).is_err());
    assert!(wrong(&world, &spot.node)[0].contains("archived it"));
    // Nor is it any excuse for what is missing when there is none.
    let tamper = "DELETE FROM custody WHERE holds = 2";
    spot.node.store.write().execute_batch(tamper).unwrap();
    assert!(wrong(&world, &spot.node)[0].contains("what was written is missing"));
}

/// The slack of pages is written anew after a purge; when that cannot be, it is at the next start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_purge_left_half_done_is_gone_after_the_next_start() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.proven().await;
    archived(&world, &hub, "archive.db");
    spot.link = None;
    spot.connect(hub.address);
    until("the hub says so", || known(&spot) > 0).await;
    spot.link = None;
    let of = &spot.node.config.store;
    let key = StoreKey::load(&of.key_file, &of.path).unwrap();
    let other = Store::open(&of.path, &key).unwrap();
    let reads = "BEGIN; SELECT count(*) FROM entry";
    other.read().execute_batch(reads).unwrap();
    assert_eq!(spot.node.purge(LATER).unwrap().records, 1);
    let owed = |node: &Node| node.store.meta::<i64>("past").unwrap().is_some();
    assert!(owed(&spot.node));
    drop(other);
    spot.node.tidy().unwrap();
    assert!(!owed(&spot.node));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_is_a_whole_store_of_the_hub() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let record = request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.proven().await;
    spot.link = None;
    hub.node.derive_arrived().unwrap();
    let (file, _) = archived(&world, &hub, "archive.db");
    let plain = std::fs::read(&file).unwrap();
    assert!(!plain.starts_with(b"SQLite format 3"), "it is encrypted");
    hub.stop().await;
    world.restore("central", &file);
    let hub = world.hub(None);
    green(&world, &[&hub.node]);
    assert_eq!(heads(&hub.node, record), heads(&spot.node, record));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_purged_is_not_lent_and_the_other_gets_it_from_the_hub() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let old = request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.proven().await;
    spot.link = None;
    archived(&world, &hub, "archive.db");
    spot.connect(hub.address);
    until("the hub says so", || known(&spot) > 0).await;
    spot.link = None;
    assert_eq!(spot.node.purge(LATER).unwrap().records, 1);
    request(&spot.node, "Beatriz");
    let mut other = world.spot("movel-08", &["monchique"]);
    let at = spot.meet(&[]);
    other.meet(&[at]);
    until("they are together", || !other.together().is_empty()).await;
    assert!(heads(&other.node, old).is_empty());
    assert_eq!(quarantine::waiting(&other.node.store.read()).unwrap(), 0);
    other.peers = None;
    other.connect(hub.address);
    until("the hub brings it", || {
        heads(&other.node, old) == heads(&hub.node, old)
    })
    .await;
    assert!(!heads(&other.node, old).is_empty());
    green(&world, &[&spot.node, &other.node, &hub.node]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spot_that_is_told_to_purges_by_itself_what_is_old_enough() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot_as("movel-07", &["monchique"], |config| {
        config.store.keep_days = Some(30);
    });
    let closed = spot.node.begin("ana.m", attendance::begin).unwrap();
    let close = spot
        .node
        .change(closed, "ana.m", attendance::close, |_| Ok(()));
    close.unwrap();
    let old = request(&spot.node, "Ana");
    let new = request(&spot.node, "Beatriz");
    // The clock of the entries is the store's own: as if they were of last month.
    let age = format!(
        "UPDATE entry SET at = at - 40 * 86400000 WHERE record IN
         (SELECT record FROM record WHERE lower(hex(id)) IN ('{closed}', '{old}'))"
    );
    spot.node.store.write().execute_batch(&age).unwrap();
    spot.connect(hub.address);
    spot.proven().await;
    spot.link = None;
    assert!(bodies(&spot.node, old) > 0, "not archived yet");
    archived(&world, &hub, "archive.db");
    spot.connect(hub.address);
    until("it purges", || bodies(&spot.node, old) == 0).await;
    assert_eq!(bodies(&spot.node, closed), 0);
    assert!(bodies(&spot.node, new) > 0);
    green(&world, &[&spot.node, &hub.node]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_restored_hub_archived_before_is_purged_only_once_it_holds_it_again() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let empty = world.back_up(&hub.node);
    request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.proven().await;
    spot.link = None;
    archived(&world, &hub, "archive.db");
    spot.connect(hub.address);
    until("the hub says so", || known(&spot) > 0).await;
    spot.link = None;
    let address = hub.stop().await;
    world.restore("central", &empty);
    let hub = world.hub(Some(address));
    hub.node.begin_epoch().unwrap();
    // As after the first words of an exchange that is cut: the epoch is known, and nothing sent.
    let own = journal::all(&spot.node.store.read()).unwrap().remove(0);
    journal::keep_ack(&spot.node.store.write(), own.id, 0).unwrap();
    assert_eq!(spot.node.purge(LATER).unwrap().records, 0);
    spot.connect(hub.address);
    spot.proven().await;
    assert_eq!(spot.node.purge(LATER).unwrap().records, 1);
}
