//! People of one household: an attendance each, what is of the house asked once, and what the others asked for in sight.

use std::collections::BTreeMap;

use vereda_sync::catalogue::Field;
use vereda_sync::id::RecordId;
use vereda_sync::record::household::{self, MAX_MEMBERS};
use vereda_sync::record::{Life, attendance};
use vereda_web::desk::port::{DeskError, Households, Member, OfHousehold, RequestRow, Session};

use super::{SpotDesk, fault, record_id, rows};
use crate::node::Node;
use crate::store::{derived, households};

impl SpotDesk {
    /// By what the others of the household know whoever is served in an attendance, and who that is.
    fn household_of(&self, id: &str) -> Result<(RecordId, attendance::Summary), DeskError> {
        let record = record_id(id)?;
        let read = self.node.with_document(record, |d| {
            let summary = attendance::Summary::of(d)?;
            Some((household::of_attendance(d, record), summary))
        });
        read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)
    }

    /// Who else of the household is or was served, with what they asked for.
    pub(super) fn members(&self, attendance: &str) -> Result<Vec<Member>, DeskError> {
        let (household, _) = self.household_of(attendance)?;
        let household = household.to_string();
        let db = self.node.store.read();
        let members = households::members(&db, &household, attendance).map_err(fault)?;
        let requests = derived::of_household(&db, &household, attendance).map_err(fault)?;
        drop(db);
        let of = |id: &str| {
            let theirs = requests.iter();
            let theirs = theirs.filter(|q| q.attendance.as_deref() == Some(id));
            theirs.map(|line| self.row(line.clone())).collect()
        };
        Ok(members
            .into_iter()
            .map(|line| Member {
                requests: of(&line.attendance),
                attendance: line.attendance,
                citizen: line.citizen,
                closed: line.closed,
            })
            .collect())
    }

    /// What others of the household answered here that is the household's: what was said last comes first.
    pub(super) fn known_of_household(
        &self,
        attendance: &str,
    ) -> Result<Vec<(Field, String)>, DeskError> {
        let (household, _) = self.household_of(attendance)?;
        let household = household.to_string();
        let lines = derived::of_household(&self.node.store.read(), &household, attendance);
        let mut known = Vec::new();
        // What another spot wrote into a record is no answer of this house until somebody of it says so here.
        let lines = lines.map_err(fault)?.into_iter().rev();
        for line in lines.filter(|q| q.own && q.life != Life::Withdrawn) {
            let Some(service) = self.node.service(&line.service, line.edition) else {
                continue;
            };
            let read = self.node.with_document(record_id(&line.id)?, |d| {
                let asked = service.single_fields().filter(|field| field.household);
                let answered = asked.filter_map(|field| {
                    let value = d.answers().get(&field.id).map(|a| a.value.clone())?;
                    (!value.is_empty()).then(|| (field.clone(), value))
                });
                answered.collect::<Vec<_>>()
            });
            known.extend(read.map_err(fault)?.unwrap_or_default());
        }
        Ok(known)
    }

    /// What others of the household asked for of what is given once to a household, by service: the first that did.
    pub(super) fn asked_by_household(
        &self,
        attendance: &str,
    ) -> Result<BTreeMap<String, RequestRow>, DeskError> {
        let (household, _) = self.household_of(attendance)?;
        let household = household.to_string();
        let lines = derived::of_household(&self.node.store.read(), &household, attendance);
        let mut asked = BTreeMap::new();
        for line in lines.map_err(fault)? {
            let service = self.node.latest(&line.service);
            if line.life != Life::Withdrawn && service.is_some_and(|service| service.household) {
                let service = line.service.clone();
                asked.entry(service).or_insert_with(|| self.row(line));
            }
        }
        Ok(asked)
    }

    /// The household of an attendance as its requests name it; `None` of whoever came first, or alone.
    pub(super) fn named_household(&self, attendance: &str) -> Result<Option<RecordId>, DeskError> {
        let (household, _) = self.household_of(attendance)?;
        Ok((household != record_id(attendance)?).then_some(household))
    }
}

/// What others of the household of whoever asked for `line` asked for and did not take back.
pub(crate) fn requests(
    node: &Node,
    line: &derived::RequestLine,
) -> Result<Vec<OfHousehold>, DeskError> {
    let db = node.store.read();
    let household = households::of_request(&db, line.row).map_err(fault)?;
    let Some(household) = household else {
        return Ok(vec![]);
    };
    let attendance = line.attendance.as_deref().unwrap_or_default();
    let others = derived::of_household(&db, &household, attendance).map_err(fault)?;
    drop(db);
    let service = node.latest(&line.service);
    let is_once = service.is_some_and(|service| service.household);
    let others = others.into_iter().filter(|q| q.life != Life::Withdrawn);
    Ok(others
        .map(|other| OfHousehold {
            repeats: is_once && other.service == line.service,
            row: rows::row(node, other),
        })
        .collect())
}

impl Households for SpotDesk {
    fn begin_beside(&self, session: &Session, attendance: &str) -> Result<String, DeskError> {
        // A second click finds what the first began.
        let _one = self.recording.lock();
        let (household, summary) = self.household_of(attendance)?;
        if !summary.identified {
            return Err(DeskError::NotNow(
                "Primeiro identifique quem está a ser atendido; depois, a outra pessoa da casa."
                    .into(),
            ));
        }
        let all = households::members(&self.node.store.read(), &household.to_string(), attendance);
        let all = all.map_err(fault)?;
        let mut begun = all.iter().filter(|m| m.own && !m.closed);
        if let Some(member) = begun.find(|m| m.citizen.is_none()) {
            return Ok(member.attendance.clone());
        }
        if all.len() + 1 >= MAX_MEMBERS {
            return Err(DeskError::NotNow(format!(
                "São pessoas a mais para uma casa: cabem {MAX_MEMBERS}. Atenda as outras com «Próximo cidadão»."
            )));
        }
        let begin = |author: &_, at| attendance::begin_beside(author, at, household);
        let begun = self.node.begin(&session.person.name, begin);
        Ok(begun.map_err(fault)?.to_string())
    }
}
