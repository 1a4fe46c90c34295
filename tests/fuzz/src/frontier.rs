//! The frontier of a journal, as a store keeps it.

use vereda_sync::journal::Frontier;

/// What is read is written as it was, and can be appended to.
pub fn case(input: &[u8]) {
    let Some(mut frontier) = Frontier::from_bytes(input) else {
        return;
    };
    assert_eq!(frontier.to_bytes(), input);
    if frontier.size() < u64::MAX {
        frontier.push([3; 32]);
        assert_eq!(Frontier::from_bytes(&frontier.to_bytes()), Some(frontier));
    }
}

/// Of several sizes.
pub fn seeds() -> Vec<Vec<u8>> {
    let of = |size: u32| {
        let mut frontier = Frontier::default();
        (0..size).for_each(|n| frontier.push([n.to_le_bytes()[0]; 32]));
        frontier.to_bytes()
    };
    [0, 1, 2, 3, 7, 8, 64, 255].map(of).to_vec()
}
