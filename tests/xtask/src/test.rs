//! `cargo xtask test` and `lint`: one stage after the other, all of them, then a table and the counts.

mod counts;

use crate::{install, layers, place, run};
use counts::Counts;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How much is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Only what reads the source.
    Lint,
    /// Without the browser, the documentation and what needs a download.
    Fast,
    /// Everything.
    Full,
}

impl Scope {
    /// Reads the arguments of `cargo xtask test`.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => Ok(Scope::Full),
            ["--fast"] => Ok(Scope::Fast),
            _ => Err("test takes --fast or nothing".into()),
        }
    }
}

/// What a stage runs, and whether it belongs to a scope.
struct Stage {
    name: &'static str,
    scopes: &'static [Scope],
    work: fn() -> Outcome,
}

/// How a stage went.
struct Outcome {
    counts: Counts,
    failure: Option<String>,
}

impl Outcome {
    fn of(result: Result<(), String>) -> Self {
        Outcome {
            counts: Counts::default(),
            failure: result.err(),
        }
    }
}

const ALL: &[Scope] = &[Scope::Lint, Scope::Fast, Scope::Full];
const LINT: &[Scope] = &[Scope::Lint, Scope::Full];
const TEST: &[Scope] = &[Scope::Fast, Scope::Full];
const FULL: &[Scope] = &[Scope::Full];

const STAGES: &[Stage] = &[
    Stage {
        name: "packages",
        scopes: FULL,
        work: || Outcome::of(install::packages(install::Purpose::Test)),
    },
    Stage {
        name: "checking tools",
        scopes: LINT,
        work: || Outcome::of(install::lint_tools()),
    },
    Stage {
        name: "test runner",
        scopes: TEST,
        work: || Outcome::of(install::test_runner()),
    },
    Stage {
        name: "formatting",
        scopes: ALL,
        work: || watched(run::cargo().args(["fmt", "--all", "--check"])),
    },
    Stage {
        name: "clippy",
        scopes: ALL,
        work: || {
            watched(run::cargo().args([
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ]))
        },
    },
    Stage {
        name: "layers",
        scopes: ALL,
        work: || Outcome::of(layers::check()),
    },
    Stage {
        name: "spelling",
        scopes: LINT,
        work: || watched(&mut run::command("typos")),
    },
    Stage {
        // Advisories would need a database from the network; a build must not turn red on a day without one.
        name: "licences",
        scopes: LINT,
        work: || {
            watched(run::cargo().args([
                "deny",
                "--workspace",
                "check",
                "licenses",
                "bans",
                "sources",
            ]))
        },
    },
    Stage {
        name: "programs",
        scopes: TEST,
        work: || watched(run::cargo().args(["build", "--workspace", "--bins"])),
    },
    Stage {
        name: "tests",
        scopes: TEST,
        work: || {
            watched(with_programs(run::cargo().args([
                "nextest",
                "run",
                "--workspace",
                "--no-fail-fast",
            ])))
        },
    },
    Stage {
        name: "examples in docs",
        scopes: TEST,
        work: || watched(run::cargo().args(["test", "--doc", "--workspace", "--no-fail-fast"])),
    },
    Stage {
        name: "documentation",
        scopes: FULL,
        work: || {
            watched(
                run::cargo()
                    .args(["doc", "--workspace", "--no-deps"])
                    .env("RUSTDOCFLAGS", "-D warnings"),
            )
        },
    },
    Stage {
        name: "browser driver",
        scopes: FULL,
        work: browser_driver,
    },
    Stage {
        name: "journeys",
        scopes: FULL,
        work: journeys,
    },
    Stage {
        // Small, on the programs as they are tested; `cargo xtask simulate day` is the whole of it.
        name: "a day in the field",
        scopes: FULL,
        work: || watched(with_programs(&mut day()).args(["--desks", "3", "--people", "6"])),
    },
    Stage {
        // Last, as it takes all cores for as long as it takes.
        name: "simulation",
        scopes: FULL,
        work: || watched(&mut simulation()),
    },
];

/// Runs every stage of a scope, also after one has failed, and reports.
pub(crate) fn run(scope: Scope) -> Result<(), String> {
    let mut reports = Vec::new();
    for stage in STAGES.iter().filter(|stage| stage.scopes.contains(&scope)) {
        println!("\n── {} ──", stage.name);
        let start = Instant::now();
        let outcome = (stage.work)();
        let time = start.elapsed();
        match &outcome.failure {
            None => println!("{}: passed in {}", stage.name, run::spoken(time)),
            Some(why) => println!("{}: FAILED in {}: {why}", stage.name, run::spoken(time)),
        }
        reports.push((stage.name, time, outcome));
    }
    report(&reports)
}

/// `cargo xtask bench`: measures in release mode, some of it with the program itself.
pub(crate) fn bench(names: &[String]) -> Result<(), String> {
    // PouchDB and the browser's driver run on it; the rest is measured without.
    if let Err(why) = install::node() {
        println!("{why}");
    }
    let program = ["build", "--release", "--package", "vereda"];
    run::must(run::cargo().args(program), "building vereda")?;
    let arguments = [
        "run",
        "--release",
        "--package",
        "vereda-tests",
        "--bin",
        "bench",
        "--",
    ];
    run::must(run::cargo().args(arguments).args(names), "bench")
}

/// `cargo xtask simulate`: so many seeds, or one that failed; or a day of vans on the programs themselves.
pub(crate) fn simulate(arguments: &[String]) -> Result<(), String> {
    let [first, rest @ ..] = arguments else {
        return run::must(&mut simulation(), "simulate");
    };
    if first != "day" {
        return run::must(simulation().args(arguments), "simulate");
    }
    // Its later days come from a clock that is set ahead.
    install::packages(install::Purpose::Test)?;
    let program = ["build", "--release", "--package", "vereda"];
    run::must(run::cargo().args(program), "building vereda")?;
    run::must(day().args(rest), "simulate day")
}

/// Drives the programs over HTTP.
fn day() -> Command {
    let mut cargo = run::cargo();
    cargo.args([
        "run",
        "--quiet",
        "--package",
        "vereda-tests",
        "--bin",
        "day",
        "--",
    ]);
    cargo
}

/// With the checks of a debug build: every write is held against what Automerge makes of it.
fn simulation() -> Command {
    let mut cargo = run::cargo();
    cargo.args([
        "run",
        "--quiet",
        "--package",
        "vereda-tests",
        "--bin",
        "simulate",
        "--",
    ]);
    cargo
}

/// The table, then the counts of each runner, which are the last thing that anybody reads.
fn report(reports: &[(&str, Duration, Outcome)]) -> Result<(), String> {
    println!("\n{:18} {:>10}  result", "stage", "time");
    for (name, time, outcome) in reports {
        let result = if outcome.failure.is_none() {
            "passed"
        } else {
            "FAILED"
        };
        println!("{name:18} {:>10}  {result}", run::spoken(*time));
    }
    println!();
    let mut total = Counts::default();
    for (name, _, outcome) in reports
        .iter()
        .filter(|(_, _, outcome)| outcome.counts != Counts::default())
    {
        println!("{name}: {}", outcome.counts);
        total = total + outcome.counts;
    }
    let failed: Vec<&str> = reports
        .iter()
        .filter(|(_, _, outcome)| outcome.failure.is_some())
        .map(|(name, _, _)| *name)
        .collect();
    println!(
        "stages: {} passed, {} failed",
        reports.len() - failed.len(),
        failed.len()
    );
    if total != Counts::default() {
        println!("all tests together: {total}");
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed: {}", failed.join(", ")))
    }
}

/// The journeys are written in JavaScript; their packages run no scripts of their own.
fn browser_driver() -> Outcome {
    if let Err(why) = install::node() {
        return Outcome::of(Err(why));
    }
    if !place::journeys().is_dir() {
        println!("there are no journeys in this tree");
        return Outcome::of(Ok(()));
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    watched(
        run::command("npm")
            .args(arguments)
            .current_dir(place::journeys()),
    )
}

/// The real programs in a real browser.
fn journeys() -> Outcome {
    if !place::journeys().is_dir() {
        println!("there are no journeys in this tree");
        return Outcome::of(Ok(()));
    }
    let mut node = run::command("node");
    node.args(["--test", "--test-reporter=spec"])
        .current_dir(place::journeys());
    watched(with_programs(&mut node))
}

/// Tells tests where the programs and the browser are.
fn with_programs(command: &mut Command) -> &mut Command {
    let chromium = std::env::var_os("CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    command
        .env("VEREDA_BIN", place::built("debug", "vereda"))
        .env("VEREDA_DEVICES_BIN", place::built("debug", "devices"))
        // The tests of `web/` write every page there, the journeys look at them.
        .env("VEREDA_DUMP_PAGES", place::target().join("pages"))
        .env("VEREDA_PAGES", place::target().join("pages"))
        .env("CHROMIUM", chromium)
}

/// Runs a command with its output shown as it comes, and keeps what the runners count.
fn watched(command: &mut Command) -> Outcome {
    if io::stdout().is_terminal() {
        // They write into our pipes and would otherwise take us for a file.
        command
            .env("CARGO_TERM_COLOR", "always")
            .env("FORCE_COLOR", "1");
    }
    let mut child = match command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    {
        Ok(child) => child,
        Err(error) => return Outcome::of(Err(format!("could not start: {error}"))),
    };
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let counts = thread::scope(|scope| {
        let err = scope.spawn(|| err.map_or_else(Counts::default, passed_on));
        let out = out.map_or_else(Counts::default, passed_on);
        // A reader that panicked has counted nothing; the exit status still tells.
        out + err.join().unwrap_or_default()
    });
    let failure = match child.wait() {
        Ok(status) if status.success() => None,
        Ok(status) => Some(status.to_string()),
        Err(error) => Some(error.to_string()),
    };
    Outcome { counts, failure }
}

fn passed_on(from: impl Read) -> Counts {
    let mut counts = Counts::default();
    let mut lines = BufReader::new(from);
    let mut line = Vec::new();
    while lines
        .read_until(b'\n', &mut line)
        .is_ok_and(|read| read > 0)
    {
        // Nobody may be left to read us; what is tested does not depend on it.
        let _ = io::stdout().write_all(&line);
        counts = counts + Counts::read(&String::from_utf8_lossy(&line));
        line.clear();
    }
    counts
}
