//! The agency of a request: what it asks, and what it was told.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};

use crate::desk::DeskState;
use crate::desk::case::{done, here};
use crate::desk::frame::Frame;
use crate::desk::port::{Disclosure, MAX_CASE_CHARS, Question, Request};
use crate::gate::Posted;
use crate::moment::Moment;
use crate::words::time;

pub(crate) async fn answer(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let (to, text) = (here(&request), posted.get("resposta").to_owned());
    done(&state, to, ("Resposta", text), move |desk| {
        let (question, text) = (posted.get("pergunta"), posted.get("resposta"));
        desk.answer_agency(&posted.session, &request, question, text)
    })
    .await
}

/// Questions of the agency, each with the box for its answer: they stand apart from what is drawn anew, as somebody may be
/// typing in one.
pub(crate) fn questions(frame: &Frame, view: &Request) -> Markup {
    html! {
        @for (n, it) in view.case.asked.iter().enumerate() {
            @let (title, field) = (format!("t-pergunta-{n}"), format!("resposta-a-pergunta-{n}"));
            section.panel aria-labelledby=(title) {
                h2 id=(title) { (it.agency) " pergunta" }
                p { "«" (it.text) "»" }
                p.detail { (time::at(it.at, frame.now())) }
                form method="post" action=(format!("{}/responder-a-entidade", here(&view.row.id))) data-once {
                    (frame.guard())
                    input type="hidden" name="pergunta" value=(it.id);
                    div.field {
                        label for=(field) { "Resposta para " (it.agency) }
                        textarea id=(field) name="resposta" rows="3" maxlength=(MAX_CASE_CHARS) required {}
                    }
                    button.primary type="submit" { "Responder" }
                }
            }
        }
    }
}

/// A question among what waits for a desk.
pub(crate) fn waiting(it: &Question, now: Moment) -> Markup {
    html! {
        h3 { (it.agency) " pergunta" }
        p.reason { "«" (it.text) "»" }
        p.detail { (time::at(it.at, now)) }
    }
}

/// What an agency was told of a request, so that the citizen can be shown.
pub(crate) fn disclosed(all: &[Disclosure], now: Moment) -> Markup {
    html! {
        section.panel #comunicado data-region="record" aria-labelledby="t-comunicado" {
            h2 #t-comunicado { "O que foi comunicado a quem" }
            @if all.is_empty() {
                p.none { "Ainda nada: nenhuma entidade recebeu este pedido." }
            }
            @for it in all {
                details {
                    summary { span { strong { (it.agency) } ": " (it.what) ", " (time::at(it.at, now)) } }
                    ul.plain { @for field in &it.fields { li { (field) } } }
                }
            }
        }
    }
}
