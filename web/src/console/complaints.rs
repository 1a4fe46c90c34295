//! Complaints of all spots: those whose term is over first.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::complaint::state as state_words;
use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::desk::port::ComplaintRow;
use crate::gate::Signed;
use crate::words::{day, time};

pub(crate) async fn show(State(state): State<ConsoleState>, who: Signed) -> Response {
    let load = state.load(&who.session, |console| console.complaints());
    match load.await {
        Ok((frame, rows)) => {
            let content = content(&frame, &rows);
            frame.respond(StatusCode::OK, Part::Complaints, "Reclamações", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) fn content(frame: &Frame, rows: &[ComplaintRow]) -> Markup {
    html! {
        h1 { "Reclamações" }
        div #lista data-region="record messages" {
            @if rows.is_empty() { p.none { "Nenhum posto registou reclamações." } }
            @else {
                table.rows {
                    caption.hidden { "Reclamações de todos os postos" }
                    thead { tr {
                        th scope="col" { "Número" } th scope="col" { "Posto" } th scope="col" { "Cidadão" } th scope="col" { "Registada" }
                        th scope="col" { "Responder até" } th scope="col" { "Estado" }
                    } }
                    tbody {
                        @for it in rows {
                            tr {
                                td { a href=(format!("/pedido/{}", it.row.id)) { (it.row.number.as_deref().unwrap_or("por registar")) } }
                                td { (it.row.spot) }
                                td { (it.row.citizen) }
                                td { (time::at(it.row.at, frame.now())) }
                                td { (day(&it.term.due)) }
                                td { (state_words(&it.term)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
