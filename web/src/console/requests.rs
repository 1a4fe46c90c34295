//! Requests as the hub holds them; one that cannot be as it is goes back to its desk.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use vereda_sync::catalogue::Field;
use vereda_sync::record::Life;
use vereda_sync::record::case::STANDING;

use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::rights::Within;
use crate::desk::papers::owed_line;
use crate::desk::port::{MAX_CASE_CHARS, Request, RequestRow, Session, Statement};
use crate::desk::{
    declared, disclosed, from_paper, household, is_correctable, outcome, problem, request_rows,
    stream_of, thumbs, timeline, under,
};
use crate::gate::{Posted, Signed, redirect};
use crate::layout::key;
use crate::words::{self, time};

#[derive(Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
}

/// A return that was refused: the field, why it was to go back, what is wrong with that.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) field: String,
    pub(crate) reason: String,
    pub(crate) problem: String,
}

pub(crate) async fn show(
    Within(state): Within,
    Query(search): Query<Search>,
    who: Signed,
) -> Response {
    let query = search.q.clone();
    let found = state.load(&who.session, move |console| console.requests(&query));
    match found.await {
        Ok((frame, rows)) => frame.respond(
            StatusCode::OK,
            Part::Requests,
            "Pedidos",
            &content(&frame, &search.q, &rows),
        ),
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn show_one(
    Within(state): Within,
    Path(request): Path<String>,
    who: Signed,
) -> Response {
    one(&state, &who.session, request, Retry::default()).await
}

/// What is attached to a request: photographs are shown, voice notes played.
pub(crate) async fn show_blob(
    Within(state): Within,
    Path(blob): Path<String>,
    _who: Signed,
) -> Response {
    stream_of(move |offset| {
        let (state, blob) = (state.clone(), blob.clone());
        async move { state.call(move |console| console.blob(&blob, offset)).await }
    })
    .await
}

async fn one(state: &ConsoleState, session: &Session, request: String, retry: Retry) -> Response {
    let (status, title) = match retry.problem.is_empty() {
        true => (StatusCode::OK, "Pedido"),
        false => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "Erro: o pedido não foi devolvido",
        ),
    };
    match state
        .load(session, move |console| console.request(&request))
        .await
    {
        Ok((frame, view)) => frame.respond(
            status,
            Part::Requests,
            title,
            &request_content(&frame, &view, &retry),
        ),
        Err(fault) => fault
            .keeping(vec![("Motivo".to_owned(), retry.reason)])
            .into_response(),
    }
}

pub(crate) async fn give_back(
    Within(state): Within,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let mut retry = Retry {
        field: posted.get("campo").to_owned(),
        reason: posted.get("motivo").to_owned(),
        problem: String::new(),
    };
    let session = posted.session.clone();
    let id = request.clone();
    let given = state
        .call(move |console| {
            let (field, reason) = (posted.get("campo"), posted.get("motivo"));
            console.give_back(&posted.session, &id, field, reason)
        })
        .await;
    match given {
        Ok(()) => redirect(&format!("/pedido/{request}")),
        Err(error) => {
            retry.problem = problem(&error);
            one(&state, &session, request, retry).await
        }
    }
}

pub(crate) fn content(frame: &Frame, query: &str, rows: &[RequestRow]) -> Markup {
    html! {
        div.requests {
            h1 { "Pedidos" }
            form.search role="search" method="get" action="/pedidos" {
                label for="q" { "Nome ou número do pedido" }
                div.search-line {
                    input #q type="search" name="q" value=(query) autocomplete="off" spellcheck="false" data-key="/" aria-keyshortcuts="/";
                    button.primary type="submit" { "Procurar " (key("Enter")) }
                }
            }
            div #lista data-region="record messages" {
                @if rows.is_empty() {
                    p.none { @if query.is_empty() { "Ainda não há pedidos." } @else { "Nada com «" (query) "»." } }
                } @else {
                    (request_rows(rows, frame.now()))
                }
            }
        }
    }
}

pub(crate) fn request_content(frame: &Frame, view: &Request, retry: &Retry) -> Markup {
    let (row, case) = (&view.row, &view.case);
    html! {
        div.request {
            div.page-head {
                p.crumb { a href="/pedidos" data-key="Escape" aria-keyshortcuts="Escape" { "Pedidos" } " · " (row.service.pt()) }
                h1 { (row.number.as_deref().unwrap_or("por registar")) }
                p #estado data-region="record" { (row.citizen) " · " span.life { (words::life(row.life)) } " · " (row.spot) }
            }
            div #aviso data-region="record" aria-live="polite" {
                (from_paper(view.late.as_ref()))
                @for line in &view.reserved { p.notice { (line) } }
                (under(view.under.as_ref()))
                (household::repeated(&view.household, frame.now()))
                (owed_line(&view.papers))
                (declared(view.identity.as_ref()))
                @if let Some(it) = &case.withdrawn {
                    p.notice.amber { strong { "O cidadão desistiu deste pedido." } " Di-lo " (it.said_by) ". Motivo: " (it.reason) " (" (it.by.who) ")" }
                }
                @for it in &case.asked {
                    p.notice { strong { (it.agency) " pergunta:" } " «" (it.text) "» (" (time::at(it.at, frame.now())) ")" }
                }
                @for it in &case.returned {
                    p.notice.amber {
                        strong { "Devolvido a " (case.holder) ": " (it.label) } " não pode ser " strong { (it.refused) } ". " (it.reason)
                        @if it.is_corrected { " Já corrigido lá; falta entregar de novo." }
                        " (" (it.by.who) ", " (time::at(it.by.at, frame.now())) ")"
                    }
                }
            }
            div.columns {
                div.main-column {
                    section #respostas aria-labelledby="t-respostas" {
                        h2 #t-respostas { "Respostas" }
                        @for (field, statements) in &view.answers { (answer(frame, view, field, statements, retry)) }
                        div #fotografias data-region="record" {
                            @if !view.attachments.is_empty() {
                                h3 { "Fotografias e notas de voz" }
                                (thumbs(&view.attachments))
                            }
                        }
                    }
                }
                aside aria-label="Aviso e história" {
                    (household::requests(&view.household, frame.now()))
                    section.panel #avisar data-region="record" aria-labelledby="t-avisar" {
                        h2 #t-avisar { "Avisar do resultado" }
                        (outcome::standing(frame.now(), &case.telling))
                    }
                    @if view.row.life != Life::Draft { (disclosed(&view.disclosed, frame.now())) }
                    section.panel #historia data-region="record messages" aria-labelledby="t-historia" {
                        h2 #t-historia { "O que aconteceu" }
                        (timeline(&view.history, frame.now()))
                    }
                }
            }
        }
    }
}

fn answer(
    frame: &Frame,
    view: &Request,
    field: &Field,
    statements: &[Statement],
    retry: &Retry,
) -> Markup {
    let life = view.row.life;
    let settled = matches!(life, Life::Draft | Life::Withdrawn) || field.id == STANDING;
    let is_back = view.case.returned.iter().any(|it| it.field == field.id);
    html! {
        div.answer {
            div id=(format!("resposta-{}", field.id)) data-region="record" {
                h3 { (field.label.pt()) @if statements.len() > 1 { " " strong.warn { "em conflito" } } }
                @if statements.is_empty() { p.none { "não indicado" } }
                @for statement in statements {
                    p.value { (words::shown(field, &statement.value, "pt")) " " span.mark { (words::provenance(statement.provenance)) } }
                    p.detail { (statement.by) ", " (statement.spot) ", " (time::at(statement.at, frame.now())) }
                }
            }
            @if !settled && !is_back && statements.len() == 1 && is_correctable(field) { (give_back_form(frame, view, field, retry)) }
        }
    }
}

fn give_back_form(frame: &Frame, view: &Request, field: &Field, retry: &Retry) -> Markup {
    let open = retry.field == field.id;
    let (reason_id, error_id) = (format!("motivo-{}", field.id), format!("erro-{}", field.id));
    let wrong = (open && !retry.problem.is_empty()).then_some(error_id.clone());
    html! {
        details open[open] {
            summary { "Devolver ao balcão" span.hidden { ": " (field.label.pt()) } }
            form method="post" action=(format!("/pedido/{}/devolver", view.row.id)) data-once {
                (frame.guard())
                input type="hidden" name="campo" value=(field.id);
                @if wrong.is_some() {
                    p.error id=(error_id) role="alert" tabindex="-1" data-takes-focus { (retry.problem) }
                }
                div.field {
                    label for=(reason_id) { "Porque não pode ser assim" }
                    textarea id=(reason_id) name="motivo" rows="2" maxlength=(MAX_CASE_CHARS) required aria-describedby=[wrong.as_ref()] {
                        @if open { (retry.reason) }
                    }
                }
                button type="submit" { "Devolver" }
            }
        }
    }
}
