//! Look-ups beyond what a spot holds: the hub answers them and lends what it found, to be read and no
//! more, and so does a spot nearby with what it holds; and what was lent ends, on both sides.

use rusqlite::Connection;
use vereda_sync::id::RecordId;
use vereda_sync::record::case::{HANDED_OVER, node_of, said};
use vereda_sync::record::document::Document;
use vereda_sync::record::lookup::{self, Found, Lookup};
use vereda_web::desk::port::Event;

use super::Node;
use crate::exchange::Neighbour;
use crate::link::enrolled::scopes_of;
use crate::store::{Result, StoreError, lent, lookups, purged, records};

/// Look-ups answered in one go: what arrives waits for no more.
const AT_ONCE: u32 = 32;
/// So many a day are answered for each spot: a stolen one does not copy a register number by number.
pub const MAX_A_DAY: u64 = 200;
/// For so long a spot nearby may read what it looked up here. The hub, once it is reached, answers for longer.
const NEARBY_HOURS: i64 = 24;
const HOUR_MS: i64 = 60 * 60 * 1000;

impl Node {
    /// At the hub: answers what spots look for, and lends what was found until [`lend_hours`] from now.
    /// Gives how many were answered.
    ///
    /// # Errors
    /// When the store does not answer.
    ///
    /// [`lend_hours`]: crate::config::Sync::lend_hours
    pub fn answer_lookups(&self) -> Result<u64> {
        let Some(sync) = self.config.sync.as_ref().filter(|_| self.is_hub()) else {
            return Ok(0);
        };
        let waiting = lookups::waiting(&self.store.read(), AT_ONCE)?;
        let mut answered = 0;
        for (record, node) in waiting {
            let read = self.with_document(record, |d| Lookup::of(d))?;
            let Some(asked) = read.flatten() else {
                continue;
            };
            let now_ms = self.now_ms();
            let since_ms = now_ms - 24 * HOUR_MS;
            let refusal = if scopes_of(&sync.enrolled, &node).is_empty() {
                Some("Este posto não está inscrito na central.".to_owned())
            } else if lookups::answered_since(&self.store.read(), &node, since_ms)? >= MAX_A_DAY {
                Some(format!(
                    "Este posto já consultou a central {MAX_A_DAY} vezes em 24 horas. Ligue ao centro de contacto."
                ))
            } else {
                None
            };
            match refusal {
                Some(why) => {
                    tracing::warn!(node, %record, why, "a look-up is refused");
                    self.change(
                        record,
                        "",
                        |d, a, at| lookup::refuse(d, a, at, &why),
                        |_| Ok(()),
                    )?;
                }
                None => {
                    let until_ms = now_ms + i64::from(sync.lend_hours) * HOUR_MS;
                    self.answer_lookup(record, &node, &asked, until_ms)?;
                }
            }
            answered += 1;
        }
        Ok(answered)
    }

    fn answer_lookup(
        &self,
        record: RecordId,
        node: &str,
        asked: &Lookup,
        until_ms: i64,
    ) -> Result<()> {
        let by = (asked.by.as_str(), asked.number.as_str());
        let (found, more) = lookups::find(&self.store.read(), by, &[])?;
        self.change(
            record,
            "",
            |d, a, at| lookup::answer(d, a, at, &found, (more, until_ms)),
            |db| self.lend_found(db, &found, (node, until_ms)),
        )?;
        let (found, by) = (found.len(), &asked.asked.by);
        tracing::info!(node, by, %record, found, "looked up beyond the scope");
        Ok(())
    }

    /// From now on these go to that spot, to be read until then.
    pub(super) fn lend_found(
        &self,
        db: &Connection,
        found: &[Found],
        (node, until_ms): (&str, i64),
    ) -> Result<()> {
        for found in found {
            let row = records::find_record(db, found.request)?
                .ok_or(StoreError::Damaged("a request that was found is not here"))?;
            if lent::keep(db, row, node, Some(until_ms))? {
                let scope = records::scope_of(db, row)?;
                self.publish_to(db, (row, &scope), node)?;
            }
        }
        Ok(())
    }

    /// At a spot: lends what is here to one nearby that looked it up and waits for the hub. What is not here
    /// is no answer: the hub may have it.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn answer_nearby(&self, asks: &Neighbour) -> Result<()> {
        if self.is_hub() {
            return Ok(());
        }
        let waiting = {
            let db = self.store.read();
            let since_ms = self.now_ms() - 24 * HOUR_MS;
            match lookups::asked_since(&db, &asks.node, since_ms)? {
                0..=MAX_A_DAY => lookups::waiting_of(&db, &asks.node, AT_ONCE)?,
                _ => vec![],
            }
        };
        for record in waiting {
            let read = self.with_document(record, |d| Lookup::of(d))?;
            let here = self.config.node.id.as_str();
            let is_open = |l: &Lookup| l.near.iter().all(|near| node_of(&near.act) != here);
            let Some(asked) = read.flatten().filter(is_open) else {
                continue;
            };
            let by = (asked.by.as_str(), asked.number.as_str());
            let (found, _) = lookups::find(&self.store.read(), by, &asks.scopes)?;
            if found.is_empty() {
                continue;
            }
            let until_ms = self.now_ms() + NEARBY_HOURS * HOUR_MS;
            self.change(
                record,
                "",
                |d, a, at| lookup::lend(d, a, at, &found, until_ms),
                |_| Ok(()),
            )?;
            let (node, by, found) = (&asks.node, &asked.asked.by, found.len());
            tracing::info!(node, by, %record, found, "lent to a spot nearby that looked it up");
        }
        Ok(())
    }

    /// Ends what was lent long enough: the hub sends no more of it, and a spot keeps no more than the
    /// look-up itself. Gives how many.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn end_loans(&self) -> Result<usize> {
        let now_ms = self.now_ms();
        if self.is_hub() {
            return lent::end(&self.store.write(), now_ms);
        }
        let mut ended = Vec::new();
        let overdue = lookups::overdue(&self.store.read(), now_ms)?;
        for (row, record) in overdue {
            if self.with_document(record, |d| self.is_handed_over(d))? == Some(true) {
                continue;
            }
            let mut inner = self.inner();
            let db = self.store.write();
            let tx = db.unchecked_transaction()?;
            purged::apply(&tx, row, record, now_ms)?;
            tx.commit()?;
            inner.documents.pop(&record);
            ended.push(record);
        }
        self.let_go(&ended);
        if !ended.is_empty() {
            tracing::info!(ended = ended.len(), "what was looked up is here no longer");
            self.tell(Event::Messages);
        }
        Ok(ended.len())
    }

    /// Until when a request may be read here that is only here because it was looked up, milliseconds since
    /// 1970; `None` when it may be written too.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn lent_until(&self, record: RecordId, document: &Document) -> Result<Option<i64>> {
        if self.is_hub() {
            return Ok(None);
        }
        let until = lookups::lent_until(&self.store.read(), record)?;
        Ok(until.filter(|_| !self.is_handed_over(document)))
    }

    fn is_handed_over(&self, document: &Document) -> bool {
        let here = self.config.node.id.as_str();
        let mut acts = document.acts();
        acts.any(|act| act.kind == HANDED_OVER && said(act, "to") == here)
    }
}
