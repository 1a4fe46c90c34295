//! Starting, memory and pages of the release binary, with 1,000 and with 100,000 records.

use std::time::Instant;

use anyhow::ensure;
use vereda::node::Node;

use vereda_tests::folder::Folder;
use vereda_tests::http::Client;
use vereda_tests::program::Serving;
use vereda_tests::spot::{MEDIATOR, Place};

use crate::desk::weight;
use crate::report::Row;
use crate::samples::Samples;
use crate::{keystroke, many};

/// Each page is asked for so often.
const ASKED: u32 = 50;
/// Starts, of which the median counts.
const STARTS: usize = 5;

pub(crate) fn run() -> anyhow::Result<Vec<Row>> {
    let folder = Folder::make("start")?;
    let mut rows = Vec::new();
    for (records, said) in [(1_000, "1,000"), (100_000, "100,000")] {
        let place = Place::spot(folder.path().join(records.to_string()), 9)?;
        let begun = Instant::now();
        let config = place.config()?;
        let request = {
            let node = Node::open(config.clone())?;
            let request = many::fill(&node, records)?;
            many::prove(&node)?;
            request
        };
        println!(
            "  {said} records: made in {:.0} s, {} MB on disk",
            begun.elapsed().as_secs_f64(),
            many::size_of(&config.store.path) / 1_000_000
        );
        rows.extend(measure(&place, said, &request.to_string())?);
    }
    Ok(rows)
}

fn measure(place: &Place, said: &str, request: &str) -> anyhow::Result<Vec<Row>> {
    let mut starts = Samples::default();
    for _ in 1..STARTS {
        starts.add(keystroke::start(place)?.serving_after);
    }
    let spot = keystroke::start(place)?;
    starts.add(spot.serving_after);
    let mut rows = vec![
        Row::new(
            format!("{said}: start until serving, p50 of {STARTS}"),
            starts.p50(),
            "ms",
        )
        .at_most(1000.0),
    ];
    let mut desk = Client::connect(&spot.address)?;
    let (person, pin) = MEDIATOR;
    let entered = desk.post("/entrar", &format!("pessoa={person}&pin={pin}"))?;
    ensure!(entered.status == 303, "signing in: {}", entered.status);
    let pages = [
        ("Hoje", "/".to_owned()),
        ("Pedidos", "/pedidos".to_owned()),
        (
            "a search, a common name",
            "/pedidos?q=encarnacao".to_owned(),
        ),
        ("a search in vain", "/pedidos?q=zzzz".to_owned()),
        ("a request", format!("/pedido/{request}")),
    ];
    let mut weights = Vec::new();
    for (name, path) in &pages {
        let first = desk.get(path)?.text();
        weights.push((name, weight(&mut desk, &first)?));
        let mut times = Samples::default();
        for _ in 0..ASKED {
            times.time(|| desk.get(path))?;
        }
        rows.push(
            Row::new(format!("{said}: {name}, p50 of {ASKED}"), times.p50(), "ms").at_most(20.0),
        );
        rows.push(Row::new(format!("{said}: {name}, p95"), times.p95(), "ms").at_most(20.0));
    }
    rows.extend(memory(&spot, said)?);
    if let Some((name, bytes)) = weights.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)) {
        rows.push(
            Row::new(
                format!("{said}: heaviest page with all it loads ({name})"),
                bytes / 1000.0,
                "kB",
            )
            .at_most(80.0),
        );
    }
    Ok(rows)
}

fn memory(spot: &Serving, said: &str) -> anyhow::Result<[Row; 2]> {
    let (now, most) = spot.memory()?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let row = |what, bytes: u64| {
        Row::new(format!("{said}: memory, {what}"), bytes as f64 / 1e6, "MB").at_most(150.0)
    };
    Ok([row("now", now), row("the most ever", most)])
}
