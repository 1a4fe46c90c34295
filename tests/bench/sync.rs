//! The first sync of 1,000 requests: ours, whole, over mutual TLS; and Automerge's
//! own protocol on the same documents, in memory, with no network under it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use automerge::sync::{State, SyncDoc};
use automerge::{AutoCommit, Change};
use vereda::link;
use vereda::node::Node;
use vereda::store::journal;
use vereda_sync::exchange::frame;
use vereda_sync::journal::Entry;

use vereda_tests::folder::Folder;
use vereda_tests::spot::{Authority, Place, SCOPE};

use crate::forwarder::Forwarder;
use crate::records::{self, Made};
use crate::report::Row;

const REQUESTS: u64 = 1_000;
/// One way, in the run that tells round trips.
const DELAY: Duration = Duration::from_millis(150);
/// What the payload of an exchange with nothing new should take, without HTTP and TLS.
const NOTHING_NEW: u64 = 160;
/// What that of one request on a warm pair should: 64 bytes a change and 200 besides.
const ONE_MORE: u64 = 5 * 64 + 200;
/// Longest that a sync may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// Nothing moved for so long: all is done.
const QUIET: Duration = Duration::from_millis(700);

pub(crate) fn run() -> anyhow::Result<Vec<Row>> {
    let made = records::requests(5, REQUESTS)?;
    let changes: usize = made.iter().map(|m| m.changes.len()).sum();
    let raw: usize = made
        .iter()
        .flat_map(|m| &m.changes)
        .map(|c| c.bytes.len())
        .sum();
    let answers: usize = made.iter().map(|m| m.document.answers().len()).sum();
    println!(
        "  {} requests, {changes} changes, {answers} answers, {raw} bytes of changes",
        made.len()
    );
    let frames = frames(&made)?;
    let folder = Folder::make("sync")?;
    let near = ours(&folder.path().join("near"), &made, Duration::ZERO)?;
    let far = ours(&folder.path().join("far"), &made, DELAY)?;
    let round_trips =
        (far.proven.as_secs_f64() - near.proven.as_secs_f64()) / (2.0 * DELAY.as_secs_f64());
    println!(
        "  with {} ms to and fro: proven after {:.2} s",
        2 * DELAY.as_millis(),
        far.proven.as_secs_f64()
    );
    let peer = automerges_own(&made)?;
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let row = |what: &str, ours: u64, theirs: u64, unit| {
        Row::new(what, ours as f64, unit).over(theirs as f64)
    };
    let mut rows = vec![
        row("bytes up, all of TLS", near.up, peer.up, "B"),
        row("bytes down, all of TLS", near.down, peer.down, "B"),
        row(
            "bytes both ways until proven",
            near.up + near.down,
            peer.up + peer.down,
            "B",
        ),
        row(
            "bytes a change",
            (near.up + near.down) / changes as u64,
            (peer.up + peer.down) / changes as u64,
            "B",
        ),
        row(
            "bytes both ways until all is quiet",
            near.until_quiet,
            peer.up + peer.down,
            "B",
        ),
        row(
            "an exchange with nothing new, all of TLS",
            near.nothing,
            NOTHING_NEW,
            "B",
        ),
        row(
            "one request more (5 changes), all of TLS",
            near.one_more,
            ONE_MORE,
            "B",
        ),
        row(
            "messages (ours: TLS records)",
            near.records,
            peer.messages,
            "",
        ),
        Row::new(
            "round trips (theirs: a document's most)",
            (round_trips * 10.0).round() / 10.0,
            "",
        )
        .over(f64::from(peer.round_trips)),
        Row::new(
            "until proven on both disks (theirs: memory, no network)",
            near.proven.as_secs_f64(),
            "s",
        )
        .over(peer.time.as_secs_f64()),
    ];
    rows.extend(frames);
    Ok(rows)
}

/// The frames alone: by column, against zstd over the same changes as they are.
fn frames(made: &[Made]) -> anyhow::Result<Vec<Row>> {
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

struct Ours {
    /// An exchange when nothing is new.
    nothing: u64,
    /// One with one request more.
    one_more: u64,
    up: u64,
    down: u64,
    records: u64,
    until_quiet: u64,
    proven: Duration,
}

fn ours(folder: &Path, made: &[Made], delay: Duration) -> anyhow::Result<Ours> {
    std::fs::create_dir_all(folder)?;
    let authority = Authority::make(folder)?;
    let hub = Place::hub(folder.join("central"))?;
    let spot = Place::spot(folder.join(records::NODE), 9)?;
    authority.enrol(&hub)?;
    authority.enrol(&spot)?;
    let hub_node = Arc::new(Node::open(hub.config()?)?);
    let node = Arc::new(Node::open(spot.config()?)?);
    let (last, made) = made.split_last().context("no requests")?;
    append(&node, made)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        .build()?;
    runtime.block_on(async {
        let sync = hub_node.config.sync.clone().context("no [sync]")?;
        let listener = link::start_listener(Arc::clone(&hub_node), &sync)?;
        let forwarder = Forwarder::start(listener.address, delay).await?;
        let mut to_hub = node.config.hub.clone().context("no [hub]")?;
        to_hub.address = format!("localhost:{}", forwarder.port);
        // One exchange, not the next ones.
        to_hub.poll_s = 3_600;
        let begun = Instant::now();
        let caller = link::start_caller(Arc::clone(&node), &to_hub)?;
        while !is_proven(&node)? {
            ensure!(begun.elapsed() < PATIENCE, "the hub did not prove it");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut ours = Ours {
            proven: begun.elapsed(),
            up: forwarder.up.bytes.load(Relaxed),
            down: forwarder.down.bytes.load(Relaxed),
            records: forwarder.up.records.load(Relaxed) + forwarder.down.records.load(Relaxed),
            until_quiet: 0,
            nothing: 0,
            one_more: 0,
        };
        ours.until_quiet = quiet(&forwarder).await;
        // The feed has come meanwhile: one exchange more, and then nothing is new.
        caller.sync_now();
        let before = quiet(&forwarder).await;
        caller.sync_now();
        let after = quiet(&forwarder).await;
        ours.nothing = after - before;
        append(&node, std::slice::from_ref(last))?;
        caller.sync_now();
        ours.one_more = quiet(&forwarder).await - after;
        ensure!(is_proven(&node)?, "the last request was not proven");
        Ok(ours)
    })
}

/// Waits until nothing moves any more; gives what has passed.
async fn quiet(forwarder: &Forwarder) -> u64 {
    loop {
        let before = forwarder.bytes();
        tokio::time::sleep(QUIET).await;
        if forwarder.bytes() == before {
            return before;
        }
    }
}

/// Into the node's own journal, in one transaction: how fast they are made is another benchmark.
pub(crate) fn append(node: &Node, made: &[Made]) -> anyhow::Result<()> {
    let db = node.store.write();
    let tx = db.unchecked_transaction()?;
    let mut own = journal::all(&tx)?
        .into_iter()
        .find(|j| j.own)
        .context("no journal")?;
    for made in made {
        let row = journal::record_row(&tx, made.record, SCOPE)?;
        for entry in made.entries() {
            journal::append(&tx, &mut own, row, &entry, 1_795_000_000_000)?;
        }
    }
    journal::keep_frontier(&tx, &own)?;
    Ok(tx.commit()?)
}

fn is_proven(node: &Node) -> anyhow::Result<bool> {
    let journals = journal::all(&node.store.read())?;
    let mut own = journals.iter().filter(|j| j.own);
    Ok(own.all(|j| j.proven > 0 && j.proven == j.frontier.size()))
}

struct Peer {
    up: u64,
    down: u64,
    messages: u64,
    /// The most that one document needs: if all are on their way at once, also of all.
    round_trips: u32,
    time: Duration,
}

fn automerges_own(made: &[Made]) -> anyhow::Result<Peer> {
    let mut documents = Vec::new();
    for made in made {
        let changes = made
            .changes
            .iter()
            .map(|c| Change::from_bytes(c.bytes.clone()));
        let mut document = AutoCommit::new();
        document.apply_changes(changes.collect::<Result<Vec<_>, _>>()?)?;
        documents.push(document);
    }
    let mut peer = Peer {
        up: 0,
        down: 0,
        messages: 0,
        round_trips: 0,
        time: Duration::ZERO,
    };
    let begun = Instant::now();
    for here in &mut documents {
        let (mut there, mut mine, mut theirs) = (AutoCommit::new(), State::new(), State::new());
        let mut turns = 0;
        loop {
            let up = here.sync().generate_sync_message(&mut mine);
            let said = up.is_some();
            if let Some(message) = up {
                peer.up += message.clone().encode().len() as u64;
                peer.messages += 1;
                there.sync().receive_sync_message(&mut theirs, message)?;
            }
            let down = there.sync().generate_sync_message(&mut theirs);
            let answered = down.is_some();
            if let Some(message) = down {
                peer.down += message.clone().encode().len() as u64;
                peer.messages += 1;
                here.sync().receive_sync_message(&mut mine, message)?;
            }
            if !said && !answered {
                break;
            }
            turns += 1;
        }
        ensure!(
            here.get_heads() == there.get_heads(),
            "Automerge's sync left something out"
        );
        peer.round_trips = peer.round_trips.max(turns);
    }
    peer.time = begun.elapsed();
    Ok(peer)
}
