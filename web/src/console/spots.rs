//! The spots, a sentence each: how it is, and what needs a person.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::console::frame::{Frame, Part};
use crate::console::port::SpotRow;
use crate::console::rights::Within;
use crate::gate::Signed;
use crate::words::{count, time};

/// From this age of the last proof on a spot is said to be long silent, in ms.
const SILENT_AFTER_MS: i64 = 3 * 24 * 3_600_000;

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    match state.load(&who.session, |console| console.spots()).await {
        Ok((frame, rows)) => frame.respond(
            StatusCode::OK,
            Part::Spots,
            "Postos",
            &content(&frame, &rows),
        ),
        Err(fault) => fault.into_response(),
    }
}

pub(crate) fn content(frame: &Frame, rows: &[SpotRow]) -> Markup {
    html! {
        h1 { "Postos" }
        div #lista data-region="record messages strip" {
            @if rows.is_empty() { p.none { "Ainda nenhum posto falou com esta central." } }
            @for row in rows {
                article.spot-row {
                    h2 { (row.name) }
                    p { (sentence(frame, row)) }
                    @if let Some(trouble) = &row.trouble { p.problem { "Precisa de alguém: " (trouble) } }
                    @if silent(frame, row) { p.problem { "Sem prova há mais de 3 dias: telefone ao posto." } }
                }
            }
        }
    }
}

fn silent(frame: &Frame, row: &SpotRow) -> bool {
    row.proven
        .is_some_and(|p| frame.now().unix_ms - p.unix_ms > SILENT_AFTER_MS)
}

fn sentence(frame: &Frame, row: &SpotRow) -> String {
    let now = frame.now();
    let changes = count(row.changes, "alteração guardada", "alterações guardadas");
    match (row.proven, row.seen) {
        (Some(proven), Some(seen)) => format!(
            "Tudo provado {}; {changes}; falou pela última vez {}.",
            time::at(proven, now),
            time::ago(seen, now)
        ),
        (Some(proven), None) => format!("Tudo provado {}; {changes}.", time::at(proven, now)),
        (None, Some(seen)) => format!(
            "Falou {}, ainda sem prova de que está cá tudo; {changes}.",
            time::ago(seen, now)
        ),
        (None, None) => "Inscrito; ainda não falou com a central.".to_owned(),
    }
}
