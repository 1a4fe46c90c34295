//! What comes in from outside: examined, stored, and only then acknowledged.

use std::collections::BTreeSet;

use anyhow::{Context, bail, ensure};
use lru::LruCache;
use rusqlite::{Connection, params};
use vereda_sync::exchange::frame::{self, Verdict};
use vereda_sync::exchange::message::Feed;
use vereda_sync::id::{JournalId, RecordId};
use vereda_sync::journal::Entry;

use crate::store::journal::Journal;
use crate::store::{Store, derived, feed, journal, spot};

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

type Documents = LruCache<RecordId, super::Held>;

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Entries of the journal that are on disk and are what the sender has: to
    /// be acknowledged. Never more than the frame reaches, as only so much was compared.
    pub held: u64,
    /// Why the journal does not go on after them.
    pub stopped: Option<Stop>,
}

/// Why a journal does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Its next entry was refused and is in quarantine.
    Quarantined,
    /// Its next entry changes a record that is not here yet: another spot brings it.
    Waits,
    /// It is not the journal that is held under this id: a copied or restored disk.
    Diverged,
}

/// Examines what is packed. Before any lock: hostile input keeps nobody waiting.
pub(super) fn examined(packed: &[u8]) -> anyhow::Result<Vec<Verdict>> {
    Ok(frame::examine(frame::unpack(packed)?))
}

/// Stores a frame of a spot's journal up to the first gap.
pub(super) fn take_frame(
    store: &Store,
    epoch: &[u8; 16],
    from: &Sender,
    (id, first, verdicts): (JournalId, u64, Vec<Verdict>),
    (documents, now_ms): (&mut Documents, i64),
) -> anyhow::Result<Stored> {
    let db = store.write();
    let tx = db.unchecked_transaction()?;
    let mut journal =
        journal::find(&tx, id)?.context("frame of a journal that was not announced")?;
    ensure!(
        !journal.own && journal.node == from.node,
        "frame of a journal of another node"
    );
    let held = journal.frontier.size();
    if first > held + 1 {
        return Ok(Stored {
            held,
            stopped: None,
        });
    }
    let end = first.saturating_sub(1) + verdicts.len() as u64;
    let mut stopped = None;
    for (index, verdict) in (first..).zip(verdicts) {
        if index <= held {
            // What comes again must be what is here: else two machines write one journal.
            let leaf = feed::leaf_of(&tx, id, index)?;
            if verdict.ok().map(|entry| entry.leaf()) != leaf {
                return Ok(Stored {
                    held: (index - 1).min(held),
                    stopped: Some(Stop::Diverged),
                });
            }
            continue;
        }
        let taken = match verdict {
            Ok(entry) => take_entry(
                &tx,
                epoch,
                from,
                &mut journal,
                &entry,
                (&mut *documents, now_ms),
            )?,
            Err((refused, bytes)) => Err((Stop::Quarantined, refused.to_string(), bytes)),
        };
        if let Err((stop, reason, bytes)) = taken {
            match stop {
                Stop::Quarantined => {
                    quarantine(&tx, (&from.node, now_ms), id, index, &reason, &bytes)?;
                    let words = format!(
                        "A alteração {index} foi recusada e está em quarentena; as seguintes esperam: {reason}"
                    );
                    spot::keep_trouble(&tx, &from.node, &words)?;
                }
                _ => {
                    tracing::info!(node = from.node, journal = %id, index, reason, "a journal waits")
                }
            }
            // The journal cannot go on past an entry that is not what the
            // spot signed for; what came before it is kept and acknowledged.
            stopped = Some(stop);
            break;
        }
    }
    journal::keep_frontier(&tx, &journal)?;
    tx.commit()?;
    Ok(Stored {
        held: journal.frontier.size().min(end),
        stopped,
    })
}

type Taken = Result<(), (Stop, String, Vec<u8>)>;

fn take_entry(
    db: &Connection,
    epoch: &[u8; 16],
    from: &Sender,
    journal: &mut Journal,
    entry: &Entry,
    (documents, now_ms): (&mut Documents, i64),
) -> anyhow::Result<Taken> {
    let home = from.scopes.first().context("a spot without a scope")?;
    let known = journal::find_record(db, entry.record)?;
    let begins = entry.record.0 == entry.change.0;
    if known.is_none() && !begins && from.scopes.len() > 1 {
        // Guessing its scope would lock out the spot that began it: after the hub
        // was restored, spots may come back in any order.
        let why = format!("the record {} has not arrived yet", entry.record);
        return Ok(Err((Stop::Waits, why, vec![])));
    }
    let row = journal::record_row(db, entry.record, home)?;
    let scope: String = db.query_row("SELECT scope FROM record WHERE record = ?1", [row], |r| {
        r.get(0)
    })?;
    if !from.scopes.contains(&scope) {
        let why = format!("{} may not write in the scope {scope}", from.node);
        return Ok(Err((Stop::Quarantined, why, entry.bytes.clone())));
    }
    let entry_row = journal::append(db, journal, row, entry, now_ms)?;
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

/// Keeps what was refused, with its reason, until a person looks at it.
pub(super) fn quarantine(
    db: &Connection,
    (node, now_ms): (&str, i64),
    journal: JournalId,
    index: u64,
    reason: &str,
    bytes: &[u8],
) -> anyhow::Result<()> {
    tracing::warn!(node, %journal, index, reason, "a change was refused and is in quarantine");
    let held: i64 = db.query_row("SELECT count(*) FROM quarantine", [], |r| r.get(0))?;
    let stored_index = i64::try_from(index).unwrap_or(i64::MAX);
    let again: bool = db.query_row(
        "SELECT EXISTS (SELECT 1 FROM quarantine WHERE journal = ?1 AND idx = ?2 AND reason = ?3)",
        params![journal.0, stored_index, reason],
        |r| r.get(0),
    )?;
    if held < MAX_QUARANTINE && !again {
        db.execute(
            "INSERT INTO quarantine(at, node, journal, idx, reason, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![now_ms, node, journal.0, stored_index, reason, bytes],
        )?;
    }
    Ok(())
}

/// Stores a frame of a feed; gives how far the feed is now.
pub(super) fn take_feed(
    store: &Store,
    epoch: [u8; 16],
    feed: &Feed,
    verdicts: Vec<Verdict>,
    (documents, now_ms): (&mut Documents, i64),
) -> anyhow::Result<u64> {
    let mut verdicts = verdicts.into_iter();
    let db = store.write();
    let tx = db.unchecked_transaction()?;
    let mut scope = match feed::scope(&tx, &feed.scope)? {
        // A feed that is offered from its beginning begins here too.
        Some(scope) if scope.epoch == epoch && feed.first != 1 => scope,
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
    let mut own: BTreeSet<JournalId> = BTreeSet::new();
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
            if journal.own {
                own.insert(journal.id);
            }
            let here = feed::leaf_of(&tx, source.journal, source.index)?;
            if here == Some(entry.leaf()) {
                feed::drop_hearsay(&tx, journal::place(journal.row, source.index)?)?;
                scope.frontier.push(entry.leaf());
                continue;
            }
            if here.is_some() {
                ensure!(
                    !journal.own,
                    "the feed brings another entry {} of our journal {} than is here",
                    source.index,
                    source.journal
                );
                let place = journal::place(journal.row, source.index)?;
                let was = if feed::is_hearsay(&tx, place)? {
                    // Another node brought it, and the hub's word counts.
                    give_way(&tx, &journal, source.index, row, &entry, now_ms)?
                } else {
                    // Since the hub was restored, another machine with the same disk wrote there.
                    let (displaced, record) =
                        journal::displace(&tx, &journal, source.index, epoch)?;
                    derived::mark_dirty(&tx, displaced)?;
                    journal::insert(&tx, journal.row, source.index, row, &entry, now_ms)?;
                    record
                };
                documents.pop(&was);
            } else {
                journal::insert(&tx, journal.row, source.index, row, &entry, now_ms)?;
            }
            derived::mark_dirty(&tx, row)?;
            documents.pop(&entry.record);
            entry.leaf()
        };
        scope.frontier.push(leaf);
    }
    // Our own past, after our disk was restored: complete, it can be proven again.
    for journal in own {
        journal::extend(&tx, journal)?;
    }
    feed::keep_scope(&tx, &feed.scope, &scope)?;
    tx.commit()?;
    Ok(scope.frontier.size())
}

/// What another node brought into that place goes into quarantine, and the hub's entry there.
/// Gives the record that it was of.
fn give_way(
    db: &Connection,
    journal: &Journal,
    index: u64,
    record: i64,
    entry: &Entry,
    now_ms: i64,
) -> anyhow::Result<RecordId> {
    let place = journal::place(journal.row, index)?;
    let (was, id, bytes): (i64, [u8; 32], Vec<u8>) = db.query_row(
        "SELECT record, r.id, body FROM entry JOIN record r USING (record) WHERE entry = ?1",
        [place],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    )?;
    let reason = "the hub holds another entry in this place of the journal";
    quarantine(db, ("", now_ms), journal.id, index, reason, &bytes)?;
    journal::replace(db, place, record, entry, now_ms)?;
    feed::drop_hearsay(db, place)?;
    derived::mark_dirty(db, was)?;
    Ok(RecordId(id))
}
