//! Sessions, wrong PINs, citizen screens, messages read.

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::Result;

/// A session lasts this long, in milliseconds: a working day.
pub const SESSION_MS: i64 = 12 * 60 * 60 * 1000;

/// Tokens are kept hashed: who reads the store cannot sign in with it.
#[must_use]
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Keeps a new session.
///
/// # Errors
/// When the store does not answer.
pub fn begin_session(
    db: &Connection,
    token: &str,
    id: &str,
    (desk, person, name): (&str, &str, &str),
    now_ms: i64,
) -> Result<()> {
    db.execute(
        "INSERT INTO session(token, id, person, name, at, until, desk) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            token_hash(token),
            id,
            person,
            name,
            now_ms,
            now_ms + SESSION_MS,
            desk
        ],
    )?;
    Ok(())
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// Its id; not the token.
    pub id: String,
    /// The person's id.
    pub person: String,
    /// As they are called.
    pub name: String,
    /// At which desk; empty for the node's own.
    pub desk: String,
}

const SESSION: &str = "id, person, name, desk";

fn session_of(r: &rusqlite::Row<'_>) -> rusqlite::Result<StoredSession> {
    Ok(StoredSession {
        id: r.get(0)?,
        person: r.get(1)?,
        name: r.get(2)?,
        desk: r.get(3)?,
    })
}

/// The session of a token, if it is still good.
///
/// # Errors
/// When the store does not answer.
pub fn session(db: &Connection, token: &str, now_ms: i64) -> Result<Option<StoredSession>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT {SESSION} FROM session WHERE token = ?1 AND until > ?2"
    ))?;
    Ok(rows
        .query_row(params![token_hash(token), now_ms], session_of)
        .optional()?)
}

/// Everybody who is signed in, the latest first.
///
/// # Errors
/// When the store does not answer.
pub fn sessions(db: &Connection, now_ms: i64) -> Result<Vec<StoredSession>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT {SESSION} FROM session WHERE until > ?1 ORDER BY at DESC"
    ))?;
    Ok(rows
        .query_map([now_ms], session_of)?
        .collect::<rusqlite::Result<_>>()?)
}

/// Ends a session; gives its id.
///
/// # Errors
/// When the store does not answer.
pub fn end_session(db: &Connection, token: &str) -> Result<Option<String>> {
    Ok(db
        .prepare_cached("DELETE FROM session WHERE token = ?1 RETURNING id")?
        .query_row([token_hash(token)], |r| r.get(0))
        .optional()?)
}

/// Ends all sessions of a person.
///
/// # Errors
/// When the store does not answer.
pub fn end_sessions_of(db: &Connection, person: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM session WHERE person = ?1")?
        .execute([person])?;
    Ok(())
}

/// Wrong PINs of a person: tries, locked until (milliseconds since 1970).
///
/// # Errors
/// When the store does not answer.
pub fn wrong_pins(db: &Connection, person: &str) -> Result<(u32, i64)> {
    Ok(db
        .query_row(
            "SELECT tries, locked_until FROM wrong_pin WHERE person = ?1",
            [person],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
        .optional()?
        .unwrap_or((0, 0)))
}

/// Keeps the wrong PINs of a person; 0 tries forget them.
///
/// # Errors
/// When the store does not answer.
pub fn keep_wrong_pins(
    db: &Connection,
    person: &str,
    tries: u32,
    locked_until_ms: i64,
) -> Result<()> {
    db.execute(
        "INSERT INTO wrong_pin(person, tries, locked_until) VALUES (?1, ?2, ?3)
         ON CONFLICT(person) DO UPDATE SET tries = ?2, locked_until = ?3",
        params![person, tries, locked_until_ms],
    )?;
    Ok(())
}

/// A citizen screen as the store keeps it, so that a power cut does not unpair it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredScreen {
    /// The code by which it is paired.
    pub code: String,
    /// The desk's session that it follows.
    pub session: Option<String>,
    /// Language of the citizen.
    pub language: String,
    /// Whether numbers are shown in full.
    pub revealed: bool,
    /// What it shows, as [`crate::desk::stage`] writes it.
    pub stage: String,
}

const SCREEN: &str = "code, session, language, revealed, stage";

fn screen_of(r: &rusqlite::Row<'_>) -> rusqlite::Result<StoredScreen> {
    Ok(StoredScreen {
        code: r.get(0)?,
        session: r.get(1)?,
        language: r.get(2)?,
        revealed: r.get(3)?,
        stage: r.get(4)?,
    })
}

/// The screen with that token (hashed).
///
/// # Errors
/// When the store does not answer.
pub fn screen(db: &Connection, token: &[u8; 32]) -> Result<Option<StoredScreen>> {
    let mut rows = db.prepare_cached(&format!("SELECT {SCREEN} FROM screen WHERE token = ?1"))?;
    Ok(rows.query_row([token], screen_of).optional()?)
}

/// The screen that follows a session, with its token (hashed).
///
/// # Errors
/// When the store does not answer.
pub fn screen_of_session(
    db: &Connection,
    session: &str,
) -> Result<Option<([u8; 32], StoredScreen)>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT {SCREEN}, token FROM screen WHERE session = ?1"
    ))?;
    Ok(rows
        .query_row([session], |r| Ok((r.get(5)?, screen_of(r)?)))
        .optional()?)
}

/// The screen that shows a code, with its token (hashed); only unpaired ones.
///
/// # Errors
/// When the store does not answer.
pub fn screen_of_code(db: &Connection, code: &str) -> Result<Option<([u8; 32], StoredScreen)>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT {SCREEN}, token FROM screen WHERE code = ?1 AND session IS NULL"
    ))?;
    Ok(rows
        .query_row([code], |r| Ok((r.get(5)?, screen_of(r)?)))
        .optional()?)
}

/// Keeps a screen.
///
/// # Errors
/// When the store does not answer.
pub fn keep_screen(
    db: &Connection,
    token: &[u8; 32],
    screen: &StoredScreen,
    now_ms: i64,
) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO screen(token, code, session, language, revealed, stage, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT(token) DO UPDATE SET code = ?2, session = ?3, language = ?4, revealed = ?5, stage = ?6, at = ?7",
    )?
    .execute(params![
        token,
        screen.code,
        screen.session,
        screen.language,
        screen.revealed,
        screen.stage,
        now_ms
    ])?;
    Ok(())
}

/// Forgets screens that nobody paired for a day, so that they cannot pile up.
///
/// # Errors
/// When the store does not answer.
pub fn forget_idle_screens(db: &Connection, now_ms: i64) -> Result<()> {
    db.execute(
        "DELETE FROM screen WHERE session IS NULL AND at < ?1",
        [now_ms - 86_400_000],
    )?;
    db.execute("DELETE FROM session WHERE until < ?1", [now_ms])?;
    db.execute(
        "DELETE FROM holder WHERE at < ?1",
        [now_ms - 30 * 86_400_000],
    )?;
    Ok(())
}
