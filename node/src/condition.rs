//! At a spot: how it is, as it tells its hub. Nothing is made up: what it does not know it does not say.

use std::path::Path;

use vereda_hardware::power;
use vereda_sync::condition::{
    Battery, Carried, Condition, Heard, MAX_CARRIED, MAX_HELD, OfOthers, Place, Unsent,
};
use vereda_sync::record::tour::{Happened, Tour};

use crate::clock;
use crate::disk;
use crate::node::Node;
use crate::store::{Result, blob, bundle, journal, people, tours, unheard};
use crate::updates::Version;

/// How this node is, but for its disk, which somebody else looks at now and then. `up_s`: for how long its program runs.
///
/// # Errors
/// When the store does not answer.
pub(crate) fn of(node: &Node, up_s: u64, free_bytes: Option<u64>) -> Result<Condition> {
    let place = place(node)?;
    let battery = power::battery(Path::new(power::SUPPLIES));
    let db = node.store.read();
    let unsent = journal::unsent(&db)?;
    let photographs = blob::unsent(&db, &node.config.node.id)?.len();
    let own = journal::all(&db)?.into_iter().filter(|j| j.own);
    Ok(Condition {
        program: Version::own().to_string(),
        catalogue: node.catalogue().edition,
        wall_ms: node.wall_ms(),
        up_s,
        battery: battery.map(|b| Battery {
            percent: b.percent,
            on_mains: b.on_mains,
        }),
        free_bytes,
        attended: !people::sessions(&db, node.now_ms())?.is_empty(),
        unsent: Unsent {
            changes: unsent.changes,
            requests: unsent.requests,
            photographs: photographs as u64,
            since_ms: unsent.oldest_ms.and_then(|ms| u64::try_from(ms).ok()),
        },
        place,
        journals: own.map(|j| (j.id, j.frontier.size())).collect(),
        of_others: Some(of_others(node, &db)?),
    })
}

/// Bytes that are free where its store is.
pub(crate) fn free_bytes(node: &Node) -> Option<u64> {
    let folder = node.config.store.path.parent();
    disk::free(
        folder
            .filter(|f| !f.as_os_str().is_empty())
            .unwrap_or(Path::new(".")),
    )
}

/// The stop that it held last today; else where it always stands, if that is configured.
fn place(node: &Node) -> Result<Option<Place>> {
    let (id, today) = (&node.config.node.id, clock::day(node.now_ms()));
    let of_today = tours::on_day(&node.store.read(), id, &today)?;
    let mut last: Option<(i64, Place)> = None;
    for tour in of_today {
        let Some(tour) = node.with_document(tour, |d| Tour::of(d))?.flatten() else {
            continue;
        };
        for stop in tour
            .stops
            .iter()
            .filter(|s| s.plan().day.to_string() == today)
        {
            let held = stop
                .marks
                .iter()
                .filter(|mark| mark.by_crew && mark.what == Happened::Held);
            for mark in held {
                let (at_ms, plan) = (mark.act.at.unix_ms(), stop.plan());
                if last.as_ref().is_none_or(|(before, _)| *before < at_ms) {
                    let place = Place {
                        name: plan.place.clone(),
                        position: plan.position,
                        held_ms: u64::try_from(at_ms).ok(),
                    };
                    last = Some((at_ms, place));
                }
            }
        }
    }
    let stands = node.config.node.position.map(|position| Place {
        name: node.config.node.stop.clone().unwrap_or_default(),
        position: Some(position),
        held_ms: None,
    });
    Ok(last.map(|(_, place)| place).or(stands))
}

fn of_others(node: &Node, db: &rusqlite::Connection) -> Result<OfOthers> {
    let heard = unheard::named_by_place(db, u32::try_from(MAX_HELD).unwrap_or(0) + 1)?;
    let heard = heard
        .into_iter()
        .map(|(place, record, change)| Heard::of(place, record, change));
    let parts = bundle::all(db)?
        .into_iter()
        .filter(|part| part.header.node != node.config.node.id);
    let carried = parts.map(|part| Carried {
        journal: part.header.journal(),
        first: part.header.first,
        entries: part.header.entries,
        size: part.header.checkpoint.head.size,
    });
    let (heard, carried): (Vec<_>, Vec<_>) = (heard.collect(), carried.collect());
    Ok(OfOthers {
        is_cut: heard.len() > MAX_HELD || carried.len() > MAX_CARRIED,
        heard,
        carried,
    })
}
