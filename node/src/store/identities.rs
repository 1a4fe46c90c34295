//! At the hub: requests whose citizen was typed, and is somebody else by a card that was read elsewhere for the same number.
//!
//! Which card a typed request is held against does not hang on the order in which things came: of several it is that of the
//! request with the smallest id.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::conflict::identity_id;
use vereda_sync::duplicate::{self, Identity};
use vereda_sync::id::RecordId;

use super::{Result, StoreError};

/// Most requests of one number that are compared.
const MOST_OF_A_NUMBER: u32 = 32;

/// The typed requests that are held against a record's card: to be looked at anew when it changes.
///
/// # Errors
/// When the store does not answer.
pub(super) fn held_against(db: &Connection, row: i64) -> Result<Vec<i64>> {
    let mut rows = db.prepare_cached(
        "SELECT record FROM conflict WHERE other = ?1 AND kind = 'identity' LIMIT 1000",
    )?;
    let rows = rows.query_map([row], |r| r.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Keeps who a recorded request is of, and looks anew at all that it has to do with. `before`: [`held_against`] it.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(
    db: &Connection,
    (row, id): (i64, RecordId),
    who: Option<&Identity>,
    (at_ms, before): (i64, &[i64]),
) -> Result<()> {
    match who {
        None => db
            .prepare_cached("DELETE FROM who WHERE record = ?1")?
            .execute([row])?,
        Some(who) => db
            .prepare_cached(
                "INSERT OR REPLACE INTO who(record, id, at, person) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![row, id.0, at_ms, who.encode()])?,
    };
    let mut typed: BTreeSet<i64> = before.iter().copied().collect();
    typed.insert(row);
    if let Some(who) = who.filter(|who| who.from_card) {
        typed.extend(with_numbers(db, who)?);
    }
    for one in typed {
        look(db, one)?;
    }
    Ok(())
}

/// Holds one typed request against the cards that were read for its numbers.
fn look(db: &Connection, row: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM conflict WHERE record = ?1 AND kind = 'identity'")?
        .execute([row])?;
    let Some((id, at_ms, who)) = of(db, row)? else {
        return Ok(());
    };
    if who.from_card || who.is_settled {
        return Ok(());
    }
    let mut against: Option<(RecordId, i64, i64)> = None;
    for other in with_numbers(db, &who)? {
        let Some((other_id, other_ms, card)) = of(db, other)?.filter(|_| other != row) else {
            continue;
        };
        let first = against.is_none_or(|(known, ..)| other_id < known);
        if first && duplicate::contradicts(&who, &card).is_some() {
            against = Some((other_id, other, other_ms));
        }
    }
    let Some((other_id, other, other_ms)) = against else {
        return Ok(());
    };
    db.prepare_cached(
        "INSERT OR REPLACE INTO conflict(id, kind, record, other, field, since) VALUES (?1, 'identity', ?2, ?3, NULL, ?4)",
    )?
    .execute(params![identity_id(id, other_id), row, other, at_ms.max(other_ms)])?;
    Ok(())
}

/// Requests of whoever has one of these numbers.
fn with_numbers(db: &Connection, who: &Identity) -> Result<BTreeSet<i64>> {
    let mut found = BTreeSet::new();
    let mut of = db.prepare_cached(
        "SELECT a.record FROM asker a JOIN who USING (record) WHERE a.key = ?1 ORDER BY a.at DESC LIMIT ?2",
    )?;
    for (field, number) in &who.numbers {
        let key = format!("{field} {number}");
        let rows = of.query_map(params![key, MOST_OF_A_NUMBER], |r| r.get::<_, i64>(0))?;
        for row in rows {
            found.insert(row?);
        }
    }
    Ok(found)
}

/// Who a request is of.
pub(super) fn identity(db: &Connection, row: i64) -> Result<Option<Identity>> {
    Ok(of(db, row)?.map(|(_, _, who)| who))
}

fn of(db: &Connection, row: i64) -> Result<Option<(RecordId, i64, Identity)>> {
    let mut who = db.prepare_cached("SELECT id, at, person FROM who WHERE record = ?1")?;
    let found = who.query_row([row], |r| {
        Ok((RecordId(r.get(0)?), r.get(1)?, r.get::<_, String>(2)?))
    });
    let Some((id, at_ms, person)) = found.optional()? else {
        return Ok(None);
    };
    let person = Identity::decode(&person).ok_or(StoreError::Damaged("who a request is of"))?;
    Ok(Some((id, at_ms, person)))
}
