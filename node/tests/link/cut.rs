//! Lines that break.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::world::{Seeded, World, changes, note, request, until};

/// Hands bytes on to the hub and cuts each connection after some.
pub(crate) struct Forwarder {
    pub(crate) address: SocketAddr,
    pub(crate) up: Arc<AtomicU64>,
    pub(crate) cuts: Arc<AtomicU64>,
    /// Whether a cut is not told to either side.
    pub(crate) silent: Arc<AtomicBool>,
    task: tokio::task::AbortHandle,
}

impl Forwarder {
    /// Hands on `limit` bytes of each connection and then nothing, without closing it.
    pub(crate) async fn start_silent(hub: SocketAddr, limit: u64) -> Self {
        let this = Self::start(hub, move || Some(limit)).await;
        this.silent.store(true, Ordering::Relaxed);
        this
    }

    /// `next` gives after how many bytes upwards the next connection is cut; `None`: never.
    pub(crate) async fn start(
        hub: SocketAddr,
        mut next: impl FnMut() -> Option<u64> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (up, cuts) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let silent = Arc::<AtomicBool>::default();
        let (count, count_cuts, no_word) = (up.clone(), cuts.clone(), silent.clone());
        let task = tokio::spawn(async move {
            while let Ok((from, _)) = listener.accept().await {
                let (limit, count, cuts) = (next(), count.clone(), count_cuts.clone());
                let silent = no_word.clone();
                tokio::spawn(async move {
                    if let Ok(to) = TcpStream::connect(hub).await {
                        carry(from, to, limit, (&count, &cuts, &silent)).await;
                    }
                });
            }
        });
        Self {
            address,
            up,
            cuts,
            silent,
            task: task.abort_handle(),
        }
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(
    from: TcpStream,
    to: TcpStream,
    limit: Option<u64>,
    (count, cuts, silent): (&AtomicU64, &AtomicU64, &AtomicBool),
) {
    let hush = Arc::new(tokio::sync::Notify::new());
    let (mut from_read, mut from_write) = from.into_split();
    let (mut to_read, mut to_write) = to.into_split();
    let upwards = async {
        let mut buffer = vec![0; 4096];
        let mut left = limit.unwrap_or(u64::MAX);
        while let Ok(n @ 1..) = from_read.read(&mut buffer).await {
            let n = u64::try_from(n).unwrap().min(left);
            if to_write
                .write_all(&buffer[..usize::try_from(n).unwrap()])
                .await
                .is_err()
            {
                return;
            }
            count.fetch_add(n, Ordering::Relaxed);
            left -= n;
            if left == 0 {
                cuts.fetch_add(1, Ordering::Relaxed);
                if silent.load(Ordering::Relaxed) {
                    hush.notify_one();
                    std::future::pending::<()>().await;
                }
                return;
            }
        }
    };
    let downwards = async {
        tokio::select! {
            _ = tokio::io::copy(&mut to_read, &mut from_write) => (),
            () = hush.notified() => std::future::pending().await,
        }
    };
    tokio::select! {
        () = upwards => (),
        () = downwards => (),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_cut_thirty_times_converges_and_repeats_little() {
    const CUTS: u64 = 30;
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let mut random = Seeded(7);
    let record = request(&spot.node, "Ana");
    let mut payload = 0;
    for _ in 0..400 {
        let text = random.text(2_000);
        payload += 2_200;
        note(&spot.node, record, &text);
    }
    let mut left = CUTS;
    let line = Forwarder::start(hub.address, move || {
        left = left.checked_sub(1)?;
        Some(3_000 + random.next() % 60_000)
    })
    .await;
    spot.connect(line.address);
    let mut acked = 0;
    until("all is proven over a line that breaks", || {
        spot.sync_now();
        let now = vereda::store::journal::all(&spot.node.store.read())
            .unwrap()
            .remove(0)
            .acked;
        assert!(now >= acked, "progress only forward");
        acked = now;
        spot.is_proven()
    })
    .await;
    // Whatever the line did, the rest of the cuts are used up on what follows.
    until("all cuts were made", || {
        spot.sync_now();
        if line.cuts.load(Ordering::Relaxed) < CUTS && spot.is_proven() {
            note(&spot.node, record, &Seeded(acked).text(20_000));
            payload += 20_200;
        }
        acked += 1;
        line.cuts.load(Ordering::Relaxed) >= CUTS
    })
    .await;
    spot.proven().await;
    let (at_hub, rows) = changes(&hub.node);
    assert_eq!((at_hub.len(), rows), (rows, changes(&spot.node).1));
    let (all, _) = changes(&spot.node);
    assert_eq!(at_hub, all);
    // Each cut costs a handshake and at most what was under way.
    let bound = payload + CUTS * 64_000;
    let sent = line.up.load(Ordering::Relaxed);
    assert!(sent < bound, "{sent} bytes went out, more than {bound}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_starts_again_goes_on_where_it_was() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.proven().await;
    let address = hub.stop().await;
    until("the spot noticed", || {
        matches!(spot.link(), vereda_web::desk::port::Link::Down { .. })
    })
    .await;
    request(&spot.node, "Beatriz");
    let hub = world.hub(Some(address));
    spot.proven().await;
    assert_eq!(changes(&hub.node), changes(&spot.node));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_goes_silent_is_noticed_and_left() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let record = request(&spot.node, "Ana");
    for n in 0..20 {
        note(&spot.node, record, &Seeded(n).text(20_000));
    }
    let line = Forwarder::start_silent(hub.address, 100_000).await;
    spot.connect(line.address);
    until("the line went silent", || {
        line.cuts.load(Ordering::Relaxed) == 1
    })
    .await;
    until("the spot gave the line up", || {
        line.cuts.load(Ordering::Relaxed) == 2
    })
    .await;
    // Nothing that was acknowledged before is sent again: the second line got further.
    let held = vereda::store::journal::all(&hub.node.store.read()).unwrap();
    assert!(
        held.iter()
            .any(|j| j.node == "movel-07" && j.frontier.size() > 0)
    );
}
