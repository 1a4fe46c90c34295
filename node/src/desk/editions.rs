//! Editions of the catalogue at the desk: who may ask for a service today, and how a draft goes on
//! under a newer edition.

use std::collections::BTreeMap;

use vereda_sync::answer::Answer;
use vereda_sync::catalogue::{Service, When};
use vereda_sync::day::Day;
use vereda_sync::record::document::Document;
use vereda_sync::record::{self, request};
use vereda_web::desk::port::{DeskError, Session};

use super::{SpotDesk, fault, record_id};
use crate::clock;

impl SpotDesk {
    /// A draft that was begun under an older edition goes on under the newest, if the service is
    /// still in it. What to tell the mediator, if something is asked again or no more.
    pub(super) fn bring_up(
        &self,
        session: &Session,
        form: &str,
    ) -> Result<Option<String>, DeskError> {
        let record = record_id(form)?;
        let read = self.node.with_document(record, |d| {
            let open = d.kind() == Some(record::Kind::Request) && d.text("number").is_none();
            let edition = d.number("edition").and_then(|n| u32::try_from(n).ok())?;
            let service = d.text("service")?.to_owned();
            let known: Vec<String> = d.answers().keys().cloned().collect();
            open.then_some((edition, service, known))
        });
        let Some((edition, service, known)) = read.map_err(fault)?.flatten() else {
            return Ok(None);
        };
        let (now, old) = (self.node.catalogue(), self.node.service(&service, edition));
        let Some((old, new)) = old.zip(now.service(&service)) else {
            return Ok(None);
        };
        if edition >= now.edition {
            return Ok(None);
        }
        let plan = old.migration(new);
        let person = &session.person.name;
        let write = |d: &mut Document, author: &_, at| {
            request::move_to_edition(d, author, at, now.edition, &plan.again)
        };
        self.node
            .change(record, person, write, |_| Ok(()))
            .map_err(fault)?;
        let label = |id: &String| {
            format!(
                "«{}»",
                old.field(id)
                    .map_or(id.clone(), |f| f.label.pt().to_owned())
            )
        };
        let gone = plan.gone.iter().filter(|id| known.contains(id)).map(label);
        let gone: Vec<String> = gone.collect();
        let title =
            |id: &String| format!("«{}»", new.step(id).map_or(id.as_str(), |s| s.title.pt()));
        let again: Vec<String> = plan.again.iter().map(title).collect();
        if gone.is_empty() && again.is_empty() {
            return Ok(None);
        }
        let mut said = "O serviço mudou desde que este pedido foi começado. O que já respondeu ficou guardado.".to_owned();
        if !again.is_empty() {
            said += &format!(" Passe outra vez por {}.", again.join(", "));
        }
        if !gone.is_empty() {
            said += &format!(" Já não se pergunta {}.", gone.join(", "));
        }
        Ok(Some(said))
    }
}

/// Whether the citizen may ask for the service.
pub(super) fn admitted(
    service: &Service,
    identity: &BTreeMap<String, Answer>,
) -> Result<(), DeskError> {
    let today = clock::today();
    if !service.is_open_on(&today) {
        return Err(DeskError::NotNow(
            "Este serviço não se pode pedir hoje: ainda não começou, ou já terminou.".into(),
        ));
    }
    let Some(age) = service.who.from_age else {
        return Ok(());
    };
    let old_enough = When {
        field: "birth-date".into(),
        until: Some(Day::Years(-i32::from(age))),
        ..When::default()
    };
    match old_enough.holds(identity, &today) {
        true => Ok(()),
        false => Err(DeskError::NotNow(format!(
            "Este serviço é para quem tem {age} anos ou mais. Confirme a data de nascimento do cidadão."
        ))),
    }
}
