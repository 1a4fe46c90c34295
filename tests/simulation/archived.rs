//! Copies of the hub's store off its disk, and what spots let go of on its word.

use anyhow::Context;
use vereda::clock;
use vereda::exchange::archived;
use vereda::store::archive;
use vereda_sync::exchange::custody::Says;

use crate::perform::MAX_COPIES;
use crate::site::HUB;
use crate::world::{DiskCopy, World};

impl World<'_> {
    /// The hub's store is copied; its disk may be put back as that.
    pub(crate) fn archive(&mut self) -> anyhow::Result<bool> {
        let folder = self.new_disk();
        std::fs::create_dir_all(&folder)?;
        let hub = &self.machines[HUB];
        let (store, file) = (&hub.node.store, folder.join("vereda.db"));
        let key = self.site.key(&file)?;
        let heads = archive::make(store, &key, &file, hub.node.now_ms())?;
        let (changes, own) = (hub.changes()?, hub.own_changes()?);
        self.archived.extend(&changes);
        self.tally.archives += 1;
        if self.copies.len() < MAX_COPIES {
            self.copies.push(DiskCopy {
                machine: HUB,
                folder,
                changes,
                own,
                homes: self.homes(),
            });
        }
        Ok(!heads.is_empty())
    }

    /// A spot lets go of what it may, having asked or not.
    ///
    /// As the link does it: behind an exchange with the hub that is there now. Of a hub that was restored since
    /// it would not know that it is the last to have what others wrote.
    pub(crate) fn purge(&mut self, at: usize, asks: bool, age_ms: i64) -> anyhow::Result<bool> {
        let epoch = self.machines[HUB].node.epoch()?;
        if self.machines[at].node.store.meta("hub_epoch")? != Some(epoch) {
            return Ok(false);
        }
        if asks {
            self.ask_for_archives(at)?;
        }
        let ended = self.end_loans(at)?;
        let node = &self.machines[at].node;
        let purged = node.purge(node.now_ms() - age_ms);
        let purged = purged.context("a spot does not purge")?;
        self.tally.purged += purged.records;
        Ok(purged.records > 0 || ended > 0)
    }

    /// A spot lets go of what was lent for long enough.
    pub(crate) fn end_loans(&mut self, at: usize) -> anyhow::Result<usize> {
        let ended = self.machines[at].node.end_loans();
        let ended = ended.context("a loan does not end")?;
        self.tally.loans_ended += ended as u64;
        Ok(ended)
    }

    /// As the link asks after an exchange. The hub dates its word with the clock that its
    /// certificate knows.
    fn ask_for_archives(&self, at: usize) -> anyhow::Result<()> {
        let (machine, hub) = (&self.machines[at], &self.machines[HUB].node);
        let spot = &self.site.identities[machine.identity].id;
        let by = &self.site.identities[HUB];
        for wanting in archived::wanting(&machine.node)? {
            if let Some(head) = archived::head(hub, spot, wanting.id, wanting.known)? {
                let word = by.seal.put(Says::Archived, head, clock::wall_ms())?;
                let kept = archived::keep(&machine.node, &by.certificate, &word);
                // A copied disk that has not heard of the other yet refuses what the hub has of that.
                if !self.is_copied() {
                    kept.context("the hub's word on its archive")?;
                }
            }
        }
        Ok(())
    }
}
