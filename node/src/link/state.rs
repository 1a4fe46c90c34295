//! What the strip says about the link.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;
use vereda_web::desk::port::{Event, Link};

use crate::node::Node;

/// As far as the link is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    /// The next try is at that time.
    Down(Instant),
    /// Connected; the last exchange ended well, or the first one has not ended.
    Up,
    /// Must not go on; why, in Portuguese.
    Refused(String),
}

#[derive(Debug)]
struct Inner {
    phase: Phase,
    entries: (u64, u64),
    pieces: (u64, u64),
}

/// The state of the link, shared between its tasks.
#[derive(Debug, Clone)]
pub(super) struct State {
    node: Arc<Node>,
    inner: Arc<Mutex<Inner>>,
}

impl State {
    pub(super) fn new(node: Arc<Node>) -> Self {
        Self {
            node,
            inner: Arc::new(Mutex::new(Inner {
                phase: Phase::Down(Instant::now()),
                entries: (0, 0),
                pieces: (0, 0),
            })),
        }
    }

    /// As the strip shows it.
    pub(super) fn shown(&self) -> Link {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (done, total) = (
            inner.entries.0 + inner.pieces.0,
            inner.entries.1 + inner.pieces.1,
        );
        match &inner.phase {
            Phase::Refused(why) => Link::Refused(why.clone()),
            Phase::Down(until) => Link::Down {
                retry_in_s: u32::try_from(
                    until
                        .saturating_duration_since(Instant::now())
                        .as_millis()
                        .div_ceil(1000),
                )
                .unwrap_or(u32::MAX),
            },
            Phase::Up if done < total => Link::Exchanging { done, total },
            Phase::Up => Link::Up,
        }
    }

    pub(super) fn set(&self, phase: Phase) {
        self.change(|inner| {
            if phase != Phase::Up {
                inner.entries = (0, 0);
                inner.pieces = (0, 0);
            }
            inner.phase = phase;
        });
    }

    /// Entries acknowledged, of all that have to go in this exchange.
    pub(super) fn entries(&self, done: u64, total: u64) {
        self.change(|inner| inner.entries = (done, total));
    }

    /// Pieces of photographs carried, of all that have to go now.
    pub(super) fn pieces(&self, done: u64, total: u64) {
        self.change(|inner| inner.pieces = (done, total));
    }

    fn change(&self, change: impl FnOnce(&mut Inner)) {
        let before = self.shown();
        {
            let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut inner);
        }
        if self.shown() != before {
            self.node.tell(Event::Strip);
        }
    }
}
