//! "Mensagens": what the hub tells the spots, and who has read it.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::{NoticeRow, NoticeView, Told};
use crate::console::rights::Within;
use crate::desk::port::{MAX_SAID_CHARS, Person, Session};
use crate::desk::problem;
use crate::gate::{Posted, Signed, redirect};
use crate::words::{beginning, count, day, time};

/// All notices, and whom a new one can be for.
pub(crate) struct List {
    pub(crate) notices: Vec<NoticeRow>,
    pub(crate) spots: Vec<Person>,
}

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    list(&state, &who.session, Told::default(), String::new()).await
}

async fn list(state: &ConsoleState, session: &Session, typed: Told, error: String) -> Response {
    let status = match error.as_str() {
        "" => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let loaded = state.load(session, |console| {
        Ok(List {
            notices: console.notices()?,
            spots: console.spots_to_tell()?,
        })
    });
    match loaded.await {
        Ok((frame, list)) => {
            let content = content(&frame, &list, &typed, &error);
            frame.respond(status, Part::Notices, "Mensagens", &content)
        }
        Err(fault) => fault
            .keeping(vec![("Mensagem".to_owned(), typed.text)])
            .into_response(),
    }
}

pub(crate) async fn tell(Within(state): Within, posted: Posted) -> Response {
    let chosen = posted.fields.iter().filter(|(name, _)| name == "posto");
    let told = Told {
        text: posted.get("texto").to_owned(),
        until: posted.get("ate").to_owned(),
        is_urgent: posted.get("urgente") == "sim",
        to: match posted.get("para") {
            "todos" => None,
            _ => Some(chosen.map(|(_, id)| id.clone()).collect()),
        },
    };
    let (session, sent) = (posted.session.clone(), told.clone());
    let outcome = state
        .call(move |console| console.tell(&posted.session, &sent))
        .await;
    match outcome {
        Ok(()) => redirect("/mensagens"),
        Err(error) => list(&state, &session, told, problem(&error)).await,
    }
}

pub(crate) async fn show_one(
    Within(state): Within,
    Path(notice): Path<String>,
    who: Signed,
) -> Response {
    let load = state.load(&who.session, move |console| console.notice(&notice));
    match load.await {
        Ok((frame, view)) => {
            let content = notice_content(&frame, &view);
            frame.respond(StatusCode::OK, Part::Notices, "Mensagem", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) fn content(frame: &Frame, list: &List, typed: &Told, error: &str) -> Markup {
    html! {
        h1 { "Mensagens aos postos" }
        div #lista data-region="record messages" {
            @if list.notices.is_empty() { p.none { "Ainda não se disse nada aos postos." } }
            @else {
                table.rows {
                    caption.hidden { "Mensagens aos postos" }
                    thead { tr {
                        th scope="col" { "Mensagem" } th scope="col" { "Até" } th scope="col" { "Lida" } th scope="col" { "Quem" }
                    } }
                    tbody {
                        @for row in &list.notices {
                            tr {
                                td { @if row.is_urgent { strong.warn { "urgente: " } } a href=(format!("/mensagem/{}", row.id)) { (beginning(&row.text)) } }
                                td { (day(&row.until)) @if row.is_over { " (já não se mostra)" } }
                                td { (read_by(row)) }
                                td { (row.by.who) ", " (time::at(row.by.at, frame.now())) }
                            }
                        }
                    }
                }
            }
        }
        section aria-labelledby="t-nova" {
            h2 #t-nova { "Nova mensagem" }
            @if list.spots.is_empty() { p.none { "Nenhum posto está inscrito nesta central." } }
            @else { (form(frame, list, typed, error)) }
        }
    }
}

fn read_by(row: &NoticeRow) -> Markup {
    html! {
        @match row.missing {
            0 => { "por todos: " (count(row.seen, "posto", "postos")) },
            n => { "por " (count(row.seen, "posto", "postos")) "; " strong.warn { @if n == 1 { "falta 1" } @else { "faltam " (n) } } },
        }
    }
}

fn form(frame: &Frame, list: &List, typed: &Told, error: &str) -> Markup {
    let is_wrong = !error.is_empty();
    let chosen = typed.to.as_deref();
    html! {
        form.decision method="post" action="/mensagens" data-once {
            (frame.guard())
            @if is_wrong { div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (error) } } }
            div.field {
                label for="texto" { "O que dizer" }
                p.hint #texto-ajuda { "Lêem-na os mediadores. Não escreva dados de cidadãos." }
                textarea #texto name="texto" rows="4" maxlength=(MAX_SAID_CHARS) required aria-describedby="texto-ajuda" { (typed.text) }
            }
            div.field {
                label for="ate" { "Mostrar até" }
                input #ate type="date" name="ate" value=(typed.until) required;
            }
            label.tile for="urgente" {
                input #urgente type="checkbox" name="urgente" value="sim" checked[typed.is_urgent];
                span { "Urgente: aparece em todas as páginas do balcão" }
            }
            fieldset.options {
                legend { "Para" }
                label.tile for="para-todos" {
                    input #para-todos type="radio" name="para" value="todos" checked[!is_wrong || chosen.is_none()] required;
                    span { "Todos os postos" }
                }
                label.tile for="para-alguns" {
                    input #para-alguns type="radio" name="para" value="alguns" checked[is_wrong && chosen.is_some()] required;
                    span { "Só estes:" }
                }
            }
            fieldset.options {
                legend { "Postos" }
                @for spot in &list.spots {
                    @let id = format!("posto-{}", spot.id);
                    label.tile for=(id) {
                        input id=(id) type="checkbox" name="posto" value=(spot.id) checked[chosen.is_some_and(|all| all.contains(&spot.id))];
                        span { (spot.name) }
                    }
                }
            }
            button.primary type="submit" { "Enviar aos postos" }
        }
    }
}

pub(crate) fn notice_content(frame: &Frame, view: &NoticeView) -> Markup {
    let row = &view.row;
    html! {
        div.conflict-page {
            div.page-head {
                p.crumb { a href="/mensagens" data-key="Escape" aria-keyshortcuts="Escape" { "Mensagens aos postos" } }
                h1 { (beginning(&row.text)) }
                p { @if row.is_urgent { strong.warn { "urgente" } ", " } "até " (day(&row.until)) " · " (row.by.who) ", " (time::at(row.by.at, frame.now())) }
            }
            p.said { (row.text) }
            div #lida data-region="record messages" aria-live="polite" {
                h2 { "Ainda não leram" }
                @if view.missing.is_empty() { p.none { "Todos leram." } }
                @else { ul { @for spot in &view.missing { li { (spot) } } } }
                h2 { "Leram" }
                @if view.seen.is_empty() { p.none { "Ninguém." } }
                @else { ul { @for by in &view.seen { li { (by.who) ", " (time::at(by.at, frame.now())) } } } }
            }
        }
    }
}
