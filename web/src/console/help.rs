//! The contact centre: what desks ask, those first that are with the second line or whose term is over, and the answers.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::record::ticket;

use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::Canned;
use crate::console::rights::Within;
use crate::desk::port::{
    MAX_CASE_CHARS, MAX_SAID_CHARS, Person, Session, Term, TicketRow, TicketView,
};
use crate::desk::{Fault, problem};
use crate::gate::{Posted, Signed, redirect};
use crate::ticket::{about, conversation, second_line};
use crate::words::{day, time};

pub(crate) mod canned;

/// What the page of one question shows.
pub(crate) struct One {
    pub(crate) view: TicketView,
    pub(crate) canned: Vec<Canned>,
    pub(crate) people: Vec<Person>,
}

/// What was typed on the page of a question and could not be kept, or is not sent yet.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) answer: String,
    pub(crate) reason: String,
    pub(crate) problem: String,
    /// It was handing it over that was refused.
    pub(crate) escalates: bool,
}

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    match state.load(&who.session, |console| console.tickets()).await {
        Ok((frame, rows)) => {
            frame.respond(StatusCode::OK, Part::Help, "Apoio", &content(&frame, &rows))
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn show_one(
    Within(state): Within,
    Path(ticket): Path<String>,
    who: Signed,
) -> Response {
    one(&state, &who.session, ticket, Retry::default()).await
}

async fn one(state: &ConsoleState, session: &Session, ticket: String, retry: Retry) -> Response {
    let status = match retry.problem.as_str() {
        "" => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let load = state.load(session, move |console| {
        Ok(One {
            view: console.ticket(&ticket)?,
            canned: console.canned()?,
            people: console.operators(),
        })
    });
    match load.await {
        Ok((frame, it)) => frame.respond(
            status,
            Part::Help,
            "Pedido de apoio",
            &ticket_content(&frame, &it, &retry),
        ),
        Err(fault) => fault
            .keeping(vec![
                ("Resposta".to_owned(), retry.answer),
                ("Porquê".to_owned(), retry.reason),
            ])
            .into_response(),
    }
}

/// Answers; or puts an answer that is kept under what was typed, to be looked at before it goes.
pub(crate) async fn answer(
    Within(state): Within,
    Path(ticket): Path<String>,
    posted: Posted,
) -> Response {
    let typed = posted.get("texto").to_owned();
    let uses = posted.get("usar") == "sim";
    let chosen = posted.get("modelo").to_owned();
    let session = posted.session.clone();
    let (id, answer) = (ticket.clone(), typed.clone());
    let done = state.call(move |console| match (uses, chosen.parse()) {
        (true, Ok(canned)) => console.filled(&posted.session, &id, canned).map(Some),
        // Nothing was chosen.
        (true, Err(_)) => Ok(Some(String::new())),
        (false, _) => console.answer(&posted.session, &id, &answer).map(|()| None),
    });
    let mut retry = Retry::default();
    match done.await {
        Ok(None) => return redirect("/apoio"),
        Ok(Some(filled)) => {
            let apart = if typed.trim().is_empty() || filled.is_empty() {
                ""
            } else {
                "\n\n"
            };
            retry.answer = format!("{}{apart}{filled}", typed.trim_end());
        }
        Err(error) => {
            retry.problem = problem(&error);
            retry.answer = typed;
        }
    }
    one(&state, &session, ticket, retry).await
}

/// Somebody takes it in hand, or gives it back.
pub(crate) async fn take(
    Within(state): Within,
    Path(ticket): Path<String>,
    posted: Posted,
) -> Response {
    let take = posted.get("fico") == "sim";
    let id = ticket.clone();
    let taken = state.call(move |console| console.take_ticket(&posted.session, &id, take));
    match taken.await {
        Ok(()) => redirect(&format!("/apoio/{ticket}")),
        Err(error) => Fault::from(error).into_response(),
    }
}

/// The second line has it from now on.
pub(crate) async fn escalate(
    Within(state): Within,
    Path(ticket): Path<String>,
    posted: Posted,
) -> Response {
    let reason = posted.get("motivo").to_owned();
    let session = posted.session.clone();
    let (id, why) = (ticket.clone(), reason.clone());
    let done = state.call(move |console| {
        let to = posted.get("quem");
        console.escalate(&posted.session, &id, (to, &why))
    });
    match done.await {
        Ok(()) => redirect(&format!("/apoio/{ticket}")),
        Err(error) => {
            let retry = Retry {
                problem: problem(&error),
                reason,
                escalates: true,
                ..Retry::default()
            };
            one(&state, &session, ticket, retry).await
        }
    }
}

pub(crate) fn content(frame: &Frame, rows: &[TicketRow]) -> Markup {
    html! {
        div.page-head {
            h1 { "Apoio aos balcões" }
            p { a href="/apoio/respostas" { "Respostas guardadas" } }
        }
        div #lista data-region="record messages" {
            @if rows.is_empty() { p.none { "Ninguém perguntou nada." } }
            @else {
                table.rows {
                    caption.hidden { "Perguntas dos balcões" }
                    thead { tr {
                        th scope="col" { "Pergunta" } th scope="col" { "Sobre" } th scope="col" { "Posto" } th scope="col" { "Estado" }
                        th scope="col" { "Responder até" } th scope="col" { "Com quem" }
                    } }
                    tbody { @for row in rows { (line(frame, row)) } }
                }
            }
        }
    }
}

fn line(frame: &Frame, row: &TicketRow) -> Markup {
    html! {
        tr {
            td {
                a href=(format!("/apoio/{}", row.id)) { (row.subject) }
                @if row.is_urgent && row.term.is_some() { " " span.mark { "cidadão à espera" } }
            }
            td { @if let Some(request) = &row.about { (about(request)) } @else { "" } }
            td { (row.spot) }
            td {
                @match row.state {
                    ticket::State::Waits => strong.warn { "espera " (time::ago(row.changed, frame.now())) },
                    ticket::State::Answered => { "respondido " (time::at(row.changed, frame.now())) },
                    ticket::State::Closed => { "resolvido " (time::at(row.changed, frame.now())) },
                }
                @if row.second_line.is_some() { br; span.detail { "na segunda linha" } }
            }
            td { @if let Some(term) = &row.term { (day(&term.due)) br; (left(term)) } }
            td { @match &row.hand { Some(who) => { (who.name) }, None => "" } }
        }
    }
}

/// How a question stands with its term.
fn left(term: &Term) -> Markup {
    let days = |n: i64| match n {
        1 => "1 dia útil".to_owned(),
        n => format!("{n} dias úteis"),
    };
    html! {
        @match (term.is_over, term.days_left) {
            // Over on a day on which nobody works.
            (true, 0) => strong.warn { "o prazo acabou" },
            (true, n) => strong.warn { "venceu há " (days(-n)) },
            (false, 0) => strong.warn { "acaba hoje" },
            (false, 1) => span.life { "falta " (days(1)) },
            (false, n) => span.life { "faltam " (days(n)) },
        }
    }
}

pub(crate) fn ticket_content(frame: &Frame, it: &One, retry: &Retry) -> Markup {
    let (view, row) = (&it.view, &it.view.row);
    let refused = |escalates: bool| !retry.problem.is_empty() && retry.escalates == escalates;
    let alert = |escalates: bool| {
        html! {
            @if refused(escalates) { div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (retry.problem) } } }
        }
    };
    html! {
        div.conflict-page {
            div.page-head {
                p.crumb { a href="/apoio" data-key="Escape" aria-keyshortcuts="Escape" { "Apoio aos balcões" } " · " (row.spot) }
                h1 { (row.subject) }
                @if let Some(request) = &row.about { p { (about(request)) } }
                div #prazo-do-apoio data-region="record messages" {
                    @if let Some(term) = &row.term {
                        p {
                            "Responder até " (day(&term.due)) ": " (left(term))
                            @if row.is_urgent { " " span.mark { "cidadão à espera" } }
                        }
                    }
                    (second_line(row, frame.now()))
                    @if row.term.is_some() { (in_hand(frame, row)) }
                }
            }
            section #conversa data-region="record messages" aria-label="O que se disse" aria-live="polite" {
                (conversation(&view.said, frame.now()))
            }
            @if !view.context.is_empty() {
                details {
                    summary { "O que está no pedido" }
                    dl.answers {
                        @for (label, value) in &view.context { div { dt { (label.pt()) } dd { (value) } } }
                    }
                }
            }
            form.decision method="post" action=(format!("/apoio/{}", row.id)) data-once {
                (frame.guard())
                (alert(false))
                (choose(&it.canned, row))
                div.field {
                    label for="texto" { "Resposta" }
                    p.hint #texto-ajuda { "Vai para o balcão com o seu nome, na próxima vez que ele fale com a central." }
                    textarea #texto name="texto" rows="7" maxlength=(MAX_SAID_CHARS) aria-describedby="texto-ajuda" required { (retry.answer) }
                }
                button.primary type="submit" { "Responder" }
            }
            @if row.state == ticket::State::Waits {
                details open[refused(true)] {
                    summary { "Passar à segunda linha" }
                    form.decision method="post" action=(format!("/apoio/{}/segunda-linha", row.id)) data-once {
                        (frame.guard())
                        (alert(true))
                        div.field {
                            label for="quem" { "A quem" }
                            select #quem name="quem" {
                                option value="" { "A quem estiver na segunda linha" }
                                @for person in &it.people { option value=(person.id) { (person.name) } }
                            }
                        }
                        div.field {
                            label for="motivo" { "Porquê" }
                            p.hint #motivo-ajuda { "O balcão também o lê, e fica a saber que demora mais." }
                            textarea #motivo name="motivo" rows="3" maxlength=(MAX_CASE_CHARS) aria-describedby="motivo-ajuda" required { (retry.reason) }
                        }
                        button type="submit" { "Passar à segunda linha" }
                    }
                }
            }
        }
    }
}

/// Who has it in hand; nobody else is kept out.
fn in_hand(frame: &Frame, row: &TicketRow) -> Markup {
    let mine = |who: &Person| who.id == frame.session.person.id;
    html! {
        form.in-hand method="post" action=(format!("/apoio/{}/comigo", row.id)) data-once {
            (frame.guard())
            @match &row.hand {
                Some(who) if mine(who) => {
                    span { "Está consigo." } " "
                    button.quiet type="submit" name="fico" value="" { "Deixar" }
                }
                Some(who) => {
                    span { "Está com " (who.name) "." } " "
                    button.quiet type="submit" name="fico" value="sim" { "Passa para mim" }
                }
                None => { button.quiet type="submit" name="fico" value="sim" { "Fico com esta" } }
            }
        }
    }
}

/// The answers that are kept: those of its service first, then those of any; the others stand last.
fn choose(canned: &[Canned], row: &TicketRow) -> Markup {
    let title = row.about.as_ref().map(|it| &it.service);
    let near = |it: &&Canned| it.service.is_none() || it.service.as_ref() == title;
    let (mut fitting, others): (Vec<&Canned>, Vec<&Canned>) = canned.iter().partition(near);
    fitting.sort_by_key(|it| it.service.is_none());
    let group = |label: &str, all: &[&Canned]| {
        html! {
            @if !all.is_empty() {
                optgroup label=(label) {
                    @for it in all {
                        option value=(it.id) { (it.written.title) @if let Some(service) = &it.service { " (" (service.pt()) ")" } }
                    }
                }
            }
        }
    };
    html! {
        @if !canned.is_empty() {
            div.field {
                label for="modelo" { "Resposta guardada" }
                p.hint #modelo-ajuda { "Fica escrita em baixo, para a ler e mudar antes de responder." }
                div.in-hand {
                    select #modelo name="modelo" aria-describedby="modelo-ajuda" {
                        option value="" { "Escolher…" }
                        (group("Servem aqui", &fitting))
                        (group("De outros serviços", &others))
                    }
                    button type="submit" name="usar" value="sim" formnovalidate { "Pôr na resposta" }
                }
            }
        }
    }
}
