//! "Pedidos": what is known here, found by name, number or receipt.

use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use crate::desk::DeskState;
use crate::desk::frame::{Frame, Page, Part};
use crate::desk::port::{Desk, RequestRow, Session};
use crate::desk::today::rows;
use crate::gate::Signed;
use crate::layout::key;

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

pub(crate) fn page<'a>(frame: &Frame, query: &str, found: &[RequestRow]) -> Page<'a> {
    let content = html! {
        div.requests {
            h1 { "Pedidos" }
            form.search role="search" method="get" action="/pedidos" {
                label for="q" { "Nome, número do pedido ou do comprovativo" }
                div.search-line {
                    input #q type="search" name="q" value=(query) autocomplete="off" spellcheck="false" data-key="/" aria-keyshortcuts="/";
                    button.primary type="submit" { "Procurar " (key("Enter")) }
                }
            }
            div #resultados data-region="record messages" {
                @if found.is_empty() {
                    p.none {
                        @if query.is_empty() { "Ainda não há pedidos neste posto." }
                        @else { "Nada com «" (query) "». Confirme o número, ou procure por uma parte do nome." }
                    }
                    @if !query.is_empty() { p { (beyond()) } }
                } @else {
                    (rows(found, frame.now()))
                    @if found.len() >= 50 {
                        p.detail { "Os mais recentes. Para encontrar outro, procure pelo nome ou pelo número." }
                    }
                    p.detail { (beyond()) }
                }
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
