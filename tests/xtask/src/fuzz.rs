//! `cargo xtask fuzz`: libFuzzer on the stable compiler, one target after the other.
//!
//! Coverage comes from LLVM's own pass, which takes no unstable flag; what it costs is a build of
//! everything in a folder of its own. Inputs that reach something new are kept there from run to run.

use crate::{install, place, run};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// What makes every crate tell which of its branches ran.
const COVERAGE: &str = "--cfg fuzzing --cfg fuzzing_libfuzzer -Cpasses=sancov-module -Ccodegen-units=1 \
    -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

/// What is run, and for how long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    target: Option<String>,
    minutes: u32,
}

impl Options {
    /// Reads the arguments of `cargo xtask fuzz`.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut options = Options {
            target: None,
            minutes: 1,
        };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "--minutes" => {
                    let minutes = rest.next().and_then(|n| n.parse().ok());
                    options.minutes = minutes.ok_or("--minutes takes a number")?;
                }
                name if !name.starts_with('-') && options.target.is_none() => {
                    options.target = Some(name.to_owned());
                }
                _ => return Err("fuzz takes a target and --minutes N, or nothing".into()),
            }
        }
        Ok(options)
    }
}

/// How a target's run ended.
struct Ran {
    name: String,
    cases: u64,
    time: Duration,
    found: Option<String>,
}

/// Builds, runs, and says how many cases there were.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    install::packages(install::Purpose::Fuzz)?;
    let program = build()?;
    let listed = run::output(
        run::command(&program).args(["--list"]),
        "listing the targets",
    )?;
    let all: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .filter(|name| !name.starts_with("the_"))
        .collect();
    let chosen: Vec<&str> = match &options.target {
        None => all,
        Some(name) if all.contains(&name.as_str()) => vec![name],
        Some(name) => {
            return Err(format!(
                "there is no target {name}; there are {}",
                all.join(", ")
            ));
        }
    };
    let mut ran = Vec::new();
    for name in chosen {
        println!("\n── {name} ──");
        ran.push(one(&program, name, options.minutes)?);
    }
    println!(
        "\n{:12} {:>14} {:>10}  result",
        "target", "cases", "cases/s"
    );
    for one in &ran {
        let per_second = one.cases as f64 / one.time.as_secs_f64().max(0.001);
        let result = one.found.as_deref().unwrap_or("nothing found");
        println!(
            "{:12} {:>14} {per_second:>10.0}  {result}",
            one.name, one.cases
        );
    }
    println!(
        "{:12} {:>14}",
        "together",
        ran.iter().map(|one| one.cases).sum::<u64>()
    );
    match ran.iter().filter(|one| one.found.is_some()).count() {
        0 => Ok(()),
        n => Err(format!("{n} targets found something")),
    }
}

fn build() -> Result<PathBuf, String> {
    let compiler = run::output(run::command("rustc").arg("-vV"), "rustc")?;
    let host = compiler
        .lines()
        .find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("rustc does not say what it compiles for")?;
    let mut cargo = run::cargo();
    cargo
        .args([
            "test",
            "--release",
            "--package",
            "vereda-fuzz",
            "--test",
            "fuzz",
            "--no-run",
        ])
        .args([
            "--target",
            host,
            "--message-format",
            "json-render-diagnostics",
        ])
        // With a target that is named, the flags do not reach build scripts.
        .env("CARGO_TARGET_DIR", place::target().join("fuzz"))
        .env("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", "true")
        .env("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "true")
        .env("RUSTFLAGS", COVERAGE)
        .stderr(Stdio::inherit());
    let built = run::output(&mut cargo, "building the targets")?;
    built
        .lines()
        .filter_map(|line| line.split_once("\"executable\":\"")?.1.split_once('"'))
        .map(|(file, _)| PathBuf::from(file))
        .next_back()
        .ok_or_else(|| "cargo named no program".into())
}

fn one(program: &PathBuf, name: &str, minutes: u32) -> Result<Ran, String> {
    let began = Instant::now();
    let found = place::target().join("fuzz/found").join(name);
    let corpus = place::target().join("fuzz/corpus").join(name);
    for folder in [&found, &corpus] {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    let kept = place::root().join("tests/fuzz/corpus").join(name);
    let mut arguments = vec![corpus.display().to_string()];
    if kept.is_dir() {
        arguments.push(kept.display().to_string());
    }
    arguments.extend([
        format!("-max_total_time={}", minutes * 60),
        format!("-artifact_prefix={}/", found.display()),
        "-timeout=20".into(),
        "-rss_limit_mb=2048".into(),
        "-print_final_stats=1".into(),
        "-verbosity=1".into(),
    ]);
    let mut command = run::command(program);
    command
        .args([name, "--exact", "--nocapture", "--test-threads", "1"])
        .env("BOLERO_LIBFUZZER_ARGS", arguments.join(" "))
        .env("RUST_BACKTRACE", "0")
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| format!("{name}: {e}"))?;
    let (mut cases, mut said) = (0, None);
    let errors = child.stderr.take().ok_or("no output")?;
    for line in BufReader::new(errors).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        cases = cases.max(done(&line).unwrap_or(0));
        if let Some((_, file)) = line.split_once("Test unit written to ") {
            said = Some(file.trim().to_owned());
        }
        let pulse = line.starts_with('#') && line.contains("pulse");
        if pulse || line.starts_with("==") || line.contains("Test unit written") {
            println!("{line}");
        }
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    let died = (!status.success()).then(|| status.to_string());
    Ok(Ran {
        name: name.to_owned(),
        cases,
        time: began.elapsed(),
        found: said.or(died),
    })
}

/// How many cases a line of libFuzzer says were run: `#4096 NEW …`, or the last word of its statistics.
fn done(line: &str) -> Option<u64> {
    let number = match line.strip_prefix("stat::number_of_executed_units:") {
        Some(number) => number.trim(),
        None => line.strip_prefix('#')?.split_whitespace().next()?,
    };
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cases_are_read_from_what_libfuzzer_says() {
        assert_eq!(done("#4096\tpulse  cov: 12 ft: 40 corp: 3/9b"), Some(4096));
        assert_eq!(
            done("stat::number_of_executed_units: 120034"),
            Some(120_034)
        );
        assert_eq!(done("INFO: seed corpus: files: 3"), None);
        assert_eq!(done("# words"), None);
    }

    #[test]
    fn a_target_and_minutes_are_read() {
        let parse =
            |words: &str| Options::parse(&words.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let options = parse("change --minutes 30").unwrap();
        assert_eq!(
            (options.target.as_deref(), options.minutes),
            (Some("change"), 30)
        );
        assert!(parse("--minutes").is_err() && parse("a b").is_err() && parse("--fast").is_err());
    }
}
