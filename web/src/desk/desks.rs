//! "Mesas": the machines that are desks of this spot, how another one joins, and taking an attendance over.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::desk::frame::{Frame, Page, Part};
use crate::desk::lan::fingerprint;
use crate::desk::payment::alert;
use crate::desk::port::{Desk, DeskError, DeskRow, DesksView, Holder, OfferView, Session};
use crate::desk::session::came_from;
use crate::desk::{DeskState, Fault, fault};
use crate::gate::{Posted, Signed, redirect, wants_page};
use crate::layout::{guard, key, qr};
use crate::words::{count, time};

/// The page, and why the last thing could not be done.
pub(crate) struct Shown {
    pub(crate) view: DesksView,
    pub(crate) problem: String,
}

pub(crate) async fn show(State(state): State<DeskState>, who: Signed) -> Response {
    shown(&state, &who.session, String::new()).await
}

async fn shown(state: &DeskState, session: &Session, problem: String) -> Response {
    let status = match problem.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::CONFLICT,
    };
    let load = move |desk: &dyn Desk, session: &Session| {
        let view = desk.desks(session)?;
        Ok(Shown { view, problem })
    };
    match state.load(session, load).await {
        Ok((frame, shown)) => frame.respond_with(status, &page(&frame, &shown)),
        Err(fault) => fault.into_response(),
    }
}

async fn act(
    state: DeskState,
    posted: Posted,
    act: impl FnOnce(&dyn Desk, &Session, &Posted) -> Result<(), DeskError> + Send + 'static,
) -> Response {
    let session = posted.session.clone();
    let done = state
        .call(move |desk| act(desk, &posted.session.clone(), &posted))
        .await;
    match done {
        Ok(()) => redirect("/mesas"),
        Err(error) => shown(&state, &session, fault::problem(&error)).await,
    }
}

pub(crate) async fn offer(State(state): State<DeskState>, posted: Posted) -> Response {
    act(state, posted, |desk, session, posted| {
        desk.offer(session, posted.get("o-que") == "ecra")
    })
    .await
}

pub(crate) async fn end_offer(State(state): State<DeskState>, posted: Posted) -> Response {
    act(state, posted, |desk, session, _| desk.end_offer(session)).await
}

pub(crate) async fn remove(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    act(state, posted, move |desk, session, _| {
        desk.remove_desk(session, &id)
    })
    .await
}

/// "Continuar aqui": a page goes on to the attendance, a script stays where it is.
pub(crate) async fn continue_here(
    State(state): State<DeskState>,
    Path(attendance): Path<String>,
    headers: axum::http::HeaderMap,
    posted: Posted,
) -> Response {
    let id = attendance.clone();
    let done = state
        .call(move |desk| desk.continue_here(&posted.session, &id))
        .await;
    match done {
        Ok(()) if wants_page(&headers) => {
            let back = came_from(&headers).filter(|path| path != "/");
            redirect(&back.unwrap_or_else(|| format!("/atendimento/{attendance}")))
        }
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => Fault::from(error).into_response(),
    }
}

/// The place on a page where it stands who has what is shown; empty while nobody else does.
pub(crate) fn held_here(holder: Option<&Holder>, guard_token: &str) -> Markup {
    let taken = holder.is_some_and(|holder| holder.is_taken);
    html! {
        div #de-quem .alert[holder.is_some()] role=[holder.map(|_| "alert")] data-taken[taken] hidden[holder.is_none()] {
            @if let Some(holder) = holder { (held(holder, guard_token)) }
        }
    }
}

/// Who has what is shown, at another desk.
pub(crate) fn held(holder: &Holder, guard_token: &str) -> Markup {
    let action = format!("/atendimento/{}/continuar-aqui", holder.attendance);
    html! {
        h2 {
            @if holder.silence.is_some() { "«" (holder.desk) "» deixou de dar sinal" }
            @else { (holder.by) " tem agora isto, em «" (holder.desk) "»" }
        }
        @if holder.is_taken {
            p { "Aqui só se lê. O que estava guardado está lá; o que escreveu nesta página continua nela." }
        } @else {
            p { "Era " (holder.by) " quem tinha isto. O que lá se escreveu por último está aqui." }
        }
        form method="post" action=(action) data-take[true] {
            (guard(guard_token))
            button.primary type="submit" { "Continuar aqui" }
        }
    }
}

pub(crate) fn page<'a>(frame: &Frame, shown: &Shown) -> Page<'a> {
    let view = &shown.view;
    let content = html! {
        div.help {
            div.page-head {
                p.crumb { a href="/" data-key="Escape" aria-keyshortcuts="Escape" { "Hoje " (key("Esc")) } }
                h1 { "Mesas" }
                p { "Outros computadores e tablets na rede deste posto trabalham com ele, como mesas ou como ecrãs do cidadão." }
            }
            (alert(&shown.problem))
            div.stacked #mesas data-region="messages" { (desks(frame, view)) }
            div.stacked #juntar data-region="messages" aria-live="polite" { (joining(frame, view)) }
        }
    };
    Page {
        part: Part::Elsewhere,
        title: match shown.problem.is_empty() {
            true => "Mesas",
            false => "Erro: mesas",
        },
        watching: String::new(),
        content,
    }
}

fn desks(frame: &Frame, view: &DesksView) -> Markup {
    html! {
        section.panel aria-labelledby="t-mesas" {
            h2 #t-mesas { "As que há" }
            ul.machines { @for desk in &view.desks { li { (row(frame, view, desk)) } } }
        }
    }
}

fn row(frame: &Frame, view: &DesksView, desk: &DeskRow) -> Markup {
    html! {
        div {
            p.name { (desk.name) @if desk.is_this { " (esta)" } }
            p.detail {
                @if desk.is_screen { "Ecrã do cidadão. " }
                @match (&desk.heard, desk.people.is_empty()) {
                    (None, true) => "Ligada. ",
                    (None, false) => { "Ligada: " (desk.people.join(", ")) ". " }
                    (Some(at), true) => { "Sem sinal desde " (time::at(*at, frame.now())) ". " }
                    (Some(at), false) => {
                        strong.warn { "Sem sinal desde " (time::at(*at, frame.now())) } ": " (desk.people.join(", ")) ". "
                    }
                }
            }
        }
        @if view.is_own && !desk.id.is_empty() {
            form method="post" action=(format!("/mesas/{}/retirar", desk.id)) {
                (frame.guard())
                button type="submit" aria-label=(format!("Retirar {}", desk.name)) { "Retirar" }
            }
        }
    }
}

fn joining(frame: &Frame, view: &DesksView) -> Markup {
    html! {
        section.panel aria-labelledby="t-juntar" {
            h2 #t-juntar { "Juntar outra" }
            @if let Some(cannot) = &view.cannot {
                p.none { (cannot) }
            } @else if let Some(offer) = &view.offer {
                (offered(frame, view, offer))
            } @else {
                p { "Mostra um código, que vale cinco minutos e para uma máquina só." }
                div.actions {
                    form method="post" action="/mesas/codigo" {
                        (frame.guard())
                        button.primary type="submit" name="o-que" value="mesa" { "Juntar uma mesa" }
                    }
                    form method="post" action="/mesas/codigo" {
                        (frame.guard())
                        button type="submit" name="o-que" value="ecra" { "Juntar um ecrã do cidadão" }
                    }
                }
            }
        }
    }
}

fn offered(frame: &Frame, view: &DesksView, offer: &OfferView) -> Markup {
    let first = view.addresses.first().map_or("", String::as_str);
    let (four, rest) = offer.code.split_at_checked(4).unwrap_or((&offer.code, ""));
    html! {
        div.joining {
            div {
                ol {
                    li { "Ligue a outra máquina à mesma rede e abra este endereço:"
                        p.address { (first) }
                        @if view.addresses.len() > 1 { p.detail { "Se não abrir: " (view.addresses[1..].join(" ou ")) } }
                    }
                    li { "Escreva lá este código:" p.join-code { (four) " " (rest) } }
                    li { "Dê-lhe um nome. " @if offer.is_screen { "Fica como ecrã do cidadão, e mostra o código com que se emparelha." } @else { "Fica como mesa." } }
                }
                p.detail { "Vale até às " (time::at(offer.until, frame.now())) "."
                    @if offer.wrong > 0 { " " strong.warn { "Já se tentou " (count(u64::from(offer.wrong), "código errado", "códigos errados")) "." } }
                }
            }
            div.qr-box { (qr(first, &format!("Código QR do endereço {first}"))) p.detail { "O endereço, para a câmara" } }
        }
        form method="post" action="/mesas/codigo/fechar" {
            (frame.guard())
            button type="submit" { "Não mostrar mais" }
        }
        details {
            summary { "A impressão digital do posto" }
            p { "Se a outra máquina instalar o certificado do posto, o sistema dela mostra esta impressão digital (SHA-256). Têm de ser iguais." }
            (fingerprint(&view.fingerprint))
        }
    }
}
