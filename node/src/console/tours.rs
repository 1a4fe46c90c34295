//! Tours of all spots, at the console.

use vereda_sync::catalogue::Words;
use vereda_sync::record::tour::Happened;
use vereda_web::console::port::{PlannedTours, Planning};
use vereda_web::desk::port::{CalendarView, DeskError, Session, TourView, TypedBooking, TypedStop};
use vereda_web::place;

use super::HubConsole;
use crate::desk::fault;
use crate::store::spot;
use crate::tours::{self, Names, Side};

/// Most tours that are ahead, and that are over, in lists.
const AHEAD: u32 = 200;
const PAST: u32 = 50;

impl HubConsole {
    pub(super) fn spot_names(&self) -> Result<Names, DeskError> {
        let known = spot::names(&self.node.store.read()).map_err(fault)?;
        let enrolled = self
            .enrolled()?
            .into_iter()
            .map(|spot| (spot.id, spot.name));
        Ok(known.into_iter().chain(enrolled).collect())
    }
}

impl Planning for HubConsole {
    fn planned(&self) -> Result<PlannedTours, DeskError> {
        let names = self.spot_names()?;
        let (ahead, past) = tours::ahead_and_past(&self.node, None, (AHEAD, PAST))?;
        let mut spots = self.enrolled()?;
        for spot in &mut spots {
            let zone = tours::zone_at(&self.node, &spot.id);
            if zone != place::here() {
                spot.name = format!("{} (hora {})", spot.name, zone.of());
            }
        }
        Ok(PlannedTours {
            ahead: tours::lines(&self.node, ahead, &names)?,
            past: tours::lines(&self.node, past, &names)?,
            spots,
        })
    }

    fn tour_month(&self, month: Option<&str>) -> Result<CalendarView, DeskError> {
        tours::calendar::month(&self.node, month, Side::Hub, &self.spot_names()?)
    }

    fn planned_tour(&self, tour: &str) -> Result<TourView, DeskError> {
        let (id, tour) = tours::known(&self.node, tour, Side::Hub)?;
        tours::view(&self.node, (id, &tour), Side::Hub, &self.spot_names()?)
    }

    fn plan_tour(
        &self,
        session: &Session,
        spot: &str,
        first: &TypedStop,
    ) -> Result<String, DeskError> {
        let known = self.enrolled()?;
        if !known.iter().any(|k| k.id == spot) {
            return Err(DeskError::NotNow(
                "Escolha quem vai, dos postos que estão inscritos.".into(),
            ));
        }
        tours::begin(&self.node, session, spot, first)
    }

    fn plan_stop(
        &self,
        session: &Session,
        tour: &str,
        stop: Option<&str>,
        typed: &TypedStop,
    ) -> Result<(), DeskError> {
        tours::plan(&self.node, session, (tour, stop), typed, Side::Hub)
    }

    fn cancel_stop(
        &self,
        session: &Session,
        tour: &str,
        stop: &str,
        reason: &str,
    ) -> Result<(), DeskError> {
        let what = Happened::Cancelled(reason.to_owned());
        tours::mark(&self.node, session, (tour, stop), &what, Side::Hub)
    }

    fn undo_mark(&self, session: &Session, tour: &str, mark: &str) -> Result<(), DeskError> {
        tours::undo(&self.node, session, (tour, mark), Side::Hub)
    }

    fn services(&self) -> Result<Vec<(String, Words)>, DeskError> {
        Ok(tours::services(&self.node))
    }

    fn book(
        &self,
        session: &Session,
        tour: &str,
        stop: &str,
        typed: &TypedBooking,
    ) -> Result<(), DeskError> {
        tours::book(&self.node, session, (tour, stop), typed)
    }

    fn withdraw_booking(
        &self,
        session: &Session,
        booking: &str,
        reason: &str,
    ) -> Result<(), DeskError> {
        tours::withdraw(&self.node, session, booking, reason)
    }
}
