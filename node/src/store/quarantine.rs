//! The quarantine: what came and was not taken in, kept with its reason until an operator
//! settles it. What the guard refused is bytes; what the guard let pass is an entry with its
//! place, so that it can be proven, and released later.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::erasure;
use vereda_sync::exchange::custody::Sealed;
use vereda_sync::exchange::message::Head;
use vereda_sync::id::{ChangeId, JournalId, RecordId};
use vereda_sync::journal::{Entry, Frontier};

use super::journal::{Journal, count, entry_of, signed};
use super::{Result, StoreError};

/// Most that is kept of one node: entries.
pub const MAX_ENTRIES: u64 = 100_000;
/// Most that is kept of one node: bytes.
pub const MAX_BYTES: u64 = 256 << 20;

/// Why something is in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The guard refused it: it cannot be read, or is larger than a change can be.
    Guard,
    /// Another entry stands in its place of the journal.
    Place,
    /// Its author may not write in the scope of the record.
    Scope,
    /// Its author was revoked before it came.
    Revoked,
    /// It came without its body, and its record is not known as erased.
    Bare,
    /// It came before the record that it changes: nobody can say yet of which scope that is.
    Early,
}

const CAUSES: [(Cause, &str); 6] = [
    (Cause::Bare, "bare"),
    (Cause::Early, "early"),
    (Cause::Guard, "guard"),
    (Cause::Place, "place"),
    (Cause::Scope, "scope"),
    (Cause::Revoked, "revoked"),
];

impl Cause {
    fn code(self) -> &'static str {
        CAUSES
            .iter()
            .find(|(c, _)| *c == self)
            .map_or("", |(_, s)| s)
    }

    fn from(code: &str) -> Self {
        let known = CAUSES.iter().find(|(_, s)| *s == code);
        known.map_or(Self::Guard, |(c, _)| *c)
    }
}

/// What is put into quarantine.
#[derive(Debug, Clone, Copy)]
pub struct Put<'a> {
    /// Who sent it.
    pub node: &'a str,
    /// Where it should stand.
    pub place: (JournalId, u64),
    /// Record and change, when the guard lets it pass.
    pub entry: Option<(RecordId, ChangeId)>,
    /// Why, as a word.
    pub cause: Cause,
    /// Why, in words.
    pub reason: &'a str,
    /// The change.
    pub bytes: &'a [u8],
}

/// Something in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its number.
    pub row: i64,
    /// When it came, milliseconds since 1970.
    pub at_ms: i64,
    /// Who sent it.
    pub node: String,
    /// Where it should stand.
    pub journal: Option<JournalId>,
    /// The index there.
    pub index: u64,
    /// Its record, when the guard lets it pass.
    pub record: Option<RecordId>,
    /// Its change, when the guard lets it pass.
    pub change: Option<ChangeId>,
    /// Why, as a word.
    pub cause: Cause,
    /// Why, in words.
    pub reason: String,
    /// Size of the change, in bytes.
    pub bytes: u64,
    /// How an operator settled it.
    pub verdict: Option<String>,
}

const COLUMNS: &str =
    "quarantine, at, node, journal, idx, record, change, cause, reason, length(bytes), verdict";

fn held_of(r: &rusqlite::Row<'_>) -> rusqlite::Result<Held> {
    Ok(Held {
        row: r.get(0)?,
        at_ms: r.get(1)?,
        node: r.get(2)?,
        journal: r.get::<_, Option<_>>(3)?.map(JournalId),
        index: count(r.get::<_, Option<i64>>(4)?.unwrap_or(0)),
        record: r.get::<_, Option<_>>(5)?.map(RecordId),
        change: r.get::<_, Option<_>>(6)?.map(ChangeId),
        cause: Cause::from(&r.get::<_, String>(7)?),
        reason: r.get(8)?,
        bytes: count(r.get(9)?),
        verdict: r.get(10)?,
    })
}

/// How much of a node can still be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    entries: u64,
    bytes: u64,
}

impl Room {
    /// What is left for a node.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn of(db: &Connection, node: &str) -> Result<Self> {
        let (entries, bytes): (i64, i64) = db
            .prepare_cached(
                "SELECT count(*), coalesce(sum(length(bytes)), 0) FROM quarantine WHERE node = ?1",
            )?
            .query_row([node], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(Self {
            entries: MAX_ENTRIES.saturating_sub(count(entries)),
            bytes: MAX_BYTES.saturating_sub(count(bytes)),
        })
    }

    /// Whether a change of that many bytes goes in as well.
    pub fn takes(&mut self, bytes: usize) -> bool {
        let (entries, left) = (
            self.entries.checked_sub(1),
            self.bytes.checked_sub(bytes as u64),
        );
        let Some((entries, bytes)) = entries.zip(left) else {
            return false;
        };
        *self = Self { entries, bytes };
        true
    }
}

/// Puts something into quarantine, unless it is there for the same reason; gives whether it is
/// there now. It is not when there is no room left for that node: `room` is what is left, if known.
///
/// # Errors
/// When the store does not answer.
pub fn put(db: &Connection, put: &Put<'_>, room: &mut Option<Room>, now_ms: i64) -> Result<bool> {
    let (journal, index) = (put.place.0.0, signed(put.place.1));
    let again: bool = db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM quarantine WHERE journal = ?1 AND idx = ?2 AND node = ?3 AND reason = ?4)",
        )?
        .query_row(params![journal, index, put.node, put.reason], |r| r.get(0))?;
    if again {
        return Ok(true);
    }
    // Counted once for all that comes together: it reads all that is here of the node.
    let room = match room {
        Some(room) => room,
        None => room.insert(Room::of(db, put.node)?),
    };
    if !room.takes(put.bytes.len()) {
        return Ok(false);
    }
    insert(db, put, now_ms)?;
    Ok(true)
}

/// As [`put`], of what is known to be new and to have room.
///
/// # Errors
/// When the store does not answer.
pub fn insert(db: &Connection, put: &Put<'_>, now_ms: i64) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO quarantine(at, node, journal, idx, record, change, cause, reason, bytes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        now_ms,
        put.node,
        put.place.0.0,
        signed(put.place.1),
        put.entry.map(|(record, _)| record.0),
        put.entry.map(|(_, change)| change.0),
        put.cause.code(),
        put.reason,
        put.bytes
    ])?;
    Ok(())
}

/// Entries that stood in quarantine for their author's revocation and that it delivered since,
/// enrolled again: they are in its journal, up to there.
///
/// # Errors
/// When the store does not answer.
pub fn delivered(db: &Connection, journal: &Journal, now_ms: i64) -> Result<()> {
    let places = [
        super::journal::place(journal.row, 0)?,
        signed(journal.frontier.size()),
    ];
    db.prepare_cached(
        "UPDATE quarantine SET verdict = 'delivered by the node, enrolled again', settled = ?4, bytes = x''
         WHERE journal = ?1 AND idx <= ?3 AND cause = 'revoked' AND verdict IS NULL
         AND change = (SELECT e.change FROM entry e WHERE e.entry = ?2 + quarantine.idx)",
    )?
    .execute(params![journal.id.0, places[0], places[1], now_ms])?;
    Ok(())
}

/// What came before the record that it changes, where that is here now. In the order of journals.
///
/// # Errors
/// When the store does not answer.
pub fn no_longer_early(db: &Connection) -> Result<Vec<Held>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM quarantine q WHERE verdict IS NULL AND cause = 'early'
         AND ?1 <> (SELECT scope FROM record WHERE record = (SELECT record FROM record_by_id WHERE id = q.record))
         ORDER BY node, journal, idx"
    ))?;
    Ok(rows
        .query_map([erasure::SCOPE], held_of)?
        .collect::<rusqlite::Result<_>>()?)
}

/// It is no longer early: it was taken in, or cannot be, for that reason.
///
/// # Errors
/// When the store does not answer.
pub fn arrived(db: &Connection, row: i64, refused: Option<&str>) -> Result<()> {
    match refused {
        Some(reason) => db
            .prepare_cached(
                "UPDATE quarantine SET cause = 'scope', reason = ?2 WHERE quarantine = ?1",
            )?
            .execute(params![row, reason])?,
        None => db
            .prepare_cached("DELETE FROM quarantine WHERE quarantine = ?1")?
            .execute([row])?,
    };
    Ok(())
}

/// How many wait for an operator.
///
/// # Errors
/// When the store does not answer.
pub fn waiting(db: &Connection) -> Result<u64> {
    Ok(db
        .prepare_cached("SELECT count(*) FROM quarantine WHERE verdict IS NULL")?
        .query_row([], |r| r.get(0).map(count))?)
}

/// Whether something of that node waits for an operator.
///
/// # Errors
/// When the store does not answer.
pub fn waits(db: &Connection, node: &str) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM quarantine WHERE node = ?1 AND verdict IS NULL)",
        )?
        .query_row([node], |r| r.get(0))?)
}

/// How many wait for an operator, by the node that sent them.
///
/// # Errors
/// When the store does not answer.
pub fn by_node(db: &Connection) -> Result<HashMap<String, u64>> {
    let mut rows = db.prepare_cached(
        "SELECT node, count(*) FROM quarantine WHERE verdict IS NULL GROUP BY node",
    )?;
    let found = rows.query_map([], |r| Ok((r.get(0)?, r.get(1).map(count)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Which entries of a journal after the first `held` are here set aside: first and last of each row of them.
///
/// # Errors
/// When the store does not answer.
pub fn spans(db: &Connection, journal: JournalId, held: u64) -> Result<Vec<(u64, u64)>> {
    let mut rows = db.prepare_cached(
        "SELECT DISTINCT idx FROM quarantine WHERE journal = ?1 AND idx > ?2 ORDER BY idx LIMIT 100000",
    )?;
    let found = rows.query_map(params![journal.0, signed(held)], |r| r.get(0).map(count))?;
    let mut out: Vec<(u64, u64)> = Vec::new();
    for index in found {
        let index = index?;
        match out.last_mut() {
            Some((_, last)) if *last + 1 == index => *last = index,
            _ => out.push((index, index)),
        }
    }
    Ok(out)
}

/// What waits, or all of it; of one node if given. In the order of journals.
///
/// # Errors
/// When the store does not answer.
pub fn list(db: &Connection, node: Option<&str>, settled: bool, limit: u32) -> Result<Vec<Held>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM quarantine WHERE (?1 IS NULL OR node = ?1) AND (?2 OR verdict IS NULL)
         ORDER BY node, journal, idx, quarantine LIMIT ?3"
    ))?;
    Ok(rows
        .query_map(params![node, settled, limit], held_of)?
        .collect::<rusqlite::Result<_>>()?)
}

/// How far a journal goes on in quarantine after its first `held` entries, which are not: the
/// index of its last entry there, or `held`.
///
/// # Errors
/// When the store does not answer.
pub fn reach(db: &Connection, journal: JournalId, held: u64) -> Result<u64> {
    let last: Option<i64> = db
        .prepare_cached(
            "SELECT max(idx) FROM quarantine WHERE journal = ?1 AND idx > ?2 AND cause = 'revoked'",
        )?
        .query_row(params![journal.0, signed(held)], |r| r.get(0))?;
    Ok(last.map_or(held, count))
}

/// An entry in quarantine, in that place.
///
/// # Errors
/// When the store does not answer.
pub fn entry(db: &Connection, journal: JournalId, index: u64) -> Result<Option<Entry>> {
    Ok(db
        .prepare_cached(
            "SELECT record, change, bytes FROM quarantine
             WHERE journal = ?1 AND idx = ?2 AND record IS NOT NULL ORDER BY quarantine DESC LIMIT 1",
        )?
        .query_row(params![journal.0, signed(index)], entry_of)
        .optional()?)
}

/// Size and root of a journal at `size`, of which the end is in quarantine; `None` when there
/// is not so much of it.
///
/// # Errors
/// When the store does not answer.
pub fn frontier(
    db: &Connection,
    id: JournalId,
    journal: Option<&Journal>,
    size: u64,
) -> Result<Option<Frontier>> {
    let mut frontier = journal.map(|j| j.frontier.clone()).unwrap_or_default();
    if frontier.size() > size {
        return Ok(None);
    }
    while frontier.size() < size {
        match entry(db, id, frontier.size() + 1)? {
            Some(entry) => frontier.push(entry.leaf()),
            None => return Ok(None),
        }
    }
    Ok(Some(frontier))
}

/// Keeps the word of a node on a journal whose end is in quarantine.
///
/// # Errors
/// When the store does not answer.
pub fn keep_seal(db: &Connection, node: &str, sealed: &Sealed, certificate: &[u8]) -> Result<()> {
    let head = &sealed.head;
    db.prepare_cached(
        "INSERT INTO quarantine_seal(journal, node, size, root, at, seal, certificate)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT(journal) DO UPDATE
         SET node = ?2, size = ?3, root = ?4, at = ?5, seal = ?6, certificate = ?7 WHERE size < ?3",
    )?
    .execute(params![
        head.journal.0,
        node,
        signed(head.size),
        head.root,
        signed(sealed.at_ms),
        sealed.seal,
        certificate
    ])?;
    Ok(())
}

/// The words of nodes on journals whose ends are in quarantine, with their certificates.
///
/// # Errors
/// When the store does not answer.
pub fn seals(db: &Connection) -> Result<Vec<(String, Sealed, Vec<u8>)>> {
    let mut rows = db.prepare_cached(
        "SELECT journal, node, size, root, at, seal, certificate FROM quarantine_seal ORDER BY journal",
    )?;
    let found = rows.query_map([], |r| {
        let head = Head {
            journal: JournalId(r.get(0)?),
            size: count(r.get(2)?),
            root: r.get(3)?,
        };
        let sealed = Sealed {
            head,
            at_ms: count(r.get(4)?),
            seal: r.get(5)?,
        };
        Ok((r.get(1)?, sealed, r.get(6)?))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The word of a node on that journal, with its certificate.
///
/// # Errors
/// When the store does not answer.
pub fn seal(db: &Connection, journal: JournalId) -> Result<Option<(Sealed, Vec<u8>)>> {
    let found = seals(db)?
        .into_iter()
        .find(|(_, s, _)| s.head.journal == journal);
    Ok(found.map(|(_, sealed, certificate)| (sealed, certificate)))
}

/// An operator settled it. The bytes of what was `released` are in the journal now.
///
/// # Errors
/// When the store does not answer, or it was settled before.
pub fn settle(
    db: &Connection,
    row: i64,
    (verdict, released): (&str, bool),
    now_ms: i64,
) -> Result<()> {
    let done = db
        .prepare_cached(
            "UPDATE quarantine SET verdict = ?2, settled = ?3, bytes = CASE WHEN ?4 THEN x'' ELSE bytes END
             WHERE quarantine = ?1 AND verdict IS NULL",
        )?
        .execute(params![row, verdict, now_ms, released])?;
    match done {
        1 => Ok(()),
        _ => Err(StoreError::Damaged("it was settled before")),
    }
}
