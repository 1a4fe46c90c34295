//! Where the work of this spot is, and whose work is here: for a crew that never heard of exchanges.

use std::collections::BTreeMap;

use vereda_web::desk::port::{DeskError, Parts, Session, Told, Whereabouts, WhereaboutsView};

use super::{SpotDesk, fault};
use crate::clock;
use crate::node::ADOPTED_AFTER_MS;
use crate::store::{blob, bundle, journal, revoked, unheard};

/// Most revocations that are listed: the latest.
const REVOKED_LISTED: u32 = 20;

impl Whereabouts for SpotDesk {
    fn whereabouts(&self, _: &Session) -> Result<WhereaboutsView, DeskError> {
        let (names, sure) = (self.spot_names()?, self.node.clock_is_sure());
        let db = self.node.store.read();
        let unsent = journal::unsent(&db).map_err(fault)?;
        let photographs = blob::unsent(&db, &self.node.config.node.id).map_err(fault)?;
        let told = unheard::requests_by_spot(&db).map_err(fault)?.into_iter();
        let told = told.map(|(spot, requests, oldest_ms)| Told {
            spot,
            requests,
            taken_over: clock::moment(oldest_ms + ADOPTED_AFTER_MS, sure),
        });
        let mut parts: BTreeMap<String, Parts> = BTreeMap::new();
        for part in bundle::all(&db).map_err(fault)? {
            let since = clock::moment(part.at_ms, sure);
            let of = parts.entry(part.header.node.clone()).or_insert(Parts {
                spot: part.header.name,
                here: 0,
                handed: 0,
                since,
            });
            of.here += 1;
            of.handed += u64::from(part.handed);
            if since.unix_ms < of.since.unix_ms {
                of.since = since;
            }
        }
        let mut receipts: BTreeMap<String, u64> = BTreeMap::new();
        for (node, _, _) in bundle::receipts(&db).map_err(fault)? {
            let name = names.get(&node).cloned().unwrap_or(node);
            *receipts.entry(name).or_default() += 1;
        }
        let revoked = revoked::latest(&db, REVOKED_LISTED)
            .map_err(fault)?
            .into_iter();
        let revoked = revoked.map(|(node, day)| (names.get(&node).cloned().unwrap_or(node), day));
        Ok(WhereaboutsView {
            revoked: revoked.collect(),
            requests: unsent.requests,
            photographs: photographs.len() as u64,
            is_unsent: unsent.changes > 0 || !photographs.is_empty(),
            proven: unsent.proven_ms.map(|ms| clock::moment(ms, sure)),
            near: self.link.near(),
            told: told.collect(),
            parts: parts.into_values().collect(),
            receipts: receipts.into_iter().collect(),
        })
    }
}
