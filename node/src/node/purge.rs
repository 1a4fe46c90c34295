//! Purging: what the hub holds, and has a copy of off its disk, need not stay here for ever.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use vereda_sync::day::Date;
use vereda_sync::exchange::custody::Says;
use vereda_sync::id::RecordId;
use vereda_web::desk::port::Event;

use super::Node;
use crate::clock;
use crate::link::seal;
use crate::store::purged::{self, Candidate};
use crate::store::{custody, journal};

/// Records purged in one transaction: a desk never waits for all of them.
const AT_ONCE: usize = 32;

/// What became of a purge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purged {
    /// Records of which the bodies are gone.
    pub records: u64,
    /// Records that had to stay, each with why.
    pub kept: Vec<(RecordId, String)>,
}

impl Node {
    /// Purges what was last touched before then and is closed or recorded, or was booked or listed for a day before: of
    /// it only places and ids stay. Nothing goes that a word of the hub does not cover that it holds it *and*
    /// a copy off its disk.
    ///
    /// # Errors
    /// At the hub, which purges nothing; when a word of the hub does not hold; when the store
    /// does not answer.
    pub fn purge(&self, before_ms: i64) -> anyhow::Result<Purged> {
        let visits = Date::parse(&clock::day(before_ms)).unwrap_or(Date::FIRST);
        self.purge_before(Some(before_ms), visits)
    }

    /// Purges what nobody keeps any longer, whatever is configured: who was booked or listed for a visit is known here
    /// no longer than its day needs; and what was not touched for `keep_days`, if that says so.
    ///
    /// # Errors
    /// As [`Node::purge`].
    pub fn purge_what_is_over(&self) -> anyhow::Result<Purged> {
        const DAY_MS: i64 = 24 * 3_600_000;
        let now_ms = self.now_ms();
        let keeps = self.config.store.keep_days;
        let untouched_ms = keeps.map(|days| now_ms - i64::from(days) * DAY_MS);
        let today = Date::parse(&clock::day(now_ms)).unwrap_or(Date::FIRST);
        self.purge_before(untouched_ms, today)
    }

    /// What was not touched since then, where that is asked for, and visits before that day.
    fn purge_before(&self, untouched_ms: Option<i64>, visits: Date) -> anyhow::Result<Purged> {
        ensure!(!self.is_hub(), "the hub purges nothing: it is where all is");
        let mut candidates = purged::of_visits_before(&self.store.read(), visits)?;
        if let Some(at_ms) = untouched_ms {
            candidates.extend(purged::untouched_since(&self.store.read(), at_ms)?);
            // What was written later may name what was written before: that goes first.
            candidates.sort_by_key(|one| one.row);
        }
        if candidates.is_empty() {
            // What an earlier one could not finish, as the power went or somebody read the store.
            self.forget_the_past();
            return Ok(Purged::default());
        }
        let archived = self.archived()?;
        let mut done = Purged::default();
        for some in candidates.chunks(AT_ONCE) {
            let mut inner = self.inner();
            let db = self.store.write();
            let tx = db.unchecked_transaction()?;
            for one in some {
                if let Some(why) = in_the_way(&tx, one, &archived)? {
                    done.kept.push((one.id, why));
                    continue;
                }
                purged::apply(&tx, one.row, one.id, self.now_ms())?;
                inner.documents.pop(&one.id);
                done.records += 1;
            }
            tx.commit()?;
        }
        self.forget_the_past();
        if done.records > 0 {
            self.tell(Event::Messages);
        }
        Ok(done)
    }

    /// How much of each own journal the hub has archived, by row; every word is examined anew.
    fn archived(&self) -> anyhow::Result<BTreeMap<i64, u64>> {
        let hub = self.config.hub.as_ref();
        let hub = hub.context("without a hub nothing is held elsewhere")?;
        let db = self.store.read();
        let mut archived = BTreeMap::new();
        for own in journal::all(&db)?.into_iter().filter(|j| j.own) {
            let Some((word, certificate)) = custody::of(&db, Says::Archived, own.id)? else {
                continue;
            };
            seal::examine(&certificate, Says::Archived, &word)?;
            seal::vouched(&certificate, &hub.authority, Says::Archived, word.at_ms)?;
            ensure!(
                journal::root_at(&db, &word.head)? == Some(word.head.root),
                "what the hub archived is not what is here: call the support; nothing is purged"
            );
            // A hub that was restored since may not hold it now.
            archived.insert(own.row, word.head.size.min(own.proven));
        }
        Ok(archived)
    }
}

/// Why a record must stay, in words.
fn in_the_way(
    db: &rusqlite::Connection,
    one: &Candidate,
    archived: &BTreeMap<i64, u64>,
) -> anyhow::Result<Option<String>> {
    for (row, index) in journal::own_places(db, one.row)? {
        if archived.get(&row).is_none_or(|size| index > *size) {
            let why = "the hub has not said that it holds it and a copy of it";
            return Ok(Some(why.into()));
        }
    }
    Ok(purged::obstacle(db, one)?.map(str::to_owned))
}
