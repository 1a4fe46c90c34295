//! Bundles: packed at a spot, taken in at the hub in any order, the receipt back at the
//! spot.

use std::path::{Path, PathBuf};

use vereda::bundle::export::{Packed, Wanted, export};
use vereda::bundle::hub::{Answer, New};
use vereda::bundle::intake::{Outcome, Side, import};
use vereda::bundle::{RECEIPT_SUFFIX, Refused};
use vereda::commands::verify;
use vereda::node::Node;
use vereda::store::{blob, bundle, journal};
use vereda_sync::id::RecordId;

use crate::photographs::{photograph, whole};
use crate::world::{Seeded, TestHub, TestSpot, World, changes, heads, note, request, until};

/// As large as a part may be where nothing is to be split.
pub(crate) const ONE: u64 = 64 << 20;
/// A few of the notes of [`busy`].
pub(crate) const SMALL: u64 = 22 << 10;

pub(crate) fn stick(world: &World, name: &str) -> PathBuf {
    let folder = world.dir.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Where no hub listens: what goes, goes by stick.
pub(crate) fn nowhere(spot: &TestSpot) -> vereda::config::Hub {
    spot.hub_config(([127, 0, 0, 1], 9).into())
}

pub(crate) fn pack_as(spot: &TestSpot, stick: &Path, wanted: Wanted) -> anyhow::Result<Packed> {
    let mut config = spot.node.config.clone();
    config.hub = Some(nowhere(spot));
    export(&config, &spot.node.store, stick, wanted)
}

pub(crate) fn pack(spot: &TestSpot, stick: &Path, max_bytes: u64) -> Packed {
    let all = false;
    pack_as(spot, stick, Wanted { all, max_bytes }).unwrap()
}

pub(crate) fn at_hub(hub: &TestHub, file: &[u8]) -> Result<Outcome, Refused> {
    import(&hub.node, Side::Hub(&hub.config), file)
}

pub(crate) fn at_spot(spot: &TestSpot, file: &[u8]) -> Result<Outcome, Refused> {
    import(&spot.node, Side::Spot(&nowhere(spot)), file)
}

pub(crate) fn taken(outcome: Result<Outcome, Refused>) -> Answer {
    match outcome.unwrap() {
        Outcome::Taken(answer) => answer,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn receipt(outcome: Result<Outcome, Refused>) -> Vec<u8> {
    taken(outcome).receipt.unwrap().1
}

pub(crate) fn unsent(node: &Node) -> u64 {
    journal::unsent(&node.store.read()).unwrap().changes
}

pub(crate) fn wrong(world: &World, node: &Node) -> Vec<String> {
    let authority = world.dir.join("authority/authority.crt");
    verify::examine(node, Some(&authority)).unwrap().wrong
}

pub(crate) fn read(files: &[PathBuf]) -> Vec<Vec<u8>> {
    files.iter().map(|f| std::fs::read(f).unwrap()).collect()
}

/// Parts that are kept as they came, and pieces of anything.
pub(crate) fn kept(node: &Node) -> (usize, u64) {
    let db = node.store.read();
    let pieces = db
        .query_row("SELECT count(*) FROM blob_piece", [], |r| {
            r.get::<_, i64>(0)
        })
        .unwrap();
    (
        bundle::all(&db).unwrap().len(),
        u64::try_from(pieces).unwrap(),
    )
}

/// A request with so much text that it takes several parts of [`SMALL`].
pub(crate) fn busy(spot: &TestSpot, citizen: &str) -> RecordId {
    let record = request(&spot.node, citizen);
    let mut text = Seeded(7);
    for _ in 0..6 {
        note(&spot.node, record, &text.text(1_500));
    }
    record
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_are_taken_in_whatever_their_order() {
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let world = World::new();
        let hub = world.hub(None);
        let spot = world.spot("movel-07", &["monchique"]);
        let record = busy(&spot, "Ana");
        let written = unsent(&spot.node);
        let packed = pack(&spot, &stick(&world, "stick"), SMALL);
        let parts = read(&packed.parts);
        assert_eq!(parts.len(), 3);
        assert!(parts.iter().all(|p| p.len() as u64 <= SMALL));
        let mut last = None;
        for (n, part) in order.into_iter().enumerate() {
            let outcome = at_hub(&hub, &parts[part]).unwrap();
            let given = matches!(&outcome, Outcome::Taken(answer) if answer.receipt.is_some());
            assert_eq!(given, n == 2, "{order:?}: {outcome}");
            last = Some(outcome);
        }
        assert_eq!(kept(&hub.node), (0, 0), "nothing waits");
        assert!(
            matches!(at_spot(&spot, &receipt(Ok(last.unwrap()))), Ok(Outcome::Receipt { size, .. }) if size == written)
        );
        assert_eq!(unsent(&spot.node), 0);
        hub.node.derive_arrived().unwrap();
        assert_eq!(heads(&hub.node, record), heads(&spot.node, record));
        assert_eq!(wrong(&world, &hub.node), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_that_waits_is_taken_in_when_the_link_brought_what_is_before_it() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    busy(&spot, "Ana");
    let parts = read(&pack(&spot, &stick(&world, "stick"), SMALL).parts);
    let outcome = at_hub(&hub, &parts[2]).unwrap();
    assert!(matches!(outcome, Outcome::Waits { .. }), "{outcome}");
    let (waiting, pieces) = kept(&hub.node);
    assert!(waiting == 1 && pieces > 0);
    // Again, and from another stick: it is kept once.
    at_hub(&hub, &parts[2]).unwrap();
    assert_eq!(kept(&hub.node), (waiting, pieces));
    // It survives the end of the hub.
    let address = hub.stop().await;
    let hub = world.hub(Some(address));
    assert_eq!(kept(&hub.node), (waiting, pieces));
    spot.connect(hub.address);
    spot.proven().await;
    until("what waited is let go", || kept(&hub.node) == (0, 0)).await;
    assert_eq!(wrong(&world, &hub.node), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_over_the_link_meanwhile_is_not_taken_twice() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let record = busy(&spot, "Ana");
    let packed = pack(&spot, &stick(&world, "stick"), ONE);
    spot.connect(hub.address);
    spot.proven().await;
    // More than the bundle knows of.
    note(&spot.node, record, "depois");
    spot.proven().await;
    let (before, rows) = changes(&hub.node);
    let answer = taken(at_hub(&hub, &read(&packed.parts)[0]));
    assert_eq!(answer.new, New::default());
    assert!(
        answer.to_string().contains("nothing in it was new"),
        "{answer}"
    );
    assert_eq!(changes(&hub.node), (before, rows));
    // Its receipt is over less than is known: it takes nothing back.
    let outcome = at_spot(&spot, &answer.receipt.unwrap().1).unwrap();
    assert!(
        matches!(outcome, Outcome::Receipt { new: false, .. }),
        "{outcome}"
    );
    assert!(spot.is_proven());
    for node in [&spot.node, &hub.node] {
        assert_eq!(wrong(&world, node), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn photographs_go_along_after_the_records_split_over_parts() {
    const BYTES: usize = 3 << 20;
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    let record = request(&spot.node, "Ana");
    let id = photograph(&spot.node, record, BYTES, 3);
    let parts = read(&pack(&spot, &stick(&world, "stick"), 1 << 20).parts);
    assert!(parts.len() >= 3, "{}", parts.len());
    // The end of the photograph first: it waits for its beginning.
    let outcomes: Vec<Outcome> = parts
        .iter()
        .rev()
        .map(|p| at_hub(&hub, p).unwrap())
        .collect();
    assert!(
        matches!(&outcomes[0], Outcome::Waits { why, .. } if why.contains("the beginning of the photograph"))
    );
    // What waited may be taken in by the hub's own round just now.
    until("the photograph is whole", || whole(&hub.node, id).is_some()).await;
    assert!(whole(&hub.node, id) == whole(&spot.node, id));
    let mut last = taken(at_hub(&hub, &parts[0]));
    assert_eq!(last.new, New::default());
    let unsent_photographs = || {
        let db = spot.node.store.read();
        blob::unsent(&db, "movel-07").unwrap().len()
    };
    assert_eq!(unsent_photographs(), 1);
    at_spot(&spot, &last.receipt.take().unwrap().1).unwrap();
    assert_eq!(unsent_photographs(), 0);
    assert_eq!(wrong(&world, &hub.node), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_can_be_packed_again_for_a_hub_that_lost_it() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let record = busy(&spot, "Ana");
    photograph(&spot.node, record, 100_000, 5);
    spot.connect(hub.address);
    spot.proven().await;
    until("the photograph is sent", || {
        blob::unsent(&spot.node.store.read(), "movel-07")
            .unwrap()
            .is_empty()
    })
    .await;
    spot.link = None;
    let address = hub.stop().await;
    for file in ["vereda.db", "vereda.db-wal", "vereda.db-shm"] {
        let _ = std::fs::remove_file(world.dir.join("central").join(file));
    }
    let hub = world.hub(Some(address));
    let stick = stick(&world, "stick");
    assert!(pack(&spot, &stick, ONE).parts.is_empty());
    let (all, max_bytes) = (true, ONE);
    let packed = pack_as(&spot, &stick, Wanted { all, max_bytes }).unwrap();
    assert_eq!(packed.photographs, 1);
    let answer = taken(at_hub(&hub, &read(&packed.parts)[0]));
    assert_eq!(
        (answer.new.entries, answer.new.photographs),
        (packed.entries, 1)
    );
    hub.node.derive_arrived().unwrap();
    assert_eq!(heads(&hub.node, record), heads(&spot.node, record));
}

#[test]
fn a_folder_that_was_enrolled_without_the_key_says_what_to_do() {
    let world = World::new();
    let spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    std::fs::remove_file(spot.dir.join("bundle.pub")).unwrap();
    let (all, max_bytes) = (false, ONE);
    let said = pack_as(&spot, &stick(&world, "stick"), Wanted { all, max_bytes });
    let said = format!("{:#}", said.unwrap_err());
    assert!(
        said.contains("enrol the hub") && said.contains("bundle_key"),
        "{said}"
    );
}

#[test]
fn a_renewed_hub_keeps_its_key_and_a_new_spot_gets_it() {
    let world = World::new();
    let key = |of: &str| std::fs::read_to_string(world.dir.join(of)).unwrap();
    let (public, secret) = (key("central/bundle.pub"), key("central/bundle.key"));
    world.enrol_hub("authority");
    world.enrol("authority", "movel-07", &["monchique"]);
    assert_eq!(key("central/bundle.key"), secret);
    for of in ["central", "authority", "movel-07"] {
        assert_eq!(key(&format!("{of}/bundle.pub")), public);
    }
    assert!(!world.dir.join("movel-07/bundle.key").exists());
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &world
            .dir
            .join("central/bundle.key")
            .metadata()
            .unwrap()
            .permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_since_goes_into_a_bundle_of_its_own() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    let record = busy(&spot, "Ana");
    let folder = stick(&world, "stick");
    let begun = pack(&spot, &folder, SMALL);
    std::fs::remove_file(&begun.parts[1]).unwrap();
    note(&spot.node, record, "entretanto");
    photograph(&spot.node, record, 1_000, 2);
    let packed = pack(&spot, &folder, SMALL);
    assert_eq!((packed.parts.len(), packed.kept), (4, 2), "{packed:?}");
    assert_eq!(packed.parts[..3], begun.parts);
    assert_eq!(
        (packed.entries, packed.photographs),
        (unsent(&spot.node), 1)
    );
    let parts = read(&packed.parts);
    let mut outcomes: Vec<_> = parts.iter().map(|p| at_hub(&hub, p)).collect();
    at_spot(&spot, &receipt(outcomes.pop().unwrap())).unwrap();
    assert_eq!(unsent(&spot.node), 0);
}
