//! At the hub: the spots as they last were.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::Result;

/// A spot that is here all the time is written down this often, in milliseconds:
/// a poll must not cost the disk a commit.
const EVERY_MS: i64 = 30_000;

/// A spot as it last was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Its id.
    pub node: String,
    /// Its name as it last said.
    pub name: String,
    /// The last exchange that began, milliseconds since 1970.
    pub seen_ms: Option<i64>,
    /// When all that it had was last proven to be here.
    pub proven_ms: Option<i64>,
    /// Something that needs a person, in Portuguese.
    pub trouble: Option<String>,
}

/// All that were ever here, by name.
///
/// # Errors
/// When the store does not answer.
pub fn all(db: &Connection) -> Result<Vec<Spot>> {
    let mut rows =
        db.prepare_cached("SELECT node, name, seen, proven, trouble FROM spot ORDER BY name")?;
    let found = rows.query_map([], |r| {
        Ok(Spot {
            node: r.get(0)?,
            name: r.get(1)?,
            seen_ms: r.get(2)?,
            proven_ms: r.get(3)?,
            trouble: r.get(4)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The name of every spot that was ever here, by its id.
///
/// # Errors
/// When the store does not answer.
pub fn names(db: &Connection) -> Result<HashMap<String, String>> {
    let mut rows = db.prepare_cached("SELECT node, name FROM spot")?;
    let found = rows.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The id of a spot by its name; `None`: none is called so.
///
/// # Errors
/// When the store does not answer.
pub fn named(db: &Connection, name: &str) -> Result<Option<String>> {
    Ok(db
        .prepare_cached("SELECT node FROM spot WHERE name = ?1 ORDER BY node LIMIT 1")?
        .query_row([name], |r| r.get(0))
        .optional()?)
}

/// What operators read of a spot whose journal is not what the hub holds.
pub const DIVERGED: &str = "O diário deste posto difere do que está na central: disco copiado ou reposto. O posto começa um diário novo; se o aviso ficar, chame a assistência.";

/// The spot was here, under this name; an empty one says that it is as before.
///
/// # Errors
/// When the store does not answer.
pub fn keep_seen(db: &Connection, node: &str, name: &str, now_ms: i64) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO spot(node, name, seen) VALUES (?1, coalesce(nullif(?2, ''), ?1), ?3)
         ON CONFLICT(node) DO UPDATE SET name = coalesce(nullif(?2, ''), name), seen = ?3
         WHERE (name <> ?2 AND ?2 <> '') OR seen IS NULL OR abs(?3 - seen) >= ?4",
    )?
    .execute(params![node, name, now_ms, EVERY_MS])?;
    Ok(())
}

/// All that the spot has written is proven to be here. `news`: there was some
/// since the last proof. `clears`: no trouble is left but what waits for an operator.
///
/// # Errors
/// When the store does not answer.
pub fn keep_proven(
    db: &Connection,
    node: &str,
    now_ms: i64,
    (news, clears): (bool, bool),
) -> Result<()> {
    db.prepare_cached(
        "UPDATE spot SET seen = ?2, proven = ?2, trouble = CASE WHEN ?5 THEN NULL ELSE trouble END
         WHERE node = ?1 AND (?4 OR proven IS NULL OR abs(?2 - proven) >= ?3 OR (?5 AND trouble IS NOT NULL))",
    )?
    .execute(params![
        node,
        now_ms,
        EVERY_MS,
        news,
        clears && !super::quarantine::waits(db, node)?
    ])?;
    Ok(())
}

/// The spot needs a person; `trouble` says why, in Portuguese.
///
/// # Errors
/// When the store does not answer.
pub fn keep_trouble(db: &Connection, node: &str, trouble: &str) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO spot(node, name, trouble) VALUES (?1, ?1, ?2)
         ON CONFLICT(node) DO UPDATE SET trouble = ?2 WHERE trouble IS NOT ?2",
    )?
    .execute(params![node, trouble])?;
    Ok(())
}
