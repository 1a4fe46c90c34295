//! Times as people read them, by the clock of the place where they read them, with how sure the clock was. What was
//! written down where clocks show something else says so, with both hours.

use jiff::{Timestamp, Zoned};

use crate::moment::Moment;
use crate::place::{self, Zone};

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

fn in_zone(moment: Moment, zone: Zone) -> Zoned {
    Timestamp::from_millisecond(moment.unix_ms)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(zone.rules())
}

fn here(moment: Moment) -> Zoned {
    in_zone(moment, place::here())
}

fn unsure(moment: Moment) -> &'static str {
    if moment.sure { "" } else { UNSURE }
}

/// Where it was written down, if clocks there show another hour than those of the reader.
fn elsewhere(moment: Moment, reader: Zone) -> Option<Zone> {
    moment
        .zone
        .filter(|zone| !zone.agrees(reader, moment.unix_ms))
}

/// `14:32:05`, for what was just saved.
#[must_use]
pub fn to_the_second(moment: Moment) -> String {
    let z = here(moment);
    format!("{:02}:{:02}:{:02}", z.hour(), z.minute(), z.second())
}

/// `18:42`, `ontem 18:42`, `3 nov. 18:42`, `3 nov. 2025 18:42`; of another place `14:05, hora de São Paulo (17:05 em
/// Lisboa)`.
#[must_use]
pub fn at(moment: Moment, now: Moment) -> String {
    let reader = place::here();
    let said = match elsewhere(moment, reader) {
        Some(zone) => {
            let (there, here) = (short(moment, now, zone), short(moment, now, reader));
            format!("{there}, hora {} ({here} {})", zone.of(), reader.at())
        }
        None => short(moment, now, reader),
    };
    said + unsure(moment)
}

fn short(moment: Moment, now: Moment, zone: Zone) -> String {
    let (z, today) = (in_zone(moment, zone), in_zone(now, zone).date());
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
    format!("{day}{}", clock(&z))
}

fn clock(z: &Zoned) -> String {
    format!("{:02}:{:02}", z.hour(), z.minute())
}

/// `21 de novembro de 2026, 18:42`, for paper. Paper travels: where Lisbon's clocks show something else, both stand,
/// `21 de novembro de 2026, 14:05, hora de São Paulo (17:05 em Lisboa)`.
#[must_use]
pub fn full(moment: Moment) -> String {
    let zone = moment.zone.unwrap_or_else(place::here);
    let z = in_zone(moment, zone);
    let day = |z: &Zoned| format!("{} de {} de {}", z.day(), month(z), z.year());
    let both = |other: Zone| {
        let o = in_zone(moment, other);
        let on = match o.date() == z.date() {
            true => String::new(),
            false => format!("{}, ", day(&o)),
        };
        format!(", hora {} ({on}{} {})", zone.of(), clock(&o), other.at())
    };
    let other = [Zone::LISBON, place::here()]
        .into_iter()
        .find(|other| !zone.agrees(*other, moment.unix_ms));
    format!(
        "{}, {}{}{}",
        day(&z),
        clock(&z),
        other.map(both).unwrap_or_default(),
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

/// How long something took: `40 s`, `5 min`, `3 h`, `2 dias`.
#[must_use]
pub fn lasting(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} dias", seconds / 86_400),
    }
}

/// ISO time for `<time datetime>`.
#[must_use]
pub fn iso(moment: Moment) -> String {
    let z = here(moment);
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
            zone: None,
        }
    }

    fn in_sao_paulo(iso: &str) -> Moment {
        Moment {
            zone: Zone::named("America/Sao_Paulo"),
            ..m(iso)
        }
    }

    #[test]
    fn a_time_of_another_place_says_both() {
        let now = m("2026-11-24T01:30:00Z");
        assert_eq!(
            at(in_sao_paulo("2026-11-24T01:05:00Z"), now),
            "22:05, hora de São Paulo (01:05 em Lisboa)"
        );
        assert_eq!(
            at(in_sao_paulo("2026-11-23T17:05:00Z"), now),
            "14:05, hora de São Paulo (ontem 17:05 em Lisboa)"
        );
        assert_eq!(
            full(in_sao_paulo("2026-11-24T01:05:00Z")),
            "23 de novembro de 2026, 22:05, hora de São Paulo (24 de novembro de 2026, 01:05 em Lisboa)"
        );
        let london = Moment {
            zone: Zone::named("Europe/London"),
            ..now
        };
        assert_eq!(at(london, now), "01:30", "clocks show the same there");
        assert_eq!(full(london), "24 de novembro de 2026, 01:30");
    }

    #[test]
    fn who_stands_abroad_reads_by_their_own_clock() {
        let zone = Zone::named("America/Sao_Paulo").unwrap();
        assert!(place::settle(zone, &[]));
        let now = in_sao_paulo("2026-11-24T01:30:00Z");
        assert_eq!(at(in_sao_paulo("2026-11-24T01:05:00Z"), now), "22:05");
        assert_eq!(at(m("2026-11-24T01:05:00Z"), now), "22:05");
        let of_the_hub = Moment {
            zone: Some(Zone::LISBON),
            ..m("2026-11-24T01:05:00Z")
        };
        assert_eq!(
            at(of_the_hub, now),
            "01:05, hora de Lisboa (22:05 em São Paulo)"
        );
        assert_eq!(to_the_second(now), "22:30:00");
        assert_eq!(iso(now), "2026-11-23T22:30:00-03:00");
        // Their paper goes to Portugal.
        for moment in [now, m("2026-11-24T01:30:00Z")] {
            assert_eq!(
                full(moment),
                "23 de novembro de 2026, 22:30, hora de São Paulo (24 de novembro de 2026, 01:30 em Lisboa)"
            );
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
