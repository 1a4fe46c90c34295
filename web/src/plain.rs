//! Pages for when nothing else can be shown: no session, no node, nothing found.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;

use crate::layout::{DESK, document};

/// A page of one heading and one paragraph that says what to do.
pub(crate) fn page(status: StatusCode, heading: &str, what_to_do: &str) -> Response {
    let body = html! {
        main.plain #conteudo {
            h1 { (heading) }
            p { (what_to_do) }
            p { a.button href="/" { "Ir para a página de hoje" } }
        }
    };
    (
        status,
        document(&DESK, "pt-PT", &format!("{heading} — Vereda"), None, &body),
    )
        .into_response()
}
