//! Photographs and scans at the hub.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::response::{IntoResponse, Response};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, RANGE};
use hyper::{HeaderMap, StatusCode};
use serde::Deserialize;
use vereda_sync::id::BlobId;

use super::hub::{Hub, Peer};
use super::pieces::{self, Taken};
use super::wire;
use super::{UPLOAD_OFFSET, blocking};
use crate::authority::Enrolled;
use crate::store::blob::{self, Blob, MAX_BLOB_BYTES};
use crate::store::lent;

/// What a `PUT` says of the blob.
#[derive(Debug, Deserialize)]
pub(super) struct Upload {
    offset: u64,
    #[serde(rename = "type")]
    media_type: String,
    bytes: u64,
}

/// `HEAD`: 200 when it is here whole, 204 when a part is, 404 when nothing is.
pub(super) async fn held(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let (_, id) = admit(&hub, &peer, &id).await?;
    let found = blocking(move || {
        let db = hub.node.store.read();
        Ok((blob::find(&db, id)?, blob::held(&db, &id.0)?))
    });
    match found.await? {
        (Some(whole), _) => {
            Ok((StatusCode::OK, [(UPLOAD_OFFSET, whole.bytes.to_string())]).into_response())
        }
        (None, 0) => Err(Refused::Status(StatusCode::NOT_FOUND)),
        (None, part) => {
            Ok((StatusCode::NO_CONTENT, [(UPLOAD_OFFSET, part.to_string())]).into_response())
        }
    }
}

/// `PUT`: from `offset` on, which must be what is held. 201 when it is here whole.
pub(super) async fn put(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    Query(upload): Query<Upload>,
    body: Body,
) -> Result<Response, Refused> {
    let (spot, id) = admit(&hub, &peer, &id).await?;
    if upload.bytes == 0 || upload.offset > upload.bytes || !pieces::is_taken(&upload.media_type) {
        return Err(Refused::Status(StatusCode::BAD_REQUEST));
    }
    if upload.bytes > MAX_BLOB_BYTES {
        return Err(Refused::Status(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let node = hub.node.clone();
    let (whole, part) = blocking(move || {
        let db = node.store.read();
        Ok((blob::find(&db, id)?, blob::held(&db, &id.0)?))
    })
    .await?;
    if whole.is_some() {
        return Ok(StatusCode::CREATED.into_response());
    }
    if part != upload.offset {
        return Ok((StatusCode::CONFLICT, [(UPLOAD_OFFSET, part.to_string())]).into_response());
    }
    let taken = pieces::take(
        &hub.node,
        (id, upload.media_type, upload.bytes),
        upload.offset,
        &spot.id,
        body.into_data_stream(),
        |_| (),
    )
    .await?;
    Ok(match taken {
        Taken::Whole => StatusCode::CREATED.into_response(),
        Taken::Part(part) => {
            (StatusCode::ACCEPTED, [(UPLOAD_OFFSET, part.to_string())]).into_response()
        }
        Taken::Wrong => {
            tracing::warn!(spot = spot.id, blob = %id, "a photograph is not what its id says");
            StatusCode::UNPROCESSABLE_ENTITY.into_response()
        }
        Taken::Refused => StatusCode::CONFLICT.into_response(),
    })
}

/// `GET`, with `range: bytes=N-` to resume. Only what a record of the spot's scopes
/// or one that is lent to it names, or what the spot brought itself.
pub(super) async fn get(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let (spot, id) = admit(&hub, &peer, &id).await?;
    let node = hub.node.clone();
    let found = blocking(move || {
        let db = node.store.read();
        let may = blob::is_named_in(&db, id, &spot.scopes)?
            || lent::names(&db, id, &spot.id)?
            || blob::origin(&db, id)?.is_some_and(|origin| origin == spot.id);
        Ok(blob::find(&db, id)?.filter(|_| may))
    });
    let Blob {
        media_type, bytes, ..
    } = found.await?.ok_or(Refused::Status(StatusCode::NOT_FOUND))?;
    let from = headers
        .get(RANGE)
        .map_or(Some(0), |v| wire::resumes_at(v.to_str().ok()?))
        .filter(|from| *from < bytes)
        .ok_or(Refused::Status(StatusCode::RANGE_NOT_SATISFIABLE))?;
    let status = if from > 0 {
        StatusCode::PARTIAL_CONTENT
    } else {
        StatusCode::OK
    };
    let body = pieces::give(
        hub.node.clone(),
        id.0.to_vec(),
        from,
        bytes,
        pieces::clear(),
        |_| (),
    );
    Ok((
        status,
        [
            (CONTENT_TYPE, media_type),
            (CONTENT_LENGTH, (bytes - from).to_string()),
        ],
        body,
    )
        .into_response())
}

async fn admit(hub: &Hub, peer: &Peer, id: &str) -> Result<(Enrolled, BlobId), Refused> {
    let spot = hub.enrolled.spot(&peer.fingerprint).await;
    let spot = spot.ok_or(Refused::Status(StatusCode::FORBIDDEN))?;
    let id = BlobId::from_hex(id).ok_or(Refused::Status(StatusCode::BAD_REQUEST))?;
    Ok((spot, id))
}

/// Why a request was not answered.
pub(super) enum Refused {
    /// The other side's fault.
    Status(StatusCode),
    /// Ours.
    Own(anyhow::Error),
}

impl From<anyhow::Error> for Refused {
    fn from(error: anyhow::Error) -> Self {
        Self::Own(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Status(status) => status.into_response(),
            Self::Own(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "a photograph could not be served"
                );
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    }
}
