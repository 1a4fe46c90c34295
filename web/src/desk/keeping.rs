//! "Cópia": what is being typed is kept off the node as well, and comes back from there.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::desk::frame::{Frame, Page, Part};
use crate::desk::payment::alert;
use crate::desk::port::{CopyRow, DayOfCopy, Desk, DeskError, KeepView, Recovered, Session};
use crate::desk::{DeskState, fault};
use crate::gate::{Posted, Signed, redirect};
use crate::layout::key;
use crate::moment::Moment;
use crate::words::{balance, day, time};

/// The page.
#[derive(Default)]
pub(crate) struct Shown {
    pub(crate) keep: Option<KeepView>,
    pub(crate) copies: Vec<CopyRow>,
    /// A code that was made just now: shown this once.
    pub(crate) code: Option<String>,
    /// Why the last thing could not be done.
    pub(crate) problem: String,
}

pub(crate) async fn show(State(state): State<DeskState>, who: Signed) -> Response {
    shown(&state, &who.session, (None, String::new())).await
}

async fn shown(
    state: &DeskState,
    session: &Session,
    (code, problem): (Option<String>, String),
) -> Response {
    let status = match problem.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let load = move |desk: &dyn Desk, _: &Session| {
        Ok(Shown {
            keep: desk.keeping(),
            copies: desk.copies()?,
            code,
            problem,
        })
    };
    match state.load(session, load).await {
        Ok((frame, shown)) => frame.respond_with(status, &page(&frame, &shown)),
        Err(fault) => fault.into_response(),
    }
}

/// The code stands on the answer itself, and nowhere after.
pub(crate) async fn new_code(State(state): State<DeskState>, posted: Posted) -> Response {
    let session = posted.session.clone();
    let made = state
        .call(move |desk| desk.new_recovery_code(&posted.session))
        .await;
    match made {
        Ok(code) => shown(&state, &session, (Some(code), String::new())).await,
        Err(error) => shown(&state, &session, (None, fault::problem(&error))).await,
    }
}

pub(crate) async fn recover(
    State(state): State<DeskState>,
    Path(copy): Path<String>,
    posted: Posted,
) -> Response {
    let session = posted.session.clone();
    let done = state
        .call(move |desk| desk.recover(&posted.session, &copy, posted.get("codigo")))
        .await;
    match done {
        Ok(_) => redirect("/#em-curso"),
        Err(DeskError::NotFound) => {
            let gone = "Essa cópia já cá não está: ligue a pen outra vez.";
            shown(&state, &session, (None, gone.to_owned())).await
        }
        Err(error) => shown(&state, &session, (None, fault::problem(&error))).await,
    }
}

/// The day stands on the answer itself, and nowhere after.
pub(crate) async fn show_day(
    State(state): State<DeskState>,
    Path(copy): Path<String>,
    posted: Posted,
) -> Response {
    let session = posted.session.clone();
    let opened = state
        .call(move |desk| desk.day_of_copy(&posted.session, &copy, posted.get("codigo")))
        .await;
    match opened {
        Ok(day) => match state.load(&session, |_, _| Ok(())).await {
            Ok((frame, ())) => frame.respond(&day_page(&frame, &day)),
            Err(fault) => fault.into_response(),
        },
        Err(DeskError::NotFound) => {
            let gone = "Essa cópia já cá não está: ligue a pen outra vez.";
            shown(&state, &session, (None, gone.to_owned())).await
        }
        Err(error) => shown(&state, &session, (None, fault::problem(&error))).await,
    }
}

/// On "Hoje": when the last copy was made; that there is none, where that is so.
pub(crate) fn line(keep: &KeepView, now: Moment) -> Markup {
    html! {
        @match (&keep.trouble, keep.lacking, keep.last) {
            (Some(why), ..) => { span.copy-fails { strong.warn { "Não há cópia do que se escreve" } ": " (why) " " a href="/copia" { "Cópia" } } }
            (None, Some(since), _) => { span.copy-fails { strong.warn { "O que se escreve desde " (time::at(since, now)) " ainda não tem cópia." } " " a href="/copia" { "Cópia" } } }
            (None, None, Some(last)) => { "Cópia do que se escreve: " (time::to_the_second(last)) }
            (None, None, None) => "A fazer a primeira cópia do que se escreve…",
        }
    }
}

/// Where an attendance comes from.
pub(crate) fn origin(recovered: &Recovered, now: Moment) -> Markup {
    html! {
        p.notice role="note" {
            "Recuperado de " (recovered.spot) ", da cópia de " (time::at(recovered.at, now))
            ". Confirme com o cidadão antes de registar; fotografias não vieram."
        }
    }
}

pub(crate) fn page<'a>(frame: &Frame, shown: &Shown) -> Page<'a> {
    let content = html! {
        div.help {
            div.page-head {
                p.crumb { a href="/" data-key="Escape" aria-keyshortcuts="Escape" { "Hoje " (key("Esc")) } }
                h1 { "Cópia do que se escreve" }
                p { "O que está a ser preenchido guarda-se também fora deste computador, fechado. Se o levarem, a conversa continua noutro posto." }
            }
            (alert(&shown.problem))
            @if let Some(code) = &shown.code { (made(code)) }
            div.stacked {
                (standing(frame, shown))
                (copies(frame, &shown.copies))
            }
        }
    };
    Page {
        part: Part::Elsewhere,
        title: match shown.problem.is_empty() {
            true => "Cópia",
            false => "Erro: cópia",
        },
        watching: String::new(),
        content,
    }
}

pub(crate) fn day_page<'a>(frame: &Frame, it: &DayOfCopy) -> Page<'a> {
    let content = html! {
        div.receipt-page {
            div.done-bar {
                p { strong { "Só está aqui: não fica guardado." } " Imprima-o agora." }
                div.actions {
                    button.primary type="button" data-print data-key="i" aria-keyshortcuts="i" hidden { "Imprimir " (key("I")) }
                    a.button href="/copia" data-key="Escape" aria-keyshortcuts="Escape" { "Voltar " (key("Esc")) }
                }
            }
            article.receipt {
                header { p.what { "O dia, como estava às " (time::at(it.at, frame.now())) } h1 { (it.spot) ", " (day(&it.day)) } }
                section {
                    h2 { "Paragens e quem falta" }
                    @if it.stops.is_empty() { p { "Sem paragens planeadas." } }
                    @for stop in &it.stops {
                        h3 { (stop.hours) " " (stop.place) @if stop.over { " (já passou)" } }
                        @if stop.awaited.is_empty() { p.detail { "Ninguém por vir." } }
                        @else { ul { @for who in &stop.awaited { li {
                            (who.hour) " " strong { (who.name) } @if !who.phone.is_empty() { " · " (who.phone) } @if !who.service.is_empty() { " · " (who.service) }
                        } } } }
                    }
                }
                section {
                    h2 { "Em curso" }
                    @if it.open.is_empty() { p { "Ninguém estava a ser atendido." } }
                    @else { ul { @for (citizen, mediator, since) in &it.open { li {
                        @if citizen.is_empty() { "Por identificar" } @else { (citizen) } ", com " (mediator) ", desde " (time::at(*since, it.at))
                    } } } }
                }
                section {
                    h2 { "Números dados" }
                    @if it.recorded.is_empty() { p { "Nenhum." } }
                    @else { ul { @for (number, service, at) in &it.recorded { li { strong { (number) } " " (service) ", " (time::at(*at, it.at)) } } } }
                }
                section {
                    h2 { "Caixa" }
                    p { @match &it.till {
                        None => "Não foi aberta.",
                        Some((of, closed, cents)) => { "De " (day(of)) @if *closed { ", fechada" } @else { ", aberta" } ". Devem estar em notas e moedas: " strong { (balance(*cents)) } }
                    } }
                }
                footer { p { strong { "Leva nomes: é para destruir quando o dia acabar." } } }
            }
        }
    };
    Page {
        part: Part::Elsewhere,
        title: "O dia",
        watching: String::new(),
        content,
    }
}

fn made(code: &str) -> Markup {
    html! {
        section.panel.recovery aria-labelledby="t-codigo" {
            h2 #t-codigo { "O código de recuperação" }
            p.recovery-code { (code) }
            p { strong { "Só aparece agora." } " Imprima-o, ou copie-o à mão, e guarde-o longe deste computador e da pen: com ele e com a pen abre-se a cópia. O código de antes já não serve para as cópias novas." }
            button.primary type="button" data-print hidden { "Imprimir" }
        }
    }
}

fn standing(frame: &Frame, shown: &Shown) -> Markup {
    html! {
        section.panel aria-labelledby="t-copia" {
            h2 #t-copia { "A deste posto" }
            @if let Some(keep) = &shown.keep {
                p #copia-agora data-region="strip messages" { (line(keep, frame.now())) }
                @if keep.on_same_disk {
                    p.notice.warn { "Está no mesmo disco que o posto: se levarem o computador, vai com ele. Quem configura o posto escolhe outra pasta em [keep]." }
                }
                p { "Abre-se "
                    @match (keep.by_code, keep.by_hub) {
                        (true, true) => "com o código de recuperação, ou na central.",
                        (true, false) => "com o código de recuperação.",
                        (false, true) => "só na central: faça um código para a abrir noutro posto.",
                        (false, false) => "com o código de recuperação, que falta fazer.",
                    }
                }
                form method="post" action="/copia/codigo" {
                    (frame.guard())
                    button.primary[!keep.by_code] type="submit" { @if keep.by_code { "Fazer um código novo" } @else { "Fazer o código de recuperação" } }
                }
                p.detail { "Tem os atendimentos abertos e o que neles está por registar, sem fotografias; e o dia, para imprimir noutro posto: paragens, quem falta, números dados, caixa. O que se regista ou fecha sai da cópia seguinte." }
            } @else {
                p.none { "Este posto não guarda cópia: quem o configura liga-a com a secção [keep]." }
            }
        }
    }
}

fn copies(frame: &Frame, copies: &[CopyRow]) -> Markup {
    html! {
        section.panel aria-labelledby="t-recuperar" {
            h2 #t-recuperar { "Abrir uma cópia" }
            @if copies.is_empty() {
                p.none { "Não há nenhuma cópia no que está ligado. Ligue a pen do posto que falta e carregue em «Ver outra vez»." }
            }
            @for copy in copies {
                @let field = format!("codigo-{}", copy.id);
                form.recover method="post" action=(format!("/copia/{}/recuperar", copy.id)) data-once {
                    (frame.guard())
                    p.name { (copy.spot) @if copy.is_own { " (este posto)" } ", " (time::at(copy.at, frame.now())) }
                    div.field {
                        label for=(field) { "Código de recuperação de " (copy.spot) }
                        p.hint id=(format!("que-{field}")) { "25 letras e algarismos, como estão no papel." }
                        input.w-34 id=(field) name="codigo" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="40" required
                            aria-describedby=(format!("que-{field}"));
                    }
                    div.actions {
                        button type="submit" { "Recuperar as conversas" span.hidden { " de " (copy.spot) } }
                        button.plain type="submit" formaction=(format!("/copia/{}/dia", copy.id)) { "Ver o dia, para imprimir" span.hidden { ": " (copy.spot) } }
                    }
                }
            }
            p { a.button href="/copia" { "Ver outra vez" } }
        }
    }
}
