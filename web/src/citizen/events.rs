//! Live events of the citizen's screen: the regions that changed, as HTML.
//!
//! Names: `region` (JSON `{id, html}`) and `all` (JSON `{html, around: {lang, dir, title, away,
//! failed}}`).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::citizen::ScreenState;
use crate::citizen::page;
use crate::citizen::port::Screen;
use crate::desk::port::Event;
use crate::gate::off_thread;
use crate::guard::derived;

/// How soon the page comes back after the node was away.
const RETRY: Duration = Duration::from_millis(500);

pub(crate) async fn stream(State(state): State<ScreenState>, headers: HeaderMap) -> Response {
    let Some(token) = state.token(&headers) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(follow(state, token, sender));
    Sse::new(ReceiverStream::new(receiver))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(5)))
        .into_response()
}

async fn follow(state: ScreenState, token: String, sender: mpsc::Sender<Result<Sent, Infallible>>) {
    // Subscribed before the first look, so that nothing falls between.
    let mut events = state.screens.screen_events();
    connected(&state, &token, true).await;
    let mut sent = Regions::default();
    let mut first = true;
    while let Some(screen) = state.screen(&token).await {
        let news = sent.news(&screen, &derived(&token), std::mem::take(&mut first));
        let mut gone = false;
        for event in news {
            gone |= sender.send(Ok(event)).await.is_err();
        }
        if gone || !something_happens(&mut events, &sender).await {
            break;
        }
    }
    // An unknown token falls through to here: the page reconnects, asks for
    // itself again, and gets a screen of its own.
    if !sender.is_closed() {
        let _ = sender
            .send(Ok(Sent::default().event("reload").data("{}")))
            .await;
    }
    connected(&state, &token, false).await;
}

/// Waits for an event that a screen may show; `false` when the page went away.
async fn something_happens(
    events: &mut tokio::sync::broadcast::Receiver<Event>,
    sender: &mpsc::Sender<Result<Sent, Infallible>>,
) -> bool {
    loop {
        let event = tokio::select! {
            () = sender.closed() => return false,
            event = events.recv() => event,
        };
        let mut shown = match event {
            Ok(event) => concerns_screens(&event),
            Err(RecvError::Lagged(_)) => true,
            Err(RecvError::Closed) => return false,
        };
        // What came meanwhile is shown together.
        loop {
            match events.try_recv() {
                Ok(event) => shown |= concerns_screens(&event),
                Err(TryRecvError::Lagged(_)) => shown = true,
                Err(_) => break,
            }
        }
        if shown {
            return true;
        }
    }
}

fn concerns_screens(event: &Event) -> bool {
    matches!(
        event,
        Event::Typed { .. }
            | Event::Record { .. }
            | Event::Screens
            | Event::Strip
            | Event::Messages
    )
}

async fn connected(state: &ScreenState, token: &str, connected: bool) {
    let (screens, token) = (Arc::clone(&state.screens), token.to_owned());
    let _ = off_thread(move || {
        screens.screen_connected(&token, connected);
        Ok(())
    })
    .await;
}

/// What this connection has been sent.
#[derive(Default)]
struct Regions {
    language: String,
    sent: Vec<(String, String)>,
}

impl Regions {
    /// Events that bring the page from what was sent to what the screen shows now.
    fn news(&mut self, screen: &Screen, guard: &str, first: bool) -> Vec<Sent> {
        let now: Vec<(String, String)> = page::regions(screen, guard)
            .into_iter()
            .map(|r| (r.id, r.content.into_string()))
            .collect();
        let same_shape = self.language == screen.language
            && self.sent.len() == now.len()
            && self.sent.iter().zip(&now).all(|(a, b)| a.0 == b.0);
        let news = if same_shape {
            now.iter()
                .zip(&self.sent)
                .filter(|(now, sent)| now.1 != sent.1)
                .map(|((id, html), _)| event("region", &json!({ "id": id, "html": html })))
                .collect()
        } else {
            let html = page::inner(screen, guard).into_string();
            let all = event(
                "all",
                &json!({ "html": html, "around": page::Around::of(screen) }),
            );
            vec![if first { all.retry(RETRY) } else { all }]
        };
        self.language.clone_from(&screen.language);
        self.sent = now;
        news
    }
}

fn event(name: &str, data: &serde_json::Value) -> Sent {
    Sent::default().event(name).data(data.to_string())
}
