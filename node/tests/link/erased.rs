//! Erased, and brought back by old devices, sticks, other spots and backups: the tombstone wins.

use rusqlite::types::ValueRef;
use vereda::bundle::export::Wanted;
use vereda::link::seal::Seal;
use vereda::link::tls;
use vereda::node::{Node, Sender, Stop};
use vereda::store::{erased, journal, quarantine};
use vereda_sync::erasure::{self, Erasure};
use vereda_sync::exchange::frame;
use vereda_sync::exchange::message::{Share, Source};
use vereda_sync::id::{JournalId, RecordId};
use vereda_sync::journal::Entry;

use crate::bundles::{at_hub, pack_as, read, stick, taken, wrong};
use crate::world::{TestHub, TestSpot, World, heads, note, request, until};

pub(crate) const NAME: &str = "Zulmira Plantada";

/// Where the planted name stands: tables and columns, whatever holds them.
pub(crate) fn planted(node: &Node) -> Vec<String> {
    let db = node.store.read();
    let mut tables = db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .unwrap();
    let tables: Vec<String> = tables
        .query_map([], |r| r.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let has = |bytes: &[u8]| {
        let lower = bytes.to_ascii_lowercase();
        lower.windows(7).any(|w| w == b"zulmira")
    };
    let mut found = Vec::new();
    for table in tables {
        let mut rows = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                if let ValueRef::Text(bytes) | ValueRef::Blob(bytes) = row.get_ref(column).unwrap()
                    && has(bytes)
                {
                    found.push(format!("{table}.{column}"));
                }
            }
        }
    }
    found
}

pub(crate) fn erase(hub: &TestHub, records: &[RecordId]) {
    let seal = Seal::load(&hub.config.key).unwrap();
    let certificate = tls::certificate(&hub.config.certificate).unwrap();
    for record in records {
        hub.node
            .erase(*record, "prazo de conservação", &seal, &certificate)
            .unwrap();
    }
}

/// The attendance and the request that one person left behind.
fn plant(spot: &TestSpot) -> Vec<RecordId> {
    let known = records(&spot.node);
    let asked = request(&spot.node, NAME);
    note(&spot.node, asked, "Zulmira telefonou");
    let all = records(&spot.node);
    all.into_iter().filter(|r| !known.contains(r)).collect()
}

fn records(node: &Node) -> Vec<RecordId> {
    let db = node.store.read();
    let mut rows = db.prepare("SELECT id FROM record").unwrap();
    let ids = rows.query_map([], |r| r.get(0).map(RecordId)).unwrap();
    ids.map(Result::unwrap).collect()
}

fn forgotten(world: &World, nodes: &[&Node], records: &[RecordId]) {
    for node in nodes {
        let id = &node.config.node.id;
        assert_eq!(planted(node), Vec::<String>::new(), "{id}");
        assert_eq!(wrong(world, node), Vec::<String>::new(), "{id}");
        for record in records {
            assert!(heads(node, *record).is_empty(), "{id}");
        }
    }
}

fn knows(node: &Node, records: &[RecordId]) -> bool {
    let db = node.store.read();
    records.iter().all(|r| erased::is_id(&db, *r).unwrap())
}

/// A hub and two spots that had the records and heard that they are erased; the stores of the
/// spots as they were before that.
struct Heard {
    hub: TestHub,
    a: TestSpot,
    b: TestSpot,
    records: Vec<RecordId>,
    old: [std::path::PathBuf; 2],
}

async fn heard(world: &World) -> Heard {
    let hub = world.hub(None);
    let mut a = world.spot("movel-07", &["monchique"]);
    let mut b = world.spot("movel-08", &["monchique"]);
    let records = plant(&a);
    let other = request(&a.node, "Outra");
    a.connect(hub.address);
    b.connect(hub.address);
    a.proven().await;
    until("all have it", || {
        heads(&b.node, other) == heads(&a.node, other) && !planted(&b.node).is_empty()
    })
    .await;
    (a.link, b.link) = (None, None);
    let old = [world.back_up(&a.node), world.back_up(&b.node)];
    hub.node.derive_arrived().unwrap();
    erase(&hub, &records);
    a.connect(hub.address);
    b.connect(hub.address);
    until("the spots hear of it", || {
        knows(&a.node, &records) && knows(&b.node, &records)
    })
    .await;
    forgotten(world, &[&hub.node, &a.node, &b.node], &records);
    // What was not erased is untouched.
    for node in [&hub.node, &b.node] {
        assert_eq!(heads(node, other), heads(&a.node, other));
    }
    (a.link, b.link) = (None, None);
    Heard {
        hub,
        a,
        b,
        records,
        old,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_30_erased_then_an_old_device_comes_back_over_the_link() {
    let world = World::new();
    let Heard {
        hub,
        a,
        b,
        records,
        old,
    } = heard(&world).await;
    for (spot, id, old) in [(a, "movel-07", &old[0]), (b, "movel-08", &old[1])] {
        spot.stop().await;
        world.restore(id, old);
        let mut spot = world.spot(id, &["monchique"]);
        assert!(!planted(&spot.node).is_empty(), "it has it all again");
        // It even goes on with it.
        note(&spot.node, records[1], "Zulmira voltou");
        spot.connect(hub.address);
        spot.proven().await;
        until("it hears of it", || knows(&spot.node, &records)).await;
        forgotten(&world, &[&hub.node, &spot.node], &records);
        spot.link = None;
        // What it writes of it now is refused at once.
        let more = spot.node.change(
            records[1],
            "ana.m",
            |d, a, at| vereda_sync::record::request::note(d, a, at, "Zulmira"),
            |_| Ok(()),
        );
        assert!(more.is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_30_erased_then_an_old_device_comes_back_by_stick() {
    let world = World::new();
    let Heard {
        hub,
        a,
        records,
        old,
        ..
    } = heard(&world).await;
    a.stop().await;
    world.restore("movel-07", &old[0]);
    let spot = world.spot("movel-07", &["monchique"]);
    note(&spot.node, records[1], "Zulmira voltou");
    let all = Wanted {
        all: true,
        max_bytes: 1 << 30,
    };
    let packed = pack_as(&spot, &stick(&world, "stick"), all).unwrap();
    for part in read(&packed.parts) {
        taken(at_hub(&hub, &part));
    }
    hub.node.derive_arrived().unwrap();
    forgotten(&world, &[&hub.node], &records);
}

/// What a node has of these records of one of its journals, as if another had written it.
fn lent(node: &Node, records: &[RecordId]) -> Share {
    let db = node.store.read();
    let all = journal::all(&db).unwrap().into_iter();
    let all = all.map(|j| journal::entries(&db, j.row, 1, usize::MAX).unwrap());
    let most = all.max_by_key(Vec::len).unwrap();
    let of_these: Vec<Entry> = most
        .into_iter()
        .filter(|e| records.contains(&e.record) && !e.bytes.is_empty())
        .collect();
    let sources = (1u64..).zip(&of_these).map(|(index, _)| Source {
        journal: JournalId([8; 16]),
        index,
        own: false,
    });
    Share {
        scope: "monchique".into(),
        sources: sources.collect(),
        packed: frame_of(&of_these),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_30_erased_then_an_old_device_comes_back_beside_another_spot() {
    let world = World::new();
    let Heard {
        mut a,
        b,
        records,
        old,
        ..
    } = heard(&world).await;
    b.stop().await;
    world.restore("movel-08", &old[1]);
    let mut b = world.spot("movel-08", &["monchique"]);
    note(&b.node, records[1], "Zulmira voltou");
    // Whoever lends the dead to one that knows lends their leaves.
    let lent = lent(&b.node, &records);
    assert_eq!(a.node.take_share("movel-08", &lent).unwrap().new, 5);
    forgotten(&world, &[&a.node], &records);
    // One that knows nothing of any of it meets them too, the old device first.
    let mut c = world.spot("movel-09", &["monchique"]);
    let at = b.meet(&[]);
    c.meet(&[at]);
    until("the dead are lent to who cannot know", || {
        !planted(&c.node).is_empty()
    })
    .await;
    c.peers = None;
    a.meet(&[at]);
    until("the old device hears of it", || knows(&b.node, &records)).await;
    until("all is shared", || !a.together().is_empty()).await;
    forgotten(&world, &[&a.node, &b.node], &records);
    c.meet(&[at]);
    until("the third hears of it", || knows(&c.node, &records)).await;
    until("all is shared", || !c.together().is_empty()).await;
    forgotten(&world, &[&a.node, &b.node, &c.node], &records);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_restored_from_before_hears_of_its_own_erasures_again() {
    for knew in [true, false] {
        let world = World::new();
        let hub = world.hub(None);
        let mut spot = world.spot("movel-07", &["monchique"]);
        let other = request(&spot.node, "Outra");
        spot.connect(hub.address);
        spot.proven().await;
        let before = world.back_up(&hub.node);
        let records = plant(&spot);
        spot.proven().await;
        let after = world.back_up(&hub.node);
        hub.node.derive_arrived().unwrap();
        erase(&hub, &records);
        spot.sync_now();
        until("the spot hears of it", || knows(&spot.node, &records)).await;
        let address = hub.stop().await;
        // It has the records again, or has never had them: then only their leaves can come.
        world.restore("central", if knew { &after } else { &before });
        let hub = world.hub(Some(address));
        hub.node.begin_epoch().unwrap();
        until("the hub hears of it", || knows(&hub.node, &records)).await;
        spot.proven().await;
        forgotten(&world, &[&hub.node, &spot.node], &records);
        assert_eq!(quarantine::waiting(&hub.node.store.read()).unwrap(), 0);
        assert_eq!(heads(&hub.node, other), heads(&spot.node, other));
        // Another spot, that begins now, learns it from the feed.
        let mut new = world.spot("movel-08", &["monchique"]);
        new.connect(hub.address);
        until("the new one hears of it", || {
            knows(&new.node, &records) && heads(&new.node, other) == heads(&spot.node, other)
        })
        .await;
        forgotten(&world, &[&new.node], &records);
    }
}

fn frame_of(entries: &[Entry]) -> Vec<u8> {
    frame::pack(entries).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_but_the_hub_erases_and_a_leaf_alone_is_no_erasure() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let record = request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.proven().await;
    spot.link = None;
    let other = World::new();
    let forged = |key: &std::path::Path, certificate: &std::path::Path| {
        let erasure = Seal::load(key).unwrap().put_to(Erasure {
            record,
            at_ms: hub.node.wall_ms(),
            reason: "prazo".into(),
            seal: vec![],
            certificate: tls::certificate(certificate).unwrap().to_vec(),
        });
        let bytes = erasure.unwrap().encode();
        Entry {
            record,
            change: erasure::change_id(&bytes),
            bytes,
        }
    };
    // A spot's seal; another authority's hub; the right certificate without its seal.
    let theirs = (
        other.dir.join("central/node.key"),
        other.dir.join("central/node.crt"),
    );
    let own = (spot.dir.join("node.key"), spot.dir.join("node.crt"));
    let hubs = world.dir.join("central/node.crt");
    let all = [
        forged(&own.0, &own.1),
        forged(&theirs.0, &theirs.1),
        forged(&own.0, &hubs),
    ];
    let from = Sender {
        node: "movel-07".into(),
        scopes: vec!["monchique".into()],
    };
    for (n, entry) in (1u8..).zip(&all) {
        let id = JournalId([n; 16]);
        journal::begin(&hub.node.store.write(), id, "movel-07", false).unwrap();
        let frame = frame_of(std::slice::from_ref(entry));
        let stored = hub.node.take_frame(&from, id, 1, &frame).unwrap();
        assert_eq!((stored.held, stored.stopped), (0, Some(Stop::Quarantined)));
        let share = Share {
            scope: erasure::SCOPE.into(),
            sources: vec![Source {
                journal: id,
                index: 1,
                own: false,
            }],
            packed: frame,
        };
        let taken = spot.node.take_share("movel-66", &share).unwrap();
        assert_eq!((taken.new, taken.refused), (0, 1));
    }
    assert!(!knows(&hub.node, &[record]) && !knows(&spot.node, &[record]));
    assert!(!heads(&hub.node, record).is_empty() && !heads(&spot.node, record).is_empty());
    // A leaf alone: at the hub its author is flagged and goes on; beside another spot it is
    // refused; and who examines the hub's store sees what is missing.
    let leaf = Entry {
        record,
        change: all[0].change,
        bytes: vec![],
    };
    let id = JournalId([9; 16]);
    journal::begin(&hub.node.store.write(), id, "movel-07", false).unwrap();
    let frame = frame_of(std::slice::from_ref(&leaf));
    let stored = hub.node.take_frame(&from, id, 1, &frame).unwrap();
    assert_eq!((stored.held, stored.stopped, stored.refused), (1, None, 1));
    assert!(
        hub.spot("movel-07")
            .1
            .unwrap()
            .contains("sem o que foi escrito")
    );
    let missing = wrong(&world, &hub.node);
    assert!(
        missing
            .iter()
            .any(|w| w.contains("what was written is missing")),
        "{missing:?}"
    );
    let share = Share {
        scope: "monchique".into(),
        sources: vec![Source {
            journal: id,
            index: 1,
            own: false,
        }],
        packed: frame,
    };
    let taken = spot.node.take_share("movel-66", &share).unwrap();
    assert_eq!((taken.new, taken.refused), (0, 1));
}
