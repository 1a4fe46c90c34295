//! The hub takes in what several spots bring at once, through TLS and onto its disk, and derives it
//! meanwhile on a thread of its own: changes a second of its CPU, with SQLCipher and, to tell what
//! that costs, on plain SQLite. The spots are of as many scopes: nothing of one goes to another.

use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use vereda::config::Config;
use vereda::link::{self, DERIVING};
use vereda::node::Node;
use vereda::staff::Staff;
use vereda::store::Store;
use vereda_tests::folder::{Folder, vereda};
use vereda_tests::program::Serving;
use vereda_tests::spot::{Authority, Place};

use crate::records::{self, Made};
use crate::report::Row;
use crate::sync::{append, is_proven};

/// The word with which this program is a hub without a cipher.
pub(crate) const PLAIN: &str = "plain-hub";
const REQUESTS: u64 = 10_000;
/// Spots that bring at once.
const SPOTS: usize = 4;
/// Longest that it may take.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) fn run() -> anyhow::Result<Vec<Row>> {
    let made = records::requests(5, REQUESTS)?;
    let folder = Folder::make("intake")?;
    let mut rows = Vec::new();
    for (cipher, name) in [(false, "SQLite"), (true, "SQLCipher")] {
        let taken = take_in(&folder.path().join(name), &made, cipher)?;
        rows.extend(taken.rows(name));
    }
    Ok(rows)
}

/// What the hub used until it had acknowledged everything, and until it had derived everything.
struct Taken {
    changes: f64,
    acknowledged: Duration,
    whole: Duration,
    most_memory: u64,
}

impl Taken {
    fn rows(&self, name: &str) -> [Row; 3] {
        let each = |what: &str, cpu: Duration, least: f64| {
            let rate = (self.changes / cpu.as_secs_f64()).round();
            let what = format!("{name}, {what}: changes a second of CPU");
            Row::new(what, rate, "/s").at_least(least)
        };
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let memory = self.most_memory as f64 / 1e6;
        [
            each("all derived", self.whole, 12_000.0),
            each("acknowledged", self.acknowledged, 30_000.0),
            Row::new(format!("{name}: most memory"), memory, "MB").at_most(256.0),
        ]
    }
}

fn take_in(folder: &Path, made: &[Made], cipher: bool) -> anyhow::Result<Taken> {
    std::fs::create_dir_all(folder)?;
    let authority = Authority::make(folder)?;
    let hub = Place::hub(folder.join("central"))?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    hub.configure(
        "127.0.0.1:0\"\ncertificate",
        &format!("127.0.0.1:{port}\"\ncertificate"),
    )?;
    authority.enrol(&hub)?;
    let mut spots = Vec::new();
    for (at, made) in made.chunks(made.len().div_ceil(SPOTS)).enumerate() {
        let id = format!("posto-{at:02}");
        let spot = Place::spot(folder.join(&id), port)?;
        spot.configure("id = \"movel-07\"", &format!("id = \"{id}\""))?;
        spot.configure("[\"monchique\"]", &format!("[\"municipio-{at:02}\"]"))?;
        authority.enrol(&spot)?;
        let node = Arc::new(Node::open(spot.config()?)?);
        append(&node, made)?;
        spots.push(node);
    }
    let command = match cipher {
        true => Command::new(vereda()?),
        false => {
            let mut plain = Command::new(std::env::current_exe()?);
            plain.arg(PLAIN);
            plain
        }
    };
    let serving = Serving::start_as("hub", command, &hub.config_file())?;
    let watched = match cipher {
        true => Node::open(hub.config()?)?,
        false => plain(hub.config()?)?,
    };
    // Its thread may not have begun.
    let deriving_idle = serving.cpu_of_thread(DERIVING).unwrap_or_default();
    let idle = serving.cpu()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        .build()?;
    let began = Instant::now();
    let _inside = runtime.enter();
    let mut callers = Vec::new();
    for node in &spots {
        let mut to_hub = node.config.hub.clone().context("no [hub]")?;
        // One exchange, not the next ones.
        to_hub.poll_s = 3_600;
        callers.push(link::start_caller(Arc::clone(node), &to_hub)?);
    }
    let wait = |done: &dyn Fn() -> anyhow::Result<bool>| {
        while !done()? {
            ensure!(began.elapsed() < PATIENCE, "the hub did not take it in");
            std::thread::sleep(Duration::from_millis(10));
        }
        anyhow::Ok(serving.cpu()?.saturating_sub(idle))
    };
    let until_acknowledged = wait(&|| {
        let mut proven = spots.iter().map(|node| is_proven(node));
        proven.try_fold(true, |all, proven| Ok(all && proven?))
    })?;
    let took = began.elapsed();
    let deriving = serving.cpu_of_thread(DERIVING)?;
    let acknowledged = until_acknowledged.saturating_sub(deriving.saturating_sub(deriving_idle));
    let whole = wait(&|| Ok(left(&watched)? == 0))?;
    drop(callers);
    let changes: usize = made.iter().map(|m| m.changes.len()).sum();
    println!(
        "  {SPOTS} spots, {changes} changes: acknowledged after {:.1} s and {:.2} s of CPU beside deriving; all derived after {:.1} s and {:.2} s of CPU",
        took.as_secs_f64(),
        acknowledged.as_secs_f64(),
        began.elapsed().as_secs_f64(),
        whole.as_secs_f64(),
    );
    Ok(Taken {
        #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
        changes: changes as f64,
        acknowledged,
        whole,
        most_memory: serving.memory()?.1,
    })
}

/// Records that wait to be derived.
fn left(node: &Node) -> anyhow::Result<u32> {
    let count = "SELECT count(*) FROM record WHERE dirty = 1";
    Ok(node.store.read().query_row(count, [], |r| r.get(0))?)
}

/// A node as configured, but for the cipher of its store.
fn plain(config: Config) -> anyhow::Result<Node> {
    let catalogue = vereda::catalogue::load(&config.catalogue.file)?;
    let staff = Staff::load(&config.staff.file).map_err(anyhow::Error::msg)?;
    let store = Store::over(&config.store.path, |_| Ok(()))?;
    Ok(Node::new(config, catalogue, staff, store)?)
}

/// A hub on plain SQLite, without pages: until its standard input ends.
pub(crate) fn serve_plain(config: &Path) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    let sync = config.sync.clone().context("no [sync]")?;
    let node = Arc::new(plain(config)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        .build()?;
    let _inside = runtime.enter();
    let listener = link::start_listener(node, &sync)?;
    println!("serving http://{}", listener.address);
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
