//! Care homes at the desk of the spot that goes there.

use std::collections::BTreeMap;

use vereda_sync::catalogue::{Service, Values};
use vereda_sync::record::attendance;
use vereda_sync::record::capacity::{CAPACITY, CONSENT, Capacity, Consent};
use vereda_sync::record::kin::Kin;
use vereda_sync::record::representation::representative;
use vereda_sync::record::resident::Reason;
use vereda_web::desk::port::{
    BedsideView, DeskError, FacilityView, Homes, HomesView, ListView, Session, StopAhead,
    TypedFacility, TypedKin, TypedResident, TypedVisit,
};

use super::{SpotDesk, fault, record_id};
use crate::clock;
use crate::homes;
use crate::store::homes as stored;
use crate::tours::{Side, today};

/// Most lists that are ahead, and that are over.
const AHEAD: u32 = 50;
const PAST: u32 = 10;

impl Homes for SpotDesk {
    fn homes(&self, _: &Session) -> Result<HomesView, DeskError> {
        let (node, names) = (&self.node, self.spot_names()?);
        let own = Some(node.config.node.id.as_str());
        let day = today()?.to_string();
        let (ahead, past) = {
            let db = node.store.read();
            let ahead = stored::ahead(&db, own, &day, AHEAD).map_err(fault)?;
            (ahead, stored::past(&db, own, &day, PAST).map_err(fault)?)
        };
        Ok(HomesView {
            ahead: homes::rows_of(node, ahead, Side::Crew, &names)?,
            past: homes::rows_of(node, past, Side::Crew, &names)?,
            facilities: homes::facilities(node)?,
            scopes: node.config.node.scopes.clone(),
        })
    }

    fn facility(&self, _: &Session, facility: &str) -> Result<FacilityView, DeskError> {
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

    fn stops_ahead(&self, _: &Session) -> Result<Vec<StopAhead>, DeskError> {
        let own = Some(self.node.config.node.id.as_str());
        homes::stops_ahead(&self.node, own, &self.spot_names()?)
    }

    fn plan_visit(
        &self,
        session: &Session,
        facility: &str,
        typed: &TypedVisit,
    ) -> Result<String, DeskError> {
        let own = self.node.config.node.id.as_str();
        homes::plan_visit(&self.node, session, (facility, own), typed, Side::Crew)
    }

    fn residents(&self, _: &Session, list: &str) -> Result<ListView, DeskError> {
        let (id, list) = homes::known(&self.node, list, Side::Crew)?;
        homes::view(&self.node, (id, &list), &self.spot_names()?)
    }

    fn resident(&self, session: &Session, resident: &str) -> Result<BedsideView, DeskError> {
        let id = record_id(resident)?;
        let it = homes::known_resident(&self.node, id, Side::Crew)?;
        let list = self.residents(session, &it.place.list.to_string())?;
        let view = list.residents.iter().find(|r| r.id == resident).cloned();
        let view = view.ok_or(DeskError::NotFound)?;
        let read = match it.attendance {
            Some(attendance) => self.node.with_document(attendance, |d| {
                let summary = attendance::Summary::of(d)?;
                let answers = d.answers();
                let capacity = answers.value(CAPACITY).and_then(Capacity::from_code);
                let consent = answers.value(CONSENT).and_then(Consent::from_code);
                let acts = representative(answers).map(str::to_owned);
                Some((summary, capacity.zip(consent), acts, Kin::of(answers)))
            }),
            None => Ok(None),
        };
        let (summary, said, acts, kin) = match read.map_err(fault)?.flatten() {
            Some((summary, said, acts, kin)) => (Some(summary), said, acts, kin),
            None => (None, None, None, None),
        };
        Ok(BedsideView {
            next: self.next_for(id, &it)?,
            // Who was left out afterwards says nothing for now.
            said: said.filter(|_| it.left_out.is_none()),
            is_identified: summary.as_ref().is_some_and(|s| s.identified),
            is_closed: summary.as_ref().is_some_and(|s| s.ended.is_some()),
            representative: acts.filter(|_| summary.is_some_and(|s| s.represented)),
            kin,
            resident: view,
            list,
        })
    }

    fn list_resident(
        &self,
        session: &Session,
        list: &str,
        typed: &TypedResident,
    ) -> Result<(), DeskError> {
        homes::list_resident(&self.node, session, list, typed, Side::Crew)
    }

    fn take_off(&self, session: &Session, resident: &str, reason: &str) -> Result<(), DeskError> {
        homes::take_off(&self.node, session, resident, reason, Side::Crew)
    }

    fn consents(
        &self,
        session: &Session,
        resident: &str,
        capacity: Capacity,
        consent: Consent,
    ) -> Result<String, DeskError> {
        self.keep_consent(session, resident, capacity, consent)
    }

    fn leave_out(
        &self,
        session: &Session,
        resident: &str,
        reason: Reason,
        note: &str,
    ) -> Result<(), DeskError> {
        self.keep_left_out(session, resident, reason, note)
    }

    fn say_kin(
        &self,
        session: &Session,
        resident: &str,
        typed: &TypedKin,
    ) -> Result<(), DeskError> {
        self.keep_kin(session, resident, typed)
    }

    fn for_several(&self, service: &str) -> Result<Service, DeskError> {
        let service = self
            .node
            .latest(service)
            .and_then(|s| s.on(&clock::today()));
        service.ok_or(DeskError::NotFound)
    }

    fn begin_batch(
        &self,
        session: &Session,
        list: &str,
        service: &str,
        residents: &[String],
        shared: &BTreeMap<String, String>,
    ) -> Result<String, DeskError> {
        self.keep_batch(session, list, (service, residents), shared)
    }

    fn next_resident(
        &self,
        _: &Session,
        list: &str,
        after: Option<&str>,
    ) -> Result<Option<String>, DeskError> {
        self.who_is_next(list, after)
    }

    fn bedside(&self, session: &Session) -> Option<String> {
        let found = stored::bedside(&self.node.store.read(), &session.id);
        found.unwrap_or_default()
    }

    fn go_to_bedside(&self, session: &Session, list: Option<&str>) -> Result<(), DeskError> {
        if let Some(list) = list {
            homes::known(&self.node, list, Side::Crew)?;
        }
        stored::keep_bedside(&self.node.store.write(), &session.id, list).map_err(fault)
    }
}
