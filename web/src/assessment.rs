//! How a spot stands with the standards of service, as desk and console show it.

use maud::{Markup, html};
use vereda_sync::catalogue::Standard;
use vereda_sync::record::assessment::{Figure, Verdict};

use crate::desk::port::{AssessedStandard, AssessmentView, History, Tally};
use crate::moment::Moment;
use crate::words::{self, time};

/// A verdict as a shape: a full, a half and an empty circle with a stroke through it, a dash.
fn shape(verdict: Verdict) -> Markup {
    html! {
        svg.verdict data-verdict=(verdict.code()) viewBox="0 0 24 24" aria-hidden="true" {
            @match verdict {
                Verdict::Met => { circle cx="12" cy="12" r="9" {} path d="M7.5 12.5l3 3 6-7" {} },
                Verdict::Partly => { circle cx="12" cy="12" r="9" {} path d="M12 3a9 9 0 0 1 0 18z" {} },
                Verdict::Missed => { circle cx="12" cy="12" r="9" {} path d="M8 8l8 8M16 8l-8 8" {} },
                Verdict::Aside => path d="M6 12h12" {},
            }
        }
    }
}

/// A verdict with its word.
pub(crate) fn verdict(verdict: Verdict, standard: Option<&Standard>) -> Markup {
    let is_measured = standard.is_some_and(|s| s.measured().is_some());
    html! {
        span.said-verdict {
            (shape(verdict))
            @if verdict == Verdict::Aside && is_measured { "Sem números" } @else { (verdict.said()) }
        }
    }
}

/// How an assessment ended.
pub(crate) fn tally(tally: Tally) -> Markup {
    let all = [
        (Verdict::Met, tally.met, "cumpre-se", "cumprem-se"),
        (Verdict::Partly, tally.partly, "em parte", "em parte"),
        (
            Verdict::Missed,
            tally.missed,
            "não se cumpre",
            "não se cumprem",
        ),
    ];
    html! {
        span.tally {
            @for (verdict, n, one, many) in all {
                @if n > 0 { span.said-verdict { (shape(verdict)) (words::count(n, one, many)) } }
            }
        }
    }
}

/// A figure in words, with its target.
pub(crate) fn figure(standard: &Standard, figure: Option<Figure>) -> Markup {
    let Some((measure, target)) = standard.measured() else {
        return html! {};
    };
    let unit = |n: u32| match measure.is_share() {
        true => format!("{n} %"),
        false => format!("{n} min"),
    };
    let aim = match measure.is_share() {
        true => format!("pelo menos {}", unit(target)),
        false => format!("no máximo {}", unit(target)),
    };
    html! {
        p.figure {
            @match figure.and_then(|f| Some((f.value?, f.of))) {
                Some((value, of)) => { strong { (unit(value)) } " em " (words::count(of, "caso", "casos")) },
                None => strong { "sem números" },
            }
            "; meta: " (aim)
        }
    }
}

/// How standards stood over time: a row of marks each, oldest on the left.
pub(crate) fn history(history: &History) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-labelledby="t-tempo" {
            table.rows.over-time {
                caption.hidden { "Como cada norma estava em cada avaliação" }
                thead { tr { th scope="col" { "Norma" } @for day in &history.days { th scope="col" { (words::day(day)) } } } }
                tbody {
                    @for (text, stood) in &history.rows {
                        tr {
                            th scope="row" { (text) }
                            @for verdict in stood {
                                td { @match verdict {
                                    Some(verdict) => { (shape(*verdict)) span.hidden { (verdict.said()) } },
                                    None => span.hidden { "Não se perguntou" },
                                } }
                            }
                        }
                    }
                }
            }
        }
        p.legend aria-hidden="true" { @for one in Verdict::ALL { (verdict(one, None)) } }
    }
}

/// One that was recorded, whole: as it is read and printed. `then` stands under what was promised.
pub(crate) fn paper(
    view: &AssessmentView,
    now: Moment,
    then: &dyn Fn(&AssessedStandard) -> Markup,
) -> Markup {
    html! {
        article.receipt.assessment {
            header {
                p.what { "Avaliação das normas de serviço" }
                h1 { (view.spot) }
                @if let Some(by) = &view.recorded { p { "Registada por " (by.who) ", " (time::full(by.at)) } }
                p.detail { "Normas da edição " (view.edition) " do catálogo. Números de " (words::day(&view.from)) " a " (words::day(&view.to)) "." }
                p { (tally(view.tally())) }
            }
            @for it in &view.standards {
                section id=(format!("norma-{}", it.standard.id)) {
                    h2 { (it.standard.text) }
                    @if let Some(found) = it.verdict { p { (verdict(found, Some(&it.standard))) } }
                    (figure(&it.standard, it.figure))
                    @if !it.note.is_empty() { p.said { (it.note) } }
                    @if !it.todo.is_empty() {
                        p { strong { "O que se vai fazer" } ", até " (words::day(&it.by)) ":" }
                        p.said { (it.todo) }
                        @match &it.done {
                            Some((word, by)) => p { span.done { "Feito: " } (word) span.detail { " — " (by.who) ", " (time::at(by.at, now)) } },
                            None => { @if it.is_late { p { strong.warn { "Em atraso" } } } (then(it)) },
                        }
                    }
                }
            }
        }
    }
}
