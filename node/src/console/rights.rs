//! Who may see and do what at the console, and of which regions.

use std::sync::Arc;

use vereda_web::console::port::{BeyondRow, Entitled, Rights, Role};
use vereda_web::desk::port::{DeskError, Session};

use super::HubConsole;
use crate::clock;
use crate::desk::fault;
use crate::link::enrolled;
use crate::staff::{self, AT_THE_HUB, Member};
use crate::store::beyond;
use crate::store::bounds::{self, Bounds};

/// Most names that are said of whom to ask.
const MOST_HOLDERS: usize = 10;
/// Most rows that are listed.
const LISTED: u32 = 200;

fn shown(role: staff::Role) -> Option<Role> {
    match role {
        staff::Role::Operator => Some(Role::Operator),
        staff::Role::Agent => Some(Role::Agent),
        staff::Role::Administrator => Some(Role::Administrator),
        staff::Role::Auditor => Some(Role::Auditor),
        staff::Role::Mediator | staff::Role::CrewLead => None,
    }
}

impl HubConsole {
    /// What somebody may read; `None`: everything.
    fn bounds_of(&self, member: &Member) -> Option<Arc<Bounds>> {
        let staff = self.node.staff();
        let regions = staff.regions_of(member)?;
        let scopes = regions.into_iter().flat_map(|region| region.scopes.clone());
        let scopes = scopes.collect();
        let list = self.node.config.sync.as_ref().map(|sync| &sync.enrolled);
        let nodes = list.map_or_else(Default::default, |list| enrolled::in_scopes(list, &scopes));
        Some(Arc::new(Bounds { scopes, nodes }))
    }

    /// The scopes that this hub is for and whoever calls may say something for.
    pub(super) fn scopes_here(&self) -> Vec<String> {
        let mut scopes = self.node.config.node.scopes.clone();
        scopes.retain(|scope| bounds::reaches(scope));
        scopes
    }

    /// Whether whoever calls may say something for all spots of those scopes.
    pub(super) fn reaches_all(scopes: &[String]) -> bool {
        scopes.iter().all(|scope| bounds::reaches(scope))
    }
}

impl Rights for HubConsole {
    fn entitled(&self, session: &Session) -> Entitled {
        let Some(member) = self.people.member(&session.person.id) else {
            return Entitled::default();
        };
        let staff = self.node.staff();
        let regions = staff.regions_of(&member);
        Entitled {
            roles: member.roles.iter().copied().filter_map(shown).collect(),
            regions: regions.map(|all| all.into_iter().map(|region| region.name.clone()).collect()),
        }
    }

    fn holders(&self, roles: &[Role]) -> Vec<String> {
        let staff = self.node.staff();
        let people = staff.of_roles(AT_THE_HUB);
        let holders = people.filter(|member| {
            let mut has = member.roles.iter().copied().filter_map(shown);
            has.any(|role| roles.contains(&role))
        });
        holders
            .take(MOST_HOLDERS)
            .map(|member| member.name.clone())
            .collect()
    }

    fn within(&self, session: Option<&Session>, call: &mut dyn FnMut()) {
        let member = session.and_then(|session| self.people.member(&session.person.id));
        let bounds = match member {
            Some(member) => self.bounds_of(&member),
            None => Some(Arc::default()),
        };
        bounds::within(bounds, call);
    }

    fn note_beyond(&self, session: &Session, address: &str, ids: &[String]) {
        let mut seen_by_them = vec![];
        self.within(Some(session), &mut || {
            seen_by_them = ids.iter().map(|id| self.is_known(id)).collect();
        });
        let is_beyond = ids
            .iter()
            .zip(seen_by_them)
            .any(|(id, is_seen)| !is_seen && self.is_known(id));
        if !is_beyond {
            return;
        }
        let who = (session.person.id.as_str(), session.person.name.as_str());
        let address: String = address.chars().take(200).collect();
        tracing::warn!(
            person = who.0,
            address,
            "somebody asked for what is of another region"
        );
        let kept = beyond::keep(&self.node.store.write(), who, &address, clock::now_ms());
        if let Err(error) = kept {
            tracing::error!(%error, "what somebody asked for beyond their region could not be written down");
        }
    }

    fn beyond(&self) -> Result<Vec<BeyondRow>, DeskError> {
        let rows = beyond::latest(&self.node.store.read(), LISTED).map_err(fault)?;
        let rows = rows.into_iter().map(|row| BeyondRow {
            who: row.name,
            at: clock::moment(row.at_ms, true),
            address: row.address,
            times: row.times,
        });
        Ok(rows.collect())
    }
}

impl HubConsole {
    fn is_known(&self, id: &str) -> bool {
        let db = self.node.store.read();
        bounds::is_known(&db, id).unwrap_or_else(|error| {
            tracing::error!(%error, "an address could not be looked for");
            false
        })
    }
}
