//! Hybrid logical clock: orders what happened without trusting any wall clock.
//!
//! 48 bits of milliseconds since 1970, 16 bits of counter (Kulkarni et al.,
//! "Logical Physical Clocks", 2014). A vehicle whose clock stands still or
//! jumps back still writes in order.

/// A point in the order of things. Compare, do not subtract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Hlc(pub u64);

/// How far ahead of this node's clock another's time may be and still be taken
/// over, in milliseconds: a day. A clock that is ten years ahead must not drag
/// everybody's along.
pub const MAX_AHEAD_MS: u64 = 24 * 60 * 60 * 1000;

impl Hlc {
    /// From milliseconds since 1970 and a counter.
    #[must_use]
    pub fn new(unix_ms: u64, counter: u16) -> Self {
        Self((unix_ms << 16) | u64::from(counter))
    }

    /// Milliseconds since 1970, as the writer's clock had them.
    #[must_use]
    pub fn unix_ms(self) -> i64 {
        i64::try_from(self.0 >> 16).unwrap_or(i64::MAX)
    }
}

/// The clock of one node.
#[derive(Debug, Clone, Copy, Default)]
pub struct HybridClock {
    last: Hlc,
}

impl HybridClock {
    /// A clock that never goes behind `last`, the latest time found in the store.
    #[must_use]
    pub fn after(last: Hlc) -> Self {
        Self { last }
    }

    /// The next point, later than all before it. `wall_ms` is what the wall clock says.
    pub fn tick(&mut self, wall_ms: u64) -> Hlc {
        let now = Hlc::new(wall_ms, 0);
        self.last = if now > self.last {
            now
        } else {
            Hlc(self.last.0 + 1)
        };
        self.last
    }

    /// Takes note of a time written elsewhere, unless it is absurdly ahead.
    pub fn observe(&mut self, other: Hlc, wall_ms: u64) {
        if other > self.last && other <= Hlc::new(wall_ms.saturating_add(MAX_AHEAD_MS), u16::MAX) {
            self.last = other;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_survives_a_clock_that_goes_back() {
        let mut clock = HybridClock::default();
        let times: Vec<Hlc> = [1000, 1000, 500, 1001, 3].map(|ms| clock.tick(ms)).into();
        assert!(times.windows(2).all(|w| w[0] < w[1]), "{times:?}");
    }

    #[test]
    fn a_clock_ten_years_ahead_does_not_drag_others_along() {
        let mut clock = HybridClock::default();
        clock.observe(Hlc::new(10 * 365 * MAX_AHEAD_MS, 0), 1000);
        assert_eq!(clock.tick(2000).unix_ms(), 2000);
        clock.observe(Hlc::new(5000, 0), 2000);
        assert_eq!(clock.tick(2000), Hlc::new(5000, 1));
    }
}
