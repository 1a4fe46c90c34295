//! What comes in from outside: examined, stored, and only then acknowledged.

use anyhow::{Context, bail, ensure};
use lru::LruCache;
use rusqlite::{Connection, params};
use vereda_sync::exchange::frame;
use vereda_sync::exchange::message::Feed;
use vereda_sync::guard::Refused;
use vereda_sync::hlc::Hlc;
use vereda_sync::id::{JournalId, RecordId};
use vereda_sync::journal::Entry;
use vereda_sync::record::document::Document;

use crate::clock;
use crate::store::journal::Journal;
use crate::store::{Store, derived, feed, journal};

/// Most changes kept in quarantine: past that only the count grows in the log.
const MAX_QUARANTINE: i64 = 10_000;

/// A spot as the hub's allow-list knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Its id.
    pub node: String,
    /// The scopes that it may write; new records belong to the first.
    pub scopes: Vec<String>,
}

type Documents = LruCache<RecordId, Document>;

/// Stores a frame of a spot's journal up to the first gap; gives what is held.
pub(super) fn take_frame(
    store: &Store,
    epoch: &[u8; 16],
    from: &Sender,
    (id, first, packed): (JournalId, u64, &[u8]),
    documents: &mut Documents,
) -> anyhow::Result<u64> {
    // Examined before the lock: hostile input must not keep others waiting.
    let verdicts = frame::examine(frame::unpack(packed)?);
    let db = store.write();
    let tx = db.unchecked_transaction()?;
    let mut journal =
        journal::find(&tx, id)?.context("frame of a journal that was not announced")?;
    let held = journal.frontier.size();
    if first > held + 1 {
        return Ok(held);
    }
    let skip = usize::try_from(held + 1 - first).unwrap_or(usize::MAX);
    for verdict in verdicts.into_iter().skip(skip) {
        let index = journal.frontier.size() + 1;
        let taken = match verdict {
            Ok(entry) => take_entry(&tx, epoch, from, &mut journal, &entry, documents)?,
            Err((refused, bytes)) => Err((refused.to_string(), bytes, refused)),
        };
        if let Err((reason, bytes, _)) = taken {
            quarantine(&tx, from, id, index, &reason, &bytes)?;
            // The journal cannot go on past an entry that is not what the
            // spot signed for; what came before it is kept and acknowledged.
            break;
        }
    }
    journal::keep_frontier(&tx, &journal)?;
    tx.commit()?;
    Ok(journal.frontier.size())
}

type Taken = Result<(), (String, Vec<u8>, Refused)>;

fn take_entry(
    db: &Connection,
    epoch: &[u8; 16],
    from: &Sender,
    journal: &mut Journal,
    entry: &Entry,
    documents: &mut Documents,
) -> anyhow::Result<Taken> {
    let home = from.scopes.first().context("a spot without a scope")?;
    let row = journal::record_row(db, entry.record, home)?;
    let scope: String = db.query_row("SELECT scope FROM record WHERE record = ?1", [row], |r| {
        r.get(0)
    })?;
    if !from.scopes.contains(&scope) {
        let why = format!("{} may not write in the scope {scope}", from.node);
        return Ok(Err((why, entry.bytes.clone(), Refused::NotAChange)));
    }
    let entry_row = journal::append(db, journal, row, entry, clock::now_ms())?;
    let mut published = feed::scope(db, &scope)?.unwrap_or(feed::Scope {
        epoch: *epoch,
        frontier: Default::default(),
    });
    feed::publish(db, &scope, &mut published, entry_row, entry.leaf())?;
    feed::keep_scope(db, &scope, &published)?;
    derived::mark_dirty(db, row)?;
    documents.pop(&entry.record);
    Ok(Ok(()))
}

fn quarantine(
    db: &Connection,
    from: &Sender,
    journal: JournalId,
    index: u64,
    reason: &str,
    bytes: &[u8],
) -> anyhow::Result<()> {
    tracing::warn!(node = from.node, %journal, index, reason, "a change was refused and is in quarantine");
    let held: i64 = db.query_row("SELECT count(*) FROM quarantine", [], |r| r.get(0))?;
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    let again: bool = db.query_row(
        "SELECT EXISTS (SELECT 1 FROM quarantine WHERE journal = ?1 AND idx = ?2 AND reason = ?3)",
        params![journal.0, index, reason],
        |r| r.get(0),
    )?;
    if held < MAX_QUARANTINE && !again {
        db.execute(
            "INSERT INTO quarantine(at, node, journal, idx, reason, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![clock::now_ms(), from.node, journal.0, index, reason, bytes],
        )?;
    }
    db.execute(
        "UPDATE spot SET trouble = ?2 WHERE node = ?1",
        params![from.node, reason],
    )?;
    Ok(())
}

/// Stores a frame of a feed; gives how far the feed is now and the latest time in it.
pub(super) fn take_feed(
    store: &Store,
    epoch: [u8; 16],
    feed: &Feed,
    documents: &mut Documents,
) -> anyhow::Result<(u64, Hlc)> {
    let mut verdicts = frame::examine(frame::unpack(&feed.packed)?).into_iter();
    let db = store.write();
    let tx = db.unchecked_transaction()?;
    let mut scope = match feed::scope(&tx, &feed.scope)? {
        Some(scope) if scope.epoch == epoch => scope,
        _ => feed::Scope {
            epoch,
            frontier: Default::default(),
        },
    };
    ensure!(
        feed.first == scope.frontier.size() + 1,
        "the feed goes on at {}, not at {}",
        feed.first,
        scope.frontier.size() + 1
    );
    let now = clock::now_ms();
    for source in &feed.sources {
        let leaf = if source.own {
            feed::leaf_of(&tx, source.journal, source.index)?
                .context("the feed names an entry that is not here")?
        } else {
            let entry = match verdicts.next() {
                Some(Ok(entry)) => entry,
                Some(Err((refused, _))) => {
                    bail!("the feed brought a change that was refused: {refused}")
                }
                None => bail!("the feed lacks an entry that it names"),
            };
            let journal = match journal::find(&tx, source.journal)? {
                Some(journal) => journal,
                None => journal::begin(&tx, source.journal, "", false)?,
            };
            let row = journal::record_row(&tx, entry.record, &feed.scope)?;
            if journal::insert(&tx, journal.row, source.index, row, &entry, now)?.is_some() {
                derived::mark_dirty(&tx, row)?;
                documents.pop(&entry.record);
            }
            entry.leaf()
        };
        scope.frontier.push(leaf);
    }
    feed::keep_scope(&tx, &feed.scope, &scope)?;
    tx.commit()?;
    Ok((scope.frontier.size(), Hlc::default()))
}
