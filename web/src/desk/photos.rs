//! Photographs and voice notes: taken in piece by piece, shown piece by piece, never whole in memory.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use serde_json::json;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use vereda_sync::record::sighting::Sighting;
use vereda_sync::record::voice;

use crate::desk::port::{Attachment, BlobPiece, DeskError, Intake};
use crate::desk::{DeskState, Fault, MAX_PHOTO_BYTES, fault};
use crate::gate::{GUARD_FIELD, Posted, Signed, check_guard, redirect, wants_page};
use crate::words;

/// Pieces that wait between the network and the disk.
const PIECES_AHEAD: usize = 4;

pub(crate) async fn attach(
    State(state): State<DeskState>,
    Path(to): Path<(String, String)>,
    headers: HeaderMap,
    who: Signed,
    request: Request,
) -> Response {
    take(state, to, (headers, who, request), false).await
}

pub(crate) async fn attach_voice(
    State(state): State<DeskState>,
    Path(to): Path<(String, String)>,
    headers: HeaderMap,
    who: Signed,
    request: Request,
) -> Response {
    take(state, to, (headers, who, request), true).await
}

async fn take(
    state: DeskState,
    (form, field): (String, String),
    (headers, who, request): (HeaderMap, Signed, Request),
    is_voice: bool,
) -> Response {
    let by_page = wants_page(&headers);
    let (parts, body) = request.into_parts();
    let paced = Body::from_stream(OneByOne {
        body: body.into_data_stream(),
        rests: false,
    });
    let mut multipart = match Multipart::from_request(Request::from_parts(parts, paced), &()).await
    {
        Ok(multipart) => multipart,
        Err(refusal) => return refusal.into_response(),
    };
    let mut step = String::new();
    let mut seen = None;
    let mut seconds = None;
    let mut believed = false;
    let mut taken: Result<Option<Attachment>, DeskError> = Ok(None);
    loop {
        let part = match multipart.next_field().await {
            Ok(Some(part)) => part,
            Ok(None) => break,
            Err(error) => {
                taken = Err(not_received(error.status()));
                break;
            }
        };
        match part.name() {
            Some(GUARD_FIELD) => {
                let sent = part.text().await.unwrap_or_default();
                if let Err(refusal) = check_guard(&state, &who.session, &sent).await {
                    return refusal;
                }
                believed = true;
            }
            Some("passo") => step = part.text().await.unwrap_or_default(),
            // What cannot be is no position: the photograph is kept all the same.
            Some("posicao") => {
                seen = Sighting::parse(&part.text().await.unwrap_or_default());
            }
            Some("segundos") => {
                seconds = voice::seconds_of(&part.text().await.unwrap_or_default());
            }
            // The token stands first in the form, so a photograph before it is foreign.
            Some("ficheiro") if believed => {
                let name = part
                    .file_name()
                    .unwrap_or(if is_voice { "gravação" } else { "fotografia" })
                    .chars()
                    .take(120)
                    .collect::<String>();
                let (session, form, field) = (who.session.clone(), form.clone(), field.clone());
                let begun = state
                    .call(move |desk| desk.attach(&session, &form, &field, &name))
                    .await;
                taken = match begun {
                    Ok(mut intake) => {
                        if let Some(seen) = seen {
                            intake.stood(seen);
                        }
                        if is_voice {
                            intake.is_voice(seconds);
                        }
                        take_in(intake, part).await.map(Some)
                    }
                    Err(error) => Err(error),
                };
                if taken.is_err() {
                    break;
                }
            }
            _ => {}
        }
    }
    if !believed && taken.is_ok() {
        // Without the token nothing was read: said as for any other form.
        return check_guard(&state, &who.session, "")
            .await
            .err()
            .unwrap_or_else(|| redirect("/"));
    }
    answer(&form, &step, by_page, taken)
}

/// A body that rests after every piece. The multipart parser keeps whatever it
/// can get before it hands anything on; so it gets one piece at a time, and a
/// browser that is faster than the disk waits, instead of filling the memory.
struct OneByOne<S> {
    body: S,
    rests: bool,
}

impl<S: Stream + Unpin> Stream for OneByOne<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.rests) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let piece = Pin::new(&mut self.body).poll_next(context);
        self.rests = piece.is_ready();
        piece
    }
}

fn not_received(status: StatusCode) -> DeskError {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        DeskError::TooLarge {
            max: MAX_PHOTO_BYTES as u64,
        }
    } else {
        DeskError::NotNow("O ficheiro não chegou inteiro. Escolha-o de novo.".to_owned())
    }
}

/// Passes the pieces to the disk on a blocking thread while more come in.
async fn take_in(
    mut intake: Box<dyn Intake>,
    mut part: Field<'_>,
) -> Result<Attachment, DeskError> {
    let (sender, mut pieces) = mpsc::channel::<Result<Bytes, DeskError>>(PIECES_AHEAD);
    let writer = spawn_blocking(move || {
        while let Some(piece) = pieces.blocking_recv() {
            intake.write(&piece?)?;
        }
        intake.finish()
    });
    loop {
        let piece = match part.chunk().await {
            Ok(Some(piece)) => Ok(piece),
            Ok(None) => break,
            Err(error) => Err(not_received(error.status())),
        };
        let broken = piece.is_err();
        // A closed channel means that the writer refused: its reason comes below.
        if sender.send(piece).await.is_err() || broken {
            break;
        }
    }
    drop(sender);
    writer.await.unwrap_or_else(|error| {
        tracing::error!(%error, "taking a photograph in did not end");
        Err(DeskError::Broken {
            reference: "W-2".to_owned(),
        })
    })
}

/// The step where it was taken in; of a form of paper there is none, and it was at "check your answers".
fn back(form: &str, step: &str) -> String {
    match step {
        "" => format!("/conferir/{form}#impresso"),
        step => format!("/formulario/{form}/{step}"),
    }
}

fn answer(
    form: &str,
    step: &str,
    by_page: bool,
    taken: Result<Option<Attachment>, DeskError>,
) -> Response {
    match taken {
        Ok(_) if by_page => redirect(&back(form, step)),
        Ok(Some(attachment)) => Json(json!({
            "blob": attachment.blob, "name": attachment.name, "size": words::size(attachment.bytes),
        }))
        .into_response(),
        Ok(None) => (
            StatusCode::BAD_REQUEST,
            Json(json!({ "message": "Nenhum ficheiro chegou." })),
        )
            .into_response(),
        Err(error) if by_page => Fault::from(error).into_response(),
        Err(error) => {
            let (status, heading, advice) = fault::say(&error);
            (
                status,
                Json(json!({ "message": format!("{heading}. {advice}") })),
            )
                .into_response()
        }
    }
}

pub(crate) async fn detach(
    State(state): State<DeskState>,
    Path((form, field)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let back = back(&form, posted.get("passo"));
    let taken_off = state
        .call(move |desk| desk.detach(&posted.session, &form, &field, posted.get("blob")))
        .await;
    match taken_off {
        Ok(()) => redirect(&back),
        Err(error) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn show(
    State(state): State<DeskState>,
    Path(blob): Path<String>,
    _who: Signed,
) -> Response {
    stream_of(move |offset| {
        let (state, blob) = (state.clone(), blob.clone());
        async move { state.call(move |desk| desk.blob(&blob, offset)).await }
    })
    .await
}

/// A blob, piece by piece as they are read.
pub(crate) async fn stream_of<F>(piece: impl Fn(u64) -> F + Send + 'static) -> Response
where
    F: Future<Output = Result<BlobPiece, DeskError>> + Send,
{
    let first = match piece(0).await {
        Ok(first) => first,
        Err(error) => return Fault::from(error).into_response(),
    };
    let (media_type, total) = (first.media_type, first.total_bytes);
    let rest = stream::unfold(
        (piece, 0_u64, Some(first.bytes)),
        move |(piece, offset, ready)| async move {
            let read = match ready {
                Some(bytes) => Ok(bytes),
                None if offset >= total => return None,
                None => piece(offset).await.map(|p| p.bytes),
            };
            match read {
                Ok(bytes) if bytes.is_empty() => None,
                Ok(bytes) => {
                    let next = offset + bytes.len() as u64;
                    Some((Ok(Bytes::from(bytes)), (piece, next, None)))
                }
                Err(_) => Some((
                    Err(std::io::Error::other("the blob ended early")),
                    (piece, total, None),
                )),
            }
        },
    );
    // Only pictures and sounds are given as such: a file that calls itself a page stays inert.
    let is_picture = media_type.starts_with("image/") && !media_type.contains("svg");
    let media_type = if is_picture || voice::is_voice(&media_type) {
        media_type
    } else {
        "application/octet-stream".to_owned()
    };
    let mut response = Body::from_stream(rest).into_response();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&media_type) {
        headers.insert(CONTENT_TYPE, value);
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(total));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    // Content-addressed: it never changes. Kept for the session's page turns only.
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=600"),
    );
    response
}
