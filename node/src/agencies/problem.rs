//! What went wrong, as agencies read it: `application/problem+json` (RFC 9457), in Portuguese words.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::node::random;
use crate::people::hex;

/// A problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Problem {
    /// Which kind, for programs: `urn:vereda:problem:…`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is.
    pub title: &'static str,
    /// The status of the answer.
    pub status: u16,
    /// What to do.
    pub detail: String,
}

impl Problem {
    pub(super) fn new(
        status: StatusCode,
        kind: &str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind: format!("urn:vereda:problem:{kind}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
        }
    }

    pub(super) fn bad(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad-request",
            "Pedido mal formado",
            detail,
        )
    }

    pub(super) fn unprocessable(detail: impl Into<String>) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self::new(status, "unprocessable", "Não se pode aceitar", detail)
    }

    pub(super) fn not_now(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "not-now",
            "Agora não pode ser",
            detail,
        )
    }

    pub(super) fn not_found() -> Self {
        let detail = "Não há nada neste endereço para esta entidade.";
        Self::new(StatusCode::NOT_FOUND, "not-found", "Não existe", detail)
    }

    pub(super) fn no_method() -> Self {
        let (status, detail) = (
            StatusCode::METHOD_NOT_ALLOWED,
            "Veja os métodos em /v1/openapi.json.",
        );
        Self::new(status, "method", "Este endereço não se usa assim", detail)
    }

    /// Something of ours: what it is goes to the log, under a reference.
    pub(super) fn own(error: &anyhow::Error) -> Self {
        let reference = hex(&random::<4>().unwrap_or_default());
        tracing::error!(
            error = format!("{error:#}"),
            reference,
            "an agency could not be served"
        );
        let detail = format!(
            "A central não conseguiu; tente outra vez daqui a pouco. Referência {reference}."
        );
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self::new(
            status,
            "unavailable",
            "A central não conseguiu responder",
            detail,
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = (status, Json(self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
        if status == StatusCode::UNAUTHORIZED {
            let how = HeaderValue::from_static("Bearer");
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, how);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let soon = HeaderValue::from_static("5");
            answer.headers_mut().insert(header::RETRY_AFTER, soon);
        }
        answer
    }
}
