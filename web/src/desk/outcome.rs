//! How the citizen is told how a request ended: chosen before it is recorded, changed or taken back later,
//! and done when there is something to tell.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::catalogue::Field;
use vereda_sync::record::Life;
use vereda_sync::record::outcome::{CONSENT, NOBODY, OUTCOME, WAY, Way};

use crate::desk::frame::Frame;
use vereda_sync::record::kin::May;

use crate::desk::port::{CheckAnswers, Desk, DeskError, Request, Session, Telling};
use crate::desk::request::{self, Retry};
use crate::desk::{DeskState, Fault, fault};
use crate::gate::{Posted, redirect};
use crate::texts;
use crate::words::{self, outcome, time};

/// In [`Retry`]: it was the way of telling that was refused.
const RETRIED: &str = "_tell";

pub(crate) async fn ask(
    State(state): State<DeskState>,
    Path(attendance): Path<String>,
    posted: Posted,
) -> Response {
    let drops = posted.get("ninguem") == "sim";
    // Back to where it was dropped from, which can only be a request's check.
    let to = match (drops, posted.get("pedido")) {
        (false, _) => format!("/formulario/{attendance}/{}", OUTCOME.id),
        (true, "") => format!("/atendimento/{attendance}"),
        (true, request) => format!("/conferir/{}", crate::gate::percent_encoded(request)),
    };
    let asked = state
        .call(move |desk| match drops {
            true => desk.drop_outcome(&posted.session, &attendance),
            false => desk.ask_outcome(&posted.session, &attendance),
        })
        .await;
    match asked {
        Ok(()) => redirect(&to),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn tell_by(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let session = posted.session.clone();
    let typed: Vec<(String, String)> = OUTCOME
        .fields
        .iter()
        .map(|f| (f.id.clone(), posted.get(&f.id).to_owned()))
        .collect();
    let (id, kept) = (request.clone(), typed.clone());
    let done = state
        .call(move |desk| {
            let typed: Vec<_> = typed
                .iter()
                .map(|(f, v)| (f.as_str(), v.as_str()))
                .collect();
            desk.tell_by(&session, &id, &typed)
        })
        .await;
    let error = match done {
        Ok(()) => return redirect(&format!("/pedido/{request}#avisar")),
        Err(error) => error,
    };
    let retry = Retry {
        field: RETRIED.to_owned(),
        error: say(&error, &kept),
        typed: kept,
        ..Retry::default()
    };
    let read = move |desk: &dyn Desk, session: &Session| desk.request(session, &request);
    match state.load(&posted.session, read).await {
        Ok((frame, view)) => frame.respond_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            &request::page(&frame, &view, &retry),
        ),
        Err(fault) => fault.keeping(labelled(retry.typed)).into_response(),
    }
}

/// What was typed, by the names of its fields.
fn labelled(typed: Vec<(String, String)>) -> Vec<(String, String)> {
    let name = |id: &str| {
        OUTCOME
            .fields
            .iter()
            .find(|f| f.id == id)
            .map(|f| f.label.pt())
    };
    let typed = typed
        .into_iter()
        .filter(|(id, v)| id != CONSENT && !v.is_empty());
    typed
        .map(|(id, v)| (name(&id).unwrap_or(&id).to_owned(), v))
        .collect()
}

fn say(error: &DeskError, typed: &[(String, String)]) -> String {
    let DeskError::Refused(refused) = error else {
        return fault::problem(error);
    };
    let said = refused.iter().filter_map(|(id, refusal)| {
        let field = OUTCOME.fields.iter().find(|f| f.id == *id)?;
        let value = typed.iter().find(|(field, _)| field == id);
        let value = value.map_or("", |(_, v)| v.as_str());
        let words = words::refusal::say(field, refusal, value);
        Some(match id.as_str() {
            CONSENT => {
                "Leia ao cidadão as palavras da autorização e assinale que aceita.".to_owned()
            }
            _ => format!("{}: {words}", field.label.pt()),
        })
    });
    said.collect::<Vec<_>>().join(" ")
}

pub(crate) async fn take_back(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let id = request.clone();
    let act = move |desk: &dyn Desk| desk.take_back_outcome(&posted.session, &id);
    done(state.call(act).await, &format!("/pedido/{request}#avisar"))
}

pub(crate) async fn told(
    State(state): State<DeskState>,
    Path(request): Path<String>,
    posted: Posted,
) -> Response {
    let reached = posted.get("avisado") == "sim";
    let act = move |desk: &dyn Desk| desk.told(&posted.session, &request, reached);
    done(state.call(act).await, "/")
}

fn done(done: Result<(), DeskError>, to: &str) -> Response {
    match done {
        Ok(()) => redirect(to),
        Err(error) => Fault::from(error).into_response(),
    }
}

/// Before it is recorded: how, or that nobody tells them.
pub(crate) fn of_check(frame: &Frame, check: &CheckAnswers) -> Markup {
    let is_chosen = check.steps.iter().any(|s| s.id == OUTCOME.id);
    let ask = |drops: bool, words: &str| {
        html! {
            form method="post" action=(format!("/atendimento/{}/resultado", check.attendance)) data-once {
                (frame.guard())
                @if drops {
                    input type="hidden" name="ninguem" value="sim";
                    input type="hidden" name="pedido" value=(check.request);
                }
                button.plain type="submit" { (words) }
            }
        }
    };
    html! {
        section.panel #avisar data-region="record" aria-labelledby="t-avisar" {
            h2 #t-avisar { "Avisar do resultado" }
            @if is_chosen {
                p { "O cidadão escolheu como quer saber. Está entre as respostas." }
                (ask(false, "Mudar a forma de avisar"))
                (ask(true, "Afinal ninguém avisa"))
            } @else {
                p { "Ninguém avisa o cidadão: não foi escolhida nenhuma forma. O pedido regista-se na mesma." }
                (ask(false, "Escolher como avisar"))
            }
        }
    }
}

/// On paper: way and masked address, or that nobody tells them.
pub(crate) fn fact(contact: Option<&vereda_sync::record::outcome::Contact>, lang: &str) -> String {
    contact.map_or_else(
        || NOBODY.get(lang).to_owned(),
        |contact| outcome::hidden(contact, lang),
    )
}

/// How it stands, for desk and console.
pub(crate) fn standing(frame_now: crate::moment::Moment, it: &Telling) -> Markup {
    html! {
        @if it.is_contested {
            p.problem { "Dois postos escreveram coisas diferentes. Ninguém avisa até a central decidir." }
        } @else if let Some((contact, how)) = &it.contact {
            p { strong { (outcome::shown(&contact.value(), "pt")) } " " span.mark { (words::provenance(*how)) } }
        } @else if it.told.is_none() {
            p.none { "Ninguém avisa o cidadão: não foi escolhida nenhuma forma, ou ele retirou-a." }
        }
        @if let Some((agreed, at)) = &it.agreed {
            p.detail {
                "Aceitou " (time::full(*at))
                @match &agreed.screen { Some(id) => { ", no seu ecrã (" (id) ")" }, None => ", de viva voz" }
                @if let Some(language) = texts::language(&agreed.language) { ", em " (language.in_portuguese) }
                "; catálogo n.º " (agreed.edition) ". Selo das palavras: " code { (agreed.words) }
            }
        }
        (kin(it))
        @match (&it.told, it.handed) {
            (Some(told), Some(way)) => p.done {
                @if way == Way::Mail { "Entregue ao correio eletrónico " } @else { "Entregue à rede de mensagens " }
                (time::at(told.at, frame_now)) ", pela central. Não se sabe se foi lido."
            },
            (Some(told), None) => p.done { "Avisado " (time::at(told.at, frame_now)) ", por " (told.who) },
            (None, _) => {}
        }
        @for attempt in &it.attempts { p.detail { "Tentou-se " (time::at(attempt.at, frame_now)) " (" (attempt.who) ")" } }
    }
}

/// On the page of a request: how it stands, and how that is changed or taken back.
pub(crate) fn panel(frame: &Frame, view: &Request, retry: &Retry) -> Markup {
    let (row, it) = (&view.row, &view.case.telling);
    let path = format!("/pedido/{}", row.id);
    let may_change = !it.is_contested && !it.is_over;
    html! {
        @if row.life != Life::Draft && view.lent_until.is_none() {
            section.panel #avisar aria-labelledby="t-avisar" {
                h2 #t-avisar { "Avisar do resultado" }
                div #avisar-como data-region="record" {
                    (standing(frame.now(), it))
                    @if !it.to_tell.is_empty() { (buttons(frame, &row.id, &row.citizen)) }
                }
                @if may_change { (form(frame, &path, it, retry)) }
                @if it.contact.is_some() {
                    form method="post" action=(format!("{path}/nao-avisar")) data-once {
                        (frame.guard())
                        button.plain type="submit" { "O cidadão retira a autorização" }
                        p.detail { "Vale para este pedido e para os que fez com ele. O contacto deixa de se mostrar." }
                    }
                }
            }
        }
    }
}

fn form(frame: &Frame, path: &str, it: &Telling, retry: &Retry) -> Markup {
    let retried = retry.field == RETRIED;
    let typed = |field: &str| {
        let found = retry.typed.iter().find(|(id, _)| id == field);
        found.map_or("", |(_, value)| value.as_str())
    };
    html! {
        details open[retried] {
            summary { @if it.contact.is_some() { "Mudar a forma de avisar" } @else { "Escolher como avisar" } }
            form method="post" action=(format!("{path}/avisar")) data-once {
                (frame.guard())
                @if retried {
                    p.error #erro-avisar role="alert" tabindex="-1" data-takes-focus { (retry.error) }
                }
                @for field in &OUTCOME.fields { (input(field, typed(&field.id), retried)) }
                button type="submit" { "Guardar a forma de avisar" }
            }
        }
    }
}

fn input(field: &Field, value: &str, retried: bool) -> Markup {
    let id = field.id.as_str();
    let wrong = retried.then_some("erro-avisar");
    html! {
        @if id == WAY {
            div.field {
                label for=(id) { (field.label.pt()) }
                select.w-full id=(id) name=(id) aria-describedby=[wrong] {
                    @for way in Way::ALL { option value=(way.code()) selected[value == way.code()] { (way.label().pt()) } }
                }
            }
        } @else if id == CONSENT {
            label.tile for=(id) {
                input id=(id) type="checkbox" name=(id) value="yes" checked[value == "yes"] aria-describedby=[wrong];
                span { "O cidadão ouviu e aceita: «" (field.label.pt()) "»" }
            }
        } @else {
            div.field {
                label for=(id) { (field.label.pt()) }
                input.w-full id=(id) name=(id) value=(value) maxlength="300" autocomplete="off" spellcheck="false" aria-describedby=[wrong];
            }
        }
    }
}

/// What the mediator says once they tried.
fn buttons(frame: &Frame, request: &str, citizen: &str) -> Markup {
    let button = |told: &str, words: &str| {
        html! {
            form method="post" action=(format!("/pedido/{request}/avisado")) data-once {
                (frame.guard())
                input type="hidden" name="avisado" value=(told);
                button type="submit" aria-label=(format!("{words}: {citizen}")) { (words) }
            }
        }
    };
    html! { div.actions { (button("sim", "Avisado")) (button("nao", "Não se conseguiu")) } }
}

/// What there is to tell, on «Hoje»: why, how, in which language.
pub(crate) fn waiting(frame: &Frame, it: &Telling) -> Markup {
    let Some((contact, _)) = it.contact.as_ref().filter(|_| !it.to_tell.is_empty()) else {
        return html! {};
    };
    let language = it
        .agreed
        .as_ref()
        .and_then(|(a, _)| texts::language(&a.language));
    html! {
        h3 { "Avisar o cidadão" }
        @for what in &it.to_tell { p { (what) } }
        p.reason {
            strong { (outcome::shown(&contact.value(), "pt")) }
            @if let Some(language) = language { ", em " (language.in_portuguese) }
        }
        (kin(it))
        @for attempt in &it.attempts { p.detail { "Tentou-se " (time::at(attempt.at, frame.now())) " (" (attempt.who) ")" } }
    }
}

/// Who else may be told how it ended.
fn kin(it: &Telling) -> Markup {
    html! {
        @if let Some(kin) = it.kin.as_ref().filter(|kin| kin.may == May::Outcome) {
            p { "Pode também ser informada: " strong { (kin.name) } @if !kin.relation.is_empty() { " (" (kin.relation) ")" } @if !kin.phone.is_empty() { ", tel. " (kin.phone) } }
        }
    }
}

/// The buttons of that, under what it is about.
pub(crate) fn waiting_buttons(frame: &Frame, request: &str, citizen: &str, it: &Telling) -> Markup {
    html! { @if !it.to_tell.is_empty() { (buttons(frame, request, citizen)) } }
}
