//! Care homes of all spots, at the console.

use vereda_web::console::port::HomesPlanning;
use vereda_web::desk::port::{
    DeskError, FacilityView, HomesView, ListView, Person, Session, StopAhead, TypedFacility,
    TypedResident, TypedVisit,
};

use super::HubConsole;
use crate::clock;
use crate::desk::{fault, record_id};
use crate::homes;
use crate::store::homes as stored;
use crate::tours::{Side, not_now};

/// Most lists that are ahead, and that are over.
const AHEAD: u32 = 200;
const PAST: u32 = 50;

impl HomesPlanning for HubConsole {
    fn homes(&self) -> Result<HomesView, DeskError> {
        let (names, today) = (self.spot_names()?, clock::today());
        let (ahead, past) = {
            let db = self.node.store.read();
            let ahead = stored::ahead(&db, None, &today, AHEAD).map_err(fault)?;
            (ahead, stored::past(&db, None, &today, PAST).map_err(fault)?)
        };
        Ok(HomesView {
            ahead: homes::rows_of(&self.node, ahead, Side::Hub, &names)?,
            past: homes::rows_of(&self.node, past, Side::Hub, &names)?,
            facilities: homes::facilities(&self.node)?,
            scopes: self.scopes_here(),
        })
    }

    fn facility(&self, facility: &str) -> Result<FacilityView, DeskError> {
        homes::facility(&self.node, record_id(facility)?)
    }

    fn keep_facility(
        &self,
        session: &Session,
        facility: Option<&str>,
        typed: &TypedFacility,
    ) -> Result<String, DeskError> {
        homes::keep_facility(&self.node, session, facility, typed)
    }

    fn visits_ahead(&self) -> Result<(Vec<StopAhead>, Vec<Person>), DeskError> {
        let stops = homes::stops_ahead(&self.node, None, &self.spot_names()?)?;
        Ok((stops, self.enrolled()?))
    }

    fn plan_visit(
        &self,
        session: &Session,
        facility: &str,
        typed: &TypedVisit,
    ) -> Result<String, DeskError> {
        let known = self.enrolled()?;
        if typed.stop.is_empty() && !known.iter().any(|spot| spot.id == typed.spot) {
            return not_now("Escolha quem vai, dos postos que estão inscritos.");
        }
        let visit = (facility, typed.spot.as_str());
        homes::plan_visit(&self.node, session, visit, typed, Side::Hub)
    }

    fn residents(&self, list: &str) -> Result<ListView, DeskError> {
        let (id, list) = homes::known(&self.node, list, Side::Hub)?;
        homes::view(&self.node, (id, &list), &self.spot_names()?)
    }

    fn list_resident(
        &self,
        session: &Session,
        list: &str,
        typed: &TypedResident,
    ) -> Result<(), DeskError> {
        homes::list_resident(&self.node, session, list, typed, Side::Hub)
    }

    fn take_off(&self, session: &Session, resident: &str, reason: &str) -> Result<(), DeskError> {
        homes::take_off(&self.node, session, resident, reason, Side::Hub)
    }

    fn lives_here(&self, session: &Session, resident: &str) -> Result<(), DeskError> {
        homes::lives_here(&self.node, session, resident)
    }
}
