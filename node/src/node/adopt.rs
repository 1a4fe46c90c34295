//! What others wrote and nobody brings to the hub: a desk that met another has that one's work, and
//! whoever heard of something from a hub that lost it since has it still. If its author is lost as
//! well, this is the last copy. So after some days it goes into the journal of who has it: the
//! change is the same to the byte, and says itself who made it and when.

use rusqlite::Connection;
use vereda_sync::id::JournalId;

use crate::store::unheard::Orphan;
use crate::store::{Result, journal, unheard};

/// So long an author may take to bring it: as long as until the strip of a desk turns red.
pub const ADOPTED_AFTER_MS: i64 = 3 * 24 * 3_600_000;
/// Most entries at once.
const AT_ONCE: u32 = 512;

impl super::Node {
    /// Takes into our own journal what its author did not bring to the hub in time; gives how many
    /// entries. To be called when the feeds of the hub are all here.
    ///
    /// Only of the scope that new records of this node belong to: of another, the hub could not
    /// tell which.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn adopt(&self) -> anyhow::Result<u64> {
        let now_ms = self.now_ms();
        let times = (now_ms - ADOPTED_AFTER_MS, now_ms);
        self.take_over(|db, home| unheard::orphans(db, home, times, AT_ONCE))
    }

    /// The same of what stands in these journals, however new it is: the nodes that wrote them are lost.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn adopt_of(&self, journals: &[JournalId]) -> anyhow::Result<u64> {
        self.take_over(|db, home| unheard::orphans_of(db, home, journals, AT_ONCE))
    }

    fn take_over(
        &self,
        orphans: impl FnOnce(&Connection, &str) -> Result<Vec<Orphan>>,
    ) -> anyhow::Result<u64> {
        let Some(home) = self.config.node.scopes.first() else {
            return Ok(0);
        };
        let mut inner = self.inner();
        let db = self.store.write();
        if !unheard::are_any(&db)? {
            return Ok(0);
        }
        let now_ms = self.now_ms();
        let orphans = orphans(&db, home)?;
        let tx = db.unchecked_transaction()?;
        let mut own = inner.own.clone();
        for orphan in &orphans {
            journal::append(&tx, &mut own, orphan.record, &orphan.entry, now_ms)?;
            unheard::named(&tx, orphan.place)?;
        }
        tx.commit()?;
        drop(db);
        inner.own = own;
        drop(inner);
        if !orphans.is_empty() {
            tracing::warn!(
                entries = orphans.len(),
                "the hub lacks what others wrote, and they did not bring it: it goes into our journal"
            );
            self.unsent.notify_one();
        }
        Ok(orphans.len() as u64)
    }
}
