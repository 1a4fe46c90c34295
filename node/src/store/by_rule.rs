//! At the hub: what disagreed and a rule settled, without anybody; listed, so that the rule can be seen at work.

use rusqlite::{Connection, params};
use vereda_sync::record::Life;
use vereda_sync::record::agency;
use vereda_sync::record::document::Document;
use vereda_sync::record::request::Summary;
use vereda_sync::record::tour::{Happened, Tour};

use super::Result;

/// Which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The edition of the catalogue that was in force where it was recorded holds, though the hub had a newer one.
    Edition,
    /// What happened at a stop wins over what was planned otherwise meanwhile.
    Schedule,
    /// What an agency said stands; what was amended after it follows.
    Status,
}

impl Rule {
    fn code(self) -> &'static str {
        match self {
            Self::Edition => "edition",
            Self::Schedule => "schedule",
            Self::Status => "status",
        }
    }
}

/// What a rule settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The record.
    pub record: i64,
    /// Which rule.
    pub rule: Rule,
    /// Of an edition, the newer one's number; of a stop, its id; of an agency's word, nothing.
    pub about: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
}

/// When a request was amended after its agency had said something of it; the last time, milliseconds since 1970.
pub(super) fn amended_after(document: &Document) -> Option<i64> {
    let (_, word) = agency::status(document)?;
    let amended = document
        .acts()
        .filter(|act| act.kind == "corrected" && act.at > word.at);
    amended.map(|act| act.at.unix_ms()).max()
}

/// A request was recorded under an older edition than the one that the hub had by then, or amended after its agency's word.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(
    db: &Connection,
    row: i64,
    summary: &Summary,
    amended_ms: Option<i64>,
) -> Result<()> {
    db.prepare_cached("DELETE FROM by_rule WHERE record = ?1")?
        .execute([row])?;
    if summary.life == Life::Draft {
        return Ok(());
    }
    let at_ms = summary.at.unix_ms();
    db.prepare_cached(
        "INSERT INTO by_rule(record, rule, about, at)
         SELECT ?1, ?4, max(edition), ?2 FROM catalogue WHERE edition > ?3 AND at < ?2 HAVING max(edition) IS NOT NULL",
    )?
    .execute(params![row, at_ms, summary.edition, Rule::Edition.code()])?;
    if let Some(at_ms) = amended_ms {
        db.prepare_cached("INSERT INTO by_rule(record, rule, about, at) VALUES (?1, ?2, '', ?3)")?
            .execute(params![row, Rule::Status.code(), at_ms])?;
    }
    Ok(())
}

/// Stops that were held, though they were moved or cancelled meanwhile.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put_tour(db: &Connection, row: i64, tour: &Tour) -> Result<()> {
    db.prepare_cached("DELETE FROM by_rule WHERE record = ?1")?
        .execute([row])?;
    let mut insert =
        db.prepare_cached("INSERT INTO by_rule(record, rule, about, at) VALUES (?1, ?2, ?3, ?4)")?;
    for stop in &tour.stops {
        let Some(held) = stop.marks.iter().find(|m| m.what == Happened::Held) else {
            continue;
        };
        let cancelled = |m: &Happened| matches!(m, Happened::Cancelled(_));
        let is_cancelled = stop.marks.iter().any(|m| cancelled(&m.what));
        if stop.moved_after().is_some() || is_cancelled {
            let at_ms = held.act.at.unix_ms();
            insert.execute(params![row, Rule::Schedule.code(), stop.id, at_ms])?;
        }
    }
    Ok(())
}

/// What rules settled, latest first.
///
/// # Errors
/// When the store does not answer.
pub fn latest(db: &Connection, limit: u32) -> Result<Vec<Settled>> {
    let mut rows =
        db.prepare_cached("SELECT record, rule, about, at FROM by_rule ORDER BY at DESC LIMIT ?1")?;
    let rows = rows.query_map([limit], |r| {
        Ok(Settled {
            record: r.get(0)?,
            rule: match r.get_ref(1)?.as_str().unwrap_or_default() {
                "schedule" => Rule::Schedule,
                "status" => Rule::Status,
                _ => Rule::Edition,
            },
            about: r.get(2)?,
            at_ms: r.get(3)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
