//! The fleet: how nodes say that they are, what happens when one is lost, and what can be recovered of its work.

use hyper::StatusCode;
use vereda::authority;
use vereda::store::fleet;
use vereda_sync::condition::{Battery, Condition, MAX_BYTES, Place};
use vereda_sync::record::tour::Position;

use crate::raw::Raw;
use crate::world::{TestHub, World, request, until};

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
