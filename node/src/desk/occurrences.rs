//! Occurrences at the desk: what holds here, and what a crew declares that cannot reach the hub.

use vereda_sync::catalogue::Service;
use vereda_web::desk::port::{
    DeskError, OccurrenceView, Occurrences, OccurrencesView, Session, TypedOccurrence,
};

use super::SpotDesk;
use crate::occurrences;
use crate::tours::{not_now, today};

impl SpotDesk {
    /// What holds here today.
    pub(super) fn occurrences_here(&self) -> Result<Vec<OccurrenceView>, DeskError> {
        let in_force = occurrences::in_force(&self.node)?;
        // Mostly there is none.
        if in_force.is_empty() {
            return Ok(vec![]);
        }
        let names = self.spot_names()?;
        in_force
            .iter()
            .map(|one| occurrences::view(&self.node, &one.occurrence.to_string(), &names))
            .collect()
    }

    /// What comes first because of an occurrence, before all else; otherwise in the order in which it was found.
    pub(super) fn first_things_first(&self, services: &mut [Service]) {
        // Without it everything is still found.
        let Ok(in_force) = occurrences::in_force(&self.node) else {
            return;
        };
        let comes_first = |service: &Service| {
            in_force
                .iter()
                .any(|one| one.declared.first.contains(&service.id))
        };
        services.sort_by_key(|service| !comes_first(service));
    }
}

impl Occurrences for SpotDesk {
    fn occurrences(&self, _: &Session) -> Result<OccurrencesView, DeskError> {
        let node = &self.node;
        let holds = occurrences::in_force(node)?;
        let holds: Vec<String> = holds.iter().map(|one| one.occurrence.to_string()).collect();
        let all = occurrences::list(node, &self.spot_names()?)?;
        let (here, others) = all.into_iter().partition(|one| holds.contains(&one.id));
        Ok(OccurrencesView {
            here,
            others,
            services: occurrences::offered(node),
            today: today()?.to_string(),
        })
    }

    fn declare_occurrence(
        &self,
        session: &Session,
        typed: &TypedOccurrence,
    ) -> Result<String, DeskError> {
        // To whose spots the hub gives it, should it confirm.
        let scopes: Vec<String> = self
            .node
            .config
            .node
            .scopes
            .iter()
            .take(1)
            .cloned()
            .collect();
        occurrences::declare(&self.node, session, typed, &scopes)
    }

    fn change_occurrence(
        &self,
        session: &Session,
        id: &str,
        typed: &TypedOccurrence,
        reason: &str,
    ) -> Result<(), DeskError> {
        let (id, found, answer) = occurrences::known(&self.node, id)?;
        if found.node != self.node.config.node.id || answer.is_some() {
            return not_now("A central já respondeu: é ela que muda esta ocorrência.");
        }
        occurrences::change(&self.node, session, (id, &found), typed, reason)
    }

    fn end_occurrence(&self, session: &Session, id: &str, reason: &str) -> Result<(), DeskError> {
        let (id, found, answer) = occurrences::known(&self.node, id)?;
        if found.node != self.node.config.node.id || answer.is_some() {
            return not_now("É a central que termina esta ocorrência.");
        }
        occurrences::end(&self.node, session, (id, &found), reason)
    }
}
