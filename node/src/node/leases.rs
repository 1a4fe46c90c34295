//! Values that agencies give out one by one: the hub leases some ahead to each spot, each to one journal and no
//! other, ever; and a spot uses them, also offline.
//!
//! A store that was put back from a copy does not know what it used since. So before a value is used, its key
//! is written into a file beside the store (`….spent`), which a copy of the store comes without or leaves
//! standing: what it names is not used again, and a store that lacks its file uses nothing until it has begun
//! another journal. A whole disk that was put back shows when it next speaks to the hub or to another spot,
//! and not before.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{MutexGuard, PoisonError};

use rusqlite::Connection;
use vereda_sync::catalogue::Scarce;
use vereda_sync::hlc::Hlc;
use vereda_sync::id::RecordId;
use vereda_sync::record::document::{Author, Document, DocumentError, Written};
use vereda_sync::record::lease::{self, Lease, Stock, Value, Wrong};

use super::Node;
use crate::clock;
use crate::link::enrolled;
use crate::people::hex;
use crate::store::leases::{self, Left};
use crate::store::{Result, StoreError, meta, set_meta};

type Change<'a> = Box<
    dyn FnOnce(&mut Document, &Author, Hlc) -> std::result::Result<Written, DocumentError> + 'a,
>;

/// In the store: the journal of which the file beside it names what was used.
const MARKED: &str = "spent_marked";

/// The file beside a store.
fn spent_file(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".spent");
    name.into()
}

/// A list that was not taken in, and what is wrong with its lines, counted from 1.
pub type WrongLines = Vec<(usize, Wrong)>;

impl Node {
    fn giving(&self) -> MutexGuard<'_, ()> {
        self.giving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now, as [`Value::over`] says it.
    fn minute(&self) -> String {
        clock::minute_in_portugal(self.now_ms())
    }

    /// At the hub: the scope in which a lease reaches its spot.
    pub(super) fn scope_of_lease(&self, document: &Document, home: &str) -> String {
        let sync = self.config.sync.as_ref();
        let scopes = sync
            .zip(document.text("to"))
            .map(|(sync, node)| enrolled::scopes_of(&sync.enrolled, node));
        let first = scopes.and_then(|scopes| scopes.into_iter().next());
        first.unwrap_or_else(|| home.to_owned())
    }

    /// At the hub: takes a list in, whole, and leases of it what spots lack. What is wrong with it is given
    /// back by line, and nothing was taken in then.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn give_values(
        &self,
        person: &str,
        kind: (&str, Scarce),
        pasted: &str,
    ) -> Result<std::result::Result<usize, WrongLines>> {
        let read = lease::read_list(kind, pasted, &self.minute());
        // Two operators at once: the second finds what the first gave.
        let _one = self.giving();
        let (values, mut wrong) = match read {
            Ok(values) => (values, vec![]),
            Err(wrong) => (vec![], wrong),
        };
        let lines = (1..).zip(pasted.lines());
        for (line, text) in lines.filter(|(_, text)| !text.trim().is_empty()) {
            if let Ok(value) = Value::parse(kind.1, text)
                && leases::is_known(&self.store.read(), &value.key(kind.0))?
                && wrong.iter().all(|(l, _)| *l != line)
            {
                wrong.push((line, Wrong::Known));
            }
        }
        if !wrong.is_empty() {
            wrong.sort_by_key(|(line, _)| *line);
            return Ok(Err(wrong));
        }
        let n = values.len();
        if n > 0 {
            let epoch = hex(&self.epoch()?);
            let lot = leases::lot(&(kind.0.to_owned(), kind.1), values);
            self.begin(person, |a, at| Stock::give(a, at, &lot, &epoch))?;
        }
        drop(_one);
        self.lease_ahead()?;
        Ok(Ok(n))
    }

    /// At the hub: what is not used of a list is withdrawn, here and at the spots that hear of it.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn withdraw_values(&self, person: &str, list: RecordId, reason: &str) -> Result<()> {
        let _one = self.giving();
        let unused = leases::unused_of(&self.store.read(), list)?;
        let mut changes: Vec<(RecordId, Vec<String>)> = vec![(list, vec![])];
        for (of, key) in unused {
            match changes.last_mut() {
                Some((last, keys)) if *last == of => keys.push(key),
                _ => changes.push((of, vec![key])),
            }
        }
        let changes = changes.into_iter().map(|(record, keys)| {
            let change: Change<'_> =
                Box::new(move |d, a, at| lease::withdraw(d, a, at, &keys, reason));
            (record, change)
        });
        self.change_all(person, changes, |_| Ok(()))
    }

    /// At the hub: tops up what spots have of each kind of value, once it is down to half of
    /// [`lease_ahead`]. Gives how many were leased.
    ///
    /// # Errors
    /// When the store does not answer.
    ///
    /// [`lease_ahead`]: crate::config::Sync::lease_ahead
    pub fn lease_ahead(&self) -> Result<usize> {
        let Some(sync) = self.config.sync.as_ref().filter(|_| self.is_hub()) else {
            return Ok(0);
        };
        let _one = self.giving();
        let (now, ahead) = (self.minute(), u64::from(sync.lease_ahead));
        let kinds = leases::kinds(&self.store.read(), &now)?;
        if kinds.is_empty() {
            return Ok(0);
        }
        let (epoch, spots) = (hex(&self.epoch()?), enrolled::spots(&sync.enrolled));
        let mut leased = 0;
        for kind in &kinds {
            let of = (kind.0.as_str(), kind.1);
            for node in &spots {
                let values = {
                    let db = self.store.read();
                    // Who has never exchanged has no journal to lease to.
                    let Some(journal) = leases::last_journal(&db, node)? else {
                        continue;
                    };
                    let left = leases::left(&db, (node, &journal), of, &now)?;
                    if left > ahead / 2 {
                        continue;
                    }
                    let free = leases::free(&db, of, (&epoch, &now), ahead - left)?;
                    (journal, free)
                };
                let (journal, values) = values;
                if values.is_empty() {
                    continue;
                }
                leased += values.len();
                let lot = leases::lot(kind, values);
                self.begin("", |a, at| Lease::grant(a, at, &lot, (node, &journal)))?;
            }
        }
        Ok(leased)
    }

    /// The journal of this node to which values must be leased to be used here, hex.
    fn leased_to(&self) -> String {
        hex(&self.inner().own.id.0)
    }

    /// At a spot: values that can be used now, those first that are over first; at most `limit`.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn values_left(&self, kind: (&str, Scarce), limit: u32) -> Result<Vec<Left>> {
        let (journal, node) = (self.leased_to(), &self.config.node.id);
        let now = self.minute();
        let db = self.store.read();
        let Some(beside) = self.spent_beside(&db, &journal)? else {
            return Ok(vec![]);
        };
        // The file may name more than the store, by as many.
        let most = limit.saturating_add(u32::try_from(beside.len()).unwrap_or(u32::MAX));
        let all = leases::offered(&db, (node, &journal), kind, (&now, most))?;
        let here = all.into_iter();
        let here = here.filter(|left| !beside.contains(&left.value.key(kind.0)));
        Ok(here.take(limit as usize).collect())
    }

    /// At a spot: how many values are left to use, if that is not more than `few` and there ever were any.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn left_if_any(&self, kind: (&str, Scarce), few: u64) -> Result<Option<u64>> {
        if !leases::are_any(&self.store.read(), &self.config.node.id, kind)? {
            return Ok(None);
        }
        let limit = u32::try_from(few).unwrap_or(u32::MAX).saturating_add(1);
        let left = self.values_left(kind, limit)?.len() as u64;
        Ok((left <= few).then_some(left))
    }

    /// The keys that the file beside the store names; `None`: it is not there, and should be.
    fn spent_beside(&self, db: &Connection, journal: &str) -> Result<Option<BTreeSet<String>>> {
        let path = spent_file(self.store.path());
        let marked: Option<String> = meta(db, MARKED)?;
        match fs::read_to_string(&path) {
            Ok(text) => {
                let mut lines = text.lines();
                let is_of_this = lines.next() == Some(journal);
                Ok(match is_of_this {
                    true => Some(lines.map(str::to_owned).collect()),
                    // Of a journal that was left: nothing of that one can be used.
                    false => (marked.as_deref() != Some(journal)).then(BTreeSet::new),
                })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok((marked.as_deref() != Some(journal)).then(BTreeSet::new))
            }
            Err(error) => Err(StoreError::File { path, error }),
        }
    }

    /// Writes down beside the store that a value is going to be used: on disk when this returns.
    fn mark_spent(&self, journal: &str, key: &str) -> Result<()> {
        let path = spent_file(self.store.path());
        let write = || -> std::io::Result<()> {
            let mut first = String::new();
            if let Ok(file) = fs::File::open(&path) {
                BufReader::new(file).take(64).read_line(&mut first)?;
            }
            let mut file = fs::OpenOptions::new();
            let mut file = match first.trim_end() == journal {
                true => file.append(true).open(&path)?,
                false => {
                    let mut new = file.write(true).create(true).truncate(true).open(&path)?;
                    writeln!(new, "{journal}")?;
                    new
                }
            };
            writeln!(file, "{key}")?;
            file.sync_all()
        };
        write().map_err(|error| StoreError::File {
            path: path.clone(),
            error,
        })
    }

    /// At a spot's start: a store without the file that belongs to it is a copy, and begins another journal.
    /// What the file names and the store does not know of is said to be used, for no request that is known: so
    /// the hub leases others in its place. Gives whether another journal was begun.
    ///
    /// # Errors
    /// When the store or the file does not answer.
    pub fn notice_copy(&self) -> Result<bool> {
        if self.is_hub() {
            return Ok(false);
        }
        let (journal, node) = (self.leased_to(), self.config.node.id.as_str());
        let beside = self.spent_beside(&self.store.read(), &journal)?;
        let Some(beside) = beside else {
            self.leave_journal(&mut self.inner())?;
            return Ok(true);
        };
        for key in &beside {
            let unknown = leases::unused(&self.store.read(), node, key)?;
            if let Some(of) = unknown {
                let spend = (of, key.as_str());
                self.change(
                    of,
                    "",
                    |d, a, at| lease::use_up(d, a, at, (key, "")),
                    |db| leases::spend(db, spend, (node, &journal), self.now_ms()),
                )?;
            }
        }
        Ok(false)
    }

    /// At a spot: uses a value for a request. `write` says so in the request, in the same transaction as its
    /// lease says that it is used.
    ///
    /// # Errors
    /// [`StoreError::Spent`] when it is used already or no longer this journal's; then nothing happened.
    pub fn use_value(
        &self,
        (person, request): (&str, RecordId),
        left: &Left,
        write: impl FnOnce(&mut Document, &Author, Hlc) -> std::result::Result<Written, DocumentError>,
    ) -> Result<()> {
        let service = self.with_document(left.lease, |d| Lease::of(d).map(|l| l.lot.service))?;
        let service = service.flatten().ok_or(StoreError::Spent)?;
        let (key, of) = (left.value.key(&service), request.to_string());
        let used: Change<'_> = Box::new(|d, a, at| lease::use_up(d, a, at, (&key, &of)));
        let changes = [(left.lease, used), (request, Box::new(write))];
        let (node, now_ms) = (self.config.node.id.as_str(), self.now_ms());
        self.change_all(person, changes, |db| {
            // As it is now, under the lock: an exchange may have begun another journal.
            let journal: [u8; 16] =
                meta(db, "journal")?.ok_or(StoreError::Damaged("there is no own journal"))?;
            let journal = hex(&journal);
            let beside = self.spent_beside(db, &journal)?.ok_or(StoreError::Spent)?;
            if beside.contains(&key) {
                return Err(StoreError::Spent);
            }
            leases::spend(db, (left.lease, &key), (node, &journal), now_ms)?;
            set_meta(db, MARKED, &journal)?;
            self.mark_spent(&journal, &key)
        })
    }
}
