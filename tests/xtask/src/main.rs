//! The project's commands: `cargo xtask demo`, `cargo xtask test` and their parts.
//!
//! Standard library only, so that it builds in seconds before anything is installed: it is what installs the rest.
#![expect(
    clippy::print_stdout,
    reason = "a command line tool speaks on its standard output"
)]

mod demo;
mod fuzz;
mod install;
mod layers;
mod place;
mod run;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
Vereda's own commands:

  cargo xtask demo [--fresh] [--no-devices] [--open] [--port-base N]
      A hub, a vehicle and a care home's laptop on this machine, with links to cut and cards to insert.
      Data stays in demo/ between runs; --fresh starts over; --no-devices leaves the card reader out;
      --open shows the vehicle's desk in a browser; ports count from N (8100).

  cargo xtask test [--fast]
      Everything that must hold: style, layers, licences, unit and integration tests, documentation,
      journeys in a browser. --fast leaves out the browser, the documentation and what needs a download.

  cargo xtask lint
      The quick part of test: formatting, clippy, layers, spelling, licences.

  cargo xtask bench [NAME]
      Measures, in release mode.

  cargo xtask simulate [--seeds N] [--minutes M] [--from SEED] [--seed SEED] [--trace]
      A hub, spots and lines from a seed, with everything going wrong that can: 20,000 seeds or ten
      minutes, if nothing else is said. --seed runs one and --trace lists what happens in it.

  cargo xtask simulate day [--vans N] [--desks N] [--people N] [--seed SEED]
      A working day of vans (2, with 10 desks, 15 people at each) on the real programs over HTTP: booked people, cuts, a plug
      that is pulled, a meeting, a stick, a laptop that dies, the depot, the purge; counted from the databases.

  cargo xtask fuzz [TARGET] [--minutes N]
      Mutated input for every decoder of bytes from outside, or for one, guided by coverage (libFuzzer);
      N minutes each (1), then what was run. A short run without guidance is part of test.

  cargo xtask install [build|demo|test|fuzz]
      Says which packages and tools are missing for a purpose (test, if none is named), and installs them.
      demo and test do this by themselves.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let outcome = match command {
        "demo" => demo::Options::parse(rest).and_then(|options| demo::run(&options)),
        "test" => test::Scope::parse(rest).and_then(test::run),
        "lint" => none_of(rest).and_then(|()| test::run(test::Scope::Lint)),
        "bench" => test::bench(rest),
        "fuzz" => fuzz::Options::parse(rest).and_then(|options| fuzz::run(&options)),
        "simulate" => test::simulate(rest),
        "install" => install::Purpose::parse(rest).and_then(install::everything),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!(
            "there is no command {other:?}; `cargo xtask help` lists them"
        )),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("\nxtask {command}: {why}");
            ExitCode::FAILURE
        }
    }
}

fn none_of(rest: &[String]) -> Result<(), String> {
    match rest.first() {
        None => Ok(()),
        Some(extra) => Err(format!("unexpected argument {extra:?}")),
    }
}
