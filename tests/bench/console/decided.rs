//! A decision's way from the console to the desk that it concerns, over the link.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use vereda_tests::folder::vereda;
use vereda_tests::http::Client;
use vereda_tests::program::Serving;
use vereda_tests::spot::{MEDIATOR, OPERATOR};

use crate::driven::Pair;
use crate::report::Row;
use crate::samples::Samples;

/// So many are decided, one after the other.
const DECIDED: u32 = 20;
/// A desk is asked whether it knows, so often.
const LOOKS_AGAIN: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_secs(20);
/// By then the two are connected and quiet.
const SETTLED: Duration = Duration::from_secs(5);

/// Of the duplicates that this pair has.
pub(super) fn run(pair: Pair) -> anyhow::Result<Row> {
    let Pair {
        spot, hub, places, ..
    } = pair;
    let conflicts: Vec<String> = {
        let db = hub.store.read();
        let mut query = db.prepare(
            "SELECT id FROM conflict WHERE kind = 'duplicate' ORDER BY since DESC LIMIT ?1",
        )?;
        let ids = query.query_map([DECIDED], |r| r.get(0))?;
        ids.collect::<Result<_, _>>()?
    };
    drop((spot, hub));
    let [spot, hub] = &places;
    let listens = hub.config()?.sync.context("no [sync]")?.listen.port();
    spot.configure("localhost:9\"", &format!("localhost:{listens}\""))?;
    let program = vereda()?;
    let hub = Serving::start_as("hub", Command::new(&program), &hub.config_file())?;
    let spot = Serving::start_as("spot", Command::new(&program), &spot.config_file())?;
    let mut console = Client::connect(&hub.address)?;
    let guard = console.sign_in(OPERATOR)?;
    let mut desk = Client::connect(&spot.address)?;
    desk.sign_in(MEDIATOR)?;
    std::thread::sleep(SETTLED);
    let mut times = Samples::default();
    for conflict in &conflicts {
        times.add(one(&mut console, &guard, conflict, &mut desk)?);
    }
    let what = format!(
        "a decision until the desk shows it, p95 of {}",
        conflicts.len()
    );
    Ok(Row::new(what, times.p95(), "ms").at_most(2_000.0))
}

/// From the operator's decision until the desk that it concerns shows it, over the link.
fn one(
    console: &mut Client,
    guard: &str,
    conflict: &str,
    desk: &mut Client,
) -> anyhow::Result<Duration> {
    let today = |desk: &mut Client| anyhow::Ok(desk.get("/")?.text());
    let before = today(desk)?;
    let page = console.get(&format!("/conflito/{conflict}"))?.text();
    let shown = page
        .split(r#"name="visto" value=""#)
        .nth(1)
        .and_then(|p| p.split('"').next())
        .context("no fingerprint")?;
    let form = format!("guarda={guard}&visto={shown}&ficar=ambos&motivo=S%C3%A3o+dois+pedidos.");
    let begun = Instant::now();
    let said = console.post(&format!("/conflito/{conflict}"), &form)?;
    ensure!(
        said.status == 303,
        "deciding: {} {}",
        said.status,
        said.text()
    );
    while today(desk)? == before {
        ensure!(
            begun.elapsed() < PATIENCE,
            "the desk never heard of the decision"
        );
        std::thread::sleep(LOOKS_AGAIN);
    }
    Ok(begun.elapsed())
}
