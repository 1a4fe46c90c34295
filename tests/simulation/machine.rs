//! A machine: the real node on a disk of its own, with a clock and with chance that the
//! simulation gives it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use vereda::console::HubConsole;
use vereda::desk::{LinkView, SpotDesk};
use vereda::node::Node;
use vereda::store::{self, journal};
use vereda::surroundings::Surroundings;
use vereda_sync::id::{ChangeId, JournalId, RecordId};
use vereda_sync::journal::Entry;
use vereda_tests::invented::Seeded;
use vereda_web::desk::port::Link;

use crate::model::Changes;
use crate::site::{HUB, Site};

/// The wall clock of a machine: what is right, and how far it is from that.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    pub(crate) right_ms: Arc<AtomicI64>,
    pub(crate) by_ms: Arc<AtomicI64>,
}

/// Time and chance of one process.
#[derive(Debug)]
struct Simulated {
    clock: Clock,
    chance: Mutex<Seeded>,
}

impl Surroundings for Simulated {
    fn now_ms(&self) -> i64 {
        let right = self.clock.right_ms.load(Ordering::Relaxed);
        right + self.clock.by_ms.load(Ordering::Relaxed)
    }

    fn fill(&self, bytes: &mut [u8]) -> store::Result<()> {
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in bytes {
            *byte = chance.draw().to_be_bytes()[0];
        }
        Ok(())
    }
}

/// A node that runs.
pub(crate) struct Machine {
    /// Which device it says it is; a copy says the same.
    pub(crate) identity: usize,
    pub(crate) folder: PathBuf,
    pub(crate) clock: Clock,
    pub(crate) node: Arc<Node>,
    /// The desk of a spot.
    pub(crate) desk: Option<SpotDesk>,
    /// The console of the hub.
    pub(crate) console: Option<HubConsole>,
}

struct NoLink;

impl LinkView for NoLink {
    fn link(&self) -> Link {
        Link::None
    }

    fn sync_now(&self) {}
}

impl Machine {
    /// Starts on the disk in that folder.
    pub(crate) fn start(
        site: &Site,
        (identity, scopes): (usize, &[String]),
        folder: PathBuf,
        clock: Clock,
        chance: Seeded,
    ) -> anyhow::Result<Self> {
        let config = site.config(identity, scopes, &folder);
        let around = Simulated {
            clock: clock.clone(),
            chance: Mutex::new(chance),
        };
        let (catalogue, staff) = (site.catalogue.clone(), site.staff.clone());
        let store = site.open(&folder)?;
        let node = Arc::new(Node::within(
            Box::new(around),
            config,
            catalogue,
            staff,
            store,
        )?);
        node.derive_arrived()?;
        let desk = (identity != HUB).then(|| SpotDesk::new(node.clone(), None, Box::new(NoLink)));
        let console = (identity == HUB).then(|| HubConsole::new(node.clone()));
        Ok(Self {
            identity,
            folder,
            clock,
            node,
            desk,
            console,
        })
    }

    /// Copies the disk as it is at this moment, with whatever of the log reached it.
    pub(crate) fn copy_disk(&self, to: &Path) -> anyhow::Result<()> {
        std::fs::create_dir_all(to)?;
        std::fs::copy(self.folder.join("vereda.db"), to.join("vereda.db"))?;
        let log = self.folder.join("vereda.db-wal");
        if log.exists() {
            std::fs::copy(log, to.join("vereda.db-wal"))?;
        }
        Ok(())
    }

    /// Bytes of the log of the store.
    pub(crate) fn log_bytes(&self) -> u64 {
        std::fs::metadata(self.folder.join("vereda.db-wal")).map_or(0, |log| log.len())
    }

    /// Where the journal is that is being written, and how long.
    pub(crate) fn journal(&self) -> anyhow::Result<(JournalId, u64)> {
        let id: Option<[u8; 16]> = self.node.store.meta("journal")?;
        let id = JournalId(id.unwrap_or_default());
        let journal = journal::find(&self.node.store.read(), id)?;
        Ok((id, journal.map_or(0, |j| j.frontier.size())))
    }

    /// What was written since the journal was that long.
    pub(crate) fn written_since(&self, (id, size): (JournalId, u64)) -> anyhow::Result<Vec<Entry>> {
        let db = self.node.store.read();
        let found = journal::find(&db, id)?;
        found.map_or(Ok(vec![]), |journal| {
            Ok(journal::entries(&db, journal.row, size + 1, usize::MAX)?)
        })
    }

    /// All changes on the disk.
    pub(crate) fn changes(&self) -> anyhow::Result<Changes> {
        self.select("SELECT change FROM entry", [])
    }

    /// All changes in its own journals, but of records that it purged.
    pub(crate) fn own_changes(&self) -> anyhow::Result<Changes> {
        self.select(
            "SELECT change FROM entry JOIN journal USING (journal) WHERE own AND length(body) > 0",
            [],
        )
    }

    /// All changes that it would bring to a hub that lacks them: its own, and those of others in the
    /// scope that is its home, once their authors took too long.
    pub(crate) fn brings(&self, home: &str) -> anyhow::Result<Changes> {
        self.select(
            "SELECT change FROM entry JOIN journal USING (journal) JOIN record USING (record)
             WHERE (own OR scope = ?1) AND length(body) > 0",
            [home],
        )
    }

    /// All changes of a record.
    pub(crate) fn changes_of(&self, record: RecordId) -> anyhow::Result<Changes> {
        self.select(
            "SELECT change FROM entry WHERE record = (SELECT record FROM record_by_id WHERE id = ?1)",
            [record.0],
        )
    }

    pub(crate) fn select(&self, sql: &str, with: impl rusqlite::Params) -> anyhow::Result<Changes> {
        let db = self.node.store.read();
        let mut rows = db.prepare_cached(sql)?;
        let found = rows.query_map(with, |r| r.get(0).map(ChangeId))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }
}
