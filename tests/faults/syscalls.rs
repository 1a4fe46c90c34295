//! One system call goes wrong: the program is killed at it, or the disk answers with an error.

use std::path::Path;
use std::process::Command;

use vereda_tests::folder::Folder;
use vereda_tests::spot::Place;

use crate::world::{Writer, all_kept, faults, fill, frames, held, text, verified};

/// What a store does to its disk.
const CALLS: [&str; 4] = ["pwrite64", "fdatasync", "fsync", "ftruncate"];

fn under_strace(inject: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("strace");
    let call = inject.split(':').next().unwrap();
    command
        .args(["-f", "-qq", "-o", "/dev/null", "-e"])
        .arg(format!("trace={call}"))
        .args(["-e", &format!("inject={inject}"), faults()])
        .args(arguments);
    command
}

#[test]
fn a_desk_killed_at_every_write_and_sync_keeps_what_it_acknowledged() {
    let folder = Folder::make("kill-desk").unwrap();
    let place = Place::spot(folder.path().join("spot"), 9).unwrap();
    fill(&place, 1);
    let config = place.config_file();
    let mut killed = 0;
    for call in CALLS {
        for when in 1..200 {
            let inject = format!("{call}:signal=SIGKILL:when={when}");
            let (said, ended_well) =
                Writer::start(&mut under_strace(&inject, &["desk", text(&config), "3"])).end();
            all_kept(&place, &said);
            if ended_well {
                break;
            }
            killed += 1;
        }
    }
    assert!(killed > 20, "it was killed {killed} times only");
    verified(&place);
}

#[test]
fn a_hub_killed_at_every_write_and_sync_takes_the_same_frames_again_and_has_each_once() {
    let folder = Folder::make("kill-hub").unwrap();
    let spot = Place::spot(folder.path().join("spot"), 9).unwrap();
    fill(&spot, 2);
    let file = folder.path().join("frames");
    let all = frames(&spot, &file);
    let mut killed = 0;
    for call in CALLS {
        for when in (1..400).step_by(if call == "pwrite64" { 3 } else { 1 }) {
            // A hub of its own each time, so that each kill meets a frame that is new.
            let place = Place::hub(folder.path().join(format!("{call}-{when}"))).unwrap();
            copy_of(&folder, &place);
            let config = place.config_file();
            let arguments = ["frames", text(&config), text(&file)];
            let inject = format!("{call}:signal=SIGKILL:when={when}");
            let (said, ended_well) = Writer::start(&mut under_strace(&inject, &arguments)).end();
            let acknowledged = said
                .iter()
                .filter_map(|l| l.strip_prefix("held ")?.parse().ok());
            let acknowledged: u64 = acknowledged.max().unwrap_or(0);
            let (kept, ..) = held(place.config().unwrap(), "movel-07");
            assert!(
                kept >= acknowledged,
                "{inject}: {acknowledged} acknowledged, {kept} kept"
            );
            // The acknowledgement is lost: all comes again, twice.
            for _ in 0..2 {
                let (_, well) = Writer::start(Command::new(faults()).args(arguments)).end();
                assert!(well, "{inject}");
            }
            assert_eq!(held(place.config().unwrap(), "movel-07").0, all, "{inject}");
            let rows = rows_of(&place);
            assert_eq!(rows, all, "{inject}: one row for each entry");
            if ended_well {
                verified(&place);
                break;
            }
            killed += 1;
            std::fs::remove_dir_all(place.folder()).unwrap();
        }
    }
    assert!(killed > 10, "it was killed {killed} times only");
}

/// An empty hub, made once: making the tables is not what is tested here.
fn copy_of(folder: &Folder, place: &Place) {
    let made = folder.path().join("made");
    if !made.exists() {
        let first = Place::hub(made.clone()).unwrap();
        held(first.config().unwrap(), "");
    }
    let data = place.folder().join("data");
    std::fs::create_dir_all(&data).unwrap();
    for file in std::fs::read_dir(made.join("data")).unwrap() {
        let file = file.unwrap().path();
        std::fs::copy(&file, data.join(file.file_name().unwrap())).unwrap();
    }
}

fn rows_of(place: &Place) -> u64 {
    let node = vereda::node::Node::open(place.config().unwrap()).unwrap();
    let count: i64 = node
        .store
        .read()
        .query_row("SELECT count(*) FROM entry", [], |r| r.get(0))
        .unwrap();
    u64::try_from(count).unwrap()
}

/// Lets one call fail at several moments; gives what was said of it.
fn failing(place: &Place, call: &str, error: &str) -> Vec<String> {
    let mut refusals = Vec::new();
    let config = place.config_file();
    // As far as the shortest run goes: a sync for each commit, and some writes.
    let (last, step) = if call == "pwrite64" {
        (150, 12)
    } else {
        (30, 3)
    };
    for when in (1..last).step_by(step) {
        // Three in a row: a disk that fails seldom fails once.
        let inject = format!("{call}:error={error}:when={when}..{}", when + 2);
        let (said, _) =
            Writer::start(&mut under_strace(&inject, &["desk", text(&config), "12"])).end();
        // It went on afterwards, and what it could not keep is not there.
        all_kept(place, &said);
        refusals.extend(said.into_iter().filter(|l| l.starts_with("refused")));
    }
    verified(place);
    refusals
}

fn place(folder: &Path) -> Place {
    let place = Place::spot(folder.join("spot"), 9).unwrap();
    fill(&place, 1);
    place
}

#[test]
fn a_sync_that_fails_is_never_taken_for_one_that_did_not() {
    let folder = Folder::make("eio-sync").unwrap();
    let said = failing(&place(folder.path()), "fsync,fdatasync", "EIO");
    assert!(said.len() >= 6, "{said:?}");
    assert!(
        said.iter()
            .all(|l| l.contains("disk") || l.contains("disco")),
        "{said:?}"
    );
}

#[test]
fn a_write_that_fails_says_that_the_disk_fails_and_not_that_it_is_full() {
    let folder = Folder::make("eio-write").unwrap();
    let said = failing(&place(folder.path()), "pwrite64", "EIO");
    assert!(said.len() >= 3, "{said:?}");
    assert!(
        said.iter()
            .all(|l| !l.contains("full") && !l.contains("Full")),
        "{said:?}"
    );
}

#[test]
fn a_full_disk_is_said_and_what_was_refused_is_not_there() {
    let folder = Folder::make("enospc").unwrap();
    let said = failing(&place(folder.path()), "pwrite64", "ENOSPC");
    assert!(said.len() >= 3, "{said:?}");
    assert!(
        said.iter()
            .all(|l| l.contains("full") || l.contains("DiskFull")),
        "{said:?}"
    );
}
