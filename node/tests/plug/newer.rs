//! A newer version of the program is begun in its place, and one that does not hold out is left.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::{Process, configure, vereda};

/// A hub and a spot with folders and keys; none runs.
fn configured(name: &str) -> (PathBuf, PathBuf, PathBuf) {
    let folder = std::env::temp_dir().join(format!("vereda-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let authority = folder.join("authority");
    let dir = authority.to_str().unwrap();
    vereda(&["authority", "new", "--dir", dir, "--name", "Ensaio"]);
    let keys = "certificate = \"keys/node.crt\"\nkey = \"keys/node.key\"\nauthority = \"keys/authority.crt\"\n";
    let list = authority.join("enrolled.toml");
    let of_hub = format!("[sync]\nlisten = \"127.0.0.1:0\"\nenrolled = {list:?}\n{keys}");
    let hub = configure(&folder, "central", "hub", &of_hub);
    // Nobody answers there.
    let spot = configure(
        &folder,
        "spot",
        "vehicle",
        &format!("[hub]\naddress = \"localhost:9\"\n{keys}"),
    );
    (folder, hub, spot)
}

/// As it is published at the hub, and as it came to the spot.
fn published(program: &Path, (hub, spot): (&Path, &Path), version: &str) {
    vereda(&[
        "publish",
        program.to_str().unwrap(),
        "--config",
        hub.to_str().unwrap(),
        "--release",
        version,
        "--notes",
        "Ensaio.",
    ]);
    let (from, to) = (
        hub.with_file_name("updates"),
        spot.with_file_name("updates"),
    );
    fs::create_dir_all(&to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        // By a name of its own: a program that runs cannot be written over.
        let there = to.join(file.file_name());
        if !there.exists() {
            fs::copy(file.path(), there).unwrap();
        }
    }
    use std::os::unix::fs::PermissionsExt;
    for file in fs::read_dir(to).unwrap() {
        fs::set_permissions(file.unwrap().path(), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn a_newer_version_that_does_not_hold_out_is_begun_three_times_and_then_left() {
    let (folder, hub, spot) = configured("newer");
    let said = folder.join("said");
    let program = folder.join("program");
    let script = format!("#!/bin/sh\necho \"$VEREDA_IN_PLACE_OF $1\" >> {said:?}\nexit 3\n");
    fs::write(&program, script).unwrap();
    published(&program, (&hub, &spot), "99.0.0");
    for _ in 0..3 {
        let status = Command::new(env!("CARGO_BIN_EXE_vereda"))
            .args(["spot", "--config"])
            .arg(&spot)
            .stdin(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(
            status.code(),
            Some(3),
            "it began in place of the installed one"
        );
    }
    let lines = fs::read_to_string(&said).unwrap();
    let line = format!("{} spot", env!("CARGO_PKG_VERSION"));
    assert_eq!(lines.lines().collect::<Vec<_>>(), [line.as_str(); 3]);
    // The desk opens all the same, with what is installed.
    drop(Process::start("spot", &spot));
    assert_eq!(fs::read_to_string(&said).unwrap(), lines);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_newer_version_that_works_serves_with_the_same_store() {
    let (folder, hub, spot) = configured("works");
    published(
        Path::new(env!("CARGO_BIN_EXE_vereda")),
        (&hub, &spot),
        "99.0.0",
    );
    let running = Process::start("spot", &spot);
    let program = fs::read_link(format!("/proc/{}/exe", running.0.id())).unwrap();
    assert!(
        program.starts_with(spot.with_file_name("updates")),
        "{program:?}"
    );
    drop(running);
    fs::remove_dir_all(folder).unwrap();
}
