//! Who asks: the session in the cookie, and the token in the form. The desk and
//! the console share it.

use axum::Form;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{ACCEPT, LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::desk::fault;
use crate::desk::form::typed_fields;
use crate::desk::port::{DeskError, Session};
use crate::guard::{HostGuard, same};
use crate::plain;

/// Largest form that is read, in bytes.
pub const MAX_FORM_BYTES: usize = 64 << 10;

/// Name of the hidden field that carries the token.
pub(crate) const GUARD_FIELD: &str = "guarda";

/// A surface that people sign in to.
pub(crate) trait Gate: Clone + Send + Sync + 'static {
    /// Name of the cookie.
    const COOKIE: &'static str;
    fn door(&self) -> &HostGuard;
    /// The session of a token, used at that desk: it is good nowhere else.
    fn session_of(&self, token: &str, at: &str) -> Option<Session>;
    fn form_guard_of(&self, session: &Session) -> String;
    /// What a field is called that was posted to that path.
    fn label_of(&self, _path: &str, _field: &str) -> Option<String> {
        None
    }
}

/// At which desk of the spot something is asked. Who serves other machines says so of every one of their
/// requests; without, it is the node's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AtDesk(pub(crate) String);

impl AtDesk {
    /// The desk's id; empty for the node's own.
    pub(crate) fn of(extensions: &Extensions) -> String {
        extensions
            .get::<Self>()
            .map_or_else(String::new, |at| at.0.clone())
    }
}

/// Runs a blocking call of a port off the asynchronous threads.
pub(crate) async fn off_thread<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, DeskError> + Send + 'static,
) -> Result<T, DeskError> {
    tokio::task::spawn_blocking(call)
        .await
        .unwrap_or_else(|error| {
            tracing::error!(%error, "a page's call to the node did not end");
            Err(DeskError::Broken {
                reference: "W-1".to_owned(),
            })
        })
}

/// Somebody signed in.
pub(crate) struct Signed {
    pub(crate) session: Session,
}

impl<S: Gate> FromRequestParts<S> for Signed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, gate: &S) -> Result<Self, Response> {
        let token = gate.door().token(&parts.headers, S::COOKIE);
        let found = match token {
            Some(token) => {
                let gate = gate.clone();
                let at = AtDesk::of(&parts.extensions);
                off_thread(move || Ok(gate.session_of(&token, &at)))
                    .await
                    .ok()
                    .flatten()
            }
            None => None,
        };
        found
            .map(|session| Self { session })
            .ok_or_else(|| ask_to_sign_in(parts))
    }
}

/// A page goes to the sign-in and comes back; a script is told and keeps what was typed.
fn ask_to_sign_in(parts: &Parts) -> Response {
    if !wants_page(&parts.headers) {
        return (
            StatusCode::UNAUTHORIZED,
            "A sessão terminou. Entre de novo.\n",
        )
            .into_response();
    }
    let back = parts.uri.path_and_query().map_or("/", |p| p.as_str());
    if parts.method == Method::GET && back != "/" {
        redirect(&format!("/entrar?para={}", percent_encoded(back)))
    } else {
        redirect("/entrar")
    }
}

/// Whether a person's navigation asks, not a script.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|a| a.contains("text/html"))
}

/// A form that was posted: by somebody signed in, with the right token, bounded.
pub(crate) struct Posted {
    pub(crate) session: Session,
    pub(crate) fields: Vec<(String, String)>,
}

impl Posted {
    /// The value of a field; empty when it was not sent.
    pub(crate) fn get(&self, name: &str) -> &str {
        get(&self.fields, name)
    }
}

/// The value of a posted field; empty when it was not sent.
pub(crate) fn get<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields
        .iter()
        .find(|(k, _)| k == name)
        .map_or("", |(_, v)| v.as_str())
}

impl<S: Gate> FromRequest<S> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, gate: &S) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let session = match Signed::from_request_parts(&mut parts, gate).await {
            Ok(Signed { session }) => session,
            Err(door) => return Err(with_what_was_typed(gate, parts, body, door).await),
        };
        let fields = read_form(parts, body).await?;
        check_guard(gate, &session, get(&fields, GUARD_FIELD)).await?;
        Ok(Self { session, fields })
    }
}

/// The answers of a form whose session ended on the way: shown to be copied, as nowhere else would
/// have them. What carries none is shown the door.
async fn with_what_was_typed<S: Gate>(
    gate: &S,
    parts: Parts,
    body: Body,
    door: Response,
) -> Response {
    let path = parts.uri.path().to_owned();
    if !wants_page(&parts.headers) {
        return door;
    }
    let Ok(fields) = read_form(parts, body).await else {
        return door;
    };
    let typed = typed_fields(&fields);
    if typed.iter().all(|(_, text)| text.trim().is_empty()) {
        return door;
    }
    let advice = "Copie o que escreveu, entre de novo e volte ao atendimento: o que já estava guardado está lá.";
    let page = fault::page("A sessão terminou", advice, &named(gate, path, typed).await);
    (StatusCode::UNAUTHORIZED, page).into_response()
}

/// Most fields of which the label is looked for: more than any step has.
const MOST_LABELS: usize = 200;

/// What was typed under the labels of its fields, as far as they are known; what is empty is left out.
pub(crate) async fn named<S: Gate>(
    gate: &S,
    path: String,
    mut typed: Vec<(String, String)>,
) -> Vec<(String, String)> {
    typed.retain(|(_, text)| !text.trim().is_empty());
    let fields: Vec<String> = typed.iter().map(|(field, _)| field.clone()).collect();
    let gate = gate.clone();
    let labels = off_thread(move || {
        let known = fields.iter().take(MOST_LABELS);
        Ok(known.map(|f| gate.label_of(&path, f)).collect::<Vec<_>>())
    });
    // Without labels what was typed is shown all the same.
    for ((field, _), label) in typed.iter_mut().zip(labels.await.unwrap_or_default()) {
        *field = label.unwrap_or(std::mem::take(field));
    }
    typed
}

/// Reads an urlencoded form, at most [`MAX_FORM_BYTES`].
pub(crate) async fn read_form(parts: Parts, body: Body) -> Result<Vec<(String, String)>, Response> {
    let bytes = to_bytes(body, MAX_FORM_BYTES).await.map_err(|_| {
        plain::page(
            StatusCode::PAYLOAD_TOO_LARGE,
            "O que foi enviado é grande de mais",
            "Um formulário leva até 64 kB. Nada foi guardado do que enviou agora. Volte atrás e encurte o texto.",
        )
    })?;
    Form::from_request(Request::from_parts(parts, Body::from(bytes)), &())
        .await
        .map(|Form(fields)| fields)
        .map_err(|_| {
            plain::page(
                StatusCode::BAD_REQUEST,
                "O formulário não se lê",
                "Volte atrás, recarregue a página e envie de novo.",
            )
        })
}

/// Compares the token of a form with the one of the session.
pub(crate) async fn check_guard<S: Gate>(
    gate: &S,
    session: &Session,
    sent: &str,
) -> Result<(), Response> {
    let (gate, session) = (gate.clone(), session.clone());
    let expected = off_thread(move || Ok(gate.form_guard_of(&session)))
        .await
        .unwrap_or_default();
    if !expected.is_empty() && same(&expected, sent) {
        return Ok(());
    }
    Err(plain::page(
        StatusCode::FORBIDDEN,
        "Esta página é de outra sessão",
        "Nada foi feito. Volte atrás, recarregue a página e envie de novo.",
    ))
}

/// 303: the next page is fetched with GET, so that reloading repeats nothing.
pub(crate) fn redirect(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()
}

/// As [`redirect`], setting a cookie on the way.
pub(crate) fn redirect_with_cookie(to: &str, cookie: &str) -> Response {
    (
        StatusCode::SEE_OTHER,
        [(LOCATION, to), (SET_COOKIE, cookie)],
    )
        .into_response()
}

/// Where to go after signing in: only to a path of this node.
pub(crate) fn own_path(para: &str) -> &str {
    let own = para.starts_with('/')
        && !para.starts_with("//")
        && para.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if own { para } else { "/" }
}

/// For a value within a query string or a path.
pub(crate) fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-_.~/".contains(&b) {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
        out
    })
}
