//! "Pedidos": what is known here, found by name, number or receipt.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::desk::frame::{Frame, Page, Part};
use crate::desk::port::{Desk, RequestRow, Session};
use crate::desk::today::rows;
use crate::desk::{DeskState, Fault};
use crate::gate::Signed;
use crate::layout::key;
use crate::moment::Moment;

#[derive(Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
}

pub(crate) async fn show(
    State(state): State<DeskState>,
    Query(search): Query<Search>,
    who: Signed,
) -> Response {
    let query = search.q.clone();
    let load = move |desk: &dyn Desk, session: &Session| desk.requests(session, &query);
    let page = |frame: &Frame, found: &Vec<RequestRow>| page(frame, &search.q, found);
    state.show(&who, load, page).await
}

/// What is found, as a fragment, while the mediator types.
pub(crate) async fn found(
    State(state): State<DeskState>,
    Query(search): Query<Search>,
    who: Signed,
) -> Response {
    let query = search.q.clone();
    let load = move |desk: &dyn Desk| desk.requests(&who.session, &query);
    match state.call(move |desk| Ok((load(desk)?, desk.now()))).await {
        Ok((found, now)) => results(&search.q, &found, now).into_response(),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) fn page<'a>(frame: &Frame, query: &str, found: &[RequestRow]) -> Page<'a> {
    let content = html! {
        div.requests {
            h1 { "Pedidos" }
            form.search role="search" method="get" action="/pedidos" {
                label for="q" { "Nome, número do pedido ou do comprovativo" }
                div.search-line {
                    input #q type="search" name="q" value=(query) autocomplete="off" spellcheck="false" data-key="/" aria-keyshortcuts="/"
                        data-search="/pedidos/procura" data-into="resultados" data-said="achados" maxlength="200";
                    button.primary type="submit" { "Procurar " (key("Enter")) }
                }
            }
            p.hidden #achados role="status" aria-live="polite" {}
            div #resultados data-region="record messages" {
                (results(query, found, frame.now()))
            }
        }
    };
    Page {
        part: Part::Requests,
        title: "Pedidos",
        watching: String::new(),
        content,
    }
}

/// What is not here may be at another spot.
fn beyond() -> Markup {
    html! { a href="/consultas" { "Vem de outra região? Consultar a central" } }
}

fn results(query: &str, found: &[RequestRow], now: Moment) -> Markup {
    html! {
        @if found.is_empty() {
            p.none {
                @if query.is_empty() { "Ainda não há pedidos neste posto." }
                @else { "Nada com «" (query) "». Confirme o número, ou procure por uma parte do nome." }
            }
            @if !query.is_empty() { p { (beyond()) } }
        } @else {
            (rows(found, now))
            @if found.len() >= 50 {
                p.detail { "Os mais recentes. Para encontrar outro, procure pelo nome ou pelo número." }
            }
            p.detail { (beyond()) }
        }
    }
}
