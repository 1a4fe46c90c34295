//! A photograph on its way: piece by piece between the network and the store.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use vereda_sync::id::BlobId;
use vereda_web::desk::port::Event;

use super::{IDLE, blocking};
use crate::clock;
use crate::node::Node;
use crate::store::blob::{self, Blob, PIECE_BYTES};

/// What kinds of blob are taken: what a browser shows or plays without running anything in it.
const MEDIA_TYPES: [&str; 8] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/heif",
    "application/pdf",
    "audio/webm",
    "audio/ogg",
    "audio/mp4",
];

/// Whether blobs of that media type are taken.
pub(crate) fn is_taken(media_type: &str) -> bool {
    MEDIA_TYPES.contains(&media_type)
}

/// How the taking in of a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// So much is held now; the rest is missing.
    Part(u64),
    /// All is there and is what its id says.
    Whole,
    /// All is there and is something else: it was thrown away.
    Wrong,
    /// Somebody else brings the same blob, or the stream holds more than was said.
    Refused,
}

/// Takes in the blob `id` of `total` bytes from `offset` on. What came before a
/// cut stays, to be resumed.
pub(super) async fn take(
    node: &Arc<Node>,
    (id, media_type, total): (BlobId, String, u64),
    offset: u64,
    origin: &str,
    stream: BodyDataStream,
    stored: impl FnMut(u64),
) -> anyhow::Result<Taken> {
    let received = receive(node, (id, total), offset, stream, stored).await?;
    if received != Taken::Whole {
        return Ok(received);
    }
    let (node, origin) = (node.clone(), origin.to_owned());
    blocking(move || finish(&node, (id, media_type, total), &origin)).await
}

/// As [`take`], but nobody has looked yet whether the whole is what its id says.
pub(super) async fn receive(
    node: &Arc<Node>,
    (id, total): (BlobId, u64),
    mut offset: u64,
    mut stream: BodyDataStream,
    mut stored: impl FnMut(u64),
) -> anyhow::Result<Taken> {
    let mut buffer = BytesMut::new();
    let mut open = true;
    while open {
        match timeout(IDLE, stream.next()).await {
            Ok(Some(Ok(bytes))) => buffer.extend_from_slice(&bytes),
            Ok(None) | Err(_) | Ok(Some(Err(_))) => open = false,
        }
        if offset + buffer.len() as u64 > total {
            return Ok(Taken::Refused);
        }
        while buffer.len() >= PIECE_BYTES || (!open && !buffer.is_empty()) {
            let piece = buffer.split_to(buffer.len().min(PIECE_BYTES)).freeze();
            let bytes = piece.len() as u64;
            let (to, at) = (node.clone(), offset);
            if !blocking(move || add(&to, id, at, &piece)).await? {
                return Ok(Taken::Refused);
            }
            offset += bytes;
            stored(offset);
        }
    }
    Ok(match offset < total {
        true => Taken::Part(offset),
        false => Taken::Whole,
    })
}

/// Adds a piece where the blob ends; gives whether it ended there.
pub(crate) fn add(node: &Node, id: BlobId, at: u64, piece: &[u8]) -> anyhow::Result<bool> {
    let db = node.store.write();
    // Two may bring it at once: only who goes on where it ends may write.
    let follows = blob::held(&db, &id.0)? == at && blob::find(&db, id)?.is_none();
    if follows {
        blob::add_piece(&db, &id.0, at, piece)?;
    }
    Ok(follows)
}

/// Hashes the whole, a piece at a time, and keeps it only if it is what it says.
pub(crate) fn finish(
    node: &Node,
    (id, media_type, bytes): (BlobId, String, u64),
    origin: &str,
) -> anyhow::Result<Taken> {
    let hash = blob::hash(&node.store, &id.0)?;
    let db = node.store.write();
    if hash != id.0 {
        if blob::find(&db, id)?.is_none() {
            blob::drop_pieces(&db, &id.0)?;
        }
        return Ok(Taken::Wrong);
    }
    let whole = Blob {
        id,
        media_type,
        bytes,
        at_ms: clock::now_ms(),
    };
    blob::complete(&db, &id.0, &whole, origin)?;
    let named_by = blob::named_by(&db, id)?;
    drop(db);
    for record in named_by {
        node.tell(Event::Record {
            id: record.to_string(),
        });
    }
    Ok(Taken::Whole)
}

/// What goes out of a photograph in one go: a record waits for no more than that, once its turn comes.
const MORSEL_BYTES: usize = 4 << 10;

/// Whether records are under way, which have the right of it.
pub(crate) type Way = watch::Receiver<bool>;

/// The way where no records go.
pub(crate) fn clear() -> Way {
    watch::channel(false).1
}

/// Longest that they hold up a morsel: what does not move at all is taken for broken.
const YIELD: Duration = Duration::from_secs(5);

/// A body with the bytes under `key` from `offset` on until `total`, which lets records pass. Ends with the task.
pub(crate) fn give(
    node: Arc<Node>,
    key: Vec<u8>,
    mut offset: u64,
    total: u64,
    mut way: Way,
    mut given: impl FnMut(u64) + Send + 'static,
) -> Body {
    let (out, queue) = mpsc::channel::<Result<Bytes, std::io::Error>>(2);
    // Not tied to a handle: it ends when the body is dropped.
    tokio::spawn(async move {
        while offset < total {
            let (from, key, at) = (node.clone(), key.clone(), offset);
            let piece = blocking(move || Ok(blob::read(&from.store.read(), &key, at)?)).await;
            let piece = match piece {
                Ok(piece) if !piece.is_empty() => Ok(Bytes::from(piece)),
                Ok(_) => Err(std::io::Error::other("the blob breaks off")),
                Err(error) => Err(std::io::Error::other(error)),
            };
            let mut piece = match piece {
                Ok(piece) => piece,
                Err(error) => {
                    let _ = out.send(Err(error)).await;
                    return;
                }
            };
            let left = usize::try_from(total - offset).unwrap_or(usize::MAX);
            piece.truncate(left);
            while !piece.is_empty() {
                let morsel = piece.split_to(piece.len().min(MORSEL_BYTES));
                offset += morsel.len() as u64;
                let _ = timeout(YIELD, way.wait_for(|records| !records)).await;
                if out.send(Ok(morsel)).await.is_err() {
                    return;
                }
                given(offset);
            }
        }
    });
    Body::from_stream(ReceiverStream::new(queue))
}
