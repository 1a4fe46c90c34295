//! "Perdeu tudo": what was lost, what each request for it still lacks, one clear next step.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::catalogue::{Lost, Words};
use vereda_sync::record::declaration::DECLARATION;

use crate::desk::frame::{Frame, Page, Part};
use crate::desk::household;
use crate::desk::port::{Attendance, Desk, LostRequest, LostView, LostWho, Session};
use crate::desk::{DeskState, Fault, fault};
use crate::gate::{Posted, Signed, percent_encoded, redirect};
use crate::layout::key;

/// What could not be begun, and why; or why nothing was.
#[derive(Default)]
pub(crate) struct Refused {
    pub(crate) services: Vec<(Words, String)>,
    pub(crate) error: String,
}

fn here(attendance: &str) -> String {
    format!("/atendimento/{}/perdeu-tudo", percent_encoded(attendance))
}

pub(crate) async fn show(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.lost(session, &id);
    let page = |frame: &Frame, view: &LostView| page(frame, view, &Refused::default());
    state.show(&who, load, page).await
}

pub(crate) async fn begin(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let chosen = posted.fields.iter().filter(|(name, _)| name == "servico");
    let chosen: Vec<String> = chosen.map(|(_, service)| service.clone()).collect();
    let (session, attendance) = (posted.session.clone(), id.clone());
    let begin = move |desk: &dyn Desk| desk.begin_lost(&posted.session, &attendance, &chosen);
    let refused = match state.call(begin).await {
        Ok(services) if services.is_empty() => return redirect(&here(&id)),
        Ok(services) => Refused {
            services,
            ..Refused::default()
        },
        Err(error) => Refused {
            error: fault::problem(&error),
            ..Refused::default()
        },
    };
    let load = move |desk: &dyn Desk, session: &Session| desk.lost(session, &id);
    match state.load(&session, load).await {
        Ok((frame, view)) => frame.respond_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            &page(&frame, &view, &refused),
        ),
        Err(fault) => Fault::into_response(fault),
    }
}

/// The way there from an attendance.
pub(crate) fn way(attendance: &Attendance) -> Markup {
    html! {
        @if !attendance.closed {
            p.lost-way { a.button href=(here(&attendance.id)) { "Perdeu tudo" } " " span.detail { "Num incêndio ou numa cheia: tudo numa só conversa." } }
        }
    }
}

fn what(lost: Lost) -> &'static str {
    match lost {
        Lost::Card => "O Cartão de Cidadão",
        Lost::Licence => "A carta de condução",
        Lost::HealthCard => "O cartão de saúde",
        Lost::House => "A casa, ou parte dela",
    }
}

pub(crate) fn page<'a>(frame: &Frame, view: &LostView, refused: &Refused) -> Page<'a> {
    let attendance = percent_encoded(&view.attendance);
    let next = view.begun.iter().find_map(next_of);
    let content = html! {
        div.lost {
            div.page-head {
                p.crumb { a href=(format!("/atendimento/{attendance}")) data-key="Escape" aria-keyshortcuts="Escape" { "Atendimento" } @if let Some(citizen) = &view.citizen { " · " (citizen) } }
                h1 { "Perdeu tudo" }
                p { "Uma só conversa: cada pergunta faz-se uma vez, e a resposta serve a todos os pedidos. No fim, confere-se cada um." }
            }
            (problems(refused))
            @let house = household::From {
                attendance: &view.attendance, is_known: view.who == LostWho::Known, at_lost: true,
            };
            @match view.who {
                LostWho::Unknown { undocumented } => (who_first(frame, &attendance, undocumented)),
                LostWho::ToDeclare => section.panel aria-labelledby="t-quem" {
                    h2 #t-quem { "Primeiro, quem é" }
                    p { "Sem documentos, o cidadão declara quem é, com as testemunhas que houver." }
                    a.button.primary href=(format!("/formulario/{attendance}/{}", DECLARATION.id)) data-key="i" aria-keyshortcuts="i" { "Declaração e testemunhas " (key("I")) }
                },
                LostWho::Known => {
                    @if !view.begun.is_empty() {
                        section #em-conversa data-region="record" aria-labelledby="t-em-conversa" {
                            h2 #t-em-conversa { "O que se pede" }
                            ol.lost-list { @for request in &view.begun { (row(request)) } }
                            @if let Some((href, words)) = &next {
                                a.button.primary.huge href=(href) data-key="n" aria-keyshortcuts="n" { (words) " " (key("N")) }
                            } @else {
                                p.notice.done { "Está tudo registado." }
                            }
                        }
                    }
                    @if !view.open.is_empty() { (choose(frame, view, &attendance)) }
                }
            }
            (household::members(frame, &house, &view.household))
        }
    };
    Page {
        part: Part::Attendance,
        title: "Perdeu tudo",
        watching: format!("atendimento={attendance}"),
        content,
    }
}

fn problems(refused: &Refused) -> Markup {
    html! {
        @if !refused.error.is_empty() || !refused.services.is_empty() {
            div.alert #erro role="alert" tabindex="-1" data-takes-focus {
                @if !refused.error.is_empty() { p { (refused.error) } }
                @for (title, why) in &refused.services { p { strong { (title.pt()) ": " } (why) } }
            }
        }
    }
}

fn who_first(frame: &Frame, attendance: &str, undocumented: bool) -> Markup {
    html! {
        section.panel aria-labelledby="t-quem" {
            h2 #t-quem { "Primeiro, quem é" }
            @if undocumented {
                p { "Sem documentos: escreva os dados que o cidadão disser; a seguir declara quem é." }
            } @else {
                p { "Com o cartão, ou escrevendo os dados. Se os documentos também se perderam, diga-o primeiro." }
            }
            div.actions {
                @if !undocumented {
                    form method="post" action=(format!("/atendimento/{attendance}/documentos")) data-once {
                        (frame.guard())
                        input type="hidden" name="documentos" value="nao";
                        input type="hidden" name="para" value=(format!("/atendimento/{attendance}/perdeu-tudo"));
                        button type="submit" { "Não tem documentos" }
                    }
                }
                a.button.primary href=(format!("/formulario/{attendance}")) data-key="i" aria-keyshortcuts="i" { "Identificar o cidadão " (key("I")) }
            }
        }
    }
}

/// Where a request goes on, and how that is called.
fn next_of(request: &LostRequest) -> Option<(String, String)> {
    let (id, title) = (percent_encoded(&request.id), request.title.pt());
    match (request.number.is_some(), request.lacks.first()) {
        (true, _) => None,
        (false, Some((step, _))) => Some((
            format!("/formulario/{id}/{}", percent_encoded(step)),
            format!("Continuar: {title}"),
        )),
        (false, None) => Some((format!("/conferir/{id}"), format!("Conferir: {title}"))),
    }
}

fn row(request: &LostRequest) -> Markup {
    html! {
        li {
            div {
                p.name { (request.title.pt()) }
                p.detail {
                    @match (&request.number, request.lacks.as_slice()) {
                        (Some(number), _) => span.life { "registado · " (number) },
                        (None, []) => strong { "pronto a conferir" },
                        (None, lacks) => { "Falta: " (lacks.iter().map(|(_, title)| title.pt()).collect::<Vec<_>>().join(", ")) }
                    }
                }
            }
            @match next_of(request) {
                None => a.button href=(format!("/comprovativo/{}", percent_encoded(&request.id))) { "Comprovativo" span.hidden { ": " (request.title.pt()) } },
                Some((href, _)) => a.button href=(href) {
                    @if request.lacks.is_empty() { "Conferir" } @else { "Continuar" }
                    span.hidden { ": " (request.title.pt()) }
                },
            }
        }
    }
}

fn choose(frame: &Frame, view: &LostView, attendance: &str) -> Markup {
    let is_first = view.begun.is_empty();
    html! {
        form method="post" action=(format!("/atendimento/{attendance}/perdeu-tudo")) data-once {
            (frame.guard())
            fieldset.options {
                legend { @if is_first { "O que perdeu?" } @else { "Perdeu mais alguma coisa?" } }
                @for offer in &view.open {
                    @let id = format!("perdeu-{}", offer.service);
                    label.tile for=(id) {
                        input id=(id) type="checkbox" name="servico" value=(offer.service);
                        span { strong { (what(offer.what)) } br; span.detail { (offer.title.pt()) }
                            @if let Some(row) = &offer.asked { br; span.detail { strong.warn { "Um por casa: " (row.citizen) " já o pediu" } } }
                        }
                    }
                }
            }
            button.primary[is_first] type="submit" { @if is_first { "Começar a conversa" } @else { "Juntar à conversa" } }
        }
    }
}
