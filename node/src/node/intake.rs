//! What comes in from outside: examined, stored, and only then acknowledged.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use anyhow::{Context, bail, ensure};
use lru::LruCache;
use rusqlite::Connection;
use vereda_sync::erasure;
use vereda_sync::exchange::LENT;
use vereda_sync::exchange::frame::{self, Verdict};
use vereda_sync::exchange::message::Feed;
use vereda_sync::guard;
use vereda_sync::id::{ChangeId, JournalId, RecordId};
use vereda_sync::journal::Entry;
use vereda_sync::record::{agency, notice};

use super::erase;
use crate::agencies::is_genuine;
use crate::store::journal::{Appended, Journal};
use crate::store::quarantine::{self, Cause, Put, Room};
use crate::store::{
    Store, derived, erased, feed, journal, lent, meta, parked, purged, records, spot, unheard,
};

/// Most records of one node that may wait for changes which are not here: its journal waits then.
pub const MAX_PARKED: u64 = 1_000;

/// A spot as the hub's allow-list knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Its id.
    pub node: String,
    /// The scopes that it may write; new records belong to the first.
    pub scopes: Vec<String>,
}

type Documents = LruCache<RecordId, super::Held>;

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Entries of the journal that are on disk and are what the sender has: to
    /// be acknowledged. Never more than the frame reaches, as only so much was compared.
    pub held: u64,
    /// Why the journal does not go on after them.
    pub stopped: Option<Stop>,
    /// Entries that went into quarantine while the journal goes on.
    pub refused: u64,
}

/// Why a journal does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Its next entry was refused and is in quarantine.
    Quarantined,
    /// Its next entry builds on what is not here, and so do too many records of its node.
    Parked,
    /// It is not the journal that is held under this id: a copied or restored disk.
    Diverged,
}

impl super::Node {
    /// Examines what is packed. Before any lock: hostile input keeps nobody waiting. An erasure
    /// that the hub did not put its seal to is refused like what cannot be read.
    pub(super) fn examined(&self, packed: &[u8]) -> anyhow::Result<Vec<Verdict>> {
        let verdicts = frame::examine(frame::unpack(packed)?).into_iter();
        let sealed = verdicts.map(|verdict| match verdict {
            Ok(entry) if erasure::is(&entry.bytes) && !self.is_sealed(&entry.bytes) => {
                Err((guard::Refused::NotSealed, entry.bytes))
            }
            verdict => verdict,
        });
        Ok(sealed.collect())
    }
}

/// The records that erasures among them are about.
pub(super) fn erases(verdicts: &[Verdict]) -> Vec<RecordId> {
    let entries = verdicts.iter().flatten();
    let erasures = entries.filter(|entry| erasure::is(&entry.bytes));
    erasures.map(|entry| entry.record).collect()
}

/// Stores a frame of a spot's journal up to the first gap.
pub(super) fn take_frame(
    store: &Store,
    epoch: &[u8; 16],
    from: &Sender,
    (id, first, verdicts): (JournalId, u64, Vec<Verdict>),
    (documents, now_ms): (&mut Documents, i64),
) -> anyhow::Result<Stored> {
    let db = store.write();
    let tx = db.unchecked_transaction()?;
    let mut journal =
        journal::find(&tx, id)?.context("frame of a journal that was not announced")?;
    ensure!(
        !journal.own && journal.node == from.node,
        "frame of a journal of another node"
    );
    let held = journal.frontier.size();
    if first > held + 1 {
        return Ok(Stored {
            held,
            stopped: None,
            refused: 0,
        });
    }
    let end = first.saturating_sub(1) + verdicts.len() as u64;
    let mut intake = Intake::begin(epoch, from, now_ms);
    let mut stopped = None;
    for (index, verdict) in (first..).zip(verdicts) {
        if index <= held {
            // What comes again must be what is here: else two machines write one journal.
            let leaf = feed::leaf_of(&tx, id, index)?;
            if verdict.ok().map(|entry| entry.leaf()) != leaf {
                return Ok(Stored {
                    held: (index - 1).min(held),
                    stopped: Some(Stop::Diverged),
                    refused: 0,
                });
            }
            continue;
        }
        let taken = match verdict {
            Ok(entry) => intake.take(&tx, &mut journal, &entry, documents)?,
            Err((refused, bytes)) => {
                let reason = refused.to_string();
                let refused = Put {
                    node: &from.node,
                    place: (id, index),
                    entry: None,
                    cause: Cause::Guard,
                    reason: &reason,
                    bytes: &bytes,
                };
                put_aside(&tx, &refused, (&mut intake.room, now_ms))?;
                let words = format!(
                    "A alteração {index} foi recusada e está em quarentena; as seguintes esperam: {reason}"
                );
                spot::keep_trouble(&tx, &from.node, &words)?;
                Some(Stop::Quarantined)
            }
        };
        if let Some(stop) = taken {
            tracing::info!(node = from.node, journal = %id, index, ?stop, "a journal waits");
            // The journal cannot go on past an entry that is not what the
            // spot signed for; what came before it is kept and acknowledged.
            stopped = Some(stop);
            break;
        }
    }
    let refused = intake.refused;
    intake.publishing.keep(&tx)?;
    journal::keep_frontier(&tx, &journal)?;
    quarantine::delivered(&tx, &journal, now_ms)?;
    tx.commit()?;
    Ok(Stored {
        held: journal.frontier.size().min(end),
        stopped,
        refused,
    })
}

/// Entries of one sender that become the next ones of its journals.
pub(super) struct Intake<'a> {
    pub(super) from: &'a Sender,
    pub(super) publishing: Publishing<'a>,
    now_ms: i64,
    parking: Parking<'a>,
    /// The record of the last entry: mostly the next one is of the same.
    last: Option<Last>,
    /// What is left of the quarantine for the sender, once it was looked at.
    room: Option<Room>,
    /// Entries that went into quarantine while the journal goes on.
    refused: u64,
}

enum Admitted {
    To(Last),
    /// Settled already: the journal goes on, or why it does not.
    Not(Option<Stop>),
}

/// A record that the sender may write, and that was not erased.
struct Last {
    record: RecordId,
    row: i64,
    scope: String,
}

impl<'a> Intake<'a> {
    pub(super) fn begin(epoch: &'a [u8; 16], from: &'a Sender, now_ms: i64) -> Self {
        Self {
            from,
            publishing: Publishing::begin(epoch),
            now_ms,
            parking: Parking::of(&from.node),
            last: None,
            room: None,
            refused: 0,
        }
    }

    /// Takes an entry as the next one of the journal; gives why that cannot go on, if it cannot.
    pub(super) fn take(
        &mut self,
        db: &Connection,
        journal: &mut Journal,
        entry: &Entry,
        documents: &mut Documents,
    ) -> anyhow::Result<Option<Stop>> {
        let last = self.last.take();
        if erasure::is(&entry.bytes) {
            let row = records::record_row(db, entry.record, erasure::SCOPE)?;
            let appended = journal::append(db, journal, row, entry, self.now_ms)?;
            if erase::apply(db, row, entry, documents)? {
                let of = (row, erasure::SCOPE);
                self.publishing.publish(db, of, appended)?;
            }
            return Ok(None);
        }
        let speaks = agency::may_speak(&entry.bytes);
        let of_last =
            last.filter(|l| l.record == entry.record && !entry.bytes.is_empty() && !speaks);
        let of = match of_last {
            Some(last) => last,
            None => match self.admit(db, journal, entry)? {
                Admitted::To(record) => record,
                Admitted::Not(stop) => return Ok(stop),
            },
        };
        if !self.parking.admits(db, of.row, entry, self.now_ms)? {
            let words = format!(
                "{MAX_PARKED} registos deste posto esperam por alterações de outros que ainda não chegaram: o diário espera na alteração {}. Ligue os outros postos à central.",
                journal.frontier.size() + 1
            );
            spot::keep_trouble(db, &self.from.node, &words)?;
            return Ok(Some(Stop::Parked));
        }
        let appended = journal::append(db, journal, of.row, entry, self.now_ms)?;
        let published = (of.row, of.scope.as_str());
        self.publishing.publish(db, published, appended)?;
        documents.pop(&entry.record);
        self.last = Some(of);
        Ok(None)
    }

    /// Whether the sender may write the record of an entry; if not, its leaf alone is kept.
    fn admit(
        &mut self,
        db: &Connection,
        journal: &mut Journal,
        entry: &Entry,
    ) -> anyhow::Result<Admitted> {
        let home = self.from.scopes.first().context("a spot without a scope")?;
        let known = records::known(db, entry.record)?;
        if let Some(known) = &known
            && known.erased
        {
            // The tombstone wins: the leaf stays, and nobody is told of it.
            journal::append(db, journal, known.row, &bare(entry), self.now_ms)?;
            return Ok(Admitted::Not(None));
        }
        if entry.bytes.is_empty() {
            let row = records::record_row(db, entry.record, erasure::SCOPE)?;
            let why = "it came without its body, and its record was not erased";
            let refused = self.refuse(db, journal, (row, entry), (Cause::Bare, why))?;
            return Ok(Admitted::Not(refused));
        }
        let scope = known.as_ref().map(|known| known.scope.as_str());
        if is_early(scope, entry, self.from) {
            // After the hub was restored, spots may come back in any order. What it wrote itself may never
            // come: nothing behind waits for that.
            let row = records::record_row(db, entry.record, erasure::SCOPE)?;
            let why =
                "it came before the record that it changes: the spot that began it brings that";
            let refused = self.refuse(db, journal, (row, entry), (Cause::Early, why))?;
            return Ok(Admitted::Not(refused));
        }
        let (row, scope) = match known {
            Some(known) if known.scope != erasure::SCOPE => (known.row, known.scope),
            // Known so far only by a leaf.
            Some(_) => (
                records::record_row(db, entry.record, home)?,
                home.to_owned(),
            ),
            None => (
                records::begin_record(db, entry.record, home)?,
                home.to_owned(),
            ),
        };
        if !self.from.scopes.contains(&scope) && !lent::is_to(db, row, &self.from.node)? {
            let why = format!("{} may not write in the scope {scope}", self.from.node);
            let refused = self.refuse(db, journal, (row, entry), (Cause::Scope, &why))?;
            return Ok(Admitted::Not(refused));
        }
        if agency::may_speak(&entry.bytes) && !is_of_hub(db, entry)? {
            let why = format!(
                "{} speaks for an agency, which only the hub does",
                self.from.node
            );
            let refused = self.refuse(db, journal, (row, entry), (Cause::Scope, &why))?;
            return Ok(Admitted::Not(refused));
        }
        Ok(Admitted::To(Last {
            record: entry.record,
            row,
            scope,
        }))
    }

    /// An entry that cannot be taken in, as one for a record that its author may not write: its body
    /// goes into quarantine and its leaf stays, so that what comes behind it does not wait.
    fn refuse(
        &mut self,
        db: &Connection,
        journal: &mut Journal,
        (row, entry): (i64, &Entry),
        (cause, reason): (Cause, &str),
    ) -> anyhow::Result<Option<Stop>> {
        let (node, index) = (&self.from.node, journal.frontier.size() + 1);
        let refused = Put {
            node,
            place: (journal.id, index),
            entry: Some((entry.record, entry.change)),
            cause,
            reason,
            bytes: &entry.bytes,
        };
        // What is acknowledged is kept: without room for it the journal waits.
        let kept = put_aside(db, &refused, (&mut self.room, self.now_ms))?;
        let words = match kept {
            true if cause == Cause::Bare => format!(
                "A alteração {index} veio sem o que foi escrito, e o registo não consta como apagado: está em quarentena; as seguintes seguem."
            ),
            true => format!(
                "A alteração {index} é de um âmbito em que este posto não pode escrever: está em quarentena; as seguintes seguem."
            ),
            false => format!(
                "A quarentena deste posto está cheia: o diário espera na alteração {index}. Decida o que lá está."
            ),
        };
        // What is early is nobody's fault.
        let is_early = kept && cause == Cause::Early;
        if !is_early {
            spot::keep_trouble(db, node, &words)?;
            self.refused += 1;
        }
        if !kept {
            return Ok(Some(Stop::Quarantined));
        }
        journal::append(db, journal, row, &bare(entry), self.now_ms)?;
        Ok(None)
    }
}

/// Whether what an entry says in an agency's name was written here once, and comes back after a restore.
fn is_of_hub(db: &Connection, entry: &Entry) -> anyhow::Result<bool> {
    let secret: Option<[u8; 32]> = meta(db, "secret")?;
    Ok(secret.is_some_and(|secret| is_genuine(&secret, entry.record, &entry.bytes)))
}

/// Whether an entry comes before the record that it changes, `scope` being what is known of that, and it
/// cannot be said of which scope it is: to guess would lock out the spot that began it.
pub(super) fn is_early(scope: Option<&str>, entry: &Entry, from: &Sender) -> bool {
    let unknown = scope.is_none_or(|scope| scope == erasure::SCOPE);
    unknown && entry.record.0 != entry.change.0 && from.scopes.len() > 1
}

/// What is to be stored of an entry: of an erased or purged record, without its body.
pub(super) fn kept<'a>(
    db: &Connection,
    row: i64,
    entry: &'a Entry,
) -> anyhow::Result<Cow<'a, Entry>> {
    let forgotten = erased::is(db, row)? || purged::is(db, row)?;
    let loses = !erasure::is(&entry.bytes) && forgotten;
    Ok(match loses {
        true => Cow::Owned(bare(entry)),
        false => Cow::Borrowed(entry),
    })
}

/// An entry without its body: record and change, which its leaf is made of.
fn bare(entry: &Entry) -> Entry {
    Entry {
        bytes: vec![],
        ..*entry
    }
}

/// Entries of spots become news of their scopes, and are to be derived.
pub(super) struct Publishing<'a> {
    epoch: &'a [u8; 16],
    /// As far as they are now; kept in the end.
    scopes: BTreeMap<String, feed::Scope>,
    /// Records that are known to be derived anew, with the feeds in which they are beside that of their scope.
    marked: HashMap<i64, Vec<String>>,
}

impl<'a> Publishing<'a> {
    pub(super) fn begin(epoch: &'a [u8; 16]) -> Self {
        Self {
            epoch,
            scopes: BTreeMap::new(),
            marked: HashMap::new(),
        }
    }

    pub(super) fn publish(
        &mut self,
        db: &Connection,
        (record, scope): (i64, &str),
        appended: Appended,
    ) -> anyhow::Result<()> {
        let beside = match self.marked.get(&record) {
            Some(beside) => beside.clone(),
            None => {
                derived::mark_dirty(db, record)?;
                let lent = lent::to(db, record)?;
                let feeds: Vec<String> = lent.iter().map(|node| lent::feed(node)).collect();
                self.marked.insert(record, feeds.clone());
                feeds
            }
        };
        self.publish_in(db, scope, appended)?;
        // An erasure is for everybody, by a scope of its own. Who has read a notice is for the hub alone to
        // know; its author's feed confirms it.
        let author = match scope {
            notice::SCOPE => Some(lent::feed(&journal::node_at(db, appended.place)?)),
            _ => None,
        };
        let told = |feed: &&String| author.as_ref().is_none_or(|own| own == *feed);
        for feed in beside
            .iter()
            .filter(|_| scope != erasure::SCOPE)
            .filter(told)
        {
            self.publish_in(db, feed, appended)?;
        }
        Ok(())
    }

    fn publish_in(
        &mut self,
        db: &Connection,
        scope: &str,
        appended: Appended,
    ) -> anyhow::Result<()> {
        if !self.scopes.contains_key(scope) {
            let known = feed::scope(db, scope)?.unwrap_or(feed::Scope {
                epoch: *self.epoch,
                frontier: Default::default(),
            });
            self.scopes.insert(scope.to_owned(), known);
        }
        if let Some(published) = self.scopes.get_mut(scope) {
            feed::publish(db, scope, published, appended)?;
        }
        Ok(())
    }

    /// Keeps how far the feeds are: nothing that was published counts before.
    pub(super) fn keep(self, db: &Connection) -> anyhow::Result<()> {
        for (name, scope) in &self.scopes {
            feed::keep_scope(db, name, scope)?;
        }
        Ok(())
    }
}

/// Looks at what entries build on: what is not here parks their record.
pub(super) struct Parking<'a> {
    node: &'a str,
    /// What came just now: mostly that is what the next change builds on.
    seen: HashSet<ChangeId>,
    parked: Option<u64>,
}

impl<'a> Parking<'a> {
    /// Of entries that this node sends.
    pub(super) fn of(node: &'a str) -> Self {
        Self {
            node,
            seen: HashSet::new(),
            parked: None,
        }
    }

    /// Parks the record of an entry that builds on what is not here. Gives whether there is room
    /// for that; there always is for an entry that lacks nothing.
    pub(super) fn admits(
        &mut self,
        db: &Connection,
        record: i64,
        entry: &Entry,
        now_ms: i64,
    ) -> anyhow::Result<bool> {
        let mut lacks = false;
        for dependency in guard::dependencies(&entry.bytes) {
            lacks |= !self.seen.contains(&dependency) && !parked::is_here(db, record, dependency)?;
        }
        if lacks && !parked::is(db, record)? {
            let known = match self.parked {
                Some(known) => known,
                None => parked::of_node(db, self.node)?,
            };
            if known >= MAX_PARKED {
                return Ok(false);
            }
            parked::keep(db, record, self.node, now_ms)?;
            self.parked = Some(known + 1);
        }
        self.seen.insert(entry.change);
        Ok(true)
    }
}

/// Keeps what was refused, with its reason, until a person looks at it. Gives whether there was
/// room for it.
pub(super) fn put_aside(
    db: &Connection,
    put: &Put<'_>,
    (room, now_ms): (&mut Option<Room>, i64),
) -> anyhow::Result<bool> {
    let ((journal, index), reason) = (put.place, put.reason);
    tracing::warn!(node = put.node, %journal, index, reason, "a change was refused and is in quarantine");
    Ok(quarantine::put(db, put, room, now_ms)?)
}

/// Another machine with our disk delivered its own entries while we wrote ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the feed brings another entry {index} of our journal {journal} than is here")]
pub struct OtherEntry {
    /// The journal.
    pub journal: JournalId,
    /// The first entry of it that is another.
    pub index: u64,
}

/// Stores a frame of a feed; gives how far the feed is now.
pub(super) fn take_feed(
    store: &Store,
    epoch: [u8; 16],
    feed: &Feed,
    verdicts: Vec<Verdict>,
    (documents, now_ms): (&mut Documents, i64),
) -> anyhow::Result<u64> {
    let mut verdicts = verdicts.into_iter();
    let db = store.write();
    let tx = db.unchecked_transaction()?;
    let known = feed::scope(&tx, &feed.scope)?.filter(|scope| scope.frontier.size() > 0);
    if feed.first == 1 && known.is_some() {
        // It is not the feed that we know, as the hub was restored.
        unheard::doubt(&tx, &feed.scope, now_ms)?;
    }
    let mut scope = match known {
        // A feed that is offered from its beginning begins here too.
        Some(scope) if scope.epoch == epoch && feed.first != 1 => scope,
        _ => feed::Scope {
            epoch,
            frontier: Default::default(),
        },
    };
    ensure!(
        feed.first == scope.frontier.size() + 1,
        "the feed goes on at {}, not at {}",
        feed.first,
        scope.frontier.size() + 1
    );
    let mut own: BTreeSet<JournalId> = BTreeSet::new();
    let mut parking = Parking::of("");
    let doubts = unheard::are_any(&tx)?;
    for source in &feed.sources {
        let leaf = if source.own {
            feed::leaf_of(&tx, source.journal, source.index)?
                .context("the feed names an entry that is not here")?
        } else {
            let entry = match verdicts.next() {
                Some(Ok(entry)) => entry,
                Some(Err((refused, _))) => {
                    bail!("the feed brought a change that was refused: {refused}")
                }
                None => bail!("the feed lacks an entry that it names"),
            };
            let journal = match journal::find(&tx, source.journal)? {
                Some(journal) => journal,
                None => journal::begin(&tx, source.journal, "", false)?,
            };
            let row = records::record_row(&tx, entry.record, &feed.scope)?;
            if journal.own {
                own.insert(journal.id);
            }
            if feed.scope == LENT && records::scope_of(&tx, row)? == LENT && purged::is(&tx, row)? {
                // It was lent before, and is once more.
                purged::recall(&tx, row)?;
            }
            let entry = kept(&tx, row, &entry)?;
            if journal.own && entry.bytes.is_empty() {
                purged::keep_bare(&tx, journal.row, source.index)?;
            }
            if doubts {
                // Also in the place where another spot had it: it may have moved since.
                unheard::named_in(&tx, row, entry.change)?;
            }
            let here = feed::leaf_of(&tx, source.journal, source.index)?;
            if here == Some(entry.leaf()) {
                if feed.scope == LENT && journal::refill(&tx, &journal, source.index, &entry)? {
                    derived::mark_dirty(&tx, row)?;
                    documents.pop(&entry.record);
                }
                scope.frontier.push(entry.leaf());
                continue;
            }
            if here.is_some() {
                if journal.own {
                    let (journal, index) = (source.journal, source.index);
                    return Err(OtherEntry { journal, index }.into());
                }
                let place = journal::place(journal.row, source.index)?;
                let was = if unheard::is_hearsay(&tx, place)? {
                    // Another node brought it, and the hub's word counts.
                    give_way(&tx, &journal, source.index, row, &entry, now_ms)?
                } else {
                    // Since the hub was restored, another machine with the same disk wrote there.
                    let (displaced, record) =
                        journal::displace(&tx, &journal, source.index, epoch)?;
                    derived::mark_dirty(&tx, displaced)?;
                    journal::insert(&tx, journal.row, source.index, row, &entry, now_ms)?;
                    record
                };
                documents.pop(&was);
            } else {
                journal::insert(&tx, journal.row, source.index, row, &entry, now_ms)?;
            }
            if erasure::is(&entry.bytes) {
                erase::apply(&tx, row, &entry, documents)?;
                scope.frontier.push(entry.leaf());
                continue;
            }
            // The hub bounds what is parked; here it only shows.
            parking.admits(&tx, row, &entry, now_ms)?;
            derived::mark_dirty(&tx, row)?;
            documents.pop(&entry.record);
            entry.leaf()
        };
        scope.frontier.push(leaf);
    }
    // Our own past, after our disk was restored: complete, it can be proven again.
    for journal in own {
        journal::extend(&tx, journal)?;
    }
    feed::keep_scope(&tx, &feed.scope, &scope)?;
    tx.commit()?;
    Ok(scope.frontier.size())
}

/// What another node brought into that place goes into quarantine, and the hub's entry there.
/// Gives the record that it was of.
fn give_way(
    db: &Connection,
    journal: &Journal,
    index: u64,
    record: i64,
    entry: &Entry,
    now_ms: i64,
) -> anyhow::Result<RecordId> {
    let place = journal::place(journal.row, index)?;
    let (was, id, change, bytes): (i64, [u8; 32], [u8; 32], Vec<u8>) = db.query_row(
        "SELECT record, r.id, change, body FROM entry JOIN record r USING (record) WHERE entry = ?1",
        [place],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
    )?;
    let given_way = Put {
        node: "",
        place: (journal.id, index),
        entry: Some((RecordId(id), ChangeId(change))),
        cause: Cause::Place,
        reason: "the hub holds another entry in this place of the journal",
        bytes: &bytes,
    };
    put_aside(db, &given_way, (&mut None, now_ms))?;
    journal::replace(db, place, record, entry, now_ms)?;
    unheard::named(db, place)?;
    derived::mark_dirty(db, was)?;
    Ok(RecordId(id))
}
