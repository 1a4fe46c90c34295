//! The contact centre: what desks ask, oldest first, and the answers.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::record::ticket;

use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::rights::Within;
use crate::desk::port::{MAX_SAID_CHARS, Session, TicketRow, TicketView};
use crate::desk::problem;
use crate::gate::{Posted, Signed, redirect};
use crate::ticket::{about, conversation};
use crate::words::time;

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    match state.load(&who.session, |console| console.tickets()).await {
        Ok((frame, rows)) => {
            frame.respond(StatusCode::OK, Part::Help, "Apoio", &content(&frame, &rows))
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn show_one(
    Within(state): Within,
    Path(ticket): Path<String>,
    who: Signed,
) -> Response {
    one(&state, &who.session, ticket, ("", "")).await
}

async fn one(
    state: &ConsoleState,
    session: &Session,
    ticket: String,
    (typed, error): (&str, &str),
) -> Response {
    let status = match error {
        "" => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    match state
        .load(session, move |console| console.ticket(&ticket))
        .await
    {
        Ok((frame, view)) => frame.respond(
            status,
            Part::Help,
            "Pedido de apoio",
            &ticket_content(&frame, &view, (typed, error)),
        ),
        Err(fault) => fault
            .keeping(vec![("Resposta".to_owned(), typed.to_owned())])
            .into_response(),
    }
}

pub(crate) async fn answer(
    Within(state): Within,
    Path(ticket): Path<String>,
    posted: Posted,
) -> Response {
    let text = posted.get("texto").to_owned();
    let session = posted.session.clone();
    let (id, answer) = (ticket.clone(), text.clone());
    let answered = state
        .call(move |console| console.answer(&posted.session, &id, &answer))
        .await;
    match answered {
        Ok(()) => redirect("/apoio"),
        Err(error) => one(&state, &session, ticket, (&text, &problem(&error))).await,
    }
}

pub(crate) fn content(frame: &Frame, rows: &[TicketRow]) -> Markup {
    html! {
        h1 { "Apoio aos balcões" }
        div #lista data-region="record messages" {
            @if rows.is_empty() { p.none { "Ninguém perguntou nada." } }
            @else {
                table.rows {
                    caption.hidden { "Perguntas dos balcões" }
                    thead { tr {
                        th scope="col" { "Pergunta" } th scope="col" { "Sobre" } th scope="col" { "Posto" } th scope="col" { "Estado" }
                    } }
                    tbody { @for row in rows { (line(frame, row)) } }
                }
            }
        }
    }
}

fn line(frame: &Frame, row: &TicketRow) -> Markup {
    html! {
        tr {
            td { a href=(format!("/apoio/{}", row.id)) { (row.subject) } }
            td { @if let Some(request) = &row.about { (about(request)) } @else { "" } }
            td { (row.spot) }
            td {
                @match row.state {
                    ticket::State::Waits => strong.warn { "espera " (time::ago(row.changed, frame.now())) },
                    ticket::State::Answered => { "respondido " (time::at(row.changed, frame.now())) },
                    ticket::State::Closed => { "resolvido " (time::at(row.changed, frame.now())) },
                }
            }
        }
    }
}

pub(crate) fn ticket_content(
    frame: &Frame,
    view: &TicketView,
    (typed, error): (&str, &str),
) -> Markup {
    html! {
        div.conflict-page {
            div.page-head {
                p.crumb { a href="/apoio" data-key="Escape" aria-keyshortcuts="Escape" { "Apoio aos balcões" } " · " (view.row.spot) }
                h1 { (view.row.subject) }
                @if let Some(request) = &view.row.about { p { (about(request)) } }
            }
            section #conversa data-region="record messages" aria-label="O que se disse" aria-live="polite" {
                (conversation(&view.said, frame.now()))
            }
            @if !view.context.is_empty() {
                details {
                    summary { "O que está no pedido" }
                    dl.answers {
                        @for (label, value) in &view.context { div { dt { (label.pt()) } dd { (value) } } }
                    }
                }
            }
            form.decision method="post" action=(format!("/apoio/{}", view.row.id)) data-once {
                (frame.guard())
                @if !error.is_empty() { div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (error) } } }
                div.field {
                    label for="texto" { "Resposta" }
                    p.hint #texto-ajuda { "Vai para o balcão com o seu nome, na próxima vez que ele fale com a central." }
                    textarea #texto name="texto" rows="5" maxlength=(MAX_SAID_CHARS) aria-describedby="texto-ajuda" required { (typed) }
                }
                button.primary type="submit" { "Responder" }
            }
        }
    }
}
