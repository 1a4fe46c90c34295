//! A large backlog over a satellite, with the release binary at both ends.
//!
//! The floor is what the line itself takes: the bytes of the run without losses at the line's rate,
//! and one round trip. It holds nothing for connecting and agreeing on keys, which are in the value.

use std::time::{Duration, Instant};

use anyhow::ensure;
use vereda::node::Node;
use vereda::store::journal;

use vereda_tests::folder::{Folder, vereda};
use vereda_tests::program::Serving;
use vereda_tests::satellite::{HUB, Line, SATELLITE, Satellite};
use vereda_tests::spot::{Authority, Place};

use crate::records::{self, Made};
use crate::report::Row;
use crate::sync::append;

const REQUESTS: u64 = 10_000;
/// Longest that any of them may take.
const PATIENCE: Duration = Duration::from_secs(600);

pub(crate) fn run() -> anyhow::Result<Vec<Row>> {
    let made = records::requests(5, REQUESTS)?;
    let lossy = |loss_per_mille| Line {
        loss_per_mille,
        ..SATELLITE
    };
    let took = |name, line| -> anyhow::Result<Crossed> {
        let crossed = cross(name, line, &made)?;
        println!("  {name} lost: {:.1} s", crossed.took.as_secs_f64());
        Ok(crossed)
    };
    let Crossed {
        took: nothing,
        bytes,
        ..
    } = took("nothing", lossy(0))?;
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let floor =
        bytes as f64 * 8.0 / SATELLITE.rate as f64 + 2.0 * SATELLITE.delay_ms as f64 / 1_000.0;
    println!("  {bytes} bytes of IP from the spot to the hub");
    let row = |what: &str, took: Duration| Row::new(what, took.as_secs_f64(), "s").over(floor);
    let two = took("two", lossy(20))?.took;
    let twenty = took("twenty", lossy(200))?.took;
    Ok(vec![
        row("until proven, nothing lost", nothing).at_most_times(1.15),
        row("until proven, 2 % lost", two).at_most_times(1.5),
        row("until proven, 20 % lost (must only complete)", twenty),
    ])
}

/// A backlog that crossed.
pub(crate) struct Crossed {
    /// Until all was proven.
    pub(crate) took: Duration,
    /// Bytes of IP that reached the hub.
    pub(crate) bytes: u64,
    pub(crate) spot: Used,
    pub(crate) hub: Used,
}

/// What a program used until then.
pub(crate) struct Used {
    pub(crate) cpu: Duration,
    pub(crate) most_memory: u64,
}

impl Used {
    fn by(program: &Serving) -> anyhow::Result<Self> {
        Ok(Self {
            cpu: program.cpu()?,
            most_memory: program.memory()?.1,
        })
    }
}

/// Brings all that was made over such a line.
pub(crate) fn cross(name: &str, line: Line, made: &[Made]) -> anyhow::Result<Crossed> {
    let folder = Folder::make(&format!("satellite-{name}"))?;
    let authority = Authority::make(folder.path())?;
    let hub = Place::hub(folder.path().join("central"))?;
    let spot = Place::spot(folder.path().join(records::NODE), 4433)?;
    let (from, to) = (
        "127.0.0.1:0\"\ncertificate",
        format!("{HUB}:4433\"\ncertificate"),
    );
    hub.configure(from, &to)?;
    let (from, to) = (
        "localhost:4433\"",
        format!("{HUB}:4433\"\nname = \"localhost\""),
    );
    spot.configure(from, &to)?;
    authority.enrol(&hub)?;
    authority.enrol(&spot)?;
    append(&Node::open(spot.config()?)?, made)?;
    let program = vereda()?;
    let satellite = Satellite::start(&std::env::current_exe()?, line)?;
    let hub_program = Serving::start_as("hub", satellite.at_hub(&program), &hub.config_file())?;
    let watched = Node::open(spot.config()?)?;
    let spot_program = Serving::start_as("spot", satellite.at_spot(&program), &spot.config_file())?;
    let began = Instant::now();
    loop {
        let all = journal::all(&watched.store.read())?;
        if all
            .iter()
            .filter(|j| j.own)
            .all(|j| j.proven == j.frontier.size())
        {
            let took = began.elapsed();
            return Ok(Crossed {
                took,
                bytes: satellite.arrived()?.0,
                spot: Used::by(&spot_program)?,
                hub: Used::by(&hub_program)?,
            });
        }
        ensure!(
            began.elapsed() < PATIENCE,
            "it did not cross in {PATIENCE:?}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
