//! What the strip says about the link.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use vereda_web::desk::port::{Event, Link};

use super::pace::Pace;
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

/// How much of something is done.
#[derive(Debug, Default)]
struct Part {
    done: u64,
    total: u64,
    pace: Pace,
}

impl Part {
    fn set(&mut self, done: u64, total: u64) {
        if (self.done, self.total) != (done, total) {
            self.pace.done(Instant::now(), done);
        }
        (self.done, self.total) = (done, total);
    }

    /// What it will still take; `None`: nobody can say yet.
    fn left(&self, now: Instant) -> Option<Duration> {
        match self.done < self.total {
            true => self.pace.left(now, self.total),
            false => Some(Duration::ZERO),
        }
    }
}

#[derive(Debug)]
struct Inner {
    phase: Phase,
    entries: Part,
    pieces: Part,
    /// What the strip was told last.
    told: Option<Link>,
}

impl Inner {
    fn shown(&self) -> Link {
        let now = Instant::now();
        let done = self.entries.done + self.pieces.done;
        let total = self.entries.total + self.pieces.total;
        let left = || Some(self.entries.left(now)? + self.pieces.left(now)?);
        match &self.phase {
            Phase::Refused(why) => Link::Refused(why.clone()),
            Phase::Down(until) => Link::Down {
                retry_in_s: u32::try_from(
                    until
                        .saturating_duration_since(now)
                        .as_millis()
                        .div_ceil(1000),
                )
                .unwrap_or(u32::MAX),
            },
            Phase::Up if done < total => Link::Exchanging {
                done,
                total,
                left_s: left().map(roughly),
            },
            Phase::Up => Link::Up,
        }
    }
}

/// Seconds, no finer than anybody can know them: ten by ten, from a minute on in minutes.
fn roughly(left: Duration) -> u32 {
    let seconds = u32::try_from(left.as_secs()).unwrap_or(u32::MAX / 2);
    let step = if seconds < 60 { 10 } else { 60 };
    (seconds + 1).next_multiple_of(step)
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
                entries: Part::default(),
                pieces: Part::default(),
                told: None,
            })),
        }
    }

    /// As the strip shows it.
    pub(super) fn shown(&self) -> Link {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.shown()
    }

    pub(super) fn set(&self, phase: Phase) {
        self.change(|inner| {
            if phase != Phase::Up {
                inner.entries = Part::default();
                inner.pieces = Part::default();
            }
            inner.phase = phase;
        });
    }

    /// Entries acknowledged, of all that have to go in this exchange.
    pub(super) fn entries(&self, done: u64, total: u64) {
        self.change(|inner| inner.entries.set(done, total));
    }

    /// Pieces of photographs carried, of all that have to go now.
    pub(super) fn pieces(&self, done: u64, total: u64) {
        self.change(|inner| inner.pieces.set(done, total));
    }

    /// What is left takes longer while nothing moves: to be called now and then.
    pub(super) fn look(&self) {
        self.change(|_| ());
    }

    fn change(&self, change: impl FnOnce(&mut Inner)) {
        let is_news = {
            let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut inner);
            let shown = Some(inner.shown());
            let is_news = inner.told != shown;
            inner.told = shown;
            is_news
        };
        if is_news {
            self.node.tell(Event::Strip);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_no_finer_than_what_is_known() {
        let said = [0, 9, 10, 41, 59, 60, 119, 120, 3_000].map(|s| roughly(Duration::from_secs(s)));
        assert_eq!(said, [10, 10, 20, 50, 60, 120, 120, 180, 3_060]);
    }
}
