//! "Lares": where solidarity visits go, who is to be seen there, and the sheets of paper for it. What happens at
//! the bedside: [`bedside`](super::bedside).

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use vereda_sync::catalogue::Words;

use crate::desk::bedside::{legend, progress};
use crate::desk::frame::{Frame, Page, Part};
use crate::desk::port::{
    Desk, FacilityView, HomesView, InBatch, ListView, ResidentView, Session, StopAhead,
    TypedFacility, TypedResident, TypedVisit,
};
use crate::desk::{DeskState, Fault, fault};
use crate::gate::{Posted, Signed, redirect};
use crate::home::{
    alert, facility_facts, facility_fields, kept_facility, kept_resident, notices, reason,
    resident_fields, residents, rows, sort, take_off, typed_facility, typed_resident, typed_visit,
    visit_fields, whereabouts,
};
use crate::layout::key;
use crate::words::{count, day, masked, time};

pub(crate) fn here(list: &str) -> String {
    format!("/residentes/{list}")
}

pub(crate) async fn show(State(state): State<DeskState>, who: Signed) -> Response {
    let load = |desk: &dyn Desk, session: &Session| desk.homes(session);
    state.show(&who, load, page).await
}

pub(crate) async fn show_new(State(state): State<DeskState>, who: Signed) -> Response {
    facility_form(&state, &who.session, None, None).await
}

pub(crate) async fn show_facility(
    State(state): State<DeskState>,
    Path(facility): Path<String>,
    who: Signed,
) -> Response {
    facility_form(&state, &who.session, Some(facility), None).await
}

pub(crate) async fn keep_new(State(state): State<DeskState>, posted: Posted) -> Response {
    keep(&state, None, posted).await
}

pub(crate) async fn keep_facility(
    State(state): State<DeskState>,
    Path(facility): Path<String>,
    posted: Posted,
) -> Response {
    keep(&state, Some(facility), posted).await
}

async fn keep(state: &DeskState, id: Option<String>, posted: Posted) -> Response {
    let typed = typed_facility(&posted);
    let (session, sent, known) = (posted.session.clone(), typed.clone(), id.clone());
    let keep = move |desk: &dyn Desk| desk.keep_facility(&posted.session, known.as_deref(), &sent);
    match state.call(keep).await {
        Ok(_) => redirect("/lares"),
        Err(error) => {
            let retry = (typed, fault::problem(&error));
            facility_form(state, &session, id, Some(retry)).await
        }
    }
}

async fn facility_form(
    state: &DeskState,
    session: &Session,
    id: Option<String>,
    retry: Option<(TypedFacility, String)>,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| {
        let known = id.map(|id| desk.facility(session, &id)).transpose()?;
        Ok((known, desk.homes(session)?.scopes))
    };
    match state.load(session, load).await {
        Ok((frame, (known, scopes))) => {
            let page = facility_page(&frame, known.as_ref(), &scopes, retry.as_ref());
            frame.respond_with(status(retry.as_ref().map_or("", |(_, why)| why)), &page)
        }
        Err(fault) => fault
            .keeping(retry.map_or_else(Vec::new, |(typed, _)| kept_facility(&typed)))
            .into_response(),
    }
}

fn status(problem: &str) -> StatusCode {
    match problem {
        "" => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

pub(crate) async fn show_visit(
    State(state): State<DeskState>,
    Path(facility): Path<String>,
    who: Signed,
) -> Response {
    visit_form(&state, &who.session, facility, Retry::default()).await
}

type Retry<T = TypedVisit> = (T, String);

pub(crate) async fn plan_visit(
    State(state): State<DeskState>,
    Path(facility): Path<String>,
    posted: Posted,
) -> Response {
    let typed = typed_visit(&posted);
    let (session, sent, id) = (posted.session.clone(), typed.clone(), facility.clone());
    let plan = move |desk: &dyn Desk| desk.plan_visit(&posted.session, &id, &sent);
    match state.call(plan).await {
        Ok(list) => redirect(&here(&list)),
        Err(error) => {
            let retry = (typed, fault::problem(&error));
            visit_form(&state, &session, facility, retry).await
        }
    }
}

async fn visit_form(
    state: &DeskState,
    session: &Session,
    facility: String,
    retry: Retry,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| {
        Ok((
            desk.facility(session, &facility)?,
            desk.stops_ahead(session)?,
        ))
    };
    match state.load(session, load).await {
        Ok((frame, (facility, stops))) => {
            let page = visit_page(&frame, &facility, &stops, &retry);
            frame.respond_with(status(&retry.1), &page)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn show_list(
    State(state): State<DeskState>,
    Path(list): Path<String>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.residents(session, &list);
    state.show(&who, load, list_page).await
}

pub(crate) async fn show_resident_form(
    State(state): State<DeskState>,
    Path(list): Path<String>,
    who: Signed,
) -> Response {
    resident_form(&state, &who.session, list, Retry::default()).await
}

pub(crate) async fn list_resident(
    State(state): State<DeskState>,
    Path(list): Path<String>,
    posted: Posted,
) -> Response {
    let typed = typed_resident(&posted);
    let (session, sent, id) = (posted.session.clone(), typed.clone(), list.clone());
    let add = move |desk: &dyn Desk| desk.list_resident(&posted.session, &id, &sent);
    match state.call(add).await {
        Ok(()) => redirect(&here(&list)),
        Err(error) => {
            let retry = (typed, fault::problem(&error));
            resident_form(&state, &session, list, retry).await
        }
    }
}

async fn resident_form(
    state: &DeskState,
    session: &Session,
    list: String,
    retry: Retry<TypedResident>,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| {
        let services = desk.services("").into_iter().map(|s| (s.id, s.title));
        Ok((
            desk.residents(session, &list)?,
            services.collect::<Vec<(String, Words)>>(),
        ))
    };
    match state.load(session, load).await {
        Ok((frame, (view, services))) => {
            let page = resident_page(&frame, &view, &services, &retry);
            frame.respond_with(status(&retry.1), &page)
        }
        Err(fault) => fault.keeping(kept_resident(&retry.0)).into_response(),
    }
}

pub(crate) async fn remove(
    State(state): State<DeskState>,
    Path((list, resident)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let why = posted.get("motivo").to_owned();
    let off = move |desk: &dyn Desk| desk.take_off(&posted.session, &resident, &why);
    match state.call(off).await {
        Ok(()) => redirect(&here(&list)),
        Err(error) => Fault::from(error).into_response(),
    }
}

/// For whom a sheet is.
#[derive(Deserialize)]
pub(crate) struct Paper {
    #[serde(default)]
    para: String,
}

pub(crate) async fn paper(
    State(state): State<DeskState>,
    Path(list): Path<String>,
    Query(paper): Query<Paper>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.residents(session, &list);
    let page = |frame: &Frame, view: &ListView| paper_page(frame, view, paper.para == "equipa");
    state.show(&who, load, page).await
}

pub(crate) fn page<'a>(_: &Frame, view: &HomesView) -> Page<'a> {
    let content = html! {
        div.tour.homes {
            div.page-head { h1 { "Lares" } p { "Visitas a quem não pode vir ao balcão." } }
            section #visitas data-region="record messages" aria-labelledby="t-visitas" {
                h2 #t-visitas { "Visitas" }
                @if view.ahead.is_empty() { p.none { "Não há visitas marcadas." } }
                @else { (rows(&view.ahead, "Visitas por fazer", false)) }
            }
            section aria-labelledby="t-lares" {
                h2 #t-lares { "Lares conhecidos" }
                @for it in &view.facilities {
                    div.card-row {
                        div { p.name { (it.about.name) } p.detail { (sort(it.about.sort)) @let place = whereabouts(&it.about); @if !place.is_empty() { " · " (place) } } }
                        a href=(format!("/lar/{}", it.id)) { "Ver ou mudar" span.hidden { " " (it.about.name) } }
                        a.button href=(format!("/lar/{}/visita", it.id)) { "Marcar uma visita" span.hidden { " a " (it.about.name) } }
                    }
                }
                p { a.button.primary[view.facilities.is_empty()] href="/lar/novo" { "Juntar um lar" } }
            }
            @if !view.past.is_empty() {
                section aria-labelledby="t-feitas" { h2 #t-feitas { "Anteriores" } (rows(&view.past, "Visitas anteriores", false)) }
            }
        }
    };
    Page {
        part: Part::Homes,
        title: "Lares",
        watching: String::new(),
        content,
    }
}

fn crumb(to: &str, text: &str) -> Markup {
    html! { p.crumb { a href=(to) data-key="Escape" aria-keyshortcuts="Escape" { (text) " " (key("Esc")) } } }
}

pub(crate) fn facility_page<'a>(
    frame: &Frame,
    known: Option<&FacilityView>,
    scopes: &[String],
    retry: Option<&(TypedFacility, String)>,
) -> Page<'a> {
    let typed = match (retry, known) {
        (Some((typed, _)), _) => typed.clone(),
        (None, Some(known)) => TypedFacility::of(&known.about),
        (None, None) => TypedFacility::default(),
    };
    let problem = retry.map_or("", |(_, why)| why.as_str());
    let action = known.map_or_else(
        || "/lar/novo".to_owned(),
        |known| format!("/lar/{}", known.id),
    );
    let content = html! {
        div.narrow {
            div.page-head { (crumb("/lares", "Lares")) h1 { @match known { Some(known) => (known.about.name), None => "Juntar um lar" } } }
            form.plan method="post" action=(action) data-once {
                (frame.guard())
                (alert(problem))
                (facility_fields(&typed, if known.is_some() { &[] } else { scopes }))
                button.primary type="submit" { "Guardar" }
            }
        }
    };
    Page {
        part: Part::Homes,
        title: match problem {
            "" => "Lar",
            _ => "Erro: o lar não foi guardado",
        },
        watching: String::new(),
        content,
    }
}

pub(crate) fn visit_page<'a>(
    frame: &Frame,
    facility: &FacilityView,
    stops: &[StopAhead],
    (typed, problem): &Retry,
) -> Page<'a> {
    let content = html! {
        div.narrow {
            div.page-head { (crumb("/lares", "Lares")) h1 { "Marcar uma visita a " (facility.about.name) } }
            form.plan method="post" action=(format!("/lar/{}/visita", facility.id)) data-once {
                (frame.guard())
                (alert(problem))
                (visit_fields(typed, stops, None))
                button.primary type="submit" { "Começar a lista" }
            }
        }
    };
    Page {
        part: Part::Homes,
        title: match problem.as_str() {
            "" => "Marcar uma visita",
            _ => "Erro: a visita não foi marcada",
        },
        watching: String::new(),
        content,
    }
}

pub(crate) fn list_page<'a>(frame: &Frame, view: &ListView) -> Page<'a> {
    let at = here(&view.id);
    let (done, all) = view.progress();
    let is_today = view.plan.day.to_string() == view.today;
    let content = html! {
        div.tour.homes {
            div.page-head {
                (crumb("/lares", "Lares"))
                h1 { (view.facility.about.name) }
                p { (day(&view.plan.day.to_string())) ", " (view.plan.from) "–" (view.plan.to) " · " a href=(format!("/percurso/{}", view.tour)) { "no percurso" } }
            }
            div #visita data-region="record messages" {
                (notices(view))
                section.stop aria-labelledby="t-andamento" {
                    h2 #t-andamento { (done) " de " (all) " residentes" }
                    (progress(view.standing_residents().map(how), "Residentes desta lista"))
                    (legend())
                    @if done < all && frame.bedside.is_none() {
                        a.button.primary.huge href=(format!("{at}/seguinte")) data-key=[is_today.then_some("n")] aria-keyshortcuts=[is_today.then_some("n")] {
                            "Próximo residente " @if is_today { (key("N")) }
                        }
                    }
                }
                section aria-labelledby="t-varios" {
                    h2 #t-varios { "Um serviço para vários" }
                    @for batch in &view.batches {
                        div.card-row {
                            div {
                                p.name { (batch.title.pt()) }
                                p.detail { (batch.count(InBatch::Recorded)) " de " (batch.residents.len()) " registados" }
                                (progress(batch.residents.iter().map(|(_, how, _)| *how), batch.title.pt()))
                            }
                            a.button href=(format!("{at}/varios/{}", batch.id)) { "Continuar" span.hidden { ": " (batch.title.pt()) } }
                        }
                    }
                    @if all > 0 { p { a.button href=(format!("{at}/varios")) { "Escolher o serviço e os residentes" } } }
                }
                section aria-labelledby="t-residentes" {
                    h2 #t-residentes { "Residentes" }
                    (residents(view, &|it| acts(frame, view, it)))
                    p { a.button href=(format!("{at}/juntar")) { "Juntar quem não está na lista" } }
                }
            }
            section aria-labelledby="t-papel" {
                h2 #t-papel { "No tablet e em papel" }
                div.actions {
                    (switch(frame, &view.id))
                    a.button href=(format!("{at}/papel?para=lar")) { "Lista para o lar" }
                    a.button href=(format!("{at}/papel?para=equipa")) { "Lista para a equipa" }
                }
            }
            section aria-labelledby="t-lar" { h2 #t-lar { "O lar" } (facility_facts(&view.facility, frame.now())) }
        }
    };
    Page {
        part: Part::Homes,
        title: "Residentes",
        watching: String::new(),
        content,
    }
}

/// Goes to the bedside, or comes from there.
fn switch(frame: &Frame, list: &str) -> Markup {
    let is_there = frame.bedside.is_some();
    html! {
        form method="post" action="/cabeceira" data-once {
            (frame.guard())
            input type="hidden" name="lista" value=(if is_there { "" } else { list });
            input type="hidden" name="para" value=(here(list));
            button type="submit" { @if is_there { "Sair da vista à cabeceira" } @else { "Vista à cabeceira" } }
        }
    }
}

/// How somebody on a list stands, for the picture.
fn how(it: &ResidentView) -> InBatch {
    match it {
        _ if it.left_out.is_some() => InBatch::LeftOut,
        _ if it.is_settled() => InBatch::Recorded,
        _ if it.came => InBatch::Begun,
        _ => InBatch::Waits,
    }
}

fn acts(frame: &Frame, view: &ListView, it: &ResidentView) -> Markup {
    html! {
        div.acts {
            @if it.taken_off.is_none() {
                a.button href=(format!("/residente/{}", it.id)) { "Abrir" span.hidden { " " (it.name) } }
                @if !it.came { (take_off(&frame.guard(), &format!("{}/{}/tirar", here(&view.id), it.id), it)) }
            }
        }
    }
}

pub(crate) fn resident_page<'a>(
    frame: &Frame,
    view: &ListView,
    services: &[(String, Words)],
    (typed, problem): &Retry<TypedResident>,
) -> Page<'a> {
    let about = &view.facility.about;
    let content = html! {
        div.narrow {
            div.page-head { (crumb(&here(&view.id), &about.name)) h1 { "Juntar um residente" } }
            form.plan method="post" action=(format!("{}/juntar", here(&view.id))) data-once {
                (frame.guard())
                (alert(problem))
                (resident_fields(typed, &about.rooms, services))
                button.primary type="submit" { "Juntar" }
            }
        }
    };
    Page {
        part: Part::Homes,
        title: match problem.as_str() {
            "" => "Juntar um residente",
            _ => "Erro: o residente não foi junto",
        },
        watching: String::new(),
        content,
    }
}

/// A sheet: for the facility who is seen, where and when, and nothing else; for the crew what they need.
pub(crate) fn paper_page<'a>(frame: &Frame, view: &ListView, for_crew: bool) -> Page<'a> {
    let title = match for_crew {
        true => "Lista para a equipa",
        false => "Lista para o lar",
    };
    let printed = format!(
        "Impressa por {}, {}, {}.",
        frame.session.person.name,
        frame.strip.spot,
        time::full(frame.now())
    );
    let content = html! {
        div.receipt-page {
            div.done-bar {
                div.actions {
                    button.primary type="button" data-print data-key="i" aria-keyshortcuts="i" hidden { "Imprimir " (key("I")) }
                    a.button href=(here(&view.id)) data-key="Escape" aria-keyshortcuts="Escape" { "Voltar à lista " (key("Esc")) }
                }
                p.detail { @if for_crew { "Leva nomes e números: não a deixe no lar." } @else { "Leva só quarto, nome e hora." } }
            }
            article.receipt {
                header { p.what { (title) } h1 { (view.facility.about.name) } }
                p { (day(&view.plan.day.to_string())) ", " (view.plan.from) "–" (view.plan.to) ", " (view.spot) }
                table.rows.sheet {
                    caption.hidden { (title) }
                    thead { tr {
                        th scope="col" { "Quarto" } th scope="col" { "Nome" } th scope="col" { "Hora" }
                        @if for_crew { th scope="col" { "NIF" } th scope="col" { "Serviços" } th scope="col" { "Nota" } }
                    } }
                    tbody {
                        @for it in view.standing_residents() {
                            tr {
                                td.number { (it.room) }
                                td { (it.name) }
                                td.number { (it.hour) }
                                @if for_crew {
                                    td.number { @if !it.nif.is_empty() { (masked(&it.nif)) } }
                                    td { (it.services.iter().map(|(_, title)| title.pt()).collect::<Vec<_>>().join("; ")) }
                                    td {
                                        @if let Some(capacity) = it.capacity { (capacity.label().pt()) ". " }
                                        (it.note)
                                        @if let Some((why, _, _)) = &it.left_out { " " (reason(*why)) "." }
                                    }
                                }
                            }
                        }
                    }
                }
                p.detail { (count(view.standing_residents().count() as u64, "residente", "residentes")) }
                footer { p { strong { (printed) " É para destruir no fim da visita." } } }
            }
        }
    };
    Page {
        part: Part::Homes,
        title,
        watching: String::new(),
        content,
    }
}

/// Where a stop of a tour has lists: from the page of the tour.
pub(crate) fn link() -> Markup {
    html! { p { a.button href="/lares" { "Lares e listas de residentes" } } }
}
