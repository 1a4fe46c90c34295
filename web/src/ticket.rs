//! A ticket to the contact centre, as desk and console show it.

use maud::{Markup, html};
use vereda_sync::record::ticket::State;

use crate::desk::port::{About, Said, TicketRow};
use crate::moment::Moment;
use crate::words::time;

/// What was said, oldest first.
pub(crate) fn conversation(said: &[Said], now: Moment) -> Markup {
    html! {
        ol.conversation {
            @for said in said {
                li.(if said.is_answer { "answer-said" } else { "question-said" }) {
                    p.detail {
                        strong { @if said.is_answer { "Centro de contacto" } @else { "Balcão" } }
                        ": " (said.by) ", " time datetime=(time::iso(said.at)) { (time::at(said.at, now)) }
                    }
                    p.said { (said.text) }
                }
            }
        }
    }
}

/// The request that it is about, in a line.
pub(crate) fn about(about: &About) -> Markup {
    html! {
        (about.service.pt()) " · " (about.citizen)
        @if let Some(number) = &about.number { " · " (number) }
    }
}

/// How far a ticket is, seen from the desk.
pub(crate) fn state(state: State, at_hub: bool) -> &'static str {
    match (state, at_hub) {
        (State::Waits, false) => "por enviar: segue quando houver rede",
        (State::Waits, true) => "à espera de resposta",
        (State::Answered, _) => "respondido",
        (State::Closed, _) => "resolvido",
    }
}

/// That it is with the second line: to whom it went, why, and that it takes longer.
pub(crate) fn second_line(row: &TicketRow, now: Moment) -> Markup {
    html! {
        @if let Some(it) = &row.second_line {
            p.notice.amber {
                "Está na segunda linha do centro de contacto" @if !it.to.is_empty() { ", com " strong { (it.to) } }
                ": a resposta pode demorar mais. «" (it.reason) "» " span.detail { (it.by.who) ", " (time::at(it.by.at, now)) }
            }
        }
    }
}
