//! What citizens said of how they were attended, counted by day and never bound to anybody: not to a
//! person, an attendance or an hour. It stays at this node.

use rusqlite::{Connection, params};
use vereda_web::citizen::port::Face;
use vereda_web::desk::port::Opinions;

use super::Result;
use super::journal::count;

fn code(face: Face) -> &'static str {
    match face {
        Face::Good => "good",
        Face::Fair => "fair",
        Face::Bad => "bad",
    }
}

/// One more citizen was asked (`None`), or answered.
///
/// # Errors
/// When the store does not answer.
pub fn add(db: &Connection, day: &str, face: Option<Face>) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO opinion(day, said, n) VALUES (?1, ?2, 1) ON CONFLICT(day, said) DO UPDATE SET n = n + 1",
    )?
    .execute(params![day, face.map_or("asked", code)])?;
    Ok(())
}

/// Those of the days from `first` up to, and without, `next` (`yyyy-mm-dd`).
///
/// # Errors
/// When the store does not answer.
pub fn between(db: &Connection, first: &str, next: &str) -> Result<Opinions> {
    let mut rows = db.prepare_cached(
        "SELECT said, sum(n) FROM opinion WHERE day >= ?1 AND day < ?2 GROUP BY said",
    )?;
    let mut opinions = Opinions::default();
    for row in rows.query_map([first, next], |r| Ok((r.get::<_, String>(0)?, r.get(1)?)))? {
        let (said, n) = row?;
        let n = count(n);
        match said.as_str() {
            "asked" => opinions.asked = n,
            "good" => opinions.good = n,
            "fair" => opinions.fair = n,
            "bad" => opinions.bad = n,
            _ => (),
        }
    }
    Ok(opinions)
}
