//! Sample views of every page, for tests and for looking at.
use crate::moment::Moment;
use crate::desk::port::*;
pub(crate) fn moment_before(now: Moment, s: i64) -> Moment { Moment { unix_ms: now.unix_ms - s*1000, ..now } }
pub(crate) fn strip() -> Strip { todo!() }
