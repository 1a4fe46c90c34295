//! The real driver: a reader of the PC/SC daemon (pcsc-lite).
//!
//! One thread a reader watches it, and a second one, only while a card is being
//! read, talks to the chip: a transmission blocks for as long as the card keeps
//! silent, and that thread can be left behind when the deadline passes. Each
//! has a connection of its own to the daemon, because pcsc-lite locks one
//! connection for the length of a call.
//!
//! The client library finds the daemon by the environment variable
//! `PCSCLITE_CSOCK_NAME` (the path of its socket), read once a process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::{CardReader, CardState};

mod chip;
mod watch;

/// How long dropping waits for the thread; past it the thread ends by itself.
const FAREWELL: Duration = Duration::from_secs(1);

/// Which of the attached readers is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReaderFilter {
    /// The first one there is.
    Any,
    /// The first one whose name contains this.
    NameContains(String),
    /// The first one whose name does not contain this.
    NameLacks(String),
}

impl ReaderFilter {
    /// From a configuration: `any` (or nothing), part of a name, or `!` and a
    /// part that the name must not have.
    #[must_use]
    pub fn from_config(text: &str) -> Self {
        match text.trim() {
            "" | "any" => Self::Any,
            part => match part.strip_prefix('!') {
                Some(not) => Self::NameLacks(not.trim().to_owned()),
                None => Self::NameContains(part.to_owned()),
            },
        }
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::NameContains(part) => name.contains(part.as_str()),
            Self::NameLacks(part) => !name.contains(part.as_str()),
        }
    }
}

type Notify = Box<dyn Fn(CardState) + Send + Sync>;

/// What the watching thread and the port's callers share.
struct Shared {
    state: Mutex<CardState>,
    subscribers: Mutex<Vec<Notify>>,
    again: AtomicBool,
    stop: AtomicBool,
}

impl Shared {
    fn state(&self) -> CardState {
        lock(&self.state).clone()
    }

    /// Makes `state` the present one and tells everybody, if it is news.
    fn publish(&self, state: CardState) {
        // Held over the calls, so that a subscriber sees states in order.
        let subscribers = lock(&self.subscribers);
        {
            let mut present = lock(&self.state);
            if *present == state {
                return;
            }
            *present = state.clone();
        }
        for notify in subscribers.iter() {
            notify(state.clone());
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }
}

/// No state here can be left half-changed by a panic, so a poisoned lock is
/// as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A card reader behind the PC/SC daemon, watched until the value is dropped.
pub struct PcscReader {
    shared: Arc<Shared>,
    /// In a lock only because the port must be shareable.
    ended: Mutex<Receiver<()>>,
}

impl PcscReader {
    /// Starts to watch. It needs neither daemon nor reader to be there yet.
    ///
    /// `deadline` is the longest silence of a card in the middle of a reading;
    /// ten times it bounds the whole reading.
    #[must_use]
    pub fn start(filter: ReaderFilter, deadline: Duration) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::new(CardState::NoDaemon),
            subscribers: Mutex::new(Vec::new()),
            again: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        });
        let (end, ended) = mpsc::channel();
        let watch = watch::Watch::new(Arc::clone(&shared), filter, deadline);
        let spawned = thread::Builder::new()
            .name("card-watch".to_owned())
            .spawn(move || {
                watch.run();
                drop(end);
            });
        if let Err(error) = spawned {
            // Out of threads: the port stays at "no daemon", the desk goes on.
            tracing::error!(%error, "no thread to watch the card reader");
        }
        Self {
            shared,
            ended: Mutex::new(ended),
        }
    }
}

impl CardReader for PcscReader {
    fn state(&self) -> CardState {
        self.shared.state()
    }

    fn subscribe(&self, notify: Notify) {
        let mut subscribers = lock(&self.shared.subscribers);
        notify(self.shared.state());
        subscribers.push(notify);
    }

    fn read_again(&self) {
        self.shared.again.store(true, Ordering::Release);
    }
}

impl Drop for PcscReader {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        // The sender is dropped at the thread's end: both outcomes are fine,
        // and a hung daemon must not hang whoever drops the reader.
        let _ = lock(&self.ended).recv_timeout(FAREWELL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters() {
        assert_eq!(ReaderFilter::from_config(" any "), ReaderFilter::Any);
        let slot = ReaderFilter::from_config("00 01");
        assert!(slot.matches("Virtual PCD 00 01") && !slot.matches("Virtual PCD 00 00"));
        let real = ReaderFilter::from_config("!Virtual");
        assert!(real.matches("SCR3310") && !real.matches("Virtual PCD 00 00"));
    }
}
