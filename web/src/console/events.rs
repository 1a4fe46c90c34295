//! Live events of the console: hints to fetch again what they touch.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::Query;
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::console::ConsoleState;
use crate::console::rights::Within;
use crate::desk::port::Event;
use crate::gate::Signed;

/// At most one hint in this time: a spot's evening brings thousands of records.
const NOT_OFTENER_THAN: Duration = Duration::from_secs(1);
/// How soon a page comes back after the hub was away.
const RETRY: Duration = Duration::from_secs(1);

#[derive(Deserialize)]
pub(crate) struct Watching {
    /// What the page was drawn at.
    #[serde(default)]
    desde: u64,
}

pub(crate) async fn stream(
    Within(state): Within,
    Query(watching): Query<Watching>,
    _who: Signed,
) -> Response {
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(follow(state, watching, sender));
    Sse::new(ReceiverStream::new(receiver))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
        .into_response()
}

/// The hints that are due.
#[derive(Default)]
struct Due {
    strip: bool,
    record: bool,
    messages: bool,
}

impl Due {
    const ALL: Self = Self {
        strip: true,
        record: true,
        messages: true,
    };

    fn add(&mut self, event: Result<Event, RecvError>) {
        match event {
            Ok(Event::Record { .. }) => self.record = true,
            Ok(Event::Messages) => self.messages = true,
            Ok(Event::Strip) => self.strip = true,
            Ok(Event::Typed { .. } | Event::Screens | Event::Card) | Err(RecvError::Closed) => {}
            Err(RecvError::Lagged(_)) => *self = Self::ALL,
        }
    }

    fn hints(&self) -> impl Iterator<Item = &'static str> {
        let all = [
            (self.record, "record"),
            (self.messages, "messages"),
            (self.strip, "strip"),
        ];
        all.into_iter()
            .filter_map(|(due, hint)| due.then_some(hint))
    }
}

async fn follow(
    state: ConsoleState,
    watching: Watching,
    sender: mpsc::Sender<Result<Sent, Infallible>>,
) {
    let mut events = state.console.events();
    // What happened since the page was drawn; which also holds after a reconnection.
    let mut due = match state.console.happened() == watching.desde {
        true => Due::default(),
        false => Due::ALL,
    };
    let hello = Sent::default().retry(RETRY).comment("pronto");
    if sender.send(Ok(hello)).await.is_err() {
        return;
    }
    loop {
        let mut told = false;
        for hint in std::mem::take(&mut due).hints() {
            told = true;
            let hint = Sent::default().event(hint).data("{}");
            if sender.send(Ok(hint)).await.is_err() {
                return;
            }
        }
        if told {
            tokio::time::sleep(NOT_OFTENER_THAN).await;
        }
        tokio::select! {
            () = sender.closed() => return,
            event = events.recv() => match event {
                Err(RecvError::Closed) => return,
                event => due.add(event),
            },
        }
        // What came meanwhile is told together.
        loop {
            match events.try_recv() {
                Ok(event) => due.add(Ok(event)),
                Err(TryRecvError::Lagged(missed)) => due.add(Err(RecvError::Lagged(missed))),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
    }
}
