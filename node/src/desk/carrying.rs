//! What this spot carries, and why: nobody's data is here for nothing.

use vereda_sync::record::booking::Booking;
use vereda_sync::record::resident::Resident;
use vereda_sync::record::tour::Tour;
use vereda_web::desk::port::{
    CarriedLoan, CarriedScope, CarriedView, CarriedVisit, Carrying, DeskError, Session,
};

use super::{SpotDesk, fault, rows};
use crate::clock;
use crate::store::here::{self, Expected};
use crate::store::{bundle, purged};

/// Most people who are named on one page.
const MAX_EXPECTED: u32 = 300;
/// Most requests of elsewhere that are.
const MAX_LENT: u32 = 200;

impl Carrying for SpotDesk {
    fn carried(&self, _: &Session) -> Result<CarriedView, DeskError> {
        let sure = self.node.clock_is_sure();
        let (mut view, expected) = {
            let db = self.node.store.read();
            let scopes = here::by_scope(&db).map_err(fault)?.into_iter();
            let scopes = scopes.map(|(name, requests, attendances)| CarriedScope {
                name,
                requests,
                attendances,
            });
            let own = &self.node.config.node.id;
            let (expected, all) = here::expected(&db, own, MAX_EXPECTED).map_err(fault)?;
            let lent = here::lent(&db, MAX_LENT).map_err(fault)?.into_iter();
            let lent = lent.map(|lent| CarriedLoan {
                id: lent.id.to_string(),
                number: lent.number,
                citizen: lent.citizen,
                until: lent.until_ms.map(|ms| clock::moment(ms, sure)),
                for_visit: lent.for_visit,
            });
            let view = CarriedView {
                scopes: scopes.collect(),
                keep_days: self.node.config.store.keep_days,
                visits: vec![],
                more_expected: all.saturating_sub(expected.len() as u64),
                lent: lent.collect(),
                photographs: here::photographs(&db).map_err(fault)?,
                for_others: bundle::kept(&db).map_err(fault)?,
                left: purged::figures(&db).map_err(fault)?,
            };
            (view, expected)
        };
        let mut last = None;
        for one in expected {
            let stop = (one.tour, one.stop.clone());
            let visit = match view
                .visits
                .last_mut()
                .filter(|_| last.as_ref() == Some(&stop))
            {
                Some(visit) => visit,
                None => {
                    view.visits.push(self.visit(&one)?);
                    last = Some(stop);
                    // Just pushed.
                    match view.visits.last_mut() {
                        Some(visit) => visit,
                        None => continue,
                    }
                }
            };
            visit.people.extend(self.expected(&one)?);
        }
        Ok(view)
    }
}

impl SpotDesk {
    fn visit(&self, one: &Expected) -> Result<CarriedVisit, DeskError> {
        let place = self.node.with_document(one.tour, |d| {
            let tour = Tour::of(d)?;
            Some(tour.stop(&one.stop)?.plan().place.clone())
        });
        Ok(CarriedVisit {
            place: place.map_err(fault)?.flatten().unwrap_or_default(),
            is_over: one.day < clock::today(),
            day: one.day.clone(),
            people: vec![],
        })
    }

    /// Whoever is expected, with why they are known here.
    fn expected(&self, one: &Expected) -> Result<Option<(String, String)>, DeskError> {
        let read = self.node.with_document(one.id, |d| match one.is_resident {
            true => Resident::of(d).map(|resident| {
                let room = match resident.listed.room.as_str() {
                    "" => "residente da lista".to_owned(),
                    room => format!("residente da lista, quarto {room}"),
                };
                (resident.listed.name, room, resident.listed.services)
            }),
            false => Booking::of(d).map(|booking| {
                let who = booking.booked;
                (
                    who.name,
                    format!("marcação das {}", who.hour),
                    vec![who.service],
                )
            }),
        });
        let Some((name, why, services)) = read.map_err(fault)?.flatten() else {
            return Ok(None);
        };
        let services = services.iter().filter(|id| !id.is_empty());
        let titles: Vec<String> = services
            .map(|id| rows::service_title(&self.node, id).pt().to_owned())
            .collect();
        Ok(Some(match titles.is_empty() {
            true => (name, why),
            false => (name, format!("{why}: {}", titles.join(", "))),
        }))
    }
}
