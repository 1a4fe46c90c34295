//! A point in time as people read it, and how sure it is.

use crate::place::Zone;

/// A time to be shown. Clocks of vehicles are wrong at times, so every time
/// says whether the clock that gave it was trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Milliseconds since 1970-01-01T00:00Z.
    pub unix_ms: i64,
    /// Whether the clock had been compared with the hub's within a week.
    pub sure: bool,
    /// The zone of the place where it was written down; `None`: it is read by the reader's clock alone.
    pub zone: Option<Zone>,
}
