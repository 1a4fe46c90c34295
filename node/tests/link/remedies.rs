//! What the hub tells single nodes to do: numbered, bound to versions, done once; what became of it; and what a node sends to
//! help find a fault, in which nothing of people is.

use vereda::authority;
use vereda::bundle::{door, export};
use vereda::console::HubConsole;
use vereda::errands::Bag;
use vereda::link::seal::Seal;
use vereda::link::tls;
use vereda::orders::{Kind, Order, State, Word};
use vereda::store::{errands, fleet, orders};
use vereda::updates::Version;
use vereda::{commands, diagnosis};
use vereda_web::console::port::{Console, OrderEnd, OrderRow, Ordering, Remedy};
use vereda_web::desk::port::{DeskError, Link, Sticks};

use base64::Engine;

use crate::enrol::signing;
use crate::purged::archived;
use crate::world::{TestHub, TestSpot, World, desk, request, request_of, somebody, until};

fn console(hub: &TestHub) -> HubConsole {
    HubConsole::new(hub.node.clone())
}

fn latest(hub: &TestHub) -> OrderRow {
    let all = console(hub).orders(&somebody("carla"), "movel-07");
    all.unwrap().remove(0)
}

async fn ended(hub: &TestHub) -> (OrderEnd, String) {
    until("the order ended", || latest(hub).ended.is_some()).await;
    let one = latest(hub);
    (one.ended.unwrap().0, one.says)
}

fn give(hub: &TestHub, kind: Remedy) {
    console(hub)
        .order(&somebody("carla"), "movel-07", kind, "É preciso.")
        .unwrap();
}

fn why<T: std::fmt::Debug>(done: Result<T, DeskError>) -> String {
    match done {
        Err(DeskError::NotNow(why)) => why,
        other => panic!("{other:?}"),
    }
}

async fn connected(world: &World, hub: &TestHub) -> TestSpot {
    let mut spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.proven().await;
    spot
}

/// Orders are asked for after an exchange.
async fn asks(spot: &TestSpot) {
    spot.sync_now();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    spot.sync_now();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_remedy_is_done_once_and_its_outcome_comes_back() {
    let world = World::new();
    let hub = signing(&world);
    let spot = connected(&world, &hub).await;
    let counted = |what: &str| -> i64 {
        let db = spot.node.store.read();
        db.query_row(&format!("SELECT count(*) FROM {what}"), [], |r| r.get(0))
            .unwrap()
    };
    let before = counted("request");
    for kind in [Remedy::Resync, Remedy::Rebuild, Remedy::Diagnose] {
        give(&hub, kind);
        assert!(
            why(console(&hub).order(&somebody("vasco"), "movel-07", kind, ""))
                .contains("já está dada")
        );
        asks(&spot).await;
        let (end, says) = ended(&hub).await;
        assert_eq!(end, OrderEnd::Done, "{kind:?}: {says}");
        assert!(latest(&hub).heard.is_some());
    }
    spot.proven().await;
    assert_eq!(counted("request"), before);
    assert!(latest(&hub).has_diagnosis);
    // There is nothing newer: said so, and not asked for ever.
    give(&hub, Remedy::Update);
    asks(&spot).await;
    let (end, says) = ended(&hub).await;
    assert_eq!(end, OrderEnd::Done);
    assert!(says.contains("não há versão mais nova"), "{says}");
    // A new key, whose certificate takes the place of the older.
    let key = std::fs::read(spot.dir.join("node.key")).unwrap();
    give(&hub, Remedy::Rotate);
    asks(&spot).await;
    assert_eq!(ended(&hub).await.0, OrderEnd::Done);
    assert_ne!(std::fs::read(spot.dir.join("node.key")).unwrap(), key);
    request(&spot.node, "Beatriz");
    spot.proven().await;
    until("the older key is good no longer", || {
        let list = std::fs::read_to_string(world.dir.join("authority/enrolled.toml")).unwrap();
        list.matches("id = \"movel-07\"").count() == 1
    })
    .await;
    assert_eq!(counted("order_taken"), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_for_another_of_another_version_older_or_forged_is_not_done() {
    let world = World::new();
    let hub = signing(&world);
    let spot = world.spot("movel-07", &["monchique"]);
    let (seal, certificate) = (
        Seal::load(&hub.config.key).unwrap(),
        tls::certificate(&hub.config.certificate).unwrap(),
    );
    let own = Version::own();
    let order = Order {
        node: "movel-07".into(),
        number: 7,
        kind: Kind::Rebuild,
        at_once: false,
        from: own,
        to: own,
    };
    let now_ms = hub.node.now_ms();
    let sealed = |order: &Order| order.seal((&seal, certificate.as_ref()), now_ms).unwrap();
    let refused = |file: &[u8]| match spot.node.take_order(file) {
        Ok(number) => panic!("it took {number}"),
        Err(error) => format!("{error:#}"),
    };
    let other = Order {
        node: "movel-08".into(),
        ..order.clone()
    };
    assert!(refused(&sealed(&other)).contains("is for movel-08"));
    // Sealed by a spot: no hub said so.
    let (own_seal, own_certificate) = (
        Seal::load(&spot.dir.join("node.key")).unwrap(),
        tls::certificate(&spot.dir.join("node.crt")).unwrap(),
    );
    let forged = order
        .seal((&own_seal, own_certificate.as_ref()), now_ms)
        .unwrap();
    assert!(refused(&forged).contains("no hub"));
    let good = sealed(&order);
    for at in (0..good.len()).step_by(7) {
        let mut torn = good.clone();
        torn[at] ^= 1;
        refused(&torn);
        refused(&good[..at]);
    }
    assert_eq!(spot.node.take_order(&good).unwrap(), 7);
    // Once, and only forward.
    assert!(refused(&good).contains("does not follow"));
    let older = Order {
        number: 6,
        ..order.clone()
    };
    assert!(refused(&sealed(&older)).contains("does not follow"));
    // Of another version: kept, not done, and said so.
    let newer = Version::parse("9.0.0").unwrap();
    let later = Order {
        number: 8,
        from: newer,
        to: newer,
        ..order
    };
    spot.node.take_order(&sealed(&later)).unwrap();
    let taken = orders::taken(&spot.node.store.read()).unwrap();
    assert_eq!(taken[0].state, State::Heard.code());
    assert_eq!(taken[1].state, State::Refused.code());
    assert!(taken[1].why.contains("9.0.0"), "{}", taken[1].why);
    // What a node says of an order that it was never given, or in another's name, the hub does not take.
    let word = taken[1].word.clone().unwrap();
    assert!(hub.node.take_word(&word).is_err());
    let said = Word {
        node: "movel-08".into(),
        number: 8,
        state: State::Done,
        why: String::new(),
    };
    let lied = said
        .seal(b"", (&own_seal, own_certificate.as_ref()), now_ms)
        .unwrap();
    let root = world.dir.join("authority/authority.crt");
    assert!(Word::open(&lied, &root).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_diagnosis_says_nothing_of_people() {
    let world = World::new();
    let hub = signing(&world);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let known = [("nif", "123456789"), ("email", "gertrudes@exemplo.pt")];
    let id = request_of(&spot.node, ("residence", "Gertrudes Quintanilha"), &known);
    spot.connect(hub.address);
    spot.proven().await;
    give(&hub, Remedy::Diagnose);
    asks(&spot).await;
    let (end, _) = ended(&hub).await;
    assert_eq!(end, OrderEnd::Done);
    let number = latest(&hub).number;
    let console = console(&hub);
    let packed = console
        .diagnosis(&somebody("carla"), "movel-07", number)
        .unwrap();
    assert!(packed.len() <= 1 << 20);
    let text = zstd::bulk::decompress(&packed, 8 << 20).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.contains("[tables]") && text.contains("request 1"),
        "{text}"
    );
    let number_of: String = {
        let db = spot.node.store.read();
        db.query_row(
            "SELECT coalesce(max(number), 'none') FROM request",
            [],
            |r| r.get(0),
        )
        .unwrap()
    };
    let id = id.to_string();
    let secret = std::fs::read_to_string(spot.dir.join("node.key")).unwrap();
    for of_people in [
        "Gertrudes",
        "Quintanilha",
        "123456789",
        "exemplo.pt",
        &id[..16],
        number_of.as_str(),
        secret.lines().nth(1).unwrap(),
        world.dir.to_str().unwrap(),
    ] {
        assert!(!text.contains(of_people), "{of_people} in {text}");
    }
    // That it was fetched is written down.
    let seen: i64 = {
        let db = hub.node.store.read();
        db.query_row("SELECT count(*) FROM audit", [], |r| r.get(0))
            .unwrap()
    };
    assert!(seen > 0);
    assert!(
        console
            .diagnosis(&somebody("carla"), "movel-07", 1)
            .is_err()
    );
    // The same, by hand, as a file.
    let file = world.dir.join("d.zst");
    let config = spot.node.config.clone();
    spot.stop().await;
    commands::diagnose::run(config, &file).unwrap();
    assert!(std::fs::metadata(&file).unwrap().len() > 100);
    assert!(diagnosis::redacted("o cidadão Gertrudes 123").contains('…'));
}

/// Whether any of these bytes stand in the store's files.
fn holds(spot: &TestSpot, text: &str) -> bool {
    let db = spot.node.store.read();
    let mut found = false;
    for table in ["attendance", "request", "who"] {
        let sql = format!("SELECT * FROM {table}");
        let mut rows = db.prepare(&sql).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for at in 0..columns {
                if let rusqlite::types::ValueRef::Text(bytes)
                | rusqlite::types::ValueRef::Blob(bytes) = row.get_ref(at).unwrap()
                {
                    found |= bytes.windows(text.len()).any(|w| w == text.as_bytes());
                }
            }
        }
    }
    let bodies: i64 = db
        .query_row(
            "SELECT count(*) FROM entry e JOIN record r USING (record) WHERE length(e.body) > 0
                 AND instr(e.body, CAST(?1 AS BLOB)) > 0",
            [text],
            |r| r.get(0),
        )
        .unwrap();
    found || bodies > 0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_node_holds_of_people_it_lays_down_once_all_is_held_elsewhere() {
    let world = World::new();
    let hub = signing(&world);
    let mut spot = connected(&world, &hub).await;
    let (first, second) = (somebody("carla"), somebody("vasco"));
    let at_console = console(&hub);
    assert!(why(at_console.order(&first, "movel-07", Remedy::LayDown, " ")).contains("porquê"));
    give(&hub, Remedy::LayDown);
    let asked = latest(&hub);
    assert!(asked.waits && asked.own);
    assert!(why(at_console.agree_order(&first, "movel-07", asked.number)).contains("outra pessoa"));
    asks(&spot).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert!(latest(&hub).heard.is_none(), "nobody agreed yet");
    at_console
        .agree_order(&second, "movel-07", asked.number)
        .unwrap();
    asks(&spot).await;
    until("it waits for a copy", || {
        latest(&hub).says.contains("cópia")
    })
    .await;
    assert!(holds(&spot, "Ana"));
    assert!(
        why(at_console.withdraw_order(&first, "movel-07", latest(&hub).number))
            .contains("já ouviu")
    );
    // The power goes, and comes back: it still knows what it has to do.
    spot.link = None;
    archived(&world, &hub, "copy.db");
    spot.connect(hub.address);
    let end = tokio::time::Instant::now() + crate::world::LIMIT;
    while latest(&hub).ended.is_none() {
        assert!(tokio::time::Instant::now() < end, "{:?}", latest(&hub));
        asks(&spot).await;
    }
    let (end, says) = ended(&hub).await;
    assert_eq!(end, OrderEnd::Done, "{says}");
    assert!(!holds(&spot, "Ana"));
    // The hub has all of it still.
    assert!(!console(&hub).requests("Ana").unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_node_that_comes_back_lays_all_down_at_once_and_gets_nothing_else() {
    let world = World::new();
    let hub = signing(&world);
    let mut spot = connected(&world, &hub).await;
    spot.link = None;
    request(&spot.node, "Custódia");
    authority::revoke(&world.dir.join("authority"), "movel-07").unwrap();
    let at_console = console(&hub);
    let refused = at_console.order(&somebody("carla"), "movel-07", Remedy::Resync, "");
    assert!(why(refused).contains("já não é aceite"));
    give(&hub, Remedy::LayDownAtOnce);
    at_console
        .agree_order(&somebody("vasco"), "movel-07", latest(&hub).number)
        .unwrap();
    spot.connect(hub.address);
    let (end, says) = ended(&hub).await;
    assert_eq!(end, OrderEnd::Done, "{says}");
    assert!(!holds(&spot, "Ana") && !holds(&spot, "Custódia"));
    until("it is refused", || matches!(spot.link(), Link::Refused(_))).await;
    // The word that it did is under its own seal.
    let (word, _) = {
        let taken = orders::taken(&spot.node.store.read()).unwrap();
        let file = taken.last().unwrap().word.clone().unwrap();
        let root = world.dir.join("authority/authority.crt");
        let (word, attached, _) = Word::open(&file, &root).unwrap();
        (word, attached)
    };
    assert_eq!(word.state, State::Done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_goes_by_stick_and_what_became_of_it_comes_back_on_it() {
    let world = World::new();
    let hub = signing(&world);
    let mut spot = connected(&world, &hub).await;
    spot.link = None;
    give(&hub, Remedy::Diagnose);
    give(&hub, Remedy::Rebuild);
    let stick = world.dir.join("pen");
    std::fs::create_dir(&stick).unwrap();
    let written = export::write_orders(&hub.node.store, "movel-07", &stick).unwrap();
    assert_eq!(written.len(), 2);
    // At another spot it stays on the stick; torn, it is refused, and the stick stays good.
    let other = world.spot("movel-08", &["monchique"]);
    let read = |node: &vereda::node::Node, bytes: &[u8]| door::import(node, bytes);
    for path in &written {
        let file = std::fs::read(path).unwrap();
        assert!(read(&other.node, &file).said.contains("for another node"));
        assert!(read(&spot.node, &file[..file.len() - 3]).refused);
    }
    let mut words = Vec::new();
    for path in vereda::bundle::files_in(&stick).unwrap() {
        let answer = read(&spot.node, &std::fs::read(path).unwrap());
        assert!(!answer.refused, "{}", answer.said);
        assert!(answer.said.contains("done"), "{}", answer.said);
        words.push(answer.receipt.unwrap());
    }
    // Once more: nothing is done twice.
    let again = read(&spot.node, &std::fs::read(&written[0]).unwrap());
    assert!(
        !again.refused && again.said.contains("done"),
        "{}",
        again.said
    );
    for (name, word) in &words {
        assert!(name.ends_with(".vereda-word"));
        let mut torn = word.clone();
        torn[200] ^= 1;
        assert!(read(&hub.node, &torn).refused);
        assert!(read(&hub.node, word).said.contains("kept"));
        assert!(read(&hub.node, word).said.contains("as was known"));
    }
    let all = console(&hub)
        .orders(&somebody("carla"), "movel-07")
        .unwrap();
    assert!(
        all.iter()
            .all(|one| matches!(one.ended, Some((OrderEnd::Done, _))))
    );
    assert!(all.iter().any(|one| one.has_diagnosis));
    assert!(
        export::write_orders(&hub.node.store, "movel-07", &stick)
            .unwrap()
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_a_node_is_goes_by_stick_too() {
    let world = World::new();
    let hub = signing(&world);
    let stick = world.dir.join("pen");
    std::fs::create_dir(&stick).unwrap();
    let folder = stick.clone();
    let spot = world.spot_as("movel-07", &["monchique"], |config| {
        config.sticks.folders = vec![folder];
    });
    request(&spot.node, "Ana");
    let desk = desk(&spot.node);
    let at = desk.sticks().unwrap().sticks.remove(0);
    desk.save_to(&somebody("ana"), &at.id).unwrap();
    let file = stick.join("vereda/movel-07.vereda-condition");
    until("it is on the stick", || file.exists()).await;
    let told = std::fs::read(&file).unwrap();
    let read = |bytes: &[u8]| door::import(&hub.node, bytes);
    for at in (0..told.len()).step_by(5) {
        let mut torn = told.clone();
        torn[at] ^= 1;
        assert!(read(&torn).refused, "{at}");
    }
    assert!(!read(&told).refused);
    assert!(read(&told).said.contains("as was known"));
    let known = fleet::told(&hub.node.store.read(), "movel-07")
        .unwrap()
        .unwrap();
    assert!(known.condition.unsent.changes > 0);
    // Whoever was revoked says nothing of itself any longer that is believed.
    authority::revoke(&world.dir.join("authority"), "movel-07").unwrap();
    assert!(read(&told).refused);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_goes_with_a_spot_that_is_met_and_what_became_of_it_comes_back_so() {
    let world = World::new();
    let hub = signing(&world);
    let mut far = world.spot("movel-07", &["monchique"]);
    request(&far.node, "Ana");
    let mut near = world.spot("movel-08", &["monchique"]);
    let mut elsewhere = world.spot("movel-09", &["aljezur"]);
    give(&hub, Remedy::Diagnose);
    near.connect(hub.address);
    elsewhere.connect(hub.address);
    let carried = |node: &vereda::node::Node, addressee: &str| {
        errands::of(&node.store.read(), addressee).unwrap()
    };
    let by_near = near.node.clone();
    until("the order is carried", || {
        carried(&by_near, "movel-07").len() == 1
    })
    .await;
    // Torn, or sealed by nobody who may, it is neither done nor carried on.
    let order = carried(&by_near, "movel-07").remove(0).file;
    let bag = |file: &[u8]| -> Bag {
        let file = base64::engine::general_purpose::STANDARD.encode(file);
        serde_json::from_value(serde_json::json!({ "files": [file] })).unwrap()
    };
    for torn in [&order[..order.len() - 1], b"vereda condition 1\n", b""] {
        assert!(!vereda::errands::from_peer(&far.node, &bag(torn)).unwrap());
        vereda::errands::from_hub(&far.node, &[], &bag(torn)).unwrap();
    }
    assert!(errands::names(&far.node.store.read()).unwrap().is_empty());

    let at = far.meet(&[]);
    near.meet(&[at]);
    let (end, says) = ended(&hub).await;
    assert_eq!(end, OrderEnd::Done, "{says}");
    assert!(latest(&hub).has_diagnosis);
    until("how it is came too", || {
        let told = fleet::told(&hub.node.store.read(), "movel-07").unwrap();
        told.is_some_and(|told| told.condition.unsent.changes > 0)
    })
    .await;
    until("all is handed over", || carried(&by_near, "").is_empty()).await;
    assert!(
        carried(&elsewhere.node, "movel-07").is_empty(),
        "of no scope of its own"
    );
    assert_eq!(orders::taken(&near.node.store.read()).unwrap().len(), 0);
}
