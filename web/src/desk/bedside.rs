//! At the bedside: one resident, who consents or does not, and what comes next for them; one service for several;
//! and the view for a tablet, in which a session stays until it leaves.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use vereda_sync::catalogue::Service;
use vereda_sync::record::capacity::{Capacity, Consent};
use vereda_sync::record::facility::MAX_PHONE_CHARS;
use vereda_sync::record::kin::May;
use vereda_sync::record::representation::REPRESENTATION;
use vereda_sync::record::resident::Reason;
use vereda_sync::record::tour::{MAX_NAME_CHARS, MAX_REASON_CHARS};

use crate::desk::field::{self, MANY_PREFIX, NAME_PREFIX};
use crate::desk::frame::{Frame, Page, Part};
use crate::desk::homes::here;
use crate::desk::port::{
    BatchView, BedsideView, Desk, DeskError, FormField, InBatch, ListView, ResidentView, Session,
    TypedKin,
};
use crate::desk::{DeskState, Fault, fault};
use crate::gate::{Posted, Signed, own_path, redirect};
use crate::home::{alert, reason, state as resident_state};
use crate::tour::earlier;
use crate::words::{self, count, day, masked};

#[derive(Deserialize)]
pub(crate) struct After {
    #[serde(default)]
    depois: String,
}

/// Leads to whoever comes next; at the end to the list.
pub(crate) async fn next(
    State(state): State<DeskState>,
    Path(list): Path<String>,
    Query(after): Query<After>,
    who: Signed,
) -> Response {
    let id = list.clone();
    let next = move |desk: &dyn Desk| {
        let after = Some(after.depois.as_str()).filter(|id| !id.is_empty());
        desk.next_resident(&who.session, &id, after)
    };
    match state.call(next).await {
        Ok(Some(resident)) => redirect(&format!("/residente/{resident}")),
        Ok(None) => redirect(&here(&list)),
        Err(error) => Fault::from(error).into_response(),
    }
}

/// The session goes to the bedside, or comes from there.
pub(crate) async fn switch(State(state): State<DeskState>, posted: Posted) -> Response {
    let back = own_path(posted.get("para")).to_owned();
    let go = move |desk: &dyn Desk| {
        let list = Some(posted.get("lista")).filter(|list| !list.is_empty());
        desk.go_to_bedside(&posted.session, list)
    };
    match state.call(go).await {
        Ok(()) => redirect(&back),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn show(
    State(state): State<DeskState>,
    Path(resident): Path<String>,
    who: Signed,
) -> Response {
    bedside(&state, &who.session, resident, String::new()).await
}

async fn bedside(
    state: &DeskState,
    session: &Session,
    resident: String,
    problem: String,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| desk.resident(session, &resident);
    match state.load(session, load).await {
        Ok((frame, view)) => {
            let status = match problem.as_str() {
                "" => StatusCode::OK,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            frame.respond_with(status, &page(&frame, &view, &problem))
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn consents(
    State(state): State<DeskState>,
    Path(resident): Path<String>,
    posted: Posted,
) -> Response {
    let session = posted.session.clone();
    let capacity = Capacity::from_code(posted.get("capacidade")).unwrap_or(Capacity::Own);
    let Some(consent) = Consent::from_code(posted.get("consente")) else {
        let problem = "Escolha como consente.".to_owned();
        return bedside(&state, &session, resident, problem).await;
    };
    let id = resident.clone();
    let say = move |desk: &dyn Desk| {
        desk.consents(&posted.session, &id, capacity, consent)?;
        desk.resident(&posted.session, &id)
    };
    match state.call(say).await {
        Ok(view) => redirect(&onward(&view)),
        Err(error) => bedside(&state, &session, resident, fault::problem(&error)).await,
    }
}

/// Where one goes on with who consented: who they are comes first.
fn onward(view: &BedsideView) -> String {
    match &view.resident.attendance {
        Some(attendance) if !view.is_identified => format!("/formulario/{attendance}"),
        _ => format!("/residente/{}", view.resident.id),
    }
}

pub(crate) async fn leave_out(
    State(state): State<DeskState>,
    Path(resident): Path<String>,
    posted: Posted,
) -> Response {
    let session = posted.session.clone();
    let Some(why) = Reason::from_code(posted.get("motivo")) else {
        let problem = "Escolha porque fica de fora.".to_owned();
        return bedside(&state, &session, resident, problem).await;
    };
    let id = resident.clone();
    let leave = move |desk: &dyn Desk| {
        desk.leave_out(&posted.session, &id, why, posted.get("nota"))?;
        let list = desk.resident(&posted.session, &id)?.list.id;
        let next = desk.next_resident(&posted.session, &list, Some(&id))?;
        Ok(next.map_or_else(|| here(&list), |next| format!("/residente/{next}")))
    };
    match state.call(leave).await {
        Ok(to) => redirect(&to),
        Err(error) => bedside(&state, &session, resident, fault::problem(&error)).await,
    }
}

pub(crate) async fn say_kin(
    State(state): State<DeskState>,
    Path(resident): Path<String>,
    posted: Posted,
) -> Response {
    let session = posted.session.clone();
    let typed = TypedKin {
        name: posted.get("nome").to_owned(),
        relation: posted.get("parentesco").to_owned(),
        phone: posted.get("telefone").to_owned(),
        may: May::from_code(posted.get("pode")).unwrap_or_default(),
    };
    let id = resident.clone();
    let say = move |desk: &dyn Desk| desk.say_kin(&posted.session, &id, &typed);
    match state.call(say).await {
        Ok(()) => redirect(&format!("/residente/{resident}")),
        Err(error) => bedside(&state, &session, resident, fault::problem(&error)).await,
    }
}

/// The service that is chosen, before whom it is for and what they share.
#[derive(Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    servico: String,
}

pub(crate) async fn show_several(
    State(state): State<DeskState>,
    Path(list): Path<String>,
    Query(chosen): Query<Chosen>,
    who: Signed,
) -> Response {
    several(&state, &who.session, list, Several::of(chosen.servico)).await
}

/// What is chosen for several, and what is wrong with it.
#[derive(Default)]
pub(crate) struct Several {
    pub(crate) service: String,
    pub(crate) residents: Vec<String>,
    pub(crate) shared: BTreeMap<String, String>,
    pub(crate) wrong: Vec<(String, String)>,
    pub(crate) problem: String,
    /// Nothing was sent yet: whoever is listed for it is chosen.
    pub(crate) is_fresh: bool,
}

impl Several {
    fn of(service: String) -> Self {
        Self {
            service,
            is_fresh: true,
            ..Self::default()
        }
    }
}

pub(crate) async fn begin(
    State(state): State<DeskState>,
    Path(list): Path<String>,
    posted: Posted,
) -> Response {
    let chosen = posted.fields.iter().filter(|(name, _)| name == "residente");
    let mut shared: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &posted.fields {
        if let Some(field) = name.strip_prefix(NAME_PREFIX) {
            shared.insert(field.to_owned(), value.clone());
        } else if let Some(field) = name.strip_prefix(MANY_PREFIX) {
            // Each that is ticked sends its own.
            let all = shared.entry(field.to_owned()).or_default();
            *all = format!("{all} {value}").trim().to_owned();
        }
    }
    let typed = Several {
        service: posted.get("servico").to_owned(),
        residents: chosen.map(|(_, id)| id.clone()).collect(),
        shared,
        ..Several::default()
    };
    let session = posted.session.clone();
    let (id, service) = (list.clone(), typed.service.clone());
    let (residents, shared) = (typed.residents.clone(), typed.shared.clone());
    let begin = move |desk: &dyn Desk| {
        let made = desk.begin_batch(&posted.session, &id, &service, &residents, &shared);
        match made {
            Err(DeskError::Refused(wrong)) => {
                let service = desk.for_several(&service)?;
                let said = wrong.into_iter().filter_map(|(id, why)| {
                    let field = service.field(&id)?.into_owned();
                    let typed = shared.get(&id).map_or("", String::as_str);
                    let why = words::refusal::say(&field, &why, typed);
                    Some((id, why))
                });
                Ok(Err(said.collect::<Vec<_>>()))
            }
            made => made.map(Ok),
        }
    };
    match state.call(begin).await {
        Ok(Ok(batch)) => redirect(&format!("{}/varios/{batch}", here(&list))),
        Ok(Err(wrong)) => {
            let problem = "Há respostas por corrigir.".to_owned();
            let typed = Several {
                wrong,
                problem,
                ..typed
            };
            several(&state, &session, list, typed).await
        }
        Err(error) => {
            let problem = fault::problem(&error);
            several(&state, &session, list, Several { problem, ..typed }).await
        }
    }
}

async fn several(state: &DeskState, session: &Session, list: String, typed: Several) -> Response {
    let chosen = typed.service.clone();
    let load = move |desk: &dyn Desk, session: &Session| {
        let view = desk.residents(session, &list)?;
        let service = match chosen.as_str() {
            "" => None,
            id => Some(desk.for_several(id)?),
        };
        Ok((view, service, desk.services("")))
    };
    match state.load(session, load).await {
        Ok((frame, (view, service, all))) => {
            let page = several_page(&frame, &view, service.as_ref(), &all, &typed);
            let status = match typed.problem.as_str() {
                "" => StatusCode::OK,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            frame.respond_with(status, &page)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn show_batch(
    State(state): State<DeskState>,
    Path((list, batch)): Path<(String, String)>,
    who: Signed,
) -> Response {
    let load = move |desk: &dyn Desk, session: &Session| {
        let view = desk.residents(session, &list)?;
        let batch = view.batch(&batch).cloned().ok_or(DeskError::NotFound)?;
        Ok((view, batch))
    };
    let page =
        |frame: &Frame, (view, batch): &(ListView, BatchView)| batch_page(frame, view, batch);
    state.show(&who, load, page).await
}

/// A picture of how far it is: one mark for each, by shape and colour; its words beside it.
pub(crate) fn progress(all: impl Iterator<Item = InBatch>, what: &str) -> Markup {
    let all: Vec<InBatch> = all.collect();
    let done = all.iter().filter(|how| **how == InBatch::Recorded).count();
    let said = format!("{what}: {done} de {}", all.len());
    let columns = 20;
    let rows = all.len().div_ceil(columns).max(1);
    let width = all.len().clamp(1, columns) * 24;
    html! {
        svg.progress-marks role="img" aria-label=(said) viewBox=(format!("0 0 {width} {}", rows * 24)) width=(width) height=(rows * 24) {
            @for (i, how) in all.iter().enumerate() {
                @let (x, y) = ((i % columns) * 24, (i / columns) * 24);
                g class=(match how { InBatch::Waits => "waits", InBatch::Begun => "begun", InBatch::Recorded => "recorded", InBatch::LeftOut => "left-out" }) transform=(format!("translate({x} {y})")) {
                    rect x="2" y="2" width="20" height="20" rx="4" {}
                    @match how {
                        InBatch::Recorded => path d="M6.5 12.5l4 4 7-8" {},
                        InBatch::LeftOut => path d="M7 12h10" {},
                        InBatch::Begun => circle cx="12" cy="12" r="4" {},
                        InBatch::Waits => {},
                    }
                }
            }
        }
    }
}

/// What the marks mean.
pub(crate) fn legend() -> Markup {
    let mark = |how: InBatch, text: &str| html! { li { span aria-hidden="true" { (progress(std::iter::once(how), "")) } (text) } };
    html! {
        ul.progress-legend {
            (mark(InBatch::Recorded, "feito")) (mark(InBatch::Begun, "começado"))
            (mark(InBatch::LeftOut, "fica de fora")) (mark(InBatch::Waits, "por ver"))
        }
    }
}

pub(crate) fn page<'a>(frame: &Frame, view: &BedsideView, problem: &str) -> Page<'a> {
    let it = &view.resident;
    let list = &view.list;
    let (done, all) = list.progress();
    let content = html! {
        div.bedside-page {
            div.page-head {
                p.crumb { a href=(here(&list.id)) { (list.facility.about.name) } " · " (done) " de " (all) }
                h1 { (it.name) }
                p.room-line { @if !it.room.is_empty() { "Quarto " strong { (it.room) } } @if !it.hour.is_empty() { " · " (it.hour) } }
            }
            (alert(problem))
            div #residente data-region="record messages" {
                @for said in &it.elsewhere { p.notice.amber { (said) } }
                (resident_state(it))
                (step(frame, view))
            }
            @if it.taken_off.is_none() {
                @if view.said.is_none() || it.left_out.is_some() { (consent(frame, view)) }
                (left_out(frame, it))
                @if view.said.is_some() && view.is_identified { (kin(frame, view)) }
                @if view.said.is_some() && it.left_out.is_none() && it.requests.is_empty() && !view.is_closed {
                    details.panel { summary { "Dizer outra vez quem consente" } (consent_form(frame, view)) }
                }
                (facts(it))
            }
            @if frame.bedside.is_none() {
                div.actions { a.button href=(format!("{}/seguinte?depois={}", here(&list.id), it.id)) { "Próximo residente" } a.button href=(here(&list.id)) { "Lista" } }
            }
        }
    };
    Page {
        part: Part::Homes,
        title: "Residente",
        watching: format!("residente={}", it.id),
        content,
    }
}

/// The one thing that comes next.
fn step(frame: &Frame, view: &BedsideView) -> Markup {
    let it = &view.resident;
    let represented = view
        .said
        .is_some_and(|(_, how)| how == Consent::Represented);
    let open = it.requests.iter().find(|(_, row)| row.number.is_none());
    html! {
        @if let (Some((capacity, how)), Some(attendance)) = (view.said, &it.attendance) {
            p.done { (how.label().pt()) " · " (capacity.label().pt()) }
            @if view.is_closed { p.none { "O atendimento está fechado." } }
            @else if !view.is_identified {
                a.button.primary.huge href=(format!("/formulario/{attendance}")) { "Confirmar quem é" }
            } @else if represented && view.representative.is_none() {
                a.button.primary.huge href=(format!("/formulario/{attendance}/{}", REPRESENTATION.id)) { "Identificar quem representa" }
            } @else if let Some((_, row)) = open {
                a.button.primary.huge href=(format!("/formulario/{}", row.id)) { "Continuar: " (row.service.pt()) }
            } @else if let Some((service, title)) = &view.next {
                @if let Some(name) = &view.representative { p { "Representado por " strong { (name) } } }
                form method="post" action=(format!("/atendimento/{attendance}/pedidos")) data-once {
                    (frame.guard())
                    button.primary.huge type="submit" name="servico" value=(service) { "Começar: " (title.pt()) }
                }
            } @else if !it.requests.is_empty() { p.notice.done { "O que estava na lista está feito." } }
            @if !view.is_closed { p { a href=(format!("/atendimento/{attendance}")) { "Ver o atendimento" @if view.next.is_none() { ", ou pedir outro serviço" } } } }
            @if !it.requests.is_empty() {
                ul { @for (_, row) in &it.requests { li { (row.service.pt()) ": " @match &row.number { Some(number) => a href=(format!("/comprovativo/{}", row.id)) { (number) }, None => "por acabar" } } } }
            }
        }
    }
}

fn consent(frame: &Frame, view: &BedsideView) -> Markup {
    html! {
        section.panel aria-labelledby="t-consente" {
            h2 #t-consente { "Consente?" }
            p { "Explique o que se vai pedir e quem vê os dados. O residente pode dizer que não, e pode mudar de ideias." }
            (consent_form(frame, view))
        }
    }
}

fn consent_form(frame: &Frame, view: &BedsideView) -> Markup {
    let it = &view.resident;
    let known = view.said.map(|(capacity, _)| capacity);
    let known = known.or(it.capacity).unwrap_or(Capacity::Own);
    html! {
        form.consents method="post" action=(format!("/residente/{}/consente", it.id)) data-once {
            (frame.guard())
            div.field {
                label for="capacidade" { "Capacidade" }
                @if it.capacity.is_some() { p.hint #capacidade-ajuda { "Como veio na lista: confirme pela sentença." } }
                select.w-full #capacidade name="capacidade" aria-describedby=[it.capacity.is_some().then_some("capacidade-ajuda")] {
                    @for capacity in Capacity::ALL { option value=(capacity.code()) selected[capacity == known] { (capacity.label().pt()) } }
                }
            }
            div.choices {
                @for consent in Consent::ALL {
                    button.primary[consent == Consent::Spoken] type="submit" name="consente" value=(consent.code()) { (consent.label().pt()) }
                }
            }
            p.detail { "Ser da família ou cuidar da pessoa não dá poderes: quem pede por ela mostra um documento." }
        }
    }
}

fn left_out(frame: &Frame, it: &ResidentView) -> Markup {
    html! {
        @if it.left_out.is_none() {
            section.panel aria-labelledby="t-fica" {
                h2 #t-fica { "Fica de fora" }
                form.consents method="post" action=(format!("/residente/{}/fica", it.id)) data-once {
                    (frame.guard())
                    div.choices {
                        @for why in Reason::ALL.into_iter().filter(|why| *why != Reason::Other) {
                            button type="submit" name="motivo" value=(why.code()) { (reason(why)) }
                        }
                    }
                }
                details {
                    summary { "Outro motivo" }
                    form method="post" action=(format!("/residente/{}/fica", it.id)) data-once {
                        (frame.guard())
                        input type="hidden" name="motivo" value=(Reason::Other.code());
                        div.field { label for="nota-fora" { "Qual" } input #nota-fora name="nota" maxlength=(MAX_REASON_CHARS) required; }
                        button type="submit" { "Fica de fora" }
                    }
                }
            }
        }
    }
}

fn kin(frame: &Frame, view: &BedsideView) -> Markup {
    let known = view.kin.clone().unwrap_or_default();
    html! {
        section.panel aria-labelledby="t-familia" {
            h2 #t-familia { "Pessoa próxima" }
            @match &view.kin {
                Some(kin) => p { strong { (kin.name) } @if !kin.relation.is_empty() { " (" (kin.relation) ")" } ": " (kin.may.said().to_lowercase()) "." },
                None => p.none { "Ninguém pode ser informado." },
            }
            details {
                summary { "O residente diz quem pode ser informado" }
                form method="post" action=(format!("/residente/{}/familia", view.resident.id)) data-once {
                    (frame.guard())
                    p { "Leia-lhe a frase antes de a marcar." }
                    div.field { label for="kin-nome" { "Nome" } input #kin-nome name="nome" value=(known.name) maxlength=(MAX_NAME_CHARS) autocomplete="off"; }
                    div.field { label for="kin-parentesco" { "O que lhe é" } input #kin-parentesco name="parentesco" value=(known.relation) maxlength=(MAX_NAME_CHARS) autocomplete="off"; }
                    div.field { label for="kin-telefone" { "Telefone" } input #kin-telefone type="tel" name="telefone" value=(known.phone) maxlength=(MAX_PHONE_CHARS) autocomplete="off"; }
                    fieldset {
                        legend { "De que pode ser informada" }
                        div.options {
                            @for may in May::ALL {
                                label.tile for=(format!("pode-{}", may.code())) {
                                    input type="radio" id=(format!("pode-{}", may.code())) name="pode" value=(may.code()) checked[may == known.may];
                                    span { (may.said()) }
                                }
                            }
                        }
                    }
                    button type="submit" { "Guardar" }
                }
            }
        }
    }
}

fn facts(it: &ResidentView) -> Markup {
    html! {
        dl.facts.panel {
            @if !it.birth.is_empty() { div { dt { "Nascimento" } dd { (day(&it.birth)) } } }
            @if !it.nif.is_empty() { div { dt { "NIF" } dd { (masked(&it.nif)) } } }
            @if !it.services.is_empty() { div { dt { "Na lista para" } dd { (it.services.iter().map(|(_, title)| title.pt()).collect::<Vec<_>>().join("; ")) } } }
            @if !it.note.is_empty() { div { dt { "Nota" } dd.said { (it.note) } } }
            @if !it.earlier.is_empty() { div { dt { "De antes" } dd { (earlier(&it.earlier)) } } }
        }
    }
}

pub(crate) fn several_page<'a>(
    frame: &Frame,
    view: &ListView,
    service: Option<&Service>,
    all: &[Service],
    typed: &Several,
) -> Page<'a> {
    let at = format!("{}/varios", here(&view.id));
    let content = html! {
        div.narrow {
            div.page-head {
                p.crumb { a href=(here(&view.id)) data-key="Escape" aria-keyshortcuts="Escape" { (view.facility.about.name) } }
                h1 { @match service { Some(service) => (service.title.pt()), None => "Um serviço para vários" } }
            }
            (alert(&typed.problem))
            @match service {
                None => (choose(&at, all)),
                Some(service) => (for_whom(frame, &at, view, service, typed)),
            }
        }
    };
    Page {
        part: Part::Homes,
        title: match typed.problem.as_str() {
            "" => "Um serviço para vários",
            _ => "Erro: um serviço para vários",
        },
        watching: String::new(),
        content,
    }
}

fn choose(at: &str, all: &[Service]) -> Markup {
    html! {
        form.plan method="get" action=(at) {
            fieldset {
                legend { "Que serviço" }
                div.options {
                    @for (i, service) in all.iter().enumerate() {
                        label.tile for=(format!("servico-{i}")) {
                            input type="radio" id=(format!("servico-{i}")) name="servico" value=(service.id) required;
                            span { (service.title.pt()) }
                        }
                    }
                }
            }
            button.primary type="submit" { "Continuar" }
        }
    }
}

fn for_whom(
    frame: &Frame,
    at: &str,
    view: &ListView,
    service: &Service,
    typed: &Several,
) -> Markup {
    let shared: Vec<FormField> = service
        .shared_fields()
        .map(|it| FormField {
            field: vereda_sync::catalogue::Field {
                required: false,
                ..it.clone()
            },
            value: typed.shared.get(&it.id).cloned().unwrap_or_default(),
            provenance: None,
            hidden: false,
            saved: None,
            shown: true,
            attachments: vec![],
        })
        .collect();
    let wrong = |id: &str| {
        let found = typed.wrong.iter().find(|(field, _)| field == id);
        found.map(|(_, why)| why.as_str())
    };
    let is_chosen = |it: &ResidentView| match typed.is_fresh {
        true => it.left_out.is_none() && it.services.iter().any(|(id, _)| *id == service.id),
        false => typed.residents.contains(&it.id),
    };
    html! {
        form.plan method="post" action=(at) data-once {
            (frame.guard())
            input type="hidden" name="servico" value=(service.id);
            fieldset {
                legend { "Para quem" }
                div.options {
                    @for (i, it) in view.standing_residents().enumerate() {
                        label.tile for=(format!("residente-{i}")) {
                            input type="checkbox" id=(format!("residente-{i}")) name="residente" value=(it.id) checked[is_chosen(it)];
                            span { @if !it.room.is_empty() { strong { (it.room) } " · " } (it.name) }
                        }
                    }
                }
            }
            @if shared.is_empty() { p.none { "Neste serviço nada é igual para todos: pergunta-se tudo a cada um." } }
            @else {
                h2 { "O que é igual para todos" }
                p.hint { "Pergunta-se aqui uma vez. O que deixar vazio pergunta-se a cada um. Quem é, os números e as contas são sempre de cada um." }
                @for it in &shared { (field::alone("", it, None, wrong(&it.field.id))) }
            }
            button.primary type="submit" { "Começar" }
        }
    }
}

pub(crate) fn batch_page<'a>(frame: &Frame, view: &ListView, batch: &BatchView) -> Page<'a> {
    let recorded = batch.count(InBatch::Recorded);
    let content = html! {
        div.tour.homes {
            div.page-head {
                p.crumb { a href=(here(&view.id)) data-key="Escape" aria-keyshortcuts="Escape" { (view.facility.about.name) } }
                h1 { (batch.title.pt()) }
            }
            div #lote data-region="record messages" {
                section.stop aria-labelledby="t-andamento" {
                    h2 #t-andamento { (recorded) " de " (batch.residents.len()) }
                    (progress(batch.residents.iter().map(|(_, how, _)| *how), "Pedidos registados"))
                    (legend())
                    @if batch.is_done() {
                        p.notice.done { "Já ninguém espera." @let out = batch.count(InBatch::LeftOut) as u64; @if out > 0 { " " (count(out, "residente ficou de fora", "residentes ficaram de fora")) "." } }
                    } @else if frame.bedside.is_none() {
                        a.button.primary.huge href=(format!("{}/seguinte", here(&view.id))) { "Próximo residente" }
                    }
                }
                ul.residents aria-label="Residentes" {
                    @for (id, how, request) in &batch.residents {
                        @if let Some(it) = view.residents.iter().find(|it| it.id == *id) {
                            li {
                                p.room { @if it.room.is_empty() { "–" } @else { span.hidden { "Quarto " } (it.room) } }
                                div {
                                    p.name { (it.name) }
                                    @match how {
                                        InBatch::Recorded => p.done { "Registado" },
                                        InBatch::Begun => p.warn { "Por acabar" },
                                        InBatch::LeftOut => (resident_state(it)),
                                        InBatch::Waits => p.detail { "Por ver" },
                                    }
                                }
                                div.acts {
                                    @match (how, request) {
                                        (InBatch::Recorded, Some(request)) => a.button href=(format!("/comprovativo/{request}")) { "Comprovativo" span.hidden { " de " (it.name) } },
                                        (InBatch::Recorded, None) => {},
                                        _ => a.button href=(format!("/residente/{id}")) { "Abrir" span.hidden { " " (it.name) } },
                                    }
                                }
                            }
                        }
                    }
                }
                @if !batch.shared.is_empty() {
                    section aria-labelledby="t-igual" {
                        h2 #t-igual { "O que é igual para todos" }
                        dl.facts { @for (label, value) in &batch.shared { div { dt { (label.pt()) } dd { (value) } } } }
                    }
                }
            }
        }
    };
    Page {
        part: Part::Homes,
        title: "Um serviço para vários",
        watching: String::new(),
        content,
    }
}

/// What stands at the thumb on every page, as long as the session is at the bedside.
pub(crate) fn thumb(frame: &Frame, list: &str, page: &Page<'_>) -> Markup {
    let after = page.watching.strip_prefix("residente=").unwrap_or_default();
    // In a form what leads is its next step.
    let leads = page.part == Part::Homes;
    let next = match after {
        "" => format!("{}/seguinte", here(list)),
        after => format!("{}/seguinte?depois={after}", here(list)),
    };
    html! {
        nav.thumb aria-label="À cabeceira" {
            a.button href=(here(list)) { "Lista" }
            a.button.primary[leads] href=(next) { "Próximo residente" }
            form method="post" action="/cabeceira" data-once {
                (frame.guard())
                input type="hidden" name="para" value=(here(list));
                button type="submit" aria-label="Sair da vista à cabeceira" { "Sair" }
            }
        }
    }
}
