//! What is set aside: the work of who was revoked or may write less than before, and records
//! that wait for what is not here.

use std::collections::BTreeMap;

use vereda::authority;
use vereda::bundle::intake::Outcome;
use vereda::commands::quarantine::{Line, inclusion, lines};
use vereda::console::HubConsole;
use vereda::node::{MAX_PARKED, Node, Sender, Stop};
use vereda::store::{journal, parked, quarantine};
use vereda_sync::exchange::frame;
use vereda_sync::hlc::Hlc;
use vereda_sync::id::{JournalId, RecordId};
use vereda_sync::journal::{Entry, proof};
use vereda_sync::record::document::Author;
use vereda_sync::record::request as record;

use vereda_web::console::port::{Cause, Console, Settle};
use vereda_web::desk::port::{Person, Session};

use crate::bundles::{ONE, at_hub, pack, read, stick, unsent, wrong};
use crate::world::{TestHub, TestSpot, World, changes, heads, note, request, until};

fn aside(node: &Node) -> Vec<Line> {
    lines(&node.store, None, false, 1_000).unwrap()
}

fn carla() -> Session {
    let (id, name) = ("carla".to_owned(), "Carla".to_owned());
    Session {
        id: "1".into(),
        person: Person { id, name },
        desk: String::new(),
    }
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

fn sender(node: &str, scopes: &[&str]) -> Sender {
    Sender {
        node: node.into(),
        scopes: scopes.iter().map(|s| (*s).into()).collect(),
    }
}

/// A spot whose first request is at the hub, and that was revoked before the second.
async fn revoked(world: &World, hub: &TestHub) -> (TestSpot, RecordId) {
    let mut spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.proven().await;
    spot.link = None;
    assert!(authority::revoke(&world.dir.join("authority"), "movel-07").unwrap());
    assert!(!authority::revoke(&world.dir.join("authority"), "movel-07").unwrap());
    let record = request(&spot.node, "Beatriz");
    (spot, record)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_work_of_a_revoked_node_goes_into_quarantine_proven_record_by_record() {
    let world = World::new();
    let hub = world.hub(None);
    let mut other = world.spot("movel-08", &["monchique"]);
    let (mut spot, record) = revoked(&world, &hub).await;
    let before = changes(&hub.node);
    for _ in 0..2 {
        // The second time, nothing is new, and it hears the same.
        spot.connect(hub.address);
        let why = spot.refused().await;
        assert!(
            why.contains("quarentena 4 alterações") && why.contains("já não está inscrito"),
            "{why}"
        );
        spot.link = None;
    }
    // Nothing of it is more final than it is, on either side.
    assert_eq!(changes(&hub.node), before);
    assert_eq!(unsent(&spot.node), 4);
    assert!(!spot.is_proven());
    other.connect(hub.address);
    other.proven().await;
    assert!(heads(&other.node, record).is_empty() && heads(&hub.node, record).is_empty());
    // It is there, under the node's own seal, each change with its way to the sealed root.
    let held = aside(&hub.node);
    assert_eq!(held.len(), 4);
    let (word, _) = {
        let db = hub.node.store.read();
        quarantine::seal(&db, held[0].held.journal.unwrap())
            .unwrap()
            .unwrap()
    };
    for Line { held, covered } in &held {
        assert!(*covered && held.reason.contains("revoked"), "{held:?}");
        let path = inclusion(&hub.node.store, held.journal.unwrap(), held.index);
        let (record, change) = (held.record.unwrap(), held.change.unwrap());
        assert!(proof::is_included(
            vereda_sync::journal::leaf(record, change),
            held.index,
            (word.head.size, word.head.root),
            &path.unwrap().unwrap()
        ));
    }
    assert!(held.iter().any(|l| l.held.record == Some(record)));
    let shown = HubConsole::new(hub.node.clone()).aside().unwrap();
    assert_eq!(shown.len(), 4);
    assert!(
        shown
            .iter()
            .all(|row| row.cause == Cause::Revoked && row.covered && row.spot == "Posto movel-07")
    );
    let trouble = hub.spot("movel-07").1.unwrap();
    assert!(trouble.contains("4 alterações"), "{trouble}");
    green(&world, &[&hub.node, &spot.node]);
    // Changed on the hub's disk, it is found.
    let sql = |statement: &str| hub.node.store.write().execute_batch(statement).unwrap();
    sql("UPDATE quarantine SET bytes = CAST(bytes || x'00' AS BLOB) WHERE quarantine = 2");
    assert_eq!(wrong(&world, &hub.node).len(), 1);
    sql("UPDATE quarantine SET bytes = substr(bytes, 1, length(bytes) - 1) WHERE quarantine = 2");

    // An operator releases it: it goes the ordinary way, and reaches the others.
    let released = hub
        .node
        .release(&sender("movel-07", &["monchique"]), "carla")
        .unwrap();
    assert_eq!((released.entries, released.left.len()), (4, 0));
    assert_eq!(heads(&hub.node, record), heads(&spot.node, record));
    other.sync_now();
    until("it reaches the others", || {
        heads(&other.node, record) == heads(&spot.node, record)
    })
    .await;
    assert!(aside(&hub.node).is_empty());
    green(&world, &[&hub.node, &other.node]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enrolled_again_a_node_delivers_itself_what_was_in_quarantine() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut spot, record) = revoked(&world, &hub).await;
    spot.connect(hub.address);
    spot.refused().await;
    spot.link = None;
    assert_eq!(aside(&hub.node).len(), 4);
    world.enrol("authority", "movel-07", &["monchique"]);
    spot.connect(hub.address);
    spot.proven().await;
    assert_eq!(heads(&hub.node, record), heads(&spot.node, record));
    assert!(aside(&hub.node).is_empty());
    green(&world, &[&hub.node, &spot.node]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bundle_of_a_revoked_author_goes_into_the_same_quarantine() {
    let world = World::new();
    let hub = world.hub(None);
    let (mut spot, _) = revoked(&world, &hub).await;
    let part = read(&pack(&spot, &stick(&world, "stick"), ONE).parts).remove(0);
    for new in [4, 0] {
        match at_hub(&hub, &part).unwrap() {
            Outcome::Impounded { entries, .. } => assert_eq!(entries, new),
            other => panic!("{other}"),
        }
    }
    let held = aside(&hub.node);
    assert!(held.len() == 4 && held.iter().all(|l| l.covered));
    // Over the link it is the same, and not there twice.
    spot.connect(hub.address);
    spot.refused().await;
    assert_eq!(aside(&hub.node).len(), 4);
    // What is rejected is kept, with the reason.
    assert!(hub.node.reject("movel-07", "Carla", " ").is_err());
    let reason = "furtado".to_owned();
    HubConsole::new(hub.node.clone())
        .settle_aside(&carla(), "movel-07", Settle::Reject { reason })
        .unwrap();
    assert!(aside(&hub.node).is_empty());
    let all = lines(&hub.node.store, Some("movel-07"), true, 1_000).unwrap();
    assert!(all.iter().all(|l| {
        let verdict = l.held.verdict.as_deref();
        l.held.bytes > 0 && verdict == Some("rejected by Carla: furtado")
    }));
    green(&world, &[&hub.node]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_24_a_change_outside_the_scope_is_set_aside_and_nobody_waits_for_it() {
    let world = World::new();
    let hub = world.hub(None);
    let mut owner = world.spot("fixo-01", &["aljezur"]);
    let theirs = request(&owner.node, "Ana");
    owner.connect(hub.address);
    owner.proven().await;
    let mut spot = world.spot("movel-07", &["monchique", "aljezur"]);
    spot.connect(hub.address);
    until("the feed arrives", || !heads(&spot.node, theirs).is_empty()).await;
    spot.link = None;
    // While it is away it may write less than before.
    note(&spot.node, theirs, "fora do âmbito");
    let ours = request(&spot.node, "Beatriz");
    world.enrol("authority", "movel-07", &["monchique"]);
    let before = heads(&hub.node, theirs);
    spot.connect(hub.address);
    spot.receipted().await;
    // What comes behind it is not dammed.
    until("the rest is there", || {
        heads(&hub.node, ours) == heads(&spot.node, ours)
    })
    .await;
    assert_eq!(heads(&hub.node, theirs), before);
    let held = aside(&hub.node);
    assert_eq!((held.len(), held[0].held.record), (1, Some(theirs)));
    assert!(held[0].covered, "its author sealed it");
    spot.sync_now();
    until("the link is up", || {
        spot.link() == vereda_web::desk::port::Link::Up
    })
    .await;
    assert!(hub.spot("movel-07").1.is_some(), "an operator must look");
    owner.sync_now();
    note(&owner.node, theirs, "continua");
    owner.proven().await;
    green(&world, &[&hub.node, &spot.node, &owner.node]);
    // The body gone, it is found that it is.
    hub.node
        .store
        .write()
        .execute_batch(
            "CREATE TABLE k AS SELECT * FROM quarantine; DELETE FROM quarantine WHERE cause = 'scope'",
        )
        .unwrap();
    assert!(wrong(&world, &hub.node)[0].contains("what was written is missing"));
    hub.node
        .store
        .write()
        .execute_batch("INSERT INTO quarantine SELECT * FROM k; DROP TABLE k")
        .unwrap();
    // Released for both scopes it takes its place, and reaches the owner.
    let narrow = hub.node.release(&sender("movel-07", &["monchique"]), "c");
    assert_eq!(narrow.unwrap().left.len(), 1);
    HubConsole::new(hub.node.clone())
        .settle_aside(&carla(), "movel-07", Settle::Release)
        .unwrap();
    assert!(aside(&hub.node).is_empty());
    owner.sync_now();
    until("it reaches the owner", || {
        heads(&owner.node, theirs).len() == 2 && heads(&hub.node, theirs).len() == 2
    })
    .await;
    green(&world, &[&hub.node, &owner.node]);
}

/// A record with two changes, of which the second builds on the first.
fn built(n: u64) -> [Entry; 2] {
    let author = Author {
        actor: [7; 16],
        node: "movel-07".into(),
        spot: "Posto".into(),
        stop: None,
        person: "ana.m".into(),
        clock_sure: true,
        zone: None,
    };
    let at = |more| Hlc::new(1_700_000_000_000 + n * 10 + more, 0);
    let begun = record::begin(
        &author,
        at(0),
        ("residence", 1),
        RecordId([1; 32]),
        &BTreeMap::new(),
    );
    let (mut document, first) = begun.unwrap();
    let second = record::note(&mut document, &author, at(1), "nota").unwrap();
    let id = RecordId::from(first.change);
    [first, second].map(|written| Entry {
        record: id,
        change: written.change,
        bytes: written.bytes,
    })
}

/// The hub takes entries of that spot, until it stops.
fn send(hub: &Node, node: &str, id: JournalId, entries: &[Entry]) -> Option<Stop> {
    let from = sender(node, &["monchique"]);
    let known = journal::find(&hub.store.read(), id).unwrap();
    let held = known.map_or_else(
        || {
            journal::begin(&hub.store.write(), id, node, false).unwrap();
            0
        },
        |j| usize::try_from(j.frontier.size()).unwrap(),
    );
    let mut rest = &entries[held..];
    let mut first = held as u64 + 1;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(frame::fitting(rest));
        let stored = hub.take_frame(&from, id, first, &frame::pack(now).unwrap());
        let stopped = stored.unwrap().stopped;
        if stopped.is_some() {
            return stopped;
        }
        first += now.len() as u64;
        rest = later;
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_23_dependency_missing_forever_is_parked_and_alarmed_until_it_arrives_after_all() {
    let world = World::new();
    let hub = world.hub(None);
    let (one, two) = (JournalId([1; 16]), JournalId([2; 16]));
    let [first, second] = built(0);
    let id = first.record;
    assert_eq!(
        send(&hub.node, "movel-08", one, std::slice::from_ref(&second)),
        None
    );
    hub.node.derive_arrived().unwrap();
    let waiting = || parked::list(&hub.node.store.read(), 10).unwrap();
    let [(record, whose, since)] = &waiting()[..] else {
        panic!("{:?}", waiting())
    };
    assert_eq!((*record, whose.as_str()), (id, "movel-08"));
    // The alarm: doctor, console and the list have it, with its age.
    let (count, oldest) = parked::figures(&hub.node.store.read()).unwrap();
    assert_eq!((count, oldest), (1, Some(*since)));
    let console = HubConsole::new(hub.node.clone());
    let summary = console.summary();
    assert_eq!(summary.parked, 1);
    assert_eq!(summary.oldest_parked.map(|m| m.unix_ms), Some(*since));
    // What is kept is kept: nothing is missing from the journal, and others are served.
    green(&world, &[&hub.node]);
    let [other, _] = built(1);
    assert_eq!(
        send(&hub.node, "movel-07", two, std::slice::from_ref(&other)),
        None
    );
    hub.node.derive_arrived().unwrap();
    assert!(!heads(&hub.node, other.record).is_empty());
    assert_eq!(waiting().len(), 1);
    // It arrives after all, from elsewhere, and the record is derived by itself.
    assert_eq!(send(&hub.node, "movel-07", two, &[other, first]), None);
    hub.node.derive_arrived().unwrap();
    assert_eq!(waiting(), []);
    assert_eq!(heads(&hub.node, id), [second.change]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_23_what_waits_is_bounded_and_the_journal_goes_on_once_there_is_room() {
    let world = World::new();
    let hub = world.hub(None);
    let (one, two) = (JournalId([1; 16]), JournalId([2; 16]));
    let records: Vec<[Entry; 2]> = (0..MAX_PARKED + 20).map(built).collect();
    let (firsts, seconds): (Vec<Entry>, Vec<Entry>) = records
        .into_iter()
        .map(|[first, second]| (first, second))
        .unzip();
    assert_eq!(
        send(&hub.node, "movel-08", one, &seconds),
        Some(Stop::Parked)
    );
    hub.node.derive_arrived().unwrap();
    let figures = || parked::figures(&hub.node.store.read()).unwrap().0;
    assert_eq!(figures(), MAX_PARKED);
    let trouble = hub.spot("movel-08").1.unwrap();
    assert!(
        trouble.contains("o diário espera na alteração 1001"),
        "{trouble}"
    );
    // Others are served, and what the first waits for comes from one of them.
    assert_eq!(send(&hub.node, "movel-07", two, &firsts[..50]), None);
    hub.node.derive_arrived().unwrap();
    assert_eq!(figures(), MAX_PARKED - 50);
    assert_eq!(send(&hub.node, "movel-08", one, &seconds), None);
    hub.node.derive_arrived().unwrap();
    assert_eq!(figures(), MAX_PARKED - 30);
    assert_eq!(send(&hub.node, "movel-07", two, &firsts), None);
    hub.node.derive_arrived().unwrap();
    assert_eq!(figures(), 0);
}
