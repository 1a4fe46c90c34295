//! One file of a proposal, to be written: what is wrong with it is said as one keeps it.

use axum::extract::{Path, Query, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::sent;
use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::ProposalView;
use crate::console::rights::Within;
use crate::desk::port::Session;
use crate::desk::problem;
use crate::gate::{Signed, percent_encoded, redirect};
use crate::words::count;

#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    nome: String,
    #[serde(default)]
    linha: String,
    #[serde(default)]
    guardado: String,
}

/// What is on the page beside the proposal.
#[derive(Default)]
pub(crate) struct Shown {
    pub(crate) name: String,
    pub(crate) text: String,
    /// The fingerprint of the files that the text is of.
    pub(crate) files: String,
    pub(crate) problem: String,
    pub(crate) line: Option<usize>,
    pub(crate) is_kept: bool,
}

pub(crate) async fn show(
    Within(state): Within,
    who: Signed,
    Path(id): Path<i64>,
    Query(asked): Query<Asked>,
) -> Response {
    let session = who.session.clone();
    let loaded = state
        .load(&who.session, move |console| {
            let view = console.edition_proposal(&session, id)?;
            let text = console.edition_text(id, &asked.nome)?;
            let shown = Shown {
                text,
                files: view.files_shown.clone(),
                line: asked.linha.parse().ok(),
                is_kept: !asked.guardado.is_empty(),
                name: asked.nome,
                problem: String::new(),
            };
            Ok((view, shown))
        })
        .await;
    match loaded {
        Ok((frame, (view, shown))) => page(&frame, StatusCode::OK, &view, &shown),
        Err(fault) => fault.into_response(),
    }
}

fn page(frame: &Frame, status: StatusCode, view: &ProposalView, shown: &Shown) -> Response {
    let content = content(frame, view, shown);
    frame.respond(status, Part::Catalogue, &shown.name, &content)
}

pub(crate) async fn keep(
    Within(state): Within,
    who: Signed,
    Path(id): Path<i64>,
    request: Request,
) -> Response {
    let sent = match sent::read(&state, who, request).await {
        Ok(sent) => sent,
        Err(refusal) => return refusal,
    };
    let session = sent.session.clone();
    let shown = Shown {
        name: sent.get("nome").to_owned(),
        text: sent.get("texto").to_owned(),
        files: sent.get("visto").to_owned(),
        ..Shown::default()
    };
    let (name, text, files) = (shown.name.clone(), shown.text.clone(), shown.files.clone());
    let asker = session.clone();
    let done = state
        .call(move |console| console.keep_edition_text(&asker, id, (&name, &text), &files))
        .await;
    match done {
        Ok(()) => redirect(&format!(
            "/catalogo/proposta/{id}/ficheiro?nome={}&guardado=1",
            percent_encoded(&shown.name)
        )),
        Err(error) => {
            let shown = Shown {
                problem: problem(&error),
                ..shown
            };
            again(&state, &session, id, shown).await
        }
    }
}

async fn again(state: &ConsoleState, session: &Session, id: i64, shown: Shown) -> Response {
    let asker = session.clone();
    let loaded = state
        .load(session, move |console| console.edition_proposal(&asker, id))
        .await;
    match loaded {
        Ok((frame, view)) => page(&frame, StatusCode::UNPROCESSABLE_ENTITY, &view, &shown),
        Err(fault) => fault
            .keeping(vec![(shown.name, shown.text)])
            .into_response(),
    }
}

pub(crate) fn content(frame: &Frame, view: &ProposalView, shown: &Shown) -> Markup {
    let id = view.row.id;
    let here: Vec<_> = view
        .faults
        .iter()
        .filter(|fault| fault.file == shown.name)
        .collect();
    let elsewhere = u64::from(view.row.faults).saturating_sub(here.len() as u64);
    html! {
        div.conflict-page.editions {
            div.page-head {
                p.crumb { a href="/catalogo" { "Catálogo" } " · " a href=(format!("/catalogo/proposta/{id}")) data-key="Escape" aria-keyshortcuts="Escape" { "Proposta " (id) } }
                h1 { (shown.name) }
            }
            @if !shown.problem.is_empty() {
                div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (shown.problem) } }
            } @else if !here.is_empty() {
                div.alert #erro role="alert" tabindex="-1" data-takes-focus[shown.is_kept] {
                    h2 { @if shown.is_kept { "Guardado, com " } (count(here.len() as u64, "erro neste ficheiro", "erros neste ficheiro")) }
                    ol.faults { @for fault in &here { li {
                        p { "Linha " (fault.line) @if shown.line == Some(fault.line) { " (a que abriu)" } }
                        p lang="en" { (fault.what) }
                        p lang="en" { strong { "→ " (fault.remedy) } }
                    } } }
                }
            } @else if shown.is_kept {
                p.notice.done role="status" {
                    "Guardado. Este ficheiro não tem erros."
                    @match elsewhere { 0 => {}, n => { " Noutros ficheiros há " (count(n, "erro", "erros")) "." } }
                    " " a href=(format!("/catalogo/proposta/{id}")) { @if elsewhere == 0 { "Ver o que muda" } @else { "Ver os erros" } }
                }
            }
            @if view.row.wanted.is_some() { p.notice { "Alguém propôs publicar isto. Se mudar alguma coisa, tem de ser proposto outra vez." } }
            form.text-of-file method="post" action=(format!("/catalogo/proposta/{id}/ficheiro")) enctype="multipart/form-data" data-once {
                (frame.guard())
                input type="hidden" name="nome" value=(shown.name);
                input type="hidden" name="visto" value=(shown.files);
                label for="cat-texto" { "Texto do ficheiro" }
                textarea #cat-texto name="texto" rows="28" spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off" aria-describedby="cat-ajuda-texto" { "\n" (shown.text) }
                p.detail #cat-ajuda-texto { "As taxas são em cêntimos: «cents = 1250» são 12,50 €. Guardar não publica nada." }
                button.primary type="submit" { "Guardar e verificar" }
            }
        }
    }
}
