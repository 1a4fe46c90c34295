//! `vereda bundle` as people type it: real processes, a folder for the stick, nodes that
//! run and nodes that are stopped.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use vereda::config::Config;
use vereda::node::Node;
use vereda::store::journal;

use process::{Process, configure, fill, vereda};

#[path = "plug/process.rs"]
mod process;

/// Requests at the spot, five changes each.
const REQUESTS: u32 = 40;

/// Runs it; gives whether it succeeded, and what it printed.
fn said(arguments: &[&str]) -> (bool, String) {
    let command = env!("CARGO_BIN_EXE_vereda");
    let done = Command::new(command).args(arguments).output().unwrap();
    let text = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8(text).unwrap())
}

fn bundle(command: &str, config: &Path, rest: &[&str]) -> (bool, String) {
    let config = config.to_str().unwrap();
    said(&[&["bundle", command, "--config", config], rest].concat())
}

fn port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A folder with an authority, a hub and a spot that never reaches it; gone with the test.
struct Places {
    folder: PathBuf,
    hub: PathBuf,
    spot: PathBuf,
    stick: PathBuf,
}

impl Places {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("vereda-bundle-{}", std::process::id()));
        let (authority, stick) = (folder.join("authority"), folder.join("stick"));
        std::fs::create_dir_all(&stick).unwrap();
        let dir = authority.to_str().unwrap();
        vereda(&["authority", "new", "--dir", dir, "--name", "Ensaio"]);
        let keys = "certificate = \"keys/node.crt\"\nkey = \"keys/node.key\"\nauthority = \"keys/authority.crt\"\n";
        let hub_rest = format!(
            "[sync]\nlisten = \"127.0.0.1:{}\"\nenrolled = {:?}\nbundle_key = \"keys/bundle.key\"\n{keys}",
            port(),
            authority.join("enrolled.toml")
        );
        let hub = configure(&folder, "central", "hub", &hub_rest);
        // Nobody listens there.
        let spot_rest = format!(
            "[hub]\naddress = \"localhost:{}\"\nbundle_key = \"keys/bundle.pub\"\n{keys}",
            port()
        );
        let spot = configure(&folder, "spot", "vehicle", &spot_rest);
        Self {
            folder,
            hub,
            spot,
            stick,
        }
    }

    fn stick(&self) -> &str {
        self.stick.to_str().unwrap()
    }

    fn on_stick(&self, suffix: &str) -> Vec<PathBuf> {
        let files = self.stick.read_dir().unwrap().map(|f| f.unwrap().path());
        files
            .filter(|f| f.to_str().unwrap().ends_with(suffix))
            .collect()
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

#[test]
fn a_stick_goes_from_a_running_spot_to_a_running_hub_and_back() {
    let places = Places::new();
    fill(&places.spot, REQUESTS);
    let all = u64::from(REQUESTS) * 5;
    let spot = Process::start("spot", &places.spot);
    let (well, text) = bundle("export", &places.spot, &["--to", places.stick()]);
    assert!(well && text.contains(&format!("{all} entries")), "{text}");
    let (well, text) = said(&["bundle", "inspect", places.stick()]);
    assert!(
        well && text.contains(&format!("entries 1 to {all}")),
        "{text}"
    );
    assert!(text.contains("whole") && text.contains("(spot)"), "{text}");

    let hub = Process::start("hub", &places.hub);
    let (well, text) = bundle("import", &places.hub, &[places.stick()]);
    assert!(
        well && text.contains(&format!("{all} entries and 0 photographs were new")),
        "{text}"
    );
    let receipts = places.on_stick(".vereda-receipt");
    assert_eq!(receipts.len(), 1);
    let (well, text) = bundle("import", &places.spot, &[receipts[0].to_str().unwrap()]);
    assert!(
        well && text.contains(&format!("holds the first {all} entries")),
        "{text}"
    );

    // What is no bundle is refused by the node that runs, and it goes on running.
    let junk = places.stick.join("ferias.vereda-bundle");
    std::fs::write(&junk, vec![7; 3 << 20]).unwrap();
    let (well, text) = bundle("import", &places.hub, &[junk.to_str().unwrap()]);
    assert!(
        !well && text.contains("neither a bundle nor a receipt"),
        "{text}"
    );
    let (well, text) = said(&["bundle", "inspect", places.stick()]);
    assert!(!well && text.contains("neither a bundle"), "{text}");
    std::fs::remove_file(junk).unwrap();
    // Two of one node would write over each other.
    let config = places.hub.to_str().unwrap();
    let (well, text) = said(&["hub", "--config", config]);
    assert!(!well && text.contains("runs already"), "{text}");
    drop((spot, hub));

    // Killed and stopped, the command does it itself.
    let (well, text) = bundle("import", &places.hub, &[places.stick()]);
    assert!(well && text.contains("nothing in it was new"), "{text}");
    let open = |config: &Path| Node::open(Config::load(config).unwrap()).unwrap();
    let spot = open(&places.spot);
    assert_eq!(journal::unsent(&spot.store.read()).unwrap().changes, 0);
    let hub = open(&places.hub);
    let requests: u32 = hub
        .store
        .read()
        .query_row("SELECT count(*) FROM request", [], |r| r.get(0))
        .unwrap();
    assert_eq!(requests, REQUESTS, "derived without being asked");
    let (well, text) = bundle("export", &places.spot, &["--to", places.stick()]);
    assert!(well && text.contains("there is nothing to pack"), "{text}");
}
