//! What a node is told to do: what there is to choose from, what was asked, heard and done.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::Named;
use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::{NodeView, OrderEnd, OrderRow, Remedy};
use crate::console::rights::Within;
use crate::desk::port::Session;
use crate::desk::{Fault, problem};
use crate::gate::{Posted, Signed, redirect};
use crate::words::time;

/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 300;

/// A node's orders, and the node.
pub(crate) struct Orders {
    pub(crate) node: NodeView,
    pub(crate) orders: Vec<OrderRow>,
}

/// What was typed and not taken, and why.
#[derive(Default)]
pub(crate) struct Typed {
    pub(crate) kind: String,
    pub(crate) reason: String,
    pub(crate) problem: String,
}

fn name(kind: Remedy) -> &'static str {
    match kind {
        Remedy::Diagnose => "Enviar um diagnóstico",
        Remedy::Resync => "Trocar tudo desde o início",
        Remedy::Rebuild => "Refazer as listas",
        Remedy::Update => "Ir buscar o programa novo",
        Remedy::Rotate => "Fazer uma chave nova",
        Remedy::LayDown => "Largar o que tem de pessoas, depois de entregue",
        Remedy::LayDownAtOnce => "Largar já o que tem de pessoas: perdido ou roubado",
    }
}

fn what(kind: Remedy) -> &'static str {
    match kind {
        Remedy::Diagnose => {
            "Contagens, versões, tamanhos, relógio e as últimas linhas do registo, sem nada de pessoas."
        }
        Remedy::Resync => "Volta a oferecer tudo à central e a pedir tudo dela. Nada se duplica.",
        Remedy::Rebuild => "Volta a fazer as suas listas a partir do diário, sem parar.",
        Remedy::Update => {
            "Não espera pela sua vez; o programa começa quando o posto voltar a arrancar."
        }
        Remedy::Rotate => {
            "Se alguém pode ter copiado a chave: a central assina a nova e deixa de aceitar a antiga."
        }
        Remedy::LayDown => {
            "Espera até tudo estar na central e numa cópia; depois larga registos, fotografias e rascunhos. São precisas duas pessoas."
        }
        Remedy::LayDownAtOnce => {
            "Não espera pelo que falta entregar: perde-se. Também a faz depois de dado por perdido, se voltar a falar com a central. São precisas duas pessoas."
        }
    }
}

pub(crate) async fn show(Within(state): Within, who: Signed, node: Named) -> Response {
    respond(&state, &who.session, node, Typed::default()).await
}

pub(crate) async fn show_again(
    Within(state): Within,
    who: Signed,
    Path((node, _)): Path<(String, u64)>,
) -> Response {
    respond(&state, &who.session, Path(node), Typed::default()).await
}

async fn respond(
    state: &ConsoleState,
    session: &Session,
    Path(node): Named,
    typed: Typed,
) -> Response {
    let status = match typed.problem.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let asker = session.clone();
    let loaded = state.load(session, move |console| {
        Ok(Orders {
            node: console.fleet_node(&asker, &node)?,
            orders: console.orders(&asker, &node)?,
        })
    });
    match loaded.await {
        Ok((frame, orders)) => {
            let content = content(&frame, &orders, &typed);
            frame.respond(status, Part::Spots, "Ordens ao posto", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn give(Within(state): Within, Path(node): Named, posted: Posted) -> Response {
    let session = posted.session.clone();
    let (code, reason) = (
        posted.get("ordem").to_owned(),
        posted.get("motivo").to_owned(),
    );
    let kind = Remedy::ALL.into_iter().find(|kind| kind.code() == code);
    let (asker, of, why) = (session.clone(), node.clone(), reason.clone());
    let done = match kind {
        Some(kind) => state
            .call(move |console| console.order(&asker, &of, kind, &why))
            .await
            .map_err(|error| problem(&error)),
        None => Err("Escolha o que o posto há de fazer.".to_owned()),
    };
    match done {
        Ok(()) => redirect(&format!("/posto/{node}/ordens")),
        Err(problem) => {
            let typed = Typed {
                kind: code,
                reason,
                problem,
            };
            respond(&state, &session, Path(node), typed).await
        }
    }
}

pub(crate) async fn agree(
    Within(state): Within,
    Path((node, number)): Path<(String, u64)>,
    posted: Posted,
) -> Response {
    let (session, of) = (posted.session.clone(), node.clone());
    let asker = session.clone();
    let done = state
        .call(move |console| console.agree_order(&asker, &of, number))
        .await;
    settled(
        &state,
        &session,
        node,
        done.map_err(|error| problem(&error)),
    )
    .await
}

pub(crate) async fn withdraw(
    Within(state): Within,
    Path((node, number)): Path<(String, u64)>,
    posted: Posted,
) -> Response {
    let (session, of) = (posted.session.clone(), node.clone());
    let asker = session.clone();
    let done = state
        .call(move |console| console.withdraw_order(&asker, &of, number))
        .await;
    settled(
        &state,
        &session,
        node,
        done.map_err(|error| problem(&error)),
    )
    .await
}

async fn settled(
    state: &ConsoleState,
    session: &Session,
    node: String,
    done: Result<(), String>,
) -> Response {
    match done {
        Ok(()) => redirect(&format!("/posto/{node}/ordens")),
        Err(problem) => {
            let typed = Typed {
                problem,
                ..Typed::default()
            };
            respond(state, session, Path(node), typed).await
        }
    }
}

pub(crate) async fn diagnosis(
    Within(state): Within,
    who: Signed,
    Path((node, number)): Path<(String, u64)>,
) -> Response {
    let name = format!("attachment; filename=\"diagnostico-{number}.txt.zst\"");
    let session = who.session.clone();
    let fetched = state
        .call(move |console| console.diagnosis(&session, &node, number))
        .await;
    match fetched {
        Ok(bytes) => {
            let headers = [
                (CONTENT_TYPE, "application/zstd".to_owned()),
                (CONTENT_DISPOSITION, name),
            ];
            (headers, bytes).into_response()
        }
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) fn content(frame: &Frame, view: &Orders, typed: &Typed) -> Markup {
    let row = &view.node.row;
    html! {
        div.fleet.node-page {
            div.page-head {
                p.crumb { a href=(format!("/posto/{}", row.id)) data-key="Escape" aria-keyshortcuts="Escape" { (row.name) } }
                h1 { "Ordens ao posto: " (row.name) }
                p.lead { "O posto faz cada uma uma vez, pela ordem em que foram dadas, quando falar com a central ou lhe chegarem numa pen." }
            }
            @if !typed.problem.is_empty() { div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (typed.problem) } } }
            div #dadas data-region="strip" { (given(frame, row.id.as_str(), &view.orders)) }
            (form(frame, &row.id, typed))
        }
    }
}

fn given(frame: &Frame, node: &str, all: &[OrderRow]) -> Markup {
    html! {
        section aria-labelledby="t-dadas" {
            h2 #t-dadas { "Ordens dadas" }
            @if all.is_empty() { p.none { "Nenhuma." } }
            @for one in all { (order(frame, node, one)) }
        }
    }
}

fn order(frame: &Frame, node: &str, one: &OrderRow) -> Markup {
    let now = frame.now();
    let here = format!("/posto/{node}/ordens/{}", one.number);
    html! {
        article.spot-row {
            h3 { (name(one.kind)) }
            ol.steps-done {
                li { "Pedida por " (one.by.0) ", " (time::at(one.by.1, now)) @if !one.reason.is_empty() { ": " (one.reason) } }
                @if let Some((who, at)) = &one.agreed { li { (who) " concordou, " (time::at(*at, now)) } }
                @if let Some(at) = one.heard { li { "O posto ouviu, " (time::at(at, now)) @if one.ended.is_none() && !one.says.is_empty() { ": " (one.says) } } }
                @if let Some((end, at)) = &one.ended {
                    li { @match end {
                        OrderEnd::Done => strong { "Feita" },
                        OrderEnd::Refused => strong.problem { "Recusada" },
                        OrderEnd::Failed => strong.problem { "Falhou" },
                    } ", " (time::at(*at, now)) @if !one.says.is_empty() { ": " (one.says) } }
                }
                @if one.is_withdrawn { li { "Retirada antes de o posto a ouvir." } }
            }
            @if one.has_diagnosis { p { a.button href=(format!("{here}/diagnostico")) download { "Guardar o diagnóstico" } } }
            @if one.waits && !one.is_withdrawn {
                @if one.own { p.notice { "Espera por uma segunda pessoa. Até lá o posto não ouve nada." } }
                @else {
                    form.in-hand method="post" action=(format!("{here}/concordar")) data-once {
                        (frame.guard())
                        button.primary type="submit" { "Concordo: " (name(one.kind)) }
                    }
                }
            }
            @if one.heard.is_none() && one.ended.is_none() && !one.is_withdrawn {
                form.in-hand method="post" action=(format!("{here}/retirar")) data-once {
                    (frame.guard())
                    button type="submit" { "Retirar" span.hidden { ": " (name(one.kind)) } }
                }
            }
        }
    }
}

fn form(frame: &Frame, node: &str, typed: &Typed) -> Markup {
    let chosen = match typed.kind.as_str() {
        "" => Remedy::Diagnose.code(),
        code => code,
    };
    html! {
        section aria-labelledby="t-nova" {
            h2 #t-nova { "Dar uma ordem" }
            form.decision method="post" action=(format!("/posto/{node}/ordens")) data-once {
                (frame.guard())
                fieldset.options {
                    legend { "O que há de fazer" }
                    @for kind in [Remedy::Diagnose, Remedy::Resync, Remedy::Rebuild, Remedy::Update, Remedy::Rotate, Remedy::LayDown, Remedy::LayDownAtOnce] {
                        @let id = format!("ordem-{}", kind.code());
                        label.tile for=(id) {
                            input id=(id) type="radio" name="ordem" value=(kind.code()) checked[kind.code() == chosen] required aria-describedby=(format!("{id}-ajuda"));
                            span { strong { (name(kind)) } br; span.detail id=(format!("{id}-ajuda")) { (what(kind)) } }
                        }
                    }
                }
                div.field {
                    label for="motivo" { "Porquê" }
                    p.hint #ajuda-motivo { "Obrigatório para largar o que tem de pessoas. Não escreva dados de cidadãos." }
                    textarea #motivo name="motivo" rows="2" maxlength=(MAX_REASON_CHARS) aria-describedby="ajuda-motivo" { (typed.reason) }
                }
                button.primary type="submit" { "Dar a ordem" }
            }
        }
    }
}
