//! One conflict, side by side: only what differs is loud.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::console::ConsoleState;
use crate::console::conflicts::{harm, kind_words};
use crate::console::frame::{Frame, Part};
use crate::console::port::{Conflict, ConflictKind, DecidedRow, Decision, Keep, Side};
use crate::desk::port::DeskError;
use crate::desk::{self, fault_words};
use crate::gate::{Posted, Signed, percent_encoded, redirect};
use crate::layout::key;
use crate::words::{self, time};

#[derive(Deserialize)]
pub(crate) struct After {
    /// The conflict that was just decided, to say so.
    #[serde(default)]
    decidido: String,
}

/// What was filled in when a decision was refused.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) keep: String,
    pub(crate) other: String,
    pub(crate) reason: String,
    pub(crate) error: String,
}

pub(crate) async fn show(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    Query(after): Query<After>,
    who: Signed,
) -> Response {
    let loaded = state
        .load(&who.session, move |console| {
            let just = if after.decidido.is_empty() {
                None
            } else {
                console
                    .decided()?
                    .into_iter()
                    .find(|d| d.id == after.decidido)
            };
            Ok((console.conflict(&id)?, just))
        })
        .await;
    match loaded {
        Ok((frame, (conflict, just))) => {
            let content = content(&frame, &conflict, just.as_ref(), &Retry::default());
            frame.respond(StatusCode::OK, Part::Conflicts, "Conflito", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn decide(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let mut retry = Retry {
        keep: posted.get("ficar").to_owned(),
        other: posted.get("outro").trim().to_owned(),
        reason: posted.get("motivo").trim().to_owned(),
        error: String::new(),
    };
    let session = posted.session.clone();
    let outcome = match read(&retry, posted.get("visto")) {
        Ok(decision) => {
            let conflict = id.clone();
            state
                .call(move |console| console.decide(&posted.session, &conflict, decision))
                .await
                .map_err(|error| (say(&error), status(&error)))
        }
        Err(words) => Err((words.to_owned(), StatusCode::UNPROCESSABLE_ENTITY)),
    };
    let (error, status) = match outcome {
        Ok(next) => {
            let just = percent_encoded(&id);
            return redirect(&match next {
                Some(next) => format!("/conflito/{next}?decidido={just}"),
                None => format!("/decididos?decidido={just}"),
            });
        }
        Err(refused) => refused,
    };
    retry.error = error;
    match state
        .load(&session, move |console| console.conflict(&id))
        .await
    {
        Ok((frame, conflict)) => {
            let content = content(&frame, &conflict, None, &retry);
            frame.respond(
                status,
                Part::Conflicts,
                "Erro: conflito por decidir",
                &content,
            )
        }
        Err(fault) => fault
            .keeping(vec![("Motivo".to_owned(), retry.reason)])
            .into_response(),
    }
}

fn read(retry: &Retry, shown: &str) -> Result<Decision, &'static str> {
    let keep = match retry.keep.as_str() {
        "ambos" => Keep::Both,
        "outro" if retry.other.is_empty() => return Err("Escreva o outro valor."),
        "outro" => Keep::Other(retry.other.clone()),
        side => Keep::Side(side.parse().map_err(|_| "Escolha com o que se fica.")?),
    };
    if retry.reason.is_empty() {
        return Err("Escreva o motivo: quem escreveu cada lado vai lê-lo.");
    }
    Ok(Decision {
        keep,
        reason: retry.reason.clone(),
        shown: shown.to_owned(),
    })
}

fn status(error: &DeskError) -> StatusCode {
    fault_words(error).0
}

fn say(error: &DeskError) -> String {
    let (_, heading, advice) = fault_words(error);
    match error {
        DeskError::Refused(_) => {
            "O outro valor não passa na verificação: confirme-o, algarismo a algarismo.".to_owned()
        }
        DeskError::NotNow(why) => why.clone(),
        _ => format!("{heading}. {advice}"),
    }
}

pub(crate) fn content(
    frame: &Frame,
    conflict: &Conflict,
    just: Option<&DecidedRow>,
    retry: &Retry,
) -> Markup {
    let row = &conflict.row;
    html! {
        div.conflict-page {
            @if let Some(just) = just {
                p.notice.done role="status" {
                    "Decidido: " (just.what.pt()) ", " (just.citizen) " — " (just.text) ". Este é o seguinte. "
                    a href="/decididos" { "Ver decididos" }
                }
            }
            div.page-head {
                p.crumb { a href="/" data-key="Escape" aria-keyshortcuts="Escape" { "Conflitos" } " · " (kind_words(row.kind)) " · " (harm(row.settlement)) " · chegou " (time::ago(row.since, frame.now())) }
                h1 { (row.what.pt()) }
                p { (row.citizen) " · " (row.service.pt()) }
            }
            @if let Some(decided) = &conflict.decided {
                p.notice.done { "Já decidido por " (decided.by) ", " (time::at(decided.at, frame.now())) ": " (decided.text) ". Motivo: " (decided.reason) }
            }
            (compared(frame, conflict))
            section.rule aria-labelledby="t-regra" {
                h2 #t-regra { "O que diz a regra" }
                p { (conflict.rule) }
                @if let Some(side) = conflict.proposed.and_then(|i| conflict.sides.get(i)) {
                    p { "Propõe: " strong { (side.spot) } ". A decisão é sua." }
                }
                @if !conflict.likeness.is_empty() {
                    h3 { "Porque parecem o mesmo pedido" }
                    ul { @for line in &conflict.likeness { li { (line) } } }
                }
            }
            (agreed_to(conflict))
            @if conflict.decided.is_none() { (decision(frame, conflict, retry)) }
        }
    }
}

fn compared(frame: &Frame, conflict: &Conflict) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Os lados, comparados" {
            table.compared {
                caption.hidden { "Os lados, comparados" }
                thead { tr {
                    th scope="col" { span.hidden { "Campo" } }
                    @for (i, side) in conflict.sides.iter().enumerate() {
                        th scope="col" {
                            span.side { (letter(i)) } " " strong { (side.spot) }
                            @if conflict.proposed == Some(i) { span.mark { "proposto" } }
                            (who_when(frame, side))
                        }
                    }
                } }
                tbody {
                    @for compared in &conflict.compared {
                        tr.(if compared.differs { "differs" } else { "equal" }) {
                            th scope="row" { (compared.label.pt()) @if compared.differs { span.hidden { " (diferente)" } } }
                            @if compared.differs {
                                @for value in &compared.values {
                                    td { (value_cell(value.as_ref())) }
                                }
                            } @else {
                                td colspan=(compared.values.len().max(1)) {
                                    @if let Some(Some((value, _))) = compared.values.first() { (value) } @else { "não indicado" }
                                    span.detail { " · igual" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn value_cell(value: Option<&(String, vereda_sync::answer::Provenance)>) -> Markup {
    html! {
        @match value {
            Some((value, provenance)) => { p.value { (value) } span.mark { (words::provenance(*provenance)) } }
            None => span.none { "não indicado" },
        }
    }
}

fn who_when(frame: &Frame, side: &Side) -> Markup {
    html! {
        p.detail {
            (side.mediator)
            @if let Some(stop) = &side.stop { ", " (stop) }
            br;
            (time::at(side.at, frame.now()))
            @if side.at.sure { " (relógio certo)" }
            @if let Some(number) = &side.number { br; (number) }
        }
    }
}

/// What the citizen agreed to: before a value is decided, it is seen which one they confirmed.
fn agreed_to(conflict: &Conflict) -> Markup {
    let one = conflict.row.kind == ConflictKind::Value;
    let sides = conflict.sides.iter().enumerate();
    let known = sides.filter_map(|(i, side)| Some((i, side.agreed.as_ref()?)));
    let known: Vec<_> = known.take(if one { 1 } else { usize::MAX }).collect();
    html! {
        @if !known.is_empty() {
            section aria-labelledby="t-confirmado" {
                h2 #t-confirmado { "O que o cidadão confirmou" }
                @for (i, agreed) in known {
                    div.agreed {
                        @if !one { h3 { (letter(i)) } }
                        (desk::agreed(agreed))
                        p.detail { (agreed.before) }
                    }
                }
            }
        }
    }
}

/// Sides are told apart by a letter too, not by their place alone.
fn letter(i: usize) -> char {
    char::from(b'A' + u8::try_from(i.min(25)).unwrap_or(0))
}

fn decision(frame: &Frame, conflict: &Conflict, retry: &Retry) -> Markup {
    let duplicate = conflict.row.kind == ConflictKind::Duplicate;
    let wrong = !retry.error.is_empty();
    html! {
        form.decision method="post" action=(format!("/conflito/{}", conflict.row.id)) data-once {
            (frame.guard())
            input type="hidden" name="visto" value=(conflict.shown);
            @if wrong {
                div.alert #erro-decisao role="alert" tabindex="-1" data-takes-focus { p { (retry.error) } p { "Nada foi decidido. O que escreveu continua aqui." } }
            }
            fieldset.options {
                legend { "Decisão" }
                @for (i, side) in conflict.sides.iter().enumerate() {
                    @let id = format!("ficar-{i}");
                    label.tile for=(id) {
                        input type="radio" name="ficar" id=(id) value=(i) required checked[retry.keep == i.to_string()]
                            data-key=(letter(i).to_ascii_lowercase()) aria-keyshortcuts=(letter(i).to_ascii_lowercase());
                        span {
                            @if duplicate {
                                "Ficar com " (letter(i)) ", " (side.number.as_deref().unwrap_or(&side.spot)) ", e retirar " @if conflict.sides.len() > 2 { "os outros" } @else { "o outro" }
                            } @else {
                                "Ficar com " (letter(i)) ", " (side.spot)
                            }
                        }
                        (key(&letter(i).to_string()))
                    }
                }
                @if duplicate {
                    label.tile for="ficar-ambos" {
                        input #ficar-ambos type="radio" name="ficar" value="ambos" checked[retry.keep == "ambos"];
                        span { "São pedidos diferentes: ficam todos" }
                    }
                } @else {
                    label.tile for="ficar-outro" {
                        input #ficar-outro type="radio" name="ficar" value="outro" checked[retry.keep == "outro"];
                        span { "Outro valor" }
                    }
                    div.field.other {
                        label for="outro" { "Outro valor, se for o caso" }
                        input.w-34 #outro name="outro" value=(retry.other) autocomplete="off" spellcheck="false" data-chooses="ficar-outro";
                    }
                }
            }
            div.field {
                label for="motivo" { "Motivo" }
                p.hint #motivo-ajuda { "Obrigatório. Segue para os postos que escreveram cada lado." }
                textarea #motivo name="motivo" rows="2" required aria-describedby=(if wrong { "motivo-ajuda erro-decisao" } else { "motivo-ajuda" }) { (retry.reason) }
            }
            button.primary type="submit" { "Decidir" }
        }
    }
}
