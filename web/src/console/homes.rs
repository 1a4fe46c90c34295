//! "Lares": the facilities, the lists of residents for visits of all spots, and who is on two of them.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::catalogue::Words;

use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::rights::Within;
use crate::desk::port::{
    DeskError, FacilityView, HomesView, ListView, Person, ResidentView, Session, StopAhead,
    TypedFacility, TypedResident, TypedVisit,
};
use crate::desk::{Fault, problem};
use crate::gate::{Posted, Signed, redirect};
use crate::home::{
    alert, facility_facts, facility_fields, kept_facility, kept_resident, notices, resident_fields,
    residents, rows, sort, take_off, typed_facility, typed_resident, typed_visit, visit_fields,
    whereabouts,
};
use crate::words::{day, time};

/// What was typed and not taken, and why.
type Retry<T> = (T, String);

fn here(list: &str) -> String {
    format!("/residentes/{list}")
}

fn status(problem: &str) -> StatusCode {
    match problem {
        "" => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    list(&state, &who.session, Retry::default()).await
}

async fn list(state: &ConsoleState, session: &Session, retry: Retry<TypedFacility>) -> Response {
    match state.load(session, |console| console.homes()).await {
        Ok((frame, view)) => {
            let content = content(&frame, &view, &retry);
            frame.respond(status(&retry.1), Part::Homes, "Lares", &content)
        }
        Err(fault) => fault.keeping(kept_facility(&retry.0)).into_response(),
    }
}

pub(crate) async fn keep_new(Within(state): Within, posted: Posted) -> Response {
    let typed = typed_facility(&posted);
    let (session, sent) = (posted.session.clone(), typed.clone());
    let keep = state.call(move |console| console.keep_facility(&posted.session, None, &sent));
    match keep.await {
        Ok(id) => redirect(&format!("/lar/{id}")),
        Err(error) => list(&state, &session, (typed, problem(&error))).await,
    }
}

pub(crate) async fn show_facility(
    Within(state): Within,
    Path(facility): Path<String>,
    who: Signed,
) -> Response {
    one(&state, &who.session, facility, None, Retry::default()).await
}

pub(crate) async fn keep_facility(
    Within(state): Within,
    Path(facility): Path<String>,
    posted: Posted,
) -> Response {
    let typed = typed_facility(&posted);
    let (session, sent, id) = (posted.session.clone(), typed.clone(), facility.clone());
    let keep = state.call(move |console| console.keep_facility(&posted.session, Some(&id), &sent));
    match keep.await {
        Ok(_) => redirect(&format!("/lar/{facility}")),
        Err(error) => {
            let retry = Some((typed, problem(&error)));
            one(&state, &session, facility, retry, Retry::default()).await
        }
    }
}

pub(crate) async fn plan_visit(
    Within(state): Within,
    Path(facility): Path<String>,
    posted: Posted,
) -> Response {
    let typed = typed_visit(&posted);
    let (session, sent, id) = (posted.session.clone(), typed.clone(), facility.clone());
    let plan = state.call(move |console| console.plan_visit(&posted.session, &id, &sent));
    match plan.await {
        Ok(list) => redirect(&here(&list)),
        Err(error) => {
            let retry = (typed, problem(&error));
            one(&state, &session, facility, None, retry).await
        }
    }
}

async fn one(
    state: &ConsoleState,
    session: &Session,
    facility: String,
    retry: Option<Retry<TypedFacility>>,
    visit: Retry<TypedVisit>,
) -> Response {
    let load = state.load(session, move |console| {
        Ok((console.facility(&facility)?, console.visits_ahead()?))
    });
    match load.await {
        Ok((frame, (view, (stops, spots)))) => {
            let wrong = retry.as_ref().map_or("", |(_, why)| why.as_str());
            let status = status(if wrong.is_empty() { &visit.1 } else { wrong });
            let content = facility_content(&frame, &view, (&stops, &spots), retry.as_ref(), &visit);
            frame.respond(status, Part::Homes, "Lar", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn show_list(
    Within(state): Within,
    Path(list): Path<String>,
    who: Signed,
) -> Response {
    let load = state.load(&who.session, move |console| console.residents(&list));
    match load.await {
        Ok((frame, view)) => {
            let content = list_content(&frame, &view);
            frame.respond(StatusCode::OK, Part::Homes, "Residentes", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn show_resident_form(
    Within(state): Within,
    Path(list): Path<String>,
    who: Signed,
) -> Response {
    resident_form(&state, &who.session, list, Retry::default()).await
}

pub(crate) async fn list_resident(
    Within(state): Within,
    Path(list): Path<String>,
    posted: Posted,
) -> Response {
    let typed = typed_resident(&posted);
    let (session, sent, id) = (posted.session.clone(), typed.clone(), list.clone());
    let add = state.call(move |console| console.list_resident(&posted.session, &id, &sent));
    match add.await {
        Ok(()) => redirect(&here(&list)),
        Err(error) => resident_form(&state, &session, list, (typed, problem(&error))).await,
    }
}

async fn resident_form(
    state: &ConsoleState,
    session: &Session,
    list: String,
    retry: Retry<TypedResident>,
) -> Response {
    let load = state.load(session, move |console| {
        Ok((console.residents(&list)?, console.services()?))
    });
    match load.await {
        Ok((frame, (view, services))) => {
            let content = resident_content(&frame, &view, &services, &retry);
            frame.respond(status(&retry.1), Part::Homes, "Residente", &content)
        }
        Err(fault) => fault.keeping(kept_resident(&retry.0)).into_response(),
    }
}

pub(crate) async fn remove(
    Within(state): Within,
    Path((list, resident)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let why = posted.get("motivo").to_owned();
    let off = state.call(move |console| console.take_off(&posted.session, &resident, &why));
    back(off.await, &list)
}

pub(crate) async fn lives_here(
    Within(state): Within,
    Path((list, resident)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let lives = state.call(move |console| console.lives_here(&posted.session, &resident));
    back(lives.await, &list)
}

fn back(done: Result<(), DeskError>, list: &str) -> Response {
    match done {
        Ok(()) => redirect(&here(list)),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) fn content(
    frame: &Frame,
    view: &HomesView,
    (typed, problem): &Retry<TypedFacility>,
) -> Markup {
    html! {
        h1 { "Lares" }
        div #lista data-region="record messages" {
            h2 { "Visitas" }
            @if view.ahead.is_empty() { p.none { "Não há visitas marcadas." } }
            @else { (rows(&view.ahead, "Visitas por fazer", true)) }
            h2 { "Lares conhecidos" }
            @if view.facilities.is_empty() { p.none { "Ainda nenhum." } }
            @else {
                ul.facilities { @for it in &view.facilities { li { a href=(format!("/lar/{}", it.id)) { (it.about.name) } ", " (sort(it.about.sort).to_lowercase()) @let place = whereabouts(&it.about); @if !place.is_empty() { " · " (place) } } } }
            }
        }
        section.plan-tour aria-labelledby="t-novo" {
            h2 #t-novo { "Juntar um lar" }
            form.decision.plan method="post" action="/lares" data-once {
                (frame.guard())
                (alert(problem))
                (facility_fields(typed, &view.scopes))
                button.primary type="submit" { "Guardar o lar" }
            }
        }
        @if !view.past.is_empty() {
            section aria-labelledby="t-anteriores" { h2 #t-anteriores { "Visitas anteriores" } (rows(&view.past, "Visitas anteriores", true)) }
        }
    }
}

fn crumb() -> Markup {
    html! { p.crumb { a href="/lares" data-key="Escape" aria-keyshortcuts="Escape" { "Lares" } } }
}

pub(crate) fn facility_content(
    frame: &Frame,
    view: &FacilityView,
    (stops, spots): (&[StopAhead], &[Person]),
    retry: Option<&Retry<TypedFacility>>,
    (visit, visit_problem): &Retry<TypedVisit>,
) -> Markup {
    let typed = retry.map_or_else(
        || TypedFacility::of(&view.about),
        |(typed, _)| typed.clone(),
    );
    let problem = retry.map_or("", |(_, why)| why.as_str());
    let who = html! {
        div.field {
            label for="posto" { "Quem vai" }
            select #posto name="posto" {
                option value="" { "" }
                @for spot in spots { option value=(spot.id) selected[spot.id == visit.spot] { (spot.name) } }
            }
        }
    };
    html! {
        div.conflict-page.tour {
            div.page-head { (crumb()) h1 { (view.about.name) } }
            div #lar data-region="record messages" { (facility_facts(view, frame.now())) }
            section.plan-tour aria-labelledby="t-visita" {
                h2 #t-visita { "Marcar uma visita" }
                form.decision.plan method="post" action=(format!("/lar/{}/visita", view.id)) data-once {
                    (frame.guard())
                    (alert(visit_problem))
                    (visit_fields(visit, stops, Some(&who)))
                    button.primary type="submit" { "Começar a lista" }
                }
            }
            details open[!problem.is_empty()] {
                summary { "Mudar o que se sabe deste lar" }
                form.decision.plan method="post" action=(format!("/lar/{}", view.id)) data-once {
                    (frame.guard())
                    (alert(problem))
                    (facility_fields(&typed, &[]))
                    button type="submit" { "Guardar o lar" }
                }
            }
        }
    }
}

pub(crate) fn list_content(frame: &Frame, view: &ListView) -> Markup {
    let (done, all) = view.progress();
    html! {
        div.conflict-page.tour {
            div.page-head {
                (crumb())
                h1 { (view.facility.about.name) }
                p { (day(&view.plan.day.to_string())) ", " (view.plan.from) "–" (view.plan.to) ", " (view.spot) " · " a href=(format!("/percurso/{}", view.tour)) { "no percurso" } }
            }
            div #visita data-region="record messages" {
                (notices(view))
                p { (done) " de " (all) " vistos ou de fora" }
                (residents(view, &|it| acts(frame, view, it)))
            }
            @if view.standing.is_ahead() { p { a.button href=(format!("{}/juntar", here(&view.id))) { "Juntar um residente" } } }
        }
    }
}

fn acts(frame: &Frame, view: &ListView, it: &ResidentView) -> Markup {
    let at = format!("{}/{}", here(&view.id), it.id);
    html! {
        div.acts {
            p.detail { (it.by.who) ", " (time::at(it.by.at, frame.now())) }
            @if it.taken_off.is_none() && !it.elsewhere.is_empty() {
                form method="post" action=(format!("{at}/vive-aqui")) data-once {
                    (frame.guard())
                    button type="submit" { "Vive aqui" span.hidden { ": " (it.name) } }
                }
            }
            @if it.taken_off.is_none() && !it.came { (take_off(&frame.guard(), &format!("{at}/tirar"), it)) }
            @for (_, row) in it.requests.iter().filter(|(_, row)| row.number.is_some()) {
                a href=(format!("/pedido/{}", row.id)) { (row.number.as_deref().unwrap_or_default()) }
            }
        }
    }
}

pub(crate) fn resident_content(
    frame: &Frame,
    view: &ListView,
    services: &[(String, Words)],
    (typed, problem): &Retry<TypedResident>,
) -> Markup {
    html! {
        div.conflict-page {
            div.page-head {
                p.crumb { a href=(here(&view.id)) data-key="Escape" aria-keyshortcuts="Escape" { (view.facility.about.name) } }
                h1 { "Juntar um residente" }
                p { (day(&view.plan.day.to_string())) ", " (view.plan.from) "–" (view.plan.to) }
            }
            form.decision.plan method="post" action=(format!("{}/juntar", here(&view.id))) data-once {
                (frame.guard())
                (alert(problem))
                (resident_fields(typed, &view.facility.about.rooms, services))
                button.primary type="submit" { "Juntar" }
            }
        }
    }
}
