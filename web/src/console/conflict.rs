//! One conflict, side by side: only what differs is loud.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use vereda_sync::catalogue::Settlement;

use crate::console::ConsoleState;
use crate::console::conflicts::{harm, kind_words};
use crate::console::frame::{Frame, Part};
use crate::console::port::{
    Agreeing, Conflict, ConflictKind, ConflictRow, DecidedRow, Decision, Keep, Ruled, Side, Weighed,
};
use crate::console::rights::Within;
use crate::desk::port::{DeskError, Person, Session};

use crate::desk::{self, fault_words, timeline};
use crate::gate::{Posted, Signed, percent_encoded, redirect};
use crate::layout::key;
use crate::map::{self, Point, Shape};
use crate::words::{self, time};

#[derive(Deserialize)]
pub(crate) struct After {
    /// The conflict that was just decided, to say so.
    #[serde(default)]
    decidido: String,
    /// Something was proposed to a second person.
    #[serde(default)]
    proposto: String,
}

/// What was filled in when a decision was refused.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) keep: String,
    pub(crate) other: String,
    pub(crate) reason: String,
    /// Why the second person does not agree.
    pub(crate) objection: String,
    /// Why a decision is taken back.
    pub(crate) undoing: String,
    pub(crate) error: String,
}

/// What was done just before, to say so.
#[derive(Default)]
pub(crate) struct Just {
    pub(crate) decided: Option<DecidedRow>,
    pub(crate) proposed: bool,
}

pub(crate) async fn show(
    Within(state): Within,
    Path(id): Path<String>,
    Query(after): Query<After>,
    who: Signed,
) -> Response {
    let session = who.session.clone();
    let loaded = state
        .load(&who.session, move |console| {
            let decided = if after.decidido.is_empty() {
                None
            } else {
                console
                    .decided()?
                    .into_iter()
                    .find(|d| d.id == after.decidido)
            };
            let just = Just {
                decided,
                proposed: !after.proposto.is_empty(),
            };
            Ok((console.conflict(&session, &id)?, just))
        })
        .await;
    match loaded {
        Ok((frame, (conflict, just))) => {
            let content = content(&frame, &conflict, &just, &Retry::default());
            frame.respond(StatusCode::OK, Part::Conflicts, "Conflito", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn decide(
    Within(state): Within,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let mut retry = Retry {
        keep: posted.get("ficar").to_owned(),
        other: posted.get("outro").trim().to_owned(),
        reason: posted.get("motivo").trim().to_owned(),
        ..Retry::default()
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
        Ok(ruled) => return onward(&id, ruled),
        Err(refused) => refused,
    };
    retry.error = error;
    again(&state, &session, id, (retry, status)).await
}

/// To the next one, with what came of this.
fn onward(id: &str, ruled: Ruled) -> Response {
    let just = percent_encoded(id);
    redirect(&match (ruled.next, ruled.waits_for_second) {
        (Some(next), false) => format!("/conflito/{next}?decidido={just}"),
        (None, false) => format!("/decididos?decidido={just}"),
        (Some(next), true) => format!("/conflito/{next}?proposto=sim"),
        (None, true) => "/?proposto=sim".to_owned(),
    })
}

/// The page once more, with what was typed and what is wrong.
async fn again(
    state: &ConsoleState,
    session: &Session,
    id: String,
    (retry, status): (Retry, StatusCode),
) -> Response {
    let who = session.clone();
    match state
        .load(session, move |console| console.conflict(&who, &id))
        .await
    {
        Ok((frame, conflict)) => {
            let content = content(&frame, &conflict, &Just::default(), &retry);
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

/// What the second person says, or who proposed it.
pub(crate) async fn second(
    Within(state): Within,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let why = posted.get("motivo").trim().to_owned();
    let says = match posted.get("diz") {
        "concordo" => Agreeing::Agrees(posted.get("visto").to_owned()),
        "retiro" => Agreeing::Withdraws,
        _ => Agreeing::Objects(why.clone()),
    };
    let withdraws = says == Agreeing::Withdraws;
    let (session, conflict) = (posted.session.clone(), id.clone());
    let heard = state
        .call(move |console| console.second(&posted.session, &conflict, says))
        .await;
    match heard {
        Ok(_) if withdraws => redirect(&format!("/conflito/{id}")),
        Ok(ruled) => onward(&id, ruled),
        Err(error) => {
            let retry = Retry {
                objection: why,
                error: match &error {
                    DeskError::Refused(_) => "Escreva porque não concorda.".to_owned(),
                    error => say(error),
                },
                ..Retry::default()
            };
            again(&state, &session, id, (retry, status(&error))).await
        }
    }
}

/// Somebody takes it in hand, or gives it back.
pub(crate) async fn take(
    Within(state): Within,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let take = posted.get("fico") == "sim";
    let conflict = id.clone();
    let taken = state.call(move |console| console.take(&posted.session, &conflict, take));
    match taken.await {
        Ok(()) => redirect(&format!("/conflito/{id}")),
        Err(error) => crate::desk::Fault::from(error).into_response(),
    }
}

/// A decision is taken back.
pub(crate) async fn take_back(
    Within(state): Within,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let why = posted.get("motivo").trim().to_owned();
    let (session, conflict, reason) = (posted.session.clone(), id.clone(), why.clone());
    let undone = state.call(move |console| console.take_back(&posted.session, &conflict, &reason));
    match undone.await {
        Ok(()) => redirect(&format!("/conflito/{id}")),
        Err(error) => {
            let retry = Retry {
                undoing: why,
                error: match &error {
                    DeskError::Refused(_) => {
                        "Escreva porque se desfaz: quem soube da decisão vai lê-lo.".to_owned()
                    }
                    error => say(error),
                },
                ..Retry::default()
            };
            again(&state, &session, id, (retry, status(&error))).await
        }
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

pub(crate) fn say(error: &DeskError) -> String {
    let (_, heading, advice) = fault_words(error);
    match error {
        DeskError::Refused(_) => {
            "O outro valor não passa na verificação: confirme-o, algarismo a algarismo.".to_owned()
        }
        DeskError::NotNow(why) => why.clone(),
        _ => format!("{heading}. {advice}"),
    }
}

pub(crate) fn content(frame: &Frame, conflict: &Conflict, just: &Just, retry: &Retry) -> Markup {
    let row = &conflict.row;
    html! {
        div.conflict-page {
            @if let Some(just) = &just.decided {
                p.notice.done role="status" {
                    "Decidido: " (just.what.pt()) ", " (just.citizen) " — " (just.text) " Este é o seguinte. "
                    @if just.undoable { a href=(format!("/conflito/{}#desfazer", just.id)) { "Desfazer" } " · " }
                    a href="/decididos" { "Ver decididos" }
                }
            }
            @if just.proposed {
                p.notice role="status" { "Proposto. Nada está decidido até outra pessoa concordar. Este é o seguinte." }
            }
            div.page-head {
                p.crumb { a href="/" data-key="Escape" aria-keyshortcuts="Escape" { "Conflitos" } " · " (kind_words(row.kind)) " · " (harm(row.settlement)) " · chegou " (time::ago(row.since, frame.now())) }
                h1 { (row.what.pt()) }
                p { (row.citizen) " · " (row.service.pt()) }
            }
            @if let Some(decided) = &conflict.decided {
                p.notice.done { "Já decidido por " (decided.by) ", " (time::at(decided.at, frame.now())) ": " (decided.text) " Motivo: " (decided.reason) }
                @if decided.undoable { (undoing(frame, row, retry)) }
            } @else {
                (in_hand(frame, conflict))
                (proposed(frame, conflict, retry))
            }
            @if !conflict.compared.is_empty() { (compared(frame, conflict)) }
            (places(conflict))
            @if !conflict.beside.is_empty() {
                p { "Do mesmo pedido também falta decidir: "
                    @for (i, (id, what)) in conflict.beside.iter().enumerate() { @if i > 0 { ", " } a href=(format!("/conflito/{id}")) { (what.pt()) } }
                    ". " a href=(format!("/conflito/{}/pedido-inteiro", row.id)) { "Decidir tudo o que é deste pedido" }
                }
            }
            @if conflict.alike > 1 {
                p { a href=(format!("/conflito/{}/iguais", row.id)) { "Ver e decidir juntos " (conflict.alike) " casos iguais: " (row.what.pt()) } }
            }
            @if !conflict.rule.is_empty() {
            section.rule aria-labelledby="t-regra" {
                h2 #t-regra { "O que diz a regra" }
                p { (conflict.rule) }
                @if let Some(side) = conflict.proposed.and_then(|i| conflict.sides.get(i)) {
                    p { "Propõe: " strong { (side.spot) } ". A decisão é sua." }
                }
                @if !conflict.likeness.is_empty() {
                    h3 { @if row.kind == ConflictKind::Identity { "O que se comparou" } @else { "Porque parecem o mesmo pedido" } }
                    (weighed(&conflict.likeness))
                }
            }
            }
            (agreed_to(conflict))
            @if !conflict.timeline.is_empty() {
                details.undo {
                    summary { "O que aconteceu, por ordem" }
                    (timeline(&conflict.timeline, frame.now()))
                }
            }
            @if conflict.decided.is_none() {
                @if waits_for_second(conflict) {
                    details.undo open[!retry.error.is_empty() && retry.objection.is_empty()] {
                        summary { "Propor outra coisa" }
                        (decision(frame, conflict, retry))
                    }
                } @else { (decision(frame, conflict, retry)) }
            }
        }
    }
}

/// Who has it, and who has it open: nobody is kept from it, but two people do not settle it unawares.
fn in_hand(frame: &Frame, conflict: &Conflict) -> Markup {
    let row = &conflict.row;
    let mine = |person: &Person| person.id == frame.session.person.id;
    html! {
        @if !conflict.open_at.is_empty() {
            p.notice.amber { (conflict.open_at.join(", ")) @if conflict.open_at.len() == 1 { " também tem" } @else { " também têm" } " este conflito aberto agora." }
        }
        form.in-hand method="post" action=(format!("/conflito/{}/comigo", row.id)) data-once {
            (frame.guard())
            @match &row.assigned {
                Some(who) if mine(who) => {
                    span { "Está consigo." } " "
                    button.quiet type="submit" name="fico" value="" { "Deixar" }
                }
                Some(who) => {
                    span { "Está com " (who.name) "." } " "
                    button.quiet type="submit" name="fico" value="sim" { "Passa para mim" }
                }
                None => { button.quiet type="submit" name="fico" value="sim" { "Fico com este" } }
            }
        }
    }
}

/// What was proposed holds: a second person says yes or no to it before anybody writes another.
fn waits_for_second(conflict: &Conflict) -> bool {
    let proposed = conflict.row.proposed.as_ref();
    proposed.is_some_and(|p| !p.is_stale && p.objection.is_none())
}

/// What is to be kept, in words.
fn keep_words(conflict: &Conflict, keep: &Keep) -> String {
    let loud = conflict.compared.iter().find(|c| c.differs);
    let value = |i: usize| loud.and_then(|c| c.values.get(i)?.as_ref());
    match keep {
        Keep::Both if conflict.row.kind == ConflictKind::Identity => {
            "os dois são verdade, fica como está".to_owned()
        }
        Keep::Both => "são pedidos diferentes, ficam todos".to_owned(),
        Keep::Other(value) => format!("outro valor, {value}"),
        Keep::Side(i) => {
            let spot = conflict.sides.get(*i).map_or("", |side| side.spot.as_str());
            match value(*i) {
                Some((value, _)) => format!("ficar com {}, {spot}: {value}", letter(*i)),
                None => format!("ficar com {}, {spot}", letter(*i)),
            }
        }
    }
}

/// What somebody proposed, and what a second person says of it.
fn proposed(frame: &Frame, conflict: &Conflict, retry: &Retry) -> Markup {
    let Some(proposed) = &conflict.row.proposed else {
        return html! {};
    };
    let post = format!("/conflito/{}/segunda-pessoa", conflict.row.id);
    html! {
        section.proposed aria-labelledby="t-proposta" {
            h2 #t-proposta { @if proposed.own { "À espera de outra pessoa" } @else { "Falta a segunda pessoa" } }
            p { (proposed.by) " propôs, " (time::at(proposed.at, frame.now())) ": " strong { (keep_words(conflict, &proposed.keep)) } "." }
            p { "Motivo: " (proposed.reason) }
            @if let Some((who, why)) = &proposed.objection {
                p.notice.amber { (who) " não concordou: " (why) " É preciso propor de novo." }
            } @else if proposed.is_stale {
                p.notice.amber { "Chegou mais sobre este conflito desde a proposta: é preciso propor de novo." }
            } @else if !proposed.own {
                form.agree method="post" action=(post) data-once {
                    (frame.guard())
                    input type="hidden" name="visto" value=(conflict.shown);
                    button.primary type="submit" name="diz" value="concordo" { "Concordo: fica decidido" }
                }
                form.agree method="post" action=(post) data-once {
                    (frame.guard())
                    @if !retry.error.is_empty() && retry.keep.is_empty() { (wrong(&retry.error)) }
                    div.field {
                        label for="nao-concordo" { "Não concordo, porque" }
                        textarea #nao-concordo name="motivo" rows="2" required { (retry.objection) }
                    }
                    button.plain type="submit" name="diz" value="nao" { "Não concordo" }
                }
            }
            @if proposed.own {
                form.agree method="post" action=(post) data-once {
                    (frame.guard())
                    button.quiet type="submit" name="diz" value="retiro" { "Retirar a proposta" }
                }
            }
        }
    }
}

/// A decision on which nothing was built can be taken back.
fn undoing(frame: &Frame, row: &ConflictRow, retry: &Retry) -> Markup {
    html! {
        details.undo #desfazer open[!retry.error.is_empty()] {
            summary { "Desfazer esta decisão" }
            form method="post" action=(format!("/conflito/{}/desfazer", row.id)) data-once {
                (frame.guard())
                @if !retry.error.is_empty() { (wrong(&retry.error)) }
                p { "Fica outra vez à espera, com os lados como estavam. Os balcões que souberam da decisão são avisados." }
                div.field {
                    label for="desfazer-motivo" { "Motivo" }
                    textarea #desfazer-motivo name="motivo" rows="2" required { (retry.undoing) }
                }
                button.plain type="submit" { "Desfazer a decisão" }
            }
        }
    }
}

fn wrong(error: &str) -> Markup {
    html! { div.alert role="alert" tabindex="-1" data-takes-focus { p { (error) } p { "Nada mudou. O que escreveu continua aqui." } } }
}

/// What speaks for and against, each beside how much: a bar to the right or to the left of the middle.
fn weighed(lines: &[Weighed]) -> Markup {
    let weighing: Vec<(&str, i32)> = lines
        .iter()
        .filter_map(|l| Some((l.text.as_str(), l.bits?)))
        .collect();
    html! {
        @if !weighing.is_empty() {
            table.weighed {
                caption.hidden { "O que pesa a favor e contra" }
                tbody {
                    @for (text, bits) in weighing {
                        tr { th scope="row" { (text) } td { (bar(bits)) (weight(bits)) } }
                    }
                }
            }
        }
        @if lines.iter().any(|l| l.bits.is_none()) {
            ul { @for line in lines.iter().filter(|l| l.bits.is_none()) { li { (line.text) } } }
        }
    }
}

fn weight(bits: i32) -> &'static str {
    match bits {
        10.. => "pesa muito a favor",
        4..10 => "a favor",
        1..4 => "pouco a favor",
        -4..1 => "pouco contra",
        -9..-4 => "contra",
        _ => "pesa muito contra",
    }
}

fn bar(bits: i32) -> Markup {
    const MOST: i32 = 24;
    let long = bits.clamp(-MOST, MOST);
    html! {
        svg.for[bits > 0].against[bits < 0] viewBox=(format!("-{MOST} 0 {} 6", 2 * MOST)) width="192" height="24" aria-hidden="true" {
            rect x=(long.min(0)) y="1" width=(long.abs()) height="4" {}
            path d="M0 0V6" {}
        }
    }
}

/// Where each side was written, where the hub knows the places of two; both stand in the table too.
fn places(conflict: &Conflict) -> Markup {
    let sides = conflict.sides.iter().enumerate();
    let points = sides.filter_map(|(i, side)| {
        Some(Point {
            label: letter(i).to_string(),
            name: side.stop.clone().unwrap_or_else(|| side.spot.clone()),
            at: side.position?,
            shape: Shape::Held,
        })
    });
    let points: Vec<Point> = points.collect();
    html! {
        @if points.len() > 1 {
            details.side-places {
                summary { "Onde foi escrito cada lado" }
                (map::drawn(&points, "Mapa de onde foi escrito cada lado; os lugares estão na tabela"))
            }
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
            @if let Some(number) = &side.number { br; a href=(format!("/pedido/{}", side.request)) { (number) } }
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
pub(crate) fn letter(i: usize) -> char {
    char::from(b'A' + u8::try_from(i.min(25)).unwrap_or(0))
}

fn decision(frame: &Frame, conflict: &Conflict, retry: &Retry) -> Markup {
    let duplicate = conflict.row.kind == ConflictKind::Duplicate;
    let identity = conflict.row.kind == ConflictKind::Identity;
    // What the second person wrote is refused where it stands.
    let wrong = !retry.error.is_empty() && retry.objection.is_empty();
    let needs_two = conflict.row.settlement == Settlement::Two;
    html! {
        form.decision method="post" action=(format!("/conflito/{}", conflict.row.id)) data-once {
            (frame.guard())
            input type="hidden" name="visto" value=(conflict.shown);
            @if wrong {
                div.alert #erro-decisao role="alert" tabindex="-1" data-takes-focus { p { (retry.error) } p { "Nada foi decidido. O que escreveu continua aqui." } }
            }
            fieldset.options {
                legend { @if needs_two { "O que propõe" } @else { "Decisão" } }
                @if needs_two { p.hint { "É dinheiro ou identidade: só fica decidido quando outra pessoa concordar." } }
                @for (i, side) in conflict.sides.iter().enumerate().filter(|(i, _)| !identity || *i == 1) {
                    @let id = format!("ficar-{i}");
                    label.tile for=(id) {
                        input type="radio" name="ficar" id=(id) value=(i) required checked[retry.keep == i.to_string()]
                            data-key=(letter(i).to_ascii_lowercase()) aria-keyshortcuts=(letter(i).to_ascii_lowercase());
                        span {
                            @if duplicate {
                                "Ficar com " (letter(i)) ", " (side.number.as_deref().unwrap_or(&side.spot)) ", e retirar " @if conflict.sides.len() > 2 { "os outros" } @else { "o outro" }
                            } @else if identity {
                                "Fica o que diz o cartão, " (letter(i)) ", " (side.spot)
                            } @else {
                                "Ficar com " (letter(i)) ", " (side.spot)
                            }
                        }
                        (key(&letter(i).to_string()))
                    }
                }
                @if identity {
                    label.tile for="ficar-ambos" {
                        input #ficar-ambos type="radio" name="ficar" value="ambos" checked[retry.keep == "ambos"];
                        span { "É a mesma pessoa, e os dois são verdade: fica como está" }
                    }
                } @else if duplicate {
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
            button.primary type="submit" { @if needs_two { "Propor a outra pessoa" } @else { "Decidir" } }
        }
    }
}
