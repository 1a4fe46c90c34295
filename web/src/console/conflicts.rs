//! The conflicts that wait for a person, oldest first.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use vereda_sync::catalogue::Settlement;

use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::{ConflictKind, ConflictRow};
use crate::gate::Signed;
use crate::words::{count, time};

#[derive(Deserialize)]
pub(crate) struct Filter {
    #[serde(default)]
    tipo: String,
}

fn kind_of(name: &str) -> Option<ConflictKind> {
    match name {
        "valor" => Some(ConflictKind::Value),
        "repetido" => Some(ConflictKind::Duplicate),
        _ => None,
    }
}

pub(crate) async fn show(
    State(state): State<ConsoleState>,
    Query(filter): Query<Filter>,
    who: Signed,
) -> Response {
    let kind = kind_of(&filter.tipo);
    match state
        .load(&who.session, move |console| console.conflicts(kind))
        .await
    {
        Ok((frame, rows)) => frame.respond(
            StatusCode::OK,
            Part::Conflicts,
            "Conflitos",
            &content(&frame, kind, &rows),
        ),
        Err(fault) => fault.into_response(),
    }
}

/// The harm that a wrong decision can do, in words.
pub(crate) fn harm(settlement: Settlement) -> &'static str {
    match settlement {
        Settlement::Person => "dinheiro, identidade ou ato legal",
        Settlement::Later => "contacto",
    }
}

/// The kind, in words.
pub(crate) fn kind_words(kind: ConflictKind) -> &'static str {
    match kind {
        ConflictKind::Value => "valor diferente",
        ConflictKind::Duplicate => "pedido repetido",
    }
}

pub(crate) fn content(frame: &Frame, kind: Option<ConflictKind>, rows: &[ConflictRow]) -> Markup {
    let current = |k: Option<ConflictKind>| (k == kind).then_some("true");
    html! {
        div.conflicts {
            h1 { "Conflitos" }
            nav.filters aria-label="Mostrar" {
                a href="/" aria-current=[current(None)] { "Todos" }
                a href="/?tipo=valor" aria-current=[current(Some(ConflictKind::Value))] { "Valores diferentes" }
                a href="/?tipo=repetido" aria-current=[current(Some(ConflictKind::Duplicate))] { "Pedidos repetidos" }
            }
            div #lista data-region="record messages" {
                @if rows.is_empty() {
                    p.none { "Nada por decidir." }
                } @else {
                    table.rows {
                        caption.hidden { (count(rows.len() as u64, "conflito", "conflitos")) }
                        thead { tr {
                            th scope="col" { "O quê" } th scope="col" { "Cidadão e serviço" }
                            th scope="col" { "Entre" } th scope="col" { "O que pode prejudicar" } th scope="col" { "Espera" }
                            th scope="col" { span.hidden { "Ação" } }
                        } }
                        tbody {
                            @for (i, row) in rows.iter().enumerate() {
                                tr {
                                    td { strong { (row.what.pt()) } br; span.detail { (kind_words(row.kind)) } }
                                    td { (row.citizen) br; span.detail { (row.service.pt()) } }
                                    td { (row.spots.join(" ↔ ")) }
                                    td { (harm(row.settlement)) }
                                    td { (time::ago(row.since, frame.now())) }
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
        }
    }
}
