//! Power cuts at random moments, on the node's store and on the hub's.

use std::process::Command;
use std::time::{Duration, Instant};

use vereda_tests::folder::{Folder, vereda_of_tests};
use vereda_tests::invented::Seeded;
use vereda_tests::program::Serving;
use vereda_tests::spot::{Authority, Place};

use crate::disk::Disk;
use crate::world::{LIMIT, Writer, all_kept, faults, fill, free_port, held, text, verified};

/// Cuts of each store.
const CUTS: u32 = 10;

#[test]
fn power_cuts_take_nothing_back_that_a_desk_was_told() {
    let folder = Folder::make("power-spot").unwrap();
    let disk = Disk::make(folder.path());
    let place = Place::spot(folder.path().join("spot"), 9).unwrap();
    place
        .configure("data/", &format!("{}/", text(disk.point())))
        .unwrap();
    let mut random = Seeded::new(21);
    let (mut said, mut acknowledged) = (Vec::new(), 0);
    for _ in 0..CUTS {
        let mut writer = Writer::start(Command::new(faults()).args([
            "desk",
            text(&place.config_file()),
            "100000",
        ]));
        writer.until("noted");
        std::thread::sleep(Duration::from_millis(random.below(300)));
        let at = disk.cut();
        let now = writer.kill(at);
        acknowledged += now.len();
        said.extend(now);
        disk.restore();
        all_kept(&place, &said);
    }
    verified(&place);
    assert!(
        acknowledged > 10 * usize::try_from(CUTS).unwrap() / 2,
        "only {acknowledged} things were acknowledged"
    );
}

#[test]
fn power_cuts_take_nothing_back_that_a_spot_was_told_by_the_hub() {
    let folder = Folder::make("power-hub").unwrap();
    let disk = Disk::make(folder.path());
    let authority = Authority::make(folder.path()).unwrap();
    let port = free_port();
    let hub = Place::hub(folder.path().join("central")).unwrap();
    hub.configure(
        "127.0.0.1:0\"\ncertificate",
        &format!("127.0.0.1:{port}\"\ncertificate"),
    )
    .unwrap();
    hub.configure("data/vereda.db", text(&disk.point().join("vereda.db")))
        .unwrap();
    let spot = Place::spot(folder.path().join("movel-07"), port).unwrap();
    spot.configure("retry_max_s = 4", "retry_max_s = 1\npoll_s = 1")
        .unwrap();
    authority.enrol(&hub).unwrap();
    authority.enrol(&spot).unwrap();
    fill(&spot, 120);

    let program = vereda_of_tests().unwrap();
    let running = Serving::start(&program, &spot.config_file()).unwrap();
    let mut random = Seeded::new(22);
    let mut cuts_under_way = 0;
    for _ in 0..CUTS {
        let serving = Serving::start_as("hub", Command::new(&program), &hub.config_file()).unwrap();
        std::thread::sleep(Duration::from_millis(150 + random.below(700)));
        disk.cut();
        serving.kill();
        disk.restore();
        let (_, acked, proven, _) = held(spot.config().unwrap(), "movel-07");
        let (at_hub, ..) = held(hub.config().unwrap(), "movel-07");
        assert!(
            at_hub >= acked.max(proven),
            "{acked} were acknowledged, {at_hub} are there"
        );
        cuts_under_way += u32::from(at_hub > 0);
        verified(&hub);
    }
    let serving = Serving::start_as("hub", Command::new(&program), &hub.config_file()).unwrap();
    let end = Instant::now() + LIMIT;
    loop {
        let (size, acked, proven, _) = held(spot.config().unwrap(), "movel-07");
        if proven == size {
            break;
        }
        assert!(
            Instant::now() < end,
            "{proven} of {size} are proven ({acked} acknowledged)"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(cuts_under_way > 0, "every cut came before the first frame");
    drop((running, serving));
    let (size, .., root) = held(spot.config().unwrap(), "movel-07");
    let (at_hub, .., its_root) = held(hub.config().unwrap(), "movel-07");
    assert_eq!((at_hub, its_root), (size, root));
    verified(&spot);
    verified(&hub);
}
