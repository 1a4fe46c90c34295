//! The list of enrolled nodes, as it is written: the hub and `vereda authority` both do, so each change is made under one
//! lock, of the list as it stands then.

use std::fs::{self, File};
use std::path::Path;

use serde::{Deserialize, Serialize};
use vereda_web::place::Zone;

use super::{AuthorityError, Enrolled, fault, write};

/// The list of enrolled nodes. Who is revoked is refused at the next request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The nodes.
    #[serde(default, rename = "node")]
    pub nodes: Vec<Enrolled>,
}

impl List {
    /// The zone of a node, also of what it was before.
    pub(super) fn zone_of(&self, node_id: &str) -> Option<Zone> {
        let mut named = self.nodes.iter().rev().filter(|n| n.id == node_id);
        named.find_map(|n| n.zone)
    }

    /// The entries of a node that were not revoked: one, or two while it gives up the older certificate.
    pub(super) fn good_mut(&mut self, node_id: &str) -> impl Iterator<Item = &mut Enrolled> {
        let all = self.nodes.iter_mut();
        all.filter(move |n| n.id == node_id && n.revoked.is_none())
    }

    /// Puts a node there in place of what was there under its id. A device that was revoked under the same id may still
    /// come with what it had not delivered.
    pub fn put(&mut self, node: Enrolled) {
        self.nodes
            .retain(|n| n.id != node.id || n.revoked.is_some());
        self.nodes.push(node);
    }

    /// Puts a certificate beside the one that the node has, which is good until the newer one is used. Not under a node
    /// that was revoked meanwhile: gives whether it is there.
    pub fn renew(&mut self, node: Enrolled, before: &str) -> bool {
        let is_before = |n: &Enrolled| n.fingerprint.eq_ignore_ascii_case(before);
        let is_good = |n: &Enrolled| n.id == node.id && n.revoked.is_none();
        if self.nodes.iter().any(|n| n.fingerprint == node.fingerprint) {
            return self
                .nodes
                .iter()
                .any(|n| n.fingerprint == node.fingerprint && is_good(n));
        }
        if !self.nodes.iter().any(|n| is_before(n) && is_good(n)) {
            return false;
        }
        // A third one: what it was given before and never used.
        self.nodes.retain(|n| !is_good(n) || is_before(n));
        self.nodes.push(node);
        true
    }

    /// The node uses this certificate: what it had before is good no longer. While it still uses the older one both stay.
    /// Gives whether there was any.
    pub fn settle(&mut self, node_id: &str, fingerprint: &str) -> bool {
        let count = self.nodes.len();
        let is_used = |n: &Enrolled| {
            n.id == node_id
                && n.revoked.is_none()
                && n.fingerprint.eq_ignore_ascii_case(fingerprint)
        };
        if let Some(used) = self.nodes.iter().position(is_used) {
            let mut at = 0;
            self.nodes.retain(|n| {
                at += 1;
                at > used || n.id != node_id || n.revoked.is_some()
            });
        }
        self.nodes.len() != count
    }
}

/// Changes the list in `file`: nobody else writes meanwhile, and it is whole or as it was.
///
/// # Errors
/// What the change says, or the disk; then the list is as it was.
pub fn change<T>(
    file: &Path,
    change: impl FnOnce(&mut List) -> Result<T, AuthorityError>,
) -> Result<T, AuthorityError> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".lock");
    // A file of its own, as the list is put in place anew each time. Held until it is dropped.
    let lock = File::create(&beside).map_err(|e| fault(Path::new(&beside), e))?;
    lock.lock().map_err(|e| fault(Path::new(&beside), e))?;
    let mut list = read(file)?;
    let before = list.clone();
    let done = change(&mut list)?;
    if list != before {
        let text = toml::to_string(&list).map_err(|e| AuthorityError::List {
            path: file.into(),
            message: e.to_string(),
        })?;
        write(file, text.as_bytes(), 0o644)?;
    }
    Ok(done)
}

fn read(file: &Path) -> Result<List, AuthorityError> {
    match fs::read_to_string(file) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(List::default()),
        Err(e) => Err(fault(file, e)),
        Ok(text) => toml::from_str(&text).map_err(|e| AuthorityError::List {
            path: file.into(),
            message: e.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::Role;

    fn entry(id: &str, fingerprint: &str) -> Enrolled {
        Enrolled {
            id: id.into(),
            role: Role::Spot,
            scopes: vec!["monchique".into()],
            fingerprint: fingerprint.into(),
            enrolled: "2026-11-23".into(),
            ends: None,
            zone: None,
            revoked: None,
        }
    }

    fn of(list: &List) -> Vec<&str> {
        list.nodes.iter().map(|n| n.fingerprint.as_str()).collect()
    }

    #[test]
    fn the_older_certificate_goes_once_the_newer_one_is_used_and_not_before() {
        let mut list = List {
            nodes: vec![entry("movel-07", "a"), entry("movel-08", "x")],
        };
        assert!(list.renew(entry("movel-07", "b"), "a"));
        assert!(
            list.renew(entry("movel-07", "b"), "a"),
            "the same once more"
        );
        assert!(!list.settle("movel-07", "a"), "it still uses the older");
        assert_eq!(of(&list), ["a", "x", "b"]);
        // What it was given and never used gives way.
        assert!(list.renew(entry("movel-07", "c"), "A"));
        assert_eq!(of(&list), ["a", "x", "c"]);
        assert!(list.settle("movel-07", "C"));
        assert_eq!(of(&list), ["x", "c"]);
        assert!(
            !list.renew(entry("movel-07", "d"), "a"),
            "that is good no longer"
        );
        list.nodes[1].revoked = Some("2026-11-24".into());
        assert!(!list.renew(entry("movel-07", "d"), "c"));
        assert!(!list.renew(entry("movel-07", "c"), "c"));
    }

    #[test]
    fn two_who_write_at_once_both_stand() {
        let folder = std::env::temp_dir().join(format!("vereda-list-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("enrolled.toml");
        let writers: Vec<_> = (0..8)
            .map(|n| {
                let file = file.clone();
                std::thread::spawn(move || {
                    for m in 0..10 {
                        change(&file, |list| {
                            list.put(entry(&format!("spot-{n}-{m}"), &format!("{n}-{m}")));
                            Ok(())
                        })
                        .unwrap();
                    }
                })
            })
            .collect();
        writers
            .into_iter()
            .for_each(|writer| writer.join().unwrap());
        assert_eq!(read(&file).unwrap().nodes.len(), 80);
        let _ = fs::remove_dir_all(folder);
    }
}
