//! Hubs: the agencies that are told of requests, and how.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use crate::agencies::Target;

/// Agencies at most.
const MAX_AGENCIES: usize = 200;
/// Tokens of one agency at most: the one that it uses, and the next.
const MAX_TOKENS: usize = 4;

/// Where agencies reach the hub, and which there are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agencies {
    /// Address and port.
    pub listen: SocketAddr,
    /// The certificate that is shown there (PEM); without, only this machine may be served, where a proxy with TLS is.
    pub certificate: Option<PathBuf>,
    /// Its key (PEM).
    pub key: Option<PathBuf>,
    /// The authorities that the certificates of agencies' webhooks may be of (PEM).
    #[serde(default = "system_authorities")]
    pub authorities: PathBuf,
    /// Longest pause between two tries to reach an agency, in seconds.
    #[serde(default = "default_retry_max_s")]
    pub retry_max_s: u32,
    /// How long what was decided about a request can be taken back before its agency is told, in minutes.
    #[serde(default = "default_undo_minutes")]
    pub undo_minutes: u32,
    /// The agencies.
    #[serde(rename = "agency", default)]
    pub agencies: Vec<Agency>,
}

/// An agency that is told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    /// Its id in the catalogue.
    pub id: String,
    /// SHA-256 of each token that it may show, hexadecimal: `vereda agency token` draws one.
    pub tokens: Vec<String>,
    /// Where events are sent to: `https://…`, or `http://` on this machine.
    pub webhook: Option<String>,
    /// The file with the secret that signs them: a line for each, `whsec_…`; with two, both sign.
    pub webhook_secret: Option<PathBuf>,
}

fn system_authorities() -> PathBuf {
    "/etc/ssl/certs/ca-certificates.crt".into()
}

fn default_retry_max_s() -> u32 {
    300
}

fn default_undo_minutes() -> u32 {
    10
}

impl Agencies {
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let own = [self.certificate.as_mut(), self.key.as_mut()];
        let secrets = self.agencies.iter_mut();
        let secrets = secrets.map(|it| it.webhook_secret.as_mut());
        let all = own.into_iter().chain(secrets).flatten();
        all.chain([&mut self.authorities])
    }

    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        if self.certificate.is_some() != self.key.is_some() {
            let fault = "a certificate and its key, or none of both";
            return Err(("agencies.certificate", fault.into()));
        }
        if self.certificate.is_none() && !self.listen.ip().is_loopback() {
            let fault = "without a certificate only this machine is served: 127.0.0.1, behind a proxy with TLS";
            return Err(("agencies.listen", fault.into()));
        }
        if self.retry_max_s == 0 {
            return Err(("agencies.retry_max_s", "at least 1 second".into()));
        }
        if self.agencies.len() > MAX_AGENCIES {
            return Err(("agencies.agency", format!("at most {MAX_AGENCIES}")));
        }
        let (mut ids, mut tokens) = (BTreeSet::new(), BTreeSet::new());
        for it in &self.agencies {
            if !ids.insert(&it.id) {
                return Err(("agencies.agency", format!("`{}` is there twice", it.id)));
            }
            let is_hash = |token: &String| {
                let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                token.len() == 64 && token.bytes().all(hex)
            };
            if it.tokens.len() > MAX_TOKENS || !it.tokens.iter().all(is_hash) {
                let fault = format!(
                    "`{}`: at most {MAX_TOKENS}, each the SHA-256 of a token in 64 letters of 0-9 and a-f: `vereda agency token` draws one",
                    it.id
                );
                return Err(("agencies.agency.tokens", fault));
            }
            if let Some(known) = it.tokens.iter().find(|token| !tokens.insert(*token)) {
                let known: String = known.chars().take(8).collect();
                let fault = format!("`{}`: the token {known}… is of another agency too", it.id);
                return Err(("agencies.agency.tokens", fault));
            }
            if it.webhook.is_some() != it.webhook_secret.is_some() {
                let fault = format!(
                    "`{}`: a webhook and the secret that signs it, or none of both",
                    it.id
                );
                return Err(("agencies.agency.webhook", fault));
            }
            if let Some(Err(fault)) = it.webhook.as_deref().map(Target::parse) {
                return Err(("agencies.agency.webhook", format!("`{}`: {fault}", it.id)));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    /// The sample, with what it only explains.
    fn sample() -> String {
        let text = include_str!("../../../images/hub.toml");
        let (before, agencies) = text.split_once("# [agencies]").unwrap();
        let is_said = |line: &&str| line.contains(" = ") || line.starts_with("# [[");
        let lines = agencies.lines().filter(is_said);
        let lines: Vec<&str> = lines.map(|line| line.trim_start_matches("# ")).collect();
        format!("{before}\n[agencies]\n{}\n", lines.join("\n"))
    }

    fn refused(text: &str) -> &'static str {
        Config::parse(text).unwrap().check().unwrap_err().0
    }

    #[test]
    fn what_the_sample_says_of_agencies_is_right() {
        let config = Config::parse(&sample()).unwrap();
        config.check().unwrap();
        let agencies = config.agencies.unwrap();
        assert_eq!((agencies.agencies.len(), agencies.retry_max_s), (1, 300));
    }

    #[test]
    fn what_would_leave_agencies_open_is_refused() {
        let sample = sample();
        for (was, is, key) in [
            (
                "certificate = \"keys/agencies.crt\"\n",
                "",
                "agencies.certificate",
            ),
            ("https://vereda", "http://vereda", "agencies.agency.webhook"),
            (
                "webhook_secret = \"keys/iss.secret\"",
                "",
                "agencies.agency.webhook",
            ),
            ("\"0000", "\"zz00", "agencies.agency.tokens"),
            (
                "retry_max_s = 300",
                "retry_max_s = 0",
                "agencies.retry_max_s",
            ),
        ] {
            assert!(sample.contains(was), "{was}");
            assert_eq!(refused(&sample.replacen(was, is, 1)), key, "{was}");
        }
        let plain = sample.replace(
            "certificate = \"keys/agencies.crt\"\nkey = \"keys/agencies.key\"\n",
            "",
        );
        assert_eq!(refused(&plain), "agencies.listen");
        let one = sample.split_once("[[agencies.agency]]").unwrap().1;
        assert_eq!(
            refused(&format!("{sample}\n[[agencies.agency]]{one}")),
            "agencies.agency"
        );
        let other = one.replace("\"iss\"", "\"dgaj\"");
        assert_eq!(
            refused(&format!("{sample}\n[[agencies.agency]]{other}")),
            "agencies.agency.tokens"
        );
    }
}
