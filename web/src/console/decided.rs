//! What was decided: by whom, how and why.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::console::frame::{Frame, Part};
use crate::console::port::{ByRule, DecidedRow};
use crate::console::rights::Within;
use crate::gate::Signed;
use crate::words::time;

#[derive(Deserialize)]
pub(crate) struct After {
    #[serde(default)]
    decidido: String,
}

pub(crate) async fn show(
    Within(state): Within,
    Query(after): Query<After>,
    who: Signed,
) -> Response {
    let loaded = state.load(&who.session, |console| {
        Ok((console.decided()?, console.by_rule()?))
    });
    match loaded.await {
        Ok((frame, (rows, by_rule))) => frame.respond(
            StatusCode::OK,
            Part::Decided,
            "Decididos",
            &content(&frame, (&rows, &by_rule), &after.decidido),
        ),
        Err(fault) => fault.into_response(),
    }
}

pub(crate) fn content(
    frame: &Frame,
    (rows, by_rule): (&[DecidedRow], &[ByRule]),
    just: &str,
) -> Markup {
    html! {
        h1 { "Decididos" }
        @if !just.is_empty() { p.notice.done role="status" { "Decidido. Não há mais conflitos à espera." } }
        div #lista data-region="record messages" {
            @if rows.is_empty() { p.none { "Ainda nada foi decidido." } }
            @else {
                table.rows {
                    caption.hidden { "Conflitos decididos" }
                    thead { tr {
                        th scope="col" { "O quê" } th scope="col" { "Cidadão" } th scope="col" { "Decisão e motivo" } th scope="col" { "Quem e quando" }
                    } }
                    tbody {
                        @for row in rows {
                            tr.(if row.id == just { "just" } else { "before" }) {
                                td { a href=(format!("/conflito/{}", row.id)) { (row.what.pt()) } }
                                td { (row.citizen) }
                                td { strong { (row.text) } br; span.detail { "Motivo: " (row.reason) } }
                                td { (row.by) br; span.detail { (time::at(row.at, frame.now())) } }
                            }
                        }
                    }
                }
            }
        }
        section aria-labelledby="t-regra" {
            h2 #t-regra { "Resolvidos por regra" }
            p { "Não esperaram por ninguém. Estão aqui para se ver a regra." }
            @if by_rule.is_empty() { p.none { "Nenhum." } }
            @else {
                table.rows {
                    caption.hidden { "O que uma regra resolveu" }
                    thead { tr {
                        th scope="col" { "O quê" } th scope="col" { "De quem" } th scope="col" { "O que não batia certo" } th scope="col" { "A regra" } th scope="col" { "Quando" }
                    } }
                    tbody {
                        @for row in by_rule {
                            tr {
                                td { a href=(row.address) { (row.what) } }
                                td { (row.whose) }
                                td { (row.text) }
                                td { (row.rule) }
                                td { (time::at(row.at, frame.now())) }
                            }
                        }
                    }
                }
            }
        }
    }
}
