//! PouchDB replicating the same requests to a server of CouchDB's protocol: their final states
//! only, without history, without TLS, in memory at both ends.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use vereda_tests::folder;

use crate::records::Made;
use crate::report::Row;

/// The script, and the packages that it needs.
const FILES: [&str; 3] = ["package.json", "package-lock.json", "replicate.mjs"];

/// What the script says.
#[derive(Deserialize)]
pub(super) struct Said {
    all: Taken,
    /// Twenty documents more.
    hundred: Taken,
    nothing: Taken,
    /// Most bytes of memory, both ends in one process.
    memory: u64,
}

#[derive(Deserialize)]
struct Taken {
    up: u64,
    down: u64,
    requests: u64,
    seconds: f64,
    /// Seconds of both ends.
    cpu: f64,
}

impl Taken {
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    fn bytes(&self) -> f64 {
        (self.up + self.down) as f64
    }
}

/// Replicates the final states; installs what that takes into the target folder.
pub(super) fn replicate(work: &Path, made: &[Made]) -> anyhow::Result<Said> {
    let installed = installed()?;
    let documents = work.join("documents.json");
    let states: Vec<Value> = made.iter().map(final_state).collect();
    std::fs::write(&documents, serde_json::to_vec(&states)?)?;
    let said = Command::new("node")
        .arg("replicate.mjs")
        .arg(&documents)
        .current_dir(&installed)
        .output()
        .context("node")?;
    ensure!(
        said.status.success(),
        "replicating: {}",
        String::from_utf8_lossy(&said.stderr).trim()
    );
    Ok(serde_json::from_slice(&said.stdout)?)
}

fn installed() -> anyhow::Result<std::path::PathBuf> {
    let from = folder::repository().join("tests/bench/pouchdb");
    let to = folder::target().join("bench/pouchdb");
    std::fs::create_dir_all(&to)?;
    let lock = |folder: &Path| std::fs::read(folder.join(FILES[1])).ok();
    let known = to.join("node_modules").is_dir() && lock(&from) == lock(&to);
    for file in FILES {
        std::fs::copy(from.join(file), to.join(file)).with_context(|| file.to_owned())?;
    }
    if !known {
        println!(
            "  installing PouchDB and its server from npm, into {}",
            to.display()
        );
        let installing = Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&to)
            .output()
            .context("npm: `cargo xtask install test` brings it")?;
        if !installing.status.success() {
            // The next run must not take half of it for all.
            std::fs::remove_file(to.join(FILES[1]))?;
        }
        ensure!(
            installing.status.success(),
            "npm ci: {}",
            String::from_utf8_lossy(&installing.stderr).trim()
        );
    }
    Ok(to)
}

/// What an application would keep of a request: its answers and who did what when.
fn final_state(made: &Made) -> Value {
    let document = &made.document;
    let answers: serde_json::Map<String, Value> = document
        .answers()
        .iter()
        .map(|(field, answer)| (field.clone(), answer.value.clone().into()))
        .collect();
    let acts: Vec<Value> = document
        .acts()
        .map(|act| json!({ "act": act.kind, "at": act.at.unix_ms(), "by": act.by }))
        .collect();
    let notes: Vec<String> = document.notes().into_iter().map(|(_, text)| text).collect();
    json!({
        "_id": made.record.to_string(),
        "service": document.text("service"),
        "edition": document.number("edition"),
        "attendance": document.text("attendance"),
        "number": document.text("number"),
        "answers": answers,
        "acts": acts,
        "notes": notes,
    })
}

/// Ours beside it: bytes of the first sync, of nothing new, and payload of twenty
/// requests more. That it cannot be installed keeps nothing else from being measured.
#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
pub(super) fn rows(said: anyhow::Result<Said>, ours: [u64; 3]) -> Vec<Row> {
    let said = match said {
        Ok(said) => said,
        Err(why) => {
            println!("  PouchDB was not measured: {why:#}");
            return vec![];
        }
    };
    let [all, nothing, hundred] = ours.map(|bytes| bytes as f64);
    vec![
        Row::new(
            "all of TLS until proven (theirs: PouchDB, final states, no TLS)",
            all,
            "B",
        )
        .over(said.all.bytes())
        .at_most_times(0.1),
        Row::new(
            "twenty requests more: payload (theirs: PouchDB)",
            hundred,
            "B",
        )
        .over(said.hundred.bytes()),
        Row::new("nothing new: all of TLS (theirs: PouchDB)", nothing, "B")
            .over(said.nothing.bytes()),
        Row::new("PouchDB: HTTP requests", said.all.requests as f64, ""),
        Row::new("PouchDB: until replicated", said.all.seconds, "s"),
        Row::new("PouchDB: CPU of both ends", said.all.cpu, "s"),
        Row::new(
            "PouchDB: most memory, both ends",
            said.memory as f64 / 1e6,
            "MB",
        ),
    ]
}
