//! What happened in all worlds, counted.

use std::fmt;

/// Counts of what happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) seeds: u64,
    pub(crate) operations: u64,
    pub(crate) acts: u64,
    pub(crate) exchanges: u64,
    pub(crate) meetings: u64,
    pub(crate) packed: u64,
    pub(crate) plugged: u64,
    pub(crate) damaged: u64,
    pub(crate) handed_in: u64,
    pub(crate) receipts: u64,
    pub(crate) archives: u64,
    pub(crate) purged: u64,
    pub(crate) looked_up: u64,
    pub(crate) loans_ended: u64,
    pub(crate) messages: u64,
    pub(crate) cuts: u64,
    pub(crate) late: u64,
    pub(crate) crashes: u64,
    pub(crate) torn: u64,
    pub(crate) clones: u64,
    pub(crate) restores: u64,
    pub(crate) epochs: u64,
    pub(crate) skews: u64,
    pub(crate) new_journals: u64,
    pub(crate) adopted: u64,
    pub(crate) conflicts: u64,
    pub(crate) decisions: u64,
    pub(crate) spared: u64,
}

impl Tally {
    fn all(&mut self) -> [(&'static str, &mut u64); 28] {
        [
            ("seeds", &mut self.seeds),
            ("operations", &mut self.operations),
            ("acts", &mut self.acts),
            ("exchanges", &mut self.exchanges),
            ("meetings", &mut self.meetings),
            ("sticks packed", &mut self.packed),
            ("plugged", &mut self.plugged),
            ("damaged files", &mut self.damaged),
            ("parts handed in", &mut self.handed_in),
            ("receipts", &mut self.receipts),
            ("archives", &mut self.archives),
            ("records purged", &mut self.purged),
            ("look-ups", &mut self.looked_up),
            ("loans that ended", &mut self.loans_ended),
            ("messages", &mut self.messages),
            ("cuts", &mut self.cuts),
            ("late messages", &mut self.late),
            ("crashes", &mut self.crashes),
            ("torn writes", &mut self.torn),
            ("clones", &mut self.clones),
            ("spots restored", &mut self.restores),
            ("hubs restored", &mut self.epochs),
            ("clocks set", &mut self.skews),
            ("new journals", &mut self.new_journals),
            ("changes adopted", &mut self.adopted),
            ("conflicts", &mut self.conflicts),
            ("decisions", &mut self.decisions),
            ("disasters spared", &mut self.spared),
        ]
    }

    /// Takes the counts of another in.
    pub(crate) fn add(&mut self, mut other: Self) {
        for ((_, ours), (_, theirs)) in self.all().into_iter().zip(other.all()) {
            *ours += *theirs;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut counts = *self;
        let said = counts.all().map(|(name, count)| format!("{count} {name}"));
        f.write_str(&said.join(", "))
    }
}
