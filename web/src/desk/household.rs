//! People of one household: who else is served, what was asked for, and that something is given once to a house.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::desk::frame::Frame;
use crate::desk::port::{Member, OfHousehold};
use crate::desk::{DeskState, Fault};
use crate::gate::{Posted, percent_encoded, redirect};
use crate::moment::Moment;
use crate::words::{self, time};

pub(crate) async fn begin(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    // From "Perdeu tudo" it goes on there.
    let goes_on = match posted.get("para") {
        "perdeu-tudo" => "/perdeu-tudo",
        _ => "",
    };
    match state
        .call(move |desk| desk.begin_beside(&posted.session, &id))
        .await
    {
        Ok(begun) => redirect(&format!("/atendimento/{begun}{goes_on}")),
        Err(error) => Fault::from(error).into_response(),
    }
}

/// From where the others of the household are looked at.
pub(crate) struct From<'a> {
    /// The attendance.
    pub(crate) attendance: &'a str,
    /// Whether it is known who is served there: only then is there a household.
    pub(crate) is_known: bool,
    /// In the conversation about what was lost.
    pub(crate) at_lost: bool,
}

/// Who else of the household is served, and the way to one more.
pub(crate) fn members(frame: &Frame, from: &From<'_>, members: &[Member]) -> Markup {
    let From {
        attendance,
        is_known,
        at_lost,
    } = *from;
    if members.is_empty() && !is_known {
        return html! {};
    }
    html! {
        section.house #da-casa data-region="record messages" aria-labelledby="t-da-casa" {
            h2 #t-da-casa { "Da mesma casa" }
            @if !members.is_empty() {
                ul.house-list {
                    @for member in members {
                        @let name = member.citizen.as_deref().unwrap_or("Por identificar");
                        li {
                            div {
                                p.name { (name) }
                                @for row in &member.requests {
                                    p.detail {
                                        a href=(format!("/pedido/{}", row.id)) { (row.service.pt()) span.hidden { " de " (name) } }
                                        " · " @if let Some(number) = &row.number { (number) " · " } (words::life(row.life))
                                    }
                                }
                                @if member.requests.is_empty() { p.detail { "Ainda sem pedidos." } }
                            }
                            a.button href=(format!("/atendimento/{}{}", percent_encoded(&member.attendance), if at_lost { "/perdeu-tudo" } else { "" })) {
                                @if member.closed { "Ver" } @else { "Continuar" } span.hidden { " com " (name) }
                            }
                        }
                    }
                }
            }
            @if is_known { form method="post" action=(format!("/atendimento/{}/casa", percent_encoded(attendance))) data-once {
                (frame.guard())
                @if at_lost { input type="hidden" name="para" value="perdeu-tudo"; }
                button type="submit" { "Outra pessoa da casa" }
                p.detail { "Cada pessoa diz quem é e confirma os seus pedidos. A morada, os estragos e o contacto já vêm escritos." }
            } }
        }
    }
}

/// That something is given once to a household, and who of it asked for it already.
pub(crate) fn repeated(of_household: &[OfHousehold], now: Moment) -> Markup {
    html! {
        @for other in of_household.iter().filter(|other| other.repeats) {
            @let row = &other.row;
            p.notice.amber {
                span {
                    strong { "É um apoio por casa, e " (row.citizen) ", da mesma casa, também o pediu" } ": "
                    a href=(format!("/pedido/{}", row.id)) { (row.number.as_deref().unwrap_or("por registar")) }
                    ", " (words::life(row.life)) ", " (time::at(row.at, now)) ", " (row.spot) "."
                }
            }
        }
    }
}

/// What others of the household asked for; at the desk and at the console.
pub(crate) fn requests(of_household: &[OfHousehold], now: Moment) -> Markup {
    html! {
        @if !of_household.is_empty() {
            section.panel #da-casa data-region="record messages" aria-labelledby="t-da-casa" {
                h2 #t-da-casa { "Da mesma casa" }
                ul.plain {
                    @for other in of_household {
                        @let row = &other.row;
                        li {
                            p { a href=(format!("/pedido/{}", row.id)) { (row.citizen) ": " (row.service.pt()) } }
                            p.detail {
                                @if let Some(number) = &row.number { (number) " · " }
                                (words::life(row.life)) " · " (time::at(row.at, now)) ", " (row.spot)
                            }
                            @if other.repeats { p { strong.warn { "o mesmo apoio, que é um por casa" } } }
                        }
                    }
                }
            }
        }
    }
}
