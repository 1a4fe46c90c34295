//! What came and was not taken in: whose, why, and what waits for changes of others.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::{AsideRow, Cause};
use crate::gate::Signed;
use crate::words::{count, time};

pub(crate) async fn show(State(state): State<ConsoleState>, who: Signed) -> Response {
    match state.load(&who.session, |console| console.aside()).await {
        Ok((frame, rows)) => frame.respond(
            StatusCode::OK,
            Part::Quarantine,
            "Quarentena",
            &content(&frame, &rows),
        ),
        Err(fault) => fault.into_response(),
    }
}

pub(crate) fn content(frame: &Frame, rows: &[AsideRow]) -> Markup {
    html! {
        h1 { "Quarentena" }
        div #lista data-region="record messages strip" {
            @if frame.summary.parked > 0 {
                p.notice {
                    (count(frame.summary.parked, "registo espera", "registos esperam"))
                    " por alterações de outros postos, que ainda não chegaram. Aparecem sozinhos quando elas chegarem."
                }
            }
            @if rows.is_empty() { p.none { "Nada está em quarentena." } }
            @else {
                p { "O que aqui está chegou à central e não entrou em nenhum registo. Quem gere a central recebe-o ou rejeita-o com " code { "vereda quarantine" } "." }
                table.rows {
                    thead { tr {
                        th scope="col" { "Posto" } th scope="col" { "Porquê" } th scope="col" { "Alteração" } th scope="col" { "Chegou" }
                    } }
                    tbody {
                        @for row in rows {
                            tr {
                                td { (row.spot) }
                                td { strong { (why(row.cause)) } br; span.detail lang="en" { (row.reason) } }
                                td {
                                    @match &row.record {
                                        Some(record) => { "n.º " (row.index) " do diário, registo " code { (record) } }
                                        None => { "n.º " (row.index) " do diário" }
                                    }
                                    br;
                                    span.detail {
                                        (row.bytes) " bytes; "
                                        @if row.covered { "o posto assinou-a" } @else { "sem assinatura do posto" }
                                    }
                                }
                                td { (time::at(row.at, frame.now())) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn why(cause: Cause) -> &'static str {
    match cause {
        Cause::Unreadable => "Não se consegue ler.",
        Cause::Place => "Outra alteração está no seu lugar do diário.",
        Cause::Scope => "É de um âmbito em que o posto não pode escrever.",
        Cause::Bare => "Veio sem o que foi escrito, e o registo não consta como apagado.",
        Cause::Revoked => "A inscrição do posto foi retirada antes de chegar.",
    }
}
