//! What is sent to the catalogue's pages: files and long texts, bounded, the form's token first.

use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use vereda_sync::catalogue::MAX_CATALOGUE_BYTES;

use crate::console::ConsoleState;
use crate::desk::port::Session;
use crate::gate::{GUARD_FIELD, Signed, check_guard};
use crate::plain;

/// Largest whole request: a catalogue, and what a browser writes around each of its files.
pub(crate) const MAX_BYTES: usize = MAX_CATALOGUE_BYTES + (2 << 20);
/// Most parts that are looked at: a folder of a catalogue and what else lies in it.
const MAX_PARTS: usize = 4_300;
/// Longest name of a file, and field of a form that is no file, in bytes.
const MAX_NAME_BYTES: usize = 1_000;

/// What was sent.
pub(crate) struct Sent {
    pub(crate) session: Session,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

impl Sent {
    /// The value of a field; empty when it was not sent.
    pub(crate) fn get(&self, name: &str) -> &str {
        crate::gate::get(&self.fields, name)
    }
}

/// Reads it: nothing of it before the token was found right.
pub(crate) async fn read(
    state: &ConsoleState,
    who: Signed,
    request: Request,
) -> Result<Sent, Response> {
    let mut multipart = match Multipart::from_request(request, &()).await {
        Ok(multipart) => multipart,
        Err(refusal) => return Err(refusal.into_response()),
    };
    let mut sent = Sent {
        session: who.session,
        fields: vec![],
        files: vec![],
    };
    let mut is_believed = false;
    let unread = |error: axum::extract::multipart::MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => plain::page(
            StatusCode::BAD_REQUEST,
            "O que foi enviado não se lê",
            "A ligação caiu a meio, ou não foi esta página que enviou. Nada foi guardado. Volte atrás e envie de novo.",
        ),
    };
    let mut parts = 0;
    while let Some(part) = multipart.next_field().await.map_err(unread)? {
        parts += 1;
        if parts > MAX_PARTS {
            return Err(too_large());
        }
        let name = part.name().unwrap_or_default().to_owned();
        if name == GUARD_FIELD {
            let token = part.text().await.map_err(unread)?;
            check_guard(state, &sent.session, &token).await?;
            is_believed = true;
            continue;
        }
        // The token stands first in the form: what comes before it is foreign.
        if !is_believed || name.len() > MAX_NAME_BYTES {
            continue;
        }
        match part.file_name().map(str::to_owned) {
            // A browser sends a file without a name where nothing was chosen.
            Some(file) if !file.is_empty() && file.len() <= MAX_NAME_BYTES => {
                let bytes = part.bytes().await.map_err(unread)?;
                sent.files.push((file, bytes.to_vec()));
            }
            Some(_) => {}
            None => {
                let text = part.bytes().await.map_err(unread)?;
                let text = String::from_utf8_lossy(&text).into_owned();
                sent.fields.push((name, text));
            }
        }
    }
    match is_believed {
        true => Ok(sent),
        false => match check_guard(state, &sent.session, "").await {
            Err(refusal) => Err(refusal),
            Ok(()) => Ok(sent),
        },
    }
}

fn too_large() -> Response {
    plain::page(
        StatusCode::PAYLOAD_TOO_LARGE,
        "O que foi enviado é grande de mais",
        "Um catálogo tem até 8 MB, todos os ficheiros juntos. Nada foi guardado. Volte atrás e envie só a pasta do catálogo.",
    )
}
