//! A keystroke in a real browser: from the input event in the desk's page, over
//! the disk, to the citizen's page.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use serde::Deserialize;

use vereda_tests::folder::{self, Folder};
use vereda_tests::http::Client;
use vereda_tests::program::Serving;
use vereda_tests::spot::{Authority, MEDIATOR, Place};

use crate::durable::Bare;
use crate::report::Row;
use crate::samples::Samples;

const KEYS: &str = "200";
/// Between two bare commits, which run beside the typing.
const BARE_EVERY: Duration = Duration::from_millis(60);

/// What the browser measured.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Measured {
    /// Input event to the citizen's DOM.
    shown_ms: Vec<f64>,
    /// The desk's request until the value was acknowledged.
    kept_ms: Vec<f64>,
    /// Times that the citizen's page changed.
    updates: u32,
}

pub(crate) fn run() -> anyhow::Result<Vec<Row>> {
    let folder = Folder::make("keystroke")?;
    let place = Place::spot(folder.path().join("spot"), 9)?;
    let spot = start(&place)?;
    let bare = Bare::open(folder.path())?;
    let done = AtomicBool::new(false);
    let ((measured, server), bare) = std::thread::scope(|threads| {
        let commits = threads.spawn(|| commits(&bare, &done));
        let measured = in_browser(&format!("http://{}", spot.address));
        let measured = measured.and_then(|m| Ok((m, at_server(&spot)?)));
        done.store(true, Ordering::Relaxed);
        let bare = commits
            .join()
            .map_err(|_| anyhow!("the bare commits ended early"))??;
        anyhow::Ok((measured?, bare))
    })?;
    println!(
        "  {} keys, {} changes of the citizen's page",
        measured.shown_ms.len(),
        measured.updates
    );
    let (shown, kept) = (
        Samples::from(measured.shown_ms),
        Samples::from(measured.kept_ms),
    );
    Ok(vec![
        Row::new("key to the citizen's DOM, p50", shown.p50(), "ms")
            .over(bare.p50())
            .at_most(15.0),
        Row::new("key to the citizen's DOM, p95", shown.p95(), "ms")
            .over(bare.p95())
            .at_most(60.0),
        Row::new("of it: at the server, no browser, p50", server.p50(), "ms").over(bare.p50()),
        Row::new("of it: request until it is kept, p50", kept.p50(), "ms").over(bare.p50()),
        Row::new("of it: request until it is kept, p95", kept.p95(), "ms").over(bare.p95()),
    ])
}

/// The vehicle of the demonstration, enrolled, without its hub: the road has no network.
pub(crate) fn start(place: &Place) -> anyhow::Result<Serving> {
    if !place.folder().join("keys/authority.crt").exists() {
        Authority::make(place.folder())?.enrol(place)?;
    }
    Serving::start(&folder::vereda()?, &place.config_file())
}

/// Bare commits until it is done, which run beside the typing.
pub(crate) fn commits(bare: &Bare, done: &AtomicBool) -> anyhow::Result<Samples> {
    let mut times = Samples::default();
    for count in 0_u64.. {
        if done.load(Ordering::Relaxed) {
            break;
        }
        // Another value each time: SQLite commits nothing when nothing changed.
        let value = format!("Maria do Carmo da Conceição {count}");
        times.time(|| bare.commit("form", "full-name", &value))?;
        std::thread::sleep(BARE_EVERY);
    }
    Ok(times)
}

/// The same request without a browser and nobody following: what the node itself takes.
fn at_server(spot: &Serving) -> anyhow::Result<Samples> {
    let mut desk = Client::connect(&spot.address)?;
    let guard = desk.sign_in(MEDIATOR)?;
    let begun = desk.post("/atendimentos", &format!("guarda={guard}"))?;
    let form = begun.location.rsplit('/').next().unwrap_or_default();
    let mut times = Samples::default();
    let mut text = String::new();
    for _ in 0..100 {
        text.push('x');
        let base = u64::from(u32::MAX) << 16;
        let key = format!(r#"{{"guarda":"{guard}","value":"{text}","base":{base}}}"#);
        let answer = times.time(|| desk.post(&format!("/rascunho/{form}/full-name"), &key))?;
        ensure!(answer.status == 200, "a keystroke: {}", answer.text());
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(times)
}

/// The token against forged forms that stands in a page.
fn in_browser(url: &str) -> anyhow::Result<Measured> {
    let journeys = folder::repository().join("tests/journeys");
    ensure!(
        Path::new(&journeys.join("node_modules/playwright-core")).is_dir(),
        "the browser's driver is missing: `cargo xtask install test` and `npm ci` in tests/journeys"
    );
    let said = Command::new("node")
        .current_dir(&journeys)
        .args(["bench-keystroke.mjs", url, MEDIATOR.0, MEDIATOR.1, KEYS])
        .output()
        .context("node")?;
    ensure!(
        said.status.success(),
        "bench-keystroke.mjs: {}",
        String::from_utf8_lossy(&said.stderr)
    );
    Ok(serde_json::from_slice(&said.stdout)?)
}
