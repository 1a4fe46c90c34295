//! The queue of a busy stop, on "Hoje": give a turn, call the next, serve who came.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::desk::frame::Frame;
use crate::desk::port::{DeskError, QueueView};
use crate::desk::{DeskState, Fault};
use crate::gate::{Posted, redirect};
use crate::layout::key;
use crate::words::{count, time};

pub(crate) async fn give(State(state): State<DeskState>, posted: Posted) -> Response {
    let given = state
        .call(move |desk| desk.give_turn(&posted.session))
        .await;
    match given {
        Ok(number) => redirect(&format!("/?senha={number}")),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn call(State(state): State<DeskState>, posted: Posted) -> Response {
    let called = state
        .call(move |desk| desk.call_turn(&posted.session))
        .await;
    today_or_fault(called.map(|_| ()))
}

pub(crate) async fn absent(State(state): State<DeskState>, posted: Posted) -> Response {
    let number = number_of(&posted);
    let ended = state
        .call(move |desk| desk.drop_turn(&posted.session, number))
        .await;
    today_or_fault(ended)
}

pub(crate) async fn serve(State(state): State<DeskState>, posted: Posted) -> Response {
    let number = number_of(&posted);
    let served = state
        .call(move |desk| desk.serve_turn(&posted.session, number))
        .await;
    match served {
        Ok(attendance) => redirect(&format!("/atendimento/{attendance}")),
        Err(error) => Fault::from(error).into_response(),
    }
}

fn number_of(posted: &Posted) -> u32 {
    posted.get("senha").parse().unwrap_or(0)
}

fn today_or_fault(done: Result<(), DeskError>) -> Response {
    match done {
        Ok(()) => redirect("/"),
        Err(error) => Fault::from(error).into_response(),
    }
}

/// The queue beside "Próximo cidadão". `given`: the number that was given just now.
pub(crate) fn panel(frame: &Frame, queue: &QueueView, given: Option<u32>) -> Markup {
    let act = |to: &str, senha: Option<u32>, button: Markup| {
        html! {
            form method="post" action=(to) data-once {
                (frame.guard())
                @if let Some(senha) = senha { input type="hidden" name="senha" value=(senha); }
                (button)
            }
        }
    };
    html! {
        section.queue #fila data-region="messages" aria-label="Fila" {
            @if let Some(number) = given { p.done role="status" { "Dada a senha " (number) "." } }
            @match (queue.called, queue.next) {
                (Some((number, at)), _) => {
                    p.turn { "Senha " strong { (number) } ", chamada " (time::at(at, frame.now())) }
                    (act("/senhas/atender", Some(number), html! {
                        button.primary type="submit" data-key="s" aria-keyshortcuts="s" { "Atender a senha " (number) " " (key("S")) }
                    }))
                    (act("/senhas/ausente", Some(number), html! { button type="submit" { "Não compareceu" } }))
                }
                (None, Some((number, since))) => {
                    (act("/senhas/chamar", None, html! {
                        button.primary type="submit" data-key="s" aria-keyshortcuts="s" { "Chamar a senha " (number) " " (key("S")) }
                    }))
                    p.detail { (count(u64::from(queue.waiting), "pessoa espera", "pessoas esperam")) ", a primeira " (time::ago(since, frame.now())) }
                }
                (None, None) => p.none { "Ninguém com senha à espera." },
            }
            (act("/senhas", None, html! { button type="submit" data-key="g" aria-keyshortcuts="g" { "Dar senha " (key("G")) } }))
        }
    }
}
