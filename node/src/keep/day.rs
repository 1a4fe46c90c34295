//! The day as it stands, for a sheet of paper when the machine fails: where the vehicle goes, who is still to come, who
//! is being served, the numbers that were given, the till. It lies in the sealed copy; only who has not been served yet
//! stands in it by name.

use serde::{Deserialize, Serialize};
use vereda_sync::record::till::Till;
use vereda_sync::record::tour::Standing;
use vereda_web::desk::port::{BookingState, DeskError};

use crate::clock;
use crate::desk::{fault, record_id, rows};
use crate::node::Node;
use crate::store::{derived, figures, tills, tours as stored};
use crate::tours::{self, Names, Side};

/// Lines of each list at most, written and read.
pub const MAX_LINES: usize = 400;

/// The day as it stood when the copy was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayKept {
    /// `yyyy-mm-dd`, by the calendar of the place.
    pub day: String,
    /// Today's stops in order.
    pub stops: Vec<StopKept>,
    /// Who is being served: by whom. An attendance that nobody is identified in yet has no name.
    pub open: Vec<OpenKept>,
    /// The numbers that were given out today, in order.
    pub recorded: Vec<NumberKept>,
    /// The till, if one was opened.
    pub till: Option<TillKept>,
}

/// A stop of today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopKept {
    /// `10:00–12:00`, as it is now.
    pub hours: String,
    /// Its name, and where it is.
    pub place: String,
    /// It was held, or does not take place.
    pub over: bool,
    /// Who is booked there and has not come.
    pub awaited: Vec<AwaitedKept>,
}

/// Somebody who is booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwaitedKept {
    /// `hh:mm`.
    pub hour: String,
    /// The name.
    pub name: String,
    /// The telephone, or empty.
    pub phone: String,
    /// The service in Portuguese, or empty.
    pub service: String,
}

/// An attendance that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenKept {
    /// The citizen, or empty.
    pub citizen: String,
    /// Who serves.
    pub mediator: String,
    /// Since when, milliseconds since 1970.
    pub since_ms: i64,
}

/// A number that was given out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberKept {
    /// The number.
    pub number: String,
    /// The service in Portuguese.
    pub service: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
}

/// How the till stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TillKept {
    /// Its day, `yyyy-mm-dd`.
    pub day: String,
    /// It was closed.
    pub closed: bool,
    /// What is to be in it in notes and coins, in cents.
    pub expected: i64,
}

/// The day as it stands now.
///
/// # Errors
/// When the store does not answer.
pub fn now(node: &Node) -> Result<DayKept, DeskError> {
    let day = clock::today();
    Ok(DayKept {
        stops: stops(node, &day)?,
        open: open(node)?,
        recorded: recorded(node)?,
        till: till(node, &day)?,
        day,
    })
}

fn stops(node: &Node, day: &str) -> Result<Vec<StopKept>, DeskError> {
    let own = &node.config.node.id;
    let ids = stored::on_day(&node.store.read(), own, day).map_err(fault)?;
    let mut stops = Vec::new();
    for id in ids {
        let (id, tour) = tours::known(node, &id.to_string(), Side::Crew)?;
        let view = tours::view(node, (id, &tour), Side::Crew, &Names::new())?;
        let of_day = view.stops.into_iter();
        for stop in of_day.filter(|stop| stop.plan.day.to_string() == day) {
            let awaited = stop.bookings.iter();
            let awaited = awaited.filter(|b| b.state == BookingState::Waits);
            let parts = [stop.plan.place.as_str(), &stop.plan.municipality];
            let parts: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
            stops.push(StopKept {
                hours: stop.hours(),
                place: parts.join(", "),
                over: matches!(stop.standing, Standing::Held | Standing::Cancelled),
                awaited: awaited
                    .take(MAX_LINES)
                    .map(|b| AwaitedKept {
                        hour: b.hour.clone(),
                        name: b.name.clone(),
                        phone: b.phone.clone(),
                        service: b
                            .service
                            .as_ref()
                            .map_or_else(String::new, |title| title.pt().to_owned()),
                    })
                    .collect(),
            });
        }
    }
    stops.sort_by(|a, b| a.hours.cmp(&b.hours));
    Ok(stops)
}

fn open(node: &Node) -> Result<Vec<OpenKept>, DeskError> {
    let open = derived::open_attendances(&node.store.read()).map_err(fault)?;
    let open = open.into_iter().map(|line| OpenKept {
        citizen: line.citizen.unwrap_or_default(),
        mediator: line.mediator,
        since_ms: line.opened_ms,
    });
    Ok(open.collect())
}

fn recorded(node: &Node) -> Result<Vec<NumberKept>, DeskError> {
    let most = u32::try_from(MAX_LINES).unwrap_or(u32::MAX);
    let given = figures::numbers_since(&node.store.read(), clock::today_began_ms(), most);
    let given = given.map_err(fault)?.into_iter();
    Ok(given
        .map(|(number, service, at_ms)| NumberKept {
            number,
            service: rows::service_title(node, &service).pt().to_owned(),
            at_ms,
        })
        .collect())
}

fn till(node: &Node, day: &str) -> Result<Option<TillKept>, DeskError> {
    let id = {
        let db = node.store.read();
        let open = tills::open(&db).map_err(fault)?;
        match open {
            Some(open) => Some(open),
            None => tills::of_day(&db, day).map_err(fault)?,
        }
    };
    let Some(id) = id else { return Ok(None) };
    let read = node.with_document(record_id(&id.to_string())?, |d| Till::of(d));
    let till = read.map_err(fault)?.flatten();
    Ok(till.map(|till| TillKept {
        expected: till.expected(),
        closed: till.closed.is_some(),
        day: till.day,
    }))
}
