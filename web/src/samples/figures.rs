//! Figures for the samples.

use super::{housing, words};
use crate::desk::port::{Answered, DeskError, Figures, FiguresView, Opinions, Session, Span};
use crate::samples::fake::FakeDesk;

fn part(name: u8, n: u64) -> Span {
    Span {
        name,
        begun: n,
        took_s: (0..n).map(|i| 1_200 + i * 10).collect(),
        waited_s: (0..n).map(|i| 700 + i).collect(),
        requests: n + n / 4,
    }
}

pub(crate) fn day() -> FiguresView {
    FiguresView {
        period: "2026-11-21".into(),
        before: "2026-11-20".into(),
        after: None,
        other: "2026-11".into(),
        parts: (0..24)
            .map(|h| {
                part(
                    h,
                    if (9..17).contains(&h) {
                        u64::from(h % 5)
                    } else {
                        0
                    },
                )
            })
            .collect(),
        services: vec![
            (housing().title, 9),
            (words("Outro \"serviço\"", "Another"), 3),
        ],
        opinions: Opinions {
            asked: 12,
            good: 7,
            fair: 2,
            bad: 1,
        },
        complaints: Answered {
            in_time: 2,
            too_late: 1,
            waiting: 3,
            overdue: 1,
        },
        prepared: 2,
        withdrawn: 1,
    }
}

pub(crate) fn month() -> FiguresView {
    FiguresView {
        period: "2026-11".into(),
        before: "2026-10".into(),
        after: None,
        other: "2026-11-21".into(),
        parts: (1..=30).map(|d| part(d, u64::from(d % 7) * 3)).collect(),
        ..day()
    }
}

impl Figures for FakeDesk {
    fn figures(&self, _: &Session, period: Option<&str>) -> Result<FiguresView, DeskError> {
        match period {
            None | Some("2026-11-21") => Ok(day()),
            Some("2026-11") => Ok(month()),
            Some(_) => Err(DeskError::NotFound),
        }
    }
}
