//! How long what is under way will still take, by how it went lately.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// So far back counts: a line changes.
const WINDOW: Duration = Duration::from_secs(20);
/// Sooner, a guess would be worth nothing.
const AT_LEAST: Duration = Duration::from_secs(3);
/// Most looks that are kept.
const LOOKS: usize = 64;

/// What was done, and when.
#[derive(Debug, Default)]
pub(super) struct Pace {
    looks: VecDeque<(Instant, u64)>,
}

impl Pace {
    /// So much is done by now.
    pub(super) fn done(&mut self, now: Instant, done: u64) {
        // Something else began.
        if self.looks.back().is_some_and(|(_, before)| *before > done) {
            self.looks.clear();
        }
        // Sparse enough that the looks reach over the window.
        let gap = WINDOW / (LOOKS as u32);
        match self.looks.len() {
            0 | 1 => self.looks.push_back((now, done)),
            many => match self.looks[many - 1].0 - self.looks[many - 2].0 < gap {
                true => self.looks[many - 1] = (now, done),
                false => self.looks.push_back((now, done)),
            },
        }
        while self.looks.get(1).is_some_and(|(at, _)| *at + WINDOW < now) {
            self.looks.pop_front();
        }
    }

    /// What the rest of `total` will take, if it goes on like that. Standing still makes it longer.
    pub(super) fn left(&self, now: Instant, total: u64) -> Option<Duration> {
        let ((begun, before), (_, done)) = (self.looks.front()?, self.looks.back()?);
        let took = now - *begun;
        let (moved, rest) = (done - before, total.checked_sub(*done)?);
        if moved == 0 || took < AT_LEAST {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
        let times = rest as f64 / moved as f64;
        Duration::try_from_secs_f64(took.as_secs_f64() * times).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_is_left_follows_from_how_it_went_lately() {
        let (mut pace, begun) = (Pace::default(), Instant::now());
        assert_eq!(pace.left(begun, 100), None);
        pace.done(begun, 0);
        pace.done(begun + SECOND, 10);
        assert_eq!(pace.left(begun + SECOND, 100), None, "too soon to say");
        pace.done(begun + SECOND * 4, 40);
        assert_eq!(pace.left(begun + SECOND * 4, 100), Some(SECOND * 6));
        // Nothing more came: it will take longer than that.
        assert_eq!(pace.left(begun + SECOND * 8, 100), Some(SECOND * 12));
        // Ten times slower for long: what was before counts no more.
        for second in 5..=60 {
            pace.done(begun + SECOND * second, 36 + u64::from(second));
        }
        let left = pace.left(begun + SECOND * 60, 196).expect("an estimate");
        assert!((95..=105).contains(&left.as_secs()), "{left:?}");
    }

    #[test]
    fn what_begins_anew_is_not_measured_by_what_was() {
        let (mut pace, begun) = (Pace::default(), Instant::now());
        for second in 0..10 {
            pace.done(begun + SECOND * second, u64::from(second) * 10);
        }
        pace.done(begun + SECOND * 10, 0);
        assert_eq!(pace.left(begun + SECOND * 11, 100), None);
    }

    #[test]
    fn it_keeps_few_looks() {
        let (mut pace, begun) = (Pace::default(), Instant::now());
        for many in 0..100_000_u64 {
            pace.done(begun + Duration::from_millis(many), many);
        }
        assert!(pace.looks.len() <= LOOKS + 3, "{}", pace.looks.len());
        assert!(pace.left(begun + SECOND * 100, 200_000).is_some());
    }
}
