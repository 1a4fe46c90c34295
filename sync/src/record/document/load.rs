//! Changes become a document: in order, and into Automerge only where it takes that.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Change, ChangeHash};

use super::{Document, DocumentError};
use crate::record::view::View;

impl Document {
    /// Loads a document from its changes, in any order.
    ///
    /// The changes must have passed [`crate::guard::examine`] once.
    ///
    /// # Errors
    /// A change that cannot be decoded, or one that builds on others that are missing.
    pub fn load<'a>(changes: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, DocumentError> {
        let mut this = Self::empty();
        this.apply(changes)?;
        Ok(this)
    }

    /// Applies more changes; those already known are harmless.
    ///
    /// # Errors
    /// As [`Document::load`]. On error the document must be thrown away.
    pub fn apply<'a>(
        &mut self,
        changes: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(), DocumentError> {
        let mut plain = true;
        // By what each lacks.
        let mut waiting: BTreeMap<ChangeHash, Vec<Change>> = BTreeMap::new();
        for bytes in changes {
            let change = Change::from_bytes(bytes.to_vec());
            let change = change.map_err(|e| DocumentError::Change(e.to_string()))?;
            let mut next = vec![change];
            while let Some(change) = next.pop() {
                if self.known.contains(&change.hash()) {
                    continue;
                }
                let lacks = |dep: &&ChangeHash| !self.known.contains(dep);
                if let Some(lacking) = change.deps().iter().find(lacks) {
                    waiting.entry(*lacking).or_default().push(change);
                    continue;
                }
                next.extend(waiting.remove(&change.hash()).into_iter().flatten());
                plain = plain && self.is_next(&change) && self.view.take(&change.decode());
                self.add(change);
            }
        }
        if !waiting.is_empty() {
            return Err(DocumentError::Incomplete(self.lacking(waiting)));
        }
        if !plain {
            self.view = View::of(self.automerge()?);
        }
        #[cfg(debug_assertions)]
        self.assert_agrees()?;
        Ok(())
    }

    /// Whether it goes on after the last change of its author, so that none of its operations has
    /// the name of another.
    fn is_next(&self, change: &Change) -> bool {
        let before = self.authors.get(change.actor_id()).copied();
        let before = before.unwrap_or_default();
        change.seq() == before.changes + 1 && change.start_op().get() > before.last_operation
    }

    /// A change of which all that it builds on is known.
    pub(super) fn add(&mut self, change: Change) {
        let (hash, last) = (change.hash(), change.max_op());
        self.last_operation = self.last_operation.max(last);
        let author = self.authors.entry(change.actor_id().clone()).or_default();
        author.changes = author.changes.max(change.seq());
        author.last_operation = author.last_operation.max(last);
        self.heads.retain(|head| !change.deps().contains(head));
        let at = self.heads.partition_point(|head| *head < hash);
        self.heads.insert(at, hash);
        self.known.insert(hash);
        self.pending.push(change);
    }

    /// How many changes are neither known nor among those that wait.
    fn lacking(&self, waiting: BTreeMap<ChangeHash, Vec<Change>>) -> usize {
        let waiting: Vec<Change> = waiting.into_values().flatten().collect();
        let here: BTreeSet<ChangeHash> = waiting.iter().map(Change::hash).collect();
        let needed: BTreeSet<&ChangeHash> = waiting.iter().flat_map(Change::deps).collect();
        let lacking = |dep: &&&ChangeHash| !here.contains(dep) && !self.known.contains(dep);
        needed.iter().filter(lacking).count()
    }

    /// What we hold without Automerge is what Automerge makes of it.
    #[cfg(debug_assertions)]
    pub(super) fn assert_agrees(&mut self) -> Result<(), DocumentError> {
        let stands = View::of(self.automerge()?);
        assert_eq!(
            self.view, stands,
            "the view is not what Automerge makes of it"
        );
        assert_eq!(self.doc.get_heads(), self.heads);
        Ok(())
    }
}
