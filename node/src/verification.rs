//! The state of receipts at the hub, for whoever holds one: what the page of `web/verify` asks for, and its door.

use std::sync::Arc;

use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::record::complaint::Complaint;
use vereda_sync::record::late::Late;
use vereda_sync::record::request::Summary;
use vereda_sync::verification::Check;
use vereda_web::desk::port::DeskError;
use vereda_web::place;
use vereda_web::verify::port::{Receipts, Standing};

use crate::clock;
use crate::desk::{fault, rows};
use crate::node::Node;
use crate::store::derived;

mod listener;

pub use listener::{VerifyHandle, start};

/// Requests of one number that are looked at: a form of paper that two spots entered apart has the same in both.
const MOST_OF_A_NUMBER: u32 = 8;

/// The receipts of a hub.
#[derive(Debug)]
pub struct HubReceipts(pub Arc<Node>);

impl Receipts for HubReceipts {
    fn standing(&self, number: &str, check: &Check) -> Result<Option<Standing>, DeskError> {
        let found = {
            let db = self.0.store.read();
            derived::ids_by_number(&db, number, MOST_OF_A_NUMBER).map_err(fault)?
        };
        // All are compared, whichever fits.
        let mut own = None;
        for id in found.iter().filter_map(|id| RecordId::from_hex(id)) {
            if check.fits(id) {
                own = Some(id);
            }
        }
        own.map_or(Ok(None), |id| self.of(id))
    }
}

impl HubReceipts {
    fn of(&self, id: RecordId) -> Result<Option<Standing>, DeskError> {
        let node = &self.0;
        let line = derived::request(&node.store.read(), &id.to_string()).map_err(fault)?;
        let Some(line) = line else {
            return Ok(None);
        };
        let service = node.service(&line.service, line.edition).cloned();
        let said = node.with_document(id, |d| {
            Some((Summary::of(d)?, Late::of(d), Complaint::of(d)))
        });
        let said = said.map_err(fault)?.flatten();
        let Some((service, (summary, late, complaint))) = service.zip(said) else {
            return Ok(None);
        };
        let at = clock::of_request(&summary);
        let day: Date = clock::day_in(at.unix_ms, at.zone.unwrap_or_else(place::here));
        let in_conflict = line.conflicts > 0;
        Ok(Some(Standing {
            service,
            life: rows::row(node, line).life,
            in_conflict,
            day,
            spot: summary.spot,
            late,
            reply: complaint.map(|it| (it.due, it.answered())),
        }))
    }
}
