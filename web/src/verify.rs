//! The state of a receipt, for whoever holds it: a page of the hub that anybody may open, apart from the console and
//! without signing in. It says nothing of any person, and the same of a number that does not exist as of one whose
//! code is wrong, after the same time.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::header::{ACCEPT_LANGUAGE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};
use vereda_sync::number;
use vereda_sync::verification::{Check, of_older};

use crate::gate::off_thread;
use crate::guard::{HostGuard, stand_at_the_door};
use crate::texts::{LANGUAGES, PORTUGUESE, Texts};
use limit::Limits;
use page::{Asked, Fault};
use port::Receipts;

pub mod port;

mod limit;
pub(crate) mod page;

/// An answer comes after so long, or after twice as long, and so on: how long the hub took is not seen in it.
const BEAT: Duration = Duration::from_millis(300);
/// Questions that the hub is looking at, at most: spots and the console come first.
const AT_ONCE: usize = 4;
/// Longest number or code that is looked at, in bytes.
const MAX_TYPED: usize = 96;
/// Hops of a request that are looked at, the nearest first.
const MAX_HOPS: usize = 10;
/// Languages of a browser that are looked at.
const MAX_LANGUAGES: usize = 10;

#[derive(Clone)]
struct VerifyState {
    receipts: Arc<dyn Receipts>,
    limits: Arc<Limits>,
    places: Arc<Semaphore>,
    /// Whose word on where a request comes from is taken.
    proxies: Arc<[IpAddr]>,
    began: Instant,
}

/// The page at `/`, a receipt's state at `/NUMBER/CODE` and as the answer to the form; assets at `/assets/…`. Served
/// with the address of whoever connects as [`ConnectInfo`]; `proxies` are believed when they say for whom they ask.
pub fn router(receipts: Arc<dyn Receipts>, proxies: &[IpAddr], guard: HostGuard) -> Router {
    let state = VerifyState {
        receipts,
        limits: Arc::new(Limits::new()),
        places: Arc::new(Semaphore::new(AT_ONCE)),
        proxies: proxies.into(),
        began: Instant::now(),
    };
    Router::new()
        .route("/", get(show))
        .route("/{number}/{code}", get(show_one))
        .fallback(no_such_page)
        .method_not_allowed_fallback(not_like_this)
        .with_state(state)
        .route("/assets/{fingerprint}/{name}", get(crate::assets::serve))
        .layer(from_fn_with_state(guard, stand_at_the_door))
}

#[derive(Default, Deserialize)]
struct Typed {
    numero: Option<String>,
    codigo: Option<String>,
    lingua: Option<String>,
}

type Typing = Result<Query<Typed>, QueryRejection>;

async fn show(
    State(state): State<VerifyState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    typed: Typing,
) -> Response {
    let typed = typed.map(|Query(typed)| typed).unwrap_or_default();
    let t = texts(typed.lingua.as_deref(), &headers);
    match (typed.numero, typed.codigo) {
        (None, None) => respond(StatusCode::OK, t, &Asked::default(), Ok(None)),
        (number, code) => {
            let asked = Asked::of(number.unwrap_or_default(), code.unwrap_or_default());
            state.answer(from.ip(), &headers, t, asked).await
        }
    }
}

async fn show_one(
    State(state): State<VerifyState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Path((number, code)): Path<(String, String)>,
    headers: HeaderMap,
    typed: Typing,
) -> Response {
    let language = typed.ok().and_then(|Query(typed)| typed.lingua);
    let t = texts(language.as_deref(), &headers);
    state
        .answer(from.ip(), &headers, t, Asked::of(number, code))
        .await
}

async fn no_such_page(headers: HeaderMap) -> Response {
    let t = texts(None, &headers);
    respond(StatusCode::NOT_FOUND, t, &Asked::default(), Ok(None))
}

async fn not_like_this(headers: HeaderMap) -> Response {
    let t = texts(None, &headers);
    respond(
        StatusCode::METHOD_NOT_ALLOWED,
        t,
        &Asked::default(),
        Ok(None),
    )
}

impl Asked {
    /// What was typed, or is in an address; of the whole text of an older QR code, its parts.
    fn of(number: String, code: String) -> Self {
        let (number, code) = match of_older(&number) {
            Some((number, code)) => (number.to_owned(), code.to_owned()),
            None => (number, code),
        };
        let bounded = |typed: String| match typed.len() <= MAX_TYPED {
            true => typed,
            false => String::new(),
        };
        Self {
            number: bounded(number),
            code: bounded(code),
        }
    }

    /// Number and check in their own form; or what is wrong with what was typed, which needs no look at what there is.
    fn read(&mut self) -> Result<Check, Fault> {
        let number = number::canonical(&self.number);
        let check = Check::parse(&self.code);
        let wrong = Fault::Typed {
            number: number.is_none(),
            code: check.is_none(),
        };
        let (Some(number), Some(check)) = (number, check) else {
            return Err(wrong);
        };
        self.number = number;
        check.as_str().clone_into(&mut self.code);
        Ok(check)
    }
}

impl VerifyState {
    async fn answer(
        &self,
        from: IpAddr,
        headers: &HeaderMap,
        t: Texts,
        mut asked: Asked,
    ) -> Response {
        let check = match asked.read() {
            Ok(check) => check,
            Err(wrong) => return respond(StatusCode::UNPROCESSABLE_ENTITY, t, &asked, Err(wrong)),
        };
        let begun = Instant::now();
        let now = u64::try_from(begun.duration_since(self.began).as_millis());
        let source = source(from, headers, &self.proxies);
        if let Err(seconds) = self.limits.take(source, now.unwrap_or(u64::MAX)) {
            let mut response = respond(StatusCode::TOO_MANY_REQUESTS, t, &asked, Err(Fault::Often));
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
            return response;
        }
        let found = {
            let (receipts, number) = (Arc::clone(&self.receipts), asked.number.clone());
            let _place = self.places.acquire().await;
            off_thread(move || receipts.standing(&number, &check)).await
        };
        sleep_until(begun + on_the_beat(begun.elapsed())).await;
        match found {
            Ok(Some(standing)) => respond(StatusCode::OK, t, &asked, Ok(Some(&standing))),
            Ok(None) => respond(StatusCode::NOT_FOUND, t, &asked, Err(Fault::Unknown)),
            Err(error) => {
                tracing::warn!(?error, "the state of a receipt could not be read");
                let status = StatusCode::SERVICE_UNAVAILABLE;
                respond(status, t, &asked, Err(Fault::Broken))
            }
        }
    }
}

/// When what took so long is answered.
fn on_the_beat(took: Duration) -> Duration {
    let beats = took.as_millis() / BEAT.as_millis() + 1;
    BEAT * u32::try_from(beats).unwrap_or(1)
}

fn respond(
    status: StatusCode,
    t: Texts,
    asked: &Asked,
    found: Result<Option<&port::Standing>, Fault>,
) -> Response {
    let mut response = (status, page::page(t, asked, found)).into_response();
    // Nobody finds a receipt by searching for its number.
    response.headers_mut().insert(
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex"),
    );
    response
}

/// In the language that was chosen, or else the first of the browser's that is here.
fn texts(chosen: Option<&str>, headers: &HeaderMap) -> Texts {
    let known = |code: &str| LANGUAGES.iter().find(|l| l.code == code).map(|l| l.code);
    let of_browser = || {
        let said = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
        said.split(',').take(MAX_LANGUAGES).find_map(|one| {
            let tag = one.split([';', '-']).next()?.trim();
            known(&tag.to_ascii_lowercase())
        })
    };
    let code = chosen.and_then(known).or_else(of_browser);
    Texts::of(code.unwrap_or(PORTUGUESE))
}

/// From where it is asked: who connects; or if that is a proxy that is believed, for whom it says that it asks, back
/// to the first who is not one.
fn source(from: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let believed = |ip: &IpAddr| proxies.iter().any(|proxy| proxy == &ip.to_canonical());
    let lines = headers.get_all("x-forwarded-for").iter();
    let hops: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
    let hops = hops.iter().rev().flat_map(|line| line.rsplit(','));
    let mut source = from;
    for hop in hops.take(MAX_HOPS) {
        if !believed(&source) {
            break;
        }
        // What cannot be read was not written by a proxy that can be believed.
        match hop.trim().parse() {
            Ok(ip) => source = ip,
            Err(_) => break,
        }
    }
    source
}

#[cfg(test)]
mod tests;
