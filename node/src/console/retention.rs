//! How long what is said of people is kept, for the console.

use std::collections::BTreeMap;

use vereda_web::console::port::{
    HeldBack, Keeps, MAX_HOLD_CHARS, Retaining, RetentionView, RuleRow,
};
use vereda_web::desk::port::{DeskError, Session};

use super::HubConsole;
use crate::clock;
use crate::desk::{fault, rows};
use crate::store::retention::{self, Hold};
use crate::tours::not_now;
use crate::written;

/// Most records of a service that are counted as going soon.
const MOST_COUNTED: u32 = 1_000;
/// What is soon, in milliseconds: thirty days.
const SOON_MS: i64 = 30 * 24 * 3_600_000;

impl HubConsole {
    fn rules(&self) -> Result<Vec<RuleRow>, DeskError> {
        let Some(rules) = &self.node.config.retention else {
            return Ok(vec![]);
        };
        let soon = self
            .node
            .over(rules, self.node.now_ms() + SOON_MS, MOST_COUNTED);
        let soon = soon.map_err(fault)?;
        let erased = retention::erased(&self.node.store.read()).map_err(fault)?;
        let erased: BTreeMap<String, (u64, String)> = erased
            .into_iter()
            .map(|(rule, n, day)| (rule, (n, day)))
            .collect();
        let row = |keeps, months, soon, rule: &str| {
            let (erased, last) = erased.get(rule).cloned().unwrap_or_default();
            RuleRow {
                keeps,
                months,
                soon,
                erased,
                last,
            }
        };
        let found = |own: bool, service: Option<&str>, rule: &str| -> u64 {
            let of = soon.iter().filter(|one| {
                let is_own = one
                    .service
                    .as_ref()
                    .is_some_and(|s| rules.services.contains_key(s));
                one.rule == rule
                    && is_own == own
                    && service.is_none_or(|s| one.service.as_deref() == Some(s))
            });
            of.map(|one| one.records.len() as u64).sum()
        };
        let mut out = vec![];
        if let Some(months) = rules.requests {
            let soon = found(false, None, "requests");
            out.push(row(Keeps::Requests(None), months, soon, "requests"));
        }
        let catalogue = self.node.catalogue();
        for (at, (id, months)) in rules.services.iter().enumerate() {
            let service = catalogue.services.iter().find(|service| service.id == *id);
            let name = service.map_or_else(|| id.clone(), |service| service.title.pt().to_owned());
            let soon = found(true, Some(id), "requests");
            let rule = match at == 0 && rules.requests.is_none() {
                true => "requests",
                false => "",
            };
            out.push(row(Keeps::Requests(Some(name)), *months, soon, rule));
        }
        if let Some(months) = rules.attendances {
            let soon = found(false, None, "attendances");
            out.push(row(Keeps::Attendances, months, soon, "attendances"));
        }
        if let Some(months) = rules.visits {
            let soon = found(false, None, "visits");
            out.push(row(Keeps::Visits, months, soon, "visits"));
        }
        Ok(out)
    }
}

impl Retaining for HubConsole {
    fn retention(&self) -> Result<RetentionView, DeskError> {
        let rules = self.rules()?;
        let holds = retention::held(&self.node.store.read()).map_err(fault)?;
        let mut held = vec![];
        for hold in holds {
            let Some(line) = self.request_of(hold.record)? else {
                continue;
            };
            held.push(HeldBack {
                row: rows::row(&self.node, line),
                why: hold.why,
                who: hold.who.1,
                at: clock::moment(hold.at_ms, true),
            });
        }
        Ok(RetentionView { rules, held })
    }

    fn hold_back(&self, session: &Session, number: &str, why: &str) -> Result<(), DeskError> {
        let why = written::needed(why, MAX_HOLD_CHARS, "Escreva porque não se pode apagar.")?;
        let number = number.trim();
        let db = self.node.store.write();
        let found = match retention::numbered(&db, number).map_err(fault)? {
            None => retention::numbered(&db, &number.to_uppercase()).map_err(fault)?,
            found => found,
        };
        let Some(record) = found else {
            return not_now("Não há nenhum pedido com este número. Confirme-o no comprovativo.");
        };
        let hold = Hold {
            record,
            why: why.to_owned(),
            who: (session.person.id.clone(), session.person.name.clone()),
            at_ms: self.node.now_ms(),
        };
        retention::hold(&db, &hold).map_err(fault)
    }

    fn let_go(&self, _: &Session, request: &str) -> Result<(), DeskError> {
        let db = self.node.store.write();
        let line = crate::store::derived::request(&db, request).map_err(fault)?;
        let record = line.ok_or(DeskError::NotFound)?.row;
        match retention::let_go(&db, record).map_err(fault)? {
            true => Ok(()),
            false => Err(DeskError::NotFound),
        }
    }
}
