//! Text messages, over a gateway's HTTP: what it gets and what it may answer stands in `images/hub.toml`.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use hyper::{Request, StatusCode};
use rustls::ClientConfig;
use serde::Deserialize;
use serde_json::json;
use vereda_sync::record::outcome::Way;

use super::mail::secret;
use super::{Courier, Delivery, Letter, Trouble};
use crate::agencies::Target;
use crate::config::SmsGateway;
use crate::link::tls;
use crate::post::post;

/// Most that is read of an answer, in bytes.
const MAX_ANSWER_BYTES: usize = 16 << 10;
/// Longest id that a gateway gives, in characters.
const MAX_ID_CHARS: usize = 200;
/// The country of numbers that name none.
const PORTUGAL: &str = "+351";

/// A gateway that takes text messages.
pub(super) struct Sms {
    target: Target,
    bearer: HeaderValue,
    tls: Option<Arc<ClientConfig>>,
}

/// What a gateway answers when it has a message; more may stand in it.
#[derive(Deserialize)]
struct Taken {
    id: String,
}

impl Sms {
    pub(super) fn new(config: &SmsGateway, authorities: &Path) -> anyhow::Result<Self> {
        let target = Target::parse(&config.url).map_err(anyhow::Error::msg)?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", secret(&config.token_file)?))?;
        bearer.set_sensitive(true);
        Ok(Self {
            tls: match target.is_secure {
                true => Some(Arc::new(tls::towards_agency(authorities)?)),
                false => None,
            },
            target,
            bearer,
        })
    }

    fn request(&self, letter: &Letter) -> anyhow::Result<Request<Full<Bytes>>> {
        let body =
            json!({ "to": number(&letter.to), "text": letter.text, "reference": letter.key });
        Ok(Request::post(&self.target.path)
            .header(HOST, &self.target.authority)
            .header(USER_AGENT, concat!("vereda/", env!("CARGO_PKG_VERSION")))
            .header(AUTHORIZATION, &self.bearer)
            .header(CONTENT_TYPE, "application/json")
            .header("idempotency-key", &letter.key)
            .body(Full::new(Bytes::from(serde_json::to_vec(&body)?)))?)
    }
}

/// A number with its country.
fn number(to: &str) -> String {
    match to.starts_with('+') {
        true => to.to_owned(),
        false => format!("{PORTUGAL}{to}"),
    }
}

/// What an answer means.
fn understood(status: StatusCode, body: &[u8]) -> Result<(), Trouble> {
    let is_taken = || {
        let taken = serde_json::from_slice::<Taken>(body);
        taken.is_ok_and(|it| !it.id.is_empty() && it.id.chars().count() <= MAX_ID_CHARS)
    };
    match status.as_u16() {
        200..=202 if is_taken() => Ok(()),
        // Whether it has it cannot be told: it is asked again under the same key.
        200..=299 => Err(Trouble::Later(format!(
            "respondeu {status} sem dizer que ficou com a mensagem"
        ))),
        408 | 429 | 500..=599 => Err(Trouble::Later(format!("respondeu {status}"))),
        // Who we are is for the configuration to mend, and no fault of the message.
        401 | 403 => Err(Trouble::Later(format!("não reconhece a central: {status}"))),
        _ => Err(Trouble::Never(format!("recusou: {status}"))),
    }
}

impl Courier for Sms {
    fn way(&self) -> Way {
        Way::Sms
    }

    fn deliver<'a>(&'a self, letter: &'a Letter) -> Delivery<'a> {
        Box::pin(async move {
            let later = |error: anyhow::Error| Trouble::Later(format!("{error:#}"));
            let request = self.request(letter).map_err(later)?;
            let (status, body) = post(&self.target, self.tls.as_ref(), request, MAX_ANSWER_BYTES)
                .await
                .map_err(later)?;
            understood(status, &body)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_that_names_the_message_says_that_it_was_taken() {
        let of = |status: u16, body: &str| {
            understood(StatusCode::from_u16(status).unwrap(), body.as_bytes())
        };
        assert_eq!(of(202, r#"{"id":"m-1","more":1}"#), Ok(()));
        let deep = "[".repeat(10_000);
        let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(MAX_ID_CHARS + 1));
        for garbage in [
            "",
            "OK",
            "<html>",
            r#"{"id":""}"#,
            r#"{"id":7}"#,
            "\u{0}",
            &deep,
            &long,
        ] {
            assert!(
                matches!(of(200, garbage), Err(Trouble::Later(_))),
                "{garbage:.20}"
            );
        }
        for (status, never) in [
            (204, false),
            (302, true),
            (400, true),
            (401, false),
            (404, true),
            (429, false),
            (503, false),
        ] {
            let refused = of(status, r#"{"id":"m-1"}"#).unwrap_err();
            assert_eq!(matches!(refused, Trouble::Never(_)), never, "{status}");
        }
    }

    #[test]
    fn numbers_name_their_country() {
        assert_eq!(number("912345678"), "+351912345678");
        assert_eq!(number("+33612345678"), "+33612345678");
    }
}
