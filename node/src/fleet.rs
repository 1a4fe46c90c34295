//! At the hub: its nodes as they are known, from the list of the enrolled, from what they brought, and from what they said.

use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;
use vereda_sync::day::Date;

use crate::authority::{Enrolled, VALID_DAYS};
use crate::catalogue::publishing;
use crate::config::Sync;
use crate::link::enrolled;
use crate::node::Node;
use crate::store::fleet::{self, InHand, Told};
use crate::store::spot::{self, DIVERGED};
use crate::store::{Result, published, quarantine, revoked};
use crate::updates::{self, Version};

pub(crate) mod alarms;
pub(crate) mod missing;

/// A node as the hub knows it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// Its id.
    pub(crate) id: String,
    /// Its name; its id when it never said one.
    pub(crate) name: String,
    /// Its entry of the list: the latest that is good, or else the latest.
    pub(crate) enrolled: Option<Enrolled>,
    /// That may be used.
    pub(crate) is_accepted: bool,
    /// The last exchange that began, and when all was proven to be here, milliseconds since 1970.
    pub(crate) seen_ms: Option<i64>,
    pub(crate) proven_ms: Option<i64>,
    /// Its journal is another one.
    pub(crate) is_forked: bool,
    /// Changes of it in quarantine.
    pub(crate) aside: u64,
    /// How it said that it is.
    pub(crate) told: Option<Told>,
    /// Alarms that somebody has in hand, by kind.
    pub(crate) in_hand: HashMap<String, InHand>,
}

impl Known {
    /// The day on which its certificate ends.
    pub(crate) fn ends(&self) -> Option<Date> {
        let entry = self.enrolled.as_ref()?;
        if let Some(ends) = &entry.ends {
            return Date::parse(ends);
        }
        let since = Date::parse(&entry.enrolled)?;
        Some(since.days_on(VALID_DAYS.into()))
    }
}

/// What is newest here, and since when.
#[derive(Debug, Clone)]
pub(crate) struct Offered {
    /// The program.
    pub(crate) program: (Version, i64),
    /// The edition of the catalogue.
    pub(crate) catalogue: (u32, i64),
    /// Editions that are handed out, the newest first: number, since when, and for which scopes; none is all.
    pub(crate) editions: Vec<(u32, i64, Vec<String>)>,
}

impl Offered {
    /// The newest edition for a node, and since when.
    pub(crate) fn catalogue_for(&self, known: &Known) -> (u32, i64) {
        let scopes = known
            .enrolled
            .as_ref()
            .map_or(&[][..], |entry| &entry.scopes);
        let mut all = self.editions.iter();
        let found = all.find(|(_, _, of)| of.is_empty() || of.iter().any(|s| scopes.contains(s)));
        match found {
            Some((edition, since, _)) => (*edition, *since),
            // A hub that reads a folder hands out nothing, and its spots have the same folder.
            None if self.editions.is_empty() => self.catalogue,
            // What was published is for others.
            None => (0, 0),
        }
    }
}

/// Notes what is newest here, if it was not noted yet.
///
/// # Errors
/// When the store does not answer.
pub(crate) fn offered(node: &Node) -> Result<Offered> {
    let (program, edition) = (newest_program(node), node.catalogue().edition);
    let now_ms = node.now_ms();
    let since = |what: &str, version: &str| -> Result<i64> {
        let known = fleet::offered_since(&node.store.read(), what, version)?;
        if known.is_none() {
            fleet::keep_offered(&node.store.write(), what, version, now_ms)?;
        }
        Ok(known.unwrap_or(now_ms))
    };
    let editions = published::all(&node.store.read())?;
    let editions = editions
        .iter()
        .map(|one| (one.edition, one.at_ms, publishing::agreed(one).scopes));
    Ok(Offered {
        editions: editions.collect(),
        program: (program, since("program", &program.to_string())?),
        catalogue: (edition, since("catalogue", &edition.to_string())?),
    })
}

/// The newest that is published here for machines like this one, or this program itself.
fn newest_program(node: &Node) -> Version {
    let own = Version::own();
    let Some(sync) = &node.config.sync else {
        return own;
    };
    let target = updates::target();
    let found = updates::published(
        &updates::folder(&node.config),
        &sync.authority,
        (&target, own),
    );
    let versions = found.into_iter().map(|(release, _)| release.version);
    versions.chain([own]).max().unwrap_or(own)
}

/// All of them, by name.
///
/// # Errors
/// When the store does not answer.
pub(crate) fn all(db: &Connection, sync: Option<&Sync>) -> Result<Vec<Known>> {
    let mut entries: BTreeMap<String, Enrolled> = BTreeMap::new();
    for entry in sync.map_or_else(Vec::new, |s| enrolled::all(&s.enrolled)) {
        let is_better = |before: &Enrolled| before.revoked.is_some() || entry.revoked.is_none();
        if entries.get(&entry.id).is_none_or(is_better) {
            entries.insert(entry.id.clone(), entry);
        }
    }
    let mut told = fleet::all_told(db)?;
    let mut in_hand = fleet::in_hand(db)?;
    let aside = quarantine::by_node(db)?;
    let gone = revoked::all(db)?;
    let mut spots: HashMap<String, spot::Spot> = HashMap::new();
    for spot in spot::all(db)? {
        spots.insert(spot.node.clone(), spot);
    }
    let mut ids: Vec<&String> = entries.keys().chain(spots.keys()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut known: Vec<Known> = Vec::with_capacity(ids.len());
    for id in ids {
        let (entry, spot) = (entries.get(id), spots.get(id));
        let accepted = |entry: &Enrolled| {
            entry.revoked.is_none() && !gone.contains(&entry.fingerprint.to_lowercase())
        };
        known.push(Known {
            id: id.clone(),
            name: spot.map_or_else(|| id.clone(), |s| s.name.clone()),
            is_accepted: entry.is_some_and(accepted),
            enrolled: entry.cloned(),
            seen_ms: spot.and_then(|s| s.seen_ms),
            proven_ms: spot.and_then(|s| s.proven_ms),
            is_forked: spot.is_some_and(|s| s.trouble.as_deref() == Some(DIVERGED)),
            aside: aside.get(id).copied().unwrap_or(0),
            told: told.remove(id),
            in_hand: in_hand.remove(id).unwrap_or_default(),
        });
    }
    known.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Ok(known)
}
