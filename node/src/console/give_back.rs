//! A request goes back to the desk that has it: a value cannot be as it is.

use rusqlite::Connection;
use vereda_sync::catalogue::Kind;
use vereda_sync::conflict;
use vereda_sync::record::Life;
use vereda_sync::record::case::{self, Case, said};
use vereda_sync::record::outcome;
use vereda_web::desk::port::{DeskError, Session};

use super::HubConsole;
use crate::desk::{cases, fault, record_id, rows};
use crate::node::Node;
use crate::store::{StoreError, derived};

impl HubConsole {
    pub(super) fn send_back(
        &self,
        session: &Session,
        id: &str,
        field: &str,
        reason: &str,
    ) -> Result<(), DeskError> {
        let person = &session.person.name;
        give_back(&self.node, person, (id, field, reason), |_| Ok(()))
    }
}

/// Somebody at the hub or at an agency sends a request back: the id of the field that cannot be as it is, and why. `and` runs in
/// the same transaction.
pub(crate) fn give_back(
    node: &Node,
    person: &str,
    (id, field, reason): (&str, &str, &str),
    and: impl FnOnce(&Connection) -> Result<(), StoreError>,
) -> Result<(), DeskError> {
    let not_now = |why: &str| Err(DeskError::NotNow(why.into()));
    let record = record_id(id)?;
    let line = derived::request(&node.store.read(), id).map_err(fault)?;
    let line = line.ok_or(DeskError::NotFound)?;
    match line.life {
        Life::Draft => return not_now("Este pedido ainda não foi registado."),
        Life::Withdrawn => return not_now("Este pedido foi retirado: já não se devolve."),
        _ => (),
    }
    let service = node.service(&line.service, line.edition);
    let known = rows::field_of(service, field)
        .filter(|f| ![case::STANDING, outcome::FIELD].contains(&f.id.as_str()));
    let known = known.ok_or(DeskError::NotFound)?;
    if matches!(known.kind, Kind::Photos | Kind::Consent | Kind::Choices) {
        return not_now("O balcão não pode corrigir isto: escreva-lhe uma nota.");
    }
    let reason = cases::needed(reason, "Escreva porque não pode ser assim.")?;
    let (is_contested, case) = node
        .with_document(record, |d| {
            let contested = conflict::of(d).into_iter().any(|c| c.field == field);
            (contested, Case::of(d).unwrap_or_default())
        })
        .map_err(fault)?
        .ok_or(DeskError::NotFound)?;
    if is_contested {
        return not_now("Este valor está em conflito: decida primeiro qual vale.");
    }
    // A second click, or another operator was faster.
    if case.returned.iter().any(|a| said(a, "field") == field) {
        return Ok(());
    }
    node.change(
        record,
        person,
        |d, author, at| case::give_back(d, author, at, field, reason),
        and,
    )
    .map_err(fault)
}
