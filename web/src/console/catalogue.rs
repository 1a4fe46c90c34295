//! "Catálogo": what is published and who has it, what is proposed, and how one begins.

use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::{EditionRow, EditionsView, Files, ProposalRow, UptakeRow};
use crate::console::rights::Within;
use crate::desk::Fault;
use crate::desk::port::{DeskError, Session};
use crate::desk::problem;
use crate::gate::{Posted, Signed, redirect};
use crate::words::{count, time};

pub(crate) mod preview;
pub(crate) mod proposal;
pub(crate) mod sent;
pub(crate) mod text;

/// Longest reason, in characters.
pub(crate) const MAX_REASON_CHARS: usize = 300;

/// What was not done, and why.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) problem: String,
    pub(crate) reason: String,
}

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    respond(&state, &who.session, &Retry::default()).await
}

async fn respond(state: &ConsoleState, session: &Session, retry: &Retry) -> Response {
    let status = match retry.problem.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let asker = session.clone();
    match state
        .load(session, move |console| console.editions(&asker))
        .await
    {
        Ok((frame, view)) => {
            let content = content(&frame, &view, retry);
            frame.respond(status, Part::Catalogue, "Catálogo", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

/// A folder, or a `.zip`, as it was sent: wrong or not, its proposal says what is the matter.
pub(crate) async fn send(Within(state): Within, who: Signed, request: Request) -> Response {
    let sent = match sent::read(&state, who, request).await {
        Ok(sent) => sent,
        Err(refusal) => return refusal,
    };
    let session = sent.session.clone();
    let begun = state
        .call(move |console| match sent.files.is_empty() {
            true => Err(DeskError::NotNow(
                "Não escolheu nada. Escolha a pasta do catálogo, ou um .zip dela.".into(),
            )),
            false => console.send_edition(&sent.session, sent.files),
        })
        .await;
    began(&state, &session, begun).await
}

pub(crate) async fn begin(Within(state): Within, posted: Posted) -> Response {
    let session = posted.session.clone();
    let begun = state
        .call(move |console| console.begin_edition(&posted.session))
        .await;
    began(&state, &session, begun).await
}

async fn began(state: &ConsoleState, session: &Session, begun: Result<i64, DeskError>) -> Response {
    match begun {
        Ok(id) => redirect(&format!("/catalogo/proposta/{id}")),
        Err(error) => {
            let retry = Retry {
                problem: problem(&error),
                ..Retry::default()
            };
            respond(state, session, &retry).await
        }
    }
}

pub(crate) async fn withdraw(
    Within(state): Within,
    Path(edition): Path<u32>,
    posted: Posted,
) -> Response {
    let (session, reason) = (posted.session.clone(), posted.get("motivo").to_owned());
    let (asker, why) = (session.clone(), reason.clone());
    let done = state
        .call(move |console| console.withdraw_edition(&asker, edition, &why))
        .await;
    match done {
        Ok(id) => redirect(&format!("/catalogo/proposta/{id}")),
        Err(error) => {
            let retry = Retry {
                problem: problem(&error),
                reason,
            };
            respond(&state, &session, &retry).await
        }
    }
}

pub(crate) async fn edition_zip(
    Within(state): Within,
    _who: Signed,
    Path(edition): Path<u32>,
) -> Response {
    zip(
        &state,
        Files::Edition(edition),
        &format!("catalogo-{edition}.zip"),
    )
    .await
}

pub(crate) async fn proposal_zip(
    Within(state): Within,
    _who: Signed,
    Path(proposal): Path<i64>,
) -> Response {
    let name = format!("catalogo-proposta-{proposal}.zip");
    zip(&state, Files::Proposal(proposal), &name).await
}

async fn zip(state: &ConsoleState, of: Files, name: &str) -> Response {
    match state.call(move |console| console.edition_zip(of)).await {
        Ok(bytes) => (
            [
                (CONTENT_TYPE, "application/zip".to_owned()),
                (
                    CONTENT_DISPOSITION,
                    format!("attachment; filename=\"{name}\""),
                ),
            ],
            bytes,
        )
            .into_response(),
        Err(error) => Fault::from(error).into_response(),
    }
}

/// For whom an edition is, in words.
pub(crate) fn for_whom(scopes: &[String]) -> String {
    match scopes {
        [] => "todos os postos".to_owned(),
        [one] => format!("os postos de {one}"),
        many => format!("os postos de {}", many.join(", ")),
    }
}

pub(crate) fn content(frame: &Frame, view: &EditionsView, retry: &Retry) -> Markup {
    html! {
        div.editions {
            h1 { "Catálogo" }
            @if !retry.problem.is_empty() {
                div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (retry.problem) } }
            }
            div #cat-espera data-region="strip" { (waiting(frame, view)) }
            section aria-labelledby="t-vigor" {
                h2 #t-vigor { "Em vigor: edição " (view.newest) }
                (in_force(frame, view))
                div #cat-tomada data-region="strip" { (uptake(frame, view)) }
            }
            section aria-labelledby="t-mudar" {
                h2 #t-mudar { "Mudar o catálogo" }
                div.ways {
                    form.panel method="post" action="/catalogo/comecar" data-once {
                        (frame.guard())
                        h3 { "Mudar pouca coisa" }
                        p { "Uma taxa, um texto, uma pergunta: parte da edição " (view.newest) " e escreve só o que muda." }
                        button.primary type="submit" { "Começar da edição em vigor" }
                    }
                    form.panel method="post" action="/catalogo" enctype="multipart/form-data" data-once {
                        (frame.guard())
                        h3 { "Enviar uma pasta" }
                        div.field {
                            label for="cat-pasta" { "Pasta do catálogo" }
                            input #cat-pasta type="file" name="pasta" webkitdirectory multiple aria-describedby="cat-ajuda-pasta";
                            p.detail #cat-ajuda-pasta { "A que tem «catalogue.toml», «services» e «languages». Até 8 MB." }
                        }
                        details {
                            summary { "Ou um .zip da pasta" }
                            div.field {
                                label for="cat-zip" { "Ficheiro .zip" }
                                input #cat-zip type="file" name="zip" accept=".zip,application/zip";
                            }
                        }
                        button type="submit" { "Enviar e verificar" }
                    }
                }
                p.detail { "Nada chega aos postos sem que outra pessoa concorde. O que está errado não se pode propor." }
            }
            section aria-labelledby="t-propostas" {
                h2 #t-propostas { "Propostas" }
                div #cat-propostas data-region="strip" { (proposals(frame, &view.proposals)) }
            }
            section aria-labelledby="t-edicoes" {
                h2 #t-edicoes { "Edições publicadas" }
                (editions(frame, view, retry))
            }
        }
    }
}

/// What waits for a second person, on top: it is what somebody comes for.
fn waiting(frame: &Frame, view: &EditionsView) -> Markup {
    let waits = view.proposals.iter().filter_map(|row| {
        let wanted = row.wanted.as_ref().filter(|w| !w.is_stale)?;
        Some((row, wanted))
    });
    html! {
        @for (row, wanted) in waits {
            div.proposed role="status" {
                p { strong { (wanted.by) @if row.withdraws.is_some() { " propõe retirar uma edição" } @else { " propõe publicar" } } " para " (for_whom(&wanted.scopes)) ", " (time::ago(wanted.at, frame.now())) ": " (wanted.reason) }
                @if wanted.own { p { "Espera por uma segunda pessoa." } }
                p { a.button href=(format!("/catalogo/proposta/{}", row.id)) { @if wanted.own { "Ver a proposta" } @else { "Ver o que muda, e decidir" } } }
            }
        }
    }
}

fn in_force(frame: &Frame, view: &EditionsView) -> Markup {
    let newest = view
        .published
        .iter()
        .find(|row| row.edition == view.newest)
        .filter(|row| !row.by.is_empty());
    html! {
        @match newest {
            Some(row) => p { "Para " (for_whom(&row.scopes)) ", desde " (time::at(row.at, frame.now())) ". " (by(row)) },
            None if view.is_unsigned => p.notice { "Esta edição é uma pasta na central, que ninguém selou: a central não a entrega aos postos. A próxima que duas pessoas publicarem aqui chega a todos." },
            None => p { "É de antes de se dizerem as duas pessoas: vale onde já está." },
        }
    }
}

fn by(row: &EditionRow) -> Markup {
    let names: Vec<&str> = row.by.iter().map(|(name, _)| name.as_str()).collect();
    html! {
        @if let [proposer, others @ ..] = names.as_slice() {
            "Propôs " strong { (proposer) } @if !others.is_empty() { "; concordou " strong { (others.join(", ")) } } ". " (row.reason)
        } @else { "De antes de se dizerem as duas pessoas." }
    }
}

/// How many spots have what, as a picture, and the same as a table.
fn uptake(frame: &Frame, view: &EditionsView) -> Markup {
    let rows = &view.uptake;
    let there = rows.iter().filter(|row| row.is_there()).count();
    let silent = rows.iter().filter(|row| row.has.is_none()).count();
    let behind = rows.len() - there - silent;
    html! {
        @if rows.is_empty() { p.none { "Ainda nenhum posto está inscrito." } }
        @else {
            p { strong { (there) " de " (count(rows.len() as u64, "posto tem", "postos têm")) " a edição que lhes cabe" }
                @if behind > 0 { "; " (count(behind as u64, "ainda não", "ainda não")) }
                @if silent > 0 { "; " (count(silent as u64, "nunca disse qual tem", "nunca disseram qual têm")) }
                "." }
            (bar(&[("there", there), ("behind", behind), ("silent", silent)]))
            ul.uptake-legend {
                li.there { "Em dia: " (there) } li.behind { "Com uma anterior: " (behind) } li.silent { "Não disse: " (silent) }
            }
            details open[behind > 0 && rows.len() <= 30] {
                summary { "Posto a posto" }
                table.rows {
                    caption.hidden { "Edição do catálogo em cada posto" }
                    thead { tr { th scope="col" { "Posto" } th scope="col" { "Tem" } th scope="col" { "Desde" } th scope="col" { "Cabe-lhe" } th scope="col" { "Falou" } } }
                    tbody { @for row in rows { (uptake_row(frame, row)) } }
                }
            }
            p.detail { "Um posto pergunta pela edição nova assim que fala com a central, e depois a cada minuto. Sem rede, continua com a que tem." }
        }
    }
}

fn uptake_row(frame: &Frame, row: &UptakeRow) -> Markup {
    let now = frame.now();
    html! {
        tr {
            th scope="row" { a href=(format!("/posto/{}", row.id)) { (row.name) } }
            td {
                @match row.has {
                    Some((edition, _)) if row.is_there() => (edition),
                    Some((edition, _)) => strong.problem { (edition) ", falta a " (row.newest) },
                    None => "não disse",
                }
            }
            td { @match row.has.and_then(|(_, since)| since) { Some(at) => (time::at(at, now)), None => "–" } }
            td { @match row.newest { 0 => "–", newest => (newest) } }
            td { @match row.seen { Some(at) => (time::ago(at, now)), None => "nunca" } }
        }
    }
}

/// A bar of parts, as wide as the shares of a whole; what it shows is said beside it.
fn bar(parts: &[(&str, usize)]) -> Markup {
    let all: usize = parts.iter().map(|(_, n)| n).sum();
    let mut at = 0;
    let pieces: Vec<(&str, usize, usize)> = parts
        .iter()
        .map(|(class, n)| {
            let begins = at * 1_000 / all.max(1);
            at += n;
            (*class, begins, at * 1_000 / all.max(1) - begins)
        })
        .collect();
    html! {
        svg.uptake-bar viewBox="0 0 1000 36" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            @for (class, x, width) in pieces.into_iter().filter(|(_, _, width)| *width > 0) {
                rect class=(class) x=(x) y="0" width=(width) height="36" {}
            }
        }
    }
}

fn proposals(frame: &Frame, rows: &[ProposalRow]) -> Markup {
    html! {
        @if rows.is_empty() { p.none { "Nenhuma proposta." } }
        @else {
            table.rows {
                caption.hidden { "Propostas" }
                thead { tr { th scope="col" { "Proposta" } th scope="col" { "Quem a escreveu" } th scope="col" { "Como está" } } }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { a href=(format!("/catalogo/proposta/{}", row.id)) { "Proposta " (row.id) @if let Some(edition) = row.withdraws { " (retira a edição " (edition) ")" } } }
                            td { (row.by) ", " (time::ago(row.at, frame.now())) }
                            td { (standing(row)) }
                        }
                    }
                }
            }
        }
    }
}

/// How it stands with a proposal.
pub(crate) fn standing(row: &ProposalRow) -> Markup {
    html! {
        @match (&row.wanted, row.faults) {
            (_, 1..) => strong.problem { (count(row.faults.into(), "erro por corrigir", "erros por corrigir")) },
            (Some(wanted), _) if wanted.is_stale => strong.problem { "Mudou desde que foi proposta: proponha de novo" },
            (Some(wanted), _) => { "Proposta por " (wanted.by) "; espera por uma segunda pessoa" },
            (None, _) => "Sem erros; por propor",
        }
    }
}

fn editions(frame: &Frame, view: &EditionsView, retry: &Retry) -> Markup {
    html! {
        @if view.published.is_empty() {
            p.none { "Ainda nenhuma foi publicada daqui." }
            p { a href=(format!("/catalogo/edicao/{}/ficheiros", view.newest)) download { "Levar os ficheiros da edição " (view.newest) } }
        }
        @else {
            ol.editions-list {
                @for row in &view.published {
                    li {
                        p { strong { "Edição " (row.edition) } " · para " (for_whom(&row.scopes)) " · " (time::at(row.at, frame.now()))
                            @if let Some(edition) = row.withdraws { " · retira a edição " (edition) } }
                        p { (by(row)) }
                        p { a href=(format!("/catalogo/edicao/{}/ficheiros", row.edition)) download { "Levar os ficheiros" span.hidden { " da edição " (row.edition) } } }
                        @if row.may_withdraw { (withdrawing(frame, row, retry)) }
                    }
                }
            }
        }
    }
}

fn withdrawing(frame: &Frame, row: &EditionRow, retry: &Retry) -> Markup {
    let (id, help) = (
        format!("cat-motivo-{}", row.edition),
        format!("cat-ajuda-{}", row.edition),
    );
    html! {
        details.take-out {
            summary { "Retirar a edição " (row.edition) }
            form method="post" action=(format!("/catalogo/edicao/{}/retirar", row.edition)) data-once {
                (frame.guard())
                p #(help) { "O que havia antes é publicado outra vez, com um número novo: um posto nunca volta a um número mais baixo, para que ninguém lhe dê uma edição velha por nova. O que foi pedido entretanto fica na edição em que foi pedido. Outra pessoa tem de concordar." }
                div.field {
                    label for=(id) { "Porque se retira" }
                    textarea id=(id) name="motivo" rows="2" maxlength=(MAX_REASON_CHARS) required aria-describedby=(help) { (retry.reason) }
                }
                button type="submit" { "Propor que se retire" }
            }
        }
    }
}
