//! The citizen's screen: follows the desk live, reveals, confirms.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::citizen::port::{CitizenScreens, Reply, Screen};
use crate::desk::port::DeskError;
use crate::desk::{Fault, fault_words};
use crate::gate::{
    GUARD_FIELD, get as value_of, off_thread, read_form, redirect, redirect_with_cookie,
};
use crate::guard::{HostGuard, derived, same};
use crate::texts::{self, PORTUGUESE, Texts};

pub mod port;

mod confirm;
mod events;
mod faces;
mod following;
mod guide;
mod page;
mod quiet;
mod recorded;
mod value;
mod writing;

pub(crate) use page::{appointment, cost, how_final, identity_owed, papers_owed, said};
#[cfg(test)]
pub(crate) use page::{plain, whole};

const COOKIE: &str = "vereda-ecra";

#[derive(Clone)]
pub(crate) struct ScreenState {
    pub(crate) screens: Arc<dyn CitizenScreens>,
    door: HostGuard,
}

/// The routes under `/cidadao`.
pub(crate) fn routes(screens: Arc<dyn CitizenScreens>, door: HostGuard) -> Router {
    Router::new()
        .route("/cidadao", get(show))
        .route("/cidadao/eventos", get(events::stream))
        .route("/cidadao/mostrar", post(reveal))
        .route("/cidadao/lingua", post(speak))
        .route("/cidadao/resposta", post(answer))
        .route("/cidadao/rascunho", post(writing::keystroke))
        .route("/cidadao/escrito", post(writing::written))
        .route("/cidadao/opiniao", post(rate))
        .with_state(ScreenState { screens, door })
}

impl ScreenState {
    fn token(&self, headers: &HeaderMap) -> Option<String> {
        self.door.token(headers, COOKIE)
    }

    /// What the screen of that token shows; `None` when it is not known (any more).
    pub(crate) async fn screen(&self, token: &str) -> Option<Screen> {
        let (screens, token) = (Arc::clone(&self.screens), token.to_owned());
        off_thread(move || Ok(screens.screen(&token)))
            .await
            .ok()
            .flatten()
    }

    /// Reads a form of the screen: by its cookie, with the right token.
    async fn posted(
        &self,
        parts: Parts,
        body: Body,
    ) -> Result<(String, Vec<(String, String)>), Response> {
        let token = self
            .token(&parts.headers)
            .ok_or_else(|| redirect("/cidadao"))?;
        let fields = read_form(parts, body).await?;
        if same(&derived(&token), value_of(&fields, GUARD_FIELD)) {
            Ok((token, fields))
        } else {
            let page = page::plain(self.texts(&token).await, "stale-title", "stale-advice");
            Err((StatusCode::FORBIDDEN, page).into_response())
        }
    }

    /// In the language that the screen of that token is read in.
    async fn texts(&self, token: &str) -> Texts {
        let screen = self.screen(token).await;
        Texts::of(screen.as_ref().map_or(PORTUGUESE, |s| &s.language))
    }
}

async fn show(State(state): State<ScreenState>, headers: HeaderMap) -> Response {
    if let Some(token) = state.token(&headers)
        && let Some(screen) = state.screen(&token).await
    {
        return page::whole(&screen, &derived(&token)).into_response();
    }
    let screens = Arc::clone(&state.screens);
    match off_thread(move || screens.open_screen()).await {
        Ok(token) => redirect_with_cookie("/cidadao", &state.door.cookie(COOKIE, &token)),
        Err(error) => Fault::from(error).into_response(),
    }
}

async fn reveal(State(state): State<ScreenState>, request: Request) -> Response {
    act(state, request, |screens, token, fields| {
        screens.reveal(token, value_of(fields, "mostrar") == "sim")
    })
    .await
}

async fn speak(State(state): State<ScreenState>, request: Request) -> Response {
    act(state, request, |screens, token, fields| {
        let language = value_of(fields, "lingua");
        match texts::language(language) {
            Some(language) => screens.speak(token, language.code),
            None => Ok(()),
        }
    })
    .await
}

async fn answer(State(state): State<ScreenState>, request: Request) -> Response {
    act(state, request, |screens, token, fields| {
        let answered = screens.answer(
            token,
            value_of(fields, "pedido"),
            value_of(fields, "visto"),
            match value_of(fields, "resposta") {
                "certo" => Reply::Right {
                    strokes: value_of(fields, "assinatura"),
                    name: value_of(fields, "nome"),
                },
                _ => Reply::Wrong,
            },
        );
        match answered {
            // What was shown has changed: the page comes again as it is now.
            Err(DeskError::NotNow(_)) => Ok(()),
            other => other,
        }
    })
    .await
}

async fn rate(State(state): State<ScreenState>, request: Request) -> Response {
    act(state, request, |screens, token, fields| {
        screens.rate(token, faces::of(value_of(fields, "cara")))
    })
    .await
}

async fn act(
    state: ScreenState,
    request: Request,
    act: impl FnOnce(&dyn CitizenScreens, &str, &[(String, String)]) -> Result<(), DeskError>
    + Send
    + 'static,
) -> Response {
    let (parts, body) = request.into_parts();
    let (token, fields) = match state.posted(parts, body).await {
        Ok(posted) => posted,
        Err(refusal) => return refusal,
    };
    let (screens, t) = (Arc::clone(&state.screens), state.texts(&token).await);
    match off_thread(move || act(&*screens, &token, &fields)).await {
        Ok(()) => redirect("/cidadao"),
        // What exactly went wrong is the mediator's matter.
        Err(error) => {
            let (status, ..) = fault_words(&error);
            (status, page::plain(t, "page-title", "failed")).into_response()
        }
    }
}
