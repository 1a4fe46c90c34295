//! The thread that watches one reader: daemon, reader, card, reading.

use std::ffi::{CStr, CString};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::RecvTimeoutError;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use pcsc::{Context, Error, ReaderState, Scope, State};

use super::chip::{Opening, Reading, Step};
use super::{ReaderFilter, Shared};
use crate::card::{CardFault, CardState};

/// Longest wait without a look at "stop" and "read again".
const TURN: Duration = Duration::from_millis(150);
/// Between two tries to reach the daemon.
const RETRY: Duration = Duration::from_millis(500);
/// How long after a broken transmission the daemon may take to see the removal.
/// pcsc-lite polls readers that cannot tell by themselves every 400 ms.
const SETTLE: Duration = Duration::from_millis(1_000);
/// Between two looks at whether the last reading has let go of the card.
const LETTING_GO: Duration = Duration::from_millis(5);
/// A card may creep just under the silence deadline: the whole is bounded too.
const WHOLE_READING: u32 = 10;

pub(super) struct Watch {
    shared: Arc<Shared>,
    filter: ReaderFilter,
    deadline: Duration,
    /// The last reading's thread, perhaps left behind in a transmission. No
    /// other is started before it has ended, so there is never more than one.
    stuck: Option<JoinHandle<()>>,
}

/// A card as the daemon tells: there or not, silent or not, and the count of
/// insertions and removals, which tells a quick change of cards.
#[derive(Clone, Copy)]
struct Seen {
    present: bool,
    mute: bool,
    count: u32,
}

impl Watch {
    pub(super) fn new(shared: Arc<Shared>, filter: ReaderFilter, deadline: Duration) -> Self {
        Self {
            shared,
            filter,
            deadline,
            stuck: None,
        }
    }

    pub(super) fn run(mut self) {
        while !self.shared.stopped() {
            if let Err(error) = self.with_daemon() {
                tracing::debug!(%error, "card daemon not reachable");
                self.shared.publish(CardState::NoDaemon);
                self.pause(RETRY);
            }
        }
    }

    /// Until told to stop, or until the daemon is lost. `is_valid` of a context
    /// says Ok after the daemon's death, so any unexpected error counts as the
    /// loss and the context is made anew.
    fn with_daemon(&mut self) -> Result<(), Error> {
        let context = Context::establish(Scope::User)?;
        while !self.shared.stopped() {
            match self.find(&context)? {
                Some(name) => self.watch(&context, &name)?,
                None => {
                    self.shared.publish(CardState::NoReader);
                    self.pause(RETRY);
                }
            }
        }
        Ok(())
    }

    fn find(&self, context: &Context) -> Result<Option<CString>, Error> {
        let names = match context.list_readers_owned() {
            Err(Error::NoReadersAvailable) => Vec::new(),
            names => names?,
        };
        Ok(names
            .into_iter()
            .find(|name| self.filter.matches(&name.to_string_lossy())))
    }

    /// Watches one reader for as long as it is attached.
    fn watch(&mut self, context: &Context, name: &CStr) -> Result<(), Error> {
        let mut reader = ReaderState::new(name, State::UNAWARE);
        let mut dealt_with = None;
        while !self.shared.stopped() {
            let Some(seen) = look(context, &mut reader)? else {
                return Ok(());
            };
            let again = self.shared.again.swap(false, Ordering::AcqRel);
            if !seen.present {
                dealt_with = None;
                // "Pulled too early" must stay long enough to be read.
                if self.shared.state() != CardState::Failed(CardFault::Removed) {
                    self.shared.publish(CardState::Empty);
                }
            } else if again || dealt_with != Some(seen.count) {
                dealt_with = Some(seen.count);
                if seen.mute {
                    self.shared.publish(CardState::Failed(CardFault::Mute));
                    continue;
                }
                let outcome = self.read_and_settle(context, &mut reader, name, seen.count)?;
                if !self.shared.stopped() {
                    self.shared.publish(outcome);
                }
            }
        }
        Ok(())
    }

    /// A reading, and a second one when the first broke off although a card is
    /// there: it lost its contact, or was changed faster than a polled reader
    /// notices. The second starts with a reset.
    fn read_and_settle(
        &mut self,
        context: &Context,
        reader: &mut ReaderState,
        name: &CStr,
        count: u32,
    ) -> Result<CardState, Error> {
        for opening in [Opening::AsItIs, Opening::Reset] {
            let outcome = self.read(name, opening);
            if outcome != CardState::Failed(CardFault::Removed) {
                return Ok(outcome);
            }
            if self.has_left(context, reader, count)? {
                return Ok(outcome);
            }
        }
        Ok(CardState::Failed(CardFault::Mute))
    }

    /// Straight after a removal the daemon still takes connections to the card
    /// that has gone: wait until it has noticed, or surely would have.
    fn has_left(
        &self,
        context: &Context,
        reader: &mut ReaderState,
        count: u32,
    ) -> Result<bool, Error> {
        let until = Instant::now() + SETTLE;
        while Instant::now() < until && !self.shared.stopped() {
            match look(context, reader)? {
                Some(seen) if seen.present && seen.count == count => {}
                _ => return Ok(true),
            }
        }
        Ok(false)
    }

    fn read(&mut self, name: &CStr, opening: Opening) -> CardState {
        self.shared
            .publish(CardState::Reading { done: 0, total: 0 });
        if !self.last_has_ended() {
            return CardState::Failed(CardFault::Stalled);
        }
        let started = Instant::now();
        let reading = match Reading::start(name.to_owned(), opening) {
            Ok(reading) => reading,
            Err(error) => {
                tracing::error!(%error, "no thread to read the card");
                return CardState::Failed(CardFault::Daemon);
            }
        };
        let state = self.follow(&reading, started);
        match &state {
            CardState::Failed(fault) => tracing::info!(code = fault.code(), "card not read"),
            _ => tracing::info!(ms = started.elapsed().as_millis(), "card read"),
        }
        // Most have ended here; one that has not is waited for by nobody.
        self.stuck = Some(reading.leave());
        state
    }

    /// Waits for the last reading's thread: it lets go of the card a moment
    /// after its last word, or hangs, which ends like any other silence.
    fn last_has_ended(&mut self) -> bool {
        let until = Instant::now() + self.deadline;
        while self.stuck.as_ref().is_some_and(|last| !last.is_finished()) {
            if Instant::now() >= until || self.shared.stopped() {
                return false;
            }
            thread::sleep(LETTING_GO);
        }
        self.stuck = None;
        true
    }

    /// Takes the steps of a reading until its end, a deadline, or the stop.
    fn follow(&self, reading: &Reading, started: Instant) -> CardState {
        let mut heard = started;
        loop {
            match reading.steps.recv_timeout(TURN.min(self.deadline)) {
                Ok(Step::Heard) => heard = Instant::now(),
                Ok(Step::Progress { done, total }) => {
                    heard = Instant::now();
                    self.shared.publish(CardState::Reading { done, total });
                }
                Ok(Step::Done(Ok(identity))) => return CardState::Ready(identity),
                Ok(Step::Done(Err(fault))) => return CardState::Failed(fault),
                Err(RecvTimeoutError::Timeout) => {}
                // The thread panicked: that is our fault, and not the card's,
                // but the desk has the same choice.
                Err(RecvTimeoutError::Disconnected) => {
                    return CardState::Failed(CardFault::Malformed {
                        what: "unexpected content",
                    });
                }
            }
            let late = heard.elapsed() >= self.deadline
                || started.elapsed() >= self.deadline.saturating_mul(WHOLE_READING);
            if late || self.shared.stopped() {
                return CardState::Failed(CardFault::Stalled);
            }
        }
    }

    fn pause(&self, length: Duration) {
        let until = Instant::now() + length;
        while Instant::now() < until && !self.shared.stopped() {
            thread::sleep(TURN.min(length));
        }
    }
}

/// Waits for news of a reader, one turn at most. `None`: it was detached.
fn look(context: &Context, reader: &mut ReaderState) -> Result<Option<Seen>, Error> {
    match context.get_status_change(TURN, std::slice::from_mut(reader)) {
        Ok(()) | Err(Error::Timeout) => {}
        Err(Error::UnknownReader | Error::ReaderUnavailable) => return Ok(None),
        Err(error) => return Err(error),
    }
    reader.sync_current_state();
    let state = reader.event_state();
    if state.intersects(State::UNKNOWN | State::UNAVAILABLE | State::IGNORE) {
        return Ok(None);
    }
    Ok(Some(Seen {
        present: state.contains(State::PRESENT),
        mute: state.contains(State::MUTE),
        count: reader.event_count(),
    }))
}
