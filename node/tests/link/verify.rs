//! The state of a receipt, over the door that anybody may knock at.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vereda::config::Verify;
use vereda::node::Node;
use vereda::verification::{self, HubReceipts};
use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::id::RecordId;
use vereda_sync::number::number;
use vereda_sync::record::{Life, attendance, case, request};
use vereda_sync::verification::{Check, code};
use vereda_web::verify::port::{Receipts, Standing};

use crate::erased::erase;
use crate::world::{World, until};

fn config(listen: Option<SocketAddr>) -> Verify {
    Verify {
        address: "https://verificar.exemplo.pt".into(),
        listen,
        proxies: vec![],
    }
}

/// A request as a desk makes it, under a number that nodes give.
fn record(node: &Node, number: &str) -> RecordId {
    let name = Answer {
        value: "Maria do Rosário".into(),
        provenance: Provenance::Typed,
    };
    let identity = BTreeMap::from([("full-name".to_owned(), name)]);
    let attendance = node.begin("ana.m", attendance::begin).unwrap();
    let request = node
        .begin("ana.m", |a, at| {
            request::begin(a, at, ("cesd", 1), attendance, &identity)
        })
        .unwrap();
    node.change(
        request,
        "ana.m",
        |d, a, at| request::record(d, a, at, number, 0, None),
        |_| Ok(()),
    )
    .unwrap();
    request
}

fn standing(receipts: &HubReceipts, number: &str, code: &str) -> Option<Standing> {
    let check = Check::parse(code).unwrap();
    receipts.standing(number, &check).unwrap()
}

/// What is answered: status line, headers and page.
async fn get(address: SocketAddr, path: &str, host: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_says_what_the_hub_knows_to_whoever_has_its_code() {
    let world = World::new();
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let hub = world.hub_as(None, |c| c.verify = Some(config(Some(listen))));
    let mut spot = world.spot_as("movel-07", &["monchique"], |c| {
        c.verify = Some(config(None))
    });
    let given = number("M07", &[7; 32], 1);
    let id = record(&spot.node, &given);
    let receipts = HubReceipts(hub.node.clone());
    // It is not here yet, and nothing tells whether there is such a number.
    assert!(standing(&receipts, &given, &code(id)).is_none());
    spot.connect(hub.address);
    spot.proven().await;
    until("the hub knows it", || {
        standing(&receipts, &given, &code(id)).is_some()
    })
    .await;

    let known = standing(&receipts, &given, &code(id)).unwrap();
    assert_eq!(
        (known.life, known.spot.as_str()),
        (Life::Received, "Posto movel-07")
    );
    assert!(!known.in_conflict && known.late.is_none() && known.reply.is_none());
    // The older paper is good for the same, and another's code for nothing.
    assert!(standing(&receipts, &given, &id.to_string()[..16]).is_some());
    let another = record(&spot.node, &number("M07", &[7; 32], 2));
    assert!(standing(&receipts, &given, &code(another)).is_none());
    assert!(standing(&receipts, &number("M07", &[7; 32], 3), &code(id)).is_none());

    let door = verification::start(&hub.node, hub.node.config.verify.as_ref().unwrap()).unwrap();
    let path = format!("/{given}/{}?lingua=pt", code(id));
    let page = get(door.address, &path, "verificar.exemplo.pt").await;
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("Posto movel-07"),
        "{page}"
    );
    assert!(
        !page.contains("Maria") && !page.contains(&id.to_string()[..16]),
        "{page}"
    );
    for (path, host, status) in [
        (
            format!("/{given}/{}", code(another)),
            "verificar.exemplo.pt",
            "404",
        ),
        ("/entrar".into(), "verificar.exemplo.pt", "404"),
        ("/pedidos".into(), "verificar.exemplo.pt", "404"),
        (path, "outro.exemplo.pt", "421"),
    ] {
        let page = get(door.address, &path, host).await;
        assert!(page.starts_with(&format!("HTTP/1.1 {status}")), "{page}");
    }

    // What becomes of it is seen, and what was erased never was.
    spot.node
        .change(
            id,
            "ana.m",
            |d, a, at| case::withdraw(d, a, at, "o próprio", "já não precisa"),
            |_| Ok(()),
        )
        .unwrap();
    until("it is withdrawn", || {
        standing(&receipts, &given, &code(id)).is_some_and(|it| it.life == Life::Withdrawn)
    })
    .await;
    erase(&hub, &[id]);
    assert!(standing(&receipts, &given, &code(id)).is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_without_end_are_not_kept() {
    let world = World::new();
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let hub = world.hub_as(None, |c| c.verify = Some(config(Some(listen))));
    let door = verification::start(&hub.node, hub.node.config.verify.as_ref().unwrap()).unwrap();
    let mut stream = TcpStream::connect(door.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let mut sent = 0;
    // It refuses, or hangs up, long before this much.
    while sent < 1 << 20 {
        match stream
            .write_all(format!("x: {}\r\n", "y".repeat(1_000)).as_bytes())
            .await
        {
            Ok(()) => sent += 1_000,
            Err(_) => break,
        }
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
    let page = get(door.address, "/", "verificar.exemplo.pt").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
}
