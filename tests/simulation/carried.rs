//! Work that goes to the hub on a stick or with another spot, and receipts that come back so.
//! As the commands and the link of a node do it, without the sockets.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use vereda::bundle::carrier::{self, Word};
use vereda::bundle::export::{self, Wanted};
use vereda::bundle::hub::{drain, receipt_for};
use vereda::bundle::intake::{Outcome, Side, import};
use vereda::bundle::{PART_SUFFIX, Refused};
use vereda::config::{Hub, Sync};
use vereda::store::blob;
use vereda::store::bundle::{self, Part};

use crate::plan::{Fate, Port};
use crate::site::HUB;
use crate::world::{Stick, World, pick};

/// Sticks there are at most.
const MAX_STICKS: usize = 3;

impl World<'_> {
    /// A spot packs, onto one of the sticks or a new one.
    pub(crate) fn pack(
        &mut self,
        at: usize,
        stick: u64,
        (all, max_bytes): (bool, u64),
    ) -> anyhow::Result<bool> {
        let stick = pick(stick, (self.sticks.len() + 1).min(MAX_STICKS)).unwrap_or(0);
        let folder = self.room.join(format!("stick-{stick}"));
        std::fs::create_dir_all(&folder)?;
        let node = &self.machines[at].node;
        let wanted = Wanted { all, max_bytes };
        let packed = export::export(&node.config, &node.store, &folder, wanted);
        let packed = packed.context("a spot does not pack")?;
        if packed.parts.is_empty() && packed.receipts.is_empty() {
            return Ok(false);
        }
        match self.sticks.get_mut(stick) {
            Some(stick) => stick.by = at,
            None => self.sticks.push(Stick { folder, by: at }),
        }
        self.tally.packed += 1;
        Ok(true)
    }

    /// All files of a stick are handed to a machine, one of them perhaps not as it was written.
    pub(crate) fn plug(&mut self, stick: u64, at: Port, fate: Fate) -> anyhow::Result<bool> {
        let Some(stick) = pick(stick, self.sticks.len()) else {
            return Ok(false);
        };
        let Stick { folder, by } = &self.sticks[stick];
        let at = match at {
            Port::Hub => HUB,
            Port::Packer => *by,
            Port::Spot(at) => self.spot(at),
        };
        let mut files = files(folder)?;
        self.tally.plugged += 1;
        let struck = pick(self.chance.draw(), files.len()).filter(|_| fate != Fate::Whole);
        let struck = struck.map(|struck| files[struck].clone());
        while let Some(next) = pick(self.chance.draw(), files.len()) {
            let path = files.swap_remove(next);
            let mut file = std::fs::read(&path)?;
            let is_struck = struck.as_ref() == Some(&path);
            match fate {
                Fate::Torn(reach) if is_struck => {
                    file.truncate(usize::try_from(file.len() as u64 * reach / 1_000)?);
                }
                Fate::Flipped(bit) if is_struck => {
                    let bit = usize::try_from(bit % (file.len() as u64 * 8))?;
                    file[bit / 8] ^= 1 << (bit % 8);
                }
                Fate::Withheld if is_struck => continue,
                _ => {
                    self.take_file(at, &file, &path)?;
                    continue;
                }
            }
            self.tally.damaged += 1;
            self.refuse_file(at, &file)?;
        }
        if at == HUB && self.chance.below(4) > 0 {
            self.settle()?;
        }
        Ok(true)
    }

    /// A file that is as it was written.
    fn take_file(&mut self, at: usize, file: &[u8], path: &Path) -> anyhow::Result<()> {
        let is_part = path.to_string_lossy().ends_with(PART_SUFFIX);
        let machine = &self.machines[at];
        let side = Side::of(&machine.node.config).context("a node without a hub")?;
        match import(&machine.node, side, file) {
            Ok(Outcome::Taken(answer)) if at == HUB && is_part => {
                if let Some((name, receipt)) = answer.receipt {
                    let stick = path.parent().context("a stick")?;
                    export::write_receipt(stick, &name, &receipt)?;
                }
            }
            Ok(Outcome::Waits { .. }) if at == HUB && is_part => (),
            Ok(Outcome::Own) if is_part || at == HUB => (),
            Ok(Outcome::Carried { .. }) if at != HUB && is_part => (),
            Ok(Outcome::Receipt { .. }) if at != HUB && !is_part => self.tally.receipts += 1,
            Ok(Outcome::ReceiptCarried { .. }) if at != HUB && !is_part => (),
            // Two machines wrote one journal, or one wrote it twice.
            Err(Refused::Diverged(_)) if at == HUB && self.is_copied() => (),
            Err(Refused::OtherEntries(_)) if at != HUB && self.is_copied() => (),
            // It knows a hub, and has not told it all yet.
            Err(Refused::Unsettled) if at != HUB && !is_part => (),
            other => bail!("machine {at} says of {}: {other:?}", path.display()),
        }
        Ok(())
    }

    /// One that is not: it must be refused.
    fn refuse_file(&self, at: usize, file: &[u8]) -> anyhow::Result<()> {
        let node = &self.machines[at].node;
        let side = Side::of(&node.config).context("a node without a hub")?;
        match import(node, side, file) {
            Err(Refused::Own(error)) => Err(error.context("a damaged file")),
            Err(_) => Ok(()),
            Ok(outcome) => bail!("machine {at} takes a damaged file: {outcome:?}"),
        }
    }

    /// Whether a disk was copied or put back: then one name may mean two things.
    pub(crate) fn is_copied(&self) -> bool {
        self.tally.clones + self.tally.restores + self.tally.epochs > 0
    }

    /// What a hub does in the background: derives what arrived, answers look-ups, takes in what waited for it.
    pub(crate) fn settle(&mut self) -> anyhow::Result<()> {
        let hub = self.machines[HUB].node.clone();
        hub.derive_arrived()?;
        drain(&hub, sync(&hub.config)?)?;
        hub.derive_arrived()?;
        hub.release_early()?;
        self.answering(&[HUB], |_| {
            while hub.answer_lookups()? > 0 {}
            Ok(())
        })?;
        hub.end_loans()?;
        Ok(())
    }

    /// A spot hands in what it carries; of the last part only so many thousandths come.
    pub(crate) fn hand_in(&mut self, at: usize, parts: u64, reach: u64) -> anyhow::Result<bool> {
        let carried = bundle::all(&self.machines[at].node.store.read())?;
        let many = carried
            .len()
            .min(usize::try_from(parts).unwrap_or(usize::MAX));
        for (count, part) in (1..).zip(&carried[..many]) {
            let reach = if count == many { reach } else { 1_000 };
            if let Some(word) = self.bring(at, part, reach)? {
                let node = &self.machines[at].node;
                let gone = carrier::hears(node, hub(&node.config)?, part, word)?;
                self.tally.handed_in += u64::from(gone);
            }
        }
        Ok(many > 0)
    }

    /// Gives what the hub says, if the line holds until then.
    fn bring(&self, at: usize, part: &Part, reach: u64) -> anyhow::Result<Option<Word>> {
        let (node, hub) = (&self.machines[at].node, &self.machines[HUB].node);
        let receives = sync(&hub.config)?;
        if carrier::asks_first(part)
            && let Some(receipt) = receipt_for(hub, receives, part.header.checkpoint.head)?
        {
            return Ok(Some(Word::Receipt(receipt)));
        }
        let (waits, mut held) = carrier::brought(hub, part.id)?;
        if waits {
            return Ok(Some(Word::Waits));
        }
        let end = part.bytes * reach / 1_000;
        while held < end {
            let mut piece = blob::read(&node.store.read(), &part.pieces, held)?;
            ensure!(!piece.is_empty(), "a part that is carried breaks off");
            piece.truncate(usize::try_from(end - held)?);
            blob::add_piece(&hub.store.write(), &part.id.0, held, &piece)?;
            held += piece.len() as u64;
        }
        match held == part.bytes {
            true => carrier::answer(hub, receives, part.id, part.bytes).map(Some),
            false => Ok(None),
        }
    }
}

fn hub(config: &vereda::config::Config) -> anyhow::Result<&Hub> {
    config.hub.as_ref().context("a spot has a hub")
}

fn sync(config: &vereda::config::Config) -> anyhow::Result<&Sync> {
    config.sync.as_ref().context("a hub receives spots")
}

/// What is on a stick, by name.
fn files(stick: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let found = std::fs::read_dir(stick)?.map(|entry| Ok(entry?.path()));
    let mut files = found.collect::<anyhow::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}
