//! Photographs and scans.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use sha2::{Digest, Sha256};
use vereda::node::Node;
use vereda::store::blob::{self, Blob, PIECE_BYTES};
use vereda_sync::id::{BlobId, RecordId};
use vereda_sync::record::document::Attached;
use vereda_sync::record::request;

use crate::cut::Forwarder;
use crate::world::{Seeded, World, request, until};

/// A photograph in a node's store, named by a record.
pub(crate) fn photograph(node: &Node, record: RecordId, bytes: usize, seed: u64) -> BlobId {
    let mut random = Seeded(seed);
    let whole: Vec<u8> = (0..bytes).map(|_| random.next().to_le_bytes()[0]).collect();
    let id = BlobId(Sha256::digest(&whole).into());
    {
        let db = node.store.write();
        for (n, piece) in whole.chunks(PIECE_BYTES).enumerate() {
            blob::add_piece(&db, &id.0, (n * PIECE_BYTES) as u64, piece).unwrap();
        }
        let whole = Blob {
            id,
            media_type: "image/jpeg".into(),
            bytes: bytes as u64,
            at_ms: vereda::clock::now_ms(),
        };
        blob::complete(&db, &id.0, &whole, &node.config.node.id).unwrap();
    }
    node.change(
        record,
        "ana.m",
        |d, a, at| {
            let attached = Attached {
                blob: id,
                name: "foto.jpg".into(),
                media_type: "image/jpeg".into(),
                bytes: bytes as u64,
                seen: None,
                spoken: None,
                at,
            };
            request::finish_step(d, a, at, "documents", &BTreeMap::new(), &[attached])
        },
        |_| Ok(()),
    )
    .unwrap();
    id
}

pub(crate) fn whole(node: &Node, id: BlobId) -> Option<Vec<u8>> {
    let db = node.store.read();
    let found = blob::find(&db, id).unwrap()?;
    let mut all = Vec::new();
    while (all.len() as u64) < found.bytes {
        let piece = blob::read(&db, &id.0, all.len() as u64).unwrap();
        assert!(!piece.is_empty());
        all.extend(piece);
    }
    Some(all)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photograph_cut_midway_resumes_and_reaches_the_other_spot() {
    const BYTES: usize = 5 << 20;
    let world = World::new();
    let hub = world.hub(None);
    let mut a = world.spot("movel-07", &["monchique"]);
    let mut b = world.spot("movel-08", &["monchique"]);
    let mut other = world.spot("fixo-01", &["aljezur"]);
    let record = request(&a.node, "Ana");
    let id = photograph(&a.node, record, BYTES, 3);
    let mut cuts = vec![None, Some(1_200_000), Some(2_600_000)];
    let line = Forwarder::start(hub.address, move || cuts.pop().flatten()).await;
    a.connect(line.address);
    until("the hub has the photograph", || {
        whole(&hub.node, id).is_some()
    })
    .await;
    until("the spot knows", || {
        blob::unsent(&a.node.store.read(), "movel-07")
            .unwrap()
            .is_empty()
    })
    .await;
    assert_eq!(
        <[u8; 32]>::from(Sha256::digest(whole(&hub.node, id).unwrap())),
        id.0
    );
    assert_eq!(line.cuts.load(Ordering::Relaxed), 2);
    // Resumed: each cut cost at most what was under way, not what was stored.
    let sent = line.up.load(Ordering::Relaxed);
    assert!(sent < BYTES as u64 + 2 * 1_000_000, "{sent}");

    b.connect(hub.address);
    other.connect(hub.address);
    until("the other spot of the scope has it", || {
        whole(&b.node, id).is_some()
    })
    .await;
    assert!(whole(&b.node, id) == whole(&a.node, id));
    other.proven().await;
    assert_eq!(whole(&other.node, id), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_record_waits_for_a_photograph() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let record = request(&spot.node, "Ana");
    for seed in 0..4 {
        photograph(&spot.node, record, 2 << 20, 100 + seed);
    }
    spot.connect(hub.address);
    spot.proven().await;
    let node: Arc<Node> = spot.node.clone();
    request(&node, "Beatriz");
    spot.proven().await;
    until("all photographs are there", || {
        blob::unsent(&node.store.read(), "movel-07")
            .unwrap()
            .is_empty()
    })
    .await;
}
