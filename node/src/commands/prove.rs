//! `vereda prove` and `vereda check`: that changes of one record are in the hub's custody,
//! as a small file that somebody without the store can check, years later and offline.
//!
//! The file holds no answers, only hashes: the way from each change to a root (RFC 6962), and
//! the hub's seal over that root. Given an earlier proof, it also shows that the journal as it
//! is now begins with what it was then: nothing was taken out or put in between.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vereda_sync::exchange::custody::{Says, Sealed};
use vereda_sync::exchange::message::Head;
use vereda_sync::id::{ChangeId, JournalId, RecordId};
use vereda_sync::journal::{Hash, leaf, proof};

use super::export::find;
use super::say;
use crate::config::Config;
use crate::link::seal::{self, Seal};
use crate::link::tls;
use crate::node::Node;
use crate::people::hex;
use crate::store::journal::Journal;
use crate::store::{custody, journal, records};

/// Largest proof that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;
/// What a proof of this version begins with.
const KIND: &str = "vereda proof 1";

/// A proof, as the file has it: JSON, with bytes as hexadecimal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Proof {
    kind: String,
    record: String,
    journals: Vec<Part>,
}

/// What is proven of one journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    journal: String,
    size: u64,
    root: String,
    /// When the hub put its seal, milliseconds since 1970.
    at_ms: u64,
    seal: String,
    /// The hub's certificate, DER.
    certificate: String,
    changes: Vec<Change>,
    /// From an earlier proof to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Since>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    index: u64,
    change: String,
    /// The hashes beside its way to the root, from below.
    path: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Since {
    size: u64,
    root: String,
    path: Vec<String>,
}

/// Writes a proof to standard output: of the record's changes that the hub has a receipt
/// for, and that they still are where an earlier proof had them.
///
/// # Errors
/// When there is no such record, or nothing of it is in the hub's custody yet.
pub fn run(config: Config, record: &str, earlier: Option<&Path>) -> anyhow::Result<()> {
    let node = Node::open(config)?;
    let record = find(&node, record)?;
    say(&prove(&node, record, earlier)?)
}

/// The proof as its file has it.
///
/// # Errors
/// As [`run`].
pub fn prove(node: &Node, record: RecordId, earlier: Option<&Path>) -> anyhow::Result<String> {
    let earlier = earlier.map(read).transpose()?;
    let proof = make(node, record, earlier.as_ref())?;
    Ok(serde_json::to_string_pretty(&proof)?)
}

/// Checks a proof against the authority that vouches for the hub, and says what it proves.
///
/// # Errors
/// When it proves nothing; why.
pub fn check(file: &Path, authority: &Path, earlier: Option<&Path>) -> anyhow::Result<()> {
    let proof = read(file)?;
    let earlier = earlier.map(read).transpose()?;
    let (changes, at_ms) = hold(&proof, authority, earlier.as_ref())?;
    let at = Timestamp::from_millisecond(i64::try_from(at_ms).unwrap_or(i64::MAX));
    let at = at.unwrap_or(Timestamp::MAX);
    say(&format!(
        "The hub holds {changes} changes of the record {}: it put its seal to that on {at:.0}.",
        proof.record
    ))?;
    if earlier.is_some() {
        say("What it held when the earlier proof was made is still there, in its place.")?;
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Proof> {
    let name = || file.display().to_string();
    let mut text = String::new();
    let open = std::fs::File::open(file).with_context(name)?;
    open.take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .with_context(name)?;
    ensure!(
        text.len() as u64 <= MAX_BYTES,
        "{}: larger than a proof can be",
        name()
    );
    let proof: Proof = serde_json::from_str(&text).with_context(name)?;
    ensure!(
        proof.kind == KIND,
        "{}: a proof of another version: update this program",
        name()
    );
    Ok(proof)
}

fn make(node: &Node, record: RecordId, earlier: Option<&Proof>) -> anyhow::Result<Proof> {
    let mut places: BTreeMap<JournalId, Vec<(u64, ChangeId)>> = BTreeMap::new();
    {
        let db = node.store.read();
        let row = records::find_record(&db, record)?.context("no such record")?;
        for (journal, index, change) in journal::places(&db, row)? {
            places.entry(journal).or_default().push((index, change));
        }
    }
    let mut journals = Vec::new();
    for (id, changes) in places {
        let db = node.store.read();
        let journal = journal::find(&db, id)?.context("no such journal")?;
        let Some((sealed, certificate)) = receipt(node, &db, &journal)? else {
            continue;
        };
        let leaves = journal::leaves(&db, journal.row, sealed.head.size)?;
        let path = |index| proof::inclusion(&leaves, index).map(hex_all);
        let changes = changes.into_iter().filter_map(|(index, change)| {
            let (change, path) = (change.to_string(), path(index)?);
            Some(Change {
                index,
                change,
                path,
            })
        });
        let changes: Vec<Change> = changes.collect();
        if changes.is_empty() {
            continue;
        }
        let was = earlier.and_then(|e| e.journals.iter().find(|p| p.journal == id.to_string()));
        let since = was.map(|was| {
            let path = proof::consistency(&leaves, was.size);
            let path = path.context("the earlier proof is over more than is here")?;
            anyhow::Ok(Since {
                size: was.size,
                root: was.root.clone(),
                path: hex_all(path),
            })
        });
        journals.push(Part {
            journal: id.to_string(),
            size: sealed.head.size,
            root: hex(&sealed.head.root),
            at_ms: sealed.at_ms,
            seal: hex(&sealed.seal),
            certificate: hex(&certificate),
            changes,
            since: since.transpose()?,
        });
    }
    if journals.is_empty() {
        bail!("the hub has given no receipt for this record yet: let this node exchange with it");
    }
    Ok(Proof {
        kind: KIND.into(),
        record: record.to_string(),
        journals,
    })
}

/// The hub's seal over a journal: at a spot the one that it got, at the hub one put now.
fn receipt(
    node: &Node,
    db: &rusqlite::Connection,
    journal: &Journal,
) -> anyhow::Result<Option<(Sealed, Vec<u8>)>> {
    let Some(hub) = &node.config.sync else {
        return Ok(custody::of(db, Says::Holds, journal.id)?);
    };
    let sealed = Seal::load(&hub.key)?.put(Says::Holds, journal.head(), node.wall_ms())?;
    Ok(Some((sealed, tls::certificate(&hub.certificate)?.to_vec())))
}

/// How many changes are proven, and since when all of them are.
fn hold(proof: &Proof, authority: &Path, earlier: Option<&Proof>) -> anyhow::Result<(usize, u64)> {
    let record = RecordId::from_hex(&proof.record).context("the record's id is none")?;
    let (mut proven, mut at_ms) = (0, 0);
    for part in &proof.journals {
        let head = Head {
            journal: JournalId::from_hex(&part.journal).context("a journal's id is none")?,
            size: part.size,
            root: hash(&part.root)?,
        };
        let (seal, certificate) = (unhex(&part.seal)?, unhex(&part.certificate)?);
        let sealed = Sealed {
            head,
            at_ms: part.at_ms,
            seal,
        };
        seal::examine(&certificate, Says::Holds, &sealed)?;
        seal::vouched(&certificate, authority, Says::Holds, sealed.at_ms)?;
        for change in &part.changes {
            let id = ChangeId(hash(&change.change)?);
            let path = hashes(&change.path)?;
            let leaf = leaf(record, id);
            ensure!(
                proof::is_included(leaf, change.index, (head.size, head.root), &path),
                "the change {id} is not where this says"
            );
            proven += 1;
        }
        at_ms = at_ms.max(part.at_ms);
    }
    ensure!(proven > 0, "it says nothing of any change");
    for was in earlier.iter().flat_map(|e| &e.journals) {
        let part = proof.journals.iter().find(|p| p.journal == was.journal);
        let since = part.and_then(|part| Some((part, part.since.as_ref()?)));
        let (part, since) = since.with_context(|| {
            format!(
                "nothing leads from the earlier proof of the journal {} to this one: make it with --earlier",
                was.journal
            )
        })?;
        let (old, new) = ((was.size, hash(&was.root)?), (part.size, hash(&part.root)?));
        ensure!(
            (since.size, hash(&since.root)?) == old
                && proof::is_consistent(old, new, &hashes(&since.path)?),
            "the journal {} is not what it was when the earlier proof was made",
            was.journal
        );
    }
    Ok((proven, at_ms))
}

fn hex_all(hashes: Vec<Hash>) -> Vec<String> {
    hashes.iter().map(|hash| hex(hash)).collect()
}

fn unhex(text: &str) -> anyhow::Result<Vec<u8>> {
    let bytes = text.as_bytes().chunks(2);
    let bytes = bytes.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    let whole = text.len().is_multiple_of(2);
    let bytes = bytes.collect::<Option<_>>().filter(|_| whole);
    bytes.context("what should be hexadecimal is not")
}

fn hash(text: &str) -> anyhow::Result<Hash> {
    let bytes = unhex(text)?;
    bytes.try_into().ok().context("a hash has 32 bytes")
}

fn hashes(texts: &[String]) -> anyhow::Result<Vec<Hash>> {
    ensure!(
        texts.len() <= proof::MAX_HASHES,
        "longer than a path can be"
    );
    texts.iter().map(|text| hash(text)).collect()
}
