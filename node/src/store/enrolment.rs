//! At the hub: codes by which machines enrol, and renewals that wait for somebody to agree. Of this hub alone, and nothing of
//! it is derived. A code that a copy of the store brings back is dead by its time.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Result;

/// The tables, since version 12.
pub(crate) const ENROLMENT: &str = "
-- A code enrols one machine. `secret`: hashed. `settings`: who the machine becomes. `key`: of which certificate was asked for.
CREATE TABLE enrolment_code (
    handle TEXT PRIMARY KEY, secret TEXT NOT NULL, node TEXT NOT NULL, settings TEXT NOT NULL, person TEXT NOT NULL,
    name TEXT NOT NULL, made INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, withdrawn INTEGER, used INTEGER, key BLOB,
    certificate BLOB
) WITHOUT ROWID;
CREATE INDEX enrolment_code_node ON enrolment_code(node, used);
-- A node whose certificate had ended asks for another. `heard`: when all of it was last proven, as it says itself.
CREATE TABLE renewal_asked (
    certificate TEXT PRIMARY KEY, node TEXT NOT NULL, key BLOB NOT NULL, asked INTEGER NOT NULL, last INTEGER NOT NULL,
    ended INTEGER NOT NULL, heard INTEGER, name TEXT, answered INTEGER, agreed INTEGER, renewed BLOB
) WITHOUT ROWID;
";

/// So many wrong secrets, and a code is dead.
pub const MAX_TRIES: u32 = 5;
/// For so long a code is good, in milliseconds.
pub const GOOD_FOR_MS: i64 = 15 * 60_000;
/// Most codes that are kept: the latest.
const MAX_KEPT: u32 = 2_000;

/// A code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Names it.
    pub handle: String,
    /// What makes it good, hashed.
    pub secret: String,
    /// The node that it enrols.
    pub node: String,
    /// Who the machine becomes, as it is sent to it.
    pub settings: String,
    /// Who made it: id and name.
    pub by: (String, String),
    /// When, milliseconds since 1970.
    pub made_ms: i64,
    /// Wrong secrets that were shown.
    pub tries: u32,
    /// Somebody took it back.
    pub is_withdrawn: bool,
    /// When it was used, by which key, and the certificate that was made, DER.
    pub used: Option<(i64, [u8; 32], Vec<u8>)>,
}

impl Code {
    /// Whether a machine may still enrol with it. What is of tomorrow, as a clock was set back, is good no more.
    #[must_use]
    pub fn is_good(&self, now_ms: i64) -> bool {
        self.used.is_none()
            && !self.is_withdrawn
            && self.tries < MAX_TRIES
            && (0..GOOD_FOR_MS).contains(&(now_ms - self.made_ms))
    }
}

const CODE: &str =
    "handle, secret, node, settings, person, name, made, tries, withdrawn, used, key, certificate";

fn code_of(r: &Row<'_>) -> rusqlite::Result<Code> {
    let used: Option<i64> = r.get(9)?;
    Ok(Code {
        handle: r.get(0)?,
        secret: r.get(1)?,
        node: r.get(2)?,
        settings: r.get(3)?,
        by: (r.get(4)?, r.get(5)?),
        made_ms: r.get(6)?,
        tries: r.get(7)?,
        is_withdrawn: r.get::<_, Option<i64>>(8)?.is_some(),
        used: match used {
            Some(at) => Some((at, r.get(10)?, r.get(11)?)),
            None => None,
        },
    })
}

/// Keeps a new code.
///
/// # Errors
/// When the store does not answer, or there is one of that handle.
pub fn keep_code(db: &Connection, code: &Code) -> Result<()> {
    db.execute(
        "INSERT INTO enrolment_code(handle, secret, node, settings, person, name, made) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![code.handle, code.secret, code.node, code.settings, code.by.0, code.by.1, code.made_ms],
    )?;
    db.execute(
        "DELETE FROM enrolment_code WHERE used IS NULL AND handle NOT IN
             (SELECT handle FROM enrolment_code ORDER BY made DESC LIMIT ?1)",
        [MAX_KEPT],
    )?;
    Ok(())
}

/// The code of that handle.
///
/// # Errors
/// When the store does not answer.
pub fn code(db: &Connection, handle: &str) -> Result<Option<Code>> {
    let mut row = db.prepare_cached(&format!(
        "SELECT {CODE} FROM enrolment_code WHERE handle = ?1"
    ))?;
    Ok(row.query_row([handle], code_of).optional()?)
}

/// The latest codes.
///
/// # Errors
/// When the store does not answer.
pub fn codes(db: &Connection, limit: u32) -> Result<Vec<Code>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT {CODE} FROM enrolment_code ORDER BY made DESC LIMIT ?1"
    ))?;
    let found = rows.query_map([limit], code_of)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Who a node became that enrolled by a code, as it was sent to it.
///
/// # Errors
/// When the store does not answer.
pub fn settings_of(db: &Connection, node: &str) -> Result<Option<String>> {
    let mut row = db.prepare_cached(
        "SELECT settings FROM enrolment_code WHERE node = ?1 AND used IS NOT NULL ORDER BY used DESC LIMIT 1",
    )?;
    Ok(row.query_row([node], |r| r.get(0)).optional()?)
}

/// A wrong secret was shown.
///
/// # Errors
/// When the store does not answer.
pub fn tried(db: &Connection, handle: &str) -> Result<()> {
    db.execute(
        "UPDATE enrolment_code SET tries = tries + 1 WHERE handle = ?1",
        [handle],
    )?;
    Ok(())
}

/// It is used: by that key, for that certificate.
///
/// # Errors
/// When the store does not answer.
pub fn use_code(
    db: &Connection,
    handle: &str,
    (key, certificate): (&[u8; 32], &[u8]),
    now_ms: i64,
) -> Result<()> {
    db.execute(
        "UPDATE enrolment_code SET used = ?2, key = ?3, certificate = ?4 WHERE handle = ?1 AND used IS NULL",
        params![handle, now_ms, key, certificate],
    )?;
    Ok(())
}

/// Somebody takes it back. Gives whether it was there, and not used.
///
/// # Errors
/// When the store does not answer.
pub fn withdraw_code(db: &Connection, handle: &str, now_ms: i64) -> Result<bool> {
    let n = db.execute(
        "UPDATE enrolment_code SET withdrawn = ?2 WHERE handle = ?1 AND used IS NULL AND withdrawn IS NULL",
        params![handle, now_ms],
    )?;
    Ok(n > 0)
}

/// A renewal that a node asks for after its certificate ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    /// The certificate that ended: SHA-256, hexadecimal.
    pub certificate: String,
    /// The node.
    pub node: String,
    /// The key that the new one is for, SHA-256.
    pub key: [u8; 32],
    /// When it asked first and last, milliseconds since 1970.
    pub asked_ms: (i64, i64),
    /// When its certificate ended.
    pub ended_ms: i64,
    /// When all of it was last proven to be at the hub, as it says.
    pub heard_ms: Option<i64>,
    /// Who answered, when, and whether they agreed.
    pub answered: Option<(String, i64, bool)>,
    /// The certificate that was made then, DER.
    pub renewed: Option<Vec<u8>>,
}

const RENEWAL: &str =
    "certificate, node, key, asked, last, ended, heard, name, answered, agreed, renewed";

fn renewal_of(r: &Row<'_>) -> rusqlite::Result<Renewal> {
    let name: Option<String> = r.get(7)?;
    let (answered, agreed): (Option<i64>, Option<bool>) = (r.get(8)?, r.get(9)?);
    Ok(Renewal {
        certificate: r.get(0)?,
        node: r.get(1)?,
        key: r.get(2)?,
        asked_ms: (r.get(3)?, r.get(4)?),
        ended_ms: r.get(5)?,
        heard_ms: r.get(6)?,
        answered: name
            .zip(answered)
            .map(|(name, at)| (name, at, agreed.unwrap_or(false))),
        renewed: r.get(10)?,
    })
}

/// Whoever has that certificate asks. With another key than before it is another question, which nobody agreed to.
///
/// # Errors
/// When the store does not answer.
pub fn ask_renewal(db: &Connection, asked: &Renewal) -> Result<Renewal> {
    db.prepare_cached(
        "INSERT INTO renewal_asked(certificate, node, key, asked, last, ended, heard) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)
         ON CONFLICT(certificate) DO UPDATE SET last = excluded.last, heard = excluded.heard,
             asked = iif(key = excluded.key, asked, excluded.asked), name = iif(key = excluded.key, name, NULL),
             answered = iif(key = excluded.key, answered, NULL), agreed = iif(key = excluded.key, agreed, NULL),
             renewed = iif(key = excluded.key, renewed, NULL), key = excluded.key",
    )?
    .execute(params![
        asked.certificate,
        asked.node,
        asked.key,
        asked.asked_ms.1,
        asked.ended_ms,
        asked.heard_ms
    ])?;
    Ok(renewal(db, &asked.certificate)?.unwrap_or_else(|| asked.clone()))
}

/// What is asked with that certificate.
///
/// # Errors
/// When the store does not answer.
pub fn renewal(db: &Connection, certificate: &str) -> Result<Option<Renewal>> {
    let mut row = db.prepare_cached(&format!(
        "SELECT {RENEWAL} FROM renewal_asked WHERE certificate = ?1"
    ))?;
    Ok(row.query_row([certificate], renewal_of).optional()?)
}

/// The renewals that wait for an answer, the oldest first, and those that were answered last.
///
/// # Errors
/// When the store does not answer.
pub fn renewals(db: &Connection, limit: u32) -> Result<Vec<Renewal>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT {RENEWAL} FROM renewal_asked ORDER BY answered IS NOT NULL, answered DESC, asked LIMIT ?1"
    ))?;
    let found = rows.query_map([limit], renewal_of)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Somebody answers: of that key. Gives whether that was still the question.
///
/// # Errors
/// When the store does not answer.
pub fn answer_renewal(
    db: &Connection,
    (certificate, key): (&str, &[u8; 32]),
    (name, agreed): (&str, bool),
    now_ms: i64,
) -> Result<bool> {
    let n = db.execute(
        "UPDATE renewal_asked SET name = ?3, answered = ?4, agreed = ?5 WHERE certificate = ?1 AND key = ?2 AND answered IS NULL",
        params![certificate, key, name, now_ms, agreed],
    )?;
    Ok(n > 0)
}

/// The certificate was made.
///
/// # Errors
/// When the store does not answer.
pub fn renewed(db: &Connection, certificate: &str, made: &[u8]) -> Result<()> {
    db.execute(
        "UPDATE renewal_asked SET renewed = ?2 WHERE certificate = ?1 AND renewed IS NULL",
        params![certificate, made],
    )?;
    Ok(())
}
