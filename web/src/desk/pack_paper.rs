//! The forms of a pack as they are printed: A4, black on white, one after the other, made from the catalogue.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use vereda_sync::catalogue::{Field, Kind, Service, Step, Words};
use vereda_sync::record::attendance::{IDENTITY, is_identity};

use crate::desk::DeskState;
use crate::desk::frame::{Frame, Page, Part};
use crate::desk::port::{BlankState, BlankView, Desk, DeskError, PackView, Session};
use crate::desk::receipt::languages;
use crate::gate::Signed;
use crate::layout::{key, qr};
use crate::texts::{PORTUGUESE, Texts};
use crate::words::{count, time};

/// The language of the forms besides Portuguese.
#[derive(Deserialize)]
pub(crate) struct Chosen {
    lingua: Option<String>,
}

pub(crate) async fn show(
    State(state): State<DeskState>,
    Path(pack): Path<String>,
    Query(chosen): Query<Chosen>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| {
        let pack = desk.pack(session, &pack)?;
        // Whoever prints another spot's forms would have them twice.
        pack.row.is_own.then_some(pack).ok_or(DeskError::NotFound)
    };
    let page = |frame: &Frame, view: &PackView| {
        let lang = chosen.lingua.as_deref().unwrap_or(PORTUGUESE);
        page(frame, view, Texts::of(lang))
    };
    state.show(&who, load, page).await
}

pub(crate) fn page<'a>(frame: &Frame, view: &PackView, t: Texts) -> Page<'a> {
    let id = &view.row.id;
    let blanks = view.blanks.iter().filter(|b| b.state == BlankState::Blank);
    let forms: Vec<(&BlankView, &Service)> = blanks
        .filter_map(|b| Some((b, view.services.iter().find(|s| s.id == b.service)?)))
        .collect();
    let content = html! {
        div.receipt-page {
            div.done-bar {
                div { h1 { "Imprimir " (count(forms.len() as u64, "impresso", "impressos")) } p { "Em A4, a preto. Confirme que saíram todos antes de sair." } }
                div.actions {
                    button.primary type="button" data-print data-key="i" aria-keyshortcuts="i" hidden { "Imprimir " (key("I")) }
                    a.button href=(format!("/papel/{id}")) data-key="Escape" aria-keyshortcuts="Escape" { "Voltar ao maço " (key("Esc")) }
                }
            }
            (languages(&format!("/papel/{id}/imprimir"), "Língua dos impressos", t))
            @if forms.is_empty() { p.none { "Neste maço já não há impressos em branco." } }
            @for (blank, service) in forms { (form(frame, view, (blank, service), t)) }
        }
    };
    Page {
        part: Part::Paper,
        title: "Imprimir o maço",
        watching: String::new(),
        content,
    }
}

/// Words in Portuguese; under them in the language of the form, where it has them.
fn both(t: Texts, words: &Words) -> Markup {
    html! {
        (words.pt())
        @if t.lang() != PORTUGUESE && words.has(t.lang()) { " " (other(t, html! { (words.get(t.lang())) })) }
    }
}

fn other(t: Texts, text: Markup) -> Markup {
    let language = t.language();
    html! { span.other lang=(language.tag) dir=(language.direction()) { (text) } }
}

/// A text of the form itself.
fn of_form(t: Texts, text: fn(Texts) -> String) -> Markup {
    html! {
        p { (text(Texts::of(PORTUGUESE))) @if t.lang() != PORTUGUESE { " " (other(t, html! { (text(t)) })) } }
    }
}

fn form(
    frame: &Frame,
    view: &PackView,
    (blank, service): (&BlankView, &Service),
    t: Texts,
) -> Markup {
    let number = &blank.number;
    html! {
        article.receipt.blank-form {
            header.blank-head {
                div {
                    p.what { "Impresso em papel · " (service.by.name) }
                    h2.title { (both(t, &service.title)) }
                    p.big-number { (number) }
                }
                // A reader types it as a keyboard would: the number alone, whatever the layout of the keys.
                (qr(number, &format!("Código QR do impresso {number}")))
            }
            div.served {
                @for label in ["Dia", "Hora", "Onde", "Quem atendeu"] { div { span { (label) } span.line {} } }
            }
            (step(&IDENTITY, t))
            @for of in &service.steps { @if of.fields.iter().any(|f| !is_identity(&f.id)) { (step(of, t)) } }
            @if !service.documents.is_empty() {
                section {
                    h3 { "Documentos" }
                    ul.ticks { @for paper in &service.documents {
                        li { span.box {} " " (both(t, &paper.title)) " " span.detail { "visto · ou falta porque:" } span.line {} }
                    } }
                }
            }
            section.agreed-on-paper {
                h3 { "O que se faz aos dados" }
                p { (service.privacy_notice().pt()) }
                @if t.lang() != PORTUGUESE && service.privacy_notice().has(t.lang()) { p { (other(t, html! { (service.privacy_notice().get(t.lang())) })) } }
                (of_form(t, |t| t.say("paper-agree")))
                div.sign { div { span.line {} span.detail { "Assinatura do cidadão" } } div { span.line {} span.detail { "Data" } } div { span.line {} span.detail { "Quem atendeu" } } }
            }
            footer.stub {
                p.cut aria-hidden="true" { "✂" }
                div.blank-head {
                    div {
                        p.what { "Talão do cidadão" }
                        p { (both(t, &service.title)) }
                        p.big-number { (number) }
                        div.strong { (of_form(t, |t| t.say("paper-stub"))) }
                        p.detail { "Onde se pergunta: " (view.row.spot) ". Feito em " (time::full(view.row.by.at)) " por " (frame.session.person.name) "; catálogo n.º " (view.edition) "." }
                    }
                    (qr(number, &format!("Código QR do talão {number}")))
                }
            }
        }
    }
}

fn step(step: &Step, t: Texts) -> Markup {
    html! {
        section {
            h3 {
                (both(t, &step.title))
                @if step.when.is_some() { span.detail { " (só se for o caso)" } }
                @if step.repeat.is_some() { span.detail { " (se houver mais do que um, no verso)" } }
            }
            // Who it is was asked once.
            @for field in step.fields.iter().filter(|f| std::ptr::eq(step, &*IDENTITY) || !is_identity(&f.id)) { (question(field, t)) }
        }
    }
}

/// How many squares a number has, in groups.
fn squares(kind: Kind) -> &'static [u8] {
    match kind {
        Kind::Nif | Kind::Sns | Kind::Phone => &[3, 3, 3],
        Kind::Nic => &[8],
        Kind::Niss => &[3, 4, 4],
        Kind::PostalCode => &[4, 3],
        Kind::Date => &[2, 2, 4],
        Kind::Iban => &[4, 4, 4, 4, 4, 4, 1],
        _ => &[],
    }
}

fn question(field: &Field, t: Texts) -> Markup {
    let tick = |words: Markup| html! { span.option { span.box {} " " (words) } };
    html! {
        div.question.long[matches!(field.kind, Kind::LongText)] {
            p {
                (both(t, &field.label))
                @if !field.required { span.detail { " (se souber)" } }
                @else if field.when.is_some() { span.detail { " (se for o caso)" } }
            }
            @match field.kind {
                Kind::YesNo => { (tick(html! { "Sim" @if t.lang() != PORTUGUESE { " " (other(t, html! { (t.say("yes")) })) } })) (tick(html! { "Não" @if t.lang() != PORTUGUESE { " " (other(t, html! { (t.say("no")) })) } })) }
                Kind::Consent => (tick(html! { "Concordo" @if t.lang() != PORTUGUESE { " " (other(t, html! { (t.say("write-agree")) })) } })),
                Kind::Choice | Kind::Choices => { @for option in &field.options { (tick(both(t, &option.label))) } }
                Kind::Photos => p.detail { span.box {} " tiradas com: ______________  quantas: ____" },
                Kind::LongText => { @for _ in 0..4 { span.line {} } }
                kind if !squares(kind).is_empty() => {
                    span.squares aria-hidden="true" { @for group in squares(kind) { span.group { @for _ in 0..*group { i {} } } } }
                }
                _ => span.line {},
            }
        }
    }
}
