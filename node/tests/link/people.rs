//! Who may sign in at a spot is said by its hub: whoever left is gone at the next contact, what is not the hub's newest word
//! is refused, and without contact the list comes to its end.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use sha2::Digest;
use vereda::desk::SpotDesk;
use vereda::link::{seal::Seal, tls};
use vereda::roster;
use vereda::store::audit;
use vereda_web::desk::port::{Desk, SignInRefusal};
use vereda_web::own_pin::{OwnPin, PinRefusal};

use crate::raw::Raw;
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

/// A list of the hub with one mediator, and somebody whose PIN opens the console too.
fn own_pins_list() -> String {
    let both = member("joana", "[\"mediator\", \"operator\"]", None);
    "[publish]\ndays = 30\n".to_owned() + &member("ana", "\"mediator\"", None) + &both
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pin_that_was_chosen_at_a_spot_holds_there_at_once_and_comes_to_the_others_by_the_hub() {
    let world = World::new();
    fs::write(world.dir.join("staff.toml"), own_pins_list()).unwrap();
    let hub = world.hub(None);
    let (mut van, mut other) = (
        spot(&world, "van", "monchique"),
        spot(&world, "other", "aljezur"),
    );
    let (at_van, at_other) = (desk(&van.node), desk(&other.node));
    van.connect(hub.address);
    other.connect(hub.address);
    until("both have the list", || {
        names(&at_van).len() == 2 && names(&at_other).len() == 2
    })
    .await;
    // Without a network.
    van.link = None;
    let change = |old: &str, new: &str| at_van.change_pin("", "ana", (old, new));
    assert!(matches!(change(PIN, "1234"), Err(PinRefusal::Weak(_))));
    let token = change(PIN, "4827").unwrap();
    assert!(at_van.session(&token).is_some());
    assert!(at_van.sign_in("ana", PIN).is_err() && at_van.sign_in("ana", "4827").is_ok());
    assert!(at_other.sign_in("ana", PIN).is_ok());
    assert_eq!(change("4827", PIN), Err(PinRefusal::Used));
    // Whose PIN opens the console changes it there: what a spot says never opens it.
    let joana = at_van.change_pin("", "joana", (PIN, "4827"));
    assert_eq!(joana, Err(PinRefusal::AtTheHub));
    // Also after a restart.
    drop(at_van);
    van.stop().await;
    let mut van = spot(&world, "van", "monchique");
    let at_van = desk(&van.node);
    assert!(at_van.sign_in("ana", "4827").is_ok());
    van.connect(hub.address);
    // Not by signing in: so many wrong PINs would lock her out.
    until("the other spot knows it", || {
        let staff = other.node.staff();
        staff.of_id("ana").is_some_and(|ana| ana.has_pin("4827"))
    })
    .await;
    assert!(at_other.sign_in("ana", "4827").is_ok());

    until("the van has it from the hub", || {
        let db = van.node.store.read();
        let left = db.query_row("SELECT count(*) FROM own_pin", [], |r| r.get::<_, i64>(0));
        left.unwrap() == 0
    })
    .await;
    assert!(at_van.sign_in("ana", "4827").is_ok());
    let db = hub.node.store.read();
    let signed_in = "SELECT count(*) FROM signed_in WHERE person = 'ana'";
    let known: i64 = db.query_row(signed_in, [], |r| r.get(0)).unwrap();
    assert_eq!(known, 1, "the hub knows that they signed in");
    let lines: Vec<String> = audit::latest(&db, "ana", None, 10)
        .unwrap()
        .into_iter()
        .map(|access| access.sought)
        .collect();
    assert_eq!(lines, ["ana: escolheu outro PIN em van"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_spot_says_of_people_is_bounded_and_opens_nothing_else() {
    let world = World::new();
    let pin = vereda::staff::hash_pin("4827").unwrap();
    let list = own_pins_list().replace(
        "name = \"P ana\"\n",
        "name = \"P ana\"\nspots = [\"elsewhere\"]\n",
    );
    fs::write(world.dir.join("staff.toml"), list).unwrap();
    let hub = world.hub(None);
    let van = spot(&world, "van", "monchique");
    let sha = |text: &str| vereda::people::hex(&sha2::Sha256::digest(text));
    let hash_of = |id: &str| {
        let text = fs::read_to_string(world.dir.join("staff.toml")).unwrap();
        let after = text
            .split(&format!("id = \"{id}\""))
            .nth(1)
            .unwrap()
            .to_owned();
        after
            .split("pin = \"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned()
    };
    let mut raw = Raw::connect(&van, &hub).await;
    let mut say = async |body: String| {
        let said = raw.blob("POST", "/v1/people/said", body.as_bytes()).await;
        said.as_u16()
    };
    let of = |id: &str, pin: &str| {
        format!(
            r#"{{"pins":[{{"person":"{id}","replaces":"{}","pin":"{pin}","at_ms":1}}],"seen":[["{id}",1]]}}"#,
            sha(&hash_of(id))
        )
    };
    for id in ["ana", "joana"] {
        assert_eq!(say(of(id, &pin)).await, 204);
    }
    assert_eq!(
        say(of("joana", "$argon2id$v=19$m=4194304,t=9,p=1$AAAA$AAAA")).await,
        204
    );
    for bad in ["", "{", "[]", r#"{"pins":[],"seen":[],"more":1}"#] {
        assert_eq!(say(bad.to_owned()).await, 400, "{bad}");
    }
    assert_eq!(say("x".repeat(300 << 10)).await, 413);
    let staff = hub.node.staff();
    for id in ["ana", "joana"] {
        assert!(staff.of_id(id).unwrap().has_pin(PIN), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_is_warned_a_week_before_the_list_ends_and_a_last_day_holds_without_a_network() {
    let world = World::new();
    let van = spot(&world, "van", "monchique");
    let at_van = desk(&van.node);
    let day = 86_400_000;
    let now_ms = vereda::clock::now_ms();
    for (number, days, warned) in [
        (7, 30, None),
        (8, 8, None),
        (9, 6, Some(5)),
        (10, 2, Some(1)),
    ] {
        let until = now_ms + days * day + 3_600_000 - if warned.is_some() { day } else { 0 };
        let file = sealed(&world, "central", ("van", number, until), &["ana"]);
        van.node.take_roster(&file).unwrap();
        let token = at_van.sign_in("ana", PIN).unwrap();
        let strip = at_van.strip(&at_van.session(&token).unwrap());
        assert_eq!(strip.list_ends_in, warned, "{days}");
    }
    // Of the list itself: whose last day was yesterday is out, whose it is today is in.
    let on = |days: i64| vereda::clock::day(now_ms + days * day);
    let keys = world.dir.join("central");
    let certificate = tls::certificate(&keys.join("node.crt")).unwrap();
    let key = Seal::load(&keys.join("node.key")).unwrap();
    let text = [("gone", on(-1)), ("today", on(0))]
        .map(|(id, last)| member(id, "\"mediator\"", None) + &format!("ends = \"{last}\"\n"))
        .concat();
    let of = ("van", 11, now_ms + 30 * day);
    let file = roster::seal(of, &text, (&key, &certificate), now_ms).unwrap();
    van.node.take_roster(&file).unwrap();
    assert_eq!(names(&at_van), ["today"]);
    assert_eq!(at_van.sign_in("gone", PIN), Err(SignInRefusal::Unknown));
}
