//! "Reclamações": the complaint log, the answer to each as it was written down, and the paper that the
//! citizen takes home of it.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::citizen::said;
use crate::complaint::{Retry, replies, reply_form, state as state_words};
use crate::desk::frame::{Frame, Page, Part};
use crate::desk::port::{ComplaintRow, ComplaintView, Desk, Session, Term};
use crate::desk::receipt::languages;
use crate::desk::{DeskState, fault};
use crate::gate::{Posted, Signed, redirect};
use crate::layout::key;
use crate::texts::{PORTUGUESE, Texts};
use crate::words::{self, time};

/// The language that the paper speaks besides Portuguese, when it is not the screen's.
#[derive(Deserialize)]
pub(crate) struct Chosen {
    lingua: Option<String>,
}

fn here(request: &str) -> String {
    format!("/reclamacao/{request}")
}

pub(crate) async fn show(State(state): State<DeskState>, who: Signed) -> Response {
    let load = |desk: &dyn Desk, session: &Session| desk.complaints(session);
    let page = |frame: &Frame, rows: &Vec<ComplaintRow>| list_page(frame, rows);
    state.show(&who, load, page).await
}

pub(crate) async fn show_one(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.complaint(session, &request);
    let blank = |frame: &Frame, view: &ComplaintView| page(frame, view, &Retry::default());
    state.show(&who, load, blank).await
}

pub(crate) async fn paper(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    Query(chosen): Query<Chosen>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.complaint(session, &request);
    let page = |_: &Frame, view: &ComplaintView| {
        let lang = chosen.lingua.as_deref().unwrap_or(&view.language);
        paper_page(view, Texts::of(lang))
    };
    state.show(&who, load, page).await
}

pub(crate) async fn reply(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let mut retry = Retry::of(&posted);
    let (session, id) = (posted.session.clone(), request.clone());
    let keep = move |desk: &dyn Desk| {
        let (on, from, text) = (posted.get("dia"), posted.get("quem"), posted.get("texto"));
        desk.keep_reply(&posted.session, &id, on, from, text)
    };
    retry.problem = match state.call(keep).await {
        Ok(()) => return redirect(&here(&request)),
        Err(error) => fault::problem(&error),
    };
    let load = move |desk: &dyn Desk, session: &Session| desk.complaint(session, &request);
    match state.load(&session, load).await {
        Ok((frame, view)) => frame.respond_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            &page(&frame, &view, &retry),
        ),
        Err(fault) => fault
            .keeping(vec![("O que responderam".to_owned(), retry.text)])
            .into_response(),
    }
}

pub(crate) fn list_page<'a>(frame: &Frame, rows: &[ComplaintRow]) -> Page<'a> {
    let late = rows
        .iter()
        .filter(|it| it.term.is_open() && it.term.is_late());
    let late = u64::try_from(late.count()).unwrap_or(0);
    let content = html! {
        div.page-head {
            h1 { "Reclamações" }
            p { "O que se registou neste posto e tem de ter resposta. O prazo conta-se em dias úteis, sem feriados nacionais nem os deste concelho." }
        }
        div #reclamacoes data-region="record messages" {
            @if late > 0 { p.notice.amber { (words::count(late, "reclamação em atraso", "reclamações em atraso")) "." } }
            @if rows.is_empty() { p.none { "Ainda não há reclamações neste posto." } }
            @else {
                table.rows {
                    caption.hidden { "Reclamações deste posto" }
                    thead { tr {
                        th scope="col" { "Número" } th scope="col" { "Cidadão" } th scope="col" { "Registada" }
                        th scope="col" { "Responder até" } th scope="col" { "Estado" }
                    } }
                    tbody { @for it in rows { (line(frame, it)) } }
                }
            }
        }
    };
    Page {
        part: Part::Complaints,
        title: "Reclamações",
        watching: String::new(),
        content,
    }
}

fn line(frame: &Frame, it: &ComplaintRow) -> Markup {
    html! {
        tr {
            td { a href=(here(&it.row.id)) { (it.row.number.as_deref().unwrap_or("por registar")) } }
            td { (it.row.citizen) }
            td { (time::at(it.row.at, frame.now())) }
            td { (words::day(&it.term.due)) }
            td { (state_words(&it.term)) }
        }
    }
}

/// What the page of the request says of it.
pub(crate) fn notice(request: &str, term: &Term) -> Markup {
    html! {
        p.notice.amber[term.is_open() && term.is_late()] {
            span { "A responder até " strong { (words::day(&term.due)) } ": " (state_words(term)) ". " a href=(here(request)) { "Ver a reclamação" } }
        }
    }
}

pub(crate) fn page<'a>(frame: &Frame, view: &ComplaintView, retry: &Retry) -> Page<'a> {
    let (row, term) = (&view.row, &view.term);
    let number = row.number.as_deref().unwrap_or("por registar");
    let content = html! {
        div.narrow {
            div.page-head {
                p.crumb { a href="/reclamacoes" data-key="Escape" aria-keyshortcuts="Escape" { "Reclamações " (key("Esc")) } " · " (row.citizen) }
                h1 { "Reclamação " (number) }
                p { a href=(format!("/pedido/{}", row.id)) { "Ver o pedido" } }
            }
            div #prazo data-region="record messages" {
                dl.answers {
                    div { dt { "Registada" } dd { (words::day(&view.recorded_on)) ", " (row.spot) } }
                    div { dt { "Responder até" } dd { (words::day(&term.due)) } }
                    div { dt { "Estado" } dd { (state_words(term)) } }
                }
                (replies(&view.replies, frame.now()))
                @if !view.replies.is_empty() { a.button.primary href=(format!("{}/papel", here(&row.id))) { "Resposta para o cidadão" } }
            }
            @if !term.is_withdrawn { (reply_form(&format!("{}/resposta", here(&row.id)), &frame.guard(), view, retry)) }
        }
    };
    Page {
        part: Part::Complaints,
        title: match retry.problem.is_empty() {
            true => "Reclamação",
            false => "Erro: a resposta não foi escrita",
        },
        watching: String::new(),
        content,
    }
}

/// In «Por tratar»: its term is over, or soon will be.
pub(crate) fn waiting(it: &ComplaintRow) -> Markup {
    let number = it.row.number.as_deref().unwrap_or_default();
    html! {
        article.message {
            h3 { "Reclamação a responder até " (words::day(&it.term.due)) }
            p { (state_words(&it.term)) }
            p { a href=(here(&it.row.id)) { "Reclamação " (number) } " · " (it.row.citizen) }
        }
    }
}

pub(crate) fn paper_page<'a>(view: &ComplaintView, t: Texts) -> Page<'a> {
    let row = &view.row;
    let number = row.number.as_deref().unwrap_or_default();
    let content = html! {
        div.receipt-page {
            div.done-bar {
                div.actions {
                    button.primary type="button" data-print data-key="i" aria-keyshortcuts="i" hidden { "Imprimir " (key("I")) }
                    a.button href=(here(&row.id)) data-key="Escape" aria-keyshortcuts="Escape" { "Voltar à reclamação " (key("Esc")) }
                }
            }
            (languages(&format!("{}/papel", here(&row.id)), "Língua da resposta", t))
            article.receipt {
                header {
                    p.what { "Resposta à reclamação" }
                    h1 { (row.service.pt()) }
                }
                div { p.label { "Número do pedido" } p.big-number { (number) } }
                dl.facts {
                    div { dt { "Cidadão" } dd { (row.citizen) } }
                    div { dt { "Registada" } dd { (words::day(&view.recorded_on)) ", " (row.spot) } }
                    div { dt { "Responder até" } dd { (words::day(&view.term.due)) } }
                }
                @if view.replies.is_empty() { p { "Ainda ninguém respondeu." } }
                @for reply in &view.replies {
                    section {
                        h2 { (reply.from) ", " (words::day(&reply.on)) }
                        p.said { (reply.text) }
                        p.detail { "Escrito por " (reply.by.who) ", " (time::full(reply.by.at)) }
                    }
                }
                @if t.lang() != PORTUGUESE { (in_language(view, t)) }
            }
        }
    };
    Page {
        part: Part::Complaints,
        title: "Resposta à reclamação",
        watching: String::new(),
        content,
    }
}

/// What the paper is, in the citizen's language. What was answered stands as it was written.
fn in_language(view: &ComplaintView, t: Texts) -> Markup {
    let language = t.language();
    let number = view.row.number.as_deref().unwrap_or_default();
    html! {
        div.in-language lang=(language.tag) dir=(language.direction()) {
            h2.title { (t.say("reply-title")) }
            p { (said(t, &view.row.service)) }
            p { (t.say("recorded-number")) ": " bdi dir="ltr" { (number) } }
            @for reply in &view.replies {
                p {
                    (t.say("reply-from")) ": " bdi lang="pt-PT" { (reply.from) } " · "
                    (t.say("reply-on")) ": " bdi dir="ltr" { (words::day(&reply.on)) }
                }
            }
            p { (t.say("reply-due")) ": " bdi dir="ltr" { (words::day(&view.term.due)) } }
            p.detail { (t.say("reply-as-written")) }
        }
    }
}
