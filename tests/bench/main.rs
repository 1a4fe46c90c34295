//! `cargo xtask bench [NAME]`: measures, prints a table, writes `target/bench/NAME.json`.
//!
//! A missed target is said plainly and is no failure of the program: machines
//! differ, and only a person can tell why. It fails when it cannot measure.
#![expect(
    clippy::print_stdout,
    reason = "a command line tool speaks on its standard output"
)]

mod durable;
mod report;
mod samples;

use std::process::ExitCode;
use std::time::Instant;

use report::Row;

/// A benchmark: its name, what it measures, and how.
type Bench = (&'static str, &'static str, fn() -> anyhow::Result<Vec<Row>>);

const BENCHES: [Bench; 1] = [(
    "durable",
    "keystrokes and steps against a bare SQLCipher commit, in turns",
    durable::run,
)];

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
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
