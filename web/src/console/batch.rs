//! Several conflicts at once, seen before: all values of a request, or the same contact detail of several.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::console::ConsoleState;
use crate::console::conflict::{letter, say};
use crate::console::frame::{Frame, Part};
use crate::console::port::{Batch, Conflict, Decided, Decision, Keep};
use crate::console::rights::Within;
use crate::desk::port::Session;
use crate::gate::{Posted, Signed, redirect};
use crate::words::{count, time};

/// What was chosen, and what came of it.
#[derive(Default)]
pub(crate) struct Retry {
    /// By conflict: the side, as the form has it; empty: it is left.
    pub(crate) chosen: Vec<(String, String)>,
    pub(crate) reason: String,
    pub(crate) error: String,
    /// How many were decided, and how many wait for a second person.
    pub(crate) done: (u64, u64),
    /// Those that could not be, and why.
    pub(crate) refused: Vec<(String, String)>,
}

pub(crate) async fn record(Within(state): Within, id: Path<String>, who: Signed) -> Response {
    show(state, id.0, who.session, (Batch::Record, Retry::default())).await
}

pub(crate) async fn like(Within(state): Within, id: Path<String>, who: Signed) -> Response {
    show(state, id.0, who.session, (Batch::Like, Retry::default())).await
}

pub(crate) async fn decide_record(
    Within(state): Within,
    id: Path<String>,
    posted: Posted,
) -> Response {
    decide(state, id.0, posted, Batch::Record).await
}

pub(crate) async fn decide_like(
    Within(state): Within,
    id: Path<String>,
    posted: Posted,
) -> Response {
    decide(state, id.0, posted, Batch::Like).await
}

async fn show(
    state: ConsoleState,
    id: String,
    session: Session,
    (batch, retry): (Batch, Retry),
) -> Response {
    let who = session.clone();
    let loaded = state
        .load(&session, move |console| console.alike(&who, &id, batch))
        .await;
    let status = match retry.error.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    match loaded {
        Ok((frame, all)) => {
            let content = content(&frame, batch, &all, &retry);
            frame.respond(status, Part::Conflicts, title(batch), &content)
        }
        Err(fault) => fault
            .keeping(vec![("Motivo".to_owned(), retry.reason)])
            .into_response(),
    }
}

async fn decide(state: ConsoleState, id: String, posted: Posted, batch: Batch) -> Response {
    let reason = posted.get("motivo").trim().to_owned();
    let fields = posted.fields.iter();
    let chosen: Vec<(String, String)> = fields
        .filter_map(|(name, side)| Some((name.strip_prefix("lado-")?.to_owned(), side.clone())))
        .collect();
    let mut retry = Retry {
        chosen,
        reason,
        ..Retry::default()
    };
    let decisions: Vec<(String, Decision)> = retry
        .chosen
        .iter()
        .filter_map(|(id, side)| {
            let decision = Decision {
                keep: Keep::Side(side.parse().ok()?),
                reason: retry.reason.clone(),
                shown: posted.get(&format!("visto-{id}")).to_owned(),
            };
            Some((id.clone(), decision))
        })
        .collect();
    let session = posted.session.clone();
    retry.error = match (decisions.is_empty(), retry.reason.is_empty()) {
        (true, _) => "Escolha um lado em pelo menos um deles.".to_owned(),
        (_, true) => "Escreva o motivo: quem escreveu cada lado vai lê-lo.".to_owned(),
        _ => String::new(),
    };
    if !retry.error.is_empty() {
        return show(state, id, session, (batch, retry)).await;
    }
    let came = state.call(move |console| console.decide_all(&posted.session, decisions));
    let came = match came.await {
        Ok(came) => came,
        Err(error) => {
            retry.error = say(&error);
            return show(state, id, session, (batch, retry)).await;
        }
    };
    for Decided { conflict, came } in came {
        match came {
            Ok(false) => retry.done.0 += 1,
            Ok(true) => retry.done.1 += 1,
            Err(error) => retry.refused.push((conflict, say(&error))),
        }
    }
    match retry.refused.is_empty() {
        true if retry.done.1 > 0 => redirect("/?proposto=sim"),
        true => redirect("/decididos"),
        false => {
            let left = count(retry.refused.len() as u64, "ficou", "ficaram");
            retry.error = format!("{left} por decidir: veja porquê em cada um.");
            show(state, id, session, (batch, retry)).await
        }
    }
}

fn title(batch: Batch) -> &'static str {
    match batch {
        Batch::Record => "Tudo o que é deste pedido",
        Batch::Like => "Casos iguais",
    }
}

pub(crate) fn content(frame: &Frame, batch: Batch, all: &[Conflict], retry: &Retry) -> Markup {
    let first = all.first();
    html! {
        div.conflict-page {
            div.page-head {
                p.crumb { a href="/" data-key="Escape" aria-keyshortcuts="Escape" { "Conflitos" } }
                h1 { (title(batch)) }
                @if let Some(first) = first {
                    p { @match batch {
                        Batch::Record => { (first.row.citizen) " · " (first.row.service.pt()) }
                        Batch::Like => { (first.row.what.pt()) ": propõe-se o que o cidadão disse por último. Veja cada um antes de decidir." }
                    } }
                }
            }
            @if retry.done != (0, 0) {
                p.notice.done role="status" { (count(retry.done.0, "decidido", "decididos"))
                    @if retry.done.1 > 0 { ", " (count(retry.done.1, "proposto a outra pessoa", "propostos a outra pessoa")) } "." }
            }
            @if all.is_empty() { p.none { "Já não há nada por decidir aqui." } }
            @else { (form(frame, batch, all, retry)) }
        }
    }
}

fn form(frame: &Frame, batch: Batch, all: &[Conflict], retry: &Retry) -> Markup {
    html! {
        form.decision method="post" data-once {
            (frame.guard())
            @if !retry.error.is_empty() {
                div.alert #erro-decisao role="alert" tabindex="-1" data-takes-focus { p { (retry.error) } p { "O que escreveu continua aqui." } }
            }
            @for one in all { (choice(frame, batch, one, retry)) }
            div.field {
                label for="motivo" { "Motivo, para todos" }
                p.hint #motivo-ajuda { "Obrigatório. Segue para os postos que escreveram cada lado." }
                textarea #motivo name="motivo" rows="2" required aria-describedby="motivo-ajuda" { (retry.reason) }
            }
            button.primary type="submit" { "Decidir os escolhidos" }
        }
    }
}

fn choice(frame: &Frame, batch: Batch, one: &Conflict, retry: &Retry) -> Markup {
    let row = &one.row;
    let loud = one.compared.iter().find(|c| c.differs);
    let typed = retry.chosen.iter().find(|(id, _)| *id == row.id);
    // What the rule proposes is chosen; where it proposes nothing, nothing is.
    let proposed = one
        .proposed
        .map(|side| side.to_string())
        .unwrap_or_default();
    let chosen = typed.map_or(proposed, |(_, side)| side.clone());
    let refused = retry.refused.iter().find(|(id, _)| *id == row.id);
    html! {
        fieldset.options {
            legend {
                @match batch { Batch::Record => { (row.what.pt()) } Batch::Like => { (row.citizen) } }
                " " a href=(format!("/conflito/{}", row.id)) { "ver" span.hidden { " " (row.what.pt()) ", " (row.citizen) } }
            }
            input type="hidden" name=(format!("visto-{}", row.id)) value=(one.shown);
            @if let Some((_, why)) = refused { p.hint { strong { (why) } } }
            @else if row.settlement == vereda_sync::catalogue::Settlement::Two { p.hint { "Dinheiro ou identidade: propõe-se a outra pessoa." } }
            @for (i, side) in one.sides.iter().enumerate() {
                @let value = loud.and_then(|c| c.values.get(i)?.as_ref());
                @let id = format!("lado-{}-{i}", row.id);
                label.tile for=(id) {
                    input type="radio" id=(id) name=(format!("lado-{}", row.id)) value=(i) checked[chosen == i.to_string()];
                    span { (letter(i)) ". " strong { @match value { Some((value, _)) => { (value) } None => { "não indicado" } } }
                        br; span.detail { (side.spot) ", " (side.mediator) ", " (time::at(side.at, frame.now())) @if one.proposed == Some(i) { ", proposto" } } }
                }
            }
            @let none = format!("lado-{}-nada", row.id);
            label.tile for=(none) {
                input type="radio" id=(none) name=(format!("lado-{}", row.id)) value="" checked[chosen.is_empty()];
                span { "Deixar para depois" }
            }
        }
    }
}
