//! The node: one store, one catalogue, one clock, one journal of its own; what
//! spot and hub have in common. Everything that is written goes through here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use rusqlite::{Connection, OptionalExtension};
use tokio::sync::{Notify, broadcast};
use vereda_sync::catalogue::Catalogue;
use vereda_sync::erasure;
use vereda_sync::exchange::message::{Feed, Share, Source};
use vereda_sync::hlc::{Hlc, HybridClock};
use vereda_sync::id::{JournalId, RecordId};
use vereda_sync::journal::Entry;
use vereda_sync::record::document::{Author, Document, DocumentError, Written, actor};
use vereda_sync::record::{self, lease, notice, occurrence, resident_list, revocation, tour};
use vereda_web::desk::port::Event;

use crate::catalogue::Configured;
use crate::clock;
use crate::config::{Config, Kind};
use crate::keep::Keeper;
use crate::lan::Doors;
use crate::staff::{Staff, StaffList};
use crate::store::derived::{Derived, Policy};
use crate::store::journal::{Appended, Journal};
use crate::store::key::StoreKey;
use crate::store::{
    self, Result, Store, StoreError, blob, bounds, custody, derived, draft, erased, journal, meta,
    parked, purged, records, set_meta,
};
use crate::surroundings::{Machine, Surroundings};

mod adopt;
mod ahead;
mod aside;
mod editions;
mod erase;
mod intake;
mod lay_down;
mod leases;
mod lend;
mod lookup;
mod numbers;
mod purge;
mod restored;
mod retention;
mod revoke;
mod shared;
mod staff;

use editions::Editions;
pub(crate) use staff::fingerprint_of_pin;

/// Documents kept in memory: those that are being worked on.
const CACHED_DOCUMENTS: usize = 64;
/// Records derived in one transaction.
const DERIVED_AT_ONCE: u32 = 256;
/// So many records derived push all else out of a hub's cache.
const FLOOD: u64 = 10_000;

/// A running node.
#[derive(Debug)]
pub struct Node {
    /// As it was configured.
    pub config: Config,
    /// What it knows.
    pub store: Store,
    /// The services, in every edition that is here.
    editions: Editions,
    /// The people.
    pub(crate) staff_list: StaffList,
    /// How it stands with the copy of what is being typed.
    pub keeper: Keeper,
    /// Who comes in from the spot's own network.
    pub doors: Doors,
    /// Told whenever there is something new to send.
    pub unsent: Notify,
    /// Told whenever there are records to derive.
    pub arrived: Notify,
    around: Box<dyn Surroundings>,
    events: broadcast::Sender<Event>,
    happened: AtomicU64,
    policy: Policy,
    actor: [u8; 16],
    secret: [u8; 32],
    clock_sure: AtomicBool,
    /// The last exchange with the hub ended well.
    pub(crate) introduced: AtomicBool,
    /// At the hub: whoever gives out values does it alone.
    giving: Mutex<()>,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    documents: LruCache<RecordId, Held>,
    clock: HybridClock,
    own: Journal,
    revision: u64,
}

/// A record in memory.
#[derive(Debug)]
struct Held {
    row: i64,
    document: Document,
    /// What was derived of it, when it was last written here.
    derived: Option<Derived>,
}

/// A change that was made and is not on disk yet.
struct Made {
    record: RecordId,
    /// `None`: the record begins with it.
    row: Option<i64>,
    document: Document,
    derived: Option<Derived>,
    written: Written,
    at: Hlc,
}

impl Node {
    /// Opens what is configured.
    ///
    /// # Errors
    /// What is wrong, in words that say what to do.
    pub fn open(config: Config) -> anyhow::Result<Self> {
        let configured = crate::catalogue::configured(&config)?;
        let staff = Staff::load(&config.staff.file).map_err(anyhow::Error::msg)?;
        let key = StoreKey::load(&config.store.key_file, &config.store.path)?;
        let store = Store::open(&config.store.path, &key)?;
        let catalogue = Self::newest(&store, configured, &config)?;
        Ok(Self::new(config, catalogue, staff, store)?)
    }

    /// The configured edition; or the hub's that came over the link, if that is newer.
    fn newest(store: &Store, configured: Configured, config: &Config) -> anyhow::Result<Catalogue> {
        let db = store.write();
        let known = store::catalogue::newest_signed(&db)?;
        let edition = configured.catalogue().edition;
        if let Some(known) = known.filter(|known| known.edition > edition) {
            let (edition, older) = (known.edition, edition);
            tracing::info!(
                edition,
                older,
                "the hub sent a newer catalogue than the configured one"
            );
            return Ok(known);
        }
        let (configured, signed) = match configured {
            Configured::Plain(catalogue) => (catalogue, false),
            Configured::Signed(signed) => {
                // What nodes have already from before two persons were named holds.
                if !store::catalogue::is_here(&db, &signed.catalogue)? {
                    crate::catalogue::publishing::may_take(&signed, config)?;
                }
                (signed.catalogue, true)
            }
        };
        store::catalogue::adopt(&db, &configured, signed, clock::now_ms())?;
        Ok(configured)
    }

    /// A node on an open store.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn new(config: Config, catalogue: Catalogue, staff: Staff, store: Store) -> Result<Self> {
        Self::within(Box::new(Machine), config, catalogue, staff, store)
    }

    /// A node on an open store, in other surroundings than this machine's.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn within(
        around: Box<dyn Surroundings>,
        config: Config,
        catalogue: Catalogue,
        staff: Staff,
        store: Store,
    ) -> Result<Self> {
        let now_ms = around.now_ms();
        let db = store.write();
        let own = own_journal(&db, &config.node.id, &*around)?;
        let secret = secret(&db, &*around)?;
        let revision = draft::last_revision(&db)?;
        let last: Option<i64> = db
            .query_row(
                "SELECT at FROM entry WHERE entry = ?1",
                [journal::place(own.row, own.frontier.size())?],
                |r| r.get(0),
            )
            .optional()?;
        let compared: i64 = meta(&db, "clock_compared_ms")?.unwrap_or(0);
        let kept = store::catalogue::before(&db, catalogue.edition)?;
        drop(db);
        let last = Hlc::new(
            last.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0),
            u16::MAX,
        );
        let is_hub = config.node.kind == Kind::Hub;
        if is_hub {
            store.widen()?;
        }
        let node = Self {
            policy: Policy {
                node: config.node.id.clone(),
                finds_duplicates: is_hub,
            },
            actor: actor(&config.node.id, &drawn(&*around)?),
            secret,
            clock_sure: AtomicBool::new(
                is_hub || (now_ms - compared).abs() < clock::TRUSTED_FOR_MS,
            ),
            introduced: AtomicBool::new(false),
            giving: Mutex::new(()),
            inner: Mutex::new(Inner {
                documents: LruCache::new(
                    CACHED_DOCUMENTS
                        .try_into()
                        .unwrap_or(std::num::NonZeroUsize::MIN),
                ),
                clock: HybridClock::after(last),
                own,
                revision,
            }),
            around,
            events: broadcast::channel(1024).0,
            // A page of before a restart is never taken for one of after it.
            happened: AtomicU64::new(now_ms.unsigned_abs()),
            keeper: Keeper::default(),
            doors: Doors::default(),
            unsent: Notify::new(),
            arrived: Notify::new(),
            staff_list: StaffList::new(&config.staff.file, staff),
            config,
            editions: Editions::new(kept, catalogue),
            store,
        };
        node.given_before()?;
        node.lay_staff()?;
        Ok(node)
    }

    /// Whoever listens to `other` hears this node too.
    #[must_use]
    pub fn heard_with(mut self, other: &Self) -> Self {
        self.events = other.events.clone();
        self
    }

    /// Who may sign in here now.
    #[must_use]
    pub fn staff(&self) -> Arc<Staff> {
        self.staff_list.now()
    }

    /// The wall clock: milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.around.now_ms()
    }

    /// The same, unsigned, as the hybrid clock takes it.
    pub fn wall_ms(&self) -> u64 {
        u64::try_from(self.now_ms()).unwrap_or(0)
    }

    /// Bytes that nobody can foresee.
    ///
    /// # Errors
    /// When there are none.
    pub fn random<const N: usize>(&self) -> Result<[u8; N]> {
        drawn(&*self.around)
    }

    /// Takes away what an earlier run left half done. For who runs the node: a command beside
    /// it would take away what somebody is uploading now.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn tidy(&self) -> Result<()> {
        self.notice_copy()?;
        self.forget_the_past();
        let db = self.store.write();
        blob::drop_unfinished(&db)?;
        store::people::forget_idle_screens(&db, self.now_ms())
    }

    /// Whether this node is the hub: it publishes feeds.
    #[must_use]
    pub fn is_hub(&self) -> bool {
        self.config.node.kind == Kind::Hub
    }

    /// Everything that changes.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Tells everybody who shows something.
    pub fn tell(&self, event: Event) {
        if matches!(
            event,
            Event::Record { .. } | Event::Messages | Event::Screens
        ) {
            self.happened.fetch_add(1, Ordering::Release);
        }
        // Nobody listening is no fault.
        let _ = self.events.send(event);
    }

    /// Grows whenever lists and records may show something else; it does not count what is typed.
    #[must_use]
    pub fn happened(&self) -> u64 {
        self.happened.load(Ordering::Acquire)
    }

    /// A secret of this node, for numbers and form guards.
    #[must_use]
    pub fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// Whether the wall clock was compared with the hub's lately.
    #[must_use]
    pub fn clock_is_sure(&self) -> bool {
        self.clock_sure.load(Ordering::Relaxed)
    }

    /// The hub's clock says this: is ours near?
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn compare_clock(&self, hub_ms: u64) -> Result<()> {
        let now = self.now_ms();
        let sure = (i64::try_from(hub_ms).unwrap_or(i64::MAX) - now).abs() <= clock::MAX_SKEW_MS;
        self.clock_sure.store(sure, Ordering::Relaxed);
        let compared: i64 = self.store.meta("clock_compared_ms")?.unwrap_or(0);
        // Kept once an hour: this runs with every exchange.
        if sure && now - compared > 3_600_000 {
            set_meta(&self.store.write(), "clock_compared_ms", now)?;
        }
        Ok(())
    }

    /// A revision for a draft: grows, also over restarts.
    pub fn next_revision(&self) -> u64 {
        let mut inner = self.inner();
        inner.revision = (inner.revision + 1).max(self.wall_ms());
        inner.revision
    }

    /// Begins a record: `write` makes its first change, `and` runs in the same
    /// transaction. When this returns, it is on disk.
    ///
    /// # Errors
    /// When the store does not answer; then nothing happened.
    pub fn begin(
        &self,
        person: &str,
        write: impl FnOnce(&Author, Hlc) -> std::result::Result<(Document, Written), DocumentError>,
    ) -> Result<RecordId> {
        let mut inner = self.inner();
        let at = inner.clock.tick(self.wall_ms());
        let (document, written) = write(&self.author(person), at)?;
        let record = RecordId::from(written.change);
        let made = Made {
            record,
            row: None,
            document,
            derived: None,
            written,
            at,
        };
        self.commit(&mut inner, vec![made], |_| Ok(()))?;
        Ok(record)
    }

    /// Changes a record: `write` makes the change, `and` runs in the same
    /// transaction. When this returns, both are on disk.
    ///
    /// # Errors
    /// When there is no such record or the store does not answer; then nothing happened.
    pub fn change(
        &self,
        record: RecordId,
        person: &str,
        write: impl FnOnce(&mut Document, &Author, Hlc) -> std::result::Result<Written, DocumentError>,
        and: impl FnOnce(&Connection) -> Result<()>,
    ) -> Result<()> {
        self.change_all(person, [(record, write)], and)
    }

    /// Changes several records, all of them or none.
    ///
    /// # Errors
    /// As [`Node::change`].
    pub fn change_all<W>(
        &self,
        person: &str,
        changes: impl IntoIterator<Item = (RecordId, W)>,
        and: impl FnOnce(&Connection) -> Result<()>,
    ) -> Result<()>
    where
        W: FnOnce(&mut Document, &Author, Hlc) -> std::result::Result<Written, DocumentError>,
    {
        let changes: Vec<_> = changes.into_iter().collect();
        for (record, _) in &changes {
            if !self.is_within_bounds(*record)? {
                return Err(StoreError::OutOfBounds);
            }
        }
        let mut inner = self.inner();
        let mut made = Vec::new();
        for (record, write) in changes {
            // Taken out while it changes: on any error it is thrown away and read anew.
            let Held {
                row,
                mut document,
                derived,
            } = match inner.documents.pop(&record) {
                Some(held) => held,
                None => self
                    .load(record)?
                    .ok_or(StoreError::Damaged("no such record"))?,
            };
            if let Some(until_ms) = self.lent_until(record, &document)? {
                return Err(StoreError::OnlyLent { until_ms });
            }
            // A record that came from elsewhere may be ahead of our clock.
            inner.clock.observe(latest(&document), self.wall_ms());
            let at = inner.clock.tick(self.wall_ms());
            let written = write(&mut document, &self.author(person), at)?;
            made.push(Made {
                record,
                row: Some(row),
                document,
                derived,
                written,
                at,
            });
        }
        self.commit(&mut inner, made, and)
    }

    /// Appends changes to the own journal, derives what they mean, and keeps the
    /// documents in memory; all or nothing. When this returns, it is on disk.
    fn commit(
        &self,
        inner: &mut Inner,
        made: Vec<Made>,
        and: impl FnOnce(&Connection) -> Result<()>,
    ) -> Result<()> {
        let mut own = inner.own.clone();
        let db = self.store.write();
        let tx = db.unchecked_transaction()?;
        let changed = made
            .into_iter()
            .map(|made| self.append(&tx, &mut own, made));
        let changed = changed.collect::<Result<Vec<_>>>()?;
        and(&tx)?;
        tx.commit()?;
        drop(db);
        inner.own = own;
        for (record, held) in changed {
            inner.documents.put(record, held);
            self.tell(Event::Record {
                id: record.to_string(),
            });
        }
        self.unsent.notify_one();
        self.tell(Event::Strip);
        Ok(())
    }

    /// Reads a record's document; `None` when there is no such record.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn with_document<T>(
        &self,
        record: RecordId,
        read: impl FnOnce(&mut Document) -> T,
    ) -> Result<Option<T>> {
        if !self.is_within_bounds(record)? {
            return Ok(None);
        }
        let mut inner = self.inner();
        if !inner.documents.contains(&record) {
            match self.load(record)? {
                Some(held) => inner.documents.put(record, held),
                None => return Ok(None),
            };
        }
        let held = inner.documents.get_mut(&record);
        Ok(held.map(|held| read(&mut held.document)))
    }

    /// Whether somebody for whom this thread works may know of a record: what is in memory is of everybody.
    fn is_within_bounds(&self, record: RecordId) -> Result<bool> {
        Ok(bounds::here().is_none() || records::find_record(&self.store.read(), record)?.is_some())
    }

    /// Stores one frame of a feed, durably, and derives what it touched.
    ///
    /// # Errors
    /// When the frame is not what comes next, or the store does not answer.
    pub fn take_feed(&self, epoch: [u8; 16], feed: &Feed) -> anyhow::Result<u64> {
        let verdicts = self.examined(&feed.packed)?;
        let erases = intake::erases(&verdicts);
        let taken = {
            let mut inner = self.inner();
            intake::take_feed(
                &self.store,
                epoch,
                feed,
                verdicts,
                (&mut inner.documents, self.now_ms()),
            )?
        };
        self.derive_arrived()?;
        self.let_go(&erases);
        Ok(taken)
    }

    /// Stores what the node `from` shares of a scope that both hold, durably, and derives
    /// what it touched.
    ///
    /// # Errors
    /// When what came cannot be read, or the store does not answer.
    pub fn take_share(&self, from: &str, share: &Share) -> anyhow::Result<Taken> {
        let verdicts = self.examined(&share.packed)?;
        let erases = intake::erases(&verdicts);
        let taken = {
            let mut inner = self.inner();
            let beyond =
                |s: &Source| s.journal == inner.own.id && s.index > inner.own.frontier.size();
            if share.sources.iter().any(beyond) {
                // Our disk was restored: there is more of our journal than we know. None of
                // its numbers may be used twice.
                self.leave_journal(&mut inner)?;
            }
            let keep = (&mut inner.documents, self.now_ms());
            shared::take(&self.store, from, share, verdicts, keep)?
        };
        self.derive_arrived()?;
        self.let_go(&erases);
        Ok(taken)
    }

    /// At the hub: stores a frame of a spot's journal; gives what is held of it
    /// and why it does not go on, if it does not.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn take_frame(
        &self,
        from: &intake::Sender,
        journal: JournalId,
        first: u64,
        packed: &[u8],
    ) -> anyhow::Result<Stored> {
        let verdicts = self.examined(packed)?;
        let erases = intake::erases(&verdicts);
        let stored = {
            let mut inner = self.inner();
            intake::take_frame(
                &self.store,
                &self.epoch()?,
                from,
                (journal, first, verdicts),
                (&mut inner.documents, self.now_ms()),
            )?
        };
        self.let_go(&erases);
        self.arrived.notify_one();
        Ok(stored)
    }

    /// Derives all records that arrived and are not derived yet.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn derive_arrived(&self) -> Result<u64> {
        self.derive_until(|| false)
    }

    /// As [`Node::derive_arrived`], and ends early, between two commits, when `ends` says so.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn derive_until(&self, ends: impl Fn() -> bool) -> Result<u64> {
        let mut done = 0;
        while !ends() {
            let batch = derived::dirty(&self.store.read(), DERIVED_AT_ONCE)?;
            if batch.is_empty() {
                break;
            }
            // The lock is let go between batches: a keystroke never waits for all of them.
            let mut inner = self.inner();
            let db = self.store.write();
            let tx = db.unchecked_transaction()?;
            for (row, record) in &batch {
                let latest = self.derive_one(&tx, *row, *record)?;
                inner.clock.observe(latest, self.wall_ms());
            }
            tx.commit()?;
            drop(db);
            drop(inner);
            done += batch.len() as u64;
        }
        if done > 0 {
            self.tell(Event::Messages);
        }
        if done >= FLOOD && self.is_hub() {
            self.store.recall_records()?;
        }
        Ok(done)
    }

    /// What comes from outside is decoded here for the first time, so a panic
    /// inside Automerge must end with this record and not with the node.
    /// Gives the latest time in it: what is written here from now on comes after.
    fn derive_one(&self, db: &Connection, row: i64, record: RecordId) -> Result<Hlc> {
        let derived = catch_unwind(AssertUnwindSafe(|| {
            let changes = journal::changes(db, row)?;
            if changes.is_empty() {
                derived::forget(db, row)?;
                return Ok(Hlc::default());
            }
            let document = Document::load(changes.iter().map(Vec::as_slice))?;
            derived::materialise(db, row, record, &document, &self.policy, None)?;
            self.lend(db, row, &document)?;
            parked::end(db, row)?;
            Ok(latest(&document))
        }));
        match derived {
            Ok(Ok(latest)) => {
                self.tell(Event::Record {
                    id: record.to_string(),
                });
                Ok(latest)
            }
            Ok(Err(StoreError::Document(DocumentError::Incomplete(missing)))) => {
                tracing::info!(%record, missing, "a record waits for changes that are not here");
                let whose = journal::last_author(db, row)?;
                parked::keep(db, row, &whose, self.now_ms())?;
                derived::set_aside(db, row)?;
                Ok(Hlc::default())
            }
            Ok(Err(StoreError::Document(error))) => {
                tracing::warn!(%record, %error, "a record cannot be derived and is set aside");
                derived::set_aside(db, row)?;
                Ok(Hlc::default())
            }
            Ok(Err(error)) => Err(error),
            Err(_) => {
                tracing::error!(%record, "a record made Automerge panic and is set aside");
                derived::set_aside(db, row)?;
                Ok(Hlc::default())
            }
        }
    }

    /// The hub's epoch: drawn once, changed by every restore.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn epoch(&self) -> Result<[u8; 16]> {
        if let Some(epoch) = self.store.meta("epoch")? {
            return Ok(epoch);
        }
        let epoch: [u8; 16] = self.random()?;
        set_meta(&self.store.write(), "epoch", epoch)?;
        Ok(epoch)
    }

    /// After a restore of the hub: a new epoch, so that spots offer again what
    /// was lost, and a new journal, as spots may know more of the old one.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn begin_epoch(&self) -> Result<[u8; 16]> {
        let epoch: [u8; 16] = self.random()?;
        let mut inner = self.inner();
        let db = self.store.write();
        let tx = db.unchecked_transaction()?;
        let own = journal::begin(&tx, JournalId(self.random()?), &self.config.node.id, true)?;
        set_meta(&tx, "journal", own.id.0)?;
        set_meta(&tx, "epoch", epoch)?;
        tx.execute("UPDATE scope SET epoch = ?1", [epoch])?;
        tx.commit()?;
        inner.own = own;
        Ok(epoch)
    }

    /// The hub holds `held` entries under the id of our `journal` that are not
    /// all ours: our disk was restored from a backup or is a copy. What it did
    /// not acknowledge moves to a new journal; our past comes with the feeds.
    /// Gives whether that changed anything.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn begin_new_journal(&self, journal: JournalId, held: u64) -> Result<bool> {
        let mut inner = self.inner();
        let db = self.store.write();
        let tx = db.unchecked_transaction()?;
        let old = journal::find(&tx, journal)?
            .filter(|j| j.own)
            .ok_or(StoreError::Damaged("no such journal"))?;
        if held <= old.acked && old.frontier.size() <= old.acked {
            return Ok(false);
        }
        let mut to = if old.id == inner.own.id {
            journal::begin(&tx, JournalId(self.random()?), &self.config.node.id, true)?
        } else {
            inner.own.clone()
        };
        let moved = journal::retire(&tx, &old, held, &mut to)?;
        custody::forget_past(&tx, old.id, old.acked)?;
        set_meta(&tx, "journal", to.id.0)?;
        tx.execute("DELETE FROM scope", [])?;
        tx.commit()?;
        tracing::warn!(old = %old.id, new = %to.id, moved, "the hub knows this journal otherwise: a new one is begun");
        inner.own = to;
        Ok(true)
    }

    /// Begins a new journal; the old one stays as it is, to be settled with the hub.
    fn leave_journal(&self, inner: &mut Inner) -> Result<()> {
        let db = self.store.write();
        let tx = db.unchecked_transaction()?;
        journal::keep_frontier(&tx, &inner.own)?;
        let to = journal::begin(&tx, JournalId(self.random()?), &self.config.node.id, true)?;
        set_meta(&tx, "journal", to.id.0)?;
        tx.commit()?;
        tracing::warn!(old = %inner.own.id, new = %to.id, "another node knows more of our journal: a new one is begun");
        inner.own = to;
        Ok(())
    }

    fn author(&self, person: &str) -> Author {
        Author {
            actor: self.actor,
            node: self.config.node.id.clone(),
            spot: self.config.node.name.clone(),
            stop: self.config.node.stop.clone(),
            person: person.to_owned(),
            clock_sure: self.clock_is_sure(),
            zone: self.config.node.zone.in_records(),
        }
    }

    #[track_caller]
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.store.must_not_be_held();
        // A panic leaves at worst a document out of the cache.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn load(&self, record: RecordId) -> Result<Option<Held>> {
        let db = self.store.read();
        let Some(row) = records::find_record(&db, record)? else {
            return Ok(None);
        };
        if erased::is(&db, row)? || purged::is(&db, row)? {
            return Ok(None);
        }
        let document = derived::load(&db, row)?;
        Ok(Some(Held {
            row,
            document,
            derived: None,
        }))
    }

    fn append(&self, tx: &Connection, own: &mut Journal, made: Made) -> Result<(RecordId, Held)> {
        let (record, document) = (made.record, made.document);
        let row = match made.row {
            Some(row) => row,
            None => {
                let home = self.config.node.scopes.first();
                let home = home.map_or("", String::as_str);
                let scope = match document.kind() {
                    Some(record::Kind::Notice) => notice::SCOPE.to_owned(),
                    Some(record::Kind::Revocation) if self.is_hub() => revocation::SCOPE.to_owned(),
                    Some(record::Kind::Occurrence) if self.is_hub() => occurrence::SCOPE.to_owned(),
                    Some(record::Kind::Tour | record::Kind::Booking) if self.is_hub() => {
                        tour::SCOPE.to_owned()
                    }
                    Some(record::Kind::ResidentList | record::Kind::Resident) if self.is_hub() => {
                        resident_list::SCOPE.to_owned()
                    }
                    Some(record::Kind::Facility) => self.scope_of_facility(&document, home),
                    Some(record::Kind::Stock) => lease::SCOPE.to_owned(),
                    Some(record::Kind::Lease) => self.scope_of_lease(&document, home),
                    _ => home.to_owned(),
                };
                records::record_row(tx, record, &scope)?
            }
        };
        let entry = Entry {
            record,
            change: made.written.change,
            bytes: made.written.bytes,
        };
        let appended = journal::append(tx, own, row, &entry, made.at.unix_ms())?;
        if self.is_hub() {
            self.publish(tx, row, (appended, &entry))?;
        }
        let last = made.derived.as_ref();
        let derived = derived::materialise(tx, row, record, &document, &self.policy, last)?;
        let given = [
            record::Kind::Notice,
            record::Kind::Tour,
            record::Kind::Booking,
            record::Kind::ResidentList,
            record::Kind::Resident,
            record::Kind::Occurrence,
            record::Kind::Revocation,
        ];
        if document.kind().is_some_and(|kind| given.contains(&kind)) {
            self.lend(tx, row, &document)?;
        }
        let held = Held {
            row,
            document,
            derived: Some(derived),
        };
        Ok((record, held))
    }

    /// At the hub: what it writes itself is news for the spots too.
    fn publish(
        &self,
        tx: &Connection,
        record: i64,
        (appended, entry): (Appended, &Entry),
    ) -> Result<()> {
        let scopes = match erasure::is(&entry.bytes) {
            true => vec![erasure::SCOPE.to_owned()],
            false => self.feeds_of(tx, record)?,
        };
        scopes
            .iter()
            .try_for_each(|scope| self.publish_in(tx, scope, &[appended]))
    }
}

pub use adopt::ADOPTED_AFTER_MS;
pub use aside::{Impounded, Released};
pub use intake::{MAX_PARKED, OtherEntry, Sender, Stop, Stored};
pub use leases::WrongLines;
pub use lookup::MAX_A_DAY;
pub use purge::Purged;
pub use shared::Taken;

/// The latest time in a record.
fn latest(document: &Document) -> Hlc {
    document.changed().unwrap_or_default()
}

fn own_journal(db: &Connection, node: &str, around: &dyn Surroundings) -> Result<Journal> {
    if let Some(id) = meta(db, "journal")?
        && let Some(own) = journal::find(db, JournalId(id))?
    {
        return Ok(own);
    }
    let tx = db.unchecked_transaction()?;
    let own = journal::begin(&tx, JournalId(drawn(around)?), node, true)?;
    set_meta(&tx, "journal", own.id.0)?;
    tx.commit()?;
    Ok(own)
}

fn secret(db: &Connection, around: &dyn Surroundings) -> Result<[u8; 32]> {
    if let Some(secret) = meta(db, "secret")? {
        return Ok(secret);
    }
    let secret: [u8; 32] = drawn(around)?;
    set_meta(db, "secret", secret)?;
    Ok(secret)
}

fn drawn<const N: usize>(around: &dyn Surroundings) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    around.fill(&mut bytes)?;
    Ok(bytes)
}

/// Random bytes from the system.
///
/// # Errors
/// When the system has none, which it has no reason to.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    drawn(&Machine)
}
