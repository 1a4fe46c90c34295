//! "Postos": what needs somebody, then all nodes on a map beside the table of the same.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::console::frame::{Frame, Part};
use crate::console::port::{AlarmRow, FleetView, NodeRow, Order, ProofAge, Wanting};
use crate::console::rights::Within;
use crate::gate::{Signed, percent_encoded};
use crate::map::fleet::{map, sign, words as proof};
use crate::words::{count, time};

pub(crate) mod enrol;
pub(crate) mod lost;
pub(crate) mod node;
pub(crate) mod orders;
pub(crate) mod say;

/// Longest text that is looked for, in characters.
const MAX_SOUGHT_CHARS: usize = 80;

#[derive(Deserialize, Default)]
pub(crate) struct Sought {
    #[serde(default)]
    q: String,
    #[serde(default)]
    ordem: String,
    #[serde(default)]
    avisos: String,
    #[serde(default)]
    pagina: String,
}

const ORDERS: [(Order, &str, &str); 4] = [
    (Order::Need, "", "O que precisa de alguém"),
    (Order::Name, "nome", "Nome"),
    (Order::Proof, "prova", "Prova mais antiga"),
    (Order::Unsent, "por-enviar", "Mais por enviar"),
];

impl Sought {
    fn wanting(&self) -> Wanting {
        let order = ORDERS.iter().find(|(_, code, _)| *code == self.ordem);
        Wanting {
            text: self.q.trim().chars().take(MAX_SOUGHT_CHARS).collect(),
            order: order.map_or(Order::Need, |(order, ..)| *order),
            alarmed: !self.avisos.is_empty(),
            page: self
                .pagina
                .parse::<u32>()
                .map_or(0, |n| n.saturating_sub(1)),
        }
    }
}

pub(crate) async fn show(
    Within(state): Within,
    who: Signed,
    Query(sought): Query<Sought>,
) -> Response {
    let wanting = sought.wanting();
    let asked = wanting.clone();
    match state
        .load(&who.session, move |console| console.fleet(&asked))
        .await
    {
        Ok((frame, view)) => frame.respond(
            StatusCode::OK,
            Part::Spots,
            "Postos",
            &content(&frame, &view, &wanting),
        ),
        Err(fault) => fault.into_response(),
    }
}

/// Where the same is with other words.
fn address(wanting: &Wanting, order: Order, page: u32) -> String {
    let code = ORDERS
        .iter()
        .find(|(o, ..)| *o == order)
        .map_or("", |(_, code, _)| code);
    let mut parts = Vec::new();
    if !wanting.text.is_empty() {
        parts.push(format!("q={}", percent_encoded(&wanting.text)));
    }
    if !code.is_empty() {
        parts.push(format!("ordem={code}"));
    }
    if wanting.alarmed {
        parts.push("avisos=1".to_owned());
    }
    if page > 0 {
        parts.push(format!("pagina={}", page + 1));
    }
    match parts.is_empty() {
        true => "/postos".to_owned(),
        false => format!("/postos?{}", parts.join("&")),
    }
}

pub(crate) fn content(frame: &Frame, view: &FleetView, wanting: &Wanting) -> Markup {
    html! {
        div.fleet {
            div.page-head {
                h1 { "Postos" }
                p { a.button href="/postos/inscrever" { "Inscrever um posto" } }
            }
            @if view.waiting > 0 {
                p.notice.amber { a href="/postos/inscrever" { (count(view.waiting, "posto espera", "postos esperam")) " a sua aprovação" } ": o certificado acabou enquanto estava fora." }
            }
            div #avisos data-region="record messages strip" { (alarms(frame, view)) }
            form.choose method="get" action="/postos" role="search" {
                div {
                    label for="q" { "Nome ou lugar" }
                    input #q type="search" name="q" value=(wanting.text) autocomplete="off" spellcheck="false" maxlength=(MAX_SOUGHT_CHARS) data-key="/" aria-keyshortcuts="/";
                }
                div {
                    label for="ordem" { "Primeiro" }
                    select #ordem name="ordem" {
                        @for (order, code, name) in ORDERS { option value=(code) selected[order == wanting.order] { (name) } }
                    }
                }
                label.tile for="so-avisos" {
                    input #so-avisos type="checkbox" name="avisos" value="1" checked[wanting.alarmed];
                    span { "Só com avisos" }
                }
                button type="submit" { "Ver" }
            }
            div #lista data-region="record messages strip" {
                @if view.all == 0 { p.none { "Ainda nenhum posto está inscrito." } }
                @else if view.rows.is_empty() { p.none { "Nenhum posto é assim. " a href="/postos" { "Ver todos" } } }
                @else { (route(frame, view, wanting)) }
            }
        }
    }
}

fn alarms(frame: &Frame, view: &FleetView) -> Markup {
    html! {
        @if view.open == 0 {
            p.notice.done {
                "Nada precisa de alguém agora."
                @if view.in_hand > 0 { " " (count(view.in_hand, "aviso está", "avisos estão")) " em mãos." }
            }
        } @else {
            section aria-labelledby="t-avisos" {
                h2 #t-avisos { (count(view.open, "aviso precisa de alguém", "avisos precisam de alguém")) }
                ul.alarms { @for row in &view.alarms { (alarm(frame, row)) } }
                @if view.open > view.alarms.len() as u64 {
                    p.detail { "Mostram-se os " (view.alarms.len()) " piores. " a href="/postos?avisos=1" { "Ver todos os postos com avisos" } }
                }
                @if view.in_hand > 0 { p.detail { (count(view.in_hand, "outro está", "outros estão")) " em mãos de alguém." } }
            }
        }
    }
}

fn alarm(frame: &Frame, row: &AlarmRow) -> Markup {
    let kind = &row.alarm.kind;
    html! {
        li {
            p { a href=(format!("/posto/{}#aviso-{}", row.id, kind.code())) { (row.name) } ": " strong { (say::alarm(kind, frame.now())) } }
            p.detail { (say::what_to_do(kind)) }
        }
    }
}

fn route(frame: &Frame, view: &FleetView, wanting: &Wanting) -> Markup {
    let hidden = view.found.saturating_sub(view.marks.len() as u64);
    html! {
        p.detail {
            @if view.found == view.all { (count(view.all, "posto", "postos")) }
            @else { (view.found) " de " (count(view.all, "posto", "postos")) }
            @if view.pages > 1 { ", página " (wanting.page + 1) " de " (view.pages) }
            @if hidden > 0 { "; " (count(hidden, "não tem posição conhecida e está só na tabela", "não têm posição conhecida e estão só na tabela")) }
        }
        div.route {
            div {
                table.rows {
                    caption.hidden { "Postos" }
                    thead { tr {
                        th scope="col" { "Posto" } th scope="col" { "Última prova" } th scope="col" { "Por enviar" } th scope="col" { "Bateria" } th scope="col" { "Onde" } th scope="col" { "Avisos" }
                    } }
                    tbody { @for one in &view.rows { (row(frame, one)) } }
                }
                (pages(view, wanting))
            }
            div {
                (map(&view.marks, true))
                ul.proof-legend {
                    @for age in [ProofAge::Fresh, ProofAge::Old, ProofAge::Never, ProofAge::TooOld, ProofAge::Revoked] {
                        li { (sign(age)) " " (proof(age)) }
                    }
                }
            }
        }
    }
}

fn row(frame: &Frame, row: &NodeRow) -> Markup {
    let (now, how) = (frame.now(), row.how.as_ref());
    html! {
        tr {
            th scope="row" { a href=(format!("/posto/{}", row.id)) { (row.name) } }
            td { (sign(row.age)) " " @match row.proven { Some(at) => (time::ago(at, now)), None => (proof(row.age)) } @if row.proven.is_some() { span.hidden { ", " (proof(row.age)) } } }
            td { @match how { Some(how) => (say::unsent(how, now)), None => "não disse" } }
            td { @match how { Some(how) => (say::battery(how)), None => "–" } }
            td { @match how.and_then(|how| how.place.as_ref()) { Some((name, _)) if !name.is_empty() => (name), _ => "–" } }
            td {
                @match row.open { 0 => {}, n => { strong.problem { (count(n, "aviso", "avisos")) } } }
                @if row.open > 0 && row.in_hand > 0 { ", " }
                @if row.in_hand > 0 { (row.in_hand) " em mãos" }
                @if row.open == 0 && row.in_hand == 0 { "nenhum" }
            }
        }
    }
}

fn pages(view: &FleetView, wanting: &Wanting) -> Markup {
    html! {
        @if view.pages > 1 {
            nav.filters aria-label="Páginas" {
                @if wanting.page > 0 {
                    a rel="prev" href=(address(wanting, wanting.order, wanting.page - 1)) data-key="PageUp" aria-keyshortcuts="PageUp" { "Página anterior" }
                }
                @if wanting.page + 1 < view.pages {
                    a rel="next" href=(address(wanting, wanting.order, wanting.page + 1)) data-key="PageDown" aria-keyshortcuts="PageDown" { "Página seguinte" }
                }
            }
        }
    }
}

/// A path with the node's id alone: what it names is looked up, never shown as it came.
pub(crate) type Named = Path<String>;
