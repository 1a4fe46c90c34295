//! Events are sent to an agency that wants them so: in the order of its feed, the next one only after this was taken, signed
//! as Standard Webhooks has it.
//!
//! ```text
//! webhook-id         the id of the event: whoever has had it leaves it
//! webhook-timestamp  seconds since 1970
//! webhook-signature  v1,base64(HMAC-SHA256(secret, id.timestamp.body)), one for each secret, apart by spaces
//! ```
//! How far it is stands in the store before the next one goes. So an event may be sent twice, and none is left out: not when
//! the hub ends in the midst, nor when an agency is away for a week.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, StatusCode};
use rustls::ClientConfig;
use sha2::Sha256;
use tokio::time::{sleep, timeout};

use super::event;
use super::target::Target;
use super::{LOOK_EVERY, PAUSE};
use crate::config::Agencies;
use crate::link::{blocking, tls};
use crate::node::{Node, random};
use crate::post::post;
use crate::store::agencies::{self, Placed, Sending, Way};

/// Longest that an agency may take for one event.
const PATIENCE: Duration = Duration::from_secs(20);
/// The first pause after it did not take one; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Largest file with secrets, in bytes.
const MAX_SECRETS_BYTES: u64 = 4 << 10;
/// A secret has so many bytes at least, and at most: as Standard Webhooks says.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Longest words that are kept of why an event was not taken, in characters.
const MAX_TROUBLE_CHARS: usize = 200;

/// Whoever sends to one agency.
pub(super) struct Sender {
    node: Arc<Node>,
    agency: String,
    target: Target,
    secrets: Vec<Vec<u8>>,
    tls: Option<Arc<ClientConfig>>,
    retry_max: Duration,
}

/// One for each agency that wants to be sent to.
pub(super) fn senders(node: &Arc<Node>, config: &Agencies) -> anyhow::Result<Vec<Sender>> {
    let mut senders = Vec::new();
    for it in &config.agencies {
        let Some((url, file)) = it.webhook.as_ref().zip(it.webhook_secret.as_ref()) else {
            continue;
        };
        let target = Target::parse(url).map_err(anyhow::Error::msg)?;
        let tls = match target.is_secure {
            true => Some(Arc::new(tls::towards_agency(&config.authorities)?)),
            false => None,
        };
        senders.push(Sender {
            node: Arc::clone(node),
            agency: it.id.clone(),
            target,
            secrets: secrets(file)?,
            tls,
            retry_max: Duration::from_secs(u64::from(config.retry_max_s)),
        });
    }
    Ok(senders)
}

/// The secrets in a file, a line each.
fn secrets(file: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let said = || format!("the secret {}", file.display());
    let bytes = std::fs::metadata(file).with_context(said)?.len();
    ensure!(
        bytes <= MAX_SECRETS_BYTES,
        "{}: larger than secrets can be",
        said()
    );
    let text = std::fs::read_to_string(file).with_context(said)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let secrets = lines.map(|line| {
        let line = line.strip_prefix("whsec_").unwrap_or(line);
        let secret = STANDARD.decode(line).ok();
        secret.filter(|secret| SECRET_BYTES.contains(&secret.len())).with_context(|| {
            format!("{}: a line is `whsec_` and base64 of 24 to 64 bytes: `vereda agency secret` draws one", said())
        })
    });
    let secrets: Vec<Vec<u8>> = secrets.collect::<anyhow::Result<_>>()?;
    ensure!(!secrets.is_empty(), "{}: no secret in it", said());
    Ok(secrets)
}

/// A new secret, as the file has it.
///
/// # Errors
/// When there are no random bytes.
pub fn secret() -> crate::store::Result<String> {
    Ok(format!("whsec_{}", STANDARD.encode(random::<32>()?)))
}

/// The signature of one secret.
fn signed(secret: &[u8], (id, at_s): (&str, i64), body: &[u8]) -> Option<String> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    let mac = mac.chain_update(format!("{id}.{at_s}.")).chain_update(body);
    Some(format!(
        "v1,{}",
        STANDARD.encode(mac.finalize().into_bytes())
    ))
}

impl Sender {
    /// Sends for as long as the hub runs.
    pub(super) async fn run(self) {
        loop {
            match self.next().await {
                Ok(None) => sleep(LOOK_EVERY).await,
                Ok(Some((placed, sending))) => match self.send(placed, sending).await {
                    Ok(None) => {}
                    Ok(Some(pause)) => sleep(pause).await,
                    Err(error) => self.wait_after(&error).await,
                },
                Err(error) => self.wait_after(&error).await,
            }
        }
    }

    async fn wait_after(&self, error: &anyhow::Error) {
        let (agency, error) = (&self.agency, format!("{error:#}"));
        tracing::error!(agency, error, "nothing can be sent; it is tried again");
        sleep(PAUSE).await;
    }

    /// What is to be sent next, noted as given: it may arrive although nobody says so.
    async fn next(&self) -> anyhow::Result<Option<(Placed, Sending)>> {
        let (node, agency) = (Arc::clone(&self.node), self.agency.clone());
        blocking(move || {
            let (next, sending, noted) = {
                let db = node.store.read();
                let sending = agencies::sending(&db, &agency)?;
                let next = agencies::entries(&db, &agency, sending.seq, (1, usize::MAX))?;
                let Some(next) = next.into_iter().next() else {
                    return Ok(None);
                };
                let noted =
                    agencies::are_disclosed(&db, &agency, Way::Webhook, (next.seq, next.seq))?;
                (next, sending, noted)
            };
            if !noted {
                let of = (Way::Webhook, node.now_ms());
                agencies::disclose(&node.store.write(), &agency, of, [next.seq])?;
            }
            Ok(Some((next, sending)))
        })
        .await
    }

    /// Sends an event, and keeps what came of it; gives how long to wait, if it was not taken.
    async fn send(&self, placed: Placed, mut sending: Sending) -> anyhow::Result<Option<Duration>> {
        let seq = placed.seq;
        let event = event::event(&self.node.config.node.id, placed);
        let body = Bytes::from(serde_json::to_vec(&event)?);
        let taken = match timeout(PATIENCE, self.post(&event.id, body)).await {
            Ok(Ok(status)) if status.is_success() => Ok(()),
            Ok(Ok(status)) => Err(format!("it answers {status}")),
            Ok(Err(error)) => Err(format!("{error:#}")),
            Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
        };
        let pause = match taken {
            Ok(()) => {
                sending = Sending {
                    seq,
                    ..Sending::default()
                };
                None
            }
            Err(trouble) => {
                let agency = &self.agency;
                sending.tries = sending.tries.saturating_add(1);
                tracing::warn!(
                    agency,
                    seq,
                    trouble,
                    tries = sending.tries,
                    "an event was not taken"
                );
                sending.trouble = Some(trouble.chars().take(MAX_TROUBLE_CHARS).collect());
                Some(pause(
                    sending.tries,
                    self.retry_max,
                    u16::from_be_bytes(random()?),
                ))
            }
        };
        let (node, agency) = (Arc::clone(&self.node), self.agency.clone());
        blocking(move || {
            Ok(agencies::keep_sending(
                &node.store.write(),
                &agency,
                &sending,
            )?)
        })
        .await?;
        Ok(pause)
    }

    async fn post(&self, id: &str, body: Bytes) -> anyhow::Result<StatusCode> {
        let target = &self.target;
        let at_s = self.node.now_ms().div_euclid(1_000);
        let signatures = self
            .secrets
            .iter()
            .filter_map(|secret| signed(secret, (id, at_s), &body));
        let request = Request::post(&target.path)
            .header(HOST, &target.authority)
            .header(USER_AGENT, concat!("vereda/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/cloudevents+json")
            .header("webhook-id", id)
            .header("webhook-timestamp", at_s)
            .header(
                "webhook-signature",
                signatures.collect::<Vec<_>>().join(" "),
            )
            .body(Full::new(body))?;
        // What else it says is nobody's business, and is not read.
        let (status, _) = post(target, self.tls.as_ref(), request, 0).await?;
        Ok(status)
    }
}

/// How long to wait after so many tries: twice as long each time, not all agencies at once.
pub(crate) fn pause(tries: u32, longest: Duration, drawn: u16) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << tries.saturating_sub(1).min(16));
    // Between three and five quarters of it.
    let jitter = 0.75 + f64::from(drawn) / f64::from(u16::MAX) / 2.0;
    doubled.min(longest).mul_f64(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_standard() {
        // The example of the Standard Webhooks specification.
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signed = signed(
            &secret,
            ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330),
            body,
        );
        assert_eq!(
            signed.unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn pauses_grow_to_a_longest_one_and_are_not_all_the_same() {
        let of = |tries, drawn| pause(tries, Duration::from_secs(300), drawn).as_secs_f64();
        assert!((0.75..=1.25).contains(&of(1, 77)));
        assert!((3.0..=5.0).contains(&of(3, u16::MAX)));
        assert!((225.0..=375.0).contains(&of(u32::MAX, 0)));
        assert!(of(5, 0) < of(5, u16::MAX));
    }

    #[test]
    fn a_secret_is_long_enough_or_refused() {
        let file = std::env::temp_dir().join(format!("vereda-secret-{}", std::process::id()));
        let read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            secrets(&file).map(|all| all.len())
        };
        let (one, other) = (secret().unwrap(), secret().unwrap());
        assert_eq!(read(&format!("{one}\n\n{other}\n")).unwrap(), 2);
        for wrong in ["", "whsec_", "whsec_YWJj", "segredo!"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        std::fs::remove_file(&file).unwrap();
    }
}
