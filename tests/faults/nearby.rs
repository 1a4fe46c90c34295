//! Two laptops on one network, each in a namespace of its own, and no hub in reach; and a stick
//! that is carried from one of them to the hub and back.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use vereda::node::Node;
use vereda::store::{journal, reach};
use vereda_sync::id::JournalId;
use vereda_tests::folder::{Folder, vereda_of_tests};
use vereda_tests::program::Serving;
use vereda_tests::spot::{Authority, Place};

use crate::world::{as_root, fill, is_root, verified};

const LIMIT: Duration = Duration::from_secs(60);

/// Two network namespaces with a cable between them; gone with this.
struct Cable {
    names: [String; 2],
}

impl Cable {
    fn lay() -> Self {
        let names = ["a", "b"].map(|end| format!("vereda-{end}-{}", std::process::id()));
        let cable = Self { names };
        let [a, b] = &cable.names;
        for words in [
            format!("netns add {a}"),
            format!("netns add {b}"),
            format!("-n {a} link add lan type veth peer name lan netns {b}"),
        ] {
            ip(&words);
        }
        for (name, address) in cable.names.iter().zip(["10.78.0.1/24", "10.78.0.2/24"]) {
            ip(&format!("-n {name} link set lo up"));
            ip(&format!("-n {name} address add {address} dev lan"));
            ip(&format!("-n {name} link set lan up"));
        }
        cable
    }

    /// A program at one of its ends.
    fn at(&self, end: usize, program: &Path) -> Command {
        let mut command = as_root("ip");
        command.args(["netns", "exec", &self.names[end]]);
        if !is_root() {
            let user = std::env::var("USER").unwrap();
            command.args(["sudo", "-u", &user]);
        }
        command.arg(program);
        command
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        for name in &self.names {
            let _ = as_root("ip").args(["netns", "delete", name]).status();
        }
    }
}

fn ip(words: &str) {
    let done = as_root("ip").args(words.split(' ')).status().unwrap();
    assert!(done.success(), "ip {words}");
}

/// The journal that a spot writes, and how far it is.
fn own(place: &Place) -> (JournalId, u64) {
    let node = Node::open(place.config().unwrap()).unwrap();
    let all = journal::all(&node.store.read()).unwrap();
    let own = all.iter().find(|j| j.own).unwrap();
    (own.id, own.frontier.size())
}

/// Whether a spot has all that the other wrote.
fn has(place: &Place, (journal, size): (JournalId, u64)) -> bool {
    let node = Node::open(place.config().unwrap()).unwrap();
    let sizes = reach::sizes(&node.store.read()).unwrap();
    sizes.contains(&(journal, size))
}

fn bundle(arguments: &[&str]) -> String {
    let done = Command::new(vereda_of_tests().unwrap())
        .arg("bundle")
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    assert!(done.status.success(), "{said}");
    said
}

#[test]
fn two_laptops_find_each_other_on_a_network_without_a_hub_and_a_stick_goes_to_the_hub_and_back() {
    let folder = Folder::make("nearby").unwrap();
    let authority = Authority::make(folder.path()).unwrap();
    let hub = Place::hub(folder.path().join("central")).unwrap();
    // Nobody answers at that port: the hub is out of reach.
    let van = Place::spot(folder.path().join("movel-07"), 9).unwrap();
    let home = Place::home(folder.path().join("solidario-02"), 9).unwrap();
    for place in [&van, &home] {
        let apart = "typed.\nlisten = \"127.0.0.1:0\"\ndiscover = false";
        place
            .configure(apart, "typed.\nlisten = \"0.0.0.0:0\"\ndiscover = true")
            .unwrap();
    }
    for place in [&hub, &van, &home] {
        authority.enrol(place).unwrap();
    }
    fill(&van, 12);
    fill(&home, 7);
    let (of_van, of_home) = (own(&van), own(&home));
    assert!(!has(&home, of_van) && !has(&van, of_home));

    let cable = Cable::lay();
    let program = vereda_of_tests().unwrap();
    let start = |end, place: &Place| {
        Serving::start_as("spot", cable.at(end, &program), &place.config_file()).unwrap()
    };
    let (at_van, at_home) = (start(0, &van), start(1, &home));
    let began = Instant::now();
    while !has(&home, of_van) || !has(&van, of_home) {
        assert!(began.elapsed() < LIMIT, "they have not met");
        std::thread::sleep(Duration::from_millis(100));
    }
    drop((at_van, at_home, cable));
    verified(&van);
    verified(&home);

    // A stick from the van to the hub, and back with the receipt.
    let stick = folder.path().join("stick");
    std::fs::create_dir_all(&stick).unwrap();
    let (stick, config) = (stick.to_str().unwrap(), |place: &Place| {
        place.config_file().to_str().unwrap().to_owned()
    });
    bundle(&["export", "--config", &config(&van), "--to", stick]);
    bundle(&["import", "--config", &config(&hub), stick]);
    bundle(&["import", "--config", &config(&van), stick]);
    let node = Node::open(van.config().unwrap()).unwrap();
    let unsent = journal::unsent(&node.store.read()).unwrap();
    assert_eq!(unsent.changes, 0, "the hub gave its receipt");
    verified(&van);
    verified(&hub);
}
