//! Messages on a stream of HTTP/2: four bytes of length, big-endian, then the message.

use axum::body::{Body, BodyDataStream};
use bytes::{Buf, Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use vereda_sync::exchange::message::MAX_MESSAGE_BYTES;
use vereda_sync::exchange::{ExchangeError, Message};

/// Messages that may wait for the network before the sender waits too.
const QUEUE: usize = 4;

/// What broke the stream.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The connection.
    #[error("the stream broke: {0}")]
    Broken(axum::Error),
    /// It ended within a message.
    #[error("the stream ended within a message")]
    Cut,
    /// What came is no message.
    #[error(transparent)]
    Message(#[from] ExchangeError),
}

/// The messages that come in.
#[derive(Debug)]
pub struct Messages {
    stream: BodyDataStream,
    buffer: BytesMut,
}

impl Messages {
    /// Of a body.
    pub fn of(body: Body) -> Self {
        Self {
            stream: body.into_data_stream(),
            buffer: BytesMut::new(),
        }
    }

    /// The next one; `None` at the end. May be dropped while it waits: nothing is lost.
    ///
    /// # Errors
    /// When the stream breaks, or what comes is no message; then nothing more can be read.
    pub async fn next(&mut self) -> Result<Option<Message>, WireError> {
        loop {
            if let Some(length) = self.buffer.first_chunk::<4>() {
                let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
                if length > MAX_MESSAGE_BYTES {
                    return Err(ExchangeError::Malformed("too large").into());
                }
                if self.buffer.len() >= 4 + length {
                    self.buffer.advance(4);
                    return Ok(Some(Message::decode(&self.buffer.split_to(length))?));
                }
            }
            match self.stream.next().await {
                Some(Ok(bytes)) => self.buffer.extend_from_slice(&bytes),
                Some(Err(error)) => return Err(WireError::Broken(error)),
                None if self.buffer.is_empty() => return Ok(None),
                None => return Err(WireError::Cut),
            }
        }
    }
}

/// From which byte on a request wants a blob, by its `range` header: `bytes=N-`.
#[must_use]
pub fn resumes_at(range: &str) -> Option<u64> {
    let from = range.strip_prefix("bytes=")?.strip_suffix('-')?;
    from.parse().ok()
}

/// Where messages go out; the body that carries them.
pub(super) fn outgoing() -> (mpsc::Sender<Result<Bytes, std::io::Error>>, Body) {
    let (out, queue) = mpsc::channel(QUEUE);
    (out, Body::from_stream(ReceiverStream::new(queue)))
}

/// A message as it goes out.
#[must_use]
pub fn framed(message: &Message) -> Bytes {
    let encoded = message.encode();
    let length = u32::try_from(encoded.len()).unwrap_or(u32::MAX);
    let mut out = BytesMut::with_capacity(4 + encoded.len());
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&encoded);
    out.freeze()
}
