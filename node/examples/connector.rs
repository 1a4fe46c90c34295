//! A reference connector: what an agency with a program of its own runs, or takes as a model. It reads the agency's feed, gives
//! each event to that program over HTTP, and says to the hub that the request was accepted, under the reference that the program
//! gave.
//!
//! ```text
//! connector HUB TOKEN_FILE AGENCY CURSOR_FILE [--stop-with-stdin]     addresses as name:port, behind whatever does TLS here
//! ```
//! It may end at any moment: the cursor moves on only after the event was taken and the hub knows, an event has the same id
//! whenever it comes, and the hub hears nothing twice under one key. Whatever the program answers that is no reference is left.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// Longest that one request may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks at the feed.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Most that is read of an answer, in bytes.
const MAX_ANSWER_BYTES: usize = 8 << 20;
/// Longest reference that the hub takes, in characters.
const MAX_REFERENCE_CHARS: usize = 100;

/// Between which two it carries.
pub(crate) struct Connector<'a> {
    /// The hub, `name:port`.
    pub(crate) hub: &'a str,
    /// What the agency shows there.
    pub(crate) token: &'a str,
    /// The agency's own program, `name:port`.
    pub(crate) agency: &'a str,
    /// Where the cursor is kept.
    pub(crate) cursor: &'a Path,
}

#[tokio::main(flavor = "current_thread")]
#[allow(dead_code, reason = "a test has the connector without it")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [hub, token, agency, cursor, rest @ ..] = &arguments[..] else {
        bail!("connector HUB TOKEN_FILE AGENCY CURSOR_FILE [--stop-with-stdin]");
    };
    if rest.iter().any(|it| it == "--stop-with-stdin") {
        // A thread of its own: a blocked read must not keep the runtime.
        std::thread::spawn(|| {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            std::process::exit(0);
        });
    }
    let token = std::fs::read_to_string(token).with_context(|| token.clone())?;
    let connector = Connector {
        hub,
        token: token.trim(),
        agency,
        cursor: Path::new(cursor),
    };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    loop {
        if let Err(error) = connector.carry().await {
            tracing::warn!(error = format!("{error:#}"), "it goes on where it stopped");
        }
        sleep(LOOK_EVERY).await;
    }
}

impl Connector<'_> {
    /// Carries all that is new; gives how many events that was.
    ///
    /// # Errors
    /// What stopped it; the next time goes on there.
    pub(crate) async fn carry(&self) -> anyhow::Result<u64> {
        let mut carried = 0;
        loop {
            let after = std::fs::read_to_string(self.cursor).unwrap_or_default();
            let path = format!("/v1/feed?limit=20&after={}", after.trim());
            let (status, page) = self.ask_hub(Method::GET, &path, None).await?;
            if status == StatusCode::GONE {
                // The hub was put back: from the beginning, where known events have their known ids.
                self.keep("")?;
                continue;
            }
            ensure!(status == StatusCode::OK, "the hub answers {status}: {page}");
            let events = page["events"].as_array().context("no page of a feed")?;
            for event in events {
                self.give(event).await?;
                carried += 1;
            }
            self.keep(page["next"].as_str().context("no cursor")?)?;
            if page["more"] != json!(true) {
                return Ok(carried);
            }
        }
    }

    /// Gives one event to the agency's program, and its word to the hub.
    async fn give(&self, event: &Value) -> anyhow::Result<()> {
        let body = Bytes::from(event.to_string());
        let headers = [("content-type", "application/cloudevents+json".to_owned())];
        let asked = (Method::POST, "/requests");
        let (status, answer) = ask(self.agency, asked, &headers, body).await?;
        ensure!(status.is_success(), "the agency answers {status}");
        let id = event["id"].as_str().context("an event without an id")?;
        let is_new = event["type"] == json!("pt.vereda.request.recorded");
        let reference = answer["reference"].as_str();
        let reference = reference.filter(|it| is_new && it.chars().count() <= MAX_REFERENCE_CHARS);
        let (Some(reference), Some(request)) = (reference, event["subject"].as_str()) else {
            return Ok(());
        };
        let said = json!({ "status": "accepted", "reference": reference });
        let path = format!("/v1/requests/{request}/status");
        let (status, answer) = self.ask_hub(Method::POST, &path, Some((id, &said))).await?;
        // What the hub will not hear does not keep the next one.
        match status.is_client_error() {
            true => {
                tracing::warn!(request, %status, %answer, "the hub does not take the agency's word")
            }
            false => ensure!(status.is_success(), "the hub answers {status}: {answer}"),
        }
        Ok(())
    }

    async fn ask_hub(
        &self,
        method: Method,
        path: &str,
        said: Option<(&str, &Value)>,
    ) -> anyhow::Result<(StatusCode, Value)> {
        let mut headers = vec![("authorization", format!("Bearer {}", self.token))];
        if let Some((key, _)) = said {
            headers.push(("content-type", "application/json".to_owned()));
            headers.push(("idempotency-key", key.to_owned()));
        }
        let body = said.map_or_else(Bytes::new, |(_, said)| said.to_string().into());
        ask(self.hub, (method, path), &headers, body).await
    }

    fn keep(&self, cursor: &str) -> anyhow::Result<()> {
        let beside = self.cursor.with_extension("new");
        std::fs::write(&beside, cursor)?;
        std::fs::File::open(&beside)?.sync_all()?;
        Ok(std::fs::rename(&beside, self.cursor)?)
    }
}

/// One request; of the answer the status, and what it says if that is JSON.
async fn ask(
    at: &str,
    (method, path): (Method, &str),
    headers: &[(&str, String)],
    body: Bytes,
) -> anyhow::Result<(StatusCode, Value)> {
    let talk = async {
        let stream = TcpStream::connect(at).await?;
        let (mut requests, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let mut asked = Request::builder()
            .method(method)
            .uri(path)
            .header("host", at);
        for (name, value) in headers {
            asked = asked.header(*name, value);
        }
        let answer = requests.send_request(asked.body(Full::new(body))?).await?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), MAX_ANSWER_BYTES)
            .collect()
            .await;
        connection.abort();
        // Too much of an answer, or a broken one, is no reference.
        let body = body.map(|body| body.to_bytes()).unwrap_or_default();
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    };
    timeout(PATIENCE, talk)
        .await
        .with_context(|| format!("{at} does not answer"))?
}
