//! The receipt: what the citizen takes home. It says how final it is.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use fluent_bundle::FluentArgs;
use maud::{Markup, html};
use serde::Deserialize;
use vereda_sync::catalogue::Offline;
use vereda_sync::record::Life;
use vereda_sync::record::late::Late;
use vereda_sync::record::lease::{Reserved, Value};
use vereda_sync::record::outcome::OUTCOME;

use crate::citizen::{appointment, cost, how_final, identity_owed, papers_owed, said};
use crate::desk::DeskState;
use crate::desk::agreed;
use crate::desk::declared;
use crate::desk::frame::{Frame, Page, Part};
use crate::desk::outcome;
use crate::desk::packs;
use crate::desk::papers;
use crate::desk::port::{Desk, Payment, Receipt, Session, Verify};
use crate::gate::Signed;
use crate::layout::{key, qr};
use crate::texts::{LANGUAGES, PORTUGUESE, Texts};
use crate::words::{self, time};

/// The language that the paper speaks besides Portuguese, when it is not the screen's.
#[derive(Deserialize)]
pub(crate) struct Chosen {
    lingua: Option<String>,
}

pub(crate) async fn show(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    Query(chosen): Query<Chosen>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.receipt(session, &request);
    let page = |frame: &Frame, receipt: &Receipt| {
        let lang = chosen.lingua.as_deref().unwrap_or(&receipt.language);
        page(frame, receipt, Texts::of(lang))
    };
    state.show(&who, load, page).await
}

pub(crate) fn page<'a>(frame: &Frame, receipt: &Receipt, t: Texts) -> Page<'a> {
    let service = &receipt.service;
    let trains = frame.strip.training.is_some();
    let provisional = receipt.life == Life::Recorded;
    let content = html! {
        div.receipt-page {
            div.done-bar {
                p.done role="status" {
                    @if provisional { "Registado. Está guardado neste posto." } @else { "Estado: " (words::life(receipt.life)) }
                }
                div.actions {
                    @if receipt.payment.is_open() {
                        a.button.primary href=(format!("/pagamento/{}", receipt.request)) data-key="r" aria-keyshortcuts="r" {
                            "Receber " (words::fee(receipt.fee_cents)) " " (key("R"))
                        }
                    }
                    button.primary type="button" data-print data-key="i" aria-keyshortcuts="i" hidden { "Imprimir " (key("I")) }
                    a.button href=(format!("/atendimento/{}", receipt.attendance)) data-key="Escape" aria-keyshortcuts="Escape" {
                        "Voltar ao atendimento " (key("Esc"))
                    }
                }
            }
            (languages(&format!("/comprovativo/{}", receipt.request), "Língua do comprovativo", t))
            article.receipt {
                header {
                    p.what { "Comprovativo" @if receipt.copy { strong.copy { "2.ª via" } } }
                    h1 { (service.title.pt()) }
                    p { (service.by.name) }
                }
                div.number-and-qr {
                    div {
                        p.label { "Número do pedido" }
                        p.big-number { (receipt.number) }
                        @if let Some(verify) = &receipt.verify {
                            p.check { "Código de verificação: " strong { (verify.code) } }
                        }
                        p.final.(if provisional { "provisional" } else { "sure" }) {
                            (final_words(Texts::of(PORTUGUESE), receipt, trains))
                        }
                    }
                    (qr(&receipt.qr, &format!("Código QR para verificar o pedido {}", receipt.number)))
                }
                dl.facts {
                    div { dt { "Cidadão" } dd { (receipt.citizen) } }
                    @if let Some(name) = &receipt.representative { div { dt { "Representado por" } dd { (name) } } }
                    @if let Some(identity) = &receipt.identity { div { dt { "Identidade" } dd { (declared::fact(identity)) } } }
                    @if let Some(late) = &receipt.late { div { dt { "Preenchido em papel" } dd { (packs::said(late)) } } }
                    div { dt { @if receipt.late.is_some() { "Passado ao computador" } @else { "Quando" } } dd { (time::full(receipt.at)) } }
                    div { dt { "Onde" } dd { (receipt.place) } }
                    div { dt { "Quem atendeu" } dd { (receipt.mediator) } }
                    div { dt { "Custo" } dd {
                        @match &receipt.exempt {
                            Some(_) => (words::cost(receipt.fee_cents, receipt.exempt.as_ref())),
                            None => (words::payment(receipt.fee_cents, &receipt.payment)),
                        }
                    } }
                    @match &receipt.hour {
                        Reserved::No => {}
                        Reserved::Has(hour) => div { dt { "Marcação" } dd { (words::reserved::value(hour)) } },
                        Reserved::Owed => div { dt { "Marcação" } dd { "em falta: não foi escolhida nenhuma hora" } },
                    }
                    div { dt { "Aviso do resultado" } dd { (outcome::fact(receipt.told_by.as_ref(), PORTUGUESE)) } }
                    div { dt { "Estado" } dd { (words::life(receipt.life)) } }
                }
                section {
                    h2 { "O que foi pedido" }
                    @for (step, answers) in &receipt.answers {
                        h3 { (step.pt()) }
                        dl.answers {
                            @for (label, value) in answers { div { dt { (label.pt()) } dd { (value) } } }
                        }
                    }
                }
                @if let Some(agreed) = &receipt.agreed {
                    section { h2 { "O que confirmou" } (agreed::said(agreed)) }
                }
                @if papers::owed(&receipt.papers).next().is_some() {
                    section.owed {
                        h2 { "Documentos por entregar" }
                        dl.answers { @for (needed, why) in papers::owed(&receipt.papers) {
                            div { dt { (needed.paper.title.pt()) } dd { "Falta: " (why) } }
                        } }
                    }
                }
                @if service.offline == Offline::Prepared {
                    section { h2 { "O que falta fazer, e quem o faz" } p { (service.remains.pt()) } }
                }
                (verify_at(Texts::of(PORTUGUESE), receipt.verify.as_ref(), false))
                @if !trains { section { h2 { "O que acontece a seguir" } p { (service.next.pt()) } } }
                section { h2 { "Da próxima vez, sem vir ao balcão" } p { (service.guide("pt")) } }
                section { h2 { "Os seus dados" } p { (service.privacy_notice().pt()) } }
                @if t.lang() != PORTUGUESE { (in_language(receipt, t, trains)) }
            }
        }
    };
    Page {
        part: Part::Attendance,
        title: "Comprovativo",
        watching: String::new(),
        content,
    }
}

/// How final it is; what was only practice is nothing.
fn final_words(t: Texts, receipt: &Receipt, trains: bool) -> Markup {
    match trains {
        true => html! { (t.say("life-training")) },
        false => how_final(t, receipt.life, &receipt.service),
    }
}

/// The other language of the paper, chosen by its name in Portuguese: the mediator reads this.
pub(super) fn languages(paper: &str, name: &str, t: Texts) -> Markup {
    html! {
        nav.languages aria-label=(name) {
            @for language in &LANGUAGES {
                a href=(format!("{paper}?lingua={}", language.code)) aria-current=[(language.code == t.lang()).then_some("true")] {
                    @if language.code == PORTUGUESE { "só português" } @else { "e " (language.in_portuguese) }
                }
            }
        }
    }
}

/// The reference to pay under, or that it is still to come.
fn pay_later(t: Texts, payment: &Payment) -> Markup {
    let facts = match payment {
        Payment::Later(Value::Reference {
            entity,
            reference,
            until,
            ..
        }) => vec![
            ("pay-entity", entity.clone()),
            ("pay-number", words::reserved::in_threes(reference)),
            ("pay-until", t.date(&until.to_string()).unwrap_or_default()),
        ],
        Payment::Awaited => vec![],
        _ => return html! {},
    };
    html! {
        section {
            h3 { (t.say("pay-later")) }
            @if facts.is_empty() { p { (t.say("pay-later-owed")) } }
            @for (word, fact) in facts { p { (t.say(word)) ": " bdi { (fact) } } }
        }
    }
}

/// Where to see how far it is, for whoever does not scan the code.
fn verify_at(t: Texts, verify: Option<&Verify>, below: bool) -> Markup {
    let Some(verify) = verify else {
        return html! {};
    };
    // Nobody types the beginning, and browsers put it there.
    let address = verify.address.trim_start_matches("https://");
    html! {
        section {
            @if below { h3 { (t.say("verify-at")) } } @else { h2 { (t.say("verify-at")) } }
            p { bdi dir="ltr" { strong { (address) } } " · " (t.say("verify-code")) ": " bdi dir="ltr" { strong { (verify.code) } } }
        }
    }
}

/// When it was filled in on paper, in the citizen's language.
pub(crate) fn filled_in(t: Texts, late: &Late) -> Markup {
    let day = late.day.to_string();
    let mut args = FluentArgs::new();
    args.set("day", t.date(&day).unwrap_or(day));
    args.set("hour", late.hour.to_string());
    html! { p { (t.say_with("paper-late", &args)) } }
}

/// What the citizen takes home in their own language: how final it is, what comes next, and how
/// to do it alone.
fn in_language(receipt: &Receipt, t: Texts, trains: bool) -> Markup {
    let (service, language) = (&receipt.service, t.language());
    html! {
        div.in-language lang=(language.tag) dir=(language.direction()) {
            h2.title { (said(t, &service.title)) }
            p { (t.say("recorded-number")) ": " bdi dir="ltr" { (receipt.number) } " · " (t.say("cost")) ": " (cost(t, receipt.fee_cents, receipt.exempt.as_ref())) }
            p.final.(if receipt.life == Life::Recorded { "provisional" } else { "sure" }) {
                (final_words(t, receipt, trains))
            }
            @if let Some(late) = &receipt.late { (filled_in(t, late)) }
            (pay_later(t, &receipt.payment))
            @if receipt.hour != Reserved::No {
                section { h3 { (t.say("appointment")) } p { (appointment(t, &receipt.hour)) } }
            }
            @if papers::owed(&receipt.papers).next().is_some() {
                section { h3 { (t.say("papers-owed")) } (papers_owed(t, &receipt.papers)) }
            }
            @if let Some(until) = identity_owed(t, receipt.identity.as_ref()) {
                section { h3 { (t.say("identity-owed")) } p { (until) } }
            }
            @if service.offline == Offline::Prepared {
                section { h3 { (t.say("remains")) } p { (said(t, &service.remains)) } }
            }
            section { h3 { (said(t, &OUTCOME.title)) } p { (outcome::fact(receipt.told_by.as_ref(), t.lang())) } }
            (verify_at(t, receipt.verify.as_ref(), true))
            @if !trains { section { h3 { (t.say("next")) } p { (said(t, &service.next)) } } }
            section { h3 { (t.say("alone")) } p { @for step in &service.alone { (said(t, step)) " " } } }
            section { h3 { (t.say("privacy")) } p { (said(t, service.privacy_notice())) } }
            p.detail { (t.say("paper-counts")) }
        }
    }
}
