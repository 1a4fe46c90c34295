//! A hub, spots, copies of spots, the lines between them and the sticks that people carry, from
//! a seed: the real nodes on real stores, with everything that can go wrong going wrong, held
//! against a small model of what people were told.
//!
//! ```text
//! simulate [--seeds N] [--minutes M] [--from SEED]   many seeds, until either is reached
//! simulate --seed SEED [--trace]                     one, with what happens in it
//! ```
//! [`plan`] draws what happens, [`perform`] lets it happen in a [`world`] of [`machine`]s and
//! [`mod@line`]s: [`near`] where spots meet, [`carried`] by stick and by carrier, [`archived`] where
//! they let go of what the hub keeps. [`model`] knows what must come of it and [`checks`] looks.
#![expect(
    clippy::print_stdout,
    reason = "a command line tool speaks on its standard output"
)]

mod archived;
mod carried;
mod checks;
mod line;
mod machine;
mod model;
mod near;
mod perform;
mod plan;
mod run;
#[cfg(test)]
mod seeds;
mod site;
mod tally;
mod world;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;

use plan::Plan;
use site::Site;
use tally::Tally;

/// What the command line asks for.
struct Options {
    seed: Option<u64>,
    from: u64,
    seeds: u64,
    minutes: u64,
    trace: bool,
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut options = Self {
            seed: None,
            from: 0,
            seeds: u64::MAX,
            minutes: u64::MAX,
            trace: false,
        };
        while let Some(word) = words.next() {
            if word == "--trace" {
                options.trace = true;
                continue;
            }
            let number = words.next().and_then(|n| n.parse().ok());
            let number = number.with_context(|| format!("{word} needs a number"))?;
            match word.as_str() {
                "--seed" => options.seed = Some(number),
                "--from" => options.from = number,
                "--seeds" => options.seeds = number,
                "--minutes" => options.minutes = number,
                _ => {
                    anyhow::bail!("there is no {word}: --seed, --from, --seeds, --minutes, --trace")
                }
            }
        }
        if options.seeds == u64::MAX && options.minutes == u64::MAX {
            (options.seeds, options.minutes) = (20_000, 10);
        }
        Ok(options)
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse(std::env::args().skip(1))?;
    let site = Site::make()?;
    Ok(match options.seed {
        Some(seed) => one(&site, seed, options.trace),
        None => many(&site, &options),
    })
}

/// One seed, listed.
fn one(site: &Site, seed: u64, trace: bool) -> ExitCode {
    let plan = Plan::of(seed);
    let went = run::run(site, &plan, |operation, happened| {
        if trace && happened {
            println!("  {operation}");
        }
    });
    match went {
        Ok(went) => {
            println!(
                "seed {seed} holds: {}, digest {:016x}",
                went.tally, went.digest
            );
            ExitCode::SUCCESS
        }
        Err(why) => {
            explain(site, &plan, &why);
            ExitCode::FAILURE
        }
    }
}

/// Says how a seed fails, with as little as shows it.
fn explain(site: &Site, plan: &Plan, why: &anyhow::Error) {
    let seed = plan.seed;
    println!("seed {seed} FAILS: {why:#}");
    if let Some((small, why)) = run::shrink(site, plan) {
        println!("of {} operations these are enough:", plan.operations.len());
        for (at, scopes) in plan.spots.iter().enumerate() {
            println!("  machine {} is a spot of {scopes:?}", at + 1);
        }
        // Those in which nothing happened say nothing.
        let mut told = vec![];
        let _ = run::run(site, &small, |operation, happened| {
            told.push((operation, happened))
        });
        for (operation, _) in told.into_iter().filter(|(_, happened)| *happened) {
            println!("  {operation}");
        }
        println!("they give: {why:#}");
    }
    println!("again: cargo xtask simulate --seed {seed} --trace");
}

/// After this long a seed is taken to hang: most take less than a second.
const HANGS: Duration = Duration::from_secs(120);

/// Many seeds on all cores, until one fails or there were enough.
fn many(site: &Site, options: &Options) -> ExitCode {
    let began = Instant::now();
    let end = options.minutes.checked_mul(60).map(Duration::from_secs);
    let (next, failed) = (AtomicU64::new(0), AtomicBool::new(false));
    let tally = Mutex::new(Tally::default());
    let work = |at: &Running| {
        loop {
            let count = next.fetch_add(1, Ordering::Relaxed);
            let late = end.is_some_and(|end| began.elapsed() >= end);
            if count >= options.seeds || late || failed.load(Ordering::Relaxed) {
                return;
            }
            let plan = Plan::of(options.from.wrapping_add(count));
            at.begin(plan.seed);
            let went = run::run(site, &plan, |_, _| ());
            at.end();
            match went {
                Ok(went) => {
                    if let Ok(mut tally) = tally.lock() {
                        tally.add(went.tally);
                    }
                }
                Err(why) => {
                    if !failed.swap(true, Ordering::Relaxed) {
                        explain(site, &plan, &why);
                    }
                    return;
                }
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    let running: Vec<_> = (0..cores).map(|_| Running::default()).collect();
    std::thread::scope(|scope| {
        let workers: Vec<_> = running
            .iter()
            .map(|at| scope.spawn(move || work(at)))
            .collect();
        while !workers.iter().all(|worker| worker.is_finished()) {
            if let Some(seed) = running.iter().find_map(Running::hangs) {
                println!("seed {seed} HANGS: it still runs after {HANGS:?}");
                println!("again: cargo xtask simulate --seed {seed} --trace");
                // No thread can be ended from outside.
                std::process::exit(1);
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    let tally = tally.into_inner().unwrap_or_default();
    let seconds = began.elapsed().as_secs_f64();
    println!("simulated: {tally}");
    println!(
        "in {seconds:.0} s on {cores} cores, {:.1} seeds a second",
        tally.seeds as f64 / seconds
    );
    match failed.into_inner() {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

/// Which seed a thread is at, and since when.
#[derive(Default)]
struct Running(Mutex<Option<(u64, Instant)>>);

impl Running {
    fn begin(&self, seed: u64) {
        self.set(Some((seed, Instant::now())));
    }

    fn end(&self) {
        self.set(None);
    }

    fn set(&self, to: Option<(u64, Instant)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }

    fn hangs(&self) -> Option<u64> {
        let at = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        at.and_then(|(seed, since)| (since.elapsed() > HANGS).then_some(seed))
    }
}
