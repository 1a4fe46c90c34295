//! Bundles at the hub, as spots bring them for others.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use serde::Deserialize;
use vereda_sync::bundle::MAX_FILE_BYTES;
use vereda_sync::exchange::message::Head;
use vereda_sync::id::{BlobId, JournalId, PartId};

use super::blobs::Refused;
use super::hub::{Hub, Peer};
use super::pieces::{self, Taken};
use super::{UPLOAD_OFFSET, blocking};
use crate::bundle::carrier::{self, Word};
use crate::bundle::hub::{drain as drain_kept, receipt_for};
use crate::bundle::intake;
use crate::config::Sync;
use crate::node::Node;
use crate::store::bundle as store;

/// What a question for a receipt says of the journal.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    size: u64,
    root: String,
}

/// What a `PUT` says of the part.
#[derive(Debug, Deserialize)]
pub(super) struct Upload {
    offset: u64,
    bytes: u64,
}

/// `GET` of a receipt: 200 with it when all that is said of the journal is here.
pub(super) async fn receipt(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Extension(config): Extension<Arc<Sync>>,
    Path(journal): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    admit(&hub, &peer).await?;
    // A root is as wide as the id of a part.
    let named = JournalId::from_hex(&journal).zip(PartId::from_hex(&asked.root));
    let (journal, root) = named.ok_or(Refused::Status(StatusCode::BAD_REQUEST))?;
    let head = Head {
        journal,
        size: asked.size,
        root: root.0,
    };
    let found = blocking(move || receipt_for(&hub.node, &config, head)).await?;
    let file = found.ok_or(Refused::Status(StatusCode::NOT_FOUND))?;
    Ok((StatusCode::OK, file).into_response())
}

/// `GET` of a part: 202 when it is here and waits, else 404 with how much of it is.
pub(super) async fn held(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    admit(&hub, &peer).await?;
    let id = part_id(&id)?;
    Ok(
        match blocking(move || carrier::brought(&hub.node, id)).await? {
            (true, _) => StatusCode::ACCEPTED.into_response(),
            (false, part) => {
                (StatusCode::NOT_FOUND, [(UPLOAD_OFFSET, part.to_string())]).into_response()
            }
        },
    )
}

/// `PUT`: from `offset` on, which must be what is held. 201 with the receipt, 202 when
/// the part waits for others, 422 with the reason when it is refused.
pub(super) async fn put(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Extension(config): Extension<Arc<Sync>>,
    Path(id): Path<String>,
    Query(upload): Query<Upload>,
    body: Body,
) -> Result<Response, Refused> {
    admit(&hub, &peer).await?;
    let id = part_id(&id)?;
    if upload.bytes == 0 || upload.offset > upload.bytes {
        return Err(Refused::Status(StatusCode::BAD_REQUEST));
    }
    if upload.bytes > MAX_FILE_BYTES {
        return Err(Refused::Status(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let node = hub.node.clone();
    let (waits, part) = blocking(move || {
        intake::room(&node.store, upload.bytes)?;
        carrier::brought(&node, id)
    })
    .await?;
    if waits {
        return Ok(StatusCode::ACCEPTED.into_response());
    }
    let conflict =
        |part: u64| (StatusCode::CONFLICT, [(UPLOAD_OFFSET, part.to_string())]).into_response();
    if part != upload.offset {
        return Ok(conflict(part));
    }
    let received = pieces::receive(
        &hub.node,
        (BlobId(id.0), upload.bytes),
        upload.offset,
        body.into_data_stream(),
        |_| (),
    );
    match received.await? {
        Taken::Whole => (),
        Taken::Part(part) => {
            return Ok((StatusCode::ACCEPTED, [(UPLOAD_OFFSET, part.to_string())]).into_response());
        }
        Taken::Wrong | Taken::Refused => return Ok(conflict(part)),
    }
    let node = hub.node.clone();
    let answer = blocking(move || carrier::answer(&node, &config, id, upload.bytes));
    Ok(match answer.await? {
        Word::Receipt(file) => (StatusCode::CREATED, file).into_response(),
        Word::Waits => StatusCode::ACCEPTED.into_response(),
        Word::Refused(why) => (StatusCode::UNPROCESSABLE_ENTITY, why).into_response(),
    })
}

fn part_id(id: &str) -> Result<PartId, Refused> {
    PartId::from_hex(id).ok_or(Refused::Status(StatusCode::BAD_REQUEST))
}

async fn admit(hub: &Hub, peer: &Peer) -> Result<(), Refused> {
    let spot = hub.enrolled.spot(&peer.fingerprint).await;
    spot.map(|_| ())
        .ok_or(Refused::Status(StatusCode::FORBIDDEN))
}

/// Takes in what waited, whenever something arrived that it may have waited for.
pub(super) fn drain(node: &Node, config: &Sync) -> anyhow::Result<()> {
    if store::kept(&node.store.read())? != (0, 0) {
        drain_kept(node, config)?;
    }
    Ok(())
}
