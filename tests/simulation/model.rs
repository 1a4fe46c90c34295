//! What must be true, kept apart from how it is made true: every act that a person was told
//! is on disk, what its writer had seen by then, and which numbers were handed out.

use std::collections::{BTreeMap, BTreeSet};

use vereda_sync::id::{ChangeId, RecordId};

/// Changes of a record, or of a store.
pub(crate) type Changes = BTreeSet<ChangeId>;

/// One act of a person.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    pub(crate) record: RecordId,
    /// Changes of the record that were on the writer's disk.
    pub(crate) seen: Changes,
    /// Fields and the values that it states.
    pub(crate) states: Vec<(String, String)>,
    /// What else it says.
    pub(crate) also: Also,
    /// The hub had it, at some time.
    pub(crate) reached: bool,
    /// It died with the only disk that it was on, and came by no stick since.
    pub(crate) died: bool,
}

/// What an act says beside values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Also {
    Nothing,
    Note(String),
    Number(String),
    Withdraws,
}

/// All that is known to have happened.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) acts: BTreeMap<ChangeId, Act>,
    /// Numbers that were handed out, to which record.
    numbers: BTreeMap<String, RecordId>,
}

impl Model {
    /// A person was told that this is on disk.
    ///
    /// # Errors
    /// When a number was handed out before.
    pub(crate) fn acknowledge(&mut self, change: ChangeId, act: Act) -> anyhow::Result<()> {
        if let Also::Number(number) = &act.also {
            let before = self.numbers.insert(number.clone(), act.record);
            anyhow::ensure!(
                before.is_none(),
                "the number {number} was handed out twice: for {} and {}",
                before.unwrap_or(act.record),
                act.record
            );
        }
        let known = self.acts.insert(change, act);
        anyhow::ensure!(known.is_none(), "the change {change} was made twice");
        Ok(())
    }

    /// The hub has these: what died with a disk may have been on a stick too.
    pub(crate) fn reach(&mut self, at_hub: &Changes) {
        for (change, act) in &mut self.acts {
            let reaches = at_hub.contains(change);
            act.reached |= reaches;
            act.died &= !reaches;
        }
    }

    /// What lives of a record, in no order.
    pub(crate) fn of(&self, record: RecordId) -> impl Iterator<Item = (&ChangeId, &Act)> {
        let live = move |(_, act): &(&ChangeId, &Act)| act.record == record && !act.died;
        self.acts.iter().filter(live)
    }

    /// What lives.
    pub(crate) fn live(&self) -> Changes {
        let live = self.acts.iter().filter(|(_, act)| !act.died);
        live.map(|(change, _)| *change).collect()
    }

    /// Values that stand for each field of a record: those that no later writer of the field
    /// had seen. Sorted.
    pub(crate) fn standing(&self, record: RecordId) -> BTreeMap<String, Vec<String>> {
        let stated: Vec<_> = self
            .of(record)
            .flat_map(|(change, act)| act.states.iter().map(move |s| (change, act, s)))
            .collect();
        let mut standing: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (change, _, (field, value)) in &stated {
            let overtaken = stated
                .iter()
                .any(|(_, later, (same, _))| same == field && later.seen.contains(change));
            if !overtaken {
                standing
                    .entry(field.clone())
                    .or_default()
                    .push(value.clone());
            }
        }
        standing.values_mut().for_each(|values| values.sort());
        standing
    }

    /// Fields for which different values stand.
    pub(crate) fn conflicts(&self, record: RecordId) -> BTreeSet<String> {
        let mut standing = self.standing(record);
        standing.retain(|_, values| {
            values.dedup();
            values.len() > 1
        });
        standing.into_keys().collect()
    }
}
