//! "Ocorrências": which rules hold here after a disaster; and a crew that cannot reach the hub declares one.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::record::tour::MAX_REASON_CHARS;

use crate::desk::frame::{Frame, Page, Part};
use crate::desk::port::{
    Desk, DeskError, OccurrenceState, OccurrenceView, OccurrencesView, Session, TypedOccurrence,
};
use crate::desk::{DeskState, Fault, fault};
use crate::gate::{Posted, Signed, redirect};
use crate::occurrence::{
    Change, as_typed, change_form, fields, history, kept, rules, standing, typed, when_and_where,
};

pub(crate) async fn show(State(state): State<DeskState>, who: Signed) -> Response {
    let load = |desk: &dyn Desk, session: &Session| desk.occurrences(session);
    let page =
        |frame: &Frame, view: &OccurrencesView| page(frame, view, &TypedOccurrence::default(), "");
    state.show(&who, load, page).await
}

pub(crate) async fn declare(State(state): State<DeskState>, posted: Posted) -> Response {
    let typed = typed(&posted);
    let (session, sent) = (posted.session.clone(), typed.clone());
    let declare = move |desk: &dyn Desk| desk.declare_occurrence(&posted.session, &sent);
    let error = match state.call(declare).await {
        Ok(_) => return redirect("/"),
        Err(error) => error,
    };
    let problem = fault::problem(&error);
    let load = |desk: &dyn Desk, session: &Session| desk.occurrences(session);
    match state.load(&session, load).await {
        Ok((frame, view)) => frame.respond_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            &page(&frame, &view, &typed, &problem),
        ),
        Err(fault) => fault.keeping(kept(&typed)).into_response(),
    }
}

pub(crate) async fn end(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let reason = posted.get("motivo").to_owned();
    let end =
        move |desk: &dyn Desk| desk.end_occurrence(&posted.session, &id, posted.get("motivo"));
    match state.call(end).await {
        Ok(()) => redirect("/ocorrencias"),
        Err(error) => Fault::from(error)
            .keeping(vec![("Porque termina".to_owned(), reason)])
            .into_response(),
    }
}

pub(crate) async fn show_change(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| changing(desk, session, &id);
    let page = |frame: &Frame, (view, one): &(OccurrencesView, OccurrenceView)| {
        change_page(frame, view, one, (&as_typed(&one.declared), "", ""))
    };
    state.show(&who, load, page).await
}

/// The occurrence, and what can be chosen.
fn changing(
    desk: &dyn Desk,
    session: &Session,
    id: &str,
) -> Result<(OccurrencesView, OccurrenceView), DeskError> {
    let view = desk.occurrences(session)?;
    let one = view.here.iter().chain(&view.others).find(|o| o.id == id);
    let one = one.cloned().ok_or(DeskError::NotFound)?;
    Ok((view, one))
}

pub(crate) async fn change(
    State(state): State<DeskState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let (typed, why) = (typed(&posted), posted.get("mudanca").to_owned());
    let (session, sent, of) = (posted.session.clone(), typed.clone(), id.clone());
    let change = move |desk: &dyn Desk| {
        let why = posted.get("mudanca");
        desk.change_occurrence(&posted.session, &of, &sent, why)
    };
    let problem = match state.call(change).await {
        Ok(()) => return redirect("/ocorrencias"),
        Err(error) => fault::problem(&error),
    };
    let load = move |desk: &dyn Desk, session: &Session| changing(desk, session, &id);
    match state.load(&session, load).await {
        Ok((frame, (view, one))) => frame.respond_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            &change_page(&frame, &view, &one, (&typed, &why, &problem)),
        ),
        Err(fault) => fault.keeping(kept(&typed)).into_response(),
    }
}

pub(crate) fn change_page<'a>(
    frame: &Frame,
    view: &OccurrencesView,
    one: &OccurrenceView,
    (typed, why, error): (&TypedOccurrence, &str, &str),
) -> Page<'a> {
    let change = Change {
        action: format!("/ocorrencias/{}/mudar", one.id),
        typed,
        why,
        error,
    };
    let content = html! {
        div.occurrences {
            div.page-head {
                p.crumb { a href="/ocorrencias" data-key="Escape" aria-keyshortcuts="Escape" { "Ocorrências" } }
                h1 { "Mudar: " (one.declared.name) }
            }
            (change_form(&frame.guard(), &change, (&view.services, &view.today)))
        }
    };
    Page {
        part: Part::Today,
        title: if error.is_empty() {
            "Mudar a ocorrência"
        } else {
            "Erro: ocorrência"
        },
        watching: String::new(),
        content,
    }
}

/// What holds here today, on top of "Hoje".
pub(crate) fn band(here: &[OccurrenceView]) -> Markup {
    html! {
        @for view in here {
            section.occurrence aria-label=(format!("Ocorrência: {}", view.declared.name)) {
                p.name { strong { (view.declared.name) } " " (standing(view)) }
                (rules(view))
                p.detail { (when_and_where(view)) " · " a href="/ocorrencias" { "Ver a ocorrência" } }
            }
        }
    }
}

pub(crate) fn page<'a>(
    frame: &Frame,
    view: &OccurrencesView,
    typed: &TypedOccurrence,
    error: &str,
) -> Page<'a> {
    let content = html! {
        div.occurrences {
            div.page-head {
                h1 { "Ocorrências" }
                p { "Depois de um incêndio ou de uma cheia, outras regras valem durante uns dias." }
            }
            section #valem data-region="record messages" aria-labelledby="t-valem" {
                h2 #t-valem { "Em vigor aqui, hoje" }
                @if view.here.is_empty() { p.none { "Nenhuma." } }
                @for one in &view.here { (about(frame, one)) }
            }
            section aria-labelledby="t-declarar" {
                h2 #t-declarar { "Declarar uma ocorrência" }
                p { "Declara-a a central. Sem rede, declare-a a equipa: vale já neste posto, e a central confirma-a ou termina-a depois. O que se fizer entretanto fica como foi feito." }
                details.declare open[!error.is_empty()] {
                    summary { "Declarar agora" }
                    form.decision method="post" action="/ocorrencias" data-once {
                        (frame.guard())
                        @if !error.is_empty() { div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (error) } } }
                        (fields(typed, &view.services, &view.today))
                        button.primary type="submit" { "Declarar: vale já aqui" }
                    }
                }
            }
            section #outras data-region="record messages" aria-labelledby="t-outras" hidden[view.others.is_empty()] {
                h2 #t-outras { "Outras" }
                @for one in &view.others { (about(frame, one)) }
            }
        }
    };
    Page {
        part: Part::Today,
        title: if error.is_empty() {
            "Ocorrências"
        } else {
            "Erro: ocorrência"
        },
        watching: String::new(),
        content,
    }
}

fn about(frame: &Frame, view: &OccurrenceView) -> Markup {
    let may_end = view.is_own
        && view.confirmed.is_none()
        && matches!(
            view.state,
            OccurrenceState::InForce | OccurrenceState::Ahead
        );
    let reason = format!("termina-{}", view.id);
    html! {
        article.occurrence {
            h3 { (view.declared.name) " " (standing(view)) }
            p { (when_and_where(view)) }
            (rules(view))
            (history(view, frame.now()))
            @if may_end {
                p { a href=(format!("/ocorrencias/{}/mudar", view.id)) { "Mudar" span.hidden { ": " (view.declared.name) } } }
                details {
                    summary { "Terminar" span.hidden { ": " (view.declared.name) } }
                    form method="post" action=(format!("/ocorrencias/{}/terminar", view.id)) data-once {
                        (frame.guard())
                        div.field {
                            label for=(reason) { "Porque termina" }
                            input id=(reason) name="motivo" maxlength=(MAX_REASON_CHARS) autocomplete="off" required;
                        }
                        button type="submit" { "Terminar a ocorrência" }
                    }
                }
            }
        }
    }
}
