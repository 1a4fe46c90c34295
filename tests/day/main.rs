//! A working day of vans with no hub in reach: the real programs over real HTTP, from the tour that is planned
//! in the evening before to the purge after the hub's archive, counted from the databases at its end.
//!
//! ```text
//! day [--vans N] [--desks N] [--people N] [--seed SEED]
//! ```
//! [`field`] is what happens out there, [`depot`] what comes of it in the evening and days later. [`desk`] is who sits at a
//! desk, [`ledger`] what pages acknowledged to them, [`site`] the machines, [`mod@line`] the ways between them, [`count`]
//! what the files hold when all is over.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks on its standard output"
)]

mod count;
mod depot;
mod desk;
mod field;
mod ledger;
mod line;
mod site;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use vereda_tests::invented::{Person, Seeded};

use desk::{Citizen, Desk, Operator};
use ledger::{Ledger, Recorded};
use site::{Site, Van, mediator};

/// Of those who come to a van, so many are booked.
const BOOKED: usize = 30;
/// Longest that anything may take that happens by itself.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Options {
    pub(crate) vans: usize,
    pub(crate) desks: usize,
    pub(crate) people: usize,
    pub(crate) seed: u64,
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut options = Self {
            vans: 2,
            desks: 10,
            people: 15,
            seed: 1,
        };
        while let Some(word) = words.next() {
            let number = words.next().and_then(|n| n.parse().ok());
            let number: u64 = number.with_context(|| format!("{word} needs a number"))?;
            let few = |most: u64| -> anyhow::Result<usize> {
                ensure!((1..=most).contains(&number), "{word} goes from 1 to {most}");
                Ok(usize::try_from(number)?)
            };
            match word.as_str() {
                "--vans" => options.vans = few(6)?,
                "--desks" => options.desks = few(20)?,
                "--people" => options.people = few(200)?,
                "--seed" => options.seed = number,
                _ => bail!("there is no {word}: --vans, --desks, --people (at each desk), --seed"),
            }
        }
        Ok(options)
    }
}

fn main() -> ExitCode {
    let went = Options::parse(std::env::args().skip(1)).and_then(|options| run(&options));
    match went {
        Ok(wrong) if wrong.is_empty() => {
            println!("\nThe day holds.");
            ExitCode::SUCCESS
        }
        Ok(wrong) => {
            println!("\nThe day does not hold: {} differences", wrong.len());
            for one in wrong.iter().take(40) {
                println!("  {one}");
            }
            ExitCode::FAILURE
        }
        Err(why) => {
            println!("\nThe day ended early: {why:#}");
            ExitCode::FAILURE
        }
    }
}

/// Says the hour of the day that is played, and what happens in it.
pub(crate) fn say(hour: &str, what: &str) {
    println!("{hour}  {what}");
}

/// The day; gives each difference between what was acknowledged and what is there.
fn run(options: &Options) -> anyhow::Result<Vec<String>> {
    let site = Site::make(&site::program()?, options.vans, options.desks)?;
    let mut seed = Seeded::new(options.seed);
    let people: Vec<Vec<Citizen>> = site
        .vans
        .iter()
        .map(|_| expected(options, &mut seed))
        .collect();
    let ledgers: Vec<Ledger> = site.vans.iter().map(|_| Ledger::default()).collect();

    site.hub.start(0)?;
    let today = vereda::clock::today();
    let mut operator = Operator::sign_in(&site.hub.address)?;
    for (van, people) in site.vans.iter().zip(&people) {
        let booked: Vec<&Person> = people
            .iter()
            .filter(|c| c.is_booked)
            .map(|c| &c.person)
            .collect();
        operator.plan(van, &today, &booked)?;
    }
    let booked = people.iter().flatten().filter(|c| c.is_booked).count();
    say(
        "18:00",
        &format!(
            "the hub plans a tour for each of {} vans, {booked} people booked",
            site.vans.len()
        ),
    );

    for (van, people) in site.vans.iter().zip(&people) {
        van.to_hub.restore();
        van.machine.start(0)?;
        let ledger = Ledger::default();
        let mut crew = Desk::sit_down(van, &ledger, mediator(0))?;
        let mine: Vec<&str> = people
            .iter()
            .filter(|c| c.is_booked)
            .map(|c| c.person.name.as_str())
            .collect();
        until("the bookings are in the van", || {
            let page = crew.page("/percurso")?;
            Ok(mine.iter().all(|name| page.contains(name)))
        })?;
        van.machine.stop();
        van.to_hub.cut();
    }
    morning(&site, &ledgers)?;
    field::work(options, &site, &people, &ledgers)?;
    let stranded = field::afternoon(options, &site, &ledgers, &mut seed)?;
    let acknowledged: Vec<Recorded> = ledgers.iter().flat_map(Ledger::all).collect();
    let dead = site.vans.len() > 1;
    let home: &[Van] = if dead {
        &site.vans[..site.vans.len() - 1]
    } else {
        &site.vans
    };
    depot::evening(&site, home, acknowledged.len() - stranded.len())?;
    depot::after(&site, home, &acknowledged, &people)
}

/// Who comes to a van's desks: the booked, then who walks in. One in three lost a house.
fn expected(options: &Options, seed: &mut Seeded) -> Vec<Citizen> {
    let all = options.desks * options.people;
    let mut names = BTreeSet::new();
    let mut people = Vec::with_capacity(all);
    while people.len() < all {
        let person = Person::draw(seed);
        // The tour's page is read by name.
        if !names.insert(person.name.clone()) {
            continue;
        }
        let count = people.len();
        people.push(Citizen {
            person,
            is_booked: count < BOOKED,
            wants_aid: count % 3 == 0,
        });
    }
    people
}

/// The laptop is opened: counts what a crew does until the first citizen sits there.
fn morning(site: &Site, ledgers: &[Ledger]) -> anyhow::Result<()> {
    for (van, ledger) in site.vans.iter().zip(ledgers) {
        let begun = Instant::now();
        van.machine.start(0)?;
        let serves = begun.elapsed();
        let mut crew = Desk::sit_down(van, ledger, mediator(0))?;
        crew.page("/percurso")?;
        let shown = begun.elapsed();
        // One's name, four digits, "Entrar", "Percurso", "Atender" beside the first booking.
        say(
            "08:30",
            &format!(
                "{}: serves after {:.2} s, the tour is there after {:.2} s; then one click to the first citizen \
                 (all: name, 4 digits, Entrar, Percurso, Atender = 8 touches)",
                van.name,
                serves.as_secs_f64(),
                shown.as_secs_f64()
            ),
        );
        crew.open_till()?;
    }
    Ok(())
}

/// A piece of a page without its marks.
pub(crate) fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => {
                inside = true;
                text.push(' ');
            }
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => (),
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Looks until it is so.
pub(crate) fn until(
    what: &str,
    mut is_so: impl FnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !is_so().with_context(|| what.to_owned())? {
        ensure!(
            begun.elapsed() < PATIENCE,
            "not within {} s: {what}",
            PATIENCE.as_secs()
        );
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
