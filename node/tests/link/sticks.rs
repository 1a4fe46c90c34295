//! Sticks that are not what they should be. Whatever is wrong is refused with a reason
//! that says what to do; nothing is changed, and the right stick is taken in after it.

use std::path::Path;

use vereda::authority;
use vereda::bundle::cipher::{Bound, PublicKey, Sealing};
use vereda::bundle::intake::{Outcome, Side, import};
use vereda::bundle::{PART_SUFFIX, Refused};
use vereda::link::seal::Seal;
use vereda::link::tls;
use vereda::store::journal;
use vereda_sync::bundle::{BundleError, Header, Item, Kind, Piece, Walk, Writer};
use vereda_sync::exchange::custody::Says;
use vereda_sync::exchange::frame;
use vereda_sync::id::BlobId;

use crate::bundles::{
    ONE, SMALL, at_hub, at_spot, busy, kept, pack, read, receipt, stick, taken, unsent, wrong,
};
use crate::world::{Seeded, TestHub, World, changes, note, request};

fn refused(outcome: Result<Outcome, Refused>) -> Refused {
    match outcome {
        Err(refused) => refused,
        Ok(outcome) => panic!("it was not refused: {outcome}"),
    }
}

/// Nothing of it is at the hub.
fn untouched(hub: &TestHub) {
    assert_eq!(changes(&hub.node).1, 0);
    assert_eq!(kept(&hub.node), (0, 0));
}

/// The part, made anew by whoever has the keys in `folder`: another header, other items.
fn remade(
    part: &[u8],
    folder: &Path,
    change: impl FnOnce(&mut Header),
    items: &[Vec<u8>],
) -> Vec<u8> {
    let mut header = Header::decode(Walk::open(part).unwrap().header()).unwrap();
    let (mut sealing, encapsulated) = Sealing::begin(&PublicKey(header.hub)).unwrap();
    let seal = Seal::load(&folder.join("node.key")).unwrap();
    header.encapsulated = encapsulated;
    change(&mut header);
    let checkpoint = &header.checkpoint;
    header.checkpoint = seal
        .put(Says::Wrote, checkpoint.head, checkpoint.at_ms)
        .unwrap();
    let plain = header.encode();
    let bound = Bound::to(&plain);
    let mut file = Writer::begin(vec![], Kind::Part, &plain).unwrap();
    for item in items {
        file.chunk(&sealing.seal(item, &bound).unwrap()).unwrap();
    }
    let certificate = tls::certificate(&folder.join("node.crt")).unwrap();
    file.end(&certificate, |digest| {
        seal.put_under(Kind::Part.sealed_as(), digest)
    })
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_34_stick_pulled_mid_write() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    busy(&spot, "Ana");
    let folder = stick(&world, "stick");
    let packed = pack(&spot, &folder, SMALL);
    let whole = read(&packed.parts);
    // As it looks when it is pulled: one part short under its name, as such file systems
    // leave it, the next one begun beside its name, the last one not there.
    let [first, second, third] = &packed.parts[..] else {
        panic!("{packed:?}")
    };
    std::fs::write(first, &whole[0][..whole[0].len() / 2]).unwrap();
    std::fs::rename(third, third.with_extension("vereda-bundle.new")).unwrap();
    assert!(matches!(
        refused(at_hub(&hub, &read(&packed.parts[..1])[0])),
        Refused::File(BundleError::Cut)
    ));
    untouched(&hub);
    let again = pack(&spot, &folder, SMALL);
    assert_eq!(
        (again.parts.len(), again.kept),
        (3, 1),
        "what was whole was not written again"
    );
    assert_eq!(read(std::slice::from_ref(second))[0], whole[1]);
    let beside = folder.read_dir().unwrap();
    assert!(beside.into_iter().all(|f| {
        f.unwrap()
            .file_name()
            .to_str()
            .unwrap()
            .ends_with(PART_SUFFIX)
    }));
    let parts = read(&again.parts);
    let mut outcomes: Vec<_> = parts.iter().map(|p| at_hub(&hub, p)).collect();
    at_spot(&spot, &receipt(outcomes.pop().unwrap())).unwrap();
    assert_eq!(unsent(&spot.node), 0);
    assert_eq!(wrong(&world, &hub.node), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_34_stick_corrupted() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    let carrier = world.spot("movel-08", &["monchique"]);
    busy(&spot, "Ana");
    let part = read(&pack(&spot, &stick(&world, "stick"), ONE).parts).remove(0);
    let mut random = Seeded(11);
    for n in 0..120 {
        let at = usize::try_from(random.next()).unwrap() % part.len();
        // Also everywhere in what is plain, where a lie would count most.
        let at = if n % 2 == 0 { at } else { n * 2 };
        let mut flipped = part.clone();
        flipped[at] ^= 1 << (random.next() % 8);
        refused(at_hub(&hub, &flipped));
        refused(at_spot(&carrier, &flipped));
        let cut = refused(at_hub(&hub, &part[..at]));
        assert!(
            matches!(cut, Refused::File(BundleError::Cut)),
            "{at}: {cut}"
        );
        refused(at_spot(&carrier, &part[..at]));
    }
    refused(at_hub(&hub, &[&part[..], b"more"].concat()));
    untouched(&hub);
    assert_eq!(kept(&carrier.node), (0, 0));
    at_spot(&spot, &receipt(at_hub(&hub, &part))).unwrap();
    assert_eq!(unsent(&spot.node), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_34_stick_of_another_hub() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    let carrier = world.spot("movel-08", &["monchique"]);
    request(&spot.node, "Ana");
    let part = read(&pack(&spot, &stick(&world, "stick"), ONE).parts).remove(0);
    // Another hub of the same authority: its key is another.
    let scopes = ["monchique".to_owned()];
    let other = world.dir.join("other-hub");
    authority::enrol(
        &world.dir.join("authority"),
        "central-2",
        authority::Role::Hub,
        &scopes,
        &[],
        &other,
    )
    .unwrap();
    let mut config = hub.config.clone();
    config.bundle_key = Some(other.join("bundle.key"));
    let said = refused(import(&hub.node, Side::Hub(&config), &part[..]));
    assert!(matches!(said, Refused::OtherHub { .. }), "{said}");
    assert!(said.to_string().contains("import it there"));
    // A carrier of the other hub does not take it along in vain.
    std::fs::copy(other.join("bundle.pub"), carrier.dir.join("bundle.pub")).unwrap();
    assert!(matches!(
        refused(at_spot(&carrier, &part)),
        Refused::OtherHub { .. }
    ));
    untouched(&hub);
    taken(at_hub(&hub, &part));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_34_the_same_stick_twice() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    let record = busy(&spot, "Ana");
    let one = read(&pack(&spot, &stick(&world, "one"), SMALL).parts);
    note(&spot.node, record, "mais uma");
    // A second stick, packed later: it holds the first one's work too.
    let two = read(&pack(&spot, &stick(&world, "two"), ONE).parts);
    let mut last = None;
    for part in one.iter().chain(&two).chain(&one).chain(&two) {
        last = Some(taken(at_hub(&hub, part)));
    }
    let last = last.unwrap();
    assert_eq!((last.new.entries, last.new.photographs), (0, 0));
    let (all, rows) = changes(&hub.node);
    assert_eq!(
        (all.len() as u64, rows as u64),
        (unsent(&spot.node), unsent(&spot.node))
    );
    let receipt = last.receipt.unwrap().1;
    for new in [true, false] {
        let outcome = at_spot(&spot, &receipt).unwrap();
        assert!(
            matches!(outcome, Outcome::Receipt { new: n, .. } if n == new),
            "{outcome}"
        );
    }
    assert_eq!(unsent(&spot.node), 0);
    assert_eq!(wrong(&world, &hub.node), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_authoritys_bundle_and_receipt_are_refused() {
    let (world, other) = (World::new(), World::new());
    let (hub, other_hub) = (world.hub(None), other.hub(None));
    let spot = world.spot("movel-07", &["monchique"]);
    let theirs = other.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    request(&theirs.node, "Ana");
    // Even for our hub, under the name of our spot.
    std::fs::copy(
        world.dir.join("central/bundle.pub"),
        theirs.dir.join("bundle.pub"),
    )
    .unwrap();
    let part = read(&pack(&theirs, &stick(&other, "stick"), ONE).parts).remove(0);
    assert!(matches!(
        refused(at_hub(&hub, &part)),
        Refused::Authority(_)
    ));
    assert!(matches!(
        refused(at_spot(&spot, &part)),
        Refused::Authority(_)
    ));
    untouched(&hub);
    std::fs::copy(
        other.dir.join("central/bundle.pub"),
        theirs.dir.join("bundle.pub"),
    )
    .unwrap();
    let part = read(&pack(&theirs, &stick(&other, "stick"), ONE).parts).remove(0);
    let receipt = receipt(at_hub(&other_hub, &part));
    assert!(matches!(
        refused(at_spot(&spot, &receipt)),
        Refused::Authority(_)
    ));
    assert_eq!(unsent(&spot.node), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spots_seal_is_no_receipt_and_a_receipt_no_bundle() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    let record = request(&spot.node, "Ana");
    let part = read(&pack(&spot, &stick(&world, "stick"), ONE).parts).remove(0);
    let receipt = receipt(at_hub(&hub, &part));
    let walk = Walk::open(&receipt[..]).unwrap();
    let said = walk.header().to_vec();
    // The spot gives itself a receipt, with its own seal and certificate.
    let seal = Seal::load(&spot.dir.join("node.key")).unwrap();
    let certificate = tls::certificate(&spot.dir.join("node.crt")).unwrap();
    let file = Writer::begin(vec![], Kind::Receipt, &said).unwrap();
    let forged = file.end(&certificate, |digest| {
        seal.put_under(Kind::Receipt.sealed_as(), digest)
    });
    assert!(matches!(
        refused(at_spot(&spot, &forged.unwrap())),
        Refused::Authority(_)
    ));
    assert_eq!(unsent(&spot.node), 4);
    // The hub's receipt for one size says nothing of another journal or size.
    for at in 0..receipt.len() {
        let mut flipped = receipt.clone();
        flipped[at] ^= 4;
        refused(at_spot(&spot, &flipped));
        refused(at_spot(&spot, &receipt[..at]));
    }
    note(&spot.node, record, "depois");
    at_spot(&spot, &receipt).unwrap();
    assert_eq!(unsent(&spot.node), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_from_the_future_says_what_to_do() {
    const YEAR_MS: u64 = 365 * 24 * 3_600_000;
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    let part = read(&pack(&spot, &stick(&world, "stick"), ONE).parts).remove(0);
    let mut newer = part.clone();
    newer[9] += 1;
    let said = refused(at_hub(&hub, &newer)).to_string();
    assert!(said.contains("update this node"), "{said}");
    let ahead = remade(&part, &spot.dir, |h| h.checkpoint.at_ms += YEAR_MS, &[]);
    let said = refused(at_hub(&hub, &ahead));
    assert!(
        matches!(&said, Refused::Future(_, who) if who == "movel-07"),
        "{said}"
    );
    let before = remade(&part, &spot.dir, |h| h.checkpoint.at_ms -= YEAR_MS, &[]);
    let said = refused(at_hub(&hub, &before));
    assert!(
        matches!(said, Refused::Authority(_)),
        "before its certificate: {said}"
    );
    untouched(&hub);
    taken(at_hub(&hub, &part));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_author_gets_no_receipt_and_its_work_comes_under_its_new_certificate() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    let folder = stick(&world, "stick");
    let packed = pack(&spot, &folder, ONE);
    let part = read(&packed.parts).remove(0);
    authority::revoke(&world.dir.join("authority"), "movel-07").unwrap();
    let impounded = |outcome: Result<Outcome, Refused>| match outcome.unwrap() {
        Outcome::Impounded { entries, .. } => entries,
        other => panic!("{other}"),
    };
    assert_eq!(impounded(at_hub(&hub, &part)), 4);
    assert_eq!(read(&packed.parts)[0], part, "the stick stays as it is");
    untouched(&hub);
    world.enrol("authority", "movel-07", &["monchique"]);
    assert_eq!(
        impounded(at_hub(&hub, &part)),
        0,
        "the certificate is revoked, not the node"
    );
    // One that was enrolled anew without a revocation is not known any more.
    world.enrol("authority", "movel-07", &["monchique"]);
    let between = read(&pack(&spot, &stick(&world, "between"), ONE).parts).remove(0);
    world.enrol("authority", "movel-07", &["monchique"]);
    let said = refused(at_hub(&hub, &between));
    assert!(matches!(said, Refused::NotEnrolled(_)), "{said}");
    assert!(said.to_string().contains("Keep the stick"));
    let again = pack(&spot, &folder, ONE);
    assert_eq!(again.kept, 0, "the old seal is not the node's any more");
    at_spot(&spot, &receipt(at_hub(&hub, &read(&again.parts)[0]))).unwrap();
    assert_eq!(unsent(&spot.node), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_packs_only_what_is_its_own() {
    let world = World::new();
    let hub = world.hub(None);
    let (a, b) = (
        world.spot("movel-07", &["monchique"]),
        world.spot("movel-08", &["monchique"]),
    );
    request(&a.node, "Ana");
    request(&b.node, "Beatriz");
    let part = read(&pack(&a, &stick(&world, "a"), ONE).parts).remove(0);
    let other = read(&pack(&b, &stick(&world, "b"), ONE).parts).remove(0);
    taken(at_hub(&hub, &part));
    // Under the name of another; and another's journal under its own name.
    let posing = remade(&other, &b.dir, |h| h.node = "movel-07".into(), &[]);
    assert!(matches!(
        refused(at_hub(&hub, &posing)),
        Refused::NotEnrolled(_)
    ));
    let foreign = remade(&part, &b.dir, |h| h.node = "movel-08".into(), &[]);
    assert!(matches!(
        refused(at_hub(&hub, &foreign)),
        Refused::NotYours(_)
    ));
    assert_eq!(kept(&hub.node), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_encrypted_is_hostile_until_proven() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    let part = read(&pack(&spot, &stick(&world, "stick"), ONE).parts).remove(0);
    let piece = |media_type: &str, total| {
        Item::Piece(Piece {
            blob: BlobId([1; 32]),
            media_type: media_type.into(),
            total,
            offset: 0,
            bytes: vec![1; 10],
        })
        .encode()
    };
    let bomb = vec![0; 64 << 20];
    let mut packed = zstd_of(&bomb);
    packed.truncate(200 << 10);
    let (first, packed) = (1, packed);
    for (what, item) in [
        ("no item", vec![9; 10]),
        (
            "no frame",
            Item::Frame {
                first,
                packed: vec![1, 2, 3],
            }
            .encode(),
        ),
        ("a bomb", Item::Frame { first, packed }.encode()),
        ("a page", piece("text/html", 10)),
        ("too large", piece("image/jpeg", 1 << 40)),
        ("another photograph", piece("image/jpeg", 10)),
    ] {
        let said = refused(at_hub(&hub, &remade(&part, &spot.dir, |_| (), &[item])));
        assert!(matches!(said, Refused::Content(..)), "{what}: {said}");
    }
    untouched(&hub);
    taken(at_hub(&hub, &part));
}

/// zstd without a library: one block that repeats a byte, as often as there are.
fn zstd_of(zeros: &[u8]) -> Vec<u8> {
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0xa0];
    out.extend(u32::try_from(zeros.len()).unwrap().to_le_bytes());
    let blocks = zeros.len() / (128 << 10);
    for n in 1..=blocks {
        let header = ((128u32 << 10) << 3) | 0b010 | u32::from(n == blocks);
        out.extend(&header.to_le_bytes()[..3]);
        out.push(0);
    }
    out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copied_disk_is_found_by_stick_too() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    let copy = world.back_up(&spot.node);
    request(&spot.node, "Beatriz");
    let one = read(&pack(&spot, &stick(&world, "one"), ONE).parts).remove(0);
    spot.stop().await;
    world.restore("movel-07", &copy);
    let spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Carla");
    let two = read(&pack(&spot, &stick(&world, "two"), ONE).parts).remove(0);
    let receipt = receipt(at_hub(&hub, &one));
    let said = refused(at_hub(&hub, &two));
    assert!(matches!(said, Refused::Diverged(_)), "{said}");
    let said = refused(at_spot(&spot, &receipt));
    assert!(matches!(said, Refused::OtherEntries(_)), "{said}");
    assert_eq!(
        unsent(&spot.node),
        journal::unsent(&spot.node.store.read()).unwrap().changes
    );
    assert_eq!(wrong(&world, &hub.node), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_is_kept_than_there_is_room_for() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    busy(&spot, "Ana");
    let parts = read(&pack(&spot, &stick(&world, "stick"), SMALL).parts);
    at_hub(&hub, &parts[2]).unwrap();
    let full = "UPDATE bundle_part SET bytes = 4294967296";
    hub.node.store.write().execute_batch(full).unwrap();
    let said = refused(at_hub(&hub, &parts[1]));
    assert!(matches!(said, Refused::NoRoom(_)), "{said}");
    assert_eq!(kept(&hub.node).0, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_the_guard_refuses_goes_into_quarantine_as_over_the_link() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    let part = read(&pack(&spot, &stick(&world, "stick"), ONE).parts).remove(0);
    let mut entries = {
        let db = spot.node.store.read();
        let own = journal::all(&db).unwrap().remove(0);
        journal::entries(&db, own.row, 1, usize::MAX).unwrap()
    };
    entries[2].bytes[20] ^= 1;
    let (first, packed) = (1, frame::pack(&entries).unwrap());
    let item = Item::Frame { first, packed }.encode();
    let said = refused(at_hub(&hub, &remade(&part, &spot.dir, |_| (), &[item])));
    assert!(
        matches!(said, Refused::Quarantined { entry: 3, .. }),
        "{said}"
    );
    let (_, trouble) = hub.spot("movel-07");
    assert!(trouble.unwrap().contains("está em quarentena"));
    assert_eq!(changes(&hub.node).1, 2, "what came before it is taken in");
    // What the spot really wrote goes on from there.
    assert_eq!(taken(at_hub(&hub, &part)).new.entries, 2);
}
