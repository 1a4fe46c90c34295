//! What is small on the wire and large in memory: how long it takes to refuse, and what it costs.
//!
//! Each bomb is refused in a process of its own, as a frame of a hostile spot: what that process
//! held before is taken off.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};
use automerge::transaction::Transactable;
use automerge::{AutoCommit, ROOT};
use sha2::{Digest, Sha256};
use vereda_sync::exchange::frame;
use vereda_sync::guard::Refused;
use vereda_sync::id::{ChangeId, RecordId};
use vereda_sync::journal::Entry;

use vereda_tests::folder::Folder;
use vereda_tests::invented::Seeded;

use crate::report::Row;

/// The word with which this program runs [`refuse`].
pub(crate) const REFUSE: &str = "refuse-bomb";
/// What each bomb would grow to.
const GROWN: usize = 1 << 30;
/// Changes in a frame that has nearly as many operations as it may have.
const CROWDED: usize = 12;
/// Operations of each; with what they replace, nearly as many as a change may have.
const OPERATIONS: usize = 4_900;
/// A zstd frame that stands for nothing.
const SKIPPABLE: [u8; 8] = [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0];

pub(crate) fn run() -> anyhow::Result<Vec<Row>> {
    let folder = Folder::make("bombs")?;
    let many = frame_of_change(&operations())?;
    let examined = frame::examine(frame::unpack(&many)?);
    ensure!(
        matches!(&examined[..], [Err((Refused::TooManyOperations, _))]),
        "it is refused for something else: {examined:?}"
    );
    let bombs = [
        ("a change of 5 million operations", many),
        ("1 GiB of zeros", frame_of(&[], &grown(None)?)),
        (
            "1 GiB with a window of 128 MiB",
            frame_of(&[], &grown(Some(27))?),
        ),
        (
            "30,000 skippable frames",
            frame_of(&[], &SKIPPABLE.repeat(30_000)),
        ),
        ("coded noise", frame_of(&noise(), &[])),
    ];
    let mut rows = Vec::new();
    for (what, bomb) in bombs {
        let file = folder.path().join("bomb");
        std::fs::write(&file, &bomb)?;
        let refused = Command::new(std::env::current_exe()?)
            .arg(REFUSE)
            .arg(&file)
            .output()?;
        let said = String::from_utf8_lossy(&refused.stdout).into_owned();
        let mut numbers = said.split_whitespace().map(str::parse::<f64>);
        let (Some(Ok(ms)), Some(Ok(bytes))) = (numbers.next(), numbers.next()) else {
            anyhow::bail!("{what}: {said}");
        };
        rows.push(
            Row::new(format!("{what} ({} B): refused in", bomb.len()), ms, "ms").at_most(10.0),
        );
        rows.push(Row::new(format!("{what}: memory"), bytes / 1e6, "MB").at_most(10.0));
    }
    rows.extend(taken()?);
    Ok(rows)
}

/// What is no bomb: the most that a frame may stand for, taken in whole.
fn taken() -> anyhow::Result<[Row; 2]> {
    let mut document = AutoCommit::new();
    let mut entries = Vec::new();
    while entries.len() < CROWDED {
        for at in 0..OPERATIONS {
            document.put(ROOT, "a", at.is_multiple_of(2))?;
        }
        let change = document.get_last_local_change().context("no change")?;
        let id = ChangeId(change.hash().0);
        entries.push(Entry {
            record: entries
                .first()
                .map_or(RecordId(id.0), |first: &Entry| first.record),
            change: id,
            bytes: change.raw_bytes().to_vec(),
        });
    }
    let packed = frame::pack(&entries)?;
    let began = Instant::now();
    let verdicts = frame::examine(frame::unpack(&packed)?);
    let took = began.elapsed();
    ensure!(
        verdicts.len() == CROWDED && verdicts.iter().all(Result::is_ok),
        "of {} it was refused: {:?}",
        verdicts.len(),
        verdicts.iter().find_map(|v| v.as_ref().err().map(|e| e.0))
    );
    let bytes: usize = entries.iter().map(|entry| entry.bytes.len()).sum();
    Ok([
        Row::new(
            format!(
                "{CROWDED} changes of {OPERATIONS} operations ({} B): taken in",
                packed.len()
            ),
            took.as_secs_f64() * 1e3,
            "ms",
        ),
        Row::new("the same: as Automerge writes them", bytes as f64, "B"),
    ])
}

/// In a process of its own: takes the frame in a file as a hub does, and says milliseconds and bytes.
pub(crate) fn refuse(file: &Path) -> anyhow::Result<String> {
    let packed = std::fs::read(file)?;
    // What is made once in a process is not the bomb's: an honest frame first.
    frame::unpack(&frame::pack(&[])?)?;
    let before = peak()?;
    let began = Instant::now();
    let refused = match frame::unpack(&packed) {
        Err(_) => true,
        Ok(entries) => frame::examine(entries).iter().all(Result::is_err),
    };
    let took = began.elapsed();
    ensure!(refused, "it was taken");
    let bytes = peak()?.saturating_sub(before);
    Ok(format!("{} {bytes}", took.as_secs_f64() * 1_000.0))
}

/// The most memory that this process ever held, in bytes.
fn peak() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kb: u64 = line
        .and_then(|l| l.split_whitespace().next())
        .context("VmHWM")?
        .parse()?;
    Ok(kb * 1_024)
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
    out
}

/// What is coded, and what goes as it is: a frame of zstd, of which the first four bytes are left out.
fn frame_of(coded: &[u8], plain: &[u8]) -> Vec<u8> {
    // Nothing went by column: the digest is over nothing.
    let digest = &Sha256::digest([])[..8];
    let plain = plain.get(4..).unwrap_or_default();
    [&[3], &varint(coded.len())[..], coded, plain, digest].concat()
}

/// A frame with one change that went as it is: what an honest one codes of such a change, and
/// another in its place.
fn frame_of_change(change: &[u8]) -> anyhow::Result<Vec<u8>> {
    let id = [1; 32];
    let honest = frame::pack(&[Entry {
        record: RecordId(id),
        change: ChangeId(id),
        bytes: vec![0],
    }])?;
    let coded = usize::from(*honest.get(1).context("an empty frame")?);
    let coded = honest.get(2..2 + coded).context("a short frame")?;
    let plain = [&varint(change.len())[..], change].concat();
    Ok(frame_of(coded, &zstd::bulk::compress(&plain, 3)?))
}

/// As much as a frame may have, meaning nothing.
fn noise() -> Vec<u8> {
    let mut seed = Seeded::new(1);
    let bytes = std::iter::repeat_with(|| seed.draw().to_le_bytes());
    bytes.take(32_000).flatten().collect()
}

/// A change with a right checksum and one run of five million operations.
fn operations() -> Vec<u8> {
    let column = [0xc0, 0x96, 0xb1, 0x02, 0x01];
    let mut body = vec![0, 1, 7, 1, 1, 0, 0, 0, 1, 0x42, 5];
    body.extend(column);
    let mut hashed = vec![1];
    hashed.extend(varint(body.len()));
    hashed.extend(body);
    [
        &[0x85, 0x6f, 0x4a, 0x83],
        &Sha256::digest(&hashed)[..4],
        &hashed,
    ]
    .concat()
}

fn grown(window_log: Option<u32>) -> anyhow::Result<Vec<u8>> {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 3)?;
    if let Some(log) = window_log {
        encoder.window_log(log)?;
    }
    let piece = vec![0; 1 << 20];
    for _ in 0..GROWN >> 20 {
        std::io::Write::write_all(&mut encoder, &piece)?;
    }
    Ok(encoder.finish()?)
}
