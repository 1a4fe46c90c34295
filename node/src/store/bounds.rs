//! What a person may read: the records of some scopes, and nothing else.
//!
//! Whoever works for a person whose word holds in some regions calls [`within`]. Until that ends, [`super::Store::read`]
//! gives this thread a connection on which every table that says something of records is covered by a view of the same
//! name, with the rows of those records alone. So lists, counts, searches and what is looked up by an id are bounded in
//! one place, also those that are written tomorrow: a table that nobody has thought of shows nothing.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OptionalExtension};

use super::Result;

/// How far somebody may read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The scopes whose records they may read.
    pub scopes: BTreeSet<String>,
    /// The nodes that write in them: what the hub plans is in a scope of its own, and theirs if it is for one of these.
    pub nodes: BTreeSet<String>,
}

thread_local! {
    static HERE: RefCell<Option<Arc<Bounds>>> = const { RefCell::new(None) };
}

/// Runs `call` with what may be read; `None` is everything.
pub fn within<T>(bounds: Option<Arc<Bounds>>, call: impl FnOnce() -> T) -> T {
    /// Puts back what held before, also when the call panics.
    struct Before(Option<Arc<Bounds>>);
    impl Drop for Before {
        fn drop(&mut self) {
            HERE.set(self.0.take());
        }
    }
    let _before = Before(HERE.replace(bounds));
    call()
}

/// The bounds that hold on this thread now.
#[must_use]
pub fn here() -> Option<Arc<Bounds>> {
    HERE.with_borrow(Clone::clone)
}

/// Whether whoever calls may say something for the spots of a scope.
#[must_use]
pub fn reaches(scope: &str) -> bool {
    HERE.with_borrow(|here| {
        here.as_deref()
            .is_none_or(|here| here.scopes.contains(scope))
    })
}

fn holds(of: impl FnOnce(&Bounds) -> bool) -> bool {
    HERE.with_borrow(|here| here.as_deref().is_some_and(of))
}

/// Tables that say nothing of any record: the node's own values, sizes of journals, what is the same everywhere. They
/// are read as they are.
const OF_NO_RECORD: [&str; 18] = [
    "meta",
    "journal",
    "custody",
    "catalogue",
    // Found by a key that only its photograph names.
    "blob_piece",
    "session",
    "wrong_pin",
    // People, of whom the page of people shows those of the regions.
    "staff_proposal",
    "signed_in",
    "archive",
    // Versions of the program and of the catalogue.
    "offered",
    // Answers that the contact centre keeps: they name nobody.
    "canned",
    "edition_proposal",
    "edition_published",
    // Names of spots.
    "neighbour",
    "read_message",
    "agency_webhook",
    "sqlite_sequence",
];

/// What makes a record visible whose row is `{}`. What the hub plans, and a facility that a visit goes to, is seen with
/// the spot that it was given to.
const RECORD: &str = "EXISTS (SELECT 1 FROM main.record seen WHERE seen.record = {} AND (vereda_in_scope(seen.scope)
    OR ((seen.scope GLOB '!*' OR EXISTS (SELECT 1 FROM main.facility f WHERE f.record = seen.record))
        AND EXISTS (SELECT 1 FROM main.lent l WHERE l.record = seen.record AND vereda_at_node(l.node)))))";

/// Sums over all regions are made of those that are seen.
fn figures(columns: &[String]) -> String {
    let key = ["level", "region", "month", "service", "spot"];
    let sums = columns.iter().filter(|c| !key.contains(&c.as_str()));
    let sums: Vec<String> = sums.map(|c| format!("sum({c}) AS {c}")).collect();
    format!(
        "SELECT * FROM main.figure WHERE vereda_in_scope(region) UNION ALL
         SELECT 2, '', month, service, '', {} FROM main.figure WHERE level = 3 AND vereda_in_scope(region)
         GROUP BY month, service",
        sums.join(", ")
    )
}

/// What covers a table with those columns; `None`: it is read as it is.
fn cover(table: &str, columns: &[String]) -> Option<String> {
    if OF_NO_RECORD.contains(&table) {
        return None;
    }
    let has = |name: &str| columns.iter().any(|c| c == name);
    let record = |column: &str| RECORD.replace("{}", &format!("it.{column}"));
    let condition = match table {
        "figure" => return Some(figures(columns)),
        // Its other one may be of another region: then it is settled by somebody who sees both.
        "conflict" | "twice" => format!(
            "{} AND (it.other IS NULL OR {})",
            record("record"),
            record("other")
        ),
        "blob" => format!(
            "EXISTS (SELECT 1 FROM main.named n WHERE n.blob = it.blob AND {})",
            RECORD.replace("{}", "n.record")
        ),
        // What is set aside is of no record yet.
        "quarantine" => "vereda_at_node(it.node)".to_owned(),
        _ if has("record") => record("record"),
        _ if has("scope") => "vereda_in_scope(it.scope)".to_owned(),
        _ if has("node") => "vereda_at_node(it.node)".to_owned(),
        _ => "0".to_owned(),
    };
    Some(format!("SELECT * FROM main.{table} it WHERE {condition}"))
}

/// Covers every table of a connection that only reads.
pub(super) fn cover_all(db: &Connection) -> Result<()> {
    // They answer by whose call it is now, and are asked again at every row.
    let flags = FunctionFlags::SQLITE_UTF8;
    db.create_scalar_function("vereda_in_scope", 1, flags, |context| {
        let scope = context.get_raw(0).as_str().unwrap_or_default();
        Ok(holds(|bounds| bounds.scopes.contains(scope)))
    })?;
    db.create_scalar_function("vereda_at_node", 1, flags, |context| {
        let node = context.get_raw(0).as_str().unwrap_or_default();
        Ok(holds(|bounds| bounds.nodes.contains(node)))
    })?;
    let mut tables =
        db.prepare("SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view')")?;
    let tables = tables.query_map([], |r| r.get::<_, String>(0))?;
    for table in tables.collect::<rusqlite::Result<Vec<_>>>()? {
        let mut columns = db.prepare("SELECT name FROM pragma_table_xinfo(?1, 'main')")?;
        let columns = columns.query_map([&table], |r| r.get::<_, String>(0))?;
        let columns = columns.collect::<rusqlite::Result<Vec<_>>>()?;
        if let Some(select) = cover(&table, &columns) {
            db.execute_batch(&format!("CREATE TEMP VIEW {table} AS {select}"))?;
        }
    }
    Ok(())
}

/// What is named by an id that a page's address carries is here, whoever may see it: a record, a conflict, or a
/// photograph. For [`super::Store::read`] outside of bounds, to tell what is elsewhere from what is nowhere.
///
/// # Errors
/// When the store does not answer.
pub fn is_known(db: &Connection, id: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM record_by_id WHERE id = ?1";
    let bytes = bytes_of(id);
    let mut found = false;
    if let Some(bytes) = &bytes {
        let photograph = "SELECT 1 FROM named WHERE blob = ?1 LIMIT 1";
        for sql in [sql, photograph] {
            let row = db.prepare_cached(sql)?.query_row([bytes], |_| Ok(()));
            found |= row.optional()?.is_some();
        }
    }
    let conflict = "SELECT 1 FROM conflict WHERE id = ?1 UNION ALL SELECT 1 FROM decision WHERE conflict = ?1 LIMIT 1";
    let row = db.prepare_cached(conflict)?.query_row([id], |_| Ok(()));
    Ok(found || row.optional()?.is_some())
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let is_id = hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    let pairs = is_id.then(|| (0..32).map(|at| hex.get(2 * at..2 * at + 2)));
    pairs?
        .map(|pair| u8::from_str_radix(pair?, 16).ok())
        .collect()
}
