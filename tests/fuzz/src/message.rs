//! A message of the exchange.

use vereda_sync::exchange::message::{
    Cursor, Hello, News, Outline, Reach, Refusal, Run, Share, Source, Speaks, Vouched, Welcome,
    Whose,
};
use vereda_sync::exchange::{Message, VERSION};
use vereda_sync::id::JournalId;

/// What is read is written again in no more bytes, and reads the same.
pub fn case(input: &[u8]) {
    let Ok(message) = Message::decode(input) else {
        return;
    };
    let encoded = message.encode();
    // Of a hello of other versions nothing but those is read.
    let is_foreign = matches!(&message, Message::Hello(hello) if hello.speaks.agree().is_err());
    assert!(encoded.len() <= input.len() || is_foreign, "{message:?}");
    assert_eq!(Message::decode(&encoded), Ok(message));
}

/// One of each kind.
pub fn seeds() -> Vec<Vec<u8>> {
    all().iter().map(Message::encode).collect()
}

pub(crate) fn all() -> Vec<Message> {
    let journal = JournalId([7; 16]);
    let outline = Outline {
        journal,
        size: 300,
        tag: [8; 8],
    };
    let speaks = |newest| Speaks {
        newest,
        ..Speaks::ours()
    };
    let hello = |newest| {
        Message::Hello(Hello {
            speaks: speaks(newest),
            name: "Carrinha 7".into(),
            wall_ms: 1_795_000_000_000,
            receipted: true,
            journals: vec![outline, Outline { size: 0, ..outline }],
            cursors: vec![
                Cursor {
                    scope: "monchique".into(),
                    epoch: [1; 8],
                    seq: 900,
                    tag: [2; 8],
                },
                Cursor::nothing("aljezur"),
            ],
        })
    };
    let vouched = Vouched {
        journal: 0,
        tag: [8; 8],
        at_ms: 1_795_000_000_000,
        seal: vec![9; 66],
    };
    let run = |journal, first, count| Run {
        journal,
        first,
        count,
    };
    let source = |journal: u8, index| Source {
        journal: JournalId([journal; 16]),
        index,
        own: false,
    };
    vec![
        hello(VERSION),
        hello(VERSION + 2),
        hello(1),
        Message::Welcome(Welcome {
            speaks: speaks(VERSION),
            epoch: [1; 16],
            wall_ms: 1_795_000_000_000,
            held: vec![299, 0],
            more: vec![(JournalId([1; 16]), 5)],
        }),
        Message::Same { wall_ms: 1 },
        Message::Frame {
            journal: 0,
            first: 1,
            packed: vec![2, 3, 4],
        },
        Message::Ack {
            journal: 0,
            size: 300,
        },
        Message::Checkpoint(vouched.clone()),
        Message::Proof(vouched),
        Message::News(News {
            scope: 0,
            first: 12,
            runs: vec![
                run(Whose::Journal(JournalId([1; 16])), 4, 2),
                run(Whose::Yours(0), 9, 1),
            ],
            packed: vec![2, 0, 1],
        }),
        Message::FeedEnd {
            scope: 0,
            seq: 14,
            tag: [5; 8],
        },
        Message::Refuse(Refusal::Quarantined),
        Message::Meet {
            speaks: speaks(VERSION),
            name: "Carrinha 8".into(),
            here: vec![Reach {
                scope: "monchique".into(),
                journals: vec![(journal, 300)],
            }],
        },
        Message::Share(Share {
            scope: "monchique".into(),
            sources: vec![source(1, 4), source(1, 5), source(2, 9)],
            packed: vec![2, 0, 1],
        }),
        Message::Shared {
            scope: "monchique".into(),
        },
    ]
}
