//! The first sync of 10,000 requests, and what comes after it: ours, whole, over mutual TLS and
//! over a satellite; its payload alone; Automerge's own protocol and PouchDB on the same
//! documents; and what the generator says that nobody could do without.

mod automerges;
mod frames;
mod pouchdb;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use vereda::link;
use vereda::node::Node;
use vereda::store::journal;
use vereda::store::records::record_row;

use vereda_tests::folder::Folder;
use vereda_tests::program;
use vereda_tests::satellite::SATELLITE;
use vereda_tests::spot::{Authority, Place, SCOPE};

use crate::driven::{Cost, Pair};
use crate::forwarder::Forwarder;
use crate::records::{self, Made, Workload};
use crate::report::Row;
use crate::satellite::{self, Crossed};
use automerges::Peer;

const REQUESTS: u64 = 10_000;
/// One way, in the run that tells round trips.
const DELAY: Duration = Duration::from_millis(150);
/// What the payload of an exchange with nothing new should take, without HTTP and TLS.
const NOTHING_NEW: f64 = 160.0;
/// What that of one request on a warm pair should: 64 bytes a change and 200 besides.
const A_CHANGE: f64 = 64.0;
const AN_EXCHANGE: f64 = 200.0;
/// Requests that are new in the exchange of a hundred changes.
const HUNDRED: usize = 20;
/// Longest that a sync may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// Nothing moved for so long: all is done.
const QUIET: Duration = Duration::from_millis(700);

pub(crate) fn run() -> anyhow::Result<Vec<Row>> {
    let begun = Instant::now();
    let workload = records::workload(5, REQUESTS)?;
    let made = &workload.made;
    let changes = workload.changes();
    let raw: usize = made
        .iter()
        .flat_map(|m| &m.changes)
        .map(|c| c.bytes.len())
        .sum();
    let answers: usize = made.iter().map(|m| m.document.answers().len()).sum();
    println!(
        "  {REQUESTS} requests, {changes} changes, {answers} answers, {raw} bytes of changes (made in {:.0} s)",
        begun.elapsed().as_secs_f64()
    );
    println!(
        "  chosen by the generator: {:.0} bytes, {:.0} of them the random names of attendances",
        workload.entropy, workload.of_names
    );
    let folder = Folder::make("sync")?;
    let mut rows = frames::measure(made)?;
    let near = ours(&folder.path().join("near"), made, Duration::ZERO)?;
    let far = ours(&folder.path().join("far"), made, DELAY)?;
    println!(
        "  with {} ms to and fro: proven after {:.2} s",
        2 * DELAY.as_millis(),
        far.proven.as_secs_f64()
    );
    let alone = alone(&folder.path().join("alone"), made)?;
    let peer = automerges::sync(made)?;
    let pouch = pouchdb::replicate(folder.path(), made);
    let crossed = satellite::cross("sync", SATELLITE, made)?;
    rows.extend(first_sync(&workload, (&near, &far), &alone.all, &peer));
    rows.extend(after_it(&near, &alone, &peer));
    rows.extend(pouchdb::rows(
        pouch,
        [near.up + near.down, near.nothing, alone.hundred.0.bytes()],
    ));
    rows.extend(over_satellite(&crossed));
    Ok(rows)
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn bytes(what: impl Into<String>, bytes: u64) -> Row {
    Row::new(what, bytes as f64, "B")
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn first_sync(
    workload: &Workload,
    (near, far): (&Ours, &Ours),
    payload: &Cost,
    peer: &Peer,
) -> Vec<Row> {
    let changes = workload.changes() as f64;
    let each = |sum: f64| (sum / changes * 100.0).round() / 100.0;
    let entropy = each(workload.entropy);
    let inside = each(payload.bytes() as f64);
    let theirs = (peer.up + peer.down) as f64;
    let near_bytes = near.up + near.down;
    let round_trips =
        (far.proven.as_secs_f64() - near.proven.as_secs_f64()) / (2.0 * DELAY.as_secs_f64());
    let micros = |what: &str, time: Duration| Row::new(what, each(time.as_secs_f64() * 1e6), "µs");
    vec![
        Row::new("counted entropy, a change", entropy, "B"),
        Row::new("payload, a change", inside, "B").at_most(28.0),
        Row::new("payload, a change (floor: counted entropy)", inside, "B")
            .over(entropy)
            .at_most_times(2.9),
        Row::new(
            "the same, without the attendances' names",
            inside - each(workload.of_names),
            "B",
        )
        .over(entropy - each(workload.of_names)),
        Row::new(
            "all of TLS, a change (floor: payload)",
            each(near_bytes as f64),
            "B",
        )
        .over(inside),
        bytes("payload, up", payload.up),
        bytes("payload, down", payload.down),
        bytes("all of TLS, up (theirs: Automerge's)", near.up).over(peer.up as f64),
        bytes("all of TLS, down (theirs: Automerge's)", near.down).over(peer.down as f64),
        bytes("all of TLS until proven (theirs: Automerge's)", near_bytes)
            .over(theirs)
            .at_most_times(0.125),
        bytes("all of TLS until all is quiet", near.until_quiet).over(theirs),
        Row::new(
            "messages (theirs: Automerge's)",
            payload.messages as f64,
            "",
        )
        .over(peer.messages as f64),
        Row::new("TLS records", near.records as f64, ""),
        Row::new(
            "round trips (theirs: Automerge's most of a document)",
            (round_trips * 10.0).round() / 10.0,
            "",
        )
        .over(f64::from(peer.round_trips)),
        Row::new(
            "until proven on both disks (theirs: Automerge's, memory, no network)",
            near.proven.as_secs_f64(),
            "s",
        )
        .over(peer.time.as_secs_f64()),
        micros("without TLS: the spot's time, a change", payload.spot),
        micros(
            "without TLS: the hub's time until acknowledged, a change",
            payload.hub,
        ),
        Row::new("CPU of both ends until proven", near.cpu.as_secs_f64(), "s"),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn after_it(near: &Ours, alone: &Alone, peer: &Peer) -> Vec<Row> {
    let most = |changes: usize| changes as f64 * A_CHANGE + AN_EXCHANGE;
    let hundred = format!("{} changes more", alone.hundred.1);
    let one = format!("one request more ({} changes)", alone.one.1);
    let trips = |what, cost: &Cost| {
        Row::new(format!("{what}: round trips"), cost.round_trips as f64, "").at_most(1.0)
    };
    vec![
        bytes("nothing new: payload", alone.nothing.bytes()).at_most(NOTHING_NEW),
        trips("nothing new", &alone.nothing),
        bytes(
            "nothing new: all of TLS (theirs: Automerge's)",
            near.nothing,
        )
        .over(peer.nothing as f64),
        bytes(format!("{one}: payload"), alone.one.0.bytes()).at_most(most(alone.one.1)),
        trips(&one, &alone.one.0),
        bytes(format!("{one}: all of TLS"), near.one_more),
        bytes(format!("{hundred}: payload"), alone.hundred.0.bytes())
            .at_most(most(alone.hundred.1)),
        Row::new(
            format!("{hundred}: time at both ends"),
            alone.hundred.0.time().as_secs_f64() * 1e3,
            "ms",
        ),
    ]
}

fn over_satellite(crossed: &Crossed) -> Vec<Row> {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let megabytes = |what: &str, bytes: u64| {
        Row::new(
            format!("satellite: the {what}'s most memory"),
            bytes as f64 / 1e6,
            "MB",
        )
    };
    let cpu = |what: &str, time: Duration| {
        Row::new(
            format!("satellite: the {what}'s CPU"),
            time.as_secs_f64(),
            "s",
        )
    };
    vec![
        Row::new(
            "256 kbit/s, 600 ms each way: until proven",
            crossed.took.as_secs_f64(),
            "s",
        )
        .at_most(50.0),
        bytes("satellite: bytes of IP, up", crossed.bytes),
        cpu("spot", crossed.spot.cpu),
        cpu("hub", crossed.hub.cpu),
        megabytes("spot", crossed.spot.most_memory).at_most(100.0),
        megabytes("hub", crossed.hub.most_memory).at_most(256.0),
    ]
}

/// Payloads of exchanges with nothing between the sides, with the changes that they brought.
struct Alone {
    all: Cost,
    nothing: Cost,
    one: (Cost, usize),
    hundred: (Cost, usize),
}

fn alone(folder: &Path, made: &[Made]) -> anyhow::Result<Alone> {
    let pair = Pair::make(folder)?;
    let (rest, hundred) = made.split_at(made.len().saturating_sub(HUNDRED));
    let (one, rest) = rest.split_last().context("no requests")?;
    append(&pair.spot, rest)?;
    let all = pair.exchange()?;
    // The feed has come meanwhile, and what is quiet is sealed: then nothing is new.
    pair.exchange()?;
    pair.exchange()?;
    let nothing = pair.exchange()?;
    let more = |made: &[Made]| {
        append(&pair.spot, made)?;
        let cost = pair.exchange()?;
        pair.exchange()?;
        pair.exchange()?;
        anyhow::Ok((cost, made.iter().map(|m| m.changes.len()).sum()))
    };
    Ok(Alone {
        all,
        nothing,
        one: more(std::slice::from_ref(one))?,
        hundred: more(hundred)?,
    })
}

struct Ours {
    /// An exchange when nothing is new.
    nothing: u64,
    /// One with one request more.
    one_more: u64,
    up: u64,
    down: u64,
    records: u64,
    until_quiet: u64,
    proven: Duration,
    /// CPU of both ends together until proven.
    cpu: Duration,
}

fn ours(folder: &Path, made: &[Made], delay: Duration) -> anyhow::Result<Ours> {
    std::fs::create_dir_all(folder)?;
    let authority = Authority::make(folder)?;
    let hub = Place::hub(folder.join("central"))?;
    let spot = Place::spot(folder.join(records::NODE), 9)?;
    authority.enrol(&hub)?;
    authority.enrol(&spot)?;
    let hub_node = Arc::new(Node::open(hub.config()?)?);
    let node = Arc::new(Node::open(spot.config()?)?);
    let (last, made) = made.split_last().context("no requests")?;
    append(&node, made)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        .build()?;
    runtime.block_on(async {
        let sync = hub_node.config.sync.clone().context("no [sync]")?;
        let listener = link::start_listener(Arc::clone(&hub_node), &sync)?;
        let forwarder = Forwarder::start(listener.address, delay).await?;
        let mut to_hub = node.config.hub.clone().context("no [hub]")?;
        to_hub.address = format!("localhost:{}", forwarder.port);
        // One exchange, not the next ones.
        to_hub.poll_s = 3_600;
        let (begun, worked) = (Instant::now(), program::cpu_of(std::process::id())?);
        let caller = link::start_caller(Arc::clone(&node), &to_hub)?;
        while !is_proven(&node)? {
            ensure!(begun.elapsed() < PATIENCE, "the hub did not prove it");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut ours = Ours {
            proven: begun.elapsed(),
            cpu: program::cpu_of(std::process::id())?.saturating_sub(worked),
            up: forwarder.up.bytes.load(Relaxed),
            down: forwarder.down.bytes.load(Relaxed),
            records: forwarder.up.records.load(Relaxed) + forwarder.down.records.load(Relaxed),
            until_quiet: 0,
            nothing: 0,
            one_more: 0,
        };
        ours.until_quiet = quiet(&forwarder).await;
        // The feed has come meanwhile: one exchange more, and then nothing is new.
        caller.sync_now();
        let before = quiet(&forwarder).await;
        caller.sync_now();
        let after = quiet(&forwarder).await;
        ours.nothing = after - before;
        append(&node, std::slice::from_ref(last))?;
        caller.sync_now();
        ours.one_more = quiet(&forwarder).await - after;
        ensure!(is_proven(&node)?, "the last request was not proven");
        Ok(ours)
    })
}

/// Waits until nothing moves any more; gives what has passed.
async fn quiet(forwarder: &Forwarder) -> u64 {
    loop {
        let before = forwarder.bytes();
        tokio::time::sleep(QUIET).await;
        if forwarder.bytes() == before {
            return before;
        }
    }
}

/// Into the node's own journal, in one transaction: how fast they are made is another benchmark.
pub(crate) fn append(node: &Node, made: &[Made]) -> anyhow::Result<()> {
    let db = node.store.write();
    let tx = db.unchecked_transaction()?;
    let mut own = journal::all(&tx)?
        .into_iter()
        .find(|j| j.own)
        .context("no journal")?;
    for made in made {
        let row = record_row(&tx, made.record, SCOPE)?;
        for entry in made.entries() {
            journal::append(&tx, &mut own, row, &entry, 1_795_000_000_000)?;
        }
    }
    journal::keep_frontier(&tx, &own)?;
    Ok(tx.commit()?)
}

pub(crate) fn is_proven(node: &Node) -> anyhow::Result<bool> {
    let journals = journal::all(&node.store.read())?;
    let mut own = journals.iter().filter(|j| j.own);
    Ok(own.all(|j| j.proven > 0 && j.proven == j.frontier.size()))
}
