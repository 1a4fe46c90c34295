//! The real programs at both ends of a satellite.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use vereda_tests::folder::{Folder, vereda_of_tests};
use vereda_tests::program::Serving;
use vereda_tests::satellite::{HUB, Line, SATELLITE, Satellite};
use vereda_tests::spot::{Authority, Place};

use crate::world::{faults, fill, held, verified};

/// Requests that wait.
const BACKLOG: u32 = 60;

/// How long until all is proven over such a line.
fn crosses(name: &str, line: Line, limit: Duration) -> Duration {
    let folder = Folder::make(name).unwrap();
    let authority = Authority::make(folder.path()).unwrap();
    let hub = Place::hub(folder.path().join("central")).unwrap();
    hub.configure(
        "127.0.0.1:0\"\ncertificate",
        &format!("{HUB}:4433\"\ncertificate"),
    )
    .unwrap();
    let spot = Place::spot(folder.path().join("movel-07"), 4433).unwrap();
    let address = format!("{HUB}:4433\"\nname = \"localhost\"\npoll_s = 1");
    spot.configure("localhost:4433\"", &address).unwrap();
    authority.enrol(&hub).unwrap();
    authority.enrol(&spot).unwrap();
    fill(&spot, BACKLOG);

    let satellite = Satellite::start(Path::new(faults()), line).unwrap();
    let program = vereda_of_tests().unwrap();
    let at = |command: Command, role: &str, place: &Place| {
        Serving::start_as(role, command, &place.config_file()).unwrap()
    };
    let running = at(satellite.at_hub(&program), "hub", &hub);
    let began = Instant::now();
    let calling = at(satellite.at_spot(&program), "spot", &spot);
    let mut before = 0;
    let took = loop {
        let (size, acked, proven, _) = held(spot.config().unwrap(), "movel-07");
        assert!(
            acked >= before,
            "progress only forward: {before}, then {acked}"
        );
        before = acked;
        if proven == size {
            break began.elapsed();
        }
        assert!(
            began.elapsed() < limit,
            "{proven} of {size} are proven, {acked} acknowledged"
        );
        std::thread::sleep(Duration::from_millis(100));
    };
    drop((calling, running));
    verified(&hub);
    let (size, .., root) = held(spot.config().unwrap(), "movel-07");
    let (at_hub, .., its_root) = held(hub.config().unwrap(), "movel-07");
    assert_eq!((at_hub, its_root), (size, root));
    took
}

#[test]
fn a_backlog_crosses_a_satellite_that_loses_nothing() {
    crosses("satellite-0", SATELLITE, Duration::from_secs(30));
}

#[test]
fn a_backlog_crosses_a_satellite_that_loses_two_of_a_hundred() {
    let line = Line {
        loss_per_mille: 20,
        ..SATELLITE
    };
    crosses("satellite-2", line, Duration::from_secs(60));
}

#[test]
fn a_backlog_crosses_a_satellite_that_loses_one_of_five() {
    let line = Line {
        loss_per_mille: 200,
        ..SATELLITE
    };
    crosses("satellite-20", line, Duration::from_secs(170));
}
