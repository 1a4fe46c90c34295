//! The conflicts that wait for a person, oldest first: who has which in hand, and how long such things take.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use vereda_sync::catalogue::Settlement;

use crate::console::frame::{Frame, Part};
use crate::console::port::{Backlog, ConflictKind, ConflictRow, Queue, QueueFilter, Whose};
use crate::console::rights::Within;
use crate::desk::port::Person;
use crate::gate::{Signed, percent_encoded};
use crate::words::{count, time};

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    tipo: String,
    #[serde(default)]
    dano: String,
    #[serde(default)]
    regiao: String,
    #[serde(default)]
    quem: String,
    /// Something was just proposed to a second person.
    #[serde(default)]
    proposto: String,
}

const KINDS: [(&str, ConflictKind, &str); 3] = [
    ("valor", ConflictKind::Value, "Valores diferentes"),
    ("repetido", ConflictKind::Duplicate, "Pedidos repetidos"),
    ("identidade", ConflictKind::Identity, "Quem é"),
];
const HARMS: [(&str, Settlement, &str); 3] = [
    ("dois", Settlement::Two, "Dinheiro ou identidade"),
    ("pessoa", Settlement::Person, "Ato legal"),
    ("contacto", Settlement::Later, "Contacto"),
];
const WHOSE: [(&str, Whose, &str); 3] = [
    ("meus", Whose::Mine, "Comigo"),
    ("ninguem", Whose::Nobodys, "De ninguém"),
    ("segunda", Whose::ForSecond, "À espera da segunda pessoa"),
];

fn filter_of(asked: &Asked) -> QueueFilter {
    let kind = KINDS.iter().find(|(name, ..)| *name == asked.tipo);
    let harm = HARMS.iter().find(|(name, ..)| *name == asked.dano);
    let whose = WHOSE.iter().find(|(name, ..)| *name == asked.quem);
    QueueFilter {
        kind: kind.map(|(_, kind, _)| *kind),
        harm: harm.map(|(_, harm, _)| *harm),
        region: asked.regiao.chars().take(100).collect(),
        whose: whose.map_or(Whose::All, |(_, whose, _)| *whose),
    }
}

pub(crate) async fn show(
    Within(state): Within,
    Query(asked): Query<Asked>,
    who: Signed,
) -> Response {
    let filter = filter_of(&asked);
    let (session, of) = (who.session.clone(), filter.clone());
    match state
        .load(&who.session, move |console| console.queue(&session, &of))
        .await
    {
        Ok((frame, queue)) => frame.respond(
            StatusCode::OK,
            Part::Conflicts,
            "Conflitos",
            &content(&frame, &filter, &queue, !asked.proposto.is_empty()),
        ),
        Err(fault) => fault.into_response(),
    }
}

/// The harm that a wrong decision can do, in words.
pub(crate) fn harm(settlement: Settlement) -> &'static str {
    match settlement {
        Settlement::Two => "dinheiro ou identidade: decidem dois",
        Settlement::Person => "ato legal",
        Settlement::Later => "contacto",
    }
}

/// The kind, in words.
pub(crate) fn kind_words(kind: ConflictKind) -> &'static str {
    match kind {
        ConflictKind::Value => "valor diferente",
        ConflictKind::Duplicate => "pedido repetido",
        ConflictKind::Identity => "o cartão diz outra coisa",
    }
}

pub(crate) fn content(
    frame: &Frame,
    filter: &QueueFilter,
    queue: &Queue,
    proposed: bool,
) -> Markup {
    html! {
        div.conflicts {
            h1 { "Conflitos" }
            @if proposed { p.notice role="status" { "Proposto. Nada está decidido até outra pessoa concordar." } }
            div #balanco data-region="record messages" { (figures(frame, &queue.backlog)) }
            (filters(filter, queue))
            div #lista data-region="record messages" {
                @if queue.rows.is_empty() {
                    p.none { "Nada por decidir" @if *filter != QueueFilter::default() { " com este filtro" } "." }
                } @else {
                    (table(frame, queue))
                    @if queue.all > queue.rows.len() as u64 {
                        p.detail { "Aqui estão os " (queue.rows.len()) " mais antigos de " (queue.all) "." }
                    }
                }
            }
        }
    }
}

/// How much waits and how long it takes: one line of figures.
fn figures(frame: &Frame, backlog: &Backlog) -> Markup {
    let took = |seconds: Option<u64>| seconds.map_or("—".to_owned(), time::lasting);
    html! {
        dl.backlog {
            div { dt { "Por decidir" } dd { (backlog.waiting) } }
            div { dt { "Falta a segunda pessoa" } dd { (backlog.for_second) } }
            div { dt { "O mais antigo" } dd { @match backlog.oldest { Some(at) => { (time::ago(at, frame.now())) } None => { "—" } } } }
            div { dt { "Decididos em 7 dias" } dd { (backlog.decided) } }
            div { dt { "Metade em menos de" } dd { (took(backlog.median_s)) } }
            div { dt { "Nove em dez em menos de" } dd { (took(backlog.ninth_s)) } }
        }
    }
}

fn filters(filter: &QueueFilter, queue: &Queue) -> Markup {
    // What is chosen of the others stays chosen.
    let address =
        |kind: Option<ConflictKind>, harm: Option<Settlement>, region: &str, whose: Whose| {
            let named = |list: Option<&str>, key: &str| list.map(|name| format!("{key}={name}"));
            let kind = KINDS.iter().find(|k| Some(k.1) == kind).map(|k| k.0);
            let harm = HARMS.iter().find(|h| Some(h.1) == harm).map(|h| h.0);
            let whose = WHOSE.iter().find(|w| w.1 == whose).map(|w| w.0);
            let region =
                (!region.is_empty()).then(|| format!("regiao={}", percent_encoded(region)));
            let parts = [
                named(kind, "tipo"),
                named(harm, "dano"),
                named(whose, "quem"),
                region,
            ];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            match parts.is_empty() {
                true => "/".to_owned(),
                false => format!("/?{}", parts.join("&")),
            }
        };
    let QueueFilter {
        kind,
        harm,
        region,
        whose,
    } = filter;
    let current = |is: bool| is.then_some("true");
    html! {
        div.filter-groups {
        nav.filters aria-label="Mostrar, por tipo" {
            a href=(address(None, *harm, region, *whose)) aria-current=[current(kind.is_none())] { "Todos" }
            @for (_, one, words) in KINDS {
                a href=(address(Some(one), *harm, region, *whose)) aria-current=[current(*kind == Some(one))] { (words) }
            }
        }
        nav.filters aria-label="Mostrar, pelo que pode prejudicar" {
            a href=(address(*kind, None, region, *whose)) aria-current=[current(harm.is_none())] { "Qualquer dano" }
            @for (_, one, words) in HARMS {
                a href=(address(*kind, Some(one), region, *whose)) aria-current=[current(*harm == Some(one))] { (words) }
            }
        }
        nav.filters aria-label="Mostrar, por quem" {
            a href=(address(*kind, *harm, region, Whose::All)) aria-current=[current(*whose == Whose::All)] { "De todos" }
            @for (_, one, words) in WHOSE {
                a href=(address(*kind, *harm, region, one)) aria-current=[current(*whose == one)] { (words) }
            }
        }
        @if queue.regions.len() > 1 || !region.is_empty() {
            nav.filters aria-label="Mostrar, por região" {
                a href=(address(*kind, *harm, "", *whose)) aria-current=[current(region.is_empty())] { "Todas as regiões" }
                @for one in &queue.regions {
                    a href=(address(*kind, *harm, one, *whose)) aria-current=[current(region == one)] { (one) }
                }
            }
        }
        }
    }
}

fn table(frame: &Frame, queue: &Queue) -> Markup {
    html! {
        table.rows {
            caption.hidden { (count(queue.all, "conflito", "conflitos")) }
            thead { tr {
                th scope="col" { "O quê" } th scope="col" { "Cidadão e serviço" }
                th scope="col" { "Entre" } th scope="col" { "O que pode prejudicar" } th scope="col" { "Espera" }
                th scope="col" { "Com quem" }
                th scope="col" { span.hidden { "Ação" } }
            } }
            tbody {
                @for (i, row) in queue.rows.iter().enumerate() {
                    tr {
                        td { strong { (row.what.pt()) } br; span.detail { (kind_words(row.kind)) } }
                        td { (row.citizen) br; span.detail { (row.service.pt()) } }
                        td { (row.spots.join(" ↔ ")) @if queue.regions.len() > 1 { br; span.detail { (row.region) } } }
                        td { (harm(row.settlement)) }
                        td { (time::ago(row.since, frame.now())) }
                        td { (in_hand(frame, row)) }
                        td {
                            a.button.(if i == 0 { "primary" } else { "plain" }) href=(format!("/conflito/{}", row.id))
                                aria-label=(format!("Abrir {}, {}", row.what.pt(), row.citizen)) { "Abrir" }
                        }
                    }
                }
            }
        }
    }
}

fn in_hand(frame: &Frame, row: &ConflictRow) -> Markup {
    let mine = |person: &Person| person.id == frame.session.person.id;
    html! {
        @match &row.assigned {
            Some(who) if mine(who) => { strong { "consigo" } }
            Some(who) => { (who.name) }
            None => { span.none { "ninguém" } }
        }
        @if let Some(proposed) = &row.proposed {
            br;
            @if proposed.objection.is_some() { span.mark { "proposta recusada" } }
            @else if proposed.own { span.mark { "à espera de outra pessoa" } }
            @else { span.mark { (proposed.by) " propôs" } }
        }
    }
}
