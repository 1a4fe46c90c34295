//! Occurrences at the hub: declared for spots, or by a crew and answered here.

use vereda_sync::record::occurrence;
use vereda_web::console::port::{Declaring, OccurrencesAtHub};
use vereda_web::desk::port::{DeskError, OccurrenceView, RequestRow, Session, TypedOccurrence};

use super::HubConsole;
use crate::desk::{fault, rows};
use crate::node::Node;
use crate::occurrences;
use crate::store::{derived, occurrences as stored};
use crate::tours::not_now;

/// Most requests that are listed under one.
const MAX_REQUESTS: u32 = 50;

/// An occurrence of which whoever calls may say something: where it holds their word does too.
fn known_within(node: &Node, id: &str) -> Result<occurrences::Known, DeskError> {
    let (id, found, answer) = occurrences::known(node, id)?;
    let answered = answer.as_ref().map(|(_, answer)| &answer.declared.scopes);
    let scopes = answered.unwrap_or(&found.declared.scopes);
    match HubConsole::reaches_all(scopes) {
        true => Ok((id, found, answer)),
        false => not_now(
            "Esta ocorrência vale também fora da sua região: só a muda quem trabalha para todo o país.",
        ),
    }
}

impl Declaring for HubConsole {
    fn occurrences(&self) -> Result<OccurrencesAtHub, DeskError> {
        Ok(OccurrencesAtHub {
            all: occurrences::list(&self.node, &self.spot_names()?)?,
            services: occurrences::offered(&self.node),
            scopes: self.scopes_here(),
            today: crate::tours::today()?.to_string(),
        })
    }

    fn occurrence(&self, id: &str) -> Result<(OccurrenceView, Vec<RequestRow>), DeskError> {
        let view = occurrences::view(&self.node, id, &self.spot_names()?)?;
        let id = crate::desk::record_id(id)?;
        let mut under = Vec::new();
        {
            let db = self.node.store.read();
            for request in stored::requests(&db, id, MAX_REQUESTS).map_err(fault)? {
                under.extend(derived::request(&db, &request).map_err(fault)?);
            }
        }
        let under = under.into_iter();
        Ok((
            view,
            under.map(|line| rows::row(&self.node, line)).collect(),
        ))
    }

    fn declare_occurrence(
        &self,
        session: &Session,
        typed: &TypedOccurrence,
        scopes: &[String],
    ) -> Result<String, DeskError> {
        let known = &self.scopes_here();
        let chosen: Vec<String> = match known.as_slice() {
            [only] if scopes.is_empty() => vec![only.clone()],
            _ => scopes.to_vec(),
        };
        if chosen.is_empty() || !chosen.iter().all(|scope| known.contains(scope)) {
            return not_now("Escolha de que territórios são os postos para que vale.");
        }
        occurrences::declare(&self.node, session, typed, &chosen)
    }

    fn confirm_occurrence(&self, session: &Session, id: &str) -> Result<(), DeskError> {
        let (id, found, answer) = known_within(&self.node, id)?;
        if answer.is_some() || found.node == self.node.config.node.id {
            return Ok(());
        }
        if found.ended.is_some() {
            return not_now("A equipa já terminou esta ocorrência.");
        }
        let begun = self.node.begin(&session.person.name, |author, at| {
            occurrence::declare(author, at, &found.declared, Some(id))
        });
        begun.map(|_| ()).map_err(fault)
    }

    fn change_occurrence(
        &self,
        session: &Session,
        id: &str,
        typed: &TypedOccurrence,
        reason: &str,
    ) -> Result<(), DeskError> {
        let (id, found, answer) = known_within(&self.node, id)?;
        let stands = match answer {
            Some(answer) => answer,
            None if found.node == self.node.config.node.id => (id, found),
            None => return not_now("Confirme-a primeiro: depois pode mudá-la."),
        };
        occurrences::change(&self.node, session, (stands.0, &stands.1), typed, reason)
    }

    fn end_occurrence(&self, session: &Session, id: &str, reason: &str) -> Result<(), DeskError> {
        let reason = occurrences::why(reason)?;
        let (id, found, answer) = known_within(&self.node, id)?;
        if found.node == self.node.config.node.id {
            return occurrences::end(&self.node, session, (id, &found), reason);
        }
        // What a crew declared is the crew's: the hub's word on it is a record of the hub's own.
        let answer = match answer {
            Some(answer) => answer,
            None if found.ended.is_some() => return Ok(()),
            None => {
                self.confirm_occurrence(session, &id.to_string())?;
                let (_, _, answer) = occurrences::known(&self.node, &id.to_string())?;
                answer.ok_or(DeskError::NotFound)?
            }
        };
        occurrences::end(&self.node, session, (answer.0, &answer.1), reason)
    }
}
