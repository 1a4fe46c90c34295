//! Figures of all spots, at the hub: kept up to date record by record, so that no page counts records.
//!
//! Each record adds to a few rows of `figure`, one for each way in which pages ask ([`Level`]); what it added last is in
//! `counted`, and is taken off again before it adds anything else, or is forgotten.

use std::collections::HashMap;
use std::sync::LazyLock;

use rusqlite::{Connection, OptionalExtension, Row, params};
use vereda_sync::record::document::Document;
use vereda_sync::record::late::Late;
use vereda_sync::record::{Life, attendance, complaint::Complaint, request};
use vereda_web::console::port::{Tally, WAITS, Wanted};
use vereda_web::place::{Zone, here};

use super::journal::count;
use super::{Result, bounds};
use crate::clock;

/// The columns that are counted, in the order of the bits of [`Counts::what`].
const COLUMNS: [&str; 16] = [
    "attended",
    "closed",
    "waited_5",
    "waited_10",
    "waited_15",
    "waited_30",
    "waited_60",
    "waited_more",
    "recorded",
    "withdrawn",
    "returned",
    "refused",
    "completed",
    "complaints",
    "in_time",
    "too_late",
];
const ATTENDED: u32 = 1;
const CLOSED: u32 = 1 << 1;
const WAITED: u32 = 1 << 2;
const RECORDED: u32 = 1 << 8;
const WITHDRAWN: u32 = 1 << 9;
const RETURNED: u32 = 1 << 10;
const REFUSED: u32 = 1 << 11;
const COMPLETED: u32 = 1 << 12;
const COMPLAINT: u32 = 1 << 13;
const IN_TIME: u32 = 1 << 14;
const TOO_LATE: u32 = 1 << 15;

/// What a record adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// `yyyy-mm`, at the place.
    month: String,
    /// The service; empty of an attendance.
    service: String,
    /// The node that began it.
    spot: String,
    /// One bit for each of [`COLUMNS`].
    what: u32,
}

/// The month of what is said by a document at that time, at its place; of what was on paper first, when that was.
fn month_of(document: &Document, at_ms: i64) -> String {
    let day = Late::of(document).map(|late| late.day).unwrap_or_else(|| {
        let zone = document.acts().next().and_then(|act| act.zone.as_deref());
        clock::day_in(at_ms, Zone::of_record(zone).unwrap_or_else(here))
    });
    day.to_string().chars().take(7).collect()
}

impl Counts {
    /// Of an attendance.
    #[must_use]
    pub fn of_attendance(document: &Document, s: &attendance::Summary) -> Self {
        let waited = s.waited_s.map_or(0, |s| {
            let minutes = s.div_ceil(60);
            let kind = WAITS.iter().position(|most| minutes <= *most);
            WAITED << kind.unwrap_or(WAITS.len())
        });
        Self {
            month: month_of(document, s.opened.unix_ms()),
            service: String::new(),
            spot: document.node().unwrap_or_default().to_owned(),
            what: ATTENDED | if s.ended.is_some() { CLOSED } else { 0 } | waited,
        }
    }

    /// Of a request, once it is recorded.
    #[must_use]
    pub fn of_request(document: &Document, s: &request::Summary) -> Option<Self> {
        s.number.as_ref()?;
        let life = match s.life {
            Life::Withdrawn => WITHDRAWN,
            Life::Returned => RETURNED,
            Life::Refused => REFUSED,
            Life::Completed => COMPLETED,
            _ => 0,
        };
        let complaint = Complaint::of(document).filter(|it| !it.is_withdrawn);
        let complaint = complaint.map_or(0, |it| {
            let answered = it.answered();
            let in_time = answered.map(|day| if day <= it.due { IN_TIME } else { TOO_LATE });
            COMPLAINT | in_time.unwrap_or(0)
        });
        Some(Self {
            month: month_of(document, s.at.unix_ms()),
            service: s.service.clone(),
            spot: document.node().unwrap_or_default().to_owned(),
            what: RECORDED | life | complaint,
        })
    }
}

/// By what the rows of `figure` are told apart beside the month; what is not named is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Region.
    Region = 1,
    /// Service.
    Service = 2,
    /// Region and service.
    RegionService = 3,
    /// Region and spot.
    RegionSpot = 4,
    /// Region, service and spot.
    All = 5,
}

/// Counts a record anew; what it added before is taken off. `None`: it counts no more.
///
/// # Errors
/// When the store does not answer.
pub(super) fn put(db: &Connection, row: i64, counts: Option<&Counts>) -> Result<()> {
    let before = db
        .prepare_cached("SELECT month, service, spot, what, region FROM counted WHERE record = ?1")?
        .query_row([row], |r| {
            let counts = Counts {
                month: r.get(0)?,
                service: r.get(1)?,
                spot: r.get(2)?,
                what: r.get(3)?,
            };
            Ok((counts, r.get::<_, String>(4)?))
        })
        .optional()?;
    if before.as_ref().map(|(counts, _)| counts) == counts {
        return Ok(());
    }
    if let Some((counts, region)) = &before {
        add(db, region, counts, -1)?;
        db.prepare_cached("DELETE FROM counted WHERE record = ?1")?
            .execute([row])?;
    }
    if let Some(counts) = counts {
        let region: String = db
            .prepare_cached("SELECT scope FROM record WHERE record = ?1")?
            .query_row([row], |r| r.get(0))?;
        add(db, &region, counts, 1)?;
        let Counts {
            month,
            service,
            spot,
            what,
        } = counts;
        db.prepare_cached(
            "INSERT INTO counted(record, month, region, service, spot, what) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![row, month, region, service, spot, what])?;
    }
    Ok(())
}

/// Adds to the figures what a record that is gone had added, or all such records: after the figures were made anew.
///
/// # Errors
/// When the store does not answer.
pub(super) fn add_past(db: &Connection, row: Option<i64>) -> Result<()> {
    let mut rows = db.prepare_cached(
        "SELECT month, service, spot, what, region FROM counted_past WHERE ?1 IS NULL OR record = ?1",
    )?;
    let mut past = rows.query([row])?;
    while let Some(r) = past.next()? {
        let counts = Counts {
            month: r.get(0)?,
            service: r.get(1)?,
            spot: r.get(2)?,
            what: r.get(3)?,
        };
        add(db, &r.get::<_, String>(4)?, &counts, 1)?;
    }
    Ok(())
}

/// Adds a record's bits to one row. Made once: it runs for every record that comes, several times.
static ADD: LazyLock<String> = LazyLock::new(|| {
    let values = (0..COLUMNS.len()).map(|at| format!("?7 * (?6 >> {at} & 1)"));
    let sums = COLUMNS.iter().map(|c| format!("{c} = {c} + excluded.{c}"));
    format!(
        "INSERT INTO figure(level, region, month, service, spot, {}) VALUES (?1, ?2, ?3, ?4, ?5, {})
         ON CONFLICT DO UPDATE SET {}",
        COLUMNS.join(", "),
        values.collect::<Vec<_>>().join(", "),
        sums.collect::<Vec<_>>().join(", ")
    )
});

fn add(db: &Connection, region: &str, counts: &Counts, by: i64) -> Result<()> {
    let (service, spot) = (counts.service.as_str(), counts.spot.as_str());
    let of_request = [
        (Level::Service, "", service, ""),
        (Level::RegionService, region, service, ""),
        (Level::All, region, service, spot),
    ];
    let of_all = [
        (Level::Region, region, "", ""),
        (Level::RegionSpot, region, "", spot),
    ];
    let of_request = of_request.iter().filter(|_| !service.is_empty());
    for (level, region, service, spot) in of_all.iter().chain(of_request) {
        db.prepare_cached(&ADD)?.execute(params![
            *level as i64,
            region,
            counts.month,
            service,
            spot,
            counts.what,
            by
        ])?;
        if by < 0 {
            db.prepare_cached(
                "DELETE FROM figure WHERE level = ?1 AND region = ?2 AND month = ?3 AND service = ?4 AND spot = ?5
                 AND attended = 0 AND recorded = 0",
            )?
            .execute(params![*level as i64, region, counts.month, service, spot])?;
        }
    }
    Ok(())
}

/// The sums of [`COLUMNS`], as [`tally`] reads them.
fn sums() -> String {
    let sums: Vec<String> = COLUMNS.iter().map(|c| format!("sum({c})")).collect();
    sums.join(", ")
}

fn tally(r: &Row<'_>, first: usize) -> rusqlite::Result<Tally> {
    let n = |at: usize| {
        r.get::<_, Option<i64>>(first + at)
            .map(|n| count(n.unwrap_or(0)))
    };
    let mut waited = [0; 6];
    for (at, waited) in waited.iter_mut().enumerate() {
        *waited = n(2 + at)?;
    }
    Ok(Tally {
        attended: n(0)?,
        closed: n(1)?,
        waited,
        recorded: n(8)?,
        withdrawn: n(9)?,
        returned: n(10)?,
        refused: n(11)?,
        completed: n(12)?,
        complaints: n(13)?,
        in_time: n(14)?,
        too_late: n(15)?,
        guided: 0,
    })
}

/// By what figures are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Month.
    Month,
    /// Service.
    Service,
    /// Spot.
    Spot,
    /// Region.
    Region,
}

impl By {
    fn column(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Service => "service",
            Self::Spot => "spot",
            Self::Region => "region",
        }
    }

    /// The rows that have what is asked for with the fewest beside.
    fn level(self, wanted: &Wanted) -> Level {
        match (self, &wanted.region, &wanted.service) {
            (Self::Spot, _, None) => Level::RegionSpot,
            (Self::Spot, _, Some(_)) => Level::All,
            (Self::Service, None, _) | (Self::Month, None, Some(_)) => Level::Service,
            (Self::Service, Some(_), _) | (_, _, Some(_)) => Level::RegionService,
            (_, _, None) => Level::Region,
        }
    }

    /// What is read. `?1`: the months; by them and the region where one is asked for, else by them and the service.
    fn query(self, wanted: &Wanted) -> String {
        let level = self.level(wanted);
        let mut conditions = vec![format!("level = {}", level as i64), months("month")];
        // Of a kind that has no service, or no region, that column is empty.
        let has_service = matches!(level, Level::Service | Level::RegionService | Level::All);
        conditions.push(match level == Level::Service || wanted.region.is_some() {
            true => "region = ?2".into(),
            false => "?2 = ''".into(),
        });
        conditions.push(match !has_service || wanted.service.is_some() {
            true => "service = ?3".into(),
            false => "?3 = ''".into(),
        });
        let how = match level == Level::Service || wanted.region.is_some() {
            true => "",
            false => by_month(),
        };
        format!(
            "SELECT {0}, {1} FROM figure {how} WHERE {2} GROUP BY {0}",
            self.column(),
            sums(),
            conditions.join(" AND ")
        )
    }
}

/// By which index a month is found; within bounds it is a view that is read, and SQLite chooses.
fn by_month() -> &'static str {
    match bounds::here() {
        None => "INDEXED BY figure_month",
        Some(_) => "",
    }
}

/// Attendances and requests that were counted, of all time.
///
/// # Errors
/// When the store does not answer.
pub fn counted(db: &Connection) -> Result<u64> {
    let mut sum = db.prepare_cached(
        "SELECT coalesce(sum(attended + recorded), 0) FROM figure WHERE level = 1",
    )?;
    Ok(sum.query_row([], |r| Ok(count(r.get(0)?)))?)
}

/// Each month is looked up by itself: within it rows are in order.
fn months(column: &str) -> String {
    format!("{column} IN (SELECT value FROM json_each(?1))")
}

fn listed(months: &[String]) -> String {
    let quoted: Vec<String> = months.iter().map(|m| format!("\"{m}\"")).collect();
    format!("[{}]", quoted.join(","))
}

/// What is asked for, and the months of it, `yyyy-mm`.
pub type Asked<'a> = (&'a Wanted, &'a [String]);

/// What was counted, by one of its kinds; most rows are of one kind and month.
///
/// # Errors
/// When the store does not answer.
pub fn by(db: &Connection, by: By, (wanted, months): Asked<'_>) -> Result<Vec<(String, Tally)>> {
    let mut rows = db.prepare_cached(&by.query(wanted))?;
    let region = wanted.region.as_deref().unwrap_or("");
    let service = wanted.service.as_deref().unwrap_or("");
    let found = rows.query_map(params![listed(months), region, service], |r| {
        Ok((r.get(0)?, tally(r, 1)?))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// How SQLite would answer that: for who looks whether it reads no more than it has to.
///
/// # Errors
/// When the store does not answer.
pub fn plan(db: &Connection, by: By, wanted: &Wanted) -> Result<Vec<String>> {
    let mut rows = db.prepare(&format!("EXPLAIN QUERY PLAN {}", by.query(wanted)))?;
    let found = rows.query_map(["[]", "", ""], |r| r.get(3))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The regions of which anything was counted; at most 500.
///
/// # Errors
/// When the store does not answer.
pub fn regions(db: &Connection) -> Result<Vec<String>> {
    // One step from region to region, whatever there is of each.
    let mut rows = db.prepare_cached(
        "WITH RECURSIVE one(region) AS (
             SELECT min(region) FROM figure WHERE level = 1
             UNION ALL SELECT (SELECT min(region) FROM figure WHERE level = 1 AND region > one.region) FROM one
             WHERE one.region IS NOT NULL)
         SELECT region FROM one WHERE region IS NOT NULL LIMIT 500",
    )?;
    let found = rows.query_map([], |r| r.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The names of spots, as they last said or as it stands in what they wrote.
///
/// # Errors
/// When the store does not answer.
pub fn spot_names(db: &Connection) -> Result<HashMap<String, String>> {
    let mut rows = db
        .prepare_cached("SELECT node, name FROM neighbour UNION ALL SELECT node, name FROM spot")?;
    let found = rows.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// A row of the finest kind, or of attendances: level, region, month, service, spot; what was counted.
pub type Finest = ((i64, String, String, String, String), Tally);

/// So many of the finest rows behind that one, in the order of the table: attendances by region and spot, then requests
/// by region, service and spot.
///
/// # Errors
/// When the store does not answer.
pub fn finest(
    db: &Connection,
    wanted: &Wanted,
    after: &(i64, String, String, String, String),
    limit: u32,
) -> Result<Vec<Finest>> {
    let mut found = finest_of(db, wanted, after, limit)?;
    let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(limit));
    let (attendances, requests) = (Level::RegionSpot as i64, Level::All as i64);
    if left > 0 && after.0 <= attendances {
        let first = (
            requests,
            String::new(),
            String::new(),
            String::new(),
            String::new(),
        );
        found.extend(finest_of(db, wanted, &first, left)?);
    }
    Ok(found)
}

/// Those of one level: SQLite finds its way to where the last part ended.
fn finest_of(
    db: &Connection,
    wanted: &Wanted,
    (level, of, month, what, spot): &(i64, String, String, String, String),
    limit: u32,
) -> Result<Vec<Finest>> {
    let level = (*level).max(Level::RegionSpot as i64);
    let columns = COLUMNS.join(", ");
    let place = match wanted.region {
        Some(_) => "region = ?6 AND (month, service, spot) > (?3, ?4, ?5) AND ?2 = ?2",
        None => "(region, month, service, spot) > (?2, ?3, ?4, ?5) AND ?6 = ''",
    };
    let mut rows = db.prepare_cached(&format!(
        "SELECT level, region, month, service, spot, {columns} FROM figure
         WHERE level = ?1 AND {place} AND month BETWEEN ?7 AND ?8 AND (?9 = '' OR service = ?9)
         AND (level = 5 OR attended > 0)
         ORDER BY level, region, month, service, spot LIMIT ?10"
    ))?;
    let region = wanted.region.as_deref().unwrap_or("");
    let service = wanted.service.as_deref().unwrap_or("");
    let values = params![
        level,
        of,
        month,
        what,
        spot,
        region,
        wanted.from,
        wanted.to,
        service,
        limit
    ];
    let found = rows.query_map(values, |r| {
        let key = (r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?);
        Ok((key, tally(r, 5)?))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Requests recorded in a month, by region and service, in that order.
///
/// # Errors
/// When the store does not answer.
pub fn of_month(db: &Connection, month: &str) -> Result<Vec<(String, String, u64)>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT region, service, recorded FROM figure {}
         WHERE level = 3 AND month = ?1 AND recorded > 0 ORDER BY region, service",
        by_month()
    ))?;
    let found = rows.query_map([month], |r| Ok((r.get(0)?, r.get(1)?, count(r.get(2)?))))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::schema;
    use super::*;

    fn db() -> Connection {
        let db = Connection::open_in_memory().unwrap();
        schema::migrate(&db).unwrap();
        for record in 0..8u8 {
            let scope = ["loule", "silves"][usize::from(record) % 2];
            db.execute(
                "INSERT INTO record(record, id, scope) VALUES (?1, ?2, ?3)",
                params![record, [record], scope],
            )
            .unwrap();
        }
        db
    }

    /// All rows of the figures, in order.
    fn figures(db: &Connection) -> Vec<String> {
        let columns: Vec<String> = COLUMNS.iter().map(|c| format!("'/' || {c}")).collect();
        let sql = format!(
            "SELECT level || region || month || service || spot || {} FROM figure ORDER BY 1",
            columns.join(" || ")
        );
        let mut rows = db.prepare(&sql).unwrap();
        let found = rows.query_map([], |r| r.get(0)).unwrap();
        found.collect::<rusqlite::Result<_>>().unwrap()
    }

    prop_compose! {
        fn counts()(month in 1..3, service in 0usize..3, spot in 0usize..2, what in 0u32..1 << 16) -> Counts {
            let service = ["", "cesd", "residence"][service];
            Counts {
                month: format!("2026-0{month}"),
                service: service.into(),
                spot: ["movel-07", "fixo-01"][spot].into(),
                what: match service {
                    "" => what & 0xff | ATTENDED,
                    _ => what & !0xff | RECORDED,
                },
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn whatever_comes_and_goes_the_figures_are_those_of_what_is_there(
            steps in prop::collection::vec((0i64..8, prop::option::of(counts())), 1..40),
        ) {
            let db = self::db();
            let mut there = std::collections::BTreeMap::new();
            for (record, counts) in steps {
                put(&db, record, counts.as_ref()).unwrap();
                there.insert(record, counts);
            }
            let anew = self::db();
            for (record, counts) in &there {
                put(&anew, *record, counts.as_ref()).unwrap();
            }
            prop_assert_eq!(figures(&db), figures(&anew));
            for record in there.keys() {
                put(&db, *record, None).unwrap();
            }
            prop_assert_eq!(figures(&db), Vec::<String>::new());
        }
    }
}
