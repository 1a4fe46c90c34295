//! The hub's side of an exchange. It takes in whatever comes, in whatever
//! order, and never stores past a gap.

use crate::exchange::custody::Sealed;
use crate::exchange::message::{Cursor, Hello, Message, Refusal};
use crate::exchange::{ExchangeError, VERSION};
use crate::id::JournalId;

/// What the loop around the machine must do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Do {
    /// Send this.
    Send(Message),
    /// Look up what is held of these journals and answer with a welcome; a
    /// journal of another node is refused ([`Refusal::NotYours`]). When the node has its
    /// receipts and nothing is new for it, answer [`Message::Same`] and send no feeds.
    Welcome(Hello),
    /// Send the news of a scope after this cursor, then its end; concurrently
    /// with what follows. Entries of the caller's own `journals` are only named.
    SendFeed {
        /// From where on.
        after: Cursor,
        /// What the caller has itself: journal and size.
        journals: Vec<(JournalId, u64)>,
    },
    /// Examine and store a frame: entries up to what is held are only compared, a
    /// frame that begins past a gap is ignored. Then send an [`Message::Ack`] of what
    /// is held, but not past the frame's end: only so much was compared.
    Store {
        /// Journal of the caller.
        journal: JournalId,
        /// Index of its first entry.
        first: u64,
        /// The entries, packed.
        packed: Vec<u8>,
    },
    /// Examine the node's seal, keep it, and compare the journal with ours: equal, answer
    /// with our own seal, [`Message::Proof`]; equal
    /// size but another root, [`Refusal::Diverged`]; less held, nothing: the
    /// caller has been told and sends the rest.
    Compare(Sealed),
}

/// The hub's state machine.
#[derive(Debug, Default)]
pub struct Callee {
    journals: Option<Vec<JournalId>>,
}

impl Callee {
    /// Takes a message of the node.
    ///
    /// # Errors
    /// When the exchange cannot go on; the loop then says so and hangs up.
    pub fn receive(&mut self, message: Message) -> Result<Vec<Do>, ExchangeError> {
        let ours = |journal: &JournalId| {
            self.journals
                .as_ref()
                .is_some_and(|own| own.contains(journal))
        };
        match message {
            Message::Hello(hello) if self.journals.is_none() => {
                if hello.version != VERSION {
                    return Err(ExchangeError::Refused(Refusal::Version));
                }
                self.journals = Some(hello.journals.iter().map(|h| h.journal).collect());
                let journals: Vec<(JournalId, u64)> =
                    hello.journals.iter().map(|h| (h.journal, h.size)).collect();
                let feeds: Vec<Do> = hello
                    .cursors
                    .iter()
                    .map(|after| Do::SendFeed {
                        after: after.clone(),
                        journals: journals.clone(),
                    })
                    .collect();
                Ok([vec![Do::Welcome(hello)], feeds].concat())
            }
            Message::Frame {
                journal,
                first,
                packed,
            } if ours(&journal) => Ok(vec![Do::Store {
                journal,
                first,
                packed,
            }]),
            Message::Checkpoint(sealed) if ours(&sealed.head.journal) => {
                Ok(vec![Do::Compare(sealed)])
            }
            Message::Frame { .. } | Message::Checkpoint(_) if self.journals.is_some() => {
                Err(ExchangeError::Refused(Refusal::NotYours))
            }
            _ => Err(ExchangeError::Unexpected("not for a hub")),
        }
    }
}
