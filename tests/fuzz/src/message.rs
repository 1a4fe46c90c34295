//! A message of the exchange.

use vereda_sync::exchange::Message;
use vereda_sync::exchange::custody::Sealed;
use vereda_sync::exchange::message::{Cursor, Feed, Head, Hello, Refusal, Source, Welcome};
use vereda_sync::id::JournalId;

/// What is read is written again in no more bytes, and reads the same.
pub fn case(input: &[u8]) {
    let Ok(message) = Message::decode(input) else {
        return;
    };
    let encoded = message.encode();
    assert!(encoded.len() <= input.len(), "{message:?}");
    assert_eq!(Message::decode(&encoded), Ok(message));
}

/// One of each kind.
pub fn seeds() -> Vec<Vec<u8>> {
    all().iter().map(Message::encode).collect()
}

pub(crate) fn all() -> Vec<Message> {
    let journal = JournalId([7; 16]);
    let head = Head {
        journal,
        size: 300,
        root: [8; 32],
    };
    let sealed = Sealed {
        head,
        at_ms: 1_795_000_000_000,
        seal: vec![9; 66],
    };
    let source = |journal: u8, index, own| Source {
        journal: JournalId([journal; 16]),
        index,
        own,
    };
    vec![
        Message::Hello(Hello {
            version: 2,
            name: "Carrinha 7".into(),
            wall_ms: 1_795_000_000_000,
            receipted: true,
            journals: vec![head, Head { size: 0, ..head }],
            cursors: vec![Cursor {
                scope: "monchique".into(),
                epoch: [1; 16],
                seq: 900,
                tag: [2; 8],
            }],
        }),
        Message::Welcome(Welcome {
            version: 2,
            name: "Central".into(),
            epoch: [1; 16],
            wall_ms: 1_795_000_000_000,
            held: vec![(journal, 299), (JournalId([1; 16]), 0)],
        }),
        Message::Same { wall_ms: 1 },
        Message::Frame {
            journal,
            first: 1,
            packed: vec![2, 3, 4],
        },
        Message::Ack { journal, size: 300 },
        Message::Checkpoint(sealed.clone()),
        Message::Proof(sealed),
        Message::Feed(Feed {
            scope: "monchique".into(),
            first: 12,
            sources: vec![source(1, 4, false), source(2, 9, true), source(1, 5, false)],
            packed: vec![2, 0, 1],
        }),
        Message::FeedEnd {
            scope: "monchique".into(),
            seq: 14,
            root: [5; 32],
        },
        Message::Refuse(Refusal::Quarantined),
    ]
}
