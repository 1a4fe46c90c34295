//! "Avaliações": how the spots find that they stand with the standards of service.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::assessment::{history, paper, tally, verdict};
use crate::console::frame::{Frame, Part};
use crate::console::port::SpotAssessed;
use crate::console::rights::Within;
use crate::desk::port::{AssessmentView, History};
use crate::gate::Signed;
use crate::words::{count, day, time};

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    match state.load(&who.session, |console| console.assessed()).await {
        Ok((frame, spots)) => {
            let content = content(&frame, &spots);
            frame.respond(StatusCode::OK, Part::Assessments, "Avaliações", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn show_one(
    Within(state): Within,
    Path(id): Path<String>,
    who: Signed,
) -> Response {
    let load = state.load(&who.session, move |console| console.assessment(&id));
    match load.await {
        Ok((frame, (view, history))) => {
            let content = one(&frame, &view, &history);
            frame.respond(StatusCode::OK, Part::Assessments, "Avaliação", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) fn content(frame: &Frame, spots: &[SpotAssessed]) -> Markup {
    let due = spots.iter().filter(|spot| spot.is_due).count() as u64;
    html! {
        h1 { "Avaliações" }
        div #lista data-region="record messages" {
            @if due > 0 { p.notice.amber { (count(due, "espaço sem avaliação nos últimos 12 meses", "espaços sem avaliação nos últimos 12 meses")) "." } }
            @if spots.is_empty() { p.none { "Ainda não há espaços inscritos, nem avaliações." } }
            @else {
                table.rows {
                    caption.hidden { "A última avaliação de cada espaço" }
                    thead { tr {
                        th scope="col" { "Espaço" } th scope="col" { "Última avaliação" } th scope="col" { "Normas" }
                        th scope="col" { "O que falha" } th scope="col" { "Por fazer" }
                    } }
                    tbody { @for spot in spots { (row(frame, spot)) } }
                }
            }
        }
    }
}

fn row(frame: &Frame, spot: &SpotAssessed) -> Markup {
    html! {
        tr {
            th scope="row" { (spot.name) }
            td {
                @match &spot.latest {
                    Some(latest) => { a href=(format!("/avaliacao/{}", latest.id)) { (time::at(latest.by.at, frame.now())) } br; span.detail { (latest.by.who) } },
                    None => strong.warn { "nunca se avaliou" },
                }
                @if spot.is_due && spot.latest.is_some() { br; strong.warn { "há mais de 12 meses" } }
            }
            td { @if let Some(latest) = &spot.latest { (tally(latest.tally)) } }
            td { @if !spot.short.is_empty() { ul { @for (text, found) in &spot.short { li { (text) " " (verdict(*found, None)) } } } } }
            td {
                @if spot.owed.is_empty() { @if spot.latest.is_some() { "nada por fazer" } }
                @else { ul { @for (todo, by, is_late) in &spot.owed { li { (todo) " " span.detail { "até " (day(by)) } @if *is_late { " " strong.warn { "em atraso" } } } } } }
            }
        }
    }
}

pub(crate) fn one(frame: &Frame, view: &AssessmentView, over_time: &History) -> Markup {
    html! {
        div.conflict-page {
            p.crumb { a href="/avaliacoes" data-key="Escape" aria-keyshortcuts="Escape" { "Avaliações" } }
            (paper(view, frame.now(), &|_| html! {}))
            section aria-labelledby="t-tempo" {
                h2 #t-tempo { "Ao longo do tempo" }
                (history(over_time))
            }
        }
    }
}
