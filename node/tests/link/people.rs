//! Who may sign in at a spot is said by its hub: whoever left is gone at the next contact, what is not the hub's newest word
//! is refused, and without contact the list comes to its end.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use vereda::desk::SpotDesk;
use vereda::link::{seal::Seal, tls};
use vereda::roster;
use vereda_web::desk::port::{Desk, SignInRefusal};

use crate::world::{TestSpot, World, desk, until};

const PIN: &str = "2718";

fn member(id: &str, role: &str, regions: Option<&str>) -> String {
    let pin = vereda::staff::hash_pin(PIN).unwrap();
    let regions = regions.map_or_else(String::new, |of| format!("regions = [\"{of}\"]\n"));
    format!(
        "[[mediator]]\nid = \"{id}\"\nname = \"P {id}\"\nrole = {role}\npin = \"{pin}\"\n{regions}"
    )
}

/// The hub's list; each with a region or everywhere.
fn list(people: &[(&str, Option<&str>)]) -> String {
    let mut text = "[publish]\ndays = 30\n".to_owned();
    for region in ["monchique", "aljezur"] {
        text += &format!(
            "[[region]]\nid = \"{region}\"\nname = \"{region}\"\nscopes = [\"{region}\"]\n"
        );
    }
    for (id, regions) in people {
        text += &member(id, "[\"mediator\", \"operator\"]", *regions);
    }
    text + &member("teresa", "\"operator\"", None)
}

/// A spot with a file of its own, in which stands `before`.
fn spot(world: &World, id: &str, scope: &str) -> TestSpot {
    let own = world.dir.join(format!("{id}.toml"));
    fs::write(&own, member("before", "\"mediator\"", None)).unwrap();
    world.spot_as(id, &[scope], |config| config.staff.file = own)
}

fn names(desk: &SpotDesk) -> Vec<String> {
    desk.mediators()
        .into_iter()
        .map(|person| person.id)
        .collect()
}

/// A list as a hub seals it, by the keys in that folder.
fn sealed(
    world: &World,
    by: &str,
    (node, number, until_ms): (&str, u64, i64),
    people: &[&str],
) -> Vec<u8> {
    let keys = world.dir.join(by);
    let certificate = tls::certificate(&keys.join("node.crt")).unwrap();
    let key = Seal::load(&keys.join("node.key")).unwrap();
    let text: String = people
        .iter()
        .map(|id| member(id, "\"mediator\"", None))
        .collect();
    let now_ms = vereda::clock::now_ms();
    roster::seal(
        (node, number, until_ms),
        &text,
        (&key, &certificate),
        now_ms,
    )
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_left_is_gone_at_the_next_contact_and_their_session_with_them() {
    let world = World::new();
    let staff = world.dir.join("staff.toml");
    let all = [
        ("ana", Some("monchique")),
        ("rui", Some("aljezur")),
        ("joana", None),
    ];
    fs::write(&staff, list(&all)).unwrap();
    let hub = world.hub(None);
    let mut van = spot(&world, "van", "monchique");
    let at_van = desk(&van.node);
    // Its own file, until a hub says otherwise.
    assert_eq!(names(&at_van), ["before"]);
    let before = at_van.sign_in("before", PIN).unwrap();
    van.connect(hub.address);
    until("the van has the hub's list", || {
        names(&at_van) == ["ana", "joana"]
    })
    .await;
    assert!(
        at_van.session(&before).is_none(),
        "who is not on it is signed out"
    );
    let [ana, joana] = ["ana", "joana"].map(|id| at_van.sign_in(id, PIN).unwrap());
    assert_eq!(at_van.sign_in("teresa", PIN), Err(SignInRefusal::Unknown));
    assert_eq!(
        at_van.strip(&at_van.session(&ana).unwrap()).list_ends_in,
        None
    );

    // Ana leaves: a word in the hub's file, and the next contact.
    van.link = None;
    fs::write(&staff, list(&all[1..])).unwrap();
    assert!(at_van.session(&ana).is_some());
    van.connect(hub.address);
    until("ana is gone", || names(&at_van) == ["joana"]).await;
    assert!(at_van.session(&ana).is_none() && at_van.session(&joana).is_some());
    assert_eq!(at_van.sign_in("ana", PIN), Err(SignInRefusal::Unknown));
    // Also after a restart, without a network.
    drop(at_van);
    van.stop().await;
    let van = spot(&world, "van", "monchique");
    assert_eq!(names(&desk(&van.node)), ["joana"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_the_hubs_newest_word_is_refused_and_the_last_good_list_stays() {
    let world = World::new();
    let van = spot(&world, "van", "monchique");
    world.enrol("authority", "thief", &["monchique"]);
    let at_van = desk(&van.node);
    let later = vereda::clock::now_ms() + 86_400_000;
    let good = sealed(&world, "central", ("van", 7, later), &["ana"]);
    van.node.take_roster(&good).unwrap();
    let refused = |file: &[u8], why: &str| {
        let error = format!("{:#}", van.node.take_roster(file).unwrap_err());
        assert!(error.contains(why), "{error}");
        assert_eq!(names(&at_van), ["ana"]);
    };
    refused(&good, "does not follow");
    refused(
        &sealed(&world, "central", ("van", 6, later), &["rui"]),
        "does not follow",
    );
    refused(
        &sealed(&world, "central", ("other", 8, later), &["rui"]),
        "is for other",
    );
    let past = vereda::clock::now_ms() - 1;
    refused(
        &sealed(&world, "central", ("van", 8, past), &["rui"]),
        "over already",
    );
    refused(
        &sealed(&world, "thief", ("van", 8, later), &["rui"]),
        "no hub of this authority",
    );
    let newer = sealed(&world, "central", ("van", 8, later), &["rui"]);
    for at in [20, newer.len() / 2, newer.len() - 3] {
        let mut changed = newer.clone();
        changed[at] ^= 1;
        assert!(van.node.take_roster(&changed).is_err(), "{at}");
        assert_eq!(names(&at_van), ["ana"]);
    }
    for cut in [0, 1, 30, 200, newer.len() - 1] {
        assert!(van.node.take_roster(&newer[..cut]).is_err(), "{cut}");
    }
    // The key of that hub was revoked: it says nothing any longer.
    let print = tls::fingerprint(&tls::certificate(&world.dir.join("central/node.crt")).unwrap());
    let db = van.node.store.write();
    let revoked = "INSERT INTO revoked(record, certificate, node, since) VALUES (1, lower(?1), 'central', '2026-01-01')";
    db.execute(revoked, [&print]).unwrap();
    drop(db);
    refused(&newer, "revoked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_contact_the_list_comes_to_its_end_and_whoever_is_in_goes_on() {
    let world = World::new();
    let van = spot(&world, "van", "monchique");
    let at_van = Arc::new(desk(&van.node));
    let end = vereda::clock::now_ms() + 4_000;
    let file = sealed(&world, "central", ("van", 7, end), &["ana"]);
    van.node.take_roster(&file).unwrap();
    let ana = at_van.sign_in("ana", PIN).unwrap();
    let session = at_van.session(&ana).unwrap();
    assert_eq!(
        at_van.strip(&session).list_ends_in,
        Some(0),
        "the desk is warned"
    );
    tokio::time::sleep(Duration::from_millis(4_200)).await;
    assert_eq!(at_van.sign_in("ana", PIN), Err(SignInRefusal::ListOver));
    // In the middle of an attendance.
    let session = at_van.session(&ana).unwrap();
    at_van.begin_attendance(&session).unwrap();
    // The hub is heard again.
    let later = vereda::clock::now_ms() + 86_400_000;
    van.node
        .take_roster(&sealed(&world, "central", ("van", 8, later), &["ana"]))
        .unwrap();
    assert!(at_van.sign_in("ana", PIN).is_ok());
}
