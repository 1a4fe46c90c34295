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
use crate::store::{erased, journal, records, retention};

/// Records erased in one transaction by rule: nobody waits for all of them.
const AT_ONCE: usize = 32;

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
        let entry = self.erasure(record, reason, (seal, certificate))?;
        let row = records::find_record(&self.store.read(), record)?.context("no such record")?;
        ensure!(
            !erased::is(&self.store.read(), row)?,
            "the record was erased before"
        );
        self.erase_all(&[entry], |_, _| Ok(()))?;
        self.let_go(&[record]);
        Ok(())
    }

    /// At the hub: erases records that are kept no longer; gives how many there were. What they added to the figures stays.
    pub(super) fn erase_by_rule(
        &self,
        records: &[RecordId],
        reason: &str,
        seal: (&Seal, &[u8]),
    ) -> anyhow::Result<u64> {
        let mut went = 0;
        for some in records.chunks(AT_ONCE) {
            let entries = some.iter().map(|id| self.erasure(*id, reason, seal));
            let entries: Vec<Entry> = entries.collect::<anyhow::Result<_>>()?;
            went += self.erase_all(&entries, |tx, row| Ok(retention::keep_figures(tx, row)?))?;
        }
        self.let_go(records);
        Ok(went)
    }

    /// The entry that says of a record that it is erased.
    fn erasure(
        &self,
        record: RecordId,
        reason: &str,
        (seal, certificate): (&Seal, &[u8]),
    ) -> anyhow::Result<Entry> {
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
        Ok(Entry {
            record,
            change: erasure::change_id(&bytes),
            bytes,
        })
    }

    /// Erases together what is here and was not erased before; gives how many that were. `before` is called for each,
    /// while it is still there.
    fn erase_all(
        &self,
        entries: &[Entry],
        before: impl Fn(&Connection, i64) -> anyhow::Result<()>,
    ) -> anyhow::Result<u64> {
        let epoch = self.epoch()?;
        let mut inner = self.inner();
        let mut own = inner.own.clone();
        let db = self.store.write();
        let tx = db.unchecked_transaction()?;
        let mut publishing = super::intake::Publishing::begin(&epoch);
        let mut went = 0;
        for entry in entries {
            let Some(row) = records::find_record(&tx, entry.record)? else {
                continue;
            };
            if erased::is(&tx, row)? {
                continue;
            }
            before(&tx, row)?;
            let appended = journal::append(&tx, &mut own, row, entry, self.now_ms())?;
            publishing.publish(&tx, (row, erasure::SCOPE), appended)?;
            apply(&tx, row, entry, &mut inner.documents)?;
            went += 1;
        }
        publishing.keep(&tx)?;
        tx.commit()?;
        drop(db);
        inner.own = own;
        Ok(went)
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
