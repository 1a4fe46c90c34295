//! A way between spot and hub that counts what passes, and may take its time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// What passed in one direction.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    /// All bytes of TLS, from the first of the handshake on.
    pub(crate) bytes: AtomicU64,
    /// TLS records of application data.
    pub(crate) records: AtomicU64,
}

/// A running forwarder.
pub(crate) struct Forwarder {
    pub(crate) port: u16,
    pub(crate) up: Arc<Passed>,
    pub(crate) down: Arc<Passed>,
}

impl Forwarder {
    /// Forwards to `hub`; every byte takes `delay` on its way, and as many as
    /// want to may be on it.
    pub(crate) async fn start(hub: SocketAddr, delay: Duration) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let this = Self {
            port: listener.local_addr()?.port(),
            up: Arc::default(),
            down: Arc::default(),
        };
        let (up, down) = (Arc::clone(&this.up), Arc::clone(&this.down));
        tokio::spawn(async move {
            while let Ok((spot, _)) = listener.accept().await {
                let Ok(hub) = TcpStream::connect(hub).await else {
                    continue;
                };
                let (_, _) = (spot.set_nodelay(true), hub.set_nodelay(true));
                let (spot_in, spot_out) = spot.into_split();
                let (hub_in, hub_out) = hub.into_split();
                way(spot_in, hub_out, Arc::clone(&up), delay);
                way(hub_in, spot_out, Arc::clone(&down), delay);
            }
        });
        Ok(this)
    }

    /// Bytes in both directions so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.up.bytes.load(Relaxed) + self.down.bytes.load(Relaxed)
    }
}

/// One direction: what is read now is written when its time has come.
fn way(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, passed: Arc<Passed>, delay: Duration) {
    let (queue, mut due) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    tokio::spawn(async move {
        let mut buffer = vec![0; 64 << 10];
        let mut records = Records::default();
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let piece = &buffer[..read];
            passed.bytes.fetch_add(read as u64, Relaxed);
            passed.records.fetch_add(records.see(piece), Relaxed);
            if queue
                .send((Instant::now() + delay, piece.to_vec()))
                .is_err()
            {
                return;
            }
        }
    });
    tokio::spawn(async move {
        while let Some((at, piece)) = due.recv().await {
            if !delay.is_zero() {
                sleep_until(at).await;
            }
            if to.write_all(&piece).await.is_err() {
                return;
            }
        }
    });
}

/// Follows the frame of TLS: type, version, length, content.
#[derive(Default)]
struct Records {
    head: Vec<u8>,
    left: usize,
}

impl Records {
    /// Records of application data that begin in this piece.
    fn see(&mut self, mut piece: &[u8]) -> u64 {
        const APPLICATION_DATA: u8 = 23;
        let mut begun = 0;
        while let Some((first, rest)) = piece.split_first() {
            if self.left > 0 {
                let passed = self.left.min(piece.len());
                self.left -= passed;
                piece = &piece[passed..];
                continue;
            }
            self.head.push(*first);
            piece = rest;
            if let [kind, _, _, high, low] = self.head[..] {
                self.left = usize::from(u16::from_be_bytes([high, low]));
                self.head.clear();
                begun += u64::from(kind == APPLICATION_DATA);
            }
        }
        begun
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_however_they_are_cut() {
        let stream = [
            &[22, 3, 3, 0, 2, 9, 9][..],
            &[23, 3, 3, 0, 3, 1, 2, 3],
            &[23, 3, 3, 0, 1, 0],
        ]
        .concat();
        for cut in 1..stream.len() {
            let mut records = Records::default();
            assert_eq!(stream.chunks(cut).map(|p| records.see(p)).sum::<u64>(), 2);
        }
    }
}
