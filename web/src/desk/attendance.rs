//! One attendance: who is served, what was asked, which service next.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use vereda_hardware::card::CardState;
use vereda_sync::catalogue::{Channel, Offline, Service};
use vereda_sync::record::Life;
use vereda_sync::record::representation::REPRESENTATION;

use crate::desk::card::{self, Panel};
use crate::desk::declared;
use crate::desk::desks;
use crate::desk::frame::{Frame, Page, Part};
use crate::desk::household;
use crate::desk::keeping;
use crate::desk::lost;
use crate::desk::packs;
use crate::desk::port::{Attendance, Desk, RequestRow, Session};
use crate::desk::service;
use crate::desk::twice;
use crate::desk::{DeskState, Fault};
use crate::gate::{Posted, Signed, percent_encoded, redirect};
use crate::layout::{self, key};
use crate::words::{self, time};

/// What the page of an attendance shows.
pub(crate) struct View {
    pub(crate) attendance: Attendance,
    pub(crate) card: CardState,
    pub(crate) query: String,
    pub(crate) services: Vec<Service>,
}

#[derive(Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
    #[serde(default)]
    atendimento: String,
}

pub(crate) async fn begin(State(state): State<DeskState>, posted: Posted) -> Response {
    match state
        .call(move |desk| desk.begin_attendance(&posted.session))
        .await
    {
        Ok(attendance) => redirect(&format!("/atendimento/{attendance}")),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn show(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    Query(search): Query<Search>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| {
        Ok(View {
            attendance: desk.attendance(session, &id)?,
            card: desk.card(session),
            services: desk.services(&search.q),
            query: search.q,
        })
    };
    state.show(&who, load, page).await
}

pub(crate) async fn from_card(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let attendance = id.clone();
    match state
        .call(move |desk| desk.identity_from_card(&posted.session, &attendance))
        .await
    {
        Ok(()) => redirect(&format!("/formulario/{id}")),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn begin_request(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let begun = state
        .call(move |desk| desk.begin_request(&posted.session, &id, posted.get("servico")))
        .await;
    match begun {
        Ok(request) => redirect(&format!("/formulario/{request}")),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn represent(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let attendance = id.clone();
    let represented = posted.get("representado") == "sim";
    let done = state
        .call(move |desk| {
            desk.represent(&posted.session, &attendance, represented)?;
            desk.attendance(&posted.session, &attendance)
        })
        .await;
    match done {
        // The person whose matter it is comes first.
        Ok(now) if represented && now.identified => {
            redirect(&format!("/formulario/{id}/{}", REPRESENTATION.id))
        }
        Ok(_) => redirect(&format!("/atendimento/{id}")),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn close(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    match state
        .call(move |desk| desk.close_attendance(&posted.session, &id))
        .await
    {
        Ok(()) => redirect("/"),
        Err(error) => Fault::from(error).into_response(),
    }
}

/// The services that match, as a fragment, while the mediator types.
pub(crate) async fn services(
    State(state): State<DeskState>,
    Query(search): Query<Search>,
    who: Signed,
) -> Response {
    let found = state
        .call(move |desk| {
            let services = desk.services(&search.q);
            Ok(service_list(
                &services,
                &search.q,
                &search.atendimento,
                &desk.form_guard(&who.session),
            ))
        })
        .await;
    match found {
        Ok(list) => list.into_response(),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) fn page<'a>(frame: &Frame, view: &View) -> Page<'a> {
    let attendance = &view.attendance;
    let who = attendance
        .citizen
        .as_deref()
        .unwrap_or("Cidadão por identificar");
    let content = html! {
        div.attendance {
            div.page-head {
                p.crumb { "Atendimento" }
                h1 #cidadao data-region="record" { (who) }
            }
            (packs::notice(attendance.late.as_ref()))
            @if let Some(recovered) = &attendance.recovered { (keeping::origin(recovered, frame.now())) }
            div #de-quem-e data-region="record messages" { (desks::held_here(attendance.held.as_ref(), &frame.guard)) }
            div.columns {
                div.main-column {
                    div #parecidos data-region="record messages" { (twice::before(&attendance.twice, frame.now())) }
                    (requests(frame, attendance))
                    @if !attendance.household.is_empty() { (house(frame, attendance)) }
                    @if !attendance.closed { (booked(frame, attendance)) (search(frame, view)) }
                    (lost::way(attendance))
                    @if attendance.household.is_empty() { (house(frame, attendance)) }
                    (before(frame, attendance))
                }
                aside aria-label="Quem é atendido" {
                    @if !attendance.closed {
                        section.panel #cartao aria-labelledby="t-cartao" aria-live="polite" {
                            (card::panel(&view.card, &Panel {
                                attendance: &attendance.id,
                                guard: &frame.guard,
                                can_fill: !attendance.identified,
                            }))
                        }
                    }
                    (identity(attendance))
                    @if attendance.identified && !attendance.closed {
                        p.detail { a href=(format!("/consultas?atendimento={}", attendance.id)) { "Vem de outra região? Consultar a central" } }
                    }
                    (representation(frame, attendance))
                    (declared::of_attendance(frame, attendance))
                    @if attendance.closed {
                        p.none { "Este atendimento está fechado." }
                    } @else {
                        form.panel method="post" action=(format!("/atendimento/{}/fechar", attendance.id)) data-once {
                            (frame.guard())
                            button type="submit" data-key="f" aria-keyshortcuts="f" { "Fechar atendimento " (key("F")) }
                            p.detail { "O que está por acabar fica guardado e retoma-se em Hoje." }
                        }
                    }
                }
            }
        }
    };
    Page {
        part: Part::Attendance,
        title: "Atendimento",
        watching: format!("atendimento={}", percent_encoded(&attendance.id)),
        content,
    }
}

/// Who else of the household is served: first, once there is somebody.
fn house(frame: &Frame, attendance: &Attendance) -> Markup {
    let from = household::From {
        attendance: &attendance.id,
        is_known: attendance.identified,
        at_lost: false,
    };
    household::members(frame, &from, &attendance.household)
}

fn identity(attendance: &Attendance) -> Markup {
    html! {
        section.panel #identidade data-region="record" aria-labelledby="t-identidade" {
            h2 #t-identidade { "Identificação" }
            @if attendance.identity.is_empty() {
                p.none { "Por preencher." }
            } @else {
                dl.facts {
                    @for (label, answer) in &attendance.identity {
                        div {
                            dt { (label.pt()) }
                            dd { (answer.value) " " span.mark { (words::provenance(answer.provenance)) } }
                        }
                    }
                }
            }
            @if !attendance.closed {
                a.button.(if attendance.identified { "plain" } else { "primary" })
                    href=(format!("/formulario/{}", attendance.id)) data-key="i" aria-keyshortcuts="i" {
                    @if attendance.identified { "Ver ou corrigir " } @else { "Identificar o cidadão " } (key("I"))
                }
            }
        }
    }
}

/// Whether it is the citizen who came; if not, who did, and by what authority.
fn representation(frame: &Frame, attendance: &Attendance) -> Markup {
    let form = format!("/formulario/{}/{}", attendance.id, REPRESENTATION.id);
    let may_change = !attendance.closed && attendance.requests.is_empty();
    let turn = |represented: bool, words: &str| {
        html! {
            form method="post" action=(format!("/atendimento/{}/representante", attendance.id)) data-once {
                (frame.guard())
                input type="hidden" name="representado" value=(if represented { "sim" } else { "nao" });
                button.plain type="submit" { (words) }
            }
        }
    };
    html! {
        @if attendance.represented {
            section.panel #representante data-region="record" aria-labelledby="t-representante" {
                h2 #t-representante { "Em nome de outra pessoa" }
                @if attendance.representation.is_empty() {
                    p.problem { "Falta identificar quem representa." }
                } @else {
                    dl.facts {
                        @for (label, answer) in &attendance.representation {
                            div { dt { (label.pt()) } dd { (answer.value) " " span.mark { (words::provenance(answer.provenance)) } } }
                        }
                    }
                }
                @if may_change {
                    a.button.plain href=(form) { "Quem representa" }
                    (turn(false, "Veio a própria pessoa"))
                }
            }
        } @else if may_change {
            (turn(true, "Em nome de outra pessoa"))
        }
    }
}

fn requests(frame: &Frame, attendance: &Attendance) -> Markup {
    html! {
        section #pedidos data-region="record" aria-labelledby="t-pedidos" {
            h2 #t-pedidos { "Pedidos deste atendimento" }
            @if attendance.requests.is_empty() { p.none { "Ainda nenhum." } }
            @for row in &attendance.requests { (request(frame, row)) }
        }
    }
}

fn request(frame: &Frame, row: &RequestRow) -> Markup {
    let draft = row.life == Life::Draft;
    let href = if draft {
        format!("/formulario/{}", row.id)
    } else {
        format!("/comprovativo/{}", row.id)
    };
    let service = row.service.pt();
    html! {
        div.card-row {
            div {
                p.name { (service) }
                p.detail {
                    @if let Some(number) = &row.number { (number) " · " }
                    (words::life(row.life)) " · " (time::at(row.at, frame.now()))
                    @if let Some(owed) = words::owed(row.owes) { " · " strong.warn { (owed) } }
                }
            }
            @if draft {
                a href=(format!("/pedido/{}", row.id)) aria-label=(format!("Parar ou entregar {service}")) { "Parar ou entregar" }
                a.button href=(href) aria-label=(format!("Continuar {service}")) { "Continuar" }
            } @else {
                a href=(format!("/pedido/{}", row.id)) aria-label=(format!("Ver o pedido de {service}")) { "Ver o pedido" }
                a.button href=(href) aria-label=(format!("Comprovativo de {service}")) { "Comprovativo" }
            }
        }
    }
}

/// What this citizen asked before, where this node knows it.
fn before(frame: &Frame, attendance: &Attendance) -> Markup {
    html! {
        section #antes data-region="record" aria-labelledby="t-antes" hidden[attendance.before.is_empty()] {
            h2 #t-antes { "O que já pediu" }
            @for row in &attendance.before {
                div.card-row {
                    div {
                        p.name { (row.service.pt()) }
                        p.detail {
                            @if let Some(number) = &row.number { (number) " · " }
                            (words::life(row.life)) " · " (time::at(row.at, frame.now())) " · " (row.spot)
                            @if let Some(owed) = words::owed(row.owes) { " · " strong.warn { (owed) } }
                        }
                    }
                    a.button href=(format!("/pedido/{}", row.id)) { "Ver" span.hidden { " " (row.service.pt()) ", " (time::at(row.at, frame.now())) } }
                }
            }
        }
    }
}

/// What they were booked for comes first.
fn booked(frame: &Frame, attendance: &Attendance) -> Markup {
    html! {
        @if let Some((service, title)) = &attendance.booked {
            section aria-labelledby="t-marcado" {
                h2 #t-marcado { @if attendance.late.is_some() { "Está no impresso" } @else { "Veio com marcação" } }
                form method="post" action=(format!("/atendimento/{}/pedidos", attendance.id)) data-once {
                    (frame.guard())
                    button.(if attendance.identified { "primary" } else { "plain" }) type="submit" name="servico" value=(service) { "Começar: " (title.pt()) }
                }
            }
        }
    }
}

fn search(frame: &Frame, view: &View) -> Markup {
    html! {
        section aria-labelledby="t-servicos" {
            h2 #t-servicos { "De que precisa?" }
            form.search role="search" method="get" action=(format!("/atendimento/{}", view.attendance.id)) {
                label for="q" { "Procurar um serviço" }
                div.search-line {
                    input #q type="search" name="q" value=(view.query) autocomplete="off" spellcheck="false"
                        data-search="/servicos" data-attendance=(view.attendance.id) data-into="servicos"
                        aria-describedby="q-ajuda" data-key="/" aria-keyshortcuts="/";
                    button type="submit" { "Procurar" }
                }
                p.hint #q-ajuda { "Por palavras do dia a dia: «casa ardeu», «carta», «cartão perdido». " (key("/")) }
            }
            div #servicos {
                (service_list(&view.services, &view.query, &view.attendance.id, &frame.guard))
            }
        }
    }
}

fn service_list(services: &[Service], query: &str, attendance: &str, guard: &str) -> Markup {
    html! {
        p.found role="status" {
            @if services.is_empty() {
                "Nenhum serviço com «" (query) "». Tente outra palavra, ou apague para ver todos."
            } @else if query.trim().is_empty() {
                "Todos os serviços (" (services.len()) ")"
            } @else {
                (words::count(services.len() as u64, "serviço", "serviços")) " com «" (query) "»"
            }
        }
        @if !services.is_empty() {
            form.services method="post" action=(format!("/atendimento/{attendance}/pedidos")) data-once {
                (layout::guard(guard))
                ul {
                    @for service in services {
                        li {
                            button.service type="submit" name="servico" value=(service.id) {
                                span.title { (service.title.pt()) }
                                span.detail {
                                    (service.by.name) " · " (words::fee(service.price_cents(Channel::Desk).unwrap_or(0))) " · " (service.minutes) " min · "
                                    (without_network(service.offline))
                                }
                            }
                            details.about {
                                summary { "O que é preciso" span.hidden { " para " (service.title.pt()) } }
                                (service::facts(service))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What can be finished without a network, in a few words.
fn without_network(offline: Offline) -> &'static str {
    match offline {
        Offline::Recorded => "faz-se todo sem rede",
        Offline::Queued => "regista-se sem rede, segue depois",
        Offline::Prepared => "sem rede só se prepara",
    }
}
