//! Lines that swallow everything.

use std::time::Duration;

use tokio::net::TcpListener;
use vereda_web::desk::port::Link;

use crate::world::{World, request};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_black_hole_is_noticed() {
    let world = World::new();
    let mut spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    let hole = TcpListener::bind("127.0.0.1:0").await.unwrap();
    spot.connect(hole.local_addr().unwrap());
    let mut held = Vec::new();
    let twice = async {
        for _ in 0..2 {
            held.push(hole.accept().await.unwrap());
        }
    };
    // The second try comes although the first one never got an answer.
    tokio::time::timeout(Duration::from_secs(30), twice)
        .await
        .unwrap();
    assert!(matches!(spot.link(), Link::Down { .. }));
}
