//! "Números": a day or a month at this spot, as pictures, as tables, and as CSV.

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::desk::DeskState;
use crate::desk::frame::{Frame, Page, Part};
use crate::desk::port::{Desk, FiguresView, Session, Span, hundredth};
use crate::gate::Signed;
use crate::words::{self, count, time};

pub(crate) async fn show(State(state): State<DeskState>, who: Signed) -> Response {
    respond(&state, &who, None).await
}

pub(crate) async fn show_period(
    State(state): State<DeskState>,
    Path(period): Path<String>,
    who: Signed,
) -> Response {
    respond(&state, &who, Some(period)).await
}

async fn respond(state: &DeskState, who: &Signed, period: Option<String>) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.figures(session, period.as_deref());
    state.show(who, load, page).await
}

pub(crate) async fn csv(
    State(state): State<DeskState>,
    Path(period): Path<String>,
    who: Signed,
) -> Response {
    let loaded = state
        .load(&who.session, move |desk, session| {
            desk.figures(session, Some(&period))
        })
        .await;
    match loaded {
        Ok((_, view)) => {
            let name = format!("attachment; filename=\"vereda-{}.csv\"", view.period);
            let headers = [
                (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (CONTENT_DISPOSITION, name),
            ];
            (headers, as_csv(&view)).into_response()
        }
        Err(fault) => fault.into_response(),
    }
}

/// With a semicolon between values and a mark of its encoding, as spreadsheets here expect it.
fn as_csv(view: &FiguresView) -> String {
    let part = match is_day(view) {
        true => "hora",
        false => "dia",
    };
    let mut csv = format!(
        "\u{feff}{part};atendimentos;fechados;pedidos;espera mediana (min);duração mediana (min)\r\n"
    );
    for one in &view.parts {
        csv += &format!(
            "{};{};{};{};{};{}\r\n",
            one.name,
            one.begun,
            one.closed(),
            one.requests,
            minutes(hundredth(&one.waited_s, 50)),
            minutes(hundredth(&one.took_s, 50)),
        );
    }
    csv += "\r\nopinião;cidadãos\r\n";
    for (said, n) in view.opinions.said() {
        csv += &format!("{said};{n}\r\n");
    }
    csv += "\r\nreclamações;número\r\n";
    for (said, n) in view.complaints.said() {
        csv += &format!("{said};{n}\r\n");
    }
    csv += "\r\nserviço;pedidos\r\n";
    for (service, n) in &view.services {
        csv += &format!("\"{}\";{n}\r\n", service.pt().replace('"', "\"\""));
    }
    csv
}

fn minutes(seconds: Option<u64>) -> String {
    seconds.map_or_else(String::new, |s| s.div_ceil(60).to_string())
}

fn is_day(view: &FiguresView) -> bool {
    view.period.len() > 7
}

/// A period as people say it.
fn said(period: &str) -> String {
    if let Some(day) = words::date(period) {
        return day;
    }
    let month = period.split_once('-').and_then(|(year, month)| {
        let month: usize = month.parse().ok()?;
        Some(format!(
            "{} de {year}",
            time::MONTHS.get(month.checked_sub(1)?)?
        ))
    });
    month.unwrap_or_else(|| period.to_owned())
}

pub(crate) fn page<'a>(_: &Frame, view: &FiguresView) -> Page<'a> {
    let whole = view.whole();
    let (day, title) = (is_day(view), said(&view.period));
    let content = html! {
        div.figures {
            div.page-head {
                h1 { "Números de " (title) }
                p { a href="/avaliacao" { "Avaliação do espaço" } }
                nav.periods aria-label="Períodos" {
                    a.button href=(format!("/numeros/{}", view.before)) { "← " (said(&view.before)) }
                    @if let Some(after) = &view.after { a.button href=(format!("/numeros/{after}")) { (said(after)) " →" } }
                    a.button href=(format!("/numeros/{}", view.other)) { (said(&view.other)) }
                    a.button href=(format!("/numeros/{}/csv", view.period)) download { "Ficheiro CSV" }
                }
            }
            div #numeros data-region="record messages" {
                dl.tiles {
                    div { dt { "Atendimentos" } dd { (whole.begun) } dd.detail { (count(whole.closed(), "fechado", "fechados")) } }
                    div { dt { "Pedidos registados" } dd { (whole.requests) }
                        dd.detail {
                            (count(view.prepared, "só preparado", "só preparados"))
                            @if view.withdrawn > 0 { ", " (count(view.withdrawn, "retirado", "retirados")) }
                        } }
                    div { dt { "Espera" } dd { (time_of(hundredth(&whole.waited_s, 50))) }
                        dd.detail { @match hundredth(&whole.waited_s, 90) { Some(s) => { "9 em 10 até " (time_of(Some(s))) }, None => "sem senhas dadas" } } }
                    div { dt { "Duração" } dd { (time_of(hundredth(&whole.took_s, 50))) }
                        dd.detail { @if let Some(s) = hundredth(&whole.took_s, 90) { "9 em 10 até " (time_of(Some(s))) } } }
                }
                section aria-labelledby="t-quando" {
                    h2 #t-quando { @if day { "Por hora" } @else { "Por dia" } }
                    (chart(&view.parts, day))
                    details {
                        summary { "Ver como tabela" }
                        (table(&view.parts, day))
                    }
                }
                section aria-labelledby="t-servicos" {
                    h2 #t-servicos { "Serviços" }
                    (services(&view.services))
                }
                section aria-labelledby="t-reclamacoes" {
                    h2 #t-reclamacoes { "Reclamações" }
                    @if view.complaints.all() == 0 { p.none { "Nenhuma reclamação registada." } }
                    @else {
                        p { (count(view.complaints.all(), "registada", "registadas")) "; como estão hoje:" }
                        (bars(&view.complaints.said(), view.complaints.all()))
                    }
                }
                section aria-labelledby="t-opiniao" {
                    h2 #t-opiniao { "O que acharam os cidadãos" }
                    @if view.opinions.asked == 0 { p.none { "Não se perguntou a ninguém." } }
                    @else { (bars(&view.opinions.said(), view.opinions.asked)) }
                }
            }
        }
    };
    Page {
        part: Part::Figures,
        title: "Números",
        watching: String::new(),
        content,
    }
}

fn time_of(seconds: Option<u64>) -> String {
    match seconds {
        None => "—".to_owned(),
        Some(s) if s < 60 => "menos de 1 min".to_owned(),
        Some(s) => format!("{} min", s.div_ceil(60)),
    }
}

/// Attendances as bars. What it shows stands in the table below as well.
fn chart(parts: &[Span], day: bool) -> Markup {
    // Nobody opens at night: of a day, the hours in which something happened, and a working day.
    let shown = |part: &&Span| !day || (8..=19).contains(&part.name) || part.begun > 0;
    let parts: Vec<&Span> = parts.iter().filter(shown).collect();
    let most = parts.iter().map(|p| p.begun).max().unwrap_or(0).max(1);
    let (width, height) = (30 * parts.len(), 160_u64);
    html! {
        svg.chart viewBox=(format!("0 0 {width} 200")) preserveAspectRatio="xMinYMid meet" role="img" aria-label="Atendimentos, em barras; os números estão na tabela" {
            @for (at, part) in parts.iter().enumerate() {
                @let tall = part.begun * height / most;
                @if part.begun > 0 {
                    rect x=(at * 30 + 4) y=(20 + height - tall) width="22" height=(tall) {}
                    text.n x=(at * 30 + 15) y=(14 + height - tall) { (part.begun) }
                }
                text x=(at * 30 + 15) y="196" { (part.name) @if day { "h" } }
            }
            line x1="0" x2=(width) y1="180" y2="180" {}
        }
    }
}

fn table(parts: &[Span], day: bool) -> Markup {
    html! {
        table.rows {
            caption.hidden { @if day { "Atendimentos por hora" } @else { "Atendimentos por dia" } }
            thead { tr {
                th scope="col" { @if day { "Hora" } @else { "Dia" } } th scope="col" { "Atendimentos" } th scope="col" { "Fechados" }
                th scope="col" { "Pedidos" } th scope="col" { "Espera mediana" } th scope="col" { "Duração mediana" }
            } }
            tbody {
                @for part in parts.iter().filter(|p| p.begun + p.requests > 0) {
                    tr {
                        td.number { (part.name) @if day { " h" } } td.number { (part.begun) } td.number { (part.closed()) } td.number { (part.requests) }
                        td { (time_of(hundredth(&part.waited_s, 50))) } td { (time_of(hundredth(&part.took_s, 50))) }
                    }
                }
            }
        }
    }
}

fn services(services: &[(vereda_sync::catalogue::Words, u64)]) -> Markup {
    let most = services.first().map_or(1, |(_, n)| (*n).max(1));
    html! {
        @if services.is_empty() { p.none { "Nenhum pedido registado." } }
        @else {
            (bars(&services.iter().map(|(service, n)| (service.pt(), *n)).collect::<Vec<_>>(), most))
        }
    }
}

/// What is counted, with bars up to `most`.
fn bars(counted: &[(&str, u64)], most: u64) -> Markup {
    html! {
        dl.bars {
            @for (name, n) in counted {
                div {
                    dt { (name) } dd { (n) }
                    svg viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true" { rect width=(n * 1000 / most.max(1)) height="12" {} }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_spreadsheet_reads_every_part_and_every_service() {
        let view = samples::figures::month();
        let csv = as_csv(&view);
        assert!(csv.starts_with('\u{feff}'));
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(
            lines.len(),
            1 + 30 + 1 + 5 + 1 + 5 + 1 + 1 + view.services.len()
        );
        assert_eq!(lines[3], "3;9;9;11;12;21");
        assert_eq!(
            lines[33..37],
            ["Bom;7", "Razoável;2", "Mau;1", "Sem resposta;2"]
        );
        assert_eq!(
            lines[39..43],
            [
                "Respondidas no prazo;2",
                "Respondidas fora do prazo;1",
                "À espera, no prazo;3",
                "Em atraso;1"
            ]
        );
        assert!(
            lines
                .last()
                .unwrap()
                .starts_with("\"Outro \"\"serviço\"\"\";"),
            "{csv}"
        );
    }

    #[test]
    fn a_hundredth_is_one_of_the_values() {
        assert_eq!(hundredth(&[], 50), None);
        assert_eq!(hundredth(&[7], 90), Some(7));
        assert_eq!(hundredth(&[1, 2, 3, 4], 50), Some(2));
        let all: Vec<u64> = (1..=10).collect();
        assert_eq!(hundredth(&all, 90), Some(9));
        assert_eq!(hundredth(&all, 100), Some(10));
    }
}
