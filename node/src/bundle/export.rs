//! Packing: what the hub has not acknowledged, into parts on a stick.
//!
//! A part is written beside its name, synced, renamed, and its folder synced: under its
//! name it is whole. What is planned follows from the journal alone, so an export that
//! was cut goes on where it stopped; what was written since goes into a bundle of its own.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use vereda_sync::bundle::{Header, Item, Kind, MAX_FILE_BYTES, MAX_PARTS, Piece, Walk, Writer};
use vereda_sync::exchange::custody::{Says, Sealed};
use vereda_sync::exchange::frame;
use vereda_sync::exchange::message::Head;
use vereda_sync::id::BundleId;

use super::cipher::{Bound, PublicKey, Sealing};
use super::{ORDER_SUFFIX, PART_SUFFIX, RECEIPT_SUFFIX, WORD_SUFFIX, no_key, short};
use crate::clock;
use crate::config::Config;
use crate::link::{seal, tls};
use crate::store::blob::{Blob, PIECE_BYTES};
use crate::store::journal::Journal;
use crate::store::{Store, blob, bundle, journal, orders};
use crate::whole;

/// What an entry may take beside its change, in bytes.
const PER_ENTRY_BYTES: u64 = 96;
/// What a part has beside its entries and photographs, in bytes.
const PER_PART_BYTES: u64 = 16 << 10;

/// What to pack.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Everything, not only what the hub has not acknowledged.
    pub all: bool,
    /// Largest part, in bytes. A change is never split, nor is a piece of a photograph.
    pub max_bytes: u64,
}

/// What was packed.
#[derive(Debug, Default)]
pub struct Packed {
    /// The parts, in order.
    pub parts: Vec<PathBuf>,
    /// How many of them were there whole already.
    pub kept: usize,
    /// Entries in all parts.
    pub entries: u64,
    /// Photographs in all parts.
    pub photographs: u64,
    /// Receipts for other nodes.
    pub receipts: Vec<PathBuf>,
}

/// Most files of a stick that are looked at for what was begun.
const MAX_LOOKED_AT: usize = 4_096;

/// Who packs, and for whom.
#[derive(Debug)]
struct Author<'a> {
    id: &'a str,
    name: &'a str,
    seal: seal::Seal,
    certificate: Vec<u8>,
    hub: PublicKey,
}

/// What goes into one bundle.
#[derive(Debug)]
struct Span {
    /// The journal's row.
    row: i64,
    first: u64,
    /// Up to here.
    head: Head,
    photographs: Vec<Blob>,
}

impl Span {
    /// The same for the same: so the parts of an export that was cut are known again.
    fn bundle(&self, author: &Author<'_>, max_bytes: u64) -> BundleId {
        let mut id = Sha256::new();
        for bytes in [&self.head.journal.0[..], &self.head.root, &author.hub.0] {
            id.update(bytes);
        }
        for number in [self.head.size, self.first, max_bytes] {
            id.update(number.to_be_bytes());
        }
        self.photographs.iter().for_each(|b| id.update(b.id.0));
        let id: [u8; 32] = id.finalize().into();
        BundleId(id.first_chunk().copied().unwrap_or_default())
    }
}

/// One part, as planned.
#[derive(Debug, Clone, Default)]
struct Plan {
    first: u64,
    entries: u64,
    /// Which photograph, from where on, how many bytes.
    pieces: Vec<(usize, u64, u64)>,
    bytes: u64,
}

/// Packs what is wanted of the node with this configuration into a folder. Only reads
/// the store: the node may run.
///
/// # Errors
/// What is missing, or what the medium says; what was packed before that stays good.
pub fn export(
    config: &Config,
    store: &Store,
    folder: &Path,
    wanted: Wanted,
) -> anyhow::Result<Packed> {
    ensure!(
        (1..=MAX_FILE_BYTES).contains(&wanted.max_bytes),
        "a part has at most {} MiB",
        MAX_FILE_BYTES >> 20
    );
    let hub = config.hub.as_ref().context(
        "only a spot exports bundles: the hub gives its receipts when it imports (`vereda bundle import`)",
    )?;
    let key = hub.bundle_key.as_ref();
    let key = key.with_context(|| no_key("hub", "bundle.pub"))?;
    let author = Author {
        id: &config.node.id,
        name: &config.node.name,
        seal: seal::Seal::load(&hub.key)?,
        certificate: tls::certificate(&hub.certificate)?.to_vec(),
        hub: PublicKey::load(key).with_context(|| no_key("hub", "bundle.pub"))?,
    };
    ensure!(folder.is_dir(), "{} is no folder", folder.display());
    let mut packed = Packed::default();
    let db = store.read();
    // One snapshot: the root belongs to exactly these entries.
    let tx = db.unchecked_transaction()?;
    let mut photographs = match wanted.all {
        true => blob::made_by(&tx, author.id)?,
        false => blob::unsent(&tx, author.id)?,
    };
    let journals: Vec<Journal> = journal::all(&tx)?
        .into_iter()
        // One of which the hub knows more is packed again once all of it is back.
        .filter(|j| j.own && j.frontier.size() >= j.acked)
        .collect();
    let count = journals.len();
    for (n, journal) in journals.into_iter().enumerate() {
        // Photographs belong to no journal: they go with the last one.
        let photographs = match n + 1 == count {
            true => std::mem::take(&mut photographs),
            false => vec![],
        };
        let mut span = Span {
            row: journal.row,
            first: if wanted.all { 1 } else { journal.acked + 1 },
            head: journal.head(),
            photographs,
        };
        let proven = if wanted.all { 0 } else { journal.proven };
        if span.head.size == proven && span.photographs.is_empty() {
            continue;
        }
        if let Some(begun) = begun(&tx, &author, &span, (folder, wanted.max_bytes))? {
            pack(
                &tx,
                &author,
                &begun,
                (folder, wanted.max_bytes),
                &mut packed,
            )?;
            span.first = begun.head.size + 1;
            span.photographs.retain(|b| !begun.photographs.contains(b));
            if span.first > span.head.size && span.photographs.is_empty() {
                continue;
            }
        }
        pack(&tx, &author, &span, (folder, wanted.max_bytes), &mut packed)?;
    }
    for (node, journal, file) in bundle::receipts(&tx)? {
        let name = format!("{node}-{}{RECEIPT_SUFFIX}", short(&journal));
        write_receipt(folder, &name, &file)?;
        packed.receipts.push(folder.join(name));
    }
    let untold = orders::taken(&tx)?.into_iter().filter(|one| !one.told);
    for (number, word) in untold.filter_map(|one| Some((one.number, one.word?))) {
        let name = format!("{}-{number}{WORD_SUFFIX}", config.node.id);
        write_receipt(folder, &name, &word)?;
        packed.receipts.push(folder.join(name));
    }
    Ok(packed)
}

/// The bundle that an export which was cut has begun on this stick, or that an earlier one
/// finished, if it begins where this one does.
fn begun(
    db: &Connection,
    author: &Author<'_>,
    now: &Span,
    (folder, max_bytes): (&Path, u64),
) -> anyhow::Result<Option<Span>> {
    let (mut found, mut looked_at) = (None::<Span>, BTreeSet::new());
    for entry in folder.read_dir()?.take(MAX_LOOKED_AT) {
        let path = entry?.path();
        let Some(header) = header_of(&path) else {
            continue;
        };
        let head = header.checkpoint.head;
        let larger = found.as_ref().is_none_or(|f| f.head.size < head.size);
        let ours = header.node == author.id && head.journal == now.head.journal && larger;
        if !ours
            || !looked_at.insert(header.bundle)
            || journal::root_at(db, &head)? != Some(head.root)
        {
            continue;
        }
        let packed_ms = i64::try_from(header.checkpoint.at_ms).unwrap_or(i64::MAX);
        let before = |blob: &&Blob| blob.at_ms <= packed_ms;
        let span = Span {
            head,
            photographs: now.photographs.iter().filter(before).cloned().collect(),
            ..*now
        };
        if span.bundle(author, max_bytes) == header.bundle {
            found = Some(span);
        }
    }
    Ok(found)
}

fn header_of(path: &Path) -> Option<Header> {
    let name = path.file_name()?.to_str()?;
    if !name.ends_with(PART_SUFFIX) {
        return None;
    }
    let walk = Walk::open(File::open(path).ok()?).ok()?;
    Header::decode(walk.header()).ok()
}

fn pack(
    db: &Connection,
    author: &Author<'_>,
    span: &Span,
    (folder, max_bytes): (&Path, u64),
    packed: &mut Packed,
) -> anyhow::Result<()> {
    let plans = plan(db, span, max_bytes)?;
    let parts = u32::try_from(plans.len()).ok().filter(|n| *n <= MAX_PARTS);
    let parts = parts.context("too many parts: allow larger ones")?;
    let bundle = span.bundle(author, max_bytes);
    let checkpoint = author.seal.put(Says::Wrote, span.head, clock::wall_ms())?;
    for (n, plan) in (1..).zip(&plans) {
        let name = format!(
            "{}-{}-{n:03}-of-{parts:03}{PART_SUFFIX}",
            author.id,
            short(&bundle)
        );
        let header = Header {
            bundle,
            part: n,
            parts,
            node: author.id.to_owned(),
            name: author.name.to_owned(),
            hub: author.hub.0,
            encapsulated: [0; 32],
            first: plan.first,
            entries: plan.entries,
            photograph_bytes: plan.pieces.iter().map(|(_, _, bytes)| bytes).sum(),
            checkpoint: checkpoint.clone(),
        };
        let path = folder.join(&name);
        if is_there(&path, author, &header) {
            packed.kept += 1;
        } else {
            whole::write(&folder.join(&name), |out| {
                write_part(db, out, author, header, (span, plan))
            })
            .with_context(|| path.display().to_string())?;
        }
        packed.parts.push(path);
    }
    packed.entries += span.head.size.saturating_sub(span.first - 1);
    packed.photographs += span.photographs.len() as u64;
    Ok(())
}

/// Splits by what changes and pieces take before they are packed: what is written is
/// smaller, and the plan is the same whenever it is made.
fn plan(db: &Connection, span: &Span, max_bytes: u64) -> anyhow::Result<Vec<Plan>> {
    let room = max_bytes.saturating_sub(PER_PART_BYTES);
    let begin = |first| Plan {
        first,
        ..Plan::default()
    };
    let (mut done, mut part, mut next) = (vec![], begin(span.first), span.first);
    bundle::sizes(db, span.row, span.first, span.head.size, |bytes| {
        let bytes = bytes + PER_ENTRY_BYTES;
        if part.entries > 0 && part.bytes + bytes > room {
            done.push(std::mem::replace(&mut part, begin(next)));
        }
        part.entries += 1;
        part.bytes += bytes;
        next += 1;
    })?;
    for (n, blob) in span.photographs.iter().enumerate() {
        let mut offset = 0;
        while offset < blob.bytes {
            let bytes = (blob.bytes - offset).min(PIECE_BYTES as u64);
            if part.bytes > 0 && part.bytes + bytes + PER_ENTRY_BYTES > room {
                done.push(std::mem::replace(&mut part, begin(next)));
            }
            part.pieces.push((n, offset, bytes));
            part.bytes += bytes + PER_ENTRY_BYTES;
            offset += bytes;
        }
    }
    done.push(part);
    Ok(done)
}

fn write_part(
    db: &Connection,
    out: &mut BufWriter<File>,
    author: &Author<'_>,
    mut header: Header,
    (span, plan): (&Span, &Plan),
) -> anyhow::Result<()> {
    let (mut sealing, encapsulated) = Sealing::begin(&author.hub)?;
    header.encapsulated = encapsulated;
    let header = header.encode();
    let bound = Bound::to(&header);
    let mut file = Writer::begin(out, Kind::Part, &header)?;
    let mut put = |item: Item| -> anyhow::Result<()> {
        Ok(file.chunk(&sealing.seal(&item.encode(), &bound)?)?)
    };
    let (mut next, mut left) = (plan.first, plan.entries);
    while left > 0 {
        let mut entries = journal::entries(db, span.row, next, frame::FRAME_BYTES)?;
        entries.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        entries.truncate(frame::fitting(&entries));
        ensure!(!entries.is_empty(), "the journal has a gap at {next}");
        put(Item::Frame {
            first: next,
            packed: frame::pack(&entries)?,
        })?;
        next += entries.len() as u64;
        left -= entries.len() as u64;
    }
    for (n, offset, bytes) in &plan.pieces {
        let blob = span
            .photographs
            .get(*n)
            .context("a photograph of the plan")?;
        let (mut offset, end) = (*offset, offset + bytes);
        while offset < end {
            let mut piece = blob::read(db, &blob.id.0, offset)?;
            piece.truncate(usize::try_from(end - offset).unwrap_or(usize::MAX));
            ensure!(!piece.is_empty(), "the photograph {} breaks off", blob.id);
            let (at, bytes) = (offset, piece.len() as u64);
            put(Item::Piece(Piece {
                blob: blob.id,
                media_type: blob.media_type.clone(),
                total: blob.bytes,
                offset: at,
                bytes: piece,
            }))?;
            offset += bytes;
        }
    }
    file.end(&author.certificate, |digest| {
        author.seal.put_under(Kind::Part.sealed_as(), digest)
    })?;
    Ok(())
}

/// Whether the part is there, whole and ours.
fn is_there(path: &Path, author: &Author<'_>, wanted: &Header) -> bool {
    let found = || -> anyhow::Result<bool> {
        let walk = Walk::open(std::io::BufReader::new(File::open(path)?))?;
        let header = Header::decode(walk.header())?;
        let ending = walk.end()?;
        seal::examine_file(
            &author.certificate,
            Kind::Part.sealed_as(),
            &ending.digest,
            &ending.seal,
        )?;
        let wanted = Header {
            encapsulated: header.encapsulated,
            checkpoint: Sealed {
                head: wanted.checkpoint.head,
                ..header.checkpoint.clone()
            },
            ..wanted.clone()
        };
        Ok(header == wanted)
    };
    found().unwrap_or(false)
}

/// At the hub: writes what it ordered a node, and has no end of, into a folder. Gives the files.
///
/// # Errors
/// When the store or the stick does not answer.
pub fn write_orders(store: &Store, node: &str, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    let mut after = 0;
    loop {
        let next = orders::next_of(&store.read(), node, after)?;
        let Some((number, file)) = next else {
            return Ok(out);
        };
        let path = folder.join(format!("{node}-{number}{ORDER_SUFFIX}"));
        whole::put(&path, &file, whole::PUBLIC)?;
        out.push(path);
        after = number;
    }
}

/// Writes a receipt into a folder.
///
/// # Errors
/// What the medium says.
pub fn write_receipt(folder: &Path, name: &str, receipt: &[u8]) -> anyhow::Result<()> {
    Ok(whole::put(&folder.join(name), receipt, whole::PUBLIC)?)
}
