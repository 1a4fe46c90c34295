//! A meeting beside a stream, for as long as both are there.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{Instant, sleep_until};
use vereda_sync::exchange::Message;
use vereda_web::desk::port::Event;

use super::super::blocking;
use super::super::wire::{self, Messages};
use super::{Company, Entered};
use crate::exchange::{Fault, Meeting, Neighbour};

/// What is written together is shared together.
const DEBOUNCE: Duration = Duration::from_millis(50);

/// Meets that spot until the line breaks.
pub(super) async fn run(
    company: &Company,
    with: Neighbour,
    mut messages: Messages,
    out: mpsc::Sender<Result<Bytes, std::io::Error>>,
) -> anyhow::Result<()> {
    let mut news = company.node.events();
    let entered = company.enter(with.clone());
    let met = with.clone();
    let node = company.node.clone();
    let begun = blocking(move || Meeting::begin(node, with)).await;
    let (meeting, mut pending) = begun?;
    let meeting = Arc::new(Mutex::new(meeting));
    // Whether there may be something to share.
    let mut open = true;
    let mut look_at: Option<Instant> = None;
    loop {
        tokio::select! {
            message = messages.next() => {
                let message = message?.context("the other spot ended the meeting")?;
                named(&entered, &message);
                pending.extend(on(&meeting, move |m| m.receive(message)).await?);
                open = true;
            }
            room = out.reserve(), if open || !pending.is_empty() => {
                let room = room.context("the line broke")?;
                if pending.is_empty() {
                    pending = on(&meeting, Meeting::share).await?;
                    open = !pending.is_empty();
                }
                if !pending.is_empty() {
                    room.send(Ok(wire::framed(&pending.remove(0))));
                }
            }
            event = news.recv() => match event {
                Ok(Event::Record { .. }) | Err(broadcast::error::RecvError::Lagged(_)) => {
                    look_at.get_or_insert_with(|| Instant::now() + DEBOUNCE);
                }
                Ok(_) => (),
                Err(broadcast::error::RecvError::Closed) => return Ok(()),
            },
            () = sleep_until(look_at.unwrap_or_else(Instant::now)), if look_at.is_some() => {
                look_at = None;
                let (company, with) = (company.clone(), met.clone());
                blocking(move || company.still_accepts(&with)).await?;
                on(&meeting, |m| m.look().map(|()| vec![])).await?;
                open = true;
            }
        }
        let whole = meeting.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = whole.is_whole();
        entered.change(|near| near.whole = whole);
    }
}

fn named(entered: &Entered, message: &Message) {
    if let Message::Meet { name, .. } = message {
        entered.change(|near| near.name.clone_from(name));
    }
}

/// Lets the meeting go on, on its store.
async fn on(
    meeting: &Arc<Mutex<Meeting>>,
    step: impl FnOnce(&mut Meeting) -> Result<Vec<Message>, Fault> + Send + 'static,
) -> anyhow::Result<Vec<Message>> {
    let meeting = meeting.clone();
    blocking(move || {
        let mut meeting = meeting.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(step(&mut meeting)?)
    })
    .await
}
