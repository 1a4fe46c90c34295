//! Drafts: every keystroke, durable before anybody else sees it.

use rusqlite::{Connection, OptionalExtension, params};
use vereda_sync::answer::{Answer, Provenance};

use super::Result;
use super::journal::{count, signed};

/// So much of a form can be taken back.
const MOST_RUNS: i64 = 100;

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

/// What was written in one go, and what stood there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Grows with every one of its form.
    pub run: i64,
    /// Whose it is.
    pub by: String,
    /// Field, value and how that was known; empty values where nothing stood.
    pub before: Vec<(String, Answer)>,
}

/// Somebody begins to write in these fields, which read so until now.
///
/// # Errors
/// When the store does not answer.
pub fn begin_run<'a>(
    db: &Connection,
    form: &str,
    by: &str,
    before: impl IntoIterator<Item = (&'a str, &'a Answer)>,
) -> Result<()> {
    let run: i64 = db
        .prepare_cached("SELECT coalesce(max(run), 0) + 1 FROM undo WHERE form = ?1")?
        .query_row([form], |r| r.get(0))?;
    let mut insert = db.prepare_cached(
        "INSERT INTO undo(form, run, field, value, provenance, by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for (field, answer) in before {
        let how = answer.provenance.code();
        insert.execute(params![form, run, field, answer.value, how, by])?;
    }
    db.prepare_cached("DELETE FROM undo WHERE form = ?1 AND run <= ?2")?
        .execute(params![form, run - MOST_RUNS])?;
    Ok(())
}

/// What was written in a form and can be taken back, the latest first.
///
/// # Errors
/// When the store does not answer.
pub fn runs(db: &Connection, form: &str) -> Result<Vec<Run>> {
    let mut rows = db.prepare_cached(
        "SELECT run, by, field, value, provenance FROM undo WHERE form = ?1 ORDER BY run DESC, field",
    )?;
    let mut rows = rows.query([form])?;
    let mut runs: Vec<Run> = Vec::new();
    while let Some(r) = rows.next()? {
        let run = r.get(0)?;
        let answer = Answer {
            value: r.get(3)?,
            provenance: Provenance::from_code(r.get_ref(4)?.as_str().unwrap_or("")),
        };
        let before = (r.get(2)?, answer);
        match runs.last_mut().filter(|last| last.run == run) {
            Some(last) => last.before.push(before),
            None => runs.push(Run {
                run,
                by: r.get(1)?,
                before: vec![before],
            }),
        }
    }
    Ok(runs)
}

/// Whether the latest that was written in a form is by that person and in that field alone.
///
/// # Errors
/// When the store does not answer.
pub fn is_last_run(db: &Connection, form: &str, field: &str, by: &str) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT count(*) = 1 AND max(field = ?2 AND by = ?3) FROM undo
             WHERE form = ?1 AND run = (SELECT max(run) FROM undo WHERE form = ?1)",
        )?
        .query_row([form, field, by], |r| {
            r.get::<_, Option<bool>>(0).map(|is| is == Some(true))
        })?)
}

/// It was taken back.
///
/// # Errors
/// When the store does not answer.
pub fn end_run(db: &Connection, form: &str, run: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM undo WHERE form = ?1 AND run = ?2")?
        .execute(params![form, run])?;
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
    let mut forget = db.prepare_cached("DELETE FROM undo WHERE form = ?1 AND field = ?2")?;
    for field in fields {
        delete.execute([form, field])?;
        forget.execute([form, field])?;
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
