//! The card program: dials in to a slot of the virtual reader (vsmartcard's
//! vpcd) and answers as a card would.
//!
//! Frames are a length of two bytes, big-endian, and as many bytes: one byte is
//! 0, 1, 2 for off, on, reset (no answer) or 4 for "your ATR"; anything longer
//! is an APDU. Closing the connection takes the card out.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::Fault;
use crate::cc1::Card;

/// The port of slot 0; the next slot has the next port.
pub const PORT: u16 = 0x8C7B;
/// Slots of one virtual reader.
pub const SLOTS: u16 = 2;

/// A daemon that has just started may not listen yet.
const DIAL_FOR: Duration = Duration::from_secs(3);

/// A card in a slot; dropping it takes the card out.
#[derive(Debug)]
pub struct Inserted {
    stream: TcpStream,
    answered: Arc<AtomicU32>,
    gone: Arc<AtomicBool>,
}

impl Inserted {
    /// Puts a card into a slot of the reader on this host's loopback.
    ///
    /// # Errors
    /// When nobody listens for that slot.
    pub fn insert(slot: u16, card: Card, fault: Fault) -> io::Result<Self> {
        let stream = dial(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT + slot)))?;
        let own = stream.try_clone()?;
        let answered = Arc::new(AtomicU32::new(0));
        let gone = Arc::new(AtomicBool::new(false));
        let (count, end) = (Arc::clone(&answered), Arc::clone(&gone));
        thread::Builder::new()
            .name("card".to_owned())
            .spawn(move || {
                // An error is the reader's hanging up: the end of this card too.
                let _ = play(&own, card, fault, &count);
                let _ = own.shutdown(Shutdown::Both);
                end.store(true, Ordering::Release);
            })?;
        Ok(Self {
            stream,
            answered,
            gone,
        })
    }

    /// APDUs answered since it was inserted.
    #[must_use]
    pub fn answered(&self) -> u32 {
        self.answered.load(Ordering::Acquire)
    }

    /// Whether it left by itself: pulled by its fault, or the daemon ended.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }
}

impl Drop for Inserted {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

fn dial(address: SocketAddr) -> io::Result<TcpStream> {
    let until = Instant::now() + DIAL_FOR;
    loop {
        match TcpStream::connect_timeout(&address, DIAL_FOR) {
            Err(_) if Instant::now() < until => thread::sleep(Duration::from_millis(20)),
            result => return result,
        }
    }
}

fn play(stream: &TcpStream, mut card: Card, fault: Fault, answered: &AtomicU32) -> io::Result<()> {
    stream.set_nodelay(true)?;
    loop {
        let frame = receive(stream)?;
        match frame[..] {
            [] => {}
            [0..=2] => card.reset(),
            [4] => send(stream, card.atr())?,
            [_] => {}
            _ => {
                let count = answered.load(Ordering::Acquire);
                match fault {
                    Fault::Pull(after) if count >= after => return Ok(()),
                    // Silent from here on; the next frame never comes.
                    Fault::Stall(after) if count >= after => continue,
                    Fault::Slow(ms) => thread::sleep(Duration::from_millis(u64::from(ms))),
                    _ => {}
                }
                let answer = card.answer(&frame);
                // Counted first: whoever has the answer may ask for the count.
                answered.store(count + 1, Ordering::Release);
                send(stream, &answer)?;
            }
        }
    }
}

fn receive(mut stream: &TcpStream) -> io::Result<Vec<u8>> {
    // The reader sends length and payload apart and waits for the first to be
    // acknowledged: without this every frame costs 40 ms. The kernel forgets
    // the setting, so it is made before every read (vsmartcard #252).
    let quick = |stream: &TcpStream| SockRef::from(stream).set_tcp_quickack(true);
    let mut length = [0; 2];
    quick(stream)?;
    stream.read_exact(&mut length)?;
    let mut frame = vec![0; usize::from(u16::from_be_bytes(length))];
    quick(stream)?;
    stream.read_exact(&mut frame)?;
    quick(stream)?;
    Ok(frame)
}

fn send(mut stream: &TcpStream, payload: &[u8]) -> io::Result<()> {
    let length = u16::try_from(payload.len()).map_err(io::Error::other)?;
    let frame = [&length.to_be_bytes()[..], payload].concat();
    stream.write_all(&frame)
}
