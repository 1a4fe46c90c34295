//! "Apoio": tickets to the contact centre and what it answered, also days later.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use vereda_sync::record::ticket;

use crate::desk::frame::{Frame, Page, Part};
use crate::desk::payment::alert;
use crate::desk::port::{About, MAX_SAID_CHARS, Session, TicketRow, TicketView};
use crate::desk::{DeskState, Fault, fault};
use crate::gate::{Posted, Signed, redirect};
use crate::layout::key;
use crate::ticket::{about, conversation, second_line, state as state_words};
use crate::words::time;

/// What was typed and could not be said.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) text: String,
    pub(crate) is_urgent: bool,
    pub(crate) problem: String,
}

#[derive(Deserialize, Default)]
pub(crate) struct New {
    /// The request that it would be about.
    #[serde(default)]
    pedido: String,
}

/// The list, and the form of a new one.
pub(crate) struct List {
    pub(crate) tickets: Vec<TicketRow>,
    pub(crate) about: Option<About>,
}

pub(crate) async fn show(
    State(state): State<DeskState>,
    Query(new): Query<New>,
    who: Signed,
) -> Response {
    list(&state, &who.session, new.pedido, Retry::default()).await
}

async fn list(state: &DeskState, session: &Session, request: String, retry: Retry) -> Response {
    let status = status_of(&retry);
    match state
        .load(session, move |desk, session| {
            let about = match request.as_str() {
                "" => None,
                request => Some(desk.about(session, request)?),
            };
            let tickets = desk.tickets(session)?;
            Ok(List { tickets, about })
        })
        .await
    {
        Ok((frame, list)) => frame.respond_with(status, &list_page(&frame, &list, &retry)),
        Err(fault) => keeping(fault, retry),
    }
}

fn status_of(retry: &Retry) -> StatusCode {
    match retry.problem.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn keeping(fault: Fault, retry: Retry) -> Response {
    fault
        .keeping(vec![("O que escreveu".to_owned(), retry.text)])
        .into_response()
}

pub(crate) async fn open(State(state): State<DeskState>, posted: Posted) -> Response {
    let (request, text) = (
        posted.get("pedido").to_owned(),
        posted.get("texto").to_owned(),
    );
    let is_urgent = posted.get("espera") == "sim";
    let session = posted.session.clone();
    let (about, question) = (request.clone(), text.clone());
    let opened = state
        .call(move |desk| desk.open_ticket(&posted.session, (&about, is_urgent), &question))
        .await;
    match opened {
        Ok(ticket) => redirect(&format!("/apoio/{ticket}")),
        Err(error) => {
            let retry = Retry {
                text,
                is_urgent,
                problem: fault::problem(&error),
            };
            list(&state, &session, request, retry).await
        }
    }
}

pub(crate) async fn show_one(
    State(state): State<DeskState>,
    Path(ticket): Path<String>,
    who: Signed,
) -> Response {
    one(&state, &who.session, ticket, Retry::default()).await
}

async fn one(state: &DeskState, session: &Session, ticket: String, retry: Retry) -> Response {
    let status = status_of(&retry);
    match state
        .load(session, move |desk, session| desk.ticket(session, &ticket))
        .await
    {
        Ok((frame, view)) => frame.respond_with(status, &page(&frame, &view, &retry)),
        Err(fault) => keeping(fault, retry),
    }
}

pub(crate) async fn say(
    State(state): State<DeskState>,
    Path(ticket): Path<String>,
    posted: Posted,
) -> Response {
    let text = posted.get("texto").to_owned();
    let session = posted.session.clone();
    let (id, more) = (ticket.clone(), text.clone());
    let said = state
        .call(move |desk| desk.say(&posted.session, &id, &more))
        .await;
    match said {
        Ok(()) => redirect(&format!("/apoio/{ticket}")),
        Err(error) => {
            let retry = Retry {
                text,
                problem: fault::problem(&error),
                ..Retry::default()
            };
            one(&state, &session, ticket, retry).await
        }
    }
}

pub(crate) async fn close(
    State(state): State<DeskState>,
    Path(ticket): Path<String>,
    posted: Posted,
) -> Response {
    let closed = state
        .call(move |desk| desk.close_ticket(&posted.session, &ticket))
        .await;
    match closed {
        Ok(()) => redirect("/apoio"),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) fn list_page<'a>(frame: &Frame, list: &List, retry: &Retry) -> Page<'a> {
    let about_id = list.about.as_ref().map_or("", |a| a.request.as_str());
    let content = html! {
        div.help {
            div.page-head {
                h1 { "Apoio" }
                p { "O centro de contacto responde aqui, também dias depois. Sem rede, a pergunta segue quando houver." }
            }
            div.columns {
                div.main-column {
                    section aria-labelledby="t-pedidos-de-apoio" {
                        h2 #t-pedidos-de-apoio { "Pedidos de apoio" }
                        div #lista-de-apoio data-region="record messages strip" { (rows(frame, &list.tickets)) }
                    }
                }
                aside aria-label="Novo pedido de apoio" {
                    section.panel aria-labelledby="t-perguntar" {
                        h2 #t-perguntar { "Falar com o centro de contacto" }
                        form method="post" action="/apoio" data-once {
                            (frame.guard())
                            (alert(&retry.problem))
                            @if let Some(request) = &list.about {
                                input type="hidden" name="pedido" value=(about_id);
                                p { "Sobre: " (about(request)) }
                            }
                            (text_field("Pergunta", retry))
                            label.tile for="espera" {
                                input #espera type="checkbox" name="espera" value="sim" checked[retry.is_urgent];
                                span { "O cidadão está à espera aqui" }
                            }
                            button.primary type="submit" { "Enviar a pergunta" }
                        }
                    }
                }
            }
        }
    };
    Page {
        part: Part::Help,
        title: match retry.problem.is_empty() {
            true => "Apoio",
            false => "Erro: a pergunta não foi enviada",
        },
        watching: String::new(),
        content,
    }
}

fn text_field(label: &str, retry: &Retry) -> Markup {
    html! {
        div.field {
            label for="texto" { (label) }
            p.hint #texto-ajuda { "Não escreva dados de saúde nem palavras-passe." }
            textarea #texto name="texto" rows="5" maxlength=(MAX_SAID_CHARS) aria-describedby="texto-ajuda" required { (retry.text) }
        }
    }
}

fn rows(frame: &Frame, tickets: &[TicketRow]) -> Markup {
    html! {
        @if tickets.is_empty() {
            p.none { "Ainda ninguém perguntou nada daqui." }
        } @else {
            table.rows {
                caption.hidden { "Pedidos de apoio" }
                thead { tr { th scope="col" { "Pergunta" } th scope="col" { "Sobre" } th scope="col" { "Estado" } } }
                tbody {
                    @for row in tickets {
                        tr {
                            td { a href=(format!("/apoio/{}", row.id)) { (row.subject) } }
                            td { @if let Some(request) = &row.about { (about(request)) } @else { "" } }
                            td {
                                @match row.state {
                                    ticket::State::Answered => strong.warn { (state_words(row.state, row.at_hub)) },
                                    _ => span.life { (state_words(row.state, row.at_hub)) },
                                }
                                br; span.detail { (time::at(row.changed, frame.now())) }
                                @if row.second_line.is_some() { br; span.detail { "na segunda linha: demora mais" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(crate) fn page<'a>(frame: &Frame, view: &TicketView, retry: &Retry) -> Page<'a> {
    let row = &view.row;
    let to = |what: &str| format!("/apoio/{}/{what}", row.id);
    let content = html! {
        div.help {
            div.page-head {
                p.crumb { a href="/apoio" data-key="Escape" aria-keyshortcuts="Escape" { "Apoio " (key("Esc")) } }
                h1 { (row.subject) }
                div #estado-do-apoio data-region="record messages strip" {
                    p { span.life { (state_words(row.state, row.at_hub)) } }
                    (second_line(row, frame.now()))
                }
                @if let Some(request) = &row.about {
                    p { a href=(format!("/pedido/{}", request.request)) { (about(request)) } }
                }
            }
            section #conversa data-region="record messages" aria-label="O que se disse" aria-live="polite" {
                (conversation(&view.said, frame.now()))
            }
            form.payment method="post" action=(to("dizer")) data-once {
                (frame.guard())
                (alert(&retry.problem))
                (text_field("Dizer mais", retry))
                div.actions { button type="submit" { "Enviar" } }
            }
            @if row.state != ticket::State::Closed {
                form method="post" action=(to("fechar")) data-once {
                    (frame.guard())
                    button.primary type="submit" { "Está resolvido" }
                }
            }
        }
    };
    Page {
        part: Part::Help,
        title: match retry.problem.is_empty() {
            true => "Pedido de apoio",
            false => "Erro: não foi enviado",
        },
        watching: String::new(),
        content,
    }
}
