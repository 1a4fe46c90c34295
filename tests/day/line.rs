//! A way between two machines that can be cut at any byte, counts what passes, and is as fast as it is told to be.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;

/// What is read at once: little enough that pacing is even.
const PIECE: usize = 16 << 10;

/// A forwarder on loopback. Ends with the process.
#[derive(Clone)]
pub(crate) struct Line(Arc<Shared>);

struct Shared {
    port: u16,
    to: u16,
    is_up: AtomicBool,
    /// Bytes a second in each direction; 0 is as fast as it goes.
    rate: AtomicU64,
    up: Way,
    down: Way,
    /// Both ends of what is carried.
    carried: Mutex<Vec<TcpStream>>,
}

/// One direction.
#[derive(Default)]
struct Way {
    passed: AtomicU64,
    /// When it is free for the next piece; the time of the first piece since the last count.
    free: Mutex<Option<Instant>>,
}

impl Line {
    /// Forwards to a port of this machine; cut at first.
    pub(crate) fn open(to: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("a line")?;
        let line = Self(Arc::new(Shared {
            port: listener.local_addr()?.port(),
            to,
            is_up: AtomicBool::new(false),
            rate: AtomicU64::new(0),
            up: Way::default(),
            down: Way::default(),
            carried: Mutex::default(),
        }));
        let shared = Arc::clone(&line.0);
        thread::spawn(move || shared.accept(&listener));
        Ok(line)
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.port
    }

    /// Carries from now on, as fast as it goes.
    pub(crate) fn restore(&self) {
        self.restore_at(0);
    }

    /// Carries from now on, so many bytes a second in each direction.
    pub(crate) fn restore_at(&self, bytes_a_second: u64) {
        self.0.rate.store(bytes_a_second, SeqCst);
        self.0.is_up.store(true, SeqCst);
    }

    /// Ends whatever is carried, where it is, and refuses what comes.
    pub(crate) fn cut(&self) {
        self.0.is_up.store(false, SeqCst);
        for end in self.0.carried().drain(..) {
            // Who has gone by itself is as cut as can be.
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    /// Bytes that passed so far, towards the hub and from it.
    pub(crate) fn passed(&self) -> (u64, u64) {
        (
            self.0.up.passed.load(SeqCst),
            self.0.down.passed.load(SeqCst),
        )
    }
}

impl Shared {
    fn carried(&self) -> MutexGuard<'_, Vec<TcpStream>> {
        self.carried.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(self: Arc<Self>, listener: &TcpListener) {
        for near in listener.incoming().flatten() {
            if !self.is_up.load(SeqCst) {
                // Dropped: the caller sees its connection end at once.
                continue;
            }
            // Nobody listens beyond: ended as well.
            let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.to)) else {
                continue;
            };
            if let Err(why) = self.carry(near, far) {
                eprintln!("a line of the day: {why}");
            }
        }
    }

    fn carry(self: &Arc<Self>, near: TcpStream, far: TcpStream) -> std::io::Result<()> {
        for end in [&near, &far] {
            end.set_nodelay(true)?;
            self.carried().push(end.try_clone()?);
        }
        let (up, down) = (Arc::clone(self), Arc::clone(self));
        let ways = [(near.try_clone()?, far.try_clone()?), (far, near)];
        let [(from, to), (back, home)] = ways;
        thread::spawn(move || up.pass(&up.up, from, to));
        thread::spawn(move || down.pass(&down.down, back, home));
        Ok(())
    }

    fn pass(&self, way: &Way, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = vec![0; PIECE];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            self.wait(way, read as u64);
            if !self.is_up.load(SeqCst) || to.write_all(&buffer[..read]).is_err() {
                break;
            }
            way.passed.fetch_add(read as u64, SeqCst);
        }
        // The other side hears that this one has ended.
        let (_, _) = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }

    /// Until the piece would have gone over.
    fn wait(&self, way: &Way, bytes: u64) {
        let rate = self.rate.load(SeqCst);
        if rate == 0 {
            return;
        }
        let ends = {
            let mut free = way.free.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let begins = free.map_or(now, |at| at.max(now));
            let ends = begins + Duration::from_nanos(bytes * 1_000_000_000 / rate);
            *free = Some(ends);
            ends
        };
        thread::sleep(ends.saturating_duration_since(Instant::now()));
    }
}
