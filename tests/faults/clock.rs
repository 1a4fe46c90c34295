//! Clocks that are wrong, under the real program: `faketime` sets them.

use std::process::Command;

use vereda::node::Node;
use vereda_sync::hlc::Hlc;
use vereda_sync::id::RecordId;
use vereda_tests::folder::Folder;
use vereda_tests::spot::Place;

use crate::world::{Writer, all_kept, faults, text, verified};

/// One after the other at one node: ten years behind, ten ahead, backwards, over the hour that is
/// there twice in October, and the one that is not there in March.
const CLOCKS: [&str; 8] = [
    "-10y",
    "+10y",
    "+0d",
    "-1d",
    "2026-10-25 00:59:59",
    "2026-10-25 00:30:00",
    "2027-03-28 00:59:59",
    "2027-03-28 02:00:01",
];

#[test]
fn no_clock_brings_what_was_written_out_of_order() {
    let folder = Folder::make("clock").unwrap();
    let place = Place::spot(folder.path().join("spot"), 9).unwrap();
    let mut all = Vec::new();
    for clock in CLOCKS {
        let mut command = Command::new("faketime");
        command
            .env("TZ", "Europe/Lisbon")
            .args(["-f", &spoken(clock), faults()]);
        let (said, well) =
            Writer::start(command.args(["desk", text(&place.config_file()), "3"])).end();
        assert!(well, "under {clock}");
        all.extend(said);
    }
    all_kept(&place, &all);
    let node = Node::open(place.config().unwrap()).unwrap();
    let begun = all
        .iter()
        .filter_map(|line| RecordId::from_hex(line.strip_prefix("begun ")?));
    let changed = begun.map(|id| node.with_document(id, |d| d.changed()).unwrap().flatten());
    let times: Vec<Hlc> = changed.map(Option::unwrap).collect();
    assert_eq!(times.len(), CLOCKS.len());
    assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
    drop(node);
    verified(&place);
}

/// As `faketime -f` has it: a distance, or a moment from which on the clock runs.
fn spoken(clock: &str) -> String {
    match clock.starts_with(['+', '-']) {
        true => clock.to_owned(),
        false => format!("@{clock}"),
    }
}
