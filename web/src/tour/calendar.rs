//! A month of tours as a picture: a table of weeks, in each day who goes where, and how it stands, in words and not by
//! colour alone. Where it is narrow the weeks stand one under the other, and in them the days on which somebody goes.

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use maud::{Markup, html};
use vereda_sync::record::tour::Standing;

use super::minutes;
use crate::desk::port::{CalendarStop, CalendarView};
use crate::words::time::MONTHS;

/// Monday first.
const WEEKDAYS: [(&str, &str); 7] = [
    ("seg", "segunda-feira"),
    ("ter", "terça-feira"),
    ("qua", "quarta-feira"),
    ("qui", "quinta-feira"),
    ("sex", "sexta-feira"),
    ("sáb", "sábado"),
    ("dom", "domingo"),
];
/// Years that a month is looked up in: what is planned or was held lies within.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2200;

/// The first day of a month, `yyyy-mm`; `None`: there is no such month.
#[must_use]
pub fn first_of(month: &str) -> Option<Date> {
    let first: Date = (month.len() == 7)
        .then(|| format!("{month}-01").parse().ok())
        .flatten()?;
    YEARS.contains(&first.year()).then_some(first)
}

/// The first and the last day that a month's picture shows, `yyyy-mm-dd`: whole weeks.
#[must_use]
pub fn shown(month: &str) -> Option<(String, String)> {
    let weeks = weeks(first_of(month)?);
    let (first, last) = (weeks.first()?.first()?, weeks.last()?.last()?);
    Some((first.to_string(), last.to_string()))
}

/// The weeks that have a day of that month, each from Monday.
fn weeks(first: Date) -> Vec<[Date; 7]> {
    let back = i64::from(first.weekday().to_monday_zero_offset());
    let mut at = on(first, (-back).days());
    let last = first.last_of_month();
    let mut weeks = Vec::new();
    while at <= last && weeks.len() < 6 {
        let days: [i64; 7] = [0, 1, 2, 3, 4, 5, 6];
        weeks.push(days.map(|n| on(at, n.days())));
        at = on(at, 7.days());
    }
    weeks
}

fn on(day: Date, span: Span) -> Date {
    day.saturating_add(span)
}

fn named(first: Date) -> String {
    let month = usize::try_from(first.month() - 1).ok();
    let month = month.and_then(|m| MONTHS.get(m)).copied();
    format!("{} de {}", month.unwrap_or_default(), first.year())
}

/// The month with ways to the one before and the one after. `here`: the address of the page.
pub(crate) fn month(view: &CalendarView, here: &str) -> Markup {
    let Some(first) = first_of(&view.month) else {
        return html! { p.none { "Este mês não está no calendário." } };
    };
    let to = |months: i64| {
        let other = on(first, months.months());
        (
            format!("{here}?mes={}", other.strftime("%Y-%m")),
            named(other),
        )
    };
    let ((before, before_is), (after, after_is)) = (to(-1), to(1));
    let today: Option<Date> = view.today.parse().ok();
    let count = view
        .stops
        .iter()
        .filter(|s| s.day.starts_with(&view.month))
        .count();
    html! {
        section.calendar aria-labelledby="t-mes" {
            div.month-head {
                h2 #t-mes { (named(first)) }
                nav aria-label="Meses" {
                    a.button href=(before) data-key="PageUp" aria-keyshortcuts="PageUp" { span aria-hidden="true" { "← " } (before_is) }
                    a.button href=(after) data-key="PageDown" aria-keyshortcuts="PageDown" { (after_is) span aria-hidden="true" { " →" } }
                }
            }
            p.detail { (crate::words::count(count as u64, "paragem neste mês", "paragens neste mês")) "." }
            @if view.is_cut { p.notice.amber { "Há mais paragens do que cabem aqui: procure-as na lista." } }
            table.month {
                caption.hidden { "Percursos, dia a dia" }
                thead { tr { @for (short, long) in WEEKDAYS { th scope="col" { abbr title=(long) { (short) } } } } }
                tbody {
                    @for week in weeks(first) {
                        tr { @for (at, day) in week.into_iter().enumerate() { (cell(view, first, day, WEEKDAYS[at].1, today)) } }
                    }
                }
            }
        }
    }
}

fn cell(view: &CalendarView, month: Date, day: Date, weekday: &str, today: Option<Date>) -> Markup {
    let iso = day.to_string();
    let stops: Vec<&CalendarStop> = view.stops.iter().filter(|s| s.day == iso).collect();
    let is_today = today == Some(day);
    html! {
        td.empty[stops.is_empty()] .other[day.month() != month.month()] .this-day[is_today] aria-current=[is_today.then_some("date")] {
            p.date {
                span.only-narrow { (weekday) ", " }
                time datetime=(iso) { (day.day()) @if day.month() != month.month() { "/" (day.month()) } }
                @if is_today { strong { " hoje" } }
            }
            @if !stops.is_empty() {
                ul { @for stop in stops { (entry(view, stop)) } }
            }
        }
    }
}

fn entry(view: &CalendarView, stop: &CalendarStop) -> Markup {
    html! {
        li.held[stop.standing == Standing::Held] .off[stop.standing == Standing::Cancelled] {
            a href=(format!("/percurso/{}#paragem-{}", stop.tour, stop.anchor)) { (stop.place) }
            p.detail {
                (stop.hours)
                @if view.shows_spots { br; (stop.spot) }
            }
            @match &stop.standing {
                Standing::Planned => {},
                Standing::Late(n) => p.state { strong.warn { "atraso de " (minutes(*n)) } },
                Standing::Cancelled => p.state { strong.warn { "✕ cancelada" } },
                Standing::Held => p.state { span.done { "✓ realizada" } },
            }
            @if stop.others > 0 { p.state { strong.warn { (crate::words::count(stop.others + 1, "carrinha aqui", "carrinhas aqui")) } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_whole_weeks_from_monday() {
        for (month, first, last) in [
            ("2026-11", "2026-10-26", "2026-12-06"),
            ("2027-02", "2027-02-01", "2027-02-28"),
            ("2024-02", "2024-01-29", "2024-03-03"),
            ("2026-03", "2026-02-23", "2026-04-05"),
        ] {
            assert_eq!(shown(month), Some((first.into(), last.into())), "{month}");
        }
        for wrong in [
            "",
            "2026",
            "2026-13",
            "2026-1",
            "1999-12",
            "2201-01",
            "9999-12",
            "2026-11-01",
            "éé-11é",
        ] {
            assert_eq!(first_of(wrong), None, "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_day_of_a_month_stands_in_it_once(year in 2000i16..=2200, month in 1i8..=12) {
            let first = jiff::civil::date(year, month, 1);
            let days: Vec<Date> = weeks(first).concat();
            proptest::prop_assert!(days.windows(2).all(|w| on(w[0], 1.days()) == w[1]));
            let of_month = days.iter().filter(|d| d.month() == month).count();
            proptest::prop_assert_eq!(of_month, usize::try_from(first.days_in_month()).unwrap());
        }

        #[test]
        fn nothing_asked_for_panics(month in "\\PC{0,12}") {
            let _ = shown(&month);
        }
    }
}
