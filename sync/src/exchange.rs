//! The exchange: how a node and its hub become equal, in one conversation.
//!
//! ```text
//! node                                       hub
//!  Hello (versions, journals, cursors) ─────▶
//!  Frame, Frame, … (from what was acked) ───▶  guard, store, sync
//!   ◀─────────── Welcome (what is held), Ack …  piece by piece
//!   ◀────────────── News, News, …, FeedEnd      of the node's scopes
//!  Checkpoint (root, seal) ─────────────────▶
//!   ◀──────────────────────── Proof (seal)      sizes and roots agree: custody
//! ```
//! When nothing is new on either side, the hub says so instead of the welcome ([`Message::Same`]),
//! and that is all: one small message each way. The seals stand as they are. When only a few
//! entries are new the sides agree on the root and seal it at the next quiet exchange.
//!
//! The node does not wait for the welcome: it sends from the last acknowledged
//! entry on, so a backlog of any length costs one round trip. A cut anywhere
//! costs what was not acknowledged yet.
//!
//! [`Caller`] (the node) and [`Callee`] (the hub) are state machines: messages
//! in, [`caller::Do`] and [`callee::Do`] out. A dumb loop beside a store and a
//! link performs them. [`message`] is what travels, [`frame`] how changes are packed.
//!
//! Two nodes without a hub have a [`meeting`].

pub mod callee;
pub mod caller;
mod columns;
pub mod custody;
pub mod frame;
pub mod meeting;
pub mod message;

pub use callee::Callee;
pub use caller::Caller;
pub use meeting::Meeting;
pub use message::Message;

/// The scope by which a spot asks for what is lent to it: records of other scopes whose case was
/// handed to it. No scope of a spot can be called so.
pub const LENT: &str = "!lent";

/// The highest version of the protocol that is spoken here. Both sides say what they speak, and
/// take the highest that both do.
pub const VERSION: u16 = 3;
/// The lowest version that is still spoken here: none before it was ever released.
pub const OLDEST: u16 = 3;

/// What broke an exchange. None of it loses anything: the next one resumes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// A message that cannot be read.
    #[error("a message of the exchange is malformed: {0}")]
    Malformed(&'static str),
    /// A message that has no place here.
    #[error("unexpected message: {0}")]
    Unexpected(&'static str),
    /// The other side refuses to go on.
    #[error("refused: {0}")]
    Refused(message::Refusal),
}
