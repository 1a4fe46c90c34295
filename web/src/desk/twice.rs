//! A request that seems to be made twice: said before it is recorded, under "Por tratar", and at the request with what to do.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::desk::frame::Frame;
use crate::desk::port::{MAX_CASE_CHARS, Twice, TwiceHere};
use crate::desk::{DeskState, Fault};
use crate::gate::{Posted, redirect};
use crate::moment::Moment;
use crate::words::time;

pub(crate) async fn leave_both(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let (id, reason) = (request.clone(), posted.get("motivo").to_owned());
    let left = state
        .call(move |desk| {
            let (other, reason) = (posted.get("outro"), posted.get("motivo"));
            desk.leave_both(&posted.session, &id, other, reason)
        })
        .await;
    match left {
        Ok(()) => redirect(&format!("/pedido/{request}")),
        Err(error) => Fault::from(error)
            .keeping(vec![("Motivo".to_owned(), reason)])
            .into_response(),
    }
}

fn seems(twice: &Twice, now: Moment) -> Markup {
    let other = &twice.other;
    html! {
        p {
            strong { "Parece a mesma pessoa e o mesmo pedido: " (other.spot) ", " (time::at(other.at, now)) }
            " · " a href=(format!("/pedido/{}", other.id)) { (other.citizen) ", " (other.number.as_deref().unwrap_or("por registar")) }
        }
        p.detail { (twice.why.join(" ")) }
    }
}

/// Before it is recorded: to be asked while the citizen is here.
pub(crate) fn before(twice: &[Twice], now: Moment) -> Markup {
    html! {
        @for one in twice {
            div.notice.amber {
                (seems(one, now))
                p { "Pergunte ao cidadão se já pediu isto. Se pediu, não registe outra vez." }
            }
        }
    }
}

/// At the request: what seems the same, and what can be done.
pub(crate) fn here(frame: &Frame, request: &str, twice: &[Twice]) -> Markup {
    html! {
        @for (n, one) in twice.iter().enumerate() {
            @let id = format!("ficam-{n}");
            div.notice.amber.twice {
                (seems(one, frame.now()))
                p { "Compare os dois. Se forem o mesmo, um deles retira-se: o cidadão desiste dele, aqui ou no outro espaço. Se não forem, ou se os dois fazem falta, ficam ambos." }
                details {
                    summary { "Ficam os dois" span.hidden { ": " (one.other.number.as_deref().unwrap_or("")) } }
                    form method="post" action=(format!("/pedido/{request}/ficam-os-dois")) data-once {
                        (frame.guard())
                        input type="hidden" name="outro" value=(one.other.id);
                        div.field {
                            label for=(id) { "Porque ficam os dois" }
                            textarea id=(id) name="motivo" rows="2" maxlength=(MAX_CASE_CHARS) required {}
                        }
                        button type="submit" { "Deixar os dois" }
                        p.detail { "A central vê o motivo, e pode decidir de outra maneira." }
                    }
                }
            }
        }
    }
}

/// Under "Por tratar".
pub(crate) fn waiting(twice: &TwiceHere, now: Moment) -> Markup {
    let (row, other) = (&twice.row, &twice.other);
    html! {
        article.message {
            h3 { "Parece a mesma pessoa e o mesmo pedido" }
            p { a href=(format!("/pedido/{}", row.id)) { (row.citizen) ", " (row.service.pt()) } }
            p.detail { "Também em " (other.spot) ", " (time::at(other.at, now)) ": " (other.citizen) ", " (other.number.as_deref().unwrap_or("por registar")) }
        }
    }
}
