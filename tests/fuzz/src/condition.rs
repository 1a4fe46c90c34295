//! How a node says that it is, and what its hub answers.

use vereda_sync::condition::{Answer, Battery, Carried, Condition, Heard, OfOthers, Place, Unsent};
use vereda_sync::id::JournalId;
use vereda_sync::record::tour::Position;

/// What is read is written again, and reads the same.
pub fn case(input: &[u8]) {
    if let Ok(condition) = Condition::decode(input) {
        assert_eq!(Condition::decode(&condition.encode()), Ok(condition));
    }
    if let Ok(answer) = Answer::decode(input) {
        assert_eq!(Answer::decode(&answer.encode()), Ok(answer));
    }
}

/// With little, with all, and an answer.
pub fn seeds() -> Vec<Vec<u8>> {
    let journal = JournalId([7; 16]);
    let full = Condition {
        program: "1.2.3".into(),
        catalogue: 4,
        wall_ms: 1_795_286_520_000,
        up_s: 900,
        battery: Some(Battery {
            percent: 62,
            on_mains: false,
        }),
        free_bytes: Some(40 << 30),
        attended: true,
        unsent: Unsent {
            changes: 14,
            requests: 4,
            photographs: 2,
            since_ms: Some(1_795_286_000_000),
        },
        place: Some(Place {
            name: "Alferce".into(),
            position: Some(Position {
                lat: 373_337,
                lon: -84_889,
            }),
            held_ms: Some(1_795_280_000_000),
        }),
        journals: vec![(journal, 300)],
        of_others: Some(OfOthers {
            heard: vec![Heard {
                journal,
                index: 9,
                record: [1; 8],
                change: [2; 8],
            }],
            carried: vec![Carried {
                journal,
                first: 1,
                entries: 9,
                size: 20,
            }],
            is_cut: true,
        }),
    };
    let orphaned = vec![journal; 3];
    vec![
        Condition::default().encode(),
        full.encode(),
        Answer { orphaned }.encode(),
    ]
}
