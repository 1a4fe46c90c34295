//! The allow-list: who is on it and was not revoked may exchange. Looked at anew at every
//! request, so that a word in it is all that a revocation needs; read anew when the file is another.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use vereda_web::place::Zone;

use crate::authority::{Enrolled, List, Role};
use crate::node::Node;
use crate::store::revoked;

/// Largest list that is read, in bytes: some ten thousand nodes.
const MAX_LIST_BYTES: u64 = 4 << 20;

/// The list, as a file; and beside it what this hub said itself of a certificate, which no copy of the file takes back.
#[derive(Debug, Clone)]
pub(super) struct AllowList(pub(super) PathBuf, pub(super) Arc<Node>);

/// How a spot stands with the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It may exchange.
    Enrolled(Enrolled),
    /// It was enrolled until this day (`yyyy-mm-dd`): what it had not delivered is taken into
    /// quarantine, and nothing is given to it.
    Revoked(Enrolled, String),
}

impl Standing {
    /// The spot, if it may exchange.
    pub(crate) fn enrolled(self) -> Option<Enrolled> {
        match self {
            Self::Enrolled(spot) => Some(spot),
            Self::Revoked(..) => None,
        }
    }
}

impl AllowList {
    /// The spot with that certificate, if it may exchange.
    pub(super) async fn spot(&self, fingerprint: &str) -> Option<Enrolled> {
        self.standing(fingerprint).await?.enrolled()
    }

    /// How the node with that certificate stands. `None` also when the list cannot be read:
    /// a torn list lets nobody in.
    pub(super) async fn standing(&self, fingerprint: &str) -> Option<Standing> {
        let (file, fingerprint, node) = (self.0.clone(), fingerprint.to_owned(), self.1.clone());
        let found = super::blocking(move || {
            let standing = standing(&file, &fingerprint);
            let Some(Standing::Enrolled(spot)) = standing else {
                return Ok(standing);
            };
            Ok(Some(
                match revoked::since(&node.store.read(), &fingerprint)? {
                    Some(day) => Standing::Revoked(spot, day),
                    None => Standing::Enrolled(spot),
                },
            ))
        });
        found.await.ok().flatten()
    }
}

/// How the spot with that certificate stands, as the list in `file` has it now.
pub(crate) fn standing(file: &Path, fingerprint: &str) -> Option<Standing> {
    let list = match read(file) {
        Ok(list) => list,
        Err(error) => {
            tracing::error!(file = %file.display(), error, "the list of enrolled nodes cannot be read: nobody is let in");
            return None;
        }
    };
    let found = list.nodes.iter().find(|n| {
        n.role == Role::Spot
            && n.fingerprint.eq_ignore_ascii_case(fingerprint)
            && !n.scopes.is_empty()
    })?;
    Some(match found.revoked.clone() {
        None => Standing::Enrolled(found.clone()),
        Some(day) => Standing::Revoked(found.clone(), day),
    })
}

/// The scopes that a node may or might write, as the list in `file` has it now; those of its
/// enrolment first, if it has one.
pub(crate) fn scopes_of(file: &Path, node: &str) -> Vec<String> {
    place_of(file, node).0
}

/// The zone of a spot's place, as the list in `file` has it now; Lisbon's when that says nothing.
pub(crate) fn zone_of(file: &Path, node: &str) -> Zone {
    place_of(file, node).1
}

/// Both of them, as [`scopes_of`] and [`zone_of`] give them: the list is read once.
pub(crate) fn place_of(file: &Path, node: &str) -> (Vec<String>, Zone) {
    let list = read(file).unwrap_or_default();
    let mut entries: Vec<&Enrolled> = list.nodes.iter().filter(|n| n.id == node).collect();
    entries.sort_by_key(|n| n.revoked.is_some());
    let enrolled = entries.first().filter(|n| n.revoked.is_none());
    let zone = enrolled.and_then(|n| n.zone).unwrap_or_default();
    let scopes = entries.into_iter().flat_map(|n| n.scopes.clone());
    (scopes.collect(), zone)
}

/// Ids of the spots that may exchange, as the list in `file` has it now.
pub(crate) fn spots(file: &Path) -> Vec<String> {
    let list = read(file).unwrap_or_default();
    let nodes = list.nodes.iter();
    let nodes =
        nodes.filter(|n| n.role == Role::Spot && n.revoked.is_none() && !n.scopes.is_empty());
    let mut ids: Vec<String> = nodes.map(|n| n.id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Ids of the spots that write in any of those scopes, or did: also those that were revoked.
pub(crate) fn in_scopes(file: &Path, scopes: &BTreeSet<String>) -> BTreeSet<String> {
    let list = read(file).unwrap_or_default();
    let nodes = list.nodes.iter();
    let nodes = nodes
        .filter(|n| n.role == Role::Spot && n.scopes.iter().any(|scope| scopes.contains(scope)));
    nodes.map(|n| n.id.clone()).collect()
}

/// Spots whose certificate was revoked, as the list in `file` has it now: id, fingerprint and day, `yyyy-mm-dd`.
pub(crate) fn revoked(file: &Path) -> Vec<(String, String, String)> {
    let list = read(file).unwrap_or_default();
    let spots = list.nodes.iter().filter(|n| n.role == Role::Spot);
    let revoked =
        spots.filter_map(|n| Some((n.id.clone(), n.fingerprint.clone(), n.revoked.clone()?)));
    revoked.collect()
}

/// How many certificates of a node are good: two while it gives up the older one.
pub(crate) fn certificates(file: &Path, node: &str) -> usize {
    let list = read(file).unwrap_or_default();
    let good = list
        .nodes
        .iter()
        .filter(|n| n.id == node && n.revoked.is_none());
    good.count()
}

/// The certificates of a node that are good, by fingerprint in lower case.
pub(crate) fn fingerprints(file: &Path, node: &str) -> Vec<String> {
    let list = read(file).unwrap_or_default();
    let good = list
        .nodes
        .iter()
        .filter(|n| n.id == node && n.revoked.is_none());
    good.map(|n| n.fingerprint.to_lowercase()).collect()
}

/// All spots of the list, those that were revoked too.
pub(crate) fn all(file: &Path) -> Vec<Enrolled> {
    let list = read(file).unwrap_or_default();
    let spots = list.nodes.iter().filter(|n| n.role == Role::Spot);
    spots.cloned().collect()
}

/// Fingerprints, in lower case, of the spots that may exchange; `None`: the list cannot be read now.
pub(crate) fn accepted(file: &Path) -> Option<HashSet<String>> {
    let list = read(file).ok()?;
    let may = list
        .nodes
        .iter()
        .filter(|n| n.role == Role::Spot && n.revoked.is_none() && !n.scopes.is_empty());
    Some(may.map(|n| n.fingerprint.to_lowercase()).collect())
}

/// What tells one writing of a file from another: where it lies, when it was written and when anything of it changed, and
/// how long it is.
type Stamp = (u64, (i64, i64), (i64, i64), u64);

/// Lists as they were read last, by their files.
type Lists = HashMap<PathBuf, (Stamp, Arc<List>)>;

/// A hub has one; tests have some.
static READ: LazyLock<Mutex<Lists>> = LazyLock::new(Mutex::default);
/// Most lists that are kept.
const MOST_READ: usize = 64;

fn read(file: &Path) -> Result<Arc<List>, String> {
    let open = std::fs::File::open(file).map_err(|e| e.to_string())?;
    let is = open.metadata().map_err(|e| e.to_string())?;
    let stamp = (
        is.ino(),
        (is.mtime(), is.mtime_nsec()),
        (is.ctime(), is.ctime_nsec()),
        is.len(),
    );
    {
        let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, list)) = read.get(file).filter(|(was, _)| *was == stamp) {
            return Ok(Arc::clone(list));
        }
    }
    let list = Arc::new(parsed(open)?);
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if read.len() >= MOST_READ {
        read.clear();
    }
    read.insert(file.to_owned(), (stamp, Arc::clone(&list)));
    Ok(list)
}

fn parsed(open: std::fs::File) -> Result<List, String> {
    let mut text = String::new();
    // Bounded also when it grows while it is read.
    open.take(MAX_LIST_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|e| e.to_string())?;
    if text.len() as u64 > MAX_LIST_BYTES {
        return Err("larger than a list can be".into());
    }
    toml::from_str(&text).map_err(|e| e.message().to_owned())
}
