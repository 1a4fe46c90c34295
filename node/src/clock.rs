//! The wall clock, how sure it is, and whose day it shows: that of the place where this process stands.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use vereda_sync::day::Date;
use vereda_sync::hlc::Hlc;
use vereda_sync::record::act::Act;
use vereda_sync::record::request::Summary;
use vereda_sync::record::tour::Hour;
use vereda_web::moment::Moment;
use vereda_web::place::{self, Zone};

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
    Moment {
        unix_ms,
        sure,
        zone: None,
    }
}

/// When somebody did something, at their place.
#[must_use]
pub fn of(act: &Act) -> Moment {
    at_place(act.at, act.sure, act.zone.as_deref())
}

/// When a request was recorded, at the place where it was.
#[must_use]
pub fn of_request(request: &Summary) -> Moment {
    at_place(request.at, request.sure, request.zone.as_deref())
}

fn at_place(at: Hlc, sure: bool, zone: Option<&str>) -> Moment {
    Moment {
        unix_ms: at.unix_ms(),
        sure,
        zone: Zone::of_record(zone),
    }
}

/// The zone of this place.
#[must_use]
pub fn zone() -> TimeZone {
    place::here().rules()
}

/// Today at this place, `yyyy-mm-dd`.
#[must_use]
pub fn today() -> String {
    day(now_ms())
}

/// The day of a time at this place, `yyyy-mm-dd`.
#[must_use]
pub fn day(unix_ms: i64) -> String {
    day_in(unix_ms, place::here()).to_string()
}

/// The day of a time at a place of that zone.
#[must_use]
pub fn day_in(unix_ms: i64, zone: Zone) -> Date {
    let at = Timestamp::from_millisecond(unix_ms).unwrap_or_default();
    let day = at.to_zoned(zone.rules()).date().to_string();
    Date::parse(&day).unwrap_or(Date::FIRST)
}

/// The minute of a time in Portugal, `yyyy-mm-dd hh:mm`, wherever this place is: the counters of agencies are there,
/// and so are the hours and terms that they give out.
#[must_use]
pub fn minute_in_portugal(unix_ms: i64) -> String {
    minute_in(unix_ms, Zone::LISBON)
}

/// The minute of a time at a place of that zone, `yyyy-mm-dd hh:mm`.
#[must_use]
pub fn minute_in(unix_ms: i64, zone: Zone) -> String {
    let at = Timestamp::from_millisecond(unix_ms).unwrap_or_default();
    at.to_zoned(zone.rules())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// When a day begins at this place, milliseconds since 1970.
#[must_use]
pub fn began_ms(day: Date) -> i64 {
    began_ms_in(day, place::here())
}

/// When a day begins at a place of that zone, milliseconds since 1970: where midnight is left out by a change of the
/// clocks, when they strike next.
#[must_use]
pub fn began_ms_in(day: Date, zone: Zone) -> i64 {
    let day: Option<jiff::civil::Date> = day.to_string().parse().ok();
    let began = day.and_then(|day| day.to_zoned(zone.rules()).ok());
    began.map_or(i64::MAX, |at| at.timestamp().as_millisecond())
}

/// When that day ends at a place of that zone, milliseconds since 1970.
#[must_use]
pub fn day_ends_ms_in(day: Date, zone: Zone) -> i64 {
    began_ms_in(day.days_on(1), zone)
}

/// When that hour of that day is at this place, milliseconds since 1970; `None`: no calendar has it. Of an hour that a
/// change of the clocks has twice, the first; of one that it leaves out, as long after.
#[must_use]
pub fn at(day: Date, hour: Hour) -> Option<i64> {
    at_in(day, hour, place::here())
}

/// As [`at`], at a place of that zone.
#[must_use]
pub fn at_in(day: Date, hour: Hour, zone: Zone) -> Option<i64> {
    let text = format!("{day}T{hour}");
    let local: jiff::civil::DateTime = text.parse().ok()?;
    let at = local.to_zoned(zone.rules()).ok()?;
    Some(at.timestamp().as_millisecond())
}

/// When today began at this place, milliseconds since 1970.
#[must_use]
pub fn today_began_ms() -> i64 {
    let today = day_in(now_ms(), place::here());
    began_ms(today)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn named(name: &str) -> Zone {
        Zone::named(name).unwrap()
    }

    fn ms(iso: &str) -> i64 {
        iso.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn day(iso: &str) -> Date {
        Date::parse(iso).unwrap()
    }

    #[test]
    fn a_day_of_change_has_23_or_25_hours_and_every_hour_of_it_is_its_own() {
        for (zone, on, hours) in [
            ("Europe/Lisbon", "2026-03-29", 23),
            ("Europe/Lisbon", "2026-10-25", 25),
            ("Europe/Paris", "2026-03-29", 23),
            ("Europe/Paris", "2026-10-25", 25),
            // Midnight itself is left out, or comes twice.
            ("Atlantic/Azores", "2026-03-29", 23),
            ("Atlantic/Azores", "2026-10-25", 25),
            // Nothing changes any more.
            ("America/Sao_Paulo", "2026-03-29", 24),
            ("America/Sao_Paulo", "2026-10-25", 24),
        ] {
            let (zone, on) = (named(zone), day(on));
            let (from, to) = (began_ms_in(on, zone), day_ends_ms_in(on, zone));
            assert_eq!((to - from) / HOUR_MS, hours, "{zone:?} {on}");
            assert_eq!(day_in(from, zone), on);
            assert_eq!(day_in(from - 1, zone), on.days_on(-1));
            assert_eq!(day_in(to - 1, zone), on);
            for minutes in (0..24 * 60).step_by(15) {
                let hour = Hour::parse("00:00").unwrap().later(minutes);
                let at = at_in(on, hour, zone).unwrap();
                assert!((from..to).contains(&at), "{zone:?} {on} {hour}");
            }
        }
    }

    #[test]
    fn one_moment_is_two_days_at_two_places() {
        let at = ms("2026-11-24T01:30:00Z");
        assert_eq!(day_in(at, Zone::LISBON), day("2026-11-24"));
        assert_eq!(day_in(at, named("America/Sao_Paulo")), day("2026-11-23"));
        assert_eq!(day_in(at, named("Pacific/Auckland")), day("2026-11-24"));
        assert_eq!(minute_in_portugal(at), "2026-11-24 01:30");
    }

    #[test]
    fn what_a_place_says_is_what_the_process_takes() {
        let zone = named("America/Sao_Paulo");
        assert!(place::settle(zone, &[]));
        // Who says otherwise later is not heard: nothing that was counted is counted anew.
        assert!(!place::settle(Zone::LISBON, &[]));
        let at = ms("2026-11-24T01:30:00Z");
        assert_eq!(super::day(at), "2026-11-23");
        assert_eq!(began_ms(day("2026-11-23")), ms("2026-11-23T03:00:00Z"));
        assert_eq!(minute_in_portugal(at), "2026-11-24 01:30");
    }

    proptest! {
        #[test]
        fn days_follow_each_other_without_a_gap(
            days in 0i64..4_000, zone in prop::sample::select(vec![
                "Europe/Lisbon", "Europe/Paris", "Europe/London", "America/Sao_Paulo", "Atlantic/Azores",
                "Pacific/Auckland", "Asia/Dili", "America/New_York", "Etc/GMT+12", "Etc/GMT-14",
            ]), within in 0i64..23 * HOUR_MS,
        ) {
            let (zone, on) = (named(zone), day("2020-01-01").days_on(days));
            let (from, to) = (began_ms_in(on, zone), day_ends_ms_in(on, zone));
            prop_assert!([23, 24, 25].contains(&((to - from) / HOUR_MS)));
            prop_assert_eq!(day_in(from + within.min(to - from - 1), zone), on);
            prop_assert_eq!(day_in(to, zone), on.days_on(1));
            // Twelve hours away, it is the same day or its neighbour.
            let there = day_in(from + within, Zone::LISBON);
            prop_assert!((on.days_on(-1)..=on.days_on(1)).contains(&there));
        }
    }
}
