//! One proposal: what is wrong, or what it changes, and who agrees.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::{MAX_REASON_CHARS, for_whom};
use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::{EditionWanted, ProposalView, ServiceChanges};
use crate::console::rights::Within;
use crate::desk::Fault;
use crate::desk::port::{DeskError, Session};
use crate::desk::problem;
use crate::gate::{Posted, Signed, percent_encoded, redirect};
use crate::words::{count, time};

/// Faults that are shown at first; the others unfold.
const FAULTS_AT_ONCE: usize = 20;

/// What somebody wanted to propose, and why it was not.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) problem: String,
    pub(crate) reason: String,
    pub(crate) places: Option<Vec<String>>,
}

pub(crate) async fn show(Within(state): Within, who: Signed, Path(id): Path<i64>) -> Response {
    let page = respond(&state, &who.session, id, &Retry::default()).await;
    // Once it is published, or deleted, whoever still has it open is shown what is in force.
    match page.status() {
        StatusCode::NOT_FOUND => redirect("/catalogo"),
        _ => page,
    }
}

async fn respond(state: &ConsoleState, session: &Session, id: i64, retry: &Retry) -> Response {
    let status = match retry.problem.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let asker = session.clone();
    match state
        .load(session, move |console| console.edition_proposal(&asker, id))
        .await
    {
        Ok((frame, view)) => {
            let content = content(&frame, &view, retry);
            let title = format!("Proposta {id}");
            frame.respond(status, Part::Catalogue, &title, &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn propose(
    Within(state): Within,
    Path(id): Path<i64>,
    posted: Posted,
) -> Response {
    let (session, reason) = (posted.session.clone(), posted.get("motivo").to_owned());
    let is_for_some = posted.get("para") == "alguns";
    let places = posted.fields.iter().filter(|(name, _)| name == "lugar");
    let places: Vec<String> = match is_for_some {
        true => places.map(|(_, scope)| scope.clone()).collect(),
        false => vec![],
    };
    let (asker, scopes, why) = (session.clone(), places.clone(), reason.clone());
    let done = state
        .call(move |console| match is_for_some && scopes.is_empty() {
            true => Err(DeskError::NotNow(
                "Escolha os lugares, ou publique para todos.".into(),
            )),
            false => console.propose_edition(&asker, id, &scopes, &why),
        })
        .await;
    match done {
        Ok(()) => redirect(&format!("/catalogo/proposta/{id}")),
        Err(error) => {
            let retry = Retry {
                problem: problem(&error),
                reason,
                places: is_for_some.then_some(places),
            };
            respond(&state, &session, id, &retry).await
        }
    }
}

pub(crate) async fn agree(Within(state): Within, Path(id): Path<i64>, posted: Posted) -> Response {
    let (session, shown) = (posted.session.clone(), posted.get("visto").to_owned());
    let asker = session.clone();
    let done = state
        .call(move |console| console.agree_edition(&asker, id, &shown))
        .await;
    match done {
        Ok(_) => redirect("/catalogo"),
        Err(error) => again(&state, &session, id, &error).await,
    }
}

pub(crate) async fn unpropose(
    Within(state): Within,
    Path(id): Path<i64>,
    posted: Posted,
) -> Response {
    let session = posted.session.clone();
    let done = state
        .call(move |console| console.unpropose_edition(&posted.session, id))
        .await;
    match done {
        Ok(()) => redirect(&format!("/catalogo/proposta/{id}")),
        Err(error) => again(&state, &session, id, &error).await,
    }
}

pub(crate) async fn delete(Within(state): Within, Path(id): Path<i64>, posted: Posted) -> Response {
    let done = state
        .call(move |console| console.drop_edition(&posted.session, id))
        .await;
    match done {
        Ok(()) => redirect("/catalogo"),
        Err(error) => Fault::from(error).into_response(),
    }
}

async fn again(state: &ConsoleState, session: &Session, id: i64, error: &DeskError) -> Response {
    let retry = Retry {
        problem: problem(error),
        ..Retry::default()
    };
    respond(state, session, id, &retry).await
}

pub(crate) fn content(frame: &Frame, view: &ProposalView, retry: &Retry) -> Markup {
    let row = &view.row;
    html! {
        div.conflict-page.editions {
            div.page-head {
                p.crumb { a href="/catalogo" data-key="Escape" aria-keyshortcuts="Escape" { "Catálogo" } }
                h1 { "Proposta " (row.id) @if view.faults.is_empty() { ": edição " (view.edition) } }
                p.detail { "Escrita por " (row.by) ", " (time::ago(row.at, frame.now())) "." @if let Some(edition) = row.withdraws { " Retira a edição " (edition) ": volta ao que havia antes." } }
            }
            @if !retry.problem.is_empty() {
                div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (retry.problem) } }
            }
            @if !view.faults.is_empty() { (faults(view)) }
            @else {
                @if let Some(wanted) = &row.wanted { (second(frame, view, wanted)) }
                (changes(view))
                (drafts(view))
                (services(view))
                @if row.wanted.as_ref().is_none_or(|w| w.is_stale) { (proposing(frame, view, retry)) }
            }
            (files(frame, view))
        }
    }
}

fn edit(view: &ProposalView, file: &str, line: usize) -> String {
    let end = match line {
        0 => String::new(),
        n => format!("&linha={n}"),
    };
    format!(
        "/catalogo/proposta/{}/ficheiro?nome={}{end}",
        view.row.id,
        percent_encoded(file)
    )
}

fn faults(view: &ProposalView) -> Markup {
    let (first, rest) = view.faults.split_at(view.faults.len().min(FAULTS_AT_ONCE));
    let list = |faults: &[vereda_sync::catalogue::Fault]| {
        html! {
            ol.faults {
                @for fault in faults {
                    li {
                        p { a href=(edit(view, &fault.file, fault.line)) { (fault.file) ", linha " (fault.line) } }
                        p lang="en" { (fault.what) }
                        p lang="en" { strong { "→ " (fault.remedy) } }
                    }
                }
            }
        }
    };
    html! {
        section aria-labelledby="t-erros" {
            h2 #t-erros { (count(view.row.faults.into(), "erro por corrigir", "erros por corrigir")) }
            p { "Não se pode propor enquanto houver erros. Corrija aqui, ou na pasta e envie-a de novo." }
            (list(first))
            @if !rest.is_empty() {
                details { summary { "Mais " (rest.len()) } (list(rest)) }
            }
            @if u64::from(view.row.faults) > view.faults.len() as u64 { p.detail { "Mostram-se os primeiros " (view.faults.len()) "." } }
        }
    }
}

/// Somebody wants it published: the other person's one clear step.
fn second(frame: &Frame, view: &ProposalView, wanted: &EditionWanted) -> Markup {
    let id = view.row.id;
    html! {
        div.proposed role="status" {
            p { strong { (wanted.by) " propõe publicar para " (for_whom(&wanted.scopes)) } ", " (time::ago(wanted.at, frame.now())) ": " (wanted.reason) }
            @if wanted.is_stale {
                p { "A proposta, ou a edição em vigor, mudou desde então: já ninguém pode concordar com o que viu. Proponha de novo em baixo." }
            } @else if wanted.own {
                p { "Espera por uma segunda pessoa. Até lá nada chega aos postos." }
            } @else {
                p { "Leia o que muda. Se concorda, a central sela a edição com os dois nomes, e os postos tomam-na assim que falarem com ela." }
                form method="post" action=(format!("/catalogo/proposta/{id}/concordar")) data-once {
                    (frame.guard())
                    input type="hidden" name="visto" value=(wanted.shown);
                    button.primary type="submit" { "Concordo: publicar a edição " (view.edition) }
                }
            }
            form method="post" action=(format!("/catalogo/proposta/{id}/retirar")) data-once {
                (frame.guard())
                button type="submit" { @if wanted.own { "Afinal não se publica" } @else { "Não concordo: volta a rascunho" } }
            }
        }
    }
}

fn changes(view: &ProposalView) -> Markup {
    html! {
        section aria-labelledby="t-muda" {
            h2 #t-muda { "O que muda em relação à edição " (view.base) }
            @if view.changes.is_empty() { p.none { "Nada." } }
            @else { ul.changed { @for group in &view.changes { (one_change(view, group)) } } }
        }
    }
}

fn one_change(view: &ProposalView, group: &ServiceChanges) -> Markup {
    html! {
        li {
            h3 {
                @match &group.service {
                    None => "O catálogo",
                    Some((id, title)) if view.services.iter().any(|(known, _)| known == id) => {
                        a href=(format!("/catalogo/proposta/{}/ver/{id}", view.row.id)) { (title) }
                    },
                    Some((_, title)) => (title),
                }
            }
            ul { @for line in &group.lines { li { (line) } } }
        }
    }
}

/// What becomes of what citizens have begun.
fn drafts(view: &ProposalView) -> Markup {
    let touched = view.changes.iter().filter_map(|group| {
        let (_, title) = group.service.as_ref()?;
        (!group.drafts.is_empty()).then_some((title, group))
    });
    let touched: Vec<_> = touched.collect();
    html! {
        @if !touched.is_empty() {
            section aria-labelledby="t-rascunhos" {
                h2 #t-rascunhos { "O que acontece ao que está começado" }
                ul.changed {
                    @for (title, group) in touched {
                        li {
                            h3 { (title) }
                            ul { @for line in &group.drafts { li { (line) } } }
                            p.detail {
                                @match group.open { 0 => "A central não sabe de nenhum rascunho aberto.", n => { "A central sabe de " (count(n, "rascunho aberto", "rascunhos abertos")) "." } }
                            }
                        }
                    }
                }
                p.detail { "Os rascunhos que só estão nos postos a central não os conhece: quantos são só cada posto sabe." }
            }
        }
    }
}

fn services(view: &ProposalView) -> Markup {
    html! {
        section aria-labelledby="t-ver" {
            h2 #t-ver { "Ver como o mediador vai ver" }
            ul.preview-list {
                @for (id, title) in &view.services {
                    li { a href=(format!("/catalogo/proposta/{}/ver/{id}", view.row.id)) { (title) } }
                }
            }
        }
    }
}

fn proposing(frame: &Frame, view: &ProposalView, retry: &Retry) -> Markup {
    let is_for_some = retry.places.is_some();
    let chosen = retry.places.as_deref().unwrap_or_default();
    html! {
        section aria-labelledby="t-propor" {
            h2 #t-propor { "Propor que se publique" }
            form.decision method="post" action=(format!("/catalogo/proposta/{}/propor", view.row.id)) data-once {
                (frame.guard())
                fieldset {
                    legend { "Para quem" }
                    div.options {
                        label.tile for="cat-todos" { input #cat-todos type="radio" name="para" value="todos" checked[!is_for_some]; span { "Todos os postos" } }
                        @if !view.places.is_empty() {
                            label.tile for="cat-alguns" { input #cat-alguns type="radio" name="para" value="alguns" checked[is_for_some]; span { "Primeiro só alguns" } }
                        }
                    }
                    @if !view.places.is_empty() {
                        details open[is_for_some] {
                            summary { "Quais" }
                            p.detail { "Os outros ficam com a que têm, até que uma edição seja para todos." }
                            ul.places {
                                @for (nth, (scope, spots)) in view.places.iter().enumerate() {
                                    @let id = format!("cat-lugar-{nth}");
                                    li { label.tile for=(id) { input id=(id) type="checkbox" name="lugar" value=(scope) checked[chosen.contains(scope)]; span { (scope) " " span.detail { "(" (spots.join(", ")) ")" } } } }
                                }
                            }
                        }
                    }
                }
                div.field {
                    label for="cat-motivo" { "Porque se publica" }
                    textarea #cat-motivo name="motivo" rows="2" maxlength=(MAX_REASON_CHARS) required aria-describedby="cat-ajuda-motivo" { (retry.reason) }
                    p.detail #cat-ajuda-motivo { "Fica selado com a edição, com o seu nome e o de quem concordar." }
                }
                button.primary type="submit" { "Propor a outra pessoa" }
            }
        }
    }
}

fn files(frame: &Frame, view: &ProposalView) -> Markup {
    let id = view.row.id;
    html! {
        section aria-labelledby="t-ficheiros" {
            h2 #t-ficheiros { "Ficheiros" }
            p { "As taxas e as perguntas de um serviço estão em «services»; os textos noutras línguas em «languages»." }
            ul.preview-list { @for (name, _) in &view.files { li { a href=(edit(view, name, 0)) { (name) } } } }
            p { a href=(format!("/catalogo/proposta/{id}/ficheiros")) download { "Levar todos num .zip" } }
            details.take-out {
                summary { "Apagar esta proposta" }
                form method="post" action=(format!("/catalogo/proposta/{id}/apagar")) data-once {
                    (frame.guard())
                    p { "Os ficheiros desta proposta deixam de estar na central. O que está publicado não muda." }
                    button type="submit" { "Apagar a proposta " (id) }
                }
            }
        }
    }
}
