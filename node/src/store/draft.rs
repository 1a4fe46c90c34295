//! Drafts: every keystroke, durable before anybody else sees it.

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::answer::Provenance;

use super::Result;
use super::journal::{count, signed};

/// One field of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The field.
    pub field: String,
    /// What it reads now; not checked.
    pub value: String,
    /// How it came.
    pub provenance: Provenance,
    /// Grows with every write.
    pub revision: u64,
    /// The session that wrote it.
    pub session: String,
    /// Its mediator's name.
    pub by: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
}

const COLUMNS: &str = "field, value, provenance, revision, session, by, at";

fn draft_of(r: &rusqlite::Row<'_>) -> rusqlite::Result<Draft> {
    Ok(Draft {
        field: r.get(0)?,
        value: r.get(1)?,
        provenance: Provenance::from_code(r.get_ref(2)?.as_str().unwrap_or("")),
        revision: count(r.get(3)?),
        session: r.get(4)?,
        by: r.get(5)?,
        at_ms: r.get(6)?,
    })
}

/// All fields of a form's draft.
///
/// # Errors
/// When the store does not answer.
pub fn of_form(db: &Connection, form: &str) -> Result<Vec<Draft>> {
    let mut rows = db.prepare_cached(&format!("SELECT {COLUMNS} FROM draft WHERE form = ?1"))?;
    Ok(rows
        .query_map([form], draft_of)?
        .collect::<rusqlite::Result<_>>()?)
}

/// One field of a form's draft.
///
/// # Errors
/// When the store does not answer.
pub fn field(db: &Connection, form: &str, field: &str) -> Result<Option<Draft>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM draft WHERE form = ?1 AND field = ?2"
    ))?;
    Ok(rows.query_row([form, field], draft_of).optional()?)
}

/// Writes one field. Outside a transaction this is one commit.
///
/// # Errors
/// When the store does not answer.
pub fn put(db: &Connection, form: &str, draft: &Draft) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO draft(form, field, value, provenance, revision, session, by, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT(form, field) DO UPDATE SET
         value = ?3, provenance = ?4, revision = ?5, session = ?6, by = ?7, at = ?8",
    )?
    .execute(params![
        form,
        draft.field,
        draft.value,
        draft.provenance.code(),
        signed(draft.revision),
        draft.session,
        draft.by,
        draft.at_ms
    ])?;
    Ok(())
}

/// The fields became part of a record: their draft goes.
///
/// # Errors
/// When the store does not answer.
pub fn clear<'a>(
    db: &Connection,
    form: &str,
    fields: impl IntoIterator<Item = &'a str>,
) -> Result<()> {
    let mut delete = db.prepare_cached("DELETE FROM draft WHERE form = ?1 AND field = ?2")?;
    for field in fields {
        delete.execute([form, field])?;
    }
    Ok(())
}

/// The highest revision in any draft.
///
/// # Errors
/// When the store does not answer.
pub fn last_revision(db: &Connection) -> Result<u64> {
    Ok(count(db.query_row(
        "SELECT coalesce(max(revision), 0) FROM draft",
        [],
        |r| r.get(0),
    )?))
}
