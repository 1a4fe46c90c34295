//! At the hub: a case that goes to a spot which does not hold its scope reaches it all the same.

use rusqlite::Connection;
use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::record::case::said;
use vereda_sync::record::document::Document;
use vereda_sync::record::notice::{self, Notice, To};
use vereda_sync::record::occurrence::{self, Occurrence};
use vereda_sync::record::{Kind, case, resident_list, revocation, tour};

use crate::clock;
use crate::config::Sync;
use crate::link::enrolled::{self, place_of, scopes_of};
use crate::store::journal::Appended;
use crate::store::{
    Result, StoreError, feed, homes, lent, meta, notices, occurrences, records, revoked,
};

/// So long after its last day an occurrence is still given to spots, in days.
const READ_AFTER_DAYS: i64 = 60;

impl super::Node {
    /// Lends a request to every spot that it was ever handed to and that does not hold its scope. Whoever
    /// handed it over may write it, or that would not be here; they give away this one record and no other.
    /// And a notice to every spot that it is for, a tour that is planned here and its bookings to the spot that goes,
    /// and so a list of residents, with its residents and the facility. An occurrence goes to the spots of its scopes, to be
    /// read: what they write in it is refused.
    pub(super) fn lend(&self, db: &Connection, record: i64, document: &Document) -> Result<()> {
        let Some(sync) = self.config.sync.as_ref().filter(|_| self.is_hub()) else {
            return Ok(());
        };
        let mut to: Vec<String> = match document.kind() {
            Some(Kind::Request) => {
                let handed = document.acts().filter(|act| act.kind == case::HANDED_OVER);
                handed.map(|act| said(act, "to").to_owned()).collect()
            }
            // One that a spot wrote would be in a scope of its own, and goes to nobody.
            Some(Kind::Notice) if records::scope_of(db, record)? != notice::SCOPE => vec![],
            Some(Kind::Notice) => match Notice::of(document).map(|notice| notice.to) {
                Some(To::All) => enrolled::spots(&sync.enrolled),
                Some(To::Only(nodes)) => nodes,
                None => vec![],
            },
            Some(Kind::Revocation) if records::scope_of(db, record)? == revocation::SCOPE => {
                enrolled::spots(&sync.enrolled)
            }
            // One that a spot wrote, as it planned its own or made one up, stays in its scope.
            Some(Kind::Tour | Kind::Booking | Kind::ResidentList | Kind::Resident)
                if [tour::SCOPE, resident_list::SCOPE]
                    .contains(&records::scope_of(db, record)?.as_str()) =>
            {
                document
                    .text("spot")
                    .map(str::to_owned)
                    .into_iter()
                    .collect()
            }
            // One that a crew declared stays in its scope until the hub answers.
            Some(Kind::Occurrence) if records::scope_of(db, record)? == occurrence::SCOPE => {
                return self.give_occurrence(db, record, (sync, document));
            }
            _ => vec![],
        };
        to.sort_unstable();
        to.dedup();
        // Who goes there needs to know where: the facility stands in the scope of its municipality.
        let facility = match document.kind() {
            Some(Kind::ResidentList) => document.text("facility").and_then(RecordId::from_hex),
            _ => None,
        };
        let facility = match facility {
            Some(id) => homes::row_of_facility(db, id)?,
            None => None,
        };
        for node in &to {
            let scopes = scopes_of(&sync.enrolled, node);
            if scopes.is_empty() {
                tracing::warn!(node, "a record goes to a spot that is not enrolled");
                continue;
            }
            for record in [Some(record), facility].into_iter().flatten() {
                let scope = records::scope_of(db, record)?;
                if scopes.contains(&scope) || !lent::keep(db, record, node, None)? {
                    continue;
                }
                self.publish_to(db, (record, &scope), node)?;
                tracing::info!(node, "a record goes to a spot of another scope");
            }
        }
        Ok(())
    }

    /// An occurrence of the hub's, to all enrolled spots of its scopes until a while after its end.
    fn give_occurrence(
        &self,
        db: &Connection,
        record: i64,
        (sync, document): (&Sync, &Document),
    ) -> Result<()> {
        let Some(occurrence) = Occurrence::of(document) else {
            return Ok(());
        };
        let declared = &occurrence.declared;
        for node in enrolled::spots(&sync.enrolled) {
            let scopes = scopes_of(&sync.enrolled, &node);
            let is_for = scopes.iter().any(|scope| declared.scopes.contains(scope));
            if is_for && lent::keep(db, record, &node, Some(read_until_ms(declared.until)))? {
                self.publish_to(db, (record, occurrence::SCOPE), &node)?;
            }
        }
        Ok(())
    }

    /// The scope of a facility: that of its municipality, where this node may write in it.
    pub(super) fn scope_of_facility(&self, document: &Document, home: &str) -> String {
        let own = &self.config.node.scopes;
        let named = document.text("scope").map(str::to_owned);
        named
            .filter(|scope| own.contains(scope))
            .unwrap_or_else(|| home.to_owned())
    }

    /// A spot comes that was not there when everybody was told something: it is told now, unless that has run
    /// out.
    pub(crate) fn tell_newcomer(&self, db: &Connection, node: &str) -> Result<()> {
        if !self.is_hub() {
            return Ok(());
        }
        let list = self.config.sync.as_ref().map(|sync| &sync.enrolled);
        let (scopes, zone) = list.map_or_else(Default::default, |list| place_of(list, node));
        // Shown until its last day is over at their place.
        let there = clock::day_in(self.now_ms(), zone).to_string();
        for record in notices::missed(db, node, &there)? {
            if lent::keep(db, record, node, None)? {
                self.publish_to(db, (record, notice::SCOPE), node)?;
            }
        }
        for record in revoked::missed(db, node)? {
            if lent::keep(db, record, node, None)? {
                self.publish_to(db, (record, revocation::SCOPE), node)?;
            }
        }
        let today = clock::day(self.now_ms());
        for (record, last) in occurrences::missed(db, (node, &scopes), &today)? {
            if lent::keep(db, record, node, Some(read_until_ms(last)))? {
                self.publish_to(db, (record, occurrence::SCOPE), node)?;
            }
        }
        Ok(())
    }

    /// All of a record becomes news for a spot that does not hold its scope.
    pub(super) fn publish_to(
        &self,
        db: &Connection,
        (record, scope): (i64, &str),
        node: &str,
    ) -> Result<()> {
        let all = lent::published(db, record, scope)?;
        self.publish_in(db, &lent::feed(node), &all)
    }

    /// The feeds in which a record is: that of its scope first.
    pub(super) fn feeds_of(&self, db: &Connection, record: i64) -> Result<Vec<String>> {
        let mut feeds = vec![records::scope_of(db, record)?];
        feeds.extend(lent::to(db, record)?.iter().map(|node| lent::feed(node)));
        Ok(feeds)
    }

    /// Entries become the next items of a feed.
    pub(super) fn publish_in(
        &self,
        db: &Connection,
        scope: &str,
        entries: &[Appended],
    ) -> Result<()> {
        let epoch = meta(db, "epoch")?.ok_or(StoreError::Damaged("the hub has no epoch"))?;
        let mut published = feed::scope(db, scope)?.unwrap_or(feed::Scope {
            epoch,
            frontier: Default::default(),
        });
        for entry in entries {
            feed::publish(db, scope, &mut published, *entry)?;
        }
        feed::keep_scope(db, scope, &published)
    }
}

/// Until when an occurrence that ends on that day is given to spots: one that was away hears how it ended.
fn read_until_ms(last: Date) -> i64 {
    clock::began_ms(last.days_on(READ_AFTER_DAYS))
}
