//! Complaints of all spots: those whose term is over first.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::complaint::{Retry, replies, reply_form, state as state_words};
use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::rights::Within;
use crate::desk::port::{ComplaintRow, ComplaintView, Session};
use crate::desk::problem;
use crate::gate::{Posted, Signed, redirect};
use crate::words::{day, time};

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    let load = state.load(&who.session, |console| console.complaints());
    match load.await {
        Ok((frame, rows)) => {
            let content = content(&frame, &rows);
            frame.respond(StatusCode::OK, Part::Complaints, "Reclamações", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

fn here(request: &str) -> String {
    format!("/reclamacao/{request}")
}

pub(crate) async fn show_one(
    Within(state): Within,
    Path(request): Path<String>,
    who: Signed,
) -> Response {
    one(&state, &who.session, request, Retry::default()).await
}

async fn one(state: &ConsoleState, session: &Session, request: String, retry: Retry) -> Response {
    let status = match retry.problem.as_str() {
        "" => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let load = state.load(session, move |console| console.complaint(&request));
    match load.await {
        Ok((frame, view)) => {
            let content = one_content(&frame, &view, &retry);
            frame.respond(status, Part::Complaints, "Reclamação", &content)
        }
        Err(fault) => fault
            .keeping(vec![("O que responderam".to_owned(), retry.text)])
            .into_response(),
    }
}

pub(crate) async fn reply(
    Within(state): Within,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let mut retry = Retry::of(&posted);
    let (session, id) = (posted.session.clone(), request.clone());
    let kept = state.call(move |console| {
        let answer = (posted.get("dia"), posted.get("quem"), posted.get("texto"));
        console.answer_complaint(&posted.session, &id, answer)
    });
    match kept.await {
        Ok(()) => redirect(&here(&request)),
        Err(error) => {
            retry.problem = problem(&error);
            one(&state, &session, request, retry).await
        }
    }
}

pub(crate) fn one_content(frame: &Frame, view: &ComplaintView, retry: &Retry) -> Markup {
    let (row, term) = (&view.row, &view.term);
    html! {
        div.conflict-page {
            div.page-head {
                p.crumb { a href="/reclamacoes" data-key="Escape" aria-keyshortcuts="Escape" { "Reclamações" } " · " (row.citizen) }
                h1 { "Reclamação " (row.number.as_deref().unwrap_or("por registar")) }
                p { a href=(format!("/pedido/{}", row.id)) { "Ver o pedido" } }
            }
            div #prazo data-region="record messages" {
                dl.answers {
                    div { dt { "Registada" } dd { (day(&view.recorded_on)) ", " (row.spot) } }
                    div { dt { "Responder até" } dd { (day(&term.due)) } }
                    div { dt { "Estado" } dd { (state_words(term)) } }
                }
                (replies(&view.replies, frame.now()))
            }
            @if !term.is_withdrawn {
                p { "O que escrever aqui chega ao balcão de " (row.spot) ", que o imprime para o cidadão." }
                (reply_form(&format!("{}/resposta", here(&row.id)), &frame.guard(), view, retry))
            }
        }
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
                                td { a href=(here(&it.row.id)) { (it.row.number.as_deref().unwrap_or("por registar")) } }
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
