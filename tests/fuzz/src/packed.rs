//! A frame as it came off the wire.

use vereda_sync::exchange::frame::{self, MAX_ENTRIES, MAX_PLAIN_BYTES, Verdict};
use vereda_sync::guard::MAX_CHANGE_BYTES;
use vereda_sync::journal::Entry;

use crate::invented::morning;

/// What comes out is bounded; what the guard lets pass of it is packed again and comes out the same.
pub fn case(input: &[u8]) {
    let Ok(unpacked) = frame::unpack(input) else {
        return;
    };
    assert!(unpacked.len() <= MAX_ENTRIES);
    let bytes: usize = unpacked.iter().map(|u| u.bytes.len()).sum();
    assert!(bytes <= 4 * MAX_PLAIN_BYTES, "{bytes} bytes came out");
    let verdicts = frame::examine(unpacked);
    let passed: Vec<Entry> = verdicts.into_iter().filter_map(Verdict::ok).collect();
    assert!(passed.iter().all(|e| e.bytes.len() <= MAX_CHANGE_BYTES));
    let passed = &passed[..frame::fitting(&passed)];
    let again = frame::unpack(&frame::pack(passed).unwrap()).unwrap();
    let again: Result<Vec<Entry>, _> = frame::examine(again).into_iter().collect();
    assert_eq!(again.as_deref(), Ok(passed));
}

/// Honest frames.
pub fn seeds() -> Vec<Vec<u8>> {
    let all = morning(3);
    [&all[..1], &all[..2], &all[..], &all[4..]]
        .map(|entries| frame::pack(entries).unwrap())
        .to_vec()
}
