//! What waits for a desk in the cases of requests, derived from their records; and the spots that are
//! known by what they wrote.

use rusqlite::{Connection, params};
use vereda_sync::record::Kind;
use vereda_sync::record::act::Act;
use vereda_sync::record::agency::is_by_hub;
use vereda_sync::record::case::{Case, node_of, said};
use vereda_sync::record::complaint::is_of_hub;
use vereda_sync::record::document::Document;

use super::Result;

/// Why a request waits for a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Somebody is to look again, on a day.
    LookAt,
    /// The citizen was to prove who they are by a day.
    ProofOwed,
    /// Hub or agency sent it back.
    Returned,
    /// An agency asks something.
    Asked,
    /// Another desk hands it over.
    HandedOver,
    /// The draft was let wait.
    Parked,
    /// The citizen is to be told what came of it.
    ToTell,
}

impl Why {
    fn code(self) -> &'static str {
        match self {
            Self::LookAt => "look-at",
            Self::ProofOwed => "proof-owed",
            Self::Returned => "returned",
            Self::Asked => "asked",
            Self::HandedOver => "handed-over",
            Self::Parked => "parked",
            Self::ToTell => "to-tell",
        }
    }
}

/// Derives anew what waits in a request.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(db: &Connection, row: i64, case: &Case) -> Result<()> {
    db.prepare_cached("DELETE FROM task WHERE record = ?1")?
        .execute([row])?;
    let holder = case.holder.as_str();
    let look_at = case.to_look_at.iter().map(|a| (a, Why::LookAt, holder));
    let returned = case.returned.iter().map(|a| (a, Why::Returned, holder));
    let asked = case.asked.iter().map(|a| (a, Why::Asked, holder));
    let parked = case.parked.iter().map(|a| (a, Why::Parked, holder));
    let coming = case.handed_over.iter();
    let coming = coming.map(|a| (a, Why::HandedOver, said(a, "to")));
    let mut insert = db.prepare_cached(
        "INSERT INTO task(record, act, why, node, person, due) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for (act, why, node) in look_at
        .chain(returned)
        .chain(asked)
        .chain(parked)
        .chain(coming)
    {
        let word = |word| Some(said(act, word)).filter(|said| !said.is_empty());
        let (person, due) = (word("to-person"), word("on"));
        insert.execute(params![row, act.id, why.code(), node, person, due])?;
    }
    // What was sent back waits for the same desk: one row of the act is enough.
    let mut tell = db.prepare_cached(
        "INSERT INTO task(record, act, why, node) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?;
    for act in &case.telling.to_tell {
        tell.execute(params![row, act.id, Why::ToTell.code(), holder])?;
    }
    if let Some(proof) = &case.proof {
        let (why, nobody) = (Why::ProofOwed.code(), None::<&str>);
        insert.execute(params![row, proof.since, why, holder, nobody, proof.until])?;
    }
    Ok(())
}

/// Ids of the requests in which something waits for a desk of this node, hex, what waits longest first.
/// Follow-ups count from their day on, what is handed to one mediator for that one.
///
/// # Errors
/// When the store does not answer.
pub fn waiting(
    db: &Connection,
    node: &str,
    person: &str,
    today: &str,
    limit: u32,
) -> Result<Vec<String>> {
    let mut rows = db.prepare_cached(
        "SELECT q.id FROM task t JOIN request q USING (record)
         WHERE t.node = ?1 AND (t.person IS NULL OR t.person = ?2) AND (t.due IS NULL OR t.due <= ?3)
         GROUP BY q.record ORDER BY min(t.act) LIMIT ?4",
    )?;
    let ids = rows.query_map(params![node, person, today, limit], |r| r.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

/// Keeps the names of spots by what they wrote in a record. What only the hub does names none.
///
/// # Errors
/// When the store does not answer.
pub(super) fn keep_names(db: &Connection, node: &str, document: &Document) -> Result<()> {
    if matches!(
        document.kind(),
        Some(
            Kind::Notice
                | Kind::Lookup
                | Kind::Tour
                | Kind::Booking
                | Kind::Facility
                | Kind::ResidentList
                | Kind::Resident
                | Kind::Occurrence
                | Kind::Revocation
        )
    ) {
        return Ok(());
    }
    const OF_A_HUB: [&str; 5] = ["decided", "kept", "kept-both", "returned", "answered"];
    let by_operator = |a: &&Act| {
        OF_A_HUB.contains(&a.kind.as_str())
            || a.kind == "withdrawn" && a.more.contains_key("other")
            || is_of_hub(a)
            || is_by_hub(a)
    };
    let mut last = node;
    for act in document.acts().filter(|a| !by_operator(a)) {
        let by = node_of(act);
        if by == node || by == last || by.is_empty() {
            continue;
        }
        db.prepare_cached(
            "INSERT INTO neighbour(node, name) VALUES (?1, ?2)
             ON CONFLICT(node) DO UPDATE SET name = ?2 WHERE name <> ?2",
        )?
        .execute([by, &act.spot])?;
        last = by;
    }
    Ok(())
}

/// The spots that are known here, by id and name.
///
/// # Errors
/// When the store does not answer.
pub fn neighbours(db: &Connection) -> Result<Vec<(String, String)>> {
    let mut rows =
        db.prepare_cached("SELECT node, name FROM neighbour ORDER BY name, node LIMIT 200")?;
    let all = rows.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(all.collect::<rusqlite::Result<_>>()?)
}
