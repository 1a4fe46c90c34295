//! Carriers: a spot takes another's bundle along, hands it in over its own link, and
//! brings the receipt back.

use std::sync::atomic::Ordering;

use vereda::bundle::export::Wanted;
use vereda::bundle::intake::Outcome;
use vereda::store::bundle;

use crate::bundles::{
    ONE, SMALL, at_hub, at_spot, busy, kept, pack, pack_as, read, stick, unsent, wrong,
};
use crate::cut::Forwarder;
use crate::photographs::{photograph, whole};
use crate::world::{TestSpot, World, heads, request, until};

/// The receipt that the carrier has, taken off a stick that it wrote.
fn brought_back(carrier: &TestSpot, world: &World) -> Vec<u8> {
    let (all, max_bytes) = (false, ONE);
    let packed = pack_as(carrier, &stick(world, "back"), Wanted { all, max_bytes }).unwrap();
    assert_eq!(packed.receipts.len(), 1);
    read(&packed.receipts).remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carrier_hands_in_what_it_cannot_read_and_brings_the_receipt_back() {
    let world = World::new();
    let hub = world.hub(None);
    let author = world.spot("movel-07", &["monchique"]);
    let mut carrier = world.spot("movel-08", &["aljezur"]);
    let record = busy(&author, "Ana Secreta");
    let id = photograph(&author.node, record, 600_000, 9);
    let parts = read(&pack(&author, &stick(&world, "stick"), 300 << 10).parts);
    assert!(parts.len() > 2);
    // Twice, and the last one first: the hub makes an order of it.
    for part in parts.iter().rev().chain(&parts) {
        let outcome = at_spot(&carrier, part).unwrap();
        assert!(matches!(outcome, Outcome::Carried { .. }), "{outcome}");
        let readable = String::from_utf8_lossy(part).contains("Ana Secreta");
        assert!(!readable);
    }
    assert_eq!(kept(&carrier.node).0, parts.len());
    assert_eq!(
        heads(&carrier.node, record),
        vec![],
        "a carrier reads nothing"
    );
    assert!(unsent(&author.node) > 0);
    carrier.connect(hub.address);
    until("all is handed in", || kept(&carrier.node) == (0, 0)).await;
    assert_eq!(kept(&hub.node).0, 0);
    assert!(whole(&hub.node, id) == whole(&author.node, id));
    until("the hub has the record", || {
        heads(&hub.node, record) == heads(&author.node, record)
    })
    .await;
    at_spot(&author, &brought_back(&carrier, &world)).unwrap();
    assert_eq!(unsent(&author.node), 0);
    for node in [&author.node, &hub.node, &carrier.node] {
        assert_eq!(wrong(&world, node), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carriers_own_work_goes_too_and_what_is_known_costs_no_upload() {
    let world = World::new();
    let hub = world.hub(None);
    let author = world.spot("movel-07", &["monchique"]);
    let mut carrier = world.spot("movel-08", &["monchique"]);
    request(&author.node, "Ana");
    request(&carrier.node, "Beatriz");
    let part = read(&pack(&author, &stick(&world, "stick"), ONE).parts).remove(0);
    // Another stick was faster.
    at_hub(&hub, &part).unwrap();
    at_spot(&carrier, &part).unwrap();
    carrier.connect(hub.address);
    carrier.proven().await;
    until("all is handed in", || kept(&carrier.node) == (0, 0)).await;
    at_spot(&author, &brought_back(&carrier, &world)).unwrap();
    assert_eq!(unsent(&author.node), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carrier_that_edits_is_found_and_one_that_withholds_acknowledges_nothing() {
    let world = World::new();
    let hub = world.hub(None);
    let author = world.spot("movel-07", &["monchique"]);
    let mut edits = world.spot("movel-08", &["monchique"]);
    let withholds = world.spot("movel-09", &["monchique"]);
    busy(&author, "Ana");
    let parts = read(&pack(&author, &stick(&world, "stick"), SMALL).parts);
    for part in &parts {
        at_spot(&edits, part).unwrap();
        at_spot(&withholds, part).unwrap();
    }
    // A byte of every part, deep in what is encrypted.
    let edit = "UPDATE blob_piece SET bytes = CAST(substr(bytes, 1, 700) || CASE substr(bytes, 701, 1) WHEN x'00' THEN x'01' ELSE x'00' END || substr(bytes, 702) AS BLOB)";
    edits.node.store.write().execute_batch(edit).unwrap();
    let written = unsent(&author.node);
    edits.connect(hub.address);
    let notes = || -> Vec<String> {
        let kept = bundle::all(&edits.node.store.read()).unwrap();
        kept.into_iter().filter_map(|p| p.note).collect()
    };
    until("the hub has refused all", || {
        notes()
            .iter()
            .all(|n| n.contains("it was changed after it was packed"))
    })
    .await;
    assert_eq!(
        notes().len(),
        parts.len(),
        "what is refused is not thrown away"
    );
    assert_eq!(kept(&hub.node), (0, 0));
    assert_eq!(unsent(&author.node), written);
    assert_eq!(kept(&withholds.node).0, parts.len());
    // The stick is as good as before.
    for part in &parts {
        at_hub(&hub, part).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carrier_with_a_part_alone_keeps_it_until_the_others_have_come() {
    let world = World::new();
    let hub = world.hub(None);
    let author = world.spot("movel-07", &["monchique"]);
    let mut carrier = world.spot("movel-08", &["monchique"]);
    busy(&author, "Ana");
    let parts = read(&pack(&author, &stick(&world, "stick"), SMALL).parts);
    at_spot(&carrier, &parts[1]).unwrap();
    carrier.connect(hub.address);
    until("the hub has the part", || kept(&hub.node).0 == 1).await;
    until("the carrier knows", || {
        bundle::all(&carrier.node.store.read()).unwrap()[0].handed
    })
    .await;
    for part in [&parts[2], &parts[0]] {
        at_hub(&hub, part).unwrap();
    }
    assert_eq!(kept(&hub.node).0, 0);
    // Its pause is ten seconds; a new link asks at once.
    carrier.link = None;
    carrier.connect(hub.address);
    until("the carrier has the receipt", || {
        kept(&carrier.node) == (0, 0)
    })
    .await;
    at_spot(&author, &brought_back(&carrier, &world)).unwrap();
    assert_eq!(unsent(&author.node), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carriers_line_that_breaks_goes_on_where_it_was() {
    const BYTES: usize = 4 << 20;
    let world = World::new();
    let hub = world.hub(None);
    let author = world.spot("movel-07", &["monchique"]);
    let mut carrier = world.spot("movel-08", &["monchique"]);
    let record = request(&author.node, "Ana");
    let id = photograph(&author.node, record, BYTES, 21);
    let parts = read(&pack(&author, &stick(&world, "stick"), ONE).parts);
    assert_eq!(parts.len(), 1);
    at_spot(&carrier, &parts[0]).unwrap();
    let mut cuts = vec![None, Some(1_200_000), Some(2_600_000)];
    let line = Forwarder::start(hub.address, move || cuts.pop().flatten()).await;
    carrier.connect(line.address);
    // Pieces there may be: the carrier is of the same tour, and fetches the photograph as soon as it hears of it.
    until("it is handed in", || kept(&carrier.node).0 == 0).await;
    assert_eq!(line.cuts.load(Ordering::Relaxed), 2);
    let sent = line.up.load(Ordering::Relaxed);
    assert!(sent < BYTES as u64 + 2 * 1_000_000, "{sent}");
    assert!(whole(&hub.node, id) == whole(&author.node, id));
    at_spot(&author, &brought_back(&carrier, &world)).unwrap();
    assert_eq!(unsent(&author.node), 0);
}
