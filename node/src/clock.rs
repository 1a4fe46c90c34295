//! The wall clock, and how sure it is.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use vereda_sync::day::Date;
use vereda_sync::record::tour::Hour;
use vereda_web::moment::Moment;

/// A clock that was compared with the hub's within this time is trusted: a week.
pub const TRUSTED_FOR_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// A clock may differ from the hub's by this much and still be trusted: two minutes.
pub const MAX_SKEW_MS: i64 = 2 * 60 * 1000;

/// Milliseconds since 1970.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The same, unsigned, as the hybrid clock takes it.
#[must_use]
pub fn wall_ms() -> u64 {
    u64::try_from(now_ms()).unwrap_or(0)
}

/// A time to be shown.
#[must_use]
pub fn moment(unix_ms: i64, sure: bool) -> Moment {
    Moment { unix_ms, sure }
}

/// Portugal's time.
#[must_use]
pub fn zone() -> TimeZone {
    TimeZone::get("Europe/Lisbon").unwrap_or(TimeZone::UTC)
}

/// Today in Portugal, `yyyy-mm-dd`.
#[must_use]
pub fn today() -> String {
    day(now_ms())
}

/// The day of a time in Portugal, `yyyy-mm-dd`.
#[must_use]
pub fn day(unix_ms: i64) -> String {
    let at = Timestamp::from_millisecond(unix_ms).unwrap_or_default();
    at.to_zoned(zone()).date().to_string()
}

/// The minute of a time in Portugal, `yyyy-mm-dd hh:mm`.
#[must_use]
pub fn minute(unix_ms: i64) -> String {
    let at = Timestamp::from_millisecond(unix_ms).unwrap_or_default();
    at.to_zoned(zone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// When a day begins in Portugal, milliseconds since 1970.
#[must_use]
pub fn began_ms(day: Date) -> i64 {
    let day: Option<jiff::civil::Date> = day.to_string().parse().ok();
    let began = day.and_then(|day| day.to_zoned(zone()).ok());
    began.map_or(i64::MAX, |at| at.timestamp().as_millisecond())
}

/// When that day ends in Portugal, milliseconds since 1970.
#[must_use]
pub fn day_ends_ms(day: Date) -> i64 {
    began_ms(day.days_on(1))
}

/// When that hour of that day is in Portugal, milliseconds since 1970; `None`: no calendar has it. Of an hour that a
/// change of the clocks has twice, the first; of one that it leaves out, as long after.
#[must_use]
pub fn at(day: Date, hour: Hour) -> Option<i64> {
    let text = format!("{day}T{hour}");
    let local: jiff::civil::DateTime = text.parse().ok()?;
    Some(local.to_zoned(zone()).ok()?.timestamp().as_millisecond())
}

/// When today began in Portugal, milliseconds since 1970.
#[must_use]
pub fn today_began_ms() -> i64 {
    let now = Timestamp::now().to_zoned(zone());
    now.start_of_day()
        .map_or(now_ms(), |d| d.timestamp().as_millisecond())
}
