//! A service of a proposal as the mediator will see it: every step, drawn as the desk draws it; nothing can be written.

use std::collections::BTreeMap;

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use vereda_sync::catalogue::{EXAMPLE_DAY, Service, Step};

use crate::console::frame::{Frame, Part};
use crate::console::rights::Within;
use crate::desk::field;
use crate::desk::port::FormField;
use crate::gate::Signed;
use crate::texts;
use crate::words;

#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    lingua: String,
}

/// What is shown.
pub(crate) struct View {
    pub(crate) proposal: i64,
    pub(crate) service: Service,
    pub(crate) languages: Vec<String>,
    /// The language of the citizen's texts; empty: Portuguese.
    pub(crate) language: String,
}

pub(crate) async fn show(
    Within(state): Within,
    who: Signed,
    Path((proposal, service)): Path<(i64, String)>,
    Query(asked): Query<Asked>,
) -> Response {
    let loaded = state
        .load(&who.session, move |console| {
            console.edition_service(proposal, &service)
        })
        .await;
    match loaded {
        Ok((frame, (service, languages))) => {
            let language = languages.iter().find(|lang| **lang == asked.lingua);
            let view = View {
                proposal,
                language: language.cloned().unwrap_or_default(),
                service,
                languages,
            };
            let title = format!("Antevisão: {}", view.service.title.pt());
            frame.respond(
                StatusCode::OK,
                Part::Catalogue,
                &title,
                &content(&frame, &view),
            )
        }
        Err(fault) => fault.into_response(),
    }
}

fn name(lang: &str) -> &str {
    texts::language(lang).map_or(lang, |language| language.in_portuguese)
}

pub(crate) fn content(_: &Frame, view: &View) -> Markup {
    let (service, id) = (&view.service, view.proposal);
    let here = format!("/catalogo/proposta/{id}/ver/{}", service.id);
    let nothing: BTreeMap<String, String> = BTreeMap::new();
    let fee = service.fee_cents(&nothing, EXAMPLE_DAY);
    html! {
        div.conflict-page.editions {
            div.page-head {
                p.crumb { a href="/catalogo" { "Catálogo" } " · " a href=(format!("/catalogo/proposta/{id}")) data-key="Escape" aria-keyshortcuts="Escape" { "Proposta " (id) } }
                h1 { (service.title.pt()) }
                p.detail { (service.by.name) " · ao balcão " (words::fee(fee)) " · cerca de " (service.minutes) " minutos" }
            }
            p.notice.amber { strong { "Antevisão." } " É assim que o mediador vai ver cada passo. Nada do que aqui está se pode preencher; ainda não está publicado." }
            @if view.languages.len() > 1 {
                nav.filters aria-label="Língua do cidadão" {
                    @for lang in &view.languages {
                        @let is_here = *lang == view.language || (view.language.is_empty() && lang == "pt");
                        a href=(if lang == "pt" { here.clone() } else { format!("{here}?lingua={lang}") }) hreflang=(lang) aria-current=[is_here.then_some("true")] { (name(lang)) }
                    }
                }
            }
            @if !service.documents.is_empty() {
                section aria-labelledby="t-traz" {
                    h2 #t-traz { "O que o cidadão traz" }
                    ul { @for paper in &service.documents { li { (paper.title.pt()) (in_language(view, &paper.title)) } } }
                }
            }
            @for (nth, step) in service.steps.iter().enumerate() { (one_step(view, nth, step)) }
            section aria-labelledby="t-depois" {
                h2 #t-depois { "O que acontece depois" }
                p { (service.next.pt()) (in_language(view, &service.next)) }
            }
        }
    }
}

/// The same as the citizen reads it on their screen, where another language was chosen.
fn in_language(view: &View, words: &vereda_sync::catalogue::Words) -> Markup {
    let lang = view.language.as_str();
    let is_other = !lang.is_empty() && lang != "pt" && !words.is_empty();
    let right_to_left = texts::language(lang).is_some_and(|l| l.right_to_left);
    html! {
        @if is_other { span.citizen-reads lang=(lang) dir=[right_to_left.then_some("rtl")] { (words.get(lang)) } }
    }
}

fn one_step(view: &View, nth: usize, step: &Step) -> Markup {
    let id = format!("t-passo-{nth}");
    html! {
        section.preview-step aria-labelledby=(id) {
            p.detail { "Passo " (nth + 1) " de " (view.service.steps.len())
                @if let Some(repeat) = &step.repeat { " · até " (repeat.at_most) " vezes" }
                @if step.when.is_some() { " · só se pergunta conforme o que se respondeu antes" }
            }
            h2 id=(id) { (step.title.pt()) (in_language(view, &step.title)) }
            @if !step.advice.is_empty() { p.notice { (step.advice.pt()) } }
            (field::idle_forms(&step.fields))
            // As it stands at a desk, and nothing of it is sent.
            form {
            fieldset.only-read disabled {
                legend.hidden { (step.title.pt()) }
                @for f in &step.fields {
                    @let shown = FormField { field: f.clone(), value: String::new(), provenance: None, hidden: false, saved: None, shown: true, attachments: vec![] };
                    @if f.when.is_some() { p.detail { "Só conforme o que se respondeu antes:" } }
                    (field::alone("antevisao", &shown, None, None))
                    (in_language(view, &f.label))
                }
                button.primary type="submit" { "Continuar" }
            }
            }
        }
    }
}
