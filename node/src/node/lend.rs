//! At the hub: a case that goes to a spot which does not hold its scope reaches it all the same.

use rusqlite::Connection;
use vereda_sync::record::case::said;
use vereda_sync::record::document::Document;
use vereda_sync::record::{Kind, case};

use crate::link::enrolled::scopes_of;
use crate::store::journal::Appended;
use crate::store::{Result, StoreError, feed, journal, lent, meta};

impl super::Node {
    /// Puts a request into a scope of every spot that it was ever handed to. Whoever handed it over may
    /// write it, or it would not be here; more than this one record they do not give away.
    pub(super) fn lend(&self, db: &Connection, record: i64, document: &Document) -> Result<()> {
        let Some(sync) = self.config.sync.as_ref().filter(|_| self.is_hub()) else {
            return Ok(());
        };
        if document.kind() != Some(Kind::Request) {
            return Ok(());
        }
        let mut to: Vec<&str> = document
            .acts()
            .filter(|act| act.kind == case::HANDED_OVER)
            .map(|act| said(act, "to"))
            .collect();
        to.sort_unstable();
        to.dedup();
        for node in to {
            let scopes = scopes_of(&sync.enrolled, node);
            let known = self.scopes_of_record(db, record)?;
            let Some(home) = scopes.first() else {
                tracing::warn!(node, "a case goes to a spot that is not enrolled");
                continue;
            };
            if known.iter().any(|scope| scopes.contains(scope)) || !lent::keep(db, record, home)? {
                continue;
            }
            let all = lent::published(db, record, &journal::scope_of(db, record)?)?;
            self.publish_in(db, home, &all)?;
            tracing::info!(
                node,
                scope = home,
                "a case was handed to a spot of another scope"
            );
        }
        Ok(())
    }

    /// The scopes in which a record is: its own first.
    pub(super) fn scopes_of_record(&self, db: &Connection, record: i64) -> Result<Vec<String>> {
        let mut scopes = vec![journal::scope_of(db, record)?];
        scopes.extend(lent::scopes(db, record)?);
        Ok(scopes)
    }

    /// Entries become the next items of a scope's feed.
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
