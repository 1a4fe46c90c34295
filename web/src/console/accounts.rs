//! Who saw and changed what: the log, and everything that is here of a citizen who asks.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::access::Did;
use crate::console::frame::{Frame, Part};
use crate::console::port::{AccessFilter, AccessRow, AccessesView, Held};
use crate::console::rights::Within;
use crate::desk::port::DeskError;
use crate::gate::{Signed, percent_encoded};
use crate::words::{count, time};

#[derive(Default, Deserialize)]
pub(crate) struct Wanted {
    /// Of this person alone.
    #[serde(default)]
    pessoa: String,
    /// `postos`: at the spots.
    #[serde(default)]
    onde: String,
    /// Before this number, or this time.
    antes: Option<u64>,
}

#[derive(Default, Deserialize)]
pub(crate) struct Asks {
    #[serde(default)]
    numero: String,
}

pub(crate) async fn show(
    Within(state): Within,
    who: Signed,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let Query(wanted) = wanted.unwrap_or_default();
    let whose = AccessFilter {
        person: wanted.pessoa,
        at_spots: wanted.onde == AT_SPOTS,
        before: wanted.antes,
    };
    let asked = whose.clone();
    let loaded = state.load(&who.session, move |console| console.accesses(&asked));
    match loaded.await {
        Ok((frame, view)) => {
            let content = content(&frame, &view, &whose);
            frame.respond(StatusCode::OK, Part::Accesses, "Acessos", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

/// How the address says that accesses at spots are asked for.
const AT_SPOTS: &str = "postos";

fn address(whose: &AccessFilter) -> String {
    let mut said = vec![];
    if whose.at_spots {
        said.push(format!("onde={AT_SPOTS}"));
    }
    if !whose.person.is_empty() {
        said.push(format!("pessoa={}", percent_encoded(&whose.person)));
    }
    if let Some(before) = whose.before {
        said.push(format!("antes={before}"));
    }
    match said.is_empty() {
        true => "/acessos".into(),
        false => format!("/acessos?{}", said.join("&")),
    }
}

pub(crate) fn content(frame: &Frame, view: &AccessesView, whose: &AccessFilter) -> Markup {
    let is_of_one = !whose.person.is_empty();
    let name = view
        .rows
        .first()
        .filter(|_| is_of_one)
        .map(|row| row.who.1.as_str());
    let at = |at_spots: bool| {
        address(&AccessFilter {
            at_spots,
            before: None,
            ..whose.clone()
        })
    };
    let current = |here: bool| here.then_some("page");
    html! { div.accounts {
        h1 { "Acessos" @if let Some(name) = name { " de " (name) } }
        p { "Quem viu ou mudou o quê, por ordem. Nenhuma linha se apaga nem se muda sem se dar por isso." }
        nav.filters aria-label="Onde" {
            a href=(at(false)) aria-current=[current(!whose.at_spots)] { "Na central" }
            a href=(at(true)) aria-current=[current(whose.at_spots)] { "Nos postos" }
        }
        @if whose.at_spots {
            p { (count(view.lines, "linha", "linhas")) ", tal como os postos as entregaram, cada uma com o selo do seu posto." }
        } @else { (sealed(frame, view)) }
        div.actions {
            a.button href="/acessos/cidadao" { "O que há de um cidadão, e quem o viu" }
            @if is_of_one { a.button.plain href=(address(&AccessFilter { person: String::new(), before: None, ..whose.clone() })) { "De todas as pessoas" } }
        }
        div #lista {
            @if view.rows.is_empty() { p.none { "Ninguém viu nada ainda." } }
            @else { (table(frame, &view.rows, (!is_of_one).then_some(whose))) }
            @if view.older.is_some() {
                p { a.button.plain href=(address(&AccessFilter { before: view.older, ..whose.clone() })) { "Mais antigos" } }
            }
        }
    } }
}

/// Under whose seals the hub's log stands.
fn sealed(frame: &Frame, view: &AccessesView) -> Markup {
    html! {
        p {
            (count(view.lines, "linha", "linhas"))
            @match view.sealed {
                Some((size, at)) if size == view.lines => { ", todas com o selo da central de " (time::at(at, frame.now())) "." }
                Some((size, at)) => { "; as primeiras " (count(size, "linha", "linhas")) " com o selo da central de " (time::at(at, frame.now())) ". O próximo selo é dentro de minutos." }
                None => { "; ainda sem selo." }
            }
        }
        p {
            @match view.witnessed {
                (spots, Some((size, at))) => {
                    (count(spots, "posto viu", "postos viram")) " o registo crescer e guardam prova: as primeiras "
                    (count(size, "linha", "linhas")) ", a última vez " (time::at(at, frame.now())) ". O que um posto viu não se pode tirar nem mudar aqui sem ele dar por isso."
                }
                _ => { "Nenhum posto viu ainda este registo: até lá só a central responde por ele." }
            }
        }
    }
}

/// `links`: each person leads to what they alone did of those.
fn table(frame: &Frame, rows: &[AccessRow], links: Option<&AccessFilter>) -> Markup {
    let of = |row: &AccessRow| {
        links.map(|whose| {
            address(&AccessFilter {
                person: row.who.0.clone(),
                before: None,
                ..whose.clone()
            })
        })
    };
    html! {
        table.rows {
            caption.hidden { "Acessos, os mais recentes primeiro" }
            thead { tr { th scope="col" { "Quando" } th scope="col" { "Quem" } th scope="col" { "O que fez" } th scope="col" { "Linha" } } }
            tbody { @for row in rows { tr {
                td { (time::at(row.at, frame.now())) }
                td {
                    @if let Some(of) = of(row) { a href=(of) { (row.who.1) } }
                    @else { (row.who.1) }
                    @if let Some(spot) = &row.spot { span.detail { " em " (spot) } }
                }
                td {
                    (did(row.did)) " " (page(&row.page))
                    @if !row.sought.is_empty() {
                        @if row.did == Did::Wrote { ": " (row.sought) } @else { ", procurou «" (row.sought) "»" }
                    }
                    @if row.by_itself { span.detail { " (a página aberta renovou-se sozinha)" } }
                }
                td { (row.seq) }
            } } }
        }
    }
}

fn did(did: Did) -> &'static str {
    match did {
        Did::Read => "Viu",
        Did::Wrote => "Mudou",
        Did::Refused => "Não pôde ver",
    }
}

/// An address in words.
fn page(pattern: &str) -> &str {
    let words = [
        ("/comprovativo/", "um comprovativo"),
        ("/residente/", "um residente"),
        ("/pedido/", "um pedido"),
        ("/pedidos", "a lista de pedidos"),
        ("/conflito/", "um conflito"),
        ("/decididos", "os decididos"),
        ("/apoio/", "um pedido de apoio"),
        ("/apoio", "os pedidos de apoio"),
        ("/anexo/", "um anexo"),
        ("/reclamacao/", "uma reclamação"),
        ("/reclamacoes", "as reclamações"),
        ("/lar/", "um lar"),
        ("/lares", "os lares"),
        ("/residentes/", "uma lista de residentes"),
        ("/percurso/", "um percurso"),
        ("/percursos", "os percursos"),
        ("/consultas", "as consultas dos postos"),
        ("/quarentena", "a quarentena"),
        ("/acessos/cidadao", "o que há de um cidadão"),
        ("/acessos", "os acessos"),
        ("/pessoas", "as pessoas"),
        ("/pessoa/", "uma pessoa"),
        ("/alheios", "quem tentou fora da região"),
    ];
    if pattern == "/" {
        return "a lista de conflitos";
    }
    let found = words.iter().find(|(begins, _)| pattern.starts_with(begins));
    found.map_or(pattern, |(_, words)| words)
}

pub(crate) async fn show_citizen(
    Within(state): Within,
    who: Signed,
    asks: Result<Query<Asks>, QueryRejection>,
) -> Response {
    let Query(asks) = asks.unwrap_or_default();
    let number = asks.numero.trim().to_owned();
    let loaded = state.load(&who.session, move |console| match number.is_empty() {
        true => Ok(Ok(None)),
        false => Ok(match console.access_report(&number) {
            Err(DeskError::NotNow(why)) => Err(why),
            found => Ok(Some(found?)),
        }),
    });
    match loaded.await {
        Ok((frame, found)) => {
            let status = match found {
                Ok(_) => StatusCode::OK,
                Err(_) => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let content = citizen(&frame, &asks.numero, found.as_ref());
            frame.respond(status, Part::Accesses, "De um cidadão", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) fn citizen(
    frame: &Frame,
    number: &str,
    found: Result<&Option<Vec<Held>>, &String>,
) -> Markup {
    let wrong = found.err();
    html! { div.accounts {
        p { a href="/acessos" { "Acessos" } }
        h1 { "O que há de um cidadão, e quem o viu" }
        p { "Para quando um cidadão pergunta: os pedidos que a central tem em seu nome, quem os abriu na central e nos postos, e o que foi comunicado às entidades. Fica registado que viu esta página." }
        form method="get" action="/acessos/cidadao" {
            @if let Some(why) = wrong { p.alert #erro role="alert" { (why) } }
            div {
                label for="numero" { "NIF, NIC, NISS ou número de utente" }
                input #numero.w-34 name="numero" value=(number) inputmode="numeric" autocomplete="off" required aria-describedby=[wrong.map(|_| "erro")];
            }
            button.primary type="submit" { "Ver" }
        }
        @if let Ok(Some(held)) = found {
            h2 { (count(held.len() as u64, "pedido", "pedidos")) }
            @if held.is_empty() { p.none { "A central não tem nenhum pedido com este número." } }
            @for one in held {
                article.spot-row {
                    h3 { (one.row.service.pt()) @if let Some(number) = &one.row.number { " · " (number) } }
                    p { (one.row.citizen) ", em " (one.row.spot) ", " (time::at(one.row.at, frame.now())) ". " a href=(format!("/pedido/{}", one.row.id)) { "Abrir o pedido" } }
                    @if one.disclosed.is_empty() { p { "Nada foi comunicado a nenhuma entidade." } }
                    @else {
                        h4 { "Comunicado" }
                        ul { @for told in &one.disclosed { li { (told.agency) ", " (time::at(told.at, frame.now())) ": " (told.fields.join(", ")) } } }
                    }
                    h4 { "Quem o viu" }
                    @if one.accesses.is_empty() { p { "Ninguém." } }
                    @else { (table(frame, &one.accesses, None)) }
                }
            }
        }
    } }
}
