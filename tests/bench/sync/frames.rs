//! The frames alone: what packing by column saves and costs.

use std::time::Instant;

use anyhow::ensure;
use vereda_sync::exchange::frame;
use vereda_sync::journal::Entry;

use crate::records::Made;
use crate::report::Row;

/// The frames alone: by column, against zstd over the same changes as they are.
pub(super) fn measure(made: &[Made]) -> anyhow::Result<Vec<Row>> {
    let entries: Vec<Entry> = made.iter().flat_map(Made::entries).collect();
    let mut all = Vec::new();
    let mut rest = &entries[..];
    while !rest.is_empty() {
        let (frame, after) = rest.split_at(frame::fitting(rest));
        all.push(frame);
        rest = after;
    }
    let (mut packed, mut whole) = (0, 0);
    let begun = Instant::now();
    let columns = all
        .iter()
        .map(|f| frame::pack(f))
        .collect::<Result<Vec<_>, _>>()?;
    let encoding = begun.elapsed();
    for (frame, columns) in all.iter().zip(&columns) {
        packed += columns.len();
        let changes: Vec<u8> = frame.iter().flat_map(|e| e.bytes.clone()).collect();
        whole += zstd::bulk::compress(&changes, 3)?.len();
    }
    let begun = Instant::now();
    for columns in &columns {
        let verdicts = frame::examine(frame::unpack(columns)?);
        ensure!(
            verdicts.iter().all(Result::is_ok),
            "a change did not come out"
        );
    }
    let decoding = begun.elapsed();
    let largest = columns.iter().map(Vec::len).max().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let each = |sum: f64| (sum / entries.len() as f64 * 10.0).round() / 10.0;
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let rows = vec![
        Row::new(
            "frames alone, a change (theirs: zstd of the changes)",
            each(packed as f64),
            "B",
        )
        .over(each(whole as f64))
        .at_most(28.0),
        Row::new(
            "largest frame: what a cut wastes at most",
            largest as f64,
            "B",
        )
        .at_most(16_384.0),
        Row::new(
            "encoding a change",
            each(encoding.as_secs_f64() * 1e6),
            "µs",
        )
        .at_most(15.0),
        Row::new(
            "decoding and hashing a change",
            each(decoding.as_secs_f64() * 1e6),
            "µs",
        )
        .at_most(20.0),
    ];
    Ok(rows)
}
