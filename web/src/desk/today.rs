//! "Hoje": the next citizen, what is open, what waits to be read.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::desk::frame::{Frame, Page, Part};
use crate::desk::port::{
    Desk, Low, Matter, Message, OpenAttendance, RequestRow, Session, TicketRow, Today,
};
use crate::desk::twice;
use crate::desk::{
    DeskState, Fault, arrival, assessments, case, complaints, keeping, occurrences, queue,
};
use crate::gate::{Posted, Signed, redirect};
use crate::layout::key;
use crate::moment::Moment;
use crate::ticket::about;
use crate::words::reserved::{scarce, so_many};
use crate::words::{self, count, time};

#[derive(Deserialize)]
pub(crate) struct Given {
    /// The number of the turn that was given just now.
    senha: Option<u32>,
}

pub(crate) async fn show(
    State(state): State<DeskState>,
    Query(given): Query<Given>,
    who: Signed,
) -> Response {
    let load = |desk: &dyn Desk, session: &Session| desk.today(session);
    let page = |frame: &Frame, today: &Today| page(frame, today, given.senha);
    state.show(&who, load, page).await
}

pub(crate) async fn acknowledge(
    State(state): State<DeskState>,
    Path(message): Path<String>,
    posted: Posted,
) -> Response {
    match state
        .call(move |desk| desk.acknowledge(&posted.session, &message))
        .await
    {
        Ok(()) => redirect("/"),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) fn page<'a>(frame: &Frame, today: &Today, given: Option<u32>) -> Page<'a> {
    let content = html! {
        div.today {
            h1 { "Hoje" }
            div.next {
                (arrival::panel(frame, today))
                div.holds #ocorrencia data-region="record messages" { (occurrences::band(&today.occurrences)) }
                form method="post" action="/atendimentos" data-once {
                    (frame.guard())
                    button.primary.huge type="submit" data-key="n" aria-keyshortcuts="n" { "Próximo cidadão " (key("N")) }
                }
                (queue::panel(frame, &today.queue, given))
                p.next-place #a-seguir data-region="record messages" {
                    @if let Some(stop) = &today.next_stop {
                        "Próxima paragem: " a href="/percurso" { (stop.place) ", " (stop.hours) }
                        @if stop.awaited > 0 { " · " (count(stop.awaited, "pessoa marcada", "pessoas marcadas")) }
                    }
                }
                @if let Some(keep) = &today.keep {
                    p.kept-elsewhere #copia data-region="strip messages" { (keeping::line(keep, frame.now())) }
                }
                p.served #contas data-region="record" {
                    (count(today.served_today, "atendimento fechado hoje", "atendimentos fechados hoje"))
                }
            }
            section #mensagens data-region="record messages" aria-labelledby="t-mensagens" {
                h2 #t-mensagens { "Por tratar" }
                @for low in &today.low { (running_low(low)) }
                @if today.low.is_empty() && today.messages.is_empty() && today.answered.is_empty() && today.cases.is_empty() && today.remedies.is_empty() && today.complaints.is_empty() && today.twice.is_empty() {
                    p.none { "Nada por tratar." }
                }
                @for message in &today.messages { (self::message(frame, message)) }
                @for one in &today.twice { (twice::waiting(one, frame.now())) }
                @for waiting in &today.cases { (case::waiting(frame, waiting)) }
                @for complaint in &today.complaints { (complaints::waiting(complaint)) }
                @for remedy in &today.remedies { (assessments::waiting(remedy)) }
                @for ticket in &today.answered { (answered(frame, ticket)) }
            }
            section #em-curso data-region="record messages" aria-labelledby="t-em-curso" {
                h2 #t-em-curso { "Em curso" }
                @if today.open.is_empty() {
                    p.none { "Ninguém está a ser atendido." }
                }
                @for attendance in &today.open { (open(frame, attendance)) }
            }
            section #recentes data-region="record messages" aria-labelledby="t-recentes" {
                h2 #t-recentes { "Últimos pedidos" }
                @if today.recent.is_empty() {
                    p.none { "Ainda não há pedidos registados aqui." }
                } @else {
                    (rows(&today.recent, frame.now()))
                }
            }
        }
    };
    Page {
        part: Part::Today,
        title: "Hoje",
        watching: String::new(),
        content,
    }
}

fn open(frame: &Frame, attendance: &OpenAttendance) -> Markup {
    let name = attendance
        .citizen
        .as_deref()
        .unwrap_or("Cidadão por identificar");
    let (href, doing) = match &attendance.request {
        Some((request, service, step, steps)) => (
            format!("/formulario/{request}"),
            format!("{} · passo {step} de {steps}", service.pt()),
        ),
        None => (
            format!("/atendimento/{}", attendance.id),
            match attendance.recorded {
                0 => "sem pedido começado".to_owned(),
                n => count(n, "pedido registado", "pedidos registados"),
            },
        ),
    };
    html! {
        div.card-row {
            div {
                p.name { a href=(format!("/atendimento/{}", attendance.id)) { (name) } }
                p.detail {
                    (doing) " · guardado " (time::at(attendance.saved, frame.now()))
                    " · " (attendance.mediator)
                }
                @if let Some(from) = &attendance.recovered {
                    p.detail { "Recuperado de " (from.spot) ", da cópia de " (time::at(from.at, frame.now())) }
                }
                @if let Some(holder) = &attendance.held {
                    p.detail { strong.warn {
                        @if holder.is_taken { "Continua em «" (holder.desk) "», com " (holder.by) }
                        @else { "«" (holder.desk) "» não dá sinal" }
                    } }
                }
            }
            @if let Some(holder) = attendance.held.as_ref().filter(|h| h.silence.is_some()) {
                form method="post" action=(format!("/atendimento/{}/continuar-aqui", holder.attendance)) {
                    (frame.guard())
                    button.primary type="submit" aria-label=(format!("Continuar aqui {name}")) { "Continuar aqui" }
                }
            } @else {
                a.button href=(href) aria-label=(format!("Retomar {name}")) { "Retomar" }
            }
        }
    }
}

fn message(frame: &Frame, message: &Message) -> Markup {
    html! {
        article.message {
            @match &message.about {
                Matter::Request { id, number, citizen, reason } => {
                    h3 { (message.text) }
                    p { a href=(format!("/pedido/{id}")) { "Pedido " (number) } " · " (citizen) }
                    @if !reason.is_empty() { p.reason { "Motivo: " (reason) } }
                }
                Matter::Notice { is_urgent, until } => {
                    h3 { @if *is_urgent { strong.warn { "Urgente: " } } "Mensagem da central" }
                    p.said { (message.text) }
                    p.detail { "Até " (words::day(until)) }
                }
            }
            p.detail { (message.by) ", " (time::at(message.at, frame.now())) }
            form method="post" action=(format!("/mensagem/{}/ciente", message.id)) {
                (frame.guard())
                button type="submit" aria-label=(format!("Tomei conhecimento: {}", message.text)) { "Tomei conhecimento" }
            }
        }
    }
}

/// Of a kind of value few are left: more come by the hub alone.
fn running_low(low: &Low) -> Markup {
    let service = low.service.pt();
    html! {
        p.notice.amber {
            @match low.left {
                0 => { "Acabaram as " (scarce(low.scarce)) },
                1 => { "Resta " (so_many(1, low.scarce)) },
                n => { "Restam " (so_many(n, low.scarce)) },
            }
            " para «" (service) "»: ligue-se à central."
        }
    }
}

fn answered(frame: &Frame, ticket: &TicketRow) -> Markup {
    html! {
        article.message {
            h3 { "O centro de contacto respondeu" }
            p { a href=(format!("/apoio/{}", ticket.id)) { (ticket.subject) } }
            @if let Some(request) = &ticket.about { p { (about(request)) } }
            p.detail { (time::at(ticket.changed, frame.now())) }
        }
    }
}

/// A table of requests; the list of all requests shows the same, and the console's.
pub(crate) fn rows(rows: &[RequestRow], now: Moment) -> Markup {
    html! {
        table.rows {
            caption.hidden { (count(rows.len() as u64, "pedido", "pedidos")) }
            thead { tr {
                th scope="col" { "Número" } th scope="col" { "Cidadão" } th scope="col" { "Serviço" }
                th scope="col" { "Estado" } th scope="col" { "Quando e onde" }
            } }
            tbody {
                @for row in rows {
                    tr {
                        td.number {
                            a href=(format!("/pedido/{}", row.id)) {
                                @match &row.number { Some(number) => (number), None => "por registar" }
                            }
                        }
                        td { (row.citizen) }
                        td { (row.service.pt()) }
                        td {
                            span.life { (words::life(row.life)) }
                            @if let Some(owed) = words::owed(row.owes) { br; strong.warn { (owed) } }
                            @if row.late { br; span.detail { "passado do papel" } }
                            @if row.in_conflict { br; strong.warn { "em conflito: a central decide" } }
                        }
                        td { (time::at(row.at, now)) br; span.detail { (row.spot) } }
                    }
                }
            }
        }
    }
}
