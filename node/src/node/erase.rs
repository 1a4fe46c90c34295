//! Erasing: what the hub says is forgotten is forgotten here, and stays so.

use anyhow::{Context, ensure};
use lru::LruCache;
use rusqlite::Connection;
use vereda_sync::erasure::{self, Erasure, MAX_REASON_BYTES};
use vereda_sync::id::RecordId;
use vereda_sync::journal::Entry;
use vereda_web::desk::port::Event;

use super::Node;
use crate::link::seal::{self, Seal};
use crate::store::{erased, journal, records};

impl Node {
    /// At the hub: erases a record, here and, as they hear of it, everywhere. `reason` stays, so
    /// it says nothing of any person.
    ///
    /// # Errors
    /// When there is no such record, or the store does not answer; then nothing happened.
    pub fn erase(
        &self,
        record: RecordId,
        reason: &str,
        seal: &Seal,
        certificate: &[u8],
    ) -> anyhow::Result<()> {
        ensure!(
            self.is_hub(),
            "only the hub erases: what it says reaches every spot"
        );
        let reason = reason.trim();
        ensure!(
            !reason.is_empty() && reason.len() <= MAX_REASON_BYTES,
            "say why, in at most {MAX_REASON_BYTES} bytes"
        );
        let erasure = seal.put_to(Erasure {
            record,
            at_ms: self.wall_ms(),
            reason: reason.to_owned(),
            seal: vec![],
            certificate: certificate.to_vec(),
        })?;
        let bytes = erasure.encode();
        ensure!(
            Erasure::decode(&bytes).is_some() && self.is_sealed(&bytes),
            "the hub's own certificate does not vouch for it: is it out of date?"
        );
        let epoch = self.epoch()?;
        let entry = Entry {
            record,
            change: erasure::change_id(&bytes),
            bytes,
        };
        {
            let mut inner = self.inner();
            let mut own = inner.own.clone();
            let db = self.store.write();
            let tx = db.unchecked_transaction()?;
            let row = records::find_record(&tx, record)?.context("no such record")?;
            ensure!(!erased::is(&tx, row)?, "the record was erased before");
            let appended = journal::append(&tx, &mut own, row, &entry, self.now_ms())?;
            let mut publishing = super::intake::Publishing::begin(&epoch);
            publishing.publish(&tx, (row, erasure::SCOPE), appended)?;
            publishing.keep(&tx)?;
            apply(&tx, row, &entry, &mut inner.documents)?;
            tx.commit()?;
            drop(db);
            inner.own = own;
        }
        self.let_go(&[record]);
        Ok(())
    }

    /// Whether these bytes are an erasure under the seal of a hub of our authority.
    #[must_use]
    pub fn is_sealed(&self, bytes: &[u8]) -> bool {
        let (hub, sync) = (self.config.hub.as_ref(), self.config.sync.as_ref());
        let authority = hub.map(|hub| &hub.authority);
        let Some(authority) = authority.or(sync.map(|sync| &sync.authority)) else {
            return false;
        };
        let examined = Erasure::decode(bytes).map(|e| seal::examine_erasure(&e, authority));
        match examined {
            Some(Ok(())) => true,
            Some(Err(error)) => {
                tracing::warn!(error = format!("{error:#}"), "an erasure is refused");
                false
            }
            None => false,
        }
    }

    /// The hub was restored: all erasures that are known here go into our own journal, for it
    /// to hear of them. They prove themselves.
    pub(crate) fn carry_erasures(&self) -> anyhow::Result<()> {
        let mut inner = self.inner();
        let mut own = inner.own.clone();
        let db = self.store.write();
        let tx = db.unchecked_transaction()?;
        for (row, bytes) in erased::all(&tx)? {
            let erasure = Erasure::decode(&bytes).context("an erasure that cannot be read")?;
            let entry = Entry {
                record: erasure.record,
                change: erasure::change_id(&bytes),
                bytes,
            };
            journal::append(&tx, &mut own, row, &entry, self.now_ms())?;
        }
        tx.commit()?;
        drop(db);
        inner.own = own;
        drop(inner);
        self.unsent.notify_one();
        Ok(())
    }

    /// What was erased or purged goes out of the slack of pages and the log that the database writes ahead, too.
    pub(super) fn forget_the_past(&self) {
        if let Err(error) = self.store.let_go_of_the_past() {
            // It goes at the next one, and when the node starts.
            tracing::warn!(%error, "what was erased is still in the slack of the store");
        }
    }

    /// These records went: out of the log too, and from every page that shows them.
    pub(super) fn let_go(&self, gone: &[RecordId]) {
        if gone.is_empty() {
            return;
        }
        self.forget_the_past();
        for record in gone {
            self.tell(Event::Record {
                id: record.to_string(),
            });
        }
        self.tell(Event::Screens);
    }
}

/// Applies an erasure that was examined; gives whether it was new.
pub(super) fn apply(
    db: &Connection,
    row: i64,
    entry: &Entry,
    documents: &mut LruCache<RecordId, super::Held>,
) -> anyhow::Result<bool> {
    let new = erased::apply(db, row, entry.record, &entry.bytes)?;
    documents.pop(&entry.record);
    Ok(new)
}
