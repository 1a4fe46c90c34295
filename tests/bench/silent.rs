//! What a spot that is connected and silent takes of the hub's memory.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use vereda::link;
use vereda::node::Node;
use vereda_tests::folder::{Folder, vereda};
use vereda_tests::program::Serving;
use vereda_tests::spot::Place;
use vereda_web::desk::port::Link;

use crate::driven::Pair;
use crate::report::Row;

/// Spots that are connected and silent.
const SILENT: u64 = 300;
/// So many come at once. The first of them are not counted: what it takes to let so many in is taken
/// once, however many come.
const TOGETHER: usize = 20;
/// Longest until they are.
const PATIENCE: Duration = Duration::from_secs(60);
/// By then their first exchanges are over, and the threads that worked for them have ended.
const SETTLED: Duration = Duration::from_secs(12);

pub(crate) fn run() -> anyhow::Result<Vec<Row>> {
    let folder = Folder::make("silent")?;
    let folder = folder.path();
    let Pair {
        places: [_, hub],
        authority,
        ..
    } = Pair::make(folder)?;
    let sync = hub.config()?.sync.context("no [sync]")?;
    let mut spots = Vec::new();
    for at in 0..SILENT {
        let id = format!("calado-{at:02}");
        let place = Place::spot(folder.join(&id), sync.listen.port())?;
        place.configure("id = \"movel-07\"", &format!("id = \"{id}\""))?;
        authority.enrol(&place)?;
        spots.push(Arc::new(Node::open(place.config()?)?));
    }
    let serving = Serving::start_as("hub", Command::new(vereda()?), &hub.config_file())?;
    let runtime = tokio::runtime::Runtime::new()?;
    let _inside = runtime.enter();
    let connect = |some: &[Arc<Node>]| -> anyhow::Result<Vec<link::LinkHandle>> {
        let callers = some.iter().map(|node| {
            let mut to_hub = node.config.hub.clone().context("no [hub]")?;
            to_hub.poll_s = 3_600;
            link::start_caller(Arc::clone(node), &to_hub)
        });
        let callers = callers.collect::<anyhow::Result<Vec<_>>>()?;
        let begun = Instant::now();
        while !callers.iter().all(|c| c.state() == Link::Up) {
            ensure!(begun.elapsed() < PATIENCE, "the spots did not connect");
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(callers)
    };
    let held = || -> anyhow::Result<u64> {
        std::thread::sleep(SETTLED);
        Ok(serving.memory()?.0)
    };
    let mut waves = spots.chunks(TOGETHER);
    let mut all = connect(waves.next().context("no spots")?)?;
    let first = held()?;
    for some in waves {
        all.extend(connect(some)?);
    }
    let last = held()?;
    #[expect(clippy::cast_precision_loss, reason = "few and small")]
    let each = last.saturating_sub(first) as f64 / (spots.len() - TOGETHER) as f64 / 1e3;
    let row = Row::new("hub: a connection that is silent", each, "kB");
    Ok(vec![row.at_most(64.0)])
}
