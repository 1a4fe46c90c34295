//! The hub's side of an exchange. It takes in whatever comes, in whatever
//! order, and never stores past a gap.

use crate::exchange::ExchangeError;
use crate::exchange::frame::Encoding;
use crate::exchange::message::{Cursor, Hello, Message, Number, Outline, Refusal, Vouched};
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
    /// with what follows. Entries of the caller's own journals ([`Callee::journals`]) are only
    /// named, by number.
    SendFeed {
        /// Its number in the hello.
        scope: Number,
        /// From where on.
        after: Cursor,
    },
    /// Examine and store a frame: entries up to what is held are only compared, a
    /// frame that begins past a gap is ignored. Then send an [`Message::Ack`] of what
    /// is held, but not past the frame's end: only so much was compared.
    Store {
        /// Its number in the hello, for the answer.
        number: Number,
        /// Journal of the caller.
        journal: JournalId,
        /// Index of its first entry.
        first: u64,
        /// The entries, packed.
        packed: Vec<u8>,
    },
    /// Compare this journal with ours. Equal: examine the node's seal, keep it, and answer with
    /// our own ([`Message::Proof`]); without a seal, just agree. Equal size but another root,
    /// [`Refusal::Diverged`]; less held, nothing: the caller has been told and sends the rest.
    Compare {
        /// What the node said that it has.
        outline: Outline,
        /// Its word.
        vouched: Vouched,
    },
}

/// The hub's state machine.
#[derive(Debug, Default)]
pub struct Callee {
    journals: Option<Vec<Outline>>,
    encoding: Encoding,
}

impl Callee {
    /// The caller's journals, as its hello numbers them.
    #[must_use]
    pub fn journals(&self) -> &[Outline] {
        self.journals.as_deref().unwrap_or_default()
    }

    /// How to pack what goes to the caller.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Takes a message of the node.
    ///
    /// # Errors
    /// When the exchange cannot go on; the loop then says so and hangs up.
    pub fn receive(&mut self, message: Message) -> Result<Vec<Do>, ExchangeError> {
        match message {
            Message::Hello(hello) if self.journals.is_none() => {
                hello.speaks.agree().map_err(ExchangeError::Refused)?;
                self.encoding = Encoding::best(&hello.speaks.encodings);
                self.journals = Some(hello.journals.clone());
                let feeds = (0..).zip(&hello.cursors);
                let feeds = feeds.map(|(scope, after)| Do::SendFeed {
                    scope,
                    after: after.clone(),
                });
                let feeds: Vec<Do> = feeds.collect();
                Ok([vec![Do::Welcome(hello)], feeds].concat())
            }
            Message::Frame {
                journal: number,
                first,
                packed,
            } => Ok(vec![Do::Store {
                number,
                journal: self.named(number)?.journal,
                first,
                packed,
            }]),
            Message::Checkpoint(vouched) => Ok(vec![Do::Compare {
                outline: self.named(vouched.journal)?,
                vouched,
            }]),
            _ => Err(ExchangeError::Unexpected("not for a hub")),
        }
    }

    fn named(&self, number: Number) -> Result<Outline, ExchangeError> {
        let journals = self.journals.as_ref();
        let journals = journals.ok_or(ExchangeError::Unexpected("before the hello"))?;
        let named = journals.get(usize::from(number)).copied();
        named.ok_or(ExchangeError::Refused(Refusal::NotYours))
    }
}
