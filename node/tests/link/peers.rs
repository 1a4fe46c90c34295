//! Spots that meet, without a hub.

use std::net::SocketAddr;
use std::time::Duration;

use vereda::authority;
use vereda::config::Peers;
use vereda::node::Node;
use vereda::store::{derived, journal, revoked};
use vereda_sync::day::Date;
use vereda_sync::exchange::frame;
use vereda_sync::exchange::message::{Share, Source};
use vereda_sync::id::{JournalId, RecordId};
use vereda_sync::journal::Entry;
use vereda_sync::record::revocation::{self, Revocation};

use crate::world::{World, changes, heads, note, request, until};

fn is_shown_at_hub(node: &Node, record: RecordId) -> bool {
    let line = derived::request(&node.store.read(), &record.to_string());
    line.unwrap().unwrap().at_hub
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_spots_without_a_hub_share_what_they_have_and_converge_while_they_are_together() {
    let world = World::new();
    let mut a = world.spot("movel-07", &["monchique"]);
    let mut b = world.spot("movel-08", &["monchique"]);
    let first = request(&a.node, "Ana");
    let second = request(&b.node, "Beatriz");
    let at = a.meet(&[]);
    b.meet(&[at]);
    until("both have all", || {
        heads(&a.node, second) == heads(&b.node, second)
            && heads(&b.node, first) == heads(&a.node, first)
            && a.together() == ["Posto movel-08"]
            && b.together() == ["Posto movel-07"]
    })
    .await;
    // It is known, and no more than that.
    assert!(!is_shown_at_hub(&b.node, first));
    for n in 0..5 {
        note(&a.node, first, &format!("de Ana {n}"));
        note(&b.node, first, &format!("de Rui {n}"));
    }
    until("the desks agree", || {
        !heads(&a.node, first).is_empty() && heads(&a.node, first) == heads(&b.node, first)
    })
    .await;
    let notes = |node: &Node| {
        let notes = node.with_document(first, |d| d.notes().len());
        notes.unwrap().unwrap()
    };
    until("each has all notes", || {
        notes(&a.node) == 10 && notes(&b.node) == 10
    })
    .await;

    // At the hub, later, each brings its own, and then it is there.
    let hub = world.hub(None);
    a.connect(hub.address);
    b.connect(hub.address);
    until("both know that it is at the hub", || {
        is_shown_at_hub(&b.node, first) && is_shown_at_hub(&a.node, second)
    })
    .await;
    assert_eq!(changes(&hub.node).0, changes(&a.node).0);
    let (all, rows) = changes(&hub.node);
    assert_eq!(all.len(), rows, "nothing came twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_the_hub_accepts_no_longer_nobody_meets_who_has_heard_of_it() {
    let world = World::new();
    let hub = world.hub(None);
    let mut a = world.spot("movel-07", &["monchique"]);
    let mut lost = world.spot("movel-08", &["monchique"]);
    let at = a.meet(&[]);
    lost.meet(&[at]);
    until("they are together", || a.together() == ["Posto movel-08"]).await;
    assert_eq!(hub.node.tell_revocations().unwrap(), 0);
    assert!(authority::revoke(&world.dir.join("authority"), "movel-08").unwrap());
    assert_eq!(hub.node.tell_revocations().unwrap(), 1);
    assert_eq!(hub.node.tell_revocations().unwrap(), 0, "it is said once");
    // What was open ends as the word comes.
    a.connect(hub.address);
    until("the word has come", || {
        revoked::known(&a.node.store.read()).unwrap() == 1
    })
    .await;
    until("the meeting has ended", || a.together().is_empty()).await;
    let after = request(&a.node, "Ana");
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(
        heads(&lost.node, after).is_empty(),
        "it is tried again, and refused"
    );
    // Who is enrolled later hears of it too; the same node under a new certificate is met.
    let mut c = world.spot("movel-09", &["monchique"]);
    c.connect(hub.address);
    until("the newcomer knows", || {
        revoked::known(&c.node.store.read()).unwrap() == 1
    })
    .await;
    lost.stop().await;
    world.enrol("authority", "movel-08", &["monchique"]);
    let mut back = world.spot("movel-08", &["monchique"]);
    back.meet(&[at]);
    until("it is met again", || a.together() == ["Posto movel-08"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_that_a_spot_makes_up_counts_for_nothing() {
    let world = World::new();
    let (mut a, mut b) = (
        world.spot("movel-07", &["monchique"]),
        world.spot("movel-08", &["monchique"]),
    );
    let said = Revocation {
        node: "movel-08".into(),
        certificate: "ab".repeat(32),
        since: Date::parse("2026-11-23").unwrap(),
    };
    let made = b
        .node
        .begin("Rui", |author, at| revocation::revoke(author, at, &said));
    let made = made.unwrap();
    let at = a.meet(&[]);
    b.meet(&[at]);
    until("a has it", || !heads(&a.node, made).is_empty()).await;
    assert_eq!(revoked::known(&a.node.store.read()).unwrap(), 0);
    assert_eq!(revoked::known(&b.node.store.read()).unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spots_find_each_other_on_the_network() {
    let world = World::new();
    let mut a = world.spot("movel-07", &["monchique"]);
    let mut b = world.spot("movel-08", &["monchique"]);
    let record = request(&b.node, "Beatriz");
    for spot in [&mut a, &mut b] {
        spot.meet_as(Peers {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            discover: true,
            interfaces: vec!["lo".into()],
            known: vec![],
        });
    }
    until("they have met", || {
        a.together() == ["Posto movel-08"] && !heads(&a.node, record).is_empty()
    })
    .await;
    b.peers = None;
    until("the other is gone", || a.together().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_spot_heard_is_passed_on_but_only_of_scopes_that_both_hold() {
    let world = World::new();
    let mut a = world.spot("movel-07", &["monchique"]);
    let mut b = world.spot("movel-08", &["monchique", "aljezur"]);
    let mut c = world.spot("casa-01", &["aljezur", "monchique"]);
    let mut d = world.spot("casa-02", &["aljezur"]);
    let of_a = request(&a.node, "Ana");
    let at = a.meet(&[]);
    b.meet(&[at]);
    until("b has it", || heads(&b.node, of_a) == heads(&a.node, of_a)).await;
    b.stop().await;
    let mut b = world.spot("movel-08", &["monchique", "aljezur"]);
    let of_c = request(&c.node, "Carla");
    let at = b.meet(&[]);
    let at_c = c.meet(&[at]);
    until("c has it from b", || {
        heads(&c.node, of_a) == heads(&a.node, of_a)
    })
    .await;
    until("b has what is of its second scope", || {
        heads(&b.node, of_c) == heads(&c.node, of_c)
    })
    .await;
    d.meet(&[at_c]);
    until("d has what is of its scope", || {
        heads(&d.node, of_c) == heads(&c.node, of_c)
    })
    .await;
    until("and all of that", || d.together() == ["Posto casa-01"]).await;
    assert!(heads(&d.node, of_a).is_empty(), "of another scope");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_and_copies_are_not_met() {
    let world = World::new();
    let mut a = world.spot("movel-07", &["monchique"]);
    let record = request(&a.node, "Ana");
    let at = a.meet(&[]);
    // Of another authority.
    authority::new(&world.dir.join("foreign"), "Outra").unwrap();
    world.enrol("foreign", "movel-08", &["monchique"]);
    let mut stranger = world.spot("movel-08", &["monchique"]);
    stranger.meet(&[at]);
    // Of no scope in common.
    let mut other = world.spot("casa-02", &["aljezur"]);
    other.meet(&[at]);
    // The same node, on a copied disk.
    let copy = world.back_up(&a.node);
    std::fs::create_dir_all(world.dir.join("copy")).unwrap();
    std::fs::copy(copy, world.dir.join("copy/vereda.db")).unwrap();
    for file in ["node.crt", "node.key", "authority.crt"] {
        let from = world.dir.join("movel-07").join(file);
        std::fs::copy(from, world.dir.join("copy").join(file)).unwrap();
    }
    let mut twin = world.spot("copy", &["monchique"]);
    twin.meet(&[at]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(a.peers.as_ref().unwrap().near().is_empty());
    assert!(heads(&stranger.node, record).is_empty());
    assert!(heads(&other.node, record).is_empty());
}

/// A share as a hostile spot would make it.
fn share(journal: JournalId, first: u64, entries: &[Entry]) -> Share {
    let sources = (first..).zip(entries);
    Share {
        scope: "monchique".into(),
        sources: sources
            .map(|(index, _)| Source {
                journal,
                index,
                own: false,
            })
            .collect(),
        packed: frame::pack(entries).unwrap(),
    }
}

fn own_entries(node: &Node) -> (JournalId, Vec<Entry>) {
    let db = node.store.read();
    let own = journal::all(&db).unwrap().remove(0);
    let entries = journal::entries(&db, own.row, 1, usize::MAX).unwrap();
    (own.id, entries)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hubs_word_counts_against_what_a_spot_shared() {
    let world = World::new();
    let hub = world.hub(None);
    let mut honest = world.spot("movel-07", &["monchique"]);
    let liar = world.spot("movel-08", &["monchique"]);
    let mut third = world.spot("casa-01", &["monchique"]);
    let record = request(&honest.node, "Ana");
    let forged = request(&liar.node, "Falsa");
    let (journal, real) = own_entries(&honest.node);
    // The liar gives out its own entries for those of the honest spot.
    let lies = share(journal, 1, &own_entries(&liar.node).1);
    let taken = third.node.take_share("movel-08", &lies).unwrap();
    assert_eq!(taken.refused, 0, "nobody here can know");
    assert!(!heads(&third.node, forged).is_empty());
    // What comes for the same place from another is kept apart.
    let truth = share(journal, 1, &real);
    let taken = third.node.take_share("movel-07", &truth).unwrap();
    assert_eq!(taken.refused, real.len() as u64);
    honest.connect(hub.address);
    honest.proven().await;
    third.connect(hub.address);
    until("the truth has come", || {
        heads(&third.node, record) == heads(&honest.node, record)
    })
    .await;
    assert!(heads(&third.node, forged).is_empty());
    let kept: i64 = {
        let db = third.node.store.read();
        db.query_row("SELECT count(DISTINCT bytes) FROM quarantine", [], |r| {
            r.get(0)
        })
        .unwrap()
    };
    assert_eq!(
        kept,
        2 * real.len() as i64,
        "both versions are kept to be looked at"
    );
    third.proven().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_spot_may_not_share_is_kept_apart_and_the_rest_taken() {
    let world = World::new();
    let a = world.spot("movel-07", &["monchique"]);
    let b = world.spot("movel-08", &["aljezur", "monchique"]);
    let theirs = request(&b.node, "Beatriz");
    let (journal, mut entries) = own_entries(&a.node);
    assert!(entries.is_empty());
    let record = request(&a.node, "Ana");
    entries = own_entries(&a.node).1;
    // A change to a record of another scope, one that is damaged, and good ones.
    a.node
        .take_share("x", &{
            let mut all = share(own_entries(&b.node).0, 1, &own_entries(&b.node).1);
            all.scope = "monchique".into();
            all
        })
        .unwrap();
    note(&a.node, theirs, "onde não devia");
    let foreign = own_entries(&a.node).1.pop().unwrap();
    let mut bad = entries[0].clone();
    bad.bytes[30] ^= 1;
    let mut all = entries.clone();
    all.extend([foreign, bad]);
    let taken = b
        .node
        .take_share("movel-07", &share(journal, 1, &all))
        .unwrap();
    assert_eq!((taken.new, taken.refused), (entries.len() as u64, 2));
    assert_eq!(heads(&b.node, record), heads(&a.node, record));
    let again = b.node.take_share("movel-07", &share(journal, 1, &entries));
    assert_eq!(again.unwrap().new, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_spot_learns_from_its_neighbour_and_uses_no_number_twice() {
    let world = World::new();
    let mut a = world.spot("movel-07", &["monchique"]);
    let mut b = world.spot("movel-08", &["monchique"]);
    request(&a.node, "Ana");
    let copy = world.back_up(&a.node);
    let lost = request(&a.node, "Beatriz");
    let at = b.meet(&[]);
    a.meet(&[at]);
    until("b has it", || heads(&b.node, lost) == heads(&a.node, lost)).await;
    a.stop().await;
    world.restore("movel-07", &copy);
    let mut a = world.spot("movel-07", &["monchique"]);
    a.meet(&[at]);
    until("its past is back", || {
        heads(&a.node, lost) == heads(&b.node, lost)
    })
    .await;
    let after = request(&a.node, "Carla");
    until("b has what was written then", || {
        heads(&b.node, after) == heads(&a.node, after)
    })
    .await;
    let hub = world.hub(None);
    a.connect(hub.address);
    a.proven().await;
    assert_eq!(changes(&hub.node).0, changes(&a.node).0);
    let (all, rows) = changes(&a.node);
    assert_eq!(all.len(), rows);
}
