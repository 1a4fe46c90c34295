//! Word that the hub sends to citizens: what could not be handed over first, then what waits and what went.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::record::outcome::Way;

use crate::console::frame::{Frame, Part};
use crate::console::port::{SentRow, SentView};
use crate::console::rights::Within;
use crate::desk::Fault;
use crate::gate::{Posted, Signed, redirect};
use crate::words::{count, time};

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    match state.load(&who.session, |console| console.sent()).await {
        Ok((frame, view)) => {
            let content = content(&frame, &view);
            frame.respond(StatusCode::OK, Part::Sent, "Avisos aos cidadãos", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn again(
    Within(state): Within,
    Path((request, outcome)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let done = state.call(move |console| console.send_again(&posted.session, &request, &outcome));
    match done.await {
        Ok(()) => redirect("/avisos"),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) fn content(frame: &Frame, view: &SentView) -> Markup {
    let by = |way: Way| way.label().pt().to_lowercase();
    html! {
        div.page-head {
            h1 { "Avisos aos cidadãos" }
            @match view.ways[..] {
                [] => p.notice.amber {
                    "Não se envia nada: falta " code { "[notices]" } " na configuração da central. Quem avisa são os balcões, em «Por tratar»."
                },
                [way] => p { "A central avisa sozinha quem o autorizou, só por " (by(way)) ". Os outros são avisados pelos balcões." },
                _ => p { "A central avisa sozinha quem o autorizou por correio eletrónico ou por mensagem. Os outros são avisados pelos balcões." },
            }
        }
        div.conflict-page #lista data-region="record messages" {
            section aria-labelledby="t-falhados" {
                h2 #t-falhados { "Não se conseguiu entregar" (more(&view.failed)) }
                @if view.failed.0.is_empty() { p.none { "Nada falhou." } }
                @else {
                    p { "Estes cidadãos ainda não sabem. O balcão tem-nos em «Por tratar», para os avisar de outra forma." }
                    (table(frame, "Avisos que falharam", &view.failed.0, true))
                }
            }
            section aria-labelledby="t-por-entregar" {
                h2 #t-por-entregar { "Por entregar" (more(&view.waiting)) }
                @if view.waiting.0.is_empty() { p.none { "Nada espera." } }
                @else { (table(frame, "Avisos por entregar", &view.waiting.0, false)) }
            }
            section aria-labelledby="t-entregues" {
                h2 #t-entregues { "Entregues ao correio ou à rede" (more(&view.handed)) }
                p.detail { "O servidor ficou com eles. Se chegaram e se alguém os leu, não se sabe." }
                @if view.handed.0.is_empty() { p.none { "Ainda não se entregou nada." } }
                @else { (table(frame, "Avisos entregues", &view.handed.0, false)) }
            }
        }
    }
}

fn more((rows, all): &(Vec<SentRow>, u64)) -> Markup {
    html! {
        @if *all > 0 { " " span.mark { (count(*all, "aviso", "avisos")) } }
        @if (rows.len() as u64) < *all { " " span.detail { "aqui estão " (rows.len()) } }
    }
}

fn table(frame: &Frame, caption: &str, rows: &[SentRow], may_try: bool) -> Markup {
    html! {
        table.rows {
            caption.hidden { (caption) }
            thead { tr {
                th scope="col" { "Pedido" } th scope="col" { "Cidadão" } th scope="col" { "O que se avisa" } th scope="col" { "Para onde" }
                th scope="col" { "Como está" } @if may_try { th scope="col" { "Outra vez" } }
            } }
            tbody {
                @for row in rows {
                    tr {
                        td { a href=(format!("/pedido/{}", row.request)) { (row.number.as_deref().unwrap_or("pedido")) } }
                        td { (row.citizen) }
                        td { (row.what) }
                        td { (row.hint) }
                        td { (how(frame, row)) }
                        @if may_try {
                            td {
                                form method="post" action=(format!("/avisos/{}/{}/outra-vez", row.request, row.outcome)) data-once {
                                    (frame.guard())
                                    button.quiet type="submit" aria-label=(format!("Tentar outra vez: {}", row.citizen)) { "Tentar outra vez" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn how(frame: &Frame, row: &SentRow) -> Markup {
    html! {
        @if row.tries > 0 {
            strong.warn { (count(row.tries.into(), "tentativa", "tentativas")) " em vão" }
            br;
        }
        @if row.at.unix_ms > frame.now().unix_ms { "sai " (time::full(row.at)) } @else { (time::at(row.at, frame.now())) }
        @if !row.trouble.is_empty() { br; span.detail { (row.trouble) } }
    }
}
