//! "Números": what is counted over all spots, as pictures, tables and files.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::console::frame::Part;
use crate::console::port::{Counted, Line, OpenLine, StatisticsView, Tally, Wanted};
use crate::console::rights::Within;
use crate::desk::port::DeskError;
use crate::desk::problem;
use crate::gate::{Signed, percent_encoded};
use crate::words::time;
use files::{Csv, Read, file};
use parquet::Table;

mod files;
mod parquet;

#[derive(Default, Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    de: String,
    #[serde(default)]
    ate: String,
    #[serde(default)]
    regiao: String,
    #[serde(default)]
    servico: String,
}

type Choosing = Result<Query<Chosen>, QueryRejection>;

fn wanted(chosen: Choosing) -> Wanted {
    let Query(chosen) = chosen.unwrap_or_default();
    let some = |text: String| (!text.is_empty()).then_some(text);
    Wanted {
        from: chosen.de,
        to: chosen.ate,
        region: some(chosen.regiao),
        service: some(chosen.servico),
    }
}

pub(crate) async fn show(Within(state): Within, who: Signed, chosen: Choosing) -> Response {
    let wanted = wanted(chosen);
    let loaded = state
        .load(&who.session, move |console| {
            match console.statistics(&wanted) {
                // What cannot be asked for is said above what is usual.
                Err(DeskError::NotNow(why)) => {
                    let usual = console.statistics(&Wanted::default())?;
                    Ok((usual, Some(DeskError::NotNow(why))))
                }
                other => other.map(|view| (view, None)),
            }
        })
        .await;
    match loaded {
        Ok((frame, (view, refused))) => {
            let status = match refused {
                Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
                None => StatusCode::OK,
            };
            let problem = refused.as_ref().map(problem);
            let content = content(&view, problem.as_deref());
            frame.respond(status, Part::Statistics, "Números", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn csv(Within(state): Within, _: Signed, chosen: Choosing) -> Response {
    file(
        (state, wanted(chosen)),
        ALL,
        "vereda-numeros",
        Csv::of_all(),
    )
    .await
}

pub(crate) async fn open_csv(Within(state): Within, _: Signed, chosen: Choosing) -> Response {
    file(
        (state, wanted(chosen)),
        OPEN,
        "vereda-dados-abertos",
        Csv::of_open(),
    )
    .await
}

pub(crate) async fn tables(Within(state): Within, _: Signed, chosen: Choosing) -> Response {
    file((state, wanted(chosen)), ALL, "vereda-numeros", Table::new()).await
}

pub(crate) async fn open_tables(Within(state): Within, _: Signed, chosen: Choosing) -> Response {
    file(
        (state, wanted(chosen)),
        OPEN,
        "vereda-dados-abertos",
        Table::new(),
    )
    .await
}

const ALL: Read<Line> = |console, wanted, after| console.lines(wanted, after);
const OPEN: Read<OpenLine> = |console, wanted, after| console.open_lines(wanted, after);

/// A scope as people read it.
fn region_name(scope: &str) -> String {
    let words = scope.split('-').map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// `nov. 2026`.
fn month_name(month: &str) -> String {
    let said = month.split_once('-').and_then(|(year, month)| {
        let at: usize = month.parse().ok()?;
        let name = time::MONTHS.get(at.checked_sub(1)?)?;
        let short: String = name.chars().take(3).collect();
        Some(format!("{short}. {year}"))
    });
    said.unwrap_or_else(|| month.to_owned())
}

fn query(wanted: &Wanted) -> String {
    format!(
        "de={}&ate={}&regiao={}&servico={}",
        percent_encoded(&wanted.from),
        percent_encoded(&wanted.to),
        percent_encoded(wanted.region.as_deref().unwrap_or("")),
        percent_encoded(wanted.service.as_deref().unwrap_or(""))
    )
}

pub(crate) fn content(view: &StatisticsView, problem: Option<&str>) -> Markup {
    let mut whole = Tally::default();
    for month in &view.months {
        whole.add(&month.tally);
    }
    whole.guided = view.by_service.iter().map(|it| it.tally.guided).sum();
    let of_service = view.wanted.service.is_some();
    html! {
        div.statistics {
            div.page-head { h1 { "Números de " (month_name(&view.wanted.from)) " a " (month_name(&view.wanted.to)) } }
            @if let Some(problem) = problem {
                div.alert role="alert" { p { (problem) } p { "O que se vê são os últimos doze meses." } }
            }
            (filters(view))
            (tiles(&whole, of_service))
            section aria-labelledby="n-meses" {
                h2 #n-meses { "Mês a mês" }
                div.charts {
                    (chart("Pedidos registados", &view.months, |t| t.recorded))
                    @if !of_service { (chart("Atendimentos", &view.months, |t| t.attended)) }
                }
                details { summary { "Ver como tabela" } (table("Mês", "Números por mês", &view.months, month_name, false)) }
            }
            section aria-labelledby="n-servicos" {
                h2 #n-servicos { "Por serviço" }
                (table("Serviço", "Números por serviço", &view.by_service, str::to_owned, true))
            }
            section aria-labelledby="n-entidades" {
                h2 #n-entidades { "Por entidade" }
                (table("Entidade", "Números por entidade", &view.by_agency, str::to_owned, true))
            }
            section aria-labelledby="n-postos" {
                h2 #n-postos { "Por posto" }
                (table("Posto", "Números por posto", &view.by_spot, str::to_owned, false))
                @if view.more_spots > 0 { p.detail { "E mais " (view.more_spots) ": estão todos no ficheiro CSV." } }
            }
            section aria-labelledby="n-regioes" {
                h2 #n-regioes { "Por região" }
                (table("Região", "Números por região", &view.by_region, region_name, false))
            }
        }
    }
}

fn filters(view: &StatisticsView) -> Markup {
    let wanted = &view.wanted;
    let query = query(wanted);
    html! {
        form.choose method="get" action="/numeros" {
            div { label for="n-de" { "Desde o mês" } input #n-de type="month" name="de" value=(wanted.from) pattern="[0-9]{4}-[0-9]{2}" placeholder="2026-01"; }
            div { label for="n-ate" { "Até ao mês" } input #n-ate type="month" name="ate" value=(wanted.to) pattern="[0-9]{4}-[0-9]{2}" placeholder="2026-12"; }
            div { label for="n-regiao" { "Região" } select #n-regiao name="regiao" {
                option value="" { "Todas" }
                @for region in &view.regions {
                    option value=(region) selected[wanted.region.as_ref() == Some(region)] { (region_name(region)) }
                }
            } }
            div { label for="n-servico" { "Serviço" } select #n-servico name="servico" {
                option value="" { "Todos" }
                @for (id, title) in &view.services {
                    option value=(id) selected[wanted.service.as_ref() == Some(id)] { (title.pt()) }
                }
            } }
            button.primary type="submit" { "Ver" }
        }
        nav.files aria-label="Ficheiros" {
            a.button href=(format!("/numeros/csv?{query}")) download { "Tudo em CSV" }
            a.button href=(format!("/numeros/parquet?{query}")) download { "Tudo em Parquet" }
            a.button href=(format!("/numeros/abertos?{query}")) download { "Dados abertos em CSV" }
            a.button href=(format!("/numeros/abertos/parquet?{query}")) download { "Dados abertos em Parquet" }
            p.detail { "Os dados abertos são só de meses acabados, e escondem tudo o que seja de menos de " (view.smallest) " pedidos, com o que deixaria calculá-lo." }
        }
    }
}

fn per_cent(part: u64, of: u64) -> String {
    match of {
        0 => "—".to_owned(),
        of => format!("{} %", (part * 100 + of / 2) / of),
    }
}

fn wait(tally: &Tally, hundredth: u64) -> String {
    match tally.within(hundredth) {
        None => "—".to_owned(),
        Some(Some(minutes)) => format!("até {minutes} min"),
        Some(None) => "mais de 1 h".to_owned(),
    }
}

fn tiles(whole: &Tally, of_service: bool) -> Markup {
    let stands = whole.recorded - whole.withdrawn.min(whole.recorded);
    html! {
        dl.tiles {
            @if !of_service {
                div { dt { "Atendimentos" } dd { (whole.attended) } dd.detail { (per_cent(whole.closed, whole.attended)) " fechados" } }
                div { dt { "Metade esperou" } dd { (wait(whole, 50)) } dd.detail { "9 em 10: " (wait(whole, 90)) } }
            }
            div { dt { "Pedidos registados" } dd { (whole.recorded) } dd.detail { (stands) " de pé, " (whole.withdrawn) " retirados, " (whole.returned) " devolvidos, " (whole.refused) " recusados" } }
            div { dt { "Guias para fazer sozinho" } dd { (whole.guided) } dd.detail { "no comprovativo de " (per_cent(whole.guided, whole.recorded)) " dos pedidos" } }
            div { dt { "Reclamações" } dd { (whole.complaints) } dd.detail { (whole.in_time) " respondidas no prazo, " (whole.too_late) " fora dele" } }
        }
    }
}

/// Bars month by month. What they show stands in the table below as well.
fn chart(name: &str, months: &[Counted], of: impl Fn(&Tally) -> u64) -> Markup {
    let most = months
        .iter()
        .map(|m| of(&m.tally))
        .max()
        .unwrap_or(0)
        .max(1);
    let width = 56 * months.len();
    html! {
        figure {
            figcaption { (name) }
            svg.chart viewBox=(format!("0 0 {width} 210")) preserveAspectRatio="xMinYMid meet" role="img" aria-label=(format!("{name} por mês, em barras; os números estão na tabela")) {
                @for (at, month) in months.iter().enumerate() {
                    @let n = of(&month.tally);
                    @let tall = n * 150 / most;
                    @if n > 0 {
                        rect x=(at * 56 + 8) y=(20 + 150 - tall) width="40" height=(tall.max(1)) rx="3" {}
                        text.n x=(at * 56 + 28) y=(14 + 150 - tall) { (n) }
                    }
                    @let (short, year) = split(&month.name);
                    text x=(at * 56 + 28) y="186" { (short) }
                    text x=(at * 56 + 28) y="202" { (year) }
                }
                line x1="0" x2=(width) y1="170" y2="170" {}
            }
        }
    }
}

/// Month and year apart, the year only where it begins.
fn split(month: &str) -> (String, String) {
    let said = month_name(month);
    let (name, year) = said.split_once(' ').unwrap_or((&said, ""));
    let begins = month.ends_with("-01");
    (
        name.to_owned(),
        if begins {
            year.to_owned()
        } else {
            String::new()
        },
    )
}

fn table(
    what: &str,
    caption: &str,
    counted: &[Counted],
    name: impl Fn(&str) -> String,
    by_service: bool,
) -> Markup {
    let most = counted
        .iter()
        .map(|it| it.tally.recorded)
        .max()
        .unwrap_or(0);
    html! {
        @if counted.iter().all(|it| it.tally == Tally::default()) { p.none { "Nada nestes meses." } }
        @else {
            table.rows.counted {
                caption.hidden { (caption) }
                thead { tr {
                    th scope="col" { (what) }
                    @if !by_service { th.number scope="col" { "Atendimentos" } th.number scope="col" { "Metade esperou" } }
                    th.number scope="col" { "Pedidos" } th.number scope="col" { "Retirados" } th.number scope="col" { "Devolvidos" } th.number scope="col" { "Recusados" }
                    th.number scope="col" { "Reclamações" } th.number scope="col" { "No prazo" }
                    @if by_service { th.number scope="col" { "Guias" } }
                } }
                tbody {
                    @for it in counted {
                        @let t = &it.tally;
                        tr {
                            th scope="row" {
                                (name(&it.name))
                                svg.share viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true" { rect width=(t.recorded * 1000 / most.max(1)) height="8" {} }
                            }
                            @if !by_service { td.number { (t.attended) } td.number { (wait(t, 50)) } }
                            td.number { (t.recorded) } td.number { (t.withdrawn) } td.number { (t.returned) } td.number { (t.refused) }
                            td.number { (t.complaints) } td.number { (t.in_time) }
                            @if by_service { td.number { (t.guided) } }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_waited_as_long_as_the_kind_in_which_the_half_is() {
        let tally = |waited| Tally {
            waited,
            ..Tally::default()
        };
        assert_eq!(tally([0; 6]).within(50), None);
        assert_eq!(tally([5, 0, 5, 0, 0, 0]).within(50), Some(Some(5)));
        assert_eq!(tally([4, 0, 6, 0, 0, 0]).within(50), Some(Some(15)));
        assert_eq!(tally([4, 0, 0, 0, 0, 6]).within(90), Some(None));
    }
}
