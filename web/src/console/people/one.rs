//! One person: changed, given a PIN of one use, sent away; what another has to agree to.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::{fields, last_sign_in, places, roles, typed, until};
use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::{Done, PersonRow, PersonTyped, PersonView, Waits};
use crate::console::rights::Within;
use crate::desk::port::{DeskError, Session};
use crate::desk::problem;
use crate::gate::{Posted, Signed, percent_encoded, redirect};
use crate::words::{day, time};

/// What is said on top of the page.
#[derive(Default)]
pub(crate) struct Said {
    /// What was typed and is not so.
    pub(crate) typed: Option<PersonTyped>,
    /// Why.
    pub(crate) problem: String,
    /// What has just become of it.
    pub(crate) done: Option<Done>,
}

pub(crate) async fn show(Within(state): Within, Path(id): Path<String>, who: Signed) -> Response {
    page(&state, &who.session, &id, Said::default()).await
}

async fn page(state: &ConsoleState, session: &Session, id: &str, said: Said) -> Response {
    let status = match said.problem.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let (asker, of) = (session.clone(), id.to_owned());
    let load = state.load(session, move |console| console.one_of_people(&asker, &of));
    match load.await {
        Ok((frame, view)) => {
            let content = content(&frame, &view, &said);
            frame.respond(status, Part::People, &view.typed.name, &content)
        }
        Err(fault) => {
            let typed = said.typed.unwrap_or_default();
            fault
                .keeping(vec![
                    ("Nome".to_owned(), typed.name),
                    ("Postos".to_owned(), typed.spots),
                    ("Último dia".to_owned(), typed.ends),
                ])
                .into_response()
        }
    }
}

/// A PIN is shown in the answer itself: no address shows it again.
pub(crate) async fn respond_done(
    state: &ConsoleState,
    session: &Session,
    id: &str,
    done: Done,
) -> Response {
    if done == Done::Kept {
        return redirect(&format!("/pessoa/{}", percent_encoded(id)));
    }
    let said = Said {
        done: Some(done),
        ..Said::default()
    };
    page(state, session, id, said).await
}

async fn became(
    state: &ConsoleState,
    session: &Session,
    id: &str,
    (done, typed): (Result<Done, DeskError>, Option<PersonTyped>),
) -> Response {
    match done {
        Ok(done) => respond_done(state, session, id, done).await,
        Err(error) => {
            let said = Said {
                typed,
                problem: problem(&error),
                done: None,
            };
            page(state, session, id, said).await
        }
    }
}

pub(crate) async fn keep(
    Within(state): Within,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let typed = PersonTyped {
        id: id.clone(),
        ..typed(&posted)
    };
    let (kept, shown) = (typed.clone(), posted.get("visto").to_owned());
    let asker = posted.session.clone();
    let done = state.call(move |console| console.change_person(&asker, &shown, &kept));
    became(&state, &posted.session, &id, (done.await, Some(typed))).await
}

pub(crate) async fn new_pin(
    Within(state): Within,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let (asker, of) = (posted.session.clone(), id.clone());
    let shown = posted.get("visto").to_owned();
    let done = state.call(move |console| console.issue_pin(&asker, &of, &shown));
    became(&state, &posted.session, &id, (done.await, None)).await
}

pub(crate) async fn send_away(
    Within(state): Within,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let (asker, of) = (posted.session.clone(), id.clone());
    let shown = posted.get("visto").to_owned();
    let done = state.call(move |console| console.send_away(&asker, &of, &shown));
    became(&state, &posted.session, &id, (done.await, None)).await
}

pub(crate) async fn agree(
    Within(state): Within,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let (asker, of) = (posted.session.clone(), id.clone());
    let shown = posted.get("visto").to_owned();
    let done = state.call(move |console| console.agree_person(&asker, &of, &shown));
    became(&state, &posted.session, &id, (done.await, None)).await
}

pub(crate) async fn drop_proposal(
    Within(state): Within,
    Path(id): Path<String>,
    posted: Posted,
) -> Response {
    let (asker, of) = (posted.session.clone(), id.clone());
    let done = state.call(move |console| {
        console.drop_person_proposal(&asker, &of)?;
        // Who was only proposed is nobody any longer.
        Ok(console.one_of_people(&asker, &of).is_ok())
    });
    match done.await {
        Ok(true) => redirect(&format!("/pessoa/{}", percent_encoded(&id))),
        Ok(false) => redirect("/pessoas"),
        Err(error) => became(&state, &posted.session, &id, (Err(error), None)).await,
    }
}

pub(crate) fn content(frame: &Frame, view: &PersonView, said: &Said) -> Markup {
    let typed = said.typed.as_ref().unwrap_or(&view.typed);
    let to = |what: &str| format!("/pessoa/{}{what}", percent_encoded(&view.typed.id));
    html! {
        div.people {
            div.page-head {
                p.crumb { a href="/pessoas" data-key="Escape" aria-keyshortcuts="Escape" { "Pessoas" } }
                h1 { (view.typed.name) }
                p.detail {
                    (view.typed.id)
                    @if let Some((who, at)) = &view.changed { " · mudado por " (who) ", " (time::at(*at, frame.now())) }
                }
            }
            @if !said.problem.is_empty() { div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (said.problem) } } }
            @if let Some(done) = &said.done { (became_of(done)) }
            @if let Some(waits) = &view.waits { (waiting(frame, waits, &view.typed.id)) }
            @if let Some(row) = &view.row {
                (facts(frame, row))
                @if view.waits.is_none() && frame.entitled.acts_in(Part::People) {
                    section.panel aria-labelledby="t-mudar" {
                        h2 #t-mudar { "Mudar" }
                        @if row.is_gone { p.notice { "Esta pessoa saiu. Se volta, guarde-a com outro último dia, ou sem nenhum: recebe outro PIN de uma só vez." } }
                        form method="post" action=(to("")) data-once {
                            (frame.guard())
                            input type="hidden" name="visto" value=(view.shown);
                            (fields(typed, (&view.regions, view.gives_all), &view.spots))
                            button.primary type="submit" { "Guardar" }
                        }
                    }
                    @if !row.is_gone {
                        section.panel aria-labelledby="t-pin" {
                            h2 #t-pin { "PIN esquecido, ou que outro conhece" }
                            p { "Recebe um PIN de uma só vez, bom por 7 dias. O de agora deixa de servir aqui já, e nos postos no contacto seguinte." }
                            form method="post" action=(to("/pin")) data-once {
                                (frame.guard())
                                input type="hidden" name="visto" value=(view.shown);
                                button type="submit" { "Dar outro PIN" }
                            }
                        }
                        section.panel aria-labelledby="t-sair" {
                            h2 #t-sair { "Sai agora" }
                            p { "Deixa de entrar aqui já, e em cada posto no contacto seguinte. O que fez fica em seu nome." }
                            form method="post" action=(to("/sair")) data-once {
                                (frame.guard())
                                input type="hidden" name="visto" value=(view.shown);
                                button type="submit" { "Sai agora" }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn facts(frame: &Frame, row: &PersonRow) -> Markup {
    html! {
        dl.person-facts {
            div { dt { "O que faz" } dd { (roles(&row.roles)) } }
            div { dt { "Onde" } dd { (places(row)) } }
            div { dt { "Última entrada" } dd { (last_sign_in(frame, row)) } }
            div { dt { "Até" } dd { (until(row)) } }
        }
    }
}

fn waiting(frame: &Frame, waits: &Waits, id: &str) -> Markup {
    let to = |what: &str| format!("/pessoa/{}/{what}", percent_encoded(id));
    html! {
        div.proposed role="status" {
            p { strong { @if waits.own { "Propôs" } @else { (waits.by) " propõe" } } ", " (time::ago(waits.at, frame.now())) ":" }
            ul { @for what in &waits.what { li { (what) } } }
            @if waits.is_stale { p { "A pessoa mudou entretanto: retire isto, e proponha de novo se ainda faz sentido." } }
            @else if waits.own { p { "Espera por outro administrador." } }
            @else {
                p { "Quem administra pode mudar o que todos podem. Concorde só se conhece a pessoa e a razão." }
                form method="post" action=(to("concordar")) data-once {
                    (frame.guard())
                    input type="hidden" name="visto" value=(waits.shown);
                    button.primary type="submit" { "Concordo" }
                }
            }
            form method="post" action=(to("retirar")) data-once { (frame.guard()) button type="submit" { "Retirar" } }
        }
    }
}

fn became_of(done: &Done) -> Markup {
    html! {
        @match done {
            Done::Kept => {}
            Done::Pin { name, pin, is_half, until } => div.notice.done role="status" {
                @if *is_half { p { "Está feito. Esta é a segunda metade do PIN de " (name) ":" } }
                @else { p { "PIN de uma só vez, de " (name) ":" } }
                p.one-pin { (pin) }
                @if *is_half { p { "A primeira metade tem-na quem o propôs. Diga-lhe a sua pessoalmente: o PIN são as duas, seguidas." } }
                p { "Escreva-o agora: não se mostra outra vez. Serve até " (day(until)) ", para escolher o seu." }
            },
            Done::Proposed { half } => div.notice.done role="status" {
                p { "Proposto. Fica à espera de outro administrador." }
                @if let Some(half) = half {
                    p { "Esta é a primeira metade do PIN de uma só vez; quem concordar recebe a segunda:" }
                    p.one-pin { (half) }
                    p { "Escreva-a agora: não se mostra outra vez." }
                }
            },
        }
    }
}
