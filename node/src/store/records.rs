//! Records that entries belong to: found by their ids, begun once.

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::erasure;
use vereda_sync::exchange::LENT;
use vereda_sync::id::RecordId;

use super::Result;

/// After so many new records their ids go among all others.
const FRESH: i64 = 4096;

/// The row of a record, made if it is new.
///
/// # Errors
/// When the store does not answer.
pub fn record_row(db: &Connection, record: RecordId, scope: &str) -> Result<i64> {
    if let Some(row) = find_record(db, record)? {
        // Known so far only as erased, by a leaf, or as lent to us: now by its scope.
        let so_far = scope_of(db, row)?;
        if scope != erasure::SCOPE && [erasure::SCOPE, LENT].contains(&so_far.as_str()) {
            db.prepare_cached("UPDATE record SET scope = ?2 WHERE record = ?1")?
                .execute(params![row, scope])?;
        }
        return Ok(row);
    }
    begin_record(db, record, scope)
}

/// Makes a row for a record that is new; gives it.
///
/// # Errors
/// When it is not new, or the store does not answer.
pub fn begin_record(db: &Connection, record: RecordId, scope: &str) -> Result<i64> {
    db.prepare_cached("INSERT INTO record(id, scope) VALUES (?1, ?2)")?
        .execute(params![record.0, scope])?;
    let row = db.last_insert_rowid();
    if row % FRESH == 0 {
        settle_records(db)?;
    }
    Ok(row)
}

/// Puts the ids of the fresh records among all others. In the order of the ids, so that each page of
/// that index is written once, whatever falls on it.
fn settle_records(db: &Connection) -> Result<()> {
    db.prepare_cached("UPDATE record INDEXED BY record_fresh SET fresh = 0 WHERE fresh = 1")?
        .execute([])?;
    Ok(())
}

/// A record that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its row.
    pub row: i64,
    /// Its scope; that of erasures when only leaves of it are here.
    pub scope: String,
    /// Whether it was erased.
    pub erased: bool,
}

/// What is known of a record, if it is.
///
/// # Errors
/// When the store does not answer.
pub fn known(db: &Connection, record: RecordId) -> Result<Option<Known>> {
    Ok(db
        .prepare_cached(
            "SELECT record, scope, EXISTS (SELECT 1 FROM erased e WHERE e.record = r.record)
             FROM record_by_id r WHERE id = ?1",
        )?
        .query_row([record.0], |r| {
            Ok(Known {
                row: r.get(0)?,
                scope: r.get(1)?,
                erased: r.get(2)?,
            })
        })
        .optional()?)
}

/// The row of a record, if it is known.
///
/// # Errors
/// When the store does not answer.
pub fn find_record(db: &Connection, record: RecordId) -> Result<Option<i64>> {
    Ok(db
        .prepare_cached("SELECT record FROM record_by_id WHERE id = ?1")?
        .query_row([record.0], |r| r.get(0))
        .optional()?)
}

/// The id of a record.
///
/// # Errors
/// When the store does not answer.
pub fn id_of(db: &Connection, record: i64) -> Result<RecordId> {
    Ok(db
        .prepare_cached("SELECT id FROM record WHERE record = ?1")?
        .query_row([record], |r| r.get(0).map(RecordId))?)
}

/// The scope of a record.
///
/// # Errors
/// When the store does not answer.
pub fn scope_of(db: &Connection, record: i64) -> Result<String> {
    Ok(db
        .prepare_cached("SELECT scope FROM record WHERE record = ?1")?
        .query_row([record], |r| r.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: i64) -> RecordId {
        let mut bytes = [0; 32];
        // As they are: in no order.
        bytes[..8].copy_from_slice(
            &(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.cast_signed())).to_le_bytes(),
        );
        RecordId(bytes)
    }

    #[test]
    fn a_record_keeps_its_row_when_ids_are_settled() {
        let db = Connection::open_in_memory().unwrap();
        super::super::schema::migrate(&db).unwrap();
        let tx = db.unchecked_transaction().unwrap();
        let last = FRESH + 10;
        for n in 1..=last {
            assert_eq!(record_row(&tx, id(n), "s").unwrap(), n);
        }
        let fresh: i64 = tx
            .query_row("SELECT count(*) FROM record WHERE fresh = 1", [], |r| {
                r.get(0)
            })
            .unwrap();
        assert_eq!(fresh, 10);
        for n in [1, FRESH - 1, FRESH, FRESH + 1, last] {
            assert_eq!(find_record(&tx, id(n)).unwrap(), Some(n));
            assert_eq!(record_row(&tx, id(n), "s").unwrap(), n, "begun twice");
        }
        assert_eq!(find_record(&tx, id(last + 1)).unwrap(), None);
    }

    #[test]
    fn a_record_is_found_by_the_two_indexes_alone() {
        let db = Connection::open_in_memory().unwrap();
        super::super::schema::migrate(&db).unwrap();
        let mut plan = db
            .prepare("EXPLAIN QUERY PLAN SELECT record FROM record_by_id WHERE id = ?1")
            .unwrap();
        let plan = plan
            .query_map([[0_u8; 32]], |r| r.get::<_, String>(3))
            .unwrap();
        let plan: Vec<String> = plan.collect::<rusqlite::Result<_>>().unwrap();
        let plan = plan.join("; ");
        for index in ["record_fresh", "record_settled"] {
            assert!(
                plan.contains(&format!("COVERING INDEX {index} (id=?)")),
                "{plan}"
            );
        }
        assert!(!plan.contains("SCAN"), "{plan}");
    }
}
