//! A hub and its spots in a folder of their own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::OptionalExtension;
use tokio::time::{Instant, sleep};
use vereda::authority::{self, Role};
use vereda::config::{
    Card, Config, Contact, File, Fleet, Hub, Kind, Node as NodeConfig, Peers, Statistics, Sticks,
    Store, Sync, Till, Web,
};
use vereda::console::HubConsole;
use vereda::desk::{LinkView, SpotDesk};
use vereda::link::{
    LinkHandle, ListenerHandle, PeersHandle, start_caller, start_listener, start_peers,
};
use vereda::node::{Node, random};
use vereda::store::{custody, journal};
use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::exchange::custody::Says;
use vereda_sync::id::{ChangeId, RecordId};
use vereda_sync::record::{attendance, request};
use vereda_web::console::port::{ConflictRow, QueueFilter, Reconciling};
use vereda_web::desk::port::{Link, Person, Session};
use vereda_web::place::Zone;

/// Longest that any test waits for one thing.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// A folder with an authority and nodes; gone with the test.
pub(crate) struct World {
    pub(crate) dir: PathBuf,
}

impl World {
    pub(crate) fn new() -> Self {
        let unique: u64 = u64::from_be_bytes(random().unwrap());
        let dir = std::env::temp_dir().join(format!("vereda-link-{unique:016x}"));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("staff.toml"), "").unwrap();
        authority::new(&dir.join("authority"), "Vereda de ensaio").unwrap();
        let this = Self { dir };
        this.enrol_hub("authority");
        this
    }

    pub(crate) fn enrol_hub(&self, authority: &str) {
        authority::enrol(
            &self.dir.join(authority),
            "central",
            Role::Hub,
            &[],
            &["localhost".into()],
            &self.dir.join("central"),
        )
        .unwrap();
    }

    pub(crate) fn enrol(&self, authority: &str, id: &str, scopes: &[&str]) {
        let scopes: Vec<String> = scopes.iter().map(|s| (*s).into()).collect();
        authority::enrol(
            &self.dir.join(authority),
            id,
            Role::Spot,
            &scopes,
            &[],
            &self.dir.join(id),
        )
        .unwrap();
    }

    fn config(&self, id: &str, kind: Kind, scopes: &[&str]) -> Config {
        let folder = self.dir.join(id);
        let file = |name: &str| folder.join(name);
        Config {
            node: NodeConfig {
                id: id.into(),
                name: format!("Posto {id}"),
                prefix: "T01".into(),
                stop: None,
                kind,
                scopes: scopes.iter().map(|s| (*s).into()).collect(),
                zone: Zone::LISBON,
                languages: vec![],
                position: None,
                holidays: vec![],
            },
            store: Store {
                path: file("vereda.db"),
                key_file: self.dir.join("store.key"),
                keep_days: None,
            },
            web: Web {
                listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            },
            hub: None,
            peers: None,
            lan: None,
            keep: None,
            sync: None,
            agencies: None,
            verify: None,
            statistics: Statistics::default(),
            fleet: Fleet::default(),
            retention: None,
            contact: Contact::default(),
            notices: None,
            enrolment: None,
            catalogue: File {
                file: Path::new(env!("CARGO_MANIFEST_DIR")).join("../images/demo/catalogue"),
            },
            staff: File {
                file: self.dir.join("staff.toml"),
            },
            card: Card::default(),
            till: Till::default(),
            sticks: Sticks::default(),
        }
    }

    /// Opens the hub's store and listens; `at` is where it listened before.
    pub(crate) fn hub(&self, at: Option<SocketAddr>) -> TestHub {
        self.hub_as(at, |_| ())
    }

    /// The same, configured otherwise.
    pub(crate) fn hub_as(
        &self,
        at: Option<SocketAddr>,
        otherwise: impl FnOnce(&mut Config),
    ) -> TestHub {
        let scopes = ["monchique", "aljezur"];
        let mut config = self.config("central", Kind::Hub, &scopes);
        let folder = self.dir.join("central");
        let sync = Sync {
            listen: at.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0))),
            certificate: folder.join("node.crt"),
            key: folder.join("node.key"),
            authority: folder.join("authority.crt"),
            enrolled: self.dir.join("authority/enrolled.toml"),
            bundle_key: Some(folder.join("bundle.key")),
            lend_hours: 72,
            lease_ahead: 4,
        };
        config.sync = Some(sync.clone());
        otherwise(&mut config);
        let node = Arc::new(Node::open(config).unwrap());
        let listener = start_listener(node.clone(), &sync).unwrap();
        TestHub {
            node,
            address: listener.address,
            listener,
            config: sync,
        }
    }

    /// Enrols a spot and opens its store, without a link.
    pub(crate) fn spot(&self, id: &str, scopes: &[&str]) -> TestSpot {
        self.spot_as(id, scopes, |_| ())
    }

    /// The same, configured otherwise.
    pub(crate) fn spot_as(
        &self,
        id: &str,
        scopes: &[&str],
        otherwise: impl FnOnce(&mut Config),
    ) -> TestSpot {
        if !self.dir.join(id).join("node.crt").exists() {
            self.enrol("authority", id, scopes);
        }
        let mut config = self.config(id, Kind::Vehicle, scopes);
        let dir = self.dir.join(id);
        // Whom it trusts; where its hub is it is told when it connects.
        config.hub = Some(hub_config(&dir, SocketAddr::from(([127, 0, 0, 1], 9))));
        otherwise(&mut config);
        TestSpot {
            node: Arc::new(Node::open(config).unwrap()),
            dir,
            link: None,
            peers: None,
        }
    }

    /// A whole copy of a node's store, as a backup is.
    pub(crate) fn back_up(&self, node: &Node) -> PathBuf {
        let copy = self.dir.join(format!("{}.backup", node.config.node.id));
        let db = node.store.write();
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .unwrap();
        std::fs::copy(node.store.path(), &copy).unwrap();
        copy
    }

    /// Puts a copy in place of the store of a node that does not run.
    pub(crate) fn restore(&self, id: &str, copy: &Path) {
        let store = self.dir.join(id).join("vereda.db");
        for beside in ["vereda.db-wal", "vereda.db-shm"] {
            let _ = std::fs::remove_file(self.dir.join(id).join(beside));
        }
        std::fs::copy(copy, store).unwrap();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

pub(crate) struct TestHub {
    pub(crate) node: Arc<Node>,
    pub(crate) address: SocketAddr,
    pub(crate) listener: ListenerHandle,
    pub(crate) config: Sync,
}

impl TestHub {
    /// Ends it, so that its store can be opened again.
    pub(crate) async fn stop(self) -> SocketAddr {
        drop(self.listener);
        alone(self.node).await;
        self.address
    }

    pub(crate) fn spot(&self, id: &str) -> (Option<i64>, Option<String>) {
        let db = self.node.store.read();
        db.query_row(
            "SELECT proven, trouble FROM spot WHERE node = ?1",
            [id],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
        .optional()
        .unwrap()
        .unwrap_or_default()
    }
}

fn hub_config(dir: &Path, address: SocketAddr) -> Hub {
    Hub {
        address: address.to_string(),
        name: Some("localhost".into()),
        certificate: dir.join("node.crt"),
        key: dir.join("node.key"),
        authority: dir.join("authority.crt"),
        bundle_key: Some(dir.join("bundle.pub")),
        retry_max_s: 1,
        poll_s: 1,
        urgent_after_days: 3,
        renewal: None,
    }
}

/// Waits until nobody else works with the node, then lets go of it.
async fn alone(node: Arc<Node>) {
    until("the node is let go", || Arc::strong_count(&node) == 1).await;
}

pub(crate) struct TestSpot {
    pub(crate) node: Arc<Node>,
    pub(crate) dir: PathBuf,
    pub(crate) link: Option<LinkHandle>,
    pub(crate) peers: Option<PeersHandle>,
}

impl TestSpot {
    pub(crate) fn hub_config(&self, address: SocketAddr) -> Hub {
        hub_config(&self.dir, address)
    }

    pub(crate) fn connect(&mut self, address: SocketAddr) {
        let config = self.hub_config(address);
        self.link = Some(start_caller(self.node.clone(), &config).unwrap());
    }

    /// The same, and it asks the hub so seldom, in seconds.
    pub(crate) fn connect_asking_every(&mut self, address: SocketAddr, poll_s: u32) {
        let config = Hub {
            poll_s,
            ..self.hub_config(address)
        };
        self.link = Some(start_caller(self.node.clone(), &config).unwrap());
    }

    /// Listens for other spots and calls those at these addresses; gives its own.
    pub(crate) fn meet(&mut self, known: &[SocketAddr]) -> SocketAddr {
        self.meet_as(Peers {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            discover: false,
            interfaces: vec![],
            known: known.iter().map(SocketAddr::to_string).collect(),
        })
    }

    pub(crate) fn meet_as(&mut self, peers: Peers) -> SocketAddr {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 9));
        let handle = start_peers(self.node.clone(), &self.hub_config(nowhere), &peers).unwrap();
        let address = handle.address;
        self.peers = Some(handle);
        address
    }

    /// Who is near with all shared, by name.
    pub(crate) fn together(&self) -> Vec<String> {
        let near = self.peers.iter().flat_map(PeersHandle::near);
        near.filter(|n| n.whole).map(|n| n.name).collect()
    }

    pub(crate) fn link(&self) -> Link {
        self.link.as_ref().unwrap().state()
    }

    pub(crate) fn sync_now(&self) {
        self.link.as_ref().unwrap().sync_now();
    }

    pub(crate) async fn stop(self) {
        drop(self.link);
        drop(self.peers);
        alone(self.node).await;
    }

    /// Everything written here is proven to be at the hub.
    pub(crate) fn is_proven(&self) -> bool {
        let db = self.node.store.read();
        let journals = journal::all(&db).unwrap();
        journals
            .iter()
            .filter(|j| j.own)
            .all(|j| j.frontier.size() == j.proven && j.acked == j.proven)
    }

    pub(crate) async fn proven(&self) {
        until("all is proven", || self.is_proven()).await;
    }

    /// It is quiet: what is proven is sealed, too.
    pub(crate) async fn receipted(&self) {
        until("the hub has given its receipts", || {
            let db = self.node.store.read();
            let own = journal::all(&db).unwrap().into_iter().filter(|j| j.own);
            own.into_iter().all(|j| {
                let receipt = custody::of(&db, Says::Holds, j.id).unwrap();
                receipt.is_some_and(|(receipt, _)| receipt.head == j.head())
            })
        })
        .await;
    }

    pub(crate) async fn refused(&self) -> String {
        until("the link is refused", || {
            matches!(self.link(), Link::Refused(_))
        })
        .await;
        match self.link() {
            Link::Refused(why) => why,
            other => panic!("{other:?}"),
        }
    }
}

/// Waits for something, not longer than [`LIMIT`].
pub(crate) async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !done() {
        assert!(Instant::now() < end, "waited too long: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

struct NoView;

impl LinkView for NoView {
    fn link(&self) -> Link {
        Link::None
    }

    fn sync_now(&self) {}
}

/// The desk of a spot.
pub(crate) fn desk(node: &Arc<Node>) -> SpotDesk {
    SpotDesk::new(Arc::clone(node), None, Box::new(NoView))
}

/// Somebody who has signed in.
pub(crate) fn somebody(id: &str) -> Session {
    let person = Person {
        id: id.into(),
        name: format!("Pessoa {id}"),
    };
    Session {
        id: id.into(),
        person,
        desk: String::new(),
    }
}

/// A request with a few changes, as a desk makes them.
pub(crate) fn request(node: &Node, citizen: &str) -> RecordId {
    request_of(node, ("residence", citizen), &[])
}

/// The same, of that service and of somebody of whom more is known than the name: fields and values.
pub(crate) fn request_of(node: &Node, of: (&str, &str), known: &[(&str, &str)]) -> RecordId {
    request_known_by(node, of, known, Provenance::Typed)
}

/// The same, of somebody who is known by their card, say.
pub(crate) fn request_known_by(
    node: &Node,
    (service, citizen): (&str, &str),
    known: &[(&str, &str)],
    provenance: Provenance,
) -> RecordId {
    let known = known.iter().copied().chain([("full-name", citizen)]);
    let typed = |value: &str| Answer {
        value: value.into(),
        provenance,
    };
    let identity: BTreeMap<_, _> = known
        .map(|(field, value)| (field.to_owned(), typed(value)))
        .collect();
    let attendance = node.begin("ana.m", attendance::begin).unwrap();
    node.change(
        attendance,
        "ana.m",
        |d, a, at| attendance::identify(d, a, at, &identity),
        |_| Ok(()),
    )
    .unwrap();
    let request = node
        .begin("ana.m", |a, at| {
            request::begin(a, at, (service, 1), attendance, &identity)
        })
        .unwrap();
    node.change(
        request,
        "ana.m",
        |d, a, at| request::record(d, a, at, &format!("T01-{citizen}"), 0, None),
        |_| Ok(()),
    )
    .unwrap();
    request
}

pub(crate) fn note(node: &Node, record: RecordId, text: &str) {
    node.change(
        record,
        "ana.m",
        |d, a, at| request::note(d, a, at, text),
        |_| Ok(()),
    )
    .unwrap();
}

/// Heads of a record; empty when it is not here.
pub(crate) fn heads(node: &Node, record: RecordId) -> Vec<ChangeId> {
    let found = node.with_document(record, |d| {
        let mut heads = d.heads();
        heads.sort();
        heads
    });
    found.ok().flatten().unwrap_or_default()
}

/// All changes that a node has, each once; how many rows hold them.
pub(crate) fn changes(node: &Node) -> (Vec<Vec<u8>>, usize) {
    let db = node.store.read();
    let mut rows = db.prepare("SELECT change FROM entry").unwrap();
    let mut all: Vec<Vec<u8>> = rows
        .query_map([], |r| r.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let rows = all.len();
    all.sort();
    all.dedup();
    (all, rows)
}

/// Numbers that look random and are the same every time.
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// Text that does not compress well.
    pub(crate) fn text(&mut self, bytes: usize) -> String {
        (0..bytes)
            .map(|_| char::from(b'!' + u8::try_from(self.next() % 90).unwrap()))
            .collect()
    }
}

/// The conflicts that wait at a hub.
pub(crate) fn waiting(console: &HubConsole) -> Vec<ConflictRow> {
    let queue = console.queue(&somebody("carla"), &QueueFilter::default());
    queue.unwrap().rows
}
