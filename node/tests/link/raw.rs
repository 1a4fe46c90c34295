//! A client that speaks the protocol, and not always well.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures_util::StreamExt;
use hyper::client::conn::http2;
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;
use tokio_stream::wrappers::ReceiverStream;
use vereda::link::seal::Seal;
use vereda_sync::exchange::custody::Says;
use vereda_sync::exchange::frame::{self, Encoding};
use vereda_sync::exchange::message::{Head, Hello, Message, Refusal, Speaks, Vouched, tag};
use vereda_sync::exchange::{OLDEST, VERSION};
use vereda_sync::id::JournalId;
use vereda_sync::journal::{Entry, Frontier};

use crate::world::{LIMIT, TestHub, TestSpot, World, note, request, until};

/// A connection of a spot, by hand.
pub(crate) struct Raw {
    requests: http2::SendRequest<Body>,
}

impl Raw {
    pub(crate) async fn connect(spot: &TestSpot, hub: &TestHub) -> Self {
        let config = spot.hub_config(hub.address);
        let tls =
            vereda::link::tls::client(&config.certificate, &config.key, &config.authority).unwrap();
        let stream = TlsConnector::from(Arc::new(tls))
            .connect(
                ServerName::try_from("localhost").unwrap(),
                TcpStream::connect(hub.address).await.unwrap(),
            )
            .await
            .unwrap();
        let (requests, driver) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(driver);
        Self { requests }
    }

    /// Sends bytes as the body of an exchange, ends, and gives the answers.
    async fn say(&mut self, parts: Vec<Vec<u8>>) -> Vec<Message> {
        let (out, queue) = mpsc::channel::<Result<Bytes, std::io::Error>>(64);
        let request = Request::post("/v1/exchange")
            .body(Body::from_stream(ReceiverStream::new(queue)))
            .unwrap();
        for part in parts {
            out.send(Ok(part.into())).await.unwrap();
        }
        let talk = async {
            let answer = self.requests.send_request(request).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            let mut body = Body::new(answer.into_body()).into_data_stream();
            let mut all = Vec::new();
            // What is not answered within a moment will not be.
            while let Ok(Some(Ok(bytes))) =
                tokio::time::timeout(std::time::Duration::from_secs(2), body.next()).await
            {
                all.extend(bytes);
            }
            drop(out);
            all
        };
        let all = tokio::time::timeout(LIMIT, talk).await.unwrap();
        let mut rest = &all[..];
        let mut messages = Vec::new();
        while let Some((length, more)) = rest.split_first_chunk::<4>() {
            let (message, after) = more.split_at(u32::from_be_bytes(*length) as usize);
            messages.push(Message::decode(message).unwrap());
            rest = after;
        }
        messages
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.requests.is_closed()
    }

    pub(crate) async fn blob(&mut self, method: &str, path: &str, body: &[u8]) -> StatusCode {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::from(body.to_vec()))
            .unwrap();
        self.requests.send_request(request).await.unwrap().status()
    }
}

fn framed(message: &Message) -> Vec<u8> {
    let bytes = message.encode();
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [&length[..], &bytes].concat()
}

fn hello(head: Head) -> Vec<u8> {
    framed(&Message::Hello(Hello {
        speaks: Speaks::ours(),
        name: "Cru".into(),
        wall_ms: 1,
        receipted: false,
        journals: vec![head.into()],
        cursors: vec![],
    }))
}

/// Of the one journal that the hello names.
fn sent(first: u64, entries: &[Entry]) -> Vec<u8> {
    framed(&Message::Frame {
        journal: 0,
        first,
        packed: frame::pack(entries).unwrap(),
    })
}

fn checkpoint(spot: &TestSpot, head: Head) -> Vec<u8> {
    let seal = Seal::load(&spot.dir.join("node.key")).unwrap();
    let sealed = seal.put(Says::Wrote, head, 1).unwrap();
    framed(&Message::Checkpoint(Vouched {
        journal: 0,
        tag: tag(&head.root),
        at_ms: 1,
        seal: sealed.seal,
    }))
}

fn is_proven(answers: &[Message], head: Head) -> bool {
    answers
        .iter()
        .any(|m| matches!(m, Message::Proof(word) if word.tag == tag(&head.root)))
}

/// The entries of a spot that was never connected, with their head.
fn entries_of(spot: &TestSpot, journal: JournalId) -> (Vec<Entry>, Head) {
    let db = spot.node.store.read();
    let own = vereda::store::journal::all(&db).unwrap().remove(0);
    let entries = vereda::store::journal::entries(&db, own.row, 1, usize::MAX).unwrap();
    (
        entries,
        Head {
            journal,
            ..own.head()
        },
    )
}

fn acks(messages: &[Message]) -> Vec<u64> {
    messages
        .iter()
        .filter_map(|m| match m {
            Message::Ack { size, .. } => Some(*size),
            _ => None,
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_repeated_and_out_of_order_are_stored_once() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    let record = request(&spot.node, "Ana");
    for n in 0..6 {
        note(&spot.node, record, &format!("nota {n}"));
    }
    let journal = JournalId([7; 16]);
    let (entries, head) = entries_of(&spot, journal);
    assert_eq!(entries.len(), 10);
    let mut raw = Raw::connect(&spot, &hub).await;
    let answers = raw
        .say(vec![
            hello(head),
            sent(5, &entries[4..6]),
            sent(1, &entries[..4]),
            sent(1, &entries[..4]),
            sent(3, &entries[2..8]),
            sent(10, &entries[9..]),
            sent(9, &entries[8..]),
            sent(1, &entries[..2]),
            checkpoint(&spot, head),
        ])
        .await;
    assert!(matches!(answers[0], Message::Welcome(_)), "{answers:?}");
    assert_eq!(acks(&answers), [0, 4, 4, 8, 8, 10, 2]);
    assert!(is_proven(&answers, head));
    let (changes, rows) = crate::world::changes(&hub.node);
    assert_eq!((changes.len(), rows), (10, 10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_new_is_one_small_message_each_way_and_only_then() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.receipted().await;
    let scopes = ["monchique".to_owned()];
    let everything = || {
        let db = spot.node.store.read();
        let own = vereda::store::journal::all(&db).unwrap().remove(0);
        Hello {
            speaks: Speaks::ours(),
            name: "Cru".into(),
            wall_ms: 1,
            receipted: true,
            journals: vec![own.head().into()],
            cursors: vereda::store::feed::cursors(&db, &scopes).unwrap(),
        }
    };
    until("its feed is known", || everything().cursors[0].seq > 0).await;
    spot.link = None;
    let mut raw = Raw::connect(&spot, &hub).await;
    let said = framed(&Message::Hello(everything()));
    let answers = raw.say(vec![said.clone()]).await;
    assert!(matches!(answers[..], [Message::Same { .. }]), "{answers:?}");
    let bytes = said.len() + framed(&answers[0]).len();
    assert!(bytes <= 160, "{bytes}");

    let differing: [fn(&mut Hello); 6] = [
        |h| h.receipted = false,
        |h| h.journals[0].tag[0] ^= 1,
        |h| h.journals.clear(),
        |h| h.cursors[0].tag[0] ^= 1,
        |h| h.cursors[0].epoch[0] ^= 1,
        |h| h.cursors[0].seq -= 1,
    ];
    for differ in differing {
        let mut other = everything();
        differ(&mut other);
        let answers = raw.say(vec![framed(&Message::Hello(other))]).await;
        assert!(matches!(answers[0], Message::Welcome(_)), "{answers:?}");
    }
    // News for the spot: from another one, and from the hub.
    let mut other = world.spot("movel-08", &["monchique"]);
    request(&other.node, "Beatriz");
    other.connect(hub.address);
    other.proven().await;
    let answers = raw.say(vec![said]).await;
    assert!(matches!(answers[0], Message::Welcome(_)), "{answers:?}");
    assert!(answers.iter().any(|m| matches!(m, Message::News(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_ends_the_exchange_and_nothing_else() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    let journal = JournalId([7; 16]);
    let (entries, head) = entries_of(&spot, journal);
    let mut raw = Raw::connect(&spot, &hub).await;
    let garbage = Message::Frame {
        journal: 0,
        first: 3,
        packed: vec![0xaa; 300],
    };
    for bad in [
        framed(&garbage),
        vec![0xff, 0xff, 0xff, 0xff, 1, 2, 3],
        vec![0, 0, 0, 2, 99, 99],
        vec![0, 0, 0, 0],
    ] {
        let answers = raw
            .say(vec![
                hello(head),
                sent(1, &entries[..2]),
                bad,
                sent(3, &entries[2..]),
            ])
            .await;
        // What came before it is kept, what comes after it is not looked at.
        assert_eq!(acks(&answers), [2]);
    }
    let trouble = hub.spot("movel-07").1.unwrap();
    assert!(trouble.contains("ilegíveis"), "{trouble}");
    // Everybody else is served, and so is this one once it makes sense again.
    let answers = raw
        .say(vec![
            hello(head),
            sent(3, &entries[2..]),
            checkpoint(&spot, head),
        ])
        .await;
    assert!(is_proven(&answers, head));
    assert_eq!(hub.spot("movel-07").1, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_change_stops_its_journal_and_is_seen() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    let journal = JournalId([7; 16]);
    let (mut entries, head) = entries_of(&spot, journal);
    *entries[2].bytes.last_mut().unwrap() ^= 1;
    let mut raw = Raw::connect(&spot, &hub).await;
    for _ in 0..3 {
        let answers = raw
            .say(vec![
                hello(head),
                sent(1, &entries),
                checkpoint(&spot, head),
            ])
            .await;
        assert_eq!(acks(&answers), [2]);
        assert!(answers.contains(&Message::Refuse(Refusal::Quarantined)));
    }
    let quarantined: i64 = hub
        .node
        .store
        .read()
        .query_row("SELECT count(*) FROM quarantine", [], |r| r.get(0))
        .unwrap();
    assert_eq!(quarantined, 1);
    let trouble = hub.spot("movel-07").1.unwrap();
    assert!(trouble.contains("quarentena"), "{trouble}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spot_sees_that_its_change_is_in_quarantine() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    // A bit flips on its disk.
    spot.node
        .store
        .write()
        .execute(
            "UPDATE entry SET body = CAST(body || x'00' AS BLOB) WHERE idx = 3",
            [],
        )
        .unwrap();
    let mut other = world.spot("movel-08", &["monchique"]);
    let of_other = request(&other.node, "Beatriz");
    other.connect(hub.address);
    spot.connect(hub.address);
    let why = spot.refused().await;
    assert!(why.contains("quarentena"), "{why}");
    // What others wrote reaches it all the same.
    until("the feed arrives", || {
        !crate::world::heads(&spot.node, of_other).is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_of_another_spot_is_refused() {
    let world = World::new();
    let hub = world.hub(None);
    let mut owner = world.spot("movel-07", &["monchique"]);
    request(&owner.node, "Ana");
    owner.connect(hub.address);
    owner.proven().await;
    let id = vereda::store::journal::all(&owner.node.store.read()).unwrap()[0].id;
    let thief = world.spot("movel-66", &["monchique"]);
    let head = Head {
        journal: id,
        size: 0,
        root: Frontier::default().root(),
    };
    let mut raw = Raw::connect(&thief, &hub).await;
    let answers = raw.say(vec![hello(head)]).await;
    assert_eq!(answers, [Message::Refuse(Refusal::NotYours)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_exchange_of_a_spot_ends_the_first() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    let journal = JournalId([7; 16]);
    let (entries, head) = entries_of(&spot, journal);
    let mut first = Raw::connect(&spot, &hub).await;
    let mut second = Raw::connect(&spot, &hub).await;
    let said = tokio::spawn(async move { first.say(vec![hello(head)]).await });
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let answers = second
        .say(vec![
            hello(head),
            sent(1, &entries),
            checkpoint(&spot, head),
        ])
        .await;
    assert!(is_proven(&answers, head));
    let ended = said.await.unwrap();
    assert_eq!(ended.last(), Some(&Message::Refuse(Refusal::NotNow)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blobs_that_lie_are_thrown_away() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    let mut raw = Raw::connect(&spot, &hub).await;
    let id: String = Sha256::digest(b"right")
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let path = format!("/v1/blobs/{id}");
    let put = |more: &str| format!("{path}?type=image/jpeg&{more}");
    assert_eq!(raw.blob("HEAD", &path, b"").await, StatusCode::NOT_FOUND);
    let wrong = raw.blob("PUT", &put("offset=0&bytes=5"), b"wrong").await;
    assert_eq!(wrong, StatusCode::UNPROCESSABLE_ENTITY);
    let part = raw.blob("PUT", &put("offset=0&bytes=5"), b"rig").await;
    assert_eq!(part, StatusCode::ACCEPTED);
    assert_eq!(raw.blob("HEAD", &path, b"").await, StatusCode::NO_CONTENT);
    let gap = raw.blob("PUT", &put("offset=4&bytes=5"), b"t").await;
    assert_eq!(gap, StatusCode::CONFLICT);
    let more = raw
        .blob("PUT", &put("offset=3&bytes=5"), b"ht and more")
        .await;
    assert_eq!(more, StatusCode::CONFLICT);
    let rest = raw.blob("PUT", &put("offset=3&bytes=5"), b"ht").await;
    assert_eq!(rest, StatusCode::CREATED);
    assert_eq!(raw.blob("HEAD", &path, b"").await, StatusCode::OK);
    for (bad, status) in [
        ("offset=0&bytes=99999999999", StatusCode::PAYLOAD_TOO_LARGE),
        ("offset=9&bytes=5", StatusCode::BAD_REQUEST),
        ("offset=0&bytes=0", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(raw.blob("PUT", &put(bad), b"").await, status);
    }
    let script = format!("{path}?type=text/html&offset=0&bytes=5");
    assert_eq!(
        raw.blob("PUT", &script, b"right").await,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_two_versions_on_exchanges_what_both_know_or_is_told_what_to_do() {
    let world = World::new();
    let hub = world.hub(None);
    let spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    let (entries, head) = entries_of(&spot, JournalId([7; 16]));
    let mut raw = Raw::connect(&spot, &hub).await;
    let saying = |newest: u16, oldest: u16| {
        let hello = Hello {
            speaks: Speaks {
                newest,
                oldest,
                encodings: Encoding::known().into_iter().chain([77]).collect(),
            },
            name: "Cru".into(),
            wall_ms: 1,
            receipted: false,
            journals: vec![head.into()],
            cursors: vec![],
        };
        let mut bytes = Message::Hello(hello).encode();
        // What a later version adds to a hello.
        bytes.pop();
        bytes.extend([3, 1, 2, 3]);
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        [&length[..], &bytes].concat()
    };
    for (newest, oldest, refusal) in [
        (VERSION + 2, VERSION + 1, Refusal::TooNew),
        (OLDEST - 1, 1, Refusal::TooOld),
    ] {
        let answers = raw.say(vec![saying(newest, oldest)]).await;
        assert_eq!(answers, [Message::Refuse(refusal)]);
    }
    let answers = raw
        .say(vec![
            saying(VERSION + 2, OLDEST),
            sent(1, &entries),
            checkpoint(&spot, head),
        ])
        .await;
    let Message::Welcome(welcome) = &answers[0] else {
        panic!("{answers:?}");
    };
    assert_eq!(welcome.speaks.newest, VERSION);
    assert!(is_proven(&answers, head));
}
