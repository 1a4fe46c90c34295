//! The fleet: how nodes say that they are, what happens when one is lost, and what can be recovered of its work.

use hyper::StatusCode;
use tokio::time::Instant;
use vereda::authority;
use vereda::console::HubConsole;
use vereda::store::{fleet, journal};
use vereda_sync::condition::{Battery, Condition, MAX_BYTES, Place};
use vereda_sync::record::tour::Position;
use vereda_web::console::port::{
    AlarmKind, Console, Fleet, Missing, Order, ProofAge, Wanting, Whereabout,
};
use vereda_web::desk::port::{DeskError, Link};

use crate::bundles::{ONE, at_spot, pack, read, stick};
use crate::raw::Raw;
use crate::world::{TestHub, TestSpot, World, heads, request, somebody, until};

fn told(hub: &TestHub, node: &str) -> Option<fleet::Told> {
    fleet::told(&hub.node.store.read(), node).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spot_says_how_it_is_and_the_hub_keeps_the_last_word() {
    let world = World::new();
    let hub = world.hub(None);
    let position = Position::parse("37,3184; -8,5561");
    let mut spot = world.spot_as("movel-07", &["monchique"], |config| {
        config.node.position = position;
        config.node.stop = Some("Monchique".into());
    });
    request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.proven().await;
    until("the hub knows how it is", || {
        told(&hub, "movel-07").is_some_and(|told| told.condition.unsent.changes == 0)
    })
    .await;
    let said = told(&hub, "movel-07").unwrap();
    assert_eq!(said.condition.program, env!("CARGO_PKG_VERSION"));
    assert_eq!(said.condition.catalogue, hub.node.catalogue().edition);
    assert!(said.condition.free_bytes.is_some_and(|free| free > 0));
    assert!(said.skew_ms.abs() < 60_000, "{}", said.skew_ms);
    assert!(!said.condition.attended);
    let place = said.condition.place.unwrap();
    assert_eq!(
        (place.name.as_str(), place.position, place.held_ms),
        ("Monchique", position, None)
    );
    assert_eq!(
        fleet::points(&hub.node.store.read(), "movel-07")
            .unwrap()
            .len(),
        1
    );
    // What it wrote where no hub is, the next word says before it is sent.
    spot.link = None;
    request(&spot.node, "Beatriz");
    let journals = vereda::store::journal::all(&spot.node.store.read()).unwrap();
    let size = journals.iter().find(|j| j.own).unwrap().frontier.size();
    spot.connect(hub.address);
    spot.proven().await;
    until("it says so", || {
        let db = hub.node.store.read();
        let claimed = db.query_row(
            "SELECT max(size) FROM claimed WHERE node = 'movel-07'",
            [],
            |r| r.get::<_, i64>(0),
        );
        claimed.is_ok_and(|claimed| claimed == i64::try_from(size).unwrap())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_word_is_refused_and_breaks_nothing() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    let mut raw = Raw::connect(&spot, &hub).await;
    let mut put = async |body: &[u8]| raw.blob("PUT", "/v1/condition", body).await;
    assert_eq!(put(b"").await, StatusCode::BAD_REQUEST);
    assert_eq!(put(&[0xff; 400]).await, StatusCode::BAD_REQUEST);
    assert_eq!(
        put(&vec![1; MAX_BYTES + 1]).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(told(&hub, "movel-07"), None);
    // A clock at the end of time, a battery, more journals than there are: kept as it says, and read again.
    let strange = Condition {
        program: "9.9.9".into(),
        catalogue: u32::MAX,
        wall_ms: u64::MAX,
        up_s: u64::MAX,
        battery: Some(Battery {
            percent: 100,
            on_mains: false,
        }),
        free_bytes: Some(u64::MAX),
        place: Some(Place {
            name: "<script>".into(),
            position: None,
            held_ms: Some(u64::MAX),
        }),
        ..Condition::default()
    };
    assert_eq!(put(&strange.encode()).await, StatusCode::OK);
    assert_eq!(told(&hub, "movel-07").unwrap().condition.program, "9.9.9");
    assert_eq!(put(&strange.encode()).await, StatusCode::TOO_MANY_REQUESTS);
    // A later version says more.
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    let more = [strange.encode(), vec![7; 100]].concat();
    assert_eq!(put(&more).await, StatusCode::OK);
    // Who is on no list says nothing.
    authority::revoke(&world.dir.join("authority"), "movel-07").unwrap();
    let list = world.dir.join("authority/enrolled.toml");
    std::fs::write(&list, "").unwrap();
    assert_ne!(put(&strange.encode()).await, StatusCode::OK);
}

fn console(hub: &TestHub) -> HubConsole {
    HubConsole::new(hub.node.clone())
}

/// What is missing of a node, as the console shows it.
fn missing(hub: &TestHub, node: &str) -> Vec<Missing> {
    console(hub)
        .fleet_node(&somebody("carla"), node)
        .unwrap()
        .missing
}

fn refused(done: Result<(), DeskError>) -> String {
    match done {
        Err(DeskError::NotNow(why)) => why,
        other => panic!("{other:?}"),
    }
}

/// Two people say that it is lost.
fn give_up(hub: &TestHub, node: &str) {
    let console = console(hub);
    console
        .report_lost(&somebody("carla"), node, "furtado")
        .unwrap();
    console.agree_lost(&somebody("rui"), node).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_node_needs_two_people_and_its_open_connection_is_cut() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.proven().await;
    let mut raw = Raw::connect(&spot, &hub).await;
    assert_eq!(
        raw.blob("GET", "/v1/archives/00", b"").await,
        StatusCode::BAD_REQUEST
    );
    let (carla, rui, console) = (somebody("carla"), somebody("rui"), console(&hub));
    assert!(refused(console.report_lost(&carla, "movel-07", " ")).contains("o que aconteceu"));
    assert!(refused(console.agree_lost(&rui, "movel-07")).contains("Ninguém diz"));
    console
        .report_lost(&carla, "movel-07", "furtado esta noite")
        .unwrap();
    assert!(
        refused(console.report_lost(&rui, "movel-07", "outra vez")).contains("Alguém já o disse")
    );
    assert!(refused(console.agree_lost(&carla, "movel-07")).contains("outra pessoa"));
    // One person alone cuts nobody off; who was wrong takes it back.
    console.not_lost(&carla, "movel-07").unwrap();
    console
        .report_lost(&carla, "movel-07", "furtado esta noite")
        .unwrap();
    assert!(!raw.is_closed() && spot.link() == Link::Up);
    let agreed = Instant::now();
    console.agree_lost(&rui, "movel-07").unwrap();
    until("the open connection is cut", || raw.is_closed()).await;
    // A figure for people, not an assertion: machines of tests are slow when they like.
    println!("cut after {} ms", agreed.elapsed().as_millis());
    spot.refused().await;
    let view = console.fleet_node(&carla, "movel-07").unwrap();
    assert!(!view.is_enrolled && view.row.age == ProofAge::Revoked);
    assert_eq!(view.loss.unwrap().agreed.unwrap().0, "Pessoa rui");
    assert!(refused(console.not_lost(&carla, "movel-07")).contains("não se desfaz"));
    // The list says it too. And where an older copy of the list is put back, the hub still knows.
    let list = world.dir.join("authority/enrolled.toml");
    let text = std::fs::read_to_string(&list).unwrap();
    assert!(text.contains("revoked"), "{text}");
    let lines = text.lines().filter(|line| !line.starts_with("revoked"));
    std::fs::write(&list, lines.collect::<Vec<_>>().join("\n")).unwrap();
    request(&spot.node, "Beatriz");
    spot.link = None;
    spot.connect(hub.address);
    assert!(spot.refused().await.contains("já não está inscrito"));
    assert!(hub.spot("movel-07").1.unwrap().contains("quarentena"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_lost_node_wrote_is_named_entry_by_entry_and_comes_from_who_has_it() {
    let world = World::new();
    let hub = world.hub(None);
    let mut lost = world.spot("movel-07", &["monchique"]);
    let mut peer = world.spot("movel-08", &["monchique"]);
    let mut carrier = world.spot("movel-09", &["aljezur"]);
    request(&lost.node, "Ana");
    lost.connect(hub.address);
    peer.connect(hub.address);
    lost.proven().await;
    peer.proven().await;
    (lost.link, peer.link) = (None, None);
    // Where no hub is, one spot hears of the second request; a stick takes the third to another; nobody has the fourth.
    let heard = request(&lost.node, "Beatriz");
    let at = lost.meet(&[]);
    peer.meet(&[at]);
    until("the other has heard", || {
        heads(&peer.node, heard) == heads(&lost.node, heard)
    })
    .await;
    (lost.peers, peer.peers) = (None, None);
    let held = |hub: &TestHub| {
        let journals = journal::of_node(&hub.node.store.read(), "movel-07").unwrap();
        journals.iter().map(|j| j.frontier.size()).sum::<u64>()
    };
    let here = held(&hub);
    let of_heard = own_size(&lost) - here;
    let carried = request(&lost.node, "Carla");
    let parts = read(&pack(&lost, &stick(&world, "stick"), ONE).parts);
    assert_eq!(parts.len(), 1);
    at_spot(&carrier, &parts[0]).unwrap();
    let packed = own_size(&lost);
    give_up(&hub, "movel-07");
    // The hub hears of all that from who has it, and asks for it.
    carrier.connect(hub.address);
    peer.connect(hub.address);
    until("what was heard is brought", || {
        heads(&hub.node, heard) == heads(&lost.node, heard)
    })
    .await;
    until("it says so", || {
        let all = missing(&hub, "movel-07");
        let recovered = all.iter().filter(|m| m.place == Whereabout::Recovered);
        recovered.map(|m| m.last - m.first + 1).sum::<u64>() == of_heard
    })
    .await;
    // What was carried sealed is in quarantine, all of it: its author was revoked before it came.
    until("what was carried has come", || {
        missing(&hub, "movel-07")
            .iter()
            .any(|m| m.place == Whereabout::Aside)
    })
    .await;
    let all = missing(&hub, "movel-07");
    assert_eq!(all.first().unwrap().first, here + 1, "{all:?}");
    assert_eq!(all.last().unwrap().last, packed, "{all:?}");
    assert!(
        all.iter().all(|m| m.place != Whereabout::Nowhere),
        "{all:?}"
    );
    assert!(heads(&hub.node, carried).is_empty());
    // What it wrote last it says itself, should it ever come: and then it is here, set aside.
    request(&lost.node, "Duarte");
    lost.connect(hub.address);
    lost.refused().await;
    let all = missing(&hub, "movel-07");
    assert_eq!(all.last().unwrap().last, own_size(&lost), "{all:?}");
    assert_eq!(all.last().unwrap().place, Whereabout::Aside, "{all:?}");
}

fn own_size(spot: &TestSpot) -> u64 {
    let journals = journal::all(&spot.node.store.read()).unwrap();
    journals
        .iter()
        .filter(|j| j.own)
        .map(|j| j.frontier.size())
        .sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alarms_are_counted_taken_in_hand_and_come_back_when_they_get_worse() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    world.spot("loule-2", &["monchique"]);
    let (console, carla) = (console(&hub), somebody("carla"));
    let mut raw = Raw::connect(&spot, &hub).await;
    let mut say = async |free_bytes: u64| {
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        let low = Condition {
            program: env!("CARGO_PKG_VERSION").into(),
            catalogue: hub.node.catalogue().edition,
            wall_ms: hub.node.wall_ms(),
            free_bytes: Some(free_bytes),
            ..Condition::default()
        };
        assert_eq!(
            raw.blob("PUT", "/v1/condition", &low.encode()).await,
            StatusCode::OK
        );
    };
    say(1 << 30).await;
    let alarms = |wanted: &Wanting| console.fleet(wanted).unwrap();
    let view = alarms(&Wanting::default());
    assert_eq!((view.all, view.open, view.in_hand), (2, 1, 0));
    assert_eq!(
        view.rows[0].id, "movel-07",
        "what needs somebody comes first"
    );
    assert_eq!(view.alarms[0].alarm.kind, AlarmKind::Disk(1 << 30));
    until("the frame counts it", || console.summary().alarms == 1).await;
    assert!(refused(console.take_alarm(&carla, "movel-07", "disco", "")).contains("vai fazer"));
    assert!(
        refused(console.take_alarm(&carla, "movel-07", "bateria", "vou lá")).contains("já passou")
    );
    console
        .take_alarm(&carla, "movel-07", "disco", "telefonei")
        .unwrap();
    let view = alarms(&Wanting::default());
    assert_eq!(
        (view.open, view.in_hand, console.summary().alarms),
        (0, 1, 0)
    );
    // A little less is the same; a quarter of it is worse.
    say(900 << 20).await;
    assert_eq!(alarms(&Wanting::default()).open, 0);
    say(100 << 20).await;
    assert_eq!(alarms(&Wanting::default()).open, 1);
    let of = |text: &str, alarmed: bool| {
        let wanting = Wanting {
            text: text.into(),
            alarmed,
            ..Wanting::default()
        };
        alarms(&wanting)
            .rows
            .into_iter()
            .map(|row| row.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("LOULE", false), ["loule-2"]);
    assert_eq!(of("", true), ["movel-07"]);
    assert!(of("nada assim", false).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_nodes_are_one_page_of_a_hundred() {
    let world = World::new();
    let hub = world.hub(None);
    let entry = |n: u32| {
        format!(
            "[[node]]\nid = \"posto-{n:04}\"\nrole = \"spot\"\nscopes = [\"monchique\"]\nfingerprint = \"{n:064x}\"\nenrolled = \"{}\"\n",
            vereda::clock::today()
        )
    };
    let list: String = (0..1_000).map(entry).collect();
    std::fs::write(&hub.config.enrolled, list).unwrap();
    {
        let db = hub.node.store.write();
        let tx = db.unchecked_transaction().unwrap();
        for n in 0..1_000_u64 {
            let said = Condition {
                unsent: vereda_sync::condition::Unsent {
                    changes: n,
                    ..Default::default()
                },
                ..Condition::default()
            };
            fleet::keep(&tx, &format!("posto-{n:04}"), &said, hub.node.now_ms()).unwrap();
        }
        tx.commit().unwrap();
    }
    let console = console(&hub);
    let wanting = Wanting {
        order: Order::Unsent,
        page: 1,
        ..Wanting::default()
    };
    let begun = Instant::now();
    let view = console.fleet(&wanting).unwrap();
    println!(
        "a page of a thousand nodes took {} ms",
        begun.elapsed().as_millis()
    );
    assert_eq!((view.rows.len(), view.found, view.pages), (100, 1_000, 10));
    assert_eq!(view.rows[0].how.as_ref().unwrap().unsent, 899);
    assert!(view.alarms.len() <= 9);
    // What makes it reads every table once, by its key or whole: none is read once for each node.
    let plan = |sql: &str| -> String {
        let db = hub.node.store.read();
        let mut rows = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = rows.query_map([], |r| r.get::<_, String>(3)).unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    };
    let one = plan("SELECT at FROM condition WHERE node = 'posto-0001'");
    assert!(one.contains("PRIMARY KEY"), "{one}");
    let past =
        plan("SELECT at FROM condition_past WHERE node = 'posto-0001' ORDER BY at DESC LIMIT 336");
    assert!(
        past.contains("PRIMARY KEY") && !past.contains("TEMP B-TREE"),
        "{past}"
    );
    let heard = plan("SELECT idx FROM heard_at WHERE journal = x'00' ORDER BY idx LIMIT 9");
    assert!(
        heard.contains("PRIMARY KEY") && !heard.contains("TEMP B-TREE"),
        "{heard}"
    );
}
