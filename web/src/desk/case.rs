//! The case of a request: withdrawn by the citizen, followed up, sent back, handed to another desk,
//! parked.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::record::Life;

use crate::desk::frame::{Frame, Page, Part};
use crate::desk::port::{
    Addressees, By, Case, Desk, DeskError, MAX_CASE_CHARS, Payment, Request, Returned, Session,
    Waiting, Withdrawal,
};
use crate::desk::{DeskState, Fault, agency, fault, outcome};
use crate::gate::{Posted, Signed, redirect};
use crate::words::{self, time};

/// What was typed, to be shown again, and why it was refused.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) who: String,
    pub(crate) text: String,
    pub(crate) to: String,
    pub(crate) problem: String,
}

pub(super) fn here(request: &str) -> String {
    format!("/pedido/{request}")
}

/// What a page says is done; what was typed is shown again if it cannot be.
pub(super) async fn done(
    state: &DeskState,
    to: String,
    typed: (&str, String),
    act: impl FnOnce(&dyn Desk) -> Result<(), DeskError> + Send + 'static,
) -> Response {
    match state.call(act).await {
        Ok(()) => redirect(&to),
        Err(error) => Fault::from(error)
            .keeping(vec![(typed.0.to_owned(), typed.1)])
            .into_response(),
    }
}

pub(crate) async fn follow_up(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let (to, text) = (
        format!("{}#notas", here(&request)),
        posted.get("texto").to_owned(),
    );
    done(&state, to, ("Seguimento", text), move |desk| {
        let (text, on) = (posted.get("texto"), posted.get("dia"));
        desk.follow_up(&posted.session, &request, text, on)
    })
    .await
}

pub(crate) async fn look_after(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let to = here(&request);
    done(&state, to, ("", String::new()), move |desk| {
        desk.look_after(&posted.session, &request)
    })
    .await
}

pub(crate) async fn hand_in(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let (to, why) = (here(&request), posted.get("motivo").to_owned());
    done(&state, to, ("Porque fica como está", why), move |desk| {
        desk.hand_in(&posted.session, &request, posted.get("motivo"))
    })
    .await
}

pub(crate) async fn take_over(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let to = here(&request);
    done(&state, to, ("", String::new()), move |desk| {
        desk.take_over(&posted.session, &request)
    })
    .await
}

pub(crate) async fn park(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let why = posted.get("motivo").to_owned();
    done(&state, "/".to_owned(), ("O que falta", why), move |desk| {
        desk.park(&posted.session, &request, posted.get("motivo"))
    })
    .await
}

pub(crate) async fn resume(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let to = format!("/formulario/{request}");
    done(&state, to, ("", String::new()), move |desk| {
        desk.resume(&posted.session, &request)
    })
    .await
}

pub(crate) async fn show_withdrawal(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.request(session, &request);
    let page = |frame: &Frame, view: &Request| withdrawal_page(frame, view, &Retry::default());
    state.show(&who, load, page).await
}

pub(crate) async fn withdraw(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let mut retry = Retry {
        who: posted.get("quem").to_owned(),
        text: posted.get("motivo").to_owned(),
        ..Retry::default()
    };
    let session = posted.session.clone();
    let id = request.clone();
    let withdrawn = match posted.get("certeza") {
        "sim" => {
            let withdraw = move |desk: &dyn Desk| {
                let (who, reason) = (posted.get("quem"), posted.get("motivo"));
                desk.withdraw(&posted.session, &id, who, reason)
            };
            let withdrawn = state.call(withdraw).await;
            withdrawn.map_err(|error| fault::problem(&error))
        }
        _ => Err("Confirme com o cidadão e assinale que ele tem a certeza.".to_owned()),
    };
    retry.problem = match withdrawn {
        Ok(()) => return redirect(&here(&request)),
        Err(problem) => problem,
    };
    match state
        .load(&session, move |desk, session| {
            desk.request(session, &request)
        })
        .await
    {
        Ok((frame, view)) => frame.respond_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            &withdrawal_page(&frame, &view, &retry),
        ),
        Err(fault) => fault
            .keeping(vec![("Motivo".to_owned(), retry.text)])
            .into_response(),
    }
}

pub(crate) async fn show_hand_over(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.addressees(session, &request);
    let page = |frame: &Frame, view: &Addressees| hand_over_page(frame, view, &Retry::default());
    state.show(&who, load, page).await
}

pub(crate) async fn hand_over(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let to = match posted.get("a") {
        "codigo" => format!("codigo:{}", posted.get("codigo")),
        to => to.to_owned(),
    };
    let mut retry = Retry {
        to: to.clone(),
        text: posted.get("nota").to_owned(),
        ..Retry::default()
    };
    let session = posted.session.clone();
    let id = request.clone();
    let handed = state
        .call(move |desk| desk.hand_over(&posted.session, &id, &to, posted.get("nota")))
        .await;
    retry.problem = match handed {
        Ok(()) => return redirect(&here(&request)),
        Err(error) => fault::problem(&error),
    };
    match state
        .load(&session, move |desk, session| {
            desk.addressees(session, &request)
        })
        .await
    {
        Ok((frame, view)) => frame.respond_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            &hand_over_page(&frame, &view, &retry),
        ),
        Err(fault) => fault
            .keeping(vec![("Nota".to_owned(), retry.text)])
            .into_response(),
    }
}

fn alert(problem: &str) -> Markup {
    html! {
        @if !problem.is_empty() {
            div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (problem) } }
        }
    }
}

fn wrong(problem: &str) -> Option<&'static str> {
    (!problem.is_empty()).then_some("erro")
}

pub(crate) fn withdrawal_page<'a>(frame: &Frame, view: &Request, retry: &Retry) -> Page<'a> {
    let row = &view.row;
    let number = row.number.as_deref().unwrap_or("por registar");
    let content = html! {
        div.narrow {
            div.page-head {
                p.crumb { a href=(here(&row.id)) data-key="Escape" aria-keyshortcuts="Escape" { "Pedido " (number) } " · " (row.citizen) }
                h1 { "Desistir do pedido" }
                p { (row.service.pt()) }
            }
            p.notice.amber {
                "Depois disto o pedido já não se corrige nem volta atrás: para o retomar faz-se um novo. "
                "Fica registado aqui e segue para a central. Se o pedido já seguiu para a entidade, só ela diz quando o retira."
            }
            @if matches!(view.payment, Payment::Settled { .. }) {
                p.notice { "A taxa já foi paga. Se for de devolver, anule o movimento em Caixa." }
            }
            @if row.life == Life::Withdrawn {
                p.notice { "Este pedido já foi retirado." }
            } @else {
                form method="post" action=(format!("{}/desistir", here(&row.id))) data-once {
                    (frame.guard())
                    (alert(&retry.problem))
                    div.field {
                        label for="quem" { "Quem diz que desiste" }
                        p.hint #quem-ajuda { "O próprio, ou o nome e a qualidade de quem o representa." }
                        input.w-full #quem name="quem" value=(retry.who) maxlength="200" autocomplete="off" required aria-describedby="quem-ajuda" aria-errormessage=[wrong(&retry.problem)];
                    }
                    div.field {
                        label for="motivo" { "Motivo" }
                        textarea #motivo name="motivo" rows="3" maxlength=(MAX_CASE_CHARS) required { (retry.text) }
                    }
                    label.tile for="certeza" {
                        input #certeza type="checkbox" name="certeza" value="sim" required;
                        span { "O cidadão ouviu o que isto quer dizer e tem a certeza" }
                    }
                    button.primary type="submit" { "Desistir do pedido" }
                    a.button href=(here(&row.id)) { "Não desistir" }
                }
            }
        }
    };
    Page {
        part: Part::Requests,
        title: match retry.problem.is_empty() {
            true => "Desistir do pedido",
            false => "Erro: o pedido não foi retirado",
        },
        watching: String::new(),
        content,
    }
}

pub(crate) fn hand_over_page<'a>(frame: &Frame, view: &Addressees, retry: &Retry) -> Page<'a> {
    let row = &view.row;
    let number = row.number.as_deref().unwrap_or("por registar");
    let code = retry.to.strip_prefix("codigo:");
    let choices = |kind: &str, all: &[crate::desk::port::Person]| {
        html! {
            @for person in all {
                @let value = format!("{kind}:{}", person.id);
                @let id = format!("a-{kind}-{}", person.id);
                label.tile for=(id) {
                    input id=(id) type="radio" name="a" value=(value) checked[retry.to == value] required;
                    span { (person.name) }
                }
            }
        }
    };
    let content = html! {
        div.narrow {
            div.page-head {
                p.crumb { a href=(here(&row.id)) data-key="Escape" aria-keyshortcuts="Escape" { "Pedido " (number) } " · " (row.citizen) }
                h1 { "Entregar a outro balcão" }
                p { (row.service.pt()) }
            }
            p.notice { "O pedido fica aqui até o outro balcão o assumir. Sem rede, a entrega segue com a próxima troca: pela central, com outro posto ou numa pen." }
            form method="post" action=(format!("{}/entregar", here(&row.id))) data-once {
                (frame.guard())
                (alert(&retry.problem))
                @if !view.people.is_empty() {
                    fieldset.options { legend { "A um mediador deste posto" } (choices("pessoa", &view.people)) }
                }
                fieldset.options {
                    legend { "A outro posto" }
                    (choices("posto", &view.spots))
                    label.tile for="a-codigo" {
                        input #a-codigo type="radio" name="a" value="codigo" checked[code.is_some()] required;
                        span { "Outro, pelo código" }
                    }
                    div.field {
                        label for="codigo" { "Código do outro posto" }
                        p.hint #codigo-ajuda { "Também de outro concelho: a central leva-lho. O código deste posto é " strong { (view.own_code) } "." }
                        input.w-18 #codigo name="codigo" value=(code.unwrap_or_default()) maxlength="64" autocomplete="off" autocapitalize="none" spellcheck="false"
                            aria-describedby="codigo-ajuda";
                    }
                }
                div.field {
                    label for="nota" { "O que o outro balcão precisa de saber" }
                    textarea #nota name="nota" rows="3" maxlength=(MAX_CASE_CHARS) required aria-errormessage=[wrong(&retry.problem)] { (retry.text) }
                }
                button.primary type="submit" { "Entregar" }
            }
        }
    };
    Page {
        part: Part::Requests,
        title: match retry.problem.is_empty() {
            true => "Entregar a outro balcão",
            false => "Erro: o pedido não foi entregue",
        },
        watching: String::new(),
        content,
    }
}

fn said(frame: &Frame, by: &By) -> Markup {
    html! { p.detail { (by.who) ", " (time::at(by.at, frame.now())) } }
}

fn button(frame: &Frame, request: &str, to: &str, words: &str, what: &str) -> Markup {
    html! {
        form method="post" action=(format!("{}/{to}", here(request))) data-once {
            (frame.guard())
            button type="submit" aria-label=(format!("{words}: {what}")) { (words) }
        }
    }
}

/// How far a withdrawal is: here, at the hub, and no word of the agency.
fn withdrawal(frame: &Frame, it: &Withdrawal) -> Markup {
    html! {
        div.notice.amber {
            p { strong { "O cidadão desistiu deste pedido." } " Di-lo " (it.said_by) ". Motivo: " (it.reason) }
            p {
                @match it.at_hub {
                    true => "A central já recebeu a desistência. A entidade ainda não disse que retirou o pedido.",
                    false => "A desistência está registada aqui e ainda não chegou à central nem à entidade.",
                }
            }
            (said(frame, &it.by))
        }
    }
}

fn refused(it: &Returned) -> Markup {
    html! {
        p { strong { "Devolvido: " (it.label) } " não pode ser " strong { (it.refused) } ". " (it.reason) }
        @if it.is_corrected { p { "Já corrigido; falta entregar de novo." } }
    }
}

/// What is open in a request, on top of its page.
pub(crate) fn notices(frame: &Frame, request: &str, case: &Case) -> Markup {
    html! {
        @if let Some(it) = &case.withdrawn { (withdrawal(frame, it)) }
        @for it in &case.returned {
            div.notice.amber {
                (refused(it))
                @if case.is_here && !it.is_corrected { p { a href=(format!("#resposta-{}", it.field)) { "Corrigir " (it.label) } } }
                @if !case.is_here { p { "Está com " (case.holder) ", que o corrige e entrega de novo." } }
                (said(frame, &it.by))
            }
        }
        @if let Some(it) = &case.handed_over {
            div.notice {
                p { strong { "Entregue a " (it.to) } ", que ainda não o assumiu. «" (it.note) "»" }
                (said(frame, &it.by))
                @if it.is_for_us || case.is_here {
                    (button(frame, request, "assumir", if it.is_for_us { "Assumir" } else { "Ficar com ele aqui" }, &it.to))
                }
            }
        }
        @if let Some(it) = &case.parked {
            div.notice {
                p { strong { "Parado. " } (it.reason) }
                (said(frame, &it.by))
                (button(frame, request, "retomar", "Retomar", &it.reason))
            }
        }
        @for it in &case.to_look_at {
            div class=(if it.is_due { "notice amber" } else { "notice" }) {
                p { strong { "Ver a " (words::day(&it.on)) ": " } (it.text) }
                (said(frame, &it.by))
            }
        }
        @if case.to_look_at.iter().any(|it| it.is_due) { (button(frame, request, "visto", "Visto", "o que havia para ver")) }
    }
}

/// What came back is handed in again: stands apart from what is drawn anew, as somebody may be typing in it.
pub(crate) fn hand_in_form(frame: &Frame, view: &Request) -> Markup {
    let case = &view.case;
    let stands = case.returned.iter().any(|it| !it.is_corrected);
    html! {
        @if view.row.life == Life::Returned && case.is_here {
            section.panel #devolvido aria-labelledby="t-devolvido" {
                h2 #t-devolvido { "Entregar de novo" }
                form method="post" action=(format!("{}/entregar-de-novo", here(&view.row.id))) data-once {
                    (frame.guard())
                    @if stands {
                        p { "Corrija em baixo o que foi recusado, ou escreva porque fica como está." }
                        div.field {
                            label for="fica" { "Porque fica como está" }
                            textarea #fica name="motivo" rows="2" maxlength=(MAX_CASE_CHARS) {}
                        }
                    }
                    button.primary type="submit" { "Entregar de novo" }
                }
            }
        }
    }
}

/// What may be done with a request, beside its page.
pub(crate) fn actions(frame: &Frame, view: &Request) -> Markup {
    let (row, path) = (&view.row, here(&view.row.id));
    html! {
        @if row.life != Life::Withdrawn {
            a.button href=(format!("{path}/entregar")) { "Entregar a outro balcão" }
        }
        @if row.life == Life::Draft && view.case.parked.is_none() {
            details {
                summary { "Parar" }
                form method="post" action=(format!("{path}/parar")) data-once {
                    (frame.guard())
                    div.field {
                        label for="falta" { "O que falta para continuar" }
                        textarea #falta name="motivo" rows="2" maxlength=(MAX_CASE_CHARS) required {}
                    }
                    button type="submit" { "Parar o pedido" }
                }
            }
        }
        @if !matches!(row.life, Life::Draft | Life::Withdrawn) {
            a.button href=(format!("{path}/desistir")) { "Desistir do pedido" }
        }
    }
}

/// The form of a follow-up, under the notes.
pub(crate) fn follow_up_form(frame: &Frame, view: &Request) -> Markup {
    html! {
        @if view.row.life != Life::Draft {
            details {
                summary { "Seguimento" }
                form method="post" action=(format!("{}/seguimento", here(&view.row.id))) data-once {
                    (frame.guard())
                    div.field {
                        label for="seguimento" { "O que aconteceu, ou o que é preciso ver" }
                        textarea #seguimento name="texto" rows="2" maxlength=(MAX_CASE_CHARS) required {}
                    }
                    div.field {
                        label for="dia" { "Ver de novo a partir de (se for o caso)" }
                        p.hint #dia-ajuda { "Nesse dia aparece em Hoje." }
                        input #dia type="date" name="dia" aria-describedby="dia-ajuda";
                    }
                    button type="submit" { "Juntar seguimento" }
                }
            }
        }
    }
}

/// One request in which something waits, on «Hoje».
pub(crate) fn waiting(frame: &Frame, it: &Waiting) -> Markup {
    let (row, case) = (&it.row, &it.case);
    let number = row.number.as_deref().unwrap_or("por registar");
    let due = || case.to_look_at.iter().filter(|it| it.is_due);
    html! {
        article.message {
            @for it in &case.returned {
                h3 { "Devolvido: " (it.label) }
                p { "Valor recusado: " strong { (it.refused) } @if it.is_corrected { ", já corrigido; falta entregar de novo" } }
                p.reason { "Motivo: " (it.reason) }
                (said(frame, &it.by))
            }
            @for it in &case.asked { (agency::waiting(it, frame.now())) }
            @if let Some(it) = case.handed_over.as_ref().filter(|it| it.is_for_us) {
                h3 { "Entregue a " (it.to) }
                p.reason { "«" (it.note) "»" }
                (said(frame, &it.by))
            }
            @if let Some(it) = &case.parked {
                h3 { "Parado" }
                p.reason { (it.reason) }
                (said(frame, &it.by))
            }
            @for it in due() {
                h3 { "Ver desde " (words::day(&it.on)) }
                p.reason { (it.text) }
                (said(frame, &it.by))
            }
            @if let Some(it) = case.proof.as_ref().filter(|it| it.is_due) {
                h3 { "Falta provar quem é, desde " (words::day(&it.until)) }
                p.reason { "Veio sem documentos. Registe no pedido o documento que trouxer." }
            }
            (outcome::waiting(frame, &case.telling))
            p { a href=(here(&row.id)) { "Pedido " (number) } " · " (row.citizen) " · " (row.service.pt()) }
            @if case.handed_over.as_ref().is_some_and(|it| it.is_for_us) { (button(frame, &row.id, "assumir", "Assumir", &row.citizen)) }
            @if case.parked.is_some() { (button(frame, &row.id, "retomar", "Retomar", &row.citizen)) }
            @if due().next().is_some() { (button(frame, &row.id, "visto", "Visto", &row.citizen)) }
            (outcome::waiting_buttons(frame, &row.id, &row.citizen, &case.telling))
        }
    }
}
