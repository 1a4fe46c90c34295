//! What a long history costs: the same hundred changes more after a short and after a long one;
//! and there, how soon the programs start and how much memory they hold.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;
use vereda::node::Node;
use vereda::store::journal;
use vereda_tests::folder::{Folder, vereda};
use vereda_tests::program::Serving;

use crate::driven::{Cost, Pair};
use crate::many;
use crate::records::{self, Made};
use crate::report::Row;
use crate::samples::Samples;
use crate::sync::append;

/// Changes of a spot, four to a record on average; with more, deriving at the hub takes minutes, as
/// the few numbers of the demonstration make many records look alike.
const SHORT: u64 = 10_000;
const LONG: u64 = 50_000;
/// Syncs of as many requests, of which the median counts.
const SYNCS: usize = 9;
const REQUESTS: usize = 20;
/// By then their first exchanges are long over.
const SETTLED: Duration = Duration::from_secs(2);

pub(crate) fn run() -> anyhow::Result<Vec<Row>> {
    let folder = Folder::make("history")?;
    let more = records::requests(77, (SYNCS * REQUESTS) as u64)?;
    let (_, short) = grown(&folder, SHORT, &more)?;
    let (pair, long) = grown(&folder, LONG, &more)?;
    let mut rows = vec![
        Row::new(
            format!("about 100 changes more after {LONG} (floor: after {SHORT}): payload"),
            long.bytes,
            "B",
        )
        .over(short.bytes)
        .at_most_times(1.1),
        Row::new("the same: time at the spot", long.spot.p50(), "ms")
            .over(short.spot.p50())
            .at_most_times(1.1),
        Row::new("the same: time at the hub", long.hub.p50(), "ms")
            .over(short.hub.p50())
            .at_most_times(1.1),
        Row::new("nothing new: time at both ends", long.nothing, "ms").over(short.nothing),
    ];
    rows.extend(programs(pair)?);
    Ok(rows)
}

/// What the syncs after a history took.
struct After {
    /// Bytes of payload on average.
    bytes: f64,
    spot: Samples,
    hub: Samples,
    nothing: f64,
}

fn grown(folder: &Folder, changes: u64, more: &[Made]) -> anyhow::Result<(Pair, After)> {
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
    let mut after = After {
        bytes: 0.0,
        spot: Samples::default(),
        hub: Samples::default(),
        nothing: 0.0,
    };
    settle(&pair)?;
    let mut nothing = Samples::default();
    for made in more.chunks(REQUESTS) {
        append(&pair.spot, made)?;
        let cost = pair.exchange()?;
        after.bytes += average(cost.bytes());
        after.spot.add(cost.spot);
        after.hub.add(cost.hub);
        pair.hub.derive_arrived()?;
        nothing.add(settle(&pair)?.time());
    }
    after.nothing = nothing.p50();
    Ok((pair, after))
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

/// The programs themselves on those stores.
fn programs(pair: Pair) -> anyhow::Result<Vec<Row>> {
    let Pair {
        spot, hub, places, ..
    } = pair;
    drop((spot, hub));
    let program = vereda()?;
    let mut rows = Vec::new();
    let [spot, hub] = &places;
    for (role, place, most) in [("spot", spot, 100.0), ("hub", hub, 256.0)] {
        let mut starts = Samples::default();
        for _ in 0..5 {
            let serving = Serving::start_as(role, Command::new(&program), &place.config_file())?;
            starts.add(serving.serving_after);
        }
        let serving = Serving::start_as(role, Command::new(&program), &place.config_file())?;
        std::thread::sleep(SETTLED);
        rows.push(
            Row::new(
                format!("{role}: start until serving, p50"),
                starts.p50(),
                "ms",
            )
            .at_most(300.0),
        );
        rows.push(
            Row::new(
                format!("{role}: most memory"),
                megabytes(serving.memory()?.1),
                "MB",
            )
            .at_most(most),
        );
    }
    Ok(rows)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
