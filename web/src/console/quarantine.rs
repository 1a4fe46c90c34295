//! What came and was not taken in: whose, why, what becomes of it; and what waits for changes
//! of others.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::console::frame::{Frame, Part};
use crate::console::port::{AsideRow, Cause, Settle};
use crate::console::rights::Within;
use crate::desk::fault_words;
use crate::gate::{Posted, Signed, redirect};
use crate::words::{count, time};

/// What was filled in when it could not be done.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) node: String,
    pub(crate) reason: String,
    pub(crate) error: String,
}

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    match state.load(&who.session, |console| console.aside()).await {
        Ok((frame, rows)) => frame.respond(
            StatusCode::OK,
            Part::Quarantine,
            "Quarentena",
            &content(&frame, &rows, &Retry::default()),
        ),
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn settle(Within(state): Within, posted: Posted) -> Response {
    let mut retry = Retry {
        node: posted.get("posto").to_owned(),
        reason: posted.get("motivo").trim().to_owned(),
        error: String::new(),
    };
    let how = match posted.get("como") {
        "receber" => Ok(Settle::Release),
        "rejeitar" if retry.reason.is_empty() => Err("Escreva o motivo: fica guardado."),
        "rejeitar" => Ok(Settle::Reject {
            reason: retry.reason.clone(),
        }),
        _ => Err("Escolha se se recebe ou se rejeita."),
    };
    let (node, session) = (retry.node.clone(), posted.session.clone());
    let outcome = match how {
        Ok(how) => state
            .call(move |console| console.settle_aside(&posted.session, &node, how))
            .await
            .map_err(|error| {
                let (status, heading, advice) = fault_words(&error);
                (format!("{heading} {advice}"), status)
            }),
        Err(words) => Err((words.to_owned(), StatusCode::UNPROCESSABLE_ENTITY)),
    };
    let (error, status) = match outcome {
        Ok(()) => return redirect("/quarentena"),
        Err(refused) => refused,
    };
    retry.error = error;
    match state.load(&session, |console| console.aside()).await {
        Ok((frame, rows)) => frame.respond(
            status,
            Part::Quarantine,
            "Erro: quarentena",
            &content(&frame, &rows, &retry),
        ),
        Err(fault) => fault
            .keeping(vec![("Motivo".to_owned(), retry.reason)])
            .into_response(),
    }
}

pub(crate) fn content(frame: &Frame, rows: &[AsideRow], retry: &Retry) -> Markup {
    html! {
        h1 { "Quarentena" }
        @if !retry.error.is_empty() { p.problem role="alert" { (retry.error) } }
        div #lista data-region="messages strip" {
            @if frame.summary.parked > 0 {
                p.notice {
                    (count(frame.summary.parked, "registo espera", "registos esperam"))
                    " por alterações de outros postos, que ainda não chegaram. Aparecem sozinhos quando elas chegarem."
                }
            }
            @if rows.is_empty() { p.none { "Nada está em quarentena." } }
            @else { p { "O que aqui está chegou à central e não entrou em nenhum registo." } }
            @for of_spot in rows.chunk_by(|a, b| a.node == b.node) {
                (spot(frame, of_spot, retry))
            }
        }
    }
}

fn spot(frame: &Frame, rows: &[AsideRow], retry: &Retry) -> Markup {
    let Some(AsideRow { node, spot, .. }) = rows.first() else {
        return html! {};
    };
    let typed = (*node == retry.node).then_some(retry.reason.as_str());
    html! {
        section aria-label=(format!("De {spot}")) {
            h2 { @if spot.is_empty() { "Deu lugar ao que a central tem" } @else { (spot) } }
            table.rows {
                caption.hidden { "Em quarentena" }
                thead { tr {
                    th scope="col" { "Porquê" } th scope="col" { "Alteração" } th scope="col" { "Chegou" }
                } }
                tbody { @for row in rows { (line(frame, row)) } }
            }
            form method="post" action="/quarentena" {
                (frame.guard())
                input type="hidden" name="posto" value=(node);
                @let id = format!("motivo-{node}");
                label for=(id) { "Motivo, se rejeitar" }
                input type="text" id=(id) name="motivo" maxlength="200" value=(typed.unwrap_or_default());
                button type="submit" name="como" value="receber" { "Receber tudo deste posto" }
                " "
                button.quiet type="submit" name="como" value="rejeitar" { "Rejeitar tudo, e guardar" }
            }
        }
    }
}

fn line(frame: &Frame, row: &AsideRow) -> Markup {
    html! {
        tr {
            td { strong { (why(row.cause)) } br; span.detail lang="en" { (row.reason) } }
            td {
                "n.º " (row.index) " do diário"
                @if let Some(record) = &row.record { ", registo " code { (record) } }
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

fn why(cause: Cause) -> &'static str {
    match cause {
        Cause::Unreadable => "Não se consegue ler.",
        Cause::Place => "Outra alteração está no seu lugar do diário.",
        Cause::Scope => "É de um âmbito em que o posto não pode escrever.",
        Cause::Bare => "Veio sem o que foi escrito, e o registo não consta como apagado.",
        Cause::Early => "O registo que altera ainda não chegou: entra sozinha quando chegar.",
        Cause::Revoked => "A inscrição do posto foi retirada antes de chegar.",
    }
}
