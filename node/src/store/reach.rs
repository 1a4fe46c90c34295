//! How far this node is in the journals of a scope, and what comes after: what two nodes
//! that meet tell and give each other.

use rusqlite::{Connection, params};
use vereda_sync::erasure::{MAGIC, SCOPE};
use vereda_sync::exchange::message::Reach;
use vereda_sync::id::JournalId;
use vereda_sync::journal::Entry;

use super::journal::{count, end, entry_of, place};
use super::{Result, purged};

/// How far this node is in a scope, journal by journal. Reads an index over all entries of
/// the scope: once a meeting.
///
/// # Errors
/// When the store does not answer.
pub fn of(db: &Connection, scope: &str) -> Result<Reach> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT j.id, f.idx FROM (
             SELECT e.entry >> 40 AS journal, max(e.entry) & 0xffffffffff AS idx
             FROM {} GROUP BY 1
         ) f JOIN journal j USING (journal) ORDER BY j.id",
        entries_in(scope)
    ))?;
    let journals = rows.query_map(params![scope, MAGIC], |r| {
        Ok((JournalId(r.get(0)?), count(r.get(1)?)))
    })?;
    Ok(Reach {
        scope: scope.to_owned(),
        journals: journals.collect::<rusqlite::Result<_>>()?,
    })
}

/// The entries of a scope (`?1`). Erasures (`?2` is how they begin) are a scope of their own: whoever
/// holds a part of what else the hub wrote has all of them.
fn entries_in(scope: &str) -> &'static str {
    match scope == SCOPE {
        true => {
            "erased x JOIN entry e ON e.record = x.record WHERE substr(e.body, 1, 4) = ?2 AND ?1 <> ''"
        }
        false => {
            "record r JOIN entry e ON e.record = r.record WHERE r.scope = ?1 AND substr(e.body, 1, 4) <> ?2"
        }
    }
}

/// The last entry that is here of every journal, of whatever scope: has any grown?
///
/// # Errors
/// When the store does not answer.
pub fn sizes(db: &Connection) -> Result<Vec<(JournalId, u64)>> {
    let mut rows = db.prepare_cached(
        "SELECT j.id, (SELECT max(e.entry) & 0xffffffffff FROM entry e
         WHERE e.entry BETWEEN j.journal << 40 AND (j.journal << 40) | 0xffffffffff) AS last
         FROM journal j WHERE last IS NOT NULL",
    )?;
    let found = rows.query_map([], |r| Ok((JournalId(r.get(0)?), count(r.get(1)?))))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Entries of a scope in a journal after an index, each with its own, until they hold `max_bytes`.
///
/// # Errors
/// When the store does not answer.
pub fn entries(
    db: &Connection,
    (scope, journal): (&str, JournalId),
    after: u64,
    max_bytes: usize,
) -> Result<Vec<(u64, Entry)>> {
    let Some(journal) = super::journal::row_of(db, journal)? else {
        return Ok(vec![]);
    };
    let of = match scope == SCOPE {
        true => "substr(e.body, 1, 4) = ?4 AND ?3 <> ''",
        false => "substr(e.body, 1, 4) <> ?4 AND r.scope = ?3",
    };
    let mut rows = db.prepare_cached(&format!(
        "SELECT r.id, e.change, e.body, e.idx FROM entry e JOIN record r USING (record)
         WHERE e.entry BETWEEN ?1 AND ?2 AND {of} ORDER BY e.entry LIMIT 1024"
    ))?;
    let within = params![place(journal, after + 1)?, end(journal)?, scope, MAGIC];
    let mut out = Vec::new();
    let mut bytes = 0;
    for found in rows.query_map(within, |r| Ok((count(r.get(3)?), entry_of(r)?)))? {
        let (index, entry) = found?;
        if entry.bytes.is_empty() && purged::is_id(db, entry.record)? {
            // It is not here to be lent. What comes behind it would leave a gap: that is the hub's.
            break;
        }
        bytes += entry.bytes.len();
        out.push((index, entry));
        if bytes >= max_bytes {
            break;
        }
    }
    Ok(out)
}
