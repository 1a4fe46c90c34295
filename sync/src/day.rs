//! Days of the calendar, as catalogues name them: a date, or so long before or after today.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

mod working;

pub use working::Holiday;

/// A day: `2026-11-01`, `today`, `-6 months`, `+30 days`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Day {
    /// That date.
    On(Date),
    /// So many days after today; before it when negative.
    Days(i32),
    /// So many months after today: the same day of the month, or its last.
    Months(i32),
    /// So many years after today.
    Years(i32),
}

/// A date that the calendar has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

/// The furthest that a day may lie from today, in any unit.
const FURTHEST: i32 = 40_000;

impl Day {
    /// The date that is meant when `today` is that date.
    #[must_use]
    pub fn date(self, today: Date) -> Date {
        match self {
            Self::On(date) => date,
            Self::Days(n) => today.days_on(i64::from(n)),
            Self::Months(n) => today.months_on(n),
            Self::Years(n) => today.months_on(n.saturating_mul(12)),
        }
    }
}

impl Date {
    /// The first date that people write: 1 January 1900.
    pub const FIRST: Self = Self {
        year: 1900,
        month: 1,
        day: 1,
    };

    /// `yyyy-mm-dd`, if there is such a date.
    #[must_use]
    pub fn parse(iso: &str) -> Option<Self> {
        let b = iso.as_bytes();
        let digits = |range: std::ops::Range<usize>| {
            let part = iso.get(range)?;
            part.bytes()
                .all(|c| c.is_ascii_digit())
                .then(|| part.parse().ok())?
        };
        if b.len() != 10 || b[4] != b'-' || b[7] != b'-' {
            return None;
        }
        let (year, month, day): (u16, u16, u16) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
        Self::of(i32::from(year), month, day)
    }

    /// The date, if there is such a one.
    #[must_use]
    pub fn of(year: i32, month: u16, day: u16) -> Option<Self> {
        let there = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day);
        let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        there.then_some(Self { year, month, day })
    }

    /// The date of a time in milliseconds since 1970, in UTC.
    #[must_use]
    pub fn of_unix_ms(unix_ms: i64) -> Option<Self> {
        Some(Self::of(1970, 1, 1)?.days_on(unix_ms.div_euclid(86_400_000)))
    }

    /// The date so many days later; earlier when negative; at most the calendar's last or first.
    #[must_use]
    pub fn days_on(self, n: i64) -> Self {
        Self::from_days(self.days().saturating_add(n))
    }

    fn months_on(self, n: i32) -> Self {
        let months = (self.year * 12 + i32::from(self.month) - 1)
            .saturating_add(n)
            .clamp(12, 9999 * 12 + 11);
        let (year, month) = (months / 12, (months % 12 + 1) as u8);
        let last = days_in(year, u16::from(month)) as u8;
        Self {
            year,
            month,
            day: self.day.min(last),
        }
    }

    /// Days since 1 March of the year 0, by which leap days come last.
    fn days(self) -> i64 {
        let (y, m) = match self.month {
            1 | 2 => (i64::from(self.year) - 1, i64::from(self.month) + 9),
            m => (i64::from(self.year), i64::from(m) - 3),
        };
        y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + i64::from(self.day) - 1
    }

    fn from_days(days: i64) -> Self {
        let days = days.clamp(306, 3_652_364);
        // The year whose 1 March is the last not after it.
        let mut y = days * 400 / 146_097;
        let first = |y: i64| y * 365 + y / 4 - y / 100 + y / 400;
        while first(y + 1) <= days {
            y += 1;
        }
        while first(y) > days {
            y -= 1;
        }
        let rest = days - first(y);
        let m = (rest * 5 + 2) / 153;
        let day = (rest - (m * 153 + 2) / 5 + 1) as u8;
        let (year, month) = if m < 10 { (y, m + 3) } else { (y + 1, m - 9) };
        Self {
            year: year as i32,
            month: month as u8,
            day,
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(date) => date.fmt(f),
            Self::Days(0) => f.write_str("today"),
            Self::Days(n) => write!(f, "{n:+} days"),
            Self::Months(n) => write!(f, "{n:+} months"),
            Self::Years(n) => write!(f, "{n:+} years"),
        }
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let what = || {
            format!("`{text}` is no day: write `2026-11-01`, `today`, `-6 months` or `+30 days`")
        };
        if text == "today" {
            return Ok(Self::Days(0));
        }
        if let Some((n, unit)) = text.split_once(' ') {
            let signed = n.starts_with(['+', '-']);
            let n: i32 = n.parse().map_err(|_| what())?;
            if !signed || n.abs() > FURTHEST {
                return Err(what());
            }
            return match unit {
                "day" | "days" => Ok(Self::Days(n)),
                "month" | "months" => Ok(Self::Months(n)),
                "year" | "years" => Ok(Self::Years(n)),
                _ => Err(what()),
            };
        }
        Date::parse(text).map(Self::On).ok_or_else(what)
    }
}

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

/// How many days the month has.
fn days_in(year: i32, month: u16) -> u16 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(day: &str, today: &str) -> String {
        let day: Day = day.parse().unwrap();
        day.date(Date::parse(today).unwrap()).to_string()
    }

    #[test]
    fn days_are_counted_from_today() {
        for (day, today, date) in [
            ("today", "2026-11-22", "2026-11-22"),
            ("-60 years", "2026-11-22", "1966-11-22"),
            ("-1 year", "2024-02-29", "2023-02-28"),
            ("-6 months", "2026-08-31", "2026-02-28"),
            ("+1 month", "2026-12-31", "2027-01-31"),
            ("-30 days", "2024-03-15", "2024-02-14"),
            ("+1 day", "2024-02-28", "2024-02-29"),
            ("+1 day", "2100-02-28", "2100-03-01"),
            ("2026-11-01", "2030-01-01", "2026-11-01"),
            ("+40000 years", "2026-01-01", "9999-12-01"),
            ("-40000 days", "0001-05-01", "0001-01-01"),
        ] {
            assert_eq!(on(day, today), date, "{day} {today}");
        }
        for wrong in [
            "",
            "6 months",
            "-6 weeks",
            "2026-02-30",
            "-99999 days",
            "yesterday",
        ] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_day_more_and_less_is_the_same_day(y in 1i32..=9998, m in 1u16..=12, d in 1u16..=31, n in -3000i64..3000) {
            if let Some(date) = Date::of(y, m, d) {
                proptest::prop_assert_eq!(Date::from_days(date.days()), date);
                let there = Date::from_days(date.days() + n);
                proptest::prop_assert_eq!(Date::parse(&there.to_string()), Some(there));
                proptest::prop_assert_eq!(there.cmp(&date), date.days().saturating_add(n).max(306).cmp(&date.days()));
            }
        }

        #[test]
        fn what_is_written_is_read_again(n in -40_000i32..=40_000) {
            for day in [Day::Days(n), Day::Months(n), Day::Years(n)] {
                proptest::prop_assert_eq!(day.to_string().parse(), Ok(day));
            }
        }
    }
}
