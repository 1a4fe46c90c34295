//! A world: a hub and its spots, their disks, the lines between them, and what the model
//! knows of it all.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::Context;
use vereda_tests::invented::Seeded;

use crate::line::{Late, Line};
use crate::machine::{Clock, Machine};
use crate::model::{Changes, Model};
use crate::near::Near;
use crate::plan::Plan;
use crate::site::{HUB, SCOPES, Site};
use crate::tally::Tally;

/// When every world begins, milliseconds since 1970: some day of 2026.
const BEGIN_MS: i64 = 1_785_000_000_000;

/// Four days.
const DAYS_MS: i64 = 4 * 24 * 3_600_000;

/// See the module.
pub(crate) struct World<'a> {
    pub(crate) site: &'a Site,
    pub(crate) room: PathBuf,
    disks: u64,
    /// What happens now draws from here.
    pub(crate) chance: Seeded,
    pub(crate) right_ms: Arc<AtomicI64>,
    /// The hub, the spots, and copies of spots.
    pub(crate) machines: Vec<Machine>,
    /// What each identity is enrolled for.
    pub(crate) scopes: Vec<Vec<String>>,
    pub(crate) lines: Vec<Line>,
    pub(crate) late: Vec<Late>,
    pub(crate) nears: Vec<Near>,
    pub(crate) copies: Vec<DiskCopy>,
    /// What is in copies of the hub's store off its disk.
    pub(crate) archived: Changes,
    pub(crate) sticks: Vec<Stick>,
    pub(crate) model: Model,
    pub(crate) tally: Tally,
    pub(crate) notes: u64,
}

/// A stick, and the machine that packed onto it last.
pub(crate) struct Stick {
    pub(crate) folder: PathBuf,
    pub(crate) by: usize,
}

/// A disk as it was.
pub(crate) struct DiskCopy {
    pub(crate) machine: usize,
    pub(crate) folder: PathBuf,
    pub(crate) changes: Changes,
    pub(crate) own: Changes,
    /// The scope that each machine's new records belonged to, by identity.
    pub(crate) homes: Vec<String>,
}

impl<'a> World<'a> {
    /// The scope that each machine's new records belong to, by identity.
    pub(crate) fn homes(&self) -> Vec<String> {
        self.scopes.iter().map(|all| all[0].clone()).collect()
    }

    /// A world in which nothing has happened.
    pub(crate) fn new(site: &'a Site, plan: &Plan) -> anyhow::Result<Self> {
        let hub = SCOPES.map(str::to_owned).to_vec();
        let mut this = Self {
            site,
            room: site.room()?,
            disks: 0,
            chance: Seeded::new(plan.seed ^ 0x5eed),
            right_ms: Arc::new(AtomicI64::new(BEGIN_MS)),
            machines: vec![],
            scopes: std::iter::once(hub).chain(plan.spots.clone()).collect(),
            lines: vec![],
            late: vec![],
            nears: vec![],
            copies: vec![],
            archived: Changes::new(),
            sticks: vec![],
            model: Model::default(),
            tally: Tally::default(),
            notes: 0,
        };
        site.enrol(&this.room, &this.scopes)?;
        for identity in 0..this.scopes.len() {
            let folder = this.new_disk();
            site.put_empty_store(&folder)?;
            let machine = this.start(identity, folder, this.clock())?;
            this.machines.push(machine);
        }
        this.machines[HUB].node.epoch()?;
        Ok(this)
    }

    /// The place of a new disk.
    pub(crate) fn new_disk(&mut self) -> PathBuf {
        self.disks += 1;
        self.room.join(format!("disk-{}", self.disks))
    }

    /// A clock that is right.
    fn clock(&self) -> Clock {
        Clock {
            right_ms: self.right_ms.clone(),
            by_ms: Arc::default(),
        }
    }

    /// Starts a machine on the disk in a folder.
    pub(crate) fn start(
        &mut self,
        identity: usize,
        folder: PathBuf,
        clock: Clock,
    ) -> anyhow::Result<Machine> {
        let who = (identity, self.scopes[identity].as_slice());
        let chance = Seeded::new(self.chance.draw());
        Machine::start(self.site, who, folder, clock, chance).context("a node does not start")
    }

    /// Puts another disk into a machine and starts it; what it had under way is gone.
    pub(crate) fn swap_disk(&mut self, at: usize, folder: PathBuf) -> anyhow::Result<()> {
        self.silence(at);
        let (identity, clock) = (self.machines[at].identity, self.machines[at].clock.clone());
        let machine = self.start(identity, folder, clock)?;
        let old = std::mem::replace(&mut self.machines[at], machine);
        let folder = old.folder.clone();
        drop(old);
        std::fs::remove_dir_all(folder)?;
        Ok(())
    }

    /// The lines of a machine break; those of the hub all do.
    pub(crate) fn silence(&mut self, at: usize) {
        let of_machine = |line: &Line| at == HUB || line.machine == at;
        let (cut, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.lines)
            .into_iter()
            .partition(of_machine);
        self.lines = left;
        self.nears.retain(|near| !near.machines.contains(&at));
        self.tally.cuts += cut.len() as u64;
        if at == HUB {
            self.late.clear();
        } else {
            self.late.extend(cut.into_iter().filter_map(Line::cut));
        }
    }

    /// Longer than anybody is waited for.
    pub(crate) fn days_pass(&self) {
        self.right_ms.fetch_add(DAYS_MS, Ordering::Relaxed);
    }

    /// Time goes by.
    pub(crate) fn pass(&mut self) {
        let ms = match self.chance.below(4) {
            0 => 0,
            1 => self.chance.below(1_000),
            2 => self.chance.below(3_600_000),
            _ => self.chance.below(20 * 3_600_000),
        };
        let ms = i64::try_from(ms).unwrap_or(0);
        self.right_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Drop for World<'_> {
    fn drop(&mut self) {
        self.lines.clear();
        self.late.clear();
        self.nears.clear();
        self.machines.clear();
        // What stays goes with the site.
        let _ = std::fs::remove_dir_all(&self.room);
    }
}

/// One of so many.
pub(crate) fn pick(number: u64, of: usize) -> Option<usize> {
    let at = number.checked_rem(of as u64)?;
    usize::try_from(at).ok()
}
