//! Bundles by stick: packed at a spot, taken in at the hub, the receipt back at the spot;
//! and everything that can be wrong with a stick.

use std::path::{Path, PathBuf};

use vereda::bundle::export::{Packed, Wanted, export};
use vereda::bundle::hub::{Answer, New};
use vereda::bundle::intake::{Outcome, Side, import};
use vereda::bundle::{RECEIPT_SUFFIX, Refused};
use vereda::commands::verify;
use vereda::node::Node;
use vereda::store::journal;

use crate::world::{TestHub, TestSpot, World, heads, note, request};

/// As large as a part may be where nothing is to be split.
const ONE: u64 = 64 << 20;
/// A few entries of these tests.
const SMALL: u64 = 20 << 10;

fn stick(world: &World, name: &str) -> PathBuf {
    let folder = world.dir.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Where no hub listens: what goes, goes by stick.
fn nowhere(spot: &TestSpot) -> vereda::config::Hub {
    spot.hub_config(([127, 0, 0, 1], 9).into())
}

fn pack_as(spot: &TestSpot, stick: &Path, wanted: Wanted) -> anyhow::Result<Packed> {
    let mut config = spot.node.config.clone();
    config.hub = Some(nowhere(spot));
    export(&config, &spot.node.store, stick, wanted)
}

fn pack(spot: &TestSpot, stick: &Path, max_bytes: u64) -> Packed {
    let all = false;
    pack_as(spot, stick, Wanted { all, max_bytes }).unwrap()
}

fn at_hub(hub: &TestHub, file: &[u8]) -> Result<Outcome, Refused> {
    import(&hub.node, Side::Hub(&hub.config), file)
}

fn at_spot(spot: &TestSpot, file: &[u8]) -> Result<Outcome, Refused> {
    import(&spot.node, Side::Spot(&nowhere(spot)), file)
}

fn taken(outcome: Result<Outcome, Refused>) -> Answer {
    match outcome.unwrap() {
        Outcome::Taken(answer) => answer,
        other => panic!("{other:?}"),
    }
}

fn receipt(outcome: Result<Outcome, Refused>) -> Vec<u8> {
    taken(outcome).receipt.unwrap().1
}

fn unsent(node: &Node) -> u64 {
    journal::unsent(&node.store.read()).unwrap().changes
}

fn wrong(world: &World, node: &Node) -> Vec<String> {
    let authority = world.dir.join("authority/authority.crt");
    verify::examine(node, Some(&authority)).unwrap().wrong
}

fn read(files: &[PathBuf]) -> Vec<Vec<u8>> {
    files.iter().map(|f| std::fs::read(f).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_to_the_hub_by_stick_and_the_receipt_comes_back() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    let record = request(&spot.node, "Ana");
    note(&spot.node, record, "sem rede");
    let written = unsent(&spot.node);

    let stick = stick(&world, "stick");
    let packed = pack(&spot, &stick, ONE);
    assert_eq!((packed.parts.len(), packed.entries), (1, written));
    assert_eq!(unsent(&spot.node), written, "packed is not sent");
    let answer = taken(at_hub(&hub, &read(&packed.parts)[0]));
    let photographs = 0;
    let entries = written;
    assert_eq!(
        answer.new,
        New {
            entries,
            photographs
        }
    );
    hub.node.derive_arrived().unwrap();
    assert_eq!(heads(&hub.node, record), heads(&spot.node, record));

    let (name, receipt) = answer.receipt.unwrap();
    assert!(name.starts_with("movel-07-") && name.ends_with(RECEIPT_SUFFIX));
    let Outcome::Receipt { size, new, .. } = at_spot(&spot, &receipt).unwrap() else {
        panic!("no receipt")
    };
    assert_eq!((size, new), (written, true));
    assert_eq!(unsent(&spot.node), 0);
    assert!(spot.is_proven());
    for node in [&spot.node, &hub.node] {
        assert_eq!(wrong(&world, node), Vec::<String>::new());
    }
    assert!(
        pack(&spot, &stick, ONE).parts.is_empty(),
        "there is nothing left"
    );
}
