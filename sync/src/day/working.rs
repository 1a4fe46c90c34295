//! Working days, as terms are counted in Portugal: Monday to Friday without holidays. The day on which
//! something happens is not counted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Date;

/// National holidays of the same date every year: month and day.
const FIXED: [(u8, u8); 10] = [
    (1, 1),
    (4, 25),
    (5, 1),
    (6, 10),
    (8, 15),
    (10, 5),
    (11, 1),
    (12, 1),
    (12, 8),
    (12, 25),
];
/// National holidays by their distance from Easter Sunday, in days: Good Friday, Easter, Corpus Christi.
const MOVABLE: [i16; 3] = [-2, 0, 60];
/// The furthest from Easter that a holiday may be, in days: it stays in its year.
const FURTHEST: i16 = 80;

/// A holiday of a place, beyond the national ones: `06-13`, or `easter+39` (Ascension).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Holiday {
    /// Every year on this date.
    On {
        /// From 1.
        month: u8,
        /// From 1.
        day: u8,
    },
    /// So many days after Easter Sunday; before it when negative.
    Easter(i16),
}

impl Holiday {
    fn in_year(self, year: i32) -> Option<Date> {
        match self {
            // 29 February is none in most years.
            Self::On { month, day } => Date::of(year, month.into(), day.into()),
            Self::Easter(days) => Some(easter(year).days_on(days.into())),
        }
    }
}

impl fmt::Display for Holiday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On { month, day } => write!(f, "{month:02}-{day:02}"),
            Self::Easter(days) => write!(f, "easter{days:+}"),
        }
    }
}

impl FromStr for Holiday {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let what = || format!("`{text}` is no holiday: write `06-13`, or `easter+39`");
        if let Some(days) = text.strip_prefix("easter") {
            let signed = days.starts_with(['+', '-']);
            let days = days.parse().ok().filter(|n: &i16| n.abs() <= FURTHEST);
            return days.filter(|_| signed).map(Self::Easter).ok_or_else(what);
        }
        // A leap year has every date that there is.
        let date = Date::parse(&format!("2000-{text}")).ok_or_else(what)?;
        Ok(Self::On {
            month: date.month,
            day: date.day,
        })
    }
}

impl TryFrom<String> for Holiday {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Holiday> for String {
    fn from(holiday: Holiday) -> Self {
        holiday.to_string()
    }
}

/// Easter Sunday of a year (Gregorian, after Meeus, Jones and Butcher).
fn easter(year: i32) -> Date {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - b / 4 - g + 15) % 30;
    let m = (a + 11 * h) / 319;
    let r = (2 * (b % 4) + 2 * (c / 4) - c % 4 - h + m + 32) % 7;
    let month = (h - m + r + 90) / 25;
    Date {
        year,
        month: month as u8,
        day: ((h - m + r + month + 19) % 32) as u8,
    }
}

/// All holidays of a year, each once, in order.
fn holidays(year: i32, local: &[Holiday]) -> Vec<Date> {
    let fixed = FIXED.map(|(month, day)| Holiday::On { month, day });
    let national = fixed.into_iter().chain(MOVABLE.map(Holiday::Easter));
    let all = national.chain(local.iter().copied());
    let mut dates: Vec<Date> = all.filter_map(|one| one.in_year(year)).collect();
    dates.sort_unstable();
    dates.dedup();
    dates
}

impl Date {
    /// Whether offices work on that day; `local` are the holidays of the place.
    #[must_use]
    pub fn is_working(self, local: &[Holiday]) -> bool {
        !self.is_weekend() && !holidays(self.year, local).contains(&self)
    }

    /// The last day of a term of so many working days that begins with this date, which is not counted.
    #[must_use]
    pub fn after_working(self, days: u16, local: &[Holiday]) -> Self {
        let (mut date, mut year, mut free) = (self, self.year, holidays(self.year, local));
        let mut left = days;
        while left > 0 {
            let next = date.days_on(1);
            // The calendar ends.
            if next == date {
                break;
            }
            date = next;
            if date.year != year {
                (year, free) = (date.year, holidays(date.year, local));
            }
            left -= u16::from(!date.is_weekend() && !free.contains(&date));
        }
        date
    }

    /// Working days from here until the end of a term: 0 on its last day, negative when that is gone.
    #[must_use]
    pub fn working_until(self, end: Self, local: &[Holiday]) -> i64 {
        let (first, last) = (self.min(end), self.max(end));
        // Not day by day: a record from elsewhere may name any day.
        let weekdays = last.weekdays() - first.weekdays();
        let free = (first.year..=last.year)
            .flat_map(|year| holidays(year, local))
            .filter(|date| *date > first && *date <= last && !date.is_weekend())
            .count();
        let between = weekdays - i64::try_from(free).unwrap_or(weekdays);
        match self <= end {
            true => between,
            false => -between,
        }
    }

    /// From 0 for Monday.
    fn weekday(self) -> i64 {
        // 1 March of the year 0 was a Wednesday.
        (self.days() + 2) % 7
    }

    fn is_weekend(self) -> bool {
        self.weekday() >= 5
    }

    /// Mondays to Fridays since a Monday before the calendar begins, with this day.
    fn weekdays(self) -> i64 {
        let days = self.days() + 2;
        days / 7 * 5 + (days % 7 + 1).min(5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn ascension() -> Vec<Holiday> {
        vec!["easter+39".parse().unwrap()]
    }

    #[test]
    fn easter_is_on_the_days_of_the_almanac() {
        for known in [
            "1818-03-22",
            "1900-04-15",
            "1943-04-25",
            "1954-04-18",
            "1981-04-19",
            "2000-04-23",
            "2008-03-23",
            "2011-04-24",
            "2016-03-27",
            "2019-04-21",
            "2020-04-12",
            "2021-04-04",
            "2022-04-17",
            "2023-04-09",
            "2024-03-31",
            "2025-04-20",
            "2026-04-05",
            "2027-03-28",
            "2028-04-16",
            "2029-04-01",
            "2030-04-21",
            "2038-04-25",
            "2049-04-18",
            "2076-04-19",
            "2285-03-22",
        ] {
            let known = date(known);
            assert_eq!(easter(known.year), known);
            assert_eq!(known.weekday(), 6, "{known} is a Sunday");
        }
    }

    #[test]
    fn the_holidays_of_known_years() {
        let said = |year, local: &[Holiday]| -> Vec<String> {
            let all = holidays(year, local).into_iter();
            all.map(|d| d.to_string()[5..].to_owned()).collect()
        };
        assert_eq!(
            said(2026, &[]),
            [
                "01-01", "04-03", "04-05", "04-25", "05-01", "06-04", "06-10", "08-15", "10-05",
                "11-01", "12-01", "12-08", "12-25"
            ]
        );
        // Corpus Christi fell on 10 June: one holiday and not two.
        assert_eq!(said(2004, &[]).len(), 12);
        // Ascension was the municipal holiday on 14 May 2026.
        assert!(said(2026, &ascension()).contains(&"05-14".to_owned()));
        assert_eq!(said(2026, &["06-10".parse().unwrap()]).len(), 13);
    }

    #[test]
    fn a_term_ends_after_so_many_working_days() {
        for (from, days, end) in [
            // A Monday, nothing between; the day itself is not counted.
            ("2026-11-02", 15, "2026-11-23"),
            // 1 and 8 December.
            ("2026-11-23", 15, "2026-12-16"),
            // Christmas, New Year.
            ("2026-12-21", 15, "2027-01-13"),
            // On a Saturday: Monday is the first day.
            ("2026-11-21", 1, "2026-11-23"),
            // Good Friday; Easter is a Sunday anyhow.
            ("2026-04-02", 1, "2026-04-06"),
            // 25 April a Saturday, 1 May a Friday.
            ("2026-04-24", 5, "2026-05-04"),
            // Corpus Christi and 10 June.
            ("2026-06-03", 5, "2026-06-12"),
            ("2026-06-03", 0, "2026-06-03"),
            ("9999-12-30", 15, "9999-12-31"),
        ] {
            let (from, end) = (date(from), date(end));
            assert_eq!(from.after_working(days, &[]), end, "{from} + {days}");
        }
        let holiday = ascension();
        let from = date("2026-05-13");
        assert_eq!(from.after_working(1, &[]), date("2026-05-14"));
        assert_eq!(from.after_working(1, &holiday), date("2026-05-15"));
    }

    #[test]
    fn a_holiday_is_written_as_it_is_read() {
        for text in ["06-13", "02-29", "easter+39", "easter-47", "easter+0"] {
            assert_eq!(text.parse::<Holiday>().unwrap().to_string(), text);
        }
        for wrong in [
            "",
            "6-13",
            "13-06",
            "easter",
            "easter39",
            "easter+81",
            "02-30",
            "pascoa+1",
        ] {
            assert!(wrong.parse::<Holiday>().is_err(), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_left_of_a_term_goes_down_by_one_a_working_day(
            y in 1901i32..2200, m in 1u16..=12, d in 1u16..=28, term in 0u16..60, gone in 0i64..120,
            local in -60i16..60
        ) {
            let local = [Holiday::Easter(local)];
            let from = Date::of(y, m, d).unwrap();
            let end = from.after_working(term, &local);
            proptest::prop_assert!(term == 0 || end.is_working(&local));
            proptest::prop_assert_eq!(from.working_until(end, &local), i64::from(term));
            let today = from.days_on(gone);
            // Day by day, as people count.
            let worked = (1..=gone).filter(|n| from.days_on(*n).is_working(&local)).count();
            let worked = i64::try_from(worked).unwrap();
            proptest::prop_assert_eq!(from.working_until(today, &local), worked);
            proptest::prop_assert_eq!(today.working_until(from, &local), -worked);
        }

        #[test]
        fn any_two_days_are_compared(a in -50_000i64..50_000, b in -50_000i64..50_000) {
            let today = Date::of(2026, 11, 22).unwrap();
            let (a, b) = (today.days_on(a), today.days_on(b));
            proptest::prop_assert_eq!(a.working_until(b, &[]), -b.working_until(a, &[]));
        }
    }
}
