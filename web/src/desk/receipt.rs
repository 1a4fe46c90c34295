//! The receipt: what the citizen takes home. It says how final it is.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use maud::html;
use vereda_sync::record::Life;

use crate::desk::DeskState;
use crate::desk::frame::{Frame, Page, Part};
use crate::desk::port::{Payment, Receipt};
use crate::gate::Signed;
use crate::layout::{key, qr};
use crate::words::{self, time};

pub(crate) async fn show(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    who: Signed,
) -> Response {
    match state
        .load(&who.session, move |desk, session| {
            desk.receipt(session, &request)
        })
        .await
    {
        Ok((frame, receipt)) => frame.respond(&page(&frame, &receipt)),
        Err(fault) => fault.into_response(),
    }
}

pub(crate) fn page<'a>(_frame: &Frame, receipt: &Receipt) -> Page<'a> {
    let service = &receipt.service;
    let provisional = receipt.life == Life::Recorded;
    let content = html! {
        div.receipt-page {
            div.done-bar {
                p.done role="status" {
                    @if provisional { "Registado. Está guardado neste posto." } @else { "Estado: " (words::life(receipt.life)) }
                }
                div.actions {
                    @if receipt.payment == Payment::Due {
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
                        p.final.(if provisional { "provisional" } else { "sure" }) {
                            (words::how_final(receipt.life, service.offline, &service.by.name))
                        }
                    }
                    (qr(&receipt.qr, &format!("Código QR para verificar o pedido {}", receipt.number)))
                }
                dl.facts {
                    div { dt { "Cidadão" } dd { (receipt.citizen) } }
                    div { dt { "Quando" } dd { (time::full(receipt.at)) } }
                    div { dt { "Onde" } dd { (receipt.place) } }
                    div { dt { "Quem atendeu" } dd { (receipt.mediator) } }
                    div { dt { "Custo" } dd { (words::payment(receipt.fee_cents, &receipt.payment)) } }
                    div { dt { "Estado" } dd { (words::life(receipt.life)) } }
                }
                section {
                    h2 { "O que foi pedido" }
                    dl.answers {
                        @for (label, value) in &receipt.answers {
                            div { dt { (label.pt()) } dd { (value) } }
                        }
                    }
                }
                section { h2 { "O que acontece a seguir" } p { (service.next.pt()) } }
                section { h2 { "Da próxima vez, sem vir ao balcão" } p { (service.guide("pt")) } }
                section { h2 { "Os seus dados" } p { (service.privacy_notice().pt()) } }
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
