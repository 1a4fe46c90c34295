//! Times as people read them, in Lisbon's time, with how sure the clock was.

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::moment::Moment;

static LISBON: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Europe/Lisbon").unwrap_or(TimeZone::UTC));

/// The months, from January on.
pub(crate) const MONTHS: [&str; 12] = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];

/// What is said after a time whose clock had not been compared lately.
const UNSURE: &str = " (relógio por acertar)";

fn lisbon(moment: Moment) -> Zoned {
    Timestamp::from_millisecond(moment.unix_ms)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(LISBON.clone())
}

fn unsure(moment: Moment) -> &'static str {
    if moment.sure { "" } else { UNSURE }
}

/// `14:32:05`, for what was just saved.
#[must_use]
pub fn to_the_second(moment: Moment) -> String {
    let z = lisbon(moment);
    format!("{:02}:{:02}:{:02}", z.hour(), z.minute(), z.second())
}

/// `18:42`, `ontem 18:42`, `3 nov. 18:42`, `3 nov. 2025 18:42`.
#[must_use]
pub fn at(moment: Moment, now: Moment) -> String {
    let (z, today) = (lisbon(moment), lisbon(now).date());
    let clock = format!("{:02}:{:02}", z.hour(), z.minute());
    let day = if z.date() == today {
        String::new()
    } else if today.yesterday().is_ok_and(|y| y == z.date()) {
        "ontem ".to_owned()
    } else {
        let month: String = month(&z).chars().take(3).collect();
        if z.year() == today.year() {
            format!("{} {month}. ", z.day())
        } else {
            format!("{} {month}. {} ", z.day(), z.year())
        }
    };
    format!("{day}{clock}{}", unsure(moment))
}

/// `21 de novembro de 2026, 18:42`, for paper.
#[must_use]
pub fn full(moment: Moment) -> String {
    let z = lisbon(moment);
    format!(
        "{} de {} de {}, {:02}:{:02}{}",
        z.day(),
        month(&z),
        z.year(),
        z.hour(),
        z.minute(),
        unsure(moment)
    )
}

/// `agora`, `há 5 min`, `há 3 h`, `há 2 dias`. A time ahead of now (clocks of
/// vehicles) reads as now.
#[must_use]
pub fn ago(moment: Moment, now: Moment) -> String {
    let minutes = (now.unix_ms - moment.unix_ms).max(0) / 60_000;
    let words = match minutes {
        0 => "agora".to_owned(),
        1..=59 => format!("há {minutes} min"),
        60..=2879 => format!("há {} h", minutes / 60),
        _ => format!("há {} dias", minutes / 1440),
    };
    format!("{words}{}", unsure(moment))
}

/// ISO time for `<time datetime>`.
#[must_use]
pub fn iso(moment: Moment) -> String {
    let z = lisbon(moment);
    format!(
        "{}T{:02}:{:02}:{:02}{}",
        z.date(),
        z.hour(),
        z.minute(),
        z.second(),
        z.offset_text()
    )
}

trait OffsetText {
    fn offset_text(&self) -> String;
}

impl OffsetText for Zoned {
    fn offset_text(&self) -> String {
        let seconds = self.offset().seconds();
        format!(
            "{}{:02}:{:02}",
            if seconds < 0 { '-' } else { '+' },
            seconds.abs() / 3600,
            seconds.abs() / 60 % 60
        )
    }
}

fn month(z: &Zoned) -> &'static str {
    usize::try_from(z.month() - 1)
        .ok()
        .and_then(|m| MONTHS.get(m))
        .copied()
        .unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn m(iso: &str) -> Moment {
        Moment {
            unix_ms: iso.parse::<Timestamp>().unwrap().as_millisecond(),
            sure: true,
        }
    }

    #[test]
    fn times_are_said_in_lisbon() {
        let now = m("2026-07-21T17:42:10Z");
        for (then, said) in [
            ("2026-07-21T17:42:05Z", "18:42"),
            ("2026-07-20T22:59:00Z", "ontem 23:59"),
            ("2026-07-20T23:01:00Z", "00:01"),
            ("2026-03-03T09:05:00Z", "3 mar. 09:05"),
            ("2025-11-03T09:05:00Z", "3 nov. 2025 09:05"),
        ] {
            assert_eq!(at(m(then), now), said);
        }
        assert_eq!(full(now), "21 de julho de 2026, 18:42");
        assert_eq!(iso(now), "2026-07-21T18:42:10+01:00");
    }

    #[test]
    fn ages_are_said_in_the_largest_unit() {
        let now = m("2026-11-21T12:00:00Z");
        for (then, said) in [
            ("2026-11-21T11:59:30Z", "agora"),
            ("2026-11-21T12:30:00Z", "agora"),
            ("2026-11-21T11:18:00Z", "há 42 min"),
            ("2026-11-21T09:00:00Z", "há 3 h"),
            ("2026-11-18T11:00:00Z", "há 3 dias"),
        ] {
            assert_eq!(ago(m(then), now), said);
        }
    }

    #[test]
    fn an_unsure_clock_is_said() {
        let now = m("2026-11-21T12:00:00Z");
        assert_eq!(
            at(Moment { sure: false, ..now }, now),
            "12:00 (relógio por acertar)"
        );
    }
}
