//! Bits that turn in the store.

use std::os::unix::fs::FileExt;
use std::process::Command;

use vereda_tests::folder::{Folder, vereda_of_tests};
use vereda_tests::invented::Seeded;
use vereda_tests::spot::Place;

use crate::world::{fill, verified};

const PAGE: u64 = 4_096;

#[test]
fn a_bit_that_turned_in_the_database_is_noticed_and_said() {
    let folder = Folder::make("bit").unwrap();
    let place = Place::spot(folder.path().join("spot"), 9).unwrap();
    fill(&place, 20);
    verified(&place);
    let store = place.config().unwrap().store.path;
    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&store)
        .unwrap();
    let pages = file.metadata().unwrap().len() / PAGE;
    let mut random = Seeded::new(61);
    let mut byte = [0];
    for _ in 0..12 {
        let at = random.below(pages * PAGE);
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ 1 << random.below(8)], at)
            .unwrap();
        for command in ["doctor", "verify"] {
            let done = Command::new(vereda_of_tests().unwrap())
                .args([command, "--config"])
                .arg(place.config_file())
                .output()
                .unwrap();
            let said = [done.stdout, done.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            // What nothing reads any more (a free page) may turn unseen by one of them.
            let noticed = !done.status.success();
            assert!(
                noticed || command == "verify",
                "byte {at}: {command} says {said}"
            );
            let words = [
                "damaged",
                "malformed",
                "cannot be read",
                "does not open",
                "disk",
            ];
            assert!(
                !noticed || words.iter().any(|w| said.contains(w)),
                "byte {at}: {said}"
            );
        }
        file.write_all_at(&byte, at).unwrap();
        verified(&place);
    }
}
