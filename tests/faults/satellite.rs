//! The real programs at both ends of a satellite.

use std::path::Path;
use std::time::{Duration, Instant};

use vereda_tests::folder::{Folder, vereda_of_tests};
use vereda_tests::program::Serving;
use vereda_tests::satellite::{HUB, Line, SATELLITE, Satellite};
use vereda_tests::spot::{Authority, Place};

use crate::world::{LIMIT, faults, fill, held, photographs, unsent, verified};

/// Requests that wait.
const BACKLOG: u32 = 60;
/// What can have left before it: three seconds at the modem, a round trip, and what the machine hands out.
const LEFT: u64 = 192 << 10;
/// Photographs of which so much is there are going up.
const UNDER_WAY: u64 = 192 << 10;

/// A spot and a hub at both ends of a line, not started yet.
struct Ends {
    spot: Place,
    hub: Place,
    satellite: Satellite,
    _folder: Folder,
}

impl Ends {
    fn of(name: &str, line: Line) -> Self {
        let folder = Folder::make(name).unwrap();
        let authority = Authority::make(folder.path()).unwrap();
        let hub = Place::hub(folder.path().join("central")).unwrap();
        hub.configure(
            "127.0.0.1:0\"\ncertificate",
            &format!("{HUB}:4433\"\ncertificate"),
        )
        .unwrap();
        let spot = Place::spot(folder.path().join("movel-07"), 4433).unwrap();
        let address = format!("{HUB}:4433\"\nname = \"localhost\"");
        spot.configure("localhost:4433\"", &address).unwrap();
        authority.enrol(&hub).unwrap();
        authority.enrol(&spot).unwrap();
        let satellite = Satellite::start(Path::new(faults()), line).unwrap();
        Self {
            spot,
            hub,
            satellite,
            _folder: folder,
        }
    }

    fn start_hub(&self) -> Serving {
        let command = self.satellite.at_hub(&vereda_of_tests().unwrap());
        Serving::start_as("hub", command, &self.hub.config_file()).unwrap()
    }

    fn start_spot(&self) -> Serving {
        let command = self.satellite.at_spot(&vereda_of_tests().unwrap());
        Serving::start_as("spot", command, &self.spot.config_file()).unwrap()
    }
}

/// How long until all is proven over such a line.
fn crosses(name: &str, line: Line, limit: Duration) -> Duration {
    let ends = Ends::of(name, line);
    let Ends { spot, hub, .. } = &ends;
    fill(spot, BACKLOG);
    let running = ends.start_hub();
    let began = Instant::now();
    let calling = ends.start_spot();
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
    verified(hub);
    let (size, .., root) = held(spot.config().unwrap(), "movel-07");
    let (at_hub, .., its_root) = held(hub.config().unwrap(), "movel-07");
    assert_eq!((at_hub, its_root), (size, root));
    took
}

/// Bytes of IP that reach the hub from a moment on at which photographs are going up and somebody
/// begins an attendance, until the hub has it.
fn passes_by(name: &str, line: Line) -> u64 {
    let ends = Ends::of(name, line);
    let Ends {
        spot,
        hub,
        satellite,
        ..
    } = &ends;
    fill(spot, 1);
    photographs(spot, 4 << 20);
    let _running = ends.start_hub();
    let calling = ends.start_spot();
    let until = |what: &str, is: &dyn Fn() -> bool| {
        let began = Instant::now();
        while !is() {
            assert!(began.elapsed() < LIMIT, "{what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let records_are_there = || {
        let (size, _, proven, _) = held(spot.config().unwrap(), "movel-07");
        proven == size
    };
    until("the records do not get there", &records_are_there);
    let so_far = satellite.arrived().unwrap().0;
    let pictures_go = || satellite.arrived().unwrap().0 > so_far + UNDER_WAY;
    until("no photograph goes up", &pictures_go);
    let begun = satellite
        .at_spot(Path::new(faults()))
        .args(["attendance", &calling.address])
        .status()
        .unwrap();
    assert!(begun.success());
    let before = satellite.arrived().unwrap().0;
    let size = held(spot.config().unwrap(), "movel-07").0;
    let it_is_there = || held(hub.config().unwrap(), "movel-07").0 == size;
    until("the attendance does not get there", &it_is_there);
    let after = satellite.arrived().unwrap().0;
    assert!(unsent(spot), "all photographs went first");
    after - before
}

#[test]
fn an_attendance_passes_by_the_photographs_that_go_up() {
    // What had left cannot be overtaken: a round trip's worth, and what waits at the modem.
    let bytes = passes_by("satellite-photographs", SATELLITE);
    println!("{bytes} bytes went before it");
    assert!(bytes < LEFT, "{bytes} bytes went before it");
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
