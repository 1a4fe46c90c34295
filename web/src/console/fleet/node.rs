//! One node: how it is in a sentence, what is wrong, the figures, the picture of two weeks, what of it waits elsewhere.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::{Named, lost, say};
use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::{Alarm, FleetMark, FleetPoint, How, NodeView};
use crate::console::rights::Within;
use crate::desk::port::Session;
use crate::desk::problem;
use crate::gate::{Posted, Signed, redirect};
use crate::map::fleet::{map, sign, words as proof};
use crate::words::{count, day, time};

/// Longest note, in characters.
const MAX_NOTE_CHARS: usize = 300;

/// What was noted and not kept, and why: by the code of its alarm.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) alarm: String,
    pub(crate) note: String,
    pub(crate) problem: String,
}

pub(crate) async fn show(Within(state): Within, who: Signed, node: Named) -> Response {
    respond(&state, &who.session, node, Retry::default()).await
}

/// After a note that was not kept the page is at the address of its form.
pub(crate) async fn show_again(
    Within(state): Within,
    who: Signed,
    Path((node, _)): Path<(String, String)>,
) -> Response {
    respond(&state, &who.session, Path(node), Retry::default()).await
}

async fn respond(
    state: &ConsoleState,
    session: &Session,
    Path(node): Named,
    retry: Retry,
) -> Response {
    let status = match retry.problem.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let asker = session.clone();
    match state
        .load(session, move |console| console.fleet_node(&asker, &node))
        .await
    {
        Ok((frame, view)) => {
            let content = content(&frame, &view, &retry);
            frame.respond(status, Part::Spots, &view.row.name, &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn take(
    Within(state): Within,
    Path((node, alarm)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let (session, note) = (posted.session.clone(), posted.get("nota").to_owned());
    let (of, code, noted) = (node.clone(), alarm.clone(), note.clone());
    let asker = session.clone();
    let done = state
        .call(move |console| console.take_alarm(&asker, &of, &code, &noted))
        .await;
    match done {
        Ok(()) => redirect(&format!("/posto/{node}")),
        Err(error) => {
            let retry = Retry {
                alarm,
                note,
                problem: problem(&error),
            };
            respond(&state, &session, Path(node), retry).await
        }
    }
}

pub(crate) fn content(frame: &Frame, view: &NodeView, retry: &Retry) -> Markup {
    let row = &view.row;
    html! {
        div.fleet.node-page {
            div.page-head {
                p.crumb { a href="/postos" data-key="Escape" aria-keyshortcuts="Escape" { "Postos" } }
                h1 { (row.name) }
                p.lead #frase data-region="record messages strip" { (sign(row.age)) " " (row.name) ": " (say::sentence(row, frame.now())) }
            }
            div #perda data-region="record messages strip" { @if let Some(loss) = &view.loss { (lost::standing(frame, view, loss)) } }
            @if !retry.problem.is_empty() {
                div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (retry.problem) } }
            }
            div #avisos data-region="record messages strip" {
                @if !view.alarms.is_empty() {
                    section aria-labelledby="t-avisos" {
                        h2 #t-avisos { "O que precisa de alguém" }
                        @for alarm in &view.alarms { (alarm_part(frame, view, alarm, retry)) }
                    }
                }
            }
            div.route {
                section aria-labelledby="t-como" {
                    h2 #t-como { "Como está" }
                    div #como data-region="record messages strip" { (facts(frame, view)) }
                }
                div #onde data-region="strip" { (whereabouts(view)) }
            }
            div #duas-semanas data-region="strip" { (pictures(&view.points, frame)) }
            section aria-labelledby="t-esperam" {
                h2 #t-esperam { "O que espera na central" }
                div #esperam data-region="record messages" { (waiting(view)) }
            }
            section aria-labelledby="t-ordens" {
                h2 #t-ordens { "Ordens ao posto" }
                p { "Trocar tudo outra vez, refazer listas, uma chave nova, um diagnóstico; ou largar o que tem de pessoas." }
                p { a.button href=(format!("/posto/{}/ordens", row.id)) { "Ver e dar ordens" } }
            }
            @if view.loss.is_none() && view.is_enrolled {
                section aria-labelledby="t-perdido" {
                    h2 #t-perdido { "Perdido ou roubado?" }
                    p { "Deixa de ser aceite pela central e pelos outros postos. Antes de acontecer vê o que vai acontecer, e é precisa uma segunda pessoa." }
                    p { a.button href=(format!("/posto/{}/perdido", row.id)) { "Dar o posto por perdido" } }
                }
            }
        }
    }
}

fn alarm_part(frame: &Frame, view: &NodeView, alarm: &Alarm, retry: &Retry) -> Markup {
    let code = alarm.kind.code();
    let noted = if retry.alarm == code {
        retry.note.as_str()
    } else {
        ""
    };
    html! {
        article.spot-row id=(format!("aviso-{code}")) {
            h3 { (say::alarm(&alarm.kind, frame.now())) }
            p { (say::what_to_do(&alarm.kind)) }
            @match &alarm.in_hand {
                Some((who, at, note)) => p.notice { "Em mãos de " (who) ", " (time::ago(*at, frame.now())) ": " (note) " Volta a avisar se piorar." },
                None => form.in-hand method="post" action=(format!("/posto/{}/aviso/{code}", view.row.id)) data-once {
                    (frame.guard())
                    div.field {
                        label for=(format!("nota-{code}")) { "O que vai fazer" }
                        input id=(format!("nota-{code}")) type="text" name="nota" value=(noted) maxlength=(MAX_NOTE_CHARS) required;
                    }
                    button type="submit" { "Tenho isto em mãos" span.hidden { ": " (say::alarm(&alarm.kind, frame.now())) } }
                },
            }
        }
    }
}

fn facts(frame: &Frame, view: &NodeView) -> Markup {
    let (now, row) = (frame.now(), &view.row);
    html! {
        dl.node-facts {
            div { dt { "Última prova" } dd { @match row.proven { Some(at) => { (time::at(at, now)) ", " (time::ago(at, now)) }, None => (proof(row.age)) } } }
            div { dt { "Guardado na central" } dd { (count(view.changes, "alteração", "alterações")) } }
            @if let Some(how) = &row.how { (said(frame, how)) }
            @else { div { dt { "Programa, disco, bateria, relógio" } dd { "Ainda não disse: precisa de falar com a central com um programa que o diga." } } }
            @match &view.certificate {
                Some((since, ends)) => div { dt { "Certificado" } dd { "de " (day(since)) " até " (day(ends)) @if !view.is_enrolled { "; retirado" } } },
                None => div { dt { "Certificado" } dd { "Não está na lista dos inscritos." } },
            }
            @if !view.scopes.is_empty() { div { dt { "Territórios" } dd { (view.scopes.join(", ")) } } }
        }
    }
}

fn said(frame: &Frame, how: &How) -> Markup {
    let now = frame.now();
    html! {
        div { dt { "Por enviar" } dd { (say::unsent(how, now)) @if how.requests > 0 { " (" (count(how.requests, "pedido", "pedidos")) ")" } } }
        div { dt { "Bateria" } dd { (say::battery(how)) } }
        div { dt { "Disco livre" } dd { @match how.free_bytes { Some(free) => (say::room(free)), None => "o sistema não diz" } } }
        div { dt { "Catálogo" } dd { "n.º " (how.catalogue) ", " (say::catalogue(how, now)) } }
        div { dt { "Programa" } dd { (how.program) ", a correr há " (time::lasting(how.up_s)) } }
        div { dt { "Relógio" } dd { (say::skew(how.skew_s)) } }
        div { dt { "Alguém ao balcão" } dd { @if how.attended { "sim" } @else { "não" } } }
        div { dt { "Disse-o" } dd { (time::at(how.told, now)) } }
    }
}

fn whereabouts(view: &NodeView) -> Markup {
    let how = view.row.how.as_ref();
    let mark = how.and_then(|how| how.position).map(|at| FleetMark {
        id: view.row.id.clone(),
        name: view.row.name.clone(),
        at,
        age: view.row.age,
    });
    html! {
        h2 { "Onde está" }
        @match how.and_then(|how| how.place.as_ref()) {
            Some((name, Some(held))) => p { (name) ": a paragem que fez por último, às " (time::to_the_second(*held).get(..5).unwrap_or_default()) "." },
            Some((name, None)) => p { (name) @if name.is_empty() { "Sempre no mesmo lugar" } "." },
            None => p.none { "Não se sabe: diz onde está quando faz uma paragem, ou quando a configuração do posto o diz." },
        }
        @if let Some(mark) = mark { (map(&[mark], false)) }
    }
}

/// Width and height of a picture, in units.
const WIDE: f64 = 400.0;
const HIGH: f64 = 90.0;

fn pictures(points: &[FleetPoint], frame: &Frame) -> Markup {
    let Some((first, last)) = points
        .first()
        .zip(points.last())
        .filter(|_| points.len() > 1)
    else {
        return html! {};
    };
    let span = (last.at.unix_ms - first.at.unix_ms).max(1) as f64;
    let across = |p: &FleetPoint| (p.at.unix_ms - first.at.unix_ms) as f64 / span * WIDE;
    let most = points.iter().map(|p| p.unsent).max().unwrap_or(0).max(1) as f64;
    let unsent: Vec<(f64, f64)> = points
        .iter()
        .map(|p| (across(p), p.unsent as f64 / most))
        .collect();
    let battery: Vec<(f64, f64)> = points
        .iter()
        .filter_map(|p| Some((across(p), f64::from(p.battery?) / 100.0)))
        .collect();
    let lowest = points.iter().filter_map(|p| p.battery).min();
    let peak = points.iter().max_by_key(|p| p.unsent);
    html! {
        section aria-labelledby="t-semanas" {
            h2 #t-semanas { "Desde " (time::at(first.at, frame.now())) }
            div.charts {
                @if let Some(peak) = peak {
                    (line("Por enviar", &format!("Por enviar: no máximo {}, {}; agora {}.", peak.unsent, time::at(peak.at, frame.now()), last.unsent), &unsent))
                }
                @if let (Some(lowest), true) = (lowest, battery.len() > 1) {
                    (line("Bateria", &format!("Bateria: no mínimo {lowest} %; agora {} %.", last.battery.unwrap_or(lowest)), &battery))
                }
            }
        }
    }
}

fn line(title: &str, says: &str, points: &[(f64, f64)]) -> Markup {
    let drawn: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{x:.1},{:.1}", HIGH - y * (HIGH - 6.0) - 2.0))
        .collect();
    html! {
        figure {
            figcaption { (title) }
            svg.chart.line role="img" aria-label=(says) viewBox=(format!("0 0 {WIDE} {HIGH}")) preserveAspectRatio="none" {
                line x1="0" y1=(HIGH - 1.0) x2=(WIDE) y2=(HIGH - 1.0) {}
                polyline points=(drawn.join(" ")) {}
            }
            p.detail { (says) }
        }
    }
}

fn waiting(view: &NodeView) -> Markup {
    html! {
        dl.node-facts {
            div { dt { "Quarentena" } dd {
                @match view.aside { 0 => "nada", n => a href="/quarentena" { (count(n, "alteração", "alterações")) } }
            } }
            div { dt { "Conflitos" } dd {
                @if view.conflicts.is_empty() { "nenhum" }
                @else { ul { @for (id, what) in &view.conflicts { li { a href=(format!("/conflito/{id}")) { (what) } } } } }
            } }
            div { dt { "Percursos de hoje" } dd {
                @if view.tours.is_empty() { "nenhum" }
                @else { ul { @for tour in &view.tours { li { a href=(format!("/percurso/{}", tour.id)) { (tour.places.join(" → ")) } } } } }
            } }
        }
    }
}
