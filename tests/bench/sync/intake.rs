//! The hub as a process of its own, taking in what several spots bring at once, through TLS and
//! onto its disk (SQLCipher, as ever), while it derives what came.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rusqlite::Connection;
use vereda::link;
use vereda::node::Node;
use vereda::store::derived;
use vereda_tests::folder::vereda;
use vereda_tests::program::{Serving, cpu_of};
use vereda_tests::spot::{Authority, Place};

use super::{PATIENCE, append, is_proven};
use crate::records::Made;
use crate::report::Row;

/// Spots that bring at once.
const SPOTS: usize = 4;

pub(super) fn measure(folder: &Path, made: &[Made]) -> anyhow::Result<Vec<Row>> {
    let folder = folder.join("intake");
    std::fs::create_dir_all(&folder)?;
    let authority = Authority::make(&folder)?;
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
        authority.enrol(&spot)?;
        let node = Arc::new(Node::open(spot.config()?)?);
        append(&node, made)?;
        spots.push(node);
    }
    let serving = Serving::start_as("hub", Command::new(vereda()?), &hub.config_file())?;
    let watched = Node::open(hub.config()?)?;
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
        anyhow::Ok(serving.cpu()?.saturating_sub(idle).as_secs_f64())
    };
    let acknowledged = wait(&|| {
        let proven = spots.iter().map(|node| is_proven(node));
        Ok(proven
            .collect::<anyhow::Result<Vec<_>>>()?
            .iter()
            .all(|p| *p))
    })?;
    let took = began.elapsed();
    let waiting = left(&watched.store.read())?;
    drop(callers);
    let whole = wait(&|| Ok(left(&watched.store.read())? == 0))?;
    let (_, most) = serving.memory()?;
    drop(serving);
    // Part was derived while the rest came in. All of it once more, alone, tells the two apart.
    let worked = cpu_of(std::process::id())?;
    derived::reset(&watched.store.write())?;
    watched.derive_arrived()?;
    let deriving = cpu_of(std::process::id())?
        .saturating_sub(worked)
        .as_secs_f64();
    ensure!(
        whole > deriving,
        "deriving alone took longer ({deriving:.2} s) than taking in and deriving ({whole:.2} s): is the machine busy?"
    );
    let changes: usize = made.iter().map(|m| m.changes.len()).sum();
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let changes = changes as f64;
    println!(
        "  hub intake: {SPOTS} spots, {changes} changes acknowledged after {:.1} s and {acknowledged:.2} s of CPU, {waiting} records not derived yet; all derived after {whole:.2} s of CPU, of which deriving takes {deriving:.2} s",
        took.as_secs_f64(),
    );
    let mut rows = vec![
        at_least(
            "hub, all derived: changes a second of CPU",
            changes / whole,
            12_000.0,
        ),
        at_least(
            "hub, without deriving: changes a second of CPU",
            changes / (whole - deriving),
            30_000.0,
        ),
    ];
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    rows.push(Row::new("hub: most memory meanwhile", most as f64 / 1e6, "MB").at_most(256.0));
    Ok(rows)
}

fn at_least(what: &str, value: f64, least: f64) -> Row {
    Row::new(what, value.round(), "/s").at_least(least)
}

/// Records that wait to be derived.
fn left(db: &Connection) -> anyhow::Result<u32> {
    let count = "SELECT count(*) FROM record WHERE dirty = 1";
    Ok(db.query_row(count, [], |r| r.get(0))?)
}
