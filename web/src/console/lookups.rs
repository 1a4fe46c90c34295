//! What spots looked up beyond what they hold: who, for whom, why, and what was disclosed.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::console::frame::{Frame, Part};
use crate::console::rights::Within;
use crate::desk::port::LookupRow;
use crate::gate::Signed;
use crate::lookup::state;
use crate::words::time;

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    match state.load(&who.session, |console| console.lookups()).await {
        Ok((frame, rows)) => frame.respond(
            StatusCode::OK,
            Part::Lookups,
            "Consultas",
            &content(&frame, &rows),
        ),
        Err(fault) => fault.into_response(),
    }
}

pub(crate) fn content(frame: &Frame, rows: &[LookupRow]) -> Markup {
    html! {
        h1 { "Consultas dos postos" }
        p { "O que os postos procuraram fora da sua região. A central responde sozinha, e sem rede um posto por perto empresta o que tem; aqui vê-se quem perguntou, por quem e porquê." }
        div #lista data-region="record messages" {
            @if rows.is_empty() { p.none { "Nenhum posto consultou a central." } }
            @else {
                table.rows {
                    caption.hidden { "Consultas dos postos" }
                    thead { tr {
                        th scope="col" { "Quem perguntou" } th scope="col" { "Quem se procurou" } th scope="col" { "Porquê" } th scope="col" { "Resposta" }
                    } }
                    tbody { @for row in rows {
                        tr {
                            td { (row.who) br; span.detail { (time::at(row.at, frame.now())) } }
                            td { (row.by.pt()) " " (row.number) }
                            td { (row.reason) }
                            td { (state(row, frame.now())) }
                        }
                    } }
                }
            }
        }
    }
}
