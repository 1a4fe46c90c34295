//! References and hours that agencies give: lists, and what spots have of them.

use std::collections::BTreeMap;

use vereda_sync::catalogue::Scarce;
use vereda_sync::record::lease::{MAX_VALUES, Wrong};
use vereda_web::console::port::{Leases, ListRow, SpotStock, StockView};
use vereda_web::desk::port::{DeskError, Session};

use super::HubConsole;
use crate::clock;
use crate::desk::{fault, record_id, rows};
use crate::people::hex;
use crate::store::leases;
use crate::store::spot;
use crate::written;

/// Most lists shown.
const LISTED: u32 = 50;
/// Longest reason, in characters.
const MAX_CHARS: usize = 300;

impl Leases for HubConsole {
    fn stock(&self) -> Result<StockView, DeskError> {
        let now = clock::minute_in_portugal(self.node.now_ms());
        let epoch = hex(&self.node.epoch().map_err(fault)?);
        let names = spot::names(&self.node.store.read()).map_err(fault)?;
        let title = |service: &str| rows::service_title(&self.node, service);
        let db = self.node.store.read();
        let lists = leases::lists(&db, (&epoch, &now), LISTED).map_err(fault)?;
        let mut spots: BTreeMap<(String, String, &str), SpotStock> = BTreeMap::new();
        for standing in leases::standings(&db, &now).map_err(fault)? {
            let last = leases::last_journal(&db, &standing.node).map_err(fault)?;
            let name = names.get(&standing.node).unwrap_or(&standing.node).clone();
            let kind = (
                name.clone(),
                standing.service.clone(),
                standing.scarce.code(),
            );
            let row = spots.entry(kind).or_insert_with(|| SpotStock {
                spot: name,
                service: title(&standing.service),
                scarce: standing.scarce,
                leased: 0,
                used: 0,
                left: 0,
                doubtful: 0,
            });
            row.leased += standing.leased;
            row.used += standing.used;
            match last.as_deref() == Some(standing.journal.as_str()) {
                true => row.left += standing.left,
                false => row.doubtful += standing.left,
            }
        }
        drop(db);
        let services = self.node.catalogue().services.iter();
        let kinds = services.flat_map(|service| {
            let of = |scarce: &Scarce| (service.id.clone(), service.title.clone(), *scarce);
            service.scarce.iter().map(of)
        });
        Ok(StockView {
            kinds: kinds.collect(),
            lists: lists
                .into_iter()
                .map(|list| ListRow {
                    id: list.id.to_string(),
                    service: title(&list.service),
                    scarce: list.scarce,
                    given: list.given,
                    leased: list.leased,
                    used: list.used,
                    free: list.free,
                    doubtful: list.doubtful,
                    is_withdrawn: list.is_withdrawn,
                })
                .collect(),
            spots: spots.into_values().collect(),
        })
    }

    fn give(
        &self,
        session: &Session,
        (service, scarce): (&str, Scarce),
        pasted: &str,
    ) -> Result<Result<usize, Vec<(usize, Wrong)>>, DeskError> {
        let not_now = |why: String| Err(DeskError::NotNow(why));
        let known = self.node.latest(service);
        if !known.is_some_and(|s| s.scarce.contains(&scarce)) {
            return not_now("Este serviço não dá disto no catálogo em vigor.".into());
        }
        match pasted.lines().filter(|l| !l.trim().is_empty()).count() {
            0 => {
                return not_now(
                    "A lista está vazia: cole uma referência ou hora por linha.".into(),
                );
            }
            n if n > MAX_VALUES => {
                return not_now(format!(
                    "A lista tem {n} linhas e cabem {MAX_VALUES}: divida-a em várias."
                ));
            }
            _ => {}
        }
        let person = &session.person.name;
        let given = self.node.give_values(person, (service, scarce), pasted);
        given.map_err(fault)
    }

    fn withdraw(&self, session: &Session, list: &str, reason: &str) -> Result<(), DeskError> {
        let reason = written::needed(reason, MAX_CHARS, "Escreva porque se retira a lista.")?;
        let list = record_id(list)?;
        let is_one = self
            .node
            .with_document(list, |d| vereda_sync::record::lease::Stock::of(d).is_some());
        match is_one.map_err(fault)? {
            Some(true) => self
                .node
                .withdraw_values(&session.person.name, list, reason)
                .map_err(fault),
            _ => Err(DeskError::NotFound),
        }
    }
}
