//! Journals in the store: appending, reading, how much of them is at the hub.

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use vereda_sync::erasure;
use vereda_sync::exchange::message::Head;
use vereda_sync::id::{ChangeId, JournalId, RecordId};
use vereda_sync::journal::{Entry, Frontier, Hash};

use super::{Result, StoreError};

/// A journal as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// Its row.
    pub row: i64,
    /// Its id.
    pub id: JournalId,
    /// The node that writes it.
    pub node: String,
    /// Whether this store's node writes it.
    pub own: bool,
    /// Size and root.
    pub frontier: Frontier,
    /// Entries that the hub acknowledged.
    pub acked: u64,
    /// Entries of which the hub proved custody.
    pub proven: u64,
}

/// Most journals that one spot may have begun: one for each time its disk was restored.
pub const MAX_JOURNALS: usize = 256;

impl Journal {
    /// Whether that other node writes it.
    #[must_use]
    pub fn is_of(&self, node: &str) -> bool {
        !self.own && self.node == node
    }

    /// Size and root, as an exchange names them.
    #[must_use]
    pub fn head(&self) -> Head {
        Head {
            journal: self.id,
            size: self.frontier.size(),
            root: self.frontier.root(),
        }
    }
}

const COLUMNS: &str = "journal, id, node, own, frontier, acked, proven";

fn journal_of(r: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Journal>> {
    let frontier = Frontier::from_bytes(r.get_ref(4)?.as_blob()?);
    let (row, id, node, own, acked, proven) = (
        r.get(0)?,
        JournalId(r.get(1)?),
        r.get(2)?,
        r.get(3)?,
        count(r.get(5)?),
        count(r.get(6)?),
    );
    Ok(frontier.map(|frontier| Journal {
        row,
        id,
        node,
        own,
        frontier,
        acked,
        proven,
    }))
}

/// All journals, own ones first.
///
/// # Errors
/// When the store does not answer.
pub fn all(db: &Connection) -> Result<Vec<Journal>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM journal ORDER BY own DESC, journal"
    ))?;
    rows.query_map([], journal_of)?
        .map(|j| caught_up(db, j?))
        .collect()
}

/// A journal with the entries that were appended since its frontier was kept.
fn caught_up(db: &Connection, journal: Option<Journal>) -> Result<Journal> {
    let mut journal = journal.ok_or(StoreError::Damaged("a journal's frontier"))?;
    if journal.own {
        while let Some(leaf) = leaf_at(db, place(journal.row, journal.frontier.size() + 1)?)? {
            journal.frontier.push(leaf);
        }
    }
    Ok(journal)
}

/// The journals that another node wrote, as far as they are here.
///
/// # Errors
/// When the store does not answer.
pub fn of_node(db: &Connection, node: &str) -> Result<Vec<Journal>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM journal WHERE node = ?1 AND own = 0 ORDER BY journal"
    ))?;
    rows.query_map([node], journal_of)?
        .map(|j| caught_up(db, j?))
        .collect()
}

/// The journal with that id.
///
/// # Errors
/// When the store does not answer.
pub fn find(db: &Connection, id: JournalId) -> Result<Option<Journal>> {
    let mut rows = db.prepare_cached(&format!("SELECT {COLUMNS} FROM journal WHERE id = ?1"))?;
    let found = rows.query_row([id.0], journal_of).optional()?;
    found.map(|journal| caught_up(db, journal)).transpose()
}

/// The row of a journal that is known here.
///
/// # Errors
/// When the store does not answer.
pub fn row_of(db: &Connection, id: JournalId) -> Result<Option<i64>> {
    Ok(db
        .prepare_cached("SELECT journal FROM journal WHERE id = ?1")?
        .query_row([id.0], |r| r.get(0))
        .optional()?)
}

/// Another entry stands in that place: this one takes it, as the hub's word counts.
///
/// # Errors
/// When the store does not answer.
pub fn replace(db: &Connection, place: i64, record: i64, entry: &Entry, at_ms: i64) -> Result<()> {
    db.prepare_cached(
        "UPDATE entry SET record = ?2, change = ?3, body = ?4, at = ?5 WHERE entry = ?1",
    )?
    .execute(params![place, record, entry.change.0, entry.bytes, at_ms])?;
    Ok(())
}

/// The key of an entry: its journal's row and its index in one number.
///
/// # Errors
/// When there is no room for it: after 10^12 entries of one journal.
pub fn place(journal: i64, index: u64) -> Result<i64> {
    let index = i64::try_from(index).ok().filter(|i| *i < 1 << INDEX_BITS);
    let journal = Some(journal).filter(|j| (0..1 << (63 - INDEX_BITS)).contains(j));
    let (journal, index) = journal
        .zip(index)
        .ok_or(StoreError::Damaged("a journal is too long"))?;
    Ok((journal << INDEX_BITS) | index)
}

/// Low bits of an entry's key that hold its index; the schema has the same.
const INDEX_BITS: u32 = 40;

/// The leaf of the entry in that place, if it is here.
pub(super) fn leaf_at(db: &Connection, place: i64) -> Result<Option<Hash>> {
    let mut rows = db.prepare_cached(
        "SELECT r.id, e.change, x'' FROM entry e JOIN record r USING (record) WHERE e.entry = ?1",
    )?;
    let found = rows.query_row([place], entry_of).optional()?;
    Ok(found.map(|e| e.leaf()))
}

/// Begins a journal.
///
/// # Errors
/// When the store does not answer.
pub fn begin(db: &Connection, id: JournalId, node: &str, own: bool) -> Result<Journal> {
    let frontier = Frontier::default();
    db.prepare_cached("INSERT INTO journal(id, node, own, frontier) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![id.0, node, own, frontier.to_bytes()])?;
    let row = db.last_insert_rowid();
    Ok(Journal {
        row,
        id,
        node: node.into(),
        own,
        frontier,
        acked: 0,
        proven: 0,
    })
}

/// Gives an entry of which only the leaf is here its body.
///
/// # Errors
/// When the store does not answer, or it has one.
pub fn fill(db: &Connection, place: i64, body: &[u8]) -> Result<()> {
    let done = db
        .prepare_cached("UPDATE entry SET body = ?2 WHERE entry = ?1 AND length(body) = 0")?
        .execute(params![place, body])?;
    match done {
        1 => Ok(()),
        _ => Err(StoreError::Damaged("an entry has a body already")),
    }
}

/// Entries of an own journal after which its frontier is kept: as many are read
/// again, at most, to know where it stands.
const FRONTIER_EVERY: u64 = 64;

/// An entry that was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its place.
    pub place: i64,
    /// Its leaf.
    pub leaf: Hash,
}

/// Appends an entry to a journal as its next one.
///
/// # Errors
/// When the store does not answer.
pub fn append(
    db: &Connection,
    journal: &mut Journal,
    record: i64,
    entry: &Entry,
    at_ms: i64,
) -> Result<Appended> {
    let leaf = entry.leaf();
    journal.frontier.push(leaf);
    let index = journal.frontier.size();
    let place = insert(db, journal.row, index, record, entry, at_ms)?;
    if index.is_multiple_of(FRONTIER_EVERY) {
        keep_frontier(db, journal)?;
    }
    let place = place.ok_or(StoreError::Damaged("journal index"))?;
    Ok(Appended { place, leaf })
}

/// Inserts an entry at its index; `None` if it was there already.
///
/// # Errors
/// When the store does not answer.
pub fn insert(
    db: &Connection,
    journal: i64,
    idx: u64,
    record: i64,
    entry: &Entry,
    at_ms: i64,
) -> Result<Option<i64>> {
    let place = place(journal, idx)?;
    let new = db
        .prepare_cached(
            "INSERT INTO entry(entry, record, change, body, at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT(entry) DO NOTHING",
        )?
        .execute(params![place, record, entry.change.0, entry.bytes, at_ms])?;
    Ok((new == 1).then_some(place))
}

/// Puts the body of an entry back of which only the place was left; gives whether it was so.
///
/// # Errors
/// When the store does not answer.
pub fn refill(db: &Connection, journal: &Journal, idx: u64, entry: &Entry) -> Result<bool> {
    let filled = db
        .prepare_cached("UPDATE entry SET body = ?2 WHERE entry = ?1 AND length(body) = 0")?
        .execute(params![place(journal.row, idx)?, entry.bytes])?;
    Ok(filled == 1 && !entry.bytes.is_empty())
}

/// Makes room in a journal of another node: the entry that is there is kept, in a journal
/// that only this store knows, until it comes back under the name that it has now. Gives
/// the row and the id of its record.
///
/// # Errors
/// When there is no such entry, or the store does not answer.
pub fn displace(
    db: &Connection,
    journal: &Journal,
    index: u64,
    epoch: [u8; 16],
) -> Result<(i64, RecordId)> {
    let from = place(journal.row, index)?;
    let mut aside = Sha256::new();
    aside.update(journal.id.0);
    aside.update(epoch);
    let aside = aside.finalize().first_chunk().copied().unwrap_or_default();
    let aside = match find(db, JournalId(aside))? {
        Some(aside) => aside,
        None => begin(db, JournalId(aside), "", false)?,
    };
    let to = place(aside.row, index)?;
    db.prepare_cached("UPDATE entry SET entry = ?2 WHERE entry = ?1")?
        .execute([from, to])?;
    super::unheard::moved(db, from, to)?;
    let mut row = db.prepare_cached(
        "SELECT record, id FROM entry JOIN record USING (record) WHERE entry = ?1",
    )?;
    Ok(row.query_row([to], |r| Ok((r.get(0)?, RecordId(r.get(1)?))))?)
}

/// Keeps a journal's frontier.
///
/// # Errors
/// When the store does not answer.
pub fn keep_frontier(db: &Connection, journal: &Journal) -> Result<()> {
    db.prepare_cached("UPDATE journal SET frontier = ?2 WHERE journal = ?1")?
        .execute(params![journal.row, journal.frontier.to_bytes()])?;
    Ok(())
}

/// Entries of a journal from `first` on, until they hold `max_bytes`.
///
/// # Errors
/// When the store does not answer.
pub fn entries(db: &Connection, journal: i64, first: u64, max_bytes: usize) -> Result<Vec<Entry>> {
    let found = entries_at(db, journal, first, max_bytes)?;
    Ok(found.into_iter().map(|(_, entry)| entry).collect())
}

/// As [`entries`], each with its index.
///
/// # Errors
/// When the store does not answer.
pub fn entries_at(
    db: &Connection,
    journal: i64,
    first: u64,
    max_bytes: usize,
) -> Result<Vec<(u64, Entry)>> {
    let mut rows = db.prepare_cached(
        "SELECT r.id, e.change, e.body, e.idx FROM entry e JOIN record r USING (record)
         WHERE e.entry BETWEEN ?1 AND ?2 ORDER BY e.entry LIMIT 1024",
    )?;
    let mut out = Vec::new();
    let mut bytes = 0;
    let places = [place(journal, first)?, end(journal)?];
    for found in rows.query_map(places, |r| Ok((count(r.get(3)?), entry_of(r)?)))? {
        let (index, entry) = found?;
        bytes += entry.bytes.len();
        out.push((index, entry));
        if bytes >= max_bytes {
            break;
        }
    }
    Ok(out)
}

/// The entry in a row that selects record id, change id, body.
pub(super) fn entry_of(r: &rusqlite::Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        record: RecordId(r.get(0)?),
        change: ChangeId(r.get(1)?),
        bytes: r.get(2)?,
    })
}

/// Where the changes of a record stand: journal, index, change.
///
/// # Errors
/// When the store does not answer.
pub fn places(db: &Connection, record: i64) -> Result<Vec<(JournalId, u64, ChangeId)>> {
    let mut rows = db.prepare_cached(
        "SELECT j.id, e.idx, e.change FROM entry e JOIN journal j ON j.journal = e.journal
         WHERE e.record = ?1 ORDER BY e.entry",
    )?;
    let found = rows.query_map([record], |r| {
        Ok((JournalId(r.get(0)?), count(r.get(1)?), ChangeId(r.get(2)?)))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The entry in one place of a journal, if it is here.
///
/// # Errors
/// When the store does not answer.
pub fn entry_in(db: &Connection, (journal, index): (JournalId, u64)) -> Result<Option<Entry>> {
    let Some(journal) = row_of(db, journal)? else {
        return Ok(None);
    };
    let found = db
        .prepare_cached(
            "SELECT r.id, e.change, e.body FROM entry e JOIN record r USING (record) WHERE e.entry = ?1",
        )?
        .query_row([place(journal, index)?], entry_of)
        .optional()?;
    Ok(found)
}

/// The node that wrote the entry of a record that came last.
///
/// # Errors
/// When the store does not answer.
pub fn last_author(db: &Connection, record: i64) -> Result<String> {
    let found = db
        .prepare_cached(
            "SELECT j.node FROM entry e JOIN journal j USING (journal) WHERE e.record = ?1
             ORDER BY e.at DESC LIMIT 1",
        )?
        .query_row([record], |r| r.get(0))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// The node whose journal an entry is in, by its place.
///
/// # Errors
/// When the store does not answer.
pub(crate) fn node_at(db: &Connection, place: i64) -> Result<String> {
    Ok(db
        .prepare_cached("SELECT node FROM journal WHERE journal = ?1 >> 40")?
        .query_row([place], |r| r.get(0))?)
}

/// The root over the first entries of a journal, as many as the head has; `None` when
/// they are not all here.
///
/// # Errors
/// When there is a gap, or the store does not answer.
pub fn root_at(db: &Connection, head: &Head) -> Result<Option<Hash>> {
    let Some(journal) = find(db, head.journal)? else {
        return Ok(None);
    };
    if journal.frontier.size() <= head.size {
        let whole = journal.frontier.size() == head.size;
        return Ok(whole.then(|| journal.frontier.root()));
    }
    let mut before = Frontier::default();
    let leaves = leaves(db, journal.row, head.size)?;
    leaves.iter().for_each(|leaf| before.push(*leaf));
    Ok(Some(before.root()))
}

/// Where the own journals have entries of a record: row of the journal, index.
///
/// # Errors
/// When the store does not answer.
pub fn own_places(db: &Connection, record: i64) -> Result<Vec<(i64, u64)>> {
    let mut rows = db.prepare_cached(
        "SELECT e.journal, e.idx FROM entry e JOIN journal j USING (journal) WHERE e.record = ?1 AND j.own",
    )?;
    let found = rows.query_map([record], |r| Ok((r.get(0)?, count(r.get(1)?))))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The leaves of a journal, up to that size.
///
/// # Errors
/// When some are not here, or the store does not answer.
pub fn leaves(db: &Connection, journal: i64, size: u64) -> Result<Vec<Hash>> {
    let mut rows = db.prepare_cached(
        "SELECT r.id, e.change, x'' FROM entry e JOIN record r USING (record)
         WHERE e.entry BETWEEN ?1 AND ?2 ORDER BY e.entry",
    )?;
    let places = [place(journal, 1)?, place(journal, size)?];
    let leaves = rows.query_map(places, entry_of)?;
    let leaves = leaves.map(|entry| entry.map(|e| e.leaf()));
    let leaves = leaves.collect::<rusqlite::Result<Vec<_>>>()?;
    match leaves.len() as u64 == size {
        true => Ok(leaves),
        false => Err(StoreError::Damaged("a journal has a gap")),
    }
}

/// All changes of a record, journal by journal. Those of which only the leaf is here are not
/// among them, nor are erasures.
///
/// # Errors
/// When the store does not answer.
pub fn changes(db: &Connection, record: i64) -> Result<Vec<Vec<u8>>> {
    let mut rows = db.prepare_cached(
        "SELECT body FROM entry WHERE record = ?1 AND length(body) > 0 AND substr(body, 1, 4) <> ?2
         ORDER BY entry",
    )?;
    Ok(rows
        .query_map(params![record, erasure::MAGIC], |r| r.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Takes entries that came from elsewhere into the journal's size and root, as
/// far as they follow without a gap.
///
/// # Errors
/// When the store does not answer.
pub fn extend(db: &Connection, id: JournalId) -> Result<()> {
    let mut journal = find(db, id)?.ok_or(StoreError::Damaged("no such journal"))?;
    while let Some(leaf) = super::feed::leaf_of(db, id, journal.frontier.size() + 1)? {
        journal.frontier.push(leaf);
    }
    keep_frontier(db, &journal)
}

/// The journal is no longer written: what the hub did not acknowledge of it
/// moves to the end of `to`, and `held` entries of it are at the hub, from where
/// they come back with the feeds. Gives how many entries moved.
///
/// # Errors
/// When the store does not answer.
pub fn retire(db: &Connection, from: &Journal, held: u64, to: &mut Journal) -> Result<u64> {
    let kept = from.acked.min(from.frontier.size());
    let mut frontier = Frontier::default();
    for index in 1..=kept {
        let leaf = super::feed::leaf_of(db, from.id, index)?;
        frontier.push(leaf.ok_or(StoreError::Damaged("a journal has a gap"))?);
    }
    let mut moved = 0;
    for index in kept + 1..=from.frontier.size() {
        let leaf = super::feed::leaf_of(db, from.id, index)?;
        to.frontier
            .push(leaf.ok_or(StoreError::Damaged("a journal has a gap"))?);
        db.prepare_cached("UPDATE entry SET entry = ?2 WHERE entry = ?1")?
            .execute([place(from.row, index)?, place(to.row, to.frontier.size())?])?;
        moved += 1;
    }
    keep_frontier(db, to)?;
    db.prepare_cached(
        "UPDATE journal SET frontier = ?2, acked = ?3, proven = min(proven, ?4) WHERE journal = ?1",
    )?
    .execute(params![
        from.row,
        frontier.to_bytes(),
        signed(held.max(kept)),
        signed(kept)
    ])?;
    Ok(moved)
}

/// The hub has the journal up to here (it may go back when the hub lost something).
///
/// # Errors
/// When the store does not answer.
pub fn keep_ack(db: &Connection, journal: JournalId, size: u64) -> Result<()> {
    db.prepare_cached("UPDATE journal SET acked = ?2, proven = min(proven, ?2) WHERE id = ?1")?
        .execute(params![journal.0, signed(size)])?;
    Ok(())
}

/// A proof of the same is written down this often, in milliseconds: a poll must
/// not cost the disk a commit.
const PROVEN_EVERY_MS: i64 = 30_000;

/// The hub proved custody of the journal up to here.
///
/// # Errors
/// When the store does not answer.
pub fn keep_proof(db: &Connection, head: &Head, at_ms: i64) -> Result<()> {
    db.prepare_cached(
        "UPDATE journal SET proven = ?2, proven_root = ?3, proven_at = ?4, acked = max(acked, ?2) WHERE id = ?1
         AND (proven <> ?2 OR proven_root IS NOT ?3 OR proven_at IS NULL OR abs(?4 - proven_at) >= ?5)",
    )?
    .execute(params![
        head.journal.0,
        signed(head.size),
        head.root,
        at_ms,
        PROVEN_EVERY_MS
    ])?;
    // Of our own past, too, that we had from another spot after our disk was restored.
    match row_of(db, head.journal)? {
        Some(journal) => super::unheard::named_within(db, journal, head.size),
        None => Ok(()),
    }
}

/// What of the own journals the hub has not acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unsent {
    /// Changes.
    pub changes: u64,
    /// Requests that they belong to.
    pub requests: u64,
    /// When the oldest was written, milliseconds since 1970.
    pub oldest_ms: Option<i64>,
    /// When all was last proven to be at the hub.
    pub proven_ms: Option<i64>,
}

/// What is unsent. Costs as much as there is unsent, not as much as there is.
///
/// # Errors
/// When the store does not answer.
pub fn unsent(db: &Connection) -> Result<Unsent> {
    let mut out = Unsent::default();
    let mut own =
        db.prepare_cached("SELECT journal, acked, proven_at FROM journal WHERE own = 1")?;
    let own: Vec<(i64, u64, Option<i64>)> = own
        .query_map([], |r| Ok((r.get(0)?, count(r.get(1)?), r.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (journal, acked, proven_at) in own {
        let (changes, requests, oldest): (i64, i64, Option<i64>) = db
            .prepare_cached(
                "SELECT count(*), count(DISTINCT q.record), min(e.at) FROM entry e
                 LEFT JOIN request q ON q.record = e.record AND q.number IS NOT NULL
                 WHERE e.entry BETWEEN ?1 AND ?2",
            )?
            .query_row([place(journal, acked + 1)?, end(journal)?], |r| {
                Ok((r.get(0)?, r.get(1)?, r.get(2)?))
            })?;
        out.changes += count(changes);
        out.requests += count(requests);
        out.oldest_ms = [out.oldest_ms, oldest].into_iter().flatten().min();
        out.proven_ms = out.proven_ms.max(proven_at);
    }
    Ok(out)
}

/// The last place in a journal.
pub(super) fn end(journal: i64) -> Result<i64> {
    place(journal, (1 << INDEX_BITS) - 1)
}

/// SQLite's integers are signed; our counts never reach the sign.
pub(super) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The inverse of [`signed`].
pub(super) fn count(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}
