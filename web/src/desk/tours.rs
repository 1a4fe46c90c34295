//! "Percurso": where the vehicle goes today, what comes next, who is booked, what to bring.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use vereda_sync::catalogue::Words;
use vereda_sync::record::tour::{Happened, MAX_LATE_MINUTES};

use crate::desk::frame::{Frame, Page, Part};
use crate::desk::port::{
    BookingState, BookingView, CalendarView, Desk, DeskError, MarkView, Session, StopView,
    TourView, ToursView, TypedStop,
};
use crate::desk::{DeskState, Fault, fault};
use crate::gate::{Posted, Signed, own_path, redirect};
use crate::layout::key;
use crate::tour::{
    bookings, calendar, cancel, facts, fields, hours, kept, marks, minutes, route, rows, standing,
    typed, what,
};
use crate::words::{day, time};

/// How late a crew says that it is, with one press.
const LATE_MINUTES: [u16; 4] = [15, 30, 60, 120];

#[derive(Deserialize)]
pub(crate) struct Said {
    /// Something was said of a stop just now.
    dito: Option<u8>,
}

fn here(tour: &str) -> String {
    format!("/percurso/{tour}")
}

/// Where a form of a page about tours leads back to.
fn back(posted: &Posted, tour: &str, said: bool) -> Response {
    let to = match posted.get("para") {
        "" => here(tour),
        para => own_path(para).to_owned(),
    };
    redirect(&match said {
        true => format!("{to}?dito=1"),
        false => to,
    })
}

pub(crate) async fn show(
    State(state): State<DeskState>,
    Query(said): Query<Said>,
    who: Signed,
) -> Response {
    let load = |desk: &dyn Desk, session: &Session| desk.tours(session);
    let page = |frame: &Frame, view: &ToursView| today_page(frame, view, said.dito.is_some());
    state.show(&who, load, page).await
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    /// Which month, `yyyy-mm`.
    mes: Option<String>,
}

pub(crate) async fn show_month(
    State(state): State<DeskState>,
    Query(asked): Query<Asked>,
    who: Signed,
) -> Response {
    let load =
        move |desk: &dyn Desk, session: &Session| desk.tour_month(session, asked.mes.as_deref());
    let page = |_: &Frame, view: &CalendarView| month_page(view);
    state.show(&who, load, page).await
}

/// A month of this spot's tours.
pub(crate) fn month_page<'a>(view: &CalendarView) -> Page<'a> {
    let content = html! {
        div.tour {
            div.page-head {
                p.crumb { a href="/percurso" data-key="Escape" aria-keyshortcuts="Escape" { "Percurso de hoje " (key("Esc")) } }
                h1 { "Calendário" }
            }
            (calendar::month(view, "/percurso/calendario"))
            p { a.button href="/percurso/novo" { "Planear um percurso" } }
        }
    };
    Page {
        part: Part::Tour,
        title: "Calendário dos percursos",
        watching: String::new(),
        content,
    }
}

pub(crate) async fn show_one(
    State(state): State<DeskState>,
    Path(tour): Path<String>,
    Query(said): Query<Said>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.tour(session, &tour);
    let page = |frame: &Frame, view: &TourView| tour_page(frame, view, said.dito.is_some());
    state.show(&who, load, page).await
}

pub(crate) async fn show_new(State(state): State<DeskState>, who: Signed) -> Response {
    let load = |desk: &dyn Desk, _: &Session| desk.tour_services();
    let page = |frame: &Frame, services: &Vec<_>| stop_page(frame, &Planning::default(), services);
    state.show(&who, load, page).await
}

pub(crate) async fn plan_new(State(state): State<DeskState>, posted: Posted) -> Response {
    let typed = typed(&posted);
    let (session, sent) = (posted.session.clone(), typed.clone());
    let plan = move |desk: &dyn Desk| desk.plan_tour(&posted.session, &sent);
    match state.call(plan).await {
        Ok(tour) => redirect(&here(&tour)),
        Err(error) => refused(&state, &session, Planning::default(), typed, &error).await,
    }
}

pub(crate) async fn show_another(
    State(state): State<DeskState>,
    Path(tour): Path<String>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| {
        Ok((desk.tour(session, &tour)?, desk.tour_services()?))
    };
    let page = |frame: &Frame, (view, services): &(TourView, Vec<_>)| {
        stop_page(frame, &Planning::another(view), services)
    };
    state.show(&who, load, page).await
}

pub(crate) async fn plan_another(
    State(state): State<DeskState>,
    Path(tour): Path<String>,
    posted: Posted,
) -> Response {
    plan_stop(state, tour, None, posted).await
}

pub(crate) async fn show_stop(
    State(state): State<DeskState>,
    Path((tour, stop)): Path<(String, String)>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| {
        let view = desk.tour(session, &tour)?;
        let stop = view.stop(&stop).cloned().ok_or(DeskError::NotFound)?;
        Ok((view, stop, desk.tour_services()?))
    };
    let page = |frame: &Frame, (view, stop, services): &(TourView, StopView, Vec<_>)| {
        stop_page(frame, &Planning::of(&view.id, stop), services)
    };
    state.show(&who, load, page).await
}

pub(crate) async fn plan_known(
    State(state): State<DeskState>,
    Path((tour, stop)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    plan_stop(state, tour, Some(stop), posted).await
}

async fn plan_stop(
    state: DeskState,
    tour: String,
    stop: Option<String>,
    posted: Posted,
) -> Response {
    let typed = typed(&posted);
    let planning = Planning {
        tour: Some(tour.clone()),
        stop: stop.clone(),
        ..Planning::default()
    };
    let (session, sent, id) = (posted.session.clone(), typed.clone(), tour.clone());
    let plan = move |desk: &dyn Desk| desk.plan_stop(&posted.session, &id, stop.as_deref(), &sent);
    match state.call(plan).await {
        Ok(()) => redirect(&here(&tour)),
        Err(error) => refused(&state, &session, planning, typed, &error).await,
    }
}

async fn refused(
    state: &DeskState,
    session: &Session,
    planning: Planning,
    typed: TypedStop,
    error: &DeskError,
) -> Response {
    let planning = Planning {
        problem: fault::problem(error),
        typed,
        ..planning
    };
    let load = |desk: &dyn Desk, _: &Session| desk.tour_services();
    match state.load(session, load).await {
        Ok((frame, services)) => {
            let page = stop_page(&frame, &planning, &services);
            frame.respond_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(fault) => fault.keeping(kept(&planning.typed)).into_response(),
    }
}

pub(crate) async fn held(
    State(state): State<DeskState>,
    Path((tour, stop)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    mark(state, (tour, stop), posted, Happened::Held).await
}

pub(crate) async fn late(
    State(state): State<DeskState>,
    Path((tour, stop)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let minutes = posted.get("minutos").parse().unwrap_or(MAX_LATE_MINUTES);
    mark(state, (tour, stop), posted, Happened::Late(minutes)).await
}

pub(crate) async fn take_on_board(
    State(state): State<DeskState>,
    Path((tour, stop)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let items = posted.fields.iter().filter(|(name, _)| name == "a-bordo");
    let items: Vec<String> = items.map(|(_, item)| item.clone()).collect();
    let (session, id) = (posted.session.clone(), tour.clone());
    let take = move |desk: &dyn Desk| desk.take_on_board(&session, &id, &stop, &items);
    match state.call(take).await {
        Ok(()) => back(&posted, &tour, false),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn cancelled(
    State(state): State<DeskState>,
    Path((tour, stop)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let reason = posted.get("motivo").to_owned();
    mark(state, (tour, stop), posted, Happened::Cancelled(reason)).await
}

async fn mark(
    state: DeskState,
    (tour, stop): (String, String),
    posted: Posted,
    what: Happened,
) -> Response {
    let (session, id) = (posted.session.clone(), tour.clone());
    let say = move |desk: &dyn Desk| desk.mark(&session, &id, &stop, &what);
    match state.call(say).await {
        Ok(()) => back(&posted, &tour, true),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn undo(
    State(state): State<DeskState>,
    Path(tour): Path<String>,
    posted: Posted,
) -> Response {
    let (session, id) = (posted.session.clone(), tour.clone());
    let said = posted.get("marca").to_owned();
    let undo = move |desk: &dyn Desk| desk.undo_mark(&session, &id, &said);
    match state.call(undo).await {
        Ok(()) => back(&posted, &tour, false),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn attend(
    State(state): State<DeskState>,
    Path(booking): Path<String>,
    posted: Posted,
) -> Response {
    let attend = move |desk: &dyn Desk| desk.attend_booking(&posted.session, &booking);
    match state.call(attend).await {
        Ok(attendance) => redirect(&format!("/formulario/{attendance}")),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn absent(
    State(state): State<DeskState>,
    Path(booking): Path<String>,
    posted: Posted,
) -> Response {
    let session = posted.session.clone();
    let absent = move |desk: &dyn Desk| desk.absent_booking(&session, &booking);
    match state.call(absent).await {
        Ok(()) => redirect("/percurso"),
        Err(error) => Fault::from(error).into_response(),
    }
}

/// What today brings.
pub(crate) fn today_page<'a>(frame: &Frame, view: &ToursView, said: bool) -> Page<'a> {
    let leading = view.today.iter().find(|tour| tour.next().is_some());
    let leading = leading.map(|tour| tour.id.as_str());
    let content = html! {
        div.tour {
            div.page-head {
                h1 { "Percurso de hoje" }
                @if let Some(tour) = view.today.first() { p { (tour.spot) ", " (day(&tour.today)) } }
            }
            div #hoje data-region="record messages" {
                @if view.today.is_empty() { p.none { "Hoje não há paragens planeadas." } }
                @if said { (said_just_now(frame, &view.today, "/percurso")) }
                @for tour in &view.today {
                    @if view.today.len() > 1 { h2 { @if tour.is_own { "Planeado neste espaço" } @else { "Planeado pela central" } } }
                    (stops(frame, tour, Some(&tour.today), ("/percurso", leading == Some(tour.id.as_str()))))
                }
            }
            p { a.button.primary[view.today.is_empty()] href="/percurso/novo" { "Planear um percurso" } }
            p { a href="/percurso/calendario" { "Ver o mês no calendário" } }
            (super::homes::link())
            @if !view.coming.is_empty() {
                section aria-labelledby="t-proximos" {
                    h2 #t-proximos { "Próximos dias" }
                    (rows(&view.coming, "Percursos dos próximos dias", false))
                }
            }
            @if !view.past.is_empty() {
                section aria-labelledby="t-anteriores" {
                    h2 #t-anteriores { "Anteriores" }
                    (rows(&view.past, "Percursos anteriores", false))
                }
            }
        }
    };
    Page {
        part: Part::Tour,
        title: "Percurso de hoje",
        watching: String::new(),
        content,
    }
}

/// One tour, whatever its days.
pub(crate) fn tour_page<'a>(frame: &Frame, view: &TourView, said: bool) -> Page<'a> {
    let days = view.stops.first().zip(view.stops.last());
    let content = html! {
        div.tour {
            div.page-head {
                p.crumb { a href="/percurso" data-key="Escape" aria-keyshortcuts="Escape" { "Percurso de hoje " (key("Esc")) } }
                h1 {
                    "Percurso"
                    @if let Some((first, last)) = days {
                        " de " (day(&first.plan.day.to_string()))
                        @if first.plan.day != last.plan.day { " a " (day(&last.plan.day.to_string())) }
                    }
                }
                p { @if view.is_own { "Planeado neste espaço" } @else { "Planeado pela central" } }
            }
            div #percurso data-region="record messages" {
                @if said { (said_just_now(frame, std::slice::from_ref(view), "")) }
                (stops(frame, view, None, ("", true)))
            }
        }
    };
    Page {
        part: Part::Tour,
        title: "Percurso",
        watching: String::new(),
        content,
    }
}

/// The latest thing that the crew said, to be taken back at once if it was a slip.
fn said_just_now(frame: &Frame, tours: &[TourView], to: &str) -> Markup {
    let stops = tours
        .iter()
        .flat_map(|view| view.stops.iter().map(move |stop| (view, stop)));
    let mine = stops.flat_map(|(view, stop)| {
        let mine = stop.marks.iter().filter(|mark| mark.is_mine);
        mine.map(move |mark| (view, stop, mark))
    });
    let last = mine.max_by_key(|(_, _, mark)| mark.by.at.unix_ms);
    html! {
        @if let Some((view, stop, mark)) = last {
            div.notice.done.just-said role="status" {
                p { strong { (stop.plan.place) } ": " (what(&mark.what).to_lowercase()) ", " (time::at(mark.by.at, frame.now())) "." }
                (undo_form(frame, view, mark, to, Some("z")))
            }
        }
    }
}

fn undo_form(
    frame: &Frame,
    view: &TourView,
    mark: &MarkView,
    to: &str,
    shortcut: Option<&str>,
) -> Markup {
    html! {
        form method="post" action=(format!("{}/desfazer", here(&view.id))) data-once {
            (frame.guard())
            input type="hidden" name="marca" value=(mark.act);
            input type="hidden" name="para" value=(to);
            button type="submit" data-key=[shortcut] aria-keyshortcuts=[shortcut] {
                span { "Desfazer" span.hidden { ": " (what(&mark.what).to_lowercase()) } } @if shortcut.is_some() { (key("Z")) }
            }
        }
    }
}

/// The next stop, all of them beside the map, and each with what can be said of it.
fn stops(frame: &Frame, view: &TourView, only: Option<&str>, (to, keys): (&str, bool)) -> Markup {
    let title = format!("t-paragens-{}", view.id);
    let of_day = |stop: &&StopView| only.is_none_or(|day| stop.plan.day.to_string() == day);
    let all: Vec<&StopView> = view.stops.iter().filter(of_day).collect();
    let is_over = only.is_some() && all.iter().all(|s| !s.standing.is_ahead());
    html! {
        @if let Some(next) = view.next() { (stop(frame, view, next, (to, keys))) }
        @else if is_over { p.notice.done { "Já não há paragens por fazer hoje." } }
        section aria-labelledby=(title) {
            h2 id=(title) { "Paragens" }
            (route(view, only))
        }
        @for other in all.iter().filter(|s| !s.is_next) { (stop(frame, view, other, (to, keys))) }
        @if view.may_plan {
            p { a.button href=(format!("{}/paragem", here(&view.id))) { "Juntar uma paragem" } }
        }
    }
}

/// One stop. The next is open; of the others one opens what one looks for.
fn stop(frame: &Frame, view: &TourView, stop: &StopView, (to, keys): (&str, bool)) -> Markup {
    let id = format!("paragem-{}", stop.anchor());
    let inner = inner(frame, view, stop, (to, keys));
    html! {
        @if stop.is_next {
            section.stop.next-stop id=(id) aria-labelledby=(format!("t-{id}")) {
                p.label { "A seguir · paragem " (stop.number) " de " (view.stops.len()) }
                h2 id=(format!("t-{id}")) { (stop.plan.place) }
                p.hours { (hours(stop)) }
                p { (standing_of_next(stop)) }
                (inner)
            }
        } @else {
            details.stop id=(id) {
                summary { span { (stop.number) ". " (stop.plan.place) ", " (hours(stop)) ": " (standing(stop)) } }
                (inner)
            }
        }
    }
}

fn standing_of_next(stop: &StopView) -> Markup {
    html! { @if stop.standing != vereda_sync::record::tour::Standing::Planned { (standing(stop)) } }
}

fn inner(frame: &Frame, view: &TourView, stop: &StopView, (to, keys): (&str, bool)) -> Markup {
    let at = format!("{}/paragem/{}", here(&view.id), stop.id);
    let first = stop
        .bookings
        .iter()
        .find(|b| b.state == BookingState::Waits);
    let first = first.map(|b| b.id.as_str()).filter(|_| stop.is_next);
    // Of two tours on one day the keys are those of the first that is not over.
    let keys = keys && stop.is_next;
    let leads = |shortcut: &'static str| keys.then_some(shortcut);
    let is_today = stop.plan.day.to_string() == view.today;
    let post = |action: &str, inner: Markup| {
        html! {
            form method="post" action=(format!("{at}/{action}")) data-once {
                (frame.guard())
                input type="hidden" name="para" value=(to);
                (inner)
            }
        }
    };
    html! {
        (facts(stop, frame.now()))
        @if !stop.bring.is_empty() { (to_bring(stop, &post)) }
        h3 { "Marcações" }
        (bookings(stop, &|booking| booked(frame, booking, (first == Some(booking.id.as_str()), keys))))
        @if stop.is_next {
            form method="post" action="/atendimentos" data-once {
                (frame.guard())
                button type="submit" { "Atender quem vem sem marcação" }
            }
        }
        (marks(stop, frame.now(), &|mark| undo_form(frame, view, mark, to, None)))
        @if stop.standing.is_ahead() {
            div.actions {
                @if is_today {
                    (post("realizada", html! {
                        button.primary[keys && first.is_none()] type="submit" data-key=[leads("r")] aria-keyshortcuts=[leads("r")] {
                            span { "Marcar como realizada" @if !stop.is_next { span.hidden { ": " (stop.plan.place) } } } @if keys { (key("R")) }
                        }
                    }))
                }
                (post("atraso", html! {
                    fieldset.late {
                        legend { "Atraso" }
                        @for n in LATE_MINUTES {
                            @let shortcut = leads("t").filter(|_| n == 30);
                            button type="submit" name="minutos" value=(n) data-key=[shortcut] aria-keyshortcuts=[shortcut] {
                                span { (minutes(n)) span.hidden { " de atraso em " (stop.plan.place) } } @if shortcut.is_some() { (key("T")) }
                            }
                        }
                    }
                }))
            }
            div.actions {
                (cancel(&html! { (frame.guard()) input type="hidden" name="para" value=(to); }, &format!("{at}/cancelar"), stop, leads("x")))
                @if view.may_plan { a.change href=(at) { "Mudar o plano desta paragem" } }
            }
        }
    }
}

/// What is to be on board, ticked off as it is packed.
fn to_bring(stop: &StopView, post: &dyn Fn(&str, Markup) -> Markup) -> Markup {
    let on_board = stop.bring.iter().filter(|it| it.is_on_board).count();
    let is_whole = on_board == stop.bring.len();
    html! {
        details.to-bring open[!is_whole && stop.standing.is_ahead()] {
            summary {
                "O que levar: "
                @if is_whole { span.done { "está tudo a bordo" } } @else { (on_board) " de " (stop.bring.len()) " a bordo" }
            }
            (post("levar", html! {
                fieldset.options {
                    legend.hidden { "O que levar para " (stop.plan.place) }
                    @for (n, it) in stop.bring.iter().enumerate() {
                        @let id = format!("levar-{}-{n}", stop.anchor());
                        label.tile for=(id) {
                            input id=(id) type="checkbox" name="a-bordo" value=(it.item) checked[it.is_on_board];
                            span { (it.item) @if !it.why.is_empty() { " " span.detail { (it.why) } } }
                        }
                    }
                }
                button type="submit" { span { "Guardar o que está a bordo" span.hidden { " para " (stop.plan.place) } } }
            }))
        }
    }
}

fn booked(frame: &Frame, booking: &BookingView, (leads, keys): (bool, bool)) -> Markup {
    let shortcut = (leads && keys).then_some("n");
    let to = |action: &str| format!("/marcacao/{}/{action}", booking.id);
    html! {
        div.acts {
            @match &booking.state {
                BookingState::Came(Some(attendance)) => a.button href=(format!("/atendimento/{attendance}")) { span { "Ver" span.hidden { " o atendimento de " (booking.name) } } },
                BookingState::Came(None) => {},
                state => {
                    form method="post" action=(to("atender")) data-once {
                        (frame.guard())
                        button.primary[shortcut.is_some()] type="submit" data-key=[shortcut] aria-keyshortcuts=[shortcut] {
                            span { "Atender" span.hidden { " " (booking.name) } } @if shortcut.is_some() { (key("N")) }
                        }
                    }
                    @if *state == BookingState::Waits {
                        form method="post" action=(to("ausente")) data-once {
                            (frame.guard())
                            button.quiet type="submit" { span { "Não veio" span.hidden { ": " (booking.name) } } }
                        }
                    }
                },
            }
        }
    }
}

/// What is being planned: a tour's first stop, another one, or one that is there.
#[derive(Default)]
pub(crate) struct Planning {
    pub(crate) tour: Option<String>,
    pub(crate) stop: Option<String>,
    pub(crate) typed: TypedStop,
    pub(crate) problem: String,
}

impl Planning {
    /// Another stop: mostly on the day of the last.
    fn another(view: &TourView) -> Self {
        let last = view.stops.last().map(|stop| &stop.plan);
        Self {
            tour: Some(view.id.clone()),
            typed: TypedStop {
                clock: view.clock.clone(),
                day: last.map_or_else(|| view.today.clone(), |plan| plan.day.to_string()),
                municipality: last.map_or_else(String::new, |plan| plan.municipality.clone()),
                district: last.map_or_else(String::new, |plan| plan.district.clone()),
                ..TypedStop::default()
            },
            ..Self::default()
        }
    }

    pub(crate) fn of(tour: &str, stop: &StopView) -> Self {
        Self {
            tour: Some(tour.to_owned()),
            stop: Some(stop.id.clone()),
            typed: TypedStop::of(&stop.plan),
            ..Self::default()
        }
    }
}

pub(crate) fn stop_page<'a>(
    frame: &Frame,
    planning: &Planning,
    services: &[(String, Words)],
) -> Page<'a> {
    let (action, title, leads_to) = match (&planning.tour, &planning.stop) {
        (Some(tour), Some(stop)) => (
            format!("{}/paragem/{stop}", here(tour)),
            "Mudar uma paragem",
            here(tour),
        ),
        (Some(tour), None) => (
            format!("{}/paragem", here(tour)),
            "Juntar uma paragem",
            here(tour),
        ),
        _ => (
            "/percurso/novo".into(),
            "Planear um percurso",
            "/percurso".into(),
        ),
    };
    let is_wrong = !planning.problem.is_empty();
    let content = html! {
        div.narrow {
            div.page-head {
                p.crumb { a href=(leads_to) data-key="Escape" aria-keyshortcuts="Escape" { "Percurso " (key("Esc")) } }
                h1 { (title) }
                @if planning.tour.is_none() { p { "A primeira paragem; as outras juntam-se depois." } }
            }
            form.plan method="post" action=(action) data-once {
                (frame.guard())
                @if is_wrong { div.alert role="alert" tabindex="-1" data-takes-focus { p { (planning.problem) } } }
                (fields(&planning.typed, services))
                button.primary type="submit" { "Guardar a paragem" }
            }
        }
    };
    Page {
        part: Part::Tour,
        title: match is_wrong {
            true => "Erro: a paragem não foi guardada",
            false => title,
        },
        watching: String::new(),
        content,
    }
}
