//! Exchanges: performs on the store what the state machines of
//! [`vereda_sync::exchange`] say, whatever carries the messages. [`Calling`] is the side
//! of who begins, [`Answering`] the hub's, [`Impounding`] the hub's towards who was revoked; two spots
//! have a [`Meeting`]. What is to be kept is on disk before it is said.

use vereda_sync::exchange::ExchangeError;
use vereda_sync::exchange::message::Refusal;

mod answering;
pub mod archived;
mod calling;
mod impounding;
mod meeting;

pub(crate) use answering::feed_for;
pub use answering::{Answering, Peer};
pub(crate) use calling::from_the_beginning;
pub(crate) use calling::known_feeds;
pub use calling::{Calling, Ended};
pub use impounding::{Impounding, words as in_quarantine};
pub use meeting::{Meeting, Neighbour};

/// What ends an exchange early.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The other side: what it says cannot be, or it will not go on.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// This node is no longer enrolled, and so many of its entries are in the hub's quarantine.
    #[error("no longer enrolled; {0} entries are in quarantine at the hub")]
    InQuarantine(u64),
    /// This node's own store.
    #[error("{0:#}")]
    Own(anyhow::Error),
}

impl Fault {
    /// The exchange cannot go on, for this reason.
    #[must_use]
    pub fn refuse(refusal: Refusal) -> Self {
        Self::Exchange(ExchangeError::Refused(refusal))
    }
}

impl From<anyhow::Error> for Fault {
    fn from(error: anyhow::Error) -> Self {
        // A frame that cannot be read is the sender's fault, not the store's.
        match error.downcast::<ExchangeError>() {
            Ok(error) => Self::Exchange(error),
            Err(error) => Self::Own(error),
        }
    }
}

impl From<crate::store::StoreError> for Fault {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Own(error.into())
    }
}
