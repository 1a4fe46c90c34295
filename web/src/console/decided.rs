//! What was decided: by whom, how and why.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::DecidedRow;
use crate::gate::Signed;
use crate::words::time;

#[derive(Deserialize)]
pub(crate) struct After {
    #[serde(default)]
    decidido: String,
}

pub(crate) async fn show(
    State(state): State<ConsoleState>,
    Query(after): Query<After>,
    who: Signed,
) -> Response {
    match state.load(&who.session, |console| console.decided()).await {
        Ok((frame, rows)) => frame.respond(
            StatusCode::OK,
            Part::Decided,
            "Decididos",
            &content(&frame, &rows, &after.decidido),
        ),
        Err(fault) => fault.into_response(),
    }
}

pub(crate) fn content(frame: &Frame, rows: &[DecidedRow], just: &str) -> Markup {
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
    }
}
