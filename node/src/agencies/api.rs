//! What agencies ask over HTTP. Each sees what was asked of it and nothing else: whatever is another's is not there.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use vereda_sync::id::BlobId;
use vereda_sync::record::agency;

use super::event::{self, Event};
use super::problem::Problem;
use super::said::{self, Letter, Says};
use super::token::hashed;
use crate::config::{self, Agencies};
use crate::link::{blocking, pieces};
use crate::node::Node;
use crate::people::hex;
use crate::store::agencies::{self as store, Way};
use crate::store::blob::{self, Blob};

/// All of this for programs, as OpenAPI 3.1. A test holds it to the types and the routes.
pub const OPENAPI: &str = include_str!("../../../images/agencies.openapi.json");
/// Most that an agency may send at once, in bytes.
const MAX_BODY_BYTES: usize = 64 << 10;
/// Events of a page, where nobody says how many.
const PAGE: u32 = 100;
/// And at most.
const MAX_PAGE: u32 = 500;
/// Most of a page, in bytes; one event is always in it.
const MAX_PAGE_BYTES: usize = 1 << 20;
/// Longest key under which something is said, in bytes.
const MAX_KEY_BYTES: usize = 255;
/// Longest token that is hashed, in bytes.
const MAX_TOKEN_BYTES: usize = 512;

/// What all requests share.
#[derive(Debug)]
pub(super) struct Served {
    node: Arc<Node>,
    agencies: Vec<config::Agency>,
}

/// All addresses, each with what is done there.
fn routes() -> Vec<(&'static str, MethodRouter<Arc<Served>>)> {
    vec![
        ("/v1/feed", get(feed)),
        ("/v1/requests/{id}/status", post(status)),
        ("/v1/requests/{id}/questions", post(question)),
        ("/v1/attachments/{id}", get(attachment)),
        ("/v1/openapi.json", get(openapi)),
    ]
}

/// Answers agencies.
pub fn router(node: &Arc<Node>, config: &Agencies) -> Router {
    let served = Arc::new(Served {
        node: Arc::clone(node),
        agencies: config.agencies.clone(),
    });
    let router = routes()
        .into_iter()
        .fold(Router::new(), |router, (path, how)| router.route(path, how));
    router
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async { Problem::no_method() })
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(served)
}

/// The agency that asks, by its token.
pub(super) struct Caller(String);

impl FromRequestParts<Arc<Served>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, served: &Arc<Served>) -> Result<Self, Problem> {
        let shown = parts.headers.get(header::AUTHORIZATION);
        let token = shown
            .and_then(|value| value.to_str().ok()?.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .filter(|token| token.len() <= MAX_TOKEN_BYTES);
        let token = token.map(hashed);
        let mut known = served.agencies.iter();
        // Hashes are compared: how long that takes says nothing of a token.
        let found = known.find(|it| {
            token
                .as_ref()
                .is_some_and(|token| it.tokens.contains(token))
        });
        found.map(|it| Self(it.id.clone())).ok_or_else(|| {
            let detail = "Mostre a chave desta entidade: «Authorization: Bearer …». Quem gere a central dá-a e renova-a.";
            Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "Quem é?", detail)
        })
    }
}

/// Which page of the feed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    after: Option<String>,
    limit: Option<u32>,
}

/// A page of an agency's feed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Page {
    /// What is new, in order.
    pub events: Vec<Event>,
    /// What to ask for next (`after`); it is here also when nothing is new.
    pub next: String,
    /// Whether there is more already.
    pub more: bool,
}

async fn feed(
    State(served): State<Arc<Served>>,
    Caller(agency): Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|error| Problem::bad(error.body_text()))?;
    let limit = asked.limit.unwrap_or(PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(Problem::bad(format!("«limit» vai de 1 a {MAX_PAGE}.")));
    }
    let after = asked.after.unwrap_or_default();
    let page = blocking(move || page(&served.node, &agency, (&after, limit)));
    let page = page.await.map_err(|error| Problem::own(&error))??;
    let mut answer = Json(page).into_response();
    let private = HeaderValue::from_static("no-store");
    answer.headers_mut().insert(header::CACHE_CONTROL, private);
    Ok(answer)
}

fn page(
    node: &Node,
    agency: &str,
    (after, limit): (&str, u32),
) -> anyhow::Result<Result<Page, Problem>> {
    let epoch = hex(&node.epoch()?[..8]);
    let head = store::head(&node.store.read(), agency)?;
    let after = match Cursor::read(after, &epoch) {
        Ok(after) if after <= head => after,
        Ok(_) => {
            let detail = "Esse cursor está depois do fim: use só os que vieram em «next».";
            return Ok(Err(Problem::bad(detail)));
        }
        Err(problem) => return Ok(Err(problem)),
    };
    let entries = store::entries(&node.store.read(), agency, after, (limit, MAX_PAGE_BYTES))?;
    let last = entries.last().map_or(after, |it| it.seq);
    if last > after
        && !store::are_disclosed(&node.store.read(), agency, Way::Feed, (after + 1, last))?
    {
        // Noted before it goes: what was given is never missing there.
        let given = entries.iter().map(|it| it.seq);
        store::disclose(
            &node.store.write(),
            agency,
            (Way::Feed, node.now_ms()),
            given,
        )?;
    }
    let hub = &node.config.node.id;
    Ok(Ok(Page {
        events: entries
            .into_iter()
            .map(|it| event::event(hub, it))
            .collect(),
        next: format!("{epoch}.{last}"),
        more: last < head,
    }))
}

/// Where somebody is in a feed: `EPOCH.NUMBER`, opaque to whoever holds it.
struct Cursor;

impl Cursor {
    fn read(text: &str, epoch: &str) -> Result<u64, Problem> {
        if text.is_empty() {
            return Ok(0);
        }
        let malformed = || {
            Problem::bad(
                "Isto não é um cursor: use o que veio em «next», ou nada para começar do princípio.",
            )
        };
        let (of, seq) = text.split_once('.').ok_or_else(malformed)?;
        let is_hex = of.len() == epoch.len() && of.bytes().all(|b| b.is_ascii_hexdigit());
        let is_number =
            !seq.is_empty() && seq.len() <= 18 && seq.bytes().all(|b| b.is_ascii_digit());
        if !is_hex || !is_number {
            return Err(malformed());
        }
        if of != epoch {
            let detail = "A central foi reposta de uma cópia e os números recomeçaram. Leia outra vez do princípio, sem «after»: cada evento tem o mesmo «id» que tinha, para que não conte duas vezes.";
            return Err(Problem::new(
                StatusCode::GONE,
                "epoch",
                "Este cursor já não vale",
                detail,
            ));
        }
        seq.parse().map_err(|_| malformed())
    }
}

/// How far an agency is with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It took it on.
    Accepted,
    /// It will not do it.
    Refused,
    /// It is done.
    Completed,
    /// A value cannot be as it is: the desk corrects it and hands it in again.
    Returned,
}

/// What an agency says of how far it is.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("allOf" = [
    {
        "if": { "properties": { "status": { "enum": ["refused", "returned"] } } },
        "then": { "required": ["text"], "properties": { "text": { "pattern": "\\S" } } }
    },
    {
        "if": { "properties": { "status": { "const": "returned" } } },
        "then": { "required": ["field"], "properties": { "field": { "minLength": 1 } } },
        "else": { "properties": { "field": { "maxLength": 0 } } }
    }
])))]
#[serde(deny_unknown_fields)]
pub struct StatusSaid {
    /// How far.
    pub status: Status,
    /// In words, in Portuguese, for the mediator and the citizen; needed where it is refused or returned.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 2000)))]
    pub text: String,
    /// The agency's own reference.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 100)))]
    pub reference: String,
    /// Where it is returned: id of the field that cannot be as it is.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 200)))]
    pub field: String,
}

/// What an agency asks.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct QuestionSaid {
    /// The question, in Portuguese.
    #[cfg_attr(test, schemars(length(min = 1, max = 2000), regex(pattern = r"\S")))]
    pub text: String,
}

async fn status(
    State(served): State<Arc<Served>>,
    Caller(agency): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Problem> {
    let (key, body) = letter(&headers, body)?;
    let said: StatusSaid = read(&body)?;
    let needs_text = matches!(said.status, Status::Refused | Status::Returned);
    if needs_text && said.text.trim().is_empty() {
        return Err(Problem::unprocessable(
            "Diga porquê, em «text»: o cidadão vai sabê-lo.",
        ));
    }
    if (said.status == Status::Returned) == said.field.is_empty() {
        return Err(Problem::unprocessable(
            "«field» diz que resposta não pode ser como está, e só quando se devolve.",
        ));
    }
    keep(served, (agency, id), (key, body), move |keep| {
        let (text, reference) = (said.text.as_str(), said.reference.as_str());
        keep(match said.status {
            Status::Accepted => Says::Status(agency::Status::Accepted, text, reference),
            Status::Refused => Says::Status(agency::Status::Refused, text, reference),
            Status::Completed => Says::Status(agency::Status::Completed, text, reference),
            Status::Returned => Says::Returned(&said.field, text),
        })
    })
    .await
}

async fn question(
    State(served): State<Arc<Served>>,
    Caller(agency): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Problem> {
    let (key, body) = letter(&headers, body)?;
    let said: QuestionSaid = read(&body)?;
    if said.text.trim().is_empty() {
        return Err(Problem::unprocessable("Escreva a pergunta, em «text»."));
    }
    keep(served, (agency, id), (key, body), move |keep| {
        keep(Says::Asks(&said.text))
    })
    .await
}

/// Keeps it, off the threads that serve; it is durable when this says so.
async fn keep(
    served: Arc<Served>,
    (agency, request): (String, String),
    (key, body): (String, Bytes),
    says: impl FnOnce(&dyn Fn(Says<'_>) -> Result<(), Problem>) -> Result<(), Problem> + Send + 'static,
) -> Result<StatusCode, Problem> {
    let kept = blocking(move || {
        let letter = Letter {
            agency: &agency,
            request: &request,
            key: &key,
            body: &body,
        };
        Ok(says(&|words| said::keep(&served.node, &letter, words)))
    });
    kept.await.map_err(|error| Problem::own(&error))??;
    Ok(StatusCode::NO_CONTENT)
}

/// The key of what is said, and what is said.
fn letter(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(String, Bytes), Problem> {
    let body = body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!("Cabem {MAX_BODY_BYTES} bytes.");
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                "É grande de mais",
                detail,
            )
        }
        _ => Problem::bad("O pedido não chegou inteiro."),
    })?;
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json")
        });
    if !is_json {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        let detail = "Envie JSON: «Content-Type: application/json».";
        return Err(Problem::new(status, "media-type", "Não se lê", detail));
    }
    let key = headers
        .get("idempotency-key")
        .and_then(|v| v.to_str().ok())
        .map(str::trim);
    let key = key.filter(|key| (1..=MAX_KEY_BYTES).contains(&key.len())).ok_or_else(|| {
        Problem::bad(format!(
            "Falta «Idempotency-Key»: até {MAX_KEY_BYTES} letras, uma nova para cada coisa que diz e a mesma quando a repete."
        ))
    })?;
    Ok((key.to_owned(), body))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::bad(format!("Isto não se lê: {error}")))
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

async fn attachment(
    State(served): State<Arc<Served>>,
    Caller(agency): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let blob = BlobId::from_hex(&id).ok_or_else(Problem::not_found)?;
    let node = Arc::clone(&served.node);
    let found = blocking(move || {
        let db = node.store.read();
        let shows = store::shows(&db, &agency, (&blob.0, &blob.to_string()))?;
        Ok(blob::find(&db, blob)?.filter(|_| shows))
    });
    let found = found.await.map_err(|error| Problem::own(&error))?;
    let Blob {
        media_type, bytes, ..
    } = found.ok_or_else(Problem::not_found)?;
    let range = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    let (status, from, to) = match range.map(|range| within(range, bytes)) {
        None | Some(Wanted::All) => (StatusCode::OK, 0, bytes),
        Some(Wanted::Part(from, to)) => (StatusCode::PARTIAL_CONTENT, from, to),
        Some(Wanted::Nothing) => {
            let detail = format!("Tem {bytes} bytes.");
            let status = StatusCode::RANGE_NOT_SATISFIABLE;
            let mut answer = Problem::new(status, "range", "Não há tanto", detail).into_response();
            if let Ok(whole) = format!("bytes */{bytes}").parse() {
                answer.headers_mut().insert(header::CONTENT_RANGE, whole);
            }
            return Ok(answer);
        }
    };
    let key = blob.0.to_vec();
    let body: Body = pieces::give(
        Arc::clone(&served.node),
        key,
        from,
        to,
        pieces::clear(),
        |_| (),
    );
    let mut answer = (status, body).into_response();
    let mut said = vec![
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_LENGTH, (to - from).to_string()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    if status == StatusCode::PARTIAL_CONTENT {
        said.push((
            header::CONTENT_RANGE,
            format!("bytes {from}-{}/{bytes}", to - 1),
        ));
    }
    for (name, value) in said {
        if let Ok(value) = value.parse() {
            answer.headers_mut().insert(name, value);
        }
    }
    Ok(answer)
}

/// What a range asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Everything: also where several ranges are asked for, or other units, which a server may leave.
    All,
    /// From the one byte up to the other, which is not in it.
    Part(u64, u64),
    /// What is not there.
    Nothing,
}

/// What `bytes=…` asks for of so many bytes.
fn within(range: &str, bytes: u64) -> Wanted {
    let Some((from, to)) = range
        .strip_prefix("bytes=")
        .and_then(|it| it.split_once('-'))
    else {
        return Wanted::All;
    };
    let (from, to) = (from.trim(), to.trim());
    let is_number = |it: &str| it.len() <= 18 && it.bytes().all(|b| b.is_ascii_digit());
    if !is_number(from) || !is_number(to) {
        return Wanted::All;
    }
    let part = match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(from), Ok(to)) if from > to => return Wanted::All,
        (Ok(from), Ok(to)) => (from, to.saturating_add(1).min(bytes)),
        (Ok(from), Err(_)) => (from, bytes),
        // The last so many.
        (Err(_), Ok(0)) => return Wanted::Nothing,
        (Err(_), Ok(last)) => (bytes.saturating_sub(last), bytes),
        (Err(_), Err(_)) => return Wanted::All,
    };
    match part {
        (from, to) if from < to => Wanted::Part(from, to),
        _ => Wanted::Nothing,
    }
}

#[cfg(test)]
mod openapi_tests;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_what_it_says_or_everything() {
        for (range, wanted) in [
            ("bytes=0-0", Wanted::Part(0, 1)),
            ("bytes=2-", Wanted::Part(2, 10)),
            ("bytes=-3", Wanted::Part(7, 10)),
            ("bytes=-99", Wanted::Part(0, 10)),
            ("bytes=5-99", Wanted::Part(5, 10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=999999999999999999-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-2", Wanted::All),
            ("bytes=0-1,3-4", Wanted::All),
            ("bytes=99999999999999999999999-", Wanted::All),
            ("bytes=-", Wanted::All),
            ("lines=1-2", Wanted::All),
            ("", Wanted::All),
        ] {
            assert_eq!(within(range, 10), wanted, "{range}");
        }
        assert_eq!(within("bytes=0-", 0), Wanted::Nothing);
    }

    #[test]
    fn a_cursor_is_of_this_epoch_or_says_what_to_do() {
        let read = |text: &str| Cursor::read(text, "00112233aabbccdd").map_err(|p| p.status);
        assert_eq!(read(""), Ok(0));
        assert_eq!(read("00112233aabbccdd.17"), Ok(17));
        assert_eq!(read("ff112233aabbccdd.17"), Err(410));
        for wrong in [
            "17",
            ".",
            "00112233aabbccdd.",
            "00112233aabbccdd.-1",
            "x.1",
            "00112233aabbccdd.9999999999999999999",
            "00112233aabbccdé.1",
        ] {
            assert_eq!(read(wrong), Err(400), "{wrong}");
        }
    }
}
