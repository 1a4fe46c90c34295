//! The same requests given to Splink, a well-kept library for finding records of one person, as its documentation says.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use vereda_tests::folder;

use super::twice::Two;

/// Every pair that Splink predicts, with its probability; and how long it took, in seconds.
pub(super) fn link(folder: &Path, records: &str) -> anyhow::Result<(Vec<(Two, f64)>, f64)> {
    let (from, to) = (folder.join("records.csv"), folder.join("pairs.csv"));
    std::fs::write(&from, records)?;
    let said = Command::new(installed()?.join("bin/python"))
        .arg(folder::repository().join("tests/bench/console/splink/link.py"))
        .args([&from, &to])
        .output()?;
    ensure!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr).trim()
    );
    let seconds = String::from_utf8_lossy(&said.stdout);
    let seconds = seconds.lines().last().unwrap_or_default().trim().parse()?;
    let pairs = std::fs::read_to_string(to)?;
    let pair = |line: &str| {
        let mut parts = line.split(',');
        let mut next = || parts.next().context("a pair is cut short");
        let (a, b): (usize, usize) = (next()?.parse()?, next()?.parse()?);
        Ok(((a.min(b), a.max(b)), next()?.parse()?))
    };
    Ok((
        pairs.lines().map(pair).collect::<anyhow::Result<_>>()?,
        seconds,
    ))
}

/// Python's environment with Splink in it, in the target folder.
fn installed() -> anyhow::Result<PathBuf> {
    let wanted = folder::repository().join("tests/bench/console/splink/requirements.txt");
    let wanted = std::fs::read_to_string(wanted)?;
    let to = folder::target().join("bench/splink");
    let mark = to.join("requirements.txt");
    if std::fs::read_to_string(&mark).is_ok_and(|has| has == wanted) {
        return Ok(to);
    }
    println!("  installing Splink from PyPI, into {}", to.display());
    let made = Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&to)
        .output();
    let made = made.context("python3: `cargo xtask install test` brings it")?;
    ensure!(
        made.status.success(),
        "python3 -m venv: {}",
        String::from_utf8_lossy(&made.stderr).trim()
    );
    let list = to.join("wanted.txt");
    std::fs::write(&list, &wanted)?;
    let pip = Command::new(to.join("bin/pip"))
        .args(["install", "--quiet", "--require-virtualenv", "-r"])
        .arg(&list)
        .output()?;
    ensure!(
        pip.status.success(),
        "pip: {}",
        String::from_utf8_lossy(&pip.stderr).trim()
    );
    // Written last: the next run must not take half of it for all.
    std::fs::write(mark, wanted)?;
    Ok(to)
}
