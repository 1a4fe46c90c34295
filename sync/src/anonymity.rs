//! Figures that may be given to anybody: none of fewer than `k` people, and none from which such a one could be computed.
//!
//! What is published is a tree: a whole, its groups, and the parts of each group, with the sum of each. Whoever knows a
//! sum and all of its terms but one knows that one, so where a small number is hidden others are hidden with it, until
//! for each hidden one everything from 1 to `k` fits what is shown ([`hidden`]). As it is a tree and no table, no number
//! is a term of two sums of one kind, and no two sums can be set off against each other.

/// A group and its parts, as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its parts.
    pub parts: Vec<u64>,
}

impl Group {
    fn total(&self) -> u64 {
        self.parts.iter().sum()
    }
}

/// A group as it is published; `None` is hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The sum of its parts.
    pub total: Option<u64>,
    /// Its parts: none of them where the sum is hidden.
    pub parts: Vec<Option<u64>>,
}

/// What of a whole is published: its sum, and its groups in their order.
#[must_use]
pub fn publish(groups: &[Group], k: u64) -> (Option<u64>, Vec<Shown>) {
    let nothing = |group: &Group| Shown {
        total: None,
        parts: vec![None; group.parts.len()],
    };
    let totals: Vec<u64> = groups.iter().map(Group::total).collect();
    let within: Vec<Option<Vec<bool>>> = groups
        .iter()
        .map(|g| hidden(&g.parts, &vec![false; g.parts.len()], k))
        .collect();
    // A group whose parts cannot be told apart from their sum is hidden whole.
    let must: Vec<bool> = within.iter().map(Option::is_none).collect();
    let Some(whole) = hidden(&totals, &must, k) else {
        return (None, groups.iter().map(nothing).collect());
    };
    let shown = groups.iter().zip(&totals).zip(within.iter().zip(&whole));
    let shown = shown.map(|((group, total), (within, is_hidden))| match within {
        Some(within) if !is_hidden => Shown {
            total: Some(*total),
            parts: show(&group.parts, within),
        },
        _ => nothing(group),
    });
    (Some(totals.iter().sum()), shown.collect())
}

fn show(parts: &[u64], hidden: &[bool]) -> Vec<Option<u64>> {
    let shown = parts.iter().zip(hidden);
    shown.map(|(n, hidden)| (!hidden).then_some(*n)).collect()
}

/// Which terms of a published sum are hidden: those that are not nought and less than `k`, those that `must` be, and of
/// the others the smallest, as few as do. `None`: even all of them would not hide it, or the sum is itself too small,
/// and it must not be published either.
#[must_use]
pub fn hidden(parts: &[u64], must: &[bool], k: u64) -> Option<Vec<bool>> {
    let sum: u64 = parts.iter().sum();
    if (1..k).contains(&sum) {
        return None;
    }
    let is_small = |n: u64| (1..k).contains(&n);
    let mut hidden: Vec<bool> = parts
        .iter()
        .zip(must)
        .map(|(n, must)| is_small(*n) || *must && *n > 0)
        .collect();
    let mut others: Vec<usize> = (0..parts.len())
        .filter(|at| !hidden[*at] && parts[*at] > 0)
        .collect();
    others.sort_by_key(|at| std::cmp::Reverse(parts[*at]));
    loop {
        let terms = hidden.iter().filter(|h| **h).count() as u64;
        let left: u64 = parts
            .iter()
            .zip(&hidden)
            .filter_map(|(n, h)| h.then_some(*n))
            .sum();
        // Each of them is at least 1, and may be `k`, whatever the others are.
        if terms == 0 || terms >= 2 && left >= k + terms - 1 {
            return Some(hidden);
        }
        hidden[others.pop()?] = true;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn group(parts: &[u64]) -> Group {
        Group {
            parts: parts.to_vec(),
        }
    }

    #[test]
    fn a_small_number_takes_the_smallest_other_with_it() {
        let hidden = hidden(&[40, 3, 9, 0, 12], &[false; 5], 5);
        assert_eq!(hidden, Some(vec![false, true, true, false, false]));
    }

    #[test]
    fn two_small_numbers_that_their_sum_would_tell_take_another_with_them() {
        // 1 + 1 = 2 tells both; 3 + 4 = 7 lets each be 1 to 6.
        let all = |parts: &[u64]| hidden(parts, &[false; 3], 5);
        assert_eq!(all(&[1, 1, 30]), Some(vec![true, true, true]));
        assert_eq!(all(&[3, 4, 30]), Some(vec![true, true, false]));
        assert_eq!(all(&[9, 8, 30]), Some(vec![false, false, false]));
    }

    #[test]
    fn what_cannot_be_hidden_among_its_own_is_hidden_with_its_sum() {
        assert_eq!(hidden(&[3], &[false], 5), None);
        assert_eq!(hidden(&[3, 2], &[false; 2], 5), None);
        let (total, shown) = publish(&[group(&[3, 2]), group(&[20, 9]), group(&[50])], 5);
        assert_eq!(total, Some(84));
        let totals: Vec<Option<u64>> = shown.iter().map(|s| s.total).collect();
        assert_eq!(totals, [None, None, Some(50)]);
        assert_eq!(shown[1].parts, [None, None], "its parts would tell its sum");
        assert_eq!(
            publish(&[group(&[2])], 5).0,
            None,
            "nothing is left to be shown"
        );
        assert_eq!(publish(&[], 5), (Some(0), vec![]));
    }

    /// All that the hidden terms of a sum may be, for whoever knows that each of them is there.
    fn fits(left: u64, terms: usize, found: &mut Vec<Vec<u64>>, so_far: &mut Vec<u64>) {
        if terms == 1 {
            if left >= 1 {
                so_far.push(left);
                found.push(so_far.clone());
                so_far.pop();
            }
            return;
        }
        for n in 1..=left {
            so_far.push(n);
            fits(left - n, terms - 1, found, so_far);
            so_far.pop();
        }
    }

    /// Holds for each hidden term of a published sum: everything from 1 to `k` fits.
    fn assert_hidden(sum: u64, terms: &[Option<u64>], is_there: &[bool], k: u64) {
        let left = sum - terms.iter().flatten().sum::<u64>();
        let missing = terms.iter().zip(is_there);
        let missing = missing.filter(|(t, there)| t.is_none() && **there).count();
        if missing == 0 {
            return;
        }
        let (mut found, mut so_far) = (vec![], vec![]);
        fits(left, missing, &mut found, &mut so_far);
        for term in 0..missing {
            for n in 1..=k {
                assert!(
                    found.iter().any(|f| f[term] == n),
                    "{n} cannot be it: {left}, {missing}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn from_what_is_shown_nothing_that_is_hidden_can_be_computed(
            all in prop::collection::vec(prop::collection::vec(0u64..9, 1..4), 1..4), k in 2u64..5,
        ) {
            let groups: Vec<Group> = all.into_iter().map(|parts| Group { parts }).collect();
            let (total, shown) = publish(&groups, k);
            let small = |n: u64| (1..k).contains(&n);
            prop_assert!(total.is_none_or(|n| !small(n)));
            for (group, shown) in groups.iter().zip(&shown) {
                prop_assert!(shown.total.is_none_or(|n| !small(n)));
                for (n, shown) in group.parts.iter().zip(&shown.parts) {
                    prop_assert!(!small(*n) || shown.is_none());
                    prop_assert!(shown.is_none_or(|shown| shown == *n));
                }
                let there: Vec<bool> = group.parts.iter().map(|n| *n > 0).collect();
                match shown.total {
                    Some(sum) => assert_hidden(sum, &shown.parts, &there, k),
                    None => prop_assert!(shown.parts.iter().all(Option::is_none)),
                }
            }
            if let Some(sum) = total {
                let totals: Vec<Option<u64>> = shown.iter().map(|s| s.total).collect();
                let there: Vec<bool> = groups.iter().map(|g| g.total() > 0).collect();
                assert_hidden(sum, &totals, &there, k);
            }
        }

        #[test]
        fn large_numbers_are_all_shown(all in prop::collection::vec(prop::collection::vec(5u64..900, 1..8), 1..8)) {
            let groups: Vec<Group> = all.into_iter().map(|parts| Group { parts }).collect();
            let (_, shown) = publish(&groups, 5);
            prop_assert!(shown.iter().all(|s| s.total.is_some() && s.parts.iter().all(Option::is_some)));
        }
    }
}
