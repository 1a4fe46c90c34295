//! What helps to find a fault of a node from afar, without anything of people: counts, sizes, versions, clocks, how it is
//! configured but for names, addresses and secrets, and its last log lines with nothing in them but plain words.

use std::fmt::Write as _;

use anyhow::{Context, ensure};
use rusqlite::Connection;

use crate::config::Config;
use crate::node::Node;
use crate::orders::MAX_ATTACHED_BYTES;
use crate::store::journal;
use crate::updates::{self, Version};
use crate::{catalogue, clock, disk};

pub mod lately;

/// Longest text before it is packed, in bytes.
const MAX_TEXT_BYTES: usize = 4 << 20;

/// A line of which only plain words of small letters are left: no name, number, path or value has that form all through.
#[must_use]
pub fn redacted(line: &str) -> String {
    let is_plain = |word: &&str| {
        let bare = word.trim_matches(|c: char| ",.;:()'`\"".contains(c));
        (1..=16).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_lowercase())
    };
    let words = line.split_whitespace().take(60);
    let kept: Vec<&str> = words
        .map(|word| if is_plain(&word) { word } else { "…" })
        .collect();
    kept.join(" ")
}

/// The text, packed with zstd: at most [`MAX_ATTACHED_BYTES`].
///
/// # Errors
/// When the store does not answer.
pub fn bundle(node: &Node) -> anyhow::Result<Vec<u8>> {
    let mut text = text(node)?;
    let mut end = text.len().min(MAX_TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    let packed = zstd::bulk::compress(text.as_bytes(), 9).context("packing")?;
    ensure!(
        packed.len() <= MAX_ATTACHED_BYTES,
        "it is larger than it can be"
    );
    Ok(packed)
}

/// What it says.
///
/// # Errors
/// When the store does not answer.
pub fn text(node: &Node) -> anyhow::Result<String> {
    let config = &node.config;
    let mut out = String::new();
    let now_ms = node.now_ms();
    writeln!(out, "node {}", config.node.id)?;
    writeln!(
        out,
        "at {} ({})",
        clock::minute_in(now_ms, config.node.zone),
        config.node.zone.name()
    )?;
    writeln!(out, "program {} for {}", Version::own(), updates::target())?;
    if let Some(release) = updates::waiting(config) {
        writeln!(
            out,
            "program {} begins with the next start",
            release.version
        )?;
    }
    writeln!(out, "catalogue {}", node.catalogue().edition)?;
    let of = match catalogue::signed::is_signed(&config.catalogue.file) {
        true => "signed",
        false => "plain",
    };
    writeln!(out, "configured catalogue {of}")?;
    writeln!(out, "clock sure {}", node.clock_is_sure())?;
    writeln!(out, "wall ms {}", node.wall_ms())?;
    configured(&mut out, config)?;
    let folder = config.store.path.parent();
    let folder = folder.filter(|f| !f.as_os_str().is_empty());
    let free = disk::free(folder.unwrap_or(std::path::Path::new(".")));
    writeln!(
        out,
        "\n[disk]\nfree {}",
        free.map_or("?".into(), |n| n.to_string())
    )?;
    for suffix in ["", "-wal", "-shm"] {
        let mut file = config.store.path.as_os_str().to_owned();
        file.push(suffix);
        let size = std::fs::metadata(&file).map_or(0, |m| m.len());
        writeln!(out, "store{suffix} {size}")?;
    }
    if let Some(hub) = &config.hub
        && let Ok(certificate) = crate::link::tls::certificate(&hub.certificate)
        && let Ok((from, to)) = crate::authority::issue::holds(&certificate)
    {
        writeln!(
            out,
            "\n[certificate]\nfrom {}\nto {}",
            clock::day(from),
            clock::day(to)
        )?;
    }
    {
        let db = node.store.read();
        counted(&mut out, &db)?;
        writeln!(out, "\n[journals]")?;
        for one in journal::all(&db)? {
            let whose = if one.own { "own" } else { "other" };
            writeln!(
                out,
                "{whose} entries {} acknowledged {} proven {}",
                one.frontier.size(),
                one.acked,
                one.proven
            )?;
        }
        let unsent = journal::unsent(&db)?;
        writeln!(
            out,
            "unsent changes {} requests {}",
            unsent.changes, unsent.requests
        )?;
    }
    writeln!(out, "\n[log]")?;
    for line in lately::lines() {
        writeln!(out, "{line}")?;
    }
    Ok(out)
}

/// Which parts are configured, and the numbers in them.
fn configured(out: &mut String, config: &Config) -> std::fmt::Result {
    writeln!(out, "\n[configured]")?;
    let parts = [
        ("hub", config.hub.is_some()),
        ("peers", config.peers.is_some()),
        ("lan", config.lan.is_some()),
        ("keep", config.keep.is_some()),
        ("sync", config.sync.is_some()),
        ("enrolment", config.enrolment.is_some()),
        ("agencies", config.agencies.is_some()),
        ("notices", config.notices.is_some()),
        ("verify", config.verify.is_some()),
    ];
    for (name, is_there) in parts {
        writeln!(out, "{name} {is_there}")?;
    }
    writeln!(out, "scopes {}", config.node.scopes.len())?;
    if let Some(days) = config.store.keep_days {
        writeln!(out, "keep_days {days}")?;
    }
    if let Some(hub) = &config.hub {
        writeln!(out, "retry_max_s {} poll_s {}", hub.retry_max_s, hub.poll_s)?;
        writeln!(
            out,
            "bundle_key {} renewal {}",
            hub.bundle_key.is_some(),
            hub.renewal.is_some()
        )?;
    }
    Ok(())
}

/// How many rows each table has.
fn counted(out: &mut String, db: &Connection) -> anyhow::Result<()> {
    writeln!(out, "\n[tables]")?;
    let version: i64 = db.pragma_query_value(None, "user_version", |r| r.get(0))?;
    writeln!(out, "version {version}")?;
    let mut names =
        db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")?;
    let names: Vec<String> = names
        .query_map([], |r| r.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for name in names {
        let rows: i64 = db.query_row(&format!("SELECT count(*) FROM \"{name}\""), [], |r| {
            r.get(0)
        })?;
        writeln!(out, "{name} {rows}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_line_only_plain_words_are_left() {
        let line = "the hub refused Ana Martins, 123456789 M07-7KQ4-2ZD8-6 ana@exemplo.pt /home/ana: it waits";
        assert_eq!(redacted(line), "the hub refused … … … … … … it waits");
    }
}
