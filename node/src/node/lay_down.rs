//! A node lays down what it holds of people, as the hub ordered: records and their photographs, what is typed, who is signed
//! in, copies that it keeps beside. What stays are places and ids, so that proofs hold.

use anyhow::Context;
use vereda_sync::id::RecordId;
use vereda_web::desk::port::Event;

use super::Node;
use crate::store::{bundle, purged};

/// Records in one transaction.
const AT_ONCE: usize = 32;

impl Node {
    /// Lays all of it down, whatever the hub has of it. Gives how many records went. May be done again, as after a power cut.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn lay_down(&self) -> anyhow::Result<u64> {
        anyhow::ensure!(
            !self.is_hub(),
            "the hub lays nothing down: it is where all is"
        );
        // Nobody writes anything new while it goes: whoever is signed in is signed out first.
        {
            let db = self.store.write();
            let tx = db.unchecked_transaction()?;
            for table in ["session", "screen"] {
                tx.execute(&format!("DELETE FROM {table}"), [])?;
            }
            tx.commit()?;
        }
        self.tell(Event::Strip);
        let all: Vec<(i64, [u8; 32])> = {
            let db = self.store.read();
            let mut rows = db.prepare(
                "SELECT record, id FROM record r WHERE NOT EXISTS (SELECT 1 FROM purged p WHERE p.record = r.record)
                 AND NOT EXISTS (SELECT 1 FROM revoked v WHERE v.record = r.record)
                 ORDER BY record",
            )?;
            let found = rows.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
            found.collect::<rusqlite::Result<_>>()?
        };
        for some in all.chunks(AT_ONCE) {
            let mut inner = self.inner();
            let db = self.store.write();
            let tx = db.unchecked_transaction()?;
            for (row, id) in some {
                let id = RecordId(*id);
                purged::apply(&tx, *row, id, self.now_ms())?;
                inner.documents.pop(&id);
            }
            tx.commit()?;
        }
        {
            let db = self.store.write();
            let parts = bundle::all(&db)?;
            let tx = db.unchecked_transaction()?;
            tx.pragma_update(None, "secure_delete", "ON")?;
            for part in parts {
                bundle::drop_part(&tx, part.id)?;
            }
            for table in ["draft", "undo", "attachment", "blob_piece", "blob"] {
                let is_there: bool = tx.query_row(
                    "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1)",
                    [table],
                    |r| r.get(0),
                )?;
                if is_there {
                    tx.execute(&format!("DELETE FROM {table}"), [])?;
                }
            }
            tx.commit()?;
            db.pragma_update(None, "secure_delete", "OFF")?;
        }
        if let Some(keep) = &self.config.keep {
            let name = format!("{}{}", self.config.node.id, crate::keep::SUFFIX);
            match std::fs::remove_file(keep.folder.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).context("the copy of what is typed");
                }
                _ => {}
            }
        }
        self.forget_the_past();
        self.tell(Event::Messages);
        Ok(all.len() as u64)
    }
}
