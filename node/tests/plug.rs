//! The plug pulled: real processes, killed with SIGKILL while they sync, again
//! and again. What was acknowledged is there, nothing twice, and in the end the
//! hub proves custody of everything.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use vereda::config::Config;
use vereda::node::Node;
use vereda::store::journal;

use process::{Process, configure, fill, vereda};

#[path = "plug/newer.rs"]
mod newer;
#[path = "plug/process.rs"]
mod process;
#[path = "plug/signers.rs"]
mod signers;

/// Requests waiting at the spot, five changes each.
const REQUESTS: u32 = 300;
/// How often a plug is pulled.
const PULLS: u32 = 14;

/// What a store holds of the spot's journal: entries acknowledged or held, proven, root.
fn journal_of(config: &Path, own: bool) -> Option<(u64, u64, [u8; 32])> {
    let node = Node::open(Config::load(config).unwrap()).unwrap();
    let all = journal::all(&node.store.read()).unwrap();
    let found = all.into_iter().find(|j| j.node == "spot" && j.own == own)?;
    let head = found.head();
    Some((
        if own { found.acked } else { head.size },
        found.proven,
        head.root,
    ))
}

#[test]
fn nothing_acknowledged_is_lost_however_often_the_plug_is_pulled_while_syncing() {
    let folder = std::env::temp_dir().join(format!("vereda-plug-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let authority = folder.join("authority");
    vereda(&[
        "authority",
        "new",
        "--dir",
        authority.to_str().unwrap(),
        "--name",
        "Ensaio",
    ]);
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let keys = "certificate = \"keys/node.crt\"\nkey = \"keys/node.key\"\nauthority = \"keys/authority.crt\"\n";
    let hub_rest = format!(
        "[sync]\nlisten = \"127.0.0.1:{port}\"\nenrolled = {:?}\n{keys}",
        authority.join("enrolled.toml")
    );
    let hub = configure(&folder, "central", "hub", &hub_rest);
    let spot_rest =
        format!("[hub]\naddress = \"localhost:{port}\"\nretry_max_s = 1\npoll_s = 1\n{keys}");
    let spot = configure(&folder, "spot", "vehicle", &spot_rest);
    fill(&spot, REQUESTS);

    let mut processes = [
        Some(Process::start("hub", &hub)),
        Some(Process::start("spot", &spot)),
    ];
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut acknowledged = 0;
    for _ in 0..PULLS {
        // xorshift: the moments differ, and are the same in every run.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        std::thread::sleep(Duration::from_millis(40 + random % 500));
        let which = usize::from(random & 1024 == 0);
        processes[which] = None;
        if which == 1 {
            let (acked, _, _) = journal_of(&spot, true).unwrap();
            assert!(acked >= acknowledged, "an acknowledgement went back");
            acknowledged = acked;
        } else if let Some((held, _, _)) = journal_of(&hub, false) {
            assert!(
                held >= acknowledged,
                "the hub lost what it had acknowledged: {held} < {acknowledged}"
            );
        }
        processes[which] = Some(if which == 0 {
            Process::start("hub", &hub)
        } else {
            Process::start("spot", &spot)
        });
    }

    let all = u64::from(REQUESTS) * 5;
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let (_, proven, _) = journal_of(&spot, true).unwrap();
        if proven == all {
            break;
        }
        assert!(
            Instant::now() < deadline,
            "{proven} of {all} are proven after a minute"
        );
        std::thread::sleep(Duration::from_millis(300));
    }
    drop(processes);
    let (size, _, root) = journal_of(&hub, false).unwrap();
    let (_, _, own_root) = journal_of(&spot, true).unwrap();
    assert_eq!((size, root), (all, own_root));
    let node = Node::open(Config::load(&hub).unwrap()).unwrap();
    node.derive_arrived().unwrap();
    let (requests, numbers): (i64, i64) = node
        .store
        .read()
        .query_row(
            "SELECT count(*), count(DISTINCT number) FROM request",
            [],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
        .unwrap();
    assert_eq!(
        (requests, numbers),
        (i64::from(REQUESTS), i64::from(REQUESTS)),
        "all there, none twice"
    );
    std::fs::remove_dir_all(&folder).ok();
}
