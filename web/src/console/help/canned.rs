//! The answers that the contact centre keeps: listed, written, changed, let go of.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::catalogue::Words;

use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::{Canned, CannedText, MAX_TITLE_CHARS, PLACEHOLDERS};
use crate::console::rights::Within;
use crate::desk::port::{DeskError, MAX_SAID_CHARS, Session};
use crate::desk::{Fault, problem};
use crate::gate::{Posted, Signed, redirect};
use crate::words::time;

const LIST: &str = "/apoio/respostas";

/// What the page of all of them shows, or that of one.
pub(crate) struct View {
    pub(crate) all: Vec<Canned>,
    pub(crate) one: Option<Canned>,
    pub(crate) services: Vec<(String, Words)>,
}

/// What was typed and could not be kept.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) typed: Option<CannedText>,
    pub(crate) problem: String,
}

/// The number in an address; what is none is nobody's.
fn number(id: &str) -> i64 {
    id.parse().unwrap_or(-1)
}

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    page(&state, &who.session, None, Retry::default()).await
}

pub(crate) async fn show_one(
    Within(state): Within,
    Path(id): Path<String>,
    who: Signed,
) -> Response {
    page(&state, &who.session, Some(number(&id)), Retry::default()).await
}

async fn page(state: &ConsoleState, session: &Session, id: Option<i64>, retry: Retry) -> Response {
    let status = match retry.problem.as_str() {
        "" => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let load = state.load(session, move |console| {
        Ok(View {
            all: console.canned()?,
            one: id.map(|id| console.canned_one(id)).transpose()?,
            services: console.services_to_answer(),
        })
    });
    match load.await {
        Ok((frame, view)) => {
            let content = content(&frame, &view, &retry);
            frame.respond(status, Part::Help, "Respostas guardadas", &content)
        }
        Err(fault) => {
            let typed = retry.typed.unwrap_or_default();
            let kept = vec![
                ("Nome".to_owned(), typed.title),
                ("Resposta".to_owned(), typed.text),
            ];
            fault.keeping(kept).into_response()
        }
    }
}

pub(crate) async fn keep_new(Within(state): Within, posted: Posted) -> Response {
    keep(state, None, posted).await
}

pub(crate) async fn keep_one(
    Within(state): Within,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    keep(state, Some(number(&id)), posted).await
}

async fn keep(state: ConsoleState, id: Option<i64>, posted: Posted) -> Response {
    let typed = CannedText {
        title: posted.get("titulo").to_owned(),
        service: posted.get("servico").to_owned(),
        text: posted.get("texto").to_owned(),
    };
    let (session, kept) = (posted.session.clone(), typed.clone());
    let done = state.call(move |console| console.keep_canned(&posted.session, id, &kept));
    match done.await {
        Ok(()) => redirect(LIST),
        // Somebody let go of it meanwhile: what was typed becomes a new one, if it is kept again.
        Err(DeskError::NotFound) if id.is_some() => {
            let retry = Retry {
                typed: Some(typed),
                problem: "Alguém a apagou entretanto. Guarde-a outra vez, se faz falta.".into(),
            };
            page(&state, &session, None, retry).await
        }
        Err(error) => {
            let retry = Retry {
                typed: Some(typed),
                problem: problem(&error),
            };
            page(&state, &session, id, retry).await
        }
    }
}

pub(crate) async fn remove(
    Within(state): Within,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let done = state.call(move |console| console.drop_canned(&posted.session, number(&id)));
    match done.await {
        Ok(()) => redirect(LIST),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) fn content(frame: &Frame, view: &View, retry: &Retry) -> Markup {
    let blank = CannedText::default();
    let known = view.one.as_ref().map(|it| &it.written);
    let typed = retry.typed.as_ref().or(known).unwrap_or(&blank);
    let to = view
        .one
        .as_ref()
        .map_or_else(|| LIST.to_owned(), |it| format!("{LIST}/{}", it.id));
    html! {
        div.conflict-page {
            div.page-head {
                @match &view.one {
                    Some(it) => {
                        p.crumb { a href=(LIST) data-key="Escape" aria-keyshortcuts="Escape" { "Respostas guardadas" } }
                        h1 { (it.written.title) }
                        p.detail { "Escrita por " (it.by.who) ", " (time::at(it.by.at, frame.now())) }
                    }
                    None => {
                        p.crumb { a href="/apoio" data-key="Escape" aria-keyshortcuts="Escape" { "Apoio aos balcões" } }
                        h1 { "Respostas guardadas" }
                        p { "Para o que os balcões perguntam muitas vezes. Escolhe-se na pergunta, lê-se e muda-se antes de responder." }
                    }
                }
            }
            @if view.one.is_none() { (list(frame, &view.all)) }
            (form(frame, &to, (view, typed), retry))
            @if let Some(it) = &view.one {
                form method="post" action=(format!("{LIST}/{}/apagar", it.id)) data-once {
                    (frame.guard())
                    button.quiet type="submit" { "Apagar esta resposta" }
                    p.detail { "O que já foi respondido com ela fica como está." }
                }
            }
        }
    }
}

fn list(frame: &Frame, all: &[Canned]) -> Markup {
    html! {
        @if all.is_empty() { p.none { "Ainda não há nenhuma." } }
        @else {
            table.rows {
                caption.hidden { "Respostas guardadas" }
                thead { tr { th scope="col" { "Nome" } th scope="col" { "Serviço" } th scope="col" { "Escrita por" } } }
                tbody {
                    @for it in all {
                        tr {
                            td { a href=(format!("{LIST}/{}", it.id)) { (it.written.title) } }
                            td { @match &it.service { Some(service) => { (service.pt()) }, None => "qualquer serviço" } }
                            td { (it.by.who) ", " (time::at(it.by.at, frame.now())) }
                        }
                    }
                }
            }
        }
    }
}

fn form(frame: &Frame, to: &str, (view, typed): (&View, &CannedText), retry: &Retry) -> Markup {
    let wrong = (!retry.problem.is_empty()).then_some("erro");
    html! {
        section.panel aria-labelledby="t-resposta-guardada" {
            h2 #t-resposta-guardada { @if view.one.is_some() { "Mudar" } @else { "Guardar outra" } }
            form method="post" action=(to) data-once {
                (frame.guard())
                @if !retry.problem.is_empty() { div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (retry.problem) } } }
                div.field {
                    label for="titulo" { "Nome" }
                    input.w-full #titulo name="titulo" value=(typed.title) maxlength=(MAX_TITLE_CHARS) autocomplete="off" required aria-errormessage=[wrong];
                }
                div.field {
                    label for="servico" { "Serviço" }
                    select.w-full #servico name="servico" {
                        option value="" { "Qualquer serviço" }
                        @for (id, title) in &view.services { option value=(id) selected[*id == typed.service] { (title.pt()) } }
                    }
                }
                div.field {
                    label for="texto" { "Resposta" }
                    div.hint #texto-ajuda {
                        p { "Entre chavetas, o que se preenche sozinho:" }
                        ul { @for (placeholder, what) in PLACEHOLDERS { li { code { (placeholder) } " " (what) } } }
                    }
                    textarea #texto name="texto" rows="8" maxlength=(MAX_SAID_CHARS) required aria-describedby="texto-ajuda" aria-errormessage=[wrong] { (typed.text) }
                }
                button.primary type="submit" { "Guardar" }
            }
        }
    }
}
