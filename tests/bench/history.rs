//! What a long history costs: the same hundred changes more after a short and after a long one;
//! and there, how soon the programs start and how much memory they hold.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;
use vereda::node::Node;
use vereda::store::journal;
use vereda_tests::folder::{Folder, vereda};
use vereda_tests::program::Serving;
use vereda_tests::spot::Place;

use crate::driven::{Cost, Pair};
use crate::many;
use crate::records::{self, Made};
use crate::report::Row;
use crate::samples::Samples;
use crate::sync::append;

/// Changes of a spot, four to a record on average.
const SHORT: u64 = 10_000;
const LONG: u64 = 1_000_000;
/// Syncs of as many requests, in turns after the one and after the other: the medians count.
const SYNCS: usize = 21;
const REQUESTS: usize = 20;
/// By then their first exchanges are long over.
const SETTLED: Duration = Duration::from_secs(2);

pub(crate) fn run() -> anyhow::Result<Vec<Row>> {
    let folder = Folder::make("history")?;
    let more = records::requests(77, (SYNCS * REQUESTS) as u64)?;
    let pairs = [grown(&folder, SHORT)?, grown(&folder, LONG)?];
    let mut after = [After::default(), After::default()];
    let mut ratios: [Vec<f64>; 2] = [vec![], vec![]];
    // In turns: how fast a disk is changes from minute to minute.
    for made in more.chunks(REQUESTS) {
        for (pair, after) in pairs.iter().zip(&mut after) {
            after.sync(pair, made)?;
        }
        let [short, long] = &after;
        ratios[0].push(long.spot.last() / short.spot.last());
        ratios[1].push(long.hub.last() / short.hub.last());
    }
    let ([_, pair], [short, long]) = (pairs, after);
    let [at_spot, at_hub] = ratios.map(|ratios| Samples::from(ratios).p50());
    let mut rows = vec![
        Row::new(
            format!("about 100 changes more after {LONG} (floor: after {SHORT}): payload"),
            long.bytes,
            "B",
        )
        .over(short.bytes)
        .at_most_times(1.1),
        Row::new("the same: time at the spot", long.spot.p50(), "ms")
            .over_by(short.spot.p50(), at_spot)
            .at_most_times(1.1),
        Row::new("the same: time at the hub", long.hub.p50(), "ms")
            .over_by(short.hub.p50(), at_hub)
            .at_most_times(1.1),
        Row::new("nothing new: time at both ends", long.nothing.p50(), "ms")
            .over(short.nothing.p50()),
    ];
    rows.extend(programs(pair)?);
    Ok(rows)
}

/// What the syncs after a history took.
#[derive(Default)]
struct After {
    /// Bytes of payload on average.
    bytes: f64,
    spot: Samples,
    hub: Samples,
    nothing: Samples,
}

impl After {
    fn sync(&mut self, pair: &Pair, made: &[Made]) -> anyhow::Result<()> {
        append(&pair.spot, made)?;
        let cost = pair.exchange()?;
        self.bytes += average(cost.bytes());
        self.spot.add(cost.spot);
        self.hub.add(cost.hub);
        pair.hub.derive_arrived()?;
        self.nothing.add(settle(pair)?.time());
        Ok(())
    }
}

/// A spot and its hub with that many changes, derived at both.
fn grown(folder: &Folder, changes: u64) -> anyhow::Result<Pair> {
    let begun = Instant::now();
    let pair = Pair::make(&folder.path().join(changes.to_string()))?;
    many::fill(&pair.spot, changes / 4)?;
    let made = begun.elapsed();
    pair.exchange()?;
    let brought = begun.elapsed() - made;
    pair.hub.derive_arrived()?;
    println!(
        "  {} changes: made in {:.0} s, brought in {:.0} s, derived at the hub in {:.0} s",
        length(&pair.spot)?,
        made.as_secs_f64(),
        brought.as_secs_f64(),
        (begun.elapsed() - made - brought).as_secs_f64(),
    );
    settle(&pair)?;
    for node in [&pair.spot, &pair.hub] {
        // What is on its way to the disk is no part of what comes next.
        std::fs::File::open(node.store.path())?.sync_all()?;
    }
    Ok(pair)
}

#[expect(clippy::cast_precision_loss, reason = "few and small")]
fn average(bytes: u64) -> f64 {
    bytes as f64 / SYNCS as f64
}

/// Until all is sealed and nothing is new; gives what that takes.
fn settle(pair: &Pair) -> anyhow::Result<Cost> {
    pair.exchange()?;
    pair.exchange()?;
    pair.exchange()
}

fn length(node: &Node) -> anyhow::Result<u64> {
    let own = journal::all(&node.store.read())?
        .into_iter()
        .find(|j| j.own);
    Ok(own.context("no journal")?.frontier.size())
}

/// The programs themselves on those stores: started alone, and then together, so that they meet.
fn programs(pair: Pair) -> anyhow::Result<Vec<Row>> {
    let Pair {
        spot, hub, places, ..
    } = pair;
    drop((spot, hub));
    let [spot, hub] = &places;
    let listens = hub.config()?.sync.context("no [sync]")?.listen.port();
    spot.configure("localhost:9\"", &format!("localhost:{listens}\""))?;
    let program = vereda()?;
    let start = |role: &str, place: &Place| {
        Serving::start_as(role, Command::new(&program), &place.config_file())
    };
    let mut rows = Vec::new();
    for (role, place) in [("spot", spot), ("hub", hub)] {
        let mut starts = Samples::default();
        for _ in 0..5 {
            starts.add(start(role, place)?.serving_after);
        }
        let what = format!("{role}: start until serving, p50");
        rows.push(Row::new(what, starts.p50(), "ms").at_most(300.0));
    }
    let hub = start("hub", hub)?;
    let spot = start("spot", spot)?;
    std::thread::sleep(SETTLED);
    for (role, serving, most) in [("spot", &spot, 100.0), ("hub", &hub, 256.0)] {
        let memory = megabytes(serving.memory()?.1);
        let what = format!("{role}: most memory, the two connected");
        rows.push(Row::new(what, memory, "MB").at_most(most));
    }
    Ok(rows)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
