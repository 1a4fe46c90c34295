//! A month of tours, as desk and console both show it.

use std::collections::{BTreeMap, BTreeSet};

use vereda_sync::record::tour::{Standing, Stop};
use vereda_web::calendar;
use vereda_web::desk::port::{CalendarStop, CalendarView, DeskError};

use super::{Names, Side, name, read, today};
use crate::desk::fault;
use crate::node::Node;
use crate::store::tours;

/// Most tours that are read for a month.
const MAX_TOURS: u32 = 300;
/// Most stops that a month shows.
const MAX_STOPS: usize = 600;

/// The month, `yyyy-mm`; that of today where there is none of that name.
pub(crate) fn month(
    node: &Node,
    asked: Option<&str>,
    side: Side,
    names: &Names,
) -> Result<CalendarView, DeskError> {
    let today = today()?.to_string();
    let month = asked.filter(|month| calendar::first_of(month).is_some());
    let month = month.or_else(|| today.get(..7)).unwrap_or_default();
    let (first, last) = calendar::shown(month).ok_or(DeskError::NotFound)?;
    let own = (side == Side::Crew).then_some(node.config.node.id.as_str());
    let ids = tours::between(&node.store.read(), own, (&first, &last), MAX_TOURS);
    let ids = ids.map_err(fault)?;
    let mut is_cut = ids.len() >= MAX_TOURS as usize;
    // Who goes to a place on a day: cancelled is nobody.
    let mut there: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let mut found = Vec::new();
    for id in ids {
        let tour = read(node, id)?;
        for stop in &tour.stops {
            let (day, place) = key(stop);
            if day < first || day > last {
                continue;
            }
            if stop.standing() != Standing::Cancelled {
                let spots = there.entry((day.clone(), place)).or_default();
                spots.insert(tour.spot.clone());
            }
            found.push((id, tour.spot.clone(), stop.clone()));
        }
    }
    found.sort_by(|(.., a), (.., b)| {
        let at = |stop: &Stop| (stop.plan().day, stop.plan().from);
        at(a).cmp(&at(b))
    });
    is_cut |= found.len() > MAX_STOPS;
    found.truncate(MAX_STOPS);
    let stops = found.into_iter().map(|(id, spot, stop)| {
        let plan = stop.plan();
        let late = match stop.standing() {
            Standing::Late(minutes) => minutes,
            _ => 0,
        };
        let at_place = there.get(&key(&stop)).map_or(0, BTreeSet::len);
        let goes = stop.standing() != Standing::Cancelled;
        CalendarStop {
            day: plan.day.to_string(),
            hours: format!("{}–{}", plan.from.later(late), plan.to.later(late)),
            place: plan.place.clone(),
            spot: name(names, &spot).to_owned(),
            standing: stop.standing(),
            tour: id.to_string(),
            anchor: stop.id.replace('.', "-"),
            others: match goes {
                true => at_place.saturating_sub(1) as u64,
                false => 0,
            },
        }
    });
    Ok(CalendarView {
        month: month.to_owned(),
        today: today.clone(),
        shows_spots: side == Side::Hub,
        is_cut,
        stops: stops.collect(),
    })
}

fn key(stop: &Stop) -> (String, String) {
    (stop.plan().day.to_string(), stop.plan().place_key())
}
