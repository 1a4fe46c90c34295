//! "Receber": the fee of a recorded request.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::catalogue::Scarce;
use vereda_sync::record::till::How;

use crate::desk::frame::{Frame, Page, Part};
use crate::desk::port::{Desk, Paid, Payment, PaymentView, Session, TillNow};
use crate::desk::{DeskState, Fault, fault};
use crate::gate::{Posted, Signed, redirect};
use crate::layout::key;
use crate::words;

/// What was typed, to be shown again.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) how: String,
    pub(crate) reference: String,
    pub(crate) reason: String,
    pub(crate) problem: String,
}

pub(crate) async fn show(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.payment(session, &request);
    let page = |frame: &Frame, view: &PaymentView| page(frame, view, &Retry::default());
    state.show(&who, load, page).await
}

pub(crate) async fn later(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let id = request.clone();
    let given = state
        .call(move |desk| desk.pay_later(&posted.session, &id))
        .await;
    match given {
        Ok(()) => redirect(&format!("/pagamento/{request}")),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn receive(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let mut retry = Retry {
        how: posted.get("como").to_owned(),
        reference: posted.get("referencia").to_owned(),
        reason: posted.get("motivo").to_owned(),
        ..Retry::default()
    };
    let session = posted.session.clone();
    let problem = match How::from_code(&retry.how) {
        None => "Escolha como foi pago.".to_owned(),
        Some(how) => {
            let id = request.clone();
            let received = state
                .call(move |desk| {
                    let paid = Paid {
                        how,
                        reference: posted.get("referencia"),
                        reason: posted.get("motivo"),
                    };
                    desk.receive(&posted.session, &id, &paid)
                })
                .await;
            match received {
                Ok(()) => return redirect(&format!("/comprovativo/{request}")),
                Err(error) => fault::problem(&error),
            }
        }
    };
    retry.problem = problem;
    match state
        .load(&session, move |desk, session| {
            desk.payment(session, &request)
        })
        .await
    {
        Ok((frame, view)) => frame.respond_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            &page(&frame, &view, &retry),
        ),
        Err(fault) => fault
            .keeping(vec![
                ("Referência".to_owned(), retry.reference),
                ("Motivo".to_owned(), retry.reason),
            ])
            .into_response(),
    }
}

pub(crate) fn page<'a>(frame: &Frame, view: &PaymentView, retry: &Retry) -> Page<'a> {
    let back = format!("/comprovativo/{}", view.request);
    let content = html! {
        div.money {
            div.page-head {
                p.crumb { a href=(back) data-key="Escape" aria-keyshortcuts="Escape" { "Comprovativo " (view.number) } " · " (view.citizen) }
                h1 { "Receber " (words::fee(view.fee_cents)) }
                p { (view.service.pt()) }
            }
            @match (&view.payment, view.till) {
                (open, TillNow::NotOpened) if open.is_open() => {
                    p.notice.amber { "A caixa de hoje ainda não foi aberta." }
                    a.button.primary href="/caixa" { "Abrir a caixa" }
                }
                (open, till) if open.is_open() => (form(frame, view, till, retry)),
                (settled, _) => {
                    p.done { (words::payment(view.fee_cents, settled)) "." }
                    a.button.primary href=(back) { "Ver o comprovativo" }
                }
            }
            @if view.payment.is_open() { (pay_later(frame, view)) }
        }
    };
    Page {
        part: Part::Till,
        title: match retry.problem.is_empty() {
            true => "Receber",
            false => "Erro: o pagamento não foi recebido",
        },
        watching: String::new(),
        content,
    }
}

/// A reference under which the citizen pays later: it is not paid, and goes into no till.
fn pay_later(frame: &Frame, view: &PaymentView) -> Markup {
    html! {
        @if let Some(left) = view.references {
            section.panel aria-labelledby="t-depois" {
                h2 #t-depois { "Pagar depois, por referência" }
                @if view.payment == Payment::Awaited {
                    p.notice.amber { "A referência está em falta: o cidadão espera por ela." }
                }
                @if left > 0 {
                    p { "O cidadão leva uma referência multibanco e paga mais tarde. O pedido fica «por pagar por referência»." }
                    p.detail { (so_many_left(left)) }
                } @else if view.payment != Payment::Awaited {
                    p { "Não há referências neste posto. O pedido pode ficar à espera de uma; ligue-se à central para as receber." }
                } @else {
                    p { "Ainda não há referências neste posto: ligue-se à central." }
                }
                @if left > 0 || view.payment != Payment::Awaited {
                    form method="post" action=(format!("/pagamento/{}/depois", view.request)) data-once {
                        (frame.guard())
                        button type="submit" {
                            @if left > 0 { "Dar referência para pagar depois" } @else { "Fica a faltar a referência" }
                        }
                    }
                }
            }
        }
    }
}

/// `Restam 3 referências de pagamento neste posto.`
fn so_many_left(left: u64) -> String {
    let verb = if left == 1 { "Resta" } else { "Restam" };
    let left = words::reserved::so_many(left, Scarce::PaymentReference);
    format!("{verb} {left} neste posto.")
}

fn form(frame: &Frame, view: &PaymentView, till: TillNow, retry: &Retry) -> Markup {
    let late = till == TillNow::ClosedToday;
    html! {
        form.payment method="post" action=(format!("/pagamento/{}", view.request)) data-once {
            (frame.guard())
            (alert(&retry.problem))
            @if late {
                p.notice.amber { "A caixa de hoje já foi fechada. O que se recebe agora fica nela como adenda, com o motivo." }
            }
            (ways(&retry.how))
            div.field.only-terminal {
                label for="referencia" { "Referência do talão do terminal" }
                input.w-18 #referencia name="referencia" value=(retry.reference) autocomplete="off" spellcheck="false" inputmode="numeric";
            }
            div.field.(if late { "always" } else { "only-exempt" }) {
                label for="motivo" { @if late { "Motivo" } @else { "Porque não paga" } }
                input.w-full #motivo name="motivo" value=(retry.reason) autocomplete="off";
            }
            div.actions {
                button.primary type="submit" { "Confirmar " (key("Enter")) }
            }
        }
    }
}

/// How it was paid.
pub(crate) fn ways(chosen: &str) -> Markup {
    html! {
        div.field {
            fieldset {
                legend { "Como foi pago?" }
                div.options {
                    @for (how, label) in [(How::Cash, "Numerário"), (How::Terminal, "Multibanco (terminal)"), (How::Exempt, "Não se cobra")] {
                        @let id = format!("como-{}", how.code());
                        label.tile for=(id) {
                            input type="radio" name="como" id=(id) value=(how.code()) checked[chosen == how.code()] required;
                            (label)
                        }
                    }
                }
            }
        }
    }
}

/// What stands in the way, above a form.
pub(crate) fn alert(problem: &str) -> Markup {
    html! {
        @if !problem.is_empty() {
            div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (problem) } }
        }
    }
}
