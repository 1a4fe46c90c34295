//! "Consultas": the hub is asked, with a reason, for what this spot does not hold.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use vereda_sync::catalogue::Words;

use crate::desk::frame::{Frame, Page, Part};
use crate::desk::payment::alert;
use crate::desk::port::{
    Desk, LookupRow, LookupState, LookupView, MAX_REASON_CHARS, MIN_REASON_CHARS, Session,
};
use crate::desk::{DeskState, fault};
use crate::gate::{Posted, Signed, redirect};
use crate::layout::key;
use crate::lookup::state;
use crate::words::{self, time};

/// What was typed, or is known of the citizen; and why it was not asked.
#[derive(Default, Clone)]
pub(crate) struct Typed {
    pub(crate) by: String,
    pub(crate) number: String,
    pub(crate) reason: String,
    pub(crate) problem: String,
}

#[derive(Deserialize, Default)]
pub(crate) struct From {
    /// The attendance whose citizen it is about.
    #[serde(default)]
    atendimento: String,
}

/// The list, and the form of a new one.
pub(crate) struct List {
    pub(crate) lookups: Vec<LookupRow>,
    pub(crate) numbers: Vec<(String, Words)>,
    pub(crate) typed: Typed,
}

pub(crate) async fn show(
    State(state): State<DeskState>,
    Query(from): Query<From>,
    who: Signed,
) -> Response {
    list(&state, &who.session, from.atendimento, Typed::default()).await
}

async fn list(state: &DeskState, session: &Session, attendance: String, typed: Typed) -> Response {
    let status = match typed.problem.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let kept = typed.reason.clone();
    let loaded = state
        .load(session, move |desk, session| {
            let mut typed = typed;
            if !attendance.is_empty()
                && let Some((by, number)) = desk.known_number(session, &attendance)?
            {
                (typed.by, typed.number) = (by, number);
            }
            Ok(List {
                lookups: desk.lookups(session)?,
                numbers: desk.numbers(),
                typed,
            })
        })
        .await;
    match loaded {
        Ok((frame, list)) => frame.respond_with(status, &list_page(&frame, &list)),
        Err(fault) => fault
            .keeping(vec![("O motivo que escreveu".to_owned(), kept)])
            .into_response(),
    }
}

pub(crate) async fn ask(State(state): State<DeskState>, posted: Posted) -> Response {
    let word = |name: &str| posted.get(name).to_owned();
    let mut typed = Typed {
        by: word("por"),
        number: word("numero"),
        reason: word("motivo"),
        problem: String::new(),
    };
    let (session, asked) = (posted.session.clone(), typed.clone());
    let outcome = state
        .call(move |desk| {
            let Typed {
                by, number, reason, ..
            } = &asked;
            desk.look_up(&posted.session, by, number, reason)
        })
        .await;
    match outcome {
        Ok(lookup) => redirect(&format!("/consultas/{lookup}")),
        Err(error) => {
            typed.problem = fault::problem(&error);
            list(&state, &session, String::new(), typed).await
        }
    }
}

pub(crate) async fn show_one(
    State(state): State<DeskState>,
    Path(lookup): Path<String>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.lookup(session, &lookup);
    state.show(&who, load, page).await
}

pub(crate) fn list_page<'a>(frame: &Frame, list: &List) -> Page<'a> {
    let typed = &list.typed;
    let content = html! {
        div.help {
            div.page-head {
                p.crumb { a href="/pedidos" data-key="Escape" aria-keyshortcuts="Escape" { "Pedidos " (key("Esc")) } }
                h1 { "Consultas à central" }
                p { "Para quem vem de outra região: a central procura os pedidos de uma pessoa e empresta-os a este posto, só para ler e por pouco tempo. Sem rede, empresta-os um posto que esteja por perto, se os tiver." }
            }
            div.columns {
                div.main-column {
                    section aria-labelledby="t-consultas" {
                        h2 #t-consultas { "Consultas deste posto" }
                        div #lista-de-consultas data-region="record messages strip" { (rows(frame, &list.lookups)) }
                    }
                }
                aside aria-label="Nova consulta" {
                    section.panel aria-labelledby="t-consultar" {
                        h2 #t-consultar { "Consultar" }
                        form method="post" action="/consultas" autocomplete="off" data-once {
                            (frame.guard())
                            (alert(&typed.problem))
                            div.field {
                                label for="por" { "Procurar por" }
                                select #por name="por" {
                                    @for (id, label) in &list.numbers {
                                        option value=(id) selected[typed.by == *id] { (label.pt()) }
                                    }
                                }
                            }
                            div.field {
                                label for="numero" { "Número" }
                                input.w-full #numero name="numero" value=(typed.number) maxlength="40" autocomplete="off" spellcheck="false" required;
                            }
                            div.field {
                                label for="motivo" { "Porque é preciso" }
                                p.hint #motivo-ajuda { "Fica guardado com o seu nome, e a central vê-o. Por exemplo: «Evacuada de Oleiros, não sabe em que ponto está o pedido»." }
                                textarea #motivo name="motivo" rows="3" minlength=(MIN_REASON_CHARS) maxlength=(MAX_REASON_CHARS) aria-describedby="motivo-ajuda" required { (typed.reason) }
                            }
                            button.primary type="submit" { "Perguntar à central" }
                        }
                    }
                }
            }
        }
    };
    Page {
        part: Part::Requests,
        title: match typed.problem.is_empty() {
            true => "Consultas à central",
            false => "Erro: a central não foi consultada",
        },
        watching: String::new(),
        content,
    }
}

fn rows(frame: &Frame, lookups: &[LookupRow]) -> Markup {
    html! {
        @if lookups.is_empty() {
            p.none { "Ainda ninguém consultou a central daqui." }
        } @else {
            table.rows {
                caption.hidden { "Consultas deste posto" }
                thead { tr { th scope="col" { "Quem se procurou" } th scope="col" { "Porquê" } th scope="col" { "Resposta" } } }
                tbody {
                    @for row in lookups {
                        tr {
                            td { a href=(format!("/consultas/{}", row.id)) { (row.by.pt()) " " (row.number) } br; span.detail { (row.who) ", " (time::at(row.at, frame.now())) } }
                            td { (row.reason) }
                            td { (state(row, frame.now())) }
                        }
                    }
                }
            }
        }
    }
}

pub(crate) fn page<'a>(frame: &Frame, view: &LookupView) -> Page<'a> {
    let row = &view.row;
    let content = html! {
        div.help {
            div.page-head {
                p.crumb { a href="/consultas" data-key="Escape" aria-keyshortcuts="Escape" { "Consultas à central " (key("Esc")) } }
                h1 { (row.by.pt()) " " (row.number) }
                p.detail { (row.who) ", " (time::at(row.at, frame.now())) ": " (row.reason) }
            }
            div #resposta-da-central data-region="record messages strip" aria-live="polite" {
                p { (state(row, frame.now())) }
                (found(frame, view))
                @if let LookupState::Answered { more: more @ 1.., .. } = row.state {
                    p.notice { "Há mais " (words::count(more, "pedido", "pedidos")) " que a central não empresta: são mais antigos. Pergunte ao centro de contacto." }
                }
                @if let (LookupState::Waits { .. }, [_, ..]) = (&row.state, &row.near[..]) {
                    p.notice { "Pode haver mais pedidos: a central ainda não respondeu." }
                }
            }
        }
    };
    Page {
        part: Part::Requests,
        title: "Consulta à central",
        watching: String::new(),
        content,
    }
}

fn found(frame: &Frame, view: &LookupView) -> Markup {
    let by_hub = match view.row.state {
        LookupState::Answered { over, .. } => Some(over),
        LookupState::Waits { .. } | LookupState::Refused(_) => None,
    };
    let over = view
        .row
        .near
        .iter()
        .map(|lent| lent.over)
        .chain(by_hub)
        .all(|over| over);
    html! {
        @if !view.found.is_empty() {
            table.rows {
                caption.hidden { "O que se encontrou" }
                thead { tr { th scope="col" { "Número" } th scope="col" { "Serviço" } th scope="col" { "Posto" } th scope="col" { "Estado" } } }
                tbody {
                    @for one in &view.found {
                        tr {
                            td {
                                @match &one.here {
                                    Some(row) => a href=(format!("/pedido/{}", row.id)) { (one.number) },
                                    None => (one.number),
                                }
                            }
                            td { (one.service.pt()) }
                            td { (one.spot) }
                            td {
                                @match &one.here {
                                    Some(row) => { span.life { (words::life(row.life)) } br; span.detail { (row.citizen) ", " (time::at(row.at, frame.now())) } }
                                    None if over => span.detail { "já não está neste posto" },
                                    None => span.detail { "a caminho" },
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
