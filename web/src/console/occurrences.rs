//! "Ocorrências": declared for the spots of a place, or by a crew and confirmed here.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::record::tour::MAX_REASON_CHARS;

use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::{Console, OccurrencesAtHub};
use crate::console::rights::Within;
use crate::desk::port::{OccurrenceState, OccurrenceView, RequestRow, Session, TypedOccurrence};
use crate::desk::{problem, request_rows};
use crate::gate::{Posted, Signed, redirect};
use crate::occurrence::{
    Change, as_typed, change_form, fields, history, kept, rules, standing, typed, when_and_where,
};
use crate::words::{count, euros};

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    let typed = TypedOccurrence::default();
    list(&state, &who.session, (typed, vec![]), String::new()).await
}

async fn list(
    state: &ConsoleState,
    session: &Session,
    (typed, scopes): (TypedOccurrence, Vec<String>),
    error: String,
) -> Response {
    let status = match error.as_str() {
        "" => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    match state.load(session, |console| console.occurrences()).await {
        Ok((frame, view)) => {
            let content = content(&frame, &view, (&typed, &scopes), &error);
            frame.respond(status, Part::Occurrences, "Ocorrências", &content)
        }
        Err(fault) => fault.keeping(kept(&typed)).into_response(),
    }
}

pub(crate) async fn declare(Within(state): Within, posted: Posted) -> Response {
    let typed = typed(&posted);
    let scopes = posted
        .fields
        .iter()
        .filter(|(name, _)| name == "territorio");
    let scopes: Vec<String> = scopes.map(|(_, scope)| scope.clone()).collect();
    let (session, sent) = (posted.session.clone(), (typed.clone(), scopes.clone()));
    let declared = state
        .call(move |console| console.declare_occurrence(&posted.session, &sent.0, &sent.1))
        .await;
    match declared {
        Ok(id) => redirect(&format!("/ocorrencia/{id}")),
        Err(error) => list(&state, &session, (typed, scopes), problem(&error)).await,
    }
}

pub(crate) async fn show_one(
    Within(state): Within,
    Path(id): Path<String>,
    who: Signed,
) -> Response {
    one(&state, &who.session, id, String::new()).await
}

async fn one(state: &ConsoleState, session: &Session, id: String, error: String) -> Response {
    let status = match error.as_str() {
        "" => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let load = state.load(session, move |console| console.occurrence(&id));
    match load.await {
        Ok((frame, (view, under))) => {
            let content = one_content(&frame, &view, &under, &error);
            frame.respond(status, Part::Occurrences, "Ocorrência", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn confirm(
    Within(state): Within,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let (session, of) = (posted.session.clone(), id.clone());
    let done = state
        .call(move |console| console.confirm_occurrence(&posted.session, &of))
        .await;
    match done {
        Ok(()) => redirect(&format!("/ocorrencia/{id}")),
        Err(error) => one(&state, &session, id, problem(&error)).await,
    }
}

pub(crate) async fn end(Within(state): Within, Path(id): Path<String>, posted: Posted) -> Response {
    let (session, of) = (posted.session.clone(), id.clone());
    let done = state
        .call(move |console| console.end_occurrence(&posted.session, &of, posted.get("motivo")))
        .await;
    match done {
        Ok(()) => redirect(&format!("/ocorrencia/{id}")),
        Err(error) => one(&state, &session, id, problem(&error)).await,
    }
}

pub(crate) async fn show_change(
    Within(state): Within,
    Path(id): Path<String>,
    who: Signed,
) -> Response {
    changing(&state, &who.session, id, None, String::new()).await
}

/// The page to change one: as it stands, or as it was typed.
async fn changing(
    state: &ConsoleState,
    session: &Session,
    id: String,
    sent: Option<(TypedOccurrence, String)>,
    error: String,
) -> Response {
    let status = match error.as_str() {
        "" => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let load =
        move |console: &dyn Console| Ok((console.occurrences()?, console.occurrence(&id)?.0));
    match state.load(session, load).await {
        Ok((frame, (all, one))) => {
            let (typed, why) = sent.unwrap_or_else(|| (as_typed(&one.declared), String::new()));
            let content = change_content(&frame, &all, &one, (&typed, &why, &error));
            frame.respond(status, Part::Occurrences, "Mudar a ocorrência", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn change(
    Within(state): Within,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let sent = (typed(&posted), posted.get("mudanca").to_owned());
    let (session, of, typed) = (posted.session.clone(), id.clone(), sent.0.clone());
    let done = state
        .call(move |console| {
            let why = posted.get("mudanca");
            console.change_occurrence(&posted.session, &of, &typed, why)
        })
        .await;
    match done {
        Ok(()) => redirect(&format!("/ocorrencia/{id}")),
        Err(error) => changing(&state, &session, id, Some(sent), problem(&error)).await,
    }
}

pub(crate) fn change_content(
    frame: &Frame,
    all: &OccurrencesAtHub,
    one: &OccurrenceView,
    (typed, why, error): (&TypedOccurrence, &str, &str),
) -> Markup {
    let change = Change {
        action: format!("/ocorrencia/{}/mudar", one.id),
        typed,
        why,
        error,
    };
    html! {
        div.conflict-page {
            div.page-head {
                p.crumb { a href=(format!("/ocorrencia/{}", one.id)) data-key="Escape" aria-keyshortcuts="Escape" { (one.declared.name) } }
                h1 { "Mudar a ocorrência" }
            }
            (change_form(&frame.guard(), &change, (&all.services, &all.today)))
        }
    }
}

pub(crate) fn content(
    frame: &Frame,
    view: &OccurrencesAtHub,
    (typed, scopes): (&TypedOccurrence, &[String]),
    error: &str,
) -> Markup {
    html! {
        h1 { "Ocorrências" }
        div #lista data-region="record messages" {
            @if view.all.is_empty() { p.none { "Nenhuma foi declarada." } }
            @else {
                table.rows {
                    caption.hidden { "Ocorrências" }
                    thead { tr {
                        th scope="col" { "Ocorrência" } th scope="col" { "Quando e onde" } th scope="col" { "Estado" } th scope="col" { "Pedidos" } th scope="col" { "Quem" }
                    } }
                    tbody {
                        @for one in &view.all {
                            tr {
                                td { a href=(format!("/ocorrencia/{}", one.id)) { (one.declared.name) } }
                                td { (when_and_where(one)) }
                                td { (standing(one)) }
                                td { (one.requests) @if one.waived_cents > 0 { ", " (euros(one.waived_cents)) " dispensados" } }
                                td { (one.by.who) }
                            }
                        }
                    }
                }
            }
        }
        section aria-labelledby="t-declarar" {
            h2 #t-declarar { "Declarar uma ocorrência" }
            form.decision method="post" action="/ocorrencias" data-once {
                (frame.guard())
                @if !error.is_empty() { div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (error) } } }
                @if view.scopes.len() > 1 {
                    fieldset.options {
                        legend { "Para os postos de" }
                        @for scope in &view.scopes {
                            @let id = format!("territorio-{scope}");
                            label.tile for=(id) {
                                input id=(id) type="checkbox" name="territorio" value=(scope) checked[scopes.contains(scope)];
                                span { (scope) }
                            }
                        }
                    }
                }
                (fields(typed, &view.services, &view.today))
                button.primary type="submit" { "Declarar" }
            }
        }
    }
}

pub(crate) fn one_content(
    frame: &Frame,
    view: &OccurrenceView,
    under: &[RequestRow],
    error: &str,
) -> Markup {
    let waits = view.confirmed.is_none();
    let is_on = matches!(
        view.state,
        OccurrenceState::InForce | OccurrenceState::Ahead
    );
    html! {
        div.conflict-page {
            div.page-head {
                p.crumb { a href="/ocorrencias" data-key="Escape" aria-keyshortcuts="Escape" { "Ocorrências" } }
                h1 { (view.declared.name) }
                p { (when_and_where(view)) }
            }
            @if !error.is_empty() { div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (error) } } }
            div #como-esta data-region="record messages" aria-live="polite" {
                p { (standing(view)) }
                @if waits && is_on {
                    p.notice.amber { "Declarou-a uma equipa que não chegava à central: vale só nesse posto. Confirmada, vale em todos os postos do mesmo território." }
                }
                (rules(view))
                (history(view, frame.now()))
            }
            @if is_on {
                @if waits {
                    form method="post" action=(format!("/ocorrencia/{}/confirmar", view.id)) data-once {
                        (frame.guard())
                        button.primary type="submit" { "Confirmar a ocorrência" }
                    }
                }
                @if !waits { p { a.button href=(format!("/ocorrencia/{}/mudar", view.id)) { "Mudar o prazo, os lugares ou as regras" } } }
                details open[!error.is_empty()] {
                    summary { @if waits { "Não confirmar: terminar" } @else { "Terminar antes do tempo" } }
                    form.decision method="post" action=(format!("/ocorrencia/{}/terminar", view.id)) data-once {
                        (frame.guard())
                        div.field {
                            label for="motivo" { "Porque termina" }
                            p.hint #motivo-ajuda { "O que já foi registado fica como foi feito." }
                            input #motivo name="motivo" maxlength=(MAX_REASON_CHARS) autocomplete="off" required aria-describedby="motivo-ajuda";
                        }
                        button type="submit" { "Terminar a ocorrência" }
                    }
                }
            }
            section #com-ela data-region="record messages" aria-labelledby="t-com-ela" {
                h2 #t-com-ela { "Pedidos registados com ela" }
                @if under.is_empty() { p.none { "Ainda nenhum." } }
                @else {
                    @if (under.len() as u64) < view.requests { p.detail { "Os últimos " (under.len()) " de " (count(view.requests, "pedido", "pedidos")) } }
                    (request_rows(under, frame.now()))
                }
            }
        }
    }
}
