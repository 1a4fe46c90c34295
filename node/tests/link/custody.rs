//! Seals and receipts: kept on both sides, and what `vereda verify` makes of them.

use vereda::commands::prove::{check, prove};
use vereda::commands::verify::{Report, examine};
use vereda::node::Node;
use vereda::store::{custody, journal};
use vereda_sync::exchange::custody::Says;

use crate::world::{TestSpot, World, note, request};

fn verified(world: &World, node: &Node) -> Report {
    examine(node, Some(&world.dir.join("authority/authority.crt"))).unwrap()
}

fn wrong(world: &World, spot: &TestSpot) -> Vec<String> {
    verified(world, &spot.node).wrong
}

fn sql(spot: &TestSpot, statement: &str) {
    let done = spot.node.store.write().execute_batch(statement);
    done.unwrap();
}

async fn synced(world: &World) -> TestSpot {
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let record = request(&spot.node, "Ana");
    for n in 0..6 {
        note(&spot.node, record, &format!("nota {n}"));
    }
    spot.connect(hub.address);
    spot.receipted().await;
    spot.link = None;
    // Written after the receipt: no fault.
    note(&spot.node, record, "ainda por enviar");
    spot
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_keep_the_others_word_and_it_holds() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let record = request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.receipted().await;
    note(&spot.node, record, "mais uma");
    spot.receipted().await;
    let own = journal::all(&spot.node.store.read()).unwrap().remove(0);
    let (receipt, _) = custody::of(&spot.node.store.read(), Says::Holds, own.id)
        .unwrap()
        .unwrap();
    let (word, _) = custody::of(&hub.node.store.read(), Says::Wrote, own.id)
        .unwrap()
        .unwrap();
    assert_eq!((receipt.head, word.head), (own.head(), own.head()));
    for node in [&spot.node, &hub.node] {
        let report = verified(&world, node);
        assert_eq!(report.wrong, Vec::<String>::new());
        assert_eq!((report.entries, report.seals), (own.frontier.size(), 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_changed_or_taken_away_is_found() {
    let world = World::new();
    let spot = synced(&world).await;
    assert_eq!(wrong(&world, &spot), Vec::<String>::new());

    let found = |statement: &str| tampered(&spot, &world, statement);
    let one = found("UPDATE entry SET body = CAST(body || x'00' AS BLOB) WHERE idx = 3");
    assert!(
        one.len() == 1 && one[0].contains("entry 3 of record"),
        "{one:?}"
    );
    let gap = found("DELETE FROM entry WHERE idx = 4");
    assert!(gap[0].contains("entries 4 to 4 are missing"), "{gap:?}");
    // The store's own count put right: the receipt remembers.
    let cut = found("DELETE FROM entry WHERE idx > 6; UPDATE journal SET frontier = zeroblob(8)");
    assert!(
        cut.len() == 1 && cut[0].contains("which are not here"),
        "{cut:?}"
    );
    // Two entries change places, and everything that can be computed again is.
    let swapped = found(
        "UPDATE entry SET entry = -entry WHERE idx IN (7, 8);
         UPDATE entry SET entry = CASE -entry & 15 WHEN 7 THEN -entry + 1 ELSE -entry - 1 END WHERE entry < 0;
         UPDATE journal SET frontier = zeroblob(8)",
    );
    assert!(
        swapped.len() == 1 && swapped[0].contains("over other entries"),
        "{swapped:?}"
    );
    let seal = found("UPDATE custody SET seal = zeroblob(66)");
    assert!(
        seal.len() == 1 && seal[0].contains("the receipt of the hub"),
        "{seal:?}"
    );
    let later = found("UPDATE custody SET at = at + 1");
    assert!(later[0].contains("does not belong"), "{later:?}");
    assert_eq!(wrong(&world, &spot), Vec::<String>::new());
}

/// What is wrong after these statements, which are then taken back.
fn tampered(spot: &TestSpot, world: &World, statements: &str) -> Vec<String> {
    sql(
        spot,
        "CREATE TABLE k1 AS SELECT entry, record, change, body, at FROM entry;
         CREATE TABLE k2 AS SELECT * FROM custody; CREATE TABLE k3 AS SELECT journal, frontier FROM journal",
    );
    sql(spot, statements);
    let found = wrong(world, spot);
    sql(
        spot,
        "DELETE FROM entry; INSERT INTO entry(entry, record, change, body, at) SELECT * FROM k1;
         DELETE FROM custody; INSERT INTO custody SELECT * FROM k2;
         UPDATE journal SET frontier = (SELECT frontier FROM k3 WHERE k3.journal = journal.journal);
         DROP TABLE k1; DROP TABLE k2; DROP TABLE k3",
    );
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_authoritys_receipt_is_worth_nothing() {
    let world = World::new();
    let spot = synced(&world).await;
    vereda::authority::new(&world.dir.join("other"), "Outra").unwrap();
    let report = examine(&spot.node, Some(&world.dir.join("other/authority.crt"))).unwrap();
    assert_eq!(report.wrong.len(), 1);
    assert!(
        report.wrong[0].contains("did not vouch"),
        "{:?}",
        report.wrong
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_holds_without_the_store_and_shows_that_nothing_was_taken_out() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    for n in 0..5 {
        request(&spot.node, &format!("outro {n}"));
    }
    let record = request(&spot.node, "Ana");
    let asked = record.to_string();
    assert!(prove(&spot.node, record, None).is_err(), "no receipt yet");
    spot.connect(hub.address);
    spot.receipted().await;
    let authority = world.dir.join("authority/authority.crt");
    let file = |name: &str, text: &str| {
        let file = world.dir.join(name);
        std::fs::write(&file, text).unwrap();
        file
    };
    let first = prove(&spot.node, record, None).unwrap();
    assert!(
        first.contains(&asked) && !first.contains("Ana"),
        "no answers in it"
    );
    let early = file("early.json", &first);
    check(&early, &authority, None).unwrap();

    note(&spot.node, record, "mais uma");
    spot.receipted().await;
    let second = prove(&spot.node, record, Some(&early)).unwrap();
    let late = file("late.json", &second);
    check(&late, &authority, Some(&early)).unwrap();
    let changes = |text: &str| text.matches("\"change\":").count();
    assert_eq!(changes(&second), changes(&first) + 1);
    // The hub gives the same out of its own store.
    let third = prove(&hub.node, record, Some(&early)).unwrap();
    check(&file("hub.json", &third), &authority, Some(&early)).unwrap();

    // Without what leads from the one to the other, or with anything changed, it proves nothing.
    assert!(check(&early, &authority, Some(&late)).is_err());
    let other = file("other.crt", "");
    assert!(check(&late, &other, None).is_err());
    for (from, to) in [
        ("\"index\": 23", "\"index\": 22"),
        (&asked[..8], "00000000"),
        ("\"at_ms\": 1", "\"at_ms\": 2"),
        ("vereda proof 1", "vereda proof 2"),
        ("\"seal\": \"", "\"seal\": \"00"),
    ] {
        let changed = second.replacen(from, to, 1);
        assert!(changed != second, "{from}");
        assert!(
            check(&file("bad.json", &changed), &authority, Some(&early)).is_err(),
            "{from}"
        );
    }
}
