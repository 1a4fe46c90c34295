//! `cargo xtask bench [NAME]`: measures, prints a table, writes `target/bench/NAME.json`.
//!
//! A missed target is said plainly and is no failure of the program: machines
//! differ, and only a person can tell why. It fails when it cannot measure.
#![expect(
    clippy::print_stdout,
    reason = "a command line tool speaks on its standard output"
)]

mod bombs;
mod console;
mod desk;
mod driven;
mod durable;
mod forwarder;
mod history;
mod intake;
mod keystroke;
mod many;
mod records;
mod report;
mod samples;
mod satellite;
mod silent;
mod start;
mod sync;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use report::Row;
use vereda_tests::satellite::SERVE;

/// A benchmark: its name, what it measures, and how.
type Bench = (&'static str, &'static str, fn() -> anyhow::Result<Vec<Row>>);

const BENCHES: [Bench; 11] = [
    (
        "durable",
        "keystrokes and steps against a bare SQLCipher commit, in turns",
        durable::run,
    ),
    (
        "keystroke",
        "from the desk's input event to the citizen's page, in a browser",
        keystroke::run,
    ),
    (
        "desk",
        "pages and search with 100,000 requests; ten desks of a vehicle that type at once",
        desk::run,
    ),
    (
        "console",
        "requests made twice, beside Splink; pages, duplicates and decisions with a million requests at the hub",
        console::run,
    ),
    (
        "sync",
        "10,000 requests to the hub, beside counted entropy, zstd, Automerge's protocol and PouchDB",
        sync::run,
    ),
    (
        "intake",
        "10,000 requests of four spots at the hub: changes a second of CPU, acknowledged and derived",
        intake::run,
    ),
    (
        "history",
        "a hundred changes more after 10,000 and after 1,000,000; memory and start there",
        history::run,
    ),
    (
        "silent",
        "what a connected spot that has nothing to say takes of the hub's memory",
        silent::run,
    ),
    (
        "satellite",
        "10,000 requests over 256 kbit/s, 600 ms each way, with and without losses",
        satellite::run,
    ),
    (
        "bombs",
        "what is small on the wire and large in memory: time and memory until it is refused",
        bombs::run,
    ),
    (
        "start",
        "start, memory and pages with 1,000 and 100,000 records",
        start::run,
    ),
];

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    if let Some(done) = in_a_process_of_its_own(&names) {
        return match done {
            Ok(said) => {
                println!("{said}");
                ExitCode::SUCCESS
            }
            Err(why) => {
                println!("{why:#}");
                ExitCode::FAILURE
            }
        };
    }
    if let Some(unknown) = names.iter().find(|n| BENCHES.iter().all(|b| b.0 != **n)) {
        println!("there is no benchmark {unknown:?}; there are:");
        for (name, about, _) in BENCHES {
            println!("  {name:10} {about}");
        }
        return ExitCode::FAILURE;
    }
    let mut broken = 0;
    let mut missed = 0;
    for (name, about, run) in BENCHES {
        if !names.is_empty() && names.iter().all(|n| n != name) {
            continue;
        }
        println!("\n{name}: {about}");
        let begun = Instant::now();
        match run().and_then(|rows| report::publish(name, &rows).map(|()| rows)) {
            Ok(rows) => missed += rows.iter().filter(|r| r.met == Some(false)).count(),
            Err(error) => {
                println!("  could not be measured: {error:#}");
                broken += 1;
            }
        }
        println!("  ({:.0} s)", begun.elapsed().as_secs_f64());
    }
    match missed {
        0 => println!("\nno target was missed"),
        n => println!("\nTARGETS MISSED: {n}"),
    }
    if broken == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What a benchmark starts this program again for.
fn in_a_process_of_its_own(words: &[String]) -> Option<anyhow::Result<String>> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [SERVE, ref line @ ..] => {
            Some(vereda_tests::satellite::serve(line).map(|()| String::new()))
        }
        [
            intake::PLAIN,
            "hub",
            "--stop-with-stdin",
            "--config",
            config,
        ] => Some(intake::serve_plain(Path::new(config)).map(|()| String::new())),
        [bombs::REFUSE, file] => Some(bombs::refuse(Path::new(file))),
        _ => None,
    }
}
