//! Figures of a day or a month at this spot.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use vereda_sync::catalogue::Offline;
use vereda_web::desk::port::{self, DeskError, FiguresView, Session, Span};

use super::{SpotDesk, fault, rows};
use crate::clock;
use crate::store::{complaints, figures, opinion};

/// A day or a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Period {
    Day(Date),
    Month(Date),
}

impl Period {
    fn parse(text: &str) -> Option<Self> {
        match text.len() {
            10 => text.parse().ok().map(Self::Day),
            7 => format!("{text}-01").parse().ok().map(Self::Month),
            _ => None,
        }
    }

    fn name(self) -> String {
        match self {
            Self::Day(day) => day.to_string(),
            Self::Month(first) => first.strftime("%Y-%m").to_string(),
        }
    }

    fn first(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Month(first) => first,
        }
    }

    fn moved(self, by: i32) -> Option<Self> {
        Some(match self {
            Self::Day(day) => Self::Day(day.checked_add(by.days()).ok()?),
            Self::Month(first) => Self::Month(first.checked_add(by.months()).ok()?),
        })
    }

    /// The hours of a day, or the days of a month.
    fn parts(self) -> Vec<Span> {
        let (from, to) = match self {
            Self::Day(_) => (0, 23),
            Self::Month(first) => (1, first.days_in_month()),
        };
        let names = from..=to;
        names
            .map(|name| Span {
                name: u8::try_from(name).unwrap_or(0),
                ..Span::default()
            })
            .collect()
    }

    /// The part that a time falls into.
    fn part_of(self, at_ms: i64, zone: &TimeZone) -> Option<usize> {
        let at = Timestamp::from_millisecond(at_ms).ok()?;
        let at = at.to_zoned(zone.clone());
        let part = match self {
            Self::Day(_) => at.hour(),
            Self::Month(_) => at.day() - 1,
        };
        usize::try_from(part).ok()
    }
}

impl port::Figures for SpotDesk {
    fn figures(&self, _: &Session, period: Option<&str>) -> Result<FiguresView, DeskError> {
        let today = clock::today();
        let period = Period::parse(period.unwrap_or(&today)).ok_or(DeskError::NotFound)?;
        let zone = clock::zone();
        let begins = |period: Period| {
            let first = period.first().to_zoned(zone.clone()).ok()?;
            Some(first.timestamp().as_millisecond())
        };
        let next = period.moved(1).ok_or(DeskError::NotFound)?;
        let range = begins(period).zip(begins(next));
        let (from, to) = range.ok_or(DeskError::NotFound)?;
        let days = [period, next].map(|p| p.first().to_string());
        let (attended, recorded, opinions, complaints) = {
            let db = self.node.store.read();
            let attended = figures::attended(&db, from, to).map_err(fault)?;
            let recorded = figures::recorded(&db, from, to).map_err(fault)?;
            let opinions = opinion::between(&db, &days[0], &days[1]).map_err(fault)?;
            let complaints = complaints::between(&db, from, to, &today).map_err(fault)?;
            (attended, recorded, opinions, complaints)
        };
        let mut parts = period.parts();
        let part_of = |at_ms| period.part_of(at_ms, &zone);
        for one in attended {
            let Some(part) = part_of(one.opened_ms).and_then(|at| parts.get_mut(at)) else {
                continue;
            };
            part.begun += 1;
            part.waited_s.extend(one.waited_s);
            if let Some(ended_ms) = one.ended_ms {
                let took_ms = ended_ms.saturating_sub(one.opened_ms);
                part.took_s
                    .push(u64::try_from(took_ms / 1_000).unwrap_or(0));
            }
        }
        let (mut services, mut prepared, mut withdrawn) = (BTreeMap::<_, u64>::new(), 0, 0);
        for one in recorded {
            if let Some(part) = part_of(one.at_ms).and_then(|at| parts.get_mut(at)) {
                part.requests += 1;
            }
            let service = self.node.latest(&one.service);
            prepared += u64::from(service.is_some_and(|s| s.offline == Offline::Prepared));
            withdrawn += u64::from(one.withdrawn);
            *services.entry(one.service).or_default() += 1;
        }
        for part in &mut parts {
            part.took_s.sort_unstable();
            part.waited_s.sort_unstable();
        }
        let mut services: Vec<_> = services
            .into_iter()
            .map(|(id, n)| (rows::service_title(&self.node, &id), n))
            .collect();
        services.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let last = Period::parse(&today).map_or(next.first(), Period::first);
        Ok(FiguresView {
            before: period.moved(-1).map_or_else(String::new, Period::name),
            after: (next.first() <= last).then(|| next.name()),
            other: match period {
                Period::Day(day) => Period::Month(day.first_of_month()).name(),
                Period::Month(_) => today,
            },
            period: period.name(),
            parts,
            services,
            opinions,
            complaints,
            prepared,
            withdrawn,
        })
    }
}
