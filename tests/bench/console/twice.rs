//! Requests made twice among those of invented families: brought to a hub by a spot as ever, and what the hub then lists.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use anyhow::Context;
use rusqlite::Connection;
use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::hlc::Hlc;
use vereda_sync::id::RecordId;
use vereda_sync::record::request;

use vereda_tests::folder::Folder;

use super::population::{self, SERVICE, Written};
use super::{decided, splink};
use crate::driven::Pair;
use crate::records::{self, Made};
use crate::report::Row;
use crate::sync::append;

/// Who asks; every third one twice.
const PEOPLE: usize = 30_000;
const SEED: u64 = 20_261_123;
/// 2026-08-01, milliseconds since 1970.
const BEGIN_MS: u64 = 1_785_542_400_000;

pub(crate) fn run() -> anyhow::Result<Vec<Row>> {
    let written = population::written(SEED, PEOPLE);
    let truth = truth(&written);
    let kin = of_one_household(&written);
    println!(
        "  {} requests of {PEOPLE} people: {} pairs are of one person, {kin} more of one household",
        written.len(),
        truth.len()
    );
    let folder = Folder::make("console")?;
    let begun = Instant::now();
    let pair = Pair::make(&folder.path().join("pair"))?;
    let ours = found(&pair, &written)?;
    println!(
        "  brought and derived in {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    let ours = Measured::of(&ours, &truth);
    let theirs = splink::link(folder.path(), &population::as_csv(&written));
    let mut rows = vec![];
    match theirs {
        Ok((pairs, seconds)) => {
            let at = |least: f64| {
                let above = pairs.iter().filter(|(_, p)| *p >= least);
                Measured::of(&above.map(|(pair, _)| *pair).collect(), &truth)
            };
            // The threshold that is best for it, which only who knows the truth could choose.
            let best = (1..1000).map(|t| at(f64::from(t) / 1000.0));
            let best = best
                .max_by(|a, b| a.f1().total_cmp(&b.f1()))
                .context("no threshold")?;
            println!(
                "  Splink took {seconds:.0} s; at one half: {}; at its best threshold: {}",
                at(0.5).said(),
                best.said()
            );
            rows.push(row(
                "requests made twice: of those listed, right",
                ours.precision(),
                Some(best.precision()),
            ));
            rows.push(row(
                "requests made twice: of those there are, found",
                ours.recall(),
                Some(best.recall()),
            ));
            rows.push(row("both in one (F1)", ours.f1(), Some(best.f1())));
        }
        Err(why) => {
            println!("  Splink was not measured: {why:#}");
            rows.push(row(
                "requests made twice: of those listed, right",
                ours.precision(),
                None,
            ));
            rows.push(row(
                "requests made twice: of those there are, found",
                ours.recall(),
                None,
            ));
        }
    }
    rows.push(decided::run(pair)?);
    Ok(rows)
}

fn row(what: &str, share: f64, floor: Option<f64>) -> Row {
    let row = Row::new(what, share * 100.0, "%");
    match floor {
        Some(floor) => row.over(floor * 100.0),
        None => row,
    }
}

/// Two requests by their place in the list, the earlier one first.
pub(super) type Two = (usize, usize);

fn truth(written: &[Written]) -> HashSet<Two> {
    let mut first: HashMap<usize, usize> = HashMap::new();
    let of = written.iter().enumerate();
    of.filter_map(|(at, one)| Some((first.insert(one.who, at)?, at)))
        .collect()
}

/// Pairs of people who live together, each of one and another.
fn of_one_household(written: &[Written]) -> usize {
    let mut homes: HashMap<usize, Vec<usize>> = HashMap::new();
    for one in written {
        homes.entry(one.household).or_default().push(one.who);
    }
    let pairs = |people: &Vec<usize>| {
        let others = |at: usize| {
            people[at + 1..]
                .iter()
                .filter(move |who| **who != people[at])
                .count()
        };
        (0..people.len()).map(others).sum::<usize>()
    };
    homes.values().map(pairs).sum()
}

/// What a hub lists.
fn found(pair: &Pair, written: &[Written]) -> anyhow::Result<HashSet<Two>> {
    let mut ids = HashMap::new();
    for some in written.chunks(2_000) {
        let so_far = ids.len();
        let made = some
            .iter()
            .enumerate()
            .map(|(at, one)| asked(one, so_far + at + 1));
        let made: Vec<Made> = made.collect::<anyhow::Result<_>>()?;
        for made in &made {
            ids.insert(made.record, ids.len());
        }
        append(&pair.spot, &made)?;
        pair.exchange()?;
        pair.hub.derive_arrived()?;
    }
    listed(&pair.hub.store.read(), &ids)
}

fn listed(db: &Connection, ids: &HashMap<RecordId, usize>) -> anyhow::Result<HashSet<Two>> {
    let mut query = db.prepare(
        "SELECT a.id, b.id FROM conflict c JOIN record a ON a.record = c.record JOIN record b ON b.record = c.other
         WHERE c.kind = 'duplicate'",
    )?;
    let rows = query.query_map([], |r| Ok([r.get(0)?, r.get(1)?]))?;
    rows.map(|ids_of_two| {
        let two = ids_of_two?.map(|id| ids.get(&RecordId(id)).copied());
        let [a, b] = [
            two[0].context("an unknown request")?,
            two[1].context("an unknown request")?,
        ];
        Ok((a.min(b), a.max(b)))
    })
    .collect()
}

/// The request, begun and recorded.
fn asked(one: &Written, count: usize) -> anyhow::Result<Made> {
    let author = records::author();
    let at = |seconds: u64| {
        Hlc::new(
            BEGIN_MS + one.minute * 60_000 + seconds * 1000,
            u16::try_from(count % 60_000).unwrap_or(0),
        )
    };
    let mut answers = vec![("full-name", one.name.clone())];
    answers.extend(one.birth.clone().map(|day| ("birth-date", day)));
    answers.extend(one.numbers.iter().cloned());
    let answers = answers.into_iter().map(|(field, value)| {
        let provenance = Provenance::Typed;
        (field.to_owned(), Answer { value, provenance })
    });
    let attendance = RecordId(std::array::from_fn(|at| count.to_be_bytes()[at % 8]));
    let begun = request::begin(&author, at(0), (SERVICE, 3), attendance, &answers.collect())?;
    let number = records::number_of(count as u64);
    Made::begun(begun).then(|d| request::record(d, &author, at(30), &number, 0, None))
}

/// How well something was found.
struct Measured {
    right: f64,
    listed: f64,
    there: f64,
}

impl Measured {
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    fn of(found: &HashSet<Two>, truth: &HashSet<Two>) -> Self {
        Self {
            right: found.intersection(truth).count() as f64,
            listed: found.len() as f64,
            there: truth.len() as f64,
        }
    }

    fn precision(&self) -> f64 {
        self.right / self.listed.max(1.0)
    }

    fn recall(&self) -> f64 {
        self.right / self.there
    }

    fn f1(&self) -> f64 {
        2.0 * self.right / (self.listed + self.there)
    }

    fn said(&self) -> String {
        let [precision, recall] = [self.precision(), self.recall()].map(|s| s * 100.0);
        format!("{precision:.2} % right, {recall:.2} % found")
    }
}
