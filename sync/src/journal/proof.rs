//! Proofs over a journal (RFC 6962, 2.1): that an entry is in it, and that one is the
//! beginning of another. They need some log₂ size hashes and not the journal, so that
//! somebody who holds only a receipt can check them.

use std::convert::Infallible;
use std::ops::Range;

use super::{Hash, parent};

/// Longest proof: a journal has at most 2^63 entries.
pub const MAX_HASHES: usize = 128;

/// The root over leaves.
fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = super::Frontier::default();
    leaves.iter().for_each(|leaf| frontier.push(*leaf));
    frontier.root()
}

/// Where a tree of `size` leaves (at least two) is split: the largest power of two below it.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// That the entry `index` (from 1) is among these leaves: the roots beside its way to the
/// top, from below. `None` when there is no such entry.
#[must_use]
pub fn inclusion(leaves: &[Hash], index: u64) -> Option<Vec<Hash>> {
    let at = usize::try_from(index.checked_sub(1)?).ok()?;
    leaves.get(at)?;
    let (mut leaves, mut at) = (leaves, at);
    let mut path = Vec::new();
    while leaves.len() > 1 {
        let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
        if at < left.len() {
            path.push(root(right));
            leaves = left;
        } else {
            path.push(root(left));
            at -= left.len();
            leaves = right;
        }
    }
    path.reverse();
    Some(path)
}

/// Whether `path` proves that `leaf` is the entry `index` (from 1) of the journal with that
/// size and root.
#[must_use]
pub fn is_included(leaf: Hash, index: u64, (size, root): (u64, Hash), path: &[Hash]) -> bool {
    if index == 0 || index > size || path.len() > MAX_HASHES {
        return false;
    }
    let (mut at, mut last, mut hash) = (index - 1, size - 1, leaf);
    for beside in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = parent(beside, &hash);
            // Levels at which this is the last one and stands alone.
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            hash = parent(&hash, beside);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && hash == root
}

/// That the first `old` of these leaves are the journal of that size, of which all of them
/// are the continuation. `None` when there are not so many, or none.
#[must_use]
pub fn consistency(leaves: &[Hash], old: u64) -> Option<Vec<Hash>> {
    let root_of = |part: Range<u64>| -> Result<Hash, Infallible> {
        Ok(root(&leaves[part.start as usize..part.end as usize]))
    };
    let Ok(proof) = consistency_of(leaves.len() as u64, old, root_of);
    proof
}

/// As [`consistency`], of a journal of `size` entries that is not at hand as a whole: `root_of` gives the root over
/// those leaves (counted from 0), and is asked some log₂ size times; a part is as long as a power of two, or is the last.
///
/// # Errors
/// Those of `root_of`.
pub fn consistency_of<E>(
    size: u64,
    old: u64,
    mut root_of: impl FnMut(Range<u64>) -> Result<Hash, E>,
) -> Result<Option<Vec<Hash>>, E> {
    if old == 0 || old > size {
        return Ok(None);
    }
    let mut proof = Vec::new();
    // SUBPROOF of RFC 6962: `whole` while the old tree is the whole of what is looked at.
    let (mut part, mut whole) = (0..size, true);
    while old < part.end {
        let middle = part.start + split(part.end - part.start);
        let beside = match old <= middle {
            true => {
                let right = middle..part.end;
                part.end = middle;
                right
            }
            false => {
                let left = part.start..middle;
                (part.start, whole) = (middle, false);
                left
            }
        };
        proof.push(root_of(beside)?);
    }
    if !whole {
        proof.push(root_of(part)?);
    }
    proof.reverse();
    Ok(Some(proof))
}

/// Whether `proof` shows that the journal `new` (size, root) begins with the journal `old`.
#[must_use]
pub fn is_consistent(old: (u64, Hash), new: (u64, Hash), proof: &[Hash]) -> bool {
    if old.0 == 0 || old.0 > new.0 || proof.len() > MAX_HASHES {
        return false;
    }
    if old.0 == new.0 {
        return proof.is_empty() && old.1 == new.1;
    }
    let (mut at, mut last) = (old.0 - 1, new.0 - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let mut hashes = proof.iter();
    // A tree that is full is its own first hash.
    let first = match old.0.is_power_of_two() {
        true => Some(&old.1),
        false => hashes.next(),
    };
    let Some(first) = first else {
        return false;
    };
    let (mut was, mut is) = (*first, *first);
    for beside in hashes {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            was = parent(beside, &was);
            is = parent(beside, &is);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            is = parent(&is, beside);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && was == old.1 && is == new.1
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u64 = 70;

    fn leaves() -> Vec<Hash> {
        (0..MOST)
            .map(|i| [u8::try_from(i).unwrap_or(0); 32])
            .collect()
    }

    #[test]
    fn every_entry_of_every_journal_can_be_proven_and_no_other() {
        let all = leaves();
        for size in 1..=MOST {
            let leaves = &all[..size as usize];
            let head = (size, root(leaves));
            for index in 1..=size {
                let path = inclusion(leaves, index).unwrap();
                let leaf = leaves[index as usize - 1];
                assert!(is_included(leaf, index, head, &path), "{index} of {size}");
                assert!(!is_included([0xff; 32], index, head, &path));
                if size > 1 {
                    let other = index % size + 1;
                    assert!(!is_included(leaf, other, head, &path), "{other} of {size}");
                    assert!(!is_included(leaf, index, head, &path[1..]));
                }
                assert!(!is_included(leaf, index, (size, [1; 32]), &path));
                assert!(path.len() <= 7, "log₂ of 70");
            }
            assert_eq!(inclusion(leaves, 0), None);
            assert_eq!(inclusion(leaves, size + 1), None);
        }
    }

    #[test]
    fn every_journal_is_the_beginning_of_every_longer_one_and_of_no_other() {
        let all = leaves();
        for new in 1..=MOST {
            let leaves = &all[..new as usize];
            let head = (new, root(leaves));
            for old in 1..=new {
                let proof = consistency(leaves, old).unwrap();
                let was = (old, root(&all[..old as usize]));
                assert!(is_consistent(was, head, &proof), "{old} of {new}");
                assert!(!is_consistent((old, [1; 32]), head, &proof));
                assert!(!is_consistent(was, (new, [1; 32]), &proof));
                if old < new {
                    let longer = [&proof[..], &[[7; 32]]].concat();
                    assert!(!is_consistent(was, head, &longer));
                    for at in 0..proof.len() {
                        let mut other = proof.clone();
                        other[at][0] ^= 1;
                        assert!(!is_consistent(was, head, &other), "{at}: {old} of {new}");
                    }
                }
            }
            assert_eq!(consistency(leaves, 0), None);
            assert_eq!(consistency(leaves, new + 1), None);
        }
    }

    #[test]
    fn what_is_no_proof_is_refused() {
        let long = vec![[0; 32]; MAX_HASHES + 1];
        assert!(!is_included([0; 32], 1, (u64::MAX, [0; 32]), &long));
        assert!(!is_consistent((1, [0; 32]), (u64::MAX, [0; 32]), &long));
        assert!(!is_included([0; 32], 0, (0, [0; 32]), &[]));
        assert!(!is_consistent((0, [0; 32]), (0, [0; 32]), &[]));
        assert!(!is_consistent((3, [0; 32]), (4, [0; 32]), &[]));
    }
}
