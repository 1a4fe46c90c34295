//! One keystroke: on disk before it is acknowledged.

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::desk::port::{DeskError, Saved};
use crate::desk::{DeskState, MAX_KEYSTROKE_BYTES, fault};
use crate::gate::Signed;
use crate::guard::same;
use crate::words::time;

/// What the script sends: the field's whole value as it now reads.
#[derive(Deserialize)]
struct Keystroke {
    guarda: String,
    value: String,
    base: u64,
}

/// What it gets back when the value is on disk.
#[derive(Serialize)]
struct Acknowledged {
    at: String,
    revision: u64,
}

fn refuse(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}

pub(crate) async fn keystroke(
    State(state): State<DeskState>,
    Path((form, field)): Path<(String, String)>,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let session = match Signed::from_request_parts(&mut parts, &state).await {
        Ok(who) => who.session,
        Err(_) => {
            return refuse(
                StatusCode::UNAUTHORIZED,
                "A sessão terminou. Entre de novo: o que escreveu está nesta página.",
            );
        }
    };
    let Ok(bytes) = to_bytes(body, MAX_KEYSTROKE_BYTES).await else {
        return refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "É longo de mais para se guardar (mais de 16 kB). Encurte o texto: o que escreveu está nesta página.",
        );
    };
    let Ok(key) = serde_json::from_slice::<Keystroke>(&bytes) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "O posto não percebeu o que a página enviou. Recarregue a página.",
        );
    };
    let saved = state
        .call(move |desk| {
            if !same(&desk.form_guard(&session), &key.guarda) {
                return Ok(None);
            }
            desk.keystroke(&session, &form, &field, &key.value, key.base)
                .map(Some)
        })
        .await;
    match saved {
        Ok(Some(saved)) => answer(Ok(saved)),
        Ok(None) => refuse(
            StatusCode::FORBIDDEN,
            "Esta página é de outra sessão. Copie o que escreveu e recarregue a página.",
        ),
        Err(error) => answer(Err(error)),
    }
}

/// What the script that sent a keystroke is told.
pub(crate) fn answer(saved: Result<Saved, DeskError>) -> Response {
    match saved {
        Ok(saved) => Json(Acknowledged {
            at: time::to_the_second(saved.at),
            revision: saved.revision,
        })
        .into_response(),
        Err(DeskError::Elsewhere {
            value,
            by,
            revision,
        }) => (
            StatusCode::CONFLICT,
            Json(json!({ "elsewhere": true, "value": value, "by": by, "revision": revision })),
        )
            .into_response(),
        Err(error @ DeskError::Held { .. }) => {
            let (status, _, advice) = fault::say(&error);
            let said = json!({ "held": true, "message": advice });
            (status, Json(said)).into_response()
        }
        Err(error) => {
            let (status, heading, advice) = fault::say(&error);
            refuse(status, &format!("{heading}. {advice}"))
        }
    }
}
