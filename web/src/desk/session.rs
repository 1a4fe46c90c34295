//! Signing in and out, and the button that tries the hub now.

use axum::extract::{Query, Request, State};
use axum::http::HeaderMap;
use axum::http::header::REFERER;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::desk::DeskState;
use crate::desk::port::SignInRefusal;
use crate::gate::{
    AtDesk, Gate, Posted, get, off_thread, own_path, read_form, redirect, redirect_with_cookie,
};
use crate::layout::DESK;
use crate::own_pin::{OwnPinPage, Typed, Whose};
use crate::sign_in::SignIn;

#[derive(Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    para: String,
}

/// What stands over the names: without a session the strip cannot be asked.
const PLACE: &str = "Vereda · balcão";

pub(crate) async fn show(State(state): State<DeskState>, Query(back): Query<Back>) -> Response {
    let people = state
        .call(|desk| Ok(desk.mediators()))
        .await
        .unwrap_or_default();
    SignIn {
        place: PLACE,
        people: &people,
        chosen: None,
        refusal: None,
        back: own_path(&back.para),
        trains: state.other.is_some(),
    }
    .response(&DESK)
}

pub(crate) async fn sign_in(State(state): State<DeskState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let before = state.door().token(&parts.headers, DeskState::COOKIE);
    let at = AtDesk::of(&parts.extensions);
    let fields = match read_form(parts, body).await {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let (person, pin) = (
        get(&fields, "pessoa").to_owned(),
        get(&fields, "pin").to_owned(),
    );
    let chosen = person.clone();
    let (left, other) = (before, state.other.clone());
    let outcome = state
        .call(move |desk| {
            let signed = desk.sign_in_at(&at, &person, &pin);
            // Whoever comes to train leaves the real desk, and the other way round, with the screen.
            if let (Ok(_), Some(token), Some(other)) = (&signed, left, other) {
                other.sign_out(&token);
            }
            Ok((signed, desk.mediators()))
        })
        .await;
    let back = own_path(get(&fields, "para"));
    match outcome {
        Ok((Ok(token), _)) => {
            redirect_with_cookie(back, &state.door().cookie(DeskState::COOKIE, &token))
        }
        Ok((Err(SignInRefusal::OwnPinFirst), people)) => OwnPinPage {
            place: PLACE,
            people: &people,
            chosen: Some(&chosen),
            is_first: true,
            refusal: None,
            ask: &[],
        }
        .response(&DESK),
        Ok((Err(refusal), people)) => SignIn {
            place: PLACE,
            people: &people,
            chosen: Some(&chosen),
            refusal: Some(&refusal),
            back,
            trains: state.other.is_some(),
        }
        .response(&DESK),
        Err(error) => crate::desk::Fault::from(error).into_response(),
    }
}

pub(crate) async fn show_own_pin(
    State(state): State<DeskState>,
    Query(whose): Query<Whose>,
) -> Response {
    let people = state.call(|desk| Ok(desk.mediators())).await;
    OwnPinPage {
        place: PLACE,
        people: &people.unwrap_or_default(),
        chosen: Some(&whose.pessoa),
        is_first: false,
        refusal: None,
        ask: &[],
    }
    .response(&DESK)
}

pub(crate) async fn change_pin(State(state): State<DeskState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let at = AtDesk::of(&parts.extensions);
    let fields = match read_form(parts, body).await {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let typed = Typed::of(&fields);
    let chosen = typed.person.clone();
    let outcome = state.call(move |desk| {
        let pins = typed.pins();
        let changed = pins.and_then(|pins| desk.change_pin(&at, &typed.person, pins));
        Ok((changed, desk.mediators()))
    });
    match outcome.await {
        Ok((Ok(token), _)) => {
            redirect_with_cookie("/", &state.door().cookie(DeskState::COOKIE, &token))
        }
        Ok((Err(refusal), people)) => OwnPinPage {
            place: PLACE,
            people: &people,
            chosen: Some(&chosen),
            is_first: !get(&fields, "primeiro").is_empty(),
            refusal: Some(&refusal),
            ask: &[],
        }
        .response(&DESK),
        Err(error) => crate::desk::Fault::from(error).into_response(),
    }
}

pub(crate) async fn sign_out(
    State(state): State<DeskState>,
    headers: HeaderMap,
    _posted: Posted,
) -> Response {
    if let Some(token) = state.door().token(&headers, DeskState::COOKIE) {
        let desk = state.desk.clone();
        // Best effort: the cookie goes in any case.
        let _ = off_thread(move || {
            desk.sign_out(&token);
            Ok(())
        })
        .await;
    }
    redirect_with_cookie("/entrar", &state.door().cookie(DeskState::COOKIE, ""))
}

pub(crate) async fn sync_now(
    State(state): State<DeskState>,
    headers: HeaderMap,
    _posted: Posted,
) -> Response {
    let _ = state
        .call(|desk| {
            desk.sync_now();
            Ok(())
        })
        .await;
    redirect(came_from(&headers).as_deref().unwrap_or("/"))
}

pub(crate) async fn insert_card(
    State(state): State<DeskState>,
    headers: HeaderMap,
    posted: Posted,
) -> Response {
    let inserted = state
        .call(move |desk| desk.insert_card(posted.get("pessoa")))
        .await;
    match inserted {
        Ok(()) => redirect(came_from(&headers).as_deref().unwrap_or("/")),
        Err(error) => crate::desk::Fault::from(error).into_response(),
    }
}

/// The path of the page on which a form stood, to go back to it.
pub(crate) fn came_from(headers: &HeaderMap) -> Option<String> {
    let referer = headers.get(REFERER)?.to_str().ok()?;
    let path = referer.split_once("://")?.1.split_once('/')?.1;
    Some(own_path(&format!("/{path}")).to_owned())
}
