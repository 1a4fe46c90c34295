//! The agencies, a sentence each: what they have of what they are owed, and since when they have not.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::console::frame::{Frame, Part};
use crate::console::port::AgencyRow;
use crate::console::rights::Within;
use crate::gate::Signed;
use crate::words::{count, time};

/// From this age of what waits on somebody should ask the agency, in ms: a working day and a night.
const LATE_AFTER_MS: i64 = 36 * 3_600_000;

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    match state
        .load(&who.session, |console| console.agencies_told())
        .await
    {
        Ok((frame, rows)) => frame.respond(
            StatusCode::OK,
            Part::Agencies,
            "Entidades",
            &content(&frame, &rows),
        ),
        Err(fault) => fault.into_response(),
    }
}

pub(crate) fn content(frame: &Frame, rows: &[AgencyRow]) -> Markup {
    let most = rows.iter().map(|row| row.waiting).max().unwrap_or(0).max(1);
    html! {
        h1 { "Entidades" }
        p { "O que cada entidade já tem do que lhe é devido. Uma que esteja parada recebe tudo por ordem quando voltar." }
        div #lista data-region="record messages strip" {
            @if rows.is_empty() { p.none { "Esta central não comunica com nenhuma entidade." } }
            @for row in rows {
                article.spot-row {
                    h2 { (row.name) }
                    p { (sentence(frame, row)) }
                    @if row.waiting > 0 {
                        svg.waiting viewBox="0 0 100 4" width="320" height="13" aria-hidden="true" {
                            rect width="100" height="4" {}
                            rect.share width=(100 * row.waiting / most) height="4" {}
                        }
                    }
                    @if let Some((tries, trouble)) = &row.trouble {
                        p.problem { "Não aceita o próximo, tentado " (count(u64::from(*tries), "vez", "vezes")) ": " (trouble) }
                    }
                    @if is_late(frame, row) { p.problem { "Espera há mais de um dia: fale com a entidade." } }
                }
            }
        }
    }
}

fn is_late(frame: &Frame, row: &AgencyRow) -> bool {
    row.since
        .is_some_and(|since| frame.now().unix_ms - since.unix_ms > LATE_AFTER_MS)
}

fn sentence(frame: &Frame, row: &AgencyRow) -> String {
    let now = frame.now();
    let way = match row.is_sent {
        true => "recebe-os assim que há",
        false => "vem buscá-los",
    };
    let events = count(row.events, "aviso ao todo", "avisos ao todo");
    let last = match row.taken {
        Some(at) => format!("o último {}", time::at(at, now)),
        None => "ainda nenhum".to_owned(),
    };
    match (row.waiting, row.since) {
        (0, _) => format!("Tem tudo: {events}, {last}; {way}."),
        (waiting, Some(since)) => format!(
            "Faltam-lhe {}, o mais antigo {}; {events}, {last}; {way}.",
            waiting,
            time::ago(since, now)
        ),
        (waiting, None) => format!("Faltam-lhe {waiting}; {events}, {last}; {way}."),
    }
}
