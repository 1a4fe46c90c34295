//! A thousand cuts of three kinds: kill -9 of the spot, kill -9 of the hub, and the line between them.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use vereda::link;
use vereda::node::Node;
use vereda::store::journal;
use vereda_sync::record::attendance;
use vereda_tests::folder::{Folder, vereda_of_tests};
use vereda_tests::invented::Seeded;
use vereda_tests::program::Serving;
use vereda_tests::spot::{Authority, Place};

use crate::world::{fill, free_port, held, verified};

/// Rounds in which both programs are killed.
const ROUNDS: u32 = 50;
/// Cuts of the line.
const LINES: u64 = 900;
/// Requests that wait at first.
const REQUESTS: u32 = 200;
/// Longest that all cuts of the line may take.
const PATIENCE: Duration = Duration::from_secs(180);

#[test]
fn after_a_thousand_random_cuts_both_stores_verify_and_the_hub_has_everything() {
    let folder = Folder::make("cuts").unwrap();
    let authority = Authority::make(folder.path()).unwrap();
    let port = free_port();
    let hub = Place::hub(folder.path().join("central")).unwrap();
    let to = format!("127.0.0.1:{port}\"\ncertificate");
    hub.configure("127.0.0.1:0\"\ncertificate", &to).unwrap();
    let spot = Place::spot(folder.path().join("movel-07"), port).unwrap();
    authority.enrol(&hub).unwrap();
    authority.enrol(&spot).unwrap();
    fill(&spot, REQUESTS);

    let mut random = Seeded::new(51);
    let mut acknowledged = 0;
    for round in 0..ROUNDS {
        kill_both(&hub, &spot, &mut random);
        if round % 5 == 0 {
            let (_, acked, ..) = held(spot.config().unwrap(), "movel-07");
            let (at_hub, ..) = held(hub.config().unwrap(), "movel-07");
            assert!(acked >= acknowledged, "an acknowledgement went back");
            assert!(
                at_hub >= acked,
                "{acked} were acknowledged, {at_hub} are there"
            );
            acknowledged = acked;
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(cut_lines(&hub, &spot));
    drop(runtime);

    verified(&spot);
    verified(&hub);
    let (size, acked, proven, root) = held(spot.config().unwrap(), "movel-07");
    let (at_hub, .., its_root) = held(hub.config().unwrap(), "movel-07");
    assert_eq!((acked, proven), (size, size));
    assert_eq!((at_hub, its_root), (size, root));
}

fn kill_both(hub: &Place, spot: &Place, random: &mut Seeded) {
    let program = vereda_of_tests().unwrap();
    let start = |role: &str, place: &Place| {
        Serving::start_as(role, Command::new(&program), &place.config_file()).unwrap()
    };
    let (at_hub, at_spot) = (start("hub", hub), start("spot", spot));
    std::thread::sleep(Duration::from_millis(random.below(120)));
    let (first, second) = match random.below(2) {
        0 => (at_hub, at_spot),
        _ => (at_spot, at_hub),
    };
    first.kill();
    std::thread::sleep(Duration::from_millis(random.below(20)));
    second.kill();
}

/// Both in this process: what is cut is the line alone, as soon as it is there again.
async fn cut_lines(hub: &Place, spot: &Place) {
    let hub_node = Arc::new(Node::open(hub.config().unwrap()).unwrap());
    let node = Arc::new(Node::open(spot.config().unwrap()).unwrap());
    let sync = hub_node.config.sync.clone().unwrap();
    let listener = link::start_listener(Arc::clone(&hub_node), &sync).unwrap();
    let cuts = Arc::new(AtomicU64::new(0));
    let between = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut to_hub = node.config.hub.clone().unwrap();
    to_hub.address = format!("localhost:{}", between.local_addr().unwrap().port());
    tokio::spawn(hand_on(between, listener.address.port(), Arc::clone(&cuts)));
    let caller = link::start_caller(Arc::clone(&node), &to_hub).unwrap();

    let own = || {
        journal::all(&node.store.read())
            .unwrap()
            .into_iter()
            .find(|j| j.own)
            .unwrap()
    };
    let began = Instant::now();
    let mut acknowledged = 0;
    let mut written = 0;
    loop {
        let now = own();
        assert!(now.acked >= acknowledged, "progress only forward");
        acknowledged = now.acked;
        let proven = now.proven == now.frontier.size();
        if cuts.load(Relaxed) >= LINES && proven {
            return;
        }
        // Something is always on its way.
        if cuts.load(Relaxed) < LINES && (proven || written < cuts.load(Relaxed)) {
            node.begin("ana.m", attendance::begin).unwrap();
            written += 1;
        }
        let done = cuts.load(Relaxed);
        assert!(
            began.elapsed() < PATIENCE,
            "{done} cuts in {PATIENCE:?}, {now:?}"
        );
        caller.sync_now();
        tokio::time::sleep(Duration::from_millis(4)).await;
    }
}

/// Hands bytes on and cuts each connection after some milliseconds, so long as cuts are due.
async fn hand_on(between: TcpListener, hub: u16, cuts: Arc<AtomicU64>) {
    let mut random = Seeded::new(41);
    while let Ok((mut spot, _)) = between.accept().await {
        let Ok(mut to) = TcpStream::connect(("127.0.0.1", hub)).await else {
            continue;
        };
        let lives = Duration::from_millis(1 + random.below(25));
        let both = tokio::io::copy_bidirectional(&mut spot, &mut to);
        if cuts.load(Relaxed) >= LINES {
            let _ = both.await;
        } else if tokio::time::timeout(lives, both).await.is_err() {
            cuts.fetch_add(1, Relaxed);
        }
    }
}
