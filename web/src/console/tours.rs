//! "Percursos": where vehicles go, by day, who is booked at their stops, and what came of it.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use vereda_sync::catalogue::Words;
use vereda_sync::record::booking::MAX_NUMBER_CHARS;
use vereda_sync::record::tour::{MAX_NAME_CHARS, MAX_REASON_CHARS, MAX_TEXT_CHARS};

use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::PlannedTours;
use crate::console::rights::Within;
use crate::desk::port::{
    BookingState, BookingView, CalendarView, DeskError, MarkView, Session, StopView, TourView,
    TypedBooking, TypedStop,
};
use crate::desk::{Fault, problem};
use crate::gate::{Posted, Signed, redirect};
use crate::tour::{
    bookings, calendar, cancel, facts, fields, hours, kept, marks, on_board, route, rows, standing,
    typed, what,
};
use crate::words::{day, time};

/// What was typed and not taken.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) spot: String,
    pub(crate) typed: TypedStop,
    pub(crate) problem: String,
}

fn here(tour: &str) -> String {
    format!("/percurso/{tour}")
}

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    list(&state, &who.session, Retry::default()).await
}

async fn list(state: &ConsoleState, session: &Session, retry: Retry) -> Response {
    let load = state.load(session, |console| {
        Ok((console.planned()?, console.services()?))
    });
    match load.await {
        Ok((frame, (tours, services))) => {
            let content = content(&frame, (&tours, &services), &retry);
            frame.respond(status(&retry.problem), Part::Tours, "Percursos", &content)
        }
        Err(fault) => fault.keeping(kept(&retry.typed)).into_response(),
    }
}

fn status(problem: &str) -> StatusCode {
    match problem {
        "" => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    /// Which month, `yyyy-mm`.
    mes: Option<String>,
}

pub(crate) async fn show_month(
    Within(state): Within,
    Query(asked): Query<Asked>,
    who: Signed,
) -> Response {
    let load = state.load(&who.session, move |console| {
        console.tour_month(asked.mes.as_deref())
    });
    match load.await {
        Ok((frame, view)) => frame.respond(
            StatusCode::OK,
            Part::Tours,
            "Calendário dos percursos",
            &month(&view),
        ),
        Err(fault) => fault.into_response(),
    }
}

/// A month of all tours.
pub(crate) fn month(view: &CalendarView) -> Markup {
    html! {
        div.tour {
            div.page-head {
                p.crumb { a href="/percursos" data-key="Escape" aria-keyshortcuts="Escape" { "Percursos" } }
                h1 { "Calendário" }
            }
            (calendar::month(view, "/percursos/calendario"))
        }
    }
}

pub(crate) async fn plan(Within(state): Within, posted: Posted) -> Response {
    let mut retry = Retry {
        spot: posted.get("posto").to_owned(),
        typed: typed(&posted),
        problem: String::new(),
    };
    let (session, spot, sent) = (
        posted.session.clone(),
        retry.spot.clone(),
        retry.typed.clone(),
    );
    let plan = state.call(move |console| console.plan_tour(&posted.session, &spot, &sent));
    match plan.await {
        Ok(tour) => redirect(&here(&tour)),
        Err(error) => {
            retry.problem = problem(&error);
            list(&state, &session, retry).await
        }
    }
}

pub(crate) async fn show_one(
    Within(state): Within,
    Path(tour): Path<String>,
    who: Signed,
) -> Response {
    let load = state.load(&who.session, move |console| console.planned_tour(&tour));
    match load.await {
        Ok((frame, view)) => {
            let content = one(&frame, &view);
            frame.respond(StatusCode::OK, Part::Tours, "Percurso", &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn show_another(
    Within(state): Within,
    Path(tour): Path<String>,
    who: Signed,
) -> Response {
    stop_form(&state, &who.session, (tour, None), None).await
}

pub(crate) async fn show_stop(
    Within(state): Within,
    Path((tour, stop)): Path<(String, String)>,
    who: Signed,
) -> Response {
    stop_form(&state, &who.session, (tour, Some(stop)), None).await
}

pub(crate) async fn plan_another(
    Within(state): Within,
    Path(tour): Path<String>,
    posted: Posted,
) -> Response {
    plan_stop(&state, (tour, None), posted).await
}

pub(crate) async fn plan_known(
    Within(state): Within,
    Path((tour, stop)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    plan_stop(&state, (tour, Some(stop)), posted).await
}

async fn plan_stop(
    state: &ConsoleState,
    (tour, stop): (String, Option<String>),
    posted: Posted,
) -> Response {
    let typed = typed(&posted);
    let (session, sent) = (posted.session.clone(), typed.clone());
    let (id, of) = (tour.clone(), stop.clone());
    let plan =
        state.call(move |console| console.plan_stop(&posted.session, &id, of.as_deref(), &sent));
    match plan.await {
        Ok(()) => redirect(&here(&tour)),
        Err(error) => {
            let retry = Retry {
                typed,
                problem: problem(&error),
                ..Retry::default()
            };
            stop_form(state, &session, (tour, stop), Some(retry)).await
        }
    }
}

async fn stop_form(
    state: &ConsoleState,
    session: &Session,
    (tour, stop): (String, Option<String>),
    retry: Option<Retry>,
) -> Response {
    let load = state.load(session, move |console| {
        let view = console.planned_tour(&tour)?;
        let stop = stop.map(|stop| view.stop(&stop).cloned().ok_or(DeskError::NotFound));
        let stop = stop.transpose()?;
        Ok((view, stop, console.services()?))
    });
    match load.await {
        Ok((frame, (view, stop, services))) => {
            let blank = blank(&view, stop.as_ref());
            let clock = blank.typed.clock.clone();
            let mut retry = retry.unwrap_or(blank);
            retry.typed.clock = clock;
            let content = stop_content(&frame, (&view, stop.as_ref()), &services, &retry);
            frame.respond(status(&retry.problem), Part::Tours, "Paragem", &content)
        }
        Err(fault) => fault
            .keeping(retry.map_or_else(Vec::new, |retry| kept(&retry.typed)))
            .into_response(),
    }
}

/// What is planned; of another stop mostly the day of the last.
fn blank(view: &TourView, stop: Option<&StopView>) -> Retry {
    let last = view.stops.last().map(|stop| &stop.plan);
    let typed = match stop {
        Some(stop) => TypedStop::of(&stop.plan),
        None => TypedStop {
            clock: view.clock.clone(),
            day: last.map_or_else(String::new, |plan| plan.day.to_string()),
            municipality: last.map_or_else(String::new, |plan| plan.municipality.clone()),
            district: last.map_or_else(String::new, |plan| plan.district.clone()),
            ..TypedStop::default()
        },
    };
    Retry {
        typed,
        ..Retry::default()
    }
}

pub(crate) async fn cancel_stop(
    Within(state): Within,
    Path((tour, stop)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let (id, reason) = (tour.clone(), posted.get("motivo").to_owned());
    let done = state.call(move |console| console.cancel_stop(&posted.session, &id, &stop, &reason));
    back(done.await, &tour)
}

pub(crate) async fn undo(
    Within(state): Within,
    Path(tour): Path<String>,
    posted: Posted,
) -> Response {
    let (id, mark) = (tour.clone(), posted.get("marca").to_owned());
    let done = state.call(move |console| console.undo_mark(&posted.session, &id, &mark));
    back(done.await, &tour)
}

fn back(done: Result<(), DeskError>, tour: &str) -> Response {
    match done {
        Ok(()) => redirect(&here(tour)),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn show_booking(
    Within(state): Within,
    Path((tour, stop)): Path<(String, String)>,
    who: Signed,
) -> Response {
    let blank = (TypedBooking::default(), String::new());
    booking_form(&state, &who.session, (tour, stop), blank).await
}

pub(crate) async fn book(
    Within(state): Within,
    Path((tour, stop)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let get = |name| posted.get(name).to_owned();
    let typed = TypedBooking {
        name: get("nome"),
        nif: get("nif"),
        phone: get("telefone"),
        service: get("servico"),
        hour: get("hora"),
        note: get("nota"),
    };
    let (session, sent) = (posted.session.clone(), typed.clone());
    let (id, at) = (tour.clone(), stop.clone());
    let book = state.call(move |console| console.book(&posted.session, &id, &at, &sent));
    match book.await {
        Ok(()) => redirect(&here(&tour)),
        Err(error) => {
            let retry = (typed, problem(&error));
            booking_form(&state, &session, (tour, stop), retry).await
        }
    }
}

async fn booking_form(
    state: &ConsoleState,
    session: &Session,
    (tour, stop): (String, String),
    (typed, problem): (TypedBooking, String),
) -> Response {
    let load = state.load(session, move |console| {
        let view = console.planned_tour(&tour)?;
        let stop = view.stop(&stop).cloned().ok_or(DeskError::NotFound)?;
        Ok((view, stop, console.services()?))
    });
    match load.await {
        Ok((frame, (view, stop, services))) => {
            let content = booking_content(&frame, (&view, &stop), &services, &typed, &problem);
            frame.respond(status(&problem), Part::Tours, "Marcação", &content)
        }
        Err(fault) => fault
            .keeping(vec![
                ("Nome".to_owned(), typed.name),
                ("Nota".to_owned(), typed.note),
            ])
            .into_response(),
    }
}

pub(crate) async fn withdraw(
    Within(state): Within,
    Path((tour, booking)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let reason = posted.get("motivo").to_owned();
    let done =
        state.call(move |console| console.withdraw_booking(&posted.session, &booking, &reason));
    back(done.await, &tour)
}

pub(crate) fn content(
    frame: &Frame,
    (tours, services): (&PlannedTours, &[(String, Words)]),
    retry: &Retry,
) -> Markup {
    html! {
        h1 { "Percursos" }
        p { a href="/percursos/calendario" { "Ver o mês no calendário" } }
        div #lista data-region="record messages" {
            @if tours.ahead.is_empty() { p.none { "Não há percursos planeados." } }
            @else { (rows(&tours.ahead, "Percursos por fazer", true)) }
        }
        section.plan-tour aria-labelledby="t-novo" {
            h2 #t-novo { "Planear um percurso" }
            @if tours.spots.is_empty() { p.none { "Nenhum posto está inscrito nesta central." } }
            @else {
                form.decision.plan method="post" action="/percursos" data-once {
                    (frame.guard())
                    (alert(&retry.problem))
                    p { "A primeira paragem; as outras juntam-se depois." }
                    div.field {
                        label for="posto" { "Quem vai" }
                        select #posto name="posto" required {
                            option value="" { "" }
                            @for spot in &tours.spots {
                                option value=(spot.id) selected[spot.id == retry.spot] { (spot.name) }
                            }
                        }
                    }
                    (fields(&retry.typed, services))
                    button.primary type="submit" { "Planear" }
                }
            }
        }
        @if !tours.past.is_empty() {
            section aria-labelledby="t-anteriores" {
                h2 #t-anteriores { "Anteriores" }
                (rows(&tours.past, "Percursos anteriores", true))
            }
        }
    }
}

fn alert(problem: &str) -> Markup {
    html! { @if !problem.is_empty() { div.alert role="alert" tabindex="-1" data-takes-focus { p { (problem) } } } }
}

pub(crate) fn one(frame: &Frame, view: &TourView) -> Markup {
    html! {
        div.conflict-page.tour {
            div.page-head {
                p.crumb { a href="/percursos" data-key="Escape" aria-keyshortcuts="Escape" { "Percursos" } }
                h1 { "Percurso de " (view.spot) }
                @if view.is_own { p { "Planeado pelo espaço: é lá que se muda. Aqui marcam-se pessoas." } }
            }
            div.tour #percurso data-region="record messages" {
                (route(view, None))
                @for stop in &view.stops { (self::stop(frame, view, stop)) }
            }
            @if view.may_plan { p { a.button href=(format!("{}/paragem", here(&view.id))) { "Juntar uma paragem" } } }
        }
    }
}

fn stop(frame: &Frame, view: &TourView, stop: &StopView) -> Markup {
    let id = format!("paragem-{}", stop.anchor());
    let at = format!("{}/paragem/{}", here(&view.id), stop.id);
    let is_ahead = stop.standing.is_ahead();
    html! {
        section.stop id=(id) aria-labelledby=(format!("t-{id}")) {
            h2 id=(format!("t-{id}")) { (stop.number) ". " (stop.plan.place) }
            p { (day(&stop.plan.day.to_string())) ", " (hours(stop)) ": " (standing(stop)) }
            (facts(stop, frame.now()))
            (on_board(stop))
            (marks(stop, frame.now(), &|mark| undo_form(frame, view, mark)))
            h3 { "Marcações" }
            (bookings(stop, &|booking| withdraw_form(frame, view, booking)))
            @if stop.standing == vereda_sync::record::tour::Standing::Cancelled && stop.bookings.iter().any(|b| b.state == BookingState::Waits) {
                p.notice.amber { "Esta paragem não se realiza: avise quem está marcado." }
            }
            @if is_ahead {
                div.actions {
                    a.button href=(format!("{at}/marcar")) aria-label=(format!("Marcar alguém em {}", stop.plan.place)) { "Marcar alguém" }
                    @if view.may_plan {
                        a.button href=(at) aria-label=(format!("Mudar a paragem {}", stop.plan.place)) { "Mudar" }
                        (cancel(&frame.guard(), &format!("{at}/cancelar"), stop, None))
                    }
                }
            }
        }
    }
}

fn undo_form(frame: &Frame, view: &TourView, mark: &MarkView) -> Markup {
    html! {
        form method="post" action=(format!("{}/desfazer", here(&view.id))) data-once {
            (frame.guard())
            input type="hidden" name="marca" value=(mark.act);
            button type="submit" aria-label=(format!("Desfazer: {}", what(&mark.what).to_lowercase())) { "Desfazer" }
        }
    }
}

fn withdraw_form(frame: &Frame, view: &TourView, booking: &BookingView) -> Markup {
    let id = format!("desmarcar-{}", booking.id);
    html! {
        div.acts {
            p.detail { (booking.by.who) ", " (time::at(booking.by.at, frame.now())) }
            @if booking.state == BookingState::Waits {
                details id=(format!("retirar-{}", booking.id)) {
                    summary aria-label=(format!("Desmarcar {}", booking.name)) { "Desmarcar" }
                    form method="post" action=(format!("{}/marcacao/{}/retirar", here(&view.id), booking.id)) data-once {
                        (frame.guard())
                        div.field {
                            label for=(id) { "Porquê" }
                            input id=(id) name="motivo" maxlength=(MAX_REASON_CHARS) required;
                        }
                        button type="submit" { "Desmarcar " (booking.name) }
                    }
                }
            }
        }
    }
}

pub(crate) fn stop_content(
    frame: &Frame,
    (view, stop): (&TourView, Option<&StopView>),
    services: &[(String, Words)],
    retry: &Retry,
) -> Markup {
    let action = match stop {
        Some(stop) => format!("{}/paragem/{}", here(&view.id), stop.id),
        None => format!("{}/paragem", here(&view.id)),
    };
    html! {
        div.conflict-page {
            div.page-head {
                p.crumb { a href=(here(&view.id)) data-key="Escape" aria-keyshortcuts="Escape" { "Percurso de " (view.spot) } }
                h1 { @match stop { Some(stop) => { "Mudar a paragem " (stop.plan.place) }, None => "Juntar uma paragem" } }
            }
            form.decision.plan method="post" action=(action) data-once {
                (frame.guard())
                (alert(&retry.problem))
                (fields(&retry.typed, services))
                button.primary type="submit" { "Guardar a paragem" }
            }
        }
    }
}

pub(crate) fn booking_content(
    frame: &Frame,
    (view, stop): (&TourView, &StopView),
    services: &[(String, Words)],
    typed: &TypedBooking,
    problem: &str,
) -> Markup {
    let optional = || html! { " " span.optional { "(opcional)" } };
    html! {
        div.conflict-page {
            div.page-head {
                p.crumb { a href=(here(&view.id)) data-key="Escape" aria-keyshortcuts="Escape" { "Percurso de " (view.spot) } }
                h1 { "Marcar alguém em " (stop.plan.place) }
                p { (day(&stop.plan.day.to_string())) ", " (hours(stop)) }
            }
            form.decision.plan method="post" action=(format!("{}/paragem/{}/marcar", here(&view.id), stop.id)) data-once {
                (frame.guard())
                (alert(problem))
                div.field {
                    label for="nome" { "Nome" }
                    input #nome name="nome" value=(typed.name) maxlength=(MAX_NAME_CHARS) autocomplete="off" required;
                }
                div.field {
                    label for="hora" { "Hora" }
                    input #hora type="time" name="hora" value=(typed.hour) required;
                }
                div.field {
                    label for="servico" { "Serviço" (optional()) }
                    select #servico name="servico" {
                        option value="" { "" }
                        @for (id, title) in services {
                            option value=(id) selected[*id == typed.service] { (title.pt()) }
                        }
                    }
                }
                div.field {
                    label for="nif" { "NIF" (optional()) }
                    p.hint #nif-ajuda { "Confirma-se com a pessoa quando for atendida." }
                    input #nif name="nif" value=(typed.nif) maxlength=(MAX_NUMBER_CHARS) inputmode="numeric" autocomplete="off" aria-describedby="nif-ajuda";
                }
                div.field {
                    label for="telefone" { "Telefone" (optional()) }
                    p.hint #telefone-ajuda { "Para avisar se a paragem mudar." }
                    input #telefone type="tel" name="telefone" value=(typed.phone) maxlength=(MAX_NUMBER_CHARS) autocomplete="off" aria-describedby="telefone-ajuda";
                }
                div.field {
                    label for="nota" { "Nota" (optional()) }
                    textarea #nota name="nota" rows="2" maxlength=(MAX_TEXT_CHARS) { (typed.note) }
                }
                button.primary type="submit" { "Marcar" }
            }
        }
    }
}
