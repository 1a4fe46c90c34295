//! Live events of the console: hints to fetch again what they touch.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::console::ConsoleState;
use crate::desk::port::Event;
use crate::gate::Signed;

/// At most one hint in this time: a spot's evening brings thousands of records.
const NOT_OFTENER_THAN: Duration = Duration::from_secs(1);

pub(crate) async fn stream(State(state): State<ConsoleState>, _who: Signed) -> Response {
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(follow(state, sender));
    Sse::new(ReceiverStream::new(receiver))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
        .into_response()
}

async fn follow(state: ConsoleState, sender: mpsc::Sender<Result<Sent, Infallible>>) {
    let mut events = state.console.events();
    let hello = Sent::default()
        .retry(Duration::from_millis(1000))
        .comment("pronto");
    if sender.send(Ok(hello)).await.is_err() {
        return;
    }
    loop {
        let hint = tokio::select! {
            () = sender.closed() => return,
            event = events.recv() => match event {
                Ok(event) => name(&event),
                Err(RecvError::Lagged(_)) => Some("record"),
                Err(RecvError::Closed) => return,
            },
        };
        if let Some(name) = hint {
            if sender
                .send(Ok(Sent::default().event(name).data("{}")))
                .await
                .is_err()
            {
                return;
            }
            tokio::time::sleep(NOT_OFTENER_THAN).await;
            // What came meanwhile is fetched with the next hint.
            let mut more = false;
            while events.try_recv().is_ok() {
                more = true;
            }
            if more
                && sender
                    .send(Ok(Sent::default().event("record").data("{}")))
                    .await
                    .is_err()
            {
                return;
            }
        }
    }
}

fn name(event: &Event) -> Option<&'static str> {
    match event {
        Event::Record { .. } => Some("record"),
        Event::Messages => Some("messages"),
        Event::Strip => Some("strip"),
        Event::Typed { .. } | Event::Screens | Event::Card => None,
    }
}
