//! The thread that talks to one chip, once.

use std::ffi::CString;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use pcsc::{Card, Context, Disposition, Error, Protocols, Scope, ShareMode};

use crate::card::apdu::Channel;
use crate::card::{CardFault, Identity, read};

/// What the thread tells.
pub(super) enum Step {
    /// The chip has answered something.
    Heard,
    /// Bytes read of bytes to read.
    Progress { done: u32, total: u32 },
    /// The end.
    Done(Result<Arc<Identity>, CardFault>),
}

/// In which condition the chip is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// As it lies in the reader: another program may be using it too.
    AsItIs,
    /// Powered anew, after a reading broke off.
    Reset,
}

/// A reading under way.
pub(super) struct Reading {
    pub(super) steps: Receiver<Step>,
    thread: JoinHandle<()>,
}

impl Reading {
    pub(super) fn start(reader: CString, opening: Opening) -> io::Result<Self> {
        let (tell, steps) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("card-read".to_owned())
            .spawn(move || {
                let outcome = converse(&reader, opening, &tell).map(Arc::new);
                // Nobody listens any more when the deadline has passed.
                let _ = tell.send(Step::Done(outcome));
            })?;
        Ok(Self { steps, thread })
    }

    /// Stops listening, by which the thread gives up at its next progress.
    /// What is left may hang in a transmission for as long as the card likes.
    pub(super) fn leave(self) -> JoinHandle<()> {
        self.thread
    }
}

fn converse(
    reader: &CString,
    opening: Opening,
    tell: &Sender<Step>,
) -> Result<Identity, CardFault> {
    let context = Context::establish(Scope::User).map_err(fault)?;
    let mut card = context
        .connect(reader, ShareMode::Shared, Protocols::ANY)
        .map_err(fault)?;
    if opening == Opening::Reset {
        card.reconnect(ShareMode::Shared, Protocols::ANY, Disposition::ResetCard)
            .map_err(fault)?;
    }
    let outcome = match card.transaction() {
        Ok(transaction) => {
            // Another program selecting its own files in between would have us
            // read those: the transaction keeps it out.
            let mut chip = Chip {
                card: &transaction,
                tell,
            };
            let outcome = read::identity(&mut chip, &mut |done, total| {
                tell.send(Step::Progress { done, total }).is_ok()
            });
            let _ = transaction.end(Disposition::LeaveCard);
            outcome
        }
        Err(error) => Err(fault(error)),
    };
    // Dropping would reset the card under another program.
    let _ = card.disconnect(Disposition::LeaveCard);
    outcome
}

struct Chip<'a> {
    card: &'a Card,
    tell: &'a Sender<Step>,
}

impl Channel for Chip<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, CardFault> {
        // 256 bytes and the status: no command here asks for more.
        let mut buffer = [0; 258];
        let answer = self.card.transmit(command, &mut buffer).map_err(fault)?;
        // The deadline is for one silence, not for the steps before the first
        // byte. When nobody listens, the next progress ends the reading.
        let _ = self.tell.send(Step::Heard);
        Ok(answer.to_vec())
    }
}

fn fault(error: Error) -> CardFault {
    tracing::debug!(%error, "card transmission");
    match error {
        Error::SharingViolation => CardFault::InUse,
        Error::ProtoMismatch | Error::UnsupportedCard => CardFault::Unknown,
        Error::UnresponsiveCard | Error::UnpoweredCard => CardFault::Mute,
        Error::InsufficientBuffer => CardFault::Malformed {
            what: "more than was asked for",
        },
        Error::NoService
        | Error::ServiceStopped
        | Error::CommError
        | Error::InvalidHandle
        | Error::InternalError => CardFault::Daemon,
        // NotTransacted, RemovedCard, NoSmartcard, ResetCard, ReaderUnavailable:
        // the watching thread finds out whether the card is still there.
        _ => CardFault::Removed,
    }
}
