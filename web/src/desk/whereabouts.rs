//! "Onde está o trabalho": at the hub, here alone, with whom is near, on its way by hand; and whose work is here.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use crate::desk::DeskState;
use crate::desk::frame::{Frame, Page, Part};
use crate::desk::port::{Desk, Link, Near, Session, WhereaboutsView};
use crate::gate::Signed;
use crate::layout::key;
use crate::words::{count, day, time};

pub(crate) async fn show(State(state): State<DeskState>, who: Signed) -> Response {
    let load = |desk: &dyn Desk, session: &Session| desk.whereabouts(session);
    state.show(&who, load, page).await
}

pub(crate) fn page<'a>(frame: &Frame, view: &WhereaboutsView) -> Page<'a> {
    let content = html! {
        div.help {
            div.page-head {
                p.crumb { a href="/" data-key="Escape" aria-keyshortcuts="Escape" { "Hoje " (key("Esc")) } }
                h1 { "Onde está o trabalho" }
                p { "Nada disto precisa de cliques: o posto envia e partilha sozinho. Aqui vê-se até onde chegou." }
            }
            div.stacked data-region="strip record messages" #onde {
                (way(frame, view))
                section.panel aria-labelledby="t-perto" {
                    h2 #t-perto { "Por perto" }
                    @if view.near.is_empty() {
                        p.none { "Nenhum outro posto está por perto. Quando dois da mesma região estão na mesma rede, encontram-se sozinhos." }
                    } @else {
                        ul { @for near in &view.near { li { (together(near)) } } }
                    }
                }
                section.panel aria-labelledby="t-de-outros" {
                    h2 #t-de-outros { "De outros postos" }
                    @if view.told.is_empty() && view.parts.is_empty() && view.receipts.is_empty() {
                        p.none { "Não está aqui nada de outros postos que a central ainda não tenha." }
                    } @else { (of_others(frame, view)) }
                }
                @if !view.revoked.is_empty() {
                    section.panel #recusados aria-labelledby="t-recusados" {
                        h2 #t-recusados { "Deixaram de ser aceites" }
                        p { "A central já não aceita as credenciais destes postos, como quando um portátil se perde. Este posto não troca nada com quem as use." }
                        ul { @for (spot, since) in &view.revoked { li { strong { (spot) } ", desde " (day(since)) } } }
                    }
                }
            }
        }
    };
    Page {
        part: Part::Elsewhere,
        title: "Onde está o trabalho",
        watching: String::new(),
        content,
    }
}

/// What others told, or gave to be taken along.
fn of_others(frame: &Frame, view: &WhereaboutsView) -> Markup {
    html! {
        ul {
            @for told in &view.told {
                li {
                    strong { (told.spot) } ": " (count(told.requests, "pedido que partilhou", "pedidos que partilhou"))
                    " e que a central ainda não disse ter. Se até " (time::at(told.taken_over, frame.now())) " não os levar, leva-os este posto."
                }
            }
            @for parts in &view.parts {
                li {
                    strong { (parts.spot) } ": " (count(parts.here, "ficheiro fechado", "ficheiros fechados")) " desde " (time::at(parts.since, frame.now()))
                    @if parts.handed > 0 { ", dos quais " (parts.handed) " já na central, à espera dos que faltam" }
                    ". Aqui ninguém os abre; seguem sozinhos quando houver rede."
                }
            }
            @for (spot, receipts) in &view.receipts {
                li { strong { (spot) } ": " (count(*receipts, "recibo da central", "recibos da central")) " para lhe dar, por uma pen." }
            }
        }
    }
}

/// From this spot to the hub, as a picture in words: three places, and what is between them.
fn way(frame: &Frame, view: &WhereaboutsView) -> Markup {
    let up = matches!(frame.strip.link, Link::Up | Link::Exchanging { .. });
    html! {
        ol.way aria-label="O caminho até à central" {
            li.place.full[view.is_unsent] {
                h2 { "Neste posto" }
                @if view.requests > 0 { p.big { (view.requests) } p { @if view.requests == 1 { "pedido que a central ainda não tem" } @else { "pedidos que a central ainda não tem" } } }
                @else if view.is_unsent { p { "Nenhum pedido por enviar; só apontamentos." } }
                @else { p { "Nada por enviar." } }
                @if view.photographs > 0 { p { (count(view.photographs, "fotografia", "fotografias")) " por enviar" } }
                @if view.is_unsent && !up { p { a href="/pen" { "Levar numa pen" } } }
            }
            li.line.open[up] {
                p { @if up { "ligado" } @else { "sem rede" } }
            }
            li.place.full[!view.is_unsent] {
                h2 { "Na central" }
                @match view.proven {
                    Some(at) if !view.is_unsent => { p { strong { "Tem tudo." } } p { "Provado " (time::at(at, frame.now())) "." } },
                    Some(at) => p { "Tem tudo o que se escreveu até à prova das " (time::at(at, frame.now())) "." },
                    None => p { "Ainda não disse que tem alguma coisa." },
                }
            }
        }
    }
}

fn together(near: &Near) -> Markup {
    html! {
        strong { (near.name) } ": "
        @match near.whole {
            true => "tem tudo o que este posto escreveu, e este tudo o dele.",
            false => "a partilhar; espere antes de se afastar.",
        }
    }
}
