//! "O que este posto leva": whose data is here, why, and until when. Nothing is here for nothing.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use crate::desk::DeskState;
use crate::desk::frame::{Frame, Page, Part};
use crate::desk::port::{CarriedLoan, CarriedView, CarriedVisit, Desk, Session};
use crate::gate::Signed;
use crate::layout::key;
use crate::words::{count, day, time};

pub(crate) async fn show(State(state): State<DeskState>, who: Signed) -> Response {
    let load = |desk: &dyn Desk, session: &Session| desk.carried(session);
    state.show(&who, load, page).await
}

pub(crate) fn page<'a>(frame: &Frame, view: &CarriedView) -> Page<'a> {
    let content = html! {
        div.help {
            div.page-head {
                p.crumb { a href="/" data-key="Escape" aria-keyshortcuts="Escape" { "Hoje " (key("Esc")) } }
                h1 { "O que este posto leva" }
                p { "Os dados de quem está neste computador, porquê, e até quando. Tudo o que sai daqui fica na central." }
            }
            div.stacked {
                section.panel aria-labelledby="t-zona" {
                    h2 #t-zona { "Da zona que este posto atende" }
                    @if view.scopes.is_empty() { p.none { "Ainda nada." } }
                    @else { (scopes(view)) }
                    p.detail { (how_long(view.keep_days)) }
                }
                section.panel aria-labelledby="t-visitas" {
                    h2 #t-visitas { "De quem é esperado numa visita" }
                    @if view.visits.is_empty() { p.none { "Ninguém está marcado nem numa lista." } }
                    @for visit in &view.visits { (of_visit(visit)) }
                    @if view.more_expected > 0 { p { "E mais " (count(view.more_expected, "pessoa", "pessoas")) "." } }
                    @if !view.visits.is_empty() {
                        p.detail { "Sai sozinho depois do dia da visita, quando a central disser que tem uma cópia." }
                    }
                }
                section.panel aria-labelledby="t-fora" {
                    h2 #t-fora { "De outras zonas" }
                    @if view.lent.is_empty() { p.none { "Nenhum pedido de outra zona está aqui." } }
                    @else { (loans(frame, &view.lent)) }
                }
                section.panel aria-labelledby="t-resto" {
                    h2 #t-resto { "Com isso" }
                    ul {
                        li {
                            @if view.photographs.0 == 0 { "Nenhuma fotografia." }
                            @else { (count(view.photographs.0, "fotografia", "fotografias")) ", " (megabytes(view.photographs.1)) ", destes pedidos." }
                        }
                        li {
                            @if view.for_others.0 == 0 { "Nenhum trabalho de outro posto a caminho da central." }
                            @else { (count(view.for_others.0, "ficheiro fechado", "ficheiros fechados")) " de outros postos, " (megabytes(view.for_others.1)) ": aqui ninguém os abre." }
                        }
                        li {
                            @if view.left == 0 { "Ainda nada saiu daqui." }
                            @else { (count(view.left, "registo já saiu", "registos já saíram")) " daqui: ficou só a prova de que a central os tem." }
                        }
                    }
                }
            }
        }
    };
    Page {
        part: Part::Elsewhere,
        title: "O que este posto leva",
        watching: String::new(),
        content,
    }
}

fn scopes(view: &CarriedView) -> Markup {
    html! {
        table.rows {
            caption.hidden { "Pedidos e atendimentos por zona" }
            thead { tr { th scope="col" { "Zona" } th.number scope="col" { "Pedidos" } th.number scope="col" { "Atendimentos" } } }
            tbody {
                @for scope in &view.scopes {
                    tr { th scope="row" { (scope.name) } td.number { (scope.requests) } td.number { (scope.attendances) } }
                }
            }
        }
    }
}

fn how_long(keep_days: Option<u32>) -> String {
    match keep_days {
        Some(days) => format!(
            "Sai sozinho ao fim de {} sem ninguém lhe mexer, quando a central disser que tem uma cópia.",
            count(u64::from(days), "dia", "dias")
        ),
        None => "Fica até alguém o mandar sair: neste posto nada disto sai sozinho.".to_owned(),
    }
}

fn of_visit(visit: &CarriedVisit) -> Markup {
    html! {
        h3 {
            @if visit.place.is_empty() { "Uma visita que já não está aqui" } @else { (visit.place) }
            @if !visit.day.is_empty() { ", " (day(&visit.day)) }
            " (" (visit.people.len()) ")"
        }
        @if visit.is_over { p.notice { "O dia já passou: sai daqui quando a central disser que tem uma cópia." } }
        ul {
            @for (name, why) in &visit.people { li { strong { (name) } " · " (why) } }
        }
    }
}

fn loans(frame: &Frame, lent: &[CarriedLoan]) -> Markup {
    html! {
        table.rows {
            caption.hidden { "Pedidos de outras zonas" }
            thead { tr { th scope="col" { "Número" } th scope="col" { "Cidadão" } th scope="col" { "Porquê" } } }
            tbody {
                @for one in lent {
                    tr {
                        th scope="row" { a href=(format!("/pedido/{}", one.id)) { (one.number) } }
                        td { (one.citizen) }
                        td {
                            @match one.until {
                                Some(until) => {
                                    @if one.for_visit { "de quem vem a uma visita" } @else { "consultado" }
                                    "; lê-se até " (time::at(until, frame.now()))
                                },
                                None => "o caso veio para este posto",
                            }
                        }
                    }
                }
            }
        }
    }
}

fn megabytes(bytes: u64) -> String {
    match bytes >> 20 {
        0 => "menos de 1 MB".to_owned(),
        whole => format!("{whole} MB"),
    }
}
