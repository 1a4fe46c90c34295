//! The journal: what a node writes, in the order in which it wrote it, and the
//! Merkle log that proves that nothing of it is missing.
//!
//! Each entry is one change of one record; entries are numbered 1, 2, 3 …. The
//! log hashes as RFC 6962 does, over record and change *ids*, so that a body
//! can be purged later and every proof still holds.

use sha2::{Digest, Sha256};

use crate::id::{ChangeId, RecordId};
use crate::varint::Reader;

pub mod proof;

/// One entry of a journal, with its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The record that the change belongs to.
    pub record: RecordId,
    /// The change's id.
    pub change: ChangeId,
    /// The uncompressed Automerge change.
    pub bytes: Vec<u8>,
}

impl Entry {
    /// The entry's leaf in the log.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        leaf(self.record, self.change)
    }
}

/// A node of the Merkle tree.
pub type Hash = [u8; 32];

/// The leaf of an entry: `SHA-256(0x00 ‖ record ‖ change)`.
#[must_use]
pub fn leaf(record: RecordId, change: ChangeId) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(record.0);
    hash.update(change.0);
    hash.finalize().into()
}

fn parent(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// What must be kept of a log to append to it and to tell its root: the roots
/// of its full subtrees, one for each bit of its size. 32 bytes × log₂ size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// Full subtrees, largest first.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// How many entries the log has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.push_full(0, leaf);
    }

    /// Appends 2^`level` leaves of which only the root is known. The size must be a multiple of that.
    pub fn push_full(&mut self, level: u32, root: Hash) {
        debug_assert!(self.size.trailing_zeros() >= level || self.size == 0);
        let mut node = root;
        for _ in 0..(self.size >> level).trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            node = parent(&left, &node);
        }
        self.peaks.push(node);
        self.size += 1 << level;
    }

    /// The root: equal roots of equal sizes mean equal logs. The root of an
    /// empty log is `SHA-256("")`, as RFC 6962 has it.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        match peaks.next() {
            None => Sha256::digest([]).into(),
            Some(last) => peaks.fold(*last, |right, left| parent(left, &right)),
        }
    }

    /// The bytes that a store keeps.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.size.to_be_bytes().to_vec();
        out.extend(self.peaks.iter().flatten());
        out
    }

    /// The inverse of [`Frontier::to_bytes`]; `None` if the number of peaks does
    /// not fit the size.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let size = u64::from_be_bytes(r.array()?);
        let peaks = (0..size.count_ones())
            .map(|_| r.array())
            .collect::<Option<Vec<Hash>>>()?;
        r.is_empty().then_some(Self { size, peaks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_subtrees_are_appended_as_their_leaves_are() {
        for (full, rest) in [(1u64, 0), (1, 3), (2, 0), (3, 5), (8, 7)] {
            let (mut one_by_one, mut together) = (Frontier::default(), Frontier::default());
            let leaf = |i: u64| -> Hash { Sha256::digest(i.to_be_bytes()).into() };
            for block in 0..full {
                let mut of_block = Frontier::default();
                for i in block * 16..(block + 1) * 16 {
                    one_by_one.push(leaf(i));
                    of_block.push(leaf(i));
                }
                together.push_full(4, of_block.root());
            }
            for i in full * 16..full * 16 + rest {
                one_by_one.push(leaf(i));
                together.push(leaf(i));
            }
            assert_eq!(one_by_one, together, "{full} and {rest}");
        }
    }

    /// RFC 6962, 2.1, as it is written there.
    fn mth(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            many => {
                let k = (many.len() - 1).checked_ilog2().map_or(1, |b| 1 << b);
                let k = if k == many.len() { k / 2 } else { k };
                parent(&mth(&many[..k]), &mth(&many[k..]))
            }
        }
    }

    #[test]
    fn the_frontier_gives_the_root_of_rfc_6962() {
        let leaves: Vec<Hash> = (0u8..70)
            .map(|i| leaf(RecordId([i; 32]), ChangeId([i; 32])))
            .collect();
        let mut frontier = Frontier::default();
        assert_eq!(frontier.root(), mth(&[]));
        for n in 0..leaves.len() {
            frontier.push(leaves[n]);
            assert_eq!(frontier.root(), mth(&leaves[..=n]), "size {}", n + 1);
            assert_eq!(
                Frontier::from_bytes(&frontier.to_bytes()),
                Some(frontier.clone())
            );
        }
    }

    #[test]
    fn a_damaged_frontier_is_not_read() {
        let mut frontier = Frontier::default();
        frontier.push([1; 32]);
        let bytes = frontier.to_bytes();
        assert_eq!(Frontier::from_bytes(&bytes[..39]), None);
        assert_eq!(Frontier::from_bytes(&[&bytes[..], &[0]].concat()), None);
        assert_eq!(Frontier::from_bytes(&[0xff; 8]), None);
    }
}
